//! Digits through the plane: reported, passed on, sent.

use super::world::{A, B, World, assert_one_stream, config, ms};
use crate::telephone_event::EventPayload;
use crate::{
    Command, Digit, DigitRelay, DigitTones, DtmfChange, DtmfDetector, Event, Repeat, StreamConfig, StreamId,
    digits,
};
use std::time::Duration;

fn reported(world: &World, stream: StreamId) -> Vec<(char, Option<Duration>)> {
    world.digits(stream)
}

fn dial(world: &mut World, stream: StreamId, keys: &str) {
    let now = world.now;
    let phone = world.phones.get_mut(&stream).expect("a phone");
    phone.dial(now, &digits(keys).expect("keys"), ms(100), ms(60));
}

fn heard(world: &mut World, stream: StreamId) -> Vec<(Digit, Duration)> {
    let now = world.now;
    let phone = world.phones.get_mut(&stream).expect("a phone");
    std::iter::from_fn(|| phone.poll_digit(now)).collect()
}

fn keys(text: &str, lasted: Duration) -> Vec<(Digit, Duration)> {
    digits(text)
        .expect("keys")
        .into_iter()
        .map(|digit| (digit, lasted))
        .collect()
}

#[test]
fn relayed_digits_are_reported_and_heard_at_the_other_end() {
    let mut world = World::with(&[A, B]);
    world.command(Command::Connect { a: A, b: B });
    world.speak(A, 400);
    world.run(ms(500));
    dial(&mut world, A, "12#");
    world.run(ms(1500));

    let expected: Vec<_> = "12#"
        .chars()
        .flat_map(|key| [(key, None), (key, Some(ms(100)))])
        .collect();
    assert_eq!(reported(&world, A), expected);
    assert_eq!(heard(&mut world, B), keys("12#", ms(100)));
    let counters = world.phones[&B].counters();
    assert_eq!(
        (counters.lost, counters.holes, counters.timestamp_resets),
        (0, 0, 0)
    );
}

#[test]
fn absorbed_digits_are_reported_only_and_leave_no_hole() {
    let absorbing = StreamConfig {
        digit_relay: DigitRelay::Absorb,
        ..config()
    };
    let mut world = World::configured(&[(A, absorbing), (B, config())]);
    world.command(Command::Connect { a: A, b: B });
    world.speak(A, 400);
    world.run(ms(500));
    dial(&mut world, A, "9");
    world.run(ms(1000));

    assert_eq!(reported(&world, A), [('9', None), ('9', Some(ms(100)))]);
    assert_eq!(heard(&mut world, B), []);
    let packets = world.rtp(B);
    assert!(
        packets
            .windows(2)
            .all(|pair| { pair[1].header().sequence == pair[0].header().sequence.wrapping_add(1) })
    );
}

/// The keys that sound to a peer without telephone events when its partner presses `4` and `D`.
fn sounding(digit_tones: DigitTones) -> String {
    let deaf = StreamConfig {
        send_events: None,
        digit_tones,
        ..config()
    };
    let mut world = World::configured(&[(A, config()), (B, deaf)]);
    world.command(Command::Connect { a: A, b: B });
    world.speak(A, 400);
    world.run(ms(500));
    dial(&mut world, A, "4D");
    world.run(ms(1500));

    let (mut detector, mut samples, mut seen) = (DtmfDetector::new(), Vec::new(), String::new());
    for sent in world.rtp(B) {
        assert_eq!(sent.header().payload_type, 0);
        crate::Codec::Pcmu.decode(sent.payload(), &mut samples);
    }
    detector.hear(&samples, |change| {
        if let DtmfChange::Began(digit) = change {
            seen.push(char::from(digit));
        }
    });
    seen
}

#[test]
fn digits_become_tones_for_a_peer_that_takes_no_events() {
    assert_eq!(sounding(DigitTones::Sound), "4D");
    assert_eq!(sounding(DigitTones::Withhold), "", "they come on another way");
}

#[test]
fn sent_digits_are_framed_as_the_rfc_asks() {
    let mut world = World::with(&[A]);
    let send = Command::SendDigits {
        stream: A,
        digits: digits("5").expect("a key"),
        duration: ms(60),
        gap: ms(60),
    };
    world.command(send);
    world.run(ms(1000));

    let packets = world.rtp(A);
    let first = packets[0].header();
    let seen: Vec<_> = packets
        .iter()
        .map(|sent| {
            let event = EventPayload::parse(sent.payload()).expect("an event");
            assert_eq!(
                (sent.header().payload_type, sent.header().timestamp),
                (101, first.timestamp)
            );
            (sent.header().marker, event.end, event.duration)
        })
        .collect();
    let expected = [
        (true, false, 160),
        (false, false, 320),
        (false, true, 480),
        (false, true, 480),
        (false, true, 480),
    ];
    assert_eq!(seen, expected);
    assert_eq!(world.events.last(), Some(&Event::DigitsSent { stream: A }));
}

#[test]
fn digits_interrupt_relay_and_playback_and_the_stream_stays_one() {
    let mut world = World::with(&[A, B]);
    world.command(Command::Connect { a: A, b: B });
    world.speak(B, 600);
    world.run(ms(500));
    let send = |keys: &str| Command::SendDigits {
        stream: A,
        digits: digits(keys).expect("keys"),
        duration: ms(100),
        gap: ms(100),
    };
    world.command(send("12"));
    world.run(ms(1000));
    let sounds = vec![super::world::sound(ms(500))];
    world.command(Command::Play {
        stream: A,
        playback: 1,
        sounds,
        repeat: Repeat::Times(1),
    });
    world.command(send("3"));
    world.run(ms(2000));

    assert_eq!(heard(&mut world, A), keys("123", ms(100)));
    assert_eq!(world.hears(A), [600]);
    let counters = world.phones[&A].counters();
    assert_eq!(
        (counters.lost, counters.holes, counters.timestamp_resets),
        (0, 0, 0)
    );
    let audio: Vec<_> = world
        .rtp(A)
        .into_iter()
        .filter(|sent| sent.header().payload_type == 0)
        .collect();
    let steps: Vec<_> = audio
        .windows(2)
        .map(|pair| {
            let moved = u64::from(
                pair[1]
                    .header()
                    .timestamp
                    .wrapping_sub(pair[0].header().timestamp),
            );
            moved.abs_diff(crate::samples_in(pair[1].at - pair[0].at))
        })
        .collect();
    assert!(steps.iter().all(|off| *off <= 320), "{steps:?}");
}

#[test]
fn a_key_held_when_its_sender_vanishes_is_released() {
    let mut world = World::with(&[A]);
    dial(&mut world, A, "8");
    world.run(ms(50));
    world.phones.clear();
    world.run(ms(1000));

    assert_eq!(reported(&world, A), [('8', None), ('8', Some(ms(60)))]);
}

#[test]
fn a_stream_that_only_sends_digits_is_one_stream() {
    let mut world = World::with(&[A]);
    for keys in ["1", "2"] {
        let digits = digits(keys).expect("keys");
        world.command(Command::SendDigits {
            stream: A,
            digits,
            duration: ms(100),
            gap: ms(40),
        });
        world.run(ms(3000));
    }
    let firsts: Vec<_> = world
        .rtp(A)
        .into_iter()
        .filter(|sent| sent.header().marker)
        .collect();
    assert_eq!(firsts.len(), 2);
    let moved = firsts[1]
        .header()
        .timestamp
        .wrapping_sub(firsts[0].header().timestamp);
    assert_eq!(u64::from(moved), crate::samples_in(ms(3000)));
    assert_one_stream(&firsts[..1]);
}
