//! Where is a plugin tried? On a host of its own on this machine, with one phone that answers and one that calls.

use super::super::DevOptions;
use crate::args::StateOptions;
use crate::places::Places;
use crate::{rx, why};
use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long the host may take to listen, and a component to become active; Python's is compiled for a while.
const START_TIMEOUT: Duration = Duration::from_secs(20);
const TAKE_TIMEOUT: Duration = Duration::from_secs(120);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long a decision may take to be written down.
const WRITE_TIME: Duration = Duration::from_millis(300);
/// How long host and phone may take to end.
const END_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a call is held that nobody ends.
const STAY_S: &str = "3";
/// Who calls, and who answers.
const CALLER: &str = "6001";
const CALLEE: &str = "6002";
/// What of the state folder is kept from one run to the next.
const KEPT: &str = "cache";

/// A host, its state folder, and the phone that answers.
pub struct Place {
    program: PathBuf,
    places: Places,
    secrets: Secrets,
    server: String,
    host: Child,
    phone: Option<Child>,
    /// Log lines of the plugin that were shown.
    shown: usize,
    decisions: BTreeSet<String>,
}

struct Secrets {
    caller: String,
    callee: Option<String>,
}

/// What became of a component that was put into the host.
pub enum Taken {
    Active(String),
    Refused(String),
}

impl Place {
    /// Starts a host on the plugin's configuration, and the phone.
    pub async fn set(options: &DevOptions) -> Result<Self> {
        let folder = &options.plugin.folder;
        let config = options
            .config
            .clone()
            .unwrap_or_else(|| folder.join("try/config"));
        let tables = config.parent().unwrap_or(folder).join("tables");
        let secrets = Secrets::read(&config)?;
        let state = folder.join("built/dev");
        clear(&state)?;
        let places = Places::open(&StateOptions { state: Some(state) })?;
        std::fs::create_dir_all(places.plugins()).context("making the folder of plugins")?;
        let program = std::env::current_exe().context("finding this program")?;
        let log = File::create(log_of(&places)).context("the host's log")?;
        let mut run = Command::new(&program);
        run.arg("run").arg("--config").arg(&config);
        run.arg("--state").arg(places.folder());
        run.arg("--plugins").arg(places.plugins());
        run.arg("--tables").arg(&tables);
        let host = run
            .stdout(log.try_clone().context("the host's log")?)
            .stderr(log)
            .spawn()
            .context("starting the host")?;
        let mut place = Self {
            program,
            places,
            secrets,
            server: String::new(),
            host,
            phone: None,
            shown: 0,
            decisions: BTreeSet::new(),
        };
        place.server = place.wait_until_listening().await?;
        place.phone = place.answering()?;
        Ok(place)
    }

