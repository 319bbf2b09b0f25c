//! What does a plugin really get? What its manifest asks and the operator's grant gives; something asked and not given is
//! refused with the line that would give it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use ucx_call::{Names, Scope};

use crate::folder::{FILES_DEFAULT, Quota};
use crate::limits::{
    BATCH_CPU, BATCH_WALL, FLOW_CPU, FLOW_WALL, MEMORY_CEILING, MEMORY_DEFAULT, ROUTER_CPU, ROUTER_WALL,
};
use crate::manifest::{Asks, Manifest};
use crate::sockets::SocketRule;
use crate::waits::{Length, WaitLimits, Waits};
use crate::web::HostRule;

/// What the operator gives one plugin: the section `[plugins.ID]` of `ucx.toml`. In a list `"*"` gives whatever is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Grant {
    /// Lookup tables.
    pub tables: BTreeSet<String>,
    /// Settings and their values.
    pub config: BTreeMap<String, String>,
    /// Secrets and their values.
    pub secrets: BTreeMap<String, String>,
    /// Channel variables it may read.
    pub variables: BTreeSet<String>,
    /// Channel variables it may set.
    pub set: BTreeSet<String>,
    /// SIP headers it may see.
    pub headers: BTreeSet<String>,
    /// SIP headers it may send.
    pub send_headers: BTreeSet<String>,
    /// Kinds of events.
    pub events: BTreeSet<String>,
    /// Buckets.
    pub buckets: BTreeSet<String>,
    /// Schedules.
    pub schedules: BTreeSet<String>,
    /// Kinds of destinations: `uri`, `dial-string`.
    pub targets: BTreeSet<String>,
    /// Web hosts.
    pub http: BTreeSet<String>,
    /// Those of them that may stand at addresses which are not public: this machine, the office's network.
    pub http_private: BTreeSet<String>,
    /// Where it may connect to by TCP: `agi.example:4573`; this machine and private networks only if they are written out,
    /// `127.0.0.1:4573`, `loopback:4573`.
    pub sockets: BTreeSet<String>,
    /// Whom it may dial for a caller.
    pub dial: BTreeSet<String>,
    /// Whom it may call by itself.
    pub originate: BTreeSet<String>,
    /// Contexts it may send calls to.
    pub contexts: BTreeSet<String>,
    /// Dialplan applications it may run.
    pub applications: BTreeSet<String>,
    /// Custom devices it may set.
    pub devices: BTreeSet<String>,
    /// Global variables it may read and set.
    pub globals: BTreeSet<String>,
    /// Contexts and applications whose calls it may take over.
    pub adopt: BTreeSet<String>,
    /// Contexts, applications and channels whose calls it may let others listen in on.
    pub monitor: BTreeSet<String>,
    /// Calls it may begin within any 60 seconds; without a figure, any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calls_per_minute: Option<u32>,
    /// Calls it began that may live at once; without a figure, any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calls_at_once: Option<u32>,
    /// The most memory of an instance in KiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_kib: Option<u32>,
    /// The most its folder may hold, in KiB; without a figure it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_kib: Option<u32>,
    /// The most files and folders in it; 1,024 if nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_files: Option<u32>,
    /// It is asked about its health at least that often, in milliseconds, whatever its manifest says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health_ms: Option<u32>,
    /// Digits callers press stand in what is written down of its runs; else they are crossed out.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub record_digits: bool,
    /// The longest it may wait for one thing; `"4h"` if nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait: Option<Length>,
    /// The longest it may lead a call; `"4h"` if nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<Length>,
    /// The longest it may go on when its caller is gone; `"60s"` if nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Length>,
}

