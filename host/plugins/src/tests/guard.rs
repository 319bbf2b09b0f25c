//! Does the guard against fraud refuse in the real host what its tables and its own records say?

use std::sync::Arc;
use std::time::{Duration, Instant};

use ucx_call::{Cause, EventKind};
use ucx_pbx::testing::{World, run};
use ucx_pbx::{Registry, SubscribeSpec};

use super::flows::{Late, Rest};
use super::{Bed, Folder};
use crate::calendar::ScheduleRule;
use crate::{Attr, Decision, Event, Grants, Interruption, Metric, RouteOutcome, RouteRequest, Value, Wasm};

const GRANT: &str = r#"
    [plugins.fraud-guard]
    tables = ["destinations", "premium", "limits"]
    variables = ["CHANNEL(accountcode)"]
    events = ["*"]
    buckets = ["default"]
    schedules = ["never"]
    config = { dry-run = "DRY" }
"#;

fn bed(name: &str, dry: &str) -> Bed {
    bed_with(name, dry, |_| {})
}

fn bed_with(name: &str, dry: &str, change: impl FnOnce(&mut crate::PluginHostConfig)) -> Bed {
    let bed = Bed::with(name, |config| {
        config.grants = Grants::parse(&GRANT.replace("DRY", dry)).unwrap();
        config
            .schedules
            .insert("never".to_owned(), ScheduleRule::default());
        change(config);
    });
    bed.folder.write(
        "tables/destinations.csv",
        "prefix,action,name,schedule,at-once\n+44,allow,Britain,,2\n+882,deny,satellite,,\n+1,allow,America,never,\n",
    );
    bed.folder
        .write("tables/limits.csv", "key,per-hour\ncaller/6001,3\n");
    bed.host.reload_tables();
    bed
}

fn about(kind: &str, call: &str, at: u64, attrs: &[(&str, &str)]) -> Event {
    let attr = |(name, text): &(&str, &str)| Attr {
        name: (*name).to_owned(),
        value: Value::Text((*text).to_owned()),
    };
    Event {
        call: Some(call.to_owned()),
        attrs: attrs.iter().map(attr).collect(),
        ..Event::new(kind, at)
    }
}

/// What is said to a caller at a moment; the reason, and whether the call is refused.
async fn asked(bed: &Bed, caller: &str, dialled: &str, at: u64) -> (String, bool) {
    let mut request = RouteRequest::new("own", dialled);
    caller.clone_into(&mut request.caller.number);
    request.at = at;
    let RouteOutcome::Verdict { verdict, .. } = bed.host.route("fraud-guard", request).await else {
        panic!("no verdict: {:?}", bed.host.recent())
    };
    let is_refused = match verdict.decision {
        Decision::Reject(rejection) => {
            assert_eq!(rejection.cause, 21);
            true
        }
        Decision::Pass => false,
        Decision::Connect(_) | Decision::ContinueAt(_) | Decision::Other(_) => panic!("{verdict:?}"),
    };
    (verdict.reason, is_refused)
}