    async fn wait_until_listening(&mut self) -> Result<String> {
        let began = Instant::now();
        while began.elapsed() < START_TIMEOUT {
            if let Ok(text) = std::fs::read_to_string(self.places.listening())
                && let Ok(listening) = serde_json::from_str::<serde_json::Value>(&text)
                && let Some(address) = listening["sip"].as_str()
            {
                return Ok(address.to_owned());
            }
            if let Some(status) = self.host.try_wait().context("looking at the host")? {
                bail!("the host ended ({status}): {}", self.log_tail());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        bail!("the host does not listen: {}", self.log_tail())
    }

    /// The phone that answers, if the configuration has one.
    fn answering(&self) -> Result<Option<Child>> {
        let Some(secret) = &self.secrets.callee else {
            return Ok(None);
        };
        let mut phone = Command::new(&self.program);
        phone.args([
            "sim",
            "phone",
            "--user",
            CALLEE,
            "--secret",
            secret,
            "--server",
            &self.server,
        ]);
        let mut phone = phone
            .args(["--answer-after", "500"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .context("starting a phone")?;
        let input = phone.stdin.as_mut().context("the phone has an input")?;
        writeln!(input, "register").context("telling the phone")?;
        Ok(Some(phone))
    }

    /// Puts a component into the host's folder of plugins and waits for what becomes of it.
    pub async fn take(&self, wasm: &Path, id: &str) -> Result<Taken> {
        let before = self.line_of(id)?;
        let log_from = self.log_length();
        let to = self.places.plugins().join(format!("{id}.wasm"));
        let is_same = std::fs::read(&to).ok() == Some(std::fs::read(wasm)?)
            && std::fs::read(to.with_extension("toml")).ok()
                == std::fs::read(wasm.with_extension("toml")).ok();
        if is_same && let Some(line) = before {
            return Ok(Taken::Active(generation(&line)));
        }
        std::fs::copy(wasm.with_extension("toml"), to.with_extension("toml")).context("the manifest")?;
        // Under its name at once, for the host takes what is there.
        let beside = to.with_extension("new");
        std::fs::copy(wasm, &beside).context("the component")?;
        std::fs::rename(&beside, &to).context("the component")?;
        let began = Instant::now();
        while began.elapsed() < TAKE_TIMEOUT {
            if let Some(line) = self.line_of(id)?
                && before.as_deref().map(generation) != Some(generation(&line))
            {
                return Ok(Taken::Active(generation(&line)));
            }
            if self.is_staged(id)? {
                // The one who waits for the call is the human the host waits for.
                crate::say(&format!("{id} asks more than before; it is promoted"));
                rx::ask(&self.places.control_socket(), &format!("plugin promote {id}"))?;
            }
            if let Some(reason) = self.refusal(log_from) {
                return Ok(Taken::Refused(reason));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(Taken::Refused(format!(
            "the host did not take it: {}",
            self.log_tail()
        )))
    }

    /// What `plugin list` says of it, without what changes with every call.
    fn line_of(&self, id: &str) -> Result<Option<String>> {
        let text = rx::ask(&self.places.control_socket(), "plugin list")?;
        let line = text
            .lines()
            .find(|line| line.split_whitespace().next() == Some(id));
        Ok(line.map(str::to_owned))
    }

    /// Whether a generation of it waits to be promoted, as the lines after its own say.
    fn is_staged(&self, id: &str) -> Result<bool> {
        let text = rx::ask(&self.places.control_socket(), "plugin list")?;
        let mut lines = text
            .lines()
            .skip_while(|line| line.split_whitespace().next() != Some(id));
        lines.next();
        let mut own = lines.take_while(|line| line.starts_with(' '));
        Ok(own.any(|line| line.contains("waits to be promoted")))
    }

    fn log_length(&self) -> usize {
        std::fs::metadata(log_of(&self.places)).map_or(0, |file| usize::try_from(file.len()).unwrap_or(0))
    }

    /// The host's log from there on.
    fn log_since(&self, from: usize) -> String {
        let log = std::fs::read(log_of(&self.places)).unwrap_or_default();
        String::from_utf8_lossy(log.get(from..).unwrap_or_default()).into_owned()
    }

    fn refusal(&self, from: usize) -> Option<String> {
        let log = self.log_since(from);
        let line = log
            .lines()
            .find(|line| line.contains("a component was not taken"))?;
        let (_, reason) = line.split_once("reason=")?;
        Some(reason.to_owned())
    }

    fn log_tail(&self) -> String {
        let log = self.log_since(0);
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(5)..].join("\n")
    }

    /// Places a call and tells what came of it; whether it could be placed.
    pub async fn call(&mut self, options: &DevOptions, id: &str) -> Result<bool> {
        let log_from = self.log_length();
        let mut call = tokio::process::Command::new(&self.program);
        call.args([
            "sim",
            "call",
            &options.number,
            "--user",
            CALLER,
            "--secret",
            &self.secrets.caller,
        ]);
        call.args(["--server", &self.server, "--stay", STAY_S]);
        if let Some(digits) = &options.digits {
            call.args(["--digits", digits]);
        }
        let ended = call
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await
            .context("placing a call")?;
        let said = String::from_utf8_lossy(&ended.stdout).into_owned();
        let steps: Vec<&str> = said.lines().map(str::trim).filter(|line| is_step(line)).collect();
        crate::say(&format!("{CALLER} calls {}: {}", options.number, outcome(&steps)));
        tokio::time::sleep(WRITE_TIME).await;
        self.tell_decisions()?;
        self.tell_log(id, log_from)?;
        let is_placed = steps
            .iter()
            .any(|step| step.contains("answered") || step.contains("failed"));
        if !is_placed {
            crate::say(said.trim_end());
            crate::say(String::from_utf8_lossy(&ended.stderr).trim_end());
        }
        Ok(is_placed)
    }

    /// The decisions that were written down since the last time.
    fn tell_decisions(&mut self) -> Result<()> {
        let folder = self.places.decisions();
        if !folder.is_dir() {
            return Ok(());
        }
        let (decisions, _) = ucx_plugins::read_decisions(&folder, None).context("reading the decisions")?;
        for decision in &decisions {
            let key = format!("{} {:?}", decision.request.call, decision.at);
            if self.decisions.insert(key) {
                why::story(decision)
                    .iter()
                    .for_each(|line| crate::say(&format!("  {line}")));
            }
        }
        Ok(())
    }

    /// What plugin and host logged since the last time.
    fn tell_log(&mut self, id: &str, from: usize) -> Result<()> {
        let text = rx::ask(&self.places.control_socket(), &format!("plugin logs {id}"))?;
        let is_said = |line: &&str| !line.ends_with("has logged nothing");
        let lines: Vec<&str> = text.lines().filter(is_said).collect();
        let known = self.shown.min(lines.len());
        for line in &lines[known..] {
            crate::say(&format!("  logs  {line}"));
        }
        self.shown = lines.len();
        for line in self
            .log_since(from)
            .lines()
            .filter(|line| line.contains(" WARN "))
        {
            crate::say(&format!("  host  {line}"));
        }
        Ok(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(phone) = &mut self.phone {
            // Without an input it ends.
            drop(phone.stdin.take());
            end(phone);
        }
        end(&mut self.host);
    }
}

/// Asks a program of ours to end, and makes it after a while.
fn end(child: &mut Child) {
    if let Ok(id) = i32::try_from(child.id())
        && let Some(id) = rustix::process::Pid::from_raw(id)
    {
        // It may have ended this moment.
        let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
    }
    let began = Instant::now();
    while began.elapsed() < END_TIMEOUT {
        if matches!(child.try_wait(), Ok(Some(_))) {
            return;
        }
        std::thread::sleep(LOOK_EVERY);
    }
    let _ = child.kill();
    let _ = child.wait();
}

impl Secrets {
    /// The passwords of the two phones, as pjsip.conf has them.
    fn read(config: &Path) -> Result<Self> {
        let file = config.join("pjsip.conf");
        let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let (sections, _) = ucx_config::parse_text("pjsip.conf", &text);
        let (pjsip, _) = ucx_config::pjsip::load(&sections);
        let password = |user: &str| password(&pjsip, user);
        let caller = password(CALLER);
        ensure!(
            caller.is_some(),
            "{} has no phone {CALLER} with a password",
            file.display()
        );
        Ok(Self {
            caller: caller.unwrap_or_default(),
            callee: password(CALLEE),
        })
    }
}

/// Empties the state folder of an earlier run, but for the code it compiled.
fn clear(state: &Path) -> Result<()> {
    let Ok(entries) = std::fs::read_dir(state) else {
        return Ok(());
    };
    for entry in entries {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| name == KEPT) {
            continue;
        }
        let removed = if path.is_dir() {
            std::fs::remove_dir_all(&path)
        } else {
            std::fs::remove_file(&path)
        };
        removed.with_context(|| format!("clearing {}", path.display()))?;
    }
    Ok(())
}

fn log_of(places: &Places) -> PathBuf {
    places.folder().join("host.log")
}

/// Name, version and generation stand first in a line of `plugin list`.
fn generation(line: &str) -> String {
    line.split_whitespace().nth(2).unwrap_or_default().to_owned()
}

/// Whether the line tells a step of the call, and not a message of its ladder.
fn is_step(line: &str) -> bool {
    line.contains(" ms  ") && !line.contains("──")
}

fn outcome(steps: &[&str]) -> String {
    let words = steps.iter().filter_map(|step| Some(step.split_once(" ms  ")?.1));
    let words: Vec<&str> = words.filter(|word| !word.contains("regist")).collect();
    words.join(", ")
}

/// The password of the phone of that name.
fn password(pjsip: &ucx_config::pjsip::Pjsip, user: &str) -> Option<String> {
    let name = pjsip.endpoints.get(user)?.auth.first()?;
    let password = pjsip.auths.get(name)?.password.as_ref()?;
    Some(password.expose().to_owned())
}
