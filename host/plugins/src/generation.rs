//! What is one life of a plugin? A component, compiled and linked, with its rights; calls that began on it end on it.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, Sleep};
use wasmtime::component::{ComponentExportIndex, Instance, InstancePre};
use wasmtime::{Store, Trap, UpdateDeadline};

use crate::bindings::apps::exports::ucx::host::{handoff, lifecycle};
use crate::bindings::apps::exports::ucx::queue::selector;
use crate::bindings::calls::exports::ucx::call::flow;
use crate::bindings::exports::ucx::{call::router, events::subscriber};
use crate::engine::{Engines, Interruption};
use crate::grant::{Rights, Turn};
use crate::limits::{COPIED_MAX, CpuMeter, FUEL_PER_MS, TURN_ENDS_AFTER};
use crate::manifest::{Manifest, World};
use crate::report::{PluginEvent, Reports};
use crate::resources::HostResources;
use crate::simulated::Share;
use crate::state::{GuestState, PluginDesk};
use crate::turns::{Cancel, Cause};
use crate::values::NoVerdict;
use crate::waits::Waits;
use crate::web::PluginWeb;

/// The longest words of a trap that are kept, in bytes.
const TRAP_WORDS_MAX: usize = 400;

/// One generation of a plugin.
pub(crate) struct Generation {
    pub(crate) plugin: Arc<str>,
    pub(crate) number: u64,
    pub(crate) manifest: Manifest,
    pub(crate) rights: Arc<Rights>,
    pub(crate) digest: String,
    /// Who signed it, by the operator's name for the key.
    pub(crate) signer: Option<String>,
    pub(crate) pre: InstancePre<GuestState>,
    pub(crate) router: Option<router::GuestIndices>,
    pub(crate) subscriber: Option<subscriber::GuestIndices>,
    pub(crate) flow: Option<flow::GuestIndices>,
    pub(crate) selector: Option<selector::GuestIndices>,
    /// An application's main function.
    pub(crate) serve: Option<ComponentExportIndex>,
    pub(crate) lifecycle: Option<lifecycle::GuestIndices>,
    pub(crate) handoff: Option<handoff::GuestIndices>,
    pub(crate) engines: Arc<Engines>,
    pub(crate) host: Arc<HostResources>,
    pub(crate) desk: Arc<PluginDesk>,
    pub(crate) web: Arc<PluginWeb>,
    pub(crate) reports: Arc<Reports>,
    pub(crate) tally: Tally,
    /// Rung when all that leads calls on it is to be stopped by force.
    pub(crate) stops: Notify,
    /// The warm instances that are to finish when this generation is replaced. The lock guards a push or a sweep.
    pub(crate) warm: Mutex<Vec<Weak<Cancel>>>,
}

/// What a generation has done so far.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    in_flight: AtomicU64,
    retired: AtomicBool,
    drained: AtomicBool,
    pub(crate) verdicts: AtomicU64,
    pub(crate) fallbacks: AtomicU64,
    /// Processor time of all its turns, in nanoseconds; 0 where fuel is counted instead.
    pub(crate) cpu_ns: AtomicU64,
}

/// A call is on this generation as long as this lives.
pub(crate) struct OnGeneration(pub(crate) Arc<Generation>);

impl Drop for OnGeneration {
    fn drop(&mut self) {
        let tally = &self.0.tally;
        if tally.in_flight.fetch_sub(1, Ordering::SeqCst) == 1 && tally.retired.load(Ordering::SeqCst) {
            self.0.report_drained();
        }
    }
}

impl Generation {
    /// Pins a call to this generation.
    pub(crate) fn enter(self: &Arc<Self>) -> OnGeneration {
        self.tally.in_flight.fetch_add(1, Ordering::SeqCst);
        OnGeneration(Arc::clone(self))
    }

    pub(crate) fn in_flight(&self) -> u64 {
        self.tally.in_flight.load(Ordering::SeqCst)
    }

    /// Stops everything that leads calls on it; each call gets its fallback.
    pub(crate) fn stop_flows(&self) {
        // In the order in which they began to wait, so that a simulation repeats itself.
        self.stops.notify_waiters();
    }

