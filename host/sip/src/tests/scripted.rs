//! An endpoint against peers written by hand: what RFC 3261 asks for in the odd cases.

use std::net::SocketAddr;
use std::time::Duration;

use super::world::{SDP, World, address, header, sdp};
use crate::event::{EndedBy, Event};
use crate::{Method, Status};

pub(super) fn peer() -> SocketAddr {
    SocketAddr::from(([10, 9, 9, 9], 5070))
}

pub(super) struct Text<'a> {
    pub method: &'a str,
    pub branch: &'a str,
    pub to: &'a str,
    pub cseq: u32,
    pub more: &'a str,
    pub body: &'a str,
}

pub(super) const PLAIN: Text<'static> = Text {
    method: "INVITE",
    branch: "z9hG4bK-1",
    to: "<sip:bob@10.0.0.1>",
    cseq: 1,
    more: "",
    body: "",
};

pub(super) fn text(parts: &Text<'_>) -> String {
    let Text {
        method,
        branch,
        to,
        cseq,
        more,
        body,
    } = parts;
    let body = body.replace("\r\n", "\n");
    format!(
        "{method} sip:bob@10.0.0.1 SIP/2.0\nVia: SIP/2.0/UDP 10.9.9.9:5070;branch={branch}\nMax-Forwards: 70\n\
         From: <sip:eve@10.9.9.9>;tag=eve-1\nTo: {to}\nCall-ID: call-1\nCSeq: {cseq} {method}\n\
         Contact: <sip:eve@10.9.9.9:5070>\n{more}Content-Length: {}\n\n{body}",
        body.len() + body.matches('\n').count()
    )
}

pub(super) fn status(replies: &[String]) -> u16 {
    let last = replies.last().expect("a reply");
    last[8..11].parse().expect("a status")
}

/// A call of the peer's, answered and acknowledged; gives back our To value.
pub(super) fn established(world: &mut World) -> (crate::SessionId, String) {
    let more = "Content-Type: application/sdp\n";
    world.ask(
        peer(),
        0,
        &text(&Text {
            more,
            body: SDP,
            ..PLAIN
        }),
    );
    let session = world.expect_incoming(0);
    world.nodes[0].answer(world.now, session, sdp()).expect("answer");
    world.mail.clear();
    world.settle();
    let to = header(&world.mail[0], "To").to_owned();
    world.ask(
        peer(),
        0,
        &text(&Text {
            method: "ACK",
            branch: "z9hG4bK-ack",
            to: &to,
            ..PLAIN
        }),
    );
    (session, to)
}

#[test]
fn an_unknown_method_gets_501_and_an_unserved_one_405() {
    let mut world = World::new(1);
    let replies = world.ask(
        peer(),
        0,
        &text(&Text {
            method: "DANCE",
            ..PLAIN
        }),
    );
    assert_eq!(status(&replies), 501);
    let replies = world.ask(
        peer(),
        0,
        &text(&Text {
            method: "SUBSCRIBE",
            branch: "z9hG4bK-2",
            ..PLAIN
        }),
    );
    assert_eq!(status(&replies), 405);
    assert_eq!(
        header(&replies[0], "Allow"),
        "OPTIONS, REGISTER, INVITE, ACK, BYE, CANCEL, INFO, MESSAGE"
    );
}

#[test]
fn an_unknown_required_extension_gets_420() {
    let mut world = World::new(1);
    let replies = world.ask(
        peer(),
        0,
        &text(&Text {
            more: "Require: 100rel, frob\n",
            ..PLAIN
        }),
    );
    assert_eq!(status(&replies), 420);
    assert_eq!(header(&replies[0], "Unsupported"), "100rel, frob");
}

#[test]
fn a_body_that_is_no_session_description_gets_415() {
    let mut world = World::new(1);
    let more = "Content-Type: text/plain\n";
    let replies = world.ask(
        peer(),
        0,
        &text(&Text {
            more,
            body: "hello",
            ..PLAIN
        }),
    );
    assert_eq!(status(&replies), 415);
    assert_eq!(header(&replies[0], "Accept"), "application/sdp");
}

#[test]
fn a_broken_request_gets_400_with_the_sentence() {
    let mut world = World::new(1);
    let broken = text(&PLAIN).replace("CSeq: 1 INVITE", "CSeq: 1 BYE");
    let replies = world.ask(peer(), 0, &broken);
    assert!(
        replies[0].starts_with("SIP/2.0 400 Bad Request (CSeq Method"),
        "{replies:?}"
    );
    let no_contact = text(&PLAIN).replace("Contact: <sip:eve@10.9.9.9:5070>\n", "");
    let replies = world.ask(peer(), 0, &no_contact);
    assert!(
        replies[0].starts_with("SIP/2.0 400 Bad Request (Missing Contact header)"),
        "{replies:?}"
    );
    assert!(world.has_event(0, |event| matches!(event, Event::Security(_))));
}

