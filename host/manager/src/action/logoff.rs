//! Logoff: the session ends.

use super::{Action, Work};
use crate::session::{Answer, Session, Step, View};
use crate::{Reply, Request};

pub(super) static ACTION: Action = Action {
    name: "Logoff",
    synopsis: "End the session.",
    arguments: &[],
    classes: &[],
    work: Work::Session(run),
};

fn run(_: &mut Session, request: &Request, _: &View<'_>) -> Step {
    let text = Reply::of("Goodbye", request)
        .message("Thanks for all the fish.")
        .end();
    Step::Answer(Answer {
        closes: true,
        ..text.into()
    })
}
