//! A plane, its peers, and a clock that is moved by hand.

use crate::rtp::{Header, Packet};
use crate::{
    Command, Event, PacketKind, Phone, PhoneConfig, Plane, Refusal, Sound, StreamConfig, StreamId,
    SymmetricRtp, ToneSpec,
};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

pub(super) const A: StreamId = StreamId(1);
pub(super) const B: StreamId = StreamId(2);
pub(super) const C: StreamId = StreamId(3);

/// A packet as it left the plane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sent {
    pub(super) at: Duration,
    pub(super) to: SocketAddr,
    pub(super) kind: PacketKind,
    pub(super) bytes: Vec<u8>,
}

impl Sent {
    pub(super) fn header(&self) -> Header {
        Packet::parse(&self.bytes).expect("the plane sends RTP").header
    }

    pub(super) fn payload(&self) -> &[u8] {
        Packet::parse(&self.bytes).expect("the plane sends RTP").payload
    }
}

pub(super) struct World {
    pub(super) plane: Plane,
    pub(super) now: Duration,
    pub(super) phones: BTreeMap<StreamId, Phone>,
    pub(super) sent: BTreeMap<StreamId, Vec<Sent>>,
    pub(super) events: Vec<Event>,
}

pub(super) const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

pub(super) fn peer(stream: StreamId) -> SocketAddr {
    SocketAddr::from((
        [192, 0, 2, 1],
        10_000 + u16::try_from(stream.0).expect("small") * 2,
    ))
}

pub(super) fn config() -> StreamConfig {
    StreamConfig {
        symmetric: SymmetricRtp::Follow,
        ..StreamConfig::default()
    }
}

pub(super) fn sound(length: Duration) -> Arc<Sound> {
    let mut samples = vec![0; usize::try_from(crate::samples_in(length)).expect("short")];
    crate::ToneGenerator::new(ToneSpec::steady(1000, 0)).fill(&mut samples);
    Arc::new(Sound::from_samples(&samples))
}

pub(super) fn tone(hz: u16) -> ToneSpec {
    ToneSpec::steady(hz, 0)
}

impl World {
    /// A plane with nobody.
    pub(super) fn empty() -> Self {
        Self {
            plane: Plane::new([9; 32]),
            now: Duration::ZERO,
            phones: BTreeMap::new(),
            sent: BTreeMap::new(),
            events: Vec::new(),
        }
    }

    /// A plane with these streams, each with a phone whose address is known.
    pub(super) fn with(streams: &[StreamId]) -> Self {
        Self::configured(
            &streams
                .iter()
                .map(|stream| (*stream, config()))
                .collect::<Vec<_>>(),
        )
    }

    pub(super) fn configured(streams: &[(StreamId, StreamConfig)]) -> Self {
        let mut world = Self::empty();
        for (stream, config) in streams {
            world.open(*stream, config.clone());
            let phone = PhoneConfig {
                format: config.send[0],
                listens_for: vec![400, 600, 800, 1000, 1200],
                ..PhoneConfig::default()
            };
            world.phones.insert(
                *stream,
                Phone::new([u8::try_from(stream.0).expect("small"); 32], phone),
            );
        }
        world
    }

    pub(super) fn open(&mut self, stream: StreamId, config: StreamConfig) {
        self.command(Command::Open {
            stream,
            config: Box::new(config.clone()),
        });
        self.command(Command::Configure {
            stream,
            config: Box::new(config),
            remote: Some(peer(stream)),
        });
    }

    pub(super) fn try_command(&mut self, command: Command) -> Result<(), Refusal> {
        let result = self.plane.handle_command(self.now, command);
        self.drain();
        result
    }

    pub(super) fn command(&mut self, command: Command) {
        self.try_command(command).expect("the command is taken");
    }

    pub(super) fn packet(&mut self, stream: StreamId, from: SocketAddr, bytes: &[u8]) {
        self.plane
            .handle_datagram(self.now, stream, PacketKind::Rtp, from, bytes);
        self.drain();
    }

