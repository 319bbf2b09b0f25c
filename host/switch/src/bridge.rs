//! Two-party bridges: entering, leaving, and what becomes of who is left.

use crate::audio::hold_music;
use crate::channel::Custody;
use crate::config::EnterSpec;
use crate::{Fault, Switch, next};
use rand_chacha::rand_core::Rng;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{
    BridgeId, BridgeKind, BridgePurpose, BridgeSnapshot, Cause, ChannelId, DialStatus, EventKind, Lease,
    Notice, PlaybackId, Refusal, Source, VideoMode,
};

/// Sounds played to all members of a bridge.
pub(crate) struct Announcement {
    pub playback: PlaybackId,
    pub sounds: Arc<[Arc<str>]>,
    pub language: Arc<str>,
}

pub(crate) struct Bridge {
    pub snapshot: Arc<BridgeSnapshot>,
    /// How each member entered, where a client let it in.
    pub parts: BTreeMap<ChannelId, EnterSpec>,
    /// The playback that all hear.
    pub playback: Option<Announcement>,
    /// The class of music that all hear.
    pub music: Option<Arc<str>>,
    /// Recordings under way.
    pub recordings: u32,
    pub variables: BTreeMap<Arc<str>, Arc<str>>,
}

/// The field's word for how the audio of so many is joined.
fn choose_technology(bridge: &mut BridgeSnapshot) {
    if bridge.kind == BridgeKind::Stasis && bridge.purpose == BridgePurpose::Mixing {
        bridge.technology = if bridge.members.len() > 2 {
            "softmix"
        } else {
            "simple_bridge"
        };
    }
}

impl Bridge {
    pub(crate) fn new(snapshot: Arc<BridgeSnapshot>) -> Self {
        Self {
            snapshot,
            parts: BTreeMap::new(),
            playback: None,
            music: None,
            recordings: 0,
            variables: BTreeMap::new(),
        }
    }

    /// Its two members hear each other and nothing else.
    pub(crate) fn is_pair(&self) -> bool {
        match self.snapshot.kind {
            BridgeKind::Basic => true,
            BridgeKind::Stasis => {
                self.snapshot.purpose == BridgePurpose::Mixing
                    && self.snapshot.members.len() == 2
                    && !self.needs_mix()
            }
        }
    }

    /// Whether others hear a member.
    pub(crate) fn speaks(&self, member: ChannelId) -> bool {
        let part = self.parts.get(&member).copied().unwrap_or_default();
        !part.is_muted && (self.snapshot.purpose == BridgePurpose::Mixing || part.is_announcer)
    }

    /// Whether somebody announces to the others of a holding bridge.
    pub(crate) fn has_announcer(&self) -> bool {
        self.announcers().next().is_some()
    }

    fn announcers(&self) -> impl Iterator<Item = ChannelId> {
        let members = self.snapshot.members.iter().copied();
        members.filter(|member| {
            self.parts
                .get(member)
                .is_some_and(|part| part.is_announcer && !part.is_muted)
        })
    }

    /// Whether drivers have to mix its members' audio.
    pub(crate) fn needs_mix(&self) -> bool {
        if self.snapshot.kind == BridgeKind::Basic {
            return false;
        }
        let is_shared = self.playback.is_some() || self.recordings > 0;
        match self.snapshot.purpose {
            BridgePurpose::Mixing => {
                let is_muted = |member| !self.speaks(member);
                is_shared
                    || self.music.is_some()
                    || self.snapshot.members.len() > 2
                    || self.snapshot.members.iter().copied().any(is_muted)
            }
            BridgePurpose::Holding => is_shared || self.announcers().count() > 1,
        }
    }

    /// What is in the mix beside the members.
    pub(crate) fn also(&self) -> Source {
        match (&self.playback, &self.music) {
            (Some(announcement), _) => Source::Playback {
                playback: announcement.playback,
                // Its end is reported for the bridge.
                owner: ChannelId(0),
                sounds: announcement.sounds.clone(),
                language: announcement.language.clone(),
            },
            (None, Some(class)) => Source::Music(class.clone()),
            (None, None) => Source::Silence,
        }
    }

    /// What a member hears where there is no pair: a source, or the only announcer.
    pub(crate) fn heard_by(&self, member: ChannelId) -> Result<Source, ChannelId> {
        let is_announcer = self.parts.get(&member).is_some_and(|part| part.is_announcer);
        if self.needs_mix() {
            return Ok(Source::Mix(self.snapshot.id));
        }
        match self.snapshot.purpose {
            BridgePurpose::Mixing => Ok(Source::Silence),
            BridgePurpose::Holding if is_announcer => Ok(Source::Silence),
            BridgePurpose::Holding => match self.announcers().next() {
                Some(announcer) => Err(announcer),
                None => Ok(Source::Music(self.music.clone().unwrap_or_else(hold_music))),
            },
        }
    }
}

