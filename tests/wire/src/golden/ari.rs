//! Two conversations of the Application interface.

use super::Difference;
use super::diff::{Told, differences};
use super::mask::{MASK, is_left_out, is_masked_variable};
use super::rename::{Names, is_uuid};
use crate::ari::{Step, read};
use serde_json::Value;
use std::collections::BTreeMap;

/// Fields whose value is masked wherever they stand.
const MASKED: &[&str] = &[
    "timestamp",
    "creationtime",
    "asterisk_id",
    "protocol_id",
    "roundtrip_usec",
    "startup_time",
    "last_reload_time",
    "duration",
    "duration_ms",
    "talking_duration",
    "silence_duration",
    "entity_id",
    "MEDIA_WEBSOCKET_CONNECTION_ID",
    "version",
    "local_ssrc",
    "remote_ssrc",
    "txcount",
    "rxcount",
    "txoctetcount",
    "rxoctetcount",
    "UNICASTRTP_LOCAL_PORT",
];

/// How `ours` differs from the recorded `gold`: events in the order of each subject, replies in their order.
pub fn compare_ari(gold: &[u8], ours: &[u8]) -> Vec<Difference> {
    let (gold, ours) = (subjects(&read(gold)), subjects(&read(ours)));
    let mut names: Vec<&String> = gold.keys().chain(ours.keys()).collect();
    names.sort();
    names.dedup();
    let empty = Vec::new();
    let compared = names.into_iter().map(|subject| {
        let lines = differences(
            gold.get(subject).unwrap_or(&empty),
            ours.get(subject).unwrap_or(&empty),
        );
        (subject, lines)
    });
    compared
        .filter(|(_, lines)| !lines.is_empty())
        .map(|(subject, lines)| Difference {
            subject: subject.clone(),
            text: lines.join("\n"),
        })
        .collect()
}

fn subjects(steps: &[Step]) -> BTreeMap<String, Vec<Told>> {
    let mut names = Names::default();
    for value in steps.iter().filter_map(Step::json) {
        learn(&value, &mut names);
    }
    for step in steps {
        if let Step::Rest { target, .. } = step {
            // An id that is named in a request and never shown.
            let parts = target.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
            let parts = parts.map(|part| part.strip_prefix("3A").filter(|id| is_uuid(id)).unwrap_or(part));
            parts
                .filter(|part| is_uuid(part))
                .for_each(|id| names.other("id", id));
        }
    }
    let mut subjects: BTreeMap<String, Vec<Told>> = BTreeMap::new();
    for step in steps {
        let value = step.json().unwrap_or(Value::Null);
        match step {
            Step::Event { socket, name, .. } => {
                if value["variable"].as_str().is_some_and(is_left_out) {
                    continue;
                }
                let mut told = told(&format!("{socket} {name}"), &value, &names);
                if name == "RESTResponse" {
                    told.mask_beginning();
                }
                let before = subjects.entry(subject_of(&value, &names)).or_default();
                if !is_repeat(name, before, &told) {
                    before.push(told);
                }
            }
            Step::Rest {
                method,
                target,
                status,
                phrase,
                ..
            } => {
                let target = names.renamed_path(target);
                let mut told = told(&format!("{method} {target} {status} {phrase}"), &value, &names);
                if method == "POST" {
                    told.mask_beginning();
                }
                subjects.entry("replies".to_owned()).or_default().push(told);
            }
            Step::Sent { .. } | Step::Other => {}
        }
    }
    subjects
}

/// Whether an event is told again that need not be: an equal variable at once, who else is in the bridge, and what happens
/// to a playback or a recording in a bridge, which the peer tells twice those who know the bridge in two ways.
fn is_repeat(event: &str, before: &[Told], told: &Told) -> bool {
    match event {
        "ChannelVarset" if told.field(".variable") == Some("BRIDGEPEER") => {
            let is_same = |before: &&Told| before.field(".variable") == told.field(".variable");
            let last = before.iter().rfind(is_same);
            last.is_some_and(|last| last.field(".value") == told.field(".value"))
        }
        "ChannelVarset" | "PlaybackStarted" | "PlaybackFinished" | "RecordingStarted"
        | "RecordingFinished" => before.last() == Some(told),
        _ => false,
    }
}

