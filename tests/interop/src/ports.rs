//! Ports on loopback that nobody has.

use anyhow::{Context, Result};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::time::{Duration, Instant};

/// Ports tried before it is given up.
const TRIES: usize = 100;

/// A port that is free for both UDP and TCP at the moment.
pub fn free() -> Result<u16> {
    let mut last = None;
    for _ in 0..TRIES {
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).context("opening a socket")?;
        let port = udp.local_addr().context("asking for a port")?.port();
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Ok(_) => return Ok(port),
            Err(error) => last = Some(error),
        }
    }
    Err(last.expect("there was a try")).context("finding a free port")
}

/// Whether somebody took that port within the time.
pub fn is_taken(port: u16, is_tcp: bool, within: Duration) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let started_at = Instant::now();
    loop {
        let taken = if is_tcp {
            TcpListener::bind(address).is_err()
        } else {
            UdpSocket::bind(address).is_err()
        };
        if taken || started_at.elapsed() >= within {
            return taken;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}
