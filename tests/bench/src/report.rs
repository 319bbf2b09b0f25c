//! What was measured, beside what was promised: as a table for people and as JSON for machines.

use crate::machine::Machine;
use anyhow::{Context, Result};
use serde::{Serialize, Serializer};
use std::fmt::{self, Write as _};

/// What a value is held against.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Budget {
    AtLeast(f64),
    AtMost(f64),
    /// Printed for orientation.
    None,
}

/// How a value stands to its budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Met,
    Missed,
    NotMeasured,
    Unjudged,
}

/// One figure.
#[derive(Clone, Debug)]
pub struct Row {
    /// What was done, in the words of the budget.
    pub work: String,
    /// The median, where there is more than one measurement.
    pub value: Option<f64>,
    pub unit: &'static str,
    pub p50: Option<f64>,
    pub p99: Option<f64>,
    pub budget: Budget,
    /// What the same machine does without the host.
    pub floor: Option<f64>,
    /// What Asterisk took for it on a like machine.
    pub peer: &'static str,
    pub note: String,
}

impl Row {
    /// A measured value.
    pub fn new(work: impl Into<String>, value: f64, unit: &'static str, budget: Budget) -> Self {
        Self {
            work: work.into(),
            value: Some(value),
            unit,
            p50: None,
            p99: None,
            budget,
            floor: None,
            peer: "",
            note: String::new(),
        }
    }

    /// A row without a value, and why.
    pub fn absent(work: &str, budget: &str, why: &str) -> Self {
        let note = format!("{why}; budget {budget}");
        Self {
            value: None,
            note,
            ..Self::new(work, 0.0, "", Budget::None)
        }
    }

    pub fn budget(self, budget: Budget) -> Self {
        Self { budget, ..self }
    }

    pub fn peer(self, peer: &'static str) -> Self {
        Self { peer, ..self }
    }

    pub fn floor(self, floor: f64) -> Self {
        Self {
            floor: Some(floor),
            ..self
        }
    }

    pub fn note(self, note: impl Into<String>) -> Self {
        Self {
            note: note.into(),
            ..self
        }
    }

    pub fn spread(self, p50: f64, p99: f64) -> Self {
        Self {
            p50: Some(p50),
            p99: Some(p99),
            ..self
        }
    }

    pub fn verdict(&self) -> Verdict {
        let Some(value) = self.value else {
            return Verdict::NotMeasured;
        };
        let is_met = match self.budget {
            Budget::AtMost(most) => value <= most,
            Budget::AtLeast(least) => value >= least,
            Budget::None => return Verdict::Unjudged,
        };
        if is_met { Verdict::Met } else { Verdict::Missed }
    }

    fn promise(&self) -> String {
        match self.budget {
            Budget::AtMost(most) => format!("≤ {}", figure(most, self.unit)),
            Budget::AtLeast(least) => format!("≥ {}", figure(least, self.unit)),
            Budget::None => "–".to_owned(),
        }
    }

    fn cells(&self) -> [String; 7] {
        let some =
            |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| figure(value, self.unit));
        let spread = match (self.p50, self.p99) {
            (Some(p50), Some(p99)) => format!("{} / {}", short(p50), short(p99)),
            _ => "–".to_owned(),
        };
        let peer = if self.peer.is_empty() { "–" } else { self.peer };
        let word = self.verdict().word().to_owned();
        [
            self.work.clone(),
            some(self.value),
            spread,
            self.promise(),
            word,
            some(self.floor),
            peer.to_owned(),
        ]
    }
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Missed => "MISSED",
            Self::NotMeasured => "not measured",
            Self::Unjudged => "–",
        }
    }
}

/// A number with its unit, as short as it can be read.
pub fn figure(value: f64, unit: &str) -> String {
    format!("{} {unit}", short(value)).trim_end().to_owned()
}

fn short(value: f64) -> String {
    if value.abs() >= 100.0 {
        format!("{value:.0}")
    } else if value.abs() >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}

/// The value in the middle, or zero of nothing.
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// The value below which this part of the values lies, or zero of nothing.
pub fn quantile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a part of a length is a place in it"
    )]
    let rank = ((sorted.len() as f64 * part).ceil() as usize).max(1) - 1;
    sorted
        .get(rank.min(sorted.len().saturating_sub(1)))
        .copied()
        .unwrap_or(0.0)
}

/// Everything one run measured.
pub struct Report {
    pub machine: Machine,
    pub seed: u64,
    pub is_quick: bool,
    /// The calibration loop before and after, in nanoseconds a step.
    pub calibration: Vec<f64>,
    pub rows: Vec<Row>,
    pub seconds: u64,
}

const HEADINGS: [&str; 7] = [
    "work",
    "value",
    "p50 / p99",
    "budget",
    "verdict",
    "floor",
    "Asterisk",
];

impl Report {
    pub fn new(seed: u64, is_quick: bool) -> Self {
        Self {
            machine: Machine::look(),
            seed,
            is_quick,
            calibration: Vec::new(),
            rows: Vec::new(),
            seconds: 0,
        }
    }

    pub fn to_json(&self) -> Result<String> {
        let json = serde_json::json!({
            "machine": self.machine,
            "profile": PROFILE,
            "seed": self.seed,
            "quick": self.is_quick,
            "seconds": self.seconds,
            "calibration_ns": self.calibration,
            "rows": self.rows,
        });
        serde_json::to_string_pretty(&json).context("writing JSON")
    }

