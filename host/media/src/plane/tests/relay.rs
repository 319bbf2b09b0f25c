//! Relaying: who hears whom, under which numbers, from which addresses.

use super::world::{A, B, C, World, assert_one_stream, config, ms, peer, raw};
use crate::{
    Codec, Command, Direction, Event, Muted, PayloadFormat, Refusal, StreamConfig, StreamId, SymmetricRtp,
    g711,
};
use std::net::SocketAddr;

fn intruder() -> SocketAddr {
    SocketAddr::from(([203, 0, 113, 66], 666))
}

#[test]
fn connected_streams_hear_each_other_without_loss_or_holes() {
    let mut world = World::with(&[A, B]);
    world.command(Command::Connect { a: A, b: B });
    world.speak(A, 400);
    world.speak(B, 600);
    world.run(ms(10_000));

    assert_eq!((world.hears(A), world.hears(B)), (vec![600], vec![400]));
    let counters = world.phones[&A].counters();
    assert_eq!(
        (
            counters.received,
            counters.lost,
            counters.holes,
            counters.timestamp_resets
        ),
        (500, 0, 0, 0)
    );
    assert_one_stream(&world.rtp(A));
}

#[test]
fn what_a_source_says_while_nobody_listens_is_not_lost() {
    let mut world = World::with(&[A, B]);
    world.command(Command::Connect { a: A, b: B });
    world.speak(A, 400);
    world.run(ms(1_000));
    world.command(Command::StopListen { stream: B });
    world.run(ms(110));
    world.command(Command::Listen { from: A, to: B });
    world.command(Command::Listen { from: A, to: B });
    world.run(ms(1_000));

    let counters = world.phones[&B].counters();
    assert_eq!((counters.lost, counters.timestamp_resets), (0, 0));
    let begun = world.rtp(B).iter().filter(|sent| sent.header().marker).count();
    assert_eq!(
        begun, 2,
        "a talk spurt begins each time, and asking twice begins none"
    );
    assert_one_stream(&world.rtp(B));
}

#[test]
fn the_peers_source_and_numbers_stay_on_their_side() {
    let mut world = World::with(&[A, B]);
    world.command(Command::Connect { a: A, b: B });
    world.packet(A, peer(A), &raw(0, 500, 7000, &[1; 160]));

    let header = world.rtp(B)[0].header();
    assert_ne!(header.ssrc, 0x1234_5678);
    assert_ne!((header.sequence, header.timestamp), (500, 7000));
    assert!(header.marker, "a talk spurt begins");
    assert_eq!(world.rtp(B)[0].payload(), [1; 160]);
}

#[test]
fn the_same_seed_gives_the_same_packets_and_another_seed_others() {
    let run = |seed: u8| {
        let mut world = World::with(&[]);
        world.plane = crate::Plane::new([seed; 32]);
        world.open(A, config());
        world.command(Command::Tone {
            stream: A,
            tone: crate::ToneSpec::dial(),
        });
        world.run(ms(20_000));
        world.sent
    };

    assert_eq!(run(1), run(1));
    assert_ne!(run(1)[&A][0].header().ssrc, run(2)[&A][0].header().ssrc);
}

#[test]
fn listening_is_one_way_and_ends_with_disconnect() {
    let mut world = World::with(&[A, B]);
    world.command(Command::Listen { from: A, to: B });
    world.speak(A, 400);
    world.speak(B, 600);
    world.run(ms(1000));
    assert_eq!((world.hears(A), world.hears(B)), (vec![], vec![400]));

    world.command(Command::Disconnect { stream: A });
    let before = world.rtp(B).len();
    world.run(ms(1000));
    assert_eq!(world.rtp(B).len(), before);
}

