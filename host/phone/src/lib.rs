//! Soft phones on the house's own SIP and media: for trying the host, simulating it and loading it.
//!

mod call;
mod config;
mod event;
mod ladder;
mod meter;
mod phone;
mod report;
mod sdp;

#[cfg(test)]
mod tests;

pub use config::{Formats, Identity, PhoneConfig, Policy, Ports};
pub use event::{CallId, EndedBy, Event, Happening};
pub use ladder::{Arrow, Ladder, Rung};
pub use meter::Meter;
pub use phone::{Need, Phone, PhoneError, Socket, Transmit};
pub use report::CallReport;
