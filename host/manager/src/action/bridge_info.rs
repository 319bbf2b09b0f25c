//! BridgeInfo: who is in a bridge.

use super::{Action, Call, Work, no_bridge, required};
use crate::event::block;
use crate::{IdAt, List, Outcome};

pub(super) static ACTION: Action = Action {
    name: "BridgeInfo",
    synopsis: "List the members of a bridge.",
    arguments: &[required("BridgeUniqueid", "The bridge's unique id.")],
    classes: &[],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let request = call.request;
    let uniqueid = request
        .filled("BridgeUniqueid")
        .ok_or("BridgeUniqueid must be provided")?;
    let bridge = call.desk.bridge(uniqueid).await.map_err(no_bridge)?;
    let channels = call.desk.channels().await?;
    let mut list = List::begin(request, IdAt::Front, "Bridge channel listing will follow");
    for channel in channels
        .iter()
        .filter(|channel| channel.bridge == Some(bridge.id))
    {
        list.item("BridgeInfoChannel", |text| {
            block::channel(text, "", channel, &call.context)
        });
    }
    Ok(list.complete_with("BridgeInfoComplete", |text, _| block::bridge(text, "", &bridge)))
}
