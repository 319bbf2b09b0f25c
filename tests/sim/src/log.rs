//! The log of a world: every event of the host and of the phones as a line of text, and their digest.

use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};
use ucx_call::{ChannelSnapshot, Event, EventKind};

/// Lines kept for the report of a broken rule.
const TAIL: usize = 60;

/// Lines, without keeping them all unless told so.
#[derive(Default)]
pub(crate) struct Log {
    keeps_all: bool,
    digest: Sha256,
    pub lines: u64,
    /// A fingerprint of each line, to find the first difference of two logs.
    pub marks: Vec<u64>,
    tail: VecDeque<String>,
}

impl Log {
    pub(crate) fn new(keeps_all: bool) -> Self {
        Self {
            keeps_all,
            ..Self::default()
        }
    }

    pub(crate) fn add(&mut self, line: String) {
        self.digest.update(line.as_bytes());
        self.digest.update(b"\n");
        let mut hasher = DefaultHasher::new();
        line.hash(&mut hasher);
        self.marks.push(hasher.finish());
        self.lines += 1;
        if self.tail.len() == TAIL && !self.keeps_all {
            self.tail.pop_front();
        }
        self.tail.push_back(line);
    }

    /// The digest of all lines so far, in hexadecimal, and the last lines.
    pub(crate) fn finish(self) -> (String, Vec<u64>, Vec<String>) {
        let mut text = String::new();
        for byte in self.digest.finalize() {
            let _ = write!(text, "{byte:02x}");
        }
        (text, self.marks, self.tail.into())
    }
}

/// An event as a line.
pub(crate) fn render(event: &Event) -> String {
    format!(
        "{} {} {}",
        event.sequence,
        event.at.as_micros(),
        what(&event.kind)
    )
}

fn what(kind: &EventKind) -> String {
    match kind {
        EventKind::ChannelCreated { channel } => format!("created {}", whole(channel)),
        EventKind::ChannelChanged { old, new } => format!("changed {}{}", new.name, changes(old, new)),
        EventKind::ChannelEnded { channel } => format!("ended {} {}", channel.name, channel.cause),
        EventKind::HangupRequested { channel, cause, soft } => {
            format!("hangup-requested {} {cause} soft={soft}", channel.name)
        }
        EventKind::VariableSet { channel, name, value } => format!("set {} {name}={value}", maybe(channel)),
        EventKind::DialStarted {
            caller,
            peer,
            dial_string,
        } => {
            format!("dial {} {} {dial_string}", maybe(caller), peer.name)
        }
        EventKind::DialProgressed { caller, peer, status } => {
            format!("dial-progress {} {} {status}", maybe(caller), peer.name)
        }
        EventKind::DialEnded {
            caller,
            peer,
            status,
            forward: _,
        } => {
            format!("dial-end {} {} {}", maybe(caller), peer.name, status.as_str())
        }
        EventKind::BridgeCreated { .. }
        | EventKind::BridgeEntered { .. }
        | EventKind::BridgeLeft { .. }
        | EventKind::BridgeDestroyed { .. }
        | EventKind::LocalBridged { .. }
        | EventKind::LocalOptimizationBegan { .. }
        | EventKind::LocalOptimizationEnded { .. }
        | EventKind::DigitBegan { .. }
        | EventKind::DigitEnded { .. }
        | EventKind::Held { .. }
        | EventKind::Unheld { .. }
        | EventKind::User { .. }
        | EventKind::ContactAdded { .. }
        | EventKind::ContactRemoved { .. }
        | EventKind::ContactStatus { .. }
        | EventKind::EndpointStatus { .. }
        | EventKind::RegistrationChanged { .. }
        | EventKind::DeviceStateChanged { .. }
        | EventKind::ExtensionStateChanged { .. }
        | EventKind::PresenceChanged { .. }
        | EventKind::MusicStarted { .. }
        | EventKind::MusicStopped { .. }
        | EventKind::VideoSourceChanged { .. }
        | EventKind::OriginateDecided(_)
        | EventKind::GatewayCommandStarted { .. }
        | EventKind::GatewayCommandEnded { .. }
        | EventKind::AsyncGatewayStarted { .. }
        | EventKind::AsyncGatewayDone { .. }
        | EventKind::AsyncGatewayEnded { .. }
        | EventKind::Security(_)
        | EventKind::Reloaded { .. }
        | EventKind::ModuleChanged { .. }
        | EventKind::FullyBooted
        | EventKind::ShuttingDown { .. }
        | EventKind::Test { .. }
        | EventKind::PluginActivated { .. }
        | EventKind::PluginRefused { .. }
        | EventKind::PluginFailed { .. }
        | EventKind::PluginListens { .. }
        | EventKind::OutOfScope { .. }
        | EventKind::PluginDecided { .. } => meeting(kind),
    }
}

