//! Filter: adds a filter to the events of the session.

use super::{Action, Work, optional, required};
use crate::event::Classes;
use crate::filter::add_by_request;
use crate::session::{Session, Step, View};
use crate::{Reply, Request};

pub(super) static ACTION: Action = Action {
    name: "Filter",
    synopsis: "Add a filter to the events of the session.",
    arguments: &[
        required("Operation", "Add."),
        required("Filter", "What to look for; with ! before it, what to leave out."),
        optional(
            "MatchCriteria",
            "Where and how to look: action(…), name(…), header(…), method(…).",
        ),
    ],
    classes: &[Classes::SYSTEM],
    work: Work::Session(run),
};

fn run(session: &mut Session, request: &Request, _: &View<'_>) -> Step {
    match add_by_request(&mut session.filters, request) {
        Ok(()) => Reply::done(request, "Success").into(),
        Err(message) => Reply::error(request, message).into(),
    }
}
