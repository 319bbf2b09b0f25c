//! From events of the host's stream to messages, by comparing the snapshots of a pair.

// Each function below takes its own family out of the whole; what is not told has no arm.
#![allow(clippy::wildcard_enum_match_arm)]

use super::Message;
use super::surroundings::Surroundings;
use crate::applications::{Kind, Source};
use serde_json::{Map, Value};
use std::sync::Arc;
use ucx_call::{BridgeSnapshot, Cause, ChannelSnapshot, DigitSide, EventKind, Technology};

/// A message and what it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// It.
    pub message: Message,
    /// Who listens to one of these gets it.
    pub sources: Vec<Source>,
}

/// What applications may be told of an event, in order. None for what they are never told.
pub fn derive(kind: &EventKind, surroundings: &Surroundings) -> Vec<Told> {
    match kind {
        EventKind::ChannelCreated { channel } => {
            let created = of_channel(
                channel,
                Message::ChannelCreated {
                    channel: channel.clone(),
                },
            );
            endpoint_change(channel, surroundings).chain([created]).collect()
        }
        EventKind::ChannelEnded { channel } => {
            let ended = of_channel(
                channel,
                Message::ChannelDestroyed {
                    channel: channel.clone(),
                },
            );
            [ended]
                .into_iter()
                .chain(endpoint_change(channel, surroundings))
                .collect()
        }
        EventKind::ChannelChanged { old, new } => changes(old, new),
        EventKind::HangupRequested { channel, cause, soft } => {
            // The far end of SIP gives no cause where it says BYE (capture `ari/errors`).
            let is_told = *cause != Cause::NONE || *soft || channel.technology != Technology::Pjsip;
            let message = Message::ChannelHangupRequest {
                channel: channel.clone(),
                cause: is_told.then_some(*cause),
                soft: *soft,
            };
            vec![of_channel(channel, message)]
        }
        EventKind::VariableSet { channel, name, value } => {
            let message = Message::ChannelVarset {
                channel: channel.clone(),
                name: name.clone(),
                value: value.clone(),
            };
            vec![of_maybe_channel(channel.as_ref(), message)]
        }
        // What is about no channel is told to Manager clients only.
        EventKind::User { channel: None, .. } => Vec::new(),
        EventKind::User {
            channel: Some(channel),
            name,
            fields,
        } => vec![of_channel(channel, user_event(Some(channel), name, fields))],
        other => heard(other)
            .or_else(|| dials(other, surroundings))
            .or_else(|| bridges(other))
            .or_else(|| devices(other, surroundings))
            .into_iter()
            .collect(),
    }
}

/// What changed about a channel: state, step of the dialplan, caller, connected line.
fn changes(old: &Arc<ChannelSnapshot>, new: &Arc<ChannelSnapshot>) -> Vec<Told> {
    let has_step = |channel: &ChannelSnapshot| {
        let step = channel.step.as_ref();
        step.is_some_and(|step| !step.application.is_empty())
    };
    // Another application at the same place is not told.
    let is_new_step = has_step(new) && (!has_step(old) || old.place != new.place);
    let channel = || new.clone();
    let candidates = [
        (old.state != new.state).then(|| Message::ChannelStateChange { channel: channel() }),
        is_new_step.then(|| Message::ChannelDialplan { channel: channel() }),
        (old.caller != new.caller).then(|| Message::ChannelCallerId { channel: channel() }),
        (old.connected != new.connected).then(|| Message::ChannelConnectedLine { channel: channel() }),
    ];
    let messages = candidates.into_iter().flatten();
    messages.map(|message| of_channel(new, message)).collect()
}

/// What the far end of a channel did: digits, hold.
fn heard(kind: &EventKind) -> Option<Told> {
    let (channel, message) = match kind {
        EventKind::DigitEnded {
            channel,
            digit,
            side: DigitSide::Received,
            length,
        } => {
            let message = Message::ChannelDtmfReceived {
                channel: channel.clone(),
                digit: *digit,
                length: *length,
            };
            (channel, message)
        }
        EventKind::Held { channel, music } => {
            let message = Message::ChannelHold {
                channel: channel.clone(),
                music: music.clone(),
            };
            (channel, message)
        }
        EventKind::Unheld { channel } => {
            let message = Message::ChannelUnhold {
                channel: channel.clone(),
            };
            (channel, message)
        }
        _ => return None,
    };
    Some(of_channel(channel, message))
}

fn dials(kind: &EventKind, surroundings: &Surroundings) -> Option<Told> {
    let (caller, peer, status, forward, dial_string) = match kind {
        EventKind::DialStarted {
            caller,
            peer,
            dial_string,
        } => (caller, peer, "", None, Some(dial_string)),
        EventKind::DialProgressed { caller, peer, status } => (caller, peer, *status, None, None),
        EventKind::DialEnded {
            caller,
            peer,
            status,
            forward,
        } => (caller, peer, status.as_str(), forward.as_ref(), None),
        _ => return None,
    };
    let dial_string = dial_string.or_else(|| surroundings.dialled(&peer.uniqueid));
    let message = Message::Dial {
        caller: caller.clone(),
        peer: peer.clone(),
        status,
        forward: forward.cloned(),
        dial_string: dial_string.cloned(),
    };
    let subject = caller.as_ref().unwrap_or(peer);
    Some(Told {
        message,
        sources: vec![
            Source::Channel(subject.uniqueid.clone()),
            Source::Every(Kind::Channel),
        ],
    })
}

