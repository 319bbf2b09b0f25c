//! Who comes to the door, who is asked for, and where we register ourselves.

use super::world::{HOST, PEER, World, flow, pjsip};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::LocalSet;
use ucx_sip::digest::{Credentials, Secret};
use ucx_sip::{Account, AccountId, Accounts, AorSettings, Event, Party, RegisterSpec, Uri};

const FRANK: &str = "[frank]\ntype=endpoint\naors=frank\nauth=frank\nallow=ulaw\n\
                     [frank]\ntype=auth\nauth_type=userpass\nusername=frank\npassword=frankpass\n\
                     [frank]\ntype=aor\nmax_contacts=1\n";

const BOB: &str = "[bob]\ntype=endpoint\naors=bob\nallow=ulaw\n\
                   [bob]\ntype=aor\ncontact=sip:bob@127.0.0.1:5072\nqualify_frequency=2\nqualify_timeout=1\n";

const TRUNK: &str = "[tr]\ntype=registration\nserver_uri=sip:127.0.0.1:5072\nclient_uri=sip:pbx@127.0.0.1:5072\n\
                     contact_user=pbx\noutbound_auth=tr\nretry_interval=30\nmax_random_initial_delay=0\nexpiration=120\n\
                     [tr]\ntype=auth\nauth_type=userpass\nusername=pbx\npassword=pbxpass\n";

fn credentials(name: &str, password: &str) -> Credentials {
    Credentials {
        username: name.to_owned(),
        secret: Secret::Plain(password.to_owned()),
    }
}

fn spec(user: &str, password: &str) -> RegisterSpec {
    RegisterSpec {
        registrar: Uri::parse(&format!("sip:{HOST}")).expect("uri"),
        aor: Party::new(user, "127.0.0.1"),
        contact_user: user.to_owned(),
        flow: flow(PEER, HOST),
        expires_s: 300,
        credentials: Some(credentials(user, password)),
        retry_after: None,
    }
}

#[tokio::test(start_paused = true)]
async fn a_phone_that_comes_and_goes_is_told_of_as_in_the_captures() {
    let test = async {
        let mut world = World::new(FRANK);
        let now = world.pbx.now();
        let id = world
            .peer
            .register(now, spec("frank", "frankpass"))
            .expect("room");
        world.settle();
        let expected = [
            "ChallengeSent frank false",
            "SuccessfulAuth frank false",
            "frank reachable true",
            "added sip:frank@127.0.0.1:5072",
            "NonQualified",
        ];
        assert_eq!(world.told(), expected);
        world.peer.unregister(world.pbx.now(), id);
        world.settle();
        let expected = [
            "ChallengeSent frank false",
            "SuccessfulAuth frank false",
            "frank reachable false",
            "removed unregistered",
            "Removed",
        ];
        assert_eq!(world.told(), expected);
    };
    LocalSet::new().run_until(test).await;
}

#[tokio::test(start_paused = true)]
async fn strangers_and_wrong_passwords_are_told_of() {
    let test = async {
        let mut world = World::new(FRANK);
        for user in ["frank", "ghost"] {
            let now = world.pbx.now();
            world.peer.register(now, spec(user, "wrong")).expect("room");
            world.settle();
        }
        let expected = [
            "ChallengeSent frank false",
            "ChallengeResponseFailed frank false",
            "InvalidAccountID ghost false",
            "ChallengeSent <unknown> false",
            "InvalidAccountID ghost false",
            "ChallengeResponseFailed <unknown> false",
        ];
        assert_eq!(world.told(), expected);
    };
    LocalSet::new().run_until(test).await;
}

#[tokio::test(start_paused = true)]
async fn a_contact_that_falls_silent_is_not_called_until_it_answers_again() {
    let test = async {
        let mut world = World::new(BOB);
        let resolves = |world: &World| {
            let found = ucx_pbx::Technologies::resolve(&world.directory, "PJSIP", "bob");
            matches!(found[..], [ucx_switch::DialTarget::Endpoint { .. }])
        };
        world.run(Duration::from_secs(5)).await;
        assert_eq!(world.told(), ["bob reachable true", "Reachable"]);
        assert!(resolves(&world));
        world.is_deaf = true;
        world.run(Duration::from_secs(4)).await;
        assert_eq!(world.told(), ["bob reachable false", "Unreachable"]);
        assert!(!resolves(&world));
        world.is_deaf = false;
        world.control.qualify("bob");
        world.run(Duration::from_secs(2)).await;
        assert_eq!(world.told(), ["bob reachable true", "Reachable"]);
        assert!(resolves(&world));
    };
    LocalSet::new().run_until(test).await;
}

fn let_in(world: &mut World) {
    let account = Account::of_user(AccountId(1), "pbx", Some(credentials("pbx", "pbxpass")));
    let mut accounts = Accounts::default();
    accounts.add_user(account, "pbx", AorSettings::default());
    world.peer.set_accounts(accounts);
}

#[tokio::test(start_paused = true)]
async fn we_register_elsewhere_and_follow_orders() {
    let test = async {
        let mut world = World::new(TRUNK);
        let_in(&mut world);
        world.run(Duration::from_secs(1)).await;
        assert_eq!(world.told(), ["tr Registered"]);
        let is_known = |world: &World| {
            let contacts = world.peer.contacts("pbx");
            contacts
                .iter()
                .any(|known| known.contact.to_string() == "sip:pbx@127.0.0.1:5060")
        };
        assert!(is_known(&world));
        world.control.order_registration("tr", false);
        world.run(Duration::from_secs(1)).await;
        assert_eq!(world.told(), ["tr Unregistered"]);
        assert!(!is_known(&world));
        world.control.order_registration("*all", true);
        world.run(Duration::from_secs(2)).await;
        assert_eq!(world.told(), ["tr Unregistered", "tr Registered"]);
        world.directory.reload(&pjsip(""));
        world.run(Duration::from_secs(1)).await;
        assert!(!is_known(&world), "what is not configured is left");
    };
    LocalSet::new().run_until(test).await;
}

#[tokio::test(start_paused = true)]
async fn a_registrar_that_refuses_for_good_is_not_asked_again() {
    let test = async {
        let mut world = World::new(TRUNK);
        world.run(Duration::from_secs(200)).await;
        assert_eq!(world.told(), ["tr Rejected"], "the password will not get better");
        world.is_deaf = true;
        world.control.order_registration("tr", true);
        world.run(Duration::from_secs(80)).await;
        let told = world.told();
        assert!(
            told.len() >= 2 && told.iter().all(|told| told == "tr Rejected"),
            "{told:?}"
        );
    };
    LocalSet::new().run_until(test).await;
}

#[tokio::test(start_paused = true)]
async fn a_notify_reaches_each_contact_with_its_body() {
    let test = async {
        let mut world = World::new(BOB);
        let pair = |name: &str, value: &str| -> (Arc<str>, Arc<str>) { (Arc::from(name), Arc::from(value)) };
        let headers = [
            pair("Event", "check-sync"),
            pair("Content", "one"),
            pair("Content", "two"),
        ];
        world.control.notify("bob", &headers);
        world.control.notify("nobody", &headers);
        world.settle();
        let notifies = world.sent.iter().filter(|line| line.starts_with("NOTIFY "));
        assert_eq!(
            notifies.collect::<Vec<_>>(),
            ["NOTIFY sip:bob@127.0.0.1:5072 SIP/2.0"]
        );
        assert!(
            !world
                .peer_events
                .iter()
                .any(|event| matches!(event, Event::Security(_)))
        );
    };
    LocalSet::new().run_until(test).await;
}
