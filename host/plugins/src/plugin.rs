//! What is behind a plugin's name? The generation new calls go to, the one before it, and what all of them share.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use tokio::sync::Semaphore;
use tokio::task::AbortHandle;

use crate::admission::Gate;
use crate::application::Stage;
use crate::generation::{Generation, OnGeneration};
use crate::health::Health;
use crate::life::ledger::{Ledger, Step};
use crate::life::quarantine::{Quarantine, QuarantineRules};
use crate::life::trial::Trial;
use crate::limits::DECISIONS_PER_PLUGIN;
use crate::mailbox::Mailbox;
use crate::manifest::Fallback;
use crate::report::{PluginEvent, Reports};
use crate::state::PluginDesk;
use crate::values::NoVerdict;

/// A generation younger than so many decisions is on probation.
const PROBATION: u64 = 200;
/// It is rolled back when so many of them failed, and they are at least half.
const FAILURES_MAX: u64 = 8;

/// A plugin by its name.
pub(crate) struct Plugin {
    pub(crate) name: Arc<str>,
    /// The file its generation came from; while that is there, no other file may take its id. The lock guards one path.
    home: RwLock<PathBuf>,
    pub(crate) desk: Arc<PluginDesk>,
    /// Lets decisions in, before anything is done about them.
    pub(crate) gate: Gate,
    /// Decisions whose instances live.
    pub(crate) decisions: Arc<Semaphore>,
    pub(crate) mailbox: Mailbox,
    /// When it is spared a question; never without rules.
    pub(crate) rules: Option<QuarantineRules>,
    pub(crate) quarantine: Quarantine,
    pub(crate) health: Health,
    ledger: Option<Arc<Ledger>>,
    /// Guards two pointers; calls read them, a swap writes them.
    generations: RwLock<Generations>,
    /// What instances of an application share.
    pub(crate) stage: Stage,
    /// The task that empties the mailbox, while there is a subscriber.
    worker: Mutex<Option<AbortHandle>>,
}

struct Generations {
    active: Arc<Generation>,
    /// The one before, kept so that going back is one step.
    before: Option<Arc<Generation>>,
    /// Replaced ones that still have calls.
    draining: Vec<Arc<Generation>>,
    /// One that waits for a human.
    staged: Option<Arc<Generation>>,
    /// One that is tried.
    trial: Option<Arc<Trial>>,
    next: u64,
}

impl Plugin {
    pub(crate) fn new(
        first: Arc<Generation>,
        home: &Path,
        rules: Option<QuarantineRules>,
        ledger: Option<Arc<Ledger>>,
    ) -> Self {
        let delivery = first.manifest.delivery;
        let gate = Gate::new(Arc::clone(&first.host.load), Arc::clone(&first.desk.cost));
        Self {
            gate,
            name: Arc::clone(&first.plugin),
            home: RwLock::new(home.to_owned()),
            desk: Arc::clone(&first.desk),
            decisions: Arc::new(Semaphore::new(DECISIONS_PER_PLUGIN)),
            mailbox: Mailbox::new(delivery.mailbox.into()),
            rules,
            quarantine: Quarantine::default(),
            health: Health::default(),
            ledger,
            stage: Stage::new(delivery.mailbox.into()),
            generations: RwLock::new(Generations {
                next: first.number + 1,
                active: first,
                before: None,
                draining: Vec::new(),
                staged: None,
                trial: None,
            }),
            worker: Mutex::default(),
        }
    }