#[test]
fn a_call_without_hops_left_gets_483() {
    let mut world = World::new(1);
    let looped = text(&PLAIN).replace("Max-Forwards: 70", "Max-Forwards: 0");
    assert_eq!(status(&world.ask(peer(), 0, &looped)), 483);
}

#[test]
fn a_request_that_came_by_two_ways_gets_482() {
    let mut world = World::new(1);
    world.ask(peer(), 0, &text(&PLAIN));
    let replies = world.ask(
        peer(),
        0,
        &text(&Text {
            branch: "z9hG4bK-other-way",
            ..PLAIN
        }),
    );
    assert_eq!(status(&replies), 482);
    assert_eq!(world.nodes[0].load().sessions, 1);
}

#[test]
fn requests_of_unknown_dialogs_and_cancels_of_unknown_calls_get_481() {
    let mut world = World::new(1);
    for (number, method) in ["BYE", "INFO", "OPTIONS", "INVITE"].into_iter().enumerate() {
        let branch = format!("z9hG4bK-{number}");
        let to = "<sip:bob@10.0.0.1>;tag=gone";
        let replies = world.ask(
            peer(),
            0,
            &text(&Text {
                method,
                branch: &branch,
                to,
                ..PLAIN
            }),
        );
        assert_eq!(status(&replies), 481, "{method}");
    }
    let replies = world.ask(
        peer(),
        0,
        &text(&Text {
            method: "CANCEL",
            branch: "z9hG4bK-none",
            ..PLAIN
        }),
    );
    assert_eq!(status(&replies), 481);
    let to = "<sip:bob@10.0.0.1>;tag=gone";
    assert!(
        world
            .ask(
                peer(),
                0,
                &text(&Text {
                    method: "ACK",
                    branch: "z9hG4bK-a",
                    to,
                    ..PLAIN
                })
            )
            .is_empty()
    );
}

#[test]
fn a_falling_number_in_a_dialog_gets_500_and_a_gap_is_fine() {
    let mut world = World::new(1);
    let (_, to) = established(&mut world);
    let info = |branch, cseq| {
        text(&Text {
            method: "INFO",
            branch,
            to: &to,
            cseq,
            ..PLAIN
        })
    };
    assert_eq!(status(&world.ask(peer(), 0, &info("z9hG4bK-a", 40))), 200);
    assert_eq!(status(&world.ask(peer(), 0, &info("z9hG4bK-b", 39))), 500);
    assert_eq!(status(&world.ask(peer(), 0, &info("z9hG4bK-c", 41))), 200);
}

#[test]
fn options_are_answered_inside_and_outside_of_calls() {
    let mut world = World::new(1);
    let outside = Text {
        method: "OPTIONS",
        branch: "z9hG4bK-o",
        cseq: 77,
        ..PLAIN
    };
    let replies = world.ask(peer(), 0, &text(&outside));
    assert_eq!(
        (status(&replies), header(&replies[0], "Accept")),
        (200, "application/sdp")
    );
    let (_, to) = established(&mut world);
    let inside = Text {
        method: "OPTIONS",
        branch: "z9hG4bK-i",
        to: &to,
        cseq: 2,
        ..PLAIN
    };
    assert_eq!(status(&world.ask(peer(), 0, &text(&inside))), 200);
}

#[test]
fn a_repeated_request_gets_the_same_reply_and_one_event() {
    let mut world = World::new(1);
    let invite = text(&PLAIN);
    world.ask(peer(), 0, &invite);
    let session = world.expect_incoming(0);
    world.nodes[0].ring(world.now, session).expect("ring");
    world.mail.clear();
    world.settle();
    let first = world.mail[0].clone();
    assert_eq!(world.ask(peer(), 0, &invite), [first]);
    assert!(!world.has_event(0, |event| matches!(event, Event::Incoming { .. })));
}

#[test]
fn a_cancel_gets_200_and_the_invite_487_with_the_same_tag() {
    let mut world = World::new(1);
    world.ask(peer(), 0, &text(&PLAIN));
    let replies = world.ask(
        peer(),
        0,
        &text(&Text {
            method: "CANCEL",
            ..PLAIN
        }),
    );
    assert_eq!(replies.len(), 2);
    assert!(replies[0].starts_with("SIP/2.0 200 "), "{replies:?}");
    assert!(replies[1].starts_with("SIP/2.0 487 "), "{replies:?}");
    assert_eq!(header(&replies[0], "To"), header(&replies[1], "To"));
    assert!(world.has_event(0, |event| matches!(event, Event::Cancelled { .. })));
    let again = world.ask(
        peer(),
        0,
        &text(&Text {
            method: "CANCEL",
            ..PLAIN
        }),
    );
    assert_eq!(again, [replies[0].clone()]);
}

