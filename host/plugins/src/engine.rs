//! How is wasmtime set up, and who looks after running guests?

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use wasmtime::component::Component;
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, ResourcesRequired};

use crate::limits::{INSTANCES_MAX, MEMORY_CEILING, PAGE, TICK};

/// Bytes of a guest's memory that stay resident between two instances, zeroed by hand instead of by the kernel.
const KEEP_RESIDENT: usize = 256 << 10;
/// The host's side of a guest's stack in bytes: what the guest may use, and room for the host's functions.
const FIBRE_STACK: usize = 1 << 20;
/// What the guest may use of it.
const GUEST_STACK: usize = 512 << 10;
/// What a pooled component may have; components that need more get an allocator without a pool.
const CORE_INSTANCES_PER_COMPONENT: u32 = 8;
const MEMORIES_PER_COMPONENT: u32 = 2;
const TABLES_PER_COMPONENT: u32 = 8;
const TABLE_ELEMENTS: usize = 20_000;
/// Looks without a running guest after which the ticker sleeps until one runs.
const IDLE_TICKS: u32 = 20;
/// The pause between two looks while no guest runs for long: most are done before the ticker sees them.
const LOOK: Duration = Duration::from_millis(5);
/// The ticker looks up this often even if nobody wakes it.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);

/// How a guest that computes without end is stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Interruption {
    /// By the clock: the time its thread spends on it is metered. For production.
    #[default]
    Time,
    /// By counting instructions: the same input takes the same course on every machine. For simulation and replay.
    Fuel,
}

/// Where the memory of an engine's instances comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pooling {
    /// From a pool that is set aside once.
    Pooled,
    /// From the system, each time.
    Roomy,
}

impl Pooling {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Pooled => "pooled",
            Self::Roomy => "roomy",
        }
    }

    pub(crate) fn of(word: &str) -> Option<Self> {
        [Self::Pooled, Self::Roomy]
            .into_iter()
            .find(|pooling| pooling.word() == word)
    }
}

/// An engine that is set up so.
pub(crate) fn engine(interruption: Interruption, pooling: Pooling) -> wasmtime::Result<Engine> {
    let strategy = match pooling {
        Pooling::Pooled => pool_of(INSTANCES_MAX),
        Pooling::Roomy => InstanceAllocationStrategy::OnDemand,
    };
    Engine::new(config(interruption).allocation_strategy(strategy))
}

/// One engine for components that fit a pool, one for those that do not.
pub(crate) struct Engines {
    pooled: Engine,
    roomy: Engine,
    pub(crate) interruption: Interruption,
    ticker: Option<Ticker>,
}

impl Engines {
    pub(crate) fn new(interruption: Interruption) -> wasmtime::Result<Self> {
        let pooled = engine(interruption, Pooling::Pooled)?;
        let roomy = engine(interruption, Pooling::Roomy)?;
        let ticker =
            (interruption == Interruption::Time).then(|| Ticker::start(vec![pooled.clone(), roomy.clone()]));
        Ok(Self {
            pooled,
            roomy,
            interruption,
            ticker,
        })
    }

    /// The engine of that kind.
    pub(crate) fn of(&self, pooling: Pooling) -> &Engine {
        match pooling {
            Pooling::Pooled => &self.pooled,
            Pooling::Roomy => &self.roomy,
        }
    }

    /// The engine most components run on.
    pub(crate) fn pooled(&self) -> &Engine {
        &self.pooled
    }

    /// The engine for the others.
    pub(crate) fn roomy(&self) -> &Engine {
        &self.roomy
    }

    /// To be held while a guest runs.
    pub(crate) fn running(&self) -> Option<Running> {
        self.ticker.as_ref().map(Ticker::running)
    }
}

/// Does a component with these needs fit the pool?
pub(crate) fn fits_pool(component: &Component, memory: usize) -> bool {
    let Some(ResourcesRequired {
        num_memories,
        max_initial_memory_size,
        num_tables,
        max_initial_table_size,
    }) = component.resources_required()
    else {
        return false;
    };
    num_memories <= MEMORIES_PER_COMPONENT
        && num_tables <= TABLES_PER_COMPONENT
        && max_initial_memory_size.unwrap_or(0).saturating_mul(PAGE) <= MEMORY_CEILING as u64
        && max_initial_table_size.unwrap_or(0) <= TABLE_ELEMENTS as u64
        && memory <= MEMORY_CEILING
}

fn config(interruption: Interruption) -> Config {
    let mut config = Config::new();
    config
        .concurrency_support(false)
        .epoch_interruption(interruption == Interruption::Time)
        .consume_fuel(interruption == Interruption::Fuel)
        .async_stack_size(FIBRE_STACK)
        .max_wasm_stack(GUEST_STACK);
    config
}

/// A pool with room for so many instances.
fn pool_of(instances: u32) -> InstanceAllocationStrategy {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .total_core_instances(instances * 3)
        .total_memories(instances)
        .total_tables(instances * 2)
        .total_stacks(instances)
        .max_core_instances_per_component(CORE_INSTANCES_PER_COMPONENT)
        .max_memories_per_component(MEMORIES_PER_COMPONENT)
        .max_tables_per_component(TABLES_PER_COMPONENT)
        .table_elements(TABLE_ELEMENTS)
        .max_memory_size(MEMORY_CEILING)
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(KEEP_RESIDENT / 16);
    InstanceAllocationStrategy::Pooling(pool)
}

