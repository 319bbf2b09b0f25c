//! A client of one of the three interfaces, in a process of its own, on a library we did not write.

use super::child;
use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

/// How long a client may take to see what it is to see.
const PATIENCE: Duration = Duration::from_secs(15);

/// A running client. It ends when its input is closed; dropping it waits for that.
pub struct Client {
    name: &'static str,
    child: Child,
    input: Option<ChildStdin>,
    seen: Receiver<Value>,
}

impl Client {
    /// Starts it with these arguments and waits until it is ready; what it says then.
    pub fn start(program: &Path, name: &'static str, args: &[&str]) -> Result<(Self, Value)> {
        let mut child = Command::new(program)
            .arg(name)
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting {}", program.display()))?;
        let input = child.stdin.take();
        let output = child.stdout.take().context("the client's output")?;
        let seen = child::told(output);
        let client = Self {
            name,
            child,
            input,
            seen,
        };
        let ready = client.wait_for("ready", |_| true)?;
        Ok((client, ready))
    }

    /// The next thing of that kind it saw that is as wanted; others are passed over.
    pub fn wait_for(&self, event: &str, is_wanted: impl Fn(&Value) -> bool) -> Result<Value> {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let seen = self
                .seen
                .recv_timeout(left)
                .map_err(|_| anyhow!("the {} client did not see `{event}`", self.name))?;
            if seen["event"] == "error" {
                bail!("the {} client: {}", self.name, seen["reason"]);
            }
            if seen["event"] == event && is_wanted(&seen) {
                return Ok(seen);
            }
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        drop(self.input.take());
        child::end(&mut self.child);
    }
}
