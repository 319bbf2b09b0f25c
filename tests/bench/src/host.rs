//! The host that is measured: started with a configuration of its own, asked over its control socket, and stopped.

use crate::process;
use anyhow::{Context, Result, bail};
use std::fs::File;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long the host may take to listen, or to take components that have to be compiled.
const START_LIMIT: Duration = Duration::from_secs(30);
/// How long it may take to end.
const STOP_LIMIT: Duration = Duration::from_secs(10);
/// How long calls may outlive the generator.
const QUIET_LIMIT: Duration = Duration::from_secs(40);
const LOOK: Duration = Duration::from_millis(5);

/// Anyone may call as `caller`; `callee` registers where it is.
const PJSIP: &str = "\
[transport-udp]
type = transport
protocol = udp
bind = 127.0.0.1:0

[phone](!)
type = endpoint
context = bench
disallow = all
allow = ulaw
rtp_symmetric = yes
direct_media = no

[caller](phone)

[callee](phone)
aors = callee
[callee]
type = aor
max_contacts = 1
remove_existing = yes
";

/// 600 is answered by the host, 100 bridged by the dialplan, 720 by a component; 800 loops: see [`LOOPS`].
const EXTENSIONS: &str = "\
[bench]
exten => 600,1,Answer()
 same => n,Wait(600)
 same => n,Hangup()
exten => 100,1,Dial(PJSIP/callee,20)
 same => n,Hangup()
exten => _7XX,1,Wasm(prefix-router)
 same => n,Hangup(34)
exten => 800,1,Set(i=0)
 same => n(top),Set(i=$[${i} + 1])
 same => n,NoOp(${CALLERID(num)} dialled ${EXTEN})
 same => n,GotoIf($[${i} < 500]?top)
 same => n,Answer()
 same => n,Wait(600)
