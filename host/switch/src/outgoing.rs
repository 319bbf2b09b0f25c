//! Channels that are made first and called later, while somebody controls them already.

use crate::Switch;
use crate::channel::Custody;
use crate::config::{DialLeg, DialTarget, OriginateRequest};
use crate::dial::Leg;
use crate::timer::Timer;
use std::time::Duration;
use ucx_call::{
    Action, Cause, ChannelId, ChannelState, DialId, DialStatus, EventKind, Interruption, Lease, Refusal,
};

/// The number in the event of a hangup that the host asks for.
const ASKED_FOR: Cause = Cause(32);

/// Whom a channel calls when its controller says so.
pub(crate) struct Undialled {
    pub leg: DialLeg,
    pub second: Option<ChannelId>,
    /// It is a Local channel without an extension to go to.
    pub leads_nowhere: bool,
}

impl Switch {
    /// Makes the channel of a call without calling. It waits for [`Self::start_dialplan`], and to be called by
    /// [`Self::dial_out`].
    ///
    /// # Errors
    /// As for [`Self::originate`].
    pub fn create_outgoing(
        &mut self,
        now: Duration,
        request: OriginateRequest,
    ) -> Result<ChannelId, Refusal> {
        self.check_originate(&request)?;
        let dial = self.open_originate(now, None, request.leg.clone());
        let (first, second) = (request.uniqueid, request.second_uniqueid);
        let made = self.make_channel(now, dial, request.parent, &request.leg, first, second);
        self.dials.remove(&dial);
        let made = made.ok_or(Refusal::NoSuchChannel)?;
        self.set_custody(made.channel, Custody::Answered(None));
        for id in std::iter::once(made.channel).chain(made.second) {
            for (name, value) in &request.variables {
                self.note_variable(now, id, name, value);
            }
        }
        if let Some(channel) = self.channels.get_mut(&made.channel) {
            channel.undialled = Some(Undialled {
                leg: request.leg,
                second: made.second,
                leads_nowhere: request.leads_nowhere,
            });
        }
        Ok(made.channel)
    }

    /// Calls the far end of a channel that was made by [`Self::create_outgoing`]. The events of a dial tell how it goes; a
    /// failure hangs the channel up.
    ///
    /// # Errors
    /// As for [`Self::answer`]; [`Refusal::Conflict`] if it was called already.
    pub fn dial_out(
        &mut self,
        now: Duration,
        lease: Lease,
        caller: Option<ChannelId>,
        timeout: Option<Duration>,
    ) -> Result<(), Refusal> {
        let channel = self.driven(lease)?;
        let id = channel.id();
        let undialled = channel.undialled.take();
        let Undialled { leg, second, .. } =
            undialled.ok_or(Refusal::Conflict("the channel was called already"))?;
        let dial = self.open_originate(now, timeout, leg.clone());
        if let Some(entry) = self.dials.get_mut(&dial) {
            entry.legs.push(Leg {
                channel: id,
                dial_string: leg.dial_string.clone(),
                is_forwarded: leg.is_forwarded,
                // Its controller has it already.
                goes_early: false,
            });
        }
        if let Some(channel) = self.channels.get_mut(&id) {
            channel.own_dial = Some(dial);
        }
        if let Some(caller) = caller {
            self.inherit(now, caller, id);
        }
        let Some(peer) = self.snap(id) else { return Ok(()) };
        let shown = caller.and_then(|caller| self.snap(caller));
        match (leg.to, second) {
            (DialTarget::Local { optimize, .. }, Some(second)) => {
                self.announce_leg(now, None, &peer, leg.dial_string, Some((second, optimize)));
            }
            (DialTarget::Endpoint { endpoint, target, .. }, _) => {
                self.announce_leg(now, None, &peer, leg.dial_string, None);
                let caller = shown.map_or_else(|| peer.connected.clone(), |shown| shown.caller.clone());
                self.actions.push_back(Action::Dial {
                    channel: id,
                    endpoint,
                    target,
                    caller,
                    parent: None,
                    headers: leg.headers,
                    codecs: leg.codecs,
                });
            }
            (DialTarget::Rtp { remote, codec }, _) => {
                self.announce_leg(now, None, &peer, leg.dial_string, None);
                self.actions.push_back(Action::OpenRtp {
                    channel: id,
                    remote,
                    codec,
                });
            }
            (DialTarget::Local { .. } | DialTarget::Unavailable { .. }, _) => {}
        }
        self.settle_audio();
        Ok(())
    }

    /// The dial a channel is called in by its own controller is over.
    pub(crate) fn end_own_dial(&mut self, now: Duration, id: ChannelId, status: DialStatus) {
        let channel = self.channels.get_mut(&id);
        let Some(dial) = channel.and_then(|channel| channel.own_dial.take()) else {
            return;
        };
        // A failure is told by the end of the channel.
        if status == DialStatus::Answer {
            self.tell_dial_end(now, dial, id, status);
        }
        if let Some(at) = self.dials.remove(&dial).and_then(|entry| entry.deadline) {
            self.stop_timer(at, Timer::Dial(dial));
        }
    }

    /// The far end of a channel that its own controller had called answered.
    pub(crate) fn own_dial_answered(&mut self, now: Duration, id: ChannelId) {
        self.change(now, id, |snapshot| {
            snapshot.state = ChannelState::Up;
            snapshot.answered_at = Some(now);
        });
        self.end_own_dial(now, id, DialStatus::Answer);
    }

    /// Nobody answered in time; false if it is no such dial.
    pub(crate) fn own_dial_timed_out(&mut self, now: Duration, dial: DialId) -> bool {
        let leg = self.dials.get(&dial).and_then(|dial| dial.legs.first());
        let is_own = |leg: &ChannelId| {
            self.channels
                .get(leg)
                .is_some_and(|channel| channel.own_dial == Some(dial))
        };
        let Some(id) = leg.map(|leg| leg.channel).filter(is_own) else {
            return false;
        };
        self.end_own_dial(now, id, DialStatus::NoAnswer);
        self.note_cause(id, Cause::NO_ANSWER);
        if let Some(channel) = self.snap(id) {
            self.emit(
                now,
                EventKind::HangupRequested {
                    channel,
                    cause: ASKED_FOR,
                    soft: true,
                },
            );
        }
        self.interrupt(now, id, Interruption::HungUp);
        true
    }

    /// Whether an originate may be made.
    pub(crate) fn check_originate(&self, request: &OriginateRequest) -> Result<(), Refusal> {
        if self.is_shutting_down {
            return Err(Refusal::Shutdown);
        }
        if !self.has_room(2) {
            return Err(Refusal::Full("channels"));
        }
        let wanted = [request.uniqueid.as_ref(), request.second_uniqueid.as_ref()];
        for wanted in wanted.into_iter().flatten() {
            if self.channels().any(|channel| channel.uniqueid == *wanted) {
                return Err(Refusal::Conflict("the uniqueid is taken"));
            }
        }
        if matches!(request.leg.to, DialTarget::Unavailable { .. }) {
            return Err(Refusal::NoSuchChannel);
        }
        Ok(())
    }
}