#[test]
fn a_cancelled_call_leaves_only_the_timers_of_its_transactions() {
    let mut world = World::new(1);
    world.ask(peer(), 0, &text(&PLAIN));
    world.ask(
        peer(),
        0,
        &text(&Text {
            method: "CANCEL",
            ..PLAIN
        }),
    );
    assert_eq!(
        world.nodes[0].load().timers,
        3,
        "G and H of the INVITE, J of the CANCEL"
    );
}

#[test]
fn a_peer_of_rfc_2543_is_matched_without_the_cookie() {
    let mut world = World::new(1);
    let old = |method: &str, to: &str| {
        text(&Text { method, to, ..PLAIN })
            .replace(";branch=z9hG4bK-1", "")
            .replace(";tag=eve-1", "")
    };
    world.ask(peer(), 0, &old("INVITE", "<sip:bob@10.0.0.1>"));
    let session = world.expect_incoming(0);
    world.ask(peer(), 0, &old("INVITE", "<sip:bob@10.0.0.1>"));
    assert_eq!(
        world.nodes[0].load().sessions,
        1,
        "the repetition is no second call"
    );
    world.nodes[0]
        .reject(world.now, session, Status(486), None)
        .expect("reject");
    world.mail.clear();
    world.settle();
    let to = header(&world.mail[0], "To").to_owned();
    world.ask(peer(), 0, &old("ACK", &to));
    world.run_for(Duration::from_secs(3));
    assert_eq!(
        world.replied(0, 486, "INVITE"),
        1,
        "its ACK was matched: no repetition"
    );
}

#[test]
fn replies_go_back_where_the_request_came_from() {
    let mut world = World::new(1);
    let elsewhere = text(&Text {
        method: "OPTIONS",
        ..PLAIN
    })
    .replace("10.9.9.9:5070;", "192.168.1.5:5060;rport;");
    let replies = world.ask(peer(), 0, &elsewhere);
    let via = header(&replies[0], "Via");
    assert_eq!(
        via,
        "SIP/2.0/UDP 192.168.1.5:5060;rport=5070;received=10.9.9.9;branch=z9hG4bK-1"
    );
}

#[test]
fn routes_are_kept_in_order_by_the_callee() {
    let mut world = World::new(1);
    let more = "Record-Route: <sip:10.9.9.1;lr>, <sip:10.9.9.2;lr>\n";
    world.ask(peer(), 0, &text(&Text { more, ..PLAIN }));
    let session = world.expect_incoming(0);
    world.nodes[0].answer(world.now, session, sdp()).expect("answer");
    world.mail.clear();
    world.settle();
    assert_eq!(
        header(&world.mail[0], "Record-Route"),
        "<sip:10.9.9.1;lr>, <sip:10.9.9.2;lr>"
    );
    let to = header(&world.mail[0], "To").to_owned();
    world.ask(
        peer(),
        0,
        &text(&Text {
            method: "ACK",
            branch: "z9hG4bK-ack",
            to: &to,
            ..PLAIN
        }),
    );
    world.nodes[0].hangup(world.now, session, None).expect("hangup");
    world.mail.clear();
    world.settle();
    let bye = &world.mail[0];
    assert!(bye.starts_with("BYE sip:eve@10.9.9.9:5070 SIP/2.0"), "{bye}");
    let routes: Vec<&str> = bye.lines().filter(|line| line.starts_with("Route:")).collect();
    assert_eq!(routes, ["Route: <sip:10.9.9.1;lr>", "Route: <sip:10.9.9.2;lr>"]);
}

#[test]
fn a_bye_before_the_answer_ends_the_call_and_the_invite() {
    let mut world = World::new(1);
    world.ask(peer(), 0, &text(&PLAIN));
    let session = world.expect_incoming(0);
    world.nodes[0].ring(world.now, session).expect("ring");
    world.mail.clear();
    world.settle();
    let to = header(&world.mail[0], "To").to_owned();
    let replies = world.ask(
        peer(),
        0,
        &text(&Text {
            method: "BYE",
            branch: "z9hG4bK-b",
            to: &to,
            cseq: 2,
            ..PLAIN
        }),
    );
    assert!(
        replies[0].starts_with("SIP/2.0 200 ") && replies[1].starts_with("SIP/2.0 487 "),
        "{replies:?}"
    );
    let by = world.expect(0, |event| match event {
        Event::Ended { ending, .. } => Some(ending.by),
        _ => None,
    });
    assert_eq!(by, EndedBy::Peer);
}

#[test]
fn methods_of_the_allow_header_are_configuration() {
    let mut config = super::world::config(0);
    config.allow.retain(|method| *method != Method::Info);
    let mut world = World::of(vec![super::world::open_endpoint(config)]);
    let (_, to) = established(&mut world);
    let info = text(&Text {
        method: "INFO",
        branch: "z9hG4bK-i",
        to: &to,
        cseq: 2,
        ..PLAIN
    });
    assert_eq!(status(&world.ask(peer(), 0, &info)), 405);
    assert_eq!(address(0).port(), 5060);
}
