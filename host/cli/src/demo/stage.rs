//! What the demonstration plays on: a host on free ports with an empty state folder, and the phones.

use super::phone::{Phone, PhoneSpec};
use crate::args::{DemoOptions, Ports, StateOptions};
use crate::places::{Places, write_private};
use crate::{config, rx};
use anyhow::{Context, Result, bail};
use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// How long the host may take to listen.
const START_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a component or table may take to become active.
const TAKE_TIMEOUT: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(50);

pub struct Stage {
    program: PathBuf,
    places: Places,
    components: PathBuf,
    recordings: PathBuf,
    clients: Option<PathBuf>,
    host: Option<Child>,
    sip: SocketAddr,
    is_cleared: bool,
}

impl Stage {
    /// Starts the host with a fresh state folder.
    pub fn set(options: &DemoOptions) -> Result<Self> {
        let program = std::env::current_exe().context("finding this program")?;
        let folder = std::env::temp_dir().join(format!("ucx-demo-{}", std::process::id()));
        let places = Places::open(&StateOptions { state: Some(folder) })?;
        let recordings = options.recordings.clone();
        std::fs::create_dir_all(&recordings).with_context(|| format!("making {}", recordings.display()))?;
        if !options.components.join("prefix-router.wasm").exists() {
            bail!(
                "there are no components in {}; `cargo xtask plugins` builds them",
                options.components.display()
            );
        }
        let log = File::create(places.folder().join("host.log")).context("the host's log")?;
        let ports = match options.ports {
            Ports::Free => "free",
            Ports::Standard => "standard",
        };
        let host = Command::new(&program)
            .args([
                "run",
                "--ports",
                ports,
                "--listen",
                &options.listen.to_string(),
                "--state",
            ])
            .arg(places.folder())
            .stderr(log)
            .spawn()
            .context("starting the host")?;
        let mut stage = Self {
            program,
            places,
            components: options.components.clone(),
            recordings,
            clients: options.clients.clone(),
            host: Some(host),
            sip: SocketAddr::new(options.listen, 0),
            is_cleared: false,
        };
        stage.sip = stage.wait_until_listening()?;
        Ok(stage)
    }

    fn wait_until_listening(&mut self) -> Result<SocketAddr> {
        let began = Instant::now();
        while began.elapsed() < START_TIMEOUT {
            if let Ok(text) = std::fs::read_to_string(self.places.listening())
                && let Ok(listening) = serde_json::from_str::<serde_json::Value>(&text)
                && let Some(address) = listening["sip"].as_str()
            {
                return address.parse().context("the host's address");
            }
            if let Some(host) = &mut self.host
                && let Some(status) = host.try_wait().context("looking at the host")?
            {
                bail!("the host ended ({status}); its log is {}", self.log().display());
            }
            std::thread::sleep(LOOK_EVERY);
        }
        bail!("the host does not listen; its log is {}", self.log().display())
    }

    /// The program with the clients of the three interfaces.
    pub fn clients(&self) -> Option<&Path> {
        self.clients.as_deref()
    }

    /// Where the clients of an interface come in.
    pub fn address(&self, door: &str) -> Result<String> {
        let text =
            std::fs::read_to_string(self.places.listening()).context("reading where the host listens")?;
        let listening: serde_json::Value =
            serde_json::from_str(&text).context("reading where the host listens")?;
        let address = listening[door].as_str();
        Ok(address
            .with_context(|| format!("the host has no {door} address"))?
            .to_owned())
    }

    /// A file with the secret of one of the interfaces' clients.
    pub fn secret_file(&self, holder: &str) -> Result<String> {
        let path = self.places.folder().join(format!("secret-{holder}"));
        write_private(&path, &self.secret(holder)?)?;
        Ok(path.display().to_string())
    }

    pub fn sip(&self) -> SocketAddr {
        self.sip
    }

    pub fn state(&self) -> &Path {
        self.places.folder()
    }

    pub fn plugins(&self) -> PathBuf {
        self.places.plugins()
    }

    pub fn table(&self) -> PathBuf {
        self.places.tables().join("routes.csv")
    }

