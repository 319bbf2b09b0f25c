//! Bridges that clients make, their mixes, music and recordings; channels called by their own controllers.

use super::world::*;
use crate::{BridgeSpec, EnterSpec, OriginateRequest, Switch};
use std::sync::Arc;
use std::time::Duration;
use ucx_call::*;

fn meeting(world: &mut World, name: &str, purpose: BridgePurpose) -> BridgeId {
    let spec = BridgeSpec {
        uniqueid: Some(Arc::from(name)),
        purpose,
        name: Arc::from("meet"),
        creator: Arc::from("Stasis"),
        video: VideoMode::Talker,
    };
    world
        .step(|switch, now| switch.create_bridge(now, spec))
        .expect("is made")
}

fn answered(world: &mut World, from: &str, number: &str) -> Lease {
    let lease = world.incoming(from, number, "app");
    world
        .step(|switch, now| switch.answer(now, lease))
        .expect("answers");
    lease
}

fn enter(world: &mut World, lease: Lease, bridge: BridgeId) {
    enter_as(world, lease, bridge, EnterSpec::default());
}

fn enter_as(world: &mut World, lease: Lease, bridge: BridgeId, spec: EnterSpec) {
    world
        .step(|switch, now| switch.enter_bridge(now, lease, bridge, spec))
        .expect("enters");
}

fn last_mix(world: &World) -> Option<(Vec<ChannelId>, Source)> {
    world.actions.iter().rev().find_map(|action| match action {
        Action::Mix { members, also, .. } => {
            Some((members.iter().filter_map(|part| part.own).collect(), also.clone()))
        }
        _ => None,
    })
}

#[test]
fn two_hear_each_other_and_a_third_makes_it_a_mix() {
    let mut world = World::new();
    let bridge = meeting(&mut world, "br", BridgePurpose::Mixing);
    let alice = answered(&mut world, "alice", "1001");
    let bob = answered(&mut world, "bob", "1002");
    let carol = answered(&mut world, "carol", "1003");
    enter(&mut world, alice, bridge);
    assert_eq!(world.hears(alice.channel), None);
    enter(&mut world, bob, bridge);
    assert_eq!(world.hears(alice.channel), Some(Source::Channel(bob.channel)));
    assert_eq!(last_mix(&world), None);
    let connected = world
        .switch
        .channel(bob.channel)
        .expect("lives")
        .connected
        .clone();
    assert_eq!(connected.number(), "1001");

    enter(&mut world, carol, bridge);
    for lease in [alice, bob, carol] {
        assert_eq!(world.hears(lease.channel), Some(Source::Mix(bridge)));
    }
    let members = vec![alice.channel, bob.channel, carol.channel];
    assert_eq!(last_mix(&world), Some((members, Source::Silence)));
    assert_eq!(
        world.switch.bridge(bridge).expect("is there").technology,
        "softmix"
    );

    world
        .step(|switch, now| switch.leave_bridge_by_lease(now, alice))
        .expect("leaves");
    assert_eq!(world.hears(bob.channel), Some(Source::Channel(carol.channel)));
    assert_eq!(world.hears(alice.channel), Some(Source::Silence));
    assert_eq!(last_mix(&world), Some((vec![], Source::Silence)));
    assert_eq!(
        world.switch.bridge(bridge).expect("is there").technology,
        "simple_bridge"
    );
}

#[test]
fn a_bridge_stays_when_its_members_hang_up_and_ends_when_destroyed() {
    let mut world = World::new();
    let bridge = meeting(&mut world, "br", BridgePurpose::Mixing);
    let alice = answered(&mut world, "alice", "1001");
    let bob = answered(&mut world, "bob", "1002");
    enter(&mut world, alice, bridge);
    enter(&mut world, bob, bridge);
    world.signal(alice.channel, Signal::HungUp(Cause::NORMAL_CLEARING));
    world.step(|switch, now| switch.finish(now, alice, Cause::NORMAL_CLEARING));
    assert_eq!(world.switch.bridge(bridge).expect("stays").members, [bob.channel]);
    assert!(world.has_ended(bob.channel).is_none());

    world
        .step(|switch, now| switch.destroy_bridge(now, bridge))
        .expect("ends");
    let told = Notice::BridgeLeft {
        channel: bob.channel,
        bridge,
    };
    assert!(world.notices.contains(&told));
    assert!(world.switch.bridge(bridge).is_none());
    assert!(world.has_ended(bob.channel).is_none());
    let again = world.step(|switch, now| switch.destroy_bridge(now, bridge));
    assert_eq!(again, Err(Refusal::NoSuchBridge));
}

