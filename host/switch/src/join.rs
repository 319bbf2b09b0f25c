//! Channels that are taken out of whatever they do, to be bridged with each other.

use crate::channel::Custody;
use crate::{Joiner, Switch};
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{BridgeId, Cause, ChannelId, Interruption, Lease, Notice, Place, Refusal};

/// Who a channel is to be bridged with, once both are let go of.
pub(crate) struct Joining {
    with: ChannelId,
    /// It enters before the other.
    leads: bool,
    /// Its controllers let go of it, or wait for the other.
    is_ready: bool,
    /// Sounds it hears first.
    sounds: Option<Arc<[Arc<str>]>>,
    /// Where it goes on in the dialplan afterwards; it is hung up without one.
    after: Option<Place>,
}

impl Switch {
    /// What [`Notice::BridgeLeft`] names when the other of [`Self::join`] was gone before they met.
    pub const NO_BRIDGE: BridgeId = BridgeId(u64::MAX);

    /// Takes two channels out of what they do and bridges them, as soon as both are let go of. What they were bridged with
    /// ends as if they had left.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`]; [`Refusal::Conflict`] if they are one, or either is being dialled, bridged like this already
    /// or ending. Then neither moves.
    pub fn bridge_channels(&mut self, now: Duration, one: Joiner, two: Joiner) -> Result<(), Refusal> {
        self.may_join(one.channel, two.channel)?;
        self.may_join(two.channel, one.channel)?;
        let (first, second) = (one.channel, two.channel);
        self.note_joining(one, second, (true, false));
        self.note_joining(two, first, (false, false));
        // Neither is hung up because the other leaves the bridge they share.
        for id in [first, second] {
            self.free_from_bridge(id);
        }
        for id in [first, second] {
            self.take_over(now, id);
        }
        self.settle_audio();
        Ok(())
    }

    /// Bridges the channel with another one, which is taken out of what it does. [`Notice::BridgeLeft`] tells when that is over,
    /// also if it never came to it.
    ///
    /// # Errors
    /// As for [`Self::answer`] and [`Self::bridge_channels`].
    pub fn join(&mut self, now: Duration, lease: Lease, other: Joiner) -> Result<(), Refusal> {
        let id = self.driven(lease)?.id();
        self.may_join(id, other.channel)?;
        self.may_join(other.channel, id)?;
        let peer = other.channel;
        self.note_joining(Joiner::new(id), peer, (true, true));
        self.note_joining(other, id, (false, false));
        self.free_from_bridge(peer);
        self.take_over(now, peer);
        self.settle_audio();
        Ok(())
    }

    fn may_join(&self, id: ChannelId, with: ChannelId) -> Result<(), Refusal> {
        let channel = self.channels.get(&id).ok_or(Refusal::NoSuchChannel)?;
        let is_ending = channel
            .interruption
            .is_some_and(|by| by > Interruption::Redirected);
        let is_leg = matches!(channel.custody, Custody::Leg(_));
        match () {
            () if id == with => Err(Refusal::Conflict("a channel cannot be bridged with itself")),
            () if is_ending => Err(Refusal::Conflict("the channel is ending")),
            () if is_leg || channel.undialled.is_some() => {
                Err(Refusal::Conflict("the channel is not answered"))
            }
            () if channel.joining.is_some() => Err(Refusal::Conflict("the channel is being bridged already")),
            () => Ok(()),
        }
    }

    fn note_joining(&mut self, joiner: Joiner, with: ChannelId, (leads, is_ready): (bool, bool)) {
        if let Some(channel) = self.channels.get_mut(&joiner.channel) {
            channel.joining = Some(Joining {
                with,
                leads,
                is_ready,
                sounds: joiner.sounds,
                after: joiner.after,
            });
        }
    }

    /// A party that only its bridge keeps does not end with it.
    fn free_from_bridge(&mut self, id: ChannelId) {
        let custody = self.channels.get(&id).map(|channel| channel.custody);
        if custody.is_some_and(|custody| custody != Custody::Leases) {
            self.unclaim(id);
            self.set_custody(id, Custody::Answered(None));
        }
    }

