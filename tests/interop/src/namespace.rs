//! A network namespace of this run's own, for software that refuses loopback addresses.

use crate::process::output;
use anyhow::Result;
use std::path::Path;
use std::process::Command;

/// How its name begins; the rest is the id of the process that made it.
const PREFIX: &str = "ucx-interop-";

/// A namespace with one address; dropping it takes it away.
pub struct Namespace {
    name: String,
}

impl Namespace {
    /// Makes one with that address, and takes away those whose makers were killed.
    pub fn new(address: &str) -> Result<Self> {
        sweep()?;
        let name = format!("{PREFIX}{}", std::process::id());
        ip(&["netns", "add", &name])?;
        let namespace = Self { name };
        let within = ["-n", &namespace.name];
        ip(&[&within[..], &["link", "set", "lo", "up"]].concat())?;
        ip(&[
            &within[..],
            &["addr", "add", &format!("{address}/32"), "dev", "lo"],
        ]
        .concat())?;
        Ok(namespace)
    }

    /// The words before a command that runs inside.
    pub fn enter(&self) -> [&str; 4] {
        ["ip", "netns", "exec", &self.name]
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // What cannot be taken away now is swept by the next run.
        let _ = ip(&["netns", "del", &self.name]);
    }
}

fn ip(words: &[&str]) -> Result<String> {
    output(Command::new("ip").args(words))
}

fn sweep() -> Result<()> {
    for line in ip(&["netns", "list"])?.lines() {
        let name = line.split_whitespace().next().unwrap_or_default();
        let Some(maker) = name.strip_prefix(PREFIX) else {
            continue;
        };
        // The link of a process that ended and was not waited for cannot be read either.
        if Path::new("/proc").join(maker).join("exe").read_link().is_err() {
            for process in ip(&["netns", "pids", name])?.split_whitespace() {
                // It may have ended in this moment.
                let _ = output(Command::new("kill").args(["-KILL", process]));
            }
            ip(&["netns", "del", name])?;
        }
    }
    Ok(())
}
