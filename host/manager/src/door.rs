//! Who may stand at the door without having said who it is, and how often one may be wrong. Pure: `now` is an argument.
//!
//! From loopback somebody always comes in: where there is no room, who has stood there longest gives way. Others are turned
//! away.

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
    /// Tickets of half-open sessions from loopback, the oldest first; those elsewhere cannot take the operator's places.
    local: VecDeque<u64>,
    /// Half-open sessions from elsewhere.
    remote: usize,
    failures: BTreeMap<IpAddr, VecDeque<Duration>>,
    tickets: u64,
}

/// A place at the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which of them it is.
    pub ticket: u64,
    /// The ticket of who has to go for it.
    pub gives_way: Option<u64>,
}

impl Door {
    /// Lets a new session in if there is room for it; `limit` is `authlimit`. One let in must be [`Self::settle`]d.
    pub fn admit(&mut self, address: IpAddr, limit: usize, now: Duration) -> Option<Place> {
        let address = address.to_canonical();
        if address.is_loopback() {
            let is_full = self.local.len() >= limit;
            let gives_way = is_full.then(|| self.local.pop_front()).flatten();
            let ticket = self.ticket();
            self.local.push_back(ticket);
            return Some(Place { ticket, gives_way });
        }
        let own = self.half_open.get(&address).copied().unwrap_or(0);
        if self.remote >= limit || own >= HALF_OPEN_PER_ADDRESS_MAX || self.is_shut_out(address, now) {
            return None;
        }
        self.remote += 1;
        self.half_open.insert(address, own + 1);
        Some(Place {
            ticket: self.ticket(),
            gives_way: None,
        })
    }

    /// A session that was let in has logged in, or is gone.
    pub fn settle(&mut self, address: IpAddr, ticket: u64) {
        let address = address.to_canonical();
        if address.is_loopback() {
            // Who gave way has no place any more.
            self.local.retain(|own| *own != ticket);
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

    fn ticket(&mut self) -> u64 {
        self.tickets += 1;
        self.tickets
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

    fn is_in(door: &mut Door, address: IpAddr, limit: usize) -> bool {
        door.admit(address, limit, NOW).is_some()
    }

    #[test]
    fn one_address_cannot_take_every_place() {
        let mut door = Door::default();
        let far = address("192.0.2.1");
        for _ in 0..HALF_OPEN_PER_ADDRESS_MAX {
            assert!(is_in(&mut door, far, 50));
        }
        assert!(!is_in(&mut door, far, 50));
        assert!(!is_in(&mut door, address("::ffff:192.0.2.1"), 50));
        assert!(is_in(&mut door, address("192.0.2.2"), 50));
        door.settle(far, 1);
        assert!(is_in(&mut door, far, 50));
    }

    #[test]
    fn strangers_never_take_the_places_of_loopback() {
        let mut door = Door::default();
        for host in 1..=5 {
            assert!(is_in(&mut door, address(&format!("192.0.2.{host}")), 5));
        }
        assert!(!is_in(&mut door, address("192.0.2.9"), 5));
        for _ in 0..5 {
            let place = door.admit(address("127.0.0.1"), 5, NOW).expect("there is room");
            assert_eq!(place.gives_way, None);
        }
    }

    #[test]
    fn from_loopback_the_oldest_gives_way_to_the_newest() {
        let mut door = Door::default();
        let near = address("127.0.0.1");
        let admit = |door: &mut Door, near| door.admit(near, 3, NOW).expect("loopback comes in");
        let first: Vec<_> = (0..3).map(|_| admit(&mut door, near)).collect();
        assert!(first.iter().all(|place| place.gives_way.is_none()));
        door.settle(near, first[1].ticket);
        assert_eq!(admit(&mut door, near).gives_way, None);
        assert_eq!(
            admit(&mut door, address("::ffff:127.0.0.2")).gives_way,
            Some(first[0].ticket)
        );
        // Who gave way is gone later, and takes no place with it.
        door.settle(near, first[0].ticket);
        assert_eq!(admit(&mut door, near).gives_way, Some(first[2].ticket));
        assert_eq!(door.local.len(), 3);
    }

    #[test]
    fn an_address_that_guesses_is_turned_away_for_a_while() {
        let mut door = Door::default();
        let (far, near) = (address("192.0.2.1"), address("127.0.0.1"));
        for _ in 0..FAILURES_MAX * 3 {
            door.failed(far, NOW);
            door.failed(near, NOW);
        }
        assert!(!is_in(&mut door, far, 50));
        assert!(is_in(&mut door, near, 50));
        assert!(is_in(&mut door, address("192.0.2.2"), 50));
        assert!(door.admit(far, 50, NOW + FAILURES_WINDOW).is_some());
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
