//! Who is let in: identification, challenges, and what strangers learn.

use std::time::Duration;

use super::scripted::{PLAIN, Text, peer, text};
use super::world::{World, config, header, open_endpoint, sdp};
use crate::Method;
use crate::digest::client::answer;
use crate::digest::{Challenge, Credentials, Secret};
use crate::event::{Event, SecurityKind};
use crate::{Account, AccountId, Accounts, AddressMatch, AorSettings, Endpoint, SessionId};

pub(super) fn secret(password: &str) -> Credentials {
    Credentials {
        username: "alice".into(),
        secret: Secret::Plain(password.into()),
    }
}

/// A registrar that knows alice by her password, and a phone.
pub(super) fn guarded(settings: AorSettings) -> World {
    let mut host = Endpoint::new(config(1));
    let mut accounts = Accounts::default();
    accounts.add_user(
        Account::of_user(AccountId(1), "alice", Some(secret("wonderland"))),
        "alice",
        settings,
    );
    host.set_accounts(accounts);
    World::of(vec![open_endpoint(config(0)), host])
}

fn call_with(world: &mut World, credentials: Option<Credentials>) -> SessionId {
    let mut spec = world.spec(0, 1);
    spec.credentials = credentials;
    let session = world.nodes[0].invite(world.now, spec).expect("invite");
    world.settle();
    session
}

fn refused(world: &World) -> bool {
    world.has_event(1, |event| {
        matches!(
            event,
            Event::Security(security) if matches!(security.kind, SecurityKind::BadPassword { .. })
        )
    })
}

/// What the guard told of whom, in order.
fn told(world: &World) -> Vec<(String, &'static str)> {
    let word = |kind: &SecurityKind| match kind {
        SecurityKind::UnknownAccount => "unknown",
        SecurityKind::ChallengeSent => "challenged",
        SecurityKind::BadPassword { challenge, response } => {
            assert!(!challenge.is_empty() && !response.is_empty());
            "refused"
        }
        SecurityKind::ForeignAor
        | SecurityKind::TooManyContacts
        | SecurityKind::Authenticated
        | SecurityKind::Malformed
        | SecurityKind::Overload => "other",
    };
    let events = world.told(1).iter();
    let security = events.filter_map(|event| match event {
        Event::Security(security) => Some((security.account.clone(), word(&security.kind))),
        _ => None,
    });
    security.collect()
}

fn seen(world: &World, kind: SecurityKind) -> bool {
    world.has_event(
        1,
        |event| matches!(event, Event::Security(security) if security.kind == kind),
    )
}

fn refused_with_401(world: &World) -> bool {
    world.has_event(
        0,
        |event| matches!(event, Event::Failed { failure, .. } if failure.status.0 == 401),
    )
}

#[test]
fn a_caller_with_the_password_is_let_in_as_its_account() {
    let mut world = guarded(AorSettings::default());
    let caller = call_with(&mut world, Some(secret("wonderland")));
    let (session, account) = world.expect(1, |event| match event {
        Event::Incoming { session, call } => Some((*session, call.account)),
        _ => None,
    });
    assert_eq!(account, AccountId(1));
    assert_eq!((world.sent(0, "INVITE"), world.sent(0, "ACK")), (2, 1));
    let invites: Vec<&String> = world
        .log
        .iter()
        .filter(|(_, text)| text.starts_with("INVITE"))
        .map(|(_, text)| text)
        .collect();
    assert_eq!(header(invites[0], "Call-ID"), header(invites[1], "Call-ID"));
    assert_eq!(header(invites[0], "From"), header(invites[1], "From"));
    assert_ne!(header(invites[0], "CSeq"), header(invites[1], "CSeq"));
    world.nodes[1].answer(world.now, session, sdp()).expect("answer");
    world.settle();
    world.nodes[0].hangup(world.now, caller, None).expect("hangup");
    world.assert_all_over();
    assert!(seen(&world, SecurityKind::Authenticated));
}