exten => 850,1,Answer()
 same => n,Set(i=0)
 same => n(top),Set(i=$[${i} + 1])
 same => n,AGI(agi://127.0.0.1:@GATEWAY@/bench)
 same => n,GotoIf($[${i} < 1000]?top)
 same => n,Wait(600)
exten => 851,1,Answer()
 same => n,Set(i=0)
 same => n(top),Set(i=$[${i} + 1])
 same => n,AGI(@PROGRAM@)
 same => n,GotoIf($[${i} < 50]?top)
 same => n,Hangup()
exten => 852,1,Answer()
 same => n,AGI(agi:async)
 same => n,Wait(600)
exten => 860,1,Stasis(bench)
 same => n,Hangup()
exten => 870,1,Answer()
 same => n,Wasm(wayward,answer,sleep 600000)
 same => n,Hangup()
exten => 871,1,Wasm(c-call-flow)
exten => 872,1,Wasm(js-call-flow)
exten => 873,1,Wasm(python-call-flow)
exten => ponder,1,Wasm(ponderer)
 same => n,GotoIf($[${WASMSTATUS} = SUCCESS]?decided)
 same => n,Answer()
 same => n,Wait(600)
 same => n(decided),Hangup(17)
exten => 900,1,Answer()
 same => n,Hangup()
";

/// A Gateway program that says two commands.
const PROGRAM: &str = "\
#!/bin/sh
while read -r line && [ -n \"$line\" ]; do :; done
echo 'SET VARIABLE A 1'; read -r reply
echo 'GET VARIABLE A'; read -r reply
";

/// Reached at free ports that each home chooses: @MANAGER@, @APPLICATION@, @GATEWAY@.
const MANAGER: &str = "\
[general]
enabled = yes
port = @MANAGER@
bindaddr = 127.0.0.1
[bench]
secret = bench
read = all
write = all
writetimeout = 10000
";
const HTTP: &str = "[general]\nenabled = yes\nbindaddr = 127.0.0.1\nbindport = @APPLICATION@\n";
const ARI: &str = "[general]\nenabled = yes\n[bench]\ntype = user\npassword = bench\n";

/// How often 800 goes through its loop of three priorities.
pub const LOOPS: f64 = 500.0;

/// Only the row of 7 leads to somebody who answers.
const ROUTES: &str =
    "prefix,action,target,ring\n7,endpoint,callee,20\n72,endpoint,callee,20\n8,endpoint,nobody,20\n";

/// Below the ports that systems hand out by themselves.
const RTP: &str = "[general]\nrtpstart = 10000\nrtpend = 31999\n";

/// Where a host lives: its configuration, state, components and tables.
pub struct Home {
    folder: PathBuf,
    ports: Ports,
}

/// Free when the home was made.
#[derive(Clone, Copy)]
struct Ports {
    manager: u16,
    application: u16,
    gateway: u16,
}

impl Ports {
    fn free() -> Result<Self> {
        let listen = || std::net::TcpListener::bind("127.0.0.1:0").context("finding a free port");
        let held = [listen()?, listen()?, listen()?];
        let port = |n: usize| held[n].local_addr().map(|address| address.port());
        Ok(Self {
            manager: port(0)?,
            application: port(1)?,
            gateway: port(2)?,
        })
    }
}

impl Home {
    /// A new folder with the bench's configuration; `grants` is the text of ucx.toml.
    pub fn new(folder: &Path, name: &str, grants: &str) -> Result<Self> {
        let home = Self {
            folder: folder.join(name),
            ports: Ports::free()?,
        };
        let program = home.folder.join("two-commands");
        for inner in ["config/tables", "plugins", "state"] {
            std::fs::create_dir_all(home.folder.join(inner)).context("making the host's folder")?;
        }
        for (name, text) in [
            ("config/pjsip.conf", PJSIP),
            ("config/extensions.conf", EXTENSIONS),
            ("config/manager.conf", MANAGER),
            ("config/http.conf", HTTP),
            ("config/ari.conf", ARI),
            ("two-commands", PROGRAM),
            ("config/rtp.conf", RTP),
            ("config/ucx.toml", grants),
            ("config/tables/routes.csv", ROUTES),
        ] {
            let text = text
                .replace("@MANAGER@", &home.ports.manager.to_string())
                .replace("@APPLICATION@", &home.ports.application.to_string())
                .replace("@GATEWAY@", &home.ports.gateway.to_string())
                .replace("@PROGRAM@", &program.display().to_string());
            std::fs::write(home.folder.join(name), text).with_context(|| format!("writing {name}"))?;
        }
        let runs = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&program, runs).context("letting the program run")?;
        Ok(home)
    }

    /// Puts a component and its manifest in place, the component last and at once.
    pub fn install(&self, name: &str, manifest: &str, component: &[u8]) -> Result<()> {
        let plugins = self.folder.join("plugins");
        std::fs::write(plugins.join(format!("{name}.toml")), manifest).context("writing a manifest")?;
        let half = plugins.join(format!("{name}.part"));
        std::fs::write(&half, component).context("writing a component")?;
        std::fs::rename(&half, plugins.join(format!("{name}.wasm"))).context("putting a component in place")
    }
}

/// A running host.
pub struct Host {
    child: Child,
    state: PathBuf,
    sip: SocketAddr,
    ports: Ports,
    pub started_at: Instant,
}

impl Host {
    /// Starts the program on its home and waits until it listens.
    pub fn start(program: &Path, home: &Home) -> Result<Self> {
        let state = home.folder.join("state");
        let log = File::create(home.folder.join("host.log")).context("the host's log")?;
        let started_at = Instant::now();
        let child = Command::new(program)
            .env("UCX_LOG", "warn")
            .arg("run")
            .arg("--config")
            .arg(home.folder.join("config"))
            .arg("--plugins")
            .arg(home.folder.join("plugins"))
            .arg("--state")
            .arg(&state)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .with_context(|| format!("starting {}", program.display()))?;
        let mut host = Self {
            child,
            state,
            sip: SocketAddr::from(([127, 0, 0, 1], 0)),
            ports: home.ports,
            started_at,
        };
        host.sip = host.listening()?;
        // It listens a moment before all of it is there.
        host.ask("core waitfullybooted")?;
        Ok(host)
    }

    fn listening(&mut self) -> Result<SocketAddr> {
        while self.started_at.elapsed() < START_LIMIT {
            let told = std::fs::read_to_string(self.state.join("listening.json")).ok();
            let told: Option<serde_json::Value> = told.and_then(|text| serde_json::from_str(&text).ok());
            if let Some(address) = told.as_ref().and_then(|told| told["sip"].as_str()) {
                return address.parse().context("the host's address");
            }
            if let Some(status) = self.child.try_wait().context("looking at the host")? {
                bail!("the host ended with {status}: {}", self.log());
            }
            std::thread::sleep(LOOK);
        }
        bail!("the host does not listen: {}", self.log())
    }

    fn log(&self) -> String {
        let path = self.state.with_file_name("host.log");
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(5)..].join("\n")
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn sip(&self) -> SocketAddr {
        self.sip
    }

    pub fn manager(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.ports.manager))
    }

    pub fn application(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.ports.application))
    }

    /// Where the dialplan expects a Gateway server.
    pub fn gateway_port(&self) -> u16 {
        self.ports.gateway
    }

    /// CPU time it and the programs it started used so far.
    pub fn cpu_with_children(&self) -> Result<Duration> {
        process::cpu_with_children(self.child.id())
    }

    /// CPU time it used so far.
    pub fn cpu(&self) -> Result<Duration> {
        process::cpu(self.child.id())
    }

    /// All its resident memory in KiB.
    pub fn resident_kib(&self) -> Result<f64> {
        process::resident_kib(self.child.id())
    }

    /// Its resident memory in KiB.
    pub fn memory_kib(&self) -> Result<f64> {
        process::memory_kib(self.child.id())
    }

    /// Asks an operator's command.
    pub fn ask(&self, command: &str) -> Result<String> {
        let mut stream = UnixStream::connect(self.state.join("control")).context("reaching the host")?;
        stream
            .set_read_timeout(Some(STOP_LIMIT))
            .context("setting a time limit")?;
        writeln!(stream, "{command}").context("asking the host")?;
        let mut text = String::new();
        stream
            .read_to_string(&mut text)
            .with_context(|| format!("asking {command:?}"))?;
        Ok(text)
    }

    /// The active generation of a plugin; none if there is no such plugin.
    pub fn generation(&self, plugin: &str) -> Result<Option<u64>> {
        let list = self.ask("plugin list")?;
        let row = list
            .lines()
            .find(|line| line.split_whitespace().next() == Some(plugin));
        Ok(row.and_then(|row| row.split_whitespace().nth(2)?.parse().ok()))
    }

    /// Waits until so many plugins are there.
    pub fn wait_for_plugins(&self, count: usize) -> Result<()> {
        let (began, wanted) = (Instant::now(), format!("{count} plugins"));
        while !self.ask("plugin list")?.contains(&wanted) {
            if began.elapsed() > START_LIMIT {
                bail!("not all plugins were taken: {}", self.ask("plugin events")?);
            }
            std::thread::sleep(LOOK);
        }
        Ok(())
    }

    /// Waits until a plugin's generation is a later one.
    pub fn wait_for_generation(&self, plugin: &str, after: u64) -> Result<u64> {
        let began = Instant::now();
        while began.elapsed() < START_LIMIT {
            if let Some(generation) = self.generation(plugin)?.filter(|generation| *generation > after) {
                return Ok(generation);
            }
            std::thread::sleep(LOOK);
        }
        bail!("{plugin} was not swapped: {}", self.ask("plugin events")?)
    }

    /// How many channels there are.
    pub fn channels(&self) -> Result<u32> {
        let text = self.ask("core show channels count")?;
        let count = text
            .split_whitespace()
            .next()
            .and_then(|count| count.parse().ok());
        count.with_context(|| format!("no count in {text}"))
    }

    /// Waits until there is no channel.
    pub fn quiet(&self) -> Result<()> {
        let began = Instant::now();
        while self.channels()? > 0 {
            if began.elapsed() > QUIET_LIMIT {
                bail!("{} channels are left over", self.channels()?);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Stops it as an operator would.
    pub fn stop(mut self) -> Result<()> {
        self.ask("core stop now")?;
        let began = Instant::now();
        while began.elapsed() < STOP_LIMIT {
            if let Some(status) = self.child.try_wait().context("waiting for the host")? {
                if !status.success() {
                    bail!("the host ended with {status}: {}", self.log());
                }
                return Ok(());
            }
            std::thread::sleep(LOOK);
        }
        bail!("the host did not end")
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // It may have ended before; either way it is gone then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
