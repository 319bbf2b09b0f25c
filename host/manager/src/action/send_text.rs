//! SendText: a text to a channel's far end.

use super::{Action, Call, Work, optional, required};
use crate::Outcome;
use crate::event::Classes;

pub(super) static ACTION: Action = Action {
    name: "SendText",
    synopsis: "Send a text to a channel.",
    arguments: &[
        required("Channel", "The channel's name."),
        required("Message", "The text."),
        optional("Content-Type", "What kind of text it is."),
    ],
    classes: &[Classes::CALL],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let request = call.request;
    let channel = request.filled("Channel").ok_or("No channel specified")?;
    request.filled("Message").ok_or("No Message specified")?;
    call.desk.channel(channel).await?;
    // No driver of this host carries texts within calls, and the field says so of such a channel.
    Err("Failure".into())
}
