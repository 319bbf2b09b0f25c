//! Ping: the host is there, and what time it is.

use super::{Action, Work};
use crate::session::{Session, Step, View};
use crate::{Reply, Request};

pub(super) static ACTION: Action = Action {
    name: "Ping",
    synopsis: "Answer, to show that the session lives.",
    arguments: &[],
    classes: &[],
    work: Work::Session(run),
};

fn run(_: &mut Session, request: &Request, view: &View<'_>) -> Step {
    let (seconds, micros) = (view.wall.as_secs(), view.wall.subsec_micros());
    Reply::success(request)
        .line("Ping", "Pong")
        .with(|text| text.args("Timestamp", format_args!("{seconds}.{micros:06}")))
        .end()
        .into()
}
