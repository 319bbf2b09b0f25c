//! Client transactions: INVITE (RFC 3261 section 17.1.1, RFC 6026 section 7.2) and the others (section 17.1.2).

use std::time::Duration;

use super::{TransactionId, TransactionTimer};
use crate::compose::{OutgoingRequest, ViaLine};
use crate::config::Timers;
use crate::flow::Flow;
use crate::outbox::{Outbox, Timer};
use crate::owner::Owner;
use crate::timer::TimerHandle;

/// Dialogs one INVITE may create by forking; a 2xx of a further branch is acknowledged and ended, but not remembered.
pub(crate) const MAX_FORKS: usize = 8;

/// What a client transaction waits for.
#[derive(Debug)]
enum State {
    /// Calling or Trying: the first reply.
    Calling,
    /// A final reply.
    Proceeding,
    /// INVITE only: more 2xx of other branches, or the same again (RFC 6026).
    Accepted { acks: Vec<AckForTag> },
    /// Repetitions of the final reply; `ack` answers them when the method is INVITE.
    Completed { ack: Option<Vec<u8>> },
}

/// The ACK of a 2xx, kept to answer its repetitions.
#[derive(Debug)]
struct AckForTag {
    tag: String,
    flow: Flow,
    bytes: Vec<u8>,
}

/// What a reply meant to its transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClientStep {
    /// The owner must see the reply.
    Deliver,
    /// The transaction dealt with it.
    Absorbed,
    /// The owner must see the reply, and the transaction is over.
    DeliverAndEnd,
}

/// One request of ours on its way.
#[derive(Debug)]
pub(crate) struct ClientTransaction {
    pub(super) key: String,
    pub(crate) flow: Flow,
    pub(crate) owner: Owner,
    pub(crate) request: OutgoingRequest,
    branch: String,
    is_invite: bool,
    bytes: Vec<u8>,
    state: State,
    interval: Duration,
    retransmit: Option<TimerHandle>,
    end: Option<TimerHandle>,
}

/// What a client transaction is made of.
#[derive(Debug)]
pub(crate) struct ClientStart {
    pub key: String,
    pub branch: String,
    pub flow: Flow,
    pub owner: Owner,
    pub request: OutgoingRequest,
    pub bytes: Vec<u8>,
    pub is_invite: bool,
}

impl ClientTransaction {
    pub(super) fn new(start: ClientStart) -> Self {
        Self {
            key: start.key,
            flow: start.flow,
            owner: start.owner,
            request: start.request,
            branch: start.branch,
            is_invite: start.is_invite,
            bytes: start.bytes,
            state: State::Calling,
            interval: Duration::ZERO,
            retransmit: None,
            end: None,
        }
    }

    /// Sends the request and arms timers A and B, or E and F.
    pub(super) fn start(&mut self, now: Duration, id: TransactionId, timers: &Timers, out: &mut Outbox) {
        out.send(self.flow, self.bytes.clone());
        self.interval = timers.t1;
        if !self.flow.kind.is_reliable() {
            self.retransmit = Some(out.arm(
                now + timers.t1,
                Timer::Transaction(id, TransactionTimer::Retransmit),
            ));
        }
        self.end = Some(out.arm(
            now + timers.timeout(),
            Timer::Transaction(id, TransactionTimer::End),
        ));
    }

    /// Whether a final reply has been seen.
    pub(crate) fn is_answered(&self) -> bool {
        match self.state {
            State::Calling | State::Proceeding => false,
            State::Accepted { .. } | State::Completed { .. } => true,
        }
    }

    /// Whether a provisional reply, and no final one, has been seen.
    pub(crate) fn is_proceeding(&self) -> bool {
        matches!(self.state, State::Proceeding)
    }

    pub(crate) fn via(&self, out: &Outbox) -> (crate::flow::TransportKind, std::net::SocketAddr, String) {
        (self.flow.kind, out.advertised(&self.flow), self.branch.clone())
    }

