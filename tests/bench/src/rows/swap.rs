//! Is a component's swap felt? Calls are routed by it, with sound both ways, while it is replaced again and again.

use super::World;
use crate::generate::{Calls, Load};
use crate::host::Host;
use crate::report::{Budget, Row, median, quantile};
use anyhow::{Result, bail};
use std::time::{Duration, Instant};

const RATE: f64 = 40.0;
const HOLD: Duration = Duration::from_secs(2);
const EVERY: Duration = Duration::from_millis(700);
const PEER: &str = "nothing like it";

pub fn measure(world: &World) -> Result<Vec<Row>> {
    let (host, home) = world.routing_host("swap")?;
    let manifest = world.manifest("prefix-router")?;
    let builds = [
        world.component("prefix-router-b")?,
        world.component("prefix-router")?,
    ];
    let load = Load::new(host.sip(), "720", RATE, world.time(10_000, 4_000))
        .bridged()
        .hold(HOLD);
    let load = Load {
        has_sound: true,
        ..load
    };
    let calm = world.run(&load)?;
    calm.expect_whole()?;
    let load = Load {
        seed: world.next_seed(),
        ..load
    };
    let (began, running) = (Instant::now(), load.start()?);
    let (mut swaps, mut generation) = (0_u32, host.generation("prefix-router")?.unwrap_or(0));
    for build in builds.iter().cycle() {
        std::thread::sleep(EVERY);
        if began.elapsed() + EVERY > load.duration {
            break;
        }
        home.install("prefix-router", &manifest, build)?;
        generation = host.wait_for_generation("prefix-router", generation)?;
        swaps += 1;
    }
    let calls = running.end()?;
    host.quiet()?;
    let commit = commit(world, &host)?;
    let fallbacks = fallbacks(&host.ask("plugin list")?);
    host.stop()?;
    if swaps == 0 {
        bail!("no swap fell into the load");
    }
    let work = |what: &str| format!("hot swap under load: {what}");
    let note = format!(
        "{} calls at {RATE}/s through {swaps} swaps; {fallbacks} fallbacks",
        calls.begun()
    );
    let sound = sound(&calls);
    // A call that a wrong verdict or none takes reaches nobody who answers, so that it fails.
    Ok(vec![
        Row::new(
            work("failed or misrouted calls"),
            calls.lost(),
            "",
            Budget::AtMost(0.0),
        )
        .note(note)
        .peer(PEER),
        Row::new(
            work("holes or resets in RTP"),
            harm(&calls),
            "",
            Budget::AtMost(0.0),
        )
        .floor(harm(&calm))
        .note(format!("{sound}; the floor is the same load without a swap"))
        .peer(PEER),
        commit,
    ])
}

/// What a listener got, in words.
fn sound(calls: &Calls) -> String {
    format!(
        "{:.0} packets received; {:.0} lost, {:.0} holes over 40 ms, {:.0} resets, {:.0} changes of source, largest gap {:.0} ms",
        calls.rtp("received"),
        calls.rtp("lost"),
        calls.rtp("holes"),
        calls.rtp("resets"),
        calls.rtp("ssrc_changes"),
        calls.rtp("largest_gap_ms")
    )
}

/// How long the change itself takes, when the generation is there already.
fn commit(world: &World, host: &Host) -> Result<Row> {
    let mut times = Vec::new();
    for _ in 0..world.rounds(40, 10) {
        let asked_at = Instant::now();
        host.ask("plugin rollback prefix-router")?;
        times.push(asked_at.elapsed().as_secs_f64() * 1e3);
    }
    let (p50, p99) = (median(&times), quantile(&times, 0.99));
    Ok(Row::new(
        "swap commit, from the command to its answer",
        p50,
        "ms",
        Budget::None,
    )
    .spread(p50, p99)
    .note("a generation that is kept becomes the active one, written down in its history")
    .peer(PEER))
}

/// What a listener could notice, and packets that never came.
fn harm(calls: &Calls) -> f64 {
    ["holes", "resets", "ssrc_changes", "lost"]
        .iter()
        .map(|what| calls.rtp(what))
        .sum()
}

/// The column of the listing that counts calls without a verdict.
pub fn fallbacks(list: &str) -> u64 {
    let row = list.lines().find(|line| line.starts_with("prefix-router "));
    row.and_then(|row| row.split_whitespace().nth(5)?.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fallbacks_are_read_from_the_listing() {
        let list = "Plugin  Version Generation Digest Verdicts Fallbacks Busy\nprefix-router 0.1.0 3 abc 12 4 0\n1 plugins\n";
        assert_eq!(fallbacks(list), 4);
    }
}
