//! What was a choice of agents? The question a selector was asked, beside a record like that of every other decision.

use super::DecisionRecord;
use super::text::Text;
use crate::selector::{AgentInfo, Choice, QueueInfo, WaitingCaller};

/// What a selector is asked.
#[derive(Clone, Debug)]
pub struct ChoiceRequest {
    /// The queue somebody waits in.
    pub queue: QueueInfo,
    /// Who waits.
    pub caller: WaitingCaller,
    /// The agents who could take the call, in the queue's order.
    pub ready: Vec<AgentInfo>,
}

/// What stands alike in a record is alike; the parts themselves cannot be compared.
impl PartialEq for ChoiceRequest {
    fn eq(&self, other: &Self) -> bool {
        self.json() == other.json()
    }
}

/// A choice as it was made.
pub type ChoiceRecord = DecisionRecord<ChoiceRequest, Choice>;
