//! How requests are challenged and their answers checked.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::{Algorithm, Authorization, Challenge, Credentials, hex};
use crate::method::Method;

/// How nonces are made and how long they serve.
#[derive(Clone, Debug)]
pub struct NonceSettings {
    /// How long a nonce is accepted; afterwards the client is told `stale=true`.
    pub lifetime: Duration,
    /// The most nonces whose counts are remembered; beyond it the oldest become stale.
    pub max_tracked: usize,
}

impl Default for NonceSettings {
    fn default() -> Self {
        Self {
            lifetime: Duration::from_secs(32),
            max_tracked: 16 * 1024,
        }
    }
}

/// What checking an Authorization found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Name, password and nonce are right.
    Accepted,
    /// The digest is right but the nonce too old, or its count was used before: challenge again with `stale=true`.
    Stale,
    /// The nonce is none of ours, or was given to another address: challenge again.
    UnknownNonce,
    /// Name, realm or password is wrong.
    Refused,
}

/// A request's side of the check.
#[derive(Clone, Copy, Debug)]
pub struct Presented<'a> {
    pub authorization: &'a Authorization,
    pub method: &'a Method,
    /// The address the request came from.
    pub source: IpAddr,
}

/// Issues and checks nonces: a nonce is its time and serial number under a keyed hash that also covers the source
/// address, so that nothing is stored for the mere asking.
#[derive(Debug)]
pub struct Authenticator {
    key: [u8; 32],
    settings: NonceSettings,
    serial: u64,
    /// The highest count seen, by serial number of the nonce.
    counts: BTreeMap<u64, u32>,
    /// Serial numbers in the order of first use.
    order: VecDeque<u64>,
    /// Nonces with serial numbers up to this one were forgotten to make room: their counts are not known any more.
    forgotten_up_to: u64,
}

struct Nonce {
    issued_at: Duration,
    serial: u64,
}

impl Authenticator {
    /// An authenticator whose nonces are made with this key, which must be drawn anew at each start.
    pub fn new(key: [u8; 32], settings: NonceSettings) -> Self {
        Self {
            key,
            settings,
            serial: 0,
            counts: BTreeMap::new(),
            order: VecDeque::new(),
            forgotten_up_to: 0,
        }
    }

    /// A fresh challenge for a request from this address.
    pub fn challenge(
        &mut self,
        now: Duration,
        source: IpAddr,
        realm: &str,
        algorithm: Algorithm,
    ) -> Challenge {
        self.serial += 1;
        let nonce = self.nonce_text(
            &Nonce {
                issued_at: now,
                serial: self.serial,
            },
            source,
        );
        let opaque = hex(&self.keyed_hash(b"opaque", realm.as_bytes())[..8]);
        Challenge {
            realm: realm.to_owned(),
            nonce,
            opaque: Some(opaque),
            algorithm,
            has_qop_auth: true,
            is_stale: false,
        }
    }

    /// Checks an answer against what is known of the account. `None` credentials (an unknown account) cost the same
    /// work and are refused.
    pub fn verify(
        &mut self,
        now: Duration,
        presented: Presented<'_>,
        realm: &str,
        credentials: Option<&Credentials>,
    ) -> Verdict {
        let authorization = presented.authorization;
        let Some(nonce) = self.read_nonce(&authorization.nonce, presented.source) else {
            return Verdict::UnknownNonce;
        };
        let known = credentials.and_then(|known| known.ha1(authorization.algorithm, realm));
        let decoy = || {
            authorization
                .algorithm
                .ha1(&authorization.username, realm, &authorization.nonce)
        };
        let is_named = credentials.is_some_and(|known| known.username == authorization.username)
            && authorization.realm == realm
            && known.is_some();
        let expected =
            authorization.expected_response(&known.unwrap_or_else(decoy), presented.method.as_str());
        let given = authorization.response.to_ascii_lowercase();
        let is_right = bool::from(expected.as_bytes().ct_eq(given.as_bytes()));
        if !(is_right && is_named) {
            return Verdict::Refused;
        }
        if self.is_fresh(now, &nonce, authorization.qop.as_ref().map(|qop| qop.count)) {
            Verdict::Accepted
        } else {
            Verdict::Stale
        }
    }

    /// How many nonces have their counts remembered.
    pub fn tracked(&self) -> usize {
        self.counts.len()
    }

    /// Old clients without qop send no count: their nonce serves until it is too old (RFC 2617 section 3.2.2.1).
    fn is_fresh(&mut self, now: Duration, nonce: &Nonce, count: Option<u32>) -> bool {
        if now.saturating_sub(nonce.issued_at) > self.settings.lifetime {
            return false;
        }
        let Some(count) = count else {
            return true;
        };
        if let Some(highest) = self.counts.get_mut(&nonce.serial) {
            let is_new = count > *highest;
            *highest = count.max(*highest);
            return is_new;
        }
        if nonce.serial <= self.forgotten_up_to || self.settings.max_tracked == 0 {
            return false;
        }
        if self.counts.len() >= self.settings.max_tracked
            && let Some(oldest) = self.order.pop_front()
        {
            self.counts.remove(&oldest);
            self.forgotten_up_to = self.forgotten_up_to.max(oldest);
            if nonce.serial <= self.forgotten_up_to {
                return false;
            }
        }
        self.counts.insert(nonce.serial, count);
        self.order.push_back(nonce.serial);
        true
    }

    /// `time-serial-hash`, all hexadecimal.
    fn nonce_text(&self, nonce: &Nonce, source: IpAddr) -> String {
        let millis = u64::try_from(nonce.issued_at.as_millis()).unwrap_or(u64::MAX);
        let clear = format!("{millis:012x}{:012x}", nonce.serial);
        let proof = self.keyed_hash(clear.as_bytes(), source.to_canonical().to_string().as_bytes());
        format!("{clear}{}", hex(&proof[..16]))
    }

    fn read_nonce(&self, text: &str, source: IpAddr) -> Option<Nonce> {
        let millis = u64::from_str_radix(text.get(..12)?, 16).ok()?;
        let serial = u64::from_str_radix(text.get(12..24)?, 16).ok()?;
        let nonce = Nonce {
            issued_at: Duration::from_millis(millis),
            serial,
        };
        let own = self.nonce_text(&nonce, source);
        bool::from(own.as_bytes().ct_eq(text.as_bytes())).then_some(nonce)
    }

    /// The key goes before and after, each part with its length, so that parts cannot be moved into each other and
    /// the hash cannot be extended.
    fn keyed_hash(&self, first: &[u8], second: &[u8]) -> [u8; 32] {
        let mut inner = Sha256::new();
        inner.update(self.key);
        for part in [first, second] {
            inner.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            inner.update(part);
        }
        let mut outer = Sha256::new();
        outer.update(inner.finalize());
        outer.update(self.key);
        outer.finalize().into()
    }
}
