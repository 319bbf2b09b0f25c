//! One instance of an application: started, serving until it is asked to finish, saving what the next one needs.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::time::timeout;
use ucx_call::{Principal, PrincipalKind};
use wasmtime::Store;
use wasmtime::component::TypedFunc;

use super::stage::Kept;
use crate::bindings::apps::exports::ucx::host::handoff::{self, Snapshot};
use crate::flow::{Controls, Happenings, Leg, Visits, Whereabouts};
use crate::generation::{Generation, OnGeneration, short};
use crate::health;
use crate::limits::APPLICATION_COPIED_MAX;
use crate::manifest::World;
use crate::plugin::Plugin;
use crate::state::GuestState;
use crate::telephony::PLUGIN_RIGHTS;
use crate::turns::{Cancel, Cause};
use crate::values::NoVerdict;
use crate::waits::Waits;

/// Loading a state and starting may take that long, waiting included.
const START_WITHIN: Duration = Duration::from_secs(10);
/// Saving may.
const SAVE_WITHIN: Duration = Duration::from_secs(2);
/// The longest saved state, in bytes.
const SNAPSHOT_MAX: usize = 1 << 20;

/// What `serve` is.
type Serve = TypedFunc<(), (Result<(), String>,)>;

/// How an instance stopped serving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It was asked to.
    Drained,
    /// Nobody asked it to.
    ByItself,
}

/// An instance.
pub(super) struct Instance {
    on: OnGeneration,
    store: Store<GuestState>,
    serve: Serve,
    handoff: Option<handoff::Guest>,
    events: Arc<Happenings>,
    /// Rung when its generation is replaced.
    leave: Arc<Cancel>,
    is_broken: bool,
    plugin: Arc<Plugin>,
}

impl Instance {
    /// Starts one, with the state of the one before if there is one.
    pub(super) async fn start(
        plugin: &Arc<Plugin>,
        on: OnGeneration,
        visits: &Arc<Visits>,
        saved: Option<Snapshot>,
    ) -> Result<Self, NoVerdict> {
        let trapped = |error: wasmtime::Error| NoVerdict::Trapped(short(&error));
        let life = Arc::clone(&on.0);
        let Some(index) = &life.serve else {
            return Err(NoVerdict::NoSuchRouter);
        };
        let limits = life.rights.batch;
        let mut store = life.store(World::Application, limits).map_err(trapped)?;
        store.set_hostcall_fuel(APPLICATION_COPIED_MAX);
        let events = Arc::new(Happenings::of(
            life.manifest.delivery.mailbox.into(),
            Some(Arc::clone(&life.rights)),
        ));
        let controls = controls(plugin, &life, &events, visits).await;
        let state = store.data_mut();
        state.cancel = Arc::clone(&events.cancel);
        state.turn_cpu = limits.cpu;
        let ear = Arc::clone(&events);
        state.listen(Arc::new(move |event| ear.push(event)));
        state.controls = Some(controls);
        let cpu = Arc::clone(&store.data().cpu);
        let begun = life.turns(&cpu, limits, Waits::ENDLESS, async {
            let instance = life.instance(&mut store).await?;
            let serve: Serve = instance.get_typed_func(&mut store, index)?;
            let handoff = match &life.handoff {
                Some(handoff) => Some(handoff.load(&mut store, &instance)?),
                None => None,
            };
            let mut said = Ok(());
            if let (Some(handoff), Some(saved)) = (&handoff, &saved) {
                said = handoff.call_load(&mut store, saved).await?;
            }
            if said.is_ok() {
                // Who is not well at its start does not begin to serve.
                said = match health::start(&mut store, &instance, &life, "serve", saved.is_some()).await? {
                    Ok(Some(guest)) => guest.call_health(&mut store).await?,
                    Ok(None) => Ok(()),
                    Err(words) => Err(words),
                };
            }
            Ok(said.map(|()| (serve, handoff)))
        });
        let (serve, handoff) = match timeout(START_WITHIN, begun).await {
            Ok(Ok(Ok(begun))) => begun,
            Ok(Ok(Err(words))) => return Err(NoVerdict::Error(cut(&words))),
            Ok(Err(stopped)) => return Err(stopped.reason(&store)),
            Err(_) => return Err(NoVerdict::TimedOut(START_WITHIN)),
        };
        Ok(Self {
            on,
            store,
            serve,
            handoff,
            events,
            leave: Arc::default(),
            is_broken: false,
            plugin: Arc::clone(plugin),
        })
    }

    pub(super) fn generation(&self) -> &Arc<Generation> {
        &self.on.0
    }

    pub(super) fn number(&self) -> u64 {
        self.on.0.number
    }

