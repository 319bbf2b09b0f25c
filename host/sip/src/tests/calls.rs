//! Calls between two endpoints: set-up, refusal, giving up, ending, and what loss does to them.

use std::time::Duration;

use super::world::{World, address, header, sdp};
use crate::event::{EndedBy, Event};
use crate::{Reach, Status};

fn ended_by(world: &mut World, node: usize) -> EndedBy {
    world.expect(node, |event| match event {
        Event::Ended { ending, .. } => Some(ending.by),
        _ => None,
    })
}

fn failed_with(world: &mut World, node: usize) -> u16 {
    world.expect(node, |event| match event {
        Event::Failed { failure, .. } => Some(failure.status.0),
        _ => None,
    })
}

#[test]
fn an_answered_call_rings_talks_and_ends() {
    let mut world = World::new(2);
    let (caller, _) = world.answered(0, 1);
    let events = world.events(0);
    assert!(
        matches!(
            events[0],
            Event::Ringing {
                status: Status(180),
                ..
            }
        ),
        "{events:?}"
    );
    assert!(
        matches!(&events[1], Event::Answered { sdp: Some(sdp), headers, .. }
            if sdp.starts_with(b"v=0") && headers.contact().is_ok()),
        "{events:?}"
    );
    assert!(world.has_event(1, |event| matches!(event, Event::Acknowledged { sdp: None, .. })));
    world.nodes[0]
        .hangup(world.now, caller, Some(16))
        .expect("hangup");
    world.settle();
    assert_eq!(ended_by(&mut world, 0), EndedBy::Us);
    let ending = world.expect(1, |event| match event {
        Event::Ended { ending, .. } => Some(*ending),
        _ => None,
    });
    assert_eq!((ending.by, ending.q850), (EndedBy::Peer, Some(16)));
    world.assert_all_over();
    let per_node = [
        world.log.iter().filter(|(from, _)| *from == 0).count(),
        world.log.len(),
    ];
    assert_eq!(
        per_node,
        [3, 6],
        "INVITE, ACK, BYE and 180, 200, 200: {:#?}",
        world.log
    );
}

#[test]
fn the_callee_may_hang_up_too() {
    let mut world = World::new(2);
    let (_, callee) = world.answered(0, 1);
    world.nodes[1].hangup(world.now, callee, None).expect("hangup");
    world.settle();
    assert_eq!(ended_by(&mut world, 0), EndedBy::Peer);
    assert_eq!(ended_by(&mut world, 1), EndedBy::Us);
    world.assert_all_over();
}

#[test]
fn a_slow_owner_makes_a_100_go_out_by_itself() {
    let mut world = World::new(2);
    world.invite(0, 1);
    world.run_for(Duration::from_millis(100));
    assert_eq!(world.replied(1, 100, "INVITE"), 0);
    world.run_for(Duration::from_millis(300));
    assert_eq!(world.replied(1, 100, "INVITE"), 1);
    assert!(world.has_event(0, |event| matches!(event, Event::Trying { .. })));
    assert_eq!(world.sent(0, "INVITE"), 1, "no repetition after a 100");
}

#[test]
fn a_refusal_tells_status_and_cause_and_is_acknowledged() {
    let mut world = World::new(2);
    world.invite(0, 1);
    world.settle();
    let callee = world.expect_incoming(1);
    world.nodes[1]
        .reject(world.now, callee, Status::BUSY_HERE, Some(17))
        .expect("reject");
    world.settle();
    let failure = world.expect(0, |event| match event {
        Event::Failed { failure, .. } => Some(failure.clone()),
        _ => None,
    });
    assert_eq!((failure.status, failure.q850), (Status::BUSY_HERE, Some(17)));
    assert_eq!(world.sent(0, "ACK"), 1);
    world.assert_all_over();
    assert_eq!(world.replied(1, 486, "INVITE"), 1, "the ACK stops timer G");
}

