//! How a channel ends, and how its controllers are made to let go of it.

use crate::channel::Custody;
use crate::snoop::closed;
use crate::timer::Timer;
use crate::{Fault, Switch};
use std::time::Duration;
use ucx_call::{
    Cause, ChannelId, ChannelState, DialStatus, EventKind, Interruption, Lease, Notice, Place, Refusal,
    Technology,
};

/// The SIP status of who does not want to talk.
const DECLINED: u16 = 603;

impl Switch {
    /// Asks for a channel's end. Whoever controls it is told and winds up; a channel that nobody controls ends at once.
    /// Without a cause, the one that is known stays.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`].
    pub fn hangup(&mut self, now: Duration, id: ChannelId, cause: Cause) -> Result<(), Refusal> {
        self.hangup_shown(now, id, cause, None)
    }

    /// As [`Self::hangup`], and the world is told of the request, with that number.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`].
    pub fn hangup_shown(
        &mut self,
        now: Duration,
        id: ChannelId,
        cause: Cause,
        shown: Option<Cause>,
    ) -> Result<(), Refusal> {
        let channel = self.snap(id).ok_or(Refusal::NoSuchChannel)?;
        if cause != Cause::NONE {
            self.note_cause(id, cause);
        }
        if let Some(cause) = shown {
            self.emit(
                now,
                EventKind::HangupRequested {
                    channel,
                    cause,
                    soft: true,
                },
            );
        }
        self.interrupt(now, id, Interruption::HungUp);
        self.settle_audio();
        Ok(())
    }

    /// The dialplan begins to end a channel, before its `h` extension runs. The cause it gives counts unless somebody hung
    /// the channel up; nothing but (dead) operations work from here on.
    pub fn wind_up(&mut self, now: Duration, lease: Lease, cause: Cause) {
        self.unwind(now, lease, cause, true);
    }

    fn unwind(&mut self, now: Duration, lease: Lease, cause: Cause, is_told: bool) {
        let Ok(channel) = self.ending(lease) else { return };
        if channel.leases.len() != 1 || std::mem::replace(&mut channel.is_winding_up, true) {
            return;
        }
        let id = channel.id();
        let is_hung_up = channel.interruption.replace(Interruption::HungUp) == Some(Interruption::HungUp);
        let is_known = channel.snapshot.cause != Cause::NONE;
        if cause != Cause::NONE && !(is_hung_up && is_known) {
            self.note_cause(id, cause);
        }
        if let (Some(channel), true) = (self.snap(id), is_told) {
            self.emit(
                now,
                EventKind::HangupRequested {
                    channel,
                    cause: Cause::NORMAL_CLEARING,
                    soft: true,
                },
            );
        }
        self.leave_bridge(now, id);
        self.drop_dial(now, id);
        self.set_activity(now, id, None);
        self.rest(id);
        self.settle_audio();
    }

    /// The channel runs no step of the dialplan any more.
    pub(crate) fn rest(&mut self, id: ChannelId) {
        let idle = self
            .channels
            .get(&id)
            .and_then(|channel| channel.idle_step.clone());
        self.note(id, |snapshot| snapshot.step = idle);
    }

    /// The one application that a channel was given to is over, and so is the channel. As [`Self::finish`], but nobody asks
    /// for an end that was agreed on.
    pub fn finish_application(&mut self, now: Duration, lease: Lease, cause: Cause) {
        self.unwind(now, lease, cause, false);
        self.finish(now, lease, cause);
    }

    /// Refuses a call that is not answered: its far end is told why, and is gone with that.
    ///
    /// # Errors
    /// As for [`Self::answer`].
    pub fn refuse(&mut self, now: Duration, lease: Lease, cause: Cause) -> Result<(), Refusal> {
        let channel = self.driven(lease)?;
        let id = channel.id();
        let other = channel.half.as_ref().map(|half| half.other);
        let leg = other.and_then(|other| Some((self.channels.get(&other)?.custody, other)));
        if let Some((Custody::Leg(dial), other)) = leg {
            self.change(now, id, |snapshot| snapshot.state = ChannelState::Busy);
            self.leg_failed(now, dial, other, DialStatus::from_cause(cause));
            self.note_cause(id, cause);
        } else if other.is_some() {
            self.note_cause(id, cause);
            self.interrupt(now, id, Interruption::HungUp);
        } else {
            self.note_cause(id, cause);
            self.release_leg(id);
            if let Some(status) = cause.sip_status() {
                self.note_protocol_cause(id, status);
            }
            if let Some(channel) = self.channels.get_mut(&id) {
                channel.is_far_gone = true;
            }
            self.change(now, id, |snapshot| snapshot.state = ChannelState::Busy);
            self.far_end_gone(now, id, cause);
        }
        self.settle_audio();
        Ok(())
    }

