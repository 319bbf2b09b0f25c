//! `ucx rx COMMAND`: asks a running host over its control socket.

use crate::args::RxOptions;
use crate::places::Places;
use anyhow::{Context, Result};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// How long an answer may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

pub fn run(options: &RxOptions) -> Result<ExitCode> {
    let places = Places::find(&options.state)?;
    let text = ask(&places.control_socket(), &options.words.join(" "))?;
    crate::say(text.trim_end_matches('\n'));
    Ok(ExitCode::SUCCESS)
}

/// Asks the host behind that socket.
pub fn ask(socket: &Path, command: &str) -> Result<String> {
    ask_within(socket, command, ANSWER_TIMEOUT)
}

/// The same for what may take longer.
pub fn ask_within(socket: &Path, command: &str, time: Duration) -> Result<String> {
    let mut stream = UnixStream::connect(socket).with_context(|| {
        format!(
            "no host answers at {} (is it running, with this --state?)",
            socket.display()
        )
    })?;
    stream
        .set_read_timeout(Some(time))
        .context("setting a time limit")?;
    writeln!(stream, "{}", command.replace(['\r', '\n'], " ")).context("asking the host")?;
    let mut text = String::new();
    stream
        .read_to_string(&mut text)
        .context("reading the host's answer")?;
    Ok(text)
}
