//! What a third one overhears of a call, and what it whispers into it.

use super::world::{A, B, C, World, ms};
use crate::{Command, Event, MixId, MixMember, MixVoice, Refusal, StreamId};

const OVERHEARD: MixId = MixId(1);
const WHISPERED: MixId = MixId(2);
const MEETING: MixId = MixId(3);

/// A and B talk, C is alone, and each has a tone of its own.
fn talking() -> World {
    let mut world = World::with(&[A, B, C]);
    world.command(Command::Connect { a: A, b: B });
    world.speak(A, 400);
    world.speak(B, 600);
    world.speak(C, 800);
    world
}

const fn unowned(voice: MixVoice) -> MixMember {
    MixMember { voice, own: None }
}

fn overhear(world: &mut World, mix: MixId, voices: &[MixVoice], by: StreamId) {
    let members = voices.iter().copied().map(unowned).collect();
    world.command(Command::Mix { mix, members });
    world.command(Command::HearMix { stream: by, mix });
}

#[test]
fn both_directions_of_a_call_are_overheard_and_nobody_notices() {
    let mut world = talking();
    overhear(&mut world, OVERHEARD, &[MixVoice::Said(A), MixVoice::Heard(A)], C);
    world.run(ms(600));
    assert_eq!(world.hears(C), [400, 600]);
    assert_eq!(world.hears(A), [600]);
    assert_eq!(world.hears(B), [400]);
    overhear(&mut world, OVERHEARD, &[MixVoice::Heard(A)], C);
    world.run(ms(600));
    assert_eq!(world.hears(C), [600]);
}

#[test]
fn what_is_whispered_reaches_one_and_only_one() {
    let mut world = talking();
    overhear(&mut world, OVERHEARD, &[MixVoice::Said(A), MixVoice::Heard(A)], C);
    let members = vec![C.into()];
    let mix = WHISPERED;
    world.command(Command::Mix { mix, members });
    let mixes = vec![WHISPERED];
    world.command(Command::Whisper { stream: A, mixes });
    world.run(ms(600));
    assert_eq!(world.hears(A), [600, 800]);
    assert_eq!(world.hears(B), [400]);
    assert_eq!(
        world.hears(C),
        [400, 600],
        "whoever whispers does not hear itself"
    );
    let mixes = Vec::new();
    world.command(Command::Whisper { stream: A, mixes });
    world.run(ms(600));
    assert_eq!(world.hears(A), [600]);
}

#[test]
fn a_whisper_is_heard_where_nothing_else_is() {
    let mut world = World::with(&[A, C]);
    world.speak(C, 800);
    let members = vec![C.into()];
    let mix = WHISPERED;
    world.command(Command::Mix { mix, members });
    let mixes = vec![WHISPERED];
    world.command(Command::Whisper { stream: A, mixes });
    world.run(ms(600));
    assert_eq!(world.hears(A), [800]);
    world.command(Command::Close { stream: A });
    world.run(ms(100));
    let refused = world.try_command(Command::Whisper {
        stream: A,
        mixes: vec![WHISPERED],
    });
    assert_eq!(refused, Err(Refusal::UnknownStream(A)));
}

#[test]
fn a_mix_goes_into_another_without_what_came_from_there() {
    let mut world = World::with(&[A, B, C]);
    for (stream, hz) in [(A, 400), (B, 600), (C, 800)] {
        world.speak(stream, hz);
    }
    let mix = OVERHEARD;
    let members = vec![unowned(MixVoice::Said(C))];
    world.command(Command::Mix { mix, members });
    let mut members = vec![A.into(), B.into()];
    members.push(unowned(MixVoice::Mix {
        mix: OVERHEARD,
        without: None,
    }));
    let mix = MEETING;
    world.command(Command::Mix { mix, members });
    world.command(Command::HearMix { stream: A, mix });
    let without = Some(OVERHEARD);
    let meeting = MixVoice::Mix { mix, without };
    overhear(&mut world, WHISPERED, &[meeting], C);
    world.run(ms(800));
    assert_eq!(world.hears(A), [600, 800]);
    assert_eq!(world.hears(C), [400, 600]);
}

#[test]
fn a_stream_tells_how_it_goes_when_it_is_asked() {
    let mut world = talking();
    world.run(ms(600));
    world.command(Command::Measure { stream: A });
    let measured = world.events.iter().find_map(|event| {
        if let Event::Measured { stream, statistics } = event {
            return Some((*stream, statistics.clone()));
        }
        None
    });
    let (stream, statistics) = measured.expect("it was asked");
    assert_eq!(stream, A);
    assert!((26..=31).contains(&statistics.received_packets), "{statistics:?}");
    assert!((26..=31).contains(&statistics.sent_packets), "{statistics:?}");
}
