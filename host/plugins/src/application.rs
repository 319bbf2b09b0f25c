//! How does an application live? One supervised instance at a time, that is asked to finish and hands over when another
//! generation comes, and is started again with growing pauses when it fails.

mod inbox;
mod instance;
mod stage;

use stage::Presence;
pub(crate) use stage::{CALL, Stage};
pub use stage::{PartReply, PartRequest};

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use ucx_pbx::Desk;

use crate::fault::Fault;
use crate::flow::Visits;
use crate::health;
use crate::host::PluginHost;
use crate::plugin::Plugin;
use crate::report::Reports;
use crate::values::NoVerdict;
use instance::{End, Instance};

/// The pause after the first failure in a row; each further one doubles it.
const PAUSE_FIRST: Duration = Duration::from_millis(50);
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// Who ran that long begins with the first pause again.
const WELL_AFTER: Duration = Duration::from_secs(60);
/// Legs of a replaced instance wait that long to be adopted by the next one.
const KEPT_FOR: Duration = Duration::from_secs(10);

/// The host's calls, as applications reach them.
#[derive(Clone)]
pub(crate) struct Floor {
    pub(crate) desk: Desk,
    /// When the host started, in milliseconds since 1970.
    pub(crate) started_ms: u64,
    /// Where the host keeps what was recorded.
    pub(crate) spool: String,
}

/// What a supervisor works with.
pub(crate) struct Crew {
    plugin: Arc<Plugin>,
    reports: Arc<Reports>,
    visits: Arc<Visits>,
}

impl PluginHost {
    /// Lets applications reach the host's calls, and begins to run them. `spool` is the folder of recordings.
    pub fn attach(&self, desk: Desk, started_ms: u64, spool: &str) {
        self.resources().floor.send_replace(Some(Floor {
            desk,
            started_ms,
            spool: spool.to_owned(),
        }));
    }

    /// Applications reach no calls any more; for a host that ends, which would otherwise hold itself.
    pub fn detach(&self) {
        self.resources().floor.send_replace(None);
    }

    /// A supervisor runs as long as a generation of the plugin is an application.
    pub(crate) fn tend_application(&self, plugin: &Arc<Plugin>) {
        let is_application = plugin.active().serve.is_some();
        let stage = &plugin.stage;
        if is_application && !stage.is_supervised() {
            let crew = Crew {
                plugin: Arc::clone(plugin),
                reports: self.reports(),
                visits: self.visits(),
            };
            stage.set_supervisor(self.runtime().spawn(crew.supervise()).abort_handle());
        }
        stage.turn();
    }

    /// Asks an application for something in its own part of the HTTP tree, and waits for its answer.
    pub async fn ask_part(&self, plugin: &str, request: PartRequest) -> PartReply {
        match self
            .plugin(plugin)
            .filter(|plugin| plugin.active().serve.is_some())
        {
            Some(plugin) => plugin.stage.ask(request).await,
            None => PartReply::refusal(404, "there is no such application"),
        }
    }
}

impl Crew {
    /// Runs instances of the active generation, one after another, until the plugin is taken out.
    async fn supervise(self) {
        let stage = &self.plugin.stage;
        let mut strikes = 0;
        let mut next: Option<Instance> = None;
        while !stage.is_closed() {
            let mut instance = match next.take() {
                Some(instance) => instance,
                None => match self.start().await {
                    Ok(Some(instance)) => instance,
                    Ok(None) => continue,
                    Err(()) => {
                        self.rest(&mut strikes).await;
                        continue;
                    }
                },
            };
            let began = Instant::now();
            stage.be(Presence::Here);
            let life = Arc::clone(instance.generation());
            let mut ill = None;
            let end = tokio::select! {
                biased;
                end = instance.serve() => end,
                said = health::watch(&self.plugin, &life, &self.reports) => {
                    let reason = said.reason.clone();
                    ill = Some(said);
                    Err(reason)
                }
            };
            if began.elapsed() >= WELL_AFTER {
                strikes = 0;
            }
            let reason = match end {
                Ok(End::Drained) => {
                    stage.be(Presence::Coming);
                    next = self.replace(instance).await;
                    continue;
                }
                Ok(End::ByItself) => NoVerdict::Error("it stopped serving without being told to".to_owned()),
                Err(reason) => reason,
            };
            stage.be(Presence::Away);
            if !instance.generation().host.faults.has(Fault::HeldForgotten) {
                instance.give_up(&reason);
            }
            self.failed(&instance, &reason);
            drop(instance);
            if let Some(ill) = ill {
                ill.give_back(&self.plugin, &life, &self.reports);
            }
            if !stage.is_closed() {
                self.rest(&mut strikes).await;
            }
        }
        stage.be(Presence::Away);
    }

