//! Channels that overhear others and whisper to them, and bare RTP.

use super::world::*;
use crate::{BridgeSpec, DialLeg, DialTarget, EnterSpec, OriginateRequest, SnoopSpec, Ways};
use std::sync::Arc;
use std::time::Duration;
use ucx_call::*;

const BOTH: Ways = Ways {
    said: true,
    heard: true,
};
const SAID: Ways = Ways {
    said: true,
    heard: false,
};
const HEARD: Ways = Ways {
    said: false,
    heard: true,
};

fn answered(world: &mut World, from: &str) -> Lease {
    let lease = world.incoming(from, "1001", "app");
    world
        .step(|switch, now| switch.answer(now, lease))
        .expect("answers");
    lease
}

/// A snoop that an application drives.
fn snoop(world: &mut World, of: ChannelId, spies: Ways, whispers: Ways) -> Lease {
    let spec = SnoopSpec {
        of,
        spies,
        whispers,
        uniqueid: None,
    };
    let id = world
        .step(|switch, now| switch.create_snoop(now, spec))
        .expect("is made");
    let place = Place::new("default", "s", 1);
    world
        .step(|switch, now| switch.start_dialplan(now, id, place))
        .expect("nobody drives it");
    world.switch.top_lease(id).expect("the dialplan holds it")
}

fn bridge(world: &mut World, members: &[Lease]) -> BridgeId {
    let spec = BridgeSpec {
        uniqueid: None,
        purpose: BridgePurpose::Mixing,
        name: Arc::default(),
        creator: Arc::default(),
        video: VideoMode::Talker,
    };
    let bridge = world
        .step(|switch, now| switch.create_bridge(now, spec))
        .expect("is made");
    for lease in members {
        world
            .step(|switch, now| switch.enter_bridge(now, *lease, bridge, EnterSpec::default()))
            .expect("enters");
    }
    bridge
}

/// What is in the mix of that number as drivers know it.
fn mix(world: &World, wanted: BridgeId) -> (Vec<Voice>, Source) {
    let told = world.actions.iter().rev().find_map(|action| match action {
        Action::Mix {
            bridge,
            members,
            also,
        } if *bridge == wanted => Some((members.iter().map(|part| part.voice).collect(), also.clone())),
        _ => None,
    });
    told.unwrap_or((Vec::new(), Source::Silence))
}

fn heard_mix(world: &World, channel: ChannelId) -> BridgeId {
    match world.hears(channel) {
        Some(Source::Mix(mix)) => mix,
        other => panic!("{other:?} is no mix"),
    }
}

fn whispered(world: &World, to: ChannelId) -> Vec<BridgeId> {
    let told = world.actions.iter().rev().find_map(|action| match action {
        Action::Whisper { channel, mixes } if *channel == to => Some(mixes.to_vec()),
        _ => None,
    });
    told.unwrap_or_default()
}

#[test]
fn whoever_is_linked_with_a_snoop_overhears_both_sides() {
    let mut world = World::new();
    let alice = answered(&mut world, "alice").channel;
    let carol = answered(&mut world, "carol");
    let spy = snoop(&mut world, alice, BOTH, Ways::default());
    let name = world.switch.channel(spy.channel).expect("lives").name.clone();
    let uniqueid = world.switch.channel(alice).expect("lives").uniqueid.clone();
    assert_eq!(*name, *format!("Snoop/{uniqueid}-00000000"));
    bridge(&mut world, &[carol, spy]);
    let overheard = heard_mix(&world, carol.channel);
    let both = vec![Voice::Said(alice), Voice::Heard(alice)];
    assert_eq!(mix(&world, overheard), (both, Source::Silence));
    assert!(whispered(&world, alice).is_empty());
    assert_eq!(world.hears(alice), None, "nothing changed for it");
}

#[test]
fn one_direction_is_overheard_alone() {
    let mut world = World::new();
    let alice = answered(&mut world, "alice").channel;
    let carol = answered(&mut world, "carol");
    for (ways, voice) in [(SAID, Voice::Said(alice)), (HEARD, Voice::Heard(alice))] {
        let spy = snoop(&mut world, alice, ways, Ways::default());
        let room = bridge(&mut world, &[carol, spy]);
        let overheard = heard_mix(&world, carol.channel);
        assert_eq!(mix(&world, overheard).0, [voice]);
        world
            .step(|switch, now| switch.destroy_bridge(now, room))
            .expect("it is there");
    }
}

#[test]
fn what_is_whispered_goes_to_the_far_end_or_with_its_voice() {
    let mut world = World::new();
    let (alice, bob) = (answered(&mut world, "alice"), answered(&mut world, "bob"));
    let carol = answered(&mut world, "carol");
    bridge(&mut world, &[alice, bob]);
    assert_eq!(world.hears(bob.channel), Some(Source::Channel(alice.channel)));
    let whisperer = snoop(&mut world, alice.channel, BOTH, BOTH);
    let room = bridge(&mut world, &[carol, whisperer]);
    let [whisper] = whispered(&world, alice.channel)[..] else {
        panic!("one mix is whispered");
    };
    assert_eq!(mix(&world, whisper).0, [Voice::Said(carol.channel)]);
    let voice = heard_mix(&world, bob.channel);
    let with_whisper = Voice::Mix {
        of: whisper,
        without: None,
    };
    assert_eq!(mix(&world, voice).0, [Voice::Said(alice.channel), with_whisper]);
    world
        .step(|switch, now| switch.destroy_bridge(now, room))
        .expect("it is there");
    assert!(whispered(&world, alice.channel).is_empty());
    assert_eq!(world.hears(bob.channel), Some(Source::Channel(alice.channel)));
}

