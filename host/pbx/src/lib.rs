//! The desk: typed requests in, one ordered event stream out, the registries, and the tasks that run the dialplan.
//!
//! A [`Pbx`] lives on the control thread and owns the switch. Drivers feed it signals and take its actions; a [`Desk`] is
//! its `Send` handle for everybody else; a [`Line`] is what a dialplan application holds of its channel.

#![deny(missing_docs)]

mod desk;
mod dial_string;
#[cfg(feature = "faults")]
mod fault;
mod function;
mod gosub;
mod host;
mod inbox;
mod line;
mod originate;
mod pbx;
mod registry;
mod run;
mod state;
mod subscription;
#[cfg(any(test, feature = "testing"))]
#[allow(missing_docs)]
pub mod testing;
#[cfg(test)]
mod tests;

pub use desk::{ChannelKey, Counts, Desk};
pub use dial_string::{DIAL_STRING_LEGS_MAX, Technologies};
pub use function::FunctionContext;
pub use gosub::GOSUB_DEPTH_MAX;
pub use host::{BoxFuture, CommandOutput, Directories, Host, Identity, Module, Reloaded};
pub use line::{BridgeEnd, CallEnd, DialGroup, DialPlan, Digits, DigitsEnd, Ending, Line, PlayEnd, ReadSpec};
pub use originate::{Destination, OriginateSpec, Originated};
pub use pbx::{LocalTimes, Pbx, PbxCalendar, PbxConfig};
pub use registry::{Application, Function, Help, LocalBoxFuture, Registry};
pub use state::{Exception, Timeouts};
pub use subscription::{Delivery, SubscribeSpec, Subscription};
pub use ucx_switch::{DialLeg, DialTarget, Incoming, RingPolicy};
