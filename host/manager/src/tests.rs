//! Whole conversations: with the session, over connections, and with actions in a small world.

#![allow(clippy::wildcard_enum_match_arm)]

mod actions;
mod host;
mod server;
mod session;
