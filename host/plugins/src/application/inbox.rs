//! What has an application not heard yet? Requests, what happens to its legs, and the events it asked for, in turn.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use crate::bindings::apps::ucx::plugin::inbox::{HttpRequest, Message};
use crate::bindings::ucx::events::envelope::Delivery;
use crate::flow::Happenings;
use crate::values::{Event, Gap};

const TOO_SLOW: &str = "the application was too slow";

/// The most messages of a batch.
const BATCH_MAX: usize = 256;

/// Messages that wait for one application, whichever instance of it runs. The lock guards a push or a take.
pub(crate) struct Inbox {
    /// Events that wait; what comes on top is lost and counted in a gap.
    capacity: usize,
    inner: Mutex<Waiting>,
    arrived: Notify,
}

#[derive(Default)]
struct Waiting {
    /// Its instance is to finish, and has not been told.
    is_drained: bool,
    requests: VecDeque<HttpRequest>,
    /// What came together with the last message of a batch.
    held: VecDeque<Message>,
    asked: VecDeque<Asked>,
    /// The position given last.
    seq: u64,
    lost: u64,
    /// Which kind of messages is looked at first, so that none starves another.
    first: usize,
}

enum Asked {
    Event(Box<Event>),
    Lost(u64),
}

impl Inbox {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            inner: Mutex::default(),
            arrived: Notify::new(),
        }
    }

    /// Puts an event in.
    pub(crate) fn push(&self, event: Event) {
        self.with(|waiting| {
            if waiting.asked.len() < self.capacity {
                waiting.asked.push_back(Asked::Event(Box::new(event)));
                return;
            }
            waiting.lost += 1;
            // A gap at the end takes one place beyond the capacity, and grows instead of being followed by another.
            match waiting.asked.back_mut() {
                Some(Asked::Lost(lost)) => *lost += 1,
                Some(Asked::Event(_)) | None => waiting.asked.push_back(Asked::Lost(1)),
            }
        });
        self.arrived.notify_waiters();
    }

    /// Puts a request in. Who asks bounds how many there are.
    pub(super) fn put(&self, request: HttpRequest) {
        self.with(|waiting| waiting.requests.push_back(request));
        self.arrived.notify_waiters();
    }

    /// Takes requests out that nobody waits for any more.
    pub(super) fn retain_requests(&self, is_wanted: impl Fn(u64) -> bool) {
        self.with(|waiting| waiting.requests.retain(|request| is_wanted(request.id)));
    }

    /// Takes events of that kind out.
    pub(super) fn forget(&self, kind: &str) {
        self.with(|waiting| {
            waiting
                .asked
                .retain(|asked| !matches!(asked, Asked::Event(event) if event.kind == kind));
        });
    }

    /// The instance is to finish.
    pub(super) fn drain(&self) {
        self.with(|waiting| waiting.is_drained = true);
        self.arrived.notify_waiters();
    }

    /// It need not finish any more.
    pub(super) fn undrain(&self) {
        self.with(|waiting| waiting.is_drained = false);
    }

    /// Events that wait.
    pub(crate) fn len(&self) -> usize {
        self.with(|waiting| waiting.asked.len() + waiting.requests.len())
    }

    /// Events that were lost.
    pub(crate) fn lost(&self) -> u64 {
        self.with(|waiting| waiting.lost)
    }

    /// Up to that many messages, of which the first is waited for.
    pub(crate) async fn take(&self, legs: &Arc<Happenings>, max: usize, wait: Duration) -> Vec<Message> {
        let deadline = Instant::now() + wait;
        let max = max.min(BATCH_MAX);
        loop {
            let mut arrived = std::pin::pin!(self.arrived.notified());
            let mut happened = std::pin::pin!(legs.arrived());
            // Whoever pushes from here on wakes us.
            arrived.as_mut().enable();
            happened.as_mut().enable();
            let batch = self.with(|waiting| waiting.collect(legs, max));
            if !batch.is_empty() || max == 0 {
                return batch;
            }
            let either = async {
                tokio::select! {
                    () = arrived => {}
                    () = happened => {}
                }
            };
            if timeout_at(deadline, either).await.is_err() {
                return Vec::new();
            }
        }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Waiting) -> T) -> T {
        work(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Waiting {
    fn collect(&mut self, legs: &Happenings, max: usize) -> Vec<Message> {
        let mut batch = Vec::new();
        if max == 0 {
            return batch;
        }
        if std::mem::take(&mut self.is_drained) {
            batch.push(Message::Drain);
        }
        batch.extend(std::iter::from_fn(|| self.held.pop_front()).take(max - batch.len()));
        let mut empty = 0;
        while batch.len() < max && empty < 3 {
            let found = match self.first {
                0 => self.requests.pop_front().map(Message::Request),
                1 => self.of_legs(legs, &mut batch),
                _ => self.next_asked(legs),
            };
            self.first = (self.first + 1) % 3;
            match found {
                Some(message) => {
                    empty = 0;
                    batch.push(message);
                }
                None => empty += 1,
            }
        }
        self.held.extend(batch.drain(max.min(batch.len())..));
        batch
    }

    /// The next event that was asked for, without those that the instance's own legs tell.
    fn next_asked(&mut self, legs: &Happenings) -> Option<Message> {
        loop {
            match self.asked.pop_front()? {
                Asked::Event(event) if legs.tells_itself(&event) => {}
                asked @ (Asked::Event(_) | Asked::Lost(_)) => return Some(self.deliver(asked)),
            }
        }
    }

    /// The next event of a leg; what was lost before it goes first.
    fn of_legs(&mut self, legs: &Happenings, batch: &mut Vec<Message>) -> Option<Message> {
        let (lost, event) = legs.take()?;
        if lost > 0 {
            batch.push(self.deliver(Asked::Lost(lost)));
        }
        Some(self.deliver(Asked::Event(Box::new(event))))
    }

    fn deliver(&mut self, asked: Asked) -> Message {
        Message::Delivery(match asked {
            Asked::Event(mut event) => {
                self.seq += 1;
                event.seq = self.seq;
                Delivery::Event(*event)
            }
            Asked::Lost(lost) => {
                let first = self.seq + 1;
                self.seq += lost;
                Delivery::Gap(Gap {
                    first,
                    last: self.seq,
                    reason: TOO_SLOW.to_owned(),
                })
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(batch: Vec<Message>) -> Vec<String> {
        let word = |message: Message| match message {
            Message::Delivery(Delivery::Event(event)) => format!("{} {}", event.seq, event.kind),
            Message::Delivery(Delivery::Gap(gap)) => format!("{}-{}", gap.first, gap.last),
            Message::Request(request) => request.path,
            Message::Drain => "drain".to_owned(),
            Message::Other(event) => event.kind,
        };
        batch.into_iter().map(word).collect()
    }

    fn request(path: &str) -> HttpRequest {
        HttpRequest {
            id: 1,
            method: "GET".to_owned(),
            path: path.to_owned(),
            query: String::new(),
            headers: Vec::new(),
            body: Vec::new(),
            attrs: Vec::new(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_kind_of_message_starves_another_and_holes_are_announced() {
        let inbox = Inbox::new(2);
        let legs = Arc::new(Happenings::of(2, None));
        for _ in 0..4 {
            inbox.push(Event::new("asked", 0));
            legs.push(Event::new("leg", 0));
        }
        inbox.put(request("/a"));
        inbox.put(request("/b"));
        let all = words(inbox.take(&legs, 99, Duration::ZERO).await);
        assert_eq!(
            all,
            ["/a", "1-2", "3 leg", "4 asked", "/b", "5 leg", "6 asked", "7-8"]
        );
        assert_eq!(inbox.lost(), 2);
        assert!(inbox.take(&legs, 9, Duration::from_secs(1)).await.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_is_woken_by_each_kind_and_drained_first() {
        let (inbox, legs) = (Arc::new(Inbox::new(8)), Arc::new(Happenings::default()));
        let told = (Arc::clone(&inbox), Arc::clone(&legs));
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(10)).await;
            told.1.push(Event::new("leg", 0));
            tokio::time::sleep(Duration::from_millis(10)).await;
            told.0.push(Event::new("asked", 0));
            told.0.drain();
        });
        let wait = Duration::from_secs(9);
        assert_eq!(words(inbox.take(&legs, 9, wait).await), ["1 leg"]);
        assert_eq!(words(inbox.take(&legs, 9, wait).await), ["drain", "2 asked"]);
    }
}
