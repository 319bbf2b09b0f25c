//! What is a call's signalling state? One INVITE dialog from its first message to its end, on either side.

use std::time::Duration;

use bytes::Bytes;

use crate::Uri;
use crate::arena::Key;
use crate::dialog::Dialog;
use crate::digest::Credentials;
use crate::event::{Ending, Event, Failure};
use crate::flow::Flow;
use crate::outbox::{Outbox, SessionTimer, Timer};
use crate::timer::TimerHandle;
use crate::transaction::TransactionId;

/// Names one session; never used again for another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub(crate) Key);

impl SessionId {
    /// A number for logs and maps.
    pub fn number(self) -> u64 {
        self.0.number()
    }
}

/// Challenges of one request that are answered before we give up: a nonce may go stale once.
pub(crate) const MAX_CHALLENGES: u8 = 2;
/// Early dialogs of one call of ours that are told apart; further branches are only seen when they answer.
const MAX_EARLY: usize = 8;
/// Crossed re-INVITEs that are tried again before we report failure.
pub(crate) const MAX_GLARES: u8 = 4;

/// One call.
#[derive(Debug)]
pub(crate) struct Session {
    pub id: SessionId,
    pub state: State,
    pub role: Role,
    pub dialog: Dialog,
    pub voice: Voice,
    pub credentials: Option<Credentials>,
    /// A 2xx of ours that waits for its ACK.
    pub unacked: Option<Unacked>,
    /// The peer's re-INVITE that waits for the owner.
    pub reinvite_in: Option<ReinviteIn>,
    pub reinvite_out: Option<ReinviteOut>,
    /// A REFER of ours is under way: sent, or accepted and not told the end of.
    pub is_referring: bool,
    /// Headers that go with the next reply to its INVITE.
    pub added: Vec<(String, String)>,
    /// Challenges answered inside the dialog since the last success.
    pub challenges: u8,
}

/// Who called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Caller,
    Callee,
}

/// Whether the owner still hears of the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Voice {
    Speaking,
    /// The last event is out.
    Silent,
}

/// Where a session is.
#[derive(Debug)]
pub(crate) enum State {
    /// The peer's INVITE waits for our final reply.
    Incoming {
        invite: TransactionId,
        trying: Option<TimerHandle>,
    },
    /// Our INVITE waits for a final reply.
    Outgoing(Outgoing),
    /// A 2xx was sent or received.
    Established,
    /// The peer's 2xx carried the offer: its ACK waits for the owner's answer.
    OwesAck(OwedAck),
    /// The owner hung up while our 2xx waits for its ACK: BYE goes out after it (RFC 3261 section 15).
    Leaving { cause: Option<u16> },
    /// Our BYE waits for its reply.
    Byeing,
}

/// Our INVITE on its way.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub invite: TransactionId,
    pub cancel: Cancel,
    pub offer: Offer,
    pub challenges: u8,
    /// Remote tags of early dialogs.
    pub early: Vec<String>,
}

/// Where the offer of a call of ours is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Offer {
    Ours,
    Theirs,
}

/// How far giving up has come.
#[derive(Debug)]
pub(crate) enum Cancel {
    No,
    /// CANCEL may only follow a provisional reply (section 9.1).
    Wanted {
        cause: Option<u16>,
    },
    Sent {
        unanswered: Option<TimerHandle>,
    },
}

/// The ACK of a 2xx with an offer.
#[derive(Debug)]
pub(crate) struct OwedAck {
    pub invite: TransactionId,
    pub cseq: u32,
    pub tag: String,
}

/// A 2xx of ours, repeated until its ACK (section 13.3.1.4).
#[derive(Debug)]
pub(crate) struct Unacked {
    pub cseq: u32,
    flow: Flow,
    bytes: Vec<u8>,
    interval: Duration,
    repeat: Option<TimerHandle>,
    missing: Option<TimerHandle>,
}

/// A re-INVITE of the peer.
#[derive(Debug)]
pub(crate) struct ReinviteIn {
    pub id: TransactionId,
    pub cseq: u32,
    /// The peer's new Contact, taken when we accept.
    pub target: Option<Uri>,
}

/// A re-INVITE of ours.
#[derive(Debug)]
pub(crate) struct ReinviteOut {
    pub sdp: Bytes,
    pub glares: u8,
    /// Running while the crossed request waits for its second chance.
    pub again: Option<TimerHandle>,
}

impl Outgoing {
    /// Remembers an early dialog.
    pub(crate) fn note_early(&mut self, tag: &str) {
        if self.early.len() < MAX_EARLY && !self.early.iter().any(|known| known == tag) {
            self.early.push(tag.to_owned());
        }
    }
}

