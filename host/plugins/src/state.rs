//! What stands behind one instance of a guest? Its rights, its meters and the host's things it may reach.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::bindings::All;
use crate::bindings::calls::Calls;
use crate::flow::Controls;
use crate::grant::Rights;
use crate::interfaces::logging::LogQuota;
use crate::keyvalue::KeyValue;
use crate::limits::{
    CpuMeter, EXCHANGES_PER_MINUTE, FLOW_HANDLES_MAX, HANDLES_MAX, MemoryMeter, TURN_ENDS_AFTER,
};
use crate::manifest::World;
use crate::resources::{HostResources, WallClock};
use crate::tape::Tape;
use crate::telephony::DialEnd;
use crate::turns::{Cancel, EventSink, Rate, Timers};
use crate::web::PluginWeb;

/// The data of a store.
pub(crate) struct GuestState {
    /// The plugin's id.
    pub(crate) plugin: Arc<str>,
    pub(crate) world: World,
    pub(crate) rights: Arc<Rights>,
    pub(crate) host: Arc<HostResources>,
    pub(crate) desk: Arc<PluginDesk>,
    pub(crate) memory: MemoryMeter,
    pub(crate) cpu: Arc<CpuMeter>,
    pub(crate) handles: ResourceTable,
    pub(crate) log_quota: LogQuota,
    /// Where what the guest hears is written down, or comes from.
    pub(crate) tape: Tape,
    /// The seed of the chance it sees.
    pub(crate) seed: [u8; 32],
    /// The clock it sees, if that is to stand still.
    pub(crate) stands_at: Option<Duration>,
    /// The clock it sees instead of the host's, if that is not to stand still.
    pub(crate) sees: Option<WallClock>,
    /// Processor time of a turn.
    pub(crate) turn_cpu: Duration,
    /// Whether the guest is to finish.
    pub(crate) cancel: Arc<Cancel>,
    pub(crate) timers: Timers,
    pub(crate) web: Arc<PluginWeb>,
    /// Made when the guest first asks for something of it, which most never do.
    wasi: Option<WasiCtx>,
    /// What an instance that leads calls holds of them.
    pub(crate) controls: Option<Controls>,
}

/// What all instances of one plugin share, over all its generations.
pub(crate) struct PluginDesk {
    pub(crate) log: crate::log::LogRing,
    pub(crate) metrics: crate::metrics::Metrics,
    pub(crate) store: Arc<KeyValue>,
    /// Exchanges with web services.
    pub(crate) exchanges: Rate,
    /// Calls that were made lately, by their keys.
    calls: Mutex<BTreeMap<String, (Instant, Made)>>,
}

impl PluginDesk {
    /// A desk with a log and figures of its own, over the same storage: routers only read that.
    pub(crate) fn beside(&self) -> Self {
        Self {
            store: Arc::clone(&self.store),
            ..Self::default()
        }
    }
}

impl Default for PluginDesk {
    fn default() -> Self {
        Self {
            log: crate::log::LogRing::default(),
            metrics: crate::metrics::Metrics::default(),
            store: Arc::default(),
            exchanges: Rate::new(EXCHANGES_PER_MINUTE),
            calls: Mutex::default(),
        }
    }
}

/// A call is not made twice under one key within that time.
const CALL_ONCE_WITHIN: Duration = Duration::from_secs(600);
/// Keys of calls that are kept; beyond that no call with a key is made.
const CALL_KEYS_MAX: usize = 10_000;

/// A call of a plugin's own that was made under a key.
#[derive(Clone)]
pub(crate) struct Made {
    /// What came of it, once that is known.
    pub(crate) result: watch::Receiver<Option<DialEnd>>,
    /// Calls it off.
    pub(crate) cancel: Arc<Notify>,
}

/// Whether a call was made under a key before.
pub(crate) enum Once {
    /// It was not.
    First,
    /// It was; this is it.
    Again(Made),
    /// Too many were for that to be known.
    Full,
}

