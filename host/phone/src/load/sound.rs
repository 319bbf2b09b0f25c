//! The RTP of a load: one steady silent stream a call each way, all of a side over one socket.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;
use ucx_media::rtp::Header;

use super::figures::RtpFigures;
use super::{LoadTransmit, Wire};
use crate::meter::Meter;

/// The time of one frame.
const FRAME: Duration = Duration::from_millis(20);
const FRAME_SAMPLES: u32 = 160;
/// µ-law silence.
const SILENCE: [u8; FRAME_SAMPLES as usize] = [0xff; FRAME_SAMPLES as usize];
/// A stream that is later than this skips the frames it missed.
const MAX_LATE: Duration = Duration::from_millis(200);

#[derive(Debug)]
struct Stream {
    wire: Wire,
    remote: SocketAddr,
    next: Header,
    meter: Meter,
}

/// All streams.
#[derive(Debug)]
pub(super) struct Sounds {
    random: ChaCha8Rng,
    streams: HashMap<u32, Stream>,
    by_remote: HashMap<(Wire, SocketAddr), u32>,
    next: u32,
    transmits: VecDeque<LoadTransmit>,
    /// Figures of streams that are over.
    total: RtpFigures,
}

impl Sounds {
    pub(super) fn new(random: ChaCha8Rng) -> Self {
        Self {
            random,
            streams: HashMap::new(),
            by_remote: HashMap::new(),
            next: 0,
            transmits: VecDeque::new(),
            total: RtpFigures::default(),
        }
    }

    /// Begins a stream; its first frame is due at once.
    pub(super) fn begin(&mut self, wire: Wire, remote: SocketAddr) -> u32 {
        let number = self.next;
        self.next = self.next.wrapping_add(1);
        let next = Header {
            marker: true,
            payload_type: 0,
            sequence: (self.random.next_u32() & 0xffff) as u16,
            timestamp: self.random.next_u32(),
            ssrc: self.random.next_u32(),
        };
        self.streams.insert(
            number,
            Stream {
                wire,
                remote,
                next,
                meter: Meter::default(),
            },
        );
        self.by_remote.insert((wire, remote), number);
        number
    }

    /// Sends a stream's frame; gives when the next is due, while there is one.
    pub(super) fn send(&mut self, now: Duration, at: Duration, number: u32) -> Option<Duration> {
        let stream = self.streams.get_mut(&number)?;
        let mut bytes = Vec::with_capacity(12 + SILENCE.len());
        bytes.extend(stream.next.to_bytes());
        bytes.extend(SILENCE);
        self.transmits.push_back(LoadTransmit {
            wire: stream.wire,
            to: stream.remote,
            bytes: Bytes::from(bytes),
        });
        self.total.sent += 1;
        let mut frames = 1;
        while now.saturating_sub(at) > MAX_LATE && at + FRAME * frames < now {
            frames += 1;
        }
        stream.next.marker = frames > 1;
        stream.next.sequence = stream.next.sequence.wrapping_add(1);
        stream.next.timestamp = stream.next.timestamp.wrapping_add(FRAME_SAMPLES * frames);
        Some(at + FRAME * frames)
    }

    pub(super) fn hear(&mut self, now: Duration, wire: Wire, from: SocketAddr, bytes: &[u8]) {
        let stream = self
            .by_remote
            .get(&(wire, from))
            .and_then(|number| self.streams.get_mut(number));
        match stream {
            Some(stream) => stream.meter.hear(now, None, bytes),
            None => self.total.unknown += 1,
        }
    }

    pub(super) fn end(&mut self, number: Option<u32>) {
        let Some(stream) = number.and_then(|number| self.streams.remove(&number)) else {
            return;
        };
        let key = (stream.wire, stream.remote);
        if self.by_remote.get(&key).copied() == number {
            self.by_remote.remove(&key);
        }
        self.total.add(&stream.meter);
    }

    pub(super) fn poll_transmit(&mut self) -> Option<LoadTransmit> {
        self.transmits.pop_front()
    }

    /// The figures of all streams, those that live included.
    pub(super) fn figures(&self) -> RtpFigures {
        let mut total = self.total.clone();
        for stream in self.streams.values() {
            total.add(&stream.meter);
        }
        total
    }
}
