//! The functions guests may call, one file per WIT interface.

pub(crate) mod absent;
pub(crate) mod bridges;
mod calendar;
mod channels;
mod config;
mod devices;
mod fetched;
mod fields;
pub(crate) mod filesystem;
mod http;
mod inbox;
pub(crate) mod keyvalue;
mod keyvalue_extra;
pub(crate) mod logging;
mod lookup;
pub(crate) mod media;
mod metrics;
pub(crate) mod monitoring;
pub(crate) mod network;
mod secrets;
mod turn;
pub(crate) mod wasi;
pub(crate) mod wasi_http;

use crate::bindings::ucx;
use crate::state::GuestState;

// Interfaces that hold types only.
impl ucx::types::common::Host for GuestState {}
impl ucx::call::routing::Host for GuestState {}
impl ucx::events::envelope::Host for GuestState {}
