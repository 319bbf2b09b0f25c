//! How often one may guess a password. Pure: `now` is an argument.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

/// Wrong passwords from one address, loopback apart, within [`WINDOW`] before nothing is asked of it any more.
pub const GUESSES_MAX: usize = 10;

/// How long a wrong password counts.
pub const WINDOW: Duration = Duration::from_secs(60);

/// Addresses whose guesses are remembered; the one that guessed longest ago is forgotten for another.
pub const ADDRESSES_MAX: usize = 4_096;

/// Who guessed, and when.
#[derive(Debug, Default)]
pub struct Guesses(BTreeMap<IpAddr, VecDeque<Duration>>);

impl Guesses {
    /// A password was wrong. Loopback is the operator's own and is never shut out.
    pub fn wrong(&mut self, address: IpAddr, now: Duration) {
        let address = address.to_canonical();
        if address.is_loopback() {
            return;
        }
        if self.0.len() >= ADDRESSES_MAX && !self.0.contains_key(&address) {
            let newest = |times: &VecDeque<Duration>| times.back().copied();
            let stalest = self.0.iter().min_by_key(|(_, times)| newest(times));
            if let Some(stalest) = stalest.map(|(address, _)| *address) {
                self.0.remove(&stalest);
            }
        }
        let times = self.0.entry(address).or_default();
        times.push_back(now);
        if times.len() > GUESSES_MAX {
            times.pop_front();
        }
    }

    /// Whether an address guessed too often; right passwords are not looked at either, so that guessing tells nothing.
    pub fn is_shut_out(&mut self, address: IpAddr, now: Duration) -> bool {
        let address = address.to_canonical();
        let Some(times) = self.0.get_mut(&address) else {
            return false;
        };
        while times.front().is_some_and(|at| *at + WINDOW <= now) {
            times.pop_front();
        }
        let count = times.len();
        if count == 0 {
            self.0.remove(&address);
        }
        count >= GUESSES_MAX
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
    fn an_address_that_guesses_is_shut_out_for_a_while_and_no_other_is() {
        let mut guesses = Guesses::default();
        for _ in 0..GUESSES_MAX {
            assert!(!guesses.is_shut_out(address("192.0.2.1"), NOW));
            guesses.wrong(address("192.0.2.1"), NOW);
        }
        assert!(guesses.is_shut_out(address("192.0.2.1"), NOW));
        assert!(guesses.is_shut_out(address("::ffff:192.0.2.1"), NOW));
        assert!(!guesses.is_shut_out(address("192.0.2.2"), NOW));
        assert!(!guesses.is_shut_out(address("192.0.2.1"), NOW + WINDOW));
    }

    #[test]
    fn loopback_is_never_shut_out() {
        let mut guesses = Guesses::default();
        for own in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            for _ in 0..=GUESSES_MAX {
                guesses.wrong(address(own), NOW);
            }
            assert!(!guesses.is_shut_out(address(own), NOW), "{own}");
        }
    }

    #[test]
    fn so_many_are_remembered_and_no_more() {
        let mut guesses = Guesses::default();
        for number in 0..=u32::try_from(ADDRESSES_MAX).expect("it fits") {
            let address = IpAddr::from((0x0a00_0000 + number).to_be_bytes());
            guesses.wrong(address, NOW + Duration::from_millis(number.into()));
        }
        assert_eq!(guesses.0.len(), ADDRESSES_MAX);
        assert!(!guesses.0.contains_key(&address("10.0.0.0")));
    }
}
