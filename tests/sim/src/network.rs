//! The network between the host and the phones: it delays, loses, doubles and reorders what its weather says.

use crate::chance::Chance;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::SocketAddr;
use std::time::Duration;

/// The port of SIP on every machine of the world.
pub(crate) const SIP_PORT: u16 = 5060;

/// Packets on the way at once; a world that sends more is out of hand.
const PARCELS_MAX: usize = 1 << 20;

/// How the network behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weather {
    /// Every packet takes this long, in milliseconds.
    pub delay_ms: u64,
    /// And up to so much longer, which reorders them.
    pub jitter_ms: u64,
    /// Of a thousand packets so many are lost.
    pub lost_permille: u64,
    /// Of a thousand packets so many come twice.
    pub doubled_permille: u64,
}

impl Weather {
    /// Everything arrives, in order.
    pub const QUIET: Self = Self {
        delay_ms: 8,
        jitter_ms: 0,
        lost_permille: 0,
        doubled_permille: 0,
    };

    /// Bad, and how bad is the seed's to say.
    pub fn stormy(seed: u64) -> Self {
        let mut chance = Chance::new(seed, "weather");
        Self {
            delay_ms: 1 + chance.below(120),
            jitter_ms: chance.below(150),
            lost_permille: chance.below(80),
            doubled_permille: chance.below(60),
        }
    }

    /// Nothing is lost, doubled or reordered.
    pub fn is_quiet(&self) -> bool {
        self.jitter_ms == 0 && self.lost_permille == 0 && self.doubled_permille == 0
    }
}

/// A packet on its way.
pub(crate) struct Parcel {
    pub from: SocketAddr,
    pub to: SocketAddr,
    pub bytes: Vec<u8>,
}

pub(crate) struct Network {
    pub weather: Weather,
    chance: Chance,
    on_the_way: BTreeMap<(Duration, u64), Parcel>,
    pub sent: u64,
    /// Fingerprints of the SIP messages sent while nothing gets lost, so that nobody needs to repeat one.
    said: BTreeSet<u64>,
}

impl Network {
    pub(crate) fn new(seed: u64, weather: Weather) -> Self {
        Self {
            weather,
            chance: Chance::new(seed, "network"),
            on_the_way: BTreeMap::new(),
            sent: 0,
            said: BTreeSet::new(),
        }
    }

    /// Takes a packet; the error says what rule it breaks.
    pub(crate) fn send(&mut self, now: Duration, parcel: Parcel) -> Result<(), String> {
        self.sent += 1;
        let repeated = self.check_repeat(&parcel);
        if self.on_the_way.len() >= PARCELS_MAX {
            return Err("the network is full of packets".to_owned());
        }
        if !self.chance.permille(self.weather.lost_permille) {
            if self.chance.permille(self.weather.doubled_permille) {
                let twin = Parcel {
                    bytes: parcel.bytes.clone(),
                    ..parcel
                };
                self.post(now, twin);
            }
            self.post(now, parcel);
        }
        repeated
    }

    fn post(&mut self, now: Duration, parcel: Parcel) {
        let jitter = if self.weather.jitter_ms == 0 {
            0
        } else {
            self.chance.below(self.weather.jitter_ms + 1)
        };
        let arrives_at = now + Duration::from_millis(self.weather.delay_ms + jitter);
        // On whole milliseconds, as coarse as the clock of the runtime.
        let arrives_at = Duration::from_millis(u64::try_from(arrives_at.as_millis()).unwrap_or(u64::MAX));
        self.on_the_way.insert(
            (arrives_at, self.sent * 2 + u64::from(self.is_taken(arrives_at))),
            parcel,
        );
    }

    /// Whether the twin of the packet being sent arrives in the same millisecond.
    fn is_taken(&self, arrives_at: Duration) -> bool {
        self.on_the_way.contains_key(&(arrives_at, self.sent * 2))
    }

    /// On a network that loses nothing and answers at once nobody has a reason to say the same thing twice, save that it
    /// rings again.
    fn check_repeat(&mut self, parcel: &Parcel) -> Result<(), String> {
        let is_provisional = parcel.bytes.starts_with(b"SIP/2.0 1");
        if !self.weather.is_quiet() || parcel.to.port() != SIP_PORT || is_provisional {
            return Ok(());
        }
        let mut hasher = DefaultHasher::new();
        (parcel.from, parcel.to, &parcel.bytes).hash(&mut hasher);
        if self.said.insert(hasher.finish()) {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&parcel.bytes);
        let first = text.lines().next().unwrap_or_default();
        let cseq = text
            .lines()
            .find(|line| line.starts_with("CSeq"))
            .unwrap_or_default();
        Err(format!(
            "on a quiet network {} repeats to {}: {first} ({cseq})",
            parcel.from, parcel.to
        ))
    }

    pub(crate) fn next_at(&self) -> Option<Duration> {
        self.on_the_way.keys().next().map(|(at, _)| *at)
    }

    pub(crate) fn pop_due(&mut self, now: Duration) -> Option<Parcel> {
        let first = self.on_the_way.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }
}
