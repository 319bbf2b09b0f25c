//! Several voices in one: who hears whom, what everybody hears, and what is kept bounded.

use super::world::{A, B, C, World, assert_one_stream, ms, peer, raw, sound};
use crate::{
    Command, Event, MAX_MIX_MEMBERS, MixId, Muted, PlaybackControl, Refusal, Repeat, StreamId, ToneSpec,
};

const MIX: MixId = MixId(7);

fn mixed(members: &[StreamId]) -> World {
    let mut world = World::with(members);
    world.command(Command::Mix {
        mix: MIX,
        members: members.iter().copied().map(Into::into).collect(),
    });
    for stream in members {
        world.command(Command::HearMix {
            stream: *stream,
            mix: MIX,
        });
    }
    world
}

fn speaking() -> World {
    let mut world = mixed(&[A, B, C]);
    world.speak(A, 400);
    world.speak(B, 600);
    world.speak(C, 800);
    world.run(ms(600));
    world
}

#[test]
fn each_hears_all_others_and_not_itself() {
    let world = speaking();
    assert_eq!(world.hears(A), [600, 800]);
    assert_eq!(world.hears(B), [400, 800]);
    assert_eq!(world.hears(C), [400, 600]);
    for stream in [A, B, C] {
        assert_one_stream(&world.rtp(stream));
        let sent = world.rtp(stream).len();
        assert!((26..=31).contains(&sent), "{sent} packets in 600 ms");
    }
}

#[test]
fn whoever_is_no_voice_hears_without_being_heard() {
    let mut world = speaking();
    world.command(Command::Mix {
        mix: MIX,
        members: vec![A.into(), B.into()],
    });
    world.run(ms(600));
    assert_eq!(world.hears(A), [600]);
    assert_eq!(world.hears(C), [400, 600]);
}

#[test]
fn a_muted_voice_is_not_heard_and_a_deafened_one_hears_nothing() {
    let mut world = speaking();
    world.command(Command::Mute {
        stream: A,
        muted: Muted::Inbound,
    });
    world.command(Command::Mute {
        stream: B,
        muted: Muted::Outbound,
    });
    world.run(ms(600));
    assert_eq!(world.hears(C), [600]);
    assert_eq!(world.hears(B), [0; 0]);
    assert_eq!(world.hears(A), [600, 800]);
}

#[test]
fn leaving_a_mix_for_a_partner_keeps_one_stream() {
    let mut world = speaking();
    world.command(Command::Connect { a: A, b: B });
    world.run(ms(600));
    assert_eq!(world.hears(A), [600]);
    // B and A are voices still, until somebody says otherwise; they just hear each other.
    assert_eq!(world.hears(C), [400, 600]);
    world.command(Command::HearMix { stream: A, mix: MIX });
    world.run(ms(600));
    assert_eq!(world.hears(A), [600, 800]);
    assert_one_stream(&world.rtp(A));
}

#[test]
fn a_playback_in_a_mix_is_heard_by_all_and_ends() {
    let mut world = speaking();
    world.command(Command::PlayInMix {
        mix: MIX,
        playback: 9,
        sounds: vec![sound(ms(500))],
        repeat: Repeat::Times(1),
    });
    world.run(ms(400));
    assert_eq!(world.hears(A), [600, 800, 1000]);
    assert_eq!(world.hears(C), [400, 600, 1000]);
    world.command(Command::ControlPlayInMix {
        mix: MIX,
        playback: 9,
        control: PlaybackControl::Restart,
    });
    world.run(ms(300));
    assert!(!world.events.iter().any(is_end), "it began again");
    world.run(ms(300));
    let ends: Vec<_> = world.events.iter().filter(|event| is_end(event)).collect();
    let expected = Event::MixPlaybackEnded {
        mix: MIX,
        playback: 9,
        completed: true,
    };
    assert_eq!(ends, [&expected]);
    world.run(ms(400));
    assert_eq!(world.hears(A), [600, 800]);
}

fn is_end(event: &Event) -> bool {
    matches!(event, Event::MixPlaybackEnded { .. })
}

