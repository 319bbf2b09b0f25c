//! Which events and texts are known, and in which other forms than the table's captures show them.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use ucx_facts::{Action, AmiEvent, Item, action, ami_event, parse_layout};

/// Where a form of an event is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Use {
    /// It comes by itself.
    Stream,
    /// It belongs to a list.
    List,
}

/// Forms beside those of the table: event, use, layout, and the capture that shows it.
const FORMS: &[(&str, Use, &str, &str)] = &[
    (
        "FullyBooted",
        Use::Stream,
        "Uptime LastReload Status",
        "the copy right after a login; calls/busy",
    ),
    (
        "DeviceStateChange",
        Use::List,
        "ActionID? Device State",
        "DeviceStateList; blf/custom_states",
    ),
    (
        "ExtensionStatus",
        Use::List,
        "ActionID? Exten Context Hint Status StatusText",
        "ExtensionStateList; blf/custom_states",
    ),
    (
        "PresenceStateChange",
        Use::List,
        "ActionID? Presentity Status Subtype Message",
        "PresenceStateList; blf/custom_states",
    ),
    (
        "ParkedCall",
        Use::List,
        "@CH:Parkee ParkerDialString Parkinglot ParkingSpace ParkingTimeout ParkingDuration ActionID?",
        "ParkedCalls; park/park_retrieve",
    ),
    (
        "AuthDetail",
        Use::List,
        "ActionID? ObjectType ObjectName <options>*",
        "of a registration, which is no endpoint's; registration/outbound",
    ),
    (
        "VarSet",
        Use::Stream,
        "Channel Uniqueid Variable Value",
        "a global variable; actions/a-events",
    ),
    (
        "AorList",
        Use::List,
        "ActionID? ObjectType ObjectName <options>*",
        "Contacts stands among the options; registration/show_lists",
    ),
    (
        "AorDetail",
        Use::List,
        "ActionID? ObjectType ObjectName <options>*",
        "so do the contacts of one; registration/show_lists",
    ),
    (
        "EndpointList",
        Use::List,
        "ActionID? ObjectType ObjectName Transport Aor Auths OutboundAuths DeviceState ActiveChannels",
        "an endpoint without contacts; ami_actions",
    ),
];

/// The layouts an event may have in that use.
pub(crate) fn layouts(event: &AmiEvent, wanted: Use) -> Vec<&'static [Item]> {
    static EXTRA: OnceLock<BTreeMap<(&'static str, Use), Vec<Item>>> = OnceLock::new();
    let extra = EXTRA.get_or_init(|| {
        let read = |(name, used, layout, _): &(&'static str, Use, &str, &str)| {
            (
                (*name, *used),
                parse_layout(layout).expect("the table's layouts are read in a test"),
            )
        };
        FORMS.iter().map(read).collect()
    });
    let of_table = ami_event(event.name).filter(|found| {
        let used = if found.used == ucx_facts::EventUse::Async {
            Use::Stream
        } else {
            Use::List
        };
        used == wanted
    });
    let table = of_table.map(|found| found.layout.as_slice());
    table
        .into_iter()
        .chain(extra.get(&(event.name, wanted)).map(Vec::as_slice))
        .collect()
}

/// Messages any action may be answered with.
const ERRORS: &[&str] = &[
    "Missing action in request",
    "Permission denied",
    "Invalid/unknown command: <X>. Use Action: ListCommands to show available commands.",
    "Asterisk is shutting down",
    "Failed to parse message: line too long",
    "Too many lines in message or allocation failure",
    "Login Already In Use",
    // Our own: the field takes a CR or LF within a line for its end.
    "Failed to parse message: control character in line",
];

/// Whether the table knows that reply. An action the table does not know may say anything.
pub(crate) fn is_known_reply(asked: Option<&'static Action>, is_error: bool, message: &str) -> bool {
    if is_error && ERRORS.iter().any(|text| is_like(text, message)) {
        return true;
    }
    let Some(asked) = asked else {
        return !is_error;
    };
    let texts = if is_error {
        &asked.errors
    } else {
        &asked.ok_messages
    };
    // Some actions that failed answer with success, and a few of each kind say what is not in the table.
    let others = if is_error {
        &asked.ok_messages
    } else {
        &asked.errors
    };
    texts.iter().chain(others).any(|text| is_like(text, message))
        || is_like_named(asked.response_fields, message)
        || MESSAGES
            .iter()
            .any(|(name, text, _)| *name == asked.name && is_like(text, message))
}

