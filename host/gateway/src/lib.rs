//! The Gateway interface (AGI, FastAGI, AsyncAGI): a program takes part in call processing; one file per command.
//!
//! [`register`] adds the applications `AGI` and `EAGI`. A session runs inside the task of its channel: it reads commands
//! from its program, carries them out on the channel's [`ucx_pbx::Line`] and answers. A program that dies, is not there or
//! does not read costs its caller nothing but the wait: the application ends with `AGISTATUS` set, and the dialplan goes on.

#![deny(missing_docs)]

mod application;
mod command;
mod environment;
mod fault;
mod peer;
mod session;
#[cfg(test)]
mod tests;
mod wire;

#[cfg(feature = "faults")]
pub use application::register_faulty;
pub use application::{GatewayConfig, register, register_over};
pub use command::{Command, commands};
pub use fault::Fault;
pub use peer::{Connection, Network};
