//! The vocabulary every floor speaks: ids, channel and bridge snapshots, causes, signals, actions, notices, events,
//! principals and refusals.
//!
//! Words: a **signal** comes in from a driver, an **action** goes out to a driver, a **notice** goes to whoever controls a
//! channel, an **event** goes out to the world, a **refusal** answers a request that was not carried out.

#![deny(missing_docs)]

mod action;
mod cause;
mod control;
mod device;
mod event;
mod id;
mod loudness;
mod party;
mod principal;
mod refusal;
mod scope;
mod security;
mod signal;
mod snapshot;
mod statistics;

pub use action::{
    Action, IfExists, Indication, Part, PlaybackControl, RecordingControl, RecordingOf, RecordingSpec,
    Source, Tone, Voice,
};
pub use cause::{Cause, DialStatus};
pub use control::{DialOutcome, Holder, Interruption, Lease, Notice};
pub use device::{DeviceState, ExtensionState, NoDeviceState};
pub use event::{DigitSide, Event, EventKind, OriginateReport, OriginateTo};
pub use id::{BridgeId, ChannelId, DialId, PlaybackId, RecordingId};
pub use loudness::{LOUDER_MAX_DB, SOFTER_MAX_DB, louder, loudness};
pub use party::{Party, Presentation};
pub use principal::{Principal, PrincipalKind, Right, Rights};
pub use refusal::Refusal;
pub use scope::{Names, Scope, Scopes};
pub use security::{SecurityEvent, SecurityKind};
pub use signal::{RecordingEnd, Referral, Report, Signal};
pub use snapshot::{
    BridgeKind, BridgePurpose, BridgeSnapshot, ChannelSnapshot, ChannelState, Place, Step, Technology,
    VideoMode,
};
pub use statistics::{MediaStatistics, Spread};
