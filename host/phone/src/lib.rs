//! Soft phones on the house's own SIP and media: for trying the host, simulating it and loading it.
//!
//! [`Phone`] and [`Load`] know no sockets and no clock; [`cli`] puts both on real ones.

mod call;
pub mod cli;
mod config;
mod driver;
mod event;
mod ladder;
pub mod load;
mod meter;
mod phone;
mod report;
pub mod script;
mod sdp;

#[cfg(test)]
mod tests;

pub use config::{Formats, Identity, PhoneConfig, Policy, Ports};
pub use event::{CallId, EndedBy, Event, Happening};
pub use ladder::{Arrow, Ladder, Rung};
pub use load::{Load, LoadConfig, LoadReport};
pub use meter::Meter;
pub use phone::{Need, PORT_PAIRS, Phone, PhoneError, Socket, Transmit};
pub use report::CallReport;
