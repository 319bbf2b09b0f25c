//! Behaviour of the switch, with every invariant checked after every mutation.

mod call;
mod control;
mod local;
mod random;
mod world;
