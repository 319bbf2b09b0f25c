//! Another component, or the same, is asked yesterday's questions again.

use std::path::Path;
use std::sync::Arc;

use super::PluginHost;
use crate::loader::Refusal;
use crate::selector::Choice;
use crate::tape::{ChoiceRecord, DecisionRecord, FlowRecord, Replayed, ReplayedRun};

impl PluginHost {
    /// Asks the router in that file what it would say to recorded questions, told the recorded answers. Nothing is
    /// installed, no call is touched, no web service asked.
    pub async fn replay(&self, wasm: &Path, then: Vec<DecisionRecord>) -> Result<Vec<Replayed>, Refusal> {
        let (found, rights) = self.read(wasm).await?;
        let generation = self.build(found, rights, Arc::default(), 0).await?;
        let asked = self.runtime.spawn(async move {
            let mut replayed = Vec::with_capacity(then.len());
            for decision in &then {
                replayed.push(crate::router::replay(&generation, decision).await);
            }
            replayed
        });
        asked.await.map_err(|error| Refusal::Start(error.to_string()))
    }

    /// Asks the selector in that file what it would choose for recorded questions, told the recorded answers. Nothing is
    /// installed, nobody is rung.
    pub async fn replay_choices(
        &self,
        wasm: &Path,
        then: Vec<ChoiceRecord>,
    ) -> Result<Vec<Replayed<Choice>>, Refusal> {
        let (found, rights) = self.read(wasm).await?;
        let generation = self.build(found, rights, Arc::default(), 0).await?;
        let asked = self.runtime.spawn(async move {
            let mut replayed = Vec::with_capacity(then.len());
            for choice in &then {
                replayed.push(crate::selector::replay(&generation, choice).await);
            }
            replayed
        });
        asked.await.map_err(|error| Refusal::Start(error.to_string()))
    }

    /// Has the call flow in that file go through recorded runs again, told the recorded answers. Nothing is installed, no
    /// call is touched, no web service asked.
    pub async fn replay_runs(&self, wasm: &Path, then: Vec<FlowRecord>) -> Result<Vec<ReplayedRun>, Refusal> {
        let (found, rights) = self.read(wasm).await?;
        let generation = self.build(found, rights, Arc::default(), 0).await?;
        let asked = self.runtime.spawn(async move {
            let mut replayed = Vec::with_capacity(then.len());
            for run in &then {
                replayed.push(crate::flow::replay(&generation, run).await);
            }
            replayed
        });
        asked.await.map_err(|error| Refusal::Start(error.to_string()))
    }
}
