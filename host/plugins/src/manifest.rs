//! What is a component, and what does it ask for? Its `plugin.toml`, checked.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Deserialize;

use crate::folder::{FILES_CEILING, KIB_CEILING};
use crate::limits::{CPU_CEILING, WALL_CEILING};
use crate::waits::WaitLimits;

/// The longest name of a plugin, table, setting and so on, in bytes.
const NAME_MAX: usize = 64;
/// The longest manifest, in bytes.
pub(crate) const MANIFEST_MAX: usize = 64 << 10;

/// A component's manifest.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Manifest {
    /// The plugin's id, lower case with dashes and dots.
    pub id: String,
    /// Its version, for people.
    pub version: String,
    /// The worlds it serves: `router`, `event-subscriber`, `call-flow`, `application`, `agent-selector`.
    pub worlds: BTreeSet<World>,
    /// One sentence about it.
    #[serde(default)]
    pub description: String,
    /// Where a call goes if the plugin gives no verdict.
    #[serde(default)]
    pub fallback: Fallback,
    /// What it asks for.
    #[serde(default)]
    pub asks: Asks,
    /// How much time and memory it asks for.
    #[serde(default)]
    pub budget: Budget,
    /// How it wants its events.
    #[serde(default)]
    pub delivery: DeliveryRules,
    /// How long an application may take to finish when it is replaced or taken out, in milliseconds.
    #[serde(default = "drain_default")]
    pub drain_ms: u32,
    /// How often a subscriber or an application that exports `lifecycle` is asked about its health, in milliseconds.
    #[serde(default = "health_default")]
    pub health_ms: u32,
    /// How long it asks to wait.
    #[serde(default)]
    pub limits: WaitLimits,
}

/// How often health is asked about if the manifest does not say, in milliseconds.
const HEALTH_DEFAULT: u32 = 10_000;
/// The least and the most a manifest may say.
const HEALTH_LEAST: u32 = 1_000;
/// See [`HEALTH_LEAST`].
const HEALTH_MOST: u32 = 300_000;

fn health_default() -> u32 {
    HEALTH_DEFAULT
}

/// Time to finish of an application whose manifest does not say, in milliseconds.
const DRAIN_DEFAULT: u32 = 10_000;
/// The longest a manifest may ask for.
const DRAIN_MAX: u32 = 600_000;

fn drain_default() -> u32 {
    DRAIN_DEFAULT
}

/// A world the host serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum World {
    /// Decides where a call goes.
    Router,
    /// Watches.
    EventSubscriber,
    /// Leads one call.
    CallFlow,
    /// Owns calls, bridges and its own part of the HTTP tree.
    Application,
    /// Picks agents for a queue.
    AgentSelector,
}

impl World {
    /// The word in a manifest.
    pub fn word(self) -> &'static str {
        match self {
            Self::Router => "router",
            Self::EventSubscriber => "event-subscriber",
            Self::CallFlow => "call-flow",
            Self::Application => "application",
            Self::AgentSelector => "agent-selector",
        }
    }
}

/// What happens to a call whose router gives no verdict, or whose flow fails.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fallback {
    /// The next router is asked, and at last the dialplan.
    #[default]
    Pass,
    /// The call is refused with this ITU-T Q.850 cause, or hung up with it if it was answered.
    Reject(u16),
    /// The call goes on in the dialplan at `[[context,]exten,]priority`.
    ContinueAt(String),
}

