//! What the world is told, in one order.

use crate::{
    BridgeSnapshot, Cause, ChannelSnapshot, DeviceState, DialStatus, ExtensionState, Party, Principal,
    SecurityEvent, Technology,
};
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

/// Where an originated channel was to go.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // the fields are what the variant names
pub enum OriginateTo {
    /// To an extension.
    Exten { context: Arc<str>, exten: Arc<str> },
    /// Into an application.
    Application { name: Arc<str>, data: Arc<str> },
}

/// How a Manager client's originate ended.
#[derive(Clone, Debug, PartialEq)]
pub struct OriginateReport {
    /// What the client called its request (`ActionID`).
    pub request: Option<Arc<str>>,
    /// Whether the channel answered and went where it was to go.
    pub is_success: bool,
    /// The channel; none if none was made.
    pub channel: Option<Arc<ChannelSnapshot>>,
    /// What was to be called.
    pub dial_string: Arc<str>,
    /// Where it was to go.
    pub to: OriginateTo,
    /// The field's number: 0 failure, 1 hangup, 3 ring timeout, 4 answered, 5 busy, 8 congestion.
    pub reason: u8,
    /// The uniqueid of the channel, or the one asked for.
    pub uniqueid: Option<Arc<str>>,
    /// The caller that was asked for.
    pub caller: Party,
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
    /// What is known of a contact's reachability changed; the word is one of `ContactStatus`.
    ContactStatus {
        endpoint: Arc<str>,
        aor: Arc<str>,
        contact: Arc<str>,
        status: &'static str,
        round_trip: Option<Duration>,
    },
    /// An endpoint has at least one contact that can be reached, or none any more.
    EndpointStatus {
        technology: Technology,
        endpoint: Arc<str>,
        is_reachable: bool,
    },
    /// How our own registration with somebody else stands (`Registered`, `Unregistered`, `Rejected`).
    RegistrationChanged {
        name: Arc<str>,
        client_uri: Arc<str>,
        server_uri: Arc<str>,
        status: &'static str,
    },
    /// A device is used differently.
    DeviceStateChanged { device: Arc<str>, state: DeviceState },
    /// The devices behind an extension's hint are used differently.
    ExtensionStateChanged {
        context: Arc<str>,
        exten: Arc<str>,
        hint: Arc<str>,
        state: ExtensionState,
    },
    /// What somebody says of their presence changed.
    PresenceChanged {
        presentity: Arc<str>,
        status: Arc<str>,
        subtype: Arc<str>,
        message: Arc<str>,
    },
    /// Music began on a channel that waits.
    MusicStarted {
        channel: Arc<ChannelSnapshot>,
        class: Arc<str>,
    },
    /// The music is over.
    MusicStopped { channel: Arc<ChannelSnapshot> },
    /// Another member's picture is shown; `previous` is the uniqueid of the one before.
    VideoSourceChanged {
        bridge: Arc<BridgeSnapshot>,
        previous: Option<Arc<str>>,
    },
    /// A Manager client's originate is decided; `request` is what the client called it.
    OriginateDecided(Arc<OriginateReport>),
    /// A command of a Gateway program began on a channel.
    GatewayCommandStarted {
        channel: Arc<ChannelSnapshot>,
        id: u64,
        command: Arc<str>,
    },
    /// It is done; `code` is the reply's (200, 510 …), `result` a word (`Success`, `Failure`, `Usage`).
    GatewayCommandEnded {
        channel: Arc<ChannelSnapshot>,
        id: u64,
        command: Arc<str>,
        code: u16,
        result: &'static str,
    },
    /// A channel waits for Gateway commands from Manager clients; the environment is not encoded.
    AsyncGatewayStarted {
        channel: Arc<ChannelSnapshot>,
        environment: Arc<str>,
    },
    /// A Manager client's Gateway command was done; the reply line is not encoded.
    AsyncGatewayDone {
        channel: Arc<ChannelSnapshot>,
        command_id: Option<Arc<str>>,
        reply: Arc<str>,
    },
    /// The channel waits no more.
    AsyncGatewayEnded { channel: Arc<ChannelSnapshot> },
    /// Somebody came to one of the doors and was let in or refused.
    Security(Arc<SecurityEvent>),
    /// A part of the configuration was read again; the status is that of `Reload` (0 is well).
    Reloaded { module: Arc<str>, status: u8 },
    /// A module was loaded (or unloaded) by request.
    ModuleChanged { module: Arc<str>, is_loaded: bool },
    /// Everything stands, calls are taken.
    FullyBooted,
    /// The host goes down.
    ShuttingDown { restarts: bool },
    /// Something tests watch for; published only when the operator switched it on.
    Test {
        state: Arc<str>,
        fields: Arc<[(Arc<str>, Arc<str>)]>,
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
    /// Somebody asked for what their scope does not allow: a plugin, a client of an interface.
    OutOfScope { by: Arc<Principal>, what: Arc<str> },
    /// A plugin lets somebody listen in on a channel, in that way from now on.
    PluginListens {
        plugin: Arc<str>,
        generation: u64,
        /// The channel that is overheard.
        channel: Arc<ChannelSnapshot>,
        /// The channel whose party listens.
        listener: Arc<ChannelSnapshot>,
        /// `listen`, `whisper` or `barge`.
        mode: &'static str,
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
            | Self::MusicStarted { channel, .. }
            | Self::MusicStopped { channel }
            | Self::GatewayCommandStarted { channel, .. }
            | Self::GatewayCommandEnded { channel, .. }
            | Self::AsyncGatewayStarted { channel, .. }
            | Self::AsyncGatewayDone { channel, .. }
            | Self::AsyncGatewayEnded { channel }
            | Self::PluginListens { channel, .. }
            | Self::PluginDecided { channel, .. } => Some(channel),
            Self::VariableSet { channel, .. }
            | Self::User { channel, .. }
            | Self::PluginFailed { channel, .. } => channel.as_ref(),
            Self::DialStarted { caller, peer, .. }
            | Self::DialProgressed { caller, peer, .. }
            | Self::DialEnded { caller, peer, .. } => Some(caller.as_ref().unwrap_or(peer)),
            Self::OriginateDecided(report) => report.channel.as_ref(),
            Self::LocalBridged { one, .. }
            | Self::LocalOptimizationBegan { one, .. }
            | Self::LocalOptimizationEnded { one, .. } => Some(one),
            Self::BridgeCreated { .. }
            | Self::BridgeDestroyed { .. }
            | Self::ContactAdded { .. }
            | Self::ContactRemoved { .. }
            | Self::ContactStatus { .. }
            | Self::EndpointStatus { .. }
            | Self::RegistrationChanged { .. }
            | Self::DeviceStateChanged { .. }
            | Self::ExtensionStateChanged { .. }
            | Self::PresenceChanged { .. }
            | Self::VideoSourceChanged { .. }
            | Self::Security(_)
            | Self::Reloaded { .. }
            | Self::ModuleChanged { .. }
            | Self::FullyBooted
            | Self::ShuttingDown { .. }
            | Self::Test { .. }
            | Self::PluginActivated { .. }
            | Self::PluginRefused { .. }
            | Self::OutOfScope { .. } => None,
        }
    }
}
