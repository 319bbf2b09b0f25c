//! Whole conversations: with the session, over connections, and with actions in a small world.

mod host;
mod server;
mod session;