    /// The dialplan is done with a channel: it is hung up and over. The given cause counts if none is known.
    pub fn finish(&mut self, now: Duration, lease: Lease, cause: Cause) {
        self.wind_up(now, lease, Cause::NONE);
        let Ok(channel) = self.ending(lease) else { return };
        let id = channel.id();
        if channel.leases.len() != 1 {
            return;
        }
        if channel.snapshot.cause == Cause::NONE {
            self.note_cause(id, cause);
        }
        self.rest(id);
        self.end(now, id);
        self.settle_audio();
    }

    /// Sends a channel to another place of the dialplan. Its controllers let go first; a bridged channel that nobody
    /// controls starts there at once.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`]; [`Refusal::Conflict`] if it is not answered by us or by its party, or is ending.
    pub fn redirect(&mut self, now: Duration, id: ChannelId, place: Place) -> Result<(), Refusal> {
        self.may_redirect(id)?;
        self.redirect_all(now, vec![(id, place)]);
        Ok(())
    }

    /// Sends two channels to other places at once, so that neither is hung up because the other left their bridge.
    ///
    /// # Errors
    /// As for [`Self::redirect`], and then neither moves.
    pub fn redirect_both(
        &mut self,
        now: Duration,
        one: (ChannelId, Place),
        two: (ChannelId, Place),
    ) -> Result<(), Refusal> {
        self.may_redirect(one.0)?;
        self.may_redirect(two.0)?;
        self.redirect_all(now, vec![one, two]);
        Ok(())
    }

    fn may_redirect(&self, id: ChannelId) -> Result<(), Refusal> {
        let channel = self.channels.get(&id).ok_or(Refusal::NoSuchChannel)?;
        if channel
            .interruption
            .is_some_and(|by| by > Interruption::Redirected)
        {
            return Err(Refusal::Conflict("the channel is ending"));
        }
        match channel.custody {
            Custody::Leg(_) => Err(Refusal::Conflict("the channel is not answered")),
            Custody::Answered(_) | Custody::Bridge | Custody::Leases => Ok(()),
        }
    }

    fn redirect_all(&mut self, now: Duration, moves: Vec<(ChannelId, Place)>) {
        for (id, place) in &moves {
            self.forget_peer(now, *id);
            let is_bridged = self.snap(*id).is_some_and(|snapshot| snapshot.bridge.is_some());
            match self.channels.get_mut(id) {
                Some(channel) if channel.custody == Custody::Leases => channel.redirect = Some(place.clone()),
                Some(_) => {
                    self.unclaim(*id);
                    self.set_custody(*id, Custody::Answered(None));
                }
                None => {}
            }
            // Who leaves a bridge for it is at the new place already, in the step that it was in.
            if is_bridged {
                self.change(now, *id, |snapshot| snapshot.place = place.clone());
            }
        }
        for (id, place) in moves {
            let Some(channel) = self.channels.get(&id) else {
                continue;
            };
            match channel.custody {
                Custody::Leases => self.interrupt(now, id, Interruption::Redirected),
                Custody::Answered(_) | Custody::Bridge | Custody::Leg(_) => {
                    self.leave_bridge(now, id);
                    self.begin_dialplan(id, place);
                }
            }
        }
        self.settle_audio();
    }

    /// The far end is gone (or the other half of a Local pair asks for the end).
    pub(crate) fn far_end_gone(&mut self, now: Duration, id: ChannelId, cause: Cause) {
        let Some(channel) = self.channels.get(&id) else {
            return;
        };
        let is_news = channel.snapshot.cause == Cause::NONE || channel.interruption.is_none();
        if is_news && cause != Cause::NONE {
            self.note_cause(id, cause);
        }
        self.end_own_dial(now, id, DialStatus::from_cause(cause));
        if let Some(channel) = self.snap(id) {
            self.emit(
                now,
                EventKind::HangupRequested {
                    cause: channel.cause,
                    channel,
                    soft: false,
                },
            );
        }
        // Who leaves a bridge without a reason ends well.
        let is_well =
            |channel: &ucx_call::ChannelSnapshot| channel.bridge.is_some() && channel.cause == Cause::NONE;
        if self.snap(id).is_some_and(|channel| is_well(&channel)) {
            self.note_cause(id, Cause::NORMAL_CLEARING);
        }
        self.interrupt(now, id, Interruption::HungUp);
    }

