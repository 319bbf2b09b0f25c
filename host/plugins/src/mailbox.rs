//! What waits for a subscriber? Its events in order, bounded, with a gap where some were lost.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use crate::bindings::ucx::events::envelope::Delivery;
use crate::heard::Mark;
use crate::values::{Event, Gap};

const TOO_SLOW: &str = "the subscriber was too slow";

/// Events that wait for one subscriber. The lock guards a push or a drain: the event stream pushes, the worker drains.
pub(crate) struct Mailbox {
    capacity: usize,
    inner: Mutex<Waiting>,
    arrived: Notify,
    /// Up to which position the subscriber has taken them, or they were set aside.
    pub(crate) heard: Mark,
}

#[derive(Default)]
struct Waiting {
    deliveries: VecDeque<Delivery>,
    last_seq: u64,
    lost: u64,
    /// The worker is to look up, whether or not something waits.
    woken: bool,
}

impl Mailbox {
    /// Holds so many events; what comes on top is lost and counted in a gap.
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            inner: Mutex::default(),
            arrived: Notify::new(),
            heard: Mark::default(),
        }
    }

    /// Puts an event in, with the next position.
    pub(crate) fn push(&self, mut event: Event) {
        {
            let mut waiting = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.last_seq += 1;
            event.seq = waiting.last_seq;
            // A gap at the end takes one place beyond the capacity, and grows instead of being followed by another.
            if waiting.deliveries.len() >= self.capacity {
                waiting.lost += 1;
                let seq = event.seq;
                match waiting.deliveries.back_mut() {
                    Some(Delivery::Gap(gap)) => gap.last = seq,
                    Some(Delivery::Event(_)) | None => {
                        let gap = Gap {
                            first: seq,
                            last: seq,
                            reason: TOO_SLOW.to_owned(),
                        };
                        waiting.deliveries.push_back(Delivery::Gap(gap));
                    }
                }
                return;
            }
            waiting.deliveries.push_back(Delivery::Event(event));
        }
        self.arrived.notify_one();
    }

    /// Up to `max` deliveries; waits for the first. None if the worker is woken meanwhile.
    pub(crate) async fn batch(&self, max: usize) -> Vec<Delivery> {
        loop {
            let arrived = self.arrived.notified();
            {
                let mut waiting = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
                let count = waiting.deliveries.len().min(max);
                if std::mem::take(&mut waiting.woken) {
                    return Vec::new();
                }
                if count > 0 {
                    return waiting.deliveries.drain(..count).collect();
                }
            }
            arrived.await;
        }
    }

    /// What waits now.
    pub(crate) fn len(&self) -> usize {
        self.inner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .deliveries
            .len()
    }

    /// The position of the newest event.
    pub(crate) fn newest(&self) -> u64 {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).last_seq
    }

    /// Events lost so far.
    pub(crate) fn lost(&self) -> u64 {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).lost
    }

    /// Lets a waiting worker look up.
    pub(crate) fn wake(&self) {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).woken = true;
        self.arrived.notify_one();
    }
}

/// The positions a batch spans.
pub(crate) fn span(batch: &[Delivery]) -> (u64, u64) {
    let first = batch.first().map_or(0, |delivery| match delivery {
        Delivery::Event(event) => event.seq,
        Delivery::Gap(gap) => gap.first,
    });
    let last = batch.last().map_or(0, |delivery| match delivery {
        Delivery::Event(event) => event.seq,
        Delivery::Gap(gap) => gap.last,
    });
    (first, last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(batch: &[Delivery]) -> Vec<String> {
        let word = |delivery: &Delivery| match delivery {
            Delivery::Event(event) => event.seq.to_string(),
            Delivery::Gap(gap) => format!("{}-{}", gap.first, gap.last),
        };
        batch.iter().map(word).collect()
    }

    #[tokio::test]
    async fn a_hole_is_counted_and_announced_where_it_is() {
        let mailbox = Mailbox::new(3);
        for _ in 0..6 {
            mailbox.push(Event::new("x", 0));
        }
        assert_eq!(mailbox.lost(), 3);
        assert_eq!(words(&mailbox.batch(2).await), ["1", "2"]);
        mailbox.push(Event::new("x", 0));
        assert_eq!(words(&mailbox.batch(9).await), ["3", "4-6", "7"]);
    }
}