#[test]
fn a_taken_name_and_a_call_of_two_are_refused() {
    let mut world = World::new();
    let bridge = meeting(&mut world, "br", BridgePurpose::Mixing);
    let spec = BridgeSpec {
        uniqueid: Some(Arc::from("br")),
        purpose: BridgePurpose::Mixing,
        name: Arc::default(),
        creator: Arc::default(),
        video: VideoMode::None,
    };
    let twice = world.step(|switch, now| switch.create_bridge(now, spec));
    assert_eq!(twice, Err(Refusal::Conflict("the bridge exists already")));
    let (alice, _) = world.talking();
    let moved = world.step(|switch, now| switch.enter_bridge(now, alice, bridge, EnterSpec::default()));
    assert_eq!(
        moved,
        Err(Refusal::Conflict("the channel is in a two-party call"))
    );
}

#[test]
fn who_waits_hears_music_until_an_announcer_speaks() {
    let mut world = World::new();
    let bridge = meeting(&mut world, "h", BridgePurpose::Holding);
    let alice = answered(&mut world, "alice", "1001");
    let bob = answered(&mut world, "bob", "1002");
    enter(&mut world, alice, bridge);
    assert_eq!(
        world.hears(alice.channel),
        Some(Source::Music(Arc::from("default")))
    );
    world
        .step(|switch, now| switch.bridge_music(now, bridge, Some(Arc::from("jazz"))))
        .expect("plays");
    assert_eq!(world.hears(alice.channel), Some(Source::Music(Arc::from("jazz"))));
    let announcer = EnterSpec {
        is_announcer: true,
        ..EnterSpec::default()
    };
    enter_as(&mut world, bob, bridge, announcer);
    assert_eq!(world.hears(alice.channel), Some(Source::Channel(bob.channel)));
    assert_eq!(world.hears(bob.channel), None);
    let sounds: Arc<[Arc<str>]> = Arc::from([Arc::from("beep")]);
    let refused = world.step(|switch, now| switch.play_in_bridge(now, bridge, sounds, Arc::from("en")));
    assert!(
        matches!(refused, Err(Refusal::Conflict(_))),
        "the announcer is not talked over"
    );
    world
        .step(|switch, now| switch.leave_bridge_by_lease(now, alice))
        .expect("leaves");
    assert_eq!(world.switch.channel(alice.channel).expect("lives").music, None);
}

#[test]
fn a_muted_member_is_not_in_the_mix() {
    let mut world = World::new();
    let bridge = meeting(&mut world, "br", BridgePurpose::Mixing);
    let alice = answered(&mut world, "alice", "1001");
    let bob = answered(&mut world, "bob", "1002");
    let muted = EnterSpec {
        is_muted: true,
        ..EnterSpec::default()
    };
    enter_as(&mut world, alice, bridge, muted);
    enter(&mut world, bob, bridge);
    assert_eq!(last_mix(&world), Some((vec![bob.channel], Source::Silence)));
    assert_eq!(world.hears(alice.channel), Some(Source::Mix(bridge)));
}

#[test]
fn a_playback_is_heard_by_all_and_told_to_be_over_once() {
    let mut world = World::new();
    let bridge = meeting(&mut world, "br", BridgePurpose::Mixing);
    let alice = answered(&mut world, "alice", "1001");
    enter(&mut world, alice, bridge);
    let sounds: Arc<[Arc<str>]> = Arc::from([Arc::from("beep")]);
    let playback = world
        .step(|switch, now| switch.play_in_bridge(now, bridge, sounds, Arc::from("en")))
        .expect("plays");
    assert_eq!(world.hears(alice.channel), Some(Source::Mix(bridge)));
    assert!(matches!(last_mix(&world), Some((_, Source::Playback { playback: p, .. })) if p == playback));
    let report = Report::BridgePlaybackEnded {
        bridge,
        playback,
        complete: true,
    };
    world.step(|switch, now| switch.handle_report(now, report.clone()));
    world.step(|switch, now| switch.handle_report(now, report.clone()));
    world.step(|switch, now| switch.stop_in_bridge(now, bridge, playback));
    let told = world
        .notices
        .iter()
        .filter(|notice| matches!(notice, Notice::BridgePlaybackEnded { .. }));
    assert_eq!(told.count(), 1);
    assert_eq!(world.hears(alice.channel), Some(Source::Silence));
}

