//! The world itself under test: a checker that cannot fail checks nothing.

use crate::chance::Chance;
use crate::ledger::Ledger;
use crate::network::{Network, Parcel, SIP_PORT};
use crate::{Outcome, Play, Script, Weather, What, WorldSpec, run};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::*;

const HERE: SocketAddr = SocketAddr::new(
    std::net::IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1)),
    SIP_PORT,
);
const THERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 1, 1)), 40_000);

fn spec(seed: u64, weather: Weather) -> WorldSpec {
    WorldSpec {
        seed,
        calls: 12,
        weather,
        component: None,
        play: None,
        fault: None,
        has_guests: false,
        keeps_log: true,
    }
}

fn lived(spec: &WorldSpec) -> Outcome {
    run(spec).expect("the world can be set up")
}

#[test]
fn the_same_seed_gives_the_same_log_and_another_one_another() {
    for weather in [Weather::QUIET, Weather::stormy(3)] {
        let (one, again) = (lived(&spec(3, weather)), lived(&spec(3, weather)));
        assert_eq!(one.broken, None, "{}", one.tail.join("\n"));
        assert_eq!(one.tail, again.tail);
        assert_eq!(one.digest, again.digest);
        assert_ne!(one.digest, lived(&spec(4, weather)).digest);
        assert!(
            one.figures.answered > 0 && one.figures.frames > 0,
            "{:?}",
            one.figures
        );
    }
}

#[test]
fn clients_and_programs_take_part_and_a_world_with_them_repeats_itself() {
    for weather in [Weather::QUIET, Weather::stormy(5)] {
        let guests = WorldSpec {
            has_guests: true,
            calls: 40,
            ..spec(5, weather)
        };
        let (one, again) = (lived(&guests), lived(&guests));
        assert_eq!(one.broken, None, "{}", one.tail.join("\n"));
        assert_eq!(one.tail, again.tail);
        assert!(
            one.figures.stays > 0 && one.figures.sessions > 0,
            "{:?}",
            one.figures
        );
    }
}

#[test]
fn calls_that_a_component_leads_repeat_themselves_and_its_failures_are_treated() {
    let component = crate::component().expect("`cargo xtask plugins` builds it");
    let led = WorldSpec {
        component: Some(component),
        calls: 60,
        ..spec(6, Weather::QUIET)
    };
    let (one, again) = (lived(&led), lived(&led));
    assert_eq!(one.broken, None, "{}", one.tail.join("\n"));
    let differ = one.tail.iter().zip(&again.tail).find(|(one, again)| one != again);
    assert_eq!(differ, None);
    assert_eq!(one.tail.len(), again.tail.len());
    let figures = one.figures;
    assert!(
        figures.led > figures.rescued && figures.rescued > 0,
        "{figures:?}"
    );
    assert!(figures.stopped_at != 0 && figures.swapped_at != 0, "{figures:?}");
}

fn scripted(script: Script, meddling: Option<(u64, What)>) -> WorldSpec {
    let component = crate::component().expect("`cargo xtask plugins` builds it");
    WorldSpec {
        component: Some(component),
        calls: 0,
        play: Some(Play { script, meddling }),
        ..spec(9, Weather::QUIET)
    }
}

#[test]
fn a_script_repeats_itself_and_whoever_is_not_meddled_with_is_led_well() {
    for (script, calls) in [(Script::Flow, 3), (Script::Foreman, 5), (Script::Clicks, 5)] {
        let spec = scripted(script, None);
        let (one, again) = (lived(&spec), lived(&spec));
        assert_eq!(one.broken, None, "{}", one.tail.join("\n"));
        let differ = one.tail.iter().zip(&again.tail).find(|(one, again)| one != again);
        assert_eq!(differ, None);
        let figures = one.figures;
        assert_eq!(
            (figures.well, figures.fallen),
            (calls, 0),
            "{script:?}: {figures:?}"
        );
        assert!(figures.requests > 10, "{script:?}: {figures:?}");
    }
}

