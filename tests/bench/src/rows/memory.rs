//! How much memory does the host take: idle, for each call that is held, and when the calls are gone?

use super::World;
use crate::generate::Load;
use crate::host::Host;
use crate::report::{Budget, Row};
use anyhow::{Result, bail};
use std::time::{Duration, Instant};

const RATE: f64 = 250.0;
/// How long the calls live on after the last was begun.
const REST: Duration = Duration::from_secs(4);
/// When memory is looked at while all calls are held.
const LOOK_AFTER: Duration = Duration::from_millis(1_500);
/// Longer than any timer of SIP keeps a transaction.
const LEAVE: Duration = Duration::from_secs(36);
const LEAVE_QUICK: Duration = Duration::from_secs(3);
const PEER_GIVEN_BACK: &str = "93 KiB a leg held 32 s, never given back";

pub fn measure(world: &World) -> Result<Vec<Row>> {
    let host = world.bare_host("memory")?;
    std::thread::sleep(Duration::from_millis(500));
    let idle = host.resident_kib()?;
    let row = Row::new("memory idle", idle / 1024.0, "MiB", Budget::AtMost(32.0)).peer("64 MB");
    let mut rows = vec![row.note("without components; all that is resident, pages of the program included")];
    let time = world.time(4_000, 1_500);
    let answered = Load::new(host.sip(), "600", RATE, time).hold(time + REST);
    let answered = held(world, host, &answered, 1, Duration::ZERO)?;
    let row = Row::new("memory per leg", answered.each_kib, "KiB", Budget::AtMost(32.0)).peer("131 KiB");
    rows.push(row.note(answered.note));
    let host = world.bare_host("memory-bridged")?;
    let bridged = Load::new(host.sip(), "100", RATE / 2.0, time)
        .bridged()
        .hold(time + REST);
    let leave = if world.is_quick { LEAVE_QUICK } else { LEAVE };
    let bridged = held(world, host, &bridged, 2, leave)?;
    let row = Row::new(
        "memory per bridged call",
        bridged.each_kib,
        "KiB",
        Budget::AtMost(80.0),
    )
    .peer("309 KiB");
    rows.push(row.note(bridged.note));
    // A tenth is what an allocator may keep for the next calls.
    let row = Row::new(
        "memory not given back after hangup",
        bridged.kept,
        "%",
        Budget::AtMost(10.0),
    );
    rows.push(row.peer(PEER_GIVEN_BACK).note(bridged.after));
    Ok(rows)
}

pub struct Held {
    pub each_kib: f64,
    /// Of what the calls took, in percent.
    kept: f64,
    pub note: String,
    after: String,
}

pub fn held(world: &World, host: Host, load: &Load, legs: u32, leave: Duration) -> Result<Held> {
    std::thread::sleep(Duration::from_millis(500));
    let idle = host.memory_kib()?;
    let load = Load {
        seed: world.next_seed(),
        ..load.clone()
    };
    let (began, running) = (Instant::now(), load.start()?);
    std::thread::sleep((load.duration + LOOK_AFTER).saturating_sub(began.elapsed()));
    let (full, channels) = (host.memory_kib()?, host.channels()?);
    let calls = running.end()?;
    calls.expect_whole()?;
    host.quiet()?;
    let soon = host.memory_kib()?;
    std::thread::sleep(leave);
    let later = host.memory_kib()?;
    host.stop()?;
    let held = f64::from(channels / legs);
    if held < calls.begun() {
        bail!(
            "only {held} of {} calls were up when memory was looked at",
            calls.begun()
        );
    }
    let taken = full - idle;
    Ok(Held {
        each_kib: taken / held,
        kept: (later - idle).max(0.0) / taken * 100.0,
        note: format!(
            "{held} calls held, from {:.1} to {:.1} MiB",
            idle / 1024.0,
            full / 1024.0
        ),
        after: format!(
            "{held} bridged calls: {:.1} MiB idle, {:.1} held, {:.1} as the last ended, {:.1} after {} s",
            idle / 1024.0,
            full / 1024.0,
            soon / 1024.0,
            later / 1024.0,
            leave.as_secs()
        ),
    })
}