fn bridges(kind: &EventKind) -> Option<Told> {
    let (bridge, message) = match kind {
        EventKind::BridgeCreated { bridge } => {
            let message = Message::BridgeCreated {
                bridge: bridge.clone(),
            };
            (bridge, message)
        }
        EventKind::BridgeDestroyed { bridge } => {
            let message = Message::BridgeDestroyed {
                bridge: bridge.clone(),
            };
            (bridge, message)
        }
        EventKind::BridgeEntered { bridge, channel, .. } => {
            let (bridge_too, channel) = (bridge.clone(), channel.clone());
            let message = Message::ChannelEnteredBridge {
                bridge: bridge_too,
                channel,
            };
            (bridge, message)
        }
        EventKind::BridgeLeft { bridge, channel } => {
            let (bridge_too, channel) = (bridge.clone(), channel.clone());
            let message = Message::ChannelLeftBridge {
                bridge: bridge_too,
                channel,
            };
            (bridge, message)
        }
        EventKind::VideoSourceChanged { bridge, previous } => {
            let message = Message::BridgeVideoSourceChanged {
                bridge: bridge.clone(),
                previous: previous.clone(),
            };
            (bridge, message)
        }
        _ => return None,
    };
    Some(Told {
        message,
        sources: sources_of_bridge(bridge),
    })
}

fn devices(kind: &EventKind, surroundings: &Surroundings) -> Option<Told> {
    match kind {
        EventKind::DeviceStateChanged { device, state } => Some(Told {
            message: Message::DeviceStateChanged {
                device: device.clone(),
                state: *state,
            },
            sources: vec![Source::Device(device.clone()), Source::Every(Kind::Device)],
        }),
        EventKind::EndpointStatus {
            endpoint,
            is_reachable,
            ..
        } => Some(Told {
            message: Message::PeerStatusChange {
                endpoint: surroundings.endpoint(endpoint),
                status: if *is_reachable { "Reachable" } else { "Unreachable" },
            },
            sources: sources_of_endpoint(endpoint),
        }),
        EventKind::ContactStatus {
            endpoint,
            aor,
            contact,
            status,
            round_trip,
        } => Some(Told {
            message: Message::ContactStatusChange {
                endpoint: surroundings.endpoint(endpoint),
                uri: contact.clone(),
                aor: aor.clone(),
                status,
                round_trip: *round_trip,
            },
            sources: sources_of_endpoint(endpoint),
        }),
        _ => None,
    }
}

/// The list of an endpoint's channels changed; only who listens to that endpoint is told (capture `ari/subscriptions`).
fn endpoint_change(
    channel: &ChannelSnapshot,
    surroundings: &Surroundings,
) -> impl Iterator<Item = Told> + use<> {
    let told = (channel.technology == Technology::Pjsip).then(|| Told {
        message: Message::EndpointStateChange {
            endpoint: surroundings.endpoint(&channel.endpoint),
        },
        sources: vec![endpoint_source(channel.technology, &channel.endpoint)],
    });
    told.into_iter()
}

fn user_event(
    channel: Option<&Arc<ChannelSnapshot>>,
    name: &Arc<str>,
    fields: &[(Arc<str>, Arc<str>)],
) -> Message {
    let mut userevent = Map::new();
    userevent.insert("eventname".to_owned(), Value::from(&**name));
    for (key, value) in fields {
        userevent.insert(key.to_string(), Value::from(&**value));
    }
    Message::ChannelUserevent {
        name: name.to_string(),
        userevent,
        channel: channel.cloned(),
        bridge: None,
        endpoint: None,
    }
}

fn of_channel(channel: &ChannelSnapshot, message: Message) -> Told {
    Told {
        message,
        sources: sources_of_channel(channel),
    }
}

fn of_maybe_channel(channel: Option<&Arc<ChannelSnapshot>>, message: Message) -> Told {
    Told {
        message,
        sources: match channel {
            Some(channel) => sources_of_channel(channel),
            None => vec![Source::Every(Kind::Channel)],
        },
    }
}

/// Who listens to a channel: by its id, by all channels, or by its endpoint.
pub fn sources_of_channel(channel: &ChannelSnapshot) -> Vec<Source> {
    vec![
        Source::Channel(channel.uniqueid.clone()),
        Source::Every(Kind::Channel),
        endpoint_source(channel.technology, &channel.endpoint),
    ]
}

/// Who listens to a bridge.
pub fn sources_of_bridge(bridge: &BridgeSnapshot) -> Vec<Source> {
    vec![
        Source::Bridge(bridge.uniqueid.clone()),
        Source::Every(Kind::Bridge),
    ]
}

/// Who listens to an endpoint of SIP: by its name, by the technology, or by all endpoints.
pub fn sources_of_endpoint(endpoint: &str) -> Vec<Source> {
    vec![
        endpoint_source(Technology::Pjsip, endpoint),
        Source::Endpoint(Arc::from(Technology::Pjsip.as_str())),
        Source::Every(Kind::Endpoint),
    ]
}

fn endpoint_source(technology: Technology, endpoint: &str) -> Source {
    let mut name = String::with_capacity(technology.as_str().len() + 1 + endpoint.len());
    name.push_str(technology.as_str());
    name.push('/');
    name.push_str(endpoint);
    Source::Endpoint(name.into())
}
