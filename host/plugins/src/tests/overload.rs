//! What becomes of calls when a component is asked twice as much as it can decide, on a clock that jumps?
#![allow(clippy::wildcard_enum_match_arm)] // a test looks for the reasons it means

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::components::{manifest, router};
use super::{Bed, component};
use crate::limits::DECISIONS_PER_PLUGIN;
use crate::web::EXCHANGES_MAX;
use crate::{Fallback, Grants, Interruption, NoVerdict, RouteOutcome, RouteRequest};

/// What http-router's manifest allows a decision by the clock.
const WALL: Duration = Duration::from_secs(2);

const GRANTS: &str = "[plugins.http-router]\nconfig = { url = 'http://crm.example/route', timeout-ms = '60000' }\n\
    secrets = { token = 't' }\ntables = ['http-fallback']\nhttp = ['crm.example']\n\
    [plugins.prefix-router]\ntables = ['routes']\n";

/// A host whose web service never answers.
async fn bed(name: &str) -> Bed {
    let bed = Bed::with(name, |config| {
        config.interruption = Interruption::Fuel;
        config.grants = Grants::parse(GRANTS).unwrap();
        config.web.stand_in = Some(Arc::new(|_, _| Box::pin(std::future::pending())));
    });
    for name in ["http-router", "prefix-router"] {
        bed.host.install(&component(name)).await.unwrap();
    }
    bed
}

async fn decided(bed: &Bed, plugin: &str) -> (RouteOutcome, Duration) {
    let began = Instant::now();
    let outcome = bed
        .host
        .route(plugin, RouteRequest::new("1", "+442071234567"))
        .await;
    (outcome, began.elapsed())
}

#[tokio::test(start_paused = true)]
async fn however_many_wait_for_a_web_service_every_call_is_decided_within_the_wall_limit() {
    let bed = Arc::new(bed("twice").await);
    let asked: Vec<_> = (0..2 * DECISIONS_PER_PLUGIN)
        .map(|_| {
            let bed = Arc::clone(&bed);
            tokio::spawn(async move { decided(&bed, "http-router").await })
        })
        .collect();
    tokio::task::yield_now().await;
    let (mut at_once, mut in_time, mut by_itself) = (0, 0, 0);
    for task in asked {
        let (outcome, took) = task.await.unwrap();
        let RouteOutcome::Fallback { reason, fallback, .. } = outcome else {
            // Told that too many of its questions are open already, it decides without an answer.
            assert_eq!(took, Duration::ZERO);
            by_itself += 1;
            continue;
        };
        assert_eq!(fallback, Fallback::Pass);
        match reason {
            NoVerdict::Overloaded => {
                assert_eq!(took, Duration::ZERO);
                at_once += 1;
            }
            NoVerdict::TimedOut(WALL) => {
                assert!(took <= WALL + Duration::from_millis(1), "{took:?}");
                in_time += 1;
            }
            other => panic!("{other}"),
        }
    }
    assert_eq!((at_once, in_time), (0, EXCHANGES_MAX));
    assert_eq!(by_itself, 2 * DECISIONS_PER_PLUGIN - EXCHANGES_MAX);
}

#[tokio::test(start_paused = true)]
async fn neighbours_take_as_long_as_ever_while_a_component_has_too_much_to_do() {
    let bed = Arc::new(bed("neighbour").await);
    let (_, alone) = decided(&bed, "prefix-router").await;
    let busy: Vec<_> = (0..2 * DECISIONS_PER_PLUGIN)
        .map(|_| {
            let bed = Arc::clone(&bed);
            tokio::spawn(async move { decided(&bed, "http-router").await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert_eq!(
        busy.iter().filter(|task| !task.is_finished()).count(),
        EXCHANGES_MAX
    );
    for _ in 0..100 {
        let (outcome, took) = decided(&bed, "prefix-router").await;
        assert!(matches!(outcome, RouteOutcome::Verdict { .. }), "{outcome:?}");
        assert_eq!(took, alone);
    }
    for task in busy {
        task.await.unwrap();
    }
}

#[tokio::test]
async fn who_asks_goes_on_in_time_though_no_thread_of_the_components_gets_a_processor() {
    let guests = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let bed = {
        let _on_guests = guests.enter();
        Bed::new("starved")
    };
    bed.install("prefix-router").await;
    let (outcome, _) = decided(&bed, "prefix-router").await;
    assert!(matches!(outcome, RouteOutcome::Verdict { .. }), "{outcome:?}");
    let busy = Duration::from_secs(2);
    guests.spawn(async move { std::thread::sleep(busy) });
    // It sleeps by now.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let (outcome, took) = decided(&bed, "prefix-router").await;
    let RouteOutcome::Fallback { reason, .. } = outcome else {
        panic!("decided by nobody: {outcome:?}")
    };
    assert_eq!(reason, NoVerdict::TimedOut(crate::ROUTER_WALL));
    assert!(took >= crate::ROUTER_WALL && took < busy / 2, "{took:?}");
    guests.shutdown_background();
}

/// A host whose component takes some hundredths of a second of a processor for a decision, on two threads.
async fn thinking(bed: &Bed) {
    let rounds = "(local $n i32) (local.set $n (i32.const 30000000))
        (loop $l (local.set $n (i32.sub (local.get $n) (i32.const 1))) (br_if $l (local.get $n)))
        (i32.store (i32.const 4100) (i32.const 3)) (i32.const 4096)";
    let thinker = router("(memory (export \"memory\") 1)", rounds);
    let text = format!("{}[budget]\ncpu-ms = 500\n", manifest("thinker"));
    bed.folder.write("thinker.toml", text);
    let path = bed.folder.write("thinker.wasm", thinker);
    bed.host.install(&path).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_than_can_be_decided_in_time_is_not_begun_and_what_is_begun_is_decided() {
    let bed = Bed::new("early");
    thinking(&bed).await;
    // Until it is known what a decision takes.
    for _ in 0..3 {
        let (outcome, _) = decided(&bed, "thinker").await;
        assert!(matches!(outcome, RouteOutcome::Verdict { .. }), "{outcome:?}");
    }
    let asked: Vec<_> = (0..200)
        .map(|n| bed.host.route("thinker", RouteRequest::new("1", n.to_string())))
        .map(tokio::spawn)
        .collect();
    let (mut decided, mut shed, mut others) = (0, 0, Vec::new());
    for task in asked {
        match task.await.unwrap() {
            RouteOutcome::Verdict { .. } => decided += 1,
            RouteOutcome::Fallback {
                reason: NoVerdict::Overloaded,
                ..
            } => shed += 1,
            RouteOutcome::Fallback { reason, .. } => others.push(reason),
        }
    }
    // Let in by their number alone, all of them would be too late. On a busy machine some of those that were begun are.
    assert!(
        decided > others.len(),
        "{decided} decided, {shed} shed, {others:?}"
    );
    assert!(shed > 100, "{decided} decided, {shed} shed");
}
