//! The dial machine: legs that ring together until one answers, all fail, time is up or the caller is gone.

use crate::channel::{Activity, Custody, DialTimes};
use crate::config::RingPolicy;
use crate::timer::Timer;
use crate::{Fault, Switch};
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{
    Cause, ChannelId, ChannelSnapshot, ChannelState, DialId, DialOutcome, DialStatus, EventKind, Indication,
    Interruption, Notice, Tone,
};

/// A leg that is being tried.
pub(crate) struct Leg {
    pub channel: ChannelId,
    pub dial_string: Arc<str>,
    /// Whether its far end may send the call on.
    pub is_forwarded: bool,
    /// Whether it is handed over when sound comes, if nobody dialled it.
    pub goes_early: bool,
}

/// How the legs that are decided failed.
#[derive(Default)]
pub(crate) struct Failures {
    pub busy: u32,
    pub congestion: u32,
    pub unavailable: u32,
    pub cause: Cause,
}

impl Failures {
    pub(crate) fn add(&mut self, status: DialStatus, cause: Cause) {
        match status {
            DialStatus::Busy => self.busy += 1,
            DialStatus::Congestion => self.congestion += 1,
            DialStatus::ChanUnavail | DialStatus::InvalidArgs => self.unavailable += 1,
            // Who refuses for any other reason than that nobody came is as good as not there.
            DialStatus::NoAnswer if !matches!(cause, Cause::NONE | Cause::NO_ANSWER) => self.unavailable += 1,
            DialStatus::NoAnswer | DialStatus::Cancel | DialStatus::Answer => {}
        }
        self.cause = cause;
    }

    /// The word for all of them together.
    pub(crate) fn status(&self) -> DialStatus {
        if self.busy > 0 {
            DialStatus::Busy
        } else if self.congestion > 0 {
            DialStatus::Congestion
        } else if self.unavailable > 0 {
            DialStatus::ChanUnavail
        } else {
            DialStatus::NoAnswer
        }
    }
}

pub(crate) struct Dial {
    /// Who dials, and is shown as the caller in its events.
    pub owner: Option<ChannelId>,
    pub legs: Vec<Leg>,
    /// One leg only, so its identity may be shown to the caller before it answers.
    pub is_single: bool,
    pub failures: Failures,
    pub deadline: Option<Duration>,
    pub started_at: Duration,
    pub ringing: RingPolicy,
    pub has_rung: bool,
    pub has_progressed: bool,
}

impl Switch {
    /// The dial a channel is an undecided leg of.
    fn dial_of(&self, leg: ChannelId) -> Option<DialId> {
        let channel = self.channels.get(&leg)?;
        match channel.custody {
            Custody::Leg(dial) => Some(dial),
            Custody::Leases | Custody::Answered(_) | Custody::Bridge => channel.own_dial,
        }
    }

    fn snap_owner(&self, dial: DialId) -> Option<Arc<ChannelSnapshot>> {
        self.snap(self.dials.get(&dial)?.owner?)
    }

    fn tell_dial_progress(&mut self, now: Duration, dial: DialId, leg: ChannelId, status: &'static str) {
        let (caller, Some(peer)) = (self.snap_owner(dial), self.snap(leg)) else {
            return;
        };
        self.emit(now, EventKind::DialProgressed { caller, peer, status });
    }

    pub(crate) fn tell_dial_end(&mut self, now: Duration, dial: DialId, leg: ChannelId, status: DialStatus) {
        let (caller, Some(peer)) = (self.snap_owner(dial), self.snap(leg)) else {
            return;
        };
        let kind = EventKind::DialEnded {
            caller,
            peer,
            status,
            forward: None,
        };
        if self.has_fault(Fault::DoubleDialEnd) {
            self.emit(now, kind.clone());
        }
        self.emit(now, kind);
    }

    /// A leg is being worked on.
    pub(crate) fn leg_proceeding(&mut self, now: Duration, leg: ChannelId) {
        if let Some(dial) = self.dial_of(leg) {
            self.tell_dial_progress(now, dial, leg, "PROCEEDING");
        }
    }

