//! Messages to applications: what they are, whom they concern, how they are written.
//!
//! [`derive`] turns one event of the host's stream into messages, each with the sources it is about; [`render`] writes a
//! message once, in two halves around the name of the application that gets it.

pub mod derive;
pub mod render;
pub mod surroundings;

use crate::model::{Endpoint, LiveRecording, Playback, TextMessage};
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{BridgeSnapshot, Cause, ChannelSnapshot, DeviceState};

/// A message to applications. The first group comes from the host's stream, the second from applications' own doings.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // fields are what the variants name
pub enum Message {
    ChannelCreated {
        channel: Arc<ChannelSnapshot>,
    },
    ChannelDestroyed {
        channel: Arc<ChannelSnapshot>,
    },
    ChannelStateChange {
        channel: Arc<ChannelSnapshot>,
    },
    ChannelDialplan {
        channel: Arc<ChannelSnapshot>,
    },
    ChannelCallerId {
        channel: Arc<ChannelSnapshot>,
    },
    ChannelConnectedLine {
        channel: Arc<ChannelSnapshot>,
    },
    ChannelVarset {
        channel: Option<Arc<ChannelSnapshot>>,
        name: Arc<str>,
        value: Arc<str>,
    },
    ChannelHangupRequest {
        channel: Arc<ChannelSnapshot>,
        cause: Option<Cause>,
        soft: bool,
    },
    ChannelDtmfReceived {
        channel: Arc<ChannelSnapshot>,
        digit: char,
        length: Duration,
    },
    ChannelHold {
        channel: Arc<ChannelSnapshot>,
        music: Option<Arc<str>>,
    },
    ChannelUnhold {
        channel: Arc<ChannelSnapshot>,
    },
    ChannelEnteredBridge {
        bridge: Arc<BridgeSnapshot>,
        channel: Arc<ChannelSnapshot>,
    },
    ChannelLeftBridge {
        bridge: Arc<BridgeSnapshot>,
        channel: Arc<ChannelSnapshot>,
    },
    BridgeCreated {
        bridge: Arc<BridgeSnapshot>,
    },
    BridgeDestroyed {
        bridge: Arc<BridgeSnapshot>,
    },
    BridgeVideoSourceChanged {
        bridge: Arc<BridgeSnapshot>,
        previous: Option<Arc<str>>,
    },
    Dial {
        caller: Option<Arc<ChannelSnapshot>>,
        peer: Arc<ChannelSnapshot>,
        /// Empty when it begins.
        status: &'static str,
        forward: Option<Arc<str>>,
        dial_string: Option<Arc<str>>,
    },
    DeviceStateChanged {
        device: Arc<str>,
        state: DeviceState,
    },
    EndpointStateChange {
        endpoint: Endpoint,
    },
    PeerStatusChange {
        endpoint: Endpoint,
        status: &'static str,
    },
    ContactStatusChange {
        endpoint: Endpoint,
        uri: Arc<str>,
        aor: Arc<str>,
        status: &'static str,
        round_trip: Option<Duration>,
    },

    ChannelUserevent {
        name: String,
        /// What it carries; the field adds its own name as `eventname`.
        userevent: Map<String, Value>,
        channel: Option<Arc<ChannelSnapshot>>,
        bridge: Option<Arc<BridgeSnapshot>>,
        endpoint: Option<Endpoint>,
    },
    StasisStart {
        channel: Arc<ChannelSnapshot>,
        args: Vec<String>,
        replaced: Option<Arc<ChannelSnapshot>>,
    },
    StasisEnd {
        channel: Arc<ChannelSnapshot>,
    },
    PlaybackStarted(Playback),
    PlaybackContinuing(Playback),
    PlaybackFinished(Playback),
    RecordingStarted(LiveRecording),
    RecordingFinished(LiveRecording),
    RecordingFailed(LiveRecording),
    ApplicationMoveFailed {
        channel: Arc<ChannelSnapshot>,
        destination: String,
        args: Vec<String>,
    },
    ApplicationReplaced,
    TextMessageReceived {
        endpoint: Option<Endpoint>,
        message: TextMessage,
    },
}

impl Message {
    /// Its type, as filters and clients name it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ChannelCreated { .. } => "ChannelCreated",
            Self::ChannelDestroyed { .. } => "ChannelDestroyed",
            Self::ChannelStateChange { .. } => "ChannelStateChange",
            Self::ChannelDialplan { .. } => "ChannelDialplan",
            Self::ChannelCallerId { .. } => "ChannelCallerId",
            Self::ChannelConnectedLine { .. } => "ChannelConnectedLine",
            Self::ChannelVarset { .. } => "ChannelVarset",
            Self::ChannelHangupRequest { .. } => "ChannelHangupRequest",
            Self::ChannelDtmfReceived { .. } => "ChannelDtmfReceived",
            Self::ChannelHold { .. } => "ChannelHold",
            Self::ChannelUnhold { .. } => "ChannelUnhold",
            Self::ChannelEnteredBridge { .. } => "ChannelEnteredBridge",
            Self::ChannelLeftBridge { .. } => "ChannelLeftBridge",
            Self::BridgeCreated { .. } => "BridgeCreated",
            Self::BridgeDestroyed { .. } => "BridgeDestroyed",
            Self::BridgeVideoSourceChanged { .. } => "BridgeVideoSourceChanged",
            Self::Dial { .. } => "Dial",
            Self::DeviceStateChanged { .. } => "DeviceStateChanged",
            Self::EndpointStateChange { .. } => "EndpointStateChange",
            Self::PeerStatusChange { .. } => "PeerStatusChange",
            Self::ContactStatusChange { .. } => "ContactStatusChange",
            Self::ChannelUserevent { .. } => "ChannelUserevent",
            Self::StasisStart { .. } => "StasisStart",
            Self::StasisEnd { .. } => "StasisEnd",
            Self::PlaybackStarted(_) => "PlaybackStarted",
            Self::PlaybackContinuing(_) => "PlaybackContinuing",
            Self::PlaybackFinished(_) => "PlaybackFinished",
            Self::RecordingStarted(_) => "RecordingStarted",
            Self::RecordingFinished(_) => "RecordingFinished",
            Self::RecordingFailed(_) => "RecordingFailed",
            Self::ApplicationMoveFailed { .. } => "ApplicationMoveFailed",
            Self::ApplicationReplaced => "ApplicationReplaced",
            Self::TextMessageReceived { .. } => "TextMessageReceived",
        }
    }
}

#[cfg(test)]
mod tests;
