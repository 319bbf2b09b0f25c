//! How does an application hear of things, answer requests and take calls?

use std::time::Duration;

use crate::bindings::application::ucx::plugin::inbox as raw;
use crate::bindings::flow::ucx::call::channels;
use crate::bindings::types::{DialStatus, Error, Header, HttpRequest, Leg, Message, Party};
use crate::call::Channel;
use crate::media::millis;

/// The kind of the event that offers a call: [`adopt`] its channel within 10 s.
pub const CALL: &str = "application.call";

/// The next message, or none in that time. Not to be had in unit tests.
pub fn next(wait: Duration) -> Option<Message> {
    raw::next(millis(wait))
}

/// Answers a request.
pub fn reply(
    request: &HttpRequest,
    status: u16,
    content_type: &str,
    body: impl AsRef<[u8]>,
) -> Result<(), Error> {
    let headers = [Header {
        name: "Content-type".to_owned(),
        value: content_type.to_owned(),
    }];
    raw::reply(request.id, status, &headers, body.as_ref())
}

/// Takes a call that was offered, a leg the last instance left, or one the grant gives.
pub fn adopt(channel: &str) -> Result<Channel, Error> {
    channels::adopt(channel).map(Channel::from)
}

/// A call the application makes by itself, under way. Dropping it calls it off.
pub struct Calling(channels::Dialing);

/// What came of it.
pub enum Called {
    /// Nothing yet.
    Ringing,
    /// Somebody answered.
    Answered(Channel),
    /// Nobody did; the status in a word, and the Q.850 cause.
    Failed(String, u16),
}

/// Begins to call somebody, who is shown that caller. Answers at once.
pub fn call(leg: Leg, caller: Party) -> Result<Calling, Error> {
    let spec = channels::OriginateSpec {
        leg,
        caller,
        variables: Vec::new(),
        dedupe_key: String::new(),
        attrs: Vec::new(),
    };
    channels::start_originate(&spec).map(Calling)
}

impl Calling {
    /// Looks what came of it. Once it has said so, there is no more to say.
    pub fn look(&self) -> Result<Called, Error> {
        let end = match self.0.wait(0) {
            Ok(end) => end,
            Err(Error::Timeout) => return Ok(Called::Ringing),
            Err(error) => return Err(error),
        };
        Ok(match end.answered {
            Some(channel) => Called::Answered(channel.into()),
            None => Called::Failed(word(end.status).to_owned(), end.cause),
        })
    }
}

fn word(status: DialStatus) -> &'static str {
    match status {
        DialStatus::Answered => "answered",
        DialStatus::Busy => "busy",
        DialStatus::NoAnswer => "no-answer",
        DialStatus::Rejected => "rejected",
        DialStatus::Unavailable => "unavailable",
        DialStatus::Congestion => "congestion",
        DialStatus::Cancelled => "cancelled",
        DialStatus::Other => "other",
    }
}

/// Exports a function `fn() -> Result<(), Failure>` as the application's main function. It runs until it is told to
/// [drain](crate::bindings::types::Message::Drain).
#[macro_export]
macro_rules! application {
    ($serve:path) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            struct Plugin;
            impl $crate::bindings::application::Guest for Plugin {
                fn serve() -> ::std::result::Result<(), ::std::string::String> {
                    $crate::report_panics();
                    $serve().map_err(|failure: $crate::Failure| failure.to_string())
                }
            }
            $crate::bindings::application::export_application!(Plugin with_types_in $crate::bindings::application);
        };
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn() -> ::std::result::Result<(), $crate::Failure> = $serve;
    };
}

/// Exports `fn() -> Result<Snapshot, Failure>` and `fn(&Snapshot) -> Result<(), Failure>`: what the next generation needs to
/// go on, and how it takes that.
#[macro_export]
macro_rules! handoff {
    ($save:path, $load:path) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            struct Plugin;
            impl $crate::bindings::handoff::exports::ucx::host::handoff::Guest for Plugin {
                fn save() -> ::std::result::Result<$crate::bindings::types::Snapshot, ::std::string::String> {
                    $save().map_err(|failure: $crate::Failure| failure.to_string())
                }

                fn load(
                    saved: $crate::bindings::types::Snapshot,
                ) -> ::std::result::Result<(), ::std::string::String> {
                    $load(&saved).map_err(|failure: $crate::Failure| failure.to_string())
                }
            }
    $crate::bindings::handoff::export_handoff!(Plugin with_types_in $crate::bindings::handoff);
        };
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn() -> ::std::result::Result<$crate::bindings::types::Snapshot, $crate::Failure> = $save;
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn(&$crate::bindings::types::Snapshot) -> ::std::result::Result<(), $crate::Failure> = $load;
    };
}