    /// A leg rings.
    pub(crate) fn leg_ringing(&mut self, now: Duration, leg: ChannelId) {
        let Some(dial) = self.dial_of(leg) else { return };
        self.change(now, leg, |snapshot| snapshot.state = ChannelState::Ringing);
        let Some(entry) = self.dials.get_mut(&dial) else {
            return;
        };
        let (started_at, owner, policy) = (entry.started_at, entry.owner, entry.ringing);
        let early = entry.has_progressed;
        let is_first = !std::mem::replace(&mut entry.has_rung, true);
        if let Some(owner) = owner
            && is_first
        {
            self.note_time(now, owner, "RINGTIME", now.saturating_sub(started_at));
        }
        self.tell_dial_progress(now, dial, leg, "RINGING");
        if let Some(owner) = owner
            && is_first
            && !early
            && policy != RingPolicy::Never
        {
            self.ring_caller(now, owner);
        }
    }

    /// Lets a caller know that it rings: by signalling, or by a tone if it is answered.
    pub(crate) fn ring_caller(&mut self, now: Duration, owner: ChannelId) {
        if self.is_up(owner) {
            self.set_activity(now, owner, Some(Activity::Tone(Tone::Ringing)));
        } else {
            self.tell(now, owner, Indication::Ringing);
        }
    }

    /// Sound comes from a leg before it answers; the caller hears the first that does.
    pub(crate) fn leg_progress(&mut self, now: Duration, leg: ChannelId) {
        let Some(dial) = self.dial_of(leg) else { return };
        let Some(entry) = self.dials.get_mut(&dial) else {
            return;
        };
        let (started_at, owner, policy) = (entry.started_at, entry.owner, entry.ringing);
        let is_first = !std::mem::replace(&mut entry.has_progressed, true);
        let Some(owner) = owner else {
            let goes_early = entry
                .legs
                .iter()
                .any(|other| other.channel == leg && other.goes_early);
            self.tell_dial_progress(now, dial, leg, "PROGRESS");
            if goes_early {
                self.hand_over_early(dial, leg);
            }
            return;
        };
        if is_first {
            self.note_time(now, owner, "PROGRESSTIME", now.saturating_sub(started_at));
        }
        self.tell_dial_progress(now, dial, leg, "PROGRESS");
        if is_first && policy == RingPolicy::Forward {
            self.set_activity(now, owner, None);
            self.join_early(owner, leg);
            self.tell(now, owner, Indication::Progress);
        }
    }

    /// Whoever made a call takes it over before it is answered.
    fn hand_over_early(&mut self, dial: DialId, leg: ChannelId) {
        if let Some(at) = self.dials.remove(&dial).and_then(|entry| entry.deadline) {
            self.stop_timer(at, Timer::Dial(dial));
        }
        if let Some(channel) = self.channels.get_mut(&leg) {
            channel.is_early = true;
        }
        self.set_custody(leg, Custody::Answered(None));
        self.notices.push_back(Notice::DialDone {
            owner: None,
            dial,
            outcome: DialOutcome::Answered(leg),
        });
    }

    /// A leg that was handed over before is answered now.
    fn answered_late(&mut self, now: Duration, leg: ChannelId) {
        let channel = self.channels.get_mut(&leg);
        if channel.is_some_and(|channel| std::mem::take(&mut channel.is_early)) {
            self.change(now, leg, |snapshot| {
                snapshot.state = ChannelState::Up;
                snapshot.answered_at = Some(now);
            });
        }
    }

