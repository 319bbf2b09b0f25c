//! sipp as caller or callee.

use crate::folder;
use crate::ports;
use crate::process::{Process, with};
use crate::script::Script;
use crate::stats::Stats;
use anyhow::{Context, Result, bail};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// How long sipp may take to open its socket.
const START_LIMIT: Duration = Duration::from_secs(5);
/// How long a message may stay away, in milliseconds.
const MESSAGE_LIMIT_MS: u32 = 8000;
/// Lines of a failed side's messages that are shown.
const TAIL_LINES: usize = 60;

/// How one sipp is started.
pub struct Sipp<'a> {
    pub script: &'a Script,
    /// The user it says it is.
    pub me: &'a str,
    pub password: &'a str,
    /// Its own port.
    pub port: u16,
    pub is_tcp: bool,
    /// Where its calls want their media, one after the other.
    pub media: &'a [u16],
    pub calls: u32,
    /// Calls a second.
    pub rate: u32,
}

/// A running sipp.
pub struct Running {
    process: Process,
    name: &'static str,
    folder: PathBuf,
    calls: u32,
}

impl Sipp<'_> {
    /// One call over UDP without a password.
    pub fn once<'a>(script: &'a Script, me: &'a str, port: u16, media: &'a [u16]) -> Sipp<'a> {
        Sipp {
            script,
            me,
            password: "",
            port,
            is_tcp: false,
            media,
            calls: 1,
            rate: 1,
        }
    }

    /// Starts it as a callee, and waits until it can be called.
    pub fn listen(&self, folder: &Path) -> Result<Running> {
        let mut running = self.start(folder, &[])?;
        let (port, is_tcp) = (self.port, self.is_tcp);
        let mut is_there = || ports::is_taken(port, is_tcp, Duration::ZERO);
        running
            .process
            .until("opened its socket", START_LIMIT, &mut is_there)?;
        Ok(running)
    }

    /// Starts it as a caller of that extension.
    pub fn call(&self, folder: &Path, host: SocketAddr, extension: &str) -> Result<Running> {
        self.start(
            folder,
            &[&host.to_string(), "-s", extension, "-r", &self.rate.to_string()],
        )
    }

    fn start(&self, folder: &Path, extra: &[&str]) -> Result<Running> {
        let name = self.script.name();
        let file = |kind: &str| folder.join(format!("{name}.{kind}"));
        folder::write(&file("xml"), self.script.xml())?;
        let media: String = self.media.iter().map(|port| format!("{port};\n")).collect();
        folder::write(&file("csv"), format!("SEQUENTIAL\n{media}"))?;
        let mut sipp = Command::new("sipp");
        sipp.args(extra)
            .arg("-sf")
            .arg(file("xml"))
            .arg("-inf")
            .arg(file("csv"));
        sipp.args(["-i", "127.0.0.1", "-mi", "127.0.0.1", "-nostdin", "-fd", "1"]);
        sipp.args(["-p", &self.port.to_string(), "-m", &self.calls.to_string()]);
        sipp.args(["-t", if self.is_tcp { "t1" } else { "u1" }]);
        sipp.args(["-key", "me", self.me, "-au", self.me, "-ap", self.password]);
        sipp.args(["-recv_timeout", &MESSAGE_LIMIT_MS.to_string()]);
        sipp.arg("-trace_stat").arg("-stf").arg(file("stat"));
        sipp.arg("-trace_err").arg("-error_file").arg(file("err"));
        if self.calls == 1 {
            sipp.arg("-trace_msg").arg("-message_file").arg(file("msg"));
        }
        let process = Process::start(name, &mut sipp, folder)?;
        Ok(Running {
            process,
            name,
            folder: folder.to_owned(),
            calls: self.calls,
        })
    }
}

impl Running {
    /// Waits for its end and sees that each of its calls went as written.
    pub fn end(mut self, limit: Duration) -> Result<Stats> {
        let status = self
            .process
            .wait(limit)
            .map_err(|error| with(&error, &self.told()))?;
        let text = std::fs::read_to_string(self.file("stat")).context("reading its statistics");
        let stats = text
            .and_then(|text| Stats::parse(&text))
            .map_err(|error| with(&error, &self.told()))?;
        if !status.success() || stats.failed > 0 || stats.successful != u64::from(self.calls) {
            bail!("{} ended with {status}, {stats:?}\n{}", self.name, self.told());
        }
        Ok(stats)
    }

    fn file(&self, kind: &str) -> PathBuf {
        self.folder.join(format!("{}.{kind}", self.name))
    }

    /// What it wrote down, for a failure.
    fn told(&self) -> String {
        let (errors, messages) = (self.file("err"), self.file("msg"));
        format!(
            "errors of {}:\n{}\nits messages:\n{}",
            self.name,
            folder::tail(&errors, TAIL_LINES / 2),
            folder::tail(&messages, TAIL_LINES)
        )
    }
}
