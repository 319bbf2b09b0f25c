//! Can a component be replaced, and taken back, a hundred times under calls with sound, and nobody notices? A check, not a
//! measurement: whatever is lost is a failure.

use crate::generate::{Calls, Load};
use crate::host::{Home, Host};
use crate::rows::World;
use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Calls begun in a second, each with sound both ways.
const RATE: f64 = 20.0;
/// How long each lasts: several changes.
const HOLD: Duration = Duration::from_secs(2);
/// Between two changes at least.
const EVERY: Duration = Duration::from_millis(400);
/// What a change may take on top when the machine does other things too.
const SPARE: Duration = Duration::from_millis(400);
/// Swaps in one wave of calls, and as many rollbacks.
const SWAPS: u32 = 5;
/// Waves of the full form.
const WAVES: u32 = 20;
/// The plugin that decides the calls.
const ROUTER: &str = "prefix-router";

#[derive(clap::Args)]
pub struct Options {
    /// Fixes every tag and number the generators draw
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Asked for by whoever runs checks; there are as many waves as there are
    #[arg(long, default_value_t = 0)]
    minutes: u64,
    /// The host to try; without it, it is built
    #[arg(long, value_name = "PROGRAM")]
    pub host: Option<PathBuf>,
}

/// How all waves went together.
#[derive(Default)]
struct Total {
    swaps: u32,
    rollbacks: u32,
    begun: f64,
    lost: f64,
    packets: f64,
    /// Packets missing in a sequence, sequences and sources that began anew.
    harm: [(&'static str, f64); 3],
    largest_gap_ms: f64,
    swap_ms: Vec<f64>,
    rollback_ms: Vec<f64>,
}

/// Swaps and rolls back under load, once or many times; whether nothing was lost.
pub fn run(program: PathBuf, options: &Options, is_full: bool) -> Result<bool> {
    let world = World::new(program, options.seed, true)?;
    let (host, home) = world.routing_host("swapping")?;
    let mut total = Total::default();
    for _ in 0..if is_full { WAVES } else { 1 } {
        wave(&world, &host, &home, &mut total)?;
    }
    host.quiet()?;
    let fallbacks = crate::rows::fallbacks(&host.ask("plugin list")?);
    host.stop()?;
    Ok(judge(&total, fallbacks))
}

/// Calls with sound, and meanwhile swaps, each taken back.
fn wave(world: &World, host: &Host, home: &Home, total: &mut Total) -> Result<()> {
    let manifest = world.manifest(ROUTER)?;
    let other = world.component("prefix-router-b")?;
    let lasts = (EVERY + SPARE) * SWAPS * 2 + HOLD;
    let load = Load {
        has_sound: true,
        seed: world.next_seed(),
        ..Load::new(host.sip(), "720", RATE, lasts).bridged().hold(HOLD)
    };
    let (began, running) = (Instant::now(), load.start()?);
    std::thread::sleep(HOLD / 2);
    for _ in 0..SWAPS {
        let before = generation(host)?;
        let asked_at = Instant::now();
        // What was gone back from is not taken again; each swap brings a version of its own.
        let version = format!("version = \"0.1.{}\"", total.swaps + 1);
        let manifest = manifest.replacen("version = \"0.1.0\"", &version, 1);
        home.install(ROUTER, &manifest, &other)?;
        let after = host.wait_for_generation(ROUTER, before)?;
        total.swap_ms.push(ms(asked_at));
        total.swaps += 1;
        pause(asked_at);
        let asked_at = Instant::now();
        let said = host.ask(&format!("plugin rollback {ROUTER}"))?;
        total.rollback_ms.push(ms(asked_at));
        let back = generation(host)?;
        if back != before {
            bail!("generation {back} is active after {after} was taken back, instead of {before}: {said}");
        }
        total.rollbacks += 1;
        pause(asked_at);
    }
    let is_late = began.elapsed() > lasts;
    add(total, &running.end()?);
    if is_late {
        bail!("the changes took longer than the calls they were to fall into");
    }
    Ok(())
}

fn generation(host: &Host) -> Result<u64> {
    host.generation(ROUTER)?.context("the router is there")
}

fn ms(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

fn pause(since: Instant) {
    std::thread::sleep(EVERY.saturating_sub(since.elapsed()));
}

fn add(total: &mut Total, calls: &Calls) {
    total.begun += calls.begun();
    total.lost += calls.lost();
    total.packets += calls.rtp("received");
    total.largest_gap_ms = total.largest_gap_ms.max(calls.rtp("largest_gap_ms"));
    for (place, what) in ["lost", "resets", "ssrc_changes"].into_iter().enumerate() {
        total.harm[place].0 = what;
        total.harm[place].1 += calls.rtp(what);
    }
}

/// Says how it went, a line each; whether all of it held.
fn judge(total: &Total, fallbacks: u64) -> bool {
    let times = |all: &[f64]| {
        let mut sorted = all.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |part: usize| sorted.get(sorted.len().saturating_sub(1) * part / 100).copied();
        let (half, most) = (at(50).unwrap_or_default(), at(99).unwrap_or_default());
        format!("p50 {half:.1} ms, p99 {most:.1} ms")
    };
    let harm: Vec<String> = total
        .harm
        .iter()
        .map(|(what, count)| format!("{what} {count:.0}"))
        .collect();
    let is_smooth = total.harm.iter().all(|(_, count)| *count == 0.0);
    let lines = [
        (
            "calls under swaps and rollbacks: none failed, none misrouted",
            total.begun > 0.0 && total.lost == 0.0 && fallbacks == 0,
            format!(
                "{:.0} calls, {:.0} lost, {fallbacks} fallbacks",
                total.begun, total.lost
            ),
        ),
        (
            "their sound has no hole and no reset in its sequence",
            total.packets > 0.0 && is_smooth,
            format!(
                "{:.0} packets, {}; largest pause {:.0} ms",
                total.packets,
                harm.join(", "),
                total.largest_gap_ms
            ),
        ),
        (
            "swaps, from the file in its place to the new generation",
            total.swaps >= SWAPS,
            format!("{}, {}", total.swaps, times(&total.swap_ms)),
        ),
        (
            "rollbacks, from the command to its answer",
            total.rollbacks == total.swaps,
            format!("{}, {}", total.rollbacks, times(&total.rollback_ms)),
        ),
    ];
    for (what, holds, words) in &lines {
        if *holds {
            println!("ok {what} ({words})");
        } else {
            println!("failed {what}: {words}");
        }
    }
    lines.iter().all(|(_, holds, _)| *holds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_call_a_fallback_or_a_hole_is_a_failure() {
        let good = || Total {
            swaps: SWAPS,
            rollbacks: SWAPS,
            begun: 10.0,
            packets: 100.0,
            ..Total::default()
        };
        assert!(judge(&good(), 0));
        assert!(!judge(&good(), 1));
        assert!(!judge(&Total { lost: 1.0, ..good() }, 0));
        assert!(!judge(
            &Total {
                packets: 0.0,
                ..good()
            },
            0
        ));
        assert!(!judge(
            &Total {
                rollbacks: SWAPS - 1,
                ..good()
            },
            0
        ));
        let harm = [("lost", 1.0), ("resets", 0.0), ("ssrc_changes", 0.0)];
        assert!(!judge(&Total { harm, ..good() }, 0));
    }
}
