//! Sessions that change while they run, from either side and from both at once.

use std::time::Duration;

use super::world::{World, sdp};
use crate::Status;
use crate::event::{EndedBy, Event};

fn wants_change(event: &Event) -> Option<crate::SessionId> {
    match event {
        Event::Reinvite { session, .. } => Some(*session),
        _ => None,
    }
}

#[test]
fn either_side_changes_the_session() {
    let mut world = World::new(2);
    let (caller, callee) = world.answered(0, 1);
    for (node, session) in [(0, caller), (1, callee)] {
        world.nodes[node]
            .reinvite(world.now, session, sdp())
            .expect("reinvite");
        world.settle();
        let other = world.expect(1 - node, wants_change);
        world.nodes[1 - node]
            .answer_reinvite(world.now, other, sdp())
            .expect("answer");
        world.settle();
        assert!(world.has_event(node, |event| matches!(
            event,
            Event::ReinviteAnswered { sdp: Some(_), .. }
        )));
        assert!(world.has_event(1 - node, |event| matches!(event, Event::Acknowledged { .. })));
    }
    world.nodes[0].hangup(world.now, caller, None).expect("hangup");
    world.assert_all_over();
}

#[test]
fn a_refused_change_leaves_the_call_as_it_was() {
    let mut world = World::new(2);
    let (caller, callee) = world.answered(0, 1);
    world.nodes[0]
        .reinvite(world.now, caller, sdp())
        .expect("reinvite");
    world.settle();
    world.nodes[1]
        .reject_reinvite(world.now, callee, Status(488))
        .expect("reject");
    world.settle();
    assert!(world.has_event(0, |event| matches!(
        event,
        Event::ReinviteFailed {
            status: Status(488),
            ..
        }
    )));
    world.nodes[0].hangup(world.now, caller, None).expect("hangup");
    world.settle();
    assert!(world.has_event(1, |event| matches!(event, Event::Ended { .. })));
}

#[test]
fn changes_that_cross_are_refused_with_491_and_tried_again() {
    let mut world = World::new(2);
    let (caller, callee) = world.answered(0, 1);
    world.nodes[0]
        .reinvite(world.now, caller, sdp())
        .expect("reinvite");
    world.nodes[1]
        .reinvite(world.now, callee, sdp())
        .expect("reinvite");
    world.settle();
    assert_eq!(
        (world.replied(0, 491, "INVITE"), world.replied(1, 491, "INVITE")),
        (1, 1)
    );
    let mut changes = 0;
    for _ in 0..50 {
        world.run_for(Duration::from_millis(100));
        for node in 0..2 {
            for event in world.events(node) {
                if let Event::Reinvite { session, .. } = event {
                    world.nodes[node]
                        .answer_reinvite(world.now, session, sdp())
                        .expect("answer");
                    changes += 1;
                }
            }
        }
    }
    assert_eq!(changes, 2, "each side's second try succeeds");
    world.nodes[0].hangup(world.now, caller, None).expect("hangup");
    world.assert_all_over();
}

#[test]
fn a_change_while_another_waits_is_refused() {
    let mut world = World::new(2);
    let (caller, callee) = world.answered(0, 1);
    world.nodes[0]
        .reinvite(world.now, caller, sdp())
        .expect("reinvite");
    world.settle();
    assert_eq!(
        world.nodes[0].reinvite(world.now, caller, sdp()),
        Err(crate::Refusal::WrongState)
    );
    assert_eq!(
        world.nodes[1].reinvite(world.now, callee, sdp()),
        Err(crate::Refusal::WrongState)
    );
}

#[test]
fn a_change_nobody_answers_ends_the_call() {
    let mut world = World::new(2);
    let (caller, _) = world.answered(0, 1);
    world.lose(u32::MAX, |_| true);
    world.nodes[0]
        .reinvite(world.now, caller, sdp())
        .expect("reinvite");
    world.run_for(Duration::from_secs(33));
    let by = world.expect(0, |event| match event {
        Event::Ended { ending, .. } => Some(ending.by),
        _ => None,
    });
    assert_eq!(by, EndedBy::Lost);
    world.heal();
    world.assert_all_over();
}

#[test]
fn hanging_up_while_a_change_waits_ends_both() {
    let mut world = World::new(2);
    let (caller, callee) = world.answered(0, 1);
    world.nodes[0]
        .reinvite(world.now, caller, sdp())
        .expect("reinvite");
    world.settle();
    world.nodes[1].hangup(world.now, callee, None).expect("hangup");
    world.settle();
    assert_eq!(world.replied(1, 487, "INVITE"), 1);
    assert!(world.has_event(0, |event| matches!(event, Event::Ended { .. })));
    world.assert_all_over();
}
