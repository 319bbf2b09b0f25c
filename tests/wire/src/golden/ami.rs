//! Two conversations of the Manager interface.

use super::Difference;
use super::causal;
use super::diff::{Told, differences};
use super::mask::{MASK, is_left_out, is_masked, is_often_left_out, masked};
use super::rename::Names;
use crate::ami::{Entry, Message, read};
use std::collections::BTreeMap;

/// Events that are not compared, with the reason.
const LEFT_OUT: &[(&str, &str)] = &[
    ("Cdr", "records of calls are a matter of their own"),
    ("CEL", "records of calls are a matter of their own"),
    ("RTCPSent", "statistics of media"),
    ("RTCPReceived", "statistics of media"),
];

/// How `ours` differs from the recorded `gold`.
pub fn compare_ami(gold: &[u8], ours: &[u8]) -> Vec<Difference> {
    let (gold, ours) = (Talk::read(gold), Talk::read(ours));
    let mut found = Vec::new();
    let with_times = gold.tells_times();
    let (in_gold, in_ours) = (gold.subjects(with_times), ours.subjects(with_times));
    let mut subjects: Vec<&String> = in_gold.keys().chain(in_ours.keys()).collect();
    subjects.sort();
    subjects.dedup();
    for subject in subjects {
        let empty = Vec::new();
        let (a, b) = (
            in_gold.get(subject).unwrap_or(&empty),
            in_ours.get(subject).unwrap_or(&empty),
        );
        let lines = differences(a, b);
        if !lines.is_empty() {
            found.push(Difference {
                subject: subject.clone(),
                text: lines.join("\n"),
            });
        }
    }
    let broken = causal::broken(&ours.stream());
    if !broken.is_empty() {
        found.push(Difference {
            subject: "causal order".to_owned(),
            text: broken.join("\n"),
        });
    }
    found
}

/// A conversation with the new names of its ids.
pub(super) struct Talk {
    messages: Vec<Message>,
    names: Names,
}

impl Talk {
    pub(super) fn read(bytes: &[u8]) -> Self {
        let (entries, _) = read(bytes);
        let messages: Vec<Message> = entries
            .into_iter()
            .filter_map(|entry| match entry {
                Entry::Message(message) => Some(message),
                Entry::Connection | Entry::Banner(..) | Entry::Request(_) => None,
            })
            .collect();
        let names = learn(&messages);
        Self { messages, names }
    }

    /// The events that came by themselves.
    pub(super) fn stream(&self) -> Vec<&Message> {
        let events = self.messages.iter().filter(|message| message.event().is_some());
        events
            .filter(|message| message.header("Privilege").is_some_and(|p| p != "Call"))
            .collect()
    }

    /// Whether variables that are often left out were recorded.
    fn tells_times(&self) -> bool {
        let mut variables = self
            .messages
            .iter()
            .filter_map(|message| message.header("Variable"));
        variables.any(is_often_left_out)
    }

    /// The messages of each subject in their order, with or without the variables that are often left out.
    fn subjects(&self, with_times: bool) -> BTreeMap<String, Vec<Told>> {
        let mut subjects: BTreeMap<String, Vec<Told>> = BTreeMap::new();
        for message in &self.messages {
            let event = message.event().unwrap_or("");
            // The login of the client that listens has a session and a port of its own.
            let is_own_login = event == "SuccessfulAuth" && message.header("Service") == Some("AMI");
            let is_greeting =
                event == "FullyBooted" && message.headers.last().is_some_and(|(name, _)| name == "Status");
            let is_passed_over =
                |variable: &str| is_left_out(variable) || (!with_times && is_often_left_out(variable));
            let is_of_media = event == "VarSet" && message.header("Variable").is_some_and(is_passed_over);
            if is_own_login || is_greeting || is_of_media || LEFT_OUT.iter().any(|(name, _)| *name == event) {
                continue;
            }
            for subject in self.subjects_of(message) {
                let told = self.told(message);
                let before = subjects.entry(subject).or_default();
                if !is_repeat(event, before, &told) {
                    before.push(told);
                }
            }
        }
        for (subject, told) in &mut subjects {
            // Lists have no order of their own, but begin and end as they are.
            if subject.starts_with("reply") && told.len() > 2 {
                let end = told.len() - 1;
                told[1..end].sort_by_key(|told| format!("{told:?}"));
            }
        }
        subjects
    }

