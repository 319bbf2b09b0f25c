//! AGI: brings a Gateway command to a channel in AsyncAGI.

use super::{Action, Call, Work, optional, required};
use crate::event::Classes;
use crate::{Failure, Outcome, Reply};
use std::sync::Arc;
use ucx_call::Refusal;

pub(super) static ACTION: Action = Action {
    name: "AGI",
    synopsis: "Bring a Gateway command to a channel that waits for some.",
    arguments: &[
        required("Channel", "The channel's name."),
        required("Command", "The command's line."),
        optional("CommandID", "What the events of it are to call it."),
    ],
    classes: &[Classes::AGI],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let request = call.request;
    let (Some(channel), Some(command)) = (request.filled("Channel"), request.filled("Command")) else {
        return Err("Both, Channel and Command are *required*".into());
    };
    let id = request.filled("CommandID").map(Arc::from);
    match call.desk.async_command(channel, command, id).await {
        Ok(()) => Ok(Reply::done(request, "Added AGI command to queue")),
        Err(Refusal::NoSuchChannel) => Err(format!("Channel {channel} does not exist.").into()),
        Err(refusal @ (Refusal::Denied(_) | Refusal::Shutdown)) => Err(Failure::from(refusal)),
        Err(_) => Err(format!("Failed to add AGI command to channel {channel} queue").into()),
    }
}
