//! An endpoint against peers written by hand: what RFC 3261 asks for in the odd cases.

use std::net::SocketAddr;
use std::time::Duration;

use super::world::{SDP, World, address, header, sdp};
use crate::event::{EndedBy, Event};
use crate::{Limits, Method, Status};

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

fn status(replies: &[String]) -> u16 {
    let last = replies.last().expect("a reply");
    last[8..11].parse().expect("a status")
}

/// A call of the peer's, answered and acknowledged; gives back our To value.
fn established(world: &mut World) -> (crate::SessionId, String) {
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

/// A call of ours to the scripted peer; gives back the session and the INVITE the peer got.
fn calling(world: &mut World) -> (crate::SessionId, String) {
    let mut spec = world.spec(0, 0);
    spec.request_uri = crate::Uri::parse("sip:eve@10.9.9.9:5070").expect("uri");
    spec.flow.remote = peer();
    let session = world.nodes[0].invite(world.now, spec).expect("invite");
    world.mail.clear();
    world.settle();
    let invite = world.mail.remove(0);
    (session, invite)
}

/// The peer's reply to a request of ours.
fn reply_to(request: &str, status: &str, tag: &str, more: &str) -> String {
    let lines = ["Via", "From", "Call-ID", "CSeq"].map(|name| format!("{name}: {}\n", header(request, name)));
    let to = header(request, "To");
    let to = if tag.is_empty() {
        to.to_owned()
    } else {
        format!("{to};tag={tag}")
    };
    format!(
        "SIP/2.0 {status}\n{}To: {to}\n{more}Content-Length: 0\n\n",
        lines.concat()
    )
}

#[test]
fn routes_are_reversed_by_the_caller() {
    let mut world = World::new(1);
    let (session, invite) = calling(&mut world);
    let more = "Contact: <sip:eve@10.9.9.9:5070>\nRecord-Route: <sip:10.9.9.2;lr>\nRecord-Route: <sip:10.9.9.1;lr>\n";
    let ack = world.ask(peer(), 0, &reply_to(&invite, "200 OK", "b1", more));
    let routes: Vec<&str> = ack[0].lines().filter(|line| line.starts_with("Route:")).collect();
    assert_eq!(routes, ["Route: <sip:10.9.9.1;lr>", "Route: <sip:10.9.9.2;lr>"]);
    assert_eq!(
        header(&ack[0], "CSeq").replace(" ACK", ""),
        header(&invite, "CSeq").replace(" INVITE", "")
    );
    assert_ne!(
        header(&ack[0], "Via"),
        header(&invite, "Via"),
        "a transaction of its own"
    );
    world.nodes[0].hangup(world.now, session, None).expect("hangup");
}

#[test]
fn a_second_branch_that_answers_is_acknowledged_and_ended() {
    let mut world = World::new(1);
    let (_, invite) = calling(&mut world);
    let contact = "Contact: <sip:eve@10.9.9.9:5070>\n";
    assert_eq!(
        world
            .ask(peer(), 0, &reply_to(&invite, "200 OK", "b1", contact))
            .len(),
        1
    );
    let other = reply_to(&invite, "200 OK", "b2", contact);
    let sent = world.ask(peer(), 0, &other);
    assert_eq!(sent.len(), 2);
    assert!(
        sent[0].starts_with("ACK ") && sent[1].starts_with("BYE "),
        "{sent:?}"
    );
    assert!(
        sent.iter().all(|text| header(text, "To").ends_with(";tag=b2")),
        "{sent:?}"
    );
    let again = world.ask(peer(), 0, &other);
    assert_eq!(again, [sent[0].clone()], "its repetition gets the ACK only");
    let answers = world
        .events(0)
        .iter()
        .filter(|event| matches!(event, Event::Answered { .. }))
        .count();
    assert_eq!(answers, 1);
}

#[test]
fn a_branch_that_answers_after_the_call_is_over_is_ended_too() {
    let mut world = World::new(1);
    let (_, invite) = calling(&mut world);
    let contact = "Contact: <sip:eve@10.9.9.9:5070>\n";
    world.ask(peer(), 0, &reply_to(&invite, "200 OK", "b1", contact));
    let bye = format!(
        "BYE sip:x@10.0.0.1 SIP/2.0\nVia: SIP/2.0/UDP 10.9.9.9:5070;branch=z9hG4bK-b\nFrom: {};tag=b1\nTo: {}\n\
         Call-ID: {}\nCSeq: 1 BYE\nMax-Forwards: 70\nContent-Length: 0\n\n",
        header(&invite, "To"),
        header(&invite, "From"),
        header(&invite, "Call-ID")
    );
    world.ask(peer(), 0, &bye);
    assert_eq!(world.nodes[0].load().sessions, 0);
    let sent = world.ask(peer(), 0, &reply_to(&invite, "200 OK", "b2", contact));
    assert_eq!(sent.len(), 2, "ACK and BYE: {sent:?}");
    assert_eq!(
        world
            .ask(peer(), 0, &reply_to(&invite, "200 OK", "b1", contact))
            .len(),
        1,
        "the ACK again"
    );
}

#[test]
fn a_redirection_tells_its_contacts() {
    let mut world = World::new(1);
    let (_, invite) = calling(&mut world);
    let more = "Contact: <sip:a@10.9.9.1>, <sip:b@10.9.9.2>;q=0.5\n";
    world.ask(peer(), 0, &reply_to(&invite, "302 Moved", "b1", more));
    let contacts = world.expect(0, |event| match event {
        Event::Failed { failure, .. } => Some(
            failure
                .contacts
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>(),
        ),
        _ => None,
    });
    assert_eq!(contacts, ["sip:a@10.9.9.1", "sip:b@10.9.9.2"]);
}

#[test]
fn a_new_contact_in_a_reinvite_moves_the_call() {
    let mut world = World::new(1);
    let (session, to) = established(&mut world);
    let more = "Content-Type: application/sdp\n";
    let moved = text(&Text {
        branch: "z9hG4bK-m",
        to: &to,
        cseq: 2,
        more,
        body: SDP,
        ..PLAIN
    })
    .replace(
        "Contact: <sip:eve@10.9.9.9:5070>",
        "Contact: <sip:eve@10.9.9.9:6000>",
    );
    world.ask(peer(), 0, &moved);
    world.nodes[0]
        .answer_reinvite(world.now, session, sdp())
        .expect("answer");
    world.settle();
    world.ask(
        peer(),
        0,
        &text(&Text {
            method: "ACK",
            branch: "z9hG4bK-n",
            to: &to,
            cseq: 2,
            ..PLAIN
        }),
    );
    world.nodes[0].hangup(world.now, session, None).expect("hangup");
    world.mail.clear();
    world.settle();
    assert!(
        world.mail[0].starts_with("BYE sip:eve@10.9.9.9:6000 "),
        "{}",
        world.mail[0]
    );
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
fn full_tables_shed_new_calls_and_not_byes() {
    let mut config = super::world::config(0);
    config.limits = Limits {
        sessions: 1,
        ..Limits::default()
    };
    let mut world = World::of(vec![super::world::open_endpoint(config)]);
    let (_, to) = established(&mut world);
    let another = text(&Text {
        branch: "z9hG4bK-x",
        ..PLAIN
    })
    .replace("call-1", "call-2");
    let replies = world.ask(peer(), 0, &another);
    assert_eq!((status(&replies), header(&replies[0], "Retry-After")), (503, "5"));
    let bye = text(&Text {
        method: "BYE",
        branch: "z9hG4bK-y",
        to: &to,
        cseq: 2,
        ..PLAIN
    });
    assert_eq!(status(&world.ask(peer(), 0, &bye)), 200);
}

#[test]
fn a_flood_of_requests_is_refused_without_growing() {
    let mut config = super::world::config(0);
    config.limits = Limits {
        transactions: 100,
        ..Limits::default()
    };
    let mut world = World::of(vec![super::world::open_endpoint(config)]);
    let (_, to) = established(&mut world);
    let mut shed = 0;
    for number in 0..300 {
        let flood = text(&Text {
            branch: &format!("z9hG4bK-f{number}"),
            ..PLAIN
        });
        let replies = world.ask(peer(), 0, &flood.replace("call-1", &format!("flood-{number}")));
        shed += u32::from(replies.iter().any(|reply| reply.starts_with("SIP/2.0 503 ")));
    }
    assert_eq!(
        (world.nodes[0].load().transactions, shed),
        (100, 201),
        "the established call has one"
    );
    let cancel = Text {
        method: "CANCEL",
        branch: "z9hG4bK-f0",
        ..PLAIN
    };
    assert_eq!(
        status(&world.ask(peer(), 0, &text(&cancel).replace("call-1", "flood-0"))[..1]),
        200
    );
    let bye = text(&Text {
        method: "BYE",
        branch: "z9hG4bK-y",
        to: &to,
        cseq: 2,
        ..PLAIN
    });
    assert_eq!(
        status(&world.ask(peer(), 0, &bye)),
        200,
        "what ends calls is not shed"
    );
}

#[test]
fn a_missing_via_or_garbage_harms_nobody() {
    let mut world = World::new(1);
    let no_via = text(&PLAIN).replace("Via: SIP/2.0/UDP 10.9.9.9:5070;branch=z9hG4bK-1\n", "");
    assert!(world.ask(peer(), 0, &no_via).is_empty());
    for garbage in [
        "",
        "\n\n",
        "\u{0}\u{1}\u{2}",
        "SIP/2.0 200 OK\n\n",
        "INVITE",
        "INVITE sip:a@b SIP/2.0\nVia:\n\n",
    ] {
        world.ask(peer(), 0, garbage);
    }
    assert_eq!(world.nodes[0].load().transactions, 0);
}

#[test]
fn a_stray_reply_is_dropped() {
    let mut world = World::new(1);
    let (_, invite) = calling(&mut world);
    let forged = reply_to(&invite, "200 OK", "b1", "Contact: <sip:eve@10.9.9.9>\n");
    let forged = forged.replace("branch=z9hG4bK", "branch=z9hG4bKx");
    assert!(world.ask(peer(), 0, &forged).is_empty());
    assert!(!world.has_event(0, |event| matches!(event, Event::Answered { .. })));
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

/// Offers a change, refuses it with 491, and says after how many tenths of a second it comes again.
fn second_try_after(world: &mut World, session: crate::SessionId) -> u32 {
    world.nodes[0]
        .reinvite(world.now, session, sdp())
        .expect("reinvite");
    world.mail.clear();
    world.settle();
    let reinvite = world.mail.remove(0);
    let refused = reply_to(&reinvite, "491 Request Pending", "", "");
    let to_has_tag = header(&reinvite, "To").contains(";tag=");
    assert!(to_has_tag && refused.contains(header(&reinvite, "To")));
    let ack = world.ask(peer(), 0, &refused);
    assert!(ack[0].starts_with("ACK "), "{ack:?}");
    let mut tenths = 0;
    while !world.mail.iter().any(|text| text.starts_with("INVITE ")) {
        world.run_for(Duration::from_millis(100));
        tenths += 1;
        assert!(tenths < 50, "no second try");
    }
    tenths
}

#[test]
fn after_a_crossing_the_one_who_called_waits_longer() {
    let mut world = World::new(1);
    let (ours, invite) = calling(&mut world);
    world.ask(
        peer(),
        0,
        &reply_to(&invite, "200 OK", "b1", "Contact: <sip:eve@10.9.9.9:5070>\n"),
    );
    assert!(
        (21..=41).contains(&second_try_after(&mut world, ours)),
        "2.1 to 4 s"
    );
    let mut world = World::new(1);
    let (theirs, _) = established(&mut world);
    assert!(
        (0..=21).contains(&second_try_after(&mut world, theirs)),
        "up to 2 s"
    );
}

/// The REFER that is sent, as the peer takes it.
fn refer(world: &mut World, session: crate::SessionId) -> String {
    world.mail.clear();
    let now = world.now;
    world.nodes[0]
        .refer(now, session, "sip:carol@10.9.9.8")
        .expect("refer");
    world.settle();
    world
        .mail
        .iter()
        .find(|mail| mail.starts_with("REFER "))
        .expect("a REFER")
        .clone()
}

/// The peer's reply to a request of ours.
fn replied(request: &str, line: &str) -> String {
    let copied =
        ["Via", "From", "To", "Call-ID", "CSeq"].map(|name| format!("{name}: {}\n", header(request, name)));
    format!("SIP/2.0 {line}\n{}Content-Length: 0\n\n", copied.concat())
}

#[test]
fn a_peer_that_is_sent_elsewhere_tells_when_it_is_there() {
    let mut world = World::new(1);
    let (session, to) = established(&mut world);
    let request = refer(&mut world, session);
    assert_eq!(header(&request, "Refer-To"), "<sip:carol@10.9.9.8>");
    let now = world.now;
    assert!(world.nodes[0].refer(now, session, "sip:dave@10.9.9.8").is_err());
    world.ask(peer(), 0, &replied(&request, "202 Accepted"));
    assert!(world.has_event(0, |event| matches!(
        event,
        Event::ReferAnswered {
            status: Status(202),
            ..
        }
    )));
    for (branch, cseq, body) in [
        ("z9hG4bK-n1", 2, "SIP/2.0 100 Trying"),
        ("z9hG4bK-n2", 3, "SIP/2.0 200 OK"),
    ] {
        let replies = world.ask(
            peer(),
            0,
            &text(&Text {
                method: "NOTIFY",
                branch,
                to: &to,
                cseq,
                more: "Event: refer;id=1\nContent-Type: message/sipfrag;version=2.0\n",
                body,
            }),
        );
        assert_eq!(status(&replies), 200);
        let has_arrived = world.has_event(0, |event| {
            matches!(
                event,
                Event::Referred {
                    status: Status(200),
                    ..
                }
            )
        });
        assert_eq!(has_arrived, cseq == 3);
    }
    // What nobody asked for is not taken.
    let replies = world.ask(
        peer(),
        0,
        &text(&Text {
            method: "NOTIFY",
            branch: "z9hG4bK-n3",
            to: &to,
            cseq: 4,
            more: "Event: refer\n",
            ..PLAIN
        }),
    );
    assert_eq!(status(&replies), 405);
}

#[test]
fn a_peer_that_will_not_go_elsewhere_stays() {
    let mut world = World::new(1);
    let (session, _) = established(&mut world);
    let request = refer(&mut world, session);
    world.ask(peer(), 0, &replied(&request, "603 Decline"));
    assert!(world.has_event(0, |event| matches!(
        event,
        Event::ReferAnswered {
            status: Status(603),
            ..
        }
    )));
    // The call goes on, and it can be asked again.
    refer(&mut world, session);
    let now = world.now;
    assert!(world.nodes[0].refer(now, session, "not an address").is_err());
}

#[test]
fn an_added_header_goes_with_the_next_reply_only() {
    let mut world = World::new(1);
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
    let now = world.now;
    world.nodes[0]
        .add_header(session, "X-Account", "17")
        .expect("add");
    for forged in [("X-A", "b\r\nX-C: d"), ("X A", "b"), ("", "b")] {
        assert!(
            world.nodes[0].add_header(session, forged.0, forged.1).is_err(),
            "{forged:?}"
        );
    }
    world.mail.clear();
    world.nodes[0].ring(now, session).expect("ring");
    world.settle();
    assert_eq!(header(world.mail.last().expect("a 180"), "X-Account"), "17");
    world.mail.clear();
    world.nodes[0].answer(now, session, sdp()).expect("answer");
    world.settle();
    assert!(!world.mail[0].contains("X-Account"), "{}", world.mail[0]);
    assert!(world.nodes[0].add_header(session, "X-Account", "17").is_err());
}
