//! What did a plugin log? Its last lines, for the operator's eyes.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Lines kept for each plugin; the oldest goes first.
const LINES_MAX: usize = 256;

/// How serious a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Values and steps.
    Trace,
    /// Decisions.
    Debug,
    /// Something happened.
    Info,
    /// Not as it should be.
    Warn,
    /// Broken.
    Error,
    /// Broken beyond repair.
    Critical,
}

/// A line a plugin logged, cut to its first kilobyte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// How serious.
    pub level: LogLevel,
    /// What the plugin calls the matter; often empty.
    pub context: String,
    /// The words.
    pub text: String,
}

/// The last lines. The lock guards a short push or copy; several workers run instances of one plugin at a time.
#[derive(Debug, Default)]
pub(crate) struct LogRing {
    inner: Mutex<Lines>,
}

#[derive(Debug, Default)]
struct Lines {
    lines: VecDeque<LogLine>,
    dropped: u64,
}

impl LogRing {
    pub(crate) fn push(&self, line: LogLine) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.lines.len() == LINES_MAX {
            inner.lines.pop_front();
        }
        inner.lines.push_back(line);
    }

    /// Counts a line that a quota kept out.
    pub(crate) fn drop_one(&self) {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).dropped += 1;
    }

    pub(crate) fn lines(&self) -> Vec<LogLine> {
        self.inner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .lines
            .iter()
            .cloned()
            .collect()
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).dropped
    }
}
