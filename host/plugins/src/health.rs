//! Is a long-lived plugin well? It is asked at intervals; who says no too often in a row is started again.
//!
//! A subscriber is asked in its one warm instance, between two batches. An application's instance serves all its life, and
//! nobody may enter it meanwhile: it is asked in an instance beside it, of the same generation, which lives from question to
//! question.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::timeout;
use wasmtime::Store;
use wasmtime::component::Instance;

use crate::bindings::apps::exports::ucx::host::lifecycle::{Guest, Incarnation};
use crate::bindings::ucx::types::common::{Attr, Value};
use crate::generation::{Generation, short};
use crate::manifest::World;
use crate::plugin::Plugin;
use crate::report::{PluginEvent, Reports};
use crate::state::GuestState;
use crate::values::NoVerdict;
use crate::waits::Waits;

/// An answer takes at most that long, waiting included.
pub(crate) const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// Starting an instance to be asked takes at most that long.
const START_WITHIN: Duration = Duration::from_secs(10);
/// So many bad answers in a row start the plugin again.
pub(crate) const BAD_MAX: u32 = 3;
/// The longest words of an answer that are kept, in characters.
const WORDS_MAX: usize = 400;

/// What is known of a plugin's health.
#[derive(Debug, Default)]
pub(crate) struct Health {
    /// Bad and missing answers so far.
    bad: AtomicU64,
    /// Why it is not well; none if it is, or was not asked. The lock guards one text.
    why: Mutex<Option<String>>,
}

impl Health {
    /// Bad and missing answers so far.
    pub(crate) fn bad(&self) -> u64 {
        self.bad.load(Ordering::Relaxed)
    }

    /// Why it is not well.
    pub(crate) fn why(&self) -> Option<String> {
        self.why.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Another generation is asked from now on.
    pub(crate) fn forget(&self) {
        *self.why.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Takes an answer in; the event to be told, if it changes anything.
    fn heard(&self, plugin: &str, generation: u64, answer: &Result<(), NoVerdict>) -> Option<PluginEvent> {
        let why = answer.as_ref().err().map(ToString::to_string);
        if why.is_some() {
            self.bad.fetch_add(1, Ordering::Relaxed);
        }
        let before = {
            let mut held = self.why.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *held, why.clone())
        };
        let plugin = plugin.to_owned();
        match (before, why) {
            (_, Some(reason)) => Some(PluginEvent::Unhealthy {
                plugin,
                generation,
                reason,
            }),
            (Some(_), None) => Some(PluginEvent::Healthy { plugin, generation }),
            (None, None) => None,
        }
    }
}

/// Counts the bad answers of one instance in a row.
#[derive(Debug, Default)]
pub(crate) struct InARow {
    bad: u32,
    has_been_well: bool,
}

/// Too many bad answers in a row.
pub(crate) struct Ill {
    /// The last one.
    pub(crate) reason: NoVerdict,
    /// There was a good one before.
    pub(crate) has_been_well: bool,
}

impl Ill {
    /// A generation that never was well gives its place back to the one before it.
    pub(crate) fn give_back(&self, plugin: &Plugin, generation: &Arc<Generation>, reports: &Reports) {
        if !self.has_been_well {
            plugin.back_from(generation, "the generation after it was never well", reports);
        }
    }
}

impl InARow {
    /// Takes an answer in and tells the world; whether it was one bad answer too many, with the last one's words.
    pub(crate) fn heard(
        &mut self,
        plugin: &Plugin,
        generation: u64,
        reports: &Reports,
        answer: Result<(), NoVerdict>,
    ) -> Option<Ill> {
        // One that is being replaced says nothing about the one after it.
        if plugin.active().number == generation
            && let Some(event) = plugin.health.heard(&plugin.name, generation, &answer)
        {
            reports.add(event);
        }
        let Err(reason) = answer else {
            self.bad = 0;
            self.has_been_well = true;
            return None;
        };
        self.bad += 1;
        (self.bad >= BAD_MAX).then(|| Ill {
            reason: NoVerdict::Error(format!("is not well: {reason}")),
            has_been_well: self.has_been_well,
        })
    }
}

/// An instance that is only asked.
pub(crate) struct Asked {
    generation: Arc<Generation>,
    store: Store<GuestState>,
    guest: Guest,
}

impl Asked {
    /// Starts one, if the generation says how it is.
    pub(crate) async fn start(generation: &Arc<Generation>) -> Result<Option<Self>, NoVerdict> {
        let trapped = |error: wasmtime::Error| NoVerdict::Trapped(short(&error));
        if generation.lifecycle.is_none() {
            return Ok(None);
        }
        let world = if generation.serve.is_some() {
            World::Application
        } else {
            World::EventSubscriber
        };
        let mut store = generation
            .store(world, generation.rights.batch)
            .map_err(trapped)?;
        let cpu = Arc::clone(&store.data().cpu);
        let started = generation.turns(&cpu, generation.rights.batch, Waits::ENDLESS, async {
            let instance = generation.instance(&mut store).await?;
            start(&mut store, &instance, generation, "health", false).await
        });
        let guest = match timeout(START_WITHIN, started).await {
            Ok(Ok(Ok(guest))) => guest,
            Ok(Ok(Err(words))) => return Err(NoVerdict::Error(words)),
            Ok(Err(stopped)) => return Err(stopped.reason(&store)),
            Err(_) => return Err(NoVerdict::TimedOut(START_WITHIN)),
        };
        Ok(guest.map(|guest| Self {
            generation: Arc::clone(generation),
            store,
            guest,
        }))
    }

