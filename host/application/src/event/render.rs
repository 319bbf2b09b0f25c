//! Writes a message as JSON, fields in the captures' order, with a gap where the name of its application goes.

// Each function below takes its own family out of the whole; what is not told has no arm.
#![allow(clippy::wildcard_enum_match_arm)]

use super::Message;
use super::surroundings::Surroundings;
use crate::clock::{Clock, Stamp};
use crate::model;
use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{ChannelSnapshot, Presentation};

/// Bytes a message usually needs.
const MESSAGE_BYTES: usize = 1_024;

/// A message that is written but for the application's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// What stands before the name, without its quotes.
    before: Bytes,
    /// What stands behind it.
    after: Bytes,
}

impl Rendered {
    /// The message for that application.
    pub fn to(&self, application: &str) -> Bytes {
        let mut text = Vec::with_capacity(self.before.len() + application.len() + self.after.len() + 16);
        text.extend_from_slice(&self.before);
        write_text(&mut text, application);
        text.extend_from_slice(&self.after);
        text.into()
    }
}

/// What every message needs.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Six bytes that name this host.
    pub entity_id: &'a str,
    /// Turns times into stamps.
    pub clock: &'a Clock,
    /// Variables to show with channels.
    pub surroundings: &'a Surroundings,
}

/// Writes a message of that moment.
pub fn render(message: &Message, at: Duration, context: &Context<'_>) -> Rendered {
    let mut writer = Writer {
        text: Vec::with_capacity(MESSAGE_BYTES),
        stamp: context.clock.stamp(at),
        context,
    };
    // The field puts what it copies from an event of its own before the type.
    match message {
        Message::ChannelVarset { name, value, .. } => {
            writer.field("variable", &**name);
            writer.field("value", &**value);
        }
        Message::ChannelHangupRequest { channel, cause, soft } => {
            if let Some(cause) = cause {
                writer.field("cause", &cause.0);
            }
            if *soft {
                writer.field("soft", &true);
            }
            if let Some(status) = channel.protocol_cause {
                writer.field("tech_cause", &status);
            }
        }
        _ => {}
    }
    writer.field("type", message.kind());
    match message {
        Message::DeviceStateChanged { device, state } => {
            writer.key("application");
            let before = std::mem::take(&mut writer.text);
            writer.text.push(b',');
            writer.text.extend_from_slice(b"\"timestamp\":");
            write_value(&mut writer.text, &writer.stamp);
            writer.field("device_state", &model::DeviceState::new(device, *state));
            writer.field("asterisk_id", context.entity_id);
            writer.split(before)
        }
        Message::ApplicationReplaced => {
            writer.field("timestamp", &writer.stamp.clone());
            writer.key("application");
            let before = std::mem::take(&mut writer.text);
            writer.text.push(b',');
            writer.text.extend_from_slice(b"\"asterisk_id\":");
            write_text(&mut writer.text, context.entity_id);
            writer.split(before)
        }
        other => {
            writer.field("timestamp", &writer.stamp.clone());
            writer.body(other);
            writer.field("asterisk_id", context.entity_id);
            writer.key("application");
            let before = std::mem::take(&mut writer.text);
            writer.split(before)
        }
    }
}

struct Writer<'a> {
    text: Vec<u8>,
    stamp: Stamp,
    context: &'a Context<'a>,
}

