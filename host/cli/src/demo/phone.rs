//! A soft phone in a process of its own, steered by lines.

use super::child;
use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::Receiver;
use std::time::Duration;

/// How long an answer to a line may take; expectations have their own limits below it.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// How a phone is started.
pub struct PhoneSpec<'a> {
    pub program: &'a Path,
    pub user: &'a str,
    pub secret_file: &'a Path,
    pub server: SocketAddr,
    pub tone_hz: u16,
}

/// A running phone. Dropping it ends its process.
pub struct Phone {
    user: String,
    child: Child,
    lines: ChildStdin,
    answers: Receiver<Value>,
}

impl Phone {
    pub fn start(spec: &PhoneSpec<'_>) -> Result<Self> {
        let mut child = Command::new(spec.program)
            .args(["sim", "phone", "--user", spec.user, "--answer-after", "300"])
            .arg("--tone")
            .arg(spec.tone_hz.to_string())
            .arg("--secret-file")
            .arg(spec.secret_file)
            .arg("--server")
            .arg(spec.server.to_string())
            .arg("--bind")
            .arg(SocketAddr::new(spec.server.ip(), 0).to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting phone {}", spec.user))?;
        let (lines, output) = (child.stdin.take(), child.stdout.take());
        let (lines, output) = lines.zip(output).context("the phone's standard streams")?;
        let answers = child::told(output);
        Ok(Self {
            user: spec.user.to_owned(),
            child,
            lines,
            answers,
        })
    }

    /// Says one line and waits for its answer, which is the `ok` event itself.
    pub fn say(&mut self, line: &str) -> Result<Value> {
        writeln!(self.lines, "{line}").with_context(|| format!("phone {} is gone", self.user))?;
        loop {
            let answer = self.answers.recv_timeout(ANSWER_TIMEOUT);
            let answer = answer.map_err(|_| anyhow!("phone {} does not answer to `{line}`", self.user))?;
            match answer["event"].as_str() {
                Some("ok") => return Ok(answer),
                Some("error") => {
                    let reason = answer["reason"].as_str().unwrap_or("no reason given");
                    bail!("phone {}: `{line}`: {reason}", self.user);
                }
                _ => {}
            }
        }
    }

    /// Several lines, one after the other.
    pub fn say_all(&mut self, lines: &[&str]) -> Result<()> {
        for line in lines {
            self.say(line)?;
        }
        Ok(())
    }

    /// The figures of a call: those of the newest one, or of that number.
    pub fn stats(&mut self, call: Option<u64>) -> Result<Value> {
        let line = call.map_or_else(|| "stats".to_owned(), |call| format!("stats #{call}"));
        let mut answer = self.say(&line)?;
        Ok(answer["stats"].take())
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = writeln!(self.lines, "quit");
        child::end(&mut self.child);
    }
}
