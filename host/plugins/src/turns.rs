//! How does a guest wait, and learn that it shall come to an end? Its cancel flag, its timers, its rates.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::AbortHandle;

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

/// The timers of one instance; dropping them calls all off.
pub(crate) struct Timers {
    sink: Option<EventSink>,
    clock: WallClock,
    most: usize,
    last: u64,
    running: BTreeMap<u64, AbortHandle>,
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
            running: BTreeMap::new(),
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
        self.running.retain(|_, timer| !timer.is_finished());
        if self.running.len() >= self.most {
            return Err(NoTimer::TooMany);
        }
        self.last += 1;
        let clock = Arc::clone(&self.clock);
        let delay = stepped(clock(), delay);
        let timer = tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            let at = u64::try_from(clock().as_millis()).unwrap_or(u64::MAX);
            sink(Event {
                subject: Some(tag),
                ..Event::new("timer", at)
            });
        });
        self.running.insert(self.last, timer.abort_handle());
        Ok(self.last)
    }

    /// Calls one off, if it has not fired.
    pub(crate) fn cancel(&mut self, timer: u64) {
        if let Some(timer) = self.running.remove(&timer) {
            timer.abort();
        }
    }
}

/// How long it is until the step at or after that delay.
fn stepped(now: Duration, delay: Duration) -> Duration {
    let (step, delay) = (TIMER_STEP.as_nanos(), delay.max(TIMER_STEP));
    let over = (now + delay).as_nanos() % step;
    let more = if over == 0 { 0 } else { step - over };
    delay + Duration::from_nanos(u64::try_from(more).unwrap_or(0))
}

impl Drop for Timers {
    fn drop(&mut self) {
        for timer in self.running.values() {
            timer.abort();
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

    #[test]
    fn timers_fire_together_and_never_at_once() {
        let ms = Duration::from_millis;
        for (now, delay, until) in [
            (100, 0, 10),
            (103, 0, 17),
            (103, 17, 17),
            (103, 18, 27),
            (100, 250, 250),
        ] {
            assert_eq!(stepped(ms(now), ms(delay)), ms(until), "{now} {delay}");
        }
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
