//! How long does a decision take? Run on request, in an optimised build: it prints and judges nothing.

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
        let outcome = crate::router::route(&plugin, &reports, request).await;
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
