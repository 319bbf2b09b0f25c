//! Local pairs: joined, taken out of the path, or kept in it.

use super::world::{World, leg, local, to};
use crate::OriginateRequest;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::*;

/// alice dials a Local pair whose second half dials bob; all answered and connected.
fn through_local(world: &mut World, optimize: bool) -> (Lease, ChannelId, ChannelId, ChannelId) {
    let alice = world.incoming("alice", "1001", "2001");
    world
        .step(|switch, now| switch.dial(now, alice, to(vec![local("1002", optimize)], 20)))
        .expect("dials");
    let one = world
        .switch
        .channel_by_name("Local/1002@office-00000000;1")
        .expect("first half");
    let two = world
        .switch
        .channel_by_name("Local/1002@office-00000000;2")
        .expect("second half");
    let second = world.switch.top_lease(two).expect("the dialplan runs on it");
    world
        .step(|switch, now| switch.dial(now, second, to(vec![leg("bob", "1002")], 20)))
        .expect("dials");
    let bob = world.named("PJSIP/bob");
    world.signal(bob, Signal::Ringing);
    world.signal(bob, Signal::Answered);
    world
        .step(|switch, now| switch.answer(now, second))
        .expect("answers");
    world
        .step(|switch, now| switch.answer(now, alice))
        .expect("answers");
    world
        .step(|switch, now| switch.connect(now, second, bob))
        .expect("connects");
    world
        .step(|switch, now| switch.connect(now, alice, one))
        .expect("connects");
    let is_silent = world.log().iter().all(|line| line != "optimize");
    assert!(is_silent, "nobody has said anything");
    world.signal(bob, Signal::Heard);
    (alice, one, two, bob)
}

#[test]
fn ringing_and_identity_go_through_the_pair() {
    let mut world = World::new();
    let (alice, one, _, _) = through_local(&mut world, false);
    assert!(world.actions.contains(&Action::Indicate {
        channel: alice.channel,
        indication: Indication::Ringing
    }));
    assert_eq!(
        world
            .switch
            .channel(alice.channel)
            .expect("lives")
            .connected
            .number(),
        "1002"
    );
    assert_eq!(world.switch.channel(one).expect("lives").caller.number(), "1002");
    let linked: Vec<_> = world
        .switch
        .channels()
        .map(|channel| channel.linkedid.clone())
        .collect();
    assert!(linked.iter().all(|id| *id == linked[0]));
}

#[test]
fn an_optimized_pair_goes_and_the_call_stays() {
    let mut world = World::new();
    let (alice, one, two, bob) = through_local(&mut world, true);
    assert!(world.has_ended(one).is_some());
    assert_eq!(world.hears(alice.channel), Some(Source::Channel(bob)));
    assert_eq!(world.hears(bob), Some(Source::Channel(alice.channel)));
    let second = world
        .switch
        .top_lease(two)
        .expect("its dialplan has to end first");
    assert_eq!(world.switch.interruption(two), Some(Interruption::HungUp));
    world.step(|switch, now| switch.finish(now, second, Cause::NORMAL_CLEARING));
    assert!(
        !world
            .notices
            .iter()
            .any(|n| matches!(n, Notice::BridgeLeft { channel, .. } if *channel == alice.channel))
    );
    world.signal(bob, Signal::HungUp(Cause::NORMAL_CLEARING));
    assert!(
        world
            .notices
            .iter()
            .any(|n| matches!(n, Notice::BridgeLeft { channel, .. } if *channel == alice.channel))
    );
    world.step(|switch, now| switch.finish(now, alice, Cause::NORMAL_CLEARING));
    assert!(world.switch.is_empty());
    let log = world.log();
    let from = log
        .iter()
        .position(|line| line == "optimize")
        .expect("was optimized");
    let story = [
        "optimize",
        "leave alice 1",
        "leave 1002@office 1",
        "enter alice 2 swap",
        "optimized",
    ];
    assert_eq!(log[from..from + 5], story);
}

