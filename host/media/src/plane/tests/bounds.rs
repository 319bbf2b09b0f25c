//! What happens at the limits and with packets nobody should send.

use super::world::{A, B, World, config, ms, peer, raw};
use crate::plane::{MAX_DIGITS_QUEUED, MAX_EVENTS, MAX_LISTENERS, MAX_OUTBOX_BYTES, MAX_STREAMS, MAX_TAPS};
use crate::{Command, Digit, PacketKind, Refusal, Sides, StreamId};

#[test]
fn malformed_and_unknown_packets_are_counted_and_go_nowhere() {
    let mut world = World::with(&[A, B]);
    world.command(Command::Connect { a: A, b: B });
    world.packet(A, peer(A), &[]);
    world.packet(A, peer(A), &[0x80, 0]);
    world.packet(A, peer(A), &raw(0, 1, 1, &[0; 1600]));
    world.packet(A, peer(A), &raw(101, 1, 1, &[1]));
    world.packet(A, peer(A), &raw(13, 1, 1, &[1]));
    world
        .plane
        .handle_datagram(world.now, A, PacketKind::Rtcp, peer(A), &[1, 2, 3]);
    world.packet(StreamId(99), peer(A), &raw(0, 1, 1, &[0; 160]));

    let counters = world.plane.statistics(A).expect("open").counters;
    assert_eq!((counters.malformed, counters.unknown_payload), (5, 1));
    assert_eq!(world.sent.len(), 0);
}

#[test]
fn streams_beyond_the_limit_are_refused_and_room_is_made_by_closing() {
    let mut world = World::empty();
    let open = |id| Command::Open {
        stream: StreamId(id),
        config: Box::new(config()),
    };
    for id in 0..u32::try_from(MAX_STREAMS).expect("fits") {
        world.command(open(id));
    }
    assert_eq!(world.try_command(open(u32::MAX)), Err(Refusal::TooManyStreams));
    world.command(Command::Close { stream: StreamId(5) });
    world.command(open(u32::MAX));
}

#[test]
fn listeners_taps_and_digits_beyond_the_limit_are_refused() {
    let mut world = World::with(&[A]);
    for id in 10..10 + u32::try_from(MAX_LISTENERS).expect("fits") {
        world.open(StreamId(id), config());
        world.command(Command::Listen {
            from: A,
            to: StreamId(id),
        });
    }
    world.open(B, config());
    assert_eq!(
        world.try_command(Command::Listen { from: A, to: B }),
        Err(Refusal::TooManyListeners(A))
    );
    world.command(Command::Listen {
        from: A,
        to: StreamId(10),
    });

    for tap in 0..MAX_TAPS as u64 {
        world.command(Command::Record {
            stream: A,
            tap,
            sides: Sides::Both,
        });
    }
    let more = Command::Record {
        stream: A,
        tap: 99,
        sides: Sides::Both,
    };
    assert_eq!(world.try_command(more), Err(Refusal::TooManyTaps(A)));

    let digits = vec![Digit::FLASH; MAX_DIGITS_QUEUED + 1];
    let send = Command::SendDigits {
        stream: A,
        digits,
        duration: ms(60),
        gap: ms(60),
    };
    assert_eq!(world.try_command(send), Err(Refusal::TooManyDigits(A)));
}

#[test]
fn a_driver_that_never_drains_costs_packets_and_not_memory() {
    let mut world = World::with(&[A]);
    world.command(Command::Echo { stream: A });
    let packets = MAX_OUTBOX_BYTES / 172 + 1000;
    for n in 0..packets {
        #[expect(clippy::cast_possible_truncation, reason = "sequence numbers wrap")]
        let packet = raw(0, n as u16, (n * 160) as u32, &[0; 160]);
        world
            .plane
            .handle_datagram(world.now, A, PacketKind::Rtp, peer(A), &packet);
    }
    let (dropped, _) = world.plane.dropped();
    assert!((900..=1000).contains(&dropped), "{dropped} packets dropped");
}

#[test]
fn events_nobody_takes_are_dropped_at_the_limit() {
    let mut world = World::with(&[A]);
    world.command(Command::Record {
        stream: A,
        tap: 1,
        sides: Sides::Inbound,
    });
    for n in 0..MAX_EVENTS + 10 {
        #[expect(clippy::cast_possible_truncation, reason = "sequence numbers wrap")]
        let packet = raw(0, n as u16, (n * 160) as u32, &[0; 4]);
        world
            .plane
            .handle_datagram(world.now, A, PacketKind::Rtp, peer(A), &packet);
    }
    let (_, dropped) = world.plane.dropped();
    assert!((10..=11).contains(&dropped), "{dropped} events dropped");
}
