//! Bridges that clients make: channels enter and leave as their controllers ask, and the bridge stays.

use crate::audio::hold_music;
use crate::bridge::{Announcement, Bridge};
use crate::channel::{Activity, Custody};
use crate::config::{BridgeSpec, EnterSpec};
use crate::{Switch, next};
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{
    BridgeId, BridgeKind, BridgePurpose, BridgeSnapshot, ChannelId, EventKind, Lease, Notice, PlaybackId,
    Refusal, VideoMode,
};

impl Switch {
    /// Makes a bridge that stays until it is destroyed.
    ///
    /// # Errors
    /// [`Refusal::Conflict`] if its uniqueid is taken; [`Refusal::Full`]; [`Refusal::Shutdown`].
    pub fn create_bridge(&mut self, now: Duration, spec: BridgeSpec) -> Result<BridgeId, Refusal> {
        if self.is_shutting_down {
            return Err(Refusal::Shutdown);
        }
        if self.bridges.len() >= self.config.limits.bridges {
            return Err(Refusal::Full("bridges"));
        }
        if let Some(wanted) = &spec.uniqueid
            && self.bridge_by_uniqueid(wanted).is_some()
        {
            return Err(Refusal::Conflict("the bridge exists already"));
        }
        let id = BridgeId(next(&mut self.counters.bridge));
        let snapshot = Arc::new(BridgeSnapshot {
            id,
            uniqueid: spec.uniqueid.unwrap_or_else(|| self.make_uuid()),
            kind: BridgeKind::Stasis,
            purpose: spec.purpose,
            technology: match spec.purpose {
                BridgePurpose::Mixing => "simple_bridge",
                BridgePurpose::Holding => "holding_bridge",
            },
            creator: spec.creator,
            name: spec.name,
            members: Vec::new(),
            member_uniqueids: Vec::new(),
            created_at: now,
            video: spec.video,
            variables: Arc::default(),
        });
        self.bridges.insert(id, Bridge::new(snapshot.clone()));
        self.emit(now, EventKind::BridgeCreated { bridge: snapshot });
        Ok(id)
    }

    /// The bridge clients know by that name.
    pub fn bridge_by_uniqueid(&self, uniqueid: &str) -> Option<BridgeId> {
        let mut bridges = self.bridges.values().map(|bridge| &bridge.snapshot);
        bridges
            .find(|bridge| *bridge.uniqueid == *uniqueid)
            .map(|bridge| bridge.id)
    }

    /// Ends a bridge. Its members leave: their controllers get [`Notice::BridgeLeft`], parties without one are hung up.
    ///
    /// # Errors
    /// [`Refusal::NoSuchBridge`].
    pub fn destroy_bridge(&mut self, now: Duration, id: BridgeId) -> Result<(), Refusal> {
        let bridge = self.bridges.get(&id).ok_or(Refusal::NoSuchBridge)?;
        let members = bridge.snapshot.members.clone();
        self.choose_video(now, id, VideoMode::Talker);
        for member in members {
            if self.is_member(id, member) {
                self.put_out(now, member);
            }
        }
        if let Some(announcement) = self
            .bridges
            .get_mut(&id)
            .and_then(|bridge| bridge.playback.take())
        {
            self.report_playback(id, announcement.playback, false);
        }
        self.drop_bridge(now, id);
        self.mark_bridge(id);
        self.settle_audio();
        Ok(())
    }

    fn is_member(&self, id: BridgeId, channel: ChannelId) -> bool {
        self.bridges
            .get(&id)
            .is_some_and(|bridge| bridge.snapshot.members.contains(&channel))
    }