    /// The file its generation came from.
    pub(crate) fn home(&self) -> PathBuf {
        self.home.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Its generation comes from there now.
    pub(crate) fn move_to(&self, home: &Path) {
        *self.home.write().unwrap_or_else(PoisonError::into_inner) = home.to_owned();
    }

    /// The generation new calls go to.
    pub(crate) fn active(&self) -> Arc<Generation> {
        Arc::clone(&self.read().active)
    }

    /// Pins a call to its generation: the active one, or a canary's share. Under the lock, so that a swap either sees the call
    /// or is seen by it.
    pub(crate) fn enter_for(&self, call: &str) -> (OnGeneration, Option<Arc<Trial>>) {
        let generations = self.read();
        let trial = generations.trial.clone();
        let on = match &trial {
            Some(trial) if trial.takes(call) => trial.generation.enter(),
            Some(_) | None => generations.active.enter(),
        };
        (on, trial)
    }

    /// Lets a generation wait; the one that waited before is forgotten.
    pub(crate) fn stage(&self, generation: Arc<Generation>) {
        let mut generations = self.write();
        generations.next = generations.next.max(generation.number + 1);
        generations.staged = Some(generation);
    }

    /// The generation that waits.
    pub(crate) fn staged(&self) -> Option<Arc<Generation>> {
        self.read().staged.clone()
    }

    /// The trial there is.
    pub(crate) fn trial(&self) -> Option<Arc<Trial>> {
        self.read().trial.clone()
    }

    /// Begins a trial, or none, in place of the one there was.
    pub(crate) fn try_out(&self, trial: Option<Arc<Trial>>) {
        let mut generations = self.write();
        if let Some(trial) = &trial {
            generations.next = generations.next.max(trial.generation.number + 1);
        }
        generations.trial = trial;
    }

    /// Ends that trial; answers whether it was still the one.
    pub(crate) fn end_trial(&self, trial: &Arc<Trial>) -> bool {
        let mut generations = self.write();
        let is_it = generations
            .trial
            .as_ref()
            .is_some_and(|current| Arc::ptr_eq(current, trial));
        if is_it {
            generations.trial = None;
        }
        is_it
    }

    /// The number of the generation before the active one, if it is still here.
    pub(crate) fn before(&self) -> Option<u64> {
        self.read().before.as_ref().map(|before| before.number)
    }

    /// A replaced generation that is still here.
    pub(crate) fn kept(&self, number: u64) -> Option<Arc<Generation>> {
        let generations = self.read();
        let here = generations.before.iter().chain(&generations.draining);
        let mut here = here.filter(|generation| generation.number == number);
        here.next().map(Arc::clone)
    }

    /// Pins work to the active generation.
    pub(crate) fn enter(&self) -> OnGeneration {
        self.read().active.enter()
    }

    pub(crate) fn next_number(&self) -> u64 {
        self.read().next
    }

    /// Replaced generations with calls still on them: number and calls.
    pub(crate) fn draining(&self) -> Vec<(u64, u64)> {
        let generations = self.read();
        let busy = generations
            .draining
            .iter()
            .filter(|generation| generation.in_flight() > 0);
        busy.map(|generation| (generation.number, generation.in_flight()))
            .collect()
    }

    /// What a generation's manifest declares for calls it fails; one that is gone is as the active one is.
    pub(crate) fn fallback(&self, number: u64) -> Fallback {
        let generations = self.read();
        let others = generations.draining.iter().chain(&generations.before);
        let asked = others.into_iter().find(|generation| generation.number == number);
        asked.unwrap_or(&generations.active).manifest.fallback.clone()
    }

    /// Makes a generation the active one; answers the number of the one before.
    pub(crate) fn swap(&self, new: Arc<Generation>) -> u64 {
        let old = {
            let mut generations = self.write();
            generations.next = generations.next.max(new.number + 1);
            generations.staged = None;
            generations.draining.retain(|other| other.number != new.number);
            let old = std::mem::replace(&mut generations.active, new);
            generations
                .draining
                .retain(|generation| generation.in_flight() > 0);
            generations.draining.push(Arc::clone(&old));
            generations.before = Some(Arc::clone(&old));
            old
        };
        old.retire();
        self.health.forget();
        self.mailbox.wake();
        old.number
    }

    /// Stops everything that leads calls, on whatever generation.
    pub(crate) fn stop_flows(&self) {
        let generations = self.read();
        generations.active.stop_flows();
        for draining in &generations.draining {
            draining.stop_flows();
        }
    }

    /// The generation before the active one takes its place.
    #[cfg(test)]
    pub(crate) fn flip(&self) {
        let mut generations = self.write();
        let Some(before) = generations.before.take() else {
            return;
        };
        before.reinstate();
        generations.draining.retain(|other| other.number != before.number);
        let old = std::mem::replace(&mut generations.active, before);
        generations.draining.push(Arc::clone(&old));
        generations.before = Some(Arc::clone(&old));
        drop(generations);
        old.retire();
    }

    /// Counts a failure, and goes back to the generation before if a young one fails too often.
    pub(crate) fn failed(&self, generation: &Arc<Generation>, reason: &NoVerdict, reports: &Reports) {
        reports.add(PluginEvent::Failed {
            plugin: self.name.to_string(),
            generation: generation.number,
            reason: reason.to_string(),
        });
        let failures = generation.tally.fallbacks.load(Ordering::Relaxed);
        let decisions = failures + generation.tally.verdicts.load(Ordering::Relaxed);
        if decisions > PROBATION || failures < FAILURES_MAX || failures * 2 < decisions {
            return;
        }
        self.back_from(generation, "the generation after it failed too often", reports);
    }

    /// Goes back to the generation before that one, if that one is active and there is one before it.
    pub(crate) fn back_from(&self, generation: &Arc<Generation>, why: &str, reports: &Reports) {
        let back = {
            let mut generations = self.write();
            if generations.active.number != generation.number {
                return;
            }
            let Some(before) = generations.before.take() else {
                return;
            };
            before.reinstate();
            let back = before.number;
            generations.draining.push(Arc::clone(generation));
            generations.active = before;
            back
        };
        generation.retire();
        self.health.forget();
        if let Some(ledger) = &self.ledger {
            let active = self.active();
            crate::life::generations::note_step(ledger, &self.name, &active, Step::RolledBack, "host", why);
        }
        reports.add(PluginEvent::RolledBack {
            plugin: self.name.to_string(),
            failed: generation.number,
            back,
        });
    }

    /// A generation that could not take over gives its place back to the one that still runs.
    pub(crate) fn go_back(&self, failed: &Arc<Generation>, to: &Arc<Generation>, reports: &Reports) {
        {
            let mut generations = self.write();
            if generations.active.number != failed.number {
                return;
            }
            to.reinstate();
            generations.active = Arc::clone(to);
            generations.before = None;
        }
        failed.retire();
        if let Some(ledger) = &self.ledger {
            let why = "the generation after it could not take over";
            crate::life::generations::note_step(ledger, &self.name, to, Step::RolledBack, "host", why);
        }
        reports.add(PluginEvent::RolledBack {
            plugin: self.name.to_string(),
            failed: failed.number,
            back: to.number,
        });
    }

    pub(crate) fn set_worker(&self, worker: Option<AbortHandle>) {
        let old = std::mem::replace(
            &mut *self.worker.lock().unwrap_or_else(PoisonError::into_inner),
            worker,
        );
        if let Some(old) = old {
            old.abort();
        }
    }

    pub(crate) fn has_worker(&self) -> bool {
        self.worker
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some()
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Generations> {
        self.generations.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Generations> {
        self.generations.write().unwrap_or_else(PoisonError::into_inner)
    }
}
