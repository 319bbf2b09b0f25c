//! What has to come before what between different channels and bridges, with the reason. All recorded conversations
//! keep to these, and so do ours.

use crate::ami::Message;

/// A rule of order: an event, an earlier one, and how the two belong together.
pub(crate) struct Rule {
    /// The later event.
    pub then: &'static str,
    /// With this value in this header, if it is not all of them.
    pub only: Option<(&'static str, &'static str)>,
    /// The earlier event.
    pub first: &'static str,
    /// A header of the later one and the header of the earlier one that has the same value.
    pub same: &'static [(&'static str, &'static str)],
    /// Why clients rely on it.
    pub why: &'static str,
}

/// The rules.
pub(crate) const RULES: &[Rule] = &[
    Rule {
        then: "DialBegin",
        only: None,
        first: "Newchannel",
        same: &[("DestUniqueid", "Uniqueid")],
        why: "a client looks the leg up that is dialled",
    },
    Rule {
        then: "DialState",
        only: None,
        first: "DialBegin",
        same: &[("DestUniqueid", "DestUniqueid")],
        why: "a leg rings after it was tried",
    },
    Rule {
        then: "DialEnd",
        only: None,
        first: "DialBegin",
        same: &[("DestUniqueid", "DestUniqueid")],
        why: "a leg is decided after it was tried",
    },
    Rule {
        then: "BridgeEnter",
        only: None,
        first: "BridgeCreate",
        same: &[("BridgeUniqueid", "BridgeUniqueid")],
        why: "a client looks the bridge up that is entered",
    },
    Rule {
        then: "BridgeEnter",
        only: None,
        first: "Newchannel",
        same: &[("Uniqueid", "Uniqueid")],
        why: "a client looks the channel up that enters",
    },
    Rule {
        then: "BridgeLeave",
        only: None,
        first: "BridgeEnter",
        same: &[("BridgeUniqueid", "BridgeUniqueid"), ("Uniqueid", "Uniqueid")],
        why: "who leaves has been there",
    },
    Rule {
        then: "BridgeDestroy",
        only: None,
        first: "BridgeCreate",
        same: &[("BridgeUniqueid", "BridgeUniqueid")],
        why: "what ends has begun",
    },
    Rule {
        then: "LocalBridge",
        only: None,
        first: "Newchannel",
        same: &[("LocalTwoUniqueid", "Uniqueid")],
        why: "both halves are known before they are joined",
    },
    Rule {
        then: "LocalOptimizationEnd",
        only: None,
        first: "LocalOptimizationBegin",
        same: &[("Id", "Id")],
        why: "what ends has begun",
    },
    Rule {
        then: "OriginateResponse",
        only: Some(("Response", "Success")),
        first: "Newchannel",
        same: &[("Uniqueid", "Uniqueid")],
        why: "the channel that answered is known",
    },
    Rule {
        then: "Hangup",
        only: None,
        first: "Newchannel",
        same: &[("Uniqueid", "Uniqueid")],
        why: "what ends has begun",
    },
    Rule {
        then: "DTMFEnd",
        only: None,
        first: "DTMFBegin",
        same: &[
            ("Uniqueid", "Uniqueid"),
            ("Digit", "Digit"),
            ("Direction", "Direction"),
        ],
        why: "a digit ends after it began",
    },
    Rule {
        then: "MusicOnHoldStop",
        only: None,
        first: "MusicOnHoldStart",
        same: &[("Uniqueid", "Uniqueid")],
        why: "music stops after it began",
    },
    Rule {
        then: "AGIExecEnd",
        only: None,
        first: "AGIExecStart",
        same: &[("CommandId", "CommandId")],
        why: "a command ends after it began",
    },
    Rule {
        then: "AsyncAGIExec",
        only: None,
        first: "AsyncAGIStart",
        same: &[("Uniqueid", "Uniqueid")],
        why: "commands run where they are waited for",
    },
];

/// Where events come before what they follow from.
pub(crate) fn broken(events: &[&Message]) -> Vec<String> {
    let mut found = Vec::new();
    for (at, event) in events.iter().enumerate() {
        for rule in RULES.iter().filter(|rule| applies(rule, event)) {
            let is_before = events[..at].iter().any(|first| belongs(rule, event, first));
            // A conversation that begins in the middle of a call does not show its beginning.
            let is_after = events[at + 1..].iter().any(|first| belongs(rule, event, first));
            if !is_before && is_after {
                found.push(format!(
                    "! line {}: {} comes before {}: {}",
                    event.line, rule.then, rule.first, rule.why
                ));
            }
        }
    }
    found
}

fn applies(rule: &Rule, event: &Message) -> bool {
    event.event() == Some(rule.then)
        && rule
            .only
            .is_none_or(|(header, value)| event.header(header) == Some(value))
}

fn belongs(rule: &Rule, event: &Message, first: &Message) -> bool {
    let is_same = |(mine, other): &(&str, &str)| {
        event.header(mine).is_some() && event.header(mine) == first.header(other)
    };
    first.event() == Some(rule.first) && rule.same.iter().all(is_same)
}
