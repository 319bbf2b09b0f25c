//! What may be dialled, by whom, when and how often? The operator's tables, as rules.

use ucx::prelude::*;

use crate::ledger::{CALLS_MAX, Counts, MINUTE};

/// The settings, with what holds when the operator says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// May numbers be dialled that no row of `destinations` fits?
    pub allows_unknown: bool,
    /// May premium numbers be dialled?
    pub allows_premium: bool,
    /// What is dialled in front of a country code instead of `+`; empty: nothing.
    pub international: String,
    /// Tell, but refuse nothing?
    pub is_dry: bool,
    /// After how long a call whose end was not heard of counts as over, in milliseconds.
    pub longest_call: u64,
}

/// Minutes after which a call counts as over when the operator says nothing.
const LONGEST_CALL: u64 = 240;

impl Settings {
    /// Reads them.
    pub fn read() -> Result<Self, Failure> {
        let text =
            |name: &str, usual: &str| config(name).map(|text| text.unwrap_or_else(|| usual.to_owned()));
        let longest = text("longest-call", "")?;
        let longest = match longest.trim() {
            "" => LONGEST_CALL,
            minutes => minutes
                .parse()
                .map_err(|_| format!("the setting longest-call is no number of minutes: {minutes}"))?,
        };
        Ok(Self {
            allows_unknown: choice("default", &text("default", "allow")?, "allow", "deny")?,
            allows_premium: choice("premium", &text("premium", "deny")?, "allow", "deny")?,
            international: text("international", "00")?,
            is_dry: choice("dry-run", &text("dry-run", "no")?, "yes", "no")?,
            longest_call: longest * MINUTE,
        })
    }

    /// The number in one form, so that a rule for `+44` also holds for `0044`, and punctuation hides nothing.
    pub fn number(&self, dialled: &str) -> String {
        let plain: String = dialled.chars().filter(|c| !" -.()/".contains(*c)).collect();
        match plain.strip_prefix(self.international.as_str()) {
            Some(rest) if !self.international.is_empty() => format!("+{rest}"),
            _ => plain,
        }
    }
}

fn choice(name: &str, text: &str, yes: &str, no: &str) -> Result<bool, Failure> {
    match text.trim() {
        text if text == yes => Ok(true),
        text if text == no => Ok(false),
        other => Err(Failure::new(format!(
            "the setting {name} is {yes} or {no}, not {other}"
        ))),
    }
}

/// Why a call is refused: the rule in one word, for metrics, and in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// `premium`, `destination`, `hours`, `unknown`, or a limit's name.
    pub rule: &'static str,
    /// For people; it names no caller.
    pub words: String,
}

impl Block {
    /// A block by that rule.
    pub fn new(rule: &'static str, words: impl Into<String>) -> Self {
        Self {
            rule,
            words: words.into(),
        }
    }
}

/// What the tables say about a number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Destination {
    /// The prefix of the row that fits; none fits none.
    pub prefix: Option<String>,
    /// It may be dialled whatever else is said: an emergency number.
    pub is_always: bool,
    /// It may not.
    pub block: Option<Block>,
    /// How often all callers together may dial it.
    pub limits: Limits,
}

/// How often, how many, how long; none is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Calls a minute.
    pub per_minute: Option<u32>,
    /// Calls an hour.
    pub per_hour: Option<u32>,
    /// Calls at once.
    pub at_once: Option<u32>,
    /// Minutes spent a day.
    pub minutes: Option<u32>,
}

impl Limits {
    /// The limits in a row's columns.
    pub fn of(row: &Row) -> Result<Self, Failure> {
        let limit = |column: &str, most: u32| match row.text(column).map(str::trim) {
            None | Some("") => Ok(None),
            Some(text) => match text.parse() {
                Ok(number) if number <= most => Ok(Some(number)),
                Ok(_) | Err(_) => Err(Failure::new(format!(
                    "row {}: {column} is {text}, and has to be a number up to {most}",
                    row.key
                ))),
            },
        };
        let calls = CALLS_MAX as u32;
        Ok(Self {
            per_minute: limit("per-minute", calls)?,
            per_hour: limit("per-hour", calls)?,
            at_once: limit("at-once", calls)?,
            minutes: limit("minutes", u32::MAX)?,
        })
    }

