//! When must the endpoint wake up next, and for what? One ordered queue holds every timer of the crate.

use std::collections::BTreeMap;
use std::time::Duration;

/// Names one armed timer so that it can be disarmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TimerHandle {
    at: Duration,
    serial: u64,
}

/// An ordered queue of timers; equal deadlines fire in the order they were armed.
///
/// Its length is bounded by its owners: every transaction, session, binding and registration arms at most three.
#[derive(Debug)]
pub(crate) struct TimerQueue<T> {
    armed: BTreeMap<TimerHandle, T>,
    next_serial: u64,
}

impl<T> Default for TimerQueue<T> {
    fn default() -> Self {
        Self {
            armed: BTreeMap::new(),
            next_serial: 0,
        }
    }
}

impl<T> TimerQueue<T> {
    /// Arms a timer for the instant `at`.
    pub(crate) fn arm(&mut self, at: Duration, timer: T) -> TimerHandle {
        let handle = TimerHandle {
            at,
            serial: self.next_serial,
        };
        self.next_serial += 1;
        self.armed.insert(handle, timer);
        handle
    }

    /// Disarms a timer if it is there and has not fired.
    pub(crate) fn disarm(&mut self, handle: &mut Option<TimerHandle>) {
        if let Some(handle) = handle.take() {
            self.armed.remove(&handle);
        }
    }

    /// The instant of the earliest timer.
    pub(crate) fn next_at(&self) -> Option<Duration> {
        self.armed.first_key_value().map(|(handle, _)| handle.at)
    }

    /// Takes out the earliest timer that is due at `now`.
    pub(crate) fn pop_due(&mut self, now: Duration) -> Option<T> {
        let first = self.armed.first_entry()?;
        if first.key().at > now {
            return None;
        }
        Some(first.remove())
    }

    pub(crate) fn len(&self) -> usize {
        self.armed.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_fire_in_order_and_equal_ones_as_armed() {
        let mut queue = TimerQueue::default();
        queue.arm(Duration::from_millis(20), "late");
        queue.arm(Duration::from_millis(10), "first");
        queue.arm(Duration::from_millis(10), "second");
        assert_eq!(queue.next_at(), Some(Duration::from_millis(10)));
        let now = Duration::from_millis(15);
        assert_eq!(queue.pop_due(now), Some("first"));
        assert_eq!(queue.pop_due(now), Some("second"));
        assert_eq!(queue.pop_due(now), None);
        assert_eq!(queue.len(), 1);
    }

    #[test]
    fn a_disarmed_timer_never_fires() {
        let mut queue = TimerQueue::default();
        let mut handle = Some(queue.arm(Duration::from_millis(1), ()));
        queue.disarm(&mut handle);
        assert_eq!(handle, None);
        assert_eq!(queue.pop_due(Duration::from_secs(1)), None);
        assert_eq!(queue.next_at(), None);
    }
}