#[test]
fn sounds_played_to_a_whisperer_are_whispered_and_their_end_is_told() {
    let mut world = World::new();
    let alice = answered(&mut world, "alice");
    let whisperer = snoop(&mut world, alice.channel, Ways::default(), HEARD);
    let sounds: Arc<[Arc<str>]> = Arc::from([Arc::from("hello")]);
    let playback = world
        .step(|switch, now| switch.play(now, whisperer, sounds))
        .expect("plays");
    let [whisper] = whispered(&world, alice.channel)[..] else {
        panic!("one mix is whispered");
    };
    let (voices, also) = mix(&world, whisper);
    assert!(voices.is_empty());
    assert!(matches!(also, Source::Playback { playback: played, .. } if played == playback));
    let is_unheard = |action: &Action| matches!(action, Action::PlayUnheard { .. });
    assert!(!world.actions.iter().any(is_unheard));
    let report = Report::BridgePlaybackEnded {
        bridge: whisper,
        playback,
        complete: true,
    };
    world.step(|switch, now| switch.handle_report(now, report));
    let told = Notice::PlaybackEnded {
        channel: whisperer.channel,
        playback,
        complete: true,
    };
    assert!(world.notices.contains(&told));
    assert!(whispered(&world, alice.channel).is_empty());
}

#[test]
fn a_snoop_among_several_does_not_whisper_back_what_it_overhears() {
    let mut world = World::new();
    let alice = answered(&mut world, "alice");
    let (bob, carol) = (answered(&mut world, "bob"), answered(&mut world, "carol"));
    let whisperer = snoop(&mut world, alice.channel, SAID, HEARD);
    let room = bridge(&mut world, &[bob, carol, whisperer]);
    let (voices, _) = mix(&world, room);
    let Some(Voice::Mix { of: overheard, .. }) = voices.last().copied() else {
        panic!("the snoop is heard in {voices:?}");
    };
    assert_eq!(mix(&world, overheard).0, [Voice::Said(alice.channel)]);
    let [whisper] = whispered(&world, alice.channel)[..] else {
        panic!("one mix is whispered");
    };
    let meeting = Voice::Mix {
        of: room,
        without: Some(overheard),
    };
    assert_eq!(mix(&world, whisper).0, [meeting]);
}

#[test]
fn a_snoop_ends_with_whom_it_overhears_and_nothing_is_left_of_it() {
    let mut world = World::new();
    let alice = answered(&mut world, "alice");
    let carol = answered(&mut world, "carol");
    let spy = snoop(&mut world, alice.channel, BOTH, BOTH);
    bridge(&mut world, &[carol, spy]);
    let overheard = heard_mix(&world, carol.channel);
    world
        .step(|switch, now| switch.handle_signal(now, alice.channel, Signal::HungUp(Cause::NORMAL_CLEARING)));
    world.step(|switch, now| switch.release(now, alice));
    let interrupted = Notice::Interrupted {
        lease: spy,
        by: Interruption::HungUp,
    };
    assert!(world.notices.contains(&interrupted));
    assert_eq!(mix(&world, overheard), (Vec::new(), Source::Silence));
    world.step(|switch, now| switch.release(now, spy));
    assert!(world.switch.channel(spy.channel).is_none());
    assert!(world.switch.mixes.is_empty() && world.switch.snoops.is_empty());
}

#[test]
fn a_snoop_that_ends_leaves_the_other_in_peace() {
    let mut world = World::new();
    let alice = answered(&mut world, "alice");
    let carol = answered(&mut world, "carol");
    let spy = snoop(&mut world, alice.channel, BOTH, BOTH);
    bridge(&mut world, &[carol, spy]);
    assert!(!whispered(&world, alice.channel).is_empty());
    world
        .step(|switch, now| switch.hangup(now, spy.channel, Cause::NORMAL_CLEARING))
        .expect("lives");
    world.step(|switch, now| switch.release(now, spy));
    assert!(whispered(&world, alice.channel).is_empty());
    assert!(world.switch.channel(alice.channel).is_some());
    assert_eq!(world.hears(carol.channel), Some(Source::Silence));
    assert!(world.switch.mixes.is_empty(), "{:?}", world.switch.mixes);
}