    /// Makes everybody let go of a channel. What nobody holds a lease on ends here, except by a mere time limit.
    pub(crate) fn interrupt(&mut self, now: Duration, id: ChannelId, by: Interruption) {
        let Some(channel) = self.channels.get_mut(&id) else {
            return;
        };
        match channel.custody {
            Custody::Leases => self.interrupt_leases(now, id, by),
            Custody::Leg(dial) => {
                let cause = channel.snapshot.cause;
                self.leg_failed(now, dial, id, DialStatus::from_cause(cause));
            }
            Custody::Answered(_) | Custody::Bridge => self.end(now, id),
        }
    }

    fn interrupt_leases(&mut self, now: Duration, id: ChannelId, by: Interruption) {
        let Some(channel) = self.channels.get_mut(&id) else {
            return;
        };
        if channel.interruption.is_some_and(|old| old > by) {
            return;
        }
        let is_first = channel.interruption.is_none();
        channel.interruption = Some(by);
        let top = channel.top();
        if by != Interruption::TakenOver {
            self.part_join(now, id);
        }
        self.end_own_dial(now, id, DialStatus::Cancel);
        self.leave_bridge(now, id);
        self.drop_dial(now, id);
        self.set_activity(now, id, None);
        // Who is on its way down already will see the stronger reason when it asks.
        if let (Some(lease), true) = (top, is_first || by == Interruption::HungUp) {
            self.notices.push_back(Notice::Interrupted { lease, by });
        }
    }

    /// Ends a channel: out of its bridge, dial and pair, then over.
    pub(crate) fn end(&mut self, now: Duration, id: ChannelId) {
        self.unclaim(id);
        self.part_join(now, id);
        self.end_own_dial(now, id, DialStatus::Cancel);
        self.leave_bridge(now, id);
        self.drop_dial(now, id);
        self.drop_claims(now, id);
        self.part_early(id);
        self.end_ears(id);
        let Some(channel) = self.channels.get(&id) else {
            return;
        };
        let (half, absolute_at) = (channel.half.as_ref().map(|half| half.other), channel.absolute_at);
        if let Some(at) = absolute_at {
            self.stop_timer(at, Timer::Absolute(id));
        }
        self.release_leg(id);
        self.decline_undialled(now, id);
        let status = self.snap(id).and_then(|channel| match channel.protocol_cause {
            Some(_) => None,
            None if channel.technology == Technology::Pjsip => channel.cause.sip_status(),
            None => None,
        });
        if let Some(status) = status {
            self.note_protocol_cause(id, status);
        }
        let Some(channel) = self.channels.remove(&id) else {
            return;
        };
        self.names.remove(&channel.snapshot.name);
        let cause = channel.snapshot.cause;
        let (snoop, snoopers) = (channel.snoop, channel.snooped.by);
        let voice = channel.snooped.voice;
        if !self.has_fault(Fault::LostHangup) {
            self.emit(
                now,
                EventKind::ChannelEnded {
                    channel: channel.snapshot,
                },
            );
        }
        self.notices.push_back(Notice::Ended { channel: id });
        self.end_snoops(now, id, snoop, snoopers);
        if let Some(voice) = voice.filter(|voice| self.mixes.remove(voice).is_some()) {
            self.actions.push_back(closed(voice));
        }
        if let Some(other) = half
            && !self.has_fault(Fault::LocalHalfSurvives)
        {
            if let Some(other) = self.channels.get_mut(&other) {
                other.half = None;
                other.is_far_gone = true;
            }
            self.far_end_gone(now, other, cause);
        }
    }

    /// A leg that was made and never called ends as if it had been declined, which the field tells before its end.
    fn decline_undialled(&mut self, now: Duration, id: ChannelId) {
        let Some(channel) = self.channels.get(&id) else {
            return;
        };
        if channel.undialled.is_none() || channel.snapshot.technology != Technology::Pjsip {
            return;
        }
        if channel.snapshot.cause == Cause::NONE {
            self.note_cause(id, Cause::CALL_REJECTED);
        }
        self.note_protocol_cause(id, DECLINED);
        if let Some(channel) = self.snap(id) {
            self.emit(
                now,
                EventKind::HangupRequested {
                    cause: channel.cause,
                    channel,
                    soft: false,
                },
            );
        }
    }

    pub(crate) fn set_custody(&mut self, id: ChannelId, custody: Custody) {
        if let Some(channel) = self.channels.get_mut(&id) {
            channel.custody = custody;
        }
    }

    /// The channel is up, whether it answered us or we answered it.
    pub(crate) fn is_up(&self, id: ChannelId) -> bool {
        self.channels
            .get(&id)
            .is_some_and(|channel| channel.snapshot.state == ChannelState::Up)
    }
}
