//! Is the endpoint unharmed by too much, and by garbage?

use super::scripted::{PLAIN, Text, established, peer, status, text};
use super::world::{World, header};
use crate::Limits;

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
