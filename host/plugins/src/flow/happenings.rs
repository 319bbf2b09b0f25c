//! What has an instance that leads calls not heard yet? Events of its legs, digits among them, bounded.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use crate::grant::Rights;
use crate::telephony::int_attr;
use crate::turns::{Cancel, Cause};
use crate::values::{Attr, Event, Value};

/// Events that are kept; of more the oldest go.
const EVENTS_MAX: usize = 256;
/// The kind of a digit's event.
pub(crate) const DIGIT: &str = "channel.dtmf";

/// A failure is said that long after the legs were let go of, at the latest.
const SAID_WITHIN: Duration = Duration::from_millis(50);
/// Kinds that the legs an instance holds tell by themselves, whoever else tells them.
const OF_LEGS: [&str; 4] = [DIGIT, "playback.ended", "recording.ended", "channel.text"];

/// The calls are taken away from the instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Over;

/// Events that wait. The lock guards a push or a look: the legs' tasks push, the guest's worker looks.
pub(crate) struct Happenings {
    /// Events that are kept.
    capacity: usize,
    /// What the instance hears of all calls; of its own legs it need not be told that again.
    hears: Option<Arc<Rights>>,
    inner: Mutex<Waiting>,
    arrived: Notify,
    /// Ends whatever else the instance waits for.
    pub(crate) cancel: Arc<Cancel>,
}

#[derive(Default)]
struct Waiting {
    events: VecDeque<Event>,
    seq: u64,
    lost: u64,
    is_over: bool,
    /// Why, if the instance failed.
    failure: Option<String>,
    /// Legs it holds.
    legs: BTreeSet<String>,
}

impl Default for Happenings {
    fn default() -> Self {
        Self::of(EVENTS_MAX, None)
    }
}

impl Happenings {
    /// Keeps so many events, for an instance that hears these of all calls.
    pub(crate) fn of(capacity: usize, hears: Option<Arc<Rights>>) -> Self {
        Self {
            capacity,
            hears,
            inner: Mutex::default(),
            arrived: Notify::new(),
            cancel: Arc::default(),
        }
    }

    /// Keeps an event, with the next position.
    pub(crate) fn push(&self, mut event: Event) {
        let is_heard = self.hears.as_ref().is_some_and(|hears| hears.hears(&event.kind));
        if is_heard && !OF_LEGS.contains(&event.kind.as_str()) {
            return;
        }
        self.with(|waiting| {
            waiting.seq += 1;
            event.seq = waiting.seq;
            if waiting.events.len() >= self.capacity {
                waiting.events.pop_front();
                waiting.lost += 1;
            }
            waiting.events.push_back(event);
        });
        self.arrived.notify_waiters();
    }

    /// No more is to come, and whoever waits is told.
    pub(crate) fn close(&self) {
        self.with(|waiting| waiting.is_over = true);
        self.arrived.notify_waiters();
        self.cancel.call(Cause::Gone);
    }

    /// The same, because the instance failed in these words.
    pub(crate) fn fail(&self, why: &str) {
        self.with(|waiting| waiting.failure = Some(why.to_owned()));
        self.close();
    }

    /// Why the instance failed, if it did just now: its legs are let go of before that is said.
    pub(crate) async fn failed(&self) -> Option<String> {
        // Nobody but an application is said to have failed.
        self.hears.as_ref()?;
        let said = |waiting: &mut Waiting| waiting.failure.clone();
        self.until(Instant::now() + SAID_WITHIN, said).await
    }

    /// The instance holds that leg.
    pub(crate) fn hold(&self, channel: &str) {
        self.with(|waiting| waiting.legs.insert(channel.to_owned()));
    }

    /// It does not any more.
    pub(crate) fn release(&self, channel: &str) {
        self.with(|waiting| waiting.legs.remove(channel));
    }

    /// Whether an event about a call is one that a leg the instance holds has told it.
    pub(crate) fn tells_itself(&self, event: &Event) -> bool {
        let Some(channel) = &event.channel else {
            return false;
        };
        OF_LEGS.contains(&event.kind.as_str()) && self.with(|waiting| waiting.legs.contains(channel))
    }

    /// The oldest event, with the number of those that were lost before it.
    pub(crate) fn take(&self) -> Option<(u64, Event)> {
        self.with(|waiting| {
            let event = waiting.events.pop_front()?;
            Some((std::mem::take(&mut waiting.lost), event))
        })
    }

