//! How does a guest wait, and learn that it shall come to an end? Its cancel flag, its timers, its rates.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::resources::WallClock;
use crate::values::Event;

/// Timers of one instance at a time.
pub(crate) const TIMERS_MAX: usize = 64;
/// Timers fire together every so often, the first time after as long at the least: however many there are, and however often
/// they are set again when they fire, they wake nobody without a pause.
pub(crate) const TIMER_STEP: Duration = Duration::from_millis(10);
/// Timers of an application's.
pub(crate) const APPLICATION_TIMERS_MAX: usize = 10_000;

/// Takes the events that are for one instance only.
pub(crate) type EventSink = Arc<dyn Fn(Event) + Send + Sync>;

/// Why a guest is to finish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Its caller hung up, or the call was taken away from it.
    Gone,
    /// The host wants this generation to end.
    Drained,
}

/// Whether a guest is to finish, and why; everything it waits for ends then.
#[derive(Debug, Default)]
pub(crate) struct Cancel {
    cause: AtomicU8,
    told: Notify,
}

impl Cancel {
    /// Calls it off; the first cause stays.
    pub(crate) fn call(&self, cause: Cause) {
        let code = match cause {
            Cause::Gone => 1,
            Cause::Drained => 2,
        };
        let _first = self
            .cause
            .compare_exchange(0, code, Ordering::SeqCst, Ordering::SeqCst);
        self.told.notify_waiters();
    }

    /// It is not called off after all.
    pub(crate) fn take_back(&self) {
        self.cause.store(0, Ordering::SeqCst);
    }

    /// The cause, once it is called off.
    pub(crate) fn cause(&self) -> Option<Cause> {
        match self.cause.load(Ordering::SeqCst) {
            1 => Some(Cause::Gone),
            2 => Some(Cause::Drained),
            _ => None,
        }
    }

    /// Waits until it is called off.
    pub(crate) async fn called(&self) -> Cause {
        loop {
            let told = self.told.notified();
            if let Some(cause) = self.cause() {
                return cause;
            }
            told.await;
        }
    }
}

/// The timers of one instance; dropping them calls all off. Those of one step fire together, so that an instance that sets
/// timers without end is not woken for each.
pub(crate) struct Timers {
    sink: Option<EventSink>,
    clock: WallClock,
    most: usize,
    last: u64,
    /// When the first one was set: steps are counted from there.
    began: Option<Instant>,
    /// What fires when, by the time since `began`. The lock guards the map; who sets, who cancels and what fires hold it for a
    /// look.
    waiting: Arc<Mutex<BTreeMap<Duration, Step>>>,
}

/// Timers that fire at the same moment.
struct Step {
    /// Their ids and tags.
    timers: Vec<(u64, String)>,
    task: AbortHandle,
}

/// Why a timer was not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoTimer {
    /// The instance hears no events.
    NoEar,
    /// It has too many.
    TooMany,
}

impl Timers {
    /// Timers that fire into that sink.
    pub(crate) fn new(sink: Option<EventSink>, clock: WallClock) -> Self {
        Self {
            sink,
            clock,
            most: TIMERS_MAX,
            last: 0,
            began: None,
            waiting: Arc::default(),
        }
    }

    /// The same, but so many at a time.
    pub(crate) fn most(mut self, most: usize) -> Self {
        self.most = most;
        self
    }

    /// Fires an event of kind `timer` with that subject; answers the timer's id.
    pub(crate) fn set(&mut self, delay: Duration, tag: String) -> Result<u64, NoTimer> {
        let sink = Arc::clone(self.sink.as_ref().ok_or(NoTimer::NoEar)?);
        let began = *self.began.get_or_insert_with(Instant::now);
        let due = stepped(began.elapsed() + delay.max(TIMER_STEP));
        let mut waiting = lock(&self.waiting);
        if waiting.values().map(|step| step.timers.len()).sum::<usize>() >= self.most {
            return Err(NoTimer::TooMany);
        }
        self.last += 1;
        let step = waiting.entry(due).or_insert_with(|| {
            let (clock, waiting) = (Arc::clone(&self.clock), Arc::clone(&self.waiting));
            let task = tokio::spawn(async move {
                tokio::time::sleep_until(began + due).await;
                let at = u64::try_from(clock().as_millis()).unwrap_or(u64::MAX);
                let fired = lock(&waiting).remove(&due).map(|step| step.timers);
                for (_, tag) in fired.into_iter().flatten() {
                    sink(Event {
                        subject: Some(tag),
                        ..Event::new("timer", at)
                    });
                }
            });
            Step {
                timers: Vec::new(),
                task: task.abort_handle(),
            }
        });
        step.timers.push((self.last, tag));
        Ok(self.last)
    }

    /// Calls one off, if it has not fired.
    pub(crate) fn cancel(&self, timer: u64) {
        for step in lock(&self.waiting).values_mut() {
            step.timers.retain(|(id, _)| *id != timer);
        }
    }
}

