//! Third-party logic inside the host: WebAssembly components against the project's WIT packages, each with no more rights,
//! time and memory than it was granted, swapped under live calls.
//!
//! The only crate that knows wasmtime. [`PluginHost`] is the way in.

mod admission;
mod application;
mod bearing;
mod bindings;
mod cache;
mod calendar;
mod compiler;
mod digest;
mod engine;
mod fault;
mod file;
mod flow;
mod folder;
mod generation;
mod grant;
mod health;
mod heard;
mod host;
mod interfaces;
mod keyvalue;
mod life;
mod limits;
mod loader;
mod log;
mod mailbox;
mod manifest;
mod metrics;
mod plugin;
mod report;
mod resources;
mod router;
mod selector;
mod simulated;
mod sockets;
mod state;
mod subscriber;
mod tables;
mod tape;
mod telephony;
#[cfg(test)]
mod tests;
mod turns;
mod values;
mod verdict;
mod waits;
mod watch;
mod web;

pub use application::{PartReply, PartRequest};
pub use calendar::{ScheduleRule, check_schedules};
pub use compiler::{COMPILE_WORD, compile_as_child};
pub use engine::Interruption;
pub use fault::Fault;
pub use grant::{Grant, Grants};
pub use host::{Installed, Placed, PluginHost, PluginHostConfig, PluginLoad, PluginStatus};
pub use life::diff::AskLine;
pub use life::grants::GrantChange;
pub use life::ledger::{HistoryLine, Step};
pub use life::quarantine::QuarantineRules;
pub use life::taking::{Inspection, Order, Then};
pub use life::trial::{CanaryRules, Disagreement, TrialKind, TrialReport};
pub use limits::{
    BATCH_CPU, BATCH_WALL, FLOW_CPU, FLOW_WALL, MEMORY_CEILING, MEMORY_DEFAULT, ROUTER_CPU, ROUTER_WALL,
};
pub use loader::{Refusal, manifest_of};
pub use log::{LogLevel, LogLine};
pub use manifest::{Asks, Budget, DeliveryRules, Fallback, Manifest, World};
pub use metrics::Metric;
pub use report::{Listener, PluginEvent};
pub use resources::WallClock;
pub use selector::{AgentInfo, AgentState, Choice, NoChoice, QueueInfo, WaitingCaller};
pub use simulated::{Fate, FlowRequest, Processors, RequestSpy};
pub use tape::{
    ChoiceRecord, ChoiceRequest, DecisionRecord, Difference, Entry, FlowRecord, Heard, How, Replayed,
    ReplayedRun, StepsRecord, TakenStep, read_decisions, read_entries,
};
pub use telephony::{Chains, Routers, Wasm, feed, follow_steps, is_of_steps};
pub use values::{
    Attr, Decision, Direction, Event, FlowTarget, Gap, Header, Leg, Location, NoVerdict, OtherTarget, Party,
    Presentation, Rejection, RouteOutcome, RouteRequest, Target, TrunkNumber, Value, Verdict,
};
pub use waits::{Length, WAIT_CEILING, WaitLimits};
pub use watch::Watch;
pub use web::{BoxFuture, Resolve, StandIn, WebConfig, WebError, WebRequest, WebResponse};
