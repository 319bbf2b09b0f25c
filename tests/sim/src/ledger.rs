//! What the event stream says lives: a fold over it, with the rules every stream has to keep.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{BridgeId, BridgeKind, ChannelId, ChannelSnapshot, Event, EventKind};

/// A channel as the stream shows it.
pub(crate) struct Life {
    pub channel: Arc<ChannelSnapshot>,
    /// When it last changed.
    pub changed_at: Duration,
    /// Its party has hung up, or is to; what it runs may go on.
    pub is_over: bool,
    dial: Dial,
    /// Somebody waits for what becomes of its dial.
    has_caller: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dial {
    None,
    Open,
    Decided,
}

/// A bridge as the stream shows it.
pub(crate) struct Meeting {
    pub members: Vec<ChannelId>,
    pub changed_at: Duration,
    /// Two parties of a call, and nothing that a client lets them hear.
    pub is_basic: bool,
}

/// Everything that lives.
#[derive(Default)]
pub(crate) struct Ledger {
    pub channels: BTreeMap<ChannelId, Life>,
    pub bridges: BTreeMap<BridgeId, Meeting>,
    pub born: u64,
    pub bridged: u64,
    pub optimized: u64,
    pub decided: u64,
    sequence: Option<u64>,
    newest: Option<ChannelId>,
}

impl Ledger {
    /// Takes the next event; the error says which rule it breaks.
    pub(crate) fn add(&mut self, event: &Event) -> Result<(), String> {
        // The stream was there before its reader.
        let due = self.sequence.map_or(event.sequence, |last| last + 1);
        self.sequence = Some(event.sequence);
        if event.sequence != due {
            return Err(format!("event {} comes where {due} is due", event.sequence));
        }
        match &event.kind {
            EventKind::ChannelCreated { channel } => self.create(event.at, channel),
            EventKind::ChannelChanged { new, .. } => self.changed(event.at, new),
            EventKind::ChannelEnded { channel } => self.end(channel),
            EventKind::DialStarted { caller, peer, .. } => {
                self.dial(peer, Dial::None, Dial::Open)?;
                self.living(peer.id, &peer.name)?.has_caller = caller.is_some();
                Ok(())
            }
            EventKind::DialProgressed { peer, .. } => self.dial(peer, Dial::Open, Dial::Open),
            EventKind::DialEnded { peer, .. } => self.dial(peer, Dial::Open, Dial::Decided),
            EventKind::BridgeCreated { .. }
            | EventKind::BridgeEntered { .. }
            | EventKind::BridgeLeft { .. }
            | EventKind::BridgeDestroyed { .. } => self.meet(event),
            EventKind::LocalOptimizationEnded { .. } => {
                self.optimized += 1;
                self.spoken_of(&event.kind)
            }
            EventKind::PluginDecided { .. } => {
                self.decided += 1;
                self.spoken_of(&event.kind)
            }
            EventKind::HangupRequested { channel, .. } => {
                self.living(channel.id, &channel.name)?.is_over = true;
                Ok(())
            }
            EventKind::VariableSet { .. }
            | EventKind::LocalBridged { .. }
            | EventKind::LocalOptimizationBegan { .. }
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
            | EventKind::OutOfScope { .. } => self.spoken_of(&event.kind),
        }
    }

    fn changed(&mut self, at: Duration, new: &Arc<ChannelSnapshot>) -> Result<(), String> {
        let life = self.living(new.id, &new.name)?;
        life.channel = new.clone();
        life.changed_at = at;
        Ok(())
    }

