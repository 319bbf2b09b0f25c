//! How many calls a second does the host answer without losing one, and what becomes of it beyond that?

use super::World;
use crate::generate::{Calls, Load};
use crate::host::Host;
use crate::report::{Budget, Row};
use anyhow::Result;
use std::time::{Duration, Instant};

/// Calls a second of the steps, until one is too much.
const STEPS: [f64; 9] = [
    500.0, 1_000.0, 1_500.0, 2_000.0, 2_500.0, 3_000.0, 4_000.0, 5_000.0, 6_000.0,
];
/// How long calls may take to end after the generator's last word.
const LEAVE: Duration = Duration::from_secs(3);
const HOLD: Duration = Duration::from_millis(100);
/// A generator that begins its calls later than this does not offer the rate it says.
const LATE_MS: f64 = 200.0;
/// T1 of RFC 3261: who is answered later has sent the INVITE again, so that work piles up and the rate does not last.
const T1_MS: f64 = 500.0;

pub fn measure(world: &World) -> Result<Vec<Row>> {
    let host = world.bare_host("rate")?;
    let idle = host.memory_kib()?;
    let (mut limit, mut first_bad) = (None, None);
    for rate in STEPS {
        match offered(world, &host, rate, 3_000)? {
            Ok(calls) => limit = Some((rate, calls)),
            Err(why) => {
                first_bad = Some((rate, why));
                break;
            }
        }
    }
    // Once between the last that went well and the first that did not.
    if let (Some((good, _)), Some((bad, _))) = (&limit, &first_bad) {
        let rate = f64::midpoint(*good, *bad);
        if let Ok(calls) = offered(world, &host, rate, 3_000)? {
            limit = Some((rate, calls));
        }
    }
    let (rate, note) = match &limit {
        Some((rate, calls)) => (*rate, told(calls)),
        None => (0.0, "not even the first step went well".to_owned()),
    };
    let beyond = first_bad.map_or_else(
        || "no step was too much".to_owned(),
        |(rate, why)| format!("at {rate} {why}"),
    );
    let budget = Budget::AtLeast(2_000.0);
    let row = Row::new("answered calls/s without failure", rate, "/s", budget).peer("350-500/s");
    let mut rows = vec![row.note(format!("{note}; {beyond}"))];
    if rate > 0.0 {
        rows.extend(overload(world, &host, rate, idle)?);
    }
    host.stop()?;
    Ok(rows)
}

/// Offers calls at a rate: their report, or why that was too much.
fn offered(
    world: &World,
    host: &Host,
    rate: f64,
    full_ms: u64,
) -> Result<std::result::Result<Calls, String>> {
    let load = Load::new(host.sip(), "600", rate, world.time(full_ms, 1_000)).hold(HOLD);
    let calls = world.run(&load)?;
    let left = left_over(host)?;
    if left > 0 {
        return Ok(Err(format!("{left} calls were left over: their BYE got lost")));
    }
    if calls.lost() > 0.0 {
        return Ok(Err(format!(
            "{:.0} of {:.0} calls were lost",
            calls.lost(),
            calls.begun()
        )));
    }
    let (_, p99_ms) = calls.setup_ms();
    if p99_ms > T1_MS {
        return Ok(Err(format!(
            "1 of 100 was answered after more than {p99_ms:.0} ms"
        )));
    }
    if calls.lateness_ms() > LATE_MS {
        return Ok(Err(format!(
            "the generator was {:.0} ms late",
            calls.lateness_ms()
        )));
    }
    Ok(Ok(calls))
}

/// At twice the limit: how much of the limit's rate is still completed, and what is left of it afterwards.
fn overload(world: &World, host: &Host, limit: f64, idle_kib: f64) -> Result<Vec<Row>> {
    let time = world.time(5_000, 2_000);
    let load = Load::new(host.sip(), "600", limit * 2.0, time).hold(HOLD);
    let calls = world.run(&load)?;
    let peak = host.memory_kib()?;
    let left = left_over(host)?;
    std::thread::sleep(world.time(36_000, 3_000));
    let after = host.memory_kib()?;
    let share = calls.completed() / time.as_secs_f64() / limit * 100.0;
    let again = offered(world, host, limit / 2.0, 2_000)?;
    let again = again.map_or_else(|why| format!("but {why}"), |_| "and all went well".to_owned());
    let note = format!(
        "{:.0} offered in {} s, {:.0} answered, {:.0} completed, by status {}, {left} left over; then half the limit was offered, {again}",
        calls.begun(),
        time.as_secs_f64(),
        calls.answered(),
        calls.completed(),
        calls.0["failed_by_status"],
    );
    let row = Row::new(
        "share of the limit completed at twice the limit",
        share,
        "%",
        Budget::AtLeast(100.0),
    );
    let memory = Row::new(
        "memory after the overload",
        after / 1024.0,
        "MiB",
        Budget::AtMost(idle_kib * 2.0 / 1024.0),
    )
    .peer("1,450 MB");
    Ok(vec![
        row.peer("useless afterwards").note(note),
        // Twice the idle memory still counts as returned: an allocator keeps some.
        memory.note(format!(
            "{:.1} MiB idle before, {:.1} as the overload ended; looked at {} s later",
            idle_kib / 1024.0,
            peak / 1024.0,
            world.time(36_000, 3_000).as_secs()
        )),
    ])
}

/// How many calls are there still when all should be over; they are ended, so that the next step begins clean.
fn left_over(host: &Host) -> Result<u32> {
    let began = Instant::now();
    while host.channels()? > 0 && began.elapsed() < LEAVE {
        std::thread::sleep(Duration::from_millis(50));
    }
    let left = host.channels()?;
    if left > 0 {
        host.ask("channel request hangup all")?;
        host.quiet()?;
    }
    Ok(left)
}

fn told(calls: &Calls) -> String {
    let (p50, p99) = calls.setup_ms();
    format!(
        "INVITE to 200 p50 {p50:.2} ms, p99 {p99:.2} ms there; the generator takes {:.0} µs a call and is up to {:.1} ms late",
        calls.generator_us(),
        calls.lateness_ms()
    )
}
