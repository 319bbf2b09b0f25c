//! The Manager interface: actions, events and the objects of SIP.

use crate::layout::{Item, parse_layout};
use crate::table::{Row, rows};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// An action.
#[derive(Debug)]
pub struct Action {
    /// Its name.
    pub name: &'static str,
    /// Headers without which it is refused, with remarks.
    pub required: &'static str,
    /// Headers it understands besides, with remarks.
    pub optional: &'static str,
    /// How it answers: `simple`, `list`, `raw` …
    pub style: &'static str,
    /// The classes of which a client needs one, in the order they are shown; empty if it needs none.
    pub classes: Vec<&'static str>,
    /// The part of the field that has it.
    pub module: &'static str,
    /// `Message` of a reply that is no error; several are alternatives.
    pub ok_messages: Vec<&'static str>,
    /// The events its list is made of.
    pub items: Vec<&'static str>,
    /// The event that ends its list.
    pub complete: Option<&'static str>,
    /// What else the reply says.
    pub response_fields: &'static str,
    /// Messages of errors.
    pub errors: Vec<&'static str>,
    /// Whether it is no more in the version we present ourselves as.
    pub is_legacy: bool,
    /// What it does, in our words.
    pub description: &'static str,
}

/// Where an event is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventUse {
    /// It comes by itself.
    Async,
    /// It is an item of a list.
    Item,
    /// It ends a list.
    Complete,
}

/// An event.
#[derive(Debug)]
pub struct AmiEvent {
    /// Its name.
    pub name: &'static str,
    /// Where it is used.
    pub used: EventUse,
    /// The classes it has, as they are shown.
    pub classes: Vec<&'static str>,
    /// Its headers after `Event` and `Privilege`.
    pub layout: Vec<Item>,
    /// What makes it come.
    pub trigger: &'static str,
}

/// All actions.
pub fn actions() -> &'static [Action] {
    static ACTIONS: OnceLock<Vec<Action>> = OnceLock::new();
    ACTIONS.get_or_init(|| {
        const COLUMNS: [&str; 13] = [
            "action",
            "required",
            "optional",
            "style",
            "privileges",
            "module",
            "ok_message",
            "list_items",
            "list_complete",
            "response_fields",
            "error_messages",
            "since",
            "description",
        ];
        let text = include_str!("../data/ami-actions.tsv");
        rows("ami-actions.tsv", text, &COLUMNS)
            .iter()
            .map(read_action)
            .collect()
    })
}

fn read_action(row: &Row) -> Action {
    let classes = row.list(4, ",");
    Action {
        name: row.column(0),
        required: row.column(1),
        optional: row.column(2),
        style: row.column(3),
        classes: if classes == ["none"] { Vec::new() } else { classes },
        module: row.column(5),
        ok_messages: row.list(6, " | "),
        items: row
            .list(7, " ")
            .into_iter()
            .map(|name| name.trim_end_matches(','))
            .collect(),
        complete: Some(row.column(8)).filter(|name| !name.is_empty()),
        response_fields: row.column(9),
        errors: row.list(10, " | "),
        is_legacy: row.column(11).starts_with("removed") || row.column(12) == "legacy",
        description: row.column(12),
    }
}

/// The action of that name, in any case.
pub fn action(name: &str) -> Option<&'static Action> {
    actions()
        .iter()
        .find(|action| action.name.eq_ignore_ascii_case(name))
}

/// All events; one that both comes by itself and is an item of a list has a row of the first kind.
pub fn ami_events() -> &'static [AmiEvent] {
    static EVENTS: OnceLock<Vec<AmiEvent>> = OnceLock::new();
    EVENTS.get_or_init(|| {
        const COLUMNS: [&str; 6] = [
            "event",
            "kind",
            "privilege",
            "fields_in_order",
            "fields_expanded",
            "trigger",
        ];
        let text = include_str!("../data/ami-events.tsv");
        rows("ami-events.tsv", text, &COLUMNS)
            .iter()
            .map(read_event)
            .collect()
    })
}