/// The things a plugin names to get at them; all lists are empty unless given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Asks {
    /// Lookup tables.
    pub tables: BTreeSet<String>,
    /// Settings.
    pub config: BTreeSet<String>,
    /// Secrets.
    pub secrets: BTreeSet<String>,
    /// Channel variables it wants to read.
    pub variables: BTreeSet<String>,
    /// Channel variables it wants to set.
    pub set: BTreeSet<String>,
    /// SIP headers it wants to see.
    pub headers: BTreeSet<String>,
    /// SIP headers it wants to send.
    pub send_headers: BTreeSet<String>,
    /// Kinds of events, or beginnings of kinds that end in a dot (`channel.`).
    pub events: BTreeSet<String>,
    /// Buckets of its own storage.
    pub buckets: BTreeSet<String>,
    /// Schedules of the operator's.
    pub schedules: BTreeSet<String>,
    /// Kinds of destinations that need a right of their own: `uri`, `dial-string`.
    pub targets: BTreeSet<String>,
    /// Web hosts: `crm.example`, `*.example`, `crm.example:8443`.
    pub http: BTreeSet<String>,
    /// Where it wants to connect to by TCP: `agi.example:4573`; a router has no connections.
    pub sockets: BTreeSet<String>,
    /// Whom it wants to dial for a caller: `PJSIP/6001`, or beginnings of dial strings and numbers (`PJSIP/*`, `+44*`).
    pub dial: BTreeSet<String>,
    /// Whom it wants to call by itself; as `dial`.
    pub originate: BTreeSet<String>,
    /// Contexts it wants to send calls to; the context a call is in needs no asking.
    pub contexts: BTreeSet<String>,
    /// Dialplan applications it wants to run.
    pub applications: BTreeSet<String>,
    /// Custom devices it wants to set.
    pub devices: BTreeSet<String>,
    /// Global variables it wants to read and set.
    pub globals: BTreeSet<String>,
    /// Contexts and applications whose calls it wants to take over.
    pub adopt: BTreeSet<String>,
    /// Whom it wants to let others listen in on: contexts, applications, or channels by the beginning of their names
    /// (`PJSIP/60*`).
    pub monitor: BTreeSet<String>,
}

impl Asks {
    /// Each list with the word it has in manifest and grant.
    pub(crate) fn lists(&self) -> [(&'static str, &BTreeSet<String>); 21] {
        [
            ("tables", &self.tables),
            ("config", &self.config),
            ("secrets", &self.secrets),
            ("variables", &self.variables),
            ("set", &self.set),
            ("headers", &self.headers),
            ("send-headers", &self.send_headers),
            ("events", &self.events),
            ("buckets", &self.buckets),
            ("schedules", &self.schedules),
            ("targets", &self.targets),
            ("http", &self.http),
            ("sockets", &self.sockets),
            ("dial", &self.dial),
            ("originate", &self.originate),
            ("contexts", &self.contexts),
            ("applications", &self.applications),
            ("devices", &self.devices),
            ("globals", &self.globals),
            ("adopt", &self.adopt),
            ("monitor", &self.monitor),
        ]
    }
}

/// Time and memory; what is not given is the world's default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Budget {
    /// Memory of an instance in KiB.
    pub memory_kib: Option<u32>,
    /// Guest CPU of a turn in milliseconds.
    pub cpu_ms: Option<u32>,
    /// Wall clock of a turn in milliseconds.
    pub wall_ms: Option<u32>,
    /// A folder of its own, in KiB of all its files; without a figure it has none.
    pub data_kib: Option<u32>,
    /// Files and folders in it; 1,024 if nothing is said.
    pub data_files: Option<u32>,
}

/// How events are handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct DeliveryRules {
    /// The most deliveries of a batch.
    pub batch_max: u16,
    /// How long a batch may wait to fill up, in milliseconds.
    pub batch_wait_ms: u16,
    /// How often a batch is given again before it is set aside.
    pub retry_max: u8,
    /// Events that wait; beyond that they are lost, and counted in a gap.
    pub mailbox: u16,
    /// How long a decision of the same plugin waits until its subscriber has taken what happened before, in milliseconds; 0:
    /// it does not wait.
    pub heard_first_ms: u16,
}

impl Default for DeliveryRules {
    fn default() -> Self {
        Self {
            batch_max: 64,
            batch_wait_ms: 0,
            retry_max: 3,
            mailbox: 4096,
            heard_first_ms: 0,
        }
    }
}

