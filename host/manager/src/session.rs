//! One session as a state machine: who it is, what it sees, what becomes of each request. Pure: time, addresses and the
//! state of the host are arguments.

use crate::action::{self, Action, Work};
use crate::event::{Classes, RenderContext};
use crate::filter::Filters;
use crate::request::{is_false, is_true};
use crate::wire::Fault;
use crate::{ManagerConfig, Reply, Request, User};
use bytes::Bytes;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::SecurityKind;

/// How long a failed login waits for its answer.
pub const FAILURE_DELAY: Duration = Duration::from_secs(1);

/// Requests of somebody who has not logged in that are refused before the session ends: each of them is a security event.
pub const REFUSALS_MAX: u32 = 20;

/// What a session has to know of the world to answer a request.
pub struct View<'a> {
    /// The configuration as it is now.
    pub config: &'a ManagerConfig,
    /// Where the session comes from.
    pub remote: IpAddr,
    /// Whether another session uses that user.
    pub is_online: &'a dyn Fn(&str) -> bool,
    /// The wall clock, since 1970.
    pub wall: Duration,
    /// How long the host is up; none before it takes calls.
    pub booted: Option<Duration>,
    /// How events are written.
    pub context: RenderContext<'a>,
}

/// What becomes of a request.
#[derive(Debug)]
pub enum Step {
    /// It is answered.
    Answer(Answer),
    /// The desk is to be asked.
    Run(fn(action::Call<'_>) -> action::Answering<'_>),
    /// Nothing happens until there is an event, or that long has passed.
    Wait(Option<Duration>),
}

/// An answer and what goes with it.
#[derive(Debug, Default)]
pub struct Answer {
    /// What is written.
    pub text: Bytes,
    /// How long it waits before it is written.
    pub delay: Duration,
    /// Whether the session ends behind it.
    pub closes: bool,
    /// What the readers of security events are told, and about which account.
    pub security: Option<(SecurityKind, Arc<str>)>,
    /// Whether the session is logged in by it.
    pub logs_in: bool,
}

impl From<Bytes> for Answer {
    fn from(text: Bytes) -> Self {
        Self {
            text,
            ..Self::default()
        }
    }
}

impl From<Bytes> for Step {
    fn from(text: Bytes) -> Self {
        Self::Answer(text.into())
    }
}

/// A session.
#[derive(Debug)]
pub struct Session {
    /// What is to be hashed with the secret, stable for the session.
    pub(crate) challenge: Box<str>,
    /// Whether the challenge was asked for.
    pub(crate) is_challenged: bool,
    pub(crate) user: Option<Arc<User>>,
    /// Classes it asked for, of those its user may see.
    pub(crate) mask: Classes,
    pub(crate) filters: Filters,
    is_suppressed: bool,
    /// Requests that were refused before the login.
    refused: u32,
}

impl Session {
    /// A session that nobody has logged in to; `random` becomes its challenge.
    pub fn new(random: u32) -> Self {
        Self {
            challenge: random.to_string().into(),
            is_challenged: false,
            user: None,
            mask: Classes::NONE,
            filters: Filters::default(),
            is_suppressed: false,
            refused: 0,
        }
    }

    /// Who logged in.
    pub fn user(&self) -> Option<&Arc<User>> {
        self.user.as_ref()
    }

    /// Classes of events it gets.
    pub fn mask(&self) -> Classes {
        self.mask
    }

    /// Filters of the events of these classes.
    pub fn filters(&self) -> &Filters {
        &self.filters
    }

    /// Whether the last request asked for no events behind its answer.
    pub fn is_suppressed(&self) -> bool {
        self.is_suppressed
    }

    /// Says what becomes of a request.
    pub fn handle(&mut self, request: &Request, fault: Option<Fault>, view: &View<'_>) -> Step {
        self.is_suppressed = request.is_true("SuppressEvents");
        if let Some(fault) = fault {
            let security = SecurityKind::RequestBadFormat {
                request: Arc::from(fault.text()),
            };
            return self.refuse(request, fault.text(), security);
        }
        let Some(name) = request.action() else {
            let security = SecurityKind::RequestBadFormat {
                request: Arc::from("Action: NONE"),
            };
            return self.refuse(request, "Missing action in request", security);
        };
        let is_first = ["Login", "Logoff", "Challenge"]
            .iter()
            .any(|first| name.eq_ignore_ascii_case(first));
        if self.user.is_none() && !is_first {
            return self.refuse(request, "Permission denied", not_allowed(name));
        }
        if self.user.is_none()
            && let Some(user) = request
                .filled("Username")
                .and_then(|name| view.config.users.get(name))
            && !user.allows_multiple
            && (view.is_online)(&user.name)
        {
            return Step::Answer(self.give_way(request, &user.name.clone()));
        }
        let Some(action) = action::find(name) else {
            let message = format!(
                "Invalid/unknown command: {name}. Use Action: ListCommands to show available commands."
            );
            let security = SecurityKind::RequestBadFormat {
                request: Arc::from(format!("Action: {name}")),
            };
            return self.refuse(request, &message, security);
        };
        if !self.may(action) {
            return self.refuse(request, "Permission denied", not_allowed(name));
        }
        match action.work {
            Work::Session(work) => work(self, request, view),
            Work::Desk(work) => Step::Run(work),
        }
    }

    /// Whether the action has no class, or the user may write one of its classes.
    pub(crate) fn may(&self, action: &Action) -> bool {
        let classes = action.classes();
        let own = self.user.as_ref().map_or(Classes::NONE, |user| user.write);
        classes.is_empty() || own.intersects(classes)
    }

    /// Turns away who wants to be a user that is there already and may be there once.
    pub(crate) fn give_way(&mut self, request: &Request, user: &Arc<str>) -> Answer {
        self.user = None;
        self.mask = Classes::NONE;
        Answer {
            delay: FAILURE_DELAY,
            closes: true,
            security: Some((SecurityKind::SessionLimit, user.clone())),
            ..Reply::error(request, "Login Already In Use").into()
        }
    }

    fn refuse(&mut self, request: &Request, message: &str, security: SecurityKind) -> Step {
        self.refused += u32::from(self.user.is_none());
        Step::Answer(Answer {
            closes: self.refused >= REFUSALS_MAX,
            security: Some((security, self.account())),
            ..Reply::error(request, message).into()
        })
    }

    /// The name security events have for it; empty before the login.
    fn account(&self) -> Arc<str> {
        let name = self.user.as_ref().map(|user| user.name.clone());
        name.unwrap_or_else(|| Arc::from(""))
    }
}

fn not_allowed(name: &str) -> SecurityKind {
    SecurityKind::RequestNotAllowed {
        request: Arc::from(format!("Action: {name}")),
        parameters: None,
    }
}

/// Reads a mask of events: a number, a word for yes or no, or labels. Nothing at all is none.
pub(crate) fn mask(text: &str) -> Option<Classes> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number has are as good as every bit.
        return Some(text.parse().map_or(Classes::ALL, Classes::from_bits));
    }
    if is_false(text) {
        return Some(Classes::NONE);
    }
    if is_true(text) {
        return Some(Classes::ALL);
    }
    let labels = text
        .split(',')
        .filter_map(|label| Classes::by_label(label.trim()));
    Some(labels.fold(Classes::NONE, |mask, class| mask | class))
}
