//! Whole conversations: with the session, over connections, and with actions in a small world.

#![allow(clippy::wildcard_enum_match_arm)]

mod actions;
mod calls;
mod channels;
mod config_files;
mod endpoints;
mod host;
mod host_actions;
mod originating;
mod server;
mod session;