#[test]
fn a_playback_nobody_hears_takes_its_time_all_the_same() {
    let mut world = World::empty();
    let play = |playback| Command::PlayInMix {
        mix: MIX,
        playback,
        sounds: vec![sound(ms(500))],
        repeat: Repeat::Times(1),
    };
    world.command(play(1));
    world.run(ms(300));
    world.command(play(2));
    world.run(ms(700));
    let mut ends = Vec::new();
    for event in &world.events {
        if let Event::MixPlaybackEnded {
            playback, completed, ..
        } = event
        {
            ends.push((*playback, *completed));
        }
    }
    assert_eq!(ends, [(1, false), (2, true)]);
    assert_eq!(world.plane.poll_timeout(), None, "nothing is left to do");
}

#[test]
fn a_mix_can_be_recorded_and_closed() {
    let mut world = mixed(&[A, B]);
    world.command(Command::RecordMix { mix: MIX, tap: 3 });
    world.speak(A, 400);
    world.run(ms(400));
    let frames = |world: &World| {
        let mut frames = Vec::new();
        for event in &world.events {
            if let Event::MixRecorded { tap: 3, samples, .. } = event {
                frames.push(samples.clone());
            }
        }
        frames
    };
    let before = frames(&world);
    assert!((19..=22).contains(&before.len()), "{}", before.len());
    assert!(
        before[10..]
            .iter()
            .all(|frame| frame.iter().any(|sample| *sample > 1000))
    );
    world.command(Command::CloseMix { mix: MIX });
    let sent = world.rtp(B).len();
    world.run(ms(400));
    assert_eq!(frames(&world).len(), before.len());
    assert_eq!(world.rtp(B).len(), sent);
}

#[test]
fn two_loud_voices_do_not_wrap_around() {
    let mut world = mixed(&[A, B, C]);
    world.command(Command::ToneInMix {
        mix: MIX,
        tone: ToneSpec::steady(1000, 0),
    });
    // The loudest sample of µ-law, as packets of two peers.
    let loud = [0x80; 160];
    for number in 0..8u16 {
        for stream in [A, B] {
            let packet = raw(0, number, u32::from(number) * 160, &loud);
            world.packet(stream, peer(stream), &packet);
        }
        world.run(ms(20));
    }
    let payloads: Vec<_> = world.rtp(C).iter().map(|sent| sent.payload().to_vec()).collect();
    assert!(
        payloads
            .iter()
            .any(|payload| payload.iter().all(|byte| *byte == 0x80))
    );
    // 0x00 is the loudest negative sample: a sum that wrapped around.
    assert!(payloads.iter().all(|payload| !payload.contains(&0x00)));
}

#[test]
fn a_voice_that_comes_too_fast_is_cut_and_one_that_is_closed_is_gone() {
    let mut world = mixed(&[A, B]);
    for number in 0..100u16 {
        let packet = raw(0, number, u32::from(number) * 160, &[0x90; 160]);
        world.packet(A, peer(A), &packet);
    }
    world.run(ms(400));
    let sent = world.rtp(B).len();
    assert!((2..=8).contains(&sent), "{sent} of 100 frames that came at once");
    world.command(Command::Close { stream: A });
    world.run(ms(200));
    assert_eq!(world.rtp(B).len(), sent);
}

#[test]
fn a_mix_takes_so_many_and_no_more() {
    let mut world = World::with(&[A]);
    let members = vec![A.into(); MAX_MIX_MEMBERS + 1];
    let refused = world.try_command(Command::Mix { mix: MIX, members });
    assert_eq!(refused, Err(Refusal::TooManyInMix(MIX)));
    let unknown = world.try_command(Command::HearMix { stream: B, mix: MIX });
    assert_eq!(unknown, Err(Refusal::UnknownStream(B)));
    for number in 0..16 {
        world.command(Command::Mix {
            mix: MixId(number),
            members: vec![A.into()],
        });
    }
    let further = world.try_command(Command::Mix {
        mix: MixId(17),
        members: vec![A.into()],
    });
    assert_eq!(further, Err(Refusal::TooManyInMix(MixId(17))));
}