#[test]
fn a_wrong_password_is_refused_and_reported() {
    let mut world = guarded(AorSettings::default());
    call_with(&mut world, Some(secret("looking-glass")));
    assert!(refused_with_401(&world));
    assert!(refused(&world));
    assert_eq!(
        told(&world),
        [
            ("alice".to_owned(), "challenged"),
            ("alice".to_owned(), "refused")
        ]
    );
    assert_eq!(
        world.sent(0, "INVITE"),
        2,
        "the same wrong password is not tried again"
    );
    world.assert_all_over();
}

#[test]
fn a_caller_without_a_password_fails_with_401() {
    let mut world = guarded(AorSettings::default());
    call_with(&mut world, None);
    assert!(refused_with_401(&world));
    assert_eq!(world.sent(0, "INVITE"), 1);
    world.assert_all_over();
}

#[test]
fn an_unknown_name_is_challenged_like_a_known_one() {
    let mut world = guarded(AorSettings::default());
    let stranger = world.ask(peer(), 1, &text(&PLAIN));
    let known = text(&Text {
        branch: "z9hG4bK-2",
        cseq: 9,
        ..PLAIN
    })
    .replace("sip:eve@", "sip:alice@");
    let friend = world.ask(peer(), 1, &known);
    let shape = |reply: &str| {
        let names: Vec<String> = reply
            .lines()
            .map(|line| line.split([':', '=']).next().unwrap_or_default().to_owned())
            .collect();
        let challenge = header(reply, "WWW-Authenticate");
        (
            names,
            challenge.split("nonce").next().unwrap_or_default().to_owned(),
            challenge.len(),
        )
    };
    assert!(stranger[0].starts_with("SIP/2.0 401 "), "{stranger:?}");
    assert_eq!(shape(&stranger[0]), shape(&friend[0]));
    assert_eq!(
        told(&world),
        [
            ("eve".to_owned(), "unknown"),
            ("<unknown>".to_owned(), "challenged"),
            ("alice".to_owned(), "challenged")
        ]
    );
}

#[test]
fn an_old_nonce_is_called_stale_and_no_password_is_blamed() {
    let mut world = guarded(AorSettings::default());
    let by_alice = |branch, cseq, more: &str| {
        text(&Text {
            branch,
            cseq,
            more,
            ..PLAIN
        })
        .replace("sip:eve@", "sip:alice@")
    };
    let challenged = world.ask(peer(), 1, &by_alice("z9hG4bK-1", 1, ""));
    let challenge = Challenge::parse(header(&challenged[0], "WWW-Authenticate")).expect("a challenge");
    let proof = answer(
        &challenge,
        &secret("wonderland"),
        &Method::Invite,
        "sip:bob@10.0.0.1",
        "c",
    )
    .expect("proof");
    world.run_for(Duration::from_secs(40));
    world.mail.clear();
    let late = world.ask(
        peer(),
        1,
        &by_alice("z9hG4bK-2", 2, &format!("Authorization: {proof}\n")),
    );
    assert!(late[0].starts_with("SIP/2.0 401 "), "{late:?}");
    assert!(
        header(&late[0], "WWW-Authenticate").contains("stale=true"),
        "{late:?}"
    );
    assert!(!refused(&world));
}

#[test]
fn a_trunk_is_known_by_its_address_and_asked_for_nothing() {
    let mut world = guarded(AorSettings::default());
    let mut trunk = Account::of_user(AccountId(5), "trunk", None);
    trunk.is_known_by_user = false;
    trunk.addresses = vec![AddressMatch {
        address: peer().ip(),
        prefix_bits: 32,
        port: None,
    }];
    let mut accounts = Accounts::default();
    accounts.add_user(trunk, "trunk", AorSettings::default());
    world.nodes[1].set_accounts(accounts);
    world.ask(peer(), 1, &text(&PLAIN));
    let account = world.expect(1, |event| match event {
        Event::Incoming { call, .. } => Some(call.account),
        _ => None,
    });
    assert_eq!(account, AccountId(5));
}
