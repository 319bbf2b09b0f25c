//! The Manager's part of the page: actions with the texts of their errors, and events.

use super::super::credit::Row;
use super::{Count, Ground, Page, Standing, standing_of_event};
use std::collections::BTreeMap;
use ucx_facts::{Action, EventUse, actions, ami_events};

pub fn actions_part(ground: Ground<'_>, page: &mut Page) {
    let (mut done, mut errors) = (Count::default(), Count::default());
    let mut absent: BTreeMap<String, Vec<String>> = BTreeMap::new();
    page.head(
        "Manager: actions",
        &["action", "proved by", "errors", "errors that cannot be provoked"],
    );
    for action in actions() {
        if !ground.built.actions.contains(action.name) {
            done.add(Standing::NotBuilt);
            action.errors.iter().for_each(|_| errors.add(Standing::NotBuilt));
            let why = ground.reasons.of_absent("action", action.name).to_owned();
            let count = action.errors.len();
            absent
                .entry(why)
                .or_default()
                .push(format!("{} ({count})", action.name));
            continue;
        }
        action_line(ground, page, action, (&mut done, &mut errors));
    }
    page.list(
        "Not built (and how many texts of errors their rows have):",
        &absent,
    );
    page.counts.push(("Manager: actions", done));
    page.counts.push(("Manager: errors of actions", errors));
}

fn action_line(
    ground: Ground<'_>,
    page: &mut Page,
    action: &'static Action,
    (done, errors): (&mut Count, &mut Count),
) {
    let by = ground.credit.rows.get(&Row::Action(action.name));
    let why = ground.reasons.of_built("action", action.name, "-");
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
            page.missing("action", action.name, "no success");
            "no case"
        }
    };
    let mut provoked = 0;
    let mut cannot = Vec::new();
    for error in &action.errors {
        let shown = error.trim_end_matches("\\n");
        if ground
            .credit
            .rows
            .contains_key(&Row::ActionError(action.name, error))
        {
            provoked += 1;
            errors.add(Standing::Proved);
        } else if let Some(why) = ground.reasons.of_built("action", action.name, error) {
            errors.add(Standing::Cannot);
            cannot.push(format!("{shown} ({why})"));
        } else {
            errors.add(Standing::NoCase);
            page.missing("action", action.name, &format!("`{shown}`"));
        }
    }
    let part = format!("{provoked}/{}", action.errors.len());
    page.line(&[action.name, by, &part, &cannot.join("; ")]);
}

/// # Errors
/// When a reason says of an event that came that it is not built.
pub fn events_part(ground: Ground<'_>, page: &mut Page) -> Result<(), String> {
    let mut absent: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut cannot: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let (mut by_itself, mut of_lists) = (Count::default(), Count::default());
    page.head("Manager: events", &["event", "seen in"]);
    for event in ami_events() {
        let by = ground.credit.rows.get(&Row::Event(event.name));
        let why = ground.reasons.of("event", event.name, "-");
        let standing = standing_of_event(by, why, event.name)?;
        let count = if event.used == EventUse::Async {
            &mut by_itself
        } else {
            &mut of_lists
        };
        count.add(standing);
        match (by, why) {
            (Some(by), _) => page.line(&[event.name, by]),
            (None, None) => page.missing("event", event.name, "not seen"),
            (None, Some(why)) => {
                let list = if standing == Standing::Cannot {
                    &mut cannot
                } else {
                    &mut absent
                };
                list.entry(why.to_owned())
                    .or_default()
                    .push(event.name.to_owned());
            }
        }
    }
    page.list("Cannot be provoked:", &cannot);
    page.list("Not built:", &absent);
    page.counts.push(("Manager: events", by_itself));
    page.counts.push(("Manager: events of lists", of_lists));
    Ok(())
}
