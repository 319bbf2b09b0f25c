//! How long does a decision take? Run on request, in an optimised build: it prints and judges nothing.

use std::sync::Weak;
use std::time::{Duration, Instant};

use super::{Bed, first_target};
use crate::{Attr, Header, RouteRequest, Value};

const WARM_UP: usize = 2_000;
const ROUNDS: usize = 20_000;

fn realistic() -> RouteRequest {
    let mut request = RouteRequest::new("1763856000.17", "+442071234567");
    request.caller.number = "+4930123456".to_owned();
    request.caller.name = Some("Example Limited".to_owned());
    request.via = Some("trunk-berlin".to_owned());
    request.place.context = "from-trunk".to_owned();
    request.headers = (0..4)
        .map(|n| Header {
            name: format!("X-Header-{n}"),
            value: "some value".to_owned(),
        })
        .collect();
    request.attrs = ["codecs", "language", "redirecting", "arg1"]
        .map(|name| Attr {
            name: name.to_owned(),
            value: Value::Text("ulaw,alaw,g722".to_owned()),
        })
        .into();
    request
}

fn percentile(times: &[Duration], part: usize) -> f64 {
    times[(times.len() * part / 1000).min(times.len() - 1)].as_secs_f64() * 1e6
}

fn print(what: &str, mut times: Vec<Duration>) {
    times.sort();
    println!(
        "{what}: min {:.1} p50 {:.1} p90 {:.1} p99 {:.1} µs",
        percentile(&times, 0),
        percentile(&times, 500),
        percentile(&times, 900),
        percentile(&times, 990)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[ignore = "a measurement; run it alone and optimised"]
async fn a_fresh_decision_with_one_lookup() {
    let bed = Bed::new("bench");
    bed.install("prefix-router").await;
    let plugin = bed.host.plugin("prefix-router").unwrap();
    let reports = crate::report::Reports::default();
    let mut inside = Vec::new();
    for n in 0..WARM_UP + ROUNDS {
        let request = realistic();
        let began = Instant::now();
        let outcome = crate::router::route(&Weak::new(), &plugin, &reports, request).await;
        if n >= WARM_UP {
            inside.push(began.elapsed());
        }
        first_target(&outcome);
    }
    print("inside the plugin host", inside);
    let mut outside = Vec::new();
    for n in 0..WARM_UP + ROUNDS {
        let request = realistic();
        let began = Instant::now();
        let outcome = bed.host.route("prefix-router", request).await;
        if n >= WARM_UP {
            outside.push(began.elapsed());
        }
        first_target(&outcome);
    }
    print("as a caller on another thread sees it", outside);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[ignore = "a measurement; run it alone and optimised"]
async fn a_lookup_among_a_hundred_thousand_rows() {
    let bed = Bed::new("bench-table");
    let rows: String = (0..100_000)
        .map(|n| format!("+{n},trunk,carrier-{}\n", n % 7))
        .collect();
    bed.folder
        .write("tables/lcr.csv", format!("prefix,action,target\n{rows}"));
    let began = Instant::now();
    bed.host.reload_tables();
    println!("read 100,000 rows in {} ms", began.elapsed().as_millis());
    let tables = crate::tables::Tables::default();
    tables.reload(&bed.folder.0.join("tables"));
    let table = tables.by_name("lcr").unwrap();
    let mut times = Vec::new();
    for n in 0..WARM_UP + ROUNDS {
        let digits = format!("+{}5551234", n * 31 % 100_000);
        let began = Instant::now();
        let row = table.longest_prefix(&digits).cloned();
        if n >= WARM_UP {
            times.push(began.elapsed());
        }
        assert!(row.is_some());
    }
    print("longest prefix", times);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[ignore = "a measurement; run it alone and optimised"]
async fn neighbours_of_a_raging_guest() {
    let bed = Bed::new("bench-neighbours");
    bed.install("prefix-router").await;
    bed.install("rogue").await;
    let mut times = Vec::new();
    for _ in 0..2_000 {
        let raging = bed.host.route("rogue", RouteRequest::new("1", "loop"));
        let raging = tokio::spawn(raging);
        let began = Instant::now();
        first_target(&bed.host.route("prefix-router", realistic()).await);
        times.push(began.elapsed());
        raging.abort();
    }
    print("a decision beside an endless loop on the same thread", times);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[ignore = "a measurement; run it alone and optimised"]
async fn events_to_a_subscriber() {
    let bed = Bed::new("bench-events");
    bed.install("call-monitor").await;
    let mut event = crate::Event::new("call.started", 1);
    event.call = Some("1763856000.17".to_owned());
    event.attrs = ["caller", "dialled"]
        .map(|name| Attr {
            name: name.to_owned(),
            value: Value::Text("+442071234567".to_owned()),
        })
        .into();
    let began = Instant::now();
    let mut sent = 0;
    while sent < 200_000 {
        if bed.host.list()[0].waiting < 2_000 {
            (0..500).for_each(|_| bed.host.deliver(&event));
            sent += 500;
        } else {
            tokio::task::yield_now().await;
        }
    }
    while bed.host.list()[0].waiting > 0 {
        tokio::task::yield_now().await;
    }
    let taken = began.elapsed();
    println!(
        "an event, batch of 64: {:.2} µs, lost {}",
        taken.as_secs_f64() * 1e6 / 200_000.0,
        bed.host.list()[0].lost
    );
}
