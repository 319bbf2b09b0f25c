//! Phones that register: both sides, from the first challenge to expiry.

use std::time::Duration;

use super::guard::{guarded, secret};
use super::scripted::peer;
use super::world::{World, address, config, header, open_endpoint};
use crate::event::{Event, Refresh, UnregisterReason};
use crate::{
    Account, AccountId, Accounts, AorSettings, Endpoint, NotifySpec, Party, PingSpec, RegisterSpec,
    RegistrationId, Status, TransportKind, Uri,
};

fn spec(world: &World, password: &str, expires_s: u32) -> RegisterSpec {
    RegisterSpec {
        registrar: Uri::parse(&format!("sip:{}", address(1))).expect("uri"),
        aor: Party::new("alice", "10.0.0.2"),
        contact_user: "alice".into(),
        flow: world.flow(0, 1, TransportKind::Udp),
        expires_s,
        credentials: Some(secret(password)),
        retry_after: None,
    }
}

fn registered(world: &mut World, expires_s: u32) -> RegistrationId {
    let spec = spec(world, "wonderland", expires_s);
    let id = world.nodes[0].register(world.now, spec).expect("register");
    world.settle();
    id
}

#[test]
fn a_phone_registers_refreshes_and_leaves() {
    let mut world = guarded(AorSettings::default());
    let id = registered(&mut world, 300);
    let granted = world.expect(0, |event| match event {
        Event::RegistrationOk { expires_s, .. } => Some(*expires_s),
        _ => None,
    });
    assert_eq!(granted, 300);
    let binding = world.expect(1, |event| match event {
        Event::Registered(registered) => Some(registered.clone()),
        _ => None,
    });
    assert_eq!(
        (binding.contact.as_str(), binding.expires_s),
        ("sip:alice@10.0.0.1:5060", 300)
    );
    assert_eq!((binding.account, binding.refresh), (AccountId(1), Refresh::New));
    assert_eq!(world.nodes[1].contacts("alice").len(), 1);
    world.run_for(Duration::from_secs(1000));
    assert_eq!(world.nodes[1].contacts("alice").len(), 1, "refreshed in time");
    assert!(world.has_event(
        1,
        |event| matches!(event, Event::Registered(again) if again.refresh == Refresh::Again)
    ));
    assert!(!world.has_event(1, |event| matches!(event, Event::Unregistered { .. })));
    world.nodes[0].unregister(world.now, id);
    world.settle();
    assert!(world.has_event(0, |event| matches!(
        event,
        Event::RegistrationOk { expires_s: 0, .. }
    )));
    assert!(world.has_event(1, |event| {
        matches!(
            event,
            Event::Unregistered {
                reason: UnregisterReason::Asked,
                ..
            }
        )
    }));
    assert_eq!(world.nodes[1].load().bindings, 0);
    world.assert_all_over();
    assert_eq!(world.nodes[0].load().timers + world.nodes[1].load().timers, 0);
}

#[test]
fn a_wrong_password_registers_nothing() {
    let mut world = guarded(AorSettings::default());
    let wrong = spec(&world, "jabberwocky", 300);
    world.nodes[0].register(world.now, wrong).expect("register");
    world.settle();
    assert!(world.has_event(0, |event| matches!(
        event,
        Event::RegistrationFailed {
            status: Status(401),
            ..
        }
    )));
    assert!(world.nodes[1].contacts("alice").is_empty());
}

#[test]
fn a_silent_registrar_is_tried_again() {
    let mut world = guarded(AorSettings::default());
    world.lose(20, |text| text.starts_with("REGISTER"));
    let mut patient = spec(&world, "wonderland", 300);
    patient.retry_after = Some(Duration::from_secs(30));
    world.nodes[0].register(world.now, patient).expect("register");
    world.run_for(Duration::from_secs(40));
    assert!(world.has_event(0, |event| matches!(
        event,
        Event::RegistrationFailed {
            status: Status(408),
            ..
        }
    )));
    world.run_for(Duration::from_secs(120));
    assert!(world.has_event(0, |event| matches!(event, Event::RegistrationOk { .. })));
}

