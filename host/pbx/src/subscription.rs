//! The event stream as one reader sees it: bounded, in order, with counted gaps where the reader was too slow.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use ucx_call::{Event, EventKind};

/// Events one subscription may hold at most, whatever was asked for.
pub const SUBSCRIPTION_EVENTS_MAX: usize = 65_536;

/// What a reader wants.
#[derive(Clone, Debug)]
pub struct SubscribeSpec {
    /// Who reads, for the logs.
    pub name: Arc<str>,
    /// Events that may wait for the reader, up to 65,536; further ones become a gap.
    pub capacity: usize,
    /// Which kinds of events; the others are not counted as lost.
    pub wants: fn(&EventKind) -> bool,
}

impl SubscribeSpec {
    /// Every event, with room for 4,096.
    pub fn all(name: &str) -> Self {
        Self {
            name: Arc::from(name),
            capacity: 4_096,
            wants: |_| true,
        }
    }
}

/// What a reader gets.
#[derive(Clone, Debug, PartialEq)]
pub enum Delivery {
    /// The next event.
    Event(Arc<Event>),
    /// Events are missing here because the reader was too slow.
    Gap {
        /// How many.
        lost: u64,
    },
}

/// A reader's end of the stream. Dropping it ends the subscription.
pub struct Subscription {
    queue: Arc<Queue>,
}

impl Subscription {
    /// The next delivery; none when the host is gone and everything was read.
    pub async fn recv(&mut self) -> Option<Delivery> {
        loop {
            let is_closed = self.queue.lock().is_closed;
            if let Some(delivery) = self.try_recv() {
                return Some(delivery);
            }
            if is_closed {
                return None;
            }
            // An arrival since then left a permit, so that it is not slept over.
            self.queue.arrival.notified().await;
        }
    }

    /// A delivery that is there already.
    pub fn try_recv(&mut self) -> Option<Delivery> {
        let mut waiting = self.queue.lock();
        if let Some(delivery) = waiting.deliveries.pop_front() {
            return Some(delivery);
        }
        let lost = std::mem::take(&mut waiting.lost);
        (lost > 0).then_some(Delivery::Gap { lost })
    }

    /// Whether nothing waits for the reader.
    pub fn is_empty(&self) -> bool {
        let waiting = self.queue.lock();
        waiting.deliveries.is_empty() && waiting.lost == 0
    }

    /// Whether the host has gone. What waits can still be read.
    pub fn is_closed(&self) -> bool {
        self.queue.lock().is_closed
    }

    /// From now on events are taken in only while this is true; the others do not count as lost.
    pub fn only_while(&self, listens: Arc<AtomicBool>) {
        self.queue.lock().listens = Some(listens);
    }

    /// Where the stream is now, for others than the reader.
    pub fn position(&self) -> Position {
        Position(self.queue.clone())
    }
}

/// Tells how far the host's end of a stream is, whether or not its reader has come so far.
#[derive(Clone)]
pub struct Position(Arc<Queue>);

impl Position {
    /// The sequence of the newest event the reader was given; 0 before the first.
    pub fn newest(&self) -> u64 {
        self.0.lock().newest
    }
}

impl fmt::Debug for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Position").field(&self.newest()).finish()
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.queue.lock().is_closed = true;
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("name", &self.queue.spec.name)
            .finish_non_exhaustive()
    }
}

/// The host's end of the stream to one reader.
pub(crate) struct Publisher {
    queue: Arc<Queue>,
}

impl Publisher {
    pub(crate) fn new(mut spec: SubscribeSpec) -> (Self, Subscription) {
        spec.capacity = spec.capacity.clamp(2, SUBSCRIPTION_EVENTS_MAX);
        let queue = Arc::new(Queue {
            spec,
            waiting: Mutex::default(),
            arrival: Notify::new(),
        });
        (Self { queue: queue.clone() }, Subscription { queue })
    }

    /// Whether the reader has gone.
    pub(crate) fn is_closed(&self) -> bool {
        self.queue.lock().is_closed
    }

    /// Gives the reader an event it wants, or counts it as lost. Never waits. False if the reader has gone.
    pub(crate) fn push(&self, event: &Arc<Event>) -> bool {
        let spec = &self.queue.spec;
        let is_wanted = (spec.wants)(&event.kind);
        let mut waiting = self.queue.lock();
        if waiting.is_closed {
            return false;
        }
        let is_heard = |listens: &Arc<AtomicBool>| listens.load(Ordering::SeqCst);
        if !is_wanted || !waiting.listens.as_ref().is_none_or(is_heard) {
            return true;
        }
        waiting.newest = event.sequence;
        let needs = if waiting.lost > 0 { 2 } else { 1 };
        if waiting.deliveries.len() + needs > spec.capacity {
            waiting.lost += 1;
            return true;
        }
        let lost = std::mem::take(&mut waiting.lost);
        if lost > 0 {
            waiting.deliveries.push_back(Delivery::Gap { lost });
        }
        waiting.deliveries.push_back(Delivery::Event(event.clone()));
        drop(waiting);
        self.queue.arrival.notify_one();
        true
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.queue.lock().is_closed = true;
        self.queue.arrival.notify_one();
    }
}

