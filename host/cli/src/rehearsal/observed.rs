//! What became of a call? Read from the host's own events and from what the stage saw.
#![allow(clippy::wildcard_enum_match_arm)] // an observer looks for the kinds it means

use super::stage::Caller;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{ChannelId, ChannelSnapshot, Event, EventKind};

/// What was seen of a call, in the words of an expectation.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    pub decision: Option<String>,
    pub reason: String,
    pub status: Option<String>,
    pub cause: Option<u16>,
    pub goes_on: Option<String>,
    pub ended_by: Option<&'static str>,
    pub is_answered: bool,
    pub dials: Vec<String>,
    pub connected: Vec<String>,
    pub played: Vec<String>,
    pub variables: BTreeMap<String, String>,
}

impl Observed {
    /// Reads what happened to the caller's channel; `own` is the place at which the plugin was asked.
    pub fn read(channel: ChannelId, caller: &Caller, own: (&str, &str), events: &[Arc<Event>]) -> Self {
        let mut seen = Self {
            played: caller.played.clone(),
            is_answered: caller.is_answered,
            goes_on: caller.arrived.as_ref().map(|place| {
                let is_next = (&*place.context, &*place.exten, place.priority) == (own.0, own.1, 2);
                if is_next {
                    "next".to_owned()
                } else {
                    format!("{},{},{}", place.context, place.exten, place.priority)
                }
            }),
            ..Self::default()
        };
        let mut endpoints = BTreeMap::new();
        for event in events {
            if let EventKind::ChannelCreated { channel } = &event.kind {
                endpoints.insert(channel.id, channel.endpoint.clone());
            }
            seen.note(channel, &endpoints, &event.kind);
        }
        if caller.arrived.is_some() {
            // What ended the call there is the rehearsal itself.
            seen.cause = None;
        } else if seen.cause.is_some() {
            seen.ended_by = Some(if caller.hung_up { "caller" } else { "host" });
        }
        seen
    }

    fn note(&mut self, own: ChannelId, endpoints: &BTreeMap<ChannelId, Arc<str>>, kind: &EventKind) {
        let is_own = |channel: &ChannelSnapshot| channel.id == own;
        match kind {
            EventKind::PluginDecided {
                channel,
                decision,
                reason,
                ..
            } if is_own(channel) => {
                self.decision = Some(decision.to_string());
                self.reason = reason.to_string();
            }
            EventKind::PluginFailed {
                channel: Some(channel),
                reason,
                ..
            } if is_own(channel) => {
                self.decision = Some("failed".to_owned());
                self.reason = reason.to_string();
            }
            EventKind::VariableSet {
                channel: Some(channel),
                name,
                value,
            } if is_own(channel) => {
                if &**name == "WASMSTATUS" {
                    self.status = Some(value.to_string());
                }
                self.variables.insert(name.to_string(), value.to_string());
            }
            EventKind::DialStarted {
                caller: Some(caller),
                dial_string,
                ..
            } if is_own(caller) => {
                self.dials.push(dial_string.to_string());
            }
            EventKind::BridgeEntered { bridge, .. } if bridge.members.contains(&own) => {
                let others = bridge.members.iter().filter(|member| **member != own);
                for other in others.filter_map(|member| endpoints.get(member)) {
                    if self.connected.last().map(String::as_str) != Some(&**other) {
                        self.connected.push(other.to_string());
                    }
                }
            }
            EventKind::ChannelEnded { channel } if is_own(channel) => self.cause = Some(channel.cause.0),
            _ => {}
        }
    }
}

/// What the host told of, in words, for the story of a failed scenario.
pub fn told(events: &[Arc<Event>]) -> Vec<(Duration, String)> {
    let words = |kind: &EventKind| match kind {
        EventKind::PluginDecided { decision, reason, .. } if reason.is_empty() => {
            Some(format!("the plugin decides: {decision}"))
        }
        EventKind::PluginDecided { decision, reason, .. } => {
            Some(format!("the plugin decides: {decision} ({reason})"))
        }
        EventKind::PluginFailed { reason, .. } => Some(format!("the plugin fails: {reason}")),
        EventKind::DialStarted { dial_string, .. } => Some(format!("dials {dial_string}")),
        EventKind::BridgeEntered { bridge, .. } if bridge.members.len() == 2 => {
            Some("both are connected".to_owned())
        }
        EventKind::ChannelEnded { channel } => {
            Some(format!("{} ends (cause {})", channel.endpoint, channel.cause.0))
        }
        _ => None,
    };
    events
        .iter()
        .filter_map(|event| Some((event.at, words(&event.kind)?)))
        .collect()
}
