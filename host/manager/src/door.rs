//! Who may stand at the door without having said who it is, and how often one may be wrong. Pure: `now` is an argument.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

/// Sessions of one address, loopback apart, that may be about to log in at once.
pub const HALF_OPEN_PER_ADDRESS_MAX: usize = 10;

/// Failed logins of one address, loopback apart, within [`FAILURES_WINDOW`] before it is turned away.
pub const FAILURES_MAX: usize = 10;

/// How long a failed login counts.
pub const FAILURES_WINDOW: Duration = Duration::from_secs(60);

/// Addresses whose failures are remembered; the one that failed longest ago is forgotten for another.
pub const ADDRESSES_MAX: usize = 4_096;

/// What is known of those who come.
#[derive(Debug, Default)]
pub struct Door {
    half_open: BTreeMap<IpAddr, usize>,
    /// Half-open sessions from loopback and from elsewhere; those elsewhere cannot take the operator's places.
    local: usize,
    remote: usize,
    failures: BTreeMap<IpAddr, VecDeque<Duration>>,
}

impl Door {
    /// Lets a new session in if there is room for it; `limit` is `authlimit`. One let in must be [`Self::settle`]d.
    pub fn admit(&mut self, address: IpAddr, limit: usize, now: Duration) -> bool {
        let address = address.to_canonical();
        if address.is_loopback() {
            if self.local >= limit {
                return false;
            }
            self.local += 1;
            return true;
        }
        let own = self.half_open.get(&address).copied().unwrap_or(0);
        if self.remote >= limit || own >= HALF_OPEN_PER_ADDRESS_MAX || self.is_shut_out(address, now) {
            return false;
        }
        self.remote += 1;
        self.half_open.insert(address, own + 1);
        true
    }

    /// A session that was let in has logged in, or is gone.
    pub fn settle(&mut self, address: IpAddr) {
        let address = address.to_canonical();
        if address.is_loopback() {
            self.local = self.local.saturating_sub(1);
            return;
        }
        self.remote = self.remote.saturating_sub(1);
        if let Some(own) = self.half_open.get_mut(&address) {
            *own -= 1;
            if *own == 0 {
                self.half_open.remove(&address);
            }
        }
    }

    /// A login failed.
    pub fn failed(&mut self, address: IpAddr, now: Duration) {
        let address = address.to_canonical();
        if address.is_loopback() {
            return;
        }
        if self.failures.len() >= ADDRESSES_MAX && !self.failures.contains_key(&address) {
            let newest = |times: &VecDeque<Duration>| times.back().copied();
            let stalest = self.failures.iter().min_by_key(|(_, times)| newest(times));
            if let Some(stalest) = stalest.map(|(address, _)| *address) {
                self.failures.remove(&stalest);
            }
        }
        let times = self.failures.entry(address).or_default();
        times.push_back(now);
        if times.len() > FAILURES_MAX {
            times.pop_front();
        }
    }

    fn is_shut_out(&mut self, address: IpAddr, now: Duration) -> bool {
        let Some(times) = self.failures.get_mut(&address) else {
            return false;
        };
        while times.front().is_some_and(|at| *at + FAILURES_WINDOW <= now) {
            times.pop_front();
        }
        let count = times.len();
        if count == 0 {
            self.failures.remove(&address);
        }
        count >= FAILURES_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1_000);

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn one_address_cannot_take_every_place() {
        let mut door = Door::default();
        let far = address("192.0.2.1");
        for _ in 0..HALF_OPEN_PER_ADDRESS_MAX {
            assert!(door.admit(far, 50, NOW));
        }
        assert!(!door.admit(far, 50, NOW));
        assert!(!door.admit(address("::ffff:192.0.2.1"), 50, NOW));
        assert!(door.admit(address("192.0.2.2"), 50, NOW));
        door.settle(far);
        assert!(door.admit(far, 50, NOW));
    }

    #[test]
    fn strangers_never_take_the_places_of_loopback() {
        let mut door = Door::default();
        for host in 1..=5 {
            assert!(door.admit(address(&format!("192.0.2.{host}")), 5, NOW));
        }
        assert!(!door.admit(address("192.0.2.9"), 5, NOW));
        for _ in 0..5 {
            assert!(door.admit(address("127.0.0.1"), 5, NOW));
        }
        assert!(!door.admit(address("127.0.0.1"), 5, NOW));
        door.settle(address("127.0.0.1"));
        assert!(door.admit(address("127.0.0.1"), 5, NOW));
    }

    #[test]
    fn an_address_that_guesses_is_turned_away_for_a_while() {
        let mut door = Door::default();
        let (far, near) = (address("192.0.2.1"), address("127.0.0.1"));
        for _ in 0..FAILURES_MAX * 3 {
            door.failed(far, NOW);
            door.failed(near, NOW);
        }
        assert!(!door.admit(far, 50, NOW));
        assert!(door.admit(near, 50, NOW));
        assert!(door.admit(address("192.0.2.2"), 50, NOW));
        assert!(door.admit(far, 50, NOW + FAILURES_WINDOW));
    }

    #[test]
    fn only_so_many_addresses_are_remembered() {
        let mut door = Door::default();
        for number in 0..ADDRESSES_MAX as u32 + 10 {
            door.failed(IpAddr::from(std::net::Ipv4Addr::from(0x0a00_0000 + number)), NOW);
        }
        assert_eq!(door.failures.len(), ADDRESSES_MAX);
    }
}