#[test]
fn whoever_a_killed_component_leads_falls_back_and_a_swap_is_not_noticed() {
    for (script, at) in [(Script::Flow, 5), (Script::Foreman, 8)] {
        for what in What::ALL {
            let outcome = lived(&scripted(script, Some((at, what))));
            assert_eq!(outcome.broken, None, "{what:?}: {}", outcome.tail.join("\n"));
            let figures = outcome.figures;
            assert_eq!(figures.meddled, 1, "{script:?} {what:?}");
            assert_eq!(
                figures.fallen > 0,
                what.kills(),
                "{script:?} {what:?}: {figures:?}"
            );
        }
    }
}

#[test]
fn in_a_quiet_world_phones_are_found_to_hear_each_other() {
    let heard: u64 = (1..=5)
        .map(|seed| lived(&spec(seed, Weather::QUIET)).figures.heard)
        .sum();
    assert!(heard > 0);
}

#[cfg(feature = "faults")]
#[test]
fn a_host_that_forgets_an_end_is_found_out() {
    let fault = crate::Fault::Switch(ucx_switch::Fault::LostHangup);
    let faulty = WorldSpec {
        fault: Some(fault),
        ..spec(1, Weather::QUIET)
    };
    let rule = lived(&faulty).broken.expect("it breaks a rule");
    assert!(rule.contains("the stream tells of"), "{rule}");
}

fn parcel(to: SocketAddr, text: &str) -> Parcel {
    Parcel {
        from: HERE,
        to,
        bytes: text.as_bytes().to_vec(),
    }
}

/// What arrives of a hundred packets, with its time in milliseconds.
fn arrivals(seed: u64, weather: Weather) -> Vec<(u64, String)> {
    let mut network = Network::new(seed, weather);
    for number in 0..100 {
        let sent = network.send(Duration::from_millis(number), parcel(THERE, &number.to_string()));
        sent.expect("no rule is broken");
    }
    let mut arrived = Vec::new();
    while let Some(at) = network.next_at() {
        let parcel = network.pop_due(at).expect("it is due");
        let at = u64::try_from(at.as_millis()).expect("a short while");
        arrived.push((at, String::from_utf8(parcel.bytes).expect("a number")));
    }
    arrived
}

#[test]
fn a_quiet_network_delivers_everything_once_and_in_order() {
    let expected: Vec<_> = (0..100)
        .map(|number: u64| (number + 8, number.to_string()))
        .collect();
    assert_eq!(arrivals(1, Weather::QUIET), expected);
}

#[test]
fn a_bad_network_loses_doubles_and_reorders_as_its_seed_says() {
    let weather = Weather {
        delay_ms: 5,
        jitter_ms: 40,
        lost_permille: 200,
        doubled_permille: 200,
    };
    let arrived = arrivals(7, weather);
    assert_eq!(arrived, arrivals(7, weather));
    assert_ne!(arrived, arrivals(8, weather));
    let mut numbers: Vec<u64> = arrived
        .iter()
        .map(|(_, text)| text.parse().expect("a number"))
        .collect();
    assert!(!numbers.is_sorted(), "nothing was reordered");
    numbers.sort_unstable();
    let all = numbers.len();
    numbers.dedup();
    assert!(numbers.len() < 100, "nothing was lost");
    assert!(numbers.len() < all, "nothing was doubled");
}

#[test]
fn a_message_said_twice_on_a_quiet_network_is_noticed() {
    let bye = || parcel(HERE, "BYE sip:x SIP/2.0\r\nCSeq: 2 BYE\r\n");
    let mut quiet = Network::new(1, Weather::QUIET);
    quiet.send(Duration::ZERO, bye()).expect("the first is fine");
    let rule = quiet.send(Duration::ZERO, bye()).expect_err("the second is not");
    assert!(rule.contains("BYE sip:x"), "{rule}");
    let mut stormy = Network::new(1, Weather::stormy(2));
    stormy.send(Duration::ZERO, bye()).expect("the first is fine");
    stormy.send(Duration::ZERO, bye()).expect("so is the second");
    let ringing = || parcel(HERE, "SIP/2.0 180 Ringing\r\n");
    quiet.send(Duration::ZERO, ringing()).expect("the first is fine");
    quiet.send(Duration::ZERO, ringing()).expect("it may ring again");
}

