//! What the host itself plays, and how it and relayed audio follow one another.

use super::world::{A, B, Sent, World, assert_one_stream, config, ms, peer, raw, sound, tone};
use crate::{
    Command, Event, InbandDigits, Muted, PlaybackControl, Recording, Repeat, Side, Sides, Sound,
    StreamConfig, ToneSpec, WavWriter,
};
use std::sync::Arc;
use std::time::Duration;

fn play(world: &mut World, playback: u64, length: Duration) {
    let sounds = vec![sound(length)];
    world.command(Command::Play {
        stream: A,
        playback,
        sounds,
        repeat: Repeat::Times(1),
    });
}

fn endings(world: &World) -> Vec<(u64, bool)> {
    let endings = world.events.iter().filter_map(|event| {
        if let Event::PlaybackEnded {
            playback, completed, ..
        } = event
        {
            Some((*playback, *completed))
        } else {
            None
        }
    });
    endings.collect()
}

#[test]
fn relay_then_playback_then_relay_keeps_sequence() {
    let mut world = World::with(&[A, B]);
    world.command(Command::Connect { a: A, b: B });
    world.speak(B, 600);
    world.run(ms(1000));
    play(&mut world, 1, ms(500));
    world.run(ms(400));
    assert_eq!(world.hears(A), [1000], "the playback is heard instead");
    world.run(ms(600));

    assert_eq!(world.hears(A), [600]);
    assert_eq!(endings(&world), [(1, true)]);
    assert_one_stream(&world.rtp(A));
    let counters = world.phones[&A].counters();
    assert_eq!(
        (
            counters.lost,
            counters.holes,
            counters.timestamp_resets,
            counters.sequence_resets
        ),
        (0, 0, 0, 0)
    );
}

#[test]
fn a_playback_lasts_as_long_as_its_sound() {
    let mut world = World::with(&[A]);
    play(&mut world, 7, ms(1010));
    world.run(ms(1020));
    assert_eq!(endings(&world), [], "the last frame is still being played");
    world.run(ms(20));

    assert_eq!(endings(&world), [(7, true)]);
    let packets = world.rtp(A);
    assert_eq!(packets.len(), 51);
    assert!(packets[0].header().marker && packets[1..].iter().all(|sent| !sent.header().marker));
    let times: Vec<_> = packets.iter().map(|sent| sent.at).collect();
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] == ms(20)));
}

#[test]
fn a_stopped_or_replaced_playback_says_so_once() {
    let mut world = World::with(&[A]);
    play(&mut world, 1, ms(1000));
    world.run(ms(100));
    play(&mut world, 2, ms(1000));
    world.command(Command::StopPlay {
        stream: A,
        playback: 1,
    });
    world.run(ms(100));
    world.command(Command::StopPlay {
        stream: A,
        playback: 2,
    });
    world.command(Command::StopPlay {
        stream: A,
        playback: 2,
    });
    let sent = world.rtp(A).len();
    world.run(ms(1000));

    assert_eq!(endings(&world), [(1, false), (2, false)]);
    assert_eq!(world.rtp(A).len(), sent);
}

#[test]
fn a_paused_playback_goes_on_where_it_stood() {
    let mut world = World::with(&[A]);
    play(&mut world, 1, ms(400));
    world.run(ms(200));
    world.command(Command::ControlPlay {
        stream: A,
        playback: 1,
        control: PlaybackControl::Pause,
    });
    world.run(ms(3000));
    assert_eq!(world.rtp(A).len(), 10);
    world.command(Command::ControlPlay {
        stream: A,
        playback: 1,
        control: PlaybackControl::Unpause,
    });
    world.run(ms(1000));

    assert_eq!(world.rtp(A).len(), 20);
    assert_eq!(endings(&world), [(1, true)]);
    assert_one_stream(&world.rtp(A));
}

#[test]
fn music_goes_on_until_stopped() {
    let mut world = World::with(&[A]);
    let sounds = vec![sound(ms(333))];
    world.command(Command::Play {
        stream: A,
        playback: 1,
        sounds,
        repeat: Repeat::Forever,
    });
    world.run(ms(10_000));
    assert_eq!(world.rtp(A).len(), 500);
    assert_one_stream(&world.rtp(A));

    world.command(Command::Close { stream: A });
    assert_eq!(endings(&world), [(1, false)]);
}

