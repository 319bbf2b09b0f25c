//! Whose packets are the peer's: the first valid source, once it has shown that it stays.

use std::net::SocketAddr;
use std::time::Duration;

/// Packets in a row from one address that settle it.
const SETTLING_PACKETS: u8 = 5;
/// Silence after which an address that is not settled yet may be replaced.
const CANDIDATE_SILENCE: Duration = Duration::from_millis(200);
/// How long after a new address was signalled the old one's stragglers are not taken for the new peer.
const STRAGGLING: Duration = Duration::from_secs(1);

/// What to do with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is the peer's.
    Accepted,
    /// It is not.
    Foreign,
    /// It is the peer's, and with it the address is settled.
    Settled,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Candidate {
        address: SocketAddr,
        packets: u8,
        heard_at: Duration,
    },
    Nobody,
    Settled(SocketAddr),
}

/// What is known of the peer's address.
#[derive(Clone, Debug)]
pub(crate) struct Learning {
    state: State,
    signalled: Option<SocketAddr>,
    retired: Option<(SocketAddr, Duration)>,
}

impl Learning {
    pub(crate) const fn new() -> Self {
        Self {
            state: State::Nobody,
            signalled: None,
            retired: None,
        }
    }

    /// Takes an address the peer signalled; another one than before is learned anew.
    pub(crate) fn signal(&mut self, now: Duration, address: Option<SocketAddr>) {
        if address.is_none() || address == self.signalled {
            return;
        }
        let had_one = self.signalled.is_some();
        self.signalled = address;
        // The first answer does not undo what early packets have shown.
        if !had_one {
            return;
        }
        self.retired = self
            .source()
            .filter(|old| Some(*old) != address)
            .map(|old| (old, now + STRAGGLING));
        self.state = State::Nobody;
    }

    /// Where the peer's packets come from, settled or not.
    pub(crate) const fn source(&self) -> Option<SocketAddr> {
        match self.state {
            State::Candidate { address, .. } | State::Settled(address) => Some(address),
            State::Nobody => None,
        }
    }

    pub(crate) const fn signalled(&self) -> Option<SocketAddr> {
        self.signalled
    }

    /// Judges the source of a valid packet.
    pub(crate) fn judge(&mut self, now: Duration, from: SocketAddr) -> Verdict {
        match self.state {
            State::Settled(address) if address == from => Verdict::Accepted,
            // A straggler of an earlier call on the port must not lock out the peer that names itself.
            State::Settled(_) if Some(from) == self.signalled => self.begin(now, from),
            State::Settled(_) => Verdict::Foreign,
            State::Candidate { address, packets, .. } if address == from => {
                if packets + 1 >= SETTLING_PACKETS {
                    self.state = State::Settled(from);
                    return Verdict::Settled;
                }
                self.state = State::Candidate {
                    address,
                    packets: packets + 1,
                    heard_at: now,
                };
                Verdict::Accepted
            }
            State::Candidate { heard_at, .. } => {
                let silent = now.saturating_sub(heard_at) >= CANDIDATE_SILENCE;
                // The address the peer itself named outweighs whoever came first.
                if silent || Some(from) == self.signalled {
                    self.begin(now, from)
                } else {
                    Verdict::Foreign
                }
            }
            State::Nobody => self.begin(now, from),
        }
    }

    fn begin(&mut self, now: Duration, from: SocketAddr) -> Verdict {
        if self
            .retired
            .is_some_and(|(address, until)| address == from && now < until)
        {
            return Verdict::Foreign;
        }
        self.state = State::Candidate {
            address: from,
            packets: 1,
            heard_at: now,
        };
        Verdict::Accepted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(port: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 1], port))
    }

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn settled(port: u16) -> Learning {
        let mut learning = Learning::new();
        learning.signal(ms(0), Some(address(1)));
        for n in 0..5 {
            learning.judge(ms(20 * n), address(port));
        }
        learning
    }

    #[test]
    fn five_packets_settle_an_address_for_good() {
        let mut learning = Learning::new();
        let verdicts: Vec<_> = (0..6).map(|n| learning.judge(ms(n * 20), address(7))).collect();

        assert_eq!(verdicts[..4], [Verdict::Accepted; 4]);
        assert_eq!(verdicts[4..], [Verdict::Settled, Verdict::Accepted]);
        assert_eq!(learning.judge(ms(60_000), address(8)), Verdict::Foreign);
    }

    #[test]
    fn the_signalled_address_displaces_an_intruder_that_came_first() {
        let mut learning = Learning::new();
        learning.signal(ms(0), Some(address(1)));

        assert_eq!(learning.judge(ms(0), address(66)), Verdict::Accepted);
        assert_eq!(learning.judge(ms(1), address(67)), Verdict::Foreign);
        assert_eq!(learning.judge(ms(2), address(1)), Verdict::Accepted);
        assert_eq!(learning.source(), Some(address(1)));
    }

    #[test]
    fn the_signalled_address_displaces_a_settled_one_and_no_other_does() {
        let mut learning = settled(66);

        assert_eq!(learning.judge(ms(200), address(67)), Verdict::Foreign);
        assert_eq!(learning.judge(ms(200), address(1)), Verdict::Accepted);
        assert_eq!(learning.judge(ms(201), address(66)), Verdict::Foreign);
    }

    #[test]
    fn a_candidate_that_falls_silent_may_be_replaced() {
        let mut learning = Learning::new();
        learning.judge(ms(0), address(66));

        assert_eq!(learning.judge(ms(199), address(7)), Verdict::Foreign);
        assert_eq!(learning.judge(ms(200), address(7)), Verdict::Accepted);
    }

    #[test]
    fn a_new_signalled_address_is_learned_anew_without_the_old_ones_stragglers() {
        let mut learning = settled(1);
        learning.signal(ms(1000), Some(address(2)));

        assert_eq!(learning.judge(ms(1001), address(1)), Verdict::Foreign);
        assert_eq!(learning.judge(ms(1002), address(9)), Verdict::Accepted);
    }

    #[test]
    fn the_same_signalled_address_keeps_what_was_learned() {
        let mut learning = settled(7);
        learning.signal(ms(1000), Some(address(1)));

        assert_eq!(learning.source(), Some(address(7)));
    }
}
