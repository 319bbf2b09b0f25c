//! What the world is told, in one order.

use crate::{BridgeSnapshot, Cause, ChannelSnapshot, DialStatus};
use std::sync::Arc;
use std::time::Duration;

/// One event of the stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Position in the stream: 1, 2, 3 …
    pub sequence: u64,
    /// When, since the host started.
    pub at: Duration,
    /// What.
    pub kind: EventKind,
}

/// From which side of a channel a digit came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigitSide {
    /// The far end pressed it.
    Received,
    /// We sent it.
    Sent,
}

/// What happened. A change of a channel is a pair of snapshots, so that each reader derives what it needs by comparing.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // fields are snapshots of what the variant names
pub enum EventKind {
    /// A channel was made.
    ChannelCreated { channel: Arc<ChannelSnapshot> },
    /// Something about a channel changed: state, caller, connected line, place or step, hold, bridge.
    ChannelChanged {
        old: Arc<ChannelSnapshot>,
        new: Arc<ChannelSnapshot>,
    },
    /// A channel is over; its snapshot is the last one, with the cause.
    ChannelEnded { channel: Arc<ChannelSnapshot> },
    /// Somebody asked for a channel's end: its far end, or (`soft`) the host itself.
    HangupRequested {
        channel: Arc<ChannelSnapshot>,
        cause: Cause,
        soft: bool,
    },
    /// A channel variable was set, or a global one if there is no channel.
    VariableSet {
        channel: Option<Arc<ChannelSnapshot>>,
        name: Arc<str>,
        value: Arc<str>,
    },
    /// A leg is being tried; without a caller if the host itself originates it.
    DialStarted {
        caller: Option<Arc<ChannelSnapshot>>,
        peer: Arc<ChannelSnapshot>,
        dial_string: Arc<str>,
    },
    /// A leg got further; the status is `RINGING`, `PROGRESS` or `PROCEEDING`.
    DialProgressed {
        caller: Option<Arc<ChannelSnapshot>>,
        peer: Arc<ChannelSnapshot>,
        status: &'static str,
    },
    /// A leg is decided.
    DialEnded {
        caller: Option<Arc<ChannelSnapshot>>,
        peer: Arc<ChannelSnapshot>,
        status: DialStatus,
        forward: Option<Arc<str>>,
    },
    /// A bridge was made.
    BridgeCreated { bridge: Arc<BridgeSnapshot> },
    /// A channel entered; `swapped` is the uniqueid of the channel whose place it took.
    BridgeEntered {
        bridge: Arc<BridgeSnapshot>,
        channel: Arc<ChannelSnapshot>,
        swapped: Option<Arc<str>>,
    },
    /// A channel left.
    BridgeLeft {
        bridge: Arc<BridgeSnapshot>,
        channel: Arc<ChannelSnapshot>,
    },
    /// A bridge is no more.
    BridgeDestroyed { bridge: Arc<BridgeSnapshot> },
    /// The two halves of a Local channel are joined.
    LocalBridged {
        one: Arc<ChannelSnapshot>,
        two: Arc<ChannelSnapshot>,
        context: Arc<str>,
        exten: Arc<str>,
        optimizable: bool,
    },
    /// Local halves are being taken out of the path; `source` is the channel that moves.
    LocalOptimizationBegan {
        id: u64,
        one: Arc<ChannelSnapshot>,
        two: Arc<ChannelSnapshot>,
        source: Arc<ChannelSnapshot>,
        bridge: Arc<BridgeSnapshot>,
    },
    /// Local halves are out of the path.
    LocalOptimizationEnded {
        id: u64,
        one: Arc<ChannelSnapshot>,
        two: Arc<ChannelSnapshot>,
    },
    /// A digit began.
    DigitBegan {
        channel: Arc<ChannelSnapshot>,
        digit: char,
        side: DigitSide,
    },
    /// A digit ended.
    DigitEnded {
        channel: Arc<ChannelSnapshot>,
        digit: char,
        side: DigitSide,
        length: Duration,
    },
    /// The far end put us on hold, with that class of music if it named one.
    Held {
        channel: Arc<ChannelSnapshot>,
        music: Option<Arc<str>>,
    },
    /// The far end took us off hold.
    Unheld { channel: Arc<ChannelSnapshot> },
    /// Somebody said something of their own.
    User {
        channel: Option<Arc<ChannelSnapshot>>,
        name: Arc<str>,
        fields: Arc<[(Arc<str>, Arc<str>)]>,
    },
    /// An endpoint registered a contact, which is good for that many seconds.
    ContactAdded {
        aor: Arc<str>,
        contact: Arc<str>,
        expires_s: u32,
        user_agent: Option<Arc<str>>,
    },
    /// A contact is gone: it unregistered, or its time was up.
    ContactRemoved {
        aor: Arc<str>,
        contact: Arc<str>,
        reason: &'static str,
    },
    /// Somebody was refused at the door.
    Security {
        service: &'static str,
        account: Arc<str>,
        address: Arc<str>,
        reason: Arc<str>,
    },
    /// Another generation of a plugin makes the decisions from now on.
    PluginActivated {
        plugin: Arc<str>,
        generation: u64,
        digest: Arc<str>,
    },
    /// A file was not taken as a plugin; the old generation goes on.
    PluginRefused { plugin: Arc<str>, reason: Arc<str> },
    /// An invocation failed and its fallback was used.
    PluginFailed {
        plugin: Arc<str>,
        generation: u64,
        channel: Option<Arc<ChannelSnapshot>>,
        reason: Arc<str>,
    },
    /// A plugin decided where a call goes.
    PluginDecided {
        plugin: Arc<str>,
        generation: u64,
        channel: Arc<ChannelSnapshot>,
        decision: Arc<str>,
        reason: Arc<str>,
    },
}

impl EventKind {
    /// The channel the event is mainly about, as it is after the event.
    pub fn channel(&self) -> Option<&Arc<ChannelSnapshot>> {
        match self {
            Self::ChannelCreated { channel }
            | Self::ChannelChanged { new: channel, .. }
            | Self::ChannelEnded { channel }
            | Self::HangupRequested { channel, .. }
            | Self::BridgeEntered { channel, .. }
            | Self::BridgeLeft { channel, .. }
            | Self::DigitBegan { channel, .. }
            | Self::DigitEnded { channel, .. }
            | Self::Held { channel, .. }
            | Self::Unheld { channel }
            | Self::PluginDecided { channel, .. } => Some(channel),
            Self::VariableSet { channel, .. }
            | Self::User { channel, .. }
            | Self::PluginFailed { channel, .. } => channel.as_ref(),
            Self::DialStarted { caller, peer, .. }
            | Self::DialProgressed { caller, peer, .. }
            | Self::DialEnded { caller, peer, .. } => Some(caller.as_ref().unwrap_or(peer)),
            Self::LocalBridged { one, .. }
            | Self::LocalOptimizationBegan { one, .. }
            | Self::LocalOptimizationEnded { one, .. } => Some(one),
            Self::BridgeCreated { .. }
            | Self::BridgeDestroyed { .. }
            | Self::ContactAdded { .. }
            | Self::ContactRemoved { .. }
            | Self::Security { .. }
            | Self::PluginActivated { .. }
            | Self::PluginRefused { .. } => None,
        }
    }
}
