//! What would a component have said? It is asked the recorded question and told the recorded answers.

use super::DecisionRecord;
use crate::values::Verdict;

/// A decision that was asked again.
#[derive(Clone, Debug, PartialEq)]
pub struct Replayed {
    /// The verdict now, or why there is none.
    pub outcome: Result<Verdict, String>,
    /// What was asked that was not asked then; empty if the component asked for the same.
    pub missing: Vec<String>,
}

impl Replayed {
    /// Whether it comes to the same as then.
    pub fn agrees_with(&self, then: &DecisionRecord) -> bool {
        self.outcome == then.outcome
    }
}