/// A registrar without passwords, for scripted REGISTERs.
fn trusting(settings: AorSettings) -> World {
    let mut host = Endpoint::new(config(0));
    let mut accounts = Accounts::default();
    accounts.add_user(Account::of_user(AccountId(1), "frank", None), "frank", settings);
    host.set_accounts(accounts);
    World::of(vec![host])
}

/// A REGISTER with the numbers of the captures.
fn register(world: &mut World, number: u32, contact: &str, expires: &str) -> String {
    let request = format!(
        "REGISTER sip:10.0.0.1 SIP/2.0\nVia: SIP/2.0/UDP 10.9.9.9:5070;branch=z9hG4bK-{number}\nMax-Forwards: 70\n\
         From: <sip:frank@10.0.0.1>;tag=f\nTo: <sip:frank@10.0.0.1>\nCall-ID: reg\nCSeq: {number} REGISTER\n\
         Contact: {contact}\nExpires: {expires}\nContent-Length: 0\n\n"
    );
    world.ask(peer(), 0, &request).remove(0)
}

#[test]
fn a_contact_expires_when_it_is_not_refreshed() {
    let mut world = trusting(AorSettings::default());
    register(&mut world, 1, "<sip:frank@10.9.9.9:5070>", "120");
    world.run_for(Duration::from_secs(119));
    assert_eq!(world.nodes[0].contacts("frank").len(), 1);
    world.run_for(Duration::from_secs(2));
    assert!(world.nodes[0].contacts("frank").is_empty());
    assert!(world.has_event(0, |event| {
        matches!(
            event,
            Event::Unregistered {
                reason: UnregisterReason::Expired,
                ..
            }
        )
    }));
}

#[test]
fn lifetimes_are_raised_and_lowered_as_in_the_capture() {
    let mut world = trusting(AorSettings::default());
    let reply = register(&mut world, 1, "<sip:frank@10.9.9.9:5070>", "5");
    assert_eq!(
        (header(&reply, "Expires"), header(&reply, "Contact")),
        ("60", "<sip:frank@10.9.9.9:5070>;expires=60")
    );
    let reply = register(&mut world, 2, "<sip:frank@10.9.9.9:5070>", "99999");
    assert_eq!(header(&reply, "Expires"), "7200");
}

#[test]
fn a_contact_too_many_gets_403_or_takes_the_oldest_place() {
    let mut world = trusting(AorSettings::default());
    register(&mut world, 1, "<sip:frank@10.9.9.9:5070>", "120");
    assert!(register(&mut world, 2, "<sip:frank@10.9.9.9:5999>", "120").starts_with("SIP/2.0 403 "));
    let mut world = trusting(AorSettings {
        removes_existing: true,
        ..AorSettings::default()
    });
    register(&mut world, 1, "<sip:frank@10.9.9.9:5070>", "120");
    assert!(register(&mut world, 2, "<sip:frank@10.9.9.9:5999>", "120").starts_with("SIP/2.0 200 "));
    assert_eq!(world.nodes[0].contacts("frank")[0].contact.port, Some(5999));
    assert!(world.has_event(0, |event| {
        matches!(
            event,
            Event::Unregistered {
                reason: UnregisterReason::Replaced,
                ..
            }
        )
    }));
}

#[test]
fn a_star_removes_all_and_only_with_expires_0() {
    let mut world = trusting(AorSettings {
        max_contacts: 5,
        ..AorSettings::default()
    });
    register(
        &mut world,
        1,
        "<sip:frank@10.9.9.9:5070>, <sip:frank@10.9.9.9:5071>",
        "120",
    );
    assert_eq!(world.nodes[0].contacts("frank").len(), 2);
    assert!(register(&mut world, 2, "*", "60").starts_with("SIP/2.0 400 "));
    assert!(register(&mut world, 3, "*", "0").starts_with("SIP/2.0 200 "));
    assert!(world.nodes[0].contacts("frank").is_empty());
    world.run_for(Duration::from_secs(33));
    assert_eq!(world.nodes[0].load().timers, 0, "no expiry is waited for");
}

