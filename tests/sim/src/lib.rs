//! The whole host in a world of its own: real control loop, real dialplan, real SIP and media, over a network, a clock and
//! people that one seed decides. The same seed gives the same log, to the byte.

mod chance;
mod clients;
mod deeds;
mod exhaust;
mod faults;
mod finding;
mod handover;
mod hearing;
mod host;
mod judge;
mod layers;
mod led;
mod ledger;
mod log;
mod network;
mod office;
mod overload;
mod people;
mod plugins;
mod program;
mod programs;
mod script;
mod seen;
mod spec;
mod stage;
mod world;

#[cfg(test)]
mod tests;

pub use faults::Fault;
pub use network::Weather;
pub use plugins::component;
pub use program::{Form, program};
pub use script::{Play, Script, What};
pub use spec::{Figures, Outcome, WorldSpec};
pub use world::run;