impl Switch {
    /// Connects a channel with one that answered its dial. [`Notice::BridgeLeft`] tells when it is over; the peer is hung up
    /// then, unless it was sent elsewhere.
    ///
    /// # Errors
    /// As for [`Self::answer`]; [`Refusal::Conflict`] if either is in a bridge, or the peer is somebody else's.
    pub fn connect(&mut self, now: Duration, lease: Lease, peer: ChannelId) -> Result<BridgeId, Refusal> {
        let caller = self.driven(lease)?.id();
        let other = self.channels.get(&peer).ok_or(Refusal::NoSuchChannel)?;
        match other.custody {
            Custody::Answered(owner) if owner.is_none() || owner == Some(caller) => {}
            Custody::Answered(_) | Custody::Leases | Custody::Leg(_) | Custody::Bridge => {
                return Err(Refusal::Conflict("the other channel is not free to be connected"));
            }
        }
        if self
            .snap(caller)
            .is_some_and(|snapshot| snapshot.bridge.is_some())
        {
            return Err(Refusal::Conflict("the channel is in a bridge already"));
        }
        // Both end well unless somebody says otherwise.
        for id in [caller, peer] {
            if self.snap(id).is_some_and(|channel| channel.cause == Cause::NONE) {
                self.note_cause(id, Cause::NORMAL_CLEARING);
            }
        }
        self.set_activity(now, caller, None);
        self.unclaim(peer);
        self.set_custody(peer, Custody::Bridge);
        self.link(now, caller, peer);
        let bridge = self.create_basic(now);
        let context = self.snap(peer).map(|snapshot| snapshot.place.context.clone());
        self.change(now, peer, |snapshot| {
            snapshot.place.exten = Arc::from("");
            snapshot.place.context = context.unwrap_or_default();
        });
        self.enter(now, bridge, peer, None);
        self.enter(now, bridge, caller, None);
        self.note_peers(now, bridge);
        self.optimize_around(now, &[caller, peer]);
        self.settle_audio();
        Ok(bridge)
    }

    pub(crate) fn create_basic(&mut self, now: Duration) -> BridgeId {
        let id = BridgeId(next(&mut self.counters.bridge));
        let snapshot = Arc::new(BridgeSnapshot {
            id,
            uniqueid: self.make_uuid(),
            kind: BridgeKind::Basic,
            purpose: BridgePurpose::Mixing,
            technology: "simple_bridge",
            creator: Arc::default(),
            name: Arc::default(),
            members: Vec::new(),
            member_uniqueids: Vec::new(),
            created_at: now,
            video: VideoMode::None,
            variables: Arc::default(),
        });
        self.bridges.insert(id, Bridge::new(snapshot.clone()));
        self.emit(now, EventKind::BridgeCreated { bridge: snapshot });
        id
    }