#[test]
fn an_update_out_of_order_changes_nothing() {
    let mut world = trusting(AorSettings::default());
    register(&mut world, 5, "<sip:frank@10.9.9.9:5070>", "120");
    assert!(register(&mut world, 4, "<sip:frank@10.9.9.9:5070>", "0").starts_with("SIP/2.0 400 "));
    assert_eq!(world.nodes[0].contacts("frank").len(), 1);
}

#[test]
fn a_foreign_or_removed_address_of_record_is_not_there() {
    let mut world = trusting(AorSettings::default());
    register(&mut world, 1, "<sip:frank@10.9.9.9:5070>", "120");
    world.nodes[0].set_accounts(Accounts {
        by_name: [("frank".to_owned(), Account::of_user(AccountId(1), "other", None))].into(),
        ..Accounts::default()
    });
    world.drain();
    assert!(world.has_event(0, |event| {
        matches!(
            event,
            Event::Unregistered {
                reason: UnregisterReason::Removed,
                ..
            }
        )
    }));
    assert!(register(&mut world, 2, "<sip:frank@10.9.9.9:5070>", "120").starts_with("SIP/2.0 404 "));
}

#[test]
fn a_ping_tells_whether_somebody_is_there() {
    let mut world = World::of(vec![open_endpoint(config(0)), open_endpoint(config(1))]);
    for (number, to) in [(1, 1), (2, 7)] {
        let uri = Uri::parse(&format!("sip:{}", address(to))).expect("uri");
        let flow = world.flow(0, to, TransportKind::Udp);
        let ping = PingSpec {
            uri,
            from: Party::new("asterisk", "10.0.0.1"),
            flow,
            number,
        };
        world.nodes[0].ping(world.now, ping).expect("ping");
    }
    world.run_for(Duration::from_secs(33));
    let replies: Vec<Event> = world.events(0);
    assert_eq!(
        replies,
        [
            Event::OptionsReply {
                ping: 1,
                status: Some(Status(200))
            },
            Event::OptionsReply {
                ping: 2,
                status: None
            }
        ]
    );
}

#[test]
fn leaving_while_the_refresh_is_on_its_way_leaves() {
    let mut world = guarded(AorSettings::default());
    let id = registered(&mut world, 300);
    world.events(0);
    world.run_for(Duration::from_millis(270_005));
    world.nodes[0].unregister(world.now, id);
    world.settle();
    world.run_for(Duration::from_secs(40));
    let ends = world.events(0);
    assert_eq!(
        ends,
        [Event::RegistrationOk {
            registration: id,
            expires_s: 0
        }]
    );
    assert!(world.nodes[1].contacts("alice").is_empty());
    assert_eq!(world.nodes[0].load().timers, 0);
}

#[test]
fn a_kept_registration_is_withdrawn_and_renewed_under_one_call_id() {
    let mut world = guarded(AorSettings::default());
    let spec = spec(&world, "wonderland", 300);
    let id = world.nodes[0].keep_registration(spec).expect("room");
    world.settle();
    assert_eq!(world.sent(0, "REGISTER"), 0);
    for _ in 0..2 {
        world.nodes[0].renew(world.now, id);
        world.settle();
        assert_eq!(world.nodes[1].contacts("alice").len(), 1);
        world.nodes[0].unregister(world.now, id);
        world.settle();
        assert!(world.nodes[1].contacts("alice").is_empty());
    }
    let sent: Vec<&String> = world
        .log
        .iter()
        .filter(|(_, text)| text.starts_with("REGISTER"))
        .map(|(_, text)| text)
        .collect();
    let call_id = header(sent[0], "Call-ID");
    assert!(sent.iter().all(|text| header(text, "Call-ID") == call_id));
    let leaving = sent
        .iter()
        .filter(|text| header(text, "Expires") == "0" && !text.contains("\nAllow:"));
    assert_eq!(leaving.count(), 4, "twice, each time with and without the proof");
    world.nodes[0].renew(world.now, id);
    world.settle();
    world.nodes[0].drop_registration(id);
    let before = world.sent(0, "REGISTER");
    world.run_for(Duration::from_secs(400));
    assert_eq!(world.sent(0, "REGISTER"), before, "it is not refreshed any more");
    assert_eq!(world.nodes[0].load().timers, 0);
}