#[test]
fn a_third_stream_takes_over_without_a_seam() {
    let mut world = World::with(&[A, B, C]);
    world.command(Command::Connect { a: A, b: B });
    for (stream, hz) in [(A, 400), (B, 600), (C, 800)] {
        world.speak(stream, hz);
    }
    world.run(ms(1000));
    world.command(Command::Connect { a: C, b: B });
    world.run(ms(1000));

    assert_eq!(world.hears(B), [800]);
    assert_one_stream(&world.rtp(B));
    assert_eq!(world.phones[&B].counters().ssrc_changes, 0);
    assert_eq!(world.rtp(B).iter().filter(|sent| sent.header().marker).count(), 2);
    let to_a = world.rtp(A).len();
    world.run(ms(1000));
    assert_eq!(
        world.rtp(A).len(),
        to_a,
        "the one that was replaced hears nothing more"
    );
}

#[test]
fn an_echo_comes_back_to_its_speaker() {
    let mut world = World::with(&[A]);
    world.command(Command::Echo { stream: A });
    world.speak(A, 1200);
    world.run(ms(500));

    assert_eq!(world.hears(A), [1200]);
}

#[test]
fn the_laws_are_converted_where_the_sides_differ() {
    let alaw = StreamConfig {
        send: vec![PayloadFormat::PCMA],
        ..config()
    };
    let mut world = World::configured(&[(A, config()), (B, alaw)]);
    world.command(Command::Connect { a: A, b: B });
    world.packet(A, peer(A), &raw(0, 1, 0, &[0x80, 0x00, 0xff]));

    let sent = world.rtp(B).remove(0);
    assert_eq!(sent.header().payload_type, 8);
    assert_eq!(sent.payload(), [0x80, 0x00, 0xff].map(g711::alaw_by_ulaw));

    world.speak(A, 400);
    world.speak(B, 600);
    world.run(ms(500));
    assert_eq!((world.hears(A), world.hears(B)), (vec![600], vec![400]));
}

#[test]
fn linear_audio_is_relayed_to_companded() {
    let slin = PayloadFormat {
        payload_type: 118,
        codec: Codec::Slin,
    };
    let linear = StreamConfig {
        send: vec![slin],
        receive: vec![slin],
        ..config()
    };
    let mut world = World::configured(&[(A, config()), (B, linear)]);
    world.command(Command::Connect { a: A, b: B });
    world.speak(A, 400);
    world.speak(B, 600);
    world.run(ms(500));

    assert_eq!((world.hears(A), world.hears(B)), (vec![600], vec![400]));
    assert_eq!(world.rtp(B)[0].payload().len(), 320);
}

#[test]
fn loss_is_passed_on_and_duplicates_are_not() {
    let mut world = World::with(&[A, B]);
    world.command(Command::Connect { a: A, b: B });
    for sequence in [10u16, 11, 11, 14, 13, 15] {
        world.packet(
            A,
            peer(A),
            &raw(0, sequence, u32::from(sequence) * 160, &[0; 160]),
        );
    }

    let base = world.rtp(B)[0].header().sequence;
    let offsets: Vec<_> = world
        .rtp(B)
        .iter()
        .map(|sent| sent.header().sequence.wrapping_sub(base))
        .collect();
    assert_eq!(offsets, [0, 1, 4, 3, 5]);
    let statistics = world.plane.statistics(A).expect("open");
    assert_eq!(
        (
            statistics.lost_packets,
            statistics.counters.duplicates,
            statistics.counters.late
        ),
        (1, 1, 1)
    );
}

#[test]
fn only_the_learned_address_is_heard() {
    let mut world = World::with(&[A, B]);
    world.command(Command::Connect { a: A, b: B });
    world.speak(A, 400);
    world.run(ms(200));
    let before = world.rtp(B).len();
    world.packet(A, intruder(), &raw(0, 1, 1, &[0; 160]));

    assert_eq!(world.rtp(B).len(), before);
    assert_eq!(world.plane.statistics(A).expect("open").counters.foreign, 1);
    assert!(world.events.contains(&Event::RemoteLearned {
        stream: A,
        address: peer(A)
    }));
}

