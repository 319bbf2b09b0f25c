//! A phone and a registrar that wants a password.

use std::time::Duration;

use ucx_sip::digest::{Credentials, Secret};
use ucx_sip::{
    Account, AccountId, Accounts, AorSettings, Endpoint, EndpointConfig, Flow, LocalTransport, TransportId,
    TransportKind,
};

use super::wire::{address, config, name};
use crate::{Phone, Socket};

struct Registrar {
    now: Duration,
    phone: Phone,
    host: Endpoint,
    told: Vec<String>,
}

impl Registrar {
    fn new(password: &str) -> Self {
        let mut config = config(0, 1, 5);
        config.identity.password = Some(password.to_owned());
        let at = address(1);
        let local = LocalTransport {
            id: TransportId(0),
            kind: TransportKind::Udp,
            addr: at,
            advertised: at,
        };
        let mut host = Endpoint::new(EndpointConfig::new([9; 32], vec![local]));
        let auth = Credentials {
            username: "6001".to_owned(),
            secret: Secret::Plain("right".to_owned()),
        };
        let mut accounts = Accounts::default();
        accounts.add_user(
            Account::of_user(AccountId(1), "6001", Some(auth)),
            "6001",
            AorSettings::default(),
        );
        host.set_accounts(accounts);
        Self {
            now: Duration::from_secs(1),
            phone: Phone::new(config),
            host,
            told: Vec::new(),
        }
    }

    /// Carries messages until both are quiet.
    fn carry(&mut self) {
        let flow = Flow {
            transport: TransportId(0),
            kind: TransportKind::Udp,
            local: address(1),
            remote: address(0),
            connection: None,
        };
        loop {
            if let Some(transmit) = self.phone.poll_transmit() {
                self.host.handle_datagram(self.now, &flow, &transmit.bytes);
            } else if let Some(transmit) = self.host.poll_transmit() {
                self.phone
                    .handle_datagram(self.now, Socket::Sip, address(1), &transmit.bytes);
            } else {
                break;
            }
        }
        while let Some(event) = self.phone.poll_event() {
            self.told.push(name(&event.what));
        }
    }

    fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = [self.phone.poll_timeout(), self.host.poll_timeout()]
            .into_iter()
            .flatten()
            .min()
        {
            if at > end {
                break;
            }
            self.now = self.now.max(at);
            self.phone.handle_timeout(self.now);
            self.host.handle_timeout(self.now);
            self.carry();
        }
        self.now = end;
    }
}

#[test]
fn a_phone_registers_refreshes_and_takes_it_back() {
    let mut world = Registrar::new("right");
    world
        .phone
        .register(world.now, Duration::from_secs(120))
        .expect("a registration");
    world.carry();
    assert_eq!(world.told, ["registered"]);
    assert_eq!(world.host.contacts("6001").len(), 1);

    world.run(Duration::from_secs(300));
    assert_eq!(
        world.told,
        ["registered", "registered", "registered"],
        "it is refreshed before it expires"
    );
    assert_eq!(world.host.contacts("6001").len(), 1);

    world.phone.unregister(world.now).expect("it is registered");
    world.carry();
    assert_eq!(world.told.last().map(String::as_str), Some("unregistered"));
    assert!(world.host.contacts("6001").is_empty());
    assert!(!world.phone.is_registered());
}

#[test]
fn a_wrong_password_is_told_and_not_tried_for_ever() {
    let mut world = Registrar::new("wrong");
    world
        .phone
        .register(world.now, Duration::from_secs(120))
        .expect("a registration");
    world.carry();
    world.run(Duration::from_secs(600));

    assert_eq!(world.told, ["register-failed"]);
    assert!(world.host.contacts("6001").is_empty());
    assert!(
        world.phone.ladder().rungs().count() <= 6,
        "{}",
        world.phone.ladder()
    );
}