    /// Lets a channel into a bridge that a client made. One that is in another such bridge moves.
    ///
    /// # Errors
    /// As for [`Self::answer`]; [`Refusal::NoSuchBridge`]; [`Refusal::Full`]; [`Refusal::Conflict`] if either is part of a
    /// two-party call.
    pub fn enter_bridge(
        &mut self,
        now: Duration,
        lease: Lease,
        id: BridgeId,
        spec: EnterSpec,
    ) -> Result<(), Refusal> {
        let most = self.config.limits.members;
        let channel = lease.channel;
        let present = self.driven(lease)?.snapshot.bridge;
        let bridge = self.bridges.get(&id).ok_or(Refusal::NoSuchBridge)?;
        if bridge.snapshot.kind != BridgeKind::Stasis {
            return Err(Refusal::Conflict("the bridge belongs to a two-party call"));
        }
        if bridge.snapshot.members.len() >= most {
            return Err(Refusal::Full("members of the bridge"));
        }
        if let Some(present) = present {
            let kind = self.bridges.get(&present).map(|bridge| bridge.snapshot.kind);
            if kind == Some(BridgeKind::Basic) {
                return Err(Refusal::Conflict("the channel is in a two-party call"));
            }
            self.leave_meeting(now, present, channel);
        }
        self.set_activity(now, channel, None);
        let first = self.bridges.get_mut(&id).and_then(|bridge| {
            bridge.parts.insert(channel, spec);
            bridge.snapshot.members.first().copied()
        });
        if let Some(first) = first {
            self.link(now, channel, first);
        }
        self.enter(now, id, channel, None);
        self.mark_bridge(id);
        self.introduce(now, id, channel, spec);
        self.settle_audio();
        Ok(())
    }

    /// Tells members of a mixing bridge who they are with, and those of a holding one that they wait.
    fn introduce(&mut self, now: Duration, id: BridgeId, channel: ChannelId, spec: EnterSpec) {
        let Some(bridge) = self.bridges.get(&id).map(|bridge| bridge.snapshot.clone()) else {
            return;
        };
        match bridge.purpose {
            BridgePurpose::Holding if spec.is_announcer => {}
            BridgePurpose::Holding => {
                let class = self.bridges.get(&id).and_then(|bridge| bridge.music.clone());
                self.note_music(now, channel, Some(class.unwrap_or_else(hold_music)));
            }
            BridgePurpose::Mixing => {
                self.note_all_peers(now, &bridge.members);
                let &[one, two] = bridge.members.as_slice() else {
                    return;
                };
                let kept = |channel| {
                    let part = self
                        .bridges
                        .get(&id)
                        .and_then(|bridge| bridge.parts.get(&channel));
                    part.is_some_and(|part| part.keeps_connected_line)
                };
                if kept(one) || kept(two) {
                    return;
                }
                for (told, other) in [(two, one), (one, two)] {
                    if let Some(other) = self.snap(other) {
                        self.update_connected(now, told, other.caller.clone());
                    }
                }
            }
        }
    }

    /// Sets each member's `BRIDGEPEER` to the names of the others, the oldest channel first.
    fn note_all_peers(&mut self, now: Duration, members: &[ChannelId]) {
        if members.len() < 2 {
            return;
        }
        let mut sorted = members.to_vec();
        sorted.sort_unstable();
        for &member in &sorted {
            let others = members.iter().filter(|&&other| other != member);
            let names: Vec<_> = others
                .filter_map(|&other| self.snap(other))
                .map(|other| other.name.clone())
                .collect();
            self.note_variable(now, member, "BRIDGEPEER", &names.join(","));
        }
    }

    /// A channel leaves its bridge at its controller's wish.
    ///
    /// # Errors
    /// As for [`Self::answer`]; [`Refusal::NoSuchBridge`] if it is in none that a client made.
    pub fn leave_bridge_by_lease(&mut self, now: Duration, lease: Lease) -> Result<(), Refusal> {
        let id = self.driven(lease)?.snapshot.bridge.ok_or(Refusal::NoSuchBridge)?;
        let kind = self.bridges.get(&id).map(|bridge| bridge.snapshot.kind);
        if kind != Some(BridgeKind::Stasis) {
            return Err(Refusal::NoSuchBridge);
        }
        self.leave_meeting(now, id, lease.channel);
        self.settle_audio();
        Ok(())
    }