#[test]
fn chance_stays_in_its_bounds() {
    let mut chance = Chance::new(1, "test");
    for _ in 0..1_000 {
        assert!(chance.below(7) < 7);
        let time = chance.ms(3, 5);
        assert!((3..=5).contains(&time.as_millis()), "{time:?}");
    }
    assert!(!chance.permille(0) && chance.permille(1_000));
}

fn channel(id: u64) -> Arc<ChannelSnapshot> {
    Arc::new(ChannelSnapshot {
        id: ChannelId(id),
        uniqueid: Arc::from(format!("1.{id}")),
        linkedid: Arc::from("1.1"),
        name: Arc::from(format!("PJSIP/6001-{id:08x}")),
        technology: Technology::Pjsip,
        endpoint: Arc::from("6001"),
        state: ChannelState::Ring,
        caller: Party::default(),
        connected: Party::default(),
        dialled: None,
        language: Arc::from("en"),
        account: Arc::default(),
        place: Place::new("main", "1", 1),
        step: None,
        cause: Cause::NONE,
        protocol_cause: None,
        bridge: None,
        is_held: false,
        created_at: Duration::ZERO,
        answered_at: None,
        protocol_id: Arc::default(),
        redirecting: None,
        music: None,
    })
}

/// What a stream of such events breaks.
fn broken(kinds: impl IntoIterator<Item = EventKind>) -> Option<String> {
    let mut ledger = Ledger::default();
    (1..).zip(kinds).find_map(|(sequence, kind)| {
        let event = Event {
            sequence,
            at: Duration::ZERO,
            kind,
        };
        ledger.add(&event).err()
    })
}

fn created(id: u64) -> EventKind {
    EventKind::ChannelCreated { channel: channel(id) }
}

fn ended(id: u64) -> EventKind {
    EventKind::ChannelEnded { channel: channel(id) }
}

fn dial_ended() -> EventKind {
    EventKind::DialEnded {
        caller: None,
        peer: channel(1),
        status: DialStatus::NoAnswer,
        forward: None,
    }
}

fn dial_started() -> EventKind {
    EventKind::DialStarted {
        caller: Some(channel(2)),
        peer: channel(1),
        dial_string: Arc::from("6001"),
    }
}

fn bridge(members: &[u64]) -> Arc<BridgeSnapshot> {
    Arc::new(BridgeSnapshot {
        id: BridgeId(0),
        uniqueid: Arc::from("b"),
        kind: BridgeKind::Basic,
        purpose: BridgePurpose::Mixing,
        technology: "simple_bridge",
        creator: Arc::default(),
        name: Arc::default(),
        members: members.iter().copied().map(ChannelId).collect(),
        member_uniqueids: members
            .iter()
            .map(|member| Arc::from(member.to_string()))
            .collect(),
        created_at: Duration::ZERO,
        video: VideoMode::None,
        variables: Arc::default(),
    })
}

#[test]
fn the_ledger_finds_each_way_a_stream_can_be_wrong() {
    let meet = || EventKind::BridgeCreated { bridge: bridge(&[]) };
    let enter = |members: &[u64]| EventKind::BridgeEntered {
        bridge: bridge(members),
        channel: channel(1),
        swapped: None,
    };
    assert_eq!(broken([created(1), dial_started(), dial_ended(), ended(1)]), None);
    assert_eq!(broken([created(1), meet(), enter(&[1])]), None);
    let table: [(&str, Vec<EventKind>); 8] = [
        ("ends twice", vec![created(1), ended(1), ended(1)]),
        ("used before", vec![created(1), ended(1), created(1)]),
        ("its dial is open", vec![created(1), dial_started(), ended(1)]),
        (
            "is Decided and not Open",
            vec![created(1), dial_started(), dial_ended(), dial_ended()],
        ),
        ("does not live", vec![dial_started()]),
        ("entered it", vec![created(1), meet(), enter(&[1, 2])]),
        (
            "ends inside a bridge",
            vec![created(1), meet(), enter(&[1]), ended(1)],
        ),
        (
            "in it",
            vec![
                created(1),
                meet(),
                enter(&[1]),
                EventKind::BridgeDestroyed { bridge: bridge(&[]) },
            ],
        ),
    ];
    for (rule, kinds) in table {
        let found = broken(kinds).unwrap_or_default();
        assert!(found.contains(rule), "{rule}: {found}");
    }
}