#[test]
fn a_kept_pair_carries_audio_all_the_same() {
    let mut world = World::new();
    let (alice, _, two, bob) = through_local(&mut world, false);
    assert_eq!(world.hears(alice.channel), Some(Source::Channel(bob)));
    assert_eq!(world.hears(bob), Some(Source::Channel(alice.channel)));
    world.signal(alice.channel, Signal::HungUp(Cause::NORMAL_CLEARING));
    assert!(world.has_ended(bob).is_some(), "the hangup runs through the pair");
    let second = world.switch.top_lease(two).expect("its dialplan has to end");
    world.step(|switch, now| switch.finish(now, second, Cause::NORMAL_CLEARING));
    world.step(|switch, now| switch.finish(now, alice, Cause::NORMAL_CLEARING));
    assert!(world.switch.is_empty());
}

#[test]
fn what_the_second_half_plays_is_heard_behind_the_first() {
    let mut world = World::new();
    let alice = world.incoming("alice", "1001", "2001");
    world
        .step(|switch, now| switch.dial(now, alice, to(vec![local("100", false)], 20)))
        .expect("dials");
    let one = world
        .switch
        .channel_by_name("Local/100@office-00000000;1")
        .expect("first half");
    let two = world
        .switch
        .channel_by_name("Local/100@office-00000000;2")
        .expect("second half");
    let second = world.switch.top_lease(two).expect("the dialplan runs on it");
    world
        .step(|switch, now| switch.answer(now, second))
        .expect("answers");
    world
        .step(|switch, now| switch.answer(now, alice))
        .expect("answers");
    world
        .step(|switch, now| switch.connect(now, alice, one))
        .expect("connects");
    let sounds: Arc<[Arc<str>]> = Arc::from([Arc::from("hello")]);
    let playback = world
        .step(|switch, now| switch.play(now, second, sounds))
        .expect("plays");
    let heard = world.hears(alice.channel).expect("was told");
    assert!(matches!(heard, Source::Playback { playback: p, owner, .. } if p == playback && owner == two));
    world.signal(alice.channel, Signal::DigitEnded('7', Duration::from_millis(100)));
    assert!(
        world
            .notices
            .iter()
            .any(|n| matches!(n, Notice::Digit { channel, digit: '7', .. } if *channel == two))
    );
}

#[test]
fn the_dialplan_of_the_second_half_decides_the_dial() {
    let mut world = World::new();
    let alice = world.incoming("alice", "1001", "2001");
    world
        .step(|switch, now| switch.dial(now, alice, to(vec![local("busy", true)], 20)))
        .expect("dials");
    let two = world
        .switch
        .channel_by_name("Local/busy@office-00000000;2")
        .expect("second half");
    let second = world.switch.top_lease(two).expect("the dialplan runs on it");
    world.step(|switch, now| switch.finish(now, second, Cause::USER_BUSY));
    assert_eq!(world.variable(alice.channel, "DIALSTATUS"), "BUSY");
    assert_eq!(world.switch.channels().count(), 1);
}

/// A Local pair that was called by the host, with its second half in the dialplan and its first in another.
fn called_pair(world: &mut World) -> (Lease, Lease) {
    let request = OriginateRequest {
        leg: local("1002", false),
        timeout: None,
        caller: Party::default(),
        account: None,
        variables: vec![],
        uniqueid: None,
        second_uniqueid: None,
        leads_nowhere: false,
        is_caller_first: false,
        parent: None,
    };
    let (_, one) = world
        .step(|switch, now| switch.originate(now, request))
        .expect("is called");
    let two = world.named("Local/1002@office-00000000;2");
    let second = world.switch.top_lease(two).expect("the dialplan runs on it");
    world
        .step(|switch, now| switch.answer(now, second))
        .expect("answers");
    world
        .step(|switch, now| switch.start_dialplan(now, one, Place::new("office", "app", 1)))
        .expect("is free");
    (
        world.switch.top_lease(one).expect("the dialplan runs on it"),
        second,
    )
}

