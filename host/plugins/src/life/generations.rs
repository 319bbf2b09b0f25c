//! How does one move between generations? Promoting what waits, going back, ending trials, and coming back after a restart.

use std::path::PathBuf;
use std::sync::Arc;

use super::ledger::{HistoryLine, Step};
use super::trial::{Finding, Trial, TrialKind, TrialReport};
use crate::generation::Generation;
use crate::host::{Installed, Placed, PluginHost};
use crate::loader::{Found, Refusal};
use crate::plugin::Plugin;
use crate::report::PluginEvent;

impl PluginHost {
    /// Makes the waiting generation the active one, or the one on trial.
    ///
    /// # Errors
    /// [`Refusal::NoSuchPlugin`]; [`Refusal::NothingWaits`].
    pub async fn promote(&self, id: &str, by: &str) -> Result<Installed, Refusal> {
        let _one_at_a_time = self.installing.lock().await;
        let plugin = self
            .plugin(id)
            .ok_or_else(|| Refusal::NoSuchPlugin(id.to_owned()))?;
        let trial = plugin.trial();
        let on_trial = trial.as_ref().map(|trial| Arc::clone(&trial.generation));
        let waiting = plugin.staged().or(on_trial);
        let waiting = waiting.ok_or(Refusal::NothingWaits)?;
        // A shadow has run beside the plugin's log and figures; as the active one it is made anew with them.
        let generation = match trial.filter(|trial| trial.kind == TrialKind::Shadow) {
            Some(shadow) if Arc::ptr_eq(&shadow.generation, &waiting) => {
                self.rebuild(id, waiting.number, Some(&plugin)).await?
            }
            Some(_) | None => waiting,
        };
        plugin.try_out(None);
        self.note_step(&plugin.name, &generation, Step::Activated, by, "");
        let home = self.home_of(&plugin, &generation);
        Ok(self.activate(Some(plugin), generation, &home))
    }

    /// Ends a trial without its generation.
    ///
    /// # Errors
    /// [`Refusal::NoSuchPlugin`]; [`Refusal::NothingWaits`].
    pub fn end_trial(&self, id: &str, by: &str) -> Result<TrialReport, Refusal> {
        let plugin = self
            .plugin(id)
            .ok_or_else(|| Refusal::NoSuchPlugin(id.to_owned()))?;
        let trial = plugin.trial().ok_or(Refusal::NothingWaits)?;
        self.drop_trial(&plugin, &trial, by, "ended by hand");
        Ok(trial.report())
    }

    /// How a plugin's trial goes, if it has one.
    pub fn trial(&self, id: &str) -> Option<TrialReport> {
        self.plugin(id)?.trial().map(|trial| trial.report())
    }

    /// Goes back to an earlier generation: that one, or the one that was active before.
    ///
    /// # Errors
    /// [`Refusal::NoSuchPlugin`], [`Refusal::NoSuchGeneration`], and what stands in the way of running it now.
    pub async fn roll_back(&self, id: &str, to: Option<u64>, by: &str) -> Result<Installed, Refusal> {
        let _one_at_a_time = self.installing.lock().await;
        let plugin = self
            .plugin(id)
            .ok_or_else(|| Refusal::NoSuchPlugin(id.to_owned()))?;
        let active = plugin.active().number;
        let to = to.or_else(|| self.ledger.as_ref()?.before(id, active));
        let to = to
            .or_else(|| plugin.before())
            .ok_or(Refusal::NoSuchGeneration(0))?;
        if to == active {
            return Err(Refusal::NoSuchGeneration(to));
        }
        let generation = match plugin.kept(to) {
            Some(kept) => kept,
            None => self.rebuild(id, to, Some(&plugin)).await?,
        };
        generation.reinstate();
        self.note_step(id, &generation, Step::RolledBack, by, "");
        plugin.try_out(None);
        let home = self.home_of(&plugin, &generation);
        Ok(self.activate(Some(plugin), generation, &home))
    }

    /// Everything that happened to a plugin, oldest first.
    pub fn history(&self, id: &str) -> Vec<HistoryLine> {
        self.ledger
            .as_ref()
            .map(|ledger| ledger.history(id))
            .unwrap_or_default()
    }

    /// Brings every plugin back whose history says that it was active, in the generation that was.
    pub async fn restore(&self) {
        let _one_at_a_time = self.installing.lock().await;
        let Some(ledger) = self.ledger.clone() else { return };
        for (id, number) in ledger.active() {
            if self.plugin(&id).is_some() {
                continue;
            }
            match self.rebuild(&id, number, None).await {
                Ok(generation) => {
                    let source = ledger.staged(&id, number).map(|line| line.source);
                    let home = source.unwrap_or_else(|| ledger.home(&id));
                    self.activate(None, generation, &home);
                }
                Err(refusal) => {
                    self.refused(&ledger.home(&id).join(format!("{number}.ucx")), refusal);
                }
            }
        }
    }