    /// The limit that one call more would break, of `whose` calls.
    pub fn broken(&self, counts: Counts, whose: &str) -> Option<Block> {
        let breaks = |limit: Option<u32>, count: u32| limit.filter(|limit| count >= *limit);
        if let Some(limit) = breaks(self.per_minute, counts.minute) {
            return Some(Block::new(
                "per-minute",
                format!("{whose}: {limit} calls a minute are used up"),
            ));
        }
        if let Some(limit) = breaks(self.per_hour, counts.hour) {
            return Some(Block::new(
                "per-hour",
                format!("{whose}: {limit} calls an hour are used up"),
            ));
        }
        if let Some(limit) = breaks(self.at_once, counts.at_once) {
            return Some(Block::new(
                "at-once",
                format!("{whose}: {limit} calls are going on already"),
            ));
        }
        let limit = self
            .minutes
            .filter(|limit| counts.spent_ms >= u64::from(*limit) * MINUTE)?;
        Some(Block::new(
            "minutes",
            format!("{whose}: {limit} minutes a day are spent"),
        ))
    }
}

/// What the tables say about a number at that moment.
pub fn destination(number: &str, at: u64, settings: &Settings) -> Result<Destination, Failure> {
    let row = found(lookup("destinations").longest_prefix(number))?;
    let premium = found(lookup("premium").longest_prefix(number))?;
    let mut place = Destination::default();
    if let Some(row) = &row {
        place.prefix = Some(row.key.clone());
        place.limits = Limits::of(row)?;
        place.is_always = row.text("action") == Some("always");
    }
    if place.is_always {
        return Ok(place);
    }
    place.block = match (premium, &row) {
        (Some(premium), _) if !settings.allows_premium => Some(Block::new(
            "premium",
            format!("{} is a premium rate{}", premium.key, named(&premium)),
        )),
        (_, Some(row)) => by_row(row, at)?,
        (_, None) if !settings.allows_unknown => Some(Block::new(
            "unknown",
            "no row of the destinations allows this number",
        )),
        (_, None) => None,
    };
    Ok(place)
}

fn by_row(row: &Row, at: u64) -> Result<Option<Block>, Failure> {
    match row.require("action")? {
        "allow" => {}
        "deny" => {
            let words = format!("{} is not allowed{}", row.key, named(row));
            return Ok(Some(Block::new("destination", words)));
        }
        other => {
            let words = format!("row {}: {other} is no action (allow, deny, always)", row.key);
            return Err(Failure::new(words));
        }
    }
    let Some(schedule) = row.text("schedule").filter(|name| !name.is_empty()) else {
        return Ok(None);
    };
    if is_open(schedule, at)? {
        return Ok(None);
    }
    let words = format!(
        "{} is allowed only while {schedule} is open{}",
        row.key,
        named(row)
    );
    Ok(Some(Block::new("hours", words)))
}

fn named(row: &Row) -> String {
    match row.text("name") {
        Some(name) if !name.is_empty() => format!(" ({name})"),
        _ => String::new(),
    }
}

/// The limits of one caller or account: its own row of `limits`, or the one for everybody (`caller/*`).
pub fn limits(kind: &str, name: &str) -> Result<Limits, Failure> {
    for key in [format!("{kind}/{name}"), format!("{kind}/*")] {
        if let Some(row) = found(lookup("limits").find(&key))? {
            return Limits::of(&row);
        }
    }
    Ok(Limits::default())
}

/// A table the operator has not laid down says nothing.
fn found(answer: Result<Option<Row>, Error>) -> Result<Option<Row>, Failure> {
    match answer {
        Err(Error::NotFound) => Ok(None),
        other => Ok(other?),
    }
}
