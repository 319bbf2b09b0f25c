//! Can a plugin be replaced under load without a failed call?

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::components::router;
use super::{Bed, component, first_target, generation};
use crate::{PluginEvent, RouteOutcome, RouteRequest, Target};

/// Copies a shipped component to the place of the plugin `swapped`, with its manifest under that id.
fn put(bed: &Bed, name: &str) -> std::path::PathBuf {
    let from = component(name);
    let manifest = std::fs::read_to_string(from.with_extension("toml")).unwrap();
    let id = format!("id = \"{name}\"");
    assert!(manifest.contains(&id));
    bed.folder
        .write("swapped.toml", manifest.replace(&id, "id = \"swapped\""));
    bed.folder.write("swapped.wasm", std::fs::read(from).unwrap())
}

fn bed(name: &str) -> Bed {
    Bed::with(name, |config| {
        let grant = config.grants.plugins["prefix-router-b"].clone();
        config.grants.plugins.insert("swapped".to_owned(), grant);
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn swapping_under_load_fails_no_call() {
    let bed = bed("load");
    bed.host.install(&put(&bed, "prefix-router")).await.unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let callers: Vec<_> = (0..8)
        .map(|_| {
            let (host, stop) = (Arc::clone(&bed.host), Arc::clone(&stop));
            tokio::spawn(async move {
                let mut seen: Vec<(u64, usize)> = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let outcome = host
                        .route("swapped", RouteRequest::new("1", "+442071234567"))
                        .await;
                    let RouteOutcome::Verdict { verdict, generation } = outcome else {
                        panic!("failed: {outcome:?}")
                    };
                    let crate::Decision::Connect(groups) = verdict.decision else {
                        panic!("misrouted")
                    };
                    seen.push((generation, groups.len()));
                }
                seen
            })
        })
        .collect();
    for n in 0..6 {
        tokio::time::sleep(Duration::from_millis(30)).await;
        let name = if n % 2 == 0 {
            "prefix-router-b"
        } else {
            "prefix-router"
        };
        assert_eq!(
            bed.host.install(&put(&bed, name)).await.unwrap().generation,
            n + 2
        );
    }
    stop.store(true, Ordering::Relaxed);
    let mut calls = 0;
    let mut generations = std::collections::BTreeSet::new();
    for caller in callers {
        let seen = caller.await.unwrap();
        calls += seen.len();
        assert!(
            seen.is_sorted_by_key(|(generation, _)| *generation),
            "a call went back to an older generation"
        );
        for (generation, groups) in seen {
            // Odd generations are the first rule with one group of legs, even ones the second with two.
            assert_eq!(groups, if generation % 2 == 1 { 1 } else { 2 });
            generations.insert(generation);
        }
    }
    assert!(
        calls > 50 && generations.len() >= 3,
        "{calls} calls on {generations:?}"
    );
    let drained = bed
        .host
        .recent()
        .into_iter()
        .filter(|event| matches!(event, PluginEvent::Drained { .. }));
    assert_eq!(drained.count(), 6);
    assert_eq!(bed.host.list()[0].draining, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_under_way_ends_on_the_generation_it_began_on() {
    let bed = bed("pinned");
    // Runs until it is stopped after half a second of processor time.
    let slow = router("(memory (export \"memory\") 1)", "(loop $l (br $l)) unreachable");
    bed.folder.write(
        "swapped.toml",
        "id = 'swapped'\nversion = '1'\nworlds = ['router']\n[asks]\ntables = ['routes']\n\
         [budget]\ncpu-ms = 500\nwall-ms = 5000\n",
    );
    let path = bed.folder.write("swapped.wasm", slow);
    bed.host.install(&path).await.unwrap();
    // However long the swap takes, some call is under way when it comes.
    let is_swapped = Arc::new(AtomicBool::new(false));
    let (host, until) = (Arc::clone(&bed.host), Arc::clone(&is_swapped));
    let callers = tokio::spawn(async move {
        let mut under_way = Vec::new();
        while !until.load(Ordering::SeqCst) {
            under_way.push(tokio::spawn(
                host.route("swapped", RouteRequest::new("1", "+4420")),
            ));
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
        under_way
    });
    while bed.host.list()[0].in_flight == 0 {
        tokio::task::yield_now().await;
    }
    bed.host.install(&put(&bed, "prefix-router")).await.unwrap();
    is_swapped.store(true, Ordering::SeqCst);
    let draining = bed.host.list()[0].draining.clone();
    assert!(
        matches!(draining[..], [(1, calls)] if calls > 0),
        "{draining:?} {:?}",
        bed.host.recent()
    );
    let outcome = bed.route("swapped", "+4420").await;
    assert_eq!(generation(&outcome), 2);
    assert!(matches!(first_target(&outcome), Target::Trunk(_)));
    for (n, call) in callers.await.unwrap().into_iter().enumerate() {
        let outcome = call.await.unwrap();
        let began_before = matches!(outcome, RouteOutcome::Fallback { generation: 1, .. });
        // Only the first surely began before the swap; the last may have come just after it.
        assert!(
            began_before || (n > 0 && generation(&outcome) == 2),
            "{outcome:?}"
        );
    }
    assert_eq!(bed.host.list()[0].draining, []);
    let drained = PluginEvent::Drained {
        plugin: "swapped".to_owned(),
        generation: 1,
    };
    assert!(bed.host.recent().contains(&drained));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_generation_that_keeps_failing_is_rolled_back() {
    let bed = bed("rollback");
    bed.host.install(&put(&bed, "prefix-router")).await.unwrap();
    let trap = router("(memory (export \"memory\") 1)", "unreachable");
    bed.folder.write(
        "swapped.toml",
        "id = 'swapped'\nversion = '2'\nworlds = ['router']\n",
    );
    let path = bed.folder.write("swapped.wasm", trap);
    assert_eq!(bed.host.install(&path).await.unwrap().generation, 2);
    let mut failed = 0;
    while generation(&bed.route("swapped", "+4420").await) == 2 {
        failed += 1;
        assert!(failed < 100, "never rolled back");
    }
    assert_eq!(failed, 8);
    assert_eq!(bed.host.list()[0].generation, 1);
    let back = PluginEvent::RolledBack {
        plugin: "swapped".to_owned(),
        failed: 2,
        back: 1,
    };
    assert!(bed.host.recent().contains(&back));
    assert_eq!(
        bed.host
            .install(&put(&bed, "prefix-router-b"))
            .await
            .unwrap()
            .generation,
        3
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_question_is_called_off() {
    let bed = bed("dropped");
    bed.install("rogue").await;
    let question = bed.host.route("rogue", RouteRequest::new("1", "loop"));
    assert!(
        tokio::time::timeout(Duration::from_millis(2), question)
            .await
            .is_err()
    );
    let began = std::time::Instant::now();
    while bed.host.list()[0].in_flight > 0 {
        assert!(began.elapsed() < Duration::from_secs(5));
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
