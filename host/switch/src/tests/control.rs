//! Leases, interruption, redirect and what a controller may do.

use super::world::{World, leg, to};
use crate::{DialLeg, OriginateRequest};
use std::sync::Arc;
use std::time::Duration;
use ucx_call::*;

fn interrupted(world: &World) -> Vec<(Lease, Interruption)> {
    let told = world.notices.iter().filter_map(|notice| match notice {
        Notice::Interrupted { lease, by } => Some((*lease, *by)),
        _ => None,
    });
    told.collect()
}

#[test]
fn only_the_top_lease_drives() {
    let mut world = World::new();
    let dialplan = world.incoming("alice", "1001", "100");
    let holder = Holder::Application(Arc::from("Queue"));
    let top = world
        .step(|switch, now| switch.push_lease(now, dialplan, holder))
        .expect("is on top");
    assert_eq!(
        world.step(|switch, now| switch.answer(now, dialplan)),
        Err(Refusal::NotInControl)
    );
    assert_eq!(world.step(|switch, now| switch.answer(now, top)), Ok(()));
    world.step(|switch, now| switch.release(now, top));
    assert_eq!(
        world.step(|switch, now| switch.echo(now, top)),
        Err(Refusal::NotInControl)
    );
    assert_eq!(world.step(|switch, now| switch.echo(now, dialplan)), Ok(()));
}

#[test]
fn a_hangup_unwinds_from_the_top_one_layer_at_a_time() {
    let mut world = World::new();
    let dialplan = world.incoming("alice", "1001", "100");
    let queue = Holder::Application(Arc::from("Queue"));
    let middle = world
        .step(|switch, now| switch.push_lease(now, dialplan, queue))
        .expect("is on top");
    let flow = Holder::Plugin(Arc::from("ivr"), 3);
    let top = world
        .step(|switch, now| switch.push_lease(now, middle, flow))
        .expect("is on top");
    world.signal(dialplan.channel, Signal::HungUp(Cause::NORMAL_CLEARING));
    assert_eq!(interrupted(&world), [(top, Interruption::HungUp)]);
    assert_eq!(
        world.step(|switch, now| switch.answer(now, top)),
        Err(Refusal::Interrupted(Interruption::HungUp))
    );
    world.step(|switch, now| switch.release(now, top));
    world.step(|switch, now| switch.release(now, middle));
    let by = Interruption::HungUp;
    assert_eq!(interrupted(&world), [(top, by), (middle, by), (dialplan, by)]);
    let place = Place::new("office", "h", 1);
    world
        .step(|switch, now| switch.step(now, dialplan, place, "NoOp", "over"))
        .expect("works while ending");
    world.step(|switch, now| switch.finish(now, dialplan, Cause::NORMAL_CLEARING));
    assert!(world.switch.is_empty());
}

#[test]
fn a_redirect_makes_the_channel_live_again_elsewhere() {
    let mut world = World::new();
    let (alice, bob) = world.talking();
    let there = Place::new("office", "dest", 1);
    world
        .step(|switch, now| switch.redirect(now, alice.channel, there.clone()))
        .expect("is redirected");
    assert!(world.has_ended(bob).is_some(), "the peer that is left is hung up");
    assert_eq!(interrupted(&world), [(alice, Interruption::Redirected)]);
    assert_eq!(
        world.step(|switch, now| switch.redirected_to(now, alice)),
        Some(there)
    );
    world
        .step(|switch, now| switch.echo(now, alice))
        .expect("is live again");
    assert_eq!(world.hears(alice.channel), Some(Source::Echo));
}

#[test]
fn a_callee_that_is_redirected_starts_in_the_dialplan_and_its_caller_goes_on() {
    let mut world = World::new();
    let (alice, bob) = world.talking();
    let there = Place::new("office", "dest", 1);
    world
        .step(|switch, now| switch.redirect(now, bob, there.clone()))
        .expect("is redirected");
    assert_eq!(world.has_ended(bob), None);
    assert!(
        world
            .notices
            .iter()
            .any(|n| matches!(n, Notice::RunDialplan { lease, .. } if lease.channel == bob))
    );
    assert!(
        world
            .notices
            .iter()
            .any(|n| matches!(n, Notice::BridgeLeft { channel, .. } if *channel == alice.channel))
    );
    assert_eq!(world.switch.interruption(alice.channel), None);
}

#[test]
fn a_hangup_is_stronger_than_a_redirect_on_its_way() {
    let mut world = World::new();
    let alice = world.incoming("alice", "1001", "100");
    let queue = Holder::Application(Arc::from("Queue"));
    let top = world
        .step(|switch, now| switch.push_lease(now, alice, queue))
        .expect("is on top");
    let there = Place::new("office", "dest", 1);
    world
        .step(|switch, now| switch.redirect(now, alice.channel, there.clone()))
        .expect("is redirected");
    world.signal(alice.channel, Signal::HungUp(Cause::NORMAL_CLEARING));
    world.step(|switch, now| switch.release(now, top));
    assert_eq!(interrupted(&world).last(), Some(&(alice, Interruption::HungUp)));
    assert_eq!(world.step(|switch, now| switch.redirected_to(now, alice)), None);
    let again = world.step(|switch, now| switch.redirect(now, alice.channel, there));
    assert_eq!(again, Err(Refusal::Conflict("the channel is ending")));
}

#[test]
fn a_leg_that_is_not_answered_cannot_be_redirected() {
    let mut world = World::new();
    let alice = world.incoming("alice", "1001", "1002");
    world
        .step(|switch, now| switch.dial(now, alice, to(vec![leg("bob", "1002")], 20)))
        .expect("dials");
    let bob = world.named("PJSIP/bob");
    let result = world.step(|switch, now| switch.redirect(now, bob, Place::new("office", "dest", 1)));
    assert_eq!(result, Err(Refusal::Conflict("the channel is not answered")));
}

