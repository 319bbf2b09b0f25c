//! What waits to be written to one session: batches of rendered events, shared with all other sessions.

use crate::event::{Classes, Rendered};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Bytes of events that may wait for one session; a session with more is cut off.
pub const WAITING_BYTES_MAX: usize = 32 << 20;

/// Events rendered together.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    events: Vec<Rendered>,
    /// Each set of classes there is among the events, once.
    classes: Vec<Classes>,
    bytes: usize,
}

impl Batch {
    pub fn new(events: Vec<Rendered>) -> Self {
        let mut classes = Vec::new();
        let mut bytes = 0;
        for event in &events {
            bytes += event.bytes.len();
            if !classes.contains(&event.classes) {
                classes.push(event.classes);
            }
        }
        Self {
            events,
            classes,
            bytes,
        }
    }

    pub fn events(&self) -> &[Rendered] {
        &self.events
    }
}

/// The end of a session that takes events in, and the end that gives them out.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    waiting: Mutex<Waiting>,
    arrival: Notify,
    mask: AtomicU32,
    has_arrived: AtomicBool,
    is_over: AtomicBool,
}

#[derive(Debug, Default)]
struct Waiting {
    batches: VecDeque<Arc<Batch>>,
    bytes: usize,
}

impl Outbox {
    /// Says which classes the session sees; batches without any such event do not wake it.
    pub fn set_mask(&self, mask: Classes) {
        self.mask.store(mask.bits(), Ordering::Relaxed);
    }

    /// Puts a batch in; a session that has let too much wait is over.
    pub fn push(&self, batch: &Arc<Batch>) {
        let mask = Classes::from_bits(self.mask.load(Ordering::Relaxed));
        if !batch.classes.iter().any(|classes| mask.contains(*classes)) {
            return;
        }
        let mut waiting = self.lock();
        waiting.bytes += batch.bytes;
        if waiting.bytes > WAITING_BYTES_MAX {
            *waiting = Waiting::default();
            drop(waiting);
            return self.end();
        }
        waiting.batches.push_back(batch.clone());
        drop(waiting);
        // A session that has not looked since the last arrival was woken by that one.
        if !self.has_arrived.swap(true, Ordering::AcqRel) {
            self.arrival.notify_one();
        }
    }

    /// Takes everything that waits, behind what is in `batches`.
    pub fn take(&self, batches: &mut VecDeque<Arc<Batch>>) {
        if !self.has_arrived.swap(false, Ordering::AcqRel) {
            return;
        }
        let mut waiting = self.lock();
        waiting.bytes = 0;
        if batches.is_empty() {
            std::mem::swap(&mut waiting.batches, batches);
        } else {
            batches.append(&mut waiting.batches);
        }
    }

    /// Ends the session.
    pub fn end(&self) {
        self.is_over.store(true, Ordering::Release);
        self.arrival.notify_one();
    }

    /// Whether the session was ended, by somebody or because it was too slow.
    pub fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Acquire)
    }

    /// Returns when something has arrived or the session is over; may return without cause.
    pub async fn arrived(&self) {
        self.arrival.notified().await;
    }

    /// Held for a push or a take, never across an await.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn batch(classes: Classes, bytes: usize) -> Arc<Batch> {
        Arc::new(Batch::new(vec![Rendered {
            name: "X",
            classes,
            bytes: Bytes::from(vec![b'x'; bytes]),
        }]))
    }

    fn count(outbox: &Outbox) -> usize {
        let mut batches = VecDeque::new();
        outbox.take(&mut batches);
        batches.len()
    }

    #[test]
    fn only_what_the_session_may_see_waits() {
        let outbox = Outbox::default();
        outbox.push(&batch(Classes::CALL, 1));
        assert_eq!(count(&outbox), 0);
        outbox.set_mask(Classes::CALL | Classes::USER);
        outbox.push(&batch(Classes::CALL, 1));
        outbox.push(&batch(Classes::USER | Classes::SYSTEM, 1));
        outbox.push(&batch(Classes::USER, 1));
        assert_eq!(count(&outbox), 2);
        assert_eq!(count(&outbox), 0);
    }

    #[test]
    fn a_session_that_reads_nothing_is_over_and_holds_nothing() {
        let outbox = Outbox::default();
        outbox.set_mask(Classes::ALL);
        let large = batch(Classes::CALL, WAITING_BYTES_MAX / 2);
        outbox.push(&large);
        outbox.push(&large);
        assert!(!outbox.is_over());
        outbox.push(&large);
        assert!(outbox.is_over());
        assert_eq!(Arc::strong_count(&large), 1);
    }
}
