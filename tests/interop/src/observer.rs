//! What arrives at the addresses that a tool names in its SDP? Sockets of our own that count RTP and listen for tones.

use crate::tone::Ear;
use anyhow::{Context, Result};
use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Token};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use ucx_media::Codec;
use ucx_media::rtp::Packet;

/// How often the thread looks whether it should end.
const LOOK: Duration = Duration::from_millis(50);
/// Longest datagram read.
const DATAGRAM_MAX: usize = 2048;
/// Payload type of G.711 µ-law (RFC 3551 table 4).
const PCMU: u8 = 0;

/// What one socket got.
#[derive(Debug, Default)]
pub struct Heard {
    /// RTP packets of G.711 µ-law.
    pub packets: u64,
    /// Sources that sent them, by SSRC; one is what a call has.
    pub sources: BTreeMap<u32, u64>,
    /// How long each tone lasted.
    pub tones: Vec<(u16, Duration)>,
}

struct Socket {
    socket: UdpSocket,
    ear: Ear,
    heard: Heard,
}

/// A thread that reads a number of sockets.
pub struct Observer {
    ports: Vec<u16>,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Vec<Heard>>,
}

impl Observer {
    /// Opens that many sockets, which listen for these tones.
    pub fn open(sockets: usize, tones: &[u16]) -> Result<Self> {
        let poll = Poll::new().context("making a poll")?;
        let (mut all, mut ports) = (Vec::new(), Vec::new());
        for token in 0..sockets {
            let mut socket =
                UdpSocket::bind(SocketAddr::from(([127, 0, 0, 1], 0))).context("opening a socket")?;
            ports.push(socket.local_addr().context("asking for a port")?.port());
            poll.registry()
                .register(&mut socket, Token(token), Interest::READABLE)
                .context("watching a socket")?;
            all.push(Socket {
                socket,
                ear: Ear::new(tones),
                heard: Heard::default(),
            });
        }
        let stop = Arc::new(AtomicBool::new(false));
        let told = stop.clone();
        let thread = std::thread::spawn(move || read(poll, all, &told));
        Ok(Self { ports, stop, thread })
    }

    /// Its ports, in the order of what they heard.
    pub fn ports(&self) -> &[u16] {
        &self.ports
    }

    /// Ends it; what each socket heard.
    pub fn end(self) -> Vec<Heard> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("the thread only counts")
    }
}

fn read(mut poll: Poll, mut sockets: Vec<Socket>, stop: &AtomicBool) -> Vec<Heard> {
    let mut events = Events::with_capacity(256);
    let mut samples = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        // An interrupted poll shows as no events.
        let _ = poll.poll(&mut events, Some(LOOK));
        for event in &events {
            sockets[event.token().0].drain(&mut samples);
        }
    }
    let told = |socket: Socket| Heard {
        tones: socket.ear.heard(),
        ..socket.heard
    };
    sockets.into_iter().map(told).collect()
}

impl Socket {
    fn drain(&mut self, samples: &mut Vec<i16>) {
        let mut datagram = [0; DATAGRAM_MAX];
        while let Ok(length) = self.socket.recv(&mut datagram) {
            let Ok(packet) = Packet::parse(&datagram[..length]) else {
                continue;
            };
            // RTCP for a neighbour's port comes here as well.
            if packet.header.payload_type != PCMU {
                continue;
            }
            self.heard.packets += 1;
            *self.heard.sources.entry(packet.header.ssrc).or_default() += 1;
            samples.clear();
            Codec::Pcmu.decode(packet.payload, samples);
            self.ear.hear(samples);
        }
    }
}

impl Heard {
    /// What is wrong if this is not one stream with at least so many packets and so long a tone.
    pub fn lacks(&self, packets: u64, tone: u16, lasting: Duration) -> Option<String> {
        if self.packets < packets {
            return Some(format!("{} packets, fewer than {packets}", self.packets));
        }
        if self.sources.len() != 1 {
            return Some(format!("{} sources instead of one", self.sources.len()));
        }
        match self.tones.as_slice() {
            [(hz, lasted)] if *hz == tone && *lasted >= lasting => None,
            tones => Some(format!("tones {tones:?} instead of {tone} Hz for {lasting:?}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_counted_and_rtcp_is_not() {
        let observer = Observer::open(2, &[500, 900]).unwrap();
        let sender = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let to = SocketAddr::from(([127, 0, 0, 1], observer.ports()[1]));
        let tone = crate::tone::ulaw_second(500);
        for (number, payload) in (0u8..).zip(tone.chunks(160)) {
            let mut packet = vec![0x80, 0, 0, number, 0, 0, 0, 0, 1, 2, 3, 4];
            packet.extend(payload);
            sender.send_to(&packet, to).unwrap();
        }
        sender.send_to(&[0x80, 201, 0, 1, 1, 2, 3, 4], to).unwrap();
        std::thread::sleep(Duration::from_millis(200));
        let heard = observer.end();
        assert_eq!(heard[0].packets, 0);
        assert_eq!(heard[1].lacks(50, 500, Duration::from_millis(900)), None);
        assert!(heard[1].lacks(51, 500, Duration::ZERO).is_some());
        assert!(heard[1].lacks(50, 900, Duration::ZERO).is_some());
    }
}
