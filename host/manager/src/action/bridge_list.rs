//! BridgeList: all bridges.

use super::{Action, Call, Work, optional};
use crate::event::block;
use crate::{IdAt, List, Outcome};

pub(super) static ACTION: Action = Action {
    name: "BridgeList",
    synopsis: "List the bridges.",
    arguments: &[optional("BridgeType", "Only those of that type.")],
    classes: &[],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let wanted = call.request.filled("BridgeType");
    let bridges = call.desk.bridges().await?;
    let mut list = List::begin(call.request, IdAt::Front, "Bridge listing will follow");
    let is_wanted = |kind: &str| wanted.is_none_or(|wanted| wanted.eq_ignore_ascii_case(kind));
    for bridge in bridges.iter().filter(|bridge| is_wanted(bridge.kind.as_str())) {
        list.item("BridgeListItem", |text| block::bridge(text, "", bridge));
    }
    Ok(list.complete("BridgeListComplete"))
}
