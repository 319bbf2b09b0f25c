//! The Application interface's part of the page: operations, errors and events.

use super::super::credit::Row;
use super::{Count, Ground, Page, Standing, standing_of_event};
use std::collections::BTreeMap;
use std::fmt::Write;
use ucx_facts::{events, operations, problems};

pub fn operations_part(ground: Ground<'_>, page: &mut Page) {
    let mut absent: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut done = Count::default();
    page.head("Application: operations", &["operation", "request", "proved by"]);
    for operation in operations() {
        let name = format!("{}.{}", operation.resource, operation.id);
        if !ground
            .built
            .operations
            .contains(&(operation.resource, operation.id))
        {
            done.add(Standing::NotBuilt);
            let why = ground.reasons.of_absent("operation", &name).to_owned();
            absent.entry(why).or_default().push(name);
            continue;
        }
        let by = ground
            .credit
            .rows
            .get(&Row::Operation(operation.resource, operation.id));
        let why = ground.reasons.of_built("operation", &name, "-");
        let by = match (by, why) {
            (Some(by), _) => {
                done.add(Standing::Proved);
                by.as_str()
            }
            (None, Some(why)) => {
                done.add(Standing::Cannot);
                why
            }
            (None, None) => {
                done.add(Standing::NoCase);
                page.missing("operation", &name, "no success");
                "no case"
            }
        };
        page.line(&[&name, &format!("{} {}", operation.method, operation.path), by]);
    }
    page.list("Not built:", &absent);
    page.counts.push(("Application: operations", done));
}

pub fn problems_part(ground: Ground<'_>, page: &mut Page) {
    let mut done = Count::default();
    let mut cannot: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut absent: BTreeMap<&str, usize> = BTreeMap::new();
    page.head(
        "Application: errors",
        &["resource", "operation", "status", "message", "proved by"],
    );
    for (at, problem) in problems().iter().enumerate() {
        let operation = problem.operation.unwrap_or("(any)");
        let name = format!("{}.{operation}", problem.resource);
        let said = format!("{} {}", problem.status, problem.message);
        if !ground.built.has(problem) {
            done.add(Standing::NotBuilt);
            *absent.entry(problem.resource).or_default() += 1;
        } else if let Some(by) = ground.credit.rows.get(&Row::Problem(at)) {
            done.add(Standing::Proved);
            let status = format!("{} {}", problem.status, problem.phrase);
            page.line(&[problem.resource, operation, &status, problem.message, by]);
        } else if let Some(why) = ground.reasons.of_built("problem", &name, &said) {
            done.add(Standing::Cannot);
            cannot.entry(why).or_default().push(format!("{name}: {said}"));
        } else {
            done.add(Standing::NoCase);
            page.missing("error", &name, &format!("`{said}`"));
        }
    }
    page.say("\nCannot be provoked:\n");
    for (why, rows) in &cannot {
        let _ = write!(page.text, "\n- {why}:\n");
        for row in rows {
            let _ = writeln!(page.text, "  - {row}");
        }
    }
    let absent = absent
        .iter()
        .map(|(resource, count)| format!("{resource} {count}"));
    let absent: Vec<String> = absent.collect();
    page.say(&format!(
        "\nOf operations that are not built, how many by resource: {}.\n",
        absent.join(", ")
    ));
    page.counts.push(("Application: errors", done));
}

/// # Errors
/// When a reason says of an event that came that it is not built.
pub fn events_part(ground: Ground<'_>, page: &mut Page) -> Result<(), String> {
    let mut done = Count::default();
    let mut absent: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut cannot: BTreeMap<String, Vec<String>> = BTreeMap::new();
    page.head("Application: events", &["event", "seen in"]);
    // These two are what all others are made of.
    let names = events().keys().copied();
    for name in names.filter(|name| *name != "Event" && *name != "Message") {
        let by = ground.credit.rows.get(&Row::Told(name));
        let why = ground.reasons.of("told", name, "-");
        let standing = standing_of_event(by, why, name)?;
        done.add(standing);
        match (by, why) {
            (Some(by), _) => page.line(&[name, by]),
            (None, None) => page.missing("event of applications", name, "not seen"),
            (None, Some(why)) => {
                let list = if standing == Standing::Cannot {
                    &mut cannot
                } else {
                    &mut absent
                };
                list.entry(why.to_owned()).or_default().push(name.to_owned());
            }
        }
    }
    page.list("Cannot be provoked:", &cannot);
    page.list("Not built:", &absent);
    page.counts.push(("Application: events", done));
    Ok(())
}
