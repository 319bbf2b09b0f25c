//! What does a file of scenarios say? Calls and what is expected of them, with what surrounds the plugin: settings, tables,
//! phones, web services, grants.

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde::de::{self, Deserializer};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;
use toml::{Table, Value};
use ucx_plugins::ScheduleRule;

/// Scenarios of one file, and calls of one scenario.
const SCENARIOS_MAX: usize = 1_000;
const CALLS_MAX: usize = 100;
/// When a scenario begins that does not say: a Monday morning.
const BEGINNING: &str = "2026-01-05T09:00:00Z";
/// The context calls come into.
pub const CONTEXT: &str = "main";

/// One scenario with all that surrounds it.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub name: String,
    /// When it begins, in seconds since 1970.
    pub epoch_s: u64,
    pub calls: Vec<Call>,
    pub around: Surroundings,
    /// Why the host is to refuse the component; the text holds these words.
    pub refused: Option<String>,
    /// The web requests that are to be made, all and in order.
    pub http: Option<Vec<String>>,
}

/// What surrounds the plugin.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Surroundings {
    /// Settings and secrets the operator gives.
    pub config: BTreeMap<String, String>,
    pub secrets: BTreeMap<String, String>,
    /// Lookup tables: name, key, columns.
    pub tables: BTreeMap<String, BTreeMap<String, Table>>,
    pub schedules: BTreeMap<String, ScheduleRule>,
    /// Who can be called; anybody else is not there.
    pub phones: BTreeMap<String, Phone>,
    /// Lengths of sounds; a length of nothing is a sound that is not there.
    pub sounds: BTreeMap<String, Time>,
    /// What web services answer.
    pub http: Vec<Service>,
    /// Where else calls can go: `exten`, or `context,exten`.
    pub places: BTreeSet<String>,
    /// What the operator grants, as in ucx.toml; without it all that is asked.
    pub grants: Option<Table>,
}

/// What a phone does when it is called: it rings, unless it is told otherwise.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Phone {
    /// It answers after that long.
    pub answers: Option<Time>,
    /// It hangs up so long after that.
    pub talks: Option<Time>,
    /// It refuses with that cause.
    pub refuses: Option<u16>,
}

/// What a web service answers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Service {
    /// Any method if none is given.
    pub method: Option<String>,
    /// The address; a `*` at the end stands for anything.
    pub url: String,
    #[serde(default = "ok")]
    pub status: u16,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    #[serde(default)]
    pub body: String,
    #[serde(default)]
    pub delay: Time,
}

fn ok() -> u16 {
    200
}

/// One call.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Call {
    /// When it comes in.
    #[serde(default)]
    pub at: Time,
    #[serde(default = "somebody")]
    pub from: String,
    #[serde(default)]
    pub name: String,
    pub dialled: String,
    /// Handed to the plugin beside the call.
    #[serde(default)]
    pub args: Vec<String>,
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// What the caller presses, and when.
    #[serde(default)]
    pub digits: Vec<Press>,
    /// When the caller hangs up.
    pub hangs_up: Option<Time>,
    #[serde(default)]
    pub expect: Expect,
}

fn somebody() -> String {
    "6001".to_owned()
}

/// Digits pressed one after another.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Press {
    /// Since the call came in.
    pub at: Time,
    pub press: String,
}

/// What is expected of a call; what is not said is not looked at.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Expect {
    /// `connect`, `reject`, `pass`, `continue-at`, `done`, `hangup`, or `failed`.
    pub decision: Option<String>,
    pub reason: Option<String>,
    /// `WASMSTATUS`.
    pub status: Option<String>,
    /// With which cause the plugin, or whoever it called, ended the call.
    pub cause: Option<u16>,
    /// Where the call goes on: `context,exten,priority`, or `next` for the priority after the plugin's.
    pub goes_on: Option<String>,
    /// Who hung up: `caller`, or `host` for the plugin and those it called.
    pub ended_by: Option<String>,
    pub answered: Option<bool>,
    /// Whom it tried to call, in order.
    pub dials: Option<Vec<String>>,
    /// Whom the caller talked with.
    pub connected: Option<Vec<String>>,
    /// What the caller heard begin, in order.
    pub played: Option<Vec<String>>,
    /// Channel variables at the end.
    pub variables: BTreeMap<String, String>,
    /// Lines the plugin logs, in this order, others between them.
    pub log: Option<Vec<String>>,
}