impl Grant {
    /// Each list of names with its word.
    pub(crate) fn names(&self) -> [(&'static str, &BTreeSet<String>); 20] {
        [
            ("tables", &self.tables),
            ("variables", &self.variables),
            ("set", &self.set),
            ("headers", &self.headers),
            ("send-headers", &self.send_headers),
            ("events", &self.events),
            ("buckets", &self.buckets),
            ("schedules", &self.schedules),
            ("targets", &self.targets),
            ("http", &self.http),
            ("http-private", &self.http_private),
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

    /// As [`Self::names`], to be changed.
    pub(crate) fn names_mut(&mut self) -> [(&'static str, &mut BTreeSet<String>); 20] {
        [
            ("tables", &mut self.tables),
            ("variables", &mut self.variables),
            ("set", &mut self.set),
            ("headers", &mut self.headers),
            ("send-headers", &mut self.send_headers),
            ("events", &mut self.events),
            ("buckets", &mut self.buckets),
            ("schedules", &mut self.schedules),
            ("targets", &mut self.targets),
            ("http", &mut self.http),
            ("http-private", &mut self.http_private),
            ("sockets", &mut self.sockets),
            ("dial", &mut self.dial),
            ("originate", &mut self.originate),
            ("contexts", &mut self.contexts),
            ("applications", &mut self.applications),
            ("devices", &mut self.devices),
            ("globals", &mut self.globals),
            ("adopt", &mut self.adopt),
            ("monitor", &mut self.monitor),
        ]
    }

    /// What is given of each list of asks, in their order. A setting the operator leaves out is simply not set; everything
    /// else has to be given.
    pub(crate) fn lists(&self, asks: &Asks) -> Vec<BTreeSet<String>> {
        let of = |list: &str| match list {
            "config" => asks.config.clone(),
            "secrets" => self.secrets.keys().cloned().collect(),
            list => self.list(list).cloned().unwrap_or_default(),
        };
        asks.lists().into_iter().map(|(list, _)| of(list)).collect()
    }
}

/// All grants: the table `[plugins]` of `ucx.toml`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Grants {
    /// By plugin id.
    #[serde(default)]
    pub plugins: BTreeMap<String, Grant>,
}

impl Grants {
    /// Reads the table; other tables of the file are passed over.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }
}

impl Grants {
    /// Everything a component asks for: settings and secrets empty, hosts and names whatever they are. For runs that
    /// reach nothing, as a replay does.
    pub fn of_everything(manifest: &Manifest) -> Self {
        let all = || BTreeSet::from(["*".to_owned()]);
        let asks = &manifest.asks;
        let empty =
            |names: &BTreeSet<String>| names.iter().map(|name| (name.clone(), String::new())).collect();
        let grant = Grant {
            tables: all(),
            secrets: empty(&asks.secrets),
            variables: all(),
            set: all(),
            headers: all(),
            send_headers: all(),
            events: all(),
            buckets: all(),
            schedules: all(),
            targets: all(),
            http: all(),
            sockets: all(),
            dial: all(),
            originate: all(),
            contexts: all(),
            applications: all(),
            devices: all(),
            globals: all(),
            adopt: all(),
            monitor: all(),
            memory_kib: manifest.budget.memory_kib,
            data_kib: manifest.budget.data_kib,
            data_files: manifest.budget.data_files,
            wait: manifest.limits.wait,
            run: manifest.limits.run,
            after: manifest.limits.after,
            ..Grant::default()
        };
        Self {
            plugins: BTreeMap::from([(manifest.id.clone(), grant)]),
        }
    }
}

/// Lists in which a manifest may ask for whatever the operator gives: `"*"`.
const OPEN_LISTS: [&str; 10] = [
    "dial",
    "originate",
    "contexts",
    "applications",
    "adopt",
    "monitor",
    "schedules",
    "sockets",
    "variables",
    "set",
];

/// What a generation of a plugin may do: manifest and grant together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rights {
    pub(crate) asks: Asks,
    pub(crate) config: BTreeMap<String, String>,
    pub(crate) secrets: BTreeMap<String, String>,
    /// Memory of an instance in bytes.
    pub(crate) memory: usize,
    /// Web hosts it may ask.
    pub(crate) http: Vec<HostRule>,
    /// Web hosts that may stand at private addresses.
    pub(crate) http_private: Vec<HostRule>,
    /// Calls it may begin within a minute.
    pub(crate) calls_per_minute: Option<u32>,
    /// Calls it began that may live at once.
    pub(crate) calls_at_once: Option<u32>,
    /// Where it may connect to.
    pub(crate) sockets: Vec<SocketRule>,
    pub(crate) router: Turn,
    pub(crate) batch: Turn,
    pub(crate) flow: Turn,
    /// How long it may wait when it leads a call.
    pub(crate) waits: Waits,
    /// Digits callers press may be written down.
    pub(crate) record_digits: bool,
    /// How much may lie in its folder, if it has one.
    pub(crate) data: Option<Quota>,
    /// How often it is asked about its health.
    pub(crate) health: Duration,
}

/// Time of one turn of a guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Turn {
    pub(crate) cpu: Duration,
    pub(crate) wall: Duration,
}

impl Rights {
    /// The rights of a plugin, or a sentence with the lines that are missing in its grant.
    pub(crate) fn new(manifest: &Manifest, grant: &Grant) -> Result<Self, String> {
        covers(manifest, grant)?;
        let kept = |values: &BTreeMap<String, String>, asked: &BTreeSet<String>| {
            values
                .iter()
                .filter(|(name, _)| asked.contains(*name))
                .map(|(n, v)| (n.clone(), v.clone()))
                .collect()
        };
        let rules = |names: &BTreeSet<String>| -> Result<Vec<HostRule>, String> {
            names.iter().map(|name| HostRule::parse(name)).collect()
        };
        let asks = given_asks(&manifest.asks, grant);
        let sockets = asks.sockets.iter().map(|name| SocketRule::parse(name));
        Ok(Self {
            sockets: sockets.collect::<Result<_, _>>()?,
            http: if manifest.asks.http.contains("*") {
                rules(&grant.http)?
            } else {
                rules(&manifest.asks.http)?
            },
            http_private: rules(&grant.http_private)?,
            config: kept(&grant.config, &manifest.asks.config),
            secrets: kept(&grant.secrets, &manifest.asks.secrets),
            asks,
            memory: memory(manifest, grant)?,
            calls_per_minute: grant.calls_per_minute,
            calls_at_once: grant.calls_at_once,
            router: turn(manifest, ROUTER_CPU, ROUTER_WALL),
            batch: turn(manifest, BATCH_CPU, BATCH_WALL),
            flow: turn(manifest, FLOW_CPU, FLOW_WALL),
            record_digits: grant.record_digits,
            waits: waits(manifest, grant)?,
            data: data(manifest, grant)?,
            health: health(manifest, grant),
        })
    }

