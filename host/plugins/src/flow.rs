//! How does a component lead a call? One instance for one call, on the workers, with handles to the legs it may steer.

mod happenings;
mod leg;
mod remote;

pub(crate) use crate::turns::millis;
pub(crate) use happenings::Happenings;
pub use leg::{Dialled, Leg};
pub(crate) use leg::{Dialler, Whereabouts};
pub(crate) use remote::{Exit, Order, Remote, desk_refused};

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;
use ucx_call::{ChannelId, Scope};
use ucx_pbx::Desk;
use wasmtime::component::Resource;

use crate::bindings::calls::exports::ucx::call::flow::Outcome;
use crate::generation::{OnGeneration, short};
use crate::interfaces::bridges::OwnBridges;
use crate::limits::Pace;
use crate::manifest::World;
use crate::plugin::Plugin;
use crate::report::Reports;
use crate::values::{Attr, NoVerdict};

/// What an instance that steers calls holds beside what every instance has.
pub(crate) struct Controls {
    /// Its way to the host's calls, with its own rights.
    pub(crate) desk: Desk,
    /// What it hears by `next-event`.
    pub(crate) events: Arc<Happenings>,
    /// Where legs arrive that it called or took over.
    pub(crate) visits: Arc<Visits>,
    /// Which generation of it this is.
    pub(crate) generation: u64,
    /// When the host started, in milliseconds since 1970.
    pub(crate) started_ms: u64,
    /// The call it leads; none leads no call.
    pub(crate) caller: Option<ChannelId>,
    /// Handles of legs that answered a dial of another leg and were not taken yet, by whom they were dialled for.
    pub(crate) claims: BTreeMap<ChannelId, u32>,
    /// Where the host keeps what was recorded.
    pub(crate) spool: String,
    /// Bridges it made.
    pub(crate) bridges: OwnBridges,
    pub(crate) pace: Pace,
    /// Requests it made so far.
    pub(crate) requests: u64,
    /// The application it is an instance of, if it is one.
    pub(crate) application: Option<Arc<Plugin>>,
    /// Numbers its playbacks, for the events that tell of them.
    pub(crate) playbacks: u64,
}

impl Controls {
    /// The controls of an instance whose rights the desk has.
    pub(crate) fn new(
        desk: Desk,
        events: Arc<Happenings>,
        visits: Arc<Visits>,
        generation: u64,
        started_ms: u64,
        caller: Option<ChannelId>,
        spool: String,
    ) -> Self {
        Self {
            bridges: OwnBridges(Vec::new(), desk.clone()),
            spool,
            desk,
            events,
            visits,
            generation,
            started_ms,
            caller,
            claims: BTreeMap::new(),
            pace: Pace::default(),
            requests: 0,
            application: None,
            playbacks: 0,
        }
    }
}

/// Legs on their way to instances: who called or took over a leg waits here until its task has come to serve it.
#[derive(Default)]
pub(crate) struct Visits {
    next: AtomicU64,
    waiting: Mutex<BTreeMap<u64, Visit>>,
}

/// Who waits for a leg.
pub(crate) struct Visit {
    pub(crate) plugin: Arc<str>,
    pub(crate) generation: u64,
    /// What the desk lets it reach.
    pub(crate) scope: Option<Arc<Scope>>,
    pub(crate) events: Arc<Happenings>,
    pub(crate) leg: oneshot::Sender<Leg>,
}

/// Legs that may be on their way at once; of more the oldest are not waited for any longer.
const VISITS_MAX: usize = 4_096;

impl Visits {
    /// Waits for a leg under the number that is answered.
    pub(crate) fn expect(&self, visit: Visit) -> u64 {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= VISITS_MAX {
            waiting.pop_first();
        }
        waiting.insert(number, visit);
        number
    }

    /// Who waits under that number.
    pub(crate) fn take(&self, number: u64) -> Option<Visit> {
        self.waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&number)
    }
}

/// Leads a call to its end in an instance of its own. The handles the instance holds are gone with it.
pub(crate) async fn lead(
    plugin: &Plugin,
    reports: &Reports,
    generation: OnGeneration,
    controls: Controls,
    caller: Leg,
    args: Vec<Attr>,
) -> Result<Outcome, NoVerdict> {
    let life = &generation.0;
    let led = run(&generation, controls, caller, args).await;
    match &led {
        Ok(_) => {
            life.tally.verdicts.fetch_add(1, Ordering::Relaxed);
        }
        Err(reason) => {
            life.tally.fallbacks.fetch_add(1, Ordering::Relaxed);
            if !matches!(
                reason,
                NoVerdict::Overloaded | NoVerdict::NoSuchRouter | NoVerdict::Stopped
            ) {
                plugin.failed(life, reason, reports);
            }
        }
    }
    led
}

async fn run(
    generation: &OnGeneration,
    controls: Controls,
    caller: Leg,
    args: Vec<Attr>,
) -> Result<Outcome, NoVerdict> {
    let trapped = |error: wasmtime::Error| NoVerdict::Trapped(short(&error));
    let life = &generation.0;
    let limits = life.rights.flow;
    let Some(flow) = &life.flow else {
        return Err(NoVerdict::NoSuchRouter);
    };
    let _room = life.host.flows.try_acquire().map_err(|_| NoVerdict::Overloaded)?;
    let mut store = life.store(World::CallFlow, limits).map_err(trapped)?;
    let events = Arc::clone(&controls.events);
    let state = store.data_mut();
    state.cancel = Arc::clone(&events.cancel);
    state.turn_cpu = limits.cpu;
    state.listen(Arc::new(move |event| events.push(event)));
    state.controls = Some(controls);
    let cpu = Arc::clone(&store.data().cpu);
    let led = life
        .turns(&cpu, limits, async {
            let instance = life.instance(&mut store).await?;
            let caller: Resource<Leg> = store.data_mut().handles.push(caller)?;
            flow.load(&mut store, &instance)?
                .call_run(&mut store, caller, &args)
                .await
        })
        .await;
    led.map_err(|stopped| stopped.reason(&store))
}
