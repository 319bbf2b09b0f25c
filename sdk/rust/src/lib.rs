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
//! On any other target than `wasm32` the host's functions are replaced by [`testing`], so that plugins have ordinary
//! unit tests.

pub mod bindings;
mod events;
mod failure;
mod host;
mod panics;
mod routing;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
mod values;
pub mod web;

pub use events::Subscriber;
pub use failure::Failure;
pub use host::{Table, config, count, log, lookup, secret};
pub use panics::report_panics;
pub use routing::Answer;

/// What a plugin's file wants in scope.
pub mod prelude {
    pub use crate::bindings::types::{
        Attr, Delivery, Direction, Error, Event, Gap, Header, Level, Location, Nack, Party, RouteRequest,
        Row, Target, Value, Verdict,
    };
    pub use crate::events::Subscriber;
    pub use crate::failure::Failure;
    pub use crate::host::{bucket, config, count, log, lookup, secret};
    pub use crate::routing::{
        Answer, Seconds, connect, continue_at, endpoint, pass, queue, reject, to, trunk, voicemail,
    };
    pub use crate::values::{Attributes, attr};
}
