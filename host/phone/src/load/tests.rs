//! Loads whose callers reach their callees directly, in virtual time and on loopback.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use ucx_sip::{
    Account, AccountId, Accounts, AorSettings, Endpoint, EndpointConfig, Flow, LocalTransport, TransportId,
    TransportKind,
};

use super::{Load, LoadConfig, LoadReport, Side, Sound, Wire};
use crate::config::Identity;

const LEAST: Duration = Duration::from_micros(200);

fn address(host: u8, port: u16) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, host], port))
}

fn side(name: &str, host: u8) -> Side {
    let identities = vec![Identity::new(name)];
    Side {
        identities,
        sip: address(host, 5060),
        rtp: address(host, 4000),
    }
}

fn config(rate: f64, duration: Duration) -> LoadConfig {
    LoadConfig {
        seed: [7; 32],
        server: address(2, 5060),
        domain: None,
        callers: side("caller", 1),
        callees: Some(side("callee", 2)),
        numbers: vec!["700".to_owned(), "701".to_owned()],
        rate,
        duration,
        hold: Duration::from_millis(500),
        ring: Duration::from_millis(30),
        sound: Sound::Silent,
        t1: Duration::from_millis(500),
    }
}

/// Runs a load against itself; `is_carried` decides about each packet by its number.
fn run(config: LoadConfig, is_carried: impl Fn(u64) -> bool) -> LoadReport {
    let wires = BTreeMap::from([
        (address(1, 5060), Wire::CallerSip),
        (address(1, 4000), Wire::CallerRtp),
        (address(2, 5060), Wire::CalleeSip),
        (address(2, 4000), Wire::CalleeRtp),
    ]);
    let mut now = Duration::ZERO;
    let mut load = Load::new(now, config);
    let mut on_the_way: BTreeMap<(Duration, u64), (Wire, SocketAddr, Bytes)> = BTreeMap::new();
    let mut sent = 0;
    while !load.is_over() {
        while let Some(transmit) = load.poll_transmit() {
            sent += 1;
            let from = wires
                .iter()
                .find(|(_, wire)| **wire == transmit.wire)
                .map(|(address, _)| *address);
            if let (true, Some(wire), Some(from)) = (is_carried(sent), wires.get(&transmit.to), from) {
                on_the_way.insert((now + LEAST, sent), (*wire, from, transmit.bytes));
            }
        }
        let parcel = on_the_way.keys().next().map(|(at, _)| *at);
        now = now.max(
            load.poll_timeout()
                .into_iter()
                .chain(parcel)
                .min()
                .expect("something is due"),
        );
        assert!(now < Duration::from_secs(300), "the load comes to an end");
        while let Some(entry) = on_the_way.first_entry().filter(|entry| entry.key().0 <= now) {
            let (wire, from, bytes) = entry.remove();
            load.handle_datagram(now, wire, from, &bytes);
        }
        if load.poll_timeout().is_some_and(|at| at <= now) {
            load.handle_timeout(now);
        }
    }
    load.report()
}

#[test]
fn every_call_of_a_quiet_run_is_answered_and_completed() {
    let report = run(config(50.0, Duration::from_secs(4)), |_| true);

    assert_eq!((report.begun, report.answered, report.completed), (200, 200, 200));
    assert_eq!((report.failed, report.dropped, report.open), (0, 0, 0));
    assert_eq!((report.incoming, report.accepted), (200, 200));
    assert_eq!(report.refused_registrations, 1, "these callees are no registrar");
    assert_eq!((report.setup_ms.count, report.post_dial_ms.count), (200, 200));
    assert!((30.3..30.5).contains(&report.setup_ms.p50), "{report}");
    assert!((0.3..0.5).contains(&report.post_dial_ms.p99), "{report}");
    assert_eq!(report.lateness_ms.max, 0.0);
}

