//! How is a phone steered by lines of text? One command a line in, one JSON object a line out.
//!
//! `register`, `call 700`, `answer`, `tone 440`, `expect-tone 660 within 3s`, `hangup`, `quit`: see [`Command`]. Each
//! line is answered by `{"event":"ok",…}` or `{"event":"error",…,"reason":…}`; events come as they happen.

mod command;
mod conductor;
#[cfg(test)]
mod tests;

pub use command::{Command, Deed, Expectation, ScriptError};
pub use conductor::{Conductor, Output};
