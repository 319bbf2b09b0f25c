//! What clients can ask for: one file per action, all in one table.

mod challenge;
mod events;
mod filter;
mod list_commands;
mod login;
mod logoff;
mod ping;
mod wait_event;

#[cfg(test)]
pub(crate) use login::digest;
pub(crate) use wait_event::{complete as wait_complete, response as wait_response};

use crate::event::{Classes, RenderContext};
use crate::reply::Outcome;
use crate::session::{Session, Step, View};
use crate::{Request, User};
use ucx_pbx::{BoxFuture, Desk, Host};

/// A header an action reads.
#[derive(Clone, Copy, Debug)]
pub struct Argument {
    /// Its name.
    pub name: &'static str,
    /// Whether the action is refused without it.
    pub is_required: bool,
    /// What it says.
    pub meaning: &'static str,
}

/// A header without which the action is refused.
pub(crate) const fn required(name: &'static str, meaning: &'static str) -> Argument {
    Argument {
        name,
        is_required: true,
        meaning,
    }
}

/// A header that may be left out.
pub(crate) const fn optional(name: &'static str, meaning: &'static str) -> Argument {
    Argument {
        name,
        is_required: false,
        meaning,
    }
}

/// Everything an action works with.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// What the client said.
    pub request: &'a Request,
    /// Who it is.
    pub user: &'a User,
    /// The desk, with that user's rights.
    pub desk: &'a Desk,
    /// The host as a whole.
    pub host: &'a dyn Host,
    /// How blocks of channels are written.
    pub context: RenderContext<'a>,
}

/// An action at work.
pub type Answering<'a> = BoxFuture<'a, Outcome>;

/// Who does the work of an action.
#[derive(Clone, Copy)]
pub enum Work {
    /// The session by itself.
    Session(fn(&mut Session, &Request, &View<'_>) -> Step),
    /// The desk is asked.
    Desk(fn(Call<'_>) -> Answering<'_>),
}

/// One action.
pub struct Action {
    /// Its name as it is shown; looked up in any case.
    pub name: &'static str,
    /// One line: what it does.
    pub synopsis: &'static str,
    /// The headers it reads.
    pub arguments: &'static [Argument],
    /// The user must be allowed to write one of these; nobody is asked if there is none.
    pub classes: &'static [Classes],
    /// Who does it.
    pub work: Work,
}

impl Action {
    /// Its classes as one set.
    pub fn classes(&self) -> Classes {
        self.classes.iter().fold(Classes::NONE, |all, class| all | *class)
    }
}

/// All actions, by name without regard to case.
pub static ACTIONS: &[&Action] = &[
    &challenge::ACTION,
    &events::ACTION,
    &filter::ACTION,
    &list_commands::ACTION,
    &login::ACTION,
    &logoff::ACTION,
    &ping::ACTION,
    &wait_event::ACTION,
];

/// The action of that name, in any case.
pub fn find(name: &str) -> Option<&'static Action> {
    let wanted = || name.bytes().map(|byte| byte.to_ascii_lowercase());
    let own = |action: &&Action| action.name.to_ascii_lowercase();
    let found = ACTIONS.binary_search_by(|action| own(action).bytes().cmp(wanted()));
    found.ok().map(|at| ACTIONS[at])
}