#[test]
fn a_lost_refusal_is_repeated_until_its_ack() {
    let mut world = World::new(2);
    world.invite(0, 1);
    world.settle();
    let callee = world.expect_incoming(1);
    world.lose(2, |text| text.starts_with("SIP/2.0 486"));
    world.lose(1, |text| text.starts_with("ACK"));
    world.nodes[1]
        .reject(world.now, callee, Status::BUSY_HERE, None)
        .expect("reject");
    world.run_for(Duration::from_secs(10));
    assert_eq!(failed_with(&mut world, 0), 486);
    assert!(world.replied(1, 486, "INVITE") >= 4);
    assert_eq!(
        world.sent(0, "ACK"),
        2,
        "each repetition that arrives is acknowledged"
    );
    world.assert_all_over();
}

#[test]
fn hanging_up_before_any_reply_waits_with_the_cancel() {
    let mut world = World::new(2);
    world.lose(1, |text| text.starts_with("INVITE"));
    let caller = world.invite(0, 1);
    world.settle();
    world.nodes[0]
        .hangup(world.now, caller, Some(127))
        .expect("hangup");
    world.settle();
    assert_eq!(world.sent(0, "CANCEL"), 0);
    assert_eq!(ended_by(&mut world, 0), EndedBy::Us);
    world.run_for(Duration::from_secs(2));
    assert_eq!(world.sent(0, "CANCEL"), 1, "after the 100");
    assert!(world.has_event(1, |event| matches!(
        event,
        Event::Cancelled { q850: Some(127), .. }
    )));
    assert_eq!(world.replied(1, 487, "INVITE"), 1);
    world.assert_all_over();
}

#[test]
fn hanging_up_while_it_rings_cancels() {
    let mut world = World::new(2);
    let caller = world.invite(0, 1);
    world.settle();
    let callee = world.expect_incoming(1);
    world.nodes[1].ring(world.now, callee).expect("ring");
    world.settle();
    world.nodes[0].hangup(world.now, caller, None).expect("hangup");
    world.settle();
    assert!(world.has_event(1, |event| matches!(event, Event::Cancelled { .. })));
    assert!(
        world.nodes[1].answer(world.now, callee, sdp()).is_err(),
        "the session is over"
    );
    assert_eq!(world.replied(1, 200, "CANCEL"), 1);
    assert_eq!((world.sent(0, "ACK"), world.sent(0, "BYE")), (1, 0));
    assert!(
        !world.has_event(0, |event| matches!(event, Event::Failed { .. })),
        "the end was told before"
    );
    world.assert_all_over();
}

#[test]
fn cancel_crossing_200_ends_with_bye() {
    let mut world = World::new(2);
    let caller = world.invite(0, 1);
    world.settle();
    let callee = world.expect_incoming(1);
    world.nodes[1].ring(world.now, callee).expect("ring");
    world.settle();
    world.nodes[0]
        .hangup(world.now, caller, Some(16))
        .expect("hangup");
    world.nodes[1].answer(world.now, callee, sdp()).expect("answer");
    world.settle();
    assert_eq!(
        (
            world.sent(0, "CANCEL"),
            world.sent(0, "ACK"),
            world.sent(0, "BYE")
        ),
        (1, 1, 1)
    );
    assert_eq!(world.replied(1, 487, "INVITE"), 0);
    assert_eq!(world.replied(1, 200, "CANCEL"), 1);
    assert_eq!(ended_by(&mut world, 1), EndedBy::Peer);
    assert_eq!(ended_by(&mut world, 0), EndedBy::Us);
    assert!(!world.has_event(0, |event| matches!(event, Event::Answered { .. })));
    world.assert_all_over();
}

#[test]
fn a_callee_that_never_answers_a_cancel_is_given_up_after_64_t1() {
    let mut world = World::new(2);
    let caller = world.invite(0, 1);
    world.settle();
    let callee = world.expect_incoming(1);
    world.nodes[1].ring(world.now, callee).expect("ring");
    world.settle();
    world.lose(u32::MAX, |_| true);
    world.nodes[0].hangup(world.now, caller, None).expect("hangup");
    world.run_for(Duration::from_secs(40));
    assert_eq!(world.nodes[0].load().sessions, 0);
    assert_eq!(world.nodes[0].load().transactions, 0);
}

