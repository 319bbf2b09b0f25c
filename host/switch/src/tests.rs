//! Behaviour of the switch, with every invariant checked after every mutation.
#![allow(clippy::wildcard_enum_match_arm)] // a test names what it looks for

mod call;
mod control;
mod join;
mod local;
mod meeting;
mod random;
mod snoop;
mod world;