#[test]
fn symmetric_streams_answer_to_where_packets_come_from_and_others_do_not() {
    let behind_nat = SocketAddr::from(([198, 51, 100, 9], 33_333));
    for (symmetric, expected) in [
        (SymmetricRtp::Follow, behind_nat),
        (SymmetricRtp::Ignore, peer(A)),
    ] {
        let mut world = World::configured(&[(
            A,
            StreamConfig {
                symmetric,
                ..config()
            },
        )]);
        world.command(Command::Echo { stream: A });
        world.packet(A, behind_nat, &raw(0, 1, 1, &[0; 160]));
        assert_eq!(world.rtp(A)[0].to, expected, "{symmetric:?}");
    }
}

#[test]
fn nothing_leaves_before_the_peers_address_is_known() {
    let mut world = World::empty();
    world.command(Command::Open {
        stream: A,
        config: Box::new(config()),
    });
    world.command(Command::Tone {
        stream: A,
        tone: crate::ToneSpec::dial(),
    });
    world.run(ms(10_000));
    assert_eq!(world.sent.len(), 0);

    world.packet(A, peer(A), &raw(0, 1, 1, &[0; 160]));
    world.run(ms(100));
    assert_eq!(world.rtp(A).len(), 5);
}

#[test]
fn a_muted_party_is_replaced_by_silence_and_the_stream_goes_on() {
    let mut world = World::with(&[A, B]);
    world.command(Command::Connect { a: A, b: B });
    world.speak(A, 400);
    world.speak(B, 600);
    world.run(ms(500));
    world.command(Command::Mute {
        stream: A,
        muted: Muted::Inbound,
    });
    world.run(ms(500));

    assert_eq!((world.hears(A), world.hears(B)), (vec![600], vec![]));
    assert_eq!(
        world.rtp(B).last().expect("packets").payload(),
        [g711::ULAW_SILENCE; 160]
    );
    world.command(Command::Mute {
        stream: A,
        muted: Muted::Outbound,
    });
    world.run(ms(500));
    assert_eq!((world.hears(A), world.hears(B)), (vec![], vec![400]));
    assert_one_stream(&world.rtp(A));
    assert_one_stream(&world.rtp(B));
}

#[test]
fn a_held_party_neither_hears_nor_is_heard_and_comes_back_without_a_hole() {
    let mut world = World::with(&[A, B]);
    world.command(Command::Connect { a: A, b: B });
    world.speak(A, 400);
    world.speak(B, 600);
    world.run(ms(500));
    world.command(Command::Hold {
        stream: A,
        direction: Direction::Inactive,
    });
    let counts = (world.rtp(A).len(), world.rtp(B).len());
    world.run(ms(5000));
    assert_eq!((world.rtp(A).len(), world.rtp(B).len()), counts);
    world.command(Command::Hold {
        stream: A,
        direction: Direction::Both,
    });
    world.run(ms(500));

    assert_eq!((world.hears(A), world.hears(B)), (vec![600], vec![400]));
    assert_one_stream(&world.rtp(A));
}

#[test]
fn a_peer_that_restarts_its_numbers_does_not_restart_ours() {
    let mut world = World::with(&[A, B]);
    world.command(Command::Connect { a: A, b: B });
    let mut send = |from: u16, timestamp: u32| {
        for n in 0..10u16 {
            world.packet(
                A,
                peer(A),
                &raw(0, from.wrapping_add(n), timestamp + u32::from(n) * 160, &[0; 160]),
            );
            world.run(ms(20));
        }
        world.rtp(B).len()
    };
    assert_eq!(send(65_530, 0), 10);
    assert_eq!(
        send(30_000, 4_000_000),
        19,
        "the first packet after the jump is not believed yet"
    );

    let packets = world.rtp(B);
    assert_eq!(
        packets[18].header().sequence,
        packets[0].header().sequence.wrapping_add(18)
    );
    assert_eq!(
        packets[18].header().timestamp,
        packets[0].header().timestamp.wrapping_add(19 * 160)
    );
}

