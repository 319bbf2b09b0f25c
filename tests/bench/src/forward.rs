//! The floor of the relay: passes datagrams on between pairs of sockets, one read and one write each, and nothing else.

use anyhow::{Context, Result};
use clap::Args;
use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Token};
use std::io;
use std::net::SocketAddr;

const READY_MAX: usize = 1024;
const DATAGRAM_MAX: usize = 2048;

/// What the forwarder's process is told.
#[derive(Args)]
pub struct Options {
    /// Pairs of sockets
    #[arg(long)]
    pairs: usize,
    /// Where the second of each pair sends what the first received
    #[arg(long)]
    callee: SocketAddr,
    /// The other way round
    #[arg(long)]
    caller: SocketAddr,
}

/// The forwarder's process: prints its addresses, first and second of each pair, and forwards until it is ended.
pub fn run(options: &Options) -> Result<()> {
    let mut poll = Poll::new().context("making a poll")?;
    let mut sockets = Vec::new();
    let mut addresses = Vec::new();
    for number in 0..options.pairs * 2 {
        let mut socket =
            UdpSocket::bind(SocketAddr::from(([127, 0, 0, 1], 0))).context("binding a socket")?;
        poll.registry()
            .register(&mut socket, Token(number), Interest::READABLE)
            .context("watching a socket")?;
        addresses.push(socket.local_addr().context("a bound address")?.to_string());
        sockets.push(socket);
    }
    println!("{}", addresses.join(","));
    let (mut ready, mut buffer) = (Events::with_capacity(READY_MAX), [0; DATAGRAM_MAX]);
    loop {
        match poll.poll(&mut ready, None) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error).context("waiting for datagrams"),
        }
        for event in &ready {
            let number = event.token().0;
            let to = if number.is_multiple_of(2) {
                options.callee
            } else {
                options.caller
            };
            while let Ok((length, _)) = sockets[number].recv_from(&mut buffer) {
                // What the kernel does not take is lost, as on any network.
                let _ = sockets[number ^ 1].send_to(&buffer[..length], to);
            }
        }
    }
}
