//! What would a component have said, or done? It is asked the recorded question and told the recorded answers.

use super::{DecisionRecord, FlowRecord, Recording};
use crate::values::Verdict;

/// A decision that was asked again.
#[derive(Clone, Debug, PartialEq)]
pub struct Replayed<A = Verdict> {
    /// The answer now, or why there is none.
    pub outcome: Result<A, String>,
    /// What was asked that was not asked then; empty if the component asked for the same.
    pub missing: Vec<String>,
}

impl<A: PartialEq> Replayed<A> {
    /// Whether it comes to the same as then.
    pub fn agrees_with<Q>(&self, then: &DecisionRecord<Q, A>) -> bool {
        self.outcome == then.outcome
    }
}

/// Where a run goes another way than it went then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// So many answers were the same.
    pub after: usize,
    /// What was asked then, or how the run ended.
    pub then: String,
    /// What is asked now, or how the run ends.
    pub now: String,
}

/// A run of a call flow that was gone through again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayedRun {
    /// How it ends now; the run of then if the recording ended before it.
    pub outcome: Result<String, String>,
    /// Answers it was told.
    pub told: usize,
    /// The first thing that is not as then; none if all is.
    pub difference: Option<Difference>,
}

impl ReplayedRun {
    /// What came of a replay whose guest ended like that.
    pub(crate) fn of(then: &FlowRecord, mut recording: Recording, now: Result<String, String>) -> Self {
        let is_same = is_same_end(&then.outcome, &now);
        recording.ends(&super::run::ending(&now), is_same);
        Self {
            outcome: if recording.has_run_out {
                then.outcome.clone()
            } else {
                now
            },
            told: recording.told,
            difference: recording.difference,
        }
    }
}

/// Whether two runs ended alike. Figures in a failure are measured, and never the same twice.
fn is_same_end(then: &Result<String, String>, now: &Result<String, String>) -> bool {
    let words = |why: &str| -> String { why.chars().filter(|c| !c.is_ascii_digit()).collect() };
    match (then, now) {
        (Ok(then), Ok(now)) => then == now,
        (Err(then), Err(now)) => words(then) == words(now),
        (Ok(_), Err(_)) | (Err(_), Ok(_)) => false,
    }
}
