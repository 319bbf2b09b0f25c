//! The fact tables of the three interfaces, as data with typed readers.
//!
//! The tables stand in `data/`, where `README.md` says what each line is. They are compiled in; the readers panic on a
//! line they cannot read, which this crate's tests rule out.

#![deny(missing_docs)]

mod agi;
mod ami;
mod ari;
mod cause;
mod layout;
mod table;

pub use agi::{Command, commands};
pub use ami::{Action, AmiEvent, EventUse, action, actions, ami_event, ami_events, unordered_fields};
pub use ari::{Field, Operation, Parameter, Problem, Shape, Type, events, models, operations, problems};
pub use cause::{CauseFact, causes};
pub use layout::{BRIDGE_BLOCK, CHANNEL_BLOCK, Item, Name, parse_layout};