#[test]
fn a_local_half_brings_whoever_is_behind_it_into_the_mix() {
    let mut world = World::new();
    let bridge = meeting(&mut world, "br", BridgePurpose::Mixing);
    let alice = answered(&mut world, "alice", "1001");
    let bob = answered(&mut world, "bob", "1002");
    enter(&mut world, alice, bridge);
    enter(&mut world, bob, bridge);
    let request = OriginateRequest {
        parent: None,
        leg: local("echo", false),
        timeout: None,
        caller: Party::default(),
        account: None,
        variables: vec![],
        uniqueid: None,
        second_uniqueid: None,
        leads_nowhere: false,
        is_caller_first: false,
    };
    let (_, one) = world
        .step(|switch, now| switch.originate(now, request))
        .expect("begins");
    let two = world.named("Local/echo@office-00000000;2");
    let second = world.switch.top_lease(two).expect("runs the dialplan");
    world
        .step(|switch, now| switch.answer(now, second))
        .expect("answers");
    world
        .step(|switch, now| switch.start_dialplan(now, one, Place::new("office", "app", 1)))
        .expect("starts");
    let first = world.switch.top_lease(one).expect("runs the dialplan");
    let carol = world.incoming("carol", "1003", "x");
    world
        .step(|switch, now| switch.dial(now, carol, to(vec![local("1002", false)], 20)))
        .expect("dials");
    enter(&mut world, first, bridge);
    // Nobody is behind the half, so nobody is added to the mix; who is in it hears the mix all the same.
    assert_eq!(
        last_mix(&world),
        Some((vec![alice.channel, bob.channel], Source::Silence))
    );
    assert_eq!(world.hears(alice.channel), Some(Source::Mix(bridge)));
}

#[test]
fn recordings_are_told_by_their_driver_and_end_once() {
    let mut world = World::new();
    let alice = answered(&mut world, "alice", "1001");
    let spec = Arc::new(RecordingSpec {
        name: Arc::from("r"),
        format: Arc::from("wav"),
        max_duration: None,
        max_silence: None,
        if_exists: IfExists::Fail,
        beep: false,
    });
    let recording = world
        .step(|switch, now| switch.record_channel(now, alice, spec))
        .expect("records");
    let begun = Action::Record {
        recording,
        of: RecordingOf::Channel(alice.channel),
        spec: world.recorded(),
    };
    assert!(world.actions.contains(&begun));
    let end = RecordingEnd::Cancelled;
    for _ in 0..2 {
        world.step(|switch, now| switch.handle_report(now, Report::RecordingEnded { recording, end }));
    }
    let ends = world
        .notices
        .iter()
        .filter(|notice| matches!(notice, Notice::RecordingEnded { .. }));
    assert_eq!(ends.count(), 1);
}

fn created(world: &mut World) -> Lease {
    let request = OriginateRequest {
        parent: None,
        leg: leg("bob", "1002"),
        timeout: None,
        caller: Party::default(),
        account: None,
        variables: vec![],
        uniqueid: Some(Arc::from("leg-b")),
        second_uniqueid: None,
        leads_nowhere: false,
        is_caller_first: false,
    };
    let id = world
        .step(|switch, now| switch.create_outgoing(now, request))
        .expect("is made");
    assert!(!world.actions.iter().any(|a| matches!(a, Action::Dial { .. })));
    world
        .step(|switch, now| switch.start_dialplan(now, id, Place::new("office", "s", 1)))
        .expect("is held");
    world.switch.top_lease(id).expect("is held")
}

#[test]
fn a_channel_is_made_first_and_called_later() {
    let mut world = World::new();
    let bob = created(&mut world);
    let dial = |switch: &mut Switch, now| switch.dial_out(now, bob, None, Some(Duration::from_secs(5)));
    world.step(dial).expect("dials");
    assert!(
        matches!(world.actions.last(), Some(Action::Dial { channel, .. }) if *channel == bob.channel),
        "{:?}",
        world.actions
    );
    assert_eq!(
        world.step(dial),
        Err(Refusal::Conflict("the channel was called already"))
    );
    world.signal(bob.channel, Signal::Ringing);
    world.signal(bob.channel, Signal::Answered);
    let state = world.switch.channel(bob.channel).expect("lives").state;
    assert_eq!(state, ChannelState::Up);
    assert_eq!(world.switch.top_lease(bob.channel), Some(bob));
    assert!(
        world.log().iter().any(|line| line == "dialled bob ANSWER"),
        "{:?}",
        world.log()
    );
}

