//! How much may a guest use? Every bound of the plugin host by its name, and the meters that keep them.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;
use wasmtime::ResourceLimiter;

/// Memory of one instance when its manifest asks for nothing: linear memories and tables together, in bytes.
pub const MEMORY_DEFAULT: usize = 16 << 20;
/// The most memory an operator's grant gives when it names no ceiling, in bytes.
pub const MEMORY_CEILING: usize = 64 << 20;
/// A page of a guest's memory, in bytes.
pub(crate) const PAGE: u64 = 64 << 10;
/// What a table element is counted as, in bytes.
const TABLE_ELEMENT: usize = 16;
/// Resource handles an instance may hold; beyond that the function that would make one answers an error.
pub(crate) const HANDLES_MAX: usize = 64;
/// Bytes the host copies out of a guest in one call, arguments and results together; beyond that the guest traps.
pub(crate) const COPIED_MAX: usize = 1 << 20;
/// Decisions of one plugin at a time; beyond that a call gets the fallback at once.
pub(crate) const DECISIONS_PER_PLUGIN: usize = 32;
/// Decisions of one plugin that are under way or wait for a thread; beyond that a call gets the fallback at once.
pub(crate) const DECISIONS_WAITING_MAX: u64 = 256;
/// Instances alive at a time over all plugins; beyond that a call gets the fallback at once.
pub(crate) const INSTANCES_MAX: u32 = 512;
/// Exchanges with web services a minute that one plugin may have.
pub(crate) const EXCHANGES_PER_MINUTE: u32 = 600;
/// How often running guests are looked at.
pub(crate) const TICK: Duration = Duration::from_millis(1);
/// Fuel that stands for a millisecond of CPU where fuel is counted instead of time.
pub(crate) const FUEL_PER_MS: u64 = 1_000_000;
/// Time of a router's decision when its manifest asks for nothing: guest CPU, and wall clock.
pub const ROUTER_CPU: Duration = Duration::from_millis(20);
/// See [`ROUTER_CPU`].
pub const ROUTER_WALL: Duration = Duration::from_millis(250);
/// Time of a batch of events when the manifest asks for nothing: guest CPU, and wall clock.
pub const BATCH_CPU: Duration = Duration::from_millis(50);
/// See [`BATCH_CPU`].
pub const BATCH_WALL: Duration = Duration::from_secs(2);
/// Time of a call flow's turn when its manifest asks for nothing: guest CPU, and wall clock between two waits.
pub const FLOW_CPU: Duration = Duration::from_millis(10);
/// See [`FLOW_CPU`].
pub const FLOW_WALL: Duration = Duration::from_secs(2);
/// Call flows at a time over all plugins; the rest of the instances is for decisions and subscribers.
pub(crate) const FLOWS_MAX: usize = 400;
/// Resource handles a call flow may hold.
pub(crate) const FLOW_HANDLES_MAX: usize = 256;
/// Resource handles an application may hold.
pub(crate) const APPLICATION_HANDLES_MAX: usize = 16_384;
/// Bytes the host copies out of an application in one call: an answer of 1 MiB with its headers.
pub(crate) const APPLICATION_COPIED_MAX: usize = 2 << 20;
/// A wait in a host function of at least that long ends a turn.
pub(crate) const TURN_ENDS_AFTER: Duration = Duration::from_millis(1);
/// The pause between two requests of an instance that has used up [`REQUESTS_AT_ONCE`].
pub(crate) const REQUEST_PACE: Duration = Duration::from_millis(10);
/// The same for an application, which leads many calls.
pub(crate) const APPLICATION_PACE: Duration = Duration::from_micros(500);
/// Requests an application may make at once.
pub(crate) const APPLICATION_REQUESTS_AT_ONCE: u32 = 10_000;
/// Requests an instance may make at once before it is held to the pace.
pub(crate) const REQUESTS_AT_ONCE: u32 = 200;
/// The most a manifest may ask for and a grant may give: guest CPU of one turn.
pub const CPU_CEILING: Duration = Duration::from_millis(500);
/// The most a manifest may ask for: wall clock of one turn.
pub const WALL_CEILING: Duration = Duration::from_secs(5);

/// Counts the memory of all linear memories and tables of one instance.
#[derive(Debug)]
pub(crate) struct MemoryMeter {
    limit: usize,
    used: usize,
    last: usize,
    refused: Option<usize>,
}

