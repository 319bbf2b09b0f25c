//! Server transactions: INVITE (RFC 3261 section 17.2.1, RFC 6026 section 7.1) and the others (section 17.2.2).

use std::time::Duration;

use super::{TransactionId, TransactionTimer};
use crate::compose::{Reply, ReplyHead};
use crate::config::Timers;
use crate::flow::Flow;
use crate::outbox::{Outbox, Timer};
use crate::owner::Owner;
use crate::timer::TimerHandle;

/// What a server transaction waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Our final reply (Trying and Proceeding of the RFC).
    Proceeding,
    /// INVITE only: a 2xx is out and repeated by the session; its ACK goes there too.
    Accepted,
    /// INVITE: the ACK of our refusal. Others: repetitions of the request.
    Completed,
    /// INVITE only: repetitions of the ACK.
    Confirmed,
}

/// What an ACK meant to the transaction it matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AckStep {
    /// It acknowledged our refusal, or nothing.
    Absorbed,
    /// It acknowledges a 2xx: the session must see it.
    Deliver,
    /// It acknowledged our refusal, and the transaction is over.
    End,
}

/// One request of a peer being answered.
#[derive(Debug)]
pub(crate) struct ServerTransaction {
    pub(super) key: String,
    pub(super) merge_key: Option<String>,
    pub(crate) flow: Flow,
    pub(crate) owner: Owner,
    pub(crate) head: ReplyHead,
    /// Our To tag, for requests that have none.
    pub(crate) tag: String,
    is_invite: bool,
    last: Option<Vec<u8>>,
    state: State,
    interval: Duration,
    retransmit: Option<TimerHandle>,
    end: Option<TimerHandle>,
}

/// What a server transaction is made of.
#[derive(Debug)]
pub(crate) struct ServerStart {
    pub key: String,
    pub merge_key: Option<String>,
    pub flow: Flow,
    pub head: ReplyHead,
    pub tag: String,
    pub is_invite: bool,
}

impl ServerTransaction {
    pub(super) fn new(start: ServerStart) -> Self {
        Self {
            key: start.key,
            merge_key: start.merge_key,
            flow: start.flow,
            owner: Owner::Nobody,
            head: start.head,
            tag: start.tag,
            is_invite: start.is_invite,
            last: None,
            state: State::Proceeding,
            interval: Duration::ZERO,
            retransmit: None,
            end: None,
        }
    }

    /// Whether our final reply is still to come.
    pub(crate) fn is_open(&self) -> bool {
        self.state == State::Proceeding
    }

    /// Whether any reply has been sent.
    pub(crate) fn has_replied(&self) -> bool {
        self.last.is_some()
    }

    /// Sends a reply; a second final reply is ignored. Answers whether the transaction is over, and the bytes of a 2xx to
    /// INVITE, which its session repeats.
    pub(super) fn respond(
        &mut self,
        now: Duration,
        id: TransactionId,
        reply: &Reply,
        timers: &Timers,
        out: &mut Outbox,
    ) -> Responded {
        if !self.is_open() {
            return Responded::Ignored;
        }
        let bytes = self.head.write(reply, &self.tag, &out.user_agent);
        out.send(self.flow, bytes.clone());
        if !reply.is_final() {
            self.last = Some(bytes);
            return Responded::Sent;
        }
        // What waits half a minute for stragglers should be small.
        self.head = ReplyHead::default();
        if !self.is_invite {
            if self.flow.kind.is_reliable() {
                return Responded::Over;
            }
            self.last = Some(bytes);
            self.state = State::Completed;
            self.arm_end(now + timers.timeout(), id, out);
            return Responded::Sent;
        }
        if reply.status < 300 {
            self.state = State::Accepted;
            self.last = None;
            self.arm_end(now + timers.timeout(), id, out);
            return Responded::Accepted(bytes);
        }
        self.last = Some(bytes);
        self.state = State::Completed;
        self.interval = timers.t1;
        if !self.flow.kind.is_reliable() {
            self.retransmit = Some(out.arm(
                now + timers.t1,
                Timer::Transaction(id, TransactionTimer::Retransmit),
            ));
        }
        self.arm_end(now + timers.timeout(), id, out);
        Responded::Sent
    }

    /// The request came again: the last reply goes out again (nothing in Accepted and Confirmed).
    pub(super) fn handle_repetition(&self, out: &mut Outbox) {
        match self.state {
            State::Proceeding | State::Completed => {
                if let Some(last) = &self.last {
                    out.send(self.flow, last.clone());
                }
            }
            State::Accepted | State::Confirmed => {}
        }
    }

    pub(super) fn handle_ack(
        &mut self,
        now: Duration,
        id: TransactionId,
        timers: &Timers,
        out: &mut Outbox,
    ) -> AckStep {
        match self.state {
            State::Accepted => AckStep::Deliver,
            State::Proceeding | State::Confirmed => AckStep::Absorbed,
            State::Completed => {
                self.stop(out);
                if self.flow.kind.is_reliable() {
                    return AckStep::End;
                }
                self.state = State::Confirmed;
                self.last = None;
                self.arm_end(now + timers.t4, id, out);
                AckStep::Absorbed
            }
        }
    }

    /// Timer G fired: sends the refusal again.
    pub(super) fn retransmit(&mut self, now: Duration, id: TransactionId, timers: &Timers, out: &mut Outbox) {
        let (State::Completed, Some(last)) = (self.state, &self.last) else {
            return;
        };
        out.send(self.flow, last.clone());
        self.interval = (self.interval * 2).min(timers.t2);
        let at = now + self.interval;
        self.retransmit = Some(out.arm(at, Timer::Transaction(id, TransactionTimer::Retransmit)));
    }

    fn arm_end(&mut self, at: Duration, id: TransactionId, out: &mut Outbox) {
        out.disarm(&mut self.end);
        self.end = Some(out.arm(at, Timer::Transaction(id, TransactionTimer::End)));
    }

    /// Disarms everything.
    pub(super) fn stop(&mut self, out: &mut Outbox) {
        out.disarm(&mut self.retransmit);
        out.disarm(&mut self.end);
    }
}

/// What became of a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Responded {
    Sent,
    /// A 2xx to INVITE: the session repeats these bytes until the ACK.
    Accepted(Vec<u8>),
    /// Sent, and the transaction is over.
    Over,
    /// The transaction already had its final reply, or is gone.
    Ignored,
}
