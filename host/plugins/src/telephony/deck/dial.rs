//! Dialling for the leg: groups one after the other, until somebody answers or the time is up.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use ucx_call::{Cause, ChannelId, ChannelSnapshot, DialId, DialOutcome, DialStatus};
use ucx_pbx::{DialGroup, DialTarget, Line, RingPolicy};

use super::{Deck, PlayOrder, ended};
use crate::bindings::ucx::types::common::Error;

/// Legs that ring together.
pub(crate) type Group = DialGroup;

/// What came of a dial.
#[derive(Clone, Debug)]
pub(crate) struct DialEnd {
    pub(crate) status: DialStatus,
    pub(crate) answered: Option<Arc<ChannelSnapshot>>,
    pub(crate) cause: Cause,
    /// Which leg answered, counted over all groups.
    pub(crate) leg: u32,
    pub(crate) rang: Duration,
    /// The status of the protocol that goes with a failure; 0 if there is none.
    pub(crate) sip_code: u16,
    /// The leg that dialled; none if the host itself did.
    pub(crate) owner: Option<ChannelId>,
}

/// What is to be dialled.
pub(crate) struct DialOrder {
    pub(crate) groups: Vec<Group>,
    pub(crate) ringing: RingPolicy,
    pub(crate) timeout: Option<Duration>,
    /// What the caller hears meanwhile, instead of ringing.
    pub(crate) ring_back: Option<PlayOrder>,
}

pub(super) struct Dialling {
    waiting: VecDeque<Group>,
    ringing: RingPolicy,
    /// What is being dialled; none when all is decided.
    dial: Option<DialId>,
    targets: Vec<DialTarget>,
    /// Legs of the groups before.
    before: usize,
    since: Instant,
    until: Option<Instant>,
    is_late: bool,
    /// The playback that is heard meanwhile.
    ring_back: Option<u64>,
    end: watch::Sender<Option<DialEnd>>,
}

impl Dialling {
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.until.filter(|_| self.dial.is_some())
    }

    pub(super) fn time_is_up(&mut self, line: &mut Line) {
        self.until = None;
        self.is_late = true;
        self.cancel(line);
    }

    fn cancel(&mut self, line: &mut Line) {
        self.waiting.clear();
        if let Some(dial) = self.dial {
            line.cancel_dial(dial);
        }
    }

    /// Dials the next group; false if there is none, or it cannot be.
    fn next(&mut self, line: &mut Line) -> Result<bool, Error> {
        let Some(group) = self.waiting.pop_front() else {
            return Ok(false);
        };
        self.before += self.targets.len();
        self.targets = group.legs.iter().map(|leg| leg.to.clone()).collect();
        self.dial = Some(line.start_dial(group, self.ringing).map_err(ended)?);
        Ok(true)
    }

    /// Hears how a group's dial went; the playback that is to end if all is decided.
    fn decided(
        &mut self,
        line: &mut Line,
        dial: DialId,
        outcome: DialOutcome,
        refused_with: u16,
    ) -> Option<u64> {
        if self.dial != Some(dial) {
            return None;
        }
        self.dial = None;
        let (status, cause, answered) = match outcome {
            DialOutcome::Answered(peer) => match line.pbx().channel(peer) {
                Some(peer) => (DialStatus::Answer, Cause::NONE, Some(peer)),
                None => (DialStatus::NoAnswer, Cause::NORMAL_CLEARING, None),
            },
            DialOutcome::Failed { status, cause } => {
                if matches!(self.next(line), Ok(true)) {
                    return None;
                }
                let status = if self.is_late {
                    DialStatus::NoAnswer
                } else {
                    status
                };
                (status, cause, None)
            }
        };
        let leg = answered.as_ref().map_or(0, |peer| self.leg_of(peer));
        let sip_code = if answered.is_some() { 0 } else { refused_with };
        self.end.send_replace(Some(DialEnd {
            status,
            leg: u32::try_from(leg).unwrap_or(u32::MAX),
            answered,
            cause,
            rang: self.since.elapsed(),
            sip_code,
            owner: Some(line.id()),
        }));
        self.ring_back.take()
    }

    fn leg_of(&self, peer: &ChannelSnapshot) -> usize {
        let is_meant = |target: &DialTarget| match target {
            DialTarget::Endpoint { endpoint, .. } | DialTarget::Unavailable { endpoint, .. } => {
                *endpoint == peer.endpoint
            }
            DialTarget::Local { exten, context, .. } => *peer.endpoint == *format!("{exten}@{context}"),
            // No leg of a plan is bare RTP.
            DialTarget::Rtp { .. } => false,
        };
        self.before + self.targets.iter().position(is_meant).unwrap_or(0)
    }
}

impl Deck {
    /// Begins to dial; who is answered hears what came of it.
    pub(crate) fn dial(
        &mut self,
        line: &mut Line,
        order: DialOrder,
    ) -> Result<watch::Receiver<Option<DialEnd>>, Error> {
        if self.dial.as_ref().is_some_and(|dialling| dialling.dial.is_some()) {
            return Err(Error::Conflict("the leg is dialling already".to_owned()));
        }
        self.refused_with = 0;
        let (end, ending) = watch::channel(None);
        let mut dialling = Dialling {
            waiting: order.groups.into(),
            ringing: order.ringing,
            dial: None,
            targets: Vec::new(),
            before: 0,
            since: Instant::now(),
            until: order.timeout.map(|timeout| Instant::now() + timeout),
            is_late: false,
            ring_back: None,
            end,
        };
        if !dialling.next(line)? {
            return Err(Error::Invalid("groups: there is nobody to dial".to_owned()));
        }
        if let Some(order) = order.ring_back {
            dialling.ring_back = Some(order.number);
            if let Err(error) = self.play(line, order) {
                dialling.cancel(line);
                return Err(error);
            }
        }
        self.dial = Some(dialling);
        Ok(ending)
    }

    /// Hears how a dial went.
    pub(super) fn dial_decided(&mut self, line: &mut Line, dial: DialId, outcome: DialOutcome) {
        let refused_with = self.refused_with;
        let ring_back = self
            .dial
            .as_mut()
            .and_then(|dialling| dialling.decided(line, dial, outcome, refused_with));
        if ring_back.is_some_and(|number| self.is_playing(number)) {
            self.stop_playing(line, None);
        }
    }

    /// Calls the dial off; one that is decided is passed over.
    pub(crate) fn cancel_dial(&mut self, line: &mut Line) {
        if let Some(dialling) = &mut self.dial {
            dialling.cancel(line);
        }
    }

    /// Nobody wants to know of the dial any more: it is called off, and who answered is hung up.
    pub(crate) fn forget_dial(&mut self, line: &mut Line) {
        self.cancel_dial(line);
        line.drop_claim();
        self.dial = None;
    }
}