    /// New calls go elsewhere from now on.
    pub(crate) fn retire(&self) {
        self.tally.retired.store(true, Ordering::SeqCst);
        for warm in self.warm.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            if let Some(cancel) = warm.upgrade() {
                cancel.call(Cause::Drained);
            }
        }
        if self.in_flight() == 0 {
            self.report_drained();
        }
    }

    /// New calls come here again.
    pub(crate) fn reinstate(&self) {
        self.tally.retired.store(false, Ordering::SeqCst);
        self.tally.drained.store(false, Ordering::SeqCst);
    }

    fn report_drained(&self) {
        if self.tally.drained.swap(true, Ordering::SeqCst) {
            return;
        }
        self.reports.add(PluginEvent::Drained {
            plugin: self.plugin.to_string(),
            generation: self.number,
        });
    }

    /// A fresh store with all limits on.
    pub(crate) fn store(&self, world: World, turn: Turn) -> wasmtime::Result<Store<GuestState>> {
        let state = GuestState::new(
            Arc::clone(&self.plugin),
            world,
            Arc::clone(&self.rights),
            Arc::clone(&self.host),
            Arc::clone(&self.desk),
            Arc::clone(&self.web),
        );
        if world == World::EventSubscriber {
            let mut warm = self.warm.lock().unwrap_or_else(PoisonError::into_inner);
            warm.retain(|cancel| cancel.strong_count() > 0);
            warm.push(Arc::downgrade(&state.cancel));
        }
        let mut store = Store::new(self.pre.engine(), state);
        store.limiter(|state| &mut state.memory);
        store.set_hostcall_fuel(COPIED_MAX);
        if self.engines.interruption == Interruption::Time {
            store.epoch_deadline_callback(move |context| {
                let spent = context.data().cpu.running();
                if spent > turn.cpu {
                    return Err(CpuUsedUp(spent).into());
                }
                context.data().cpu.yields();
                // Tokio's own yield lets tasks of other threads in first; a plain wake would run this guest again at once.
                Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())))
            });
        }
        self.rewind(&mut store, turn)?;
        Ok(store)
    }

    /// Gives a store a new turn's time.
    pub(crate) fn rewind(&self, store: &mut Store<GuestState>, turn: Turn) -> wasmtime::Result<()> {
        store.data().cpu.reset();
        store.data_mut().turn_cpu = turn.cpu;
        store.data_mut().log_quota = crate::interfaces::logging::LogQuota::default();
        match self.engines.interruption {
            Interruption::Time => store.set_epoch_deadline(1),
            // Whoever leads a call has many turns, each of which is counted in slices.
            Interruption::Fuel if matches!(store.data().world, World::CallFlow | World::Application) => {
                store.set_fuel(u64::MAX)?;
                store.fuel_async_yield_interval(Some(FUEL_PER_MS))?;
            }
            Interruption::Fuel => {
                store.set_fuel(fuel(turn.cpu))?;
                if self.host.processors.is_some() {
                    store.fuel_async_yield_interval(Some(FUEL_PER_MS))?;
                }
            }
        }
        Ok(())
    }

    /// An instance in that store.
    pub(crate) async fn instance(&self, store: &mut Store<GuestState>) -> wasmtime::Result<Instance> {
        self.pre.instantiate_async(store).await
    }

    /// Runs a turn of a guest under its limits. After an error the store is to be thrown away.
    pub(crate) async fn turn<T>(
        &self,
        cpu: &CpuMeter,
        turn: Turn,
        work: impl Future<Output = wasmtime::Result<T>>,
    ) -> Result<T, Stopped> {
        let _running = self.engines.running();
        let mut work = pin!(work);
        let by_time = self.engines.interruption == Interruption::Time;
        let mut taken = Duration::ZERO;
        let mut share = Share::of(self.host.processors.as_ref());
        let metered = poll_fn(|context| {
            // Where fuel is counted nothing may depend on the machine's clocks.
            if !by_time {
                return share.poll(context, cpu, work.as_mut());
            }
            cpu.resume();
            let began = std::time::Instant::now();
            let polled = work.as_mut().poll(context);
            taken += began.elapsed();
            cpu.pause();
            polled
        });
        let ended = tokio::time::timeout(turn.wall, metered).await;
        self.tally.cpu_ns.fetch_add(cpu.total_ns(), Ordering::Relaxed);
        let taken = u64::try_from(taken.as_nanos()).unwrap_or(u64::MAX);
        self.host.load.learn(cpu.total_ns(), taken);
        match ended {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(Stopped::Failed(error, turn)),
            Err(_) => Err(Stopped::TimedOut(turn.wall)),
        }
    }
}

impl Generation {
    /// Runs a guest that waits in host functions, turn after turn: each has its time, and waiting has its own, which is
    /// long. After an error the store is to be thrown away.
    pub(crate) async fn turns<T>(
        &self,
        cpu: &CpuMeter,
        turn: Turn,
        waits: Waits,
        work: impl Future<Output = wasmtime::Result<T>>,
    ) -> Result<T, Stopped> {
        let by_time = self.engines.interruption == Interruption::Time;
        let mut stopped = pin!(self.stops.notified());
        let mut work = pin!(work);
        let mut elsewhere: Option<Instant> = None;
        let mut patience = Patience::new(waits);
        poll_fn(|context| {
            if let Some(stopped) = patience.poll_run(context, elsewhere.is_some()) {
                return Poll::Ready(Err(stopped));
            }
            if stopped.as_mut().poll(context).is_ready() {
                return Poll::Ready(Err(Stopped::ByForce));
            }
            if let Some(since) = elsewhere.take() {
                cpu.wait_ends(since.elapsed() >= TURN_ENDS_AFTER);
            }
            let polled = {
                let _running = self.engines.running();
                if by_time {
                    cpu.resume();
                }
                let polled = work.as_mut().poll(context);
                if by_time {
                    cpu.pause();
                }
                polled
            };
            if let Poll::Ready(ended) = polled {
                return Poll::Ready(ended.map_err(|error| Stopped::Failed(error, turn)));
            }
            if cpu.is_doomed() {
                return Poll::Ready(Err(Stopped::Failed(Trap::UnreachableCodeReached.into(), turn)));
            }
            let has_yielded = cpu.take_yield();
            if cpu.is_waiting() {
                return patience.poll_wait(context, cpu.waits());
            }
            if by_time && !has_yielded {
                // It waits in a standard interface, which does not tell.
                cpu.wait_begins();
                elsewhere = Some(Instant::now());
                return patience.poll_wait(context, cpu.waits());
            }
            // The guest gave up the thread by itself: it computes, and another slice of its turn is over.
            if by_time && cpu.busy() > turn.wall {
                return Poll::Ready(Err(Stopped::TimedOut(turn.wall)));
            }
            if !by_time && Duration::from_millis(cpu.count_yield()) >= turn.cpu {
                return Poll::Ready(Err(Stopped::Failed(CpuUsedUp(turn.cpu).into(), turn)));
            }
            Poll::Pending
        })
        .await
    }
}

