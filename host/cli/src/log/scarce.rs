//! Of each kind of line no more than so many a second, so that neither a peer nor a component can fill a disk with them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tracing::callsite::Identifier;
use tracing::{Event, Level, Metadata};
use tracing_subscriber::layer::{Context, Filter};

/// Lines of one kind, which is one place in the program, in [`WINDOW`]; further ones are left out and counted.
const LINES_MAX: u32 = 25;
const WINDOW: Duration = Duration::from_secs(1);

/// Lets lines through as long as there are few of their kind. Below `info` all pass: whoever turns them on wants them.
#[derive(Default)]
pub struct Scarce {
    /// By the place that writes them, of which a program has a fixed number. The lock guards a count; any thread may log.
    kinds: Mutex<HashMap<Identifier, Kind>>,
}

struct Kind {
    since: Instant,
    lines: u32,
}

impl Kind {
    /// Counts a line; whether it may be written, and how many were left out before the window that it opens.
    fn count(&mut self, now: Instant) -> (bool, u32) {
        let mut left_out = 0;
        if now.saturating_duration_since(self.since) >= WINDOW {
            left_out = self.lines.saturating_sub(LINES_MAX);
            (self.since, self.lines) = (now, 0);
        }
        self.lines = self.lines.saturating_add(1);
        (self.lines <= LINES_MAX, left_out)
    }
}

impl Scarce {
    fn passes(&self, kind: Identifier, now: Instant) -> (bool, u32) {
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        kinds
            .entry(kind)
            .or_insert(Kind { since: now, lines: 0 })
            .count(now)
    }
}

impl<S> Filter<S> for Scarce {
    fn enabled(&self, _: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        true
    }

    fn event_enabled(&self, event: &Event<'_>, _: &Context<'_, S>) -> bool {
        let metadata = event.metadata();
        if *metadata.level() > Level::INFO {
            return true;
        }
        let (passes, left_out) = self.passes(metadata.callsite(), Instant::now());
        if left_out > 0 {
            // Not by way of the log, which is just being asked.
            crate::say_error(&format!("{left_out} more lines like the next one were left out"));
        }
        passes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_cut_and_counted_when_it_is_over() {
        let began = Instant::now();
        let mut kind = Kind {
            since: began,
            lines: 0,
        };
        let passed = (0..1000).filter(|_| kind.count(began).0).count();
        assert_eq!(passed, usize::try_from(LINES_MAX).unwrap());
        assert_eq!(kind.count(began + WINDOW), (true, 1000 - LINES_MAX));
        assert_eq!(kind.count(began + WINDOW), (true, 0));
    }
}