fn lock(waiting: &Mutex<BTreeMap<Duration, Step>>) -> MutexGuard<'_, BTreeMap<Duration, Step>> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The step at or after that moment.
fn stepped(due: Duration) -> Duration {
    let step = TIMER_STEP.as_nanos();
    let over = due.as_nanos() % step;
    let more = if over == 0 { 0 } else { step - over };
    due + Duration::from_nanos(u64::try_from(more).unwrap_or(0))
}

impl Drop for Timers {
    fn drop(&mut self) {
        for step in lock(&self.waiting).values() {
            step.task.abort();
        }
    }
}

/// So many things a minute, and as many at once: a bucket that fills up again evenly.
#[derive(Debug)]
pub(crate) struct Rate {
    per_minute: u32,
    /// What is left, in thousandths, and when that was so. The lock guards this pair.
    left: Mutex<(u64, Duration)>,
}

impl Rate {
    /// A full bucket.
    pub(crate) fn new(per_minute: u32) -> Self {
        Self {
            per_minute,
            left: Mutex::new((u64::from(per_minute) * 1000, Duration::ZERO)),
        }
    }

    /// Takes so many out of the bucket, or nothing if there are too few.
    pub(crate) fn take(&self, count: u32, now: Duration) -> bool {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let full = u64::from(self.per_minute) * 1000;
        let since = now.saturating_sub(left.1).as_millis();
        let filled = since.saturating_mul(u128::from(self.per_minute)) / 60;
        let filled = u64::try_from(filled).unwrap_or(u64::MAX);
        // What comes to less than a thousandth is not lost: the moment stays until it is more.
        if filled > 0 {
            *left = (left.0.saturating_add(filled).min(full), now);
        }
        let wanted = u64::from(count) * 1000;
        let is_there = left.0 >= wanted;
        if is_there {
            left.0 -= wanted;
        }
        is_there
    }
}

/// Milliseconds as the WIT counts them.
pub(crate) fn millis(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_fills_up_again() {
        let rate = Rate::new(60);
        let at = |second: u64| Duration::from_secs(1000 + second);
        assert!((0..60).all(|_| rate.take(1, at(0))));
        assert!(!rate.take(1, at(0)));
        assert!(rate.take(1, at(1)) && !rate.take(1, at(1)));
        assert!(rate.take(60, at(600)) && !rate.take(1, at(600)));
    }

    #[tokio::test(start_paused = true)]
    async fn timers_fire_once_unless_called_off() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ear = Arc::clone(&heard);
        let sink: EventSink = Arc::new(move |event| ear.lock().unwrap().push(event.subject.unwrap()));
        let mut timers = Timers::new(Some(sink), Arc::new(|| Duration::from_secs(1)));
        timers.set(Duration::from_millis(20), "b".to_owned()).unwrap();
        timers.set(Duration::from_millis(10), "a".to_owned()).unwrap();
        let last = timers.set(Duration::from_millis(30), "c".to_owned()).unwrap();
        timers.cancel(last);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(*heard.lock().unwrap(), ["a", "b"]);
        for _ in 0..TIMERS_MAX {
            timers.set(Duration::from_secs(9), String::new()).unwrap();
        }
        assert_eq!(timers.set(Duration::ZERO, String::new()), Err(NoTimer::TooMany));
        drop(timers);
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(heard.lock().unwrap().len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn timers_fire_together_and_never_at_once() {
        let ms = Duration::from_millis;
        let began = Instant::now();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ear = Arc::clone(&heard);
        let sink: EventSink = Arc::new(move |event| {
            let at = u64::try_from(began.elapsed().as_millis()).unwrap();
            ear.lock().unwrap().push((at, event.subject.unwrap()));
        });
        let mut timers = Timers::new(Some(sink), Arc::new(|| Duration::from_secs(1)));
        for (set_at, delay, tag) in [(0, 0, "a"), (3, 0, "b"), (3, 17, "c"), (3, 18, "d"), (9, 11, "e")] {
            tokio::time::sleep(ms(set_at).saturating_sub(began.elapsed())).await;
            timers.set(ms(delay), tag.to_owned()).unwrap();
        }
        // What fires together is one task, however much it is.
        assert_eq!(lock(&timers.waiting).len(), 3);
        tokio::time::sleep(ms(100)).await;
        let told = [(10, "a"), (20, "b"), (20, "c"), (20, "e"), (30, "d")];
        assert_eq!(*heard.lock().unwrap(), told.map(|(at, tag)| (at, tag.to_owned())));
        assert!(lock(&timers.waiting).is_empty());
    }

    #[tokio::test]
    async fn the_first_cause_stays() {
        let cancel = Cancel::default();
        assert_eq!(cancel.cause(), None);
        cancel.call(Cause::Gone);
        cancel.call(Cause::Drained);
        assert_eq!(cancel.called().await, Cause::Gone);
    }
}
