//! What do peers say to requests of ours, word by word: branches of a call, redirections, transfers, crossings?

use super::scripted::{PLAIN, Text, established, peer, status, text};
use super::world::{SDP, World, header, sdp};
use crate::Status;
use crate::event::Event;
use std::time::Duration;

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

#[test]
fn a_stray_reply_is_dropped() {
    let mut world = World::new(1);
    let (_, invite) = calling(&mut world);
    let forged = reply_to(&invite, "200 OK", "b1", "Contact: <sip:eve@10.9.9.9>\n");
    let forged = forged.replace("branch=z9hG4bK", "branch=z9hG4bKx");
    assert!(world.ask(peer(), 0, &forged).is_empty());
    assert!(!world.has_event(0, |event| matches!(event, Event::Answered { .. })));
}