    /// Serves until it fails, ends, or was asked to finish and did.
    pub(super) async fn serve(&mut self) -> Result<End, NoVerdict> {
        let life = Arc::clone(&self.on.0);
        let limits = life.rights.batch;
        let leave = Arc::clone(&self.leave);
        life.warm
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Arc::downgrade(&leave));
        if self.plugin.active().number != life.number || self.plugin.stage.is_closed() {
            leave.call(Cause::Drained);
        }
        self.plugin.stage.begin();
        self.begin_turn()?;
        let cpu = Arc::clone(&self.store.data().cpu);
        let drain = Duration::from_millis(life.manifest.drain_ms.into());
        let (stage, events) = (&self.plugin.stage, &self.events);
        let patience = async {
            leave.called().await;
            events.cancel.call(Cause::Drained);
            stage.inbox.drain();
            tokio::time::sleep(drain).await;
        };
        let serving = life.turns(
            &cpu,
            limits,
            Waits::ENDLESS,
            self.serve.call_async(&mut self.store, ()),
        );
        let ended = tokio::select! {
            biased;
            ended = serving => Some(ended),
            () = patience => None,
        };
        let ended = match ended {
            Some(Ok((said,))) => said.map_err(|words| NoVerdict::Error(cut(&words))),
            Some(Err(stopped)) => Err(stopped.reason(&self.store)),
            None => Err(NoVerdict::TimedOut(drain)),
        };
        self.is_broken = ended.is_err();
        ended.map(|()| match self.leave.cause() {
            Some(_) => End::Drained,
            None => End::ByItself,
        })
    }

    pub(super) fn can_save(&self) -> bool {
        self.handoff.is_some()
    }

    pub(super) fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// What the next one needs to go on.
    pub(super) async fn save(&mut self) -> Result<Snapshot, NoVerdict> {
        self.begin_turn()?;
        let life = Arc::clone(&self.on.0);
        let Some(handoff) = &self.handoff else {
            return Err(NoVerdict::NoSuchRouter);
        };
        let cpu = Arc::clone(&self.store.data().cpu);
        let saving = life.turns(
            &cpu,
            life.rights.batch,
            Waits::ENDLESS,
            handoff.call_save(&mut self.store),
        );
        let saved = match timeout(SAVE_WITHIN, saving).await {
            Ok(Ok(Ok(saved))) => saved,
            Ok(Ok(Err(words))) => return Err(NoVerdict::Error(cut(&words))),
            Ok(Err(stopped)) => {
                self.is_broken = true;
                return Err(stopped.reason(&self.store));
            }
            Err(_) => {
                self.is_broken = true;
                return Err(NoVerdict::TimedOut(SAVE_WITHIN));
            }
        };
        if saved.body.len() > SNAPSHOT_MAX {
            return Err(NoVerdict::Refused(format!(
                "its state has more than {SNAPSHOT_MAX} bytes"
            )));
        }
        Ok(saved)
    }

    /// It goes on after all.
    pub(super) fn stay(&mut self) {
        self.plugin.stage.inbox.undrain();
        self.events.cancel.take_back();
        self.leave = Arc::default();
    }

    /// It failed: the legs it holds get their declared treatment.
    pub(super) fn give_up(&self, reason: &NoVerdict) {
        self.events.fail(&reason.to_string());
    }

    /// The legs that have a task of their own.
    pub(super) fn legs(&mut self) -> Vec<Kept> {
        let handles = self.store.data_mut().handles.iter_mut();
        let legs = handles.filter_map(|handle| handle.downcast_ref::<Leg>());
        legs.filter_map(|leg| match leg.whereabouts() {
            Ok(Whereabouts::Served(remote)) => Some(Kept {
                channel: leg.last(),
                remote,
            }),
            Ok(Whereabouts::Claimed) | Err(_) => None,
        })
        .collect()
    }

    fn begin_turn(&mut self) -> Result<(), NoVerdict> {
        let life = Arc::clone(&self.on.0);
        life.rewind(&mut self.store, life.rights.batch)
            .map_err(|error| NoVerdict::Trapped(short(&error)))
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // Whoever waits for an answer of it is told.
        self.events.close();
        self.plugin.stage.abandon();
    }
}

/// Its way to the host's calls, once there is one.
async fn controls(
    plugin: &Arc<Plugin>,
    life: &Arc<Generation>,
    events: &Arc<Happenings>,
    visits: &Arc<Visits>,
) -> Controls {
    let mut floor = life.host.floor.subscribe();
    let floor = loop {
        if let Some(floor) = floor.borrow_and_update().clone() {
            break floor;
        }
        if floor.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let principal = Principal::new(
        PrincipalKind::Plugin(Arc::clone(&life.plugin), life.number),
        PLUGIN_RIGHTS,
    )
    .within(Some(Arc::new(life.rights.scope(""))));
    let mut controls = Controls::new(
        floor.desk.of(principal),
        Arc::clone(events),
        Arc::clone(visits),
        life.number,
        floor.started_ms,
        None,
        floor.spool,
    );
    controls.pace = crate::limits::Pace::of_application();
    controls.application = Some(Arc::clone(plugin));
    controls
}

fn cut(words: &str) -> String {
    words.chars().filter(|c| !c.is_control()).take(400).collect()
}
