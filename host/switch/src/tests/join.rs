//! Channels taken out of what they do and bridged with each other.

use super::world::*;
use crate::Joiner;
use std::sync::Arc;
use ucx_call::*;

fn bridged(world: &mut World, one: ChannelId, two: ChannelId) {
    world
        .step(|switch, now| switch.bridge_channels(now, Joiner::new(one), Joiner::new(two)))
        .expect("they can be bridged");
}

/// The dialplan of a channel lets go of it.
fn let_go(world: &mut World, lease: Lease) {
    assert!(world.notices.contains(&Notice::Interrupted {
        lease,
        by: Interruption::TakenOver
    }));
    world.step(|switch, now| switch.release(now, lease));
}

#[test]
fn two_channels_of_the_dialplan_meet_when_both_are_let_go_of() {
    let mut world = World::new();
    let alice = world.incoming("alice", "1001", "100");
    let bob = world.incoming("bob", "1002", "200");
    bridged(&mut world, alice.channel, bob.channel);
    let_go(&mut world, bob);
    assert!(
        !world.log().contains(&"bridge".to_owned()),
        "alice is not there yet"
    );
    let_go(&mut world, alice);
    let log = world.log();
    assert_eq!(log[log.len() - 3..], ["bridge", "enter alice 1", "enter bob 2"]);
    assert!(world.actions.contains(&Action::Answer { channel: bob.channel }));
    assert_eq!(world.hears(alice.channel), Some(Source::Channel(bob.channel)));
    assert_eq!(world.hears(bob.channel), Some(Source::Channel(alice.channel)));
    let shown = world
        .switch
        .channel(bob.channel)
        .expect("lives")
        .connected
        .number()
        .to_owned();
    assert_eq!(shown, "1001");
    world.signal(bob.channel, Signal::HungUp(Cause::NORMAL_CLEARING));
    assert_eq!(world.has_ended(alice.channel), Some(Cause::NORMAL_CLEARING));
    assert!(world.switch.is_empty());
}

#[test]
fn parties_of_two_calls_meet_and_those_they_leave_are_told() {
    let mut world = World::new();
    let (alice, bob) = world.talking();
    let carol = world.incoming("carol", "1003", "300");
    bridged(&mut world, bob, carol.channel);
    assert!(
        world
            .notices
            .iter()
            .any(|notice| matches!(notice, Notice::BridgeLeft { channel, .. } if *channel == alice.channel))
    );
    assert_eq!(world.has_ended(bob), None, "it waits for the other");
    let_go(&mut world, carol);
    assert_eq!(world.hears(bob), Some(Source::Channel(carol.channel)));
}

#[test]
fn two_who_talk_to_each_other_can_be_bridged_anew() {
    let mut world = World::new();
    let (alice, bob) = world.talking();
    bridged(&mut world, alice.channel, bob);
    let_go(&mut world, alice);
    assert_eq!(world.has_ended(bob), None);
    assert_eq!(world.hears(bob), Some(Source::Channel(alice.channel)));
    world
        .step(|switch, now| switch.hangup(now, alice.channel, Cause::NONE))
        .expect("lives");
    assert!(world.switch.is_empty());
}

#[test]
fn who_waits_for_one_that_is_gone_ends() {
    let mut world = World::new();
    let (_, bob) = world.talking();
    let carol = world.incoming("carol", "1003", "300");
    bridged(&mut world, bob, carol.channel);
    world.signal(carol.channel, Signal::HungUp(Cause::NORMAL_CLEARING));
    assert!(world.has_ended(bob).is_some());
    world.step(|switch, now| switch.release(now, carol));
    assert!(
        world.has_ended(carol.channel).is_some(),
        "its dialplan ends it as ever"
    );
}