    fn take_over(&mut self, now: Duration, id: ChannelId) {
        match self.channels.get(&id).map(|channel| channel.custody) {
            Some(Custody::Leases) => self.interrupt(now, id, Interruption::TakenOver),
            Some(Custody::Answered(_) | Custody::Bridge | Custody::Leg(_)) => {
                self.leave_bridge(now, id);
                self.ready_to_join(now, id);
            }
            None => {}
        }
    }

    /// The last controller of a channel that was taken over for a bridge lets go of it; false if it was not.
    pub(crate) fn hand_over(&mut self, now: Duration, id: ChannelId) -> bool {
        let Some(channel) = self.channels.get_mut(&id) else {
            return false;
        };
        if channel.interruption != Some(Interruption::TakenOver) || channel.joining.is_none() {
            return false;
        }
        channel.leases.clear();
        channel.interruption = None;
        channel.redirect = None;
        self.drop_dial(now, id);
        self.set_activity(now, id, None);
        self.set_custody(id, Custody::Answered(None));
        self.rest(id);
        self.ready_to_join(now, id);
        true
    }

    fn ready_to_join(&mut self, now: Duration, id: ChannelId) {
        let Some(joining) = self
            .channels
            .get_mut(&id)
            .and_then(|channel| channel.joining.as_mut())
        else {
            return;
        };
        joining.is_ready = true;
        let (with, leads) = (joining.with, joining.leads);
        let other = self.channels.get(&with).and_then(|other| other.joining.as_ref());
        if other.is_some_and(|other| other.is_ready && other.with == id) {
            let (first, last) = if leads { (id, with) } else { (with, id) };
            self.meet(now, first, last);
        }
    }

    fn meet(&mut self, now: Duration, first: ChannelId, last: ChannelId) {
        let mut sounds = Vec::new();
        for id in [first, last] {
            self.bring_up(now, id);
            if self.snap(id).is_some_and(|channel| channel.cause == Cause::NONE) {
                self.note_cause(id, Cause::NORMAL_CLEARING);
            }
            self.set_activity(now, id, None);
            let Some(channel) = self.channels.get_mut(&id) else {
                continue;
            };
            let Some(joining) = channel.joining.take() else {
                continue;
            };
            sounds.extend(joining.sounds.map(|sounds| (id, sounds)));
            if channel.leases.is_empty() {
                channel.custody = Custody::Bridge;
                channel.after = joining.after;
            }
        }
        self.link(now, first, last);
        let bridge = self.create_basic(now);
        self.enter(now, bridge, first, None);
        self.enter(now, bridge, last, None);
        self.note_peers(now, bridge);
        for (told, other) in [(first, last), (last, first)] {
            if let Some(other) = self.snap(other) {
                self.update_connected(now, told, other.caller.clone());
            }
        }
        for (id, sounds) in sounds {
            self.begin_playback(now, id, sounds);
        }
        self.optimize_around(now, &[first, last]);
    }

    /// A channel that was to be bridged will not be: the other need not wait for it.
    pub(crate) fn part_join(&mut self, now: Duration, id: ChannelId) {
        let joining = self
            .channels
            .get_mut(&id)
            .and_then(|channel| channel.joining.take());
        let Some(with) = joining.map(|joining| joining.with) else {
            return;
        };
        let Some(other) = self.channels.get_mut(&with) else {
            return;
        };
        let Some(joining) = other.joining.take_if(|joining| joining.with == id) else {
            return;
        };
        let is_held = other.top().is_some();
        match (joining.is_ready, is_held) {
            // Whoever holds it is on the way down, and its end is the channel's.
            (false, _) => {}
            (true, true) => self.notices.push_back(Notice::BridgeLeft {
                channel: with,
                bridge: Self::NO_BRIDGE,
            }),
            (true, false) => {
                other.after = joining.after;
                self.set_loose(now, with);
            }
        }
    }

    /// A channel that was only kept by its bridge goes on where it was told to, or ends.
    pub(crate) fn set_loose(&mut self, now: Duration, id: ChannelId) {
        let after = self
            .channels
            .get_mut(&id)
            .and_then(|channel| channel.after.take());
        if let Some(place) = after {
            self.set_custody(id, Custody::Answered(None));
            self.begin_dialplan(id, place);
            return;
        }
        if self.snap(id).is_some_and(|channel| channel.cause == Cause::NONE) {
            self.note_cause(id, Cause::NORMAL_CLEARING);
        }
        self.end(now, id);
    }
}