/// Bridges; for the rest see [`what_else`].
#[allow(clippy::wildcard_enum_match_arm)] // the rest has a function of its own
fn meeting(kind: &EventKind) -> String {
    match kind {
        EventKind::BridgeCreated { bridge } => format!("bridge {} {}", bridge.id, bridge.uniqueid),
        EventKind::BridgeEntered {
            bridge,
            channel,
            swapped,
        } => {
            format!(
                "enter {} {} {:?} {:?}",
                bridge.id, channel.name, bridge.members, swapped
            )
        }
        EventKind::BridgeLeft { bridge, channel } => {
            format!("leave {} {} {:?}", bridge.id, channel.name, bridge.members)
        }
        EventKind::BridgeDestroyed { bridge } => format!("unbridge {}", bridge.id),
        _ => what_else(kind),
    }
}

/// Local pairs, digits and the rest.
#[allow(clippy::wildcard_enum_match_arm)] // what has no words of its own is written as it is
fn what_else(kind: &EventKind) -> String {
    match kind {
        EventKind::LocalBridged { one, two, .. } => format!("local {} {}", one.name, two.name),
        EventKind::LocalOptimizationBegan { id, one, source, .. } => {
            format!("optimize {id} {} {}", one.name, source.name)
        }
        EventKind::LocalOptimizationEnded { id, one, .. } => format!("optimized {id} {}", one.name),
        EventKind::DigitBegan { channel, digit, side } => format!("digit {} {digit} {side:?}", channel.name),
        EventKind::DigitEnded {
            channel,
            digit,
            side,
            length,
        } => {
            format!(
                "digit-end {} {digit} {side:?} {}",
                channel.name,
                length.as_micros()
            )
        }
        EventKind::Held { channel, .. } => format!("held {}", channel.name),
        EventKind::Unheld { channel } => format!("unheld {}", channel.name),
        EventKind::PluginDecided {
            channel,
            decision,
            reason,
            ..
        } => {
            format!("decided {} {decision} {reason}", channel.name)
        }
        EventKind::PluginFailed { channel, reason, .. } => {
            format!("plugin-failed {} {reason}", maybe(channel))
        }
        _ => format!("{kind:?}"),
    }
}

fn maybe(channel: &Option<std::sync::Arc<ChannelSnapshot>>) -> &str {
    channel.as_ref().map_or("-", |channel| &channel.name)
}

fn whole(channel: &ChannelSnapshot) -> String {
    format!(
        "{} {} {} {} {:?} {:?} {}",
        channel.name,
        channel.uniqueid,
        channel.linkedid,
        channel.state.as_str(),
        channel.caller,
        channel.dialled,
        channel.place
    )
}

/// What is another one, field by field.
fn changes(old: &ChannelSnapshot, new: &ChannelSnapshot) -> String {
    let mut text = String::new();
    macro_rules! compare {
        ($($field:ident),*) => {
            $(if old.$field != new.$field {
                let _ = write!(text, " {}={:?}", stringify!($field), new.$field);
            })*
        };
    }
    compare!(
        linkedid,
        state,
        caller,
        connected,
        language,
        account,
        cause,
        bridge,
        is_held,
        answered_at
    );
    if old.place != new.place {
        let _ = write!(text, " place={}", new.place);
    }
    if old.step != new.step
        && let Some(step) = &new.step
    {
        let _ = write!(text, " step={}({})", step.application, step.data);
    }
    text
}
