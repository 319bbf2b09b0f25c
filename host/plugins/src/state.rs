//! What stands behind one instance of a guest? Its rights, its meters and the host's things it may reach.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::admission::Cost;
use crate::bindings::All;
use crate::bindings::apps::ucx::plugin::inbox;
use crate::bindings::calls::Calls;
use crate::flow::Controls;
use crate::folder::{DataFolder, Quota};
use crate::grant::Rights;
use crate::interfaces::filesystem::Files;
use crate::interfaces::logging::LogQuota;
use crate::interfaces::wasi_http::Exchanges;
use crate::keyvalue::KeyValue;
use crate::limits::{
    APPLICATION_HANDLES_MAX, CpuMeter, EXCHANGES_PER_MINUTE, FLOW_HANDLES_MAX, HANDLES_MAX, MemoryMeter,
    TURN_ENDS_AFTER,
};
use crate::manifest::World;
use crate::resources::{HostResources, WallClock};
use crate::simulated::{Fate, FlowRequest};
use crate::sockets::{SocketQuota, Sockets};
use crate::tape::Tape;
use crate::telephony::DialEnd;
use crate::turns::{APPLICATION_TIMERS_MAX, Cancel, EventSink, Rate, Timers};
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
    pub(crate) net: NetState,
    pub(crate) files: Files,
    /// Made when the guest first asks by `wasi:http`.
    pub(crate) exchanges: Option<Box<Exchanges>>,
    /// What an instance that leads calls holds of them.
    pub(crate) controls: Option<Controls>,
}

/// An instance's way to the network.
pub(crate) struct NetState {
    pub(crate) sockets: Arc<Sockets>,
    /// The names behind its questions that are under way, by their handles.
    pub(crate) asked: BTreeMap<u32, String>,
    /// It was woken to hear that it shall finish.
    pub(crate) is_told: bool,
}

/// What all instances of one plugin share, over all its generations.
pub(crate) struct PluginDesk {
    pub(crate) log: crate::log::LogRing,
    pub(crate) metrics: crate::metrics::Metrics,
    pub(crate) store: Arc<KeyValue>,
    /// Exchanges with web services.
    pub(crate) exchanges: Rate,
    /// Connections.
    pub(crate) sockets: Arc<SocketQuota>,
    /// Its folder: where that is to be, and what it is once a generation asked for it.
    folder: (Option<PathBuf>, OnceLock<Arc<DataFolder>>),
    /// What one decision takes.
    pub(crate) cost: Arc<Cost>,
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

impl PluginDesk {
    /// A desk of a plugin with these values and a folder there, and nothing else yet.
    pub(crate) fn of(store: Arc<KeyValue>, folder: Option<PathBuf>) -> Self {
        Self {
            store,
            folder: (folder, OnceLock::new()),
            ..Self::default()
        }
    }

    /// Opens the plugin's folder, unless it is open or this host keeps none. Reads files; the error is a sentence.
    pub(crate) fn open_folder(&self) -> Result<(), String> {
        let (Some(path), None) = (&self.folder.0, self.folder.1.get()) else {
            return Ok(());
        };
        let opened = Arc::new(DataFolder::open(path)?);
        // One generation is built at a time; a second one would open the same folder, and count apart.
        self.folder.1.get_or_init(|| opened);
        Ok(())
    }
}

impl Default for PluginDesk {
    fn default() -> Self {
        Self {
            log: crate::log::LogRing::default(),
            metrics: crate::metrics::Metrics::default(),
            store: Arc::default(),
            exchanges: Rate::new(EXCHANGES_PER_MINUTE),
            sockets: Arc::default(),
            folder: (None, OnceLock::new()),
            cost: Arc::default(),
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
            World::Application => APPLICATION_HANDLES_MAX,
            World::Router | World::EventSubscriber | World::AgentSelector => HANDLES_MAX,
        });
        let memory = MemoryMeter::new(rights.memory);
        let cpu = Arc::new(CpuMeter::default());
        let seed = host.next_seed();
        let timers = Timers::new(None, Arc::clone(&host.clock));
        // What a router decides has to come out the same when it is asked again; the network cannot be asked again.
        let rules = match world {
            World::Router | World::AgentSelector => Vec::new(),
            World::CallFlow | World::Application | World::EventSubscriber => rights.sockets.clone(),
        };
        let sockets = Sockets::new(rules, Arc::clone(&desk.sockets), Arc::clone(&host.clock));
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
            net: NetState {
                sockets: Arc::new(sockets),
                asked: BTreeMap::new(),
                is_told: false,
            },
            files: Files::default(),
            exchanges: None,
            controls: None,
        }
    }

    /// The instance's folder, and how much may lie in it. Whoever decides has none, nor has a replay: what lies there now is not
    /// what lay there then.
    pub(crate) fn folder(&self) -> Option<(Arc<DataFolder>, Quota)> {
        let may = match self.world {
            World::Router | World::AgentSelector => false,
            World::CallFlow | World::Application | World::EventSubscriber => !self.tape.is_replay(),
        };
        let folder = self.desk.folder.1.get().filter(|_| may)?;
        Some((Arc::clone(folder), self.rights.data?))
    }

    /// Gives the instance an ear: events that are for it alone go there.
    pub(crate) fn listen(&mut self, sink: EventSink) {
        let timers = Timers::new(Some(sink), Arc::clone(&self.host.clock));
        self.timers = match self.world {
            World::Application => timers.most(APPLICATION_TIMERS_MAX),
            World::Router | World::EventSubscriber | World::CallFlow | World::AgentSelector => timers,
        };
    }

    /// Waits for something outside the guest. Waiting costs who leads calls nothing, and ends its turn if it takes a while;
    /// who asks without pause is held to a pace.
    pub(crate) async fn wait<T>(&mut self, work: impl Future<Output = T> + Send) -> T {
        let Some(controls) = &mut self.controls else {
            self.cpu.wait_begins();
            let value = work.await;
            self.cpu.wait_ends(false);
            return value;
        };
        #[cfg(test)]
        self.host.probe.called();
        controls.requests += 1;
        let fate = self.host.spy.as_ref().map_or(Fate::Lives, |spy| {
            spy(FlowRequest {
                plugin: &self.plugin,
                generation: controls.generation,
                caller: controls.caller,
                number: controls.requests,
            })
        });
        let held = controls.pace.take();
        let began = Instant::now();
        self.cpu.wait_begins();
        if !held.is_zero() {
            tokio::time::sleep(held).await;
        }
        let value = fate.befall(&self.cpu, work).await;
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
                    &self.net.sockets,
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
    crate::interfaces::network::link(linker)?;
    crate::interfaces::filesystem::link(linker)?;
    crate::interfaces::wasi_http::link(linker)?;
    All::add_to_linker::<_, wasmtime::component::HasSelf<GuestState>>(linker, |state| state)?;
    Calls::add_to_linker::<_, wasmtime::component::HasSelf<GuestState>>(linker, |state| state)?;
    // Of what applications and selectors have, the queues are everybody's and linked already.
    inbox::add_to_linker::<_, wasmtime::component::HasSelf<GuestState>>(linker, |state| state)
}
