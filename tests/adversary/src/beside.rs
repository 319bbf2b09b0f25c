//! The neighbour of hostile components: one call after the other that another component decides, each with its set-up time,
//! as fast as a phone can make them.

use crate::chance;
use crate::phone::{Outcome, Phone, PhoneSpec};
use anyhow::{Context, Result, bail};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use ucx_sip::TransportKind;

/// Who calls and is called, by which number.
pub const CALLER: &str = "6106";
pub const CALLEE: &str = "6107";
const NUMBER: &str = "+4512345678";

/// Between two calls.
const PAUSE: Duration = Duration::from_millis(5);
/// The slowest set-up of all but one in a hundred calls: well below the first repetition of an INVITE.
const P99_MAX_MS: f64 = 400.0;
/// How long enough calls for a figure may take.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Default)]
struct Made {
    setup_ms: Vec<f64>,
    failed: Vec<String>,
}

/// Calls that go on until it is ended.
pub struct Beside {
    stop: Arc<AtomicBool>,
    made: Arc<Mutex<Made>>,
    thread: Option<JoinHandle<()>>,
    _callee: Phone,
    mark: usize,
}

impl Beside {
    pub fn start(server: SocketAddr, seed: u64) -> Result<Self> {
        let phone = |user: &'static str, part| {
            Phone::start(&PhoneSpec {
                user,
                password: crate::scene::PASSWORD,
                server,
                tone_hz: 440,
                transport: TransportKind::Udp,
                seed: chance::bytes(seed, part),
            })
        };
        let callee = phone(CALLEE, 61)?;
        let mut caller = phone(CALLER, 62)?;
        let (stop, made) = (Arc::new(AtomicBool::new(false)), Arc::default());
        let (is_over, book) = (Arc::clone(&stop), Arc::clone(&made));
        let thread = std::thread::Builder::new().name("calls beside".to_owned());
        let thread = thread.spawn(move || {
            while !is_over.load(Ordering::Relaxed) {
                let went = one(&mut caller);
                let mut made: MutexGuard<'_, Made> = lock(&book);
                match went {
                    Ok(ms) => made.setup_ms.push(ms),
                    Err(error) => made.failed.push(format!("{error:#}")),
                }
                drop(made);
                std::thread::sleep(PAUSE);
            }
        });
        Ok(Self {
            stop,
            made,
            thread: Some(thread.context("starting a thread")?),
            _callee: callee,
            mark: 0,
        })
    }

    /// Figures are of calls from now on.
    pub fn begin(&mut self) {
        self.mark = lock(&self.made).setup_ms.len();
    }

    /// Calls since the beginning.
    pub fn count(&self) -> usize {
        lock(&self.made).setup_ms.len() - self.mark
    }

    /// How long set-up took since the beginning, in ms.
    pub fn times(&self) -> Vec<f64> {
        lock(&self.made).setup_ms[self.mark..].to_vec()
    }

    /// The figures of so many calls since the beginning, in words; an error if one failed or they were slow.
    pub fn figures(&self, samples: usize) -> Result<String> {
        let until = Instant::now() + PATIENCE;
        while self.count() < samples && Instant::now() < until && lock(&self.made).failed.is_empty() {
            std::thread::sleep(PAUSE);
        }
        let made = lock(&self.made);
        judge(&made.setup_ms[self.mark..], &made.failed, samples)
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It ends with the call it makes.
            let _ = thread.join();
        }
    }
}

fn one(caller: &mut Phone) -> Result<f64> {
    match caller.call(NUMBER)? {
        Outcome::Answered { call, after_ms } => caller.hangup(call).map(|()| after_ms),
        Outcome::Failed { status, cause, .. } => bail!("the call failed: {status}, cause {cause:?}"),
    }
}

fn lock(made: &Mutex<Made>) -> MutexGuard<'_, Made> {
    made.lock().unwrap_or_else(PoisonError::into_inner)
}

fn judge(setup_ms: &[f64], failed: &[String], samples: usize) -> Result<String> {
    if let Some(first) = failed.first() {
        bail!("{} calls beside failed, first: {first}", failed.len());
    }
    let mut sorted = setup_ms.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |percent: usize| {
        let place = sorted.len().saturating_sub(1) * percent / 100;
        sorted.get(place).copied().unwrap_or_default()
    };
    let words = format!(
        "{} calls, p50 {:.2} ms, p99 {:.2} ms",
        sorted.len(),
        at(50),
        at(99)
    );
    if sorted.len() < samples {
        bail!("{words}: fewer than {samples}");
    }
    if at(99) > P99_MAX_MS {
        bail!("{words}: p99 is above {P99_MAX_MS} ms");
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_that_fail_or_are_few_or_slow_are_found_out() {
        assert!(judge(&[2.0; 40], &[], 20).is_ok());
        assert!(judge(&[2.0; 40], &["503".to_owned()], 20).is_err());
        assert!(judge(&[2.0; 10], &[], 20).is_err());
        assert!(judge(&[P99_MAX_MS * 2.0; 40], &[], 20).is_err());
    }
}