#[test]
fn silence_fails_the_call_with_408_after_64_t1() {
    let mut world = World::new(2);
    world.lose(u32::MAX, |_| true);
    world.invite(0, 1);
    world.run_for(Duration::from_millis(31_900));
    assert!(!world.has_event(0, |event| matches!(event, Event::Failed { .. })));
    world.run_for(Duration::from_millis(200));
    assert_eq!(failed_with(&mut world, 0), 408);
    assert_eq!(
        world.sent(0, "INVITE"),
        7,
        "at 0, 0.5, 1.5, 3.5, 7.5, 15.5 and 31.5 s"
    );
    world.assert_all_over();
}

#[test]
fn a_lost_200_is_repeated_until_the_ack() {
    let mut world = World::new(2);
    world.lose(2, |text| text.starts_with("SIP/2.0 200"));
    world.lose(1, |text| text.starts_with("ACK"));
    world.answered(0, 1);
    world.run_for(Duration::from_secs(10));
    assert!(world.has_event(1, |event| matches!(event, Event::Acknowledged { .. })));
    assert_eq!(
        world.replied(1, 200, "INVITE"),
        4,
        "two lost, one with its ACK lost, one good"
    );
    assert_eq!(world.sent(0, "ACK"), 2);
    let answers = world
        .events(0)
        .iter()
        .filter(|event| matches!(event, Event::Answered { .. }))
        .count();
    assert_eq!(answers, 1, "repetitions are not told");
}

#[test]
fn a_200_that_is_never_acknowledged_ends_with_bye_after_64_t1() {
    let mut world = World::new(2);
    world.lose(u32::MAX, |text| text.starts_with("ACK"));
    world.answered(0, 1);
    world.run_for(Duration::from_millis(31_900));
    assert_eq!(world.sent(1, "BYE"), 0);
    world.run_for(Duration::from_millis(300));
    assert_eq!(world.sent(1, "BYE"), 1);
    assert_eq!(ended_by(&mut world, 1), EndedBy::AckMissing);
    assert_eq!(ended_by(&mut world, 0), EndedBy::Peer);
    world.assert_all_over();
}

#[test]
fn the_callee_sends_bye_only_after_the_ack() {
    let mut world = World::new(2);
    world.lose(3, |text| text.starts_with("ACK"));
    let (_, callee) = world.answered(0, 1);
    world.nodes[1].hangup(world.now, callee, None).expect("hangup");
    world.run_for(Duration::from_millis(200));
    assert_eq!(world.sent(1, "BYE"), 0);
    assert_eq!(ended_by(&mut world, 1), EndedBy::Us);
    world.run_for(Duration::from_secs(8));
    assert_eq!(world.sent(1, "BYE"), 1);
    assert_eq!(ended_by(&mut world, 0), EndedBy::Peer);
    world.assert_all_over();
}

#[test]
fn two_byes_that_cross_end_the_call_once_on_each_side() {
    let mut world = World::new(2);
    let (caller, callee) = world.answered(0, 1);
    world.nodes[0].hangup(world.now, caller, None).expect("hangup");
    world.nodes[1].hangup(world.now, callee, None).expect("hangup");
    world.assert_all_over();
    for node in 0..2 {
        let ends = world
            .events(node)
            .iter()
            .filter(|event| matches!(event, Event::Ended { .. }))
            .count();
        assert_eq!(ends, 1, "node {node}");
    }
}

#[test]
fn a_lost_bye_is_repeated_and_the_call_ends_once() {
    let mut world = World::new(2);
    let (caller, _) = world.answered(0, 1);
    world.lose(1, |text| text.starts_with("BYE"));
    world.lose(1, |text| text.starts_with("SIP/2.0 200"));
    world.nodes[0].hangup(world.now, caller, None).expect("hangup");
    world.assert_all_over();
    assert_eq!(world.sent(0, "BYE"), 3);
    let ends = world
        .events(1)
        .iter()
        .filter(|event| matches!(event, Event::Ended { .. }))
        .count();
    assert_eq!(ends, 1, "the repetition is answered by the transaction");
}

