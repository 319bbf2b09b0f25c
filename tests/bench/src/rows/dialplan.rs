//! What does the dialplan cost: a priority as the host runs it, and a match among very many extensions?

use super::{World, between};
use crate::generate::Load;
use crate::host::LOOPS;
use crate::report::{Budget, Row, median, quantile};
use anyhow::{Result, bail};
use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;
use ucx_dialplan::{Dialplan, LocalTime, Query};

const EXTENSIONS: u32 = 100_000;
/// Priorities of one turn of the loop that extension 800 makes.
const PRIORITIES: f64 = 3.0;
const RATE: f64 = 20.0;

const NOON: LocalTime = LocalTime {
    month: 11,
    day: 23,
    weekday: 1,
    hour: 12,
    minute: 0,
};

pub fn measure(world: &World) -> Result<Vec<Row>> {
    let mut rows = vec![priority(world)?];
    for (kind, name, suffix) in [("literals", "", ""), ("patterns", "_", "X.")] {
        rows.push(matching(world, kind, name, suffix)?);
    }
    Ok(rows)
}

/// The CPU of calls that loop, without that of calls that do not, over the priorities they ran.
fn priority(world: &World) -> Result<Row> {
    let host = world.bare_host("dialplan")?;
    let plain = Load::new(host.sip(), "600", RATE, world.time(4_000, 2_000));
    let looping = Load {
        number: "800",
        ..plain.clone()
    };
    world.cpu_a_call(
        &host,
        &Load {
            duration: world.time(500, 300),
            ..looping.clone()
        },
    )?;
    let mut costs = Vec::new();
    for _ in 0..world.rounds(3, 1) {
        let (plain, _) = world.cpu_a_call(&host, &plain)?;
        let (looping, _) = world.cpu_a_call(&host, &looping)?;
        costs.push((looping - plain).max(0.0) / (LOOPS * PRIORITIES));
    }
    host.stop()?;
    let note = format!(
        "Set with an expression, NoOp with two variables, GotoIf; {}",
        between(&costs, "µs")
    );
    let row = Row::new(
        "dialplan, CPU per priority",
        median(&costs),
        "µs",
        Budget::AtMost(3.0),
    );
    Ok(row.peer("15 µs").note(note))
}

fn matching(world: &World, kind: &str, prefix: &str, suffix: &str) -> Result<Row> {
    let plan = plan(prefix, suffix)?;
    let more = if suffix.is_empty() { "" } else { "55" };
    let dialled: Vec<String> = (0..1_000)
        .map(|n| format!("{}{more}", 1_000_000 + n * 97))
        .collect();
    let rounds = world.rounds(100_000, 20_000);
    let mut times = Vec::with_capacity(rounds);
    for number in dialled.iter().cycle().take(rounds) {
        let query = Query {
            context: "c",
            exten: number,
            caller_id: "",
            calendar: &NOON,
        };
        let began = Instant::now();
        let found = black_box(plan.step(&query, 1)).is_some();
        times.push(began.elapsed().as_secs_f64() * 1e6);
        if !found {
            bail!("{number} was not found");
        }
    }
    let work = format!("dialplan, match among 100,000 {kind}");
    let p50 = median(&times);
    let row = Row::new(work, p50, "µs", Budget::AtMost(20.0)).spread(p50, quantile(&times, 0.99));
    Ok(row.note("through one include, in this process, two readings of the clock included"))
}

fn plan(prefix: &str, suffix: &str) -> Result<Dialplan> {
    let mut text = "[c]\ninclude => d\n[d]\n".to_owned();
    for number in 0..EXTENSIONS {
        writeln!(text, "exten => {prefix}{}{suffix},1,NoOp()", 1_000_000 + number)?;
    }
    let (config, _) = ucx_config::parse_text("extensions.conf", &text);
    Ok(ucx_dialplan::load(&config).0)
}
