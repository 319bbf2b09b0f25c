//! How does a router say where a call goes?

use std::time::Duration;

use crate::bindings::types::{
    Attr, Decision, Header, Leg, Location, Party, Rejection, Target, TrunkNumber, Value, Verdict,
};
use crate::failure::Failure;

/// What a router's function returns.
pub type Answer = Result<Verdict, Failure>;

/// Dials these legs together; the first to answer wins.
pub fn connect(legs: impl IntoIterator<Item = Leg>) -> Verdict {
    verdict(Decision::Connect(vec![legs.into_iter().collect()]))
}

/// Refuses the call with an ITU-T Q.850 cause (17 busy, 21 rejected) and words for the trace.
pub fn reject(cause: u16, reason: impl Into<String>) -> Answer {
    let reason = reason.into();
    let rejection = Rejection {
        cause,
        sip_code: 0,
        reason: reason.clone(),
    };
    verdict(Decision::Reject(rejection)).because(reason)
}

/// Leaves the call to the next router of the chain.
pub fn pass(reason: impl Into<String>) -> Answer {
    verdict(Decision::Pass).because(reason)
}

/// Goes on in the dialplan at that place.
pub fn continue_at(context: impl Into<String>, exten: impl Into<String>, priority: u32) -> Verdict {
    let place = Location {
        context: context.into(),
        exten: exten.into(),
        priority: priority.to_string(),
    };
    verdict(Decision::ContinueAt(place))
}

fn verdict(decision: Decision) -> Verdict {
    Verdict {
        decision,
        reason: String::new(),
        set: Vec::new(),
        attrs: Vec::new(),
    }
}

impl Verdict {
    /// Adds legs that are tried together when the ones before did not answer.
    pub fn then(mut self, legs: impl IntoIterator<Item = Leg>) -> Self {
        if let Decision::Connect(groups) = &mut self.decision {
            groups.push(legs.into_iter().collect());
        }
        self
    }

    /// Sets a channel variable.
    pub fn set(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.set.push(Attr {
            name: name.into(),
            value: value.into(),
        });
        self
    }

    /// Gives the reason, in one sentence for people, and with it the answer.
    pub fn because(mut self, reason: impl Into<String>) -> Answer {
        self.reason = reason.into();
        Ok(self)
    }
}

/// A leg to an endpoint by its name.
pub fn endpoint(name: impl Into<String>) -> Leg {
    to(Target::Endpoint(name.into()))
}

/// A leg to a number over a trunk.
pub fn trunk(trunk: impl Into<String>, number: impl Into<String>) -> Leg {
    to(Target::Trunk(TrunkNumber {
        trunk: trunk.into(),
        number: number.into(),
    }))
}

/// A leg into a queue.
pub fn queue(name: impl Into<String>) -> Leg {
    to(Target::Queue(name.into()))
}

/// A leg into a mailbox, `6001@default`.
pub fn voicemail(mailbox: impl Into<String>) -> Leg {
    to(Target::Voicemail(mailbox.into()))
}

/// A leg to any destination.
pub fn to(target: Target) -> Leg {
    Leg {
        to: target,
        ring: 0,
        caller: None,
        headers: Vec::new(),
        attrs: Vec::new(),
    }
}

impl Leg {
    /// Lets it ring that long, instead of the host's default.
    pub fn ring(mut self, time: Duration) -> Self {
        self.ring = u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
        self
    }

    /// Shows this caller instead of the real one.
    pub fn caller(mut self, caller: Party) -> Self {
        self.caller = Some(caller);
        self
    }

    /// Sends a SIP header along.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push(Header {
            name: name.into(),
            value: value.into(),
        });
        self
    }
}

/// `20.secs()`.
pub trait Seconds {
    /// As many seconds.
    fn secs(self) -> Duration;
}

impl Seconds for u64 {
    fn secs(self) -> Duration {
        Duration::from_secs(self)
    }
}

/// Exports a function `fn(&RouteRequest) -> Answer` as the plugin's router.
#[macro_export]
macro_rules! router {
    ($route:path) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            struct Plugin;
            impl $crate::bindings::router::exports::ucx::call::router::Guest for Plugin {
                fn route(
                    request: $crate::bindings::types::RouteRequest,
                ) -> ::std::result::Result<$crate::bindings::types::Verdict, ::std::string::String> {
                    $crate::report_panics();
                    $route(&request).map_err(|failure| failure.to_string())
                }
            }
    $crate::bindings::router::export_router!(Plugin with_types_in $crate::bindings::router);
        };
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn(&$crate::bindings::types::RouteRequest) -> $crate::Answer = $route;
    };
}
