//! The rows nobody can measure yet, so that none is forgotten, and those that others write down.

use super::World;
use crate::report::{Budget, Row};
use anyhow::Result;

const NOT_YET: &str = "not there yet";

/// Work, budget, and what it waits for.
const ROWS: &[(&str, &str, &str)] = &[("router decision, warm", "≤ 8 µs", "warm instances")];

/// What whole runs write down: file, work, the most minutes.
const WRITTEN: &[(&str, &str, f64)] = &[
    ("target/first-call-seconds", "clean clone to first call", 12.0),
    ("target/ci-seconds", "whole .ci/run", 40.0),
];

pub fn measure(_world: &World) -> Result<Vec<Row>> {
    let absent = |(work, budget, waits_for): &(&str, &str, &str)| {
        Row::absent(work, budget, &format!("{NOT_YET}: waits for {waits_for}"))
    };
    let written = |(file, work, most): &(&str, &str, f64)| {
        let seconds = std::fs::read_to_string(file)
            .ok()
            .and_then(|text| text.trim().parse::<f64>().ok());
        match seconds {
            Some(seconds) => {
                Row::new(*work, seconds / 60.0, "min", Budget::AtMost(*most)).note(format!("from {file}"))
            }
            None => Row::absent(
                work,
                &format!("≤ {most} min"),
                &format!("not measured here: there is no {file}"),
            ),
        }
    };
    Ok(ROWS
        .iter()
        .map(absent)
        .chain(WRITTEN.iter().map(written))
        .collect())
}
