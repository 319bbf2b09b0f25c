//! What the caller says, on its way to a program: samples through a pipe that is open there as number 3.

use std::io::{self, PipeReader};
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;
use tokio::net::unix::pipe::Sender;
use tokio::process::Command;
use ucx_pbx::Listening;

/// Opens the pipe as number 3 and becomes the program. The names of both are arguments, so nothing in them is read as a command.
const OPEN_AND_BECOME: &str = r#"exec 3<"/proc/$PPID/fd/$1" && shift && exec "$@""#;

/// A pipe for samples of 16 bits, 8,000 a second, low byte first.
pub(crate) struct SoundPipe {
    /// The program opens it anew; it stays open here so that writing never fails for want of a reader.
    reader: PipeReader,
    writer: Sender,
}

impl SoundPipe {
    /// A pipe with nothing in it.
    ///
    /// # Errors
    /// When the system has none to give.
    pub fn new() -> io::Result<Self> {
        let (reader, writer) = io::pipe()?;
        Ok(Self {
            reader,
            writer: Sender::from_owned_fd(OwnedFd::from(writer))?,
        })
    }

    /// What starts the program with the pipe open.
    pub fn command(&self, path: &Path) -> Command {
        let mut command = Command::new("/bin/sh");
        let number = self.reader.as_raw_fd().to_string();
        command.args(["-c", OPEN_AND_BECOME, "sh", &number]).arg(path);
        command
    }

    /// Writes what is heard, for ever. What a program does not read in time is lost to it: the call does not wait.
    pub async fn fill(&self, mut listening: Listening) {
        while let Some(samples) = listening.next().await {
            let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
            // A piece is written whole or not at all, as it is shorter than what pipes promise to keep together.
            let _ = self.writer.try_write(&bytes);
        }
        std::future::pending().await
    }
}