/// How much longer a guest may lead a call, and wait for what it waits for.
struct Patience {
    waits: Waits,
    run: Pin<Box<Sleep>>,
    wait: Pin<Box<Sleep>>,
    /// Which wait `wait` is about.
    waited: u64,
}

impl Patience {
    fn new(waits: Waits) -> Self {
        Self {
            run: Box::pin(tokio::time::sleep(waits.run)),
            wait: Box::pin(tokio::time::sleep(waits.wait)),
            waits,
            waited: 0,
        }
    }

    /// Whether the run is over; or the wait, if the guest waits where nobody tells when that ends.
    fn poll_run(&mut self, context: &mut Context<'_>, waits_elsewhere: bool) -> Option<Stopped> {
        if self.run.as_mut().poll(context).is_ready() {
            return Some(Stopped::RanTooLong(self.waits.run));
        }
        let is_over = waits_elsewhere && self.wait.as_mut().poll(context).is_ready();
        is_over.then_some(Stopped::WaitedTooLong(self.waits.wait))
    }

    /// Goes on waiting, unless that was long enough.
    fn poll_wait<T>(&mut self, context: &mut Context<'_>, number: u64) -> Poll<Result<T, Stopped>> {
        if self.waited != number {
            self.waited = number;
            self.wait.as_mut().reset(Instant::now() + self.waits.wait);
        }
        match self.wait.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(Stopped::WaitedTooLong(self.waits.wait))),
            Poll::Pending => Poll::Pending,
        }
    }
}

fn fuel(cpu: Duration) -> u64 {
    u64::try_from(cpu.as_millis())
        .unwrap_or(u64::MAX)
        .saturating_mul(FUEL_PER_MS)
}

/// How a turn ended, if not well.
pub(crate) enum Stopped {
    Failed(wasmtime::Error, Turn),
    TimedOut(Duration),
    WaitedTooLong(Duration),
    RanTooLong(Duration),
    ByForce,
}

impl Stopped {
    /// The reason in the host's words; `store` is the one the turn ran in.
    pub(crate) fn reason(self, store: &Store<GuestState>) -> NoVerdict {
        let (error, turn) = match self {
            Self::TimedOut(limit) => return NoVerdict::TimedOut(limit),
            Self::WaitedTooLong(limit) => return NoVerdict::WaitedTooLong(limit),
            Self::RanTooLong(limit) => return NoVerdict::RanTooLong(limit),
            Self::ByForce => return NoVerdict::Stopped,
            Self::Failed(error, turn) => (error, turn),
        };
        if let Some(CpuUsedUp(spent)) = error.downcast_ref::<CpuUsedUp>() {
            return NoVerdict::CpuUsedUp(*spent);
        }
        if let Some(Trap::OutOfFuel) = error.downcast_ref::<Trap>() {
            return NoVerdict::CpuUsedUp(turn.cpu);
        }
        if error.is::<wasmtime::PoolConcurrencyLimitError>() {
            return NoVerdict::Overloaded;
        }
        if let Some(wanted) = store.data().memory.refused() {
            return NoVerdict::MemoryUsedUp(wanted);
        }
        NoVerdict::Trapped(short(&error))
    }
}

/// The last and most telling line of an error, shortened.
pub(crate) fn short(error: &wasmtime::Error) -> String {
    let mut words = error.root_cause().to_string();
    if words.len() > TRAP_WORDS_MAX {
        let end = (0..=TRAP_WORDS_MAX)
            .rev()
            .find(|&end| words.is_char_boundary(end))
            .unwrap_or(0);
        words.truncate(end);
    }
    words
}

/// Raised into a guest whose time is over.
#[derive(Debug)]
struct CpuUsedUp(Duration);

impl std::fmt::Display for CpuUsedUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "processor time used up after {} ms", self.0.as_millis())
    }
}

impl std::error::Error for CpuUsedUp {}
