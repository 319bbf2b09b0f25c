//! The desk: typed requests in, one ordered event stream out, the registries, and the tasks that run the dialplan.
//!
//! A [`Pbx`] lives on the control thread and owns the switch. Drivers feed it signals and take its actions; a [`Desk`] is
//! its `Send` handle for everybody else; a [`Line`] is what a dialplan application holds of its channel.

#![deny(missing_docs)]

mod agreed;
mod async_gateway;
mod calendar;
mod database;
mod desk;
mod devices;
mod dial_string;
mod endpoints;
#[cfg(feature = "faults")]
mod fault;
mod function;
mod gosub;
mod host;
mod inbox;
mod line;
mod message;
mod originate;
mod pbx;
mod registry;
mod reports;
mod run;
pub mod say;
mod scope;
mod settle;
mod state;
mod subscription;
#[cfg(any(test, feature = "testing"))]
#[allow(missing_docs)]
pub mod testing;
#[cfg(test)]
mod tests;

pub use agreed::Agreed;
pub use async_gateway::{ASYNC_COMMANDS_MAX, AsyncCommand, AsyncCommands};
pub use calendar::{LocalTimes, PbxCalendar};
pub use database::{DATABASE_PATH_BYTES_MAX, DATABASE_ROWS_MAX, DATABASE_VALUE_BYTES_MAX, DatabaseChange};
pub use desk::{ChannelKey, Counts, Desk};
pub use dial_string::{DIAL_STRING_LEGS_MAX, Technologies};
pub use endpoints::{ContactView, RegistrationView};
pub use function::FunctionContext;
pub use gosub::GOSUB_DEPTH_MAX;
pub use host::{
    BoxFuture, CommandOutput, Directories, Host, Identity, LogChange, LogView, Module, OwnReply, OwnRequest,
    PartReply, PartRequest, Reloaded,
};
pub use inbox::{LineEvent, LineNotice};
pub use line::{
    BridgeEnd, CallEnd, DialGroup, DialPlan, Digits, DigitsEnd, Ending, HeaderLines, Line, LineJob, LineJobs,
    LineRemote, Listening, PlayEnd, ReadSpec, SubroutineEnd,
};
pub use message::MessageSpec;
pub use originate::{Destination, OriginateSpec, OriginateWait, Originated, RtpTarget};
pub use pbx::{Pbx, PbxConfig};
pub use registry::{Application, Blocking, Function, Gate, Help, LocalBoxFuture, Registry};
pub use reports::{REPORTS_MAX, Reports};
pub use state::{Exception, Timeouts};
pub use subscription::{Delivery, Position, SubscribeSpec, Subscription};
pub use ucx_dialplan::LocalTime;
pub use ucx_presence::{HintView, PRESENCE_STATUSES, PersonView};
pub use ucx_switch::{BridgeSpec, DialLeg, DialTarget, EnterSpec, Incoming, Joiner, RingPolicy, Ways};
