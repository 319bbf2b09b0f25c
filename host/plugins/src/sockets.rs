//! Whom may a plugin connect to by TCP? The names, addresses and ports its operator granted, at addresses that are public
//! unless the operator wrote them out; so many connections, and so many bytes.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::resources::WallClock;
use crate::turns::Rate;
use crate::web::is_public;

/// Connections of one instance in its life.
pub(crate) const CONNECTIONS_PER_INSTANCE: u32 = 8;
/// Connections of one plugin at a time, over all its instances.
pub(crate) const CONNECTIONS_PER_PLUGIN: usize = 400;
/// Connections a plugin may begin in a minute.
pub(crate) const CONNECTIONS_PER_MINUTE: u32 = 6_000;
/// Bytes one instance may send and receive in its life, both together.
pub(crate) const BYTES_PER_INSTANCE: u64 = 64 << 20;
/// Addresses remembered of the names one instance asked for.
const ADDRESSES_MAX: usize = 64;

/// One line of `sockets` in a manifest or a grant: `agi.example:4573`, `192.0.2.7:4573`, `[2001:db8::7]:4573`,
/// `loopback:4573`, with `*` for every port; `*` alone is every public address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SocketRule {
    place: Place,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Any,
    Loopback,
    Address(IpAddr),
    Name(String),
}

impl SocketRule {
    /// Reads a rule; the error is a sentence.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("{text:?} is no socket; write agi.example:4573, 192.0.2.7:4573 or loopback:4573");
        if text == "*" {
            return Ok(Self {
                place: Place::Any,
                port: None,
            });
        }
        let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
        let port = match port {
            "*" => None,
            port => Some(port.parse().map_err(|_| wrong())?),
        };
        let plain = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let place = match (host, plain.unwrap_or(host).parse::<IpAddr>()) {
            ("loopback", _) => Place::Loopback,
            (_, Ok(address)) if address.is_ipv6() == plain.is_some() => Place::Address(address),
            (_, Ok(_)) => return Err(wrong()),
            (name, Err(_)) if is_name(name) => Place::Name(normal(name)),
            (_, Err(_)) => return Err(wrong()),
        };
        Ok(Self { place, port })
    }

    fn fits_port(&self, port: u16) -> bool {
        self.port.is_none_or(|own| own == port)
    }
}

fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    !name.is_empty() && name.len() <= 253 && name.chars().all(fits)
}

