//! UserEvent: an event of the client's own.

use super::{Action, Call, Work, optional, required};
use crate::event::Classes;
use crate::{Outcome, Reply};
use std::sync::Arc;

pub(super) static ACTION: Action = Action {
    name: "UserEvent",
    synopsis: "Publish an event of your own.",
    arguments: &[
        required("UserEvent", "The event's name."),
        optional("Header1", "Any other header goes into the event as it is."),
    ],
    classes: &[Classes::USER],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let request = call.request;
    let is_own = |name: &str| {
        ["Action", "UserEvent"]
            .iter()
            .any(|own| name.eq_ignore_ascii_case(own))
    };
    let fields = request.headers().filter(|(name, _)| !is_own(name));
    let fields = fields
        .map(|(name, value)| (Arc::from(name), Arc::from(value)))
        .collect();
    call.desk
        .user_event(None, request.text("UserEvent"), fields)
        .await?;
    Ok(Reply::done(request, "Event Sent"))
}