    /// A leg answered: the others are called off, and the owner may take it.
    pub(crate) fn leg_answered(&mut self, now: Duration, leg: ChannelId) {
        let Some(dial) = self.dial_of(leg) else {
            return self.answered_late(now, leg);
        };
        if self
            .channels
            .get(&leg)
            .is_some_and(|channel| channel.own_dial.is_some())
        {
            self.own_dial_answered(now, leg);
            return;
        }
        self.change(now, leg, |snapshot| {
            snapshot.state = ChannelState::Up;
            snapshot.answered_at = Some(now);
        });
        let Some(mut entry) = self.dials.remove(&dial) else {
            return;
        };
        if let Some(at) = entry.deadline.take() {
            self.stop_timer(at, Timer::Dial(dial));
        }
        let owner = entry.owner;
        let dial_string = entry
            .legs
            .iter()
            .find(|other| other.channel == leg)
            .map(|leg| leg.dial_string.clone());
        let losers: Vec<_> = entry
            .legs
            .iter()
            .map(|leg| leg.channel)
            .filter(|&id| id != leg)
            .collect();
        let (started_at, is_single) = (entry.started_at, entry.is_single);
        // The events of the end still need the dial's owner.
        self.dials.insert(
            dial,
            Dial {
                legs: Vec::new(),
                ..entry
            },
        );
        if let (Some(owner), Some(peer), false) = (owner, self.snap(leg), is_single) {
            self.update_connected(now, owner, peer.caller.clone());
        }
        for loser in losers {
            self.call_off(now, dial, loser, DialStatus::Cancel, Cause::ANSWERED_ELSEWHERE);
        }
        if let (Some(owner), Some(peer)) = (owner, self.snap(leg)) {
            self.note_variable(now, owner, "DIALSTATUS", DialStatus::Answer.as_str());
            self.note_variable(now, owner, "DIALEDPEERNAME", &peer.name);
            // A leg that somebody else named was not dialled by that number.
            if self.variable(leg, "DIALEDPEERNUMBER").is_some() {
                self.note_variable(now, owner, "DIALEDPEERNUMBER", &dial_string.unwrap_or_default());
            }
        }
        if owner.is_some() {
            // It goes to its caller, not to the extension that was dialled.
            self.note(leg, |snapshot| snapshot.place.exten = Arc::from(""));
        }
        self.tell_dial_end(now, dial, leg, DialStatus::Answer);
        self.dials.remove(&dial);
        self.claim(now, owner, leg, started_at);
        self.notices.push_back(Notice::DialDone {
            owner,
            dial,
            outcome: DialOutcome::Answered(leg),
        });
    }

    /// A leg that answered waits for the owner of its dial, or for the desk.
    fn claim(&mut self, now: Duration, owner: Option<ChannelId>, leg: ChannelId, started_at: Duration) {
        self.set_custody(leg, Custody::Answered(owner));
        let Some(owner) = owner else { return };
        self.set_activity(now, owner, None);
        if let Some(caller) = self.channels.get_mut(&owner) {
            caller.dial = None;
            caller.claim = Some(leg);
            caller.dial_times = Some(DialTimes {
                started_at,
                answered_at: now,
            });
        }
    }

    /// A leg failed by itself.
    pub(crate) fn leg_failed(&mut self, now: Duration, dial: DialId, leg: ChannelId, status: DialStatus) {
        let cause = self.snap(leg).map_or(Cause::NONE, |snapshot| snapshot.cause);
        self.tell_dial_end(now, dial, leg, status);
        self.set_custody(leg, Custody::Answered(None));
        let Some(entry) = self.dials.get_mut(&dial) else {
            return;
        };
        entry.legs.retain(|other| other.channel != leg);
        entry.failures.add(status, cause);
        let is_over = entry.legs.is_empty();
        self.end(now, leg);
        if is_over {
            self.decide_failed(now, dial);
        }
    }

    fn call_off(&mut self, now: Duration, dial: DialId, leg: ChannelId, status: DialStatus, cause: Cause) {
        // A call of the host's own ends with its channel, and nobody else waits for it.
        if self.dials.get(&dial).is_some_and(|dial| dial.owner.is_some()) {
            self.tell_dial_end(now, dial, leg, status);
        }
        if self.has_fault(Fault::LosersRingOn) && status == DialStatus::Cancel {
            return;
        }
        self.set_custody(leg, Custody::Answered(None));
        self.note_cause(leg, cause);
        self.end(now, leg);
    }

    /// Every leg failed.
    pub(crate) fn decide_failed(&mut self, now: Duration, dial: DialId) {
        let Some(entry) = self.dials.remove(&dial) else {
            return;
        };
        if let Some(at) = entry.deadline {
            self.stop_timer(at, Timer::Dial(dial));
        }
        let (status, cause) = (entry.failures.status(), entry.failures.cause);
        self.report_failed(now, dial, entry.owner, status, cause);
    }

    fn report_failed(
        &mut self,
        now: Duration,
        dial: DialId,
        owner: Option<ChannelId>,
        status: DialStatus,
        cause: Cause,
    ) {
        if let Some(owner) = owner {
            self.note_variable(now, owner, "DIALSTATUS", status.as_str());
            self.set_activity(now, owner, None);
            let Some(caller) = self.channels.get_mut(&owner) else {
                return;
            };
            caller.dial = None;
            if caller.interruption.is_none() && cause != Cause::NONE {
                self.note_cause(owner, cause);
            }
        }
        self.notices.push_back(Notice::DialDone {
            owner,
            dial,
            outcome: DialOutcome::Failed { status, cause },
        });
    }

