//! What one packet costs inside the plane, relayed or played, without sockets: `cargo bench -p ucx-media`.
#![expect(clippy::print_stdout, reason = "a figure is what this program is for")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use ucx_media::{
    Command, PacketKind, PayloadFormat, Plane, Refusal, Repeat, Sound, StreamConfig, StreamId, SymmetricRtp,
};

/// Packets per measurement.
const PACKETS: u32 = 2_000_000;
/// Streams, connected in pairs, over which the packets are spread.
const STREAMS: u32 = 1000;

fn peer(stream: u32) -> SocketAddr {
    SocketAddr::from((
        [192, 0, 2, 1],
        u16::try_from(10_000 + stream * 2).unwrap_or(u16::MAX),
    ))
}

fn plane(send: PayloadFormat) -> Result<Plane, Refusal> {
    let mut plane = Plane::new([1; 32]);
    for n in 0..STREAMS {
        let config = Box::new(StreamConfig {
            send: vec![send],
            symmetric: SymmetricRtp::Follow,
            ..StreamConfig::default()
        });
        let stream = StreamId(n);
        plane.handle_command(
            Duration::ZERO,
            Command::Open {
                stream,
                config: config.clone(),
            },
        )?;
        let remote = Some(peer(n));
        plane.handle_command(
            Duration::ZERO,
            Command::Configure {
                stream,
                config,
                remote,
            },
        )?;
    }
    for n in (0..STREAMS).step_by(2) {
        plane.handle_command(
            Duration::ZERO,
            Command::Connect {
                a: StreamId(n),
                b: StreamId(n + 1),
            },
        )?;
    }
    Ok(plane)
}

fn measure(name: &str, send: PayloadFormat) -> Result<(), Refusal> {
    let mut plane = plane(send)?;
    let mut packet = [0x55; 172];
    packet[..2].copy_from_slice(&[0x80, 0]);
    packet[8..12].copy_from_slice(&[1, 2, 3, 4]);
    let (mut packets, mut bytes) = (0u32, 0);
    let start = Instant::now();
    for n in 0..PACKETS {
        let (stream, round) = (n % STREAMS, n / STREAMS);
        packet[2..4].copy_from_slice(&round.to_be_bytes()[2..]);
        packet[4..8].copy_from_slice(&(round * 160).to_be_bytes());
        let now = Duration::from_millis(20) * round;
        plane.handle_datagram(now, StreamId(stream), PacketKind::Rtp, peer(stream), &packet);
        while let Some(transmit) = plane.poll_transmit() {
            packets += 1;
            bytes += plane.bytes(&transmit).len();
        }
        while plane.poll_event().is_some() {}
    }
    let each = start.elapsed() / PACKETS;
    println!("{name}: {each:?} a packet ({packets} packets, {bytes} bytes out)");
    Ok(())
}

fn measure_playback() -> Result<(), Refusal> {
    let mut plane = plane(PayloadFormat::PCMU)?;
    let sound = Arc::new(Sound::from_samples(&[1234; 80_000]));
    for n in 0..STREAMS {
        let sounds = vec![Arc::clone(&sound)];
        let repeat = Repeat::Forever;
        plane.handle_command(
            Duration::ZERO,
            Command::Play {
                stream: StreamId(n),
                playback: 1,
                sounds,
                repeat,
            },
        )?;
    }
    let mut packets = 0u32;
    let start = Instant::now();
    while packets < PACKETS {
        let Some(now) = plane.poll_timeout() else { break };
        plane.handle_timeout(now);
        while plane.poll_transmit().is_some() {
            packets += 1;
        }
        while plane.poll_event().is_some() {}
    }
    println!(
        "played: {:?} a packet ({packets} packets)",
        start.elapsed() / packets.max(1)
    );
    Ok(())
}

fn main() -> Result<(), Refusal> {
    measure_playback()?;
    measure("relayed", PayloadFormat::PCMU)?;
    measure("relayed and recoded", PayloadFormat::PCMA)
}