impl Told {
    /// Whether a playback or a recording has begun when the request for it is answered is a matter of moments.
    fn mask_beginning(&mut self) {
        for (name, value) in &mut self.fields {
            if [".state", ".message_body.state"].contains(&name.as_str())
                && ["queued", "playing", "recording"].contains(&value.as_str())
            {
                MASK.clone_into(value);
            }
        }
    }
}

/// Finds the ids of channels, bridges, playbacks.
fn learn(value: &Value, names: &mut Names) {
    match value {
        Value::Object(fields) => {
            let text = |name: &str| fields.get(name).and_then(Value::as_str);
            if let (Some(id), Some(name), Some(_)) = (text("id"), text("name"), fields.get("dialplan")) {
                names.channel(name, id);
            }
            if let (Some(id), Some(_)) = (text("id"), fields.get("bridge_class")) {
                names.other("bridge", id);
            }
            if let (Some(id), Some(_)) = (text("id"), fields.get("media_uri")) {
                names.other("playback", id);
            }
            fields.values().for_each(|value| learn(value, names));
        }
        Value::Array(values) => values.iter().for_each(|value| learn(value, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whose order an event belongs to.
fn subject_of(event: &Value, names: &Names) -> String {
    const CARRIERS: [(&str, &str); 6] = [
        ("playback", "id"),
        ("recording", "name"),
        ("bridge", "id"),
        ("channel", "id"),
        ("peer", "id"),
        ("device_state", "name"),
    ];
    for (carrier, id) in CARRIERS {
        if let Some(id) = event[carrier][id].as_str() {
            return format!("{carrier} {}", names.renamed(id));
        }
    }
    "other events".to_owned()
}

fn told(name: &str, value: &Value, names: &Names) -> Told {
    let mut fields = Vec::new();
    flatten("", value, value["variable"].as_str(), names, &mut fields);
    // Objects have no order that clients could rely on.
    fields.sort();
    Told {
        name: name.to_owned(),
        fields,
    }
}

fn flatten(
    at: &str,
    value: &Value,
    variable: Option<&str>,
    names: &Names,
    fields: &mut Vec<(String, String)>,
) {
    match value {
        Value::Object(inner) => {
            for (name, value) in inner {
                let is_masked = MASKED.contains(&name.as_str())
                    || (name == "value" && variable.is_some_and(is_masked_variable));
                if is_masked {
                    fields.push((format!("{at}.{name}"), MASK.to_owned()));
                } else if let Some(inner) = said_inside(name, value) {
                    flatten(&format!("{at}.{name}"), &inner, variable, names, fields);
                } else {
                    flatten(&format!("{at}.{name}"), value, variable, names, fields);
                }
            }
        }
        Value::Array(values) => {
            fields.push((format!("{at}[]"), values.len().to_string()));
            let flat = |value: &Value| {
                let mut fields = Vec::new();
                flatten("", value, variable, names, &mut fields);
                fields.sort();
                fields
            };
            let mut values: Vec<_> = values.iter().map(flat).collect();
            // Lists of what there is, and of who is in a bridge, have no order.
            if at.is_empty() || at.ends_with(".channels") {
                values.sort();
            }
            for (number, inner) in values.into_iter().enumerate() {
                fields.extend(
                    inner
                        .into_iter()
                        .map(|(name, value)| (format!("{at}[{number}]{name}"), value)),
                );
            }
        }
        // How two legs without anything between them pass their media on is no matter of the call.
        Value::String(text) if text == "native_rtp" => {
            fields.push((at.to_owned(), "simple_bridge".to_owned()))
        }
        Value::String(text) => fields.push((at.to_owned(), names.renamed(text))),
        Value::Null | Value::Bool(_) | Value::Number(_) => fields.push((at.to_owned(), value.to_string())),
    }
}

/// The body of a reply by WebSocket, which is JSON inside a text.
fn said_inside(name: &str, value: &Value) -> Option<Value> {
    let text = value.as_str().filter(|_| name == "message_body")?;
    serde_json::from_str(text).ok()
}

impl Names {
    /// A path whose parts are renamed.
    fn renamed_path(&self, path: &str) -> String {
        const ENDS: [char; 6] = ['/', '?', '=', '&', ',', ':'];
        let path = path.replace("%3A", ":").replace("%2F", "/");
        let parts = path.split_inclusive(ENDS).map(|part| {
            let end = part.trim_end_matches(ENDS).len();
            format!("{}{}", self.renamed(&part[..end]), &part[end..])
        });
        parts.collect()
    }
}