    #[allow(clippy::wildcard_enum_match_arm)] // the caller has looked
    fn meet(&mut self, event: &Event) -> Result<(), String> {
        match &event.kind {
            EventKind::BridgeCreated { bridge } => {
                self.bridged += 1;
                let meeting = Meeting {
                    members: Vec::new(),
                    changed_at: event.at,
                    is_basic: bridge.kind == BridgeKind::Basic,
                };
                match self.bridges.insert(bridge.id, meeting) {
                    None => Ok(()),
                    Some(_) => Err(format!("bridge {} is made twice", bridge.id)),
                }
            }
            EventKind::BridgeEntered { bridge, channel, .. } => {
                self.living(channel.id, &channel.name)?;
                let meeting = self.meeting(event.at, bridge.id)?;
                meeting.members.push(channel.id);
                same_members(bridge.id, &meeting.members, &bridge.members)
            }
            EventKind::BridgeLeft { bridge, channel } => {
                let meeting = self.meeting(event.at, bridge.id)?;
                let before = meeting.members.len();
                meeting.members.retain(|member| *member != channel.id);
                if meeting.members.len() + 1 != before {
                    return Err(format!("{} leaves a bridge it is not in", channel.name));
                }
                same_members(bridge.id, &meeting.members, &bridge.members)
            }
            EventKind::BridgeDestroyed { bridge } => match self.bridges.remove(&bridge.id) {
                Some(meeting) if meeting.members.is_empty() => Ok(()),
                Some(meeting) => Err(format!(
                    "bridge {} ends with {:?} in it",
                    bridge.id, meeting.members
                )),
                None => Err(format!("bridge {} ends twice", bridge.id)),
            },
            other => Err(format!("{other:?} is no event of a bridge")),
        }
    }

    /// Events that only mention a channel.
    fn spoken_of(&mut self, kind: &EventKind) -> Result<(), String> {
        match kind.channel() {
            Some(channel) => self.living(channel.id, &channel.name).map(drop),
            None => Ok(()),
        }
    }

    fn create(&mut self, at: Duration, channel: &Arc<ChannelSnapshot>) -> Result<(), String> {
        if self.newest.is_some_and(|newest| newest >= channel.id) {
            return Err(format!("{} has a number that was used before", channel.name));
        }
        self.newest = Some(channel.id);
        self.born += 1;
        let life = Life {
            channel: channel.clone(),
            changed_at: at,
            is_over: false,
            dial: Dial::None,
            has_caller: false,
        };
        self.channels.insert(channel.id, life);
        Ok(())
    }

    fn end(&mut self, channel: &Arc<ChannelSnapshot>) -> Result<(), String> {
        let Some(life) = self.channels.remove(&channel.id) else {
            return Err(format!("{} ends twice", channel.name));
        };
        // A call of the host's own that nobody answers in time ends with its channel (captures `originate/*_noanswer`).
        if life.dial == Dial::Open && life.has_caller {
            return Err(format!("{} ends while its dial is open", channel.name));
        }
        if channel.bridge.is_some()
            || self
                .bridges
                .values()
                .any(|bridge| bridge.members.contains(&channel.id))
        {
            return Err(format!("{} ends inside a bridge", channel.name));
        }
        Ok(())
    }

    fn dial(&mut self, peer: &Arc<ChannelSnapshot>, from: Dial, to: Dial) -> Result<(), String> {
        let life = self.living(peer.id, &peer.name)?;
        if life.dial != from {
            return Err(format!(
                "the dial of {} is {:?} and not {from:?} when it becomes {to:?}",
                peer.name, life.dial
            ));
        }
        life.dial = to;
        Ok(())
    }

    fn living(&mut self, id: ChannelId, name: &str) -> Result<&mut Life, String> {
        self.channels
            .get_mut(&id)
            .ok_or_else(|| format!("{name} is spoken of but does not live"))
    }

    fn meeting(&mut self, at: Duration, id: BridgeId) -> Result<&mut Meeting, String> {
        let meeting = self
            .bridges
            .get_mut(&id)
            .ok_or_else(|| format!("bridge {id} is spoken of but is not there"))?;
        meeting.changed_at = at;
        Ok(meeting)
    }

    /// The channel of that name.
    pub(crate) fn by_name(&self, name: &str) -> Option<&Life> {
        self.channels.values().find(|life| *life.channel.name == *name)
    }
}

fn same_members(bridge: BridgeId, own: &[ChannelId], told: &[ChannelId]) -> Result<(), String> {
    if own == told {
        Ok(())
    } else {
        Err(format!("bridge {bridge} lists {told:?}, but {own:?} entered it"))
    }
}