/// A few replies whose message stands in the column of other fields.
fn is_like_named(fields: &str, message: &str) -> bool {
    let mut named = fields
        .split(';')
        .filter_map(|field| field.trim().strip_prefix("Message="));
    named.any(|text| is_like(text, message))
}

/// Messages that are missing in the table: action, text, and the capture that shows it.
const MESSAGES: &[(&str, &str, &str)] = &[
    ("Hangup", "Channels hung up will follow", "actions/a-channels"),
    (
        "VoicemailUserStatus",
        "There is no voicemail user of the given info.",
        "voicemail/vm-actions",
    ),
    (
        "VoicemailBoxSummary",
        "There is no voicemail user matching the given user.",
        "voicemail/vm-actions",
    ),
    (
        "ShowDialPlan",
        "Did not find context <context>",
        "reload/dialplan_and_modules",
    ),
    (
        "ShowDialPlan",
        "Did not find extension <exten>",
        "by the same rule as the context",
    ),
    ("Park", "Channel does not exist: <channel>", "actions/a-channels"),
    ("CreateConfig", "File exists", "actions/a-config"),
    (
        "Bridge",
        "Channel1 does not exist: <channel>",
        "actions/a-channels",
    ),
    (
        "Bridge",
        "Channel2 does not exist: <channel>",
        "actions/a-channels",
    ),
];

/// Items that the number at the end of their list leaves out: action, event, and the capture that shows it.
pub(crate) const UNCOUNTED: &[(&str, &str, &str)] = &[(
    "PJSIPShowRegistrationsOutbound",
    "AuthDetail",
    "registration/outbound",
)];

/// Fields of objects that are missing in the table: event, field, and the capture that shows it.
const FIELDS: &[(&str, &str, &str)] = &[(
    "EndpointDetail",
    "FollowRedirectMethods",
    "registration/show_lists",
)];

/// Whether a field of an object is known although its table does not have it.
pub(crate) fn is_known_field(event: &str, field: &str) -> bool {
    FIELDS.iter().any(|row| (row.0, row.1) == (event, field))
}

/// The action of that name.
pub(crate) fn asked(name: &str) -> Option<&'static Action> {
    action(name)
}

/// Whether a message is what the table's text stands for: `<x>`, `%s` and `N` are any text, a final `\n` counts for nothing.
pub(crate) fn is_like(text: &str, message: &str) -> bool {
    let text = text.trim_end_matches("\\n");
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['<', '%']) {
        let end = match &rest[at..] {
            tail if tail.starts_with("%s") || tail.starts_with("%d") => at + 2,
            tail => match tail.find('>') {
                Some(close) if tail.starts_with('<') => at + close + 1,
                _ => break,
            },
        };
        parts.push(&rest[..at]);
        rest = &rest[end..];
    }
    parts.push(rest);
    let Some((first, others)) = parts.split_first() else {
        return false;
    };
    let Some(mut left) = message.strip_prefix(first) else {
        return false;
    };
    let Some((last, middle)) = others.split_last() else {
        return left.is_empty();
    };
    for part in middle {
        let Some(at) = left.find(part) else {
            return false;
        };
        left = &left[at + part.len()..];
    }
    left.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_can_be_read_and_are_of_events_of_the_table() {
        for (name, used, layout, why) in FORMS {
            assert!(parse_layout(layout).is_ok() && !why.is_empty(), "{name}");
            let event = ami_event(name).expect("an event of the table");
            assert!(!layouts(event, *used).is_empty());
        }
    }

    #[test]
    fn texts_stand_for_messages() {
        assert!(is_like(
            "Channel <x> does not exist.",
            "Channel PJSIP/a does not exist."
        ));
        assert!(!is_like("Channel <x> does not exist.", "Channel PJSIP/a exists."));
        assert!(is_like("Park failed\\n", "Park failed"));
        assert!(is_like("No file: %s", "No file: a"));
        assert!(!is_like("Timeout Set", "Timeout set"));
    }
}
