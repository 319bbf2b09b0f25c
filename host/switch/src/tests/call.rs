//! Calls between two and more endpoints.

use super::world::{World, leg, to};
use crate::{DialLeg, DialTarget};
use std::sync::Arc;
use std::time::Duration;
use ucx_call::*;

#[test]
fn an_answered_call_tells_its_story_in_the_known_order() {
    let mut world = World::new();
    let (alice, bob) = world.talking();
    world.signal(alice.channel, Signal::HungUp(Cause::NORMAL_CLEARING));
    world.step(|switch, now| switch.finish(now, alice, Cause::NORMAL_CLEARING));
    let expected = [
        "new alice Ring",
        "new bob Down",
        "dial bob",
        "state bob Ringing",
        "dial bob RINGING",
        "state bob Up",
        "dialled bob ANSWER",
        "state alice Up",
        "bridge",
        "enter bob 1",
        "enter alice 2",
        "hangup alice 16",
        "leave alice 1",
        "leave bob 0",
        "unbridge",
        "end bob 16",
        "hangup-soft alice 16",
        "end alice 16",
    ];
    assert_eq!(world.log(), expected);
    assert!(world.switch.is_empty());
    assert!(world.actions.contains(&Action::Hangup {
        channel: bob,
        cause: Cause::NORMAL_CLEARING
    }));
    assert!(
        !world
            .actions
            .iter()
            .any(|a| matches!(a, Action::Hangup { channel, .. } if *channel == alice.channel))
    );
}

#[test]
fn both_hear_each_other_while_bridged_and_nothing_after() {
    let mut world = World::new();
    let (alice, bob) = world.talking();
    assert_eq!(world.hears(alice.channel), Some(Source::Channel(bob)));
    assert_eq!(world.hears(bob), Some(Source::Channel(alice.channel)));
    world.signal(bob, Signal::HungUp(Cause::NORMAL_CLEARING));
    assert_eq!(world.hears(alice.channel), Some(Source::Silence));
}

#[test]
fn a_callee_who_hangs_up_leaves_the_caller_to_its_dialplan() {
    let mut world = World::new();
    let (alice, bob) = world.talking();
    world.signal(bob, Signal::HungUp(Cause::NORMAL_CLEARING));
    assert_eq!(world.has_ended(bob), Some(Cause::NORMAL_CLEARING));
    assert!(
        world
            .notices
            .iter()
            .any(|n| matches!(n, Notice::BridgeLeft { channel, .. } if *channel == alice.channel))
    );
    assert_eq!(world.variable(alice.channel, "DIALSTATUS"), "ANSWER");
    assert_eq!(world.switch.interruption(alice.channel), None);
}

#[test]
fn busy_is_told_with_its_cause() {
    let mut world = World::new();
    let alice = world.incoming("alice", "1001", "1002");
    world
        .step(|switch, now| switch.dial(now, alice, to(vec![leg("bob", "1002")], 20)))
        .expect("dials");
    let bob = world.named("PJSIP/bob");
    world.signal(bob, Signal::Failed(Cause::USER_BUSY));
    assert_eq!(world.variable(alice.channel, "DIALSTATUS"), "BUSY");
    let outcome = DialOutcome::Failed {
        status: DialStatus::Busy,
        cause: Cause::USER_BUSY,
    };
    assert!(
        world
            .notices
            .iter()
            .any(|n| matches!(n, Notice::DialDone { outcome: o, .. } if *o == outcome))
    );
    assert_eq!(world.has_ended(bob), Some(Cause::USER_BUSY));
    world.step(|switch, now| switch.finish(now, alice, Cause::NORMAL_CLEARING));
    assert_eq!(world.has_ended(alice.channel), Some(Cause::USER_BUSY));
}

