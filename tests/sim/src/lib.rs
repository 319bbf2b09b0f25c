//! The whole host in a world of its own: real control loop, real dialplan, real SIP and media, over a network, a clock and
//! people that one seed decides. The same seed gives the same log, to the byte.

mod chance;
mod clients;
mod deeds;
mod faults;
mod handover;
mod hearing;
mod host;
mod layers;
mod led;
mod ledger;
mod log;
mod network;
mod office;
mod people;
mod plugins;
mod program;
mod programs;
mod stage;
mod world;

#[cfg(test)]
mod tests;

pub use faults::Fault;
pub use network::Weather;
pub use plugins::component;
pub use program::{Form, program};
pub use world::{Figures, Outcome, WorldSpec, run};
