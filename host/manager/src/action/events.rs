//! Events: which events the session gets.

use super::{Action, Work, required};
use crate::event::Classes;
use crate::session::{Session, Step, View, mask};
use crate::{Reply, Request};
use bytes::Bytes;

pub(super) static ACTION: Action = Action {
    name: "Events",
    synopsis: "Choose the events the session gets.",
    arguments: &[required("EventMask", "on, off, a number, or classes.")],
    classes: &[],
    work: Work::Session(run),
};

fn run(session: &mut Session, request: &Request, view: &View<'_>) -> Step {
    let Some(wanted) = mask(request.text("EventMask")) else {
        return match view.config.has_broken_events {
            true => Bytes::new().into(),
            false => Reply::error(request, "Invalid event mask").into(),
        };
    };
    let own = session.user.as_ref().map_or(Classes::NONE, |user| user.read);
    session.mask = own & wanted;
    if view.config.has_broken_events && wanted == Classes::ALL {
        return Bytes::new().into();
    }
    let state = if wanted.is_empty() { "Off" } else { "On" };
    Reply::success(request).line("Events", state).end().into()
}
