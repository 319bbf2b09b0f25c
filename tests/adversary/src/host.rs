//! The host under attack: a process of its own, asked over its control socket, weighed, and stopped.

use crate::folder;
use anyhow::{Context, Result, anyhow, bail};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long the host may take to listen, and to end.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long an answer of its control socket may take.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(20);

/// Files the host may have open when it is started.
const FILES_AT_START: u64 = 1_024;

/// Sets how many files this process, and those it starts from now on, may have open; none is as many as the system lets it.
fn limit_open_files(count: Option<u64>) {
    let limits = getrlimit(Resource::Nofile);
    let current = match (count, limits.maximum) {
        (Some(count), Some(maximum)) => Some(count.min(maximum)),
        (count, maximum) => count.or(maximum),
    };
    // With fewer files there are fewer connections, which the figures tell.
    let _ = setrlimit(Resource::Nofile, Rlimit { current, ..limits });
}

/// A running host.
pub struct Host {
    /// The lock guards a look at how it is; several attack it at once.
    child: Mutex<Child>,
    id: u32,
    folder: PathBuf,
    sip: SocketAddr,
    /// What it says of where it listens.
    told: serde_json::Value,
}

/// Memory of the host in KiB.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    pub now_kib: u64,
    pub peak_kib: u64,
}