impl Session {
    /// Starts repeating a 2xx.
    pub(crate) fn await_ack(&mut self, now: Duration, ok: SentOk, t1: Duration, out: &mut Outbox) {
        let repeat = out.arm(now + t1, Timer::Session(self.id, SessionTimer::RepeatOk));
        let missing = out.arm(now + t1 * 64, Timer::Session(self.id, SessionTimer::AckMissing));
        self.unacked = Some(Unacked {
            cseq: ok.cseq,
            flow: ok.flow,
            bytes: ok.bytes,
            interval: t1,
            repeat: Some(repeat),
            missing: Some(missing),
        });
    }

    /// Sends the 2xx again and doubles the interval.
    pub(crate) fn repeat_ok(&mut self, now: Duration, t2: Duration, out: &mut Outbox) {
        let id = self.id;
        if let Some(unacked) = &mut self.unacked {
            out.send(unacked.flow, unacked.bytes.clone());
            unacked.interval = (unacked.interval * 2).min(t2);
            let at = now + unacked.interval;
            unacked.repeat = Some(out.arm(at, Timer::Session(id, SessionTimer::RepeatOk)));
        }
    }

    /// The ACK came, or is not waited for any longer.
    pub(crate) fn stop_repeating(&mut self, out: &mut Outbox) {
        if let Some(mut unacked) = self.unacked.take() {
            out.disarm(&mut unacked.repeat);
            out.disarm(&mut unacked.missing);
        }
    }

    /// Disarms every timer of the session.
    pub(crate) fn disarm_all(&mut self, out: &mut Outbox) {
        self.stop_repeating(out);
        if let Some(reinvite) = &mut self.reinvite_out {
            out.disarm(&mut reinvite.again);
        }
        match &mut self.state {
            State::Incoming { trying, .. } => out.disarm(trying),
            State::Outgoing(outgoing) => {
                if let Cancel::Sent { unanswered } = &mut outgoing.cancel {
                    out.disarm(unanswered);
                }
            }
            State::Established | State::OwesAck(_) | State::Leaving { .. } | State::Byeing => {}
        }
    }

    /// Tells an event, unless the last one is out.
    pub(crate) fn tell(&self, event: Event, out: &mut Outbox) {
        if self.voice == Voice::Speaking {
            out.tell(event);
        }
    }

    /// Tells the last event.
    pub(crate) fn tell_last(&mut self, event: Event, out: &mut Outbox) {
        self.tell(event, out);
        self.voice = Voice::Silent;
    }

    pub(crate) fn tell_ended(&mut self, ending: Ending, out: &mut Outbox) {
        let session = self.id;
        self.tell_last(Event::Ended { session, ending }, out);
    }

    pub(crate) fn tell_failed(&mut self, failure: Failure, out: &mut Outbox) {
        let session = self.id;
        self.tell_last(
            Event::Failed {
                session,
                failure: Box::new(failure),
            },
            out,
        );
    }
}

/// A 2xx that was just sent.
#[derive(Debug)]
pub(crate) struct SentOk {
    pub cseq: u32,
    pub flow: Flow,
    pub bytes: Vec<u8>,
}

/// The `Reason` value of a cause (RFC 3326); the peer writes it in refusals, CANCEL and BYE alike.
pub(crate) fn reason_value(cause: Option<u16>) -> Option<String> {
    cause.map(|cause| format!("Q.850;cause={cause}"))
}

/// The refusal for a cause, as the peer maps them (capture causes/dialplan_unanswered).
pub fn status_for_cause(cause: u16) -> u16 {
    match cause {
        1..=3 => 404,
        17 => 486,
        18 => 408,
        19 | 20 | 31 => 480,
        21 => 403,
        22 => 410,
        27 => 502,
        28 => 484,
        29 => 501,
        34 | 42 => 503,
        38 | 127 => 500,
        58 | 65 => 488,
        _ => 603,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_become_the_peers_refusals() {
        let seen = [
            (1, 404),
            (3, 404),
            (16, 603),
            (17, 486),
            (18, 408),
            (19, 480),
            (20, 480),
            (21, 403),
            (22, 410),
            (27, 502),
            (28, 484),
            (31, 480),
            (34, 503),
            (38, 500),
            (41, 603),
            (42, 503),
            (44, 603),
            (50, 603),
            (58, 488),
            (88, 603),
            (102, 603),
            (127, 500),
            (0, 603),
        ];
        for (cause, status) in seen {
            assert_eq!(status_for_cause(cause), status, "cause {cause}");
        }
    }
}