#[test]
fn nothing_played_ends_at_once() {
    let mut world = World::with(&[A]);
    world.command(Command::Play {
        stream: A,
        playback: 1,
        sounds: Vec::new(),
        repeat: Repeat::Forever,
    });
    world.run(ms(20));

    assert_eq!(endings(&world), [(1, true)]);
    assert_eq!(world.rtp(A).len(), 0);
}

#[test]
fn a_tone_has_its_cadence_and_stops() {
    let mut world = World::with(&[A]);
    world.command(Command::Tone {
        stream: A,
        tone: "800/500,0/500".parse().expect("a tone"),
    });
    world.run(ms(400));
    assert_eq!(world.hears(A), [800]);
    world.run(ms(500));
    assert_eq!(world.hears(A), []);
    world.run(ms(400));
    assert_eq!(world.hears(A), [800]);
    world.command(Command::StopTone { stream: A });
    let sent = world.rtp(A).len();
    world.run(ms(500));
    assert_eq!(world.rtp(A).len(), sent);
    assert_one_stream(&world.rtp(A));
}

#[test]
fn a_late_clock_makes_up_a_little_and_skips_the_rest() {
    let mut world = World::with(&[A]);
    world.command(Command::Tone {
        stream: A,
        tone: tone(800),
    });
    world.run(ms(100));
    world.now += ms(60);
    world.run(ms(20));
    let after_hiccup = world.rtp(A).len();
    assert_eq!(after_hiccup, 9, "frames at 0, 20, … 160");
    world.now += ms(5000);
    world.run(ms(1000));

    let packets = world.rtp(A);
    assert!(packets.len() < after_hiccup + 65, "{} packets", packets.len());
    let (first, last) = (&packets[0], packets.last().expect("packets"));
    let moved = last.header().timestamp.wrapping_sub(first.header().timestamp);
    assert!(
        u64::from(moved).abs_diff(crate::samples_in(last.at)) <= 240,
        "the clock of the stream is real time"
    );
}

#[test]
fn streams_that_began_apart_share_wake_ups() {
    let mut world = World::with(&[A, B]);
    world.command(Command::Tone {
        stream: A,
        tone: tone(800),
    });
    world.now += ms(2) + Duration::from_micros(300);
    world.command(Command::Tone {
        stream: B,
        tone: tone(800),
    });
    world.run(ms(500));

    assert!(
        world
            .rtp(B)
            .iter()
            .all(|sent| sent.at.as_micros().is_multiple_of(5000))
    );
}

#[test]
fn no_wake_ups_are_asked_for_while_only_relaying() {
    let mut world = World::with(&[A, B]);
    world.command(Command::Connect { a: A, b: B });
    world.speak(A, 400);
    world.run(ms(1000));

    let due = world.plane.poll_timeout().expect("reports are due some day");
    assert!(due > world.now + ms(1000), "{due:?}");
}

fn recorded(world: &World, wanted: u64) -> (Vec<i16>, Vec<i16>) {
    let (mut inbound, mut outbound) = (Vec::new(), Vec::new());
    for event in &world.events {
        if let Event::Recorded {
            tap, side, samples, ..
        } = event
            && *tap == wanted
        {
            match side {
                Side::Inbound => inbound.extend_from_slice(samples),
                Side::Outbound => outbound.extend_from_slice(samples),
            }
        }
    }
    (inbound, outbound)
}

#[test]
fn taps_take_the_sides_they_ask_for() {
    let mut world = World::with(&[A, B]);
    world.command(Command::Connect { a: A, b: B });
    world.command(Command::Record {
        stream: A,
        tap: 1,
        sides: Sides::Both,
    });
    world.command(Command::Record {
        stream: A,
        tap: 2,
        sides: Sides::Inbound,
    });
    world.speak(A, 400);
    world.speak(B, 600);
    world.run(ms(1000));
    world.command(Command::StopRecord { stream: A, tap: 2 });
    play(&mut world, 1, ms(1000));
    world.run(ms(1000));

    let (inbound, outbound) = recorded(&world, 1);
    assert!(crate::goertzel_power(&inbound, 400) > 0.9);
    assert!(crate::goertzel_power(&outbound[..8000], 600) > 0.9);
    assert!(
        crate::goertzel_power(&outbound[8200..], 1000) > 0.9,
        "what is played is heard too"
    );
    assert_eq!(recorded(&world, 2), (inbound[..8000].to_vec(), Vec::new()));
}

