//! What was a run of a call flow? Who led which call, when, what it heard, and how it ended.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::Heard;
use crate::resources::{HostResources, WallClock};
use crate::values::{Attr, Location};

/// Looks at the clock that are kept of one run; later ones are not seen by a replay.
const READINGS_MAX: usize = 4_096;

/// A run as it went.
#[derive(Clone, Debug, PartialEq)]
pub struct FlowRecord {
    /// The plugin's id.
    pub plugin: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of the component, in hexadecimal.
    pub digest: String,
    /// The generation that led the call.
    pub generation: u64,
    /// When it began, by the host's clock, since 1970.
    pub at: Duration,
    /// How long it led the call.
    pub took: Duration,
    /// The seed of the chance it saw.
    pub seed: [u8; 32],
    /// The call.
    pub call: String,
    /// Its leg, by name: `PJSIP/6001-00000001`.
    pub channel: String,
    /// Where the call was.
    pub place: Location,
    /// What it was handed.
    pub args: Vec<Attr>,
    /// What the clock showed each time it looked, in milliseconds since 1970.
    pub readings: Vec<u64>,
    /// What it asked of the host and was told, in order.
    pub heard: Vec<Heard>,
    /// It heard more than is kept.
    pub is_cut: bool,
    /// Digits the caller pressed are crossed out.
    pub is_masked: bool,
    /// Its outcome in words, or why there is none.
    pub outcome: Result<String, String>,
}

impl FlowRecord {
    /// How it ended, in words.
    pub fn ending(&self) -> String {
        ending(&self.outcome)
    }
}

pub(super) fn ending(outcome: &Result<String, String>) -> String {
    match outcome {
        Ok(words) => format!("ended: {words}"),
        Err(why) => format!("came to no end: {why}"),
    }
}

/// A run that is being recorded. What is not known yet is put in as it comes.
pub(crate) struct Draft {
    pub(crate) record: FlowRecord,
    pub(crate) began: Instant,
    pub(crate) readings: Arc<Readings>,
    pub(crate) host: Arc<HostResources>,
    /// How it ended; until that is known, that it was given up.
    pub(crate) outcome: Result<String, String>,
}

impl std::fmt::Debug for Draft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Draft")
            .field("record", &self.record)
            .finish_non_exhaustive()
    }
}

impl Draft {
    /// A run that begins.
    pub(crate) fn new(record: FlowRecord, host: Arc<HostResources>) -> Self {
        Self {
            outcome: record.outcome.clone(),
            record,
            began: Instant::now(),
            readings: Arc::default(),
            host,
        }
    }

    pub(super) fn put(mut self, heard: Vec<Heard>, is_cut: bool, is_masked: bool) {
        self.record.took = self.began.elapsed();
        self.record.readings = self.readings.taken();
        self.record.heard = heard;
        self.record.is_cut = is_cut;
        self.record.is_masked = is_masked;
        self.record.outcome = self.outcome;
        if let Some(book) = &self.host.book {
            book.put(self.record);
        }
    }
}

/// Looks at the clock. Guests look on one worker at a time; the lock guards a push or a pop.
#[derive(Debug, Default)]
pub(crate) struct Readings(Mutex<VecDeque<u64>>);

impl Readings {
    /// A clock that writes down what it shows.
    pub(crate) fn noting(self: &Arc<Self>, real: &WallClock) -> WallClock {
        let (readings, real) = (Arc::clone(self), Arc::clone(real));
        Arc::new(move || {
            let now = Duration::from_millis(u64::try_from(real().as_millis()).unwrap_or(u64::MAX));
            let mut all = readings.0.lock().unwrap_or_else(PoisonError::into_inner);
            if all.len() < READINGS_MAX {
                all.push_back(u64::try_from(now.as_millis()).unwrap_or(u64::MAX));
            }
            now
        })
    }

    /// A clock that shows what was written down, and stands at the last of it.
    pub(crate) fn showing(record: &FlowRecord) -> WallClock {
        let readings = Mutex::new((VecDeque::from(record.readings.clone()), record.at));
        Arc::new(move || {
            let mut left = readings.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(next) = left.0.pop_front() {
                left.1 = Duration::from_millis(next);
            }
            left.1
        })
    }

    fn taken(&self) -> Vec<u64> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *all).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_shown_again_as_it_was_seen() {
        let readings = Arc::new(Readings::default());
        let ticks = Mutex::new(0);
        let real: WallClock = Arc::new(move || {
            let mut tick = ticks.lock().unwrap();
            *tick += 7;
            Duration::from_millis(*tick)
        });
        let noting = readings.noting(&real);
        let seen: Vec<Duration> = (0..3).map(|_| noting()).collect();
        let record = FlowRecord {
            readings: readings.taken(),
            ..crate::tape::text::tests::run()
        };
        let showing = Readings::showing(&record);
        assert_eq!((0..3).map(|_| showing()).collect::<Vec<_>>(), seen);
        assert_eq!(showing(), seen[2]);
        for _ in 0..READINGS_MAX + 9 {
            noting();
        }
        assert_eq!(readings.taken().len(), READINGS_MAX);
    }
}
