//! SendText: a text to a channel's far end.

use super::{Action, Call, Work, optional, required};
use crate::event::Classes;
use crate::{Failure, Outcome, Reply};
use ucx_call::Refusal;

pub(super) static ACTION: Action = Action {
    name: "SendText",
    synopsis: "Send a text to a channel.",
    arguments: &[
        required("Channel", "The channel's name."),
        required("Message", "The text."),
        optional("Content-Type", "What kind of text it is; text/plain without it."),
    ],
    classes: &[Classes::CALL],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let request = call.request;
    let channel = request.filled("Channel").ok_or("No channel specified")?;
    let text = request.filled("Message").ok_or("No Message specified")?;
    let kind = request.filled("Content-Type").unwrap_or("text/plain");
    match call.desk.send_text(channel, kind, text).await {
        Ok(()) => Ok(Reply::done(request, "Success")),
        Err(Refusal::NoSuchChannel) => Err("No such channel".into()),
        Err(refusal @ (Refusal::Denied(_) | Refusal::Shutdown)) => Err(Failure::from(refusal)),
        Err(_) => Err("Failure".into()),
    }
}