    pub fn log(&self) -> PathBuf {
        self.places.folder().join("host.log")
    }

    pub fn program(&self) -> &Path {
        &self.program
    }

    pub fn recordings(&self) -> &Path {
        &self.recordings
    }

    /// Where a phone writes what it hears.
    pub fn recording(&self, name: &str) -> String {
        self.recordings.join(name).display().to_string()
    }

    /// Asks the host.
    pub fn ask(&self, command: &str) -> Result<String> {
        rx::ask(&self.places.control_socket(), command)
    }

    /// The secret of one of the built-in phones.
    pub fn secret(&self, user: &str) -> Result<String> {
        config::secrets(&self.places)?
            .remove(user)
            .with_context(|| format!("there is no secret for {user}"))
    }

    /// Starts a phone and registers it.
    pub fn phone(&self, user: &str, tone_hz: u16) -> Result<Phone> {
        let secret = self.secret(user)?;
        let secret_file = self.places.folder().join(format!("secret-{user}"));
        write_private(&secret_file, &secret)?;
        let spec = PhoneSpec {
            program: &self.program,
            user,
            secret_file: &secret_file,
            server: self.sip,
            tone_hz,
        };
        let mut phone = Phone::start(&spec)?;
        phone.say_all(&["register", "expect-registered within 5s"])?;
        Ok(phone)
    }

    /// Puts a built component under the name of a plugin, as an operator would: the manifest, then the component.
    pub fn install(&self, component: &str, plugin: &str) -> Result<()> {
        let from = |ending: &str| self.components.join(format!("{component}.{ending}"));
        let to = |ending: &str| self.plugins().join(format!("{plugin}.{ending}"));
        // The grant and the name stay those of the plugin, whatever build is put there.
        let manifest = self.components.join(format!("{plugin}.toml"));
        std::fs::copy(&manifest, to("toml")).with_context(|| format!("copying {}", manifest.display()))?;
        let half = to("wasm.part");
        std::fs::copy(from("wasm"), &half).with_context(|| format!("copying {}", from("wasm").display()))?;
        std::fs::rename(&half, to("wasm")).context("putting the component in its place")
    }

    /// The active generation of a plugin.
    pub fn generation(&self, plugin: &str) -> Result<Option<u64>> {
        let list = self.ask("plugin list")?;
        let row = list
            .lines()
            .find(|line| line.split_whitespace().next() == Some(plugin));
        Ok(row.and_then(|row| row.split_whitespace().nth(2)?.parse().ok()))
    }

    /// Waits until a generation later than that one is active.
    pub fn wait_for_generation(&self, plugin: &str, after: u64) -> Result<u64> {
        let began = Instant::now();
        while began.elapsed() < TAKE_TIMEOUT {
            if let Some(generation) = self.generation(plugin)?.filter(|generation| *generation > after) {
                return Ok(generation);
            }
            std::thread::sleep(LOOK_EVERY);
        }
        bail!("{plugin} was not taken: {}", self.ask("plugin events")?)
    }

    /// Writes the table and waits until the host has read it.
    pub fn edit_table(&self, text: &str) -> Result<()> {
        let loads =
            |stage: &Self| Ok::<_, anyhow::Error>(stage.ask("plugin events")?.matches("TableLoaded").count());
        let before = loads(self)?;
        std::fs::write(self.table(), text).context("writing the table")?;
        let began = Instant::now();
        while began.elapsed() < TAKE_TIMEOUT {
            if loads(self)? > before {
                return Ok(());
            }
            std::thread::sleep(LOOK_EVERY);
        }
        bail!("the table was not read")
    }

    /// Ends the host and takes the state folder away, unless something went wrong and its log is wanted.
    pub fn clear(&mut self) {
        if std::mem::replace(&mut self.is_cleared, true) {
            return;
        }
        // A host that is gone already cannot be asked.
        let _ = self.ask("core stop now");
        if let Some(mut host) = self.host.take() {
            for _ in 0..100 {
                if matches!(host.try_wait(), Ok(Some(_))) {
                    return;
                }
                std::thread::sleep(LOOK_EVERY);
            }
            let _ = host.kill();
            let _ = host.wait();
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.clear();
    }
}
