//! Where do effects go? Every machine of this crate sends, arms timers, draws random numbers and tells events through the one outbox.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::event::Event;
use crate::flow::{Flow, LocalTransport, Transmit};
use crate::registration::RegistrationId;
use crate::session::SessionId;
use crate::timer::{TimerHandle, TimerQueue};
use crate::transaction::{TransactionId, TransactionTimer};

/// Everything that can wake the endpoint up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Timer {
    Transaction(TransactionId, TransactionTimer),
    Session(SessionId, SessionTimer),
    Registration(RegistrationId),
    /// A binding of the registrar may have expired.
    Binding {
        aor: String,
    },
}

/// The timers of a session beside those of its transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SessionTimer {
    /// No reply has gone out yet: 100 Trying is due (RFC 3261 section 17.2.1).
    Trying,
    /// Send the 2xx again (section 13.3.1.4).
    RepeatOk,
    /// The ACK of a 2xx did not come in 64*T1.
    AckMissing,
    /// After a CANCEL, 64*T1 without a final reply (section 9.1).
    CancelUnanswered,
    /// Send the crossed re-INVITE again (section 14.1).
    Glare,
}

/// Outgoing effects. The driver drains it after every call into the endpoint, so it holds what one call produced.
#[derive(Debug)]
pub(crate) struct Outbox {
    pub(crate) user_agent: String,
    transports: Vec<LocalTransport>,
    timers: TimerQueue<Timer>,
    transmits: VecDeque<Transmit>,
    events: VecDeque<Event>,
    rng: ChaCha8Rng,
}

impl Outbox {
    pub(crate) fn new(seed: [u8; 32], user_agent: String, transports: Vec<LocalTransport>) -> Self {
        Self {
            user_agent,
            transports,
            timers: TimerQueue::default(),
            transmits: VecDeque::new(),
            events: VecDeque::new(),
            rng: ChaCha8Rng::from_seed(seed),
        }
    }

    pub(crate) fn send(&mut self, flow: Flow, bytes: Vec<u8>) {
        self.transmits.push_back(Transmit { flow, bytes });
    }

    pub(crate) fn tell(&mut self, event: Event) {
        self.events.push_back(event);
    }

    pub(crate) fn arm(&mut self, at: Duration, timer: Timer) -> TimerHandle {
        self.timers.arm(at, timer)
    }

    pub(crate) fn disarm(&mut self, handle: &mut Option<TimerHandle>) {
        self.timers.disarm(handle);
    }

    pub(crate) fn poll_transmit(&mut self) -> Option<Transmit> {
        self.transmits.pop_front()
    }

    pub(crate) fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    pub(crate) fn next_timer_at(&self) -> Option<Duration> {
        self.timers.next_at()
    }

    pub(crate) fn pop_due_timer(&mut self, now: Duration) -> Option<Timer> {
        self.timers.pop_due(now)
    }

    pub(crate) fn timers_armed(&self) -> usize {
        self.timers.len()
    }

    /// The address peers are told for the socket of a flow.
    pub(crate) fn advertised(&self, flow: &Flow) -> SocketAddr {
        let found = self.transports.iter().find(|local| local.id == flow.transport);
        found.map_or(flow.local, |local| local.advertised)
    }

    pub(crate) fn transports(&self) -> &[LocalTransport] {
        &self.transports
    }

    /// A number below `bound`.
    pub(crate) fn random_below(&mut self, bound: u32) -> u32 {
        self.rng.next_u32() % bound.max(1)
    }

    /// A key for keyed hashes.
    pub(crate) fn key(&mut self) -> [u8; 32] {
        let mut key = [0; 32];
        self.rng.fill_bytes(&mut key);
        key
    }

    /// An unguessable token: 16 hex digits.
    pub(crate) fn token(&mut self) -> String {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let number = self.rng.next_u64();
        (0..16)
            .map(|at| char::from(DIGITS[(number >> (at * 4)) as usize & 15]))
            .collect()
    }
}