#[test]
fn a_delayed_offer_is_answered_in_the_ack() {
    let mut world = World::new(2);
    let mut spec = world.spec(0, 1);
    spec.sdp = None;
    let caller = world.nodes[0].invite(world.now, spec).expect("invite");
    world.settle();
    let offered = world.expect(1, |event| match event {
        Event::Incoming { session, call } => Some((*session, call.sdp.is_some())),
        _ => None,
    });
    assert!(!offered.1);
    world.nodes[1]
        .answer(world.now, offered.0, sdp())
        .expect("answer");
    world.settle();
    assert!(world.has_event(0, |event| matches!(event, Event::Answered { sdp: Some(_), .. })));
    assert_eq!(world.sent(0, "ACK"), 0, "the ACK waits for the answer");
    world.nodes[0].acknowledge(caller, sdp()).expect("acknowledge");
    world.settle();
    let answer = world.expect(1, |event| match event {
        Event::Acknowledged { sdp, .. } => Some(sdp.clone()),
        _ => None,
    });
    assert_eq!(answer, Some(sdp()));
    world.nodes[0].hangup(world.now, caller, None).expect("hangup");
    world.assert_all_over();
}

#[test]
fn hanging_up_before_the_delayed_answer_acknowledges_first() {
    let mut world = World::new(2);
    let mut spec = world.spec(0, 1);
    spec.sdp = None;
    let caller = world.nodes[0].invite(world.now, spec).expect("invite");
    world.settle();
    let callee = world.expect_incoming(1);
    world.nodes[1].answer(world.now, callee, sdp()).expect("answer");
    world.settle();
    world.nodes[0].hangup(world.now, caller, None).expect("hangup");
    world.settle();
    assert_eq!((world.sent(0, "ACK"), world.sent(0, "BYE")), (1, 1));
    world.assert_all_over();
}

#[test]
fn early_media_comes_with_183() {
    let mut world = World::new(2);
    world.invite(0, 1);
    world.settle();
    let callee = world.expect_incoming(1);
    world.nodes[1]
        .progress(world.now, callee, sdp())
        .expect("progress");
    world.settle();
    assert!(world.has_event(0, |event| {
        matches!(
            event,
            Event::Progress {
                status: Status(183),
                sdp: Some(_),
                ..
            }
        )
    }));
}

#[test]
fn digits_travel_as_info() {
    let mut world = World::new(2);
    let (caller, _) = world.answered(0, 1);
    world.nodes[0]
        .info_dtmf(world.now, caller, '5', Duration::from_millis(160))
        .expect("info");
    world.settle();
    let body = world.expect(1, |event| match event {
        Event::Info {
            content_type, body, ..
        } => Some((content_type.clone(), body.clone())),
        _ => None,
    });
    assert_eq!(body.0, "application/dtmf-relay");
    assert_eq!(&body.1[..], b"Signal=5\r\nDuration=160\r\n");
    assert!(world.has_event(0, |event| matches!(
        event,
        Event::InfoAnswered {
            status: Status(200),
            ..
        }
    )));
}

#[test]
fn texts_travel_as_message_within_a_call_and_other_content_does_not() {
    let mut world = World::new(2);
    let (caller, _) = world.answered(0, 1);
    let (now, hello) = (world.now, "hello".into());
    world.nodes[0]
        .message(now, caller, "text/plain", hello)
        .expect("message");
    world.settle();
    let body = world.expect(1, |event| match event {
        Event::Text { body, .. } => Some(body.clone()),
        _ => None,
    });
    assert_eq!(&body[..], b"hello");
    let answered = |world: &World, wanted: u16| {
        world.has_event(
            0,
            |event| matches!(event, Event::InfoAnswered { status, .. } if status.0 == wanted),
        )
    };
    assert!(answered(&world, 200));
    let html = "<b>hello</b>".into();
    world.nodes[0]
        .message(now, caller, "text/html", html)
        .expect("message");
    world.settle();
    assert!(answered(&world, 415));
}

#[test]
fn a_peer_that_forgot_the_dialog_ends_the_call() {
    let mut world = World::new(2);
    let (caller, _) = world.answered(0, 1);
    world.nodes[1] = super::world::open_endpoint(super::world::config(1));
    world.nodes[0]
        .info_dtmf(world.now, caller, '5', Duration::from_millis(160))
        .expect("info");
    world.settle();
    assert_eq!(ended_by(&mut world, 0), EndedBy::Lost);
    world.assert_all_over();
}