impl MemoryMeter {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            used: 0,
            last: 0,
            refused: None,
        }
    }

    /// What the guest wanted in all when it was refused more, in bytes.
    pub(crate) fn refused(&self) -> Option<usize> {
        self.refused
    }

    fn grow(&mut self, by: usize) -> bool {
        let wanted = self.used.saturating_add(by);
        if wanted > self.limit {
            self.refused = Some(wanted);
            return false;
        }
        self.used = wanted;
        self.last = by;
        true
    }

    fn undo(&mut self) {
        self.used = self.used.saturating_sub(self.last);
        self.last = 0;
    }
}

impl ResourceLimiter for MemoryMeter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(maximum.is_none_or(|maximum| desired <= maximum) && self.grow(desired.saturating_sub(current)))
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.undo();
        Ok(())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let by = desired.saturating_sub(current).saturating_mul(TABLE_ELEMENT);
        Ok(maximum.is_none_or(|maximum| desired <= maximum) && self.grow(by))
    }

    fn table_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.undo();
        Ok(())
    }
}

/// Counts the processor time of one turn of a guest: the time of the thread that polls it, waiting excluded.
///
/// The turn's future writes it, the epoch callback on the same thread reads it.
#[derive(Debug)]
pub(crate) struct CpuMeter {
    spent: AtomicU64,
    began: AtomicU64,
    /// The guest waits in a host function.
    waiting: AtomicBool,
    /// The guest gave up the thread by itself.
    has_yielded: AtomicBool,
    /// Times the guest gave up the thread by itself in this turn.
    yields: AtomicU64,
    base: Instant,
    /// Since when it runs without waiting, in microseconds after `base`.
    since_us: AtomicU64,
    /// Counts its waits.
    waits: AtomicU64,
    /// It is to trap where it is.
    is_doomed: AtomicBool,
}

impl Default for CpuMeter {
    fn default() -> Self {
        Self {
            spent: AtomicU64::new(0),
            began: AtomicU64::new(0),
            waiting: AtomicBool::new(false),
            has_yielded: AtomicBool::new(false),
            yields: AtomicU64::new(0),
            base: Instant::now(),
            since_us: AtomicU64::new(0),
            waits: AtomicU64::new(0),
            is_doomed: AtomicBool::new(false),
        }
    }
}

impl CpuMeter {
    /// A new turn begins.
    pub(crate) fn reset(&self) {
        self.spent.store(0, Ordering::Relaxed);
        self.yields.store(0, Ordering::Relaxed);
        self.waiting.store(false, Ordering::Relaxed);
        self.since_us.store(self.now_us(), Ordering::Relaxed);
    }

    /// The turn's future is about to be polled.
    pub(crate) fn resume(&self) {
        self.began.store(thread_cpu(), Ordering::Relaxed);
    }

    /// The turn's future has been polled.
    pub(crate) fn pause(&self) {
        let slice = thread_cpu().saturating_sub(self.began.load(Ordering::Relaxed));
        self.spent.fetch_add(slice, Ordering::Relaxed);
    }

    /// What the turn has used up, once it is over, in nanoseconds.
    pub(crate) fn total_ns(&self) -> u64 {
        self.spent.load(Ordering::Relaxed)
    }

    /// What the turn has used up; only to be asked while it is being polled, on that thread.
    pub(crate) fn running(&self) -> Duration {
        let slice = thread_cpu().saturating_sub(self.began.load(Ordering::Relaxed));
        Duration::from_nanos(self.spent.load(Ordering::Relaxed) + slice)
    }

    /// The guest begins to wait in a host function.
    pub(crate) fn wait_begins(&self) {
        self.waits.fetch_add(1, Ordering::Relaxed);
        self.waiting.store(true, Ordering::Relaxed);
    }

    /// Which wait this is, counted from 1.
    pub(crate) fn waits(&self) -> u64 {
        self.waits.load(Ordering::Relaxed)
    }

    /// It waited, and a new turn begins if that took a while. To be called while the turn is being polled.
    pub(crate) fn wait_ends(&self, ends_turn: bool) {
        if ends_turn {
            self.reset();
            self.began.store(thread_cpu(), Ordering::Relaxed);
        }
        self.waiting.store(false, Ordering::Relaxed);
        self.since_us.store(self.now_us(), Ordering::Relaxed);
    }