    /// Takes a channel out of the bridge it is in. Its controller gets [`Notice::BridgeLeft`]; a party without one is hung
    /// up.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`]; [`Refusal::NoSuchBridge`] if it is in none.
    pub fn evict(&mut self, now: Duration, channel: ChannelId) -> Result<(), Refusal> {
        let snapshot = self.snap(channel).ok_or(Refusal::NoSuchChannel)?;
        snapshot.bridge.ok_or(Refusal::NoSuchBridge)?;
        self.put_out(now, channel);
        self.settle_audio();
        Ok(())
    }

    fn put_out(&mut self, now: Duration, channel: ChannelId) {
        let Some(id) = self.snap(channel).and_then(|snapshot| snapshot.bridge) else {
            return;
        };
        let kind = self.bridges.get(&id).map(|bridge| bridge.snapshot.kind);
        self.leave_bridge(now, channel);
        let Some(left) = self.channels.get(&channel) else {
            return;
        };
        match (kind, left.custody) {
            (Some(BridgeKind::Stasis), _) if left.top().is_some() => {
                self.notices.push_back(Notice::BridgeLeft { channel, bridge: id });
            }
            (_, Custody::Bridge) => self.set_loose(now, channel),
            (_, Custody::Leases | Custody::Leg(_) | Custody::Answered(_)) => {}
        }
    }

    /// A channel leaves a bridge that a client made.
    pub(crate) fn leave_meeting(&mut self, now: Duration, id: BridgeId, channel: ChannelId) {
        self.forget_peer(now, channel);
        self.mark_bridge(id);
        let Some(bridge) = self.bridges.get_mut(&id) else {
            return;
        };
        bridge.parts.remove(&channel);
        let source = match &bridge.snapshot.video {
            VideoMode::Single(source) => Some(source.clone()),
            VideoMode::None | VideoMode::Talker => None,
        };
        let is_shown = |source| {
            self.snap(channel)
                .is_some_and(|channel| channel.uniqueid == source)
        };
        if source.is_some_and(is_shown) {
            self.choose_video(now, id, VideoMode::Talker);
        }
        self.step_out(now, channel);
        self.mark_bridge(id);
        let members = self
            .bridges
            .get(&id)
            .map(|bridge| bridge.snapshot.members.clone());
        if let Some(&[alone]) = members.as_deref() {
            self.forget_peer(now, alone);
        }
    }

    /// Music that a channel heard because of the bridge it is in ends with that.
    pub(crate) fn stop_hold_music(&mut self, now: Duration, channel: ChannelId) {
        let by_itself = self
            .channels
            .get(&channel)
            .is_some_and(|channel| matches!(channel.activity, Some(Activity::Music(_))));
        if !by_itself {
            self.note_music(now, channel, None);
        }
    }

    /// Plays sounds to all members. [`Notice::BridgePlaybackEnded`] follows in any case.
    ///
    /// # Errors
    /// [`Refusal::NoSuchBridge`]; [`Refusal::Invalid`] without any sound; [`Refusal::Conflict`] in a two-party call, and in a
    /// holding bridge with an announcer.
    pub fn play_in_bridge(
        &mut self,
        _now: Duration,
        id: BridgeId,
        sounds: Arc<[Arc<str>]>,
        language: Arc<str>,
    ) -> Result<PlaybackId, Refusal> {
        if sounds.is_empty() {
            return Err(Refusal::Invalid("there is no sound to play".into()));
        }
        let bridge = self.meeting(id)?;
        if bridge.snapshot.purpose == BridgePurpose::Holding && bridge.has_announcer() {
            // As the field has it: the one who announces is not talked over.
            return Err(Refusal::Conflict("the bridge has an announcer"));
        }
        let playback = PlaybackId(next(&mut self.counters.playback));
        let bridge = self.meeting(id)?;
        let announcement = Announcement {
            playback,
            sounds,
            language,
        };
        if let Some(before) = bridge.playback.replace(announcement) {
            self.report_playback(id, before.playback, false);
        }
        self.mark_bridge(id);
        self.settle_audio();
        Ok(playback)
    }

