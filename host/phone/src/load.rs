//! An open-loop generator of calls: it starts them at their time, whatever became of those before.
//!
//! All callers are one endpoint on one socket, all callees another, so that one core makes thousands of calls a second.
//! The core knows no sockets: call one method that takes `now`, then drain [`Load::poll_transmit`].

mod calling;
pub(crate) mod driver;
mod figures;
mod sound;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use ucx_sip::sdp::{Codec, Direction, Format, Local, Offer};
use ucx_sip::{
    Endpoint, EndpointConfig, Flow, LocalTransport, Party, RegisterSpec, RegistrationId, SessionId,
    TransportId, TransportKind, Uri,
};

use figures::Tally;
pub use figures::{Bucket, LoadReport, Quantiles, RtpFigures};
use sound::Sounds;

use crate::config::Identity;
use crate::phone::whoever_calls;

/// Sessions and transactions one side may have; enough for 10,000 calls a second held for some seconds.
const MAX_SESSIONS: usize = 200_000;
const MAX_TRANSACTIONS: usize = 1_000_000;
/// How long registrations may take before the calls begin without them.
const MAX_REGISTERING: Duration = Duration::from_secs(10);
/// How long taking registrations back may take.
const MAX_LEAVING: Duration = Duration::from_secs(2);
const EXPIRES_S: u32 = 3600;
const SIP: TransportId = TransportId(0);

/// One side of the calls.
#[derive(Clone, Debug)]
pub struct Side {
    /// Who they are, taken in turn.
    pub identities: Vec<Identity>,
    /// The bound SIP address.
    pub sip: SocketAddr,
    /// Where all of them receive RTP.
    pub rtp: SocketAddr,
}

/// Whether calls carry sound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sound {
    /// RTP both ways. The host must use a port of its own for each call, or they cannot be told apart.
    Rtp,
    /// SIP only.
    #[default]
    Silent,
}

/// What is to be done.
#[derive(Clone, Debug)]
pub struct LoadConfig {
    /// Every tag, branch and source is drawn from it.
    pub seed: [u8; 32],
    /// The host.
    pub server: SocketAddr,
    /// The domain in addresses; the server's address when there is none.
    pub domain: Option<String>,
    /// Who calls.
    pub callers: Side,
    /// Who is called and registers for it; nobody when the host itself answers.
    pub callees: Option<Side>,
    /// What is called, taken in turn.
    pub numbers: Vec<String>,
    /// Calls begun in a second.
    pub rate: f64,
    /// For how long calls are begun.
    pub duration: Duration,
    /// From the answer to the caller's hangup.
    pub hold: Duration,
    /// From the INVITE to the answer of callees; zero answers without ringing.
    pub ring: Duration,
    /// Whether calls carry sound.
    pub sound: Sound,
    /// The retransmission timer of RFC 3261; 64 times as long without a reply fails a call.
    pub t1: Duration,
}

/// Which of the generator's sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wire {
    CalleeRtp,
    CalleeSip,
    CallerRtp,
    CallerSip,
}

/// Bytes to put on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadTransmit {
    pub wire: Wire,
    pub to: SocketAddr,
    pub bytes: Bytes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Registering {
        waits_for: usize,
        until: Duration,
    },
    Calling {
        since: Duration,
    },
    /// No more calls are begun; those that live may end.
    Draining {
        until: Duration,
    },
    Leaving {
        waits_for: usize,
        until: Duration,
    },
    Over,
}

/// Something due at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Task {
    Answer(SessionId),
    Frame(u32),
    Hangup(SessionId),
}

#[derive(Clone, Debug)]
struct Outgoing {
    begun_at: Duration,
    has_rung: bool,
    stream: Option<u32>,
}

/// One side's endpoint with what all its calls share.
struct Crowd {
    endpoint: Endpoint,
    side: Side,
    local: Local,
}

/// The generator.
pub struct Load {
    config: LoadConfig,
    callers: Crowd,
    callees: Option<Crowd>,
    offer: Bytes,
    outgoing: HashMap<SessionId, Outgoing>,
    /// Offers of calls that ring, and their streams once they are answered.
    incoming: HashMap<SessionId, (Bytes, Option<u32>)>,
    registrations: Vec<RegistrationId>,
    tasks: BinaryHeap<Reverse<(Duration, Task)>>,
    sounds: Sounds,
    tally: Tally,
    phase: Phase,
    begun: u64,
}

