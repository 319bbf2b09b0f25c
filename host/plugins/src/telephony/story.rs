//! One event of the stream as the catalogue of event kinds has it.
#![allow(clippy::wildcard_enum_match_arm)] // kinds that the catalogue does not have are told to nobody

use super::question::text_attr;
use crate::values::{Attr, Event, Value};
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{ChannelSnapshot, ChannelState, DigitSide, EventKind, PrincipalKind};

/// An attribute holding a whole number.
pub(crate) fn int_attr(name: &str, number: u64) -> Attr {
    Attr {
        name: name.to_owned(),
        value: Value::Int(i64::try_from(number).unwrap_or(i64::MAX)),
    }
}

/// A length of time in milliseconds, as the catalogue counts.
pub(super) fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// An event of that kind about a channel.
pub(super) fn about(kind: &str, at_ms: u64, channel: &ChannelSnapshot, attrs: Vec<Attr>) -> Event {
    Event {
        call: Some(channel.linkedid.to_string()),
        channel: Some(channel.uniqueid.to_string()),
        attrs,
        ..Event::new(kind, at_ms)
    }
}

/// The word of a channel's state.
fn state_word(state: ChannelState) -> &'static str {
    match state {
        ChannelState::Down => "down",
        ChannelState::Dialing => "dialing",
        ChannelState::Ring | ChannelState::Ringing => "ringing",
        ChannelState::Up => "up",
        ChannelState::Busy => "busy",
    }
}

fn created(at_ms: u64, channel: &ChannelSnapshot) -> Event {
    let dialled = channel.dialled.as_deref().unwrap_or(&channel.place.exten);
    let attrs = vec![
        text_attr("name", &channel.name),
        text_attr("state", state_word(channel.state)),
        text_attr("caller", channel.caller.number()),
        text_attr("caller-name", channel.caller.name()),
        text_attr("dialled", dialled),
        text_attr("context", &channel.place.context),
        text_attr("account", &channel.account),
        text_attr("language", &channel.language),
    ];
    about("channel.created", at_ms, channel, attrs)
}

/// What a pair of snapshots says, in the order readers expect.
fn changed(at_ms: u64, old: &ChannelSnapshot, new: &ChannelSnapshot) -> Vec<Event> {
    let mut events = Vec::new();
    if old.step != new.step
        && let Some(step) = &new.step
    {
        let attrs = vec![
            text_attr("context", &new.place.context),
            text_attr("exten", &new.place.exten),
            int_attr("priority", new.place.priority.into()),
            text_attr("application", &step.application),
            text_attr("data", &step.data),
        ];
        events.push(about("channel.step", at_ms, new, attrs));
    }
    if old.caller != new.caller {
        let attrs = vec![
            text_attr("number", new.caller.number()),
            text_attr("name", new.caller.name()),
        ];
        events.push(about("channel.caller", at_ms, new, attrs));
    }
    if old.connected != new.connected {
        let attrs = vec![
            text_attr("number", new.connected.number()),
            text_attr("name", new.connected.name()),
        ];
        events.push(about("channel.connected-line", at_ms, new, attrs));
    }
    if old.state != new.state {
        events.push(about(
            "channel.state",
            at_ms,
            new,
            vec![text_attr("state", state_word(new.state))],
        ));
        if let (ChannelState::Up, Some(answered_at)) = (new.state, new.answered_at) {
            let after = int_attr("after", ms(answered_at.saturating_sub(new.created_at)));
            events.push(about(
                "channel.answered",
                at_ms,
                new,
                vec![text_attr("name", &new.name), after],
            ));
        }
    }
    events
}

fn dial(
    kind: &str,
    at_ms: u64,
    caller: Option<&Arc<ChannelSnapshot>>,
    peer: &ChannelSnapshot,
    status: &str,
) -> Event {
    let attrs = vec![
        text_attr("peer", &format!("{}/{}", peer.technology.as_str(), peer.endpoint)),
        text_attr("peer-channel", &peer.uniqueid),
        text_attr("status", status),
    ];
    about(kind, at_ms, caller.map_or(peer, |caller| caller), attrs)
}

/// The events of the catalogue that one event of the stream stands for; `now` is when, since the host started.
pub(super) fn tell(kind: &EventKind, now: Duration, at_ms: u64) -> Vec<Event> {
    match kind {
        EventKind::ChannelCreated { channel } => vec![created(at_ms, channel)],
        EventKind::ChannelChanged { old, new } => changed(at_ms, old, new),
        EventKind::ChannelEnded { channel } => {
            let attrs = vec![
                text_attr("name", &channel.name),
                int_attr("cause", channel.cause.0.into()),
                text_attr("cause-text", channel.cause.text()),
                int_attr("duration", ms(now.saturating_sub(channel.created_at))),
            ];
            vec![about("channel.ended", at_ms, channel, attrs)]
        }
        EventKind::HangupRequested { channel, cause, soft } => {
            let soft = Attr {
                name: "soft".to_owned(),
                value: Value::Boolean(*soft),
            };
            vec![about(
                "channel.hangup-requested",
                at_ms,
                channel,
                vec![int_attr("cause", cause.0.into()), soft],
            )]
        }
        EventKind::VariableSet {
            channel: Some(channel),
            name,
            value,
        } => {
            vec![about(
                "channel.variable",
                at_ms,
                channel,
                vec![text_attr("name", name), text_attr("value", value)],
            )]
        }
        _ => together(kind, at_ms),
    }
}

