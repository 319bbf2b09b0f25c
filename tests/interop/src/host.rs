//! The host under trial: started with a configuration, asked over its control socket, and stopped.

use crate::folder;
use crate::process::{self, Process};
use anyhow::{Context, Result, bail};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// How long the host may take to listen.
const START_LIMIT: Duration = Duration::from_secs(20);
/// How long it may take to end.
const STOP_LIMIT: Duration = Duration::from_secs(10);
/// How long channels may outlive their calls.
const QUIET_LIMIT: Duration = Duration::from_secs(5);

/// A running host.
pub struct Host {
    program: PathBuf,
    state: PathBuf,
    process: Process,
    sip: SocketAddr,
    /// What it told of where it listens.
    told: serde_json::Value,
}

impl Host {
    /// Starts the program through `prefix` (nothing, or the words that enter a namespace) with these files.
    pub fn start(program: &Path, prefix: &[&str], folder: &Path, files: &[(&str, String)]) -> Result<Self> {
        let (config, state) = (folder.join("config"), folder.join("state"));
        std::fs::create_dir_all(&config).context("making the host's folder")?;
        for (name, text) in files {
            folder::write(&config.join(name), text)?;
        }
        let mut words = prefix
            .iter()
            .map(std::ffi::OsStr::new)
            .chain([program.as_os_str()]);
        let mut command = Command::new(words.next().expect("the program is one"));
        command
            .args(words)
            .arg("run")
            .arg("--config")
            .arg(&config)
            .arg("--state")
            .arg(&state);
        let plugins = folder.join("plugins");
        if plugins.is_dir() {
            command.arg("--plugins").arg(plugins);
        }
        let mut process = Process::start("host", &mut command, folder)?;
        let listening = state.join("listening.json");
        process.until("listened", START_LIMIT, &mut || listening.exists())?;
        let text = std::fs::read_to_string(&listening).context("reading where the host listens")?;
        let told: serde_json::Value =
            serde_json::from_str(&text).context("reading where the host listens")?;
        let sip = told["sip"].as_str().and_then(|address| address.parse().ok());
        let sip = sip.with_context(|| format!("no SIP address in {text}"))?;
        Ok(Self {
            program: program.to_owned(),
            state,
            process,
            sip,
            told,
        })
    }

    /// Where it takes SIP.
    pub fn sip(&self) -> SocketAddr {
        self.sip
    }

    /// Where another door of its is: `manager` or `application`.
    pub fn door(&self, name: &str) -> Result<SocketAddr> {
        let address = self.told[name].as_str().and_then(|address| address.parse().ok());
        address.with_context(|| format!("no address of the {name} door in {}", self.told))
    }

    /// Asks an operator's command.
    pub fn ask(&self, words: &str) -> Result<String> {
        let mut command = Command::new(&self.program);
        command.arg("rx").arg("--state").arg(&self.state).arg(words);
        process::output(&mut command).with_context(|| format!("asking {words:?}\n{}", self.process.tail()))
    }

    /// Waits until there is no channel.
    pub fn quiet(&self) -> Result<()> {
        let started_at = Instant::now();
        loop {
            let text = self.ask("core show channels")?;
            if text.contains("0 active channels") {
                return Ok(());
            }
            if started_at.elapsed() >= QUIET_LIMIT {
                bail!("channels are left over:\n{text}\n{}", self.process.tail());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Its last lines, for a failure.
    pub fn tail(&self) -> String {
        self.process.tail()
    }

    /// Stops it as an operator would.
    pub fn stop(&mut self) -> Result<()> {
        self.ask("core stop now")?;
        let status = self.process.wait(STOP_LIMIT)?;
        if !status.success() {
            bail!("the host ended with {status}\n{}", self.process.tail());
        }
        Ok(())
    }
}