#[test]
fn nobody_answers_in_time() {
    let mut world = World::new();
    let alice = world.incoming("alice", "1001", "1002");
    world
        .step(|switch, now| switch.dial(now, alice, to(vec![leg("bob", "1002")], 2)))
        .expect("dials");
    let bob = world.named("PJSIP/bob");
    world.signal(bob, Signal::Ringing);
    assert!(world.actions.contains(&Action::Indicate {
        channel: alice.channel,
        indication: Indication::Ringing
    }));
    let due = world.switch.poll_timeout().expect("the dial has a time limit");
    world.now = due;
    world.step(|switch, now| switch.handle_timeout(now));
    assert_eq!(world.variable(alice.channel, "DIALSTATUS"), "NOANSWER");
    assert_eq!(world.has_ended(bob), Some(Cause::NONE));
    assert_eq!(world.switch.poll_timeout(), None);
}

#[test]
fn the_first_of_three_to_answer_wins_and_the_others_are_called_off() {
    let mut world = World::new();
    let alice = world.incoming("alice", "1001", "1100");
    let legs = vec![leg("bob", "1002"), leg("carol", "1003"), leg("dave", "1004")];
    world
        .step(|switch, now| switch.dial(now, alice, to(legs, 20)))
        .expect("dials");
    let [bob, carol, dave] = ["bob", "carol", "dave"].map(|who| world.named(&format!("PJSIP/{who}")));
    for id in [bob, carol, dave] {
        world.signal(id, Signal::Ringing);
    }
    world.signal(carol, Signal::Answered);
    assert_eq!(world.has_ended(bob), Some(Cause::ANSWERED_ELSEWHERE));
    assert_eq!(world.has_ended(dave), Some(Cause::ANSWERED_ELSEWHERE));
    assert_eq!(world.variable(alice.channel, "DIALEDPEERNUMBER"), "carol");
    let ends: Vec<_> = world
        .log()
        .into_iter()
        .filter(|line| line.starts_with("dialled"))
        .collect();
    assert_eq!(
        ends,
        [
            "dialled bob CANCEL",
            "dialled dave CANCEL",
            "dialled carol ANSWER"
        ]
    );
    assert_eq!(
        world
            .switch
            .channel(alice.channel)
            .expect("lives")
            .connected
            .number(),
        "1003"
    );
}

#[test]
fn a_caller_who_gives_up_cancels_the_dial() {
    let mut world = World::new();
    let alice = world.incoming("alice", "1001", "1002");
    world
        .step(|switch, now| switch.dial(now, alice, to(vec![leg("bob", "1002")], 20)))
        .expect("dials");
    let bob = world.named("PJSIP/bob");
    world.signal(bob, Signal::Ringing);
    world.signal(alice.channel, Signal::HungUp(Cause::INTERWORKING));
    assert_eq!(world.has_ended(bob), Some(Cause::INTERWORKING));
    assert_eq!(world.variable(alice.channel, "DIALSTATUS"), "CANCEL");
    world.step(|switch, now| switch.finish(now, alice, Cause::NORMAL_CLEARING));
    assert_eq!(world.has_ended(alice.channel), Some(Cause::INTERWORKING));
}

#[test]
fn an_endpoint_without_a_contact_makes_no_channel() {
    let mut world = World::new();
    let alice = world.incoming("alice", "1001", "1005");
    let gone = DialTarget::Unavailable {
        endpoint: Arc::from("erin"),
        cause: Cause::NO_ROUTE_DESTINATION,
    };
    world
        .step(|switch, now| switch.dial(now, alice, to(vec![DialLeg::new(gone, "erin")], 2)))
        .expect("dials");
    assert_eq!(world.switch.channels().count(), 1);
    assert_eq!(world.variable(alice.channel, "DIALSTATUS"), "CHANUNAVAIL");
    assert_eq!(
        world.switch.channel(alice.channel).expect("lives").cause,
        Cause::NO_ROUTE_DESTINATION
    );
}

