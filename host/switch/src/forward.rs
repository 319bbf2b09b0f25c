//! Legs that name somebody else to call: the call goes on there, through the dialplan.

use crate::Switch;
use crate::channel::Custody;
use crate::config::{DialLeg, DialTarget};
use crate::dialler::Made;
use crate::local::LocalPair;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{Cause, ChannelId, DialId, DialStatus, EventKind, Step};

/// Parties that may send one call on, one after the other; a further one counts as refused, so that two who name each other
/// come to an end.
const HOPS_MAX: u32 = 10;

impl Switch {
    /// A leg wants the call to go to an extension of its own context instead. One that nobody dialled from a channel, or one too
    /// many, has refused.
    pub(crate) fn leg_forwarded(&mut self, now: Duration, leg: ChannelId, exten: &Arc<str>, cause: Cause) {
        if let Some(channel) = self.channels.get_mut(&leg) {
            channel.is_far_gone = true;
        }
        match self.forwarding(leg) {
            Some((dial, owner)) => self.forward(now, (dial, owner), leg, exten),
            None => self.far_end_gone(now, leg, cause),
        }
    }

    /// The dial of a leg that may lead elsewhere, and who dials.
    fn forwarding(&self, leg: ChannelId) -> Option<(DialId, ChannelId)> {
        let Custody::Leg(dial) = self.channels.get(&leg)?.custody else {
            return None;
        };
        let entry = self.dials.get(&dial)?;
        let is_leg = |other: &&crate::dial::Leg| other.channel == leg;
        if entry
            .legs
            .iter()
            .find(is_leg)
            .is_some_and(|leg| !leg.is_forwarded)
        {
            return None;
        }
        let owner = entry.owner?;
        (self.has_room(2) && self.hops(owner) < HOPS_MAX).then_some((dial, owner))
    }

    /// How many parties sent the call on before it got to a channel.
    pub(crate) fn hops(&self, id: ChannelId) -> u32 {
        self.channels.get(&id).map_or(0, |channel| channel.hops)
    }

    /// A pair is a leg of a dial that a channel makes, and got as far as that.
    pub(crate) fn keep_pair(
        &mut self,
        dial: DialId,
        parent: Option<ChannelId>,
        (one, two): (ChannelId, ChannelId),
    ) {
        self.set_custody(one, Custody::Leg(dial));
        let hops = parent.map_or(0, |parent| self.hops(parent));
        self.set_hops(&[one, two], hops);
    }

    fn set_hops(&mut self, ids: &[ChannelId], hops: u32) {
        for id in ids {
            if let Some(channel) = self.channels.get_mut(id) {
                channel.hops = hops;
            }
        }
    }

    fn forward(
        &mut self,
        now: Duration,
        (dial, owner): (DialId, ChannelId),
        leg: ChannelId,
        exten: &Arc<str>,
    ) {
        let (Some(forwarder), Some(caller)) = (self.snap(leg), self.snap(owner)) else {
            return;
        };
        // The one who sends the call on may send it where it could call itself, not where its caller could.
        let Some(context) = self.channels.get(&leg).map(|channel| channel.home.clone()) else {
            return;
        };
        let pair = LocalPair {
            exten: exten.clone(),
            context: context.clone(),
            optimize: true,
            parent: Some(owner),
            account: None,
            uniqueid: None,
            second_uniqueid: None,
        };
        let (one, two) = self.create_local(now, pair);
        self.set_custody(one, Custody::Leg(dial));
        let hops = self.hops(owner) + 1;
        self.set_hops(&[one, two], hops);
        self.inherit(now, owner, one);
        self.note_variable(now, one, "FORWARDERNAME", &forwarder.name);
        // It was reached as whoever was dialled first.
        self.change(now, one, |snapshot| {
            snapshot.caller.number = Some(caller.place.exten.clone());
        });
        let step = Step {
            application: Arc::from("AppDial"),
            data: Arc::from("(Outgoing Line)"),
        };
        self.change(now, one, |snapshot| {
            snapshot.step = Some(step);
            snapshot.connected = caller.caller.clone();
        });
        self.inherit(now, owner, two);
        self.note_variable(now, two, "FORWARDERNAME", &forwarder.name);
        self.mirror_parties(now, one, two);
        self.emit(
            now,
            EventKind::DialEnded {
                caller: self.snap(owner),
                peer: forwarder,
                status: DialStatus::Cancel,
                forward: Some(exten.clone()),
            },
        );
        if let Some(entry) = self.dials.get_mut(&dial) {
            entry.legs.retain(|other| other.channel != leg);
        }
        let target = DialTarget::Local {
            exten: exten.clone(),
            context: context.clone(),
            optimize: true,
        };
        let to = DialLeg::new(target, &format!("{exten}@{context}"));
        let made = Made {
            channel: one,
            second: Some(two),
        };
        self.start_leg(now, dial, Some(owner), to, made);
        self.set_custody(leg, Custody::Answered(None));
        self.end(now, leg);
    }

    /// Who reached a bridge need not be called back for whoever sent it on.
    pub(crate) fn forget_forwarder(&mut self, now: Duration, id: ChannelId) {
        if self
            .variable(id, "FORWARDERNAME")
            .is_some_and(|name| !name.is_empty())
        {
            self.note_variable(now, id, "FORWARDERNAME", "");
        }
    }
}