#[test]
fn who_calls_later_and_is_refused_or_not_heard_is_interrupted() {
    for timed_out in [false, true] {
        let mut world = World::new();
        let bob = created(&mut world);
        world
            .step(|switch, now| switch.dial_out(now, bob, None, Some(Duration::from_secs(5))))
            .expect("dials");
        if timed_out {
            world.now += Duration::from_secs(6);
            world.step(Switch::handle_timeout);
        } else {
            world.signal(bob.channel, Signal::Failed(Cause::USER_BUSY));
        }
        let told = Notice::Interrupted {
            lease: bob,
            by: Interruption::HungUp,
        };
        assert!(world.notices.contains(&told), "timed out: {timed_out}");
        world.step(|switch, now| switch.finish(now, bob, Cause::NONE));
        let cause = if timed_out {
            Cause::NO_ANSWER
        } else {
            Cause::USER_BUSY
        };
        assert_eq!(world.has_ended(bob.channel), Some(cause));
        assert!(world.switch.is_empty());
    }
}

#[test]
fn two_parties_are_sent_away_together_and_neither_is_hung_up() {
    let mut world = World::new();
    let (alice, bob) = world.talking();
    world
        .step(|switch, now| {
            let one = (alice.channel, Place::new("office", "dest", 1));
            switch.redirect_both(now, one, (bob, Place::new("office", "dest2", 1)))
        })
        .expect("both move");
    let bobs = world.switch.top_lease(bob).expect("the dialplan holds bob");
    let runs = Notice::RunDialplan {
        lease: bobs,
        place: Place::new("office", "dest2", 1),
    };
    assert!(world.notices.contains(&runs));
    assert_eq!(
        world.step(|switch, now| switch.redirected_to(now, alice)),
        Some(Place::new("office", "dest", 1))
    );
    assert_eq!(world.has_ended(bob), None);
}

#[test]
fn a_party_on_hold_lets_the_other_hear_music() {
    let mut world = World::new();
    let (alice, bob) = world.talking();
    world.signal(bob, Signal::Held);
    assert_eq!(
        world.hears(alice.channel),
        Some(Source::Music(Arc::from("default")))
    );
    assert!(
        world
            .switch
            .channel(alice.channel)
            .expect("lives")
            .music
            .is_some()
    );
    world.signal(bob, Signal::Unheld);
    assert_eq!(world.hears(alice.channel), Some(Source::Channel(bob)));
    assert!(
        world
            .switch
            .channel(alice.channel)
            .expect("lives")
            .music
            .is_none()
    );
    world.signal(bob, Signal::Held);
    world.signal(bob, Signal::HungUp(Cause::NORMAL_CLEARING));
    let stops = world
        .events
        .iter()
        .filter(|event| matches!(event.kind, EventKind::MusicStopped { .. }));
    assert_eq!(stops.count(), 2);
}

#[test]
fn who_is_played_to_in_a_bridge_hears_that_and_then_the_bridge_again() {
    let mut world = World::new();
    let bridge = meeting(&mut world, "br", BridgePurpose::Mixing);
    let alice = answered(&mut world, "alice", "1001");
    let bob = answered(&mut world, "bob", "1002");
    enter(&mut world, alice, bridge);
    enter(&mut world, bob, bridge);
    let sounds: Arc<[Arc<str>]> = Arc::from([Arc::from("beep")]);
    let playback = world
        .step(|switch, now| switch.play(now, alice, sounds))
        .expect("plays");
    assert!(matches!(
        world.hears(alice.channel),
        Some(Source::Playback { .. })
    ));
    assert_eq!(world.hears(bob.channel), Some(Source::Channel(alice.channel)));
    let complete = true;
    world.signal(alice.channel, Signal::PlaybackEnded { playback, complete });
    assert_eq!(world.hears(alice.channel), Some(Source::Channel(bob.channel)));
}

#[test]
fn a_playback_that_gives_way_or_loses_its_bridge_is_told_to_be_over() {
    let mut world = World::new();
    let bridge = meeting(&mut world, "br", BridgePurpose::Mixing);
    let play = |world: &mut World, name: &str| {
        let sounds: Arc<[Arc<str>]> = Arc::from([Arc::from(name)]);
        world
            .step(|switch, now| switch.play_in_bridge(now, bridge, sounds, Arc::from("en")))
            .expect("plays")
    };
    let first = play(&mut world, "beep");
    let second = play(&mut world, "hello");
    let over = |world: &World| -> Vec<PlaybackId> {
        let ends = world.notices.iter().filter_map(|notice| match notice {
            Notice::BridgePlaybackEnded {
                playback,
                complete: false,
                ..
            } => Some(*playback),
            _ => None,
        });
        ends.collect()
    };
    assert_eq!(over(&world), [first]);
    world
        .step(|switch, now| switch.destroy_bridge(now, bridge))
        .expect("ends");
    assert_eq!(over(&world), [first, second]);
    assert_eq!(last_mix(&world), Some((vec![], Source::Silence)));
}
