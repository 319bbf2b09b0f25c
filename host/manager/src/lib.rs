//! The Manager interface (AMI): wire, sessions, authentication, filters; one file per action, one per event family.
//!
//! [`Manager::serve`] takes connections; [`Manager::reload`] and the lists of users, sessions and actions are for the
//! operator's command line.

pub mod action;
mod clock;
mod config;
mod connection;
mod door;
pub mod event;
mod filter;
mod manager;
mod outbox;
mod render;
mod reply;
mod request;
mod session;
mod sessions;
#[cfg(test)]
mod tests;
mod wire;

pub use config::{AccessLists, ManagerConfig, USERS_MAX, User, load};
pub use filter::{FILTERS_MAX, Filter, FilterFault, Filters};
pub use manager::{CONNECTIONS_MAX, Manager};
pub use outbox::WAITING_BYTES_MAX;
pub use reply::{Failure, IdAt, List, Outcome, Reply};
pub use request::Request;
pub use session::{Answer, FAILURE_DELAY, Session, Step, View};
pub use sessions::Connected;
pub use wire::{Decoder, Fault, LINE_BYTES_MAX, LINES_MAX};