#[test]
fn calls_begin_on_time_even_when_nobody_answers() {
    let mut config = config(100.0, Duration::from_secs(2));
    config.callees = None;
    let report = run(config, |_| true);

    assert_eq!((report.begun, report.answered, report.failed), (200, 0, 200));
    assert_eq!(report.failed_by_status, BTreeMap::from([(408, 200)]));
    assert_eq!(report.lateness_ms.max, 0.0);
}

#[test]
fn lost_packets_delay_calls_and_do_not_lose_them() {
    let report = run(config(20.0, Duration::from_secs(5)), |packet| packet % 11 != 0);

    assert_eq!((report.begun, report.answered), (100, 100));
    assert_eq!((report.completed, report.open), (100, 0));
    assert!(
        report.setup_ms.max > 500.0,
        "some INVITE or 200 was sent again: {report}"
    );
}

#[test]
fn sound_goes_both_ways_without_holes() {
    let mut config = config(1.0, Duration::from_millis(900));
    (config.sound, config.hold) = (Sound::Rtp, Duration::from_secs(2));
    let report = run(config, |_| true);

    let rtp = report.rtp.expect("there was sound");
    assert!((195..=205).contains(&rtp.sent), "{rtp:?}");
    assert!(rtp.sent - rtp.received - rtp.unknown <= 2, "{rtp:?}");
    assert_eq!((rtp.lost, rtp.holes, rtp.resets, rtp.ssrc_changes), (0, 0, 0, 0));
}

#[test]
fn the_same_seed_makes_the_same_calls() {
    let run = || run(config(30.0, Duration::from_secs(3)), |packet| packet % 7 != 0).to_json();

    assert_eq!(run(), run());
}

/// Two thousand calls a second are promised for one core; half of that leaves room for a busy machine.
#[test]
fn one_core_makes_thousands_of_calls_a_second() {
    let mut config = config(4000.0, Duration::from_secs(1));
    config.ring = Duration::ZERO;
    let begun = Instant::now();
    let report = run(config, |_| true);
    let took = begun.elapsed();

    assert_eq!(report.completed, 4000);
    eprintln!(
        "{:.1} µs a call, both sides together",
        took.as_secs_f64() * 1e6 / 4000.0
    );
    assert!(took < Duration::from_secs(4), "4000 calls took {took:?}");
}

#[test]
fn callees_register_before_the_calls_and_take_it_back_afterwards() {
    let at = address(2, 5060);
    let local = LocalTransport {
        id: TransportId(0),
        kind: TransportKind::Udp,
        addr: at,
        advertised: at,
    };
    let mut host = Endpoint::new(EndpointConfig::new([1; 32], vec![local]));
    let mut accounts = Accounts::default();
    for (number, name) in [(1, "a"), (2, "b")] {
        accounts.add_user(
            Account::of_user(AccountId(number), name, None),
            name,
            AorSettings::default(),
        );
    }
    host.set_accounts(accounts);
    let mut config = config(1.0, Duration::ZERO);
    config.callees = Some(Side {
        identities: vec![Identity::new("a"), Identity::new("b")],
        ..side("", 3)
    });
    let mut now = Duration::ZERO;
    let mut load = Load::new(now, config);
    let mut most = 0;
    while !load.is_over() {
        if let Some(transmit) = load.poll_transmit() {
            let (kind, local, remote) = (TransportKind::Udp, at, address(3, 5060));
            let flow = Flow {
                transport: TransportId(0),
                kind,
                local,
                remote,
                connection: None,
            };
            host.handle_datagram(now, &flow, &transmit.bytes);
        } else if let Some(transmit) = host.poll_transmit() {
            load.handle_datagram(now, Wire::CalleeSip, at, &transmit.bytes);
        } else {
            now = now.max(load.poll_timeout().expect("something is due"));
            load.handle_timeout(now);
        }
        most = most.max(host.load().bindings);
    }

    let report = load.report();
    assert_eq!(
        (report.registered, report.refused_registrations, report.begun),
        (2, 0, 0)
    );
    assert_eq!((most, host.load().bindings), (2, 0));
}
