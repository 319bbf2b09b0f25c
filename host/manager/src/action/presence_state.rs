//! PresenceState: what somebody says of their presence.

use super::{Action, Call, Work, required};
use crate::event::Classes;
use crate::{Failure, Outcome, Reply};

pub(super) static ACTION: Action = Action {
    name: "PresenceState",
    synopsis: "Show what somebody says of their presence.",
    arguments: &[required("Provider", "Who: CustomPresence:name.")],
    classes: &[Classes::CALL, Classes::REPORTING],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let request = call.request;
    let provider = request.filled("Provider").ok_or("No provider specified")?;
    let Some(person) = call.desk.presence_state(provider).await? else {
        let message = format!("Invalid provider {provider} or provider in invalid state");
        return Err(Failure::from(message));
    };
    let mut reply = Reply::success(request)
        .message("Presence State")
        .line("State", &person.status);
    if !person.subtype.is_empty() {
        reply = reply.line("Subtype", &person.subtype);
    }
    if !person.message.is_empty() {
        // The first of the two is what clients of old read.
        reply = reply
            .message(&person.message)
            .line("PresenceMessage", &person.message);
    }
    Ok(reply.end())
}
