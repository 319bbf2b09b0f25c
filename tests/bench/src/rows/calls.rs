//! What does a call cost, answered by the host or bridged to a phone, and how soon is it answered?

use super::{World, between};
use crate::generate::Load;
use crate::host::Host;
use crate::process;
use crate::report::{Budget, Row, median};
use anyhow::Result;
use std::collections::BTreeMap;
use std::time::Duration;

/// Calls a second while CPU is measured.
const RATE: f64 = 200.0;
/// Calls a second while times are measured.
const SLOW_RATE: f64 = 20.0;

pub fn measure(world: &World) -> Result<Vec<Row>> {
    let host = world.bare_host("calls")?;
    let mut rows = Vec::new();
    let answered = Load::new(host.sip(), "600", RATE, world.time(5_000, 2_000));
    let bridged = Load::new(host.sip(), "100", RATE, world.time(5_000, 2_000)).bridged();
    // The first calls fill caches and pools.
    world.cpu_a_call(
        &host,
        &Load {
            duration: world.time(1_000, 500),
            ..answered.clone()
        },
    )?;
    world.cpu_a_call(
        &host,
        &Load {
            duration: world.time(1_000, 500),
            ..bridged.clone()
        },
    )?;
    for (load, work, budget_ms, peer) in [
        (
            &answered,
            "CPU per answered SIP call (INVITE … BYE)",
            0.3,
            "1.4-2.0 ms",
        ),
        (&bridged, "CPU per bridged call, no listeners", 1.0, "4.4-7.5 ms"),
    ] {
        rows.push(
            cost(world, &host, load, work)?
                .peer(peer)
                .budget(Budget::AtMost(budget_ms)),
        );
    }
    for (load, work, budget_ms, peer) in [
        (
            &answered,
            "INVITE to 200, 20 calls/s, answered",
            0.5,
            "1.3-1.8 ms",
        ),
        (&bridged, "INVITE to 200, 20 calls/s, bridged", 1.0, "2.6-3.1 ms"),
    ] {
        let load = Load {
            rate: SLOW_RATE,
            duration: world.time(8_000, 3_000),
            ..load.clone()
        };
        let (_, calls) = world.cpu_a_call(&host, &load)?;
        let (p50, p99) = calls.setup_ms();
        let row = Row::new(work, p50, "ms", Budget::AtMost(budget_ms))
            .spread(p50, p99)
            .peer(peer);
        rows.push(row.note(format!("{} calls, with the generator's own share", calls.begun())));
    }
    host.stop()?;
    Ok(rows)
}

fn cost(world: &World, host: &Host, load: &Load, work: &str) -> Result<Row> {
    let (mut costs, mut generator) = (Vec::new(), 0.0);
    let before = process::cpu_by_thread(host.pid())?;
    for _ in 0..world.rounds(3, 2) {
        let (us, calls) = world.cpu_a_call(host, load)?;
        costs.push(us);
        generator = calls.generator_us();
    }
    let shares = shares(&before, &process::cpu_by_thread(host.pid())?);
    let note = format!(
        "at {RATE} calls/s, {}; the generator takes {generator:.0} µs a call; {shares}",
        between(&costs, "µs")
    );
    Ok(Row::new(work, median(&costs) / 1e3, "ms", Budget::None).note(note))
}

/// Which threads took the CPU time between two looks, in words.
fn shares(before: &BTreeMap<String, Duration>, after: &BTreeMap<String, Duration>) -> String {
    let used = |name: &str| {
        let of = |threads: &BTreeMap<String, Duration>| threads.get(name).copied().unwrap_or_default();
        of(after).saturating_sub(of(before)).as_secs_f64()
    };
    let total: f64 = after.keys().map(|name| used(name)).sum();
    let named = after.keys().map(|name| (name, used(name) / total * 100.0));
    let told: Vec<String> = named
        .filter(|(_, share)| *share >= 1.0)
        .map(|(name, share)| format!("{name} {share:.0} %"))
        .collect();
    format!("by thread: {}", told.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_what_was_used_between() {
        let look = |control: u64, worker: u64| -> BTreeMap<String, Duration> {
            [("ucx", control), ("ucx-worker", worker), ("idle", 7)]
                .map(|(name, ms)| (name.to_owned(), Duration::from_millis(ms)))
                .into()
        };
        assert_eq!(
            shares(&look(100, 50), &look(400, 150)),
            "by thread: ucx 75 %, ucx-worker 25 %"
        );
    }
}
