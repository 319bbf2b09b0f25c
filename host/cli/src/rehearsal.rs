//! How does a plugin behave, said before any host runs it? Scenarios are played with the real component in the real plugin
//! runtime and the real switch, among phones that do as they are told, on a clock that jumps; no socket is opened.

mod arrival;
mod driver;
mod expect;
mod observed;
mod scenario;
mod stage;
#[cfg(test)]
mod tests;
mod web;
mod world;

pub use expect::difference;

pub use scenario::{Scenario, read};
pub use world::{Bench, Played, play};
