//! Write UCX plugins in Rust.
//!
//! A plugin is a library crate of type `cdylib` that names what it exports:
//!
//! ```
//! use ucx::prelude::*;
//!
//! fn route(request: &RouteRequest) -> Answer {
//!     let Some(row) = lookup("routes").longest_prefix(&request.dialled)? else {
//!         return pass("no prefix fits");
//!     };
//!     connect([trunk(row.require("trunk")?, &request.dialled).ring(20.secs())]).because(format!("prefix {}", row.key))
//! }
//! ucx::router!(route);
//! ```
//!
//! A call flow leads one call, in straight lines:
//!
//! ```
//! use ucx::prelude::*;
//!
//! fn ivr(call: &Channel, _args: &Args) -> Led {
//!     call.answer()?;
//!     let pin = call.gather(digits(4).prompt(file("enter-pin")).first(5.secs()))?;
//!     if let Some(peer) = call.dial(Dial::to([endpoint("6001")]).timeout(20.secs()))?.answered {
//!         call.connect(&peer)?;
//!         return done();
//!     }
//!     goto("ivr", pin.digits)
//! }
//! ucx::call_flow!(ivr);
//! ```
//!
//! An application lives on, owns calls and answers requests below `/ucx/v1/apps/NAME`:
//!
//! ```
//! use ucx::prelude::*;
//!
//! fn serve() -> Result<(), Failure> {
//!     loop {
//!         match inbox::next(30.secs()) {
//!             Some(Message::Request(request)) => inbox::reply(&request, 200, "text/plain", "here")?,
//!             Some(Message::Drain) => return Ok(()),
//!             Some(Message::Delivery(_) | Message::Other(_)) | None => {}
//!         }
//!     }
//! }
//! ucx::application!(serve);
//! ```
//!
//! On any other target than `wasm32` the host's functions are replaced by [`testing`], so that plugins have ordinary
//! unit tests.

pub mod bindings;
mod call;
pub mod clock;
mod events;
mod failure;
mod flow;
mod host;
pub mod inbox;
mod lifecycle;
mod media;
pub mod net;
mod panics;
mod playing;
mod routing;
pub mod selector;
mod store;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
mod values;
pub mod web;

pub use call::{Channel, Connected, Dial, DialEnd};
pub use events::Subscriber;
pub use failure::Failure;
pub use flow::{Args, Led, Stop, run_flow};
pub use host::{Table, config, count, is_open, log, lookup, secret};
pub use panics::report_panics;
pub use playing::Playing;
pub use routing::Answer;
pub use store::Store;

/// What a plugin's file wants in scope.
pub mod prelude {
    pub use crate::bindings::types::{
        AgentInfo, Attr, Choice, Delivery, DialStatus, Direction, Ending, Error, Event, Gap, Gathered,
        Header, HttpRequest, Level, Location, MediaItem, Message, Nack, Outcome, Party, QueueInfo,
        RouteRequest, Row, Snapshot, Target, Value, Verdict, WaitingCaller,
    };
    pub use crate::call::{Channel, Dial, DialEnd};
    pub use crate::events::Subscriber;
    pub use crate::failure::Failure;
    pub use crate::flow::{Args, Led, Stop, done, fail, goto, hang_up};
    pub use crate::host::{bucket, config, count, is_open, log, lookup, secret};
    pub use crate::inbox;
    pub use crate::media::{
        digits, file, message, recording, say_characters, say_digits, say_number, silence, tone,
    };
    pub use crate::routing::{
        Answer, Seconds, connect, continue_at, endpoint, pass, queue, reject, to, trunk, voicemail,
    };
    pub use crate::store::Store;
    pub use crate::values::{Attributes, attr};
}