impl Writer<'_> {
    fn key(&mut self, key: &str) {
        self.text.push(if self.text.is_empty() { b'{' } else { b',' });
        self.text.push(b'"');
        self.text.extend_from_slice(key.as_bytes());
        self.text.extend_from_slice(b"\":");
    }

    fn field(&mut self, key: &str, value: &(impl Serialize + ?Sized)) {
        self.key(key);
        write_value(&mut self.text, value);
    }

    fn channel(&mut self, key: &str, channel: &ChannelSnapshot) {
        let variables = self.context.surroundings.variables(channel);
        let model = model::Channel::new(channel, self.context.clock).with_variables(&variables);
        self.field(key, &model);
    }

    fn bridge(&mut self, bridge: &ucx_call::BridgeSnapshot) {
        self.field("bridge", &model::Bridge::new(bridge, self.context.clock));
    }

    fn split(mut self, before: Vec<u8>) -> Rendered {
        self.text.push(b'}');
        Rendered {
            before: before.into(),
            after: self.text.into(),
        }
    }

    /// What stands between the timestamp and the host's name.
    fn body(&mut self, message: &Message) {
        match message {
            Message::ChannelCreated { channel }
            | Message::ChannelStateChange { channel }
            | Message::ChannelConnectedLine { channel }
            | Message::ChannelHangupRequest { channel, .. }
            | Message::ChannelUnhold { channel }
            | Message::StasisEnd { channel } => self.channel("channel", channel),
            Message::ChannelDestroyed { channel } => {
                self.field("cause", &channel.cause.0);
                self.field("cause_txt", channel.cause.text());
                if let Some(status) = channel.protocol_cause {
                    self.field("tech_cause", &status);
                }
                self.channel("channel", channel);
            }
            Message::ChannelDialplan { channel } => self.dialplan(channel),
            Message::ChannelCallerId { channel } => {
                let (number, text) = presentation(channel.caller.presentation);
                self.field("caller_presentation", &number);
                self.field("caller_presentation_txt", text);
                self.channel("channel", channel);
            }
            Message::ChannelVarset { channel, .. } => {
                if let Some(channel) = channel {
                    self.channel("channel", channel);
                }
            }
            Message::ChannelDtmfReceived {
                channel,
                digit,
                length,
            } => {
                self.field("digit", digit);
                self.field("duration_ms", &length.as_millis());
                self.channel("channel", channel);
            }
            Message::ChannelHold { channel, music } => {
                if let Some(music) = music {
                    self.field("musicclass", &**music);
                }
                self.channel("channel", channel);
            }
            Message::Dial { .. } => self.dial(message),
            Message::ChannelEnteredBridge { .. }
            | Message::ChannelLeftBridge { .. }
            | Message::BridgeCreated { .. }
            | Message::BridgeDestroyed { .. }
            | Message::BridgeVideoSourceChanged { .. } => self.of_bridge(message),
            Message::EndpointStateChange { .. }
            | Message::PeerStatusChange { .. }
            | Message::ContactStatusChange { .. }
            | Message::TextMessageReceived { .. } => self.of_endpoint(message),
            Message::ChannelUserevent { .. }
            | Message::StasisStart { .. }
            | Message::ApplicationMoveFailed { .. } => self.of_application(message),
            Message::PlaybackStarted(playback)
            | Message::PlaybackContinuing(playback)
            | Message::PlaybackFinished(playback) => self.field("playback", playback),
            Message::RecordingStarted(recording)
            | Message::RecordingFinished(recording)
            | Message::RecordingFailed(recording) => self.field("recording", recording),
            Message::DeviceStateChanged { .. } | Message::ApplicationReplaced => {}
        }
    }

    fn dialplan(&mut self, channel: &Arc<ChannelSnapshot>) {
        if let Some(step) = &channel.step {
            self.field("dialplan_app", &*step.application);
            self.field("dialplan_app_data", &*step.data);
        }
        self.channel("channel", channel);
    }

    fn dial(&mut self, message: &Message) {
        let Message::Dial {
            caller,
            peer,
            status,
            forward,
            dial_string,
        } = message
        else {
            return;
        };
        self.field("dialstatus", status);
        self.field("forward", forward.as_deref().unwrap_or(""));
        self.field("dialstring", dial_string.as_deref().unwrap_or(""));
        if let Some(caller) = caller {
            self.channel("caller", caller);
        }
        self.channel("peer", peer);
    }

    fn of_bridge(&mut self, message: &Message) {
        match message {
            Message::ChannelEnteredBridge { bridge, channel }
            | Message::ChannelLeftBridge { bridge, channel } => {
                self.bridge(bridge);
                self.channel("channel", channel);
            }
            Message::BridgeCreated { bridge } | Message::BridgeDestroyed { bridge } => self.bridge(bridge),
            Message::BridgeVideoSourceChanged { bridge, previous } => {
                self.bridge(bridge);
                if let Some(previous) = previous {
                    self.field("old_video_source_id", &**previous);
                }
            }
            _ => {}
        }
    }

    fn of_endpoint(&mut self, message: &Message) {
        match message {
            Message::EndpointStateChange { endpoint } => self.field("endpoint", endpoint),
            Message::PeerStatusChange { endpoint, status } => {
                self.field("endpoint", endpoint);
                self.field("peer", &model::Peer { peer_status: status });
            }
            Message::ContactStatusChange {
                endpoint,
                uri,
                aor,
                status,
                round_trip,
            } => {
                self.field("endpoint", endpoint);
                let round_trip = round_trip.unwrap_or_default().as_micros();
                let contact = model::ContactInfo {
                    uri,
                    contact_status: status,
                    aor,
                    roundtrip_usec: round_trip.to_string(),
                };
                self.field("contact_info", &contact);
            }
            Message::TextMessageReceived { endpoint, message } => {
                if let Some(endpoint) = endpoint {
                    self.field("endpoint", endpoint);
                }
                self.field("message", message);
            }
            _ => {}
        }
    }

    fn of_application(&mut self, message: &Message) {
        match message {
            Message::ChannelUserevent {
                name,
                userevent,
                channel,
                bridge,
                endpoint,
            } => {
                self.field("eventname", name);
                let mut userevent = userevent.clone();
                userevent
                    .entry("eventname")
                    .or_insert_with(|| Value::String(name.clone()));
                self.field("userevent", &userevent);
                if let Some(channel) = channel {
                    self.channel("channel", channel);
                }
                if let Some(bridge) = bridge {
                    self.bridge(bridge);
                }
                if let Some(endpoint) = endpoint {
                    self.field("endpoint", endpoint);
                }
            }
            Message::StasisStart {
                channel,
                args,
                replaced,
            } => {
                self.field("args", args);
                self.channel("channel", channel);
                if let Some(replaced) = replaced {
                    self.channel("replace_channel", replaced);
                }
            }
            Message::ApplicationMoveFailed {
                channel,
                destination,
                args,
            } => {
                self.channel("channel", channel);
                self.field("destination", destination);
                self.field("args", args);
            }
            _ => {}
        }
    }
}

/// The field's number and text for whether a caller may be shown.
fn presentation(presentation: Presentation) -> (u8, &'static str) {
    match presentation {
        Presentation::Allowed => (0, "Presentation Allowed, Not Screened"),
        Presentation::Restricted => (32, "Presentation Prohibited, Not Screened"),
        Presentation::Unavailable => (67, "Number Unavailable"),
    }
}

fn write_value(text: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) {
    serde_json::to_writer(text, value).expect("models have text keys and no failing parts");
}

fn write_text(text: &mut Vec<u8>, value: &str) {
    write_value(text, value);
}