    /// A version 4 UUID (RFC 9562) from the seed.
    pub(crate) fn make_uuid(&mut self) -> Arc<str> {
        let (high, low) = (self.random.next_u64(), self.random.next_u64());
        let (version, variant) = (high & !0xf000 | 0x4000, low & !(3 << 62) | 1 << 63);
        Arc::from(format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            version >> 32,
            version >> 16 & 0xffff,
            version & 0xffff,
            variant >> 48,
            variant & 0xffff_ffff_ffff
        ))
    }

    pub(crate) fn edit_bridge(
        &mut self,
        id: BridgeId,
        edit: impl FnOnce(&mut BridgeSnapshot),
    ) -> Option<Arc<BridgeSnapshot>> {
        let bridge = self.bridges.get_mut(&id)?;
        edit(Arc::make_mut(&mut bridge.snapshot));
        Some(bridge.snapshot.clone())
    }

    /// A channel enters; `swapped` is the one whose place it takes.
    pub(crate) fn enter(
        &mut self,
        now: Duration,
        id: BridgeId,
        channel: ChannelId,
        swapped: Option<Arc<str>>,
    ) {
        self.change(now, channel, |snapshot| snapshot.bridge = Some(id));
        self.part_early(channel);
        let Some(uniqueid) = self.snap(channel).map(|snapshot| snapshot.uniqueid.clone()) else {
            return;
        };
        let Some(bridge) = self.edit_bridge(id, |bridge| {
            bridge.members.push(channel);
            bridge.member_uniqueids.push(uniqueid);
            choose_technology(bridge);
        }) else {
            return;
        };
        self.mark(channel);
        if let Some(channel) = self.snap(channel) {
            self.emit(
                now,
                EventKind::BridgeEntered {
                    bridge,
                    channel,
                    swapped,
                },
            );
        }
        self.forget_forwarder(now, channel);
    }

    /// Tells each of two members who the other is.
    pub(crate) fn note_peers(&mut self, now: Duration, id: BridgeId) {
        let Some(bridge) = self.bridges.get(&id) else {
            return;
        };
        let &[one, two] = bridge.snapshot.members.as_slice() else {
            return;
        };
        for (channel, peer) in [(two, one), (one, two)] {
            if let Some(peer) = self.snap(peer) {
                self.note_variable(now, channel, "BRIDGEPEER", &peer.name);
            }
        }
    }

    /// Takes one channel out, without looking at who is left.
    pub(crate) fn step_out(&mut self, now: Duration, channel: ChannelId) -> Option<Arc<BridgeSnapshot>> {
        let id = self.snap(channel)?.bridge?;
        self.mark(channel);
        self.stop_hold_music(now, channel);
        let leak = self.has_fault(Fault::BridgeMemberLeak);
        let bridge = self.edit_bridge(id, |bridge| {
            if let Some(position) = bridge
                .members
                .iter()
                .position(|&member| member == channel && !leak)
            {
                bridge.members.remove(position);
                bridge.member_uniqueids.remove(position);
                choose_technology(bridge);
            }
        })?;
        for &member in &bridge.members {
            self.mark(member);
        }
        self.change(now, channel, |snapshot| snapshot.bridge = None);
        if let Some(channel) = self.snap(channel) {
            self.emit(
                now,
                EventKind::BridgeLeft {
                    bridge: bridge.clone(),
                    channel,
                },
            );
        }
        Some(bridge)
    }

    /// A channel leaves its bridge for good. Two-party bridges end with it: who is left is told, or hung up if nobody
    /// controls it.
    pub(crate) fn leave_bridge(&mut self, now: Duration, channel: ChannelId) {
        let Some(id) = self.snap(channel).and_then(|snapshot| snapshot.bridge) else {
            return;
        };
        let members = self
            .bridges
            .get(&id)
            .map_or_else(Vec::new, |bridge| bridge.snapshot.members.clone());
        if self
            .bridges
            .get(&id)
            .is_some_and(|bridge| bridge.snapshot.kind == BridgeKind::Stasis)
        {
            self.leave_meeting(now, id, channel);
            return;
        }
        for &member in std::iter::once(&channel).chain(members.iter().filter(|&&member| member != channel)) {
            self.forget_peer(now, member);
        }
        self.depart(now, id, channel);
        let cause = self.snap(channel).map_or(Cause::NONE, |channel| channel.cause);
        for left in members.into_iter().filter(|&member| member != channel) {
            self.depart(now, id, left);
            self.note_peer_cause(left, cause);
            self.drop_bridge(now, id);
            self.settle_left(now, left);
        }
        self.drop_bridge(now, id);
    }

    /// Empties `BRIDGEPEER`, unless it is empty.
    pub(crate) fn forget_peer(&mut self, now: Duration, id: ChannelId) {
        if self
            .variable(id, "BRIDGEPEER")
            .is_some_and(|peer| !peer.is_empty())
        {
            self.note_variable(now, id, "BRIDGEPEER", "");
        }
    }

    fn depart(&mut self, now: Duration, id: BridgeId, channel: ChannelId) {
        self.step_out(now, channel);
        self.note_call_times(now, channel);
        let has_lease = self
            .channels
            .get(&channel)
            .is_some_and(|channel| channel.top().is_some());
        if has_lease {
            self.notices.push_back(Notice::BridgeLeft { channel, bridge: id });
        }
    }

    /// Who stays behind ends for the reason its peer ended for, unless it finds another.
    fn note_peer_cause(&mut self, left: ChannelId, cause: Cause) {
        let stays = self
            .channels
            .get(&left)
            .is_some_and(|channel| channel.interruption.is_none());
        if stays && cause != Cause::NONE {
            self.note_cause(left, cause);
        }
    }

    /// What becomes of a channel whose bridge ended under it.
    fn settle_left(&mut self, now: Duration, channel: ChannelId) {
        let Some(left) = self.channels.get(&channel) else {
            return;
        };
        match left.custody {
            Custody::Bridge if !self.has_fault(Fault::OrphanedPeer) => self.set_loose(now, channel),
            Custody::Bridge | Custody::Leases | Custody::Leg(_) | Custody::Answered(_) => {}
        }
    }

    pub(crate) fn drop_bridge(&mut self, now: Duration, id: BridgeId) {
        let is_empty = self
            .bridges
            .get(&id)
            .is_some_and(|bridge| bridge.snapshot.members.is_empty());
        if is_empty && let Some(bridge) = self.bridges.remove(&id) {
            self.emit(
                now,
                EventKind::BridgeDestroyed {
                    bridge: bridge.snapshot,
                },
            );
        }
    }

    /// The variables that `Dial` leaves on its caller when the call is over.
    pub(crate) fn note_call_times(&mut self, now: Duration, id: ChannelId) {
        let Some(times) = self
            .channels
            .get_mut(&id)
            .and_then(|channel| channel.dial_times.take())
        else {
            return;
        };
        let answered = now.saturating_sub(times.answered_at);
        let dialled = now.saturating_sub(times.started_at);
        self.note_variable(now, id, "ANSWEREDTIME", &answered.as_secs().to_string());
        self.note_variable(now, id, "ANSWEREDTIME_MS", &answered.as_millis().to_string());
        self.note_variable(now, id, "DIALEDTIME", &dialled.as_secs().to_string());
        self.note_variable(now, id, "DIALEDTIME_MS", &dialled.as_millis().to_string());
        self.note_variable(now, id, "DIALSTATUS", DialStatus::Answer.as_str());
    }
}