impl Load {
    /// A generator that begins with its registrations at `now`.
    pub fn new(now: Duration, config: LoadConfig) -> Self {
        let mut random = ChaCha8Rng::from_seed(config.seed);
        let callers = Crowd::new(&mut random, config.callers.clone(), config.t1);
        let callees = config
            .callees
            .clone()
            .map(|side| Crowd::new(&mut random, side, config.t1));
        let mut load = Self {
            offer: Bytes::from(Offer::build(&callers.local).to_string()),
            callers,
            callees,
            outgoing: HashMap::new(),
            incoming: HashMap::new(),
            registrations: Vec::new(),
            tasks: BinaryHeap::new(),
            sounds: Sounds::new(random),
            tally: Tally::default(),
            phase: Phase::Registering {
                waits_for: 0,
                until: now,
            },
            begun: 0,
            config,
        };
        load.register(now);
        load
    }

    /// Takes a datagram.
    pub fn handle_datagram(&mut self, now: Duration, wire: Wire, from: SocketAddr, bytes: &[u8]) {
        match wire {
            Wire::CallerSip => {
                let flow = self.callers.flow(from);
                self.callers.endpoint.handle_datagram(now, &flow, bytes);
            }
            Wire::CalleeSip => {
                if let Some(callees) = &mut self.callees {
                    let flow = callees.flow(from);
                    callees.endpoint.handle_datagram(now, &flow, bytes);
                }
            }
            Wire::CallerRtp | Wire::CalleeRtp => self.sounds.hear(now, wire, from, bytes),
        }
        self.settle(now);
    }

    /// Does what is due: calls to begin, to answer and to end, frames, retransmissions.
    pub fn handle_timeout(&mut self, now: Duration) {
        self.callers.endpoint.handle_timeout(now);
        if let Some(callees) = &mut self.callees {
            callees.endpoint.handle_timeout(now);
        }
        while let Some(Reverse((at, task))) = self.tasks.peek().copied().filter(|Reverse((at, _))| *at <= now)
        {
            self.tasks.pop();
            self.handle_task(now, at, task);
        }
        self.go_on(now);
        self.settle(now);
    }

    /// When [`Load::handle_timeout`] is due next.
    pub fn poll_timeout(&self) -> Option<Duration> {
        let callees = self
            .callees
            .as_ref()
            .and_then(|callees| callees.endpoint.poll_timeout());
        let task = self.tasks.peek().map(|Reverse((at, _))| *at);
        let phase = match self.phase {
            Phase::Registering { until, .. } | Phase::Draining { until } | Phase::Leaving { until, .. } => {
                Some(until)
            }
            Phase::Calling { since } => Some(since + self.begins_after(self.begun)),
            Phase::Over => return None,
        };
        [self.callers.endpoint.poll_timeout(), callees, task, phase]
            .into_iter()
            .flatten()
            .min()
    }

    /// The next packet to send.
    pub fn poll_transmit(&mut self) -> Option<LoadTransmit> {
        let of = |wire, transmit: ucx_sip::Transmit| LoadTransmit {
            wire,
            to: transmit.flow.remote,
            bytes: Bytes::from(transmit.bytes),
        };
        if let Some(transmit) = self.callers.endpoint.poll_transmit() {
            return Some(of(Wire::CallerSip, transmit));
        }
        if let Some(transmit) = self
            .callees
            .as_mut()
            .and_then(|callees| callees.endpoint.poll_transmit())
        {
            return Some(of(Wire::CalleeSip, transmit));
        }
        self.sounds.poll_transmit()
    }

    /// Whether all calls are over and all registrations taken back.
    pub fn is_over(&self) -> bool {
        self.phase == Phase::Over
    }

    /// The figures so far.
    pub fn report(&self) -> LoadReport {
        let rtp = (self.config.sound == Sound::Rtp).then(|| self.sounds.figures());
        self.tally.report(
            self.config.rate,
            self.config.duration,
            self.begun,
            self.outgoing.len() as u64,
            rtp,
        )
    }