    /// Ends a playback of a bridge; another one than runs is passed over.
    pub fn stop_in_bridge(&mut self, _now: Duration, id: BridgeId, playback: PlaybackId) {
        self.bridge_playback_ended(id, playback, false);
        self.settle_audio();
    }

    pub(crate) fn bridge_playback_ended(&mut self, id: BridgeId, ended: PlaybackId, complete: bool) {
        let Some(bridge) = self.bridges.get_mut(&id) else {
            return;
        };
        if bridge
            .playback
            .take_if(|announcement| announcement.playback == ended)
            .is_some()
        {
            self.report_playback(id, ended, complete);
            self.mark_bridge(id);
        }
    }

    fn report_playback(&mut self, bridge: BridgeId, playback: PlaybackId, complete: bool) {
        self.notices.push_back(Notice::BridgePlaybackEnded {
            bridge,
            playback,
            complete,
        });
    }

    /// Lets all members hear music of that class, or no more; answers whether there was some.
    ///
    /// # Errors
    /// [`Refusal::NoSuchBridge`]; [`Refusal::Conflict`] in a two-party call.
    pub fn bridge_music(
        &mut self,
        now: Duration,
        id: BridgeId,
        class: Option<Arc<str>>,
    ) -> Result<bool, Refusal> {
        let bridge = self.meeting(id)?;
        let had_some = std::mem::replace(&mut bridge.music, class.clone()).is_some();
        if bridge.snapshot.purpose == BridgePurpose::Holding {
            let class = class.unwrap_or_else(hold_music);
            let members = bridge.snapshot.members.iter().copied();
            let waiting: Vec<_> = members.filter(|&member| !bridge.speaks(member)).collect();
            for member in waiting {
                self.note_music(now, member, Some(class.clone()));
            }
        }
        self.mark_bridge(id);
        self.settle_audio();
        Ok(had_some)
    }

    /// Says whose picture members are to see; none gives the choice back.
    ///
    /// # Errors
    /// [`Refusal::NoSuchBridge`]; [`Refusal::NoSuchChannel`] if it is not in the bridge.
    pub fn set_video_source(
        &mut self,
        now: Duration,
        id: BridgeId,
        source: Option<ChannelId>,
    ) -> Result<(), Refusal> {
        self.meeting(id)?;
        let mode = match source {
            Some(source) if !self.is_member(id, source) => return Err(Refusal::NoSuchChannel),
            Some(source) => {
                VideoMode::Single(self.snap(source).ok_or(Refusal::NoSuchChannel)?.uniqueid.clone())
            }
            None => VideoMode::Talker,
        };
        self.choose_video(now, id, mode);
        Ok(())
    }

    fn choose_video(&mut self, now: Duration, id: BridgeId, mode: VideoMode) {
        let Some(bridge) = self.bridges.get(&id) else {
            return;
        };
        let single = |mode: &VideoMode| match mode {
            VideoMode::Single(source) => Some(source.clone()),
            VideoMode::None | VideoMode::Talker => None,
        };
        let previous = single(&bridge.snapshot.video);
        if previous == single(&mode) {
            return;
        }
        let bridge = self.edit_bridge(id, |bridge| bridge.video = mode);
        if let Some(bridge) = bridge {
            self.emit(now, EventKind::VideoSourceChanged { bridge, previous });
        }
    }

    pub(crate) fn meeting(&mut self, id: BridgeId) -> Result<&mut Bridge, Refusal> {
        let bridge = self.bridges.get_mut(&id).ok_or(Refusal::NoSuchBridge)?;
        match bridge.snapshot.kind {
            BridgeKind::Stasis => Ok(bridge),
            BridgeKind::Basic => Err(Refusal::Conflict("the bridge belongs to a two-party call")),
        }
    }
}