impl Manifest {
    /// Reads and checks a manifest; the error is a sentence for its author.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MANIFEST_MAX {
            return Err(format!("a manifest has at most {MANIFEST_MAX} bytes"));
        }
        let manifest: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        manifest.check()?;
        Ok(manifest)
    }

    fn check(&self) -> Result<(), String> {
        if !is_id(&self.id) {
            return Err(format!(
                "id {:?}: up to {NAME_MAX} lower case letters, digits, dashes and dots",
                self.id
            ));
        }
        if self.worlds.is_empty() {
            return Err("worlds names none; write worlds = [\"router\"]".to_owned());
        }
        for (list, names) in self.asks.lists() {
            if let Some(name) = names.iter().find(|name| name.is_empty() || name.len() > NAME_MAX) {
                return Err(format!(
                    "asks.{list}: {name:?} is no name (1 to {NAME_MAX} bytes)"
                ));
            }
        }
        match &self.fallback {
            Fallback::Reject(cause) if !(1..=127).contains(cause) => {
                return Err(format!("fallback: {cause} is no Q.850 cause (1 to 127)"));
            }
            Fallback::ContinueAt(place) if place.is_empty() || place.contains(char::is_control) => {
                return Err(format!("fallback: {place:?} is no place of the dialplan"));
            }
            Fallback::Pass | Fallback::Reject(_) | Fallback::ContinueAt(_) => {}
        }
        if self.delivery.batch_max == 0 || self.delivery.mailbox == 0 {
            return Err("delivery: batch-max and mailbox are at least 1".to_owned());
        }
        if Duration::from_millis(self.delivery.heard_first_ms.into()) > WALL_CEILING {
            return Err(format!(
                "delivery.heard-first-ms: 0 to {}",
                WALL_CEILING.as_millis()
            ));
        }
        if self.drain_ms == 0 || self.drain_ms > DRAIN_MAX {
            return Err(format!("drain-ms: 1 to {DRAIN_MAX}"));
        }
        if !(HEALTH_LEAST..=HEALTH_MOST).contains(&self.health_ms) {
            return Err(format!("health-ms: {HEALTH_LEAST} to {HEALTH_MOST}"));
        }
        self.check_folder()?;
        within("cpu-ms", self.budget.cpu_ms, CPU_CEILING)?;
        within("wall-ms", self.budget.wall_ms, WALL_CEILING)
    }

    fn check_folder(&self) -> Result<(), String> {
        let figures = [
            ("data-kib", self.budget.data_kib, KIB_CEILING),
            ("data-files", self.budget.data_files, FILES_CEILING),
        ];
        for (name, asked, ceiling) in figures {
            if asked.is_some_and(|asked| asked == 0 || asked > ceiling) {
                return Err(format!("budget.{name}: 1 to {ceiling}"));
            }
        }
        let has_none = |world: &World| matches!(world, World::Router | World::AgentSelector);
        if self.budget.data_kib.is_some() && self.worlds.iter().all(has_none) {
            return Err("budget.data-kib: whoever only decides has no folder".to_owned());
        }
        Ok(())
    }
}

/// Whether the text can be a plugin's id, and so the name of a file.
pub(crate) fn is_id(text: &str) -> bool {
    let fits =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-._".contains(letter);
    !text.is_empty() && text.len() <= NAME_MAX && text.chars().all(fits) && !text.starts_with('.')
}

fn within(name: &str, asked: Option<u32>, ceiling: Duration) -> Result<(), String> {
    match asked {
        Some(asked) if asked == 0 || Duration::from_millis(asked.into()) > ceiling => {
            Err(format!("budget.{name}: 1 to {}", ceiling.as_millis()))
        }
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "id = 'a.b'\nversion = '1'\nworlds = ['router']\n";

    #[test]
    fn what_is_not_said_has_a_default() {
        let manifest = Manifest::parse(GOOD).unwrap();
        assert_eq!(manifest.fallback, Fallback::Pass);
        assert_eq!(manifest.delivery.retry_max, 3);
        assert!(manifest.asks.tables.is_empty());
    }

    #[test]
    fn mistakes_are_named() {
        for (line, word) in [
            ("[asks]\ntabels = ['x']", "tabels"),
            ("fallback = { reject = 200 }", "200"),
            ("fallback = { continue-at = '' }", "no place"),
            ("[budget]\ncpu-ms = 60000", "cpu-ms"),
            ("[delivery]\nheard-first-ms = 5001", "heard-first-ms"),
            ("[asks]\ntables = ['']", "tables"),
            ("health-ms = 10", "health-ms: 1000"),
            ("[budget]\ndata-kib = 0", "data-kib: 1 to"),
            ("[budget]\ndata-kib = 8", "whoever only decides"),
        ] {
            let error = Manifest::parse(&format!("{GOOD}{line}\n")).unwrap_err();
            assert!(error.contains(word), "{error}");
        }
        for id in ["", "A", "../x", "a/b"] {
            assert!(
                Manifest::parse(&format!("id = '{id}'\nversion = '1'\nworlds = ['router']")).is_err(),
                "{id}"
            );
        }
    }
}