    /// The page that is kept in the repository.
    pub fn to_page(&self) -> String {
        let machine = &self.machine;
        let mut page = String::from(INTRODUCTION);
        for (name, value) in [
            ("date", machine.date.clone()),
            ("commit", machine.commit.clone()),
            (
                "machine",
                format!(
                    "{} cores of {}, {} MiB",
                    machine.cores, machine.processor, machine.memory_mib
                ),
            ),
            ("system", machine.system.clone()),
            ("load before", machine.load_before.clone()),
            ("profile", PROFILE.to_owned()),
            ("calibration", self.calibrated()),
            ("took", format!("{} s, seed {}", self.seconds, self.seed)),
        ] {
            let _ = writeln!(page, "| {name} | {value} |");
        }
        let _ = write!(
            page,
            "\n| {} |\n|{}\n",
            HEADINGS.join(" | "),
            "---|".repeat(HEADINGS.len())
        );
        for row in &self.rows {
            let _ = writeln!(page, "| {} |", row.cells().join(" | "));
        }
        page.push_str("\nNotes:\n\n");
        for row in self.rows.iter().filter(|row| !row.note.is_empty()) {
            let _ = writeln!(page, "- {}: {}.", row.work, row.note);
        }
        page
    }

    fn calibrated(&self) -> String {
        let loops: Vec<String> = self.calibration.iter().map(|ns| format!("{ns:.2}")).collect();
        format!("{} ns a step before and after", loops.join(" and "))
    }
}

const PROFILE: &str = "dev (opt-level 1 for the house, 3 for what calls run through, 2 for dependencies), as tests, demo and CI run it";

const INTRODUCTION: &str = "# Bench: values beside budgets\n\n\
    Written by `cargo run -p ucx-bench -- bench --page`. CPU is user and system time of the host's process; generators are\n\
    processes of their own on the same cores. Where a row has rounds, the value is the median of them.\n\n\
    | | |\n|---|---|\n";

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows: Vec<[String; 7]> = self.rows.iter().map(Row::cells).collect();
        let width = |column: usize| {
            let cells = rows.iter().map(|row| row[column].chars().count());
            cells.chain([HEADINGS[column].len()]).max().unwrap_or(0)
        };
        let widths: [usize; 7] = std::array::from_fn(width);
        let line = |f: &mut fmt::Formatter<'_>, cells: &[String; 7]| {
            let padded: Vec<String> = cells
                .iter()
                .zip(widths)
                .map(|(cell, width)| format!("{cell:<width$}"))
                .collect();
            writeln!(f, "{}", padded.join("  ").trim_end())
        };
        line(f, &HEADINGS.map(str::to_owned))?;
        for cells in &rows {
            line(f, cells)?;
        }
        writeln!(
            f,
            "profile {PROFILE}; calibration {}; {} s",
            self.calibrated(),
            self.seconds
        )?;
        for row in self.rows.iter().filter(|row| !row.note.is_empty()) {
            writeln!(f, "note: {}: {}", row.work, row.note)?;
        }
        Ok(())
    }
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (kind, bound) = match self.budget {
            Budget::AtMost(most) => ("at most", Some(most)),
            Budget::AtLeast(least) => ("at least", Some(least)),
            Budget::None => ("none", None),
        };
        let json = serde_json::json!({
            "work": self.work,
            "value": self.value,
            "unit": self.unit,
            "p50": self.p50,
            "p99": self.p99,
            "budget": { "kind": kind, "bound": bound },
            "verdict": self.verdict().word().to_lowercase(),
            "floor": self.floor,
            "asterisk": self.peer,
            "note": self.note,
        });
        json.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_held_against_its_budget() {
        let row = |value, budget| Row::new("a", value, "ms", budget).verdict();
        assert_eq!(row(0.3, Budget::AtMost(0.3)), Verdict::Met);
        assert_eq!(row(0.31, Budget::AtMost(0.3)), Verdict::Missed);
        assert_eq!(row(1999.0, Budget::AtLeast(2000.0)), Verdict::Missed);
        assert_eq!(row(1.0, Budget::None), Verdict::Unjudged);
        assert_eq!(
            Row::absent("a", "1 ms", "not there yet").verdict(),
            Verdict::NotMeasured
        );
    }

    #[test]
    fn quantiles_are_values_that_were_measured() {
        let values = [5.0, 1.0, 4.0, 2.0, 3.0];
        assert_eq!(
            (median(&values), quantile(&values, 0.99), quantile(&values, 0.0)),
            (3.0, 5.0, 1.0)
        );
        assert_eq!(median(&[]), 0.0);
    }

    #[test]
    fn table_page_and_json_say_the_same() {
        let mut report = Report::new(7, true);
        report.rows.push(
            Row::new("a call", 0.254, "ms", Budget::AtMost(0.3))
                .floor(0.1)
                .note("one round"),
        );
        report.rows.push(Row::absent("a ping", "32 µs", "not there yet"));

        let (table, page) = (report.to_string(), report.to_page());
        let json: serde_json::Value = serde_json::from_str(&report.to_json().unwrap()).unwrap();

        for text in [&table, &page] {
            assert!(
                text.contains("0.25 ms") && text.contains("met") && text.contains("one round"),
                "{text}"
            );
        }
        assert_eq!(json["rows"][0]["verdict"], "met");
        assert_eq!(json["rows"][0]["budget"]["bound"], 0.3);
        assert_eq!(json["rows"][1]["value"], serde_json::Value::Null);
    }
}
