//! What does a call cost, answered by the host or bridged to a phone, and how soon is it answered?

use super::{World, between};
use crate::generate::Load;
use crate::host::Host;
use crate::report::{Budget, Row, median};
use anyhow::Result;

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
    for _ in 0..world.rounds(3, 2) {
        let (us, calls) = world.cpu_a_call(host, load)?;
        costs.push(us);
        generator = calls.generator_us();
    }
    let note = format!(
        "at {RATE} calls/s, {}; the generator takes {generator:.0} µs a call",
        between(&costs, "µs")
    );
    Ok(Row::new(work, median(&costs) / 1e3, "ms", Budget::None).note(note))
}
