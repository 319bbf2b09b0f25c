//! How does a call flow end, and what is it given?

use std::fmt;

use crate::bindings::types::{Attr, Error, Location, Outcome};
use crate::call::Channel;
use crate::failure::Failure;
use crate::values::Attributes;

/// What a flow's function returns.
pub type Led = Result<Outcome, Stop>;

/// Why a flow does not go on. Made by `?`: a caller who is gone ends it quietly, anything else is a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The call is over, or somebody else drives it.
    Gone,
    /// It did not work out: the caller gets the manifest's fallback.
    Failed(Failure),
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone => f.write_str("gone"),
            Self::Failed(failure) => failure.fmt(f),
        }
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        match error {
            Error::Gone => Self::Gone,
            other => Self::Failed(other.into()),
        }
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<&str> for Stop {
    fn from(words: &str) -> Self {
        Self::Failed(words.into())
    }
}

impl From<String> for Stop {
    fn from(words: String) -> Self {
        Self::Failed(words.into())
    }
}

/// The call goes on after the step that called the flow.
pub fn done() -> Led {
    Ok(Outcome::Done)
}

/// The call goes on in the dialplan at the first priority there; an empty context is the call's own.
pub fn goto(context: impl Into<String>, exten: impl Into<String>) -> Led {
    Ok(Outcome::ContinueAt(Location {
        context: context.into(),
        exten: exten.into(),
        priority: "1".to_owned(),
    }))
}

/// The call is hung up with that ITU-T Q.850 cause.
pub fn hang_up(cause: u16) -> Led {
    Ok(Outcome::Hangup(cause))
}

/// It did not work out, in these words.
pub fn fail(words: impl Into<String>) -> Led {
    Err(Stop::Failed(Failure::new(words)))
}

/// What `Wasm(plugin,…)` hands a flow.
#[derive(Clone, Debug, Default)]
pub struct Args(pub Vec<Attr>);

impl Args {
    /// The argument at that place, from 1; empty if there is none.
    pub fn at(&self, place: usize) -> &str {
        self.0.text(&format!("arg{place}")).unwrap_or("")
    }
}

/// Runs a flow's function and says how it ended; the export macro calls it.
pub fn run_flow(flow: fn(&Channel, &Args) -> Led, call: &Channel, args: &Args) -> Outcome {
    match flow(call, args) {
        Ok(outcome) => outcome,
        Err(Stop::Gone) => Outcome::Done,
        Err(Stop::Failed(failure)) => Outcome::Failed(failure.to_string()),
    }
}

/// Exports a function `fn(&Channel, &Args) -> Led` as the plugin's call flow.
#[macro_export]
macro_rules! call_flow {
    ($flow:path) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            struct Plugin;
            impl $crate::bindings::flow::exports::ucx::call::flow::Guest for Plugin {
                fn run(
                    caller: $crate::bindings::flow::ucx::call::channels::Channel,
                    args: ::std::vec::Vec<$crate::bindings::types::Attr>,
                ) -> $crate::bindings::types::Outcome {
                    $crate::report_panics();
                    $crate::run_flow($flow, &$crate::Channel::from(caller), &$crate::Args(args))
                }
            }
    $crate::bindings::flow::export_flow!(Plugin with_types_in $crate::bindings::flow);
        };
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn(&$crate::Channel, &$crate::Args) -> $crate::Led = $flow;
    };
}