    /// Whether the guest waits in a host function.
    pub(crate) fn is_waiting(&self) -> bool {
        self.waiting.load(Ordering::Relaxed)
    }

    /// The guest is to trap where it is.
    pub(crate) fn doom(&self) {
        self.is_doomed.store(true, Ordering::Relaxed);
    }

    /// Whether it is.
    pub(crate) fn is_doomed(&self) -> bool {
        self.is_doomed.load(Ordering::Relaxed)
    }

    /// How long the guest has run without waiting, by the clock on the wall.
    pub(crate) fn busy(&self) -> Duration {
        Duration::from_micros(
            self.now_us()
                .saturating_sub(self.since_us.load(Ordering::Relaxed)),
        )
    }

    /// The guest is about to give up the thread by itself.
    pub(crate) fn yields(&self) {
        self.has_yielded.store(true, Ordering::Relaxed);
    }

    /// Whether it gave up the thread by itself since it was asked last.
    pub(crate) fn take_yield(&self) -> bool {
        self.has_yielded.swap(false, Ordering::Relaxed)
    }

    /// Counts a time the guest gave up the thread by itself, and tells how many there were in this turn.
    pub(crate) fn count_yield(&self) -> u64 {
        self.yields.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn now_us(&self) -> u64 {
        u64::try_from(self.base.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

/// Holds an instance that asks without pause to a pace.
#[derive(Debug)]
pub(crate) struct Pace {
    /// When the allowance would be whole again.
    whole_at: Instant,
    each: Duration,
    at_once: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            whole_at: Instant::now(),
            each: REQUEST_PACE,
            at_once: REQUESTS_AT_ONCE,
        }
    }
}

impl Pace {
    /// The pace of an application.
    pub(crate) fn of_application() -> Self {
        Self {
            each: APPLICATION_PACE,
            at_once: APPLICATION_REQUESTS_AT_ONCE,
            ..Self::default()
        }
    }

    /// Counts a request; how long it has to wait.
    pub(crate) fn take(&mut self) -> Duration {
        let now = Instant::now();
        self.whole_at = self.whole_at.max(now) + self.each;
        self.whole_at
            .saturating_duration_since(now + self.each * self.at_once)
    }
}

fn thread_cpu() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    u64::try_from(now.tv_sec).unwrap_or(0) * 1_000_000_000 + u64::try_from(now.tv_nsec).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memories_and_tables_are_summed() {
        let mut meter = MemoryMeter::new(1000);
        assert!(meter.memory_growing(0, 500, None).unwrap());
        assert!(meter.memory_growing(0, 400, None).unwrap());
        assert!(meter.table_growing(0, 5, None).unwrap());
        assert!(!meter.table_growing(5, 7, None).unwrap());
        assert_eq!(meter.refused(), Some(1012));
        assert!(meter.memory_growing(400, 420, None).unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_without_pause_is_held_to_a_pace() {
        let mut pace = Pace::default();
        let held = (0..REQUESTS_AT_ONCE + 3).map(|_| pace.take()).collect::<Vec<_>>();
        let (free, paced) = held.split_at(REQUESTS_AT_ONCE as usize);
        assert!(free.iter().all(Duration::is_zero), "{free:?}");
        assert_eq!(paced, [REQUEST_PACE, REQUEST_PACE * 2, REQUEST_PACE * 3]);
        tokio::time::advance(REQUEST_PACE * 4).await;
        assert_eq!(pace.take(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_that_takes_a_while_ends_the_turn() {
        let meter = CpuMeter::default();
        meter.resume();
        meter.count_yield();
        meter.wait_begins();
        assert!(meter.is_waiting());
        meter.wait_ends(false);
        assert_eq!(meter.count_yield(), 2);
        tokio::time::advance(Duration::from_millis(5)).await;
        assert_eq!(meter.busy(), Duration::from_millis(5));
        meter.wait_begins();
        meter.wait_ends(true);
        assert_eq!((meter.count_yield(), meter.busy()), (1, Duration::ZERO));
    }

    #[test]
    fn growth_that_fails_later_is_given_back() {
        let mut meter = MemoryMeter::new(1000);
        assert!(meter.memory_growing(0, 1000, None).unwrap());
        meter
            .memory_grow_failed(wasmtime::Error::msg("no memory"))
            .unwrap();
        assert!(meter.memory_growing(0, 1000, None).unwrap());
    }
}
