//! A network of phones without sockets: it carries, delays and loses packets as its seed says.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::{CallId, Event, Happening, Identity, Need, Phone, PhoneConfig, Policy, Ports, Socket};

/// Steps of one run; a world that never rests fails.
const MAX_STEPS: usize = 2_000_000;

struct Parcel {
    from: SocketAddr,
    to: SocketAddr,
    bytes: Vec<u8>,
}

/// Two or more phones and what lies between them.
pub(crate) struct World {
    pub now: Duration,
    pub phones: Vec<Phone>,
    pub log: Vec<(usize, Event)>,
    addresses: Vec<SocketAddr>,
    on_the_way: BTreeMap<(Duration, u64), Parcel>,
    sent: u64,
    random: ChaCha8Rng,
    /// Of 1000 RTP packets so many are lost.
    pub lose_rtp: u32,
    /// Of 1000 SIP packets so many are lost.
    pub lose_sip: u32,
    /// Each packet takes this long, and up to as much again.
    pub delay: Duration,
    /// Everything that was carried, for comparisons.
    pub transcript: String,
}

/// The SIP address of a phone.
pub(crate) fn address(phone: usize) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, u8::try_from(phone + 1).expect("a small world")], 5060))
}

/// A phone whose server is another phone.
pub(crate) fn config(phone: usize, server: usize, seed: u8) -> PhoneConfig {
    let identity = Identity::new(&format!("600{}", phone + 1));
    let mut config = PhoneConfig::new(
        [seed.wrapping_mul(31)
            .wrapping_add(u8::try_from(phone).expect("a small world")); 32],
        identity,
        address(phone),
        address(server),
    );
    config.ports = Ports::From(SocketAddr::new(address(phone).ip(), 40_000));
    config.tone_hz = Some([440, 660, 880][phone]);
    config
}

impl World {
    /// Two phones, each the other's server; the second does with calls what `policy` says.
    pub(crate) fn pair(seed: u8, policy: Policy) -> Self {
        let mut callee = config(1, 0, seed);
        callee.policy = policy;
        Self::of(seed, vec![config(0, 1, seed), callee])
    }

    pub(crate) fn of(seed: u8, configs: Vec<PhoneConfig>) -> Self {
        Self {
            now: Duration::from_secs(1),
            addresses: configs.iter().map(|config| config.sip).collect(),
            phones: configs.into_iter().map(Phone::new).collect(),
            log: Vec::new(),
            on_the_way: BTreeMap::new(),
            sent: 0,
            random: ChaCha8Rng::from_seed([seed; 32]),
            lose_rtp: 0,
            lose_sip: 0,
            delay: Duration::from_millis(1),
            transcript: String::new(),
        }
    }

    /// Does something with a phone and passes on what follows.
    pub(crate) fn with<T>(&mut self, phone: usize, act: impl FnOnce(&mut Phone, Duration) -> T) -> T {
        let done = act(&mut self.phones[phone], self.now);
        self.drain(phone);
        done
    }

    /// Lets time pass.
    pub(crate) fn run(&mut self, time: Duration) {
        let end = self.now + time;
        for _ in 0..MAX_STEPS {
            let parcel = self.on_the_way.keys().next().map(|(at, _)| *at);
            let timers = self.phones.iter().filter_map(Phone::poll_timeout);
            let Some(next) = timers.chain(parcel).min().filter(|next| *next <= end) else {
                self.now = end;
                return;
            };
            self.now = self.now.max(next);
            self.deliver();
            for phone in 0..self.phones.len() {
                if self.phones[phone].poll_timeout().is_some_and(|at| at <= self.now) {
                    self.with(phone, |phone, now| phone.handle_timeout(now));
                }
            }
        }
        panic!("the world did not come to rest");
    }

    pub(crate) fn run_ms(&mut self, ms: u64) {
        self.run(Duration::from_millis(ms));
    }

    /// What a phone told, and not what the others did.
    pub(crate) fn told(&self, phone: usize) -> impl Iterator<Item = &Happening> {
        self.log
            .iter()
            .filter(move |(who, _)| *who == phone)
            .map(|(_, event)| &event.what)
    }

    /// The names of what a phone told, in order.
    pub(crate) fn names(&self, phone: usize) -> Vec<String> {
        self.told(phone).map(name).collect()
    }

    /// The only live call of a phone.
    pub(crate) fn call_of(&self, phone: usize) -> CallId {
        self.phones[phone].calls().next().expect("a call lives")
    }

    fn deliver(&mut self) {
        while let Some(entry) = self.on_the_way.first_entry() {
            if entry.key().0 > self.now {
                return;
            }
            let parcel = entry.remove();
            let owner = self
                .addresses
                .iter()
                .position(|address| address.ip() == parcel.to.ip());
            let Some(phone) = owner else { continue };
            if let Some(socket) = self.phones[phone].socket_at(parcel.to) {
                self.with(phone, |phone, now| {
                    phone.handle_datagram(now, socket, parcel.from, &parcel.bytes)
                });
            }
        }
    }

    fn drain(&mut self, phone: usize) {
        while let Some(transmit) = self.phones[phone].poll_transmit() {
            let (from, loss) = self.sender(phone, transmit.socket);
            let _ = writeln!(
                self.transcript,
                "{:?} {from} {} {:02x?}",
                self.now, transmit.to, transmit.bytes
            );
            let lost = self.random.next_u32() % 1000 < loss;
            let spread = self.random.next_u32() % 1000;
            if lost {
                continue;
            }
            let delay = self.delay + self.delay * spread / 1000;
            self.sent += 1;
            let parcel = Parcel {
                from,
                to: transmit.to,
                bytes: transmit.bytes,
            };
            self.on_the_way.insert((self.now + delay, self.sent), parcel);
        }
        while let Some(need) = self.phones[phone].poll_need() {
            assert!(
                !matches!(need, Need::Ports { .. }),
                "these phones have ports of their own"
            );
        }
        while let Some(event) = self.phones[phone].poll_event() {
            let _ = writeln!(self.transcript, "{phone} {}", event.to_json());
            self.log.push((phone, event));
        }
    }

    fn sender(&self, phone: usize, socket: Socket) -> (SocketAddr, u32) {
        let ip = self.addresses[phone].ip();
        let pair = |stream: ucx_media::StreamId| {
            40_000 + 2 * u16::try_from(stream.0 % crate::phone::PORT_PAIRS).expect("few pairs")
        };
        match socket {
            Socket::Sip | Socket::Connection(_) => (self.addresses[phone], self.lose_sip),
            Socket::Rtp(stream) => (SocketAddr::new(ip, pair(stream)), self.lose_rtp),
            Socket::Rtcp(stream) => (SocketAddr::new(ip, pair(stream) + 1), self.lose_rtp),
        }
    }
}

/// An event's name as JSON has it.
pub(crate) fn name(what: &Happening) -> String {
    let json = serde_json::to_value(what).expect("an event is an object");
    json["event"].as_str().expect("an event has a name").to_owned()
}