    /// Wakes with the next event.
    pub(crate) fn arrived(&self) -> tokio::sync::futures::Notified<'_> {
        self.arrived.notified()
    }

    /// The next event, or none in that time. What came before the end is still told.
    pub(crate) async fn next(&self, wait: Duration) -> Result<Option<Event>, Over> {
        let next = |waiting: &mut Waiting| match waiting.events.pop_front() {
            Some(mut event) => {
                let lost = std::mem::take(&mut waiting.lost);
                if lost > 0 {
                    event.attrs.push(int_attr("lost", lost));
                }
                Some(Ok(event))
            }
            None => waiting.is_over.then_some(Err(Over)),
        };
        self.until(Instant::now() + wait, next).await.transpose()
    }

    /// The next digit of that channel, or none in that time.
    pub(crate) async fn digit(&self, channel: &str, wait: Duration) -> Result<Option<char>, Over> {
        let next = |waiting: &mut Waiting| {
            if waiting.is_over {
                return Some(Err(Over));
            }
            let at = waiting
                .events
                .iter()
                .position(|event| event.kind == DIGIT && event.channel.as_deref() == Some(channel))?;
            waiting
                .events
                .remove(at)
                .and_then(|event| digit_of(&event))
                .map(Ok)
        };
        self.until(Instant::now() + wait, next).await.transpose()
    }

    /// Forgets the digits of that channel that nobody took.
    pub(crate) fn forget_digits(&self, channel: &str) {
        self.with(|waiting| {
            waiting
                .events
                .retain(|event| event.kind != DIGIT || event.channel.as_deref() != Some(channel));
        });
    }

    /// Looks again and again until there is something, or the time is up.
    async fn until<T>(
        &self,
        deadline: Instant,
        mut look: impl FnMut(&mut Waiting) -> Option<T>,
    ) -> Option<T> {
        loop {
            let mut arrived = std::pin::pin!(self.arrived.notified());
            // Whoever pushes from here on wakes us.
            arrived.as_mut().enable();
            if let Some(found) = self.with(&mut look) {
                return Some(found);
            }
            timeout_at(deadline, arrived).await.ok()?;
        }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Waiting) -> T) -> T {
        work(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn digit_of(event: &Event) -> Option<char> {
    event.attrs.iter().find_map(|attr| match attr {
        Attr {
            name,
            value: Value::Text(digit),
        } if name == "digit" => digit.chars().next(),
        Attr { .. } => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telephony::text_attr;

    fn digit(channel: &str, digit: &str) -> Event {
        Event {
            channel: Some(channel.to_owned()),
            attrs: vec![text_attr("digit", digit)],
            ..Event::new(DIGIT, 0)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn digits_are_found_by_channel_and_the_rest_keeps_its_order() {
        let happenings = Happenings::default();
        happenings.push(Event::new("first", 0));
        happenings.push(digit("b", "1"));
        happenings.push(digit("a", "2"));
        happenings.push(Event::new("last", 0));
        assert_eq!(happenings.digit("a", Duration::ZERO).await, Ok(Some('2')));
        assert_eq!(happenings.digit("a", Duration::from_secs(1)).await, Ok(None));
        happenings.forget_digits("b");
        let mut kinds = Vec::new();
        while let Ok(Some(event)) = happenings.next(Duration::ZERO).await {
            kinds.push((event.kind, event.seq));
        }
        assert_eq!(kinds, [("first".to_owned(), 1), ("last".to_owned(), 4)]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_nobody_hears_is_counted_and_the_end_comes_last() {
        let happenings = Happenings::default();
        for _ in 0..EVENTS_MAX + 2 {
            happenings.push(Event::new("x", 0));
        }
        happenings.close();
        let first = happenings.next(Duration::ZERO).await.unwrap().unwrap();
        assert_eq!((first.seq, first.attrs), (3, vec![int_attr("lost", 2)]));
        for _ in 1..EVENTS_MAX {
            assert!(happenings.next(Duration::ZERO).await.unwrap().is_some());
        }
        assert_eq!(happenings.next(Duration::from_secs(9)).await, Err(Over));
        assert_eq!(happenings.digit("a", Duration::from_secs(9)).await, Err(Over));
        assert_eq!(happenings.cancel.called().await, Cause::Gone);
    }
}