/// A length of time: `250ms`, `1.5s`, `2m`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub Duration);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        time(&text)
            .ok_or_else(|| de::Error::custom(format!("{text:?} is no time, such as 250ms, 1.5s or 2m")))
    }
}

fn time(text: &str) -> Option<Time> {
    let (number, unit_s) = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0)]
        .into_iter()
        .find_map(|(end, unit)| Some((text.strip_suffix(end)?, unit)))?;
    let seconds = number.trim().parse::<f64>().ok()? * unit_s;
    // A day is more than any scenario needs, and less than the clock's end.
    (0.0..=86_400.0)
        .contains(&seconds)
        .then(|| Time(Duration::from_micros((seconds * 1e6).round() as u64)))
}

/// Reads the scenarios of a file.
///
/// # Errors
/// A sentence about what is wrong in it.
pub fn read(file: &Path) -> Result<Vec<Scenario>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    parse(&text).with_context(|| file.display().to_string())
}

/// Reads the text of such a file.
///
/// # Errors
/// As [`read`].
pub fn parse(text: &str) -> Result<Vec<Scenario>> {
    let mut file: Table = toml::from_str(text)?;
    let Some(Value::Array(scenarios)) = file.remove("scenario") else {
        bail!("there is no [[scenario]]");
    };
    ensure!(
        scenarios.len() <= SCENARIOS_MAX,
        "more than {SCENARIOS_MAX} scenarios"
    );
    let common: Surroundings = Value::Table(file).try_into()?;
    let mut read: Vec<Scenario> = Vec::new();
    for (number, scenario) in (1..).zip(scenarios) {
        let Value::Table(scenario) = scenario else {
            bail!("scenario {number} is no table");
        };
        let scenario = one(scenario, &common).with_context(|| format!("scenario {number}"))?;
        ensure!(
            read.iter().all(|other| other.name != scenario.name),
            "two scenarios are called {:?}",
            scenario.name
        );
        read.push(scenario);
    }
    Ok(read)
}

fn one(mut table: Table, common: &Surroundings) -> Result<Scenario> {
    let mut take = |key: &str| table.remove(key);
    let name = match take("name") {
        Some(Value::String(name)) if !name.is_empty() => name,
        _ => bail!("it has no name = \"…\""),
    };
    let at = match take("at") {
        Some(Value::String(at)) => at,
        Some(other) => other.to_string(),
        None => BEGINNING.to_owned(),
    };
    let at: jiff::Timestamp = at.parse().with_context(|| format!("at = {at:?}"))?;
    let refused: Option<String> = take("refused")
        .map(Value::try_into)
        .transpose()
        .context("refused")?;
    let http: Option<Vec<String>> = take("asks").map(Value::try_into).transpose().context("asks")?;
    let (call, calls, expect) = (take("call"), take("calls"), take("expect"));
    let mut all: Vec<Call> = calls
        .map(Value::try_into)
        .transpose()
        .context("calls")?
        .unwrap_or_default();
    if let Some(call) = call {
        let mut call: Call = call.try_into().context("call")?;
        if let Some(expect) = expect {
            call.expect = expect.try_into().context("expect")?;
        }
        all.insert(0, call);
    } else if expect.is_some() {
        bail!("expect goes with call; each of calls has an expect of its own");
    }
    let own: Surroundings = Value::Table(table).try_into()?;
    let scenario = Scenario {
        epoch_s: u64::try_from(at.as_second()).context("at lies before 1970")?,
        calls: all,
        around: own.over(common),
        refused,
        http,
        name,
    };
    scenario.check()?;
    Ok(scenario)
}

impl Scenario {
    fn check(&self) -> Result<()> {
        ensure!(self.calls.len() <= CALLS_MAX, "more than {CALLS_MAX} calls");
        ensure!(
            !self.calls.is_empty() || self.refused.is_some(),
            "nobody calls; write call = {{ dialled = \"…\" }}"
        );
        let expects = self.calls.iter().any(|call| call.expect != Expect::default());
        ensure!(
            expects || self.refused.is_some() || self.http.is_some(),
            "it expects nothing, and so cannot fail; write expect = {{ … }}"
        );
        for word in self
            .calls
            .iter()
            .map(|call| call.dialled.as_str())
            .chain(self.words())
        {
            ensure!(is_plain(word), "{word:?} is no name of the dialplan");
        }
        for press in self.calls.iter().flat_map(|call| &call.digits) {
            ensure!(
                press.press.chars().all(|c| "0123456789*#ABCD".contains(c)),
                "{:?} cannot be pressed",
                press.press
            );
        }
        Ok(())
    }