#[test]
fn early_media_is_heard_before_the_answer_and_without_a_gap_after() {
    let mut world = World::new();
    let alice = world.incoming("alice", "1001", "1002");
    world
        .step(|switch, now| switch.dial(now, alice, to(vec![leg("bob", "1002")], 20)))
        .expect("dials");
    let bob = world.named("PJSIP/bob");
    world.signal(bob, Signal::Progress);
    assert_eq!(world.hears(alice.channel), Some(Source::Channel(bob)));
    assert!(world.actions.contains(&Action::Indicate {
        channel: alice.channel,
        indication: Indication::Progress
    }));
    world.signal(bob, Signal::Answered);
    world
        .step(|switch, now| switch.answer(now, alice))
        .expect("answers");
    world
        .step(|switch, now| switch.connect(now, alice, bob))
        .expect("connects");
    let heard = world
        .actions
        .iter()
        .filter(|a| matches!(a, Action::Hear { channel, .. } if *channel == alice.channel));
    assert_eq!(
        heard.count(),
        1,
        "one instruction serves early media and the bridge"
    );
}

#[test]
fn an_answered_caller_hears_ringing_as_a_tone() {
    let mut world = World::new();
    let alice = world.incoming("alice", "1001", "1002");
    world
        .step(|switch, now| switch.answer(now, alice))
        .expect("answers");
    world
        .step(|switch, now| switch.dial(now, alice, to(vec![leg("bob", "1002")], 20)))
        .expect("dials");
    let bob = world.named("PJSIP/bob");
    world.signal(bob, Signal::Ringing);
    assert_eq!(world.hears(alice.channel), Some(Source::Tone(Tone::Ringing)));
    world.signal(bob, Signal::Failed(Cause::USER_BUSY));
    assert_eq!(world.hears(alice.channel), Some(Source::Silence));
}

#[test]
fn a_peer_that_nobody_takes_goes_with_its_caller() {
    let mut world = World::new();
    let alice = world.incoming("alice", "1001", "1002");
    world
        .step(|switch, now| switch.dial(now, alice, to(vec![leg("bob", "1002")], 20)))
        .expect("dials");
    let bob = world.named("PJSIP/bob");
    world.signal(bob, Signal::Answered);
    world.step(|switch, now| switch.finish(now, alice, Cause::NORMAL_CLEARING));
    assert!(world.has_ended(bob).is_some());
    assert!(world.switch.is_empty());
}

#[test]
fn digits_of_a_bridged_caller_are_told_on_both_sides() {
    let mut world = World::new();
    let (alice, bob) = world.talking();
    world.signal(alice.channel, Signal::DigitBegan('5'));
    world.signal(alice.channel, Signal::DigitEnded('5', Duration::from_millis(120)));
    let sides: Vec<_> = world
        .events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::DigitEnded {
                channel, digit, side, ..
            } => Some((channel.id, *digit, *side)),
            _ => None,
        })
        .collect();
    assert_eq!(
        sides,
        [
            (alice.channel, '5', DigitSide::Received),
            (bob, '5', DigitSide::Sent)
        ]
    );
}

#[test]
fn inherited_variables_go_one_or_all_generations() {
    let mut world = World::new();
    let alice = world.incoming("alice", "1001", "1002");
    for (name, value) in [("_ONCE", "1"), ("__ALWAYS", "2"), ("NEVER", "3")] {
        world
            .step(|switch, now| switch.set_variable(now, alice.channel, name, value))
            .expect("is set");
    }
    world
        .step(|switch, now| switch.dial(now, alice, to(vec![leg("bob", "1002")], 2)))
        .expect("dials");
    let bob = world.named("PJSIP/bob");
    let names: Vec<_> = world
        .switch
        .variables(bob)
        .into_iter()
        .map(|(name, _)| name.to_string())
        .collect();
    assert_eq!(names, ["DIALEDPEERNUMBER", "ONCE", "__ALWAYS"]);
    assert_eq!(world.variable(bob, "ALWAYS"), "2");
}