    /// Takes a reply; `to` is its To value and `tag` the tag in it.
    pub(super) fn handle_response(
        &mut self,
        now: Duration,
        id: TransactionId,
        reply: ReplySeen<'_>,
        timers: &Timers,
        out: &mut Outbox,
    ) -> ClientStep {
        match &self.state {
            State::Calling | State::Proceeding if reply.status < 200 => {
                self.provisional(now, id, timers, out);
                ClientStep::Deliver
            }
            State::Calling | State::Proceeding if self.is_invite && reply.status < 300 => {
                self.stop(out);
                self.state = State::Accepted { acks: Vec::new() };
                // What waits half a minute for stragglers should be small.
                self.bytes = Vec::new();
                self.request.body = bytes::Bytes::new();
                self.end = Some(out.arm(
                    now + timers.timeout(),
                    Timer::Transaction(id, TransactionTimer::End),
                ));
                ClientStep::Deliver
            }
            State::Calling | State::Proceeding => self.complete(now, id, reply, timers, out),
            State::Accepted { acks } => {
                if reply.status < 200 || reply.status >= 300 {
                    return ClientStep::Absorbed;
                }
                match acks.iter().find(|ack| ack.tag == reply.tag) {
                    Some(ack) => {
                        out.send(ack.flow, ack.bytes.clone());
                        ClientStep::Absorbed
                    }
                    None => ClientStep::Deliver,
                }
            }
            State::Completed { ack } => {
                if let (Some(ack), true) = (ack, reply.status >= 300) {
                    out.send(self.flow, ack.clone());
                }
                ClientStep::Absorbed
            }
        }
    }

    fn provisional(&mut self, now: Duration, id: TransactionId, timers: &Timers, out: &mut Outbox) {
        if self.is_invite {
            self.stop(out);
        } else if !self.flow.kind.is_reliable() && matches!(self.state, State::Calling) {
            out.disarm(&mut self.retransmit);
            self.interval = timers.t2;
            self.retransmit = Some(out.arm(
                now + timers.t2,
                Timer::Transaction(id, TransactionTimer::Retransmit),
            ));
        }
        self.state = State::Proceeding;
    }

    fn complete(
        &mut self,
        now: Duration,
        id: TransactionId,
        reply: ReplySeen<'_>,
        timers: &Timers,
        out: &mut Outbox,
    ) -> ClientStep {
        self.stop(out);
        let ack = self.is_invite.then(|| {
            let via = ViaLine {
                kind: self.flow.kind,
                sent_by: out.advertised(&self.flow),
                branch: &self.branch,
            };
            let ack = self.request.write_ack(via, reply.to, &out.user_agent);
            out.send(self.flow, ack.clone());
            ack
        });
        self.state = State::Completed { ack };
        if self.flow.kind.is_reliable() {
            return ClientStep::DeliverAndEnd;
        }
        self.bytes = Vec::new();
        let linger = if self.is_invite { timers.timer_d } else { timers.t4 };
        self.end = Some(out.arm(now + linger, Timer::Transaction(id, TransactionTimer::End)));
        ClientStep::Deliver
    }

    /// Timers D and K are zero on a reliable transport: the end comes with the next turn of the timers.
    pub(super) fn end_soon(&mut self, now: Duration, id: TransactionId, out: &mut Outbox) {
        self.end = Some(out.arm(now, Timer::Transaction(id, TransactionTimer::End)));
    }

    /// Remembers the ACK of a 2xx; false when this transaction keeps none (any more).
    pub(super) fn remember_ack(&mut self, tag: &str, flow: Flow, bytes: Vec<u8>) {
        if let State::Accepted { acks } = &mut self.state {
            acks.retain(|ack| ack.tag != tag);
            if acks.len() < MAX_FORKS {
                acks.push(AckForTag {
                    tag: tag.to_owned(),
                    flow,
                    bytes,
                });
            }
        }
    }

    /// Timer A or E fired: sends again and doubles the interval.
    pub(super) fn retransmit(&mut self, now: Duration, id: TransactionId, timers: &Timers, out: &mut Outbox) {
        let waiting = match self.state {
            State::Calling => true,
            State::Proceeding => !self.is_invite,
            State::Accepted { .. } | State::Completed { .. } => false,
        };
        if !waiting {
            return;
        }
        out.send(self.flow, self.bytes.clone());
        let doubled = self.interval * 2;
        self.interval = if self.is_invite {
            doubled
        } else {
            doubled.min(timers.t2)
        };
        let at = now + self.interval;
        self.retransmit = Some(out.arm(at, Timer::Transaction(id, TransactionTimer::Retransmit)));
    }

    /// Disarms everything.
    pub(super) fn stop(&mut self, out: &mut Outbox) {
        out.disarm(&mut self.retransmit);
        out.disarm(&mut self.end);
    }
}

/// The parts of a reply its transaction looks at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReplySeen<'a> {
    pub status: u16,
    pub to: &'a str,
    pub tag: &'a str,
}