#[test]
fn a_message_of_ours_carries_its_headers_and_body() {
    let mut world = World::of(vec![open_endpoint(config(0)), open_endpoint(config(1))]);
    let message = |header: &str| NotifySpec {
        uri: Uri::parse(&format!("sip:bob@{}", address(1))).expect("uri"),
        from: Party::new("pbx", "10.0.0.1"),
        flow: world.flow(0, 1, TransportKind::Udp),
        headers: vec![("X-Gold".into(), header.into())],
        body: "hello".into(),
    };
    let (good, forged) = (message("1"), message("1\r\nEvil: yes"));
    assert!(world.nodes[0].message_outside(world.now, forged).is_err());
    world.nodes[0].message_outside(world.now, good).expect("sent");
    world.settle();
    let sent: Vec<&String> = world
        .log
        .iter()
        .filter(|(_, text)| text.starts_with("MESSAGE sip:bob@"))
        .map(|(_, text)| text)
        .collect();
    assert_eq!(sent.len(), 1);
    assert_eq!(header(sent[0], "X-Gold"), "1");
    assert!(!sent[0].contains("Subscription-State"));
    assert!(sent[0].ends_with("Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"));
}

#[test]
fn a_notify_of_ours_carries_its_headers_and_body() {
    let mut world = World::of(vec![open_endpoint(config(0)), open_endpoint(config(1))]);
    let notify = |event: &str| NotifySpec {
        uri: Uri::parse(&format!("sip:bob@{}", address(1))).expect("uri"),
        from: Party::new("asterisk", "10.0.0.1"),
        flow: world.flow(0, 1, TransportKind::Udp),
        headers: vec![
            ("Event".into(), event.into()),
            ("Content-Length".into(), "7".into()),
        ],
        body: "one\r\n".into(),
    };
    let (good, forged) = (notify("check-sync"), notify("a\r\nEvil: yes"));
    assert!(world.nodes[0].notify(world.now, forged).is_err());
    world.nodes[0].notify(world.now, good).expect("sent");
    world.settle();
    let sent: Vec<&String> = world
        .log
        .iter()
        .filter(|(_, text)| text.starts_with("NOTIFY sip:bob@"))
        .map(|(_, text)| text)
        .collect();
    assert_eq!(sent.len(), 1);
    assert_eq!(header(sent[0], "Event"), "check-sync");
    assert_eq!(header(sent[0], "Subscription-State"), "terminated");
    assert!(sent[0].ends_with("Content-Type: text/plain\r\nContent-Length: 5\r\n\r\none\r\n"));
}

#[test]
fn a_message_of_ours_makes_no_dialog() {
    let mut world = World::of(vec![open_endpoint(config(0)), open_endpoint(config(1))]);
    let message = NotifySpec {
        uri: Uri::parse(&format!("sip:bob@{}", address(1))).expect("uri"),
        from: Party::new("alice", "10.0.0.1"),
        flow: world.flow(0, 1, TransportKind::Udp),
        headers: vec![("X-Kind".into(), "note".into())],
        body: "hello".into(),
    };
    let now = world.now;
    world.nodes[0].message_outside(now, message).expect("sent");
    world.settle();
    let sent = world
        .log
        .iter()
        .find(|(_, text)| text.starts_with("MESSAGE sip:bob@"));
    let (_, sent) = sent.expect("it was sent");
    assert_eq!(header(sent, "X-Kind"), "note");
    assert!(
        !sent.contains("Contact:") && !sent.contains("Subscription-State:"),
        "{sent}"
    );
    assert!(sent.ends_with("Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"));
}
