//! What is asked of a router, and what comes back? The plain structs of the WIT package, and the host's own outcome.

use std::fmt;
use std::time::Duration;

pub use crate::bindings::ucx::call::routing::{
    Decision, FlowTarget, Leg, OtherTarget, Rejection, RouteRequest, Target, TrunkNumber, Verdict,
};
pub use crate::bindings::ucx::events::envelope::{Event, Gap};
pub use crate::bindings::ucx::types::common::{
    Attr, Direction, Header, Location, Party, Presentation, Value,
};
use crate::manifest::Fallback;

impl RouteRequest {
    /// A question about a call to that number, made by the host itself; everything else is empty and to be filled in.
    pub fn new(call: impl Into<String>, dialled: impl Into<String>) -> Self {
        let dialled = dialled.into();
        let place = Location {
            context: String::new(),
            exten: dialled.clone(),
            priority: "1".to_owned(),
        };
        let caller = Party {
            number: String::new(),
            name: None,
            uri: None,
            presentation: Presentation::Allowed,
            attrs: Vec::new(),
        };
        Self {
            call: call.into(),
            tenant: String::new(),
            direction: Direction::Internal,
            caller,
            dialled,
            via: None,
            place,
            at: 0,
            attempt: 0,
            headers: Vec::new(),
            attrs: Vec::new(),
        }
    }
}

impl Event {
    /// An event of that kind, of edition 1; everything else is empty. The position is given when it is delivered.
    pub fn new(kind: impl Into<String>, at_ms: u64) -> Self {
        Self {
            seq: 0,
            at: at_ms,
            tenant: String::new(),
            kind: kind.into(),
            edition: 1,
            call: None,
            channel: None,
            bridge: None,
            queue: None,
            agent: None,
            subject: None,
            attrs: Vec::new(),
            traceparent: None,
        }
    }
}

/// What came of asking a router.
#[derive(Clone, Debug, PartialEq)]
pub enum RouteOutcome {
    /// The plugin decided.
    Verdict {
        /// What.
        verdict: Verdict,
        /// Which generation of it.
        generation: u64,
    },
    /// The plugin gave no verdict, and the call takes its fallback.
    Fallback {
        /// Why.
        reason: NoVerdict,
        /// Where the call goes.
        fallback: Fallback,
        /// Which generation was asked; 0 if none was.
        generation: u64,
    },
}

/// Why a router gave no verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoVerdict {
    /// There is no plugin of that name, or it is no router.
    NoSuchRouter,
    /// Too many decisions are under way.
    Overloaded,
    /// It used up its processor time.
    CpuUsedUp(Duration),
    /// It took too long by the clock.
    TimedOut(Duration),
    /// It wanted more memory than it has; in bytes.
    MemoryUsedUp(usize),
    /// It failed on the same input too often lately, and was not asked.
    Quarantined,
    /// It fails on everything, and rests; so much longer.
    Resting(Duration),
    /// It waited for one thing for longer than it may.
    WaitedTooLong(Duration),
    /// It led the call for longer than it may.
    RanTooLong(Duration),
    /// It was stopped by force.
    Stopped,
    /// It trapped; the words are wasmtime's.
    Trapped(String),
    /// It answered with an error of its own.
    Error(String),
    /// It answered with something it may not do, or nobody may.
    Refused(String),
}

impl NoVerdict {
    /// Whether asking again would probably end the same way, at a cost.
    pub(crate) fn is_poison(&self) -> bool {
        match self {
            Self::CpuUsedUp(_) | Self::TimedOut(_) | Self::MemoryUsedUp(_) | Self::Trapped(_) => true,
            Self::NoSuchRouter
            | Self::Overloaded
            | Self::Quarantined
            | Self::Resting(_)
            | Self::WaitedTooLong(_)
            | Self::RanTooLong(_)
            | Self::Stopped
            | Self::Error(_)
            | Self::Refused(_) => false,
        }
    }
}

impl fmt::Display for NoVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchRouter => f.write_str("there is no such router"),
            Self::Overloaded => f.write_str("too many decisions are under way"),
            Self::CpuUsedUp(spent) => write!(f, "used up its processor time ({} ms)", spent.as_millis()),
            Self::TimedOut(limit) => write!(f, "took more than {} ms", limit.as_millis()),
            Self::MemoryUsedUp(wanted) => write!(f, "wanted {} KiB of memory and may not", wanted / 1024),
            Self::Quarantined => f.write_str("failed on the same input too often lately"),
            Self::Resting(rest) => write!(f, "rests for {} ms after too many failures", rest.as_millis()),
            Self::WaitedTooLong(limit) => {
                write!(f, "waited for more than {} s for one thing", limit.as_secs_f64())
            }
            Self::RanTooLong(limit) => write!(f, "led the call for more than {} s", limit.as_secs_f64()),
            Self::Stopped => f.write_str("was stopped by the operator"),
            Self::Trapped(words) => write!(f, "trapped: {words}"),
            Self::Error(words) => write!(f, "failed: {words}"),
            Self::Refused(words) => write!(f, "its verdict is refused: {words}"),
        }
    }
}