    /// Calls a dial off.
    pub fn cancel_dial(&mut self, now: Duration, dial: DialId) {
        self.give_up_dial(now, dial, DialStatus::Cancel);
        self.settle_audio();
    }

    /// Ends a dial that nobody answered.
    pub(crate) fn give_up_dial(&mut self, now: Duration, dial: DialId, status: DialStatus) {
        if self.own_dial_timed_out(now, dial) {
            return;
        }
        let Some(entry) = self.dials.get_mut(&dial) else {
            return;
        };
        let (owner, legs, deadline) = (
            entry.owner,
            std::mem::take(&mut entry.legs),
            entry.deadline.take(),
        );
        if let Some(at) = deadline {
            self.stop_timer(at, Timer::Dial(dial));
        }
        let cause = match status {
            DialStatus::NoAnswer if owner.is_none() => Cause::NO_ANSWER,
            DialStatus::Cancel => owner
                .and_then(|id| self.snap(id))
                .map_or(Cause::NORMAL_CLEARING, |s| s.cause),
            DialStatus::Answer
            | DialStatus::Busy
            | DialStatus::Congestion
            | DialStatus::NoAnswer
            | DialStatus::ChanUnavail
            | DialStatus::InvalidArgs => Cause::NONE,
        };
        for leg in legs {
            self.call_off(now, dial, leg.channel, status, cause);
        }
        self.dials.remove(&dial);
        self.report_failed(now, dial, owner, status, Cause::NONE);
    }

    /// A channel's controller lets go: what it was dialling is called off.
    pub(crate) fn drop_dial(&mut self, now: Duration, owner: ChannelId) {
        let Some(channel) = self.channels.get(&owner) else {
            return;
        };
        let by_redirect = channel.interruption.is_none_or(|by| by == Interruption::TimedOut);
        if let Some(dial) = channel.dial {
            let status = if by_redirect {
                DialStatus::NoAnswer
            } else {
                DialStatus::Cancel
            };
            self.give_up_dial(now, dial, status);
        }
        self.drop_claims(now, owner);
    }

    /// Ends the channels that answered for an owner who did not take them.
    pub(crate) fn drop_claims(&mut self, now: Duration, owner: ChannelId) {
        let Some(peer) = self
            .channels
            .get_mut(&owner)
            .and_then(|channel| channel.claim.take())
        else {
            return;
        };
        if self
            .channels
            .get(&peer)
            .is_some_and(|channel| channel.custody == Custody::Answered(Some(owner)))
        {
            let cause = self
                .snap(owner)
                .map_or(Cause::NORMAL_CLEARING, |snapshot| snapshot.cause);
            self.note_cause(
                peer,
                if cause == Cause::NONE {
                    Cause::NORMAL_CLEARING
                } else {
                    cause
                },
            );
            self.end(now, peer);
        }
    }

    /// A channel is not anybody's to take any more.
    pub(crate) fn unclaim(&mut self, id: ChannelId) {
        let Some(Custody::Answered(Some(owner))) = self.channels.get(&id).map(|channel| channel.custody)
        else {
            return;
        };
        if let Some(owner) = self.channels.get_mut(&owner) {
            owner.claim = None;
        }
    }

    /// Early media: both hear each other until the dial is decided and they enter a bridge.
    fn join_early(&mut self, owner: ChannelId, leg: ChannelId) {
        for (one, two) in [(owner, leg), (leg, owner)] {
            if let Some(channel) = self.channels.get_mut(&one) {
                channel.early = Some(two);
            }
            self.dirty.push(one);
        }
    }

    /// Ends the early media a channel takes part in.
    pub(crate) fn part_early(&mut self, id: ChannelId) {
        let Some(other) = self
            .channels
            .get_mut(&id)
            .and_then(|channel| channel.early.take())
        else {
            return;
        };
        self.dirty.extend([id, other]);
        if let Some(channel) = self.channels.get_mut(&other)
            && channel.early == Some(id)
        {
            channel.early = None;
        }
    }

    fn note_time(&mut self, now: Duration, id: ChannelId, name: &str, time: Duration) {
        self.note_variable(now, id, name, &time.as_secs().to_string());
        self.note_variable(now, id, &format!("{name}_MS"), &time.as_millis().to_string());
    }
}
