//! BridgeTechnologyList: the ways in which audio of bridges is joined.

use super::{Action, Call, Work};
use crate::{IdAt, List, Outcome};

pub(super) static ACTION: Action = Action {
    name: "BridgeTechnologyList",
    synopsis: "List the ways in which bridges join audio.",
    arguments: &[],
    classes: &[],
    work: Work::Desk(|call| Box::pin(run(call))),
};

/// What bridges of this host are: name, what it can do, and which is preferred. None can be suspended.
const TECHNOLOGIES: [(&str, &str, u8); 3] = [
    ("holding_bridge", "Holding", 50),
    ("simple_bridge", "1to1Mix", 50),
    ("softmix", "MultiMix", 10),
];

async fn run(call: Call<'_>) -> Outcome {
    // Only who may look learns it.
    call.desk.counts().await?;
    let mut list = List::begin(call.request, IdAt::Back, "Bridge technology listing will follow");
    for (name, kind, priority) in TECHNOLOGIES {
        list.item("BridgeTechnologyListItem", |text| {
            text.line("BridgeTechnology", name);
            text.line("BridgeType", kind);
            text.number("", "BridgePriority", priority);
            text.line("BridgeSuspended", "No");
        });
    }
    Ok(list.complete("BridgeTechnologyListComplete"))
}
