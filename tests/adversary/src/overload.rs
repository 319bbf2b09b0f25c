//! Components that are asked more than they can answer: decisions at twice what can be decided, and many that hold
//! connections to a server which trickles.

use crate::book::Book;
use crate::scene::Porch;
use crate::stream;
use crate::web::{AT_ONCE, holders};
use anyhow::{Result, bail};
use std::time::{Duration, Instant};
use ucx_phone::LoadReport;

/// Decisions asked for in a second to find out how many are made: far more than that.
const ASKED: f64 = 400.0;
/// What is told of a call that was decided, and of one that was not.
const BUSY: u16 = 486;
const GIVEN_UP: u16 = 503;
/// Of what can be decided, so much is still decided at twice as much.
const STILL_DECIDED: f64 = 0.5;
/// Questions in a second for each component that holds connections.
const HELD_RATE: f64 = 30.0;
/// A connection that the host has closed is still there until the server writes to it again: so many may overlap.
const OVERLAP: u64 = 4;
/// How long they may take to let go after the last question: what a decision may take, and some.
const LET_GO: Duration = Duration::from_secs(4);

fn decided(report: &LoadReport) -> f64 {
    let count = |status| report.failed_by_status.get(&status).copied().unwrap_or(0);
    count(BUSY) as f64
}

/// The decisions a second that are made of as many as there can be.
pub fn capacity(porch: &Porch, lasts: Duration) -> Result<f64> {
    let report = stream::rage(porch.host.sip(), &["ponder"], ASKED, lasts, porch.seed, 78)?;
    let capacity = decided(&report) / lasts.as_secs_f64();
    if capacity < 1.0 {
        bail!("nothing is decided: {:?}", report.failed_by_status);
    }
    Ok(capacity)
}

/// Twice as much: what can be decided is decided, and all others get their fallback.
pub fn decisions(porch: &Porch, book: &mut Book, capacity: f64, lasts: Duration) {
    let held = || -> Result<String> {
        let asked = 2.0 * capacity;
        let report = stream::rage(porch.host.sip(), &["ponder"], asked, lasts, porch.seed, 79)?;
        let per_s = decided(&report) / lasts.as_secs_f64();
        let words = format!(
            "{asked:.0} asked a second, {per_s:.0} decided of {capacity:.0}; by status {:?}",
            report.failed_by_status
        );
        let others = report.failed_by_status.keys();
        let is_other = |status: &u16| ![BUSY, GIVEN_UP].contains(status);
        if report.open > 0 || others.copied().any(|status| is_other(&status)) {
            bail!("{} open; {words}", report.open);
        }
        if per_s < STILL_DECIDED * capacity {
            bail!("{words}");
        }
        Ok(words)
    }();
    book.note("decisions at twice what can be decided", held);
}

/// Many components ask at once, each as much as it can: none has more connections than it may, and all are let go.
pub fn holding(porch: &Porch, book: &mut Book, lasts: Duration) {
    let held = || -> Result<String> {
        let names = holders();
        let numbers: Vec<&str> = names.iter().map(String::as_str).collect();
        let rate = HELD_RATE * numbers.len() as f64;
        let raged = stream::rage(porch.host.sip(), &numbers, rate, lasts, porch.seed, 80)?;
        let let_go_at = Instant::now();
        while porch.far.open() > 0 {
            if let_go_at.elapsed() > LET_GO {
                bail!("{} connections are still held", porch.far.open());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let most = porch.far.most("/trickle/far-holds-");
        let words = format!(
            "{} asked, by status {:?}; at most {most:?} connections",
            raged.begun, raged.failed_by_status
        );
        let is_real = most.len() == numbers.len() && most.iter().all(|most| *most > AT_ONCE / 2);
        if !is_real || most.iter().any(|most| *most > AT_ONCE + OVERLAP) {
            bail!("{words}");
        }
        if raged.open > 0 || raged.failed_by_status.keys().any(|status| *status < 480) {
            bail!("{} open; {words}", raged.open);
        }
        Ok(words)
    }();
    book.note("many components that hold connections", held);
}