#[test]
fn a_redirect_or_a_second_wish_does_not_break_the_first() {
    let mut world = World::new();
    let alice = world.incoming("alice", "1001", "100");
    let bob = world.incoming("bob", "1002", "200");
    let carol = world.incoming("carol", "1003", "300");
    bridged(&mut world, alice.channel, bob.channel);
    let again = |switch: &mut crate::Switch, now| {
        switch.bridge_channels(now, Joiner::new(bob.channel), Joiner::new(carol.channel))
    };
    assert!(matches!(world.step(again), Err(Refusal::Conflict(_))));
    let itself = |switch: &mut crate::Switch, now| {
        switch.bridge_channels(now, Joiner::new(carol.channel), Joiner::new(carol.channel))
    };
    assert!(matches!(world.step(itself), Err(Refusal::Conflict(_))));
    let ringing = world.step(|switch, now| switch.dial(now, carol, to(vec![leg("dave", "1004")], 20)));
    ringing.expect("dials");
    let dave = world.named("PJSIP/dave");
    let unanswered = |switch: &mut crate::Switch, now| {
        switch.bridge_channels(now, Joiner::new(dave), Joiner::new(carol.channel))
    };
    assert!(matches!(world.step(unanswered), Err(Refusal::Conflict(_))));
    let_go(&mut world, alice);
    let_go(&mut world, bob);
    assert_eq!(world.hears(alice.channel), Some(Source::Channel(bob.channel)));
}

#[test]
fn a_channel_joins_another_that_goes_on_in_the_dialplan_afterwards() {
    let mut world = World::new();
    let alice = world.incoming("alice", "1001", "100");
    let bob = world.incoming("bob", "1002", "200");
    let after = Joiner {
        after: Some(Place::new("office", "200", 2)),
        ..Joiner::new(bob.channel)
    };
    world
        .step(|switch, now| switch.join(now, alice, after))
        .expect("joins");
    let_go(&mut world, bob);
    assert_eq!(world.hears(bob.channel), Some(Source::Channel(alice.channel)));
    world.signal(alice.channel, Signal::HungUp(Cause::NORMAL_CLEARING));
    let lease = world
        .switch
        .top_lease(bob.channel)
        .expect("the dialplan has it again");
    assert!(world.notices.contains(&Notice::RunDialplan {
        lease,
        place: Place::new("office", "200", 2)
    }));
}

#[test]
fn who_asked_is_told_that_the_other_will_not_come() {
    let mut world = World::new();
    let alice = world.incoming("alice", "1001", "100");
    let bob = world.incoming("bob", "1002", "200");
    let spec = Joiner::new(bob.channel);
    world
        .step(|switch, now| switch.join(now, alice, spec))
        .expect("joins");
    world.signal(bob.channel, Signal::HungUp(Cause::NORMAL_CLEARING));
    assert!(
        world
            .notices
            .iter()
            .any(|notice| matches!(notice, Notice::BridgeLeft { channel, .. } if *channel == alice.channel))
    );
    assert_eq!(world.has_ended(alice.channel), None);
}

#[test]
fn a_tone_is_heard_before_the_other() {
    let mut world = World::new();
    let alice = world.incoming("alice", "1001", "100");
    let bob = world.incoming("bob", "1002", "200");
    let beep: Arc<[Arc<str>]> = Arc::from([Arc::from("beep")]);
    let spec = Joiner {
        sounds: Some(beep),
        ..Joiner::new(bob.channel)
    };
    world
        .step(|switch, now| switch.bridge_channels(now, Joiner::new(alice.channel), spec))
        .expect("they can be bridged");
    let_go(&mut world, alice);
    let_go(&mut world, bob);
    let Some(Source::Playback { playback, .. }) = world.hears(bob.channel) else {
        panic!("bob hears {:?}", world.hears(bob.channel));
    };
    world.signal(
        bob.channel,
        Signal::PlaybackEnded {
            playback,
            complete: true,
        },
    );
    assert_eq!(world.hears(bob.channel), Some(Source::Channel(alice.channel)));
}
