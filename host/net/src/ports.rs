//! Which ports media may use: an even one for RTP and the next for RTCP, from a range, in turn.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};

/// Pairs that are tried before a call is refused.
const TRIES_MAX: u32 = 512;

/// A range of UDP ports, dealt out in pairs.
#[derive(Clone, Copy, Debug)]
pub struct PortRange {
    first: u16,
    pairs: u16,
    next: u16,
}

impl PortRange {
    /// The pairs between two ports, both included; an odd first one is passed over.
    pub fn new(first: u16, last: u16) -> Self {
        let first = first.saturating_add(first % 2);
        Self {
            first,
            pairs: (last.saturating_sub(first).saturating_add(1) / 2).max(1),
            next: 0,
        }
    }

    /// Binds the next free pair.
    ///
    /// # Errors
    /// When no pair is free, or the address is not ours.
    pub(crate) fn bind(&mut self, at: IpAddr) -> io::Result<(UdpSocket, UdpSocket)> {
        let mut last = io::Error::from(io::ErrorKind::AddrInUse);
        for _ in 0..TRIES_MAX.min(self.pairs.into()) {
            let port = self.first + 2 * self.next;
            self.next = (self.next + 1) % self.pairs;
            match bind_pair(at, port) {
                Ok(pair) => return Ok(pair),
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

fn bind_pair(at: IpAddr, port: u16) -> io::Result<(UdpSocket, UdpSocket)> {
    Ok((
        UdpSocket::bind(SocketAddr::new(at, port))?,
        UdpSocket::bind(SocketAddr::new(at, port + 1))?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_begin_even_and_taken_ones_are_passed_over() {
        let home = IpAddr::from([127, 0, 0, 1]);
        let mut range = PortRange::new(42_101, 42_110);
        let (one, _rtcp) = range.bind(home).expect("a pair");
        let first = one.local_addr().expect("bound").port();
        assert_eq!(first % 2, 0);
        let mut again = PortRange::new(first, first + 3);
        let (two, _rtcp) = again.bind(home).expect("the next pair");
        assert_eq!(two.local_addr().expect("bound").port(), first + 2);
    }
}