    fn register(&mut self, now: Duration) {
        let domain = self.domain();
        let Some((callees, registrar)) = self.callees.as_mut().zip(Uri::parse(&format!("sip:{domain}")))
        else {
            return;
        };
        for identity in &callees.side.identities {
            let spec = RegisterSpec {
                registrar: registrar.clone(),
                aor: Party::new(&identity.user, &domain),
                contact_user: identity.user.clone(),
                flow: callees.flow(self.config.server),
                expires_s: EXPIRES_S,
                credentials: identity.credentials(),
                retry_after: None,
            };
            match callees.endpoint.register(now, spec) {
                Ok(registration) => self.registrations.push(registration),
                Err(_) => self.tally.refused_registrations += 1,
            }
        }
        self.phase = Phase::Registering {
            waits_for: self.registrations.len(),
            until: now + MAX_REGISTERING,
        };
        self.settle(now);
    }

    /// When a call begins, counted from the first.
    fn begins_after(&self, call: u64) -> Duration {
        #[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^52 calls")]
        Duration::try_from_secs_f64(call as f64 / self.config.rate).unwrap_or(self.config.duration)
    }

    fn domain(&self) -> String {
        self.config
            .domain
            .clone()
            .unwrap_or_else(|| self.config.server.to_string())
    }

    /// Goes on to the next phase when this one is done.
    fn go_on(&mut self, now: Duration) {
        match self.phase {
            Phase::Registering { waits_for, until } => {
                if waits_for == 0 || until <= now {
                    self.phase = Phase::Calling { since: now };
                    self.begin_due_calls(now, now);
                }
            }
            Phase::Calling { since } => self.begin_due_calls(now, since),
            Phase::Draining { until } => {
                if self.outgoing.is_empty() && self.incoming.is_empty() || until <= now {
                    self.leave(now);
                }
            }
            Phase::Leaving { waits_for, until } => {
                if waits_for == 0 || until <= now {
                    self.phase = Phase::Over;
                }
            }
            Phase::Over => {}
        }
    }

    fn begin_due_calls(&mut self, now: Duration, since: Duration) {
        loop {
            let after = self.begins_after(self.begun);
            if after >= self.config.duration {
                let patience = self.config.ring + self.config.hold + self.config.t1 * 64;
                self.phase = Phase::Draining {
                    until: now + patience + Duration::from_secs(1),
                };
                return;
            }
            if since + after > now {
                return;
            }
            self.tally.lateness.note(now - (since + after));
            self.begin_call(now);
        }
    }

    fn leave(&mut self, now: Duration) {
        let registrations = std::mem::take(&mut self.registrations);
        self.phase = Phase::Leaving {
            waits_for: registrations.len(),
            until: now + MAX_LEAVING,
        };
        if let Some(callees) = &mut self.callees {
            for registration in registrations {
                callees.endpoint.unregister(now, registration);
            }
        }
    }
}

impl Crowd {
    fn new(random: &mut ChaCha8Rng, side: Side, t1: Duration) -> Self {
        let mut seed = [0; 32];
        random.fill_bytes(&mut seed);
        let local = LocalTransport {
            id: SIP,
            kind: TransportKind::Udp,
            addr: side.sip,
            advertised: side.sip,
        };
        let mut config = EndpointConfig::new(seed, vec![local]);
        config.user_agent = "ucx load".to_owned();
        config.timers.t1 = t1;
        config.timers.timer_d = t1 * 64;
        config.limits.sessions = MAX_SESSIONS;
        config.limits.transactions = MAX_TRANSACTIONS;
        config.limits.registrations = side.identities.len().max(1);
        let mut endpoint = Endpoint::new(config);
        endpoint.set_accounts(whoever_calls());
        let local = Local {
            username: "-".to_owned(),
            session_id: u64::from(random.next_u32()),
            audio: side.rtp,
            formats: vec![Format::new(0, Codec::new("PCMU", 8000))],
            direction: Direction::SendRecv,
            ptime_ms: Some(20),
        };
        Self {
            endpoint,
            side,
            local,
        }
    }

    fn flow(&self, remote: SocketAddr) -> Flow {
        Flow {
            transport: SIP,
            kind: TransportKind::Udp,
            local: self.side.sip,
            remote,
            connection: None,
        }
    }
}