    /// Whose order a message belongs to.
    fn subjects_of(&self, message: &Message) -> Vec<String> {
        let of_reply = || {
            let id = message.header("ActionID").unwrap_or("without an id");
            vec![format!("reply to {id}")]
        };
        let Some(event) = message.event() else {
            return of_reply();
        };
        if message
            .header("Privilege")
            .is_none_or(|privilege| privilege == "Call")
        {
            return of_reply();
        }
        let named = |header: &str| message.header(header).map(|id| self.names.renamed(id));
        // Who asked for a call is told of its end by itself, while the channel goes on.
        if event == "OriginateResponse" {
            return vec![format!("events {event}")];
        }
        let mut subjects = Vec::new();
        // A call of the host's own is watched from another side than its channel.
        // Legs of one dial ring when they do.
        if event == "DialState" || (event.starts_with("Dial") && message.header("Uniqueid").is_none()) {
            let leg = message.header("DestUniqueid").unwrap_or("");
            return vec![format!("dial of {}", self.names.renamed(leg))];
        }
        if event.starts_with("Bridge") {
            subjects.extend(named("BridgeUniqueid"));
        }
        let channel = ["Uniqueid", "DestUniqueid", "LocalOneUniqueid", "ParkeeUniqueid"];
        subjects.extend(channel.into_iter().find_map(named));
        if let Some(device) = message.header("Device") {
            subjects.push(format!("device {device}"));
        }
        if let (true, Some(exten)) = (event == "ExtensionStatus", message.header("Exten")) {
            subjects.push(format!("hint {exten}"));
        }
        if subjects.is_empty() {
            subjects.push(format!("events {event}"));
        }
        subjects
    }

    fn told(&self, message: &Message) -> Told {
        let event = message.event().unwrap_or("reply");
        let variable = message.header("Variable");
        let fields = message.headers.iter().map(|(name, value)| {
            let value = if is_masked(event, name, variable) {
                MASK.to_owned()
            } else {
                masked(name, &self.names.renamed(value))
            };
            (name.clone(), value)
        });
        let detail = [
            "Variable",
            "DialStatus",
            "Application",
            "Device",
            "Digit",
            "Message",
            "Command",
        ];
        let detail = detail
            .iter()
            .find_map(|name| Some(masked(name, message.header(name)?)))
            .unwrap_or_default();
        Told {
            name: format!("{event} {}", self.names.renamed(&detail))
                .trim_end()
                .to_owned(),
            fields: fields.collect(),
        }
    }
}

/// Whether something is told again that need not be: an equal variable or state of a device at once, and the name of who else
/// is in the bridge, which the peer sets anew whenever the bridge works in another way.
fn is_repeat(event: &str, before: &[Told], told: &Told) -> bool {
    if told.name == "VarSet BRIDGEPEER" {
        let last = before.iter().rfind(|before| before.name == told.name);
        return last.is_some_and(|last| last.field("Value") == told.field("Value"));
    }
    matches!(event, "VarSet" | "DeviceStateChange") && before.last() == Some(told)
}

/// Finds the ids of a conversation: channels by their first block, then bridges by who came first.
fn learn(messages: &[Message]) -> Names {
    let mut names = Names::default();
    for message in messages {
        for (at, (name, value)) in message.headers.iter().enumerate() {
            let Some(prefix) = name.strip_suffix("ChannelState") else {
                continue;
            };
            let channel = at.checked_sub(1).map(|before| &message.headers[before]);
            if let Some((header, channel)) = channel
                && header.strip_suffix("Channel") == Some(prefix)
            {
                let uniqueid = message.header(&format!("{prefix}Uniqueid")).unwrap_or_default();
                names.channel(channel, uniqueid);
            }
            let _ = value;
        }
    }
    for message in messages {
        if message.event() == Some("BridgeEnter")
            && let Some(bridge) = message.header("BridgeUniqueid")
        {
            names.bridge(bridge, message.header("Channel"));
        }
    }
    for message in messages {
        if let Some(bridge) = message.header("BridgeUniqueid") {
            names.bridge(bridge, None);
        }
    }
    names
}
