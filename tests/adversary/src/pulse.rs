//! Does the operator still get answers? The control socket is asked all the time, and the slowest answer kept.

use crate::host;
use anyhow::{Result, bail};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How often it is asked.
const EVERY: Duration = Duration::from_millis(100);
/// The slowest answer that is good enough for somebody who waits for it.
const SLOWEST: Duration = Duration::from_secs(1);

/// Asks until it is ended.
pub struct Pulse {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Felt>,
}

#[derive(Default)]
struct Felt {
    asked: u32,
    slowest: Duration,
    failures: Vec<String>,
}

impl Pulse {
    pub fn start(socket: PathBuf) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let is_over = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut felt = Felt::default();
            while !is_over.load(Ordering::Relaxed) {
                let asked_at = Instant::now();
                match host::ask(&socket, "core show channels count") {
                    Ok(text) if text.contains("active") => {}
                    Ok(text) => felt.failures.push(format!("answered {text:?}")),
                    Err(error) => felt.failures.push(format!("{error:#}")),
                }
                felt.asked += 1;
                felt.slowest = felt.slowest.max(asked_at.elapsed());
                std::thread::sleep(EVERY);
            }
            felt
        });
        Self { stop, thread }
    }

    /// How it went.
    pub fn end(self) -> Result<String> {
        self.stop.store(true, Ordering::Relaxed);
        let felt = self.thread.join().expect("the asking thread does not panic");
        if let Some(first) = felt.failures.first() {
            bail!(
                "{} of {} without an answer, first: {first}",
                felt.failures.len(),
                felt.asked
            );
        }
        let words = format!(
            "{} asked, slowest answer {:.1} ms",
            felt.asked,
            felt.slowest.as_secs_f64() * 1e3
        );
        if felt.slowest > SLOWEST {
            bail!("{words}");
        }
        Ok(words)
    }
}
