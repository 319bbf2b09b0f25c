//! Calls and registrations over TCP: framing, reuse of connections, and connections that break.

use std::time::Duration;

use super::guard::{guarded, secret};
use super::world::{World, address, sdp};
use crate::event::{Event, UnregisterReason};
use crate::{AorSettings, Flow, Party, RegisterSpec, SessionId, TransportId, TransportKind, Uri};

fn call(world: &mut World) -> (SessionId, SessionId) {
    let mut spec = world.spec(0, 1);
    spec.flow = world.flow(0, 1, TransportKind::Tcp);
    let caller = world.nodes[0].invite(world.now, spec).expect("invite");
    world.settle();
    let callee = world.expect_incoming(1);
    world.nodes[1].ring(world.now, callee).expect("ring");
    world.nodes[1].answer(world.now, callee, sdp()).expect("answer");
    world.settle();
    (caller, callee)
}

#[test]
fn a_call_over_tcp_uses_one_connection_and_repeats_nothing() {
    let mut world = World::new(2);
    let (_, callee) = call(&mut world);
    assert!(world.has_event(1, |event| matches!(event, Event::Acknowledged { .. })));
    world.nodes[1].hangup(world.now, callee, None).expect("hangup");
    world.settle();
    assert_eq!(
        (
            world.nodes[0].load().connections,
            world.nodes[1].load().connections
        ),
        (1, 1)
    );
    assert!(world.has_event(0, |event| matches!(event, Event::Ended { .. })));
    world.assert_all_over();
    assert_eq!(
        (
            world.sent(0, "INVITE"),
            world.sent(1, "BYE"),
            world.replied(1, 200, "INVITE")
        ),
        (1, 1, 1)
    );
}

#[test]
fn a_broken_connection_fails_the_call_that_waits_on_it() {
    let mut world = World::new(2);
    let mut spec = world.spec(0, 1);
    spec.flow = world.flow(0, 1, TransportKind::Tcp);
    world.nodes[0].invite(world.now, spec).expect("invite");
    world.settle();
    world.expect_incoming(1);
    world.break_connections();
    let status = world.expect(0, |event| match event {
        Event::Failed { failure, .. } => Some(failure.status.0),
        _ => None,
    });
    assert_eq!(status, 503);
    assert_eq!(world.nodes[0].load().connections, 0);
}

#[test]
fn nobody_listening_fails_the_call_at_once() {
    let mut world = World::new(1);
    let mut spec = world.spec(0, 8);
    spec.flow = world.flow(0, 8, TransportKind::Tcp);
    world.nodes[0].invite(world.now, spec).expect("invite");
    world.settle();
    assert!(world.has_event(0, |event| {
        matches!(event, Event::Failed { failure, .. } if failure.status.0 == 503)
    }));
    world.assert_all_over();
}

#[test]
fn an_established_call_survives_its_connection() {
    let mut world = World::new(2);
    let (caller, _) = call(&mut world);
    world.break_connections();
    world.nodes[0].hangup(world.now, caller, None).expect("hangup");
    world.settle();
    assert!(
        world.has_event(1, |event| matches!(event, Event::Ended { .. })),
        "over a new connection"
    );
    world.assert_all_over();
}

#[test]
fn a_contact_goes_with_its_connection() {
    let mut world = guarded(AorSettings::default());
    let spec = RegisterSpec {
        registrar: Uri::parse(&format!("sip:{}", address(1))).expect("uri"),
        aor: Party::new("alice", "10.0.0.2"),
        contact_user: "alice".into(),
        flow: world.flow(0, 1, TransportKind::Tcp),
        expires_s: 600,
        credentials: Some(secret("wonderland")),
        retry_after: None,
    };
    world.nodes[0].register(world.now, spec).expect("register");
    world.settle();
    let bindings = world.nodes[1].contacts("alice");
    assert_eq!(bindings.len(), 1);
    assert_eq!(bindings[0].contact.params.get("transport"), Some("tcp"));
    assert!(bindings[0].flow.connection.is_some());
    world.break_connections();
    assert!(world.nodes[1].contacts("alice").is_empty());
    assert!(world.has_event(1, |event| {
        matches!(
            event,
            Event::Unregistered {
                reason: UnregisterReason::ConnectionClosed,
                ..
            }
        )
    }));
}

#[test]
fn a_keep_alive_is_answered_and_a_broken_stream_closed() {
    let mut world = World::new(1);
    let flow = Flow {
        transport: TransportId(1),
        kind: TransportKind::Tcp,
        local: address(0),
        remote: address(3),
        connection: Some(44),
    };
    world.nodes[0].handle_stream(world.now, &flow, b"\r\n\r\n");
    let pong = world.nodes[0].poll_transmit().expect("a pong");
    assert_eq!((pong.bytes.as_slice(), pong.flow), (&b"\r\n"[..], flow));
    let endless =
        b"OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\nContent-Length: 99999999\r\n\r\n";
    world.nodes[0].handle_stream(world.now, &flow, endless);
    world.run_for(Duration::from_millis(1));
    assert!(world.has_event(0, |event| matches!(event, Event::Close { connection: 44 })));
}

#[test]
fn an_answer_after_the_connection_broke_asks_for_a_new_one() {
    let mut world = World::new(2);
    let mut spec = world.spec(0, 1);
    spec.flow = world.flow(0, 1, TransportKind::Tcp);
    world.nodes[0].invite(world.now, spec).expect("invite");
    world.settle();
    let callee = world.expect_incoming(1);
    world.nodes[1].handle_connection_closed(world.now, 2);
    let connections = world.nodes[1].load().connections;
    world.nodes[1].answer(world.now, callee, sdp()).expect("answer");
    let reply = world.nodes[1].poll_transmit().expect("a reply");
    assert_eq!(
        (connections, reply.flow.connection, reply.flow.remote),
        (0, None, address(0))
    );
}