#[test]
fn a_conversation_becomes_a_wav_file() {
    let mut world = World::with(&[A, B]);
    world.command(Command::Connect { a: A, b: B });
    world.command(Command::Record {
        stream: A,
        tap: 1,
        sides: Sides::Both,
    });
    let mut recording = Recording::new(world.now);
    world.speak(A, 400);
    world.speak(B, 600);
    world.run(ms(1000));

    for event in &world.events {
        if let Event::Recorded {
            side, at, samples, ..
        } = event
        {
            recording.lay(*side, *at, samples);
        }
    }
    let (mut mixed, mut writer, mut file) = (Vec::new(), WavWriter::new(), Vec::new());
    recording.finish(world.now, &mut mixed);
    file.extend(writer.header());
    writer.append(&mixed, &mut file);
    file[..crate::WAV_HEADER_BYTES].copy_from_slice(&writer.header());

    let sound = Sound::from_wav(&file).expect("a WAV file");
    assert!(crate::goertzel_power(sound.samples(), 400) > 0.4);
    assert!(crate::goertzel_power(sound.samples(), 600) > 0.4);
    assert!(
        (ms(980)..=ms(1020)).contains(&sound.duration()),
        "{:?}",
        sound.duration()
    );
}

#[test]
fn a_muted_party_is_silent_on_tape_too() {
    let mut world = World::with(&[A]);
    world.command(Command::Record {
        stream: A,
        tap: 1,
        sides: Sides::Inbound,
    });
    world.command(Command::Mute {
        stream: A,
        muted: Muted::Both,
    });
    world.packet(A, peer(A), &raw(0, 1, 1, &[0; 160]));

    assert_eq!(recorded(&world, 1).0, [0; 160]);
}

#[test]
fn a_playback_to_a_muted_ear_runs_in_silence() {
    let mut world = World::with(&[A]);
    world.command(Command::Mute {
        stream: A,
        muted: Muted::Outbound,
    });
    play(&mut world, 1, ms(200));
    world.run(ms(300));

    assert_eq!(endings(&world), [(1, true)]);
    assert!(
        world
            .rtp(A)
            .iter()
            .all(|sent| sent.payload() == [crate::g711::ULAW_SILENCE; 160])
    );
}

#[test]
fn digits_in_the_audio_are_reported_when_asked_for() {
    let detecting = StreamConfig {
        inband_digits: InbandDigits::Detect,
        ..config()
    };
    let mut world = World::configured(&[(A, detecting)]);
    let now = world.now;
    world
        .phones
        .get_mut(&A)
        .expect("a phone")
        .speak(now, Some(ToneSpec::steady(770, 1336)));
    world.run(ms(200));
    world
        .phones
        .get_mut(&A)
        .expect("a phone")
        .speak(ms(200), Some("0".parse().expect("a tone")));
    world.run(ms(200));

    let digits = world.digits(A);
    assert_eq!(digits.iter().map(|(key, _)| *key).collect::<String>(), "55");
    assert!(
        digits[0].1.is_none()
            && digits[1]
                .1
                .is_some_and(|lasted| lasted.abs_diff(ms(200)) < ms(15))
    );
}

#[test]
fn packets_are_as_long_as_was_agreed() {
    let long = StreamConfig {
        packet_time: ms(30),
        ..config()
    };
    let mut world = World::configured(&[(A, long)]);
    let quiet = Arc::new(Sound::from_samples(&[5; 800]));
    world.command(Command::Play {
        stream: A,
        playback: 1,
        sounds: vec![quiet],
        repeat: Repeat::Times(1),
    });
    world.run(ms(200));

    let lengths: Vec<_> = world
        .rtp(A)
        .iter()
        .map(|sent: &Sent| sent.payload().len())
        .collect();
    assert_eq!(lengths, [240; 4]);
    assert_one_stream(&world.rtp(A));
}