    /// Follows pointers that somebody moved by hand.
    pub(crate) async fn follow_pointers(&self) {
        let Some(ledger) = self.ledger.clone() else { return };
        let Ok(moved) = self.blocking(move || ledger.moved()).await else {
            return;
        };
        for (id, number) in moved {
            if let Err(refusal) = self.roll_back(&id, Some(number), "hand").await {
                // The pointer is put back where the truth is, so that this is said once.
                if let Some(plugin) = self.plugin(&id) {
                    self.note_step(
                        &id,
                        &plugin.active(),
                        Step::Activated,
                        "host",
                        "the pointer could not be followed",
                    );
                }
                self.refused(std::path::Path::new(&id), refusal);
            }
        }
    }

    /// A generation again, from what is kept of it. Its signature has to be good today as well.
    async fn rebuild(
        &self,
        id: &str,
        number: u64,
        known: Option<&Arc<Plugin>>,
    ) -> Result<Arc<Generation>, Refusal> {
        let ledger = self.ledger.clone().ok_or(Refusal::NoSuchGeneration(number))?;
        let line = ledger.staged(id, number);
        let name = id.to_owned();
        let bundle = self
            .blocking(move || ledger.bundle(&name, number))
            .await?
            .map_err(|_| Refusal::NoSuchGeneration(number))?;
        let was_signed = line.as_ref().is_some_and(|line| line.signer.is_some());
        let signer = match self.trust().signer(&bundle, id) {
            Ok(signer) => Some(signer.name),
            Err(fault) if was_signed => return Err(Refusal::Bundle(fault)),
            Err(_) => None,
        };
        let found = Found::of_bundle(&bundle, signer)?;
        if found.manifest.id != id {
            return Err(Refusal::NotThat {
                wanted: id.to_owned(),
                id: found.manifest.id,
            });
        }
        let rights = self.loader.rights(&found.manifest)?;
        let desk = known.map_or_else(|| self.new_desk(id), |plugin| Arc::clone(&plugin.desk));
        self.build(found, rights, desk, number).await
    }

    /// What becomes of a canary after a decision.
    pub(crate) fn judge(&self, plugin: &Arc<Plugin>, trial: &Arc<Trial>, finding: Finding) {
        match finding {
            Finding::Open => {}
            Finding::Failed => self.drop_trial(plugin, trial, "host", "its budget of errors is used up"),
            Finding::Passed => {
                if !plugin.end_trial(trial) {
                    return;
                }
                let generation = Arc::clone(&trial.generation);
                if trial.widens.is_empty() {
                    self.note_step(
                        &plugin.name,
                        &generation,
                        Step::Activated,
                        "host",
                        "it proved itself",
                    );
                    let home = self.home_of(plugin, &generation);
                    self.activate(Some(Arc::clone(plugin)), generation, &home);
                } else {
                    plugin.stage(Arc::clone(&generation));
                    self.reports.add(PluginEvent::Staged {
                        plugin: plugin.name.to_string(),
                        version: generation.manifest.version.clone(),
                        generation: generation.number,
                        widens: trial.widens.clone(),
                    });
                }
            }
        }
    }

    /// The file a generation came from.
    fn home_of(&self, plugin: &Plugin, generation: &Generation) -> PathBuf {
        let ledger = self.ledger.as_ref();
        let line = ledger.and_then(|ledger| ledger.staged(&plugin.name, generation.number));
        line.map_or_else(|| plugin.home(), |line| line.source)
    }

    fn drop_trial(&self, plugin: &Plugin, trial: &Arc<Trial>, by: &str, why: &str) {
        if plugin.end_trial(trial) {
            trial.generation.retire();
            self.note_step(&plugin.name, &trial.generation, Step::Dropped, by, why);
            self.reports.add(PluginEvent::TrialFailed {
                plugin: plugin.name.to_string(),
                generation: trial.generation.number,
                reason: why.to_owned(),
            });
        }
    }

    /// Writes that something happened to a generation that is known already.
    pub(crate) fn note_step(&self, id: &str, generation: &Generation, step: Step, by: &str, note: &str) {
        if let Some(ledger) = &self.ledger {
            note_step(ledger, id, generation, step, by, note);
        }
    }
}

/// As [`PluginHost::note_step`], for whoever has no host at hand.
pub(crate) fn note_step(
    ledger: &super::ledger::Ledger,
    id: &str,
    generation: &Generation,
    step: Step,
    by: &str,
    note: &str,
) {
    let Some(line) = ledger.staged(id, generation.number) else {
        return;
    };
    ledger.note(
        id,
        HistoryLine {
            by: by.to_owned(),
            step,
            gates: Vec::new(),
            note: note.to_owned(),
            ..line
        },
    );
}

impl Installed {
    /// Whether it takes calls now.
    pub fn is_active(&self) -> bool {
        self.placed == Placed::Active
    }
}