    /// What the desk lets the plugin reach while it leads a call that stands in that context.
    pub(crate) fn scope(&self, own: &str) -> Scope {
        // An endpoint may be named without its technology.
        let destinations = |list: &BTreeSet<String>| -> Vec<String> {
            let of_endpoint = |name: &String| (!name.contains('/')).then(|| format!("PJSIP/{name}"));
            list.iter()
                .cloned()
                .chain(list.iter().filter_map(of_endpoint))
                .collect()
        };
        let (dial, originate) = (destinations(&self.asks.dial), destinations(&self.asks.originate));
        // Who may call into a context by name may do so without asking for it twice.
        let by_name = dial.iter().chain(&originate).filter_map(|name| {
            let local = name.strip_prefix("Local/")?;
            Some(
                local
                    .split_once('@')
                    .map_or("*", |(_, context)| context)
                    .to_owned(),
            )
        });
        let contexts: Vec<String> = self
            .asks
            .contexts
            .iter()
            .cloned()
            .chain(by_name)
            .chain([own.to_owned()])
            .collect();
        // Legs it calls come to it by `Wasm`.
        let applications = self.asks.applications.iter().map(String::as_str).chain(["Wasm"]);
        Scope {
            contexts: Some(Names::new(contexts)),
            dial: Some(Names::new(dial)),
            originate: Some(Names::new(originate)),
            applications: Some(Names::new(applications)),
            calls_per_minute: self.calls_per_minute,
            calls_at_once: self.calls_at_once,
            within: None,
        }
    }

    /// Does the plugin get events of this kind?
    pub(crate) fn hears(&self, kind: &str) -> bool {
        let asks = &self.asks.events;
        asks.contains(kind)
            || asks
                .iter()
                .any(|asked| asked.ends_with('.') && kind.starts_with(asked.as_str()))
    }
}

/// Whether the grant gives all that is asked; else a sentence with the lines that are missing in it.
fn covers(manifest: &Manifest, grant: &Grant) -> Result<(), String> {
    let given = grant.lists(&manifest.asks);
    let mut missing = Vec::new();
    for ((list, asked), given) in manifest.asks.lists().into_iter().zip(given) {
        let lacking: Vec<String> = asked
            .iter()
            .filter(|name| !given.contains(*name) && !given.contains("*"))
            // A plugin cannot know its operator's hosts: whatever the grant names is what it asked for.
            .filter(|name| !(list == "http" && *name == "*" && !given.is_empty()))
            // Who asks for whatever the operator gives, gets that.
            .filter(|name| *name != "*" || !OPEN_LISTS.contains(&list))
            .map(|name| format!("{name:?}"))
            .collect();
        if lacking.is_empty() {
            continue;
        }
        missing.push(match list {
            "secrets" => format!("secrets = {{ {} = \"…\" }}", lacking.join(" = \"…\", ")),
            list => format!("{list} = [{}]", lacking.join(", ")),
        });
    }
    if !missing.is_empty() {
        return Err(format!(
            "not granted; add to [plugins.{}]: {}",
            manifest.id,
            missing.join(" and ")
        ));
    }
    Ok(())
}

/// What is asked, with what the operator gives in the place of "whatever is given".
fn given_asks(asks: &Asks, grant: &Grant) -> Asks {
    let mut asks = asks.clone();
    for (asked, given) in [
        (&mut asks.dial, &grant.dial),
        (&mut asks.originate, &grant.originate),
        (&mut asks.contexts, &grant.contexts),
        (&mut asks.applications, &grant.applications),
        (&mut asks.adopt, &grant.adopt),
        (&mut asks.monitor, &grant.monitor),
        (&mut asks.schedules, &grant.schedules),
        (&mut asks.sockets, &grant.sockets),
        (&mut asks.variables, &grant.variables),
        (&mut asks.set, &grant.set),
    ] {
        if asked.remove("*") {
            asked.extend(given.iter().cloned());
        }
    }
    asks
}

/// Whether a list of names and beginnings (`PJSIP/*`) has one that fits.
pub(crate) fn fits(list: &BTreeSet<String>, name: &str) -> bool {
    list.iter().any(|entry| match entry.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => entry == name,
    })
}

