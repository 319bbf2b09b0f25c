//! Do subscribers get their events, in order, whatever happens to them?

use std::time::{Duration, Instant};

use super::Bed;
use crate::{Attr, Event, PluginEvent, Value};

pub(super) fn started(call: u64, at: u64) -> Event {
    let mut event = Event::new("call.started", at);
    event.call = Some(call.to_string());
    event.attrs = ["caller", "dialled"]
        .map(|name| Attr {
            name: name.to_owned(),
            value: Value::Text(format!("{name}-{call}")),
        })
        .into();
    event
}

pub(super) fn ended(call: u64, at: u64) -> Event {
    let mut event = Event::new("call.ended", at);
    event.call = Some(call.to_string());
    event.attrs = vec![Attr {
        name: "disposition".to_owned(),
        value: Value::Text("ANSWERED".to_owned()),
    }];
    event
}

async fn lines(bed: &Bed, count: usize) -> Vec<String> {
    let began = Instant::now();
    loop {
        let lines: Vec<String> = bed
            .host
            .log("call-monitor")
            .into_iter()
            .map(|line| line.text)
            .collect();
        if lines.len() >= count {
            return lines;
        }
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "{lines:?} {:?}",
            bed.host.recent()
        );
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_monitor_writes_a_line_for_each_finished_call() {
    let bed = Bed::new("monitor");
    bed.install("call-monitor").await;
    bed.host.deliver(&started(1, 1_000));
    bed.host.deliver(&Event::new("channel.dtmf", 1_100));
    bed.host.deliver(&started(2, 1_500));
    bed.host.deliver(&ended(1, 4_000));
    bed.host.deliver(&ended(2, 4_000));
    let lines = lines(&bed, 2).await;
    assert_eq!(lines[0], "call 1: caller-1 to dialled-1, 3.0 s, ANSWERED");
    assert_eq!(lines[1], "call 2: caller-2 to dialled-2, 2.5 s, ANSWERED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_subscriber_hears_of_the_gap_and_holds_nobody() {
    let bed = Bed::new("gap");
    let folder = &bed.folder;
    let from = super::component("call-monitor");
    let manifest = std::fs::read_to_string(from.with_extension("toml")).unwrap();
    folder.write(
        "call-monitor.toml",
        format!("{manifest}\n[delivery]\nmailbox = 10\n"),
    );
    let path = folder.write("call-monitor.wasm", std::fs::read(from).unwrap());
    bed.host.install(&path).await.unwrap();
    let began = Instant::now();
    for n in 0..50_000 {
        bed.host.deliver(&started(n, n));
    }
    assert!(began.elapsed() < Duration::from_secs(5));
    let lines = lines(&bed, 1).await;
    assert!(
        lines[0].starts_with("missed events ") && lines[0].ends_with("the subscriber was too slow"),
        "{lines:?}"
    );
    assert!(bed.host.list()[0].lost > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_outlive_a_swap() {
    let bed = Bed::new("outlive");
    let from = super::component("call-monitor");
    let manifest = std::fs::read_to_string(from.with_extension("toml")).unwrap();
    let path = bed
        .folder
        .write("call-monitor.wasm", std::fs::read(&from).unwrap());
    for version in 1..=4 {
        bed.folder.write(
            "call-monitor.toml",
            manifest.replace("0.1.0", &format!("0.{version}.0")),
        );
        for n in 0..50 {
            bed.host.deliver(&ended(version * 1000 + n, 0));
        }
        bed.host.install(&path).await.unwrap();
        for n in 50..100 {
            bed.host.deliver(&ended(version * 1000 + n, 0));
        }
    }
    // Nobody listened to the first fifty; everything since then is there, once and in order.
    let mut numbers = Vec::new();
    let began = Instant::now();
    while bed.host.list()[0].waiting > 0 || numbers.last() != Some(&4099) {
        assert!(began.elapsed() < Duration::from_secs(10), "{numbers:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
        numbers = call_numbers(&bed);
    }
    assert!(numbers.is_sorted() && numbers.windows(2).all(|pair| pair[0] != pair[1]));
    assert_eq!(bed.host.list()[0].generation, 4);
    let drained = bed
        .host
        .recent()
        .into_iter()
        .filter(|event| matches!(event, PluginEvent::Drained { .. }));
    assert_eq!(drained.count(), 3);
}

fn call_numbers(bed: &Bed) -> Vec<u64> {
    let lines = bed.host.log("call-monitor");
    let number = |text: &str| text.strip_prefix("call ")?.split(':').next()?.parse().ok();
    lines.iter().filter_map(|line| number(&line.text)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscriber_that_traps_is_started_again_and_poison_is_set_aside() {
    let trap = super::components::subscriber("(memory (export \"memory\") 1)", "unreachable");
    let bed = Bed::with("poison", |config| {
        let grant = config.grants.plugins["call-monitor"].clone();
        config.grants.plugins.insert("poison".to_owned(), grant);
    });
    bed.folder.write(
        "poison.toml",
        "id = 'poison'\nversion = '1'\nworlds = ['event-subscriber']\n[asks]\nevents = ['call.ended']\n[delivery]\nretry-max = 2\n",
    );
    let path = bed.folder.write("poison.wasm", trap);
    bed.host.install(&path).await.unwrap();
    bed.host.deliver(&ended(1, 0));
    let began = Instant::now();
    let set_aside = loop {
        let recent = bed.host.recent();
        if let Some(PluginEvent::SetAside { first, last, .. }) = recent
            .iter()
            .find(|event| matches!(event, PluginEvent::SetAside { .. }))
        {
            assert_eq!(
                recent
                    .iter()
                    .filter(|event| matches!(event, PluginEvent::Failed { .. }))
                    .count(),
                3
            );
            break (*first, *last);
        }
        assert!(began.elapsed() < Duration::from_secs(10), "{recent:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    assert_eq!(set_aside, (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_subscriber_is_drained_by_a_swap() {
    let bed = Bed::new("idle");
    let from = super::component("call-monitor");
    let manifest = std::fs::read_to_string(from.with_extension("toml")).unwrap();
    let path = bed
        .folder
        .write("call-monitor.wasm", std::fs::read(&from).unwrap());
    bed.folder.write("call-monitor.toml", &manifest);
    bed.host.install(&path).await.unwrap();
    bed.host.deliver(&ended(1, 0));
    lines(&bed, 1).await;
    bed.folder
        .write("call-monitor.toml", manifest.replace("0.1.0", "0.2.0"));
    bed.host.install(&path).await.unwrap();
    let drained = PluginEvent::Drained {
        plugin: "call-monitor".to_owned(),
        generation: 1,
    };
    let began = Instant::now();
    while !bed.host.recent().contains(&drained) {
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "{:?}",
            bed.host.recent()
        );
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
