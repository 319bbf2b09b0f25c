//! The neighbour: a steady stream of calls that another component decides, while something hostile goes on beside it.

use crate::chance;
use anyhow::{Context, Result, anyhow, bail};
use std::net::SocketAddr;
use std::time::Duration;
use ucx_phone::cli::{LoadOptions, load};
use ucx_phone::{Identity, LoadReport};

/// Calls begun in a second.
pub const RATE: f64 = 25.0;
/// How long each call lasts.
const HOLD: Duration = Duration::from_millis(100);
/// The slowest set-up of all but one in a hundred calls: well below the first repetition of an INVITE.
const SETUP_P99_MAX_MS: f64 = 400.0;

/// Where the stream goes and for how long.
#[derive(Clone, Copy, Debug)]
pub struct StreamSpec {
    pub server: SocketAddr,
    pub lasts: Duration,
    pub seed: [u8; 32],
}

/// Runs the stream, and beside it what `meanwhile` does; answers the stream's figures and what `meanwhile` gave.
pub fn beside<T>(spec: &StreamSpec, meanwhile: impl FnOnce() -> T) -> (Result<LoadReport>, T) {
    std::thread::scope(|scope| {
        let stream = scope.spawn(|| run(spec));
        let given = meanwhile();
        let report = stream
            .join()
            .unwrap_or_else(|_| Err(anyhow!("the stream of calls panicked")));
        (report, given)
    })
}

/// The stream alone.
pub fn run(spec: &StreamSpec) -> Result<LoadReport> {
    let callee = Identity {
        password: Some(crate::scene::PASSWORD.to_owned()),
        ..Identity::new(crate::scene::STREAM_CALLEE)
    };
    let mut options = LoadOptions::new(spec.server, spec.server.ip());
    options.callers = vec![Identity::new(crate::scene::STREAM_CALLER)];
    options.callees = vec![callee];
    options.numbers = vec![crate::scene::STREAM_NUMBER.to_owned()];
    (options.rate, options.duration, options.hold) = (RATE, spec.lasts, HOLD);
    options.seed = Some(spec.seed);
    block_on(options)
}

/// Calls to hostile numbers at a rate, from the strict phone's context; all of them are to fail. Each is of a part of its own
/// of the seed, as two of one would make the same calls.
pub fn rage(
    server: SocketAddr,
    numbers: &[&str],
    rate: f64,
    lasts: Duration,
    seed: u64,
    part: u64,
) -> Result<LoadReport> {
    let mut options = LoadOptions::new(server, server.ip());
    options.callers = vec![Identity::new(crate::scene::RAGER)];
    options.numbers = numbers.iter().map(|&number| number.to_owned()).collect();
    (options.rate, options.duration, options.hold) = (rate, lasts, HOLD);
    options.seed = Some(chance::bytes(seed, part));
    block_on(options)
}

fn block_on(options: LoadOptions) -> Result<LoadReport> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime
        .context("starting a runtime")?
        .block_on(load(options))
        .context("the stream of calls")
}

/// The figures in one line.
pub fn figures(report: &LoadReport) -> String {
    let setup = &report.setup_ms;
    format!(
        "{} of {} calls, set-up p50 {:.2} ms, p99 {:.2} ms, max {:.2} ms",
        report.completed, report.begun, setup.p50, setup.p99, setup.max
    )
}

/// Whether every call went through, and in time.
pub fn check(report: Result<LoadReport>) -> Result<String> {
    let report = report?;
    let words = figures(&report);
    if report.begun == 0 || report.completed != report.begun {
        let why = format!(
            "failed {:?}, dropped {}, open {}",
            report.failed_by_status, report.dropped, report.open
        );
        bail!("{words}; {why}");
    }
    if report.setup_ms.p99 > SETUP_P99_MAX_MS {
        bail!("{words}: p99 is above {SETUP_P99_MAX_MS} ms");
    }
    Ok(words)
}