struct Queue {
    spec: SubscribeSpec,
    /// What waits between the control thread and a reader on any thread; held for a push or a pop, never across an await.
    waiting: Mutex<Waiting>,
    arrival: Notify,
}

#[derive(Default)]
struct Waiting {
    deliveries: VecDeque<Delivery>,
    /// Events lost after the last of `deliveries`.
    lost: u64,
    /// The sequence of the last event that was wanted.
    newest: u64,
    is_closed: bool,
    /// While this is false nothing is taken in.
    listens: Option<Arc<AtomicBool>>,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn event(sequence: u64) -> Arc<Event> {
        let kind = EventKind::VariableSet {
            channel: None,
            name: Arc::from("N"),
            value: Arc::from("v"),
        };
        Arc::new(Event {
            sequence,
            at: Duration::ZERO,
            kind,
        })
    }

    fn sequences(subscription: &mut Subscription) -> Vec<String> {
        std::iter::from_fn(|| subscription.try_recv())
            .map(|delivery| match delivery {
                Delivery::Event(event) => event.sequence.to_string(),
                Delivery::Gap { lost } => format!("gap {lost}"),
            })
            .collect()
    }

    #[test]
    fn a_slow_reader_gets_a_counted_gap_in_its_place() {
        let (publisher, mut subscription) = Publisher::new(SubscribeSpec {
            capacity: 3,
            ..SubscribeSpec::all("slow")
        });
        for sequence in 1..=5 {
            assert!(publisher.push(&event(sequence)));
        }
        assert_eq!(subscription.try_recv(), Some(Delivery::Event(event(1))));
        assert!(publisher.push(&event(6)));
        assert_eq!(subscription.try_recv(), Some(Delivery::Event(event(2))));
        assert!(publisher.push(&event(7)));
        assert_eq!(sequences(&mut subscription), ["3", "gap 3", "7"]);
        assert!(publisher.push(&event(8)));
        assert_eq!(sequences(&mut subscription), ["8"]);
    }

    #[test]
    fn the_position_is_that_of_the_host_and_not_of_the_reader() {
        let (publisher, mut subscription) = Publisher::new(SubscribeSpec {
            capacity: 2,
            ..SubscribeSpec::all("slow")
        });
        let position = subscription.position();
        assert_eq!(position.newest(), 0);
        for sequence in 4..=7 {
            publisher.push(&event(sequence));
        }
        assert_eq!(position.newest(), 7);
        assert_eq!(sequences(&mut subscription), ["4", "5", "gap 2"]);
        assert_eq!(position.newest(), 7);
    }

    #[test]
    fn a_reader_that_does_not_listen_misses_events_without_a_gap() {
        let (publisher, mut subscription) = Publisher::new(SubscribeSpec::all("pausing"));
        let listens = Arc::new(AtomicBool::new(true));
        subscription.only_while(listens.clone());
        publisher.push(&event(1));
        listens.store(false, Ordering::SeqCst);
        assert!(publisher.push(&event(2)));
        listens.store(true, Ordering::SeqCst);
        publisher.push(&event(3));
        assert_eq!(sequences(&mut subscription), ["1", "3"]);
    }

    #[test]
    fn a_gap_at_the_end_is_told_without_a_further_event() {
        let (publisher, mut subscription) = Publisher::new(SubscribeSpec {
            capacity: 2,
            ..SubscribeSpec::all("slow")
        });
        for sequence in 1..=4 {
            assert!(publisher.push(&event(sequence)));
        }
        assert_eq!(sequences(&mut subscription), ["1", "2", "gap 2"]);
    }

    #[test]
    fn either_side_sees_that_the_other_is_gone() {
        let (publisher, subscription) = Publisher::new(SubscribeSpec::all("reader"));
        assert!(!publisher.is_closed());
        drop(subscription);
        assert!(publisher.is_closed());
        assert!(!publisher.push(&event(1)));

        let (publisher, mut subscription) = Publisher::new(SubscribeSpec::all("reader"));
        assert!(publisher.push(&event(1)));
        drop(publisher);
        assert_eq!(sequences(&mut subscription), ["1"]);
        assert!(subscription.queue.lock().is_closed);
    }
}
