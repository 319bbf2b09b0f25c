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
use std::time::Duration;

use tokio::sync::oneshot;
use ucx_call::{ChannelId, ChannelSnapshot, Scope};
use ucx_pbx::Desk;
use wasmtime::component::Resource;

use crate::bindings::calls::exports::ucx::call::flow::Outcome;
use crate::fault::Fault;
use crate::generation::{Generation, OnGeneration, short};
use crate::interfaces::bridges::OwnBridges;
use crate::limits::Pace;
use crate::manifest::World;
use crate::plugin::Plugin;
use crate::report::Reports;
use crate::state::GuestState;
use crate::tape::{Draft, FlowRecord, Mask, Phantom, Readings, Recorder, Recording, ReplayedRun, Tape};
use crate::values::{Attr, Location, NoVerdict};

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

impl Controls {
    /// Waits for a leg on the instance's behalf.
    pub(crate) fn expect(&self, plugin: &Arc<str>) -> Expected {
        self.visits.expect(|leg| Visit {
            plugin: Arc::clone(plugin),
            generation: self.generation,
            scope: self.desk.principal().scope.clone(),
            events: Arc::clone(&self.events),
            leg,
        })
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
    /// Waits for a leg that the visit tells whom to hand to.
    pub(crate) fn expect(self: &Arc<Self>, visit: impl FnOnce(oneshot::Sender<Leg>) -> Visit) -> Expected {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, leg) = oneshot::channel();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= VISITS_MAX {
            waiting.pop_first();
        }
        waiting.insert(number, visit(sender));
        Expected {
            visits: Arc::clone(self),
            number,
            leg,
        }
    }

    /// How many wait.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Who waits under that number.
    pub(crate) fn take(&self, number: u64) -> Option<Visit> {
        self.waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&number)
    }
}

/// A leg that is on its way. Dropped, nobody waits for it any longer.
pub(crate) struct Expected {
    visits: Arc<Visits>,
    /// What its task names it by.
    pub(crate) number: u64,
    leg: oneshot::Receiver<Leg>,
}

impl Expected {
    /// The leg, once its task has come; none if that has been given up.
    pub(crate) async fn arrives(&mut self) -> Option<Leg> {
        (&mut self.leg).await.ok()
    }
}

impl Drop for Expected {
    fn drop(&mut self) {
        self.visits.take(self.number);
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
    let room = life.host.flows.try_acquire().map_err(|_| NoVerdict::Overloaded)?;
    let mut store = life.store(World::CallFlow, limits).map_err(trapped)?;
    let events = Arc::clone(&controls.events);
    let asked = Asked {
        channel: Arc::clone(&caller.channel),
        args: &args,
    };
    let state = store.data_mut();
    asked.tape(life, state);
    state.cancel = Arc::clone(&events.cancel);
    state.turn_cpu = limits.cpu;
    state.listen(Arc::new(move |event| events.push(event)));
    state.controls = Some(controls);
    let cpu = Arc::clone(&store.data().cpu);
    let led = life
        .turns(&cpu, limits, life.rights.waits, async {
            let instance = life.instance(&mut store).await?;
            let state = store.data_mut();
            let caller: Resource<Leg> = state.handles.push(caller)?;
            if let Some(handles) = state.tape.handles() {
                handles.give(caller.rep());
            }
            flow.load(&mut store, &instance)?
                .call_run(&mut store, caller, &args)
                .await
        })
        .await;
    let led = led.map_err(|stopped| stopped.reason(&store));
    let outcome = led.as_ref().map(outcome_words).map_err(ToString::to_string);
    store.data_mut().tape.run_ended(outcome);
    if led.is_err() && life.host.faults.has(Fault::RoomKept) {
        room.forget();
    }
    led
}

/// What a run began with.
struct Asked<'a> {
    channel: Arc<ChannelSnapshot>,
    args: &'a [Attr],
}

impl Asked<'_> {
    /// Has the run written down, if runs are.
    fn tape(self, life: &Generation, state: &mut GuestState) {
        if life.host.book.is_none() {
            return;
        }
        let place = &self.channel.place;
        let record = FlowRecord {
            plugin: life.plugin.to_string(),
            version: life.manifest.version.clone(),
            digest: life.digest.clone(),
            generation: life.number,
            at: (life.host.clock)(),
            took: Duration::ZERO,
            seed: state.seed,
            call: self.channel.linkedid.to_string(),
            channel: self.channel.name.to_string(),
            place: Location {
                context: place.context.to_string(),
                exten: place.exten.to_string(),
                priority: place.priority.to_string(),
            },
            args: self.args.to_vec(),
            readings: Vec::new(),
            heard: Vec::new(),
            is_cut: false,
            is_masked: false,
            outcome: Err("its caller was gone, and it went on".to_owned()),
        };
        let draft = Draft::new(record, Arc::clone(&life.host));
        state.sees = Some(draft.readings.noting(&life.host.clock));
        let mask = (!life.rights.record_digits).then(Mask::default);
        state.tape = Tape::Recording(Box::new(Recorder::of_run(draft, mask)));
    }
}

/// An outcome in words.
fn outcome_words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done => "done".to_owned(),
        Outcome::ContinueAt(place) => {
            format!("continue at {},{},{}", place.context, place.exten, place.priority)
        }
        Outcome::Hangup(cause) => format!("hang up with cause {cause}"),
        Outcome::Failed(words) => format!("failed: {}", words.chars().take(WORDS_MAX).collect::<String>()),
        Outcome::Other(attrs) => format!("other: {attrs:?}").chars().take(WORDS_MAX).collect(),
    }
}

/// The longest words of an outcome that are kept, in characters.
const WORDS_MAX: usize = 400;

/// How long a replay may take, by the clock on the wall. All answers are there already; who takes longer waits for a clock.
const REPLAY_MAX: Duration = Duration::from_secs(60);

/// Has a generation go through a recorded run again, told the recorded answers.
pub(crate) async fn replay(life: &Generation, then: &FlowRecord) -> ReplayedRun {
    let nothing = |why: String| ReplayedRun::of(then, Recording::of_run(then), Err(why));
    let Some(flow) = &life.flow else {
        return nothing(NoVerdict::NoSuchRouter.to_string());
    };
    let mut store = match life.store(World::CallFlow, life.rights.flow) {
        Ok(store) => store,
        Err(error) => return nothing(NoVerdict::Trapped(short(&error)).to_string()),
    };
    let state = store.data_mut();
    state.seed = then.seed;
    state.sees = Some(Readings::showing(then));
    state.tape = Tape::Replaying(Recording::of_run(then));
    let cpu = Arc::clone(&state.cpu);
    let led = life.turns(&cpu, life.rights.flow, life.rights.waits, async {
        let instance = life.instance(&mut store).await?;
        let state = store.data_mut();
        let caller = state.handles.push(Phantom)?.rep();
        if let Some(handles) = state.tape.handles() {
            handles.give(caller);
        }
        flow.load(&mut store, &instance)?
            .call_run(&mut store, Resource::new_own(caller), &then.args)
            .await
    });
    let now = match tokio::time::timeout(REPLAY_MAX, led).await {
        Ok(Ok(outcome)) => Ok(outcome_words(&outcome)),
        Ok(Err(stopped)) => Err(stopped.reason(&store).to_string()),
        Err(_) => Err(NoVerdict::TimedOut(REPLAY_MAX).to_string()),
    };
    let recording = store.data_mut().tape.replayed().unwrap_or_default();
    ReplayedRun::of(then, recording, now)
}