#[test]
fn playback_ends_are_told_once_whether_finished_or_cut_off() {
    let mut world = World::new();
    let alice = world.incoming("alice", "1001", "100");
    let sounds: Arc<[Arc<str>]> = Arc::from([Arc::from("hello")]);
    let first = world
        .step(|switch, now| switch.play(now, alice, sounds.clone()))
        .expect("plays");
    world.signal(
        alice.channel,
        Signal::PlaybackEnded {
            playback: first,
            complete: true,
        },
    );
    let second = world
        .step(|switch, now| switch.play(now, alice, sounds.clone()))
        .expect("plays");
    world
        .step(|switch, now| switch.stop_playing(now, alice))
        .expect("stops");
    world.signal(
        alice.channel,
        Signal::PlaybackEnded {
            playback: second,
            complete: false,
        },
    );
    let ends: Vec<_> = world
        .notices
        .iter()
        .filter_map(|notice| match notice {
            Notice::PlaybackEnded {
                playback, complete, ..
            } => Some((*playback, *complete)),
            _ => None,
        })
        .collect();
    assert_eq!(ends, [(first, true), (second, false)]);
}

#[test]
fn the_time_limit_of_a_channel_interrupts_and_can_be_survived() {
    let mut world = World::new();
    let alice = world.incoming("alice", "1001", "100");
    world.step(|switch, now| switch.set_absolute_timeout(now, alice.channel, Some(Duration::from_secs(5))));
    world.now = world.switch.poll_timeout().expect("the limit is a timer");
    world.step(|switch, now| switch.handle_timeout(now));
    assert_eq!(interrupted(&world), [(alice, Interruption::TimedOut)]);
    assert!(world.step(|switch, now| switch.resume(now, alice)));
    assert_eq!(world.step(|switch, now| switch.answer(now, alice)), Ok(()));
}

#[test]
fn an_originated_call_waits_for_the_desk_and_then_runs_the_dialplan() {
    let mut world = World::new();
    let request = OriginateRequest {
        parent: None,
        leg: leg("bob", "1002"),
        timeout: Some(Duration::from_secs(5)),
        caller: Party::new("900", ""),
        account: None,
        variables: vec![(Arc::from("X"), Arc::from("1"))],
        uniqueid: None,
        second_uniqueid: None,
        leads_nowhere: false,
        is_caller_first: false,
    };
    let (dial, bob) = world
        .step(|switch, now| switch.originate(now, request))
        .expect("originates");
    world.signal(bob, Signal::Answered);
    let answered = Notice::DialDone {
        owner: None,
        dial,
        outcome: DialOutcome::Answered(bob),
    };
    assert!(world.notices.contains(&answered));
    world
        .step(|switch, now| switch.start_dialplan(now, bob, Place::new("office", "echo", 1)))
        .expect("starts");
    assert_eq!(world.switch.channel(bob).expect("lives").caller.number(), "900");
    assert_eq!(world.variable(bob, "X"), "1");
    let again = world.step(|switch, now| switch.start_dialplan(now, bob, Place::new("office", "echo", 1)));
    assert_eq!(again, Err(Refusal::Conflict("the channel is controlled already")));
}

#[test]
fn a_full_switch_refuses_new_calls_and_goes_on() {
    let mut world = World::new();
    world.switch.config.limits.channels = 2;
    let alice = world.incoming("alice", "1001", "100");
    let _bob = world.incoming("bob", "1002", "100");
    let refused = world.step(|switch, now| switch.dial(now, alice, to(vec![leg("carol", "1003")], 5)));
    assert_eq!(refused, Err(Refusal::Full("channels")));
    assert_eq!(world.step(|switch, now| switch.answer(now, alice)), Ok(()));
}

#[test]
fn a_call_of_the_hosts_own_may_be_handed_over_before_it_is_answered() {
    for goes_early in [false, true] {
        let mut world = World::new();
        let leg = DialLeg {
            goes_early,
            ..leg("bob", "1002")
        };
        let request = OriginateRequest {
            leg,
            timeout: Some(Duration::from_secs(5)),
            caller: Party::new("7000", "Robot"),
            account: None,
            variables: Vec::new(),
            uniqueid: None,
            second_uniqueid: None,
            parent: None,
            leads_nowhere: false,
            is_caller_first: true,
        };
        let (dial, channel) = world
            .step(|switch, now| switch.originate(now, request))
            .expect("originates");
        world.signal(channel, Signal::Ringing);
        world.signal(channel, Signal::Progress);
        let is_decided = |world: &World| {
            let decided = Notice::DialDone {
                owner: None,
                dial,
                outcome: DialOutcome::Answered(channel),
            };
            world.notices.contains(&decided)
        };
        assert_eq!(is_decided(&world), goes_early);
        let state = |world: &World| world.switch.channel(channel).map(|channel| channel.state);
        assert_eq!(state(&world), Some(ChannelState::Ringing));
        if goes_early {
            world
                .step(|switch, now| switch.start_dialplan(now, channel, Place::new("main", "s", 1)))
                .expect("it is free");
            // Nobody else can answer it, and no time is up for it any more.
            let lease = world.switch.top_lease(channel).expect("the dialplan holds it");
            world
                .step(|switch, now| switch.answer(now, lease))
                .expect("nothing happens");
            assert_eq!(state(&world), Some(ChannelState::Ringing));
            world.now += Duration::from_secs(10);
            world.step(|switch, now| switch.handle_timeout(now));
        }
        world.signal(channel, Signal::Answered);
        assert_eq!(state(&world), Some(ChannelState::Up));
        assert!(is_decided(&world));
    }
}
