//! Commands of the operating system, each on a thread of its own.

use crate::text;
use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use ucx_pbx::{Ending, Line};

/// Commands that may run at once; a further one fails.
const COMMANDS_MAX: usize = 64;

/// Bytes of a command's output that are kept; what it says beyond is lost.
const OUTPUT_BYTES_MAX: u64 = 65_536;

/// What a command could not do: run at all.
pub(crate) const FAILURE: &str = "FAILURE";

/// The shell's own words for a command that is not there, or may not be run.
const NOT_RUN: [i32; 2] = [126, 127];

static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// A place among the commands that may run.
struct Place;

impl Place {
    fn take() -> Result<Self, String> {
        let taken = RUNNING.fetch_update(Ordering::AcqRel, Ordering::Acquire, |running| {
            (running < COMMANDS_MAX).then_some(running + 1)
        });
        taken
            .map(|_| Self)
            .map_err(|_| format!("{COMMANDS_MAX} commands run already"))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Runs a command and says how it ended, in the words of `SYSTEMSTATUS`.
pub(crate) async fn status(
    line: &mut Line,
    application: &str,
    command: &str,
) -> Result<&'static str, Ending> {
    if command.trim().is_empty() {
        text::warn(line, application, "it needs a command");
        return Ok(FAILURE);
    }
    let shell = shell(command);
    let done = tokio::task::spawn_blocking(move || ended(shell));
    match line
        .during(done)
        .await?
        .unwrap_or_else(|panic| Err(panic.to_string()))
    {
        Ok(0) => Ok("SUCCESS"),
        Ok(code) if NOT_RUN.contains(&code) => {
            text::warn(line, application, "the command could not be run");
            Ok(FAILURE)
        }
        Ok(_) => Ok("APPERROR"),
        Err(why) => {
            text::warn(line, application, &format!("the command could not be run: {why}"));
            Ok(FAILURE)
        }
    }
}

/// Runs a command and gives what it said.
pub(crate) fn output(command: &str) -> Result<String, String> {
    let _place = Place::take()?;
    let mut child = shell(command)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let mut said = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        let mut stdout = stdout.take(OUTPUT_BYTES_MAX);
        stdout.read_to_end(&mut said).map_err(|error| error.to_string())?;
    }
    child.wait().map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&said).into_owned())
}

fn shell(command: &str) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell.arg("-c").arg(command);
    shell.stdin(Stdio::null()).stdout(Stdio::null());
    shell
}

/// The exit code; that of a command a signal ended is 128 and more, as shells count.
fn ended(mut shell: Command) -> Result<i32, String> {
    let _place = Place::take()?;
    let status = shell.status().map_err(|error| error.to_string())?;
    Ok(status.code().unwrap_or(128))
}