fn memory(manifest: &Manifest, grant: &Grant) -> Result<usize, String> {
    let ceiling = grant.memory_kib.map_or(MEMORY_CEILING, |kib| kib as usize * 1024);
    let asked = manifest
        .budget
        .memory_kib
        .map_or(MEMORY_DEFAULT.min(ceiling), |kib| kib as usize * 1024);
    if asked > ceiling {
        return Err(format!(
            "asks for {} KiB of memory and may have {}; add to [plugins.{}]: memory-kib = {}",
            asked / 1024,
            ceiling / 1024,
            manifest.id,
            asked / 1024
        ));
    }
    Ok(asked)
}

fn data(manifest: &Manifest, grant: &Grant) -> Result<Option<Quota>, String> {
    let Some(kib) = manifest.budget.data_kib else {
        return Ok(None);
    };
    let most = grant.data_files.unwrap_or(FILES_DEFAULT);
    let files = manifest.budget.data_files.unwrap_or(FILES_DEFAULT.min(most));
    let mut missing = Vec::new();
    if grant.data_kib.is_none_or(|given| given < kib) {
        missing.push(format!("data-kib = {kib}"));
    }
    if files > most {
        missing.push(format!("data-files = {files}"));
    }
    if !missing.is_empty() {
        return Err(format!(
            "asks for a folder of {kib} KiB and {files} files; add to [plugins.{}]: {}",
            manifest.id,
            missing.join(" and ")
        ));
    }
    Ok(Some(Quota {
        bytes: u64::from(kib) * 1024,
        files,
    }))
}

fn health(manifest: &Manifest, grant: &Grant) -> Duration {
    let asked = manifest.health_ms;
    // A grant of nothing would have it asked without a pause.
    let most = grant.health_ms.map_or(asked, |most| most.max(1_000));
    Duration::from_millis(asked.min(most).into())
}

fn waits(manifest: &Manifest, grant: &Grant) -> Result<Waits, String> {
    let given = WaitLimits {
        wait: grant.wait,
        run: grant.run,
        after: grant.after,
    };
    Waits::new(manifest.limits, given).map_err(|line| {
        format!(
            "asks to wait longer than it may; add to [plugins.{}]: {line}",
            manifest.id
        )
    })
}