/// The thread that makes running guests look at their clocks. It sleeps while no guest runs.
struct Ticker {
    shared: Arc<TickerState>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct TickerState {
    running: AtomicU64,
    asleep: AtomicBool,
    stop: AtomicBool,
}

/// A guest runs as long as this lives.
pub(crate) struct Running {
    shared: Arc<TickerState>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shared.running.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Ticker {
    fn start(engines: Vec<Engine>) -> Self {
        let shared = Arc::new(TickerState::default());
        let state = Arc::clone(&shared);
        let tick = move || tick(&state, &engines);
        let thread = std::thread::Builder::new()
            .name("ucx-guest-tick".to_owned())
            .spawn(tick);
        Self {
            shared,
            thread: Some(thread.expect("the system starts a thread at the host's start")),
        }
    }

    fn running(&self) -> Running {
        self.shared.running.fetch_add(1, Ordering::SeqCst);
        if self.shared.asleep.swap(false, Ordering::SeqCst)
            && let Some(thread) = &self.thread
        {
            thread.thread().unpark();
        }
        Running {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}

fn tick(state: &TickerState, engines: &[Engine]) {
    let mut idle = 1;
    while !state.stop.load(Ordering::SeqCst) {
        std::thread::sleep(if idle == 0 { TICK } else { LOOK });
        for engine in engines {
            engine.increment_epoch();
        }
        idle = if state.running.load(Ordering::SeqCst) == 0 {
            idle + 1
        } else {
            0
        };
        if idle < IDLE_TICKS {
            continue;
        }
        // Whoever comes from here on sees `asleep` and wakes us; whoever came before is seen by the second look.
        state.asleep.store(true, Ordering::SeqCst);
        if state.running.load(Ordering::SeqCst) == 0 && !state.stop.load(Ordering::SeqCst) {
            std::thread::park_timeout(LONGEST_SLEEP);
        }
        state.asleep.store(false, Ordering::SeqCst);
        // Woken for nothing, it goes back to sleep after one more tick.
        idle = IDLE_TICKS;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmtime::{Instance, Module, Store};

    /// Leaves marks wherever it can: in the memory it begins with, in what it grows by, in its table and in its globals.
    const MARKS: &str = r#"(module
        (memory 2) (table 100 funcref) (global $g (mut i64) (i64.const 0)) (elem declare func $mark)
        (func $mark (export "run") (result i32)
            (drop (memory.grow (i32.const 60)))
            (memory.fill (i32.const 0) (i32.const 0xaa) (i32.mul (memory.size) (i32.const 65536)))
            (table.fill (i32.const 0) (ref.func $mark) (i32.const 100))
            (global.set $g (i64.const -1))
            (memory.size)))"#;
    /// Counts the words of its memory and the places of its table in which something is.
    const LOOKS: &str = r#"(module
        (memory 1) (table 100 funcref) (global $g (mut i64) (i64.const 0))
        (func (export "run") (result i32) (local $at i32) (local $found i32)
            (drop (memory.grow (i32.const 61)))
            (loop $l
                (if (i64.ne (i64.load (local.get $at)) (i64.const 0))
                    (then (local.set $found (i32.add (local.get $found) (i32.const 1)))))
                (local.set $at (i32.add (local.get $at) (i32.const 8)))
                (br_if $l (i32.lt_u (local.get $at) (i32.mul (memory.size) (i32.const 65536)))))
            (local.set $at (i32.const 0))
            (loop $l
                (if (i32.eqz (ref.is_null (table.get (local.get $at))))
                    (then (local.set $found (i32.add (local.get $found) (i32.const 1)))))
                (local.set $at (i32.add (local.get $at) (i32.const 1)))
                (br_if $l (i32.lt_u (local.get $at) (i32.const 100))))
            (i32.add (local.get $found) (i32.wrap_i64 (global.get $g)))))"#;

    #[tokio::test]
    async fn a_place_in_the_pool_shows_nothing_of_who_had_it_before() {
        // One place, which all of them have to have in turn.
        let engine = Engine::new(config(Interruption::Time).allocation_strategy(pool_of(1))).unwrap();
        let module = |text: &str| Module::new(&engine, wat::parse_str(text).unwrap()).unwrap();
        let (marks, looks) = (module(MARKS), module(LOOKS));
        for round in 0..8 {
            for (module, found) in [(&marks, 62), (&looks, 0), (&marks, 62), (&marks, 62), (&looks, 0)] {
                let mut store = Store::new(&engine, ());
                store.set_epoch_deadline(1);
                let instance = Instance::new_async(&mut store, module, &[]).await.unwrap();
                let run = instance.get_typed_func::<(), i32>(&mut store, "run").unwrap();
                assert_eq!(
                    run.call_async(&mut store, ()).await.unwrap(),
                    found,
                    "round {round}"
                );
                // While it lives nobody else has the place.
                let mut other = Store::new(&engine, ());
                assert!(Instance::new_async(&mut other, &looks, &[]).await.is_err());
            }
        }
    }
}
