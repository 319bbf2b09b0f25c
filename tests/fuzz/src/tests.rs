//! Every target on its corpus and some mutations, and what the parser costs.

use std::hint::black_box;
use std::time::Instant;

use crate::mutate::{Random, mutate};
use crate::runner::{self, Plan};
use crate::targets::TARGETS;

fn fuzz(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).unwrap();
    let plan = Plan::from_env();
    let entries = runner::corpus(name).unwrap().len();
    assert!(entries > 0, "no corpus for {name}");
    assert_eq!(
        runner::run(target, plan).unwrap(),
        plan.runs + u64::try_from(entries).unwrap()
    );
}

#[test]
fn sip_messages() {
    fuzz("sip");
}

#[test]
fn session_descriptions() {
    fuzz("sdp");
}

#[test]
fn configuration_files() {
    fuzz("config");
}

#[test]
fn dialplans() {
    fuzz("dialplan");
}

#[test]
fn mutations_depend_on_the_seed_alone() {
    let make = |seed| mutate(&mut Random::new(seed), b"one\r\ntwo\r\n", b"three");
    assert_eq!(make(7), make(7));
    let different = (0..20).map(make).collect::<std::collections::BTreeSet<_>>();
    assert!(different.len() > 10);
}

/// Prints the cost of reading a 16-header INVITE and five typed values: `cargo test -p ucx-fuzz --release -- --ignored
/// --nocapture parser_cost`.
#[test]
#[ignore = "a measurement"]
fn parser_cost() {
    let path = runner::corpus_dir("sip").join("sixteen-headers.sip");
    let bytes = std::fs::read(path).unwrap();
    let read = || {
        let message = ucx_sip::parse_datagram(black_box(&bytes)).unwrap();
        let headers = message.headers();
        let _ = black_box((headers.via(), headers.from(), headers.to(), headers.cseq()));
        let _ = black_box(headers.call_id().map(|id| id.len()));
        message
    };
    let best = |work: &dyn Fn()| {
        let rounds = (0..40).map(|_| {
            let start = Instant::now();
            (0..2000).for_each(|_| work());
            start.elapsed().as_secs_f64() / 2000.0 * 1e6
        });
        rounds.fold(f64::MAX, f64::min)
    };
    println!(
        "parse and five typed reads: {:.2} µs",
        best(&|| drop(black_box(read())))
    );
    println!(
        "parse alone: {:.2} µs",
        best(&|| drop(black_box(ucx_sip::parse_datagram(black_box(&bytes)))))
    );
    let message = read();
    println!("write: {:.2} µs", best(&|| drop(black_box(message.to_vec()))));
}