/// What drivers were last told of the mix that stands for a Local half.
fn ear(world: &World) -> Option<(Vec<Part>, Source)> {
    world.actions.iter().rev().find_map(|action| match action {
        Action::Mix { members, also, .. } => Some((members.to_vec(), also.clone())),
        _ => None,
    })
}

#[test]
fn what_one_half_plays_is_recorded_on_the_other() {
    let mut world = World::new();
    let (one, two) = called_pair(&mut world);
    let spec = Arc::new(RecordingSpec {
        name: Arc::from("r"),
        format: Arc::from("wav"),
        max_duration: None,
        max_silence: None,
        if_exists: IfExists::Overwrite,
        beep: false,
    });
    let recording = world
        .step(|switch, now| switch.record_channel(now, one, spec))
        .expect("is recorded");
    let Some(Action::Record {
        of: RecordingOf::Bridge(mix),
        ..
    }) = world
        .actions
        .iter()
        .rev()
        .find(|action| matches!(action, Action::Record { .. }))
        .cloned()
    else {
        panic!("it is recorded as a mix");
    };
    assert_eq!(ear(&world), Some((vec![one.channel.into()], Source::Silence)));
    let sounds: Arc<[Arc<str>]> = Arc::from([Arc::from("hello")]);
    let playback = world
        .step(|switch, now| switch.play(now, two, sounds))
        .expect("plays");
    assert!(matches!(ear(&world), Some((_, Source::Playback { owner, .. })) if owner == two.channel));
    let ended = Report::BridgePlaybackEnded {
        bridge: mix,
        playback,
        complete: true,
    };
    world.step(|switch, now| switch.handle_report(now, ended));
    assert!(world.notices.contains(&Notice::PlaybackEnded {
        channel: two.channel,
        playback,
        complete: true
    }));
    assert_eq!(ear(&world), Some((vec![one.channel.into()], Source::Silence)));
    let end = RecordingEnd::Cancelled;
    world.step(|switch, now| switch.handle_report(now, Report::RecordingEnded { recording, end }));
    assert_eq!(ear(&world), Some((vec![], Source::Silence)));
}

#[test]
fn who_listens_to_a_half_hears_whoever_is_bridged_with_the_other_and_its_own_echo() {
    let mut world = World::new();
    let (one, two) = called_pair(&mut world);
    world.step(|switch, now| switch.echo(now, two)).expect("echoes");
    let listener = world
        .step(|switch, now| switch.listen(now, one))
        .expect("listens");
    let sounds: Arc<[Arc<str>]> = Arc::from([Arc::from("hello")]);
    world
        .step(|switch, now| switch.play(now, one, sounds))
        .expect("plays");
    assert!(matches!(ear(&world), Some((_, Source::Playback { owner, .. })) if owner == one.channel));
    world
        .step(|switch, now| switch.dial(now, two, to(vec![leg("bob", "1002")], 20)))
        .expect("dials");
    let bob = world.named("PJSIP/bob");
    world.signal(bob, Signal::Answered);
    world
        .step(|switch, now| switch.connect(now, two, bob))
        .expect("connects");
    assert_eq!(
        ear(&world),
        Some((vec![one.channel.into(), bob.into()], Source::Silence))
    );
    world.signal(bob, Signal::HungUp(Cause::NORMAL_CLEARING));
    world.step(|switch, now| switch.finish(now, two, Cause::NORMAL_CLEARING));
    world.step(|switch, now| switch.finish(now, one, Cause::NORMAL_CLEARING));
    assert!(world.actions.contains(&Action::StopListening { listener }));
    assert_eq!(ear(&world), Some((vec![], Source::Silence)));
    assert!(world.switch.is_empty());
}
