//! ListCommands: the actions the user may do.

use super::{ACTIONS, Action, Work};
use crate::session::{Session, Step, View};
use crate::{Reply, Request};

pub(super) static ACTION: Action = Action {
    name: "ListCommands",
    synopsis: "List the actions this user may do.",
    arguments: &[],
    classes: &[],
    work: Work::Session(run),
};

fn run(session: &mut Session, request: &Request, _: &View<'_>) -> Step {
    let own = ACTIONS.iter().filter(|action| session.may(action));
    let reply = Reply::success(request).with(|text| {
        for action in own {
            let labels = action.classes().labels();
            text.args(action.name, format_args!("{}  (Priv: {labels})", action.synopsis));
        }
    });
    reply.end().into()
}