/// Waits until the records have come so far.
async fn until(bed: &Bed, caller: &str, dialled: &str, at: u64, reason: &str) {
    let began = Instant::now();
    loop {
        let said = asked(bed, caller, dialled, at).await.0;
        if said == reason {
            return;
        }
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "{said} {:?}",
            bed.host.log("fraud-guard")
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

const NOW: u64 = 1_760_000_000_000;

#[tokio::test(flavor = "multi_thread")]
async fn destinations_are_judged_by_tables_that_change_under_way() {
    let bed = bed("guard-tables", "no");
    bed.install("fraud-guard").await;
    assert_eq!(
        asked(&bed, "6001", "+4420", NOW).await.0,
        "nothing speaks against it"
    );
    let denied = ("+882 is not allowed (satellite)".to_owned(), true);
    assert_eq!(asked(&bed, "6001", "008821", NOW).await, denied);
    assert_eq!(
        asked(&bed, "6001", "+15551234", NOW).await.0,
        "+1 is allowed only while never is open (America)"
    );
    bed.folder
        .write("tables/premium.csv", "prefix,name\n+4487,information\n");
    bed.host.reload_tables();
    assert_eq!(
        asked(&bed, "6001", "+44871", NOW).await,
        ("+4487 is a premium rate (information)".to_owned(), true)
    );
    let log = bed.host.log("fraud-guard");
    assert_eq!(
        log[0].text,
        "call own refused by destination: +882 is not allowed (satellite)"
    );
    let metrics = bed.host.metrics("fraud-guard");
    let blocked = metrics.iter().filter(|(name, _)| name.contains("fraud_blocked"));
    let blocked: Vec<_> = blocked.map(|(_, metric)| *metric).collect();
    assert_eq!(
        blocked,
        [Metric::Counter(1), Metric::Counter(1), Metric::Counter(1)]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_its_subscriber_counts_its_router_reads() {
    let bed = bed("guard-limits", "no");
    bed.install("fraud-guard").await;
    let parties = [("caller", "6001"), ("dialled", "+4420"), ("account", "")];
    for call in ["a", "b"] {
        bed.host.deliver(&about("call.started", call, NOW, &parties));
    }
    let full = "calls to +44: 2 calls are going on already";
    until(&bed, "6002", "+4420", NOW, full).await;
    bed.host
        .deliver(&about("call.ended", "a", NOW + 1, &[("billable", "1")]));
    until(&bed, "6002", "+4420", NOW + 1, "nothing speaks against it").await;
    bed.host
        .deliver(&about("call.ended", "b", NOW + 1, &[("billable", "1")]));
    bed.host.deliver(&about("call.started", "c", NOW + 2, &parties));
    bed.host.deliver(&about("call.ended", "c", NOW + 3, &[]));
    let hourly = "this caller: 3 calls an hour are used up";
    until(&bed, "6001", "+4420", NOW + 4, hourly).await;
    // Another generation of it goes on with the same records.
    bed.host.remove("fraud-guard");
    bed.install("fraud-guard").await;
    assert_eq!(
        asked(&bed, "6001", "+4420", NOW + 3_600_001).await.0,
        "nothing speaks against it"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_refuses_nothing() {
    let bed = bed("guard-dry", "yes");
    bed.install("fraud-guard").await;
    assert_eq!(
        asked(&bed, "6001", "+8821", NOW).await,
        (
            "dry run, would be refused: +882 is not allowed (satellite)".to_owned(),
            false
        )
    );
    assert!(bed.host.log("fraud-guard")[0].text.contains("would be refused"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_counted_outlives_the_host() {
    let folder = Folder::new("guard-values");
    let host = |name: &str| {
        bed_with(name, "no", |config| {
            config.keyvalue = Some(folder.0.join("keyvalue"))
        })
    };
    let parties = [("caller", "6001"), ("dialled", "+4420"), ("account", "")];
    let hourly = "this caller: 3 calls an hour are used up";
    {
        let bed = host("guard-before");
        bed.install("fraud-guard").await;
        for call in ["a", "b", "c"] {
            bed.host.deliver(&about("call.started", call, NOW, &parties));
        }
        until(&bed, "6001", "+4420", NOW, hourly).await;
        bed.host.save_values();
    }
    let bed = host("guard-after");
    bed.install("fraud-guard").await;
    assert_eq!(asked(&bed, "6001", "+4420", NOW).await, (hourly.to_owned(), true));
    // Calls that went on when the host ended are over, for whoever is told when it began.
    let at_once = "calls to +44: 2 calls are going on already";
    assert_eq!(asked(&bed, "6002", "+4420", NOW).await.0, at_once);
    let mut request = RouteRequest::new("own", "+4420");
    request.at = NOW + 2_000;
    request.attrs.push(Attr {
        name: "host-started".to_owned(),
        value: Value::Int((NOW + 1_000) as i64),
    });
    let RouteOutcome::Verdict { verdict, .. } = bed.host.route("fraud-guard", request).await else {
        panic!("no verdict: {:?}", bed.host.recent())
    };
    assert_eq!(verdict.reason, "nothing speaks against it");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_calls_at_once_just_as_many_come_through_as_the_limit_says() {
    let bed = bed("guard-many", "no");
    bed.install("fraud-guard").await;
    let parties = [("caller", "6002"), ("dialled", "+4420"), ("account", "")];
    for round in 0..5 {
        let at = NOW + round * 10_000;
        let name = |n: u64| format!("{round}.{n}");
        let questions: Vec<_> = (0..60)
            .map(|n| {
                bed.host.deliver(&about("call.started", &name(n), at, &parties));
                let mut request = RouteRequest::new(name(n), "+4420");
                request.at = at;
                tokio::spawn(bed.host.route("fraud-guard", request))
            })
            .collect();
        let mut through = Vec::new();
        for (n, question) in (0..).zip(questions) {
            let RouteOutcome::Verdict { verdict, .. } = question.await.unwrap() else {
                panic!("no verdict: {:?}", bed.host.recent())
            };
            if matches!(verdict.decision, Decision::Pass) {
                through.push(n);
            }
        }
        assert_eq!(through, [0, 1], "{round}");
        for n in 0..60 {
            bed.host
                .deliver(&about("call.ended", &name(n), at + 1_000, &[("billable", "1")]));
        }
    }
}

#[test]
fn calls_that_come_in_at_the_same_moment_are_held_to_the_limit() {
    let late = Late::default();
    let mut registry = Registry::new();
    registry.application(late.clone());
    registry.application(Rest);
    let plan = "[main]\nexten => _+X.,1,Wasm(fraud-guard)\n same => n,Rest(on)\n";
    run(plan, registry, async move |world: &mut World| {
        let bed = bed_with("guard-world", "no", |config| {
            config.interruption = Interruption::Fuel;
            config.cache = Some(std::env::temp_dir().join(format!("ucx-flows-{}", std::process::id())));
        });
        bed.install("fraud-guard").await;
        let stream = SubscribeSpec {
            capacity: 65_536,
            ..SubscribeSpec::all("plugins")
        };
        let stream = world.pbx.subscribe(stream).unwrap();
        let feed = tokio::spawn(crate::feed(Arc::clone(&bed.host), stream, 1_700_000_000));
        assert!(late.0.set(Wasm::new(Arc::clone(&bed.host))).is_ok());
        for _ in 0..2 {
            let calls: Vec<_> = (0..12).map(|_| world.call("+442071234567")).collect();
            world.pass(1_000).await;
            let through: Vec<_> = calls
                .iter()
                .map(|call| world.pbx.channel(*call).is_some())
                .collect();
            assert_eq!(through[..2], [true, true], "{:?}", bed.host.log("fraud-guard"));
            assert!(!through[2..].contains(&true), "{through:?}");
            for call in &calls[..2] {
                let over = ucx_call::Signal::HungUp(Cause::NORMAL_CLEARING);
                world.pbx.signal(*call, over);
            }
            world.until_over().await;
            world.pass(100).await;
        }
        let rejected = world.record().count(
            |kind| matches!(kind, EventKind::ChannelEnded { channel } if channel.cause == Cause::CALL_REJECTED),
        );
        assert_eq!(rejected, 20);
        feed.abort();
    });
}
