//! BridgeKick: puts a channel out of its bridge.

use super::{Action, Call, Work, optional, required};
use crate::{Failure, Outcome, Reply};
use ucx_call::Refusal;

pub(super) static ACTION: Action = Action {
    name: "BridgeKick",
    synopsis: "Put a channel out of its bridge.",
    arguments: &[
        required("Channel", "The channel's name."),
        optional("BridgeUniqueid", "The bridge it has to be in."),
    ],
    classes: &[],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    const FAILED: &str = "Channel kick from bridge failed";
    let request = call.request;
    let name = request.filled("Channel").ok_or("Channel must be provided")?;
    let bridge = match request.filled("BridgeUniqueid") {
        None => None,
        Some(uniqueid) => match call.desk.bridge(uniqueid).await {
            Ok(bridge) => Some(bridge.id),
            Err(Refusal::NoSuchBridge) => return Err("Bridge not found".into()),
            Err(refusal) => return Err(refusal.into()),
        },
    };
    let channel = match call.desk.channel(name).await {
        Err(Refusal::NoSuchChannel) => return Err("Channel does not exist".into()),
        other => other?,
    };
    if channel.bridge.is_none() {
        return Err("Channel is not in a bridge".into());
    }
    if bridge.is_some() && bridge != channel.bridge {
        return Err(FAILED.into());
    }
    match call.desk.evict(channel.id).await {
        Ok(()) => Ok(Reply::done(request, "Channel has been kicked")),
        Err(refusal @ (Refusal::Denied(_) | Refusal::Shutdown)) => Err(Failure::from(refusal)),
        Err(_) => Err(FAILED.into()),
    }
}