    /// Asks. After an error that is not the guest's own words the instance is to be thrown away.
    pub(crate) async fn ask(&mut self) -> Result<(), NoVerdict> {
        ask(&self.generation, &mut self.store, &self.guest).await
    }
}

/// Tells an instance that it starts, if it wants to know; its own words if it refuses.
pub(crate) async fn start(
    store: &mut Store<GuestState>,
    instance: &Instance,
    life: &Generation,
    what_for: &str,
    resumed: bool,
) -> wasmtime::Result<Result<Option<Guest>, String>> {
    let Some(lifecycle) = &life.lifecycle else {
        return Ok(Ok(None));
    };
    let guest = lifecycle.load(&mut *store, instance)?;
    let me = Incarnation {
        plugin: life.plugin.to_string(),
        version: life.manifest.version.clone(),
        generation: life.number,
        resumed,
        attrs: vec![Attr {
            name: "instance".to_owned(),
            value: Value::Text(what_for.to_owned()),
        }],
    };
    let said = guest.call_start(&mut *store, &me).await?;
    Ok(said.map(|()| Some(guest)).map_err(|words| cut(&words)))
}

/// Asks an instance that does nothing else just now.
pub(crate) async fn ask(
    life: &Generation,
    store: &mut Store<GuestState>,
    guest: &Guest,
) -> Result<(), NoVerdict> {
    let limits = life.rights.batch;
    life.rewind(store, limits)
        .map_err(|error| NoVerdict::Trapped(short(&error)))?;
    let cpu = Arc::clone(&store.data().cpu);
    let asked = life.turns(&cpu, limits, Waits::ENDLESS, guest.call_health(&mut *store));
    match timeout(ANSWER_WITHIN, asked).await {
        Ok(Ok(said)) => said.map_err(|words| NoVerdict::Error(cut(&words))),
        Ok(Err(stopped)) => Err(stopped.reason(store)),
        Err(_) => Err(NoVerdict::TimedOut(ANSWER_WITHIN)),
    }
}

/// Whether an instance that answered so can be asked again.
pub(crate) fn goes_on(answer: &Result<(), NoVerdict>) -> bool {
    matches!(answer, Ok(()) | Err(NoVerdict::Error(_)))
}

/// Asks a generation that is to become the active one, in an instance of its own; its words if it is not well.
pub(crate) async fn gate(generation: &Arc<Generation>) -> Result<(), NoVerdict> {
    if generation.serve.is_none() && generation.subscriber.is_none() {
        return Ok(());
    }
    match Asked::start(generation).await? {
        Some(mut asked) => asked.ask().await,
        None => Ok(()),
    }
}

/// Asks again and again how an application is; ends when it has said too often in a row that it is not well.
pub(crate) async fn watch(plugin: &Plugin, life: &Arc<Generation>, reports: &Reports) -> Ill {
    let mut in_a_row = InARow::default();
    let mut instance: Option<Asked> = None;
    loop {
        tokio::time::sleep(life.rights.health).await;
        if instance.is_none() {
            match Asked::start(life).await {
                Ok(Some(started)) => instance = Some(started),
                Ok(None) => return std::future::pending().await,
                Err(reason) => {
                    if let Some(ill) = in_a_row.heard(plugin, life.number, reports, Err(reason)) {
                        return ill;
                    }
                    continue;
                }
            }
        }
        let Some(asked) = &mut instance else { continue };
        let answer = asked.ask().await;
        if !goes_on(&answer) {
            instance = None;
        }
        if let Some(ill) = in_a_row.heard(plugin, life.number, reports, answer) {
            return ill;
        }
    }
}

fn cut(words: &str) -> String {
    words
        .chars()
        .filter(|c| !c.is_control())
        .take(WORDS_MAX)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changes_something_is_told() {
        let health = Health::default();
        let bad = || Err(NoVerdict::Error("no luck".to_owned()));
        assert_eq!(health.heard("p", 1, &Ok(())), None);
        let told = health.heard("p", 1, &bad());
        assert!(matches!(told, Some(PluginEvent::Unhealthy { .. })), "{told:?}");
        assert_eq!(health.why().as_deref(), Some("failed: no luck"));
        assert!(health.heard("p", 1, &bad()).is_some());
        let told = health.heard("p", 1, &Ok(()));
        assert!(matches!(told, Some(PluginEvent::Healthy { .. })), "{told:?}");
        assert_eq!((health.bad(), health.why()), (2, None));
    }
}