    /// The first instance of the active generation; none if that is no application, which is waited for.
    async fn start(&self) -> Result<Option<Instance>, ()> {
        let stage = &self.plugin.stage;
        let turned = stage.turned();
        let generation = self.plugin.enter();
        if generation.0.serve.is_none() {
            stage.be(Presence::Away);
            drop(generation);
            turned.await;
            return Ok(None);
        }
        stage.be(Presence::Coming);
        let life = Arc::clone(&generation.0);
        match Instance::start(&self.plugin, generation, &self.visits, None).await {
            Ok(instance) => Ok(Some(instance)),
            Err(reason) => {
                stage.be(Presence::Away);
                life.tally
                    .fallbacks
                    .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                self.plugin.failed(&life, &reason, &self.reports);
                Err(())
            }
        }
    }

    /// What runs after an instance that was asked to finish and did. If both generations know how, its state and its legs go
    /// to the next one; if that cannot take them, the old one goes on.
    async fn replace(&self, mut old: Instance) -> Option<Instance> {
        let next = self.plugin.enter();
        let may_hand_over = next.0.number != old.number() && next.0.handoff.is_some() && old.can_save();
        if self.plugin.stage.is_closed() || next.0.serve.is_none() || !may_hand_over {
            return None;
        }
        let life = Arc::clone(&next.0);
        let taken = match old.save().await {
            Ok(mut saved) => {
                if life.host.faults.has(Fault::SaveLost) {
                    saved.body.clear();
                }
                Instance::start(&self.plugin, next, &self.visits, Some(saved)).await
            }
            Err(reason) => Err(reason),
        };
        match taken {
            Ok(new) => {
                self.keep(&mut old);
                Some(new)
            }
            Err(reason) => {
                life.tally
                    .fallbacks
                    .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                self.plugin.failed(&life, &reason, &self.reports);
                if old.is_broken() {
                    old.give_up(&reason);
                    return None;
                }
                self.plugin.go_back(&life, old.generation(), &self.reports);
                old.stay();
                Some(old)
            }
        }
    }

    /// Legs of an instance that is replaced are the next one's to adopt, for a while.
    fn keep(&self, old: &mut Instance) {
        self.plugin.stage.keep(old.legs());
        let plugin = Arc::downgrade(&self.plugin);
        tokio::spawn(async move {
            tokio::time::sleep(KEPT_FOR).await;
            if let Some(plugin) = plugin.upgrade() {
                plugin.stage.let_go();
            }
        });
    }

    fn failed(&self, instance: &Instance, reason: &NoVerdict) {
        let life = instance.generation();
        life.tally
            .fallbacks
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        self.plugin.failed(life, reason, &self.reports);
    }

    /// Waits after a failure, longer after each; another generation is tried at once.
    async fn rest(&self, strikes: &mut u32) {
        let pause = PAUSE_FIRST.saturating_mul(1 << (*strikes).min(16)).min(PAUSE_MAX);
        *strikes = strikes.saturating_add(1);
        let active = self.plugin.active();
        let faults = &active.host.faults;
        let pause = match pause {
            _ if faults.has(Fault::NoPause) => Duration::ZERO,
            _ if faults.has(Fault::StaysAway) => Duration::MAX,
            pause => pause,
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = self.plugin.stage.turned() => *strikes = 0,
        }
    }
}
