//! How is a selector asked which agents a queue shall ring? In a fresh instance for each choice, under a router's limits;
//! the selectors of a chain are asked one after another until one chooses.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

pub use crate::bindings::apps::exports::ucx::queue::selector::Choice;
pub use crate::bindings::calls::ucx::queue::queues::{AgentInfo, AgentState, QueueInfo, WaitingCaller};

use crate::generation::{Generation, short};
use crate::host::PluginHost;
use crate::manifest::World;
use crate::tape::{ChoiceRecord, ChoiceRequest, Recording, Replayed, Tape};
use crate::values::NoVerdict;

/// Agents a choice may name in all.
const AGENTS_MAX: usize = 256;
/// Groups of agents a choice may name.
const GROUPS_MAX: usize = 64;
/// Characters of a reason that are kept.
const REASON_MAX: usize = 400;

/// Why nobody of a chain chose: the queue's own strategy does. What went wrong with each, in the order they were asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoChoice(pub Vec<(String, NoVerdict)>);

impl fmt::Display for NoChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("no selector was named");
        }
        for (n, (plugin, reason)) in self.0.iter().enumerate() {
            let comma = if n > 0 { ", " } else { "" };
            write!(f, "{comma}{plugin}: {reason}")?;
        }
        Ok(())
    }
}

impl PluginHost {
    /// Asks the selectors of a chain, one after another, which of the ready agents shall be rung for a waiting caller; the
    /// first that gives a choice decides, even if it is to wait. Dropping the future calls the question off.
    ///
    /// # Errors
    /// [`NoChoice`] if none of them chose.
    pub async fn choose(
        &self,
        chain: &[String],
        queue: QueueInfo,
        caller: WaitingCaller,
        ready: Vec<AgentInfo>,
    ) -> Result<(String, Choice), NoChoice> {
        let question = Arc::new(ChoiceRequest { queue, caller, ready });
        let mut none = NoChoice::default();
        for name in chain {
            match self.ask_selector(name, &question).await {
                Ok(choice) => return Ok((name.clone(), choice)),
                Err(reason) => none.0.push((name.clone(), reason)),
            }
        }
        Err(none)
    }

    async fn ask_selector(&self, name: &str, question: &Arc<ChoiceRequest>) -> Result<Choice, NoVerdict> {
        let plugin = self.plugin(name).ok_or(NoVerdict::NoSuchRouter)?;
        let (reports, question) = (self.reports(), Arc::clone(question));
        let asked = self.runtime().spawn(async move {
            let on = plugin.enter();
            let life = &on.0;
            let chosen = match plugin.decisions.try_acquire() {
                Ok(_permit) => decide(life, &question).await,
                Err(_) => Err(NoVerdict::Overloaded),
            };
            match &chosen {
                Ok(_) => {
                    life.tally.verdicts.fetch_add(1, Ordering::Relaxed);
                }
                Err(reason) => {
                    life.tally.fallbacks.fetch_add(1, Ordering::Relaxed);
                    if !matches!(reason, NoVerdict::Overloaded | NoVerdict::NoSuchRouter) {
                        plugin.failed(life, reason, &reports);
                    }
                }
            }
            chosen
        });
        let _called_off = crate::host::CalledOff(asked.abort_handle());
        asked
            .await
            .unwrap_or_else(|error| Err(NoVerdict::Trapped(error.to_string())))
    }
}

/// One choice in an instance of its own; what it rested on is written down, if decisions are.
async fn decide(life: &Arc<Generation>, question: &ChoiceRequest) -> Result<Choice, NoVerdict> {
    let Some(book) = &life.host.book else {
        return answer(life, question, None).await.0;
    };
    let asked = Asked {
        tape: Tape::of_decision(),
        at: (life.host.clock)(),
        seed: life.host.next_seed(),
    };
    let (at, seed, began) = (asked.at, asked.seed, Instant::now());
    let (outcome, mut tape) = answer(life, question, Some(asked)).await;
    if let Some(heard) = tape.recorded() {
        book.put(ChoiceRecord {
            plugin: life.plugin.to_string(),
            version: life.manifest.version.clone(),
            digest: life.digest.clone(),
            generation: life.number,
            at,
            took: began.elapsed(),
            seed,
            request: question.clone(),
            heard,
            outcome: outcome.clone().map_err(|reason| reason.to_string()),
        });
    }
    outcome
}

/// What an instance is to see and to write down.
struct Asked {
    tape: Tape,
    at: Duration,
    seed: [u8; 32],
}

async fn answer(
    life: &Arc<Generation>,
    question: &ChoiceRequest,
    asked: Option<Asked>,
) -> (Result<Choice, NoVerdict>, Tape) {
    let Some(selector) = &life.selector else {
        return (Err(NoVerdict::NoSuchRouter), Tape::Off);
    };
    let limits = life.rights.router;
    let mut store = match life.store(World::AgentSelector, limits) {
        Ok(store) => store,
        Err(error) => return (Err(NoVerdict::Trapped(short(&error))), Tape::Off),
    };
    let state = store.data_mut();
    match asked {
        Some(asked) => {
            state.tape = asked.tape;
            state.stands_at = Some(asked.at);
            state.seed = asked.seed;
        }
        None => state.stands_at = Some((life.host.clock)()),
    }
    let cpu = Arc::clone(&store.data().cpu);
    let said = life
        .turn(&cpu, limits, async {
            let instance = life.instance(&mut store).await?;
            let guest = selector.load(&mut store, &instance)?;
            let ChoiceRequest { queue, caller, ready } = question;
            guest.call_choose(&mut store, queue, caller, ready).await
        })
        .await;
    let outcome = match said {
        Ok(Ok(choice)) => check(choice, question).map_err(NoVerdict::Refused),
        Ok(Err(words)) => Err(NoVerdict::Error(words.chars().take(REASON_MAX).collect())),
        Err(stopped) => Err(stopped.reason(&store)),
    };
    (outcome, std::mem::take(&mut store.data_mut().tape))
}

/// Asks a generation what it would choose for a recorded question, told the recorded answers.
pub(crate) async fn replay(life: &Arc<Generation>, then: &ChoiceRecord) -> Replayed<Choice> {
    let asked = Asked {
        tape: Tape::Replaying(Recording::new(then.heard.clone())),
        at: then.at,
        seed: then.seed,
    };
    let (outcome, mut tape) = answer(life, &then.request, Some(asked)).await;
    Replayed {
        outcome: outcome.map_err(|reason| reason.to_string()),
        missing: tape.replayed().map(Recording::missing).unwrap_or_default(),
    }
}

/// A choice the queue can follow: of agents it offered, each once.
fn check(mut choice: Choice, question: &ChoiceRequest) -> Result<Choice, String> {
    choice.groups.retain(|group| !group.is_empty());
    let named = choice.groups.iter().map(Vec::len).sum::<usize>();
    if choice.groups.len() > GROUPS_MAX || named > AGENTS_MAX {
        return Err(format!("at most {GROUPS_MAX} groups and {AGENTS_MAX} agents"));
    }
    let mut seen = std::collections::BTreeSet::new();
    for agent in choice.groups.iter().flatten() {
        if !question.ready.iter().any(|ready| ready.id == *agent) {
            return Err(format!("{agent:?} is none of the agents that are ready"));
        }
        if !seen.insert(agent.as_str()) {
            return Err(format!("{agent:?} is named twice"));
        }
    }
    let plain = choice.reason.chars().filter(|c| !c.is_control());
    choice.reason = plain.take(REASON_MAX).collect();
    Ok(choice)
}
