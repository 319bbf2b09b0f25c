//! WaitEvent: answers when there is an event for the session.

use super::{Action, Work, required};
use crate::reply;
use crate::session::{Session, Step, View};
use crate::{Reply, Request};
use bytes::Bytes;
use std::time::Duration;

pub(super) static ACTION: Action = Action {
    name: "WaitEvent",
    synopsis: "Wait for an event.",
    arguments: &[required("Timeout", "Seconds to wait at the most; -1 for ever.")],
    classes: &[],
    work: Work::Session(run),
};

fn run(_: &mut Session, request: &Request, _: &View<'_>) -> Step {
    let seconds: i64 = request.text("Timeout").trim().parse().unwrap_or(-1);
    Step::Wait(u64::try_from(seconds).ok().map(Duration::from_secs))
}

/// What stands before the events that were waited for.
pub(crate) fn response(request: &Request) -> Bytes {
    Reply::done(request, "Waiting for Event completed.")
}

/// What stands behind them.
pub(crate) fn complete(request: &Request) -> Bytes {
    let mut text = crate::event::Text::new();
    text.line("Event", "WaitEventComplete");
    reply::id(&mut text, request);
    text.end();
    text.take()
}