    /// The words of the places.
    fn words(&self) -> impl Iterator<Item = &str> {
        self.around.places.iter().flat_map(|place| place.split(','))
    }

    /// Context and extension of each place that calls can go to.
    pub fn places(&self) -> impl Iterator<Item = (&str, &str)> {
        self.around
            .places
            .iter()
            .map(|place| place.split_once(',').unwrap_or((CONTEXT, place)))
    }
}

/// What stands in a dialplan as it is.
fn is_plain(word: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || "+*#-.".contains(c);
    !word.is_empty() && word.chars().all(fits)
}

impl Surroundings {
    /// These over the common ones: what both name is as these say.
    fn over(self, common: &Self) -> Self {
        fn both<V: Clone>(own: BTreeMap<String, V>, common: &BTreeMap<String, V>) -> BTreeMap<String, V> {
            let mut all = common.clone();
            all.extend(own);
            all
        }
        Self {
            config: both(self.config, &common.config),
            secrets: both(self.secrets, &common.secrets),
            tables: both(self.tables, &common.tables),
            schedules: both(self.schedules, &common.schedules),
            phones: both(self.phones, &common.phones),
            sounds: both(self.sounds, &common.sounds),
            http: self.http.into_iter().chain(common.http.clone()).collect(),
            places: self.places.into_iter().chain(common.places.clone()).collect(),
            grants: self.grants.or_else(|| common.grants.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
        places = ["sales,100", "200"]
        [config]
        prompt = "welcome"
        [tables.routes]
        71 = { target = "6002" }
        [phones]
        6002 = { answers = "1.5s" }
        [[scenario]]
        name = "one"
        at = "2026-01-06T10:00:00Z"
        call = { dialled = "7100", digits = [{ at = "250ms", press = "1#" }] }
        expect = { decision = "connect", goes-on = "next" }
        phones = { 6003 = { refuses = 17 } }
        [[scenario]]
        name = "two"
        refused = "tables"
        grants = { tables = [] }
    "#;

    #[test]
    fn what_is_common_surrounds_every_scenario() {
        let [one, two] = &parse(FILE).unwrap()[..] else {
            panic!("two scenarios")
        };
        assert_eq!(one.around.phones["6002"].answers, time("1500ms"));
        assert_eq!(one.around.phones["6003"].refuses, Some(17));
        assert_eq!(
            one.places().collect::<Vec<_>>(),
            [("main", "200"), ("sales", "100")]
        );
        assert_eq!(one.epoch_s, 1_767_693_600);
        assert_eq!(one.calls[0].digits[0].at, time("0.25s").unwrap());
        assert!(two.calls.is_empty() && two.around.grants.is_some());
        assert_eq!(two.around.config["prompt"], "welcome");
    }

    #[test]
    fn mistakes_are_named() {
        for (from, to, word) in [
            ("dialled = \"7100\"", "dialed = \"7100\"", "dialed"),
            ("decision = \"connect\", goes-on = \"next\"", "", "cannot fail"),
            ("1.5s", "soon", "no time"),
            ("press = \"1#\"", "press = \"x\"", "cannot be pressed"),
            ("name = \"two\"", "name = \"one\"", "two scenarios"),
            ("[phones]", "[telephones]", "telephones"),
            ("200\"", "2 00\"", "no name of the dialplan"),
        ] {
            let text = FILE.replacen(from, to, 1);
            assert_ne!(text, FILE);
            let error = format!("{:#}", parse(&text).unwrap_err());
            assert!(error.contains(word), "{word}: {error}");
        }
        assert!(parse("[config]\nx = 'y'\n").is_err());
    }

    #[test]
    fn times_have_units() {
        for (text, ms) in [("250ms", 250), ("2s", 2_000), ("1.5m", 90_000), ("0s", 0)] {
            assert_eq!(time(text).unwrap().0.as_millis(), ms, "{text}");
        }
        for text in ["", "5", "-1s", "1d", "xs", "1e9s"] {
            assert_eq!(time(text), None, "{text}");
        }
    }
}
