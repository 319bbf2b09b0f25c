//! How are components begun and built, and what does that take of the machine? For the program and for `cargo xtask`.

#![allow(
    clippy::print_stdout,
    reason = "whoever waits for a build is told how far it is"
)]

pub mod guests;
pub mod needs;
pub mod shell;
pub mod template;