fn turn(manifest: &Manifest, cpu: Duration, wall: Duration) -> Turn {
    let or =
        |asked: Option<u32>, default: Duration| asked.map_or(default, |ms| Duration::from_millis(ms.into()));
    Turn {
        cpu: or(manifest.budget.cpu_ms, cpu),
        wall: or(manifest.budget.wall_ms, wall),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(asks: &str) -> Manifest {
        Manifest::parse(&format!("id = 'p'\nversion = '1'\nworlds = ['router']\n{asks}")).unwrap()
    }

    #[test]
    fn a_missing_grant_is_named_with_the_line_that_gives_it() {
        let manifest = manifest("[asks]\ntables = ['a', 'b']\nsecrets = ['key']\n");
        let grants = Grants::parse("[plugins.p]\ntables = ['b']\n[other]\nx = 1").unwrap();
        let error = Rights::new(&manifest, &grants.plugins["p"]).unwrap_err();
        assert_eq!(
            error,
            "not granted; add to [plugins.p]: tables = [\"a\"] and secrets = { \"key\" = \"…\" }"
        );
    }

    #[test]
    fn what_is_given_and_not_asked_is_not_handed_out() {
        let grants = Grants::parse("[plugins.p]\ntables = ['*']\nconfig = { x = '1', y = '2' }\n").unwrap();
        let rights = Rights::new(
            &manifest("[asks]\ntables = ['a']\nconfig = ['x']\n"),
            &grants.plugins["p"],
        )
        .unwrap();
        assert_eq!(rights.config.keys().collect::<Vec<_>>(), ["x"]);
        assert_eq!(rights.asks.tables.iter().collect::<Vec<_>>(), ["a"]);
    }

    #[test]
    fn whatever_is_given_can_be_asked_for_where_only_the_operator_knows() {
        let asks = manifest("[asks]\ndial = ['*']\ncontexts = ['*', 'own']\n");
        let grants = Grants::parse("[plugins.p]\ndial = ['PJSIP/60*']\ncontexts = ['own']\n").unwrap();
        let rights = Rights::new(&asks, &grants.plugins["p"]).unwrap();
        assert_eq!(rights.asks.dial, ["PJSIP/60*".to_owned()].into());
        assert_eq!(rights.asks.contexts, ["own".to_owned()].into());
        assert!(Rights::new(&manifest("[asks]\ntables = ['*']\n"), &Grant::default()).is_err());
    }

    #[test]
    fn names_fit_whole_or_by_their_beginning() {
        let list = ["PJSIP/60*", "+44*", "Local/1@a"].map(str::to_owned).into();
        for name in ["PJSIP/6001", "+442071", "Local/1@a"] {
            assert!(fits(&list, name), "{name}");
        }
        for name in ["PJSIP/7001", "Local/1@ab", "44", ""] {
            assert!(!fits(&list, name), "{name}");
        }
    }

    #[test]
    fn events_are_heard_by_kind_or_by_family() {
        let asks = manifest("[asks]\nevents = ['call.ended', 'channel.']\n");
        let grant = Grant {
            events: ["*".to_owned()].into(),
            ..Grant::default()
        };
        let rights = Rights::new(&asks, &grant).unwrap();
        assert!(rights.hears("call.ended") && rights.hears("channel.dtmf"));
        assert!(!rights.hears("call.started") && !rights.hears("channels"));
    }

    #[test]
    fn more_memory_than_the_ceiling_is_refused_with_the_figure() {
        let error = Rights::new(&manifest("[budget]\nmemory-kib = 131072\n"), &Grant::default()).unwrap_err();
        assert!(error.contains("memory-kib = 131072"), "{error}");
    }

    #[test]
    fn a_folder_is_asked_for_and_given_or_the_line_is_named() {
        let asks = |rest: &str| {
            Manifest::parse(&format!(
                "id = 'p'\nversion = '1'\nworlds = ['application']\n[budget]\n{rest}\n"
            ))
            .unwrap()
        };
        let grant = |data_kib, data_files| Grant {
            data_kib,
            data_files,
            ..Grant::default()
        };
        let asked = asks("data-kib = 64");
        assert_eq!(
            Rights::new(&asked, &Grant::default()).unwrap_err(),
            "asks for a folder of 64 KiB and 1024 files; add to [plugins.p]: data-kib = 64"
        );
        let rights = Rights::new(&asked, &grant(Some(100), Some(10))).unwrap();
        let given = Quota {
            bytes: 64 << 10,
            files: 10,
        };
        assert_eq!(rights.data, Some(given));
        let many = asks("data-kib = 64\ndata-files = 2000");
        let error = Rights::new(&many, &grant(Some(64), None)).unwrap_err();
        assert!(error.ends_with("[plugins.p]: data-files = 2000"), "{error}");
        // Given and not asked for, there is none.
        assert_eq!(Rights::new(&asks(""), &grant(Some(64), None)).unwrap().data, None);
    }

    #[test]
    fn health_is_asked_about_as_often_as_the_operator_says_at_least() {
        let mut asks = manifest("");
        asks.health_ms = 60_000;
        let every = |health_ms| {
            let grant = Grant {
                health_ms,
                ..Grant::default()
            };
            Rights::new(&asks, &grant).unwrap().health.as_millis()
        };
        assert_eq!(every(None), 60_000);
        assert_eq!(every(Some(5_000)), 5_000);
        assert_eq!(every(Some(90_000)), 60_000);
        assert_eq!(every(Some(0)), 1_000);
    }
}
