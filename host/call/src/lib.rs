//! The vocabulary every floor speaks: ids, channel and bridge snapshots, causes, signals, actions, notices, events,
//! principals and refusals.
//!
//! Words: a **signal** comes in from a driver, an **action** goes out to a driver, a **notice** goes to whoever controls a
//! channel, an **event** goes out to the world, a **refusal** answers a request that was not carried out.

#![deny(missing_docs)]

mod action;
mod cause;
mod control;
mod event;
mod id;
mod party;
mod principal;
mod refusal;
mod signal;
mod snapshot;

pub use action::{Action, Indication, Source, Tone};
pub use cause::{Cause, DialStatus};
pub use control::{DialOutcome, Holder, Interruption, Lease, Notice};
pub use event::{DigitSide, Event, EventKind};
pub use id::{BridgeId, ChannelId, DialId, PlaybackId};
pub use party::{Party, Presentation};
pub use principal::{Principal, PrincipalKind, Right, Rights};
pub use refusal::Refusal;
pub use signal::Signal;
pub use snapshot::{BridgeKind, BridgeSnapshot, ChannelSnapshot, ChannelState, Place, Step, Technology};