#[test]
fn comfort_noise_is_not_relayed_and_is_no_loss() {
    let mut world = World::with(&[A, B]);
    world.command(Command::Connect { a: A, b: B });
    for (sequence, payload_type) in [(1u16, 0), (2, 0), (3, 13), (4, 13), (5, 0)] {
        world.packet(
            A,
            peer(A),
            &raw(payload_type, sequence, u32::from(sequence) * 160, &[0; 160]),
        );
    }

    let base = world.rtp(B)[0].header().sequence;
    let offsets: Vec<_> = world
        .rtp(B)
        .iter()
        .map(|sent| sent.header().sequence.wrapping_sub(base))
        .collect();
    assert_eq!(offsets, [0, 1, 2]);
    let statistics = world.plane.statistics(A).expect("open");
    assert_eq!(
        (statistics.lost_packets, statistics.counters.unknown_payload),
        (0, 2)
    );
}

#[test]
fn who_stops_listening_is_still_heard() {
    let mut world = World::with(&[A, B]);
    world.command(Command::Connect { a: A, b: B });
    world.speak(A, 400);
    world.speak(B, 600);
    world.run(ms(500));
    world.command(Command::StopListen { stream: A });
    let before = world.rtp(A).len();
    world.run(ms(500));

    assert_eq!(world.rtp(A).len(), before);
    assert_eq!(world.hears(B), [400]);
}

#[test]
fn a_reconfiguration_without_an_address_keeps_the_one_known() {
    let mut world = World::with(&[A]);
    world.command(Command::Echo { stream: A });
    world.speak(A, 400);
    world.run(ms(500));
    world.command(Command::Configure {
        stream: A,
        config: Box::new(config()),
        remote: None,
    });
    world.run(ms(500));

    assert_eq!(world.rtp(A).len(), 50);
    assert_one_stream(&world.rtp(A));
}

#[test]
fn a_new_address_is_followed_and_the_old_one_is_not_heard() {
    let elsewhere = SocketAddr::from(([192, 0, 2, 99], 7000));
    let mut world = World::with(&[A, B]);
    world.command(Command::Connect { a: A, b: B });
    world.speak(A, 400);
    world.speak(B, 600);
    world.run(ms(500));
    world.command(Command::Configure {
        stream: A,
        config: Box::new(config()),
        remote: Some(elsewhere),
    });
    let heard = world.rtp(B).len();
    world.run(ms(500));

    assert_eq!(world.rtp(A).last().expect("packets").to, elsewhere);
    assert_eq!(world.rtp(B).len(), heard, "stragglers of the old address");
    assert_one_stream(&world.rtp(A));
}

#[test]
fn nothing_is_sent_to_an_address_that_says_hold() {
    for nowhere in [
        SocketAddr::from(([0, 0, 0, 0], 4000)),
        SocketAddr::from(([192, 0, 2, 1], 0)),
    ] {
        let mut world = World::with(&[A]);
        world.command(Command::Configure {
            stream: A,
            config: Box::new(config()),
            remote: Some(nowhere),
        });
        world.command(Command::Tone {
            stream: A,
            tone: crate::ToneSpec::dial(),
        });
        world.run(ms(10_000));
        assert_eq!(world.sent.len(), 0, "{nowhere}");
    }
}

#[test]
fn unknown_streams_are_refused() {
    let mut world = World::with(&[A]);
    let stranger = StreamId(77);

    assert_eq!(
        world.try_command(Command::Connect { a: A, b: stranger }),
        Err(Refusal::UnknownStream(stranger))
    );
    let again = Command::Open {
        stream: A,
        config: Box::new(config()),
    };
    assert_eq!(world.try_command(again), Err(Refusal::AlreadyOpen(A)));
}

#[test]
fn a_reused_slot_knows_nothing_of_the_stream_before() {
    let mut world = World::with(&[A, B]);
    world.command(Command::Connect { a: A, b: B });
    world.command(Command::Close { stream: B });
    world.open(C, config());
    world.speak(A, 400);
    world.run(ms(200));

    assert_eq!(world.rtp(C).len(), 0);
}
