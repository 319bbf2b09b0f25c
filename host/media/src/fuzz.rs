//! One entry for fuzzers: bytes of any kind through every reader of this crate.

use crate::plane::{
    Command, InbandDigits, MixId, PacketKind, Plane, Sides, StreamConfig, StreamId, SymmetricRtp,
};
use crate::{Phone, PhoneConfig, Sound, ToneSpec, rtcp, rtp};
use std::net::SocketAddr;
use std::time::Duration;

/// Reads `data` as a packet, a compound, a sound and a tone, and as datagrams to a plane of two connected streams, mixed and
/// recorded besides.
pub fn fuzz(data: &[u8]) {
    if let Ok(packet) = rtp::Packet::parse(data) {
        let mut again = Vec::new();
        packet
            .write(&mut again)
            .expect("a parsed packet keeps the limits");
        assert_eq!(
            rtp::Packet::parse(&again),
            Ok(packet),
            "a packet changed on its way through"
        );
    }
    if let Ok(compound) = rtcp::parse(data) {
        let mut again = Vec::new();
        rtcp::write(&compound, &mut again).expect("a parsed compound keeps the limits");
        assert_eq!(
            rtcp::parse(&again),
            Ok(compound),
            "a compound changed on its way through"
        );
    }
    let _ = Sound::from_wav(data);
    if let Ok(tone) = String::from_utf8_lossy(data).parse::<ToneSpec>() {
        crate::ToneGenerator::new(tone).fill(&mut [0; 320]);
    }
    datagrams(data);
}

/// A plane with two streams that hear each other in a mix, and everything listening that can.
fn mixing(streams: [StreamId; 2], peers: [SocketAddr; 2]) -> Plane {
    let mut plane = Plane::new([0; 32]);
    let now = Duration::ZERO;
    for (stream, remote) in streams.into_iter().zip(peers) {
        let config = StreamConfig {
            symmetric: SymmetricRtp::Follow,
            inband_digits: InbandDigits::Detect,
            ..StreamConfig::default()
        };
        let config = Box::new(config);
        let commands = [
            Command::Open {
                stream,
                config: config.clone(),
            },
            Command::Configure {
                stream,
                config,
                remote: Some(remote),
            },
            Command::Record {
                stream,
                tap: 1,
                sides: Sides::Both,
            },
        ];
        for command in commands {
            plane
                .handle_command(now, command)
                .expect("there is room for two streams");
        }
    }
    let [a, b] = streams;
    plane
        .handle_command(now, Command::Connect { a, b })
        .expect("both are open");
    let mix = MixId(1);
    let members = streams.into_iter().map(Into::into).collect();
    for command in [
        Command::Mix { mix, members },
        Command::RecordMix { mix, tap: 2 },
        Command::ToneInMix {
            mix,
            tone: ToneSpec::busy(),
        },
    ] {
        plane
            .handle_command(now, command)
            .expect("there is room for a mix");
    }
    plane
}

/// Each datagram is a byte of direction, a byte of length, and that many bytes.
fn datagrams(mut data: &[u8]) {
    let streams = [StreamId(1), StreamId(2)];
    let peers = [
        SocketAddr::from(([127, 0, 0, 1], 4000)),
        SocketAddr::from(([127, 0, 0, 1], 4002)),
    ];
    let mut plane = mixing(streams, peers);
    let mut now = Duration::ZERO;
    let mut phone = Phone::new([1; 32], PhoneConfig::default());
    while let [head, length, rest @ ..] = data {
        let (datagram, after) = rest.split_at(usize::from(*length).min(rest.len()));
        let side = usize::from(head & 1);
        let kind = if head & 2 == 0 {
            PacketKind::Rtp
        } else {
            PacketKind::Rtcp
        };
        now += Duration::from_millis(u64::from(head >> 2));
        plane.handle_timeout(now);
        plane.handle_datagram(now, streams[side], kind, peers[side], datagram);
        phone.handle_packet(now, datagram);
        while let Some(transmit) = plane.poll_transmit() {
            phone.handle_packet(now, plane.bytes(&transmit));
        }
        while plane.poll_event().is_some() {}
        data = after;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bytes_are_survived(data in prop::collection::vec(any::<u8>(), 0..600)) {
            super::fuzz(&data);
        }

        #[test]
        fn anything_like_packets_is_survived(
            packets in prop::collection::vec(
                (any::<u8>(), prop::sample::select(vec![0u8, 8, 101, 128, 200, 201, 203, 229]), prop::collection::vec(any::<u8>(), 10..60)),
                0..20,
            ),
        ) {
            let mut data = Vec::new();
            for (head, kind, rest) in packets {
                data.extend([head, u8::try_from(rest.len() + 2).expect("short"), 0x80, kind]);
                data.extend(rest);
            }
            super::fuzz(&data);
        }
    }
}