#[test]
fn the_dialplan_gives_the_cause_unless_somebody_hung_up() {
    let mut world = World::new();
    let alice = world.incoming("alice", "1001", "1002");
    world
        .step(|switch, now| switch.dial(now, alice, to(vec![leg("bob", "1002")], 20)))
        .expect("dials");
    let bob = world.named("PJSIP/bob");
    world.signal(bob, Signal::Failed(Cause::USER_BUSY));
    world.step(|switch, now| switch.wind_up(now, alice, Cause::CALL_REJECTED));
    assert_eq!(
        world.step(|switch, now| switch.answer(now, alice)),
        Err(Refusal::Interrupted(Interruption::HungUp))
    );
    world.step(|switch, now| switch.finish(now, alice, Cause::NORMAL_CLEARING));
    assert_eq!(world.has_ended(alice.channel), Some(Cause::CALL_REJECTED));

    let mut world = World::new();
    let alice = world.incoming("alice", "1001", "100");
    world.signal(alice.channel, Signal::HungUp(Cause::DESTINATION_OUT_OF_ORDER));
    world.step(|switch, now| switch.wind_up(now, alice, Cause::CALL_REJECTED));
    world.step(|switch, now| switch.finish(now, alice, Cause::NORMAL_CLEARING));
    assert_eq!(
        world.has_ended(alice.channel),
        Some(Cause::DESTINATION_OUT_OF_ORDER)
    );
    let soft = world
        .log()
        .iter()
        .filter(|line| line.starts_with("hangup-soft"))
        .count();
    assert_eq!(soft, 1, "the end is told once");
}

#[test]
fn a_caller_left_behind_takes_over_the_cause_of_its_peer() {
    let mut world = World::new();
    let (alice, bob) = world.talking();
    world.signal(bob, Signal::HungUp(Cause::NORMAL_CLEARING));
    assert_eq!(
        world.switch.channel(alice.channel).expect("lives").cause,
        Cause::NORMAL_CLEARING
    );
}
#[test]
fn a_leg_that_moved_sends_the_call_on_in_its_own_context() {
    let mut world = World::new();
    let alice = world.incoming("alice", "1001", "100");
    world
        .step(|switch, now| switch.dial(now, alice, to(vec![leg("bob", "1002")], 20)))
        .expect("is dialled");
    let bob = world.named("PJSIP/bob");
    let moved = Signal::Forwarded(Arc::from("1003"), Cause::NORMAL_TEMPORARY_FAILURE);
    world.signal(bob, moved);
    assert!(world.has_ended(bob).is_some());
    let locals: Vec<_> = world
        .switch
        .channels()
        .filter(|channel| channel.technology == Technology::Local)
        .map(|channel| {
            (
                channel.endpoint.to_string(),
                channel.connected.number().to_owned(),
            )
        })
        .collect();
    assert_eq!(
        locals,
        [
            ("1003@office".to_owned(), "1001".to_owned()),
            ("1003@office".to_owned(), "100".to_owned())
        ]
    );
    assert!(
        world
            .notices
            .iter()
            .all(|notice| !matches!(notice, Notice::DialDone { .. })),
        "the dial goes on"
    );
}

#[test]
fn two_who_name_each_other_come_to_an_end() {
    let mut world = World::new();
    let alice = world.incoming("alice", "1001", "100");
    world
        .step(|switch, now| switch.dial(now, alice, to(vec![leg("bob", "1002")], 20)))
        .expect("is dialled");
    let mut owner = alice;
    // Each extension dials its phone, which sends the call on again.
    for _ in 0..50 {
        let Some(dial) = world
            .switch
            .channels()
            .filter(|channel| channel.name.starts_with("PJSIP/bob"))
            .last()
        else {
            break;
        };
        let bob = dial.id;
        world.signal(
            bob,
            Signal::Forwarded(Arc::from("1002"), Cause::NORMAL_TEMPORARY_FAILURE),
        );
        let second = world
            .switch
            .channels()
            .filter(|channel| channel.name.ends_with(";2"))
            .last()
            .map(|channel| channel.id);
        let Some(lease) = second
            .and_then(|id| world.switch.top_lease(id))
            .filter(|lease| *lease != owner)
        else {
            break;
        };
        owner = lease;
        let dialled = world.step(|switch, now| switch.dial(now, owner, to(vec![leg("bob", "1002")], 20)));
        if dialled.is_err() {
            break;
        }
    }
    let lives = world.switch.channels().count();
    assert!(lives < 60, "{lives} channels live");
}
