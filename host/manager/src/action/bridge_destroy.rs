//! BridgeDestroy: ends a bridge.

use super::{Action, Call, Work, no_bridge, required};
use crate::{Outcome, Reply};

pub(super) static ACTION: Action = Action {
    name: "BridgeDestroy",
    synopsis: "End a bridge; its members leave it.",
    arguments: &[required("BridgeUniqueid", "The bridge's unique id.")],
    classes: &[],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let request = call.request;
    let bridge = request
        .filled("BridgeUniqueid")
        .ok_or("BridgeUniqueid must be provided")?;
    call.desk.destroy_bridge(bridge).await.map_err(no_bridge)?;
    Ok(Reply::done(request, "Bridge has been destroyed"))
}