fn normal(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

/// What all instances of one plugin share.
pub(crate) struct SocketQuota {
    at_once: Arc<Semaphore>,
    begun: Rate,
}

impl Default for SocketQuota {
    fn default() -> Self {
        Self {
            at_once: Arc::new(Semaphore::new(CONNECTIONS_PER_PLUGIN)),
            begun: Rate::new(CONNECTIONS_PER_MINUTE),
        }
    }
}

/// The sockets of one instance.
pub(crate) struct Sockets {
    rules: Vec<SocketRule>,
    quota: Arc<SocketQuota>,
    clock: WallClock,
    /// The ports granted at addresses that granted names stand for.
    known: Mutex<BTreeMap<IpAddr, Vec<Option<u16>>>>,
    begun: AtomicU32,
    bytes: AtomicU64,
    /// Given back with the instance. The lock guards one push.
    held: Mutex<Vec<OwnedSemaphorePermit>>,
}

impl Sockets {
    pub(crate) fn new(rules: Vec<SocketRule>, quota: Arc<SocketQuota>, clock: WallClock) -> Self {
        Self {
            rules,
            quota,
            clock,
            known: Mutex::default(),
            begun: AtomicU32::new(0),
            bytes: AtomicU64::new(0),
            held: Mutex::default(),
        }
    }

    /// Whether it may have any at all.
    pub(crate) fn is_granted(&self) -> bool {
        !self.rules.is_empty()
    }

    /// Whether the instance may ask for the addresses of that name.
    pub(crate) fn may_resolve(&self, name: &str) -> bool {
        let name = normal(name);
        self.rules.iter().any(|rule| match &rule.place {
            Place::Any => true,
            Place::Name(own) => *own == name,
            Place::Loopback => name == "localhost",
            Place::Address(address) => name.parse() == Ok(*address),
        })
    }

    /// An address of a name the instance asked for: whether it may be connected to. A name that stands for a private
    /// address opens nothing, whoever answers for it.
    pub(crate) fn resolved(&self, name: &str, address: IpAddr) -> bool {
        if !is_public(address) {
            return self.rules.iter().any(|rule| rule.names(address));
        }
        let name = normal(name);
        let of_name = |rule: &&SocketRule| matches!(&rule.place, Place::Name(own) if *own == name);
        let ports: Vec<_> = self.rules.iter().filter(of_name).map(|rule| rule.port).collect();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() < ADDRESSES_MAX || known.contains_key(&address) {
            known.entry(address).or_default().extend(ports);
        }
        true
    }

    /// Counts a connection that is about to begin; whether it may.
    pub(crate) fn connect(&self, to: SocketAddr) -> bool {
        if !self.covers(to) {
            return false;
        }
        if self.begun.fetch_add(1, Ordering::Relaxed) >= CONNECTIONS_PER_INSTANCE
            || !self.quota.begun.take(1, (self.clock)())
        {
            return false;
        }
        let Ok(room) = Arc::clone(&self.quota.at_once).try_acquire_owned() else {
            return false;
        };
        self.held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(room);
        true
    }

    fn covers(&self, to: SocketAddr) -> bool {
        let (address, port) = (to.ip().to_canonical(), to.port());
        let written = |rule: &SocketRule| rule.fits_port(port) && rule.names(address);
        if self.rules.iter().any(written) {
            return true;
        }
        let any = |rule: &SocketRule| rule.place == Place::Any;
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let by_name = known
            .get(&address)
            .is_some_and(|ports| ports.iter().any(|own| own.is_none_or(|own| own == port)));
        is_public(address) && (by_name || self.rules.iter().any(any))
    }

    /// Counts bytes that came or go; whether they are still within the instance's share.
    pub(crate) fn count(&self, bytes: usize) -> bool {
        let bytes = bytes as u64;
        self.bytes
            .fetch_add(bytes, Ordering::Relaxed)
            .saturating_add(bytes)
            <= BYTES_PER_INSTANCE
    }
}

impl SocketRule {
    /// Whether the operator wrote this very address.
    fn names(&self, address: IpAddr) -> bool {
        match &self.place {
            Place::Address(own) => *own == address,
            Place::Loopback => address.is_loopback(),
            Place::Any | Place::Name(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn sockets(rules: &[&str]) -> Sockets {
        let rules = rules
            .iter()
            .map(|rule| SocketRule::parse(rule).unwrap())
            .collect();
        Sockets::new(rules, Arc::default(), Arc::new(|| Duration::from_secs(1)))
    }

    fn to(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_no_socket_is_refused_with_a_sentence() {
        for text in [
            "",
            "agi.example",
            "agi.example:x",
            "a b:1",
            "::1:4573",
            "[1.2.3.4]:1",
            ":1",
            "*:99999",
        ] {
            assert!(SocketRule::parse(text).is_err(), "{text}");
        }
        for text in [
            "agi.example:4573",
            "agi.example:*",
            "[::1]:1",
            "10.0.0.1:1",
            "loopback:*",
            "*",
        ] {
            assert!(SocketRule::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn an_address_that_was_written_out_is_open_at_its_port() {
        let sockets = sockets(&["10.0.0.1:4573", "loopback:4573"]);
        assert!(sockets.connect(to("10.0.0.1:4573")));
        assert!(sockets.connect(to("127.0.0.9:4573")) && sockets.connect(to("[::ffff:127.0.0.1]:4573")));
        for other in ["10.0.0.1:4574", "10.0.0.2:4573", "8.8.8.8:4573", "127.0.0.1:80"] {
            assert!(!sockets.connect(to(other)), "{other}");
        }
    }

    #[test]
    fn a_name_opens_its_public_addresses_once_it_was_asked_for() {
        let sockets = sockets(&["agi.example:4573"]);
        assert!(sockets.may_resolve("AGI.example.") && !sockets.may_resolve("other.example"));
        assert!(!sockets.connect(to("8.8.8.8:4573")));
        assert!(sockets.resolved("agi.example", "8.8.8.8".parse().unwrap()));
        assert!(sockets.connect(to("8.8.8.8:4573")));
        assert!(!sockets.connect(to("8.8.8.8:22")));
        // Who answers for the name cannot open the operator's own network.
        assert!(!sockets.resolved("agi.example", "192.168.0.1".parse().unwrap()));
        assert!(!sockets.connect(to("192.168.0.1:4573")));
    }

    #[test]
    fn everything_is_everything_public() {
        let sockets = sockets(&["*"]);
        assert!(sockets.connect(to("8.8.8.8:25")));
        assert!(!sockets.connect(to("127.0.0.1:25")) && !sockets.connect(to("169.254.169.254:80")));
    }

    #[test]
    fn connections_and_bytes_have_an_end() {
        let quota = Arc::new(SocketQuota::default());
        let rules = vec![SocketRule::parse("loopback:*").unwrap()];
        let new = || {
            Sockets::new(
                rules.clone(),
                Arc::clone(&quota),
                Arc::new(|| Duration::from_secs(1)),
            )
        };
        let one = new();
        let made = (0..20).filter(|_| one.connect(to("127.0.0.1:1"))).count();
        assert_eq!(made, CONNECTIONS_PER_INSTANCE as usize);
        assert!(one.count(BYTES_PER_INSTANCE as usize) && !one.count(1));
        // All instances together have a bound as well, and give back what they held.
        let mut others: Vec<_> = (0..CONNECTIONS_PER_PLUGIN).map(|_| new()).collect();
        let held = others
            .iter()
            .filter(|other| other.connect(to("127.0.0.1:1")))
            .count();
        assert_eq!(held + made, CONNECTIONS_PER_PLUGIN);
        others.clear();
        assert!(new().connect(to("127.0.0.1:1")));
    }
}