impl PluginDesk {
    /// The call that was made under that key lately; from now on it is this one.
    pub(crate) fn call_once(&self, key: &str, made: Made) -> Once {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.retain(|_, (at, _)| at.elapsed() < CALL_ONCE_WITHIN);
        if let Some((_, first)) = calls.get(key) {
            return Once::Again(first.clone());
        }
        if calls.len() >= CALL_KEYS_MAX {
            return Once::Full;
        }
        calls.insert(key.to_owned(), (Instant::now(), made));
        Once::First
    }

    /// The call under that key could not be made.
    pub(crate) fn forget_call(&self, key: &str) {
        self.calls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(key);
    }
}

impl GuestState {
    pub(crate) fn new(
        plugin: Arc<str>,
        world: World,
        rights: Arc<Rights>,
        host: Arc<HostResources>,
        desk: Arc<PluginDesk>,
        web: Arc<PluginWeb>,
    ) -> Self {
        let mut handles = ResourceTable::new();
        handles.set_max_capacity(match world {
            World::CallFlow => FLOW_HANDLES_MAX,
            World::Router | World::EventSubscriber => HANDLES_MAX,
        });
        let memory = MemoryMeter::new(rights.memory);
        let cpu = Arc::new(CpuMeter::default());
        let seed = host.next_seed();
        let timers = Timers::new(None, Arc::clone(&host.clock));
        Self {
            plugin,
            world,
            rights,
            host,
            desk,
            memory,
            cpu,
            handles,
            log_quota: LogQuota::default(),
            tape: Tape::Off,
            seed,
            stands_at: None,
            sees: None,
            turn_cpu: Duration::ZERO,
            cancel: Arc::default(),
            timers,
            web,
            wasi: None,
            controls: None,
        }
    }

    /// Gives the instance an ear: events that are for it alone go there.
    pub(crate) fn listen(&mut self, sink: EventSink) {
        self.timers = Timers::new(Some(sink), Arc::clone(&self.host.clock));
    }

    /// Waits for something outside the guest. Waiting costs who leads calls nothing, and ends its turn if it takes a while;
    /// who asks without pause is held to a pace.
    pub(crate) async fn wait<T>(&mut self, work: impl Future<Output = T> + Send) -> T {
        let Some(controls) = &mut self.controls else {
            return work.await;
        };
        #[cfg(test)]
        self.host.probe.called();
        let held = controls.pace.take();
        let began = Instant::now();
        self.cpu.wait_begins();
        if !held.is_zero() {
            tokio::time::sleep(held).await;
        }
        let value = work.await;
        let ends_turn = began.elapsed() >= TURN_ENDS_AFTER;
        self.cpu.wait_ends(ends_turn);
        if ends_turn {
            self.log_quota = LogQuota::default();
        }
        value
    }
}

impl WasiView for GuestState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let ctx = match &mut self.wasi {
            Some(ctx) => ctx,
            missing @ None => {
                let clock = match (self.stands_at, &self.sees) {
                    (Some(now), _) => Arc::new(move || now),
                    (None, Some(clock)) => Arc::clone(clock),
                    (None, None) => Arc::clone(&self.host.clock),
                };
                missing.insert(crate::interfaces::wasi::context(
                    &self.plugin,
                    clock,
                    self.seed,
                    &self.desk,
                ))
            }
        };
        WasiCtxView {
            ctx,
            table: &mut self.handles,
        }
    }
}

/// Everything a guest may import; the capabilities of the host on one screen.
pub(crate) fn link(linker: &mut wasmtime::component::Linker<GuestState>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_async(linker)?;
    All::add_to_linker::<_, wasmtime::component::HasSelf<GuestState>>(linker, |state| state)?;
    Calls::add_to_linker::<_, wasmtime::component::HasSelf<GuestState>>(linker, |state| state)
}