#[test]
fn what_a_snoop_records_is_what_it_overhears() {
    let mut world = World::new();
    let alice = answered(&mut world, "alice");
    let spy = snoop(&mut world, alice.channel, BOTH, Ways::default());
    let spec = Arc::new(RecordingSpec {
        name: Arc::from("spied"),
        format: Arc::from("wav"),
        max_duration: None,
        max_silence: None,
        if_exists: IfExists::Fail,
        beep: false,
    });
    world
        .step(|switch, now| switch.record_channel(now, spy, spec))
        .expect("records");
    let of = world.actions.iter().rev().find_map(|action| match action {
        Action::Record { of, .. } => Some(*of),
        _ => None,
    });
    let Some(RecordingOf::Bridge(overheard)) = of else {
        panic!("{of:?} is no mix");
    };
    let both = vec![Voice::Said(alice.channel), Voice::Heard(alice.channel)];
    assert_eq!(mix(&world, overheard).0, both);
}

#[test]
fn snoops_that_cannot_be_are_refused() {
    let mut world = World::new();
    let alice = answered(&mut world, "alice").channel;
    let spec = |spies, uniqueid: Option<&str>, of| SnoopSpec {
        of,
        spies,
        whispers: Ways::default(),
        uniqueid: uniqueid.map(Arc::from),
    };
    let nothing = spec(Ways::default(), None, alice);
    let refused = world.step(|switch, now| switch.create_snoop(now, nothing));
    assert!(matches!(refused, Err(Refusal::Invalid(_))));
    let nobody = spec(BOTH, None, ChannelId(99));
    let refused = world.step(|switch, now| switch.create_snoop(now, nobody));
    assert_eq!(refused, Err(Refusal::NoSuchChannel));
    for _ in 0..8 {
        let fine = spec(BOTH, None, alice);
        assert!(world.step(|switch, now| switch.create_snoop(now, fine)).is_ok());
    }
    let further = spec(BOTH, None, alice);
    let refused = world.step(|switch, now| switch.create_snoop(now, further));
    assert!(matches!(refused, Err(Refusal::Full(_))));
    let bob = answered(&mut world, "bob").channel;
    let named = spec(BOTH, Some("spy"), bob);
    assert!(world.step(|switch, now| switch.create_snoop(now, named)).is_ok());
    let again = spec(BOTH, Some("spy"), bob);
    let refused = world.step(|switch, now| switch.create_snoop(now, again));
    assert!(matches!(refused, Err(Refusal::Conflict(_))));
}

#[test]
fn bare_rtp_is_answered_when_the_driver_is_ready() {
    let mut world = World::new();
    let remote = ([127, 0, 0, 1], 10060).into();
    let to = DialTarget::Rtp {
        remote,
        codec: Arc::from("ulaw"),
    };
    let request = OriginateRequest {
        parent: None,
        leg: DialLeg::new(to, "127.0.0.1:10060/c(ulaw)"),
        timeout: Some(Duration::from_secs(30)),
        caller: Party::default(),
        account: None,
        variables: vec![],
        uniqueid: None,
        second_uniqueid: None,
        leads_nowhere: false,
        is_caller_first: true,
    };
    let (_, channel) = world
        .step(|switch, now| switch.originate(now, request))
        .expect("is made");
    let name = world.switch.channel(channel).expect("lives").name.clone();
    assert_eq!(&*name, "UnicastRTP/127.0.0.1:10060-0x000000000000");
    let opened = Action::OpenRtp {
        channel,
        remote,
        codec: Arc::from("ulaw"),
    };
    assert!(world.actions.contains(&opened));
    world.signal(channel, Signal::Answered);
    assert_eq!(
        world.switch.channel(channel).expect("lives").state,
        ChannelState::Up
    );
}

#[test]
fn sides_of_a_channel_are_recorded_in_a_mix_that_lasts_as_long_as_the_recording() {
    for is_hung_up in [false, true] {
        let mut world = World::new();
        let alice = answered(&mut world, "alice");
        let spec = Arc::new(RecordingSpec {
            name: Arc::from("both"),
            format: Arc::from("wav"),
            max_duration: None,
            max_silence: None,
            if_exists: IfExists::Fail,
            beep: false,
        });
        let recording = world
            .step(|switch, now| switch.record_sides(now, alice, BOTH, spec.clone()))
            .expect("records");
        let of = world.actions.iter().rev().find_map(|action| match action {
            Action::Record { of, .. } => Some(*of),
            _ => None,
        });
        let Some(RecordingOf::Bridge(sides)) = of else {
            panic!("{of:?} is no mix");
        };
        let both = vec![Voice::Said(alice.channel), Voice::Heard(alice.channel)];
        assert_eq!(mix(&world, sides).0, both);
        if is_hung_up {
            world.signal(alice.channel, Signal::HungUp(Cause::NORMAL_CLEARING));
            world.step(|switch, now| switch.release(now, alice));
        } else {
            let end = RecordingEnd::Cancelled;
            world.step(|switch, now| switch.handle_report(now, Report::RecordingEnded { recording, end }));
        }
        assert_eq!(mix(&world, sides), (Vec::new(), Source::Silence));
        assert!(world.switch.side_mixes.is_empty());
        let nothing = world.step(|switch, now| switch.record_sides(now, alice, Ways::default(), spec));
        assert!(nothing.is_err());
    }
}