    pub(super) fn speak(&mut self, stream: StreamId, hz: u16) {
        let now = self.now;
        self.phones
            .get_mut(&stream)
            .expect("a phone")
            .speak(now, Some(tone(hz)));
    }

    /// Lets time pass, in steps to whatever is due next.
    pub(super) fn run(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            let phones = self.phones.values().filter_map(Phone::poll_timeout);
            let next = phones
                .chain(self.plane.poll_timeout())
                .min()
                .filter(|due| *due < end);
            self.now = self.now.max(next.unwrap_or(end));
            if next.is_none() {
                return;
            }
            if self.plane.poll_timeout().is_some_and(|due| due <= self.now) {
                self.plane.handle_timeout(self.now);
                self.drain();
            }
            let mut packets = Vec::new();
            for (stream, phone) in &mut self.phones {
                while let Some(packet) = phone.poll_packet(self.now) {
                    packets.push((*stream, packet.to_vec()));
                }
            }
            for (stream, packet) in packets {
                self.packet(stream, peer(stream), &packet);
            }
        }
    }

    pub(super) fn rtp(&self, stream: StreamId) -> Vec<Sent> {
        let all = self.sent.get(&stream).into_iter().flatten();
        all.filter(|sent| sent.kind == PacketKind::Rtp).cloned().collect()
    }

    pub(super) fn hears(&self, stream: StreamId) -> Vec<u16> {
        self.phones[&stream].hears().map(|tone| tone.hz).collect()
    }

    /// The keys reported on a stream: pressed without a duration, released with one.
    pub(super) fn digits(&self, wanted: StreamId) -> Vec<(char, Option<Duration>)> {
        let digits = self.events.iter().filter_map(|event| {
            if let Event::DigitBegan { stream, digit } = event {
                return (*stream == wanted).then_some((char::from(*digit), None));
            }
            let Event::DigitEnded {
                stream,
                digit,
                duration,
            } = event
            else {
                return None;
            };
            (*stream == wanted).then_some((char::from(*digit), Some(*duration)))
        });
        digits.collect()
    }

    fn drain(&mut self) {
        while let Some(transmit) = self.plane.poll_transmit() {
            let bytes = self.plane.bytes(&transmit).to_vec();
            if transmit.kind == PacketKind::Rtp
                && transmit.to == peer(transmit.stream)
                && let Some(phone) = self.phones.get_mut(&transmit.stream)
            {
                phone.handle_packet(self.now, &bytes);
            }
            let sent = Sent {
                at: self.now,
                to: transmit.to,
                kind: transmit.kind,
                bytes,
            };
            self.sent.entry(transmit.stream).or_default().push(sent);
        }
        while let Some(event) = self.plane.poll_event() {
            self.events.push(event);
        }
    }
}

/// Checks that packets are one stream: one source, no hole or step back in the numbering, timestamps that follow time.
pub(super) fn assert_one_stream(packets: &[Sent]) {
    for pair in packets.windows(2) {
        let (before, after) = (pair[0].header(), pair[1].header());
        assert_eq!(after.ssrc, before.ssrc);
        assert_eq!(
            after.sequence,
            before.sequence.wrapping_add(1),
            "at {:?}",
            pair[1].at
        );
        let moved = i64::from(after.timestamp.wrapping_sub(before.timestamp));
        let elapsed = crate::samples_in(pair[1].at - pair[0].at) as i64;
        assert!(
            (moved - elapsed).abs() <= 320,
            "timestamps moved {moved} in {elapsed} at {:?}",
            pair[1].at
        );
    }
}

/// A packet as a peer might send it.
pub(super) fn raw(payload_type: u8, sequence: u16, timestamp: u32, payload: &[u8]) -> Vec<u8> {
    let header = Header {
        marker: false,
        payload_type,
        sequence,
        timestamp,
        ssrc: 0x1234_5678,
    };
    let mut bytes = Vec::new();
    Packet::new(header, payload)
        .write(&mut bytes)
        .expect("a small packet");
    bytes
}