/// The header names of the first text that begins so.
fn names_of(world: &World, start: &str) -> String {
    let (_, text) = world
        .log
        .iter()
        .find(|(_, text)| text.starts_with(start))
        .expect("sent");
    let head = text.split("\r\n\r\n").next().expect("head");
    let names = head
        .lines()
        .skip(1)
        .map(|line| line.split(':').next().expect("name"));
    names.collect::<Vec<_>>().join(" ")
}

#[test]
fn wires_have_the_peers_header_order() {
    let mut world = World::new(2);
    let (caller, _) = world.answered(0, 1);
    world.nodes[0]
        .hangup(world.now, caller, Some(16))
        .expect("hangup");
    world.settle();
    let names = |start| names_of(&world, start);
    assert_eq!(
        names("INVITE"),
        "Via From To Contact Call-ID CSeq Allow Max-Forwards User-Agent Content-Type Content-Length"
    );
    assert_eq!(
        names("BYE"),
        "Via From To Call-ID CSeq Reason Max-Forwards User-Agent Content-Length"
    );
    assert_eq!(
        names("SIP/2.0 180"),
        "Via Call-ID From To CSeq Server Contact Allow Content-Length"
    );
    assert_eq!(
        names("SIP/2.0 200"),
        "Via Call-ID From To CSeq Server Allow Contact Content-Type Content-Length"
    );
    let (_, ringing) = world
        .log
        .iter()
        .find(|(_, text)| text.starts_with("SIP/2.0 180"))
        .expect("sent");
    assert!(
        header(ringing, "Via").contains(";rport=5060;received=10.0.0.1;branch=z9hG4bK"),
        "{ringing}"
    );
    assert_eq!(header(ringing, "Contact"), format!("<sip:{}>", address(1)));
}

#[test]
fn a_header_with_a_line_end_is_refused_before_it_is_sent() {
    let mut world = World::new(2);
    let mut spec = world.spec(0, 1);
    spec.headers.push(("X-Note".into(), "a\r\nEvil: 1".into()));
    assert!(world.nodes[0].invite(world.now, spec).is_err());
    let mut spec = world.spec(0, 1);
    spec.from.user = "a>\r\nEvil: 1".into();
    assert!(world.nodes[0].invite(world.now, spec).is_err());
    world.settle();
    assert!(world.log.is_empty());
}

#[test]
fn a_peer_behind_translation_is_reached_where_it_sends_from() {
    let mut world = World::new(2);
    let mut spec = world.spec(0, 1);
    spec.reach = Reach::Symmetric;
    let caller = world.nodes[0].invite(world.now, spec).expect("invite");
    world.settle();
    let callee = world.expect_incoming(1);
    world.nodes[1].answer(world.now, callee, sdp()).expect("answer");
    world.settle();
    world.nodes[0].hangup(world.now, caller, None).expect("hangup");
    world.assert_all_over();
}

#[test]
fn an_ended_sessions_number_never_names_the_next_one() {
    let mut world = World::new(2);
    let (first, _) = world.answered(0, 1);
    world.nodes[0].hangup(world.now, first, None).expect("hangup");
    world.assert_all_over();
    let (second, _) = world.answered(0, 1);
    assert_ne!(first, second);
    assert!(world.nodes[0].hangup(world.now, first, None).is_err());
    assert!(world.nodes[0].hangup(world.now, second, None).is_ok());
    world.assert_all_over();
}

#[test]
fn both_sides_describe_one_dialog() {
    let mut world = World::new(2);
    let (caller, callee) = world.answered(0, 1);
    let (ours, theirs) = (world.nodes[0].describe(caller), world.nodes[1].describe(callee));
    let (ours, theirs) = (ours.expect("a session"), theirs.expect("a session"));
    assert_eq!(ours.call_id, theirs.call_id);
    assert_eq!(ours.remote_tag, Some(theirs.local_tag));
    assert_eq!(theirs.remote_tag, Some(ours.local_tag));
    assert_eq!(theirs.target.to_string(), "sip:alice@10.0.0.1:5060");
}
