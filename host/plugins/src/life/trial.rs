//! How does a generation prove itself before all calls are its own? Beside the active one without effect, or on a share of
//! the calls, with a budget of errors that ends the trial.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use crate::digest;
use crate::generation::Generation;
use crate::values::{Decision, RouteOutcome, RouteRequest, Verdict};

/// Questions a shadow may be asked at once; further ones are left out, and counted.
const SHADOWS_MAX: usize = 4;
/// Disagreements that are kept; the oldest goes first.
const KEPT_MAX: usize = 32;

/// How a canary is to prove itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CanaryRules {
    /// Calls it gets, of a hundred.
    pub share: u8,
    /// Decisions after which it becomes the active one.
    pub decisions: u64,
    /// Decisions that may fail; one more ends the trial.
    pub errors: u64,
}

impl CanaryRules {
    /// A canary for so many calls of a hundred, that may fail twice in 200 decisions.
    pub fn of(share: u8) -> Self {
        Self {
            share,
            decisions: 200,
            errors: 2,
        }
    }
}

/// What a trial is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrialKind {
    /// Asked beside the active one; nobody sees its verdict.
    Shadow,
    /// Asked instead of the active one for a share of the calls.
    Canary(CanaryRules),
}

/// A question on which a shadow and the active generation did not agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// The call.
    pub call: String,
    /// What was dialled.
    pub dialled: String,
    /// What the active generation said, in short.
    pub active: String,
    /// What the shadow said.
    pub shadow: String,
}

/// How a trial goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialReport {
    /// What it is.
    pub kind: TrialKind,
    /// The generation on trial.
    pub generation: u64,
    /// Its version.
    pub version: String,
    /// Questions it was asked.
    pub asked: u64,
    /// Of those, the ones it failed on.
    pub failed: u64,
    /// Verdicts that were those of the active generation. A canary has none to compare with.
    pub agreed: u64,
    /// Questions a shadow was not asked because it had too many before it.
    pub skipped: u64,
    /// The last disagreements, oldest first.
    pub disagreements: Vec<Disagreement>,
    /// What it asks beyond the active one, and has to wait for.
    pub widens: Vec<String>,
}

/// A generation on trial.
pub(crate) struct Trial {
    pub(crate) kind: TrialKind,
    pub(crate) generation: Arc<Generation>,
    pub(crate) widens: Vec<String>,
    slots: Arc<Semaphore>,
    asked: AtomicU64,
    failed: AtomicU64,
    agreed: AtomicU64,
    skipped: AtomicU64,
    disagreements: Mutex<VecDeque<Disagreement>>,
}

/// What a canary's tally says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// It goes on.
    Open,
    /// It has proved itself.
    Passed,
    /// It has used up its budget of errors.
    Failed,
}

impl Trial {
    pub(crate) fn new(kind: TrialKind, generation: Arc<Generation>, widens: Vec<String>) -> Self {
        Self {
            kind,
            generation,
            widens,
            slots: Arc::new(Semaphore::new(SHADOWS_MAX)),
            asked: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            agreed: AtomicU64::new(0),
            skipped: AtomicU64::new(0),
            disagreements: Mutex::default(),
        }
    }

    /// Whether this call is the canary's. The same call always is, or never.
    pub(crate) fn takes(&self, call: &str) -> bool {
        match self.kind {
            TrialKind::Shadow => false,
            TrialKind::Canary(rules) => lot(call, self.generation.number) < u64::from(rules.share),
        }
    }

    /// Counts a decision of a canary.
    pub(crate) fn decided(&self, is_well: bool) -> Finding {
        let TrialKind::Canary(rules) = self.kind else {
            return Finding::Open;
        };
        let asked = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let failed = self.failed.fetch_add(u64::from(!is_well), Ordering::SeqCst) + u64::from(!is_well);
        if failed > rules.errors {
            Finding::Failed
        } else if asked >= rules.decisions {
            Finding::Passed
        } else {
            Finding::Open
        }
    }

    /// Asks a shadow what the active generation has just been asked, in a task of its own.
    pub(crate) fn shadow(self: &Arc<Self>, request: RouteRequest, active: RouteOutcome) {
        let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() else {
            self.skipped.fetch_add(1, Ordering::Relaxed);
            return;
        };
        let trial = Arc::clone(self);
        tokio::spawn(async move {
            let _slot = slot;
            let (call, dialled) = (request.call.clone(), request.dialled.clone());
            let on = trial.generation.enter();
            let said = crate::router::decide_unheard(&on.0, request).await;
            trial.compare(call, dialled, &active, said.map_err(|reason| reason.to_string()));
        });
    }

    fn compare(&self, call: String, dialled: String, active: &RouteOutcome, said: Result<Verdict, String>) {
        if said.is_err() {
            self.failed.fetch_add(1, Ordering::Relaxed);
        }
        let (active, shadow) = (
            short(active),
            said.map_or_else(|why| why, |verdict| in_short(&verdict)),
        );
        if active == shadow {
            self.agreed.fetch_add(1, Ordering::SeqCst);
            self.asked.fetch_add(1, Ordering::SeqCst);
            return;
        }
        let mut kept = self.disagreements.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT_MAX {
            kept.pop_front();
        }
        kept.push_back(Disagreement {
            call,
            dialled,
            active,
            shadow,
        });
        // Counted last, so that no report holds a question without what came of it.
        self.asked.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn report(&self) -> TrialReport {
        let kept = self.disagreements.lock().unwrap_or_else(PoisonError::into_inner);
        TrialReport {
            kind: self.kind,
            generation: self.generation.number,
            version: self.generation.manifest.version.clone(),
            asked: self.asked.load(Ordering::SeqCst),
            failed: self.failed.load(Ordering::SeqCst),
            agreed: self.agreed.load(Ordering::SeqCst),
            skipped: self.skipped.load(Ordering::Relaxed),
            disagreements: kept.iter().cloned().collect(),
            widens: self.widens.clone(),
        }
    }
}

/// A number below a hundred that a call draws for each generation.
fn lot(call: &str, generation: u64) -> u64 {
    let digest = digest::sha256(format!("{generation} {call}").as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_be_bytes(first) % 100
}

fn short(outcome: &RouteOutcome) -> String {
    match outcome {
        RouteOutcome::Verdict { verdict, .. } => in_short(verdict),
        RouteOutcome::Fallback { reason, .. } => reason.to_string(),
    }
}

/// What a verdict does, without the reason it gives.
fn in_short(verdict: &Verdict) -> String {
    let decision = match &verdict.decision {
        Decision::Reject(rejection) => format!("reject {} {}", rejection.cause, rejection.sip_code),
        other @ (Decision::Connect(_) | Decision::ContinueAt(_) | Decision::Pass | Decision::Other(_)) => {
            format!("{other:?}")
        }
    };
    if verdict.set.is_empty() {
        decision
    } else {
        format!("{decision} and set {:?}", verdict.set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_always_draws_the_same_lot_and_shares_are_kept() {
        let taken = (0..10_000).filter(|call| lot(&call.to_string(), 3) < 10).count();
        assert!((900..1_100).contains(&taken), "{taken}");
        assert_eq!(lot("1700000000.1", 3), lot("1700000000.1", 3));
        let both =
            (0..10_000).filter(|call| lot(&call.to_string(), 3) < 10 && lot(&call.to_string(), 4) < 10);
        // Another generation's canary gets other calls.
        assert!(both.count() < 200);
    }
}