impl Host {
    /// Starts the program with the configuration in `folder/config` and the components in `folder/plugins`.
    pub fn start(program: &Path, folder: &Path) -> Result<Self> {
        let log = File::create(folder.join("host.log")).context("the host's log")?;
        // It starts with as few as a careless service manager would give it.
        limit_open_files(Some(FILES_AT_START));
        let child = Command::new(program)
            .arg("run")
            .arg("--config")
            .arg(folder.join("config"))
            .arg("--state")
            .arg(folder.join("state"))
            .arg("--plugins")
            .arg(folder.join("plugins"))
            .arg("--tables")
            .arg(folder.join("tables"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .with_context(|| format!("starting {}", program.display()));
        // Thousands of connections are as many files here too.
        limit_open_files(None);
        let child = child?;
        let mut host = Self {
            id: child.id(),
            child: Mutex::new(child),
            folder: folder.to_owned(),
            sip: SocketAddr::from(([127, 0, 0, 1], 0)),
            told: serde_json::Value::Null,
        };
        let listening = folder.join("state/listening.json");
        host.until("it listens", PATIENCE, &mut |_| Ok(listening.exists()))?;
        let text = std::fs::read_to_string(&listening).context("reading where the host listens")?;
        host.told = serde_json::from_str(&text).context("reading where the host listens")?;
        host.sip = host.door("sip")?;
        Ok(host)
    }

    fn child(&self) -> MutexGuard<'_, Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn door(&self, name: &str) -> Result<SocketAddr> {
        let address = self.told[name].as_str().and_then(|address| address.parse().ok());
        address.with_context(|| format!("no address of {name} in {}", self.told))
    }

    /// Where Manager clients come in.
    pub fn manager(&self) -> Result<SocketAddr> {
        self.door("manager")
    }

    /// Where Application clients come in.
    pub fn application(&self) -> Result<SocketAddr> {
        self.door("application")
    }

    /// The spool, where call files are taken from.
    pub fn spool(&self) -> PathBuf {
        self.folder.join("state/spool")
    }

    /// Where it takes SIP, by UDP and TCP.
    pub fn sip(&self) -> SocketAddr {
        self.sip
    }

    /// Where it takes SIP by TCP, as it says in its log.
    pub fn sip_tcp(&self) -> Result<SocketAddr> {
        let log = self.log();
        let mut lines = log.lines().filter(|line| line.contains("listening for SIP"));
        let line = lines.find(|line| line.to_ascii_lowercase().contains("tcp"));
        let address = line.and_then(|line| {
            line.split_once("address=")?
                .1
                .split_whitespace()
                .next()?
                .parse()
                .ok()
        });
        address.context("the log names no TCP address")
    }

    pub fn plugins(&self) -> PathBuf {
        self.folder.join("plugins")
    }

    pub fn tables(&self) -> PathBuf {
        self.folder.join("tables")
    }

    /// What it wrote to its log.
    pub fn log(&self) -> String {
        let bytes = std::fs::read(self.folder.join("host.log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// How long its log is by now, in bytes.
    pub fn log_length(&self) -> u64 {
        std::fs::metadata(self.folder.join("host.log")).map_or(0, |about| about.len())
    }

    /// What it wrote to its log after so many bytes.
    pub fn log_after(&self, bytes: u64) -> Result<String> {
        let mut log = File::open(self.folder.join("host.log")).context("the host's log")?;
        log.seek(SeekFrom::Start(bytes)).context("the host's log")?;
        let mut rest = Vec::new();
        log.read_to_end(&mut rest).context("the host's log")?;
        Ok(String::from_utf8_lossy(&rest).into_owned())
    }

    /// Figures of a plugin as `plugin top` has them, by the names of their columns.
    pub fn figure(&self, plugin: &str, column: &str) -> Result<u64> {
        let text = self.ask("plugin top")?;
        let mut lines = text.lines();
        let head = lines
            .next()
            .unwrap_or_default()
            .replace("CPU ms", "CPU")
            .replace("µs a turn", "Turn");
        let place = head.split_whitespace().position(|name| name == column);
        let line = lines.find(|line| line.split_whitespace().next() == Some(plugin));
        let value = line.and_then(|line| line.split_whitespace().nth(place?)?.parse().ok());
        value.with_context(|| format!("no {column} of {plugin} in {text}"))
    }

    /// Waits until something holds; the host's end or a passed limit are errors.
    pub fn until(
        &self,
        what: &str,
        limit: Duration,
        holds: &mut dyn FnMut(&Self) -> Result<bool>,
    ) -> Result<Duration> {
        let began_at = Instant::now();
        while !holds(self)? {
            self.is_alive()?;
            if began_at.elapsed() >= limit {
                bail!("not within {} ms: {what}\n{}", limit.as_millis(), self.tail());
            }
            std::thread::sleep(LOOK);
        }
        Ok(began_at.elapsed())
    }

    /// An error when the host has ended.
    pub fn is_alive(&self) -> Result<()> {
        match self.child().try_wait().context("looking at the host")? {
            None => Ok(()),
            Some(status) => bail!("the host ended ({status})\n{}", self.tail()),
        }
    }

    /// Asks an operator's command.
    pub fn ask(&self, command: &str) -> Result<String> {
        ask(&self.control(), command)
    }

    /// The control socket.
    pub fn control(&self) -> PathBuf {
        self.folder.join("state/control")
    }

    /// What its plugins went through lately, a line each.
    pub fn events(&self) -> Result<Vec<String>> {
        Ok(self.ask("plugin events")?.lines().map(str::to_owned).collect())
    }

    /// The ids of the active plugins.
    pub fn active(&self) -> Result<Vec<String>> {
        let list = self.ask("plugin list")?;
        let names = list.lines().skip(1).filter(|line| !line.ends_with(" plugins"));
        Ok(names
            .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
            .collect())
    }

    pub fn memory(&self) -> Result<Memory> {
        let path = format!("/proc/{}/status", self.id);
        let text = std::fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
        let field = |name: &str| {
            let line = text.lines().find(|line| line.starts_with(name));
            let number = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
            number.ok_or_else(|| anyhow!("{path} has no {name}"))
        };
        Ok(Memory {
            now_kib: field("VmRSS:")?,
            peak_kib: field("VmHWM:")?,
        })
    }

    /// How many files it may open: as many as the system ever lets it, though it was started with fewer.
    pub fn open_files(&self) -> Result<String> {
        let path = format!("/proc/{}/limits", self.id);
        let text = std::fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
        let line = text.lines().find_map(|line| line.strip_prefix("Max open files"));
        let mut limits = line.context("no limit of open files")?.split_whitespace();
        let (soft, hard) = (limits.next(), limits.next());
        let words = format!("{} of {}", soft.unwrap_or("-"), hard.unwrap_or("-"));
        if soft.is_none() || soft != hard {
            bail!("{words}");
        }
        Ok(words)
    }

    fn tail(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        format!(
            "the host's last lines:\n{}",
            lines[lines.len().saturating_sub(12)..].join("\n")
        )
    }

    /// Stops it as an operator would.
    pub fn stop(&self) -> Result<Duration> {
        let began_at = Instant::now();
        self.ask("core stop now")?;
        while began_at.elapsed() < PATIENCE {
            if let Some(status) = self.child().try_wait().context("looking at the host")? {
                if !status.success() {
                    bail!("the host ended with {status}\n{}", self.tail());
                }
                return Ok(began_at.elapsed());
            }
            std::thread::sleep(LOOK);
        }
        bail!("the host did not stop\n{}", self.tail())
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // It has ended already if all went well.
        let mut child = self.child();
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// Asks the host behind a control socket.
pub fn ask(socket: &Path, command: &str) -> Result<String> {
    let mut stream = UnixStream::connect(socket).context("the control socket")?;
    stream
        .set_read_timeout(Some(ANSWER_LIMIT))
        .context("setting a time limit")?;
    writeln!(stream, "{command}").context("asking the host")?;
    let mut text = String::new();
    stream
        .read_to_string(&mut text)
        .with_context(|| format!("no answer to {command:?}"))?;
    Ok(text)
}

/// Puts a component and its manifest where the host looks, the manifest first.
pub fn put(host: &Path, name: &str, manifest: &str, wasm: &[u8]) -> Result<()> {
    folder::place(&host.join(format!("{name}.toml")), manifest)?;
    folder::place(&host.join(format!("{name}.wasm")), wasm)
}