fn read_event(row: &Row) -> AmiEvent {
    AmiEvent {
        name: row.column(0),
        used: match row.column(1) {
            "async" => EventUse::Async,
            "list-item" => EventUse::Item,
            "list-complete" => EventUse::Complete,
            other => row.fail(&format!("no kind of event: {other}")),
        },
        classes: row.list(2, ","),
        layout: parse_layout(row.column(3)).unwrap_or_else(|fault| row.fail(&fault)),
        trigger: row.column(5),
    }
}

/// The event of that name.
pub fn ami_event(name: &str) -> Option<&'static AmiEvent> {
    static BY_NAME: OnceLock<BTreeMap<&'static str, &'static AmiEvent>> = OnceLock::new();
    let by_name = BY_NAME.get_or_init(|| ami_events().iter().map(|event| (event.name, event)).collect());
    by_name.get(name).copied()
}

/// The names of headers that an event of objects may have, in no order; none if its headers have one.
pub fn unordered_fields(event: &str) -> Option<&'static [&'static str]> {
    static FIELDS: OnceLock<BTreeMap<&'static str, Vec<&'static str>>> = OnceLock::new();
    let fields = FIELDS.get_or_init(|| {
        let text = include_str!("../data/ami-pjsip-objects.tsv");
        let rows = rows("ami-pjsip-objects.tsv", text, &["event", "fields"]);
        rows.iter().map(|row| (row.column(0), row.list(1, " "))).collect()
    });
    fields.get(event).map(Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const LABELS: &[&str] = &[
        "system",
        "call",
        "log",
        "verbose",
        "command",
        "agent",
        "user",
        "config",
        "dtmf",
        "reporting",
        "cdr",
        "dialplan",
        "originate",
        "agi",
        "cc",
        "aoc",
        "test",
        "security",
        "message",
    ];

    #[test]
    fn every_action_is_read() {
        assert_eq!(actions().len(), 165);
        assert_eq!(actions().iter().filter(|action| action.is_legacy).count(), 11);
        for action in actions() {
            assert!(
                action.classes.iter().all(|class| LABELS.contains(class)),
                "{action:?}"
            );
            assert!(
                action.complete.is_none() || !action.items.is_empty(),
                "{}",
                action.name
            );
        }
        assert_eq!(action("ping").map(|ping| ping.name), Some("Ping"));
        assert!(action("nonsense").is_none());
    }

    #[test]
    fn every_event_is_read_and_stands_once() {
        assert_eq!(ami_events().len(), 246);
        let count = |used| ami_events().iter().filter(|event| event.used == used).count();
        assert_eq!(
            [EventUse::Async, EventUse::Item, EventUse::Complete].map(count),
            [154, 47, 45]
        );
        let names: BTreeSet<_> = ami_events().iter().map(|event| event.name).collect();
        assert_eq!(names.len(), 246);
        for event in ami_events() {
            assert!(
                event.classes.iter().all(|class| LABELS.contains(class)),
                "{event:?}"
            );
            assert_eq!(
                event.used == EventUse::Async,
                !event.classes.is_empty() && event.name != "Status"
            );
        }
    }

    #[test]
    fn lists_of_actions_are_events_of_the_table() {
        for action in actions().iter().filter(|action| !action.is_legacy) {
            for name in action.complete.iter() {
                assert!(ami_event(name).is_some(), "{}: {name}", action.name);
            }
        }
    }

    #[test]
    fn objects_have_names_without_order() {
        let fields = unordered_fields("AorDetail").expect("it is in the table");
        assert!(fields.contains(&"MaxContacts"));
        assert!(unordered_fields("Newchannel").is_none());
        for event in ["AuthList", "ContactList", "EndpointDetail", "TransportDetail"] {
            assert!(
                unordered_fields(event).is_some_and(|fields| fields.len() > 9),
                "{event}"
            );
        }
    }
}