/// What concerns more than one channel.
fn together(kind: &EventKind, at_ms: u64) -> Vec<Event> {
    match kind {
        EventKind::DialStarted { caller, peer, .. } => {
            vec![dial("dial.started", at_ms, caller.as_ref(), peer, "")]
        }
        EventKind::DialProgressed { caller, peer, status } => {
            vec![dial(
                "dial.progress",
                at_ms,
                caller.as_ref(),
                peer,
                &status.to_ascii_lowercase(),
            )]
        }
        EventKind::DialEnded {
            caller, peer, status, ..
        } => {
            vec![dial(
                "dial.ended",
                at_ms,
                caller.as_ref(),
                peer,
                &status.as_str().to_ascii_lowercase(),
            )]
        }
        EventKind::BridgeCreated { bridge } | EventKind::BridgeDestroyed { bridge } => {
            let is_new = matches!(kind, EventKind::BridgeCreated { .. });
            let name = if is_new {
                "bridge.created"
            } else {
                "bridge.destroyed"
            };
            let attrs = vec![
                text_attr("kind", bridge.kind.as_str()),
                text_attr("name", &bridge.name),
                text_attr("creator", &bridge.creator),
            ];
            vec![Event {
                bridge: Some(bridge.uniqueid.to_string()),
                attrs,
                ..Event::new(name, at_ms)
            }]
        }
        EventKind::BridgeEntered { bridge, channel, .. } | EventKind::BridgeLeft { bridge, channel } => {
            let has_entered = matches!(kind, EventKind::BridgeEntered { .. });
            let name = if has_entered {
                "bridge.entered"
            } else {
                "bridge.left"
            };
            let members = vec![int_attr("members", bridge.members.len() as u64)];
            vec![Event {
                bridge: Some(bridge.uniqueid.to_string()),
                ..about(name, at_ms, channel, members)
            }]
        }
        _ => rarer(kind, at_ms),
    }
}

/// Something about the contacts of an address of record.
fn contact_event(kind: &str, at_ms: u64, aor: &str, attrs: Vec<Attr>) -> Event {
    Event {
        subject: Some(aor.to_owned()),
        attrs,
        ..Event::new(kind, at_ms)
    }
}

/// What a plugin was denied; what clients of the interfaces were is for the security log.
fn denied(by: &PrincipalKind, what: &str, at_ms: u64) -> Option<Event> {
    let PrincipalKind::Plugin(id, generation) = by else {
        return None;
    };
    let attrs = vec![
        text_attr("plugin", id),
        int_attr("generation", *generation),
        text_attr("text", what),
    ];
    Some(Event {
        subject: Some(id.to_string()),
        attrs,
        ..Event::new("plugin.denied", at_ms)
    })
}

fn rarer(kind: &EventKind, at_ms: u64) -> Vec<Event> {
    match kind {
        EventKind::PluginListens {
            plugin,
            generation,
            channel,
            listener,
            mode,
        } => {
            let attrs = vec![
                text_attr("plugin", plugin),
                int_attr("generation", *generation),
                text_attr("listener", &listener.uniqueid),
                text_attr("mode", mode),
            ];
            vec![about("channel.listened-in", at_ms, channel, attrs)]
        }
        EventKind::OutOfScope { by, what } => denied(&by.kind, what, at_ms).into_iter().collect(),
        EventKind::DigitEnded {
            channel,
            digit,
            side,
            length,
        } => {
            let side = match side {
                DigitSide::Received => "received",
                DigitSide::Sent => "sent",
            };
            let attrs = vec![
                text_attr("digit", &digit.to_string()),
                int_attr("length", ms(*length)),
                text_attr("side", side),
            ];
            vec![about("channel.dtmf", at_ms, channel, attrs)]
        }
        EventKind::Held { channel, music } => {
            let music = music.iter().map(|music| text_attr("music", music)).collect();
            vec![about("channel.held", at_ms, channel, music)]
        }
        EventKind::Unheld { channel } => vec![about("channel.unheld", at_ms, channel, Vec::new())],
        EventKind::User {
            channel,
            name,
            fields,
        } => {
            let kind = format!("user.{}", name.to_ascii_lowercase());
            let attrs = fields
                .iter()
                .map(|(name, value)| text_attr(&name.to_ascii_lowercase(), value))
                .collect();
            match channel {
                Some(channel) => vec![about(&kind, at_ms, channel, attrs)],
                None => vec![Event {
                    attrs,
                    ..Event::new(kind, at_ms)
                }],
            }
        }
        _ => of_endpoints(kind, at_ms),
    }
}

fn of_endpoints(kind: &EventKind, at_ms: u64) -> Vec<Event> {
    match kind {
        EventKind::ContactAdded {
            aor,
            contact,
            expires_s,
            user_agent,
        } => {
            let mut attrs = vec![
                text_attr("contact", contact),
                int_attr("expires", u64::from(*expires_s) * 1000),
            ];
            attrs.extend(user_agent.iter().map(|agent| text_attr("user-agent", agent)));
            vec![contact_event("endpoint.registered", at_ms, aor, attrs)]
        }
        EventKind::ContactRemoved { aor, contact, reason } => {
            let attrs = vec![text_attr("contact", contact), text_attr("reason", reason)];
            vec![contact_event("endpoint.unregistered", at_ms, aor, attrs)]
        }
        // Said elsewhere in the catalogue, not of it, or about plugins themselves, which must not hear their own echo.
        _ => Vec::new(),
    }
}
