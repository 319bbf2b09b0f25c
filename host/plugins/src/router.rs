//! How is a router asked? In a fresh instance for each decision, under limits, with a fallback for whatever goes wrong.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::generation::Generation;
use crate::manifest::World;
use crate::plugin::Plugin;
use crate::report::Reports;
use crate::tape::{DecisionRecord, Recording, Replayed, Tape};
use crate::values::{NoVerdict, RouteOutcome, RouteRequest, Verdict};
use crate::verdict;

/// Asks the plugin's active generation.
pub(crate) async fn route(plugin: &Plugin, reports: &Reports, request: RouteRequest) -> RouteOutcome {
    let generation = plugin.enter();
    let generation = &generation.0;
    let outcome = match plugin.decisions.try_acquire() {
        Ok(_permit) => decide(generation, request).await,
        Err(_) => Err(NoVerdict::Overloaded),
    };
    match outcome {
        Ok(verdict) => {
            generation.tally.verdicts.fetch_add(1, Ordering::Relaxed);
            RouteOutcome::Verdict {
                verdict,
                generation: generation.number,
            }
        }
        Err(reason) => {
            generation.tally.fallbacks.fetch_add(1, Ordering::Relaxed);
            if !matches!(reason, NoVerdict::Overloaded | NoVerdict::NoSuchRouter) {
                plugin.failed(generation, &reason, reports);
            }
            RouteOutcome::Fallback {
                reason,
                fallback: generation.manifest.fallback.clone(),
                generation: generation.number,
            }
        }
    }
}

/// One decision in an instance of its own; what it rested on is written down, if decisions are.
async fn decide(generation: &Arc<Generation>, mut request: RouteRequest) -> Result<Verdict, NoVerdict> {
    verdict::cut_request(&mut request, &generation.rights);
    let Some(book) = &generation.host.book else {
        return answer(generation, &request, None).await.0;
    };
    let asked = Asked {
        tape: Tape::Recording(Vec::new()),
        at: (generation.host.clock)(),
        seed: generation.host.next_seed(),
    };
    let (at, seed, began) = (asked.at, asked.seed, Instant::now());
    let (outcome, mut tape) = answer(generation, &request, Some(asked)).await;
    if let Some(heard) = tape.recorded() {
        book.put(DecisionRecord {
            plugin: generation.plugin.to_string(),
            version: generation.manifest.version.clone(),
            digest: generation.digest.clone(),
            generation: generation.number,
            at,
            took: began.elapsed(),
            seed,
            request,
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
    generation: &Arc<Generation>,
    request: &RouteRequest,
    asked: Option<Asked>,
) -> (Result<Verdict, NoVerdict>, Tape) {
    let Some(router) = &generation.router else {
        return (Err(NoVerdict::NoSuchRouter), Tape::Off);
    };
    let rights = &generation.rights;
    let mut store = match generation.store(World::Router, rights.router) {
        Ok(store) => store,
        Err(error) => {
            let reason = NoVerdict::Trapped(crate::generation::short(&error));
            return (Err(reason), Tape::Off);
        }
    };
    let state = store.data_mut();
    match asked {
        Some(asked) => {
            state.tape = asked.tape;
            state.stands_at = Some(asked.at);
            state.seed = asked.seed;
        }
        None => state.stands_at = Some((generation.host.clock)()),
    }
    let cpu = Arc::clone(&store.data().cpu);
    let said = generation
        .turn(&cpu, rights.router, async {
            let instance = generation.instance(&mut store).await?;
            router
                .load(&mut store, &instance)?
                .call_route(&mut store, request)
                .await
        })
        .await;
    let outcome = match said {
        Ok(Ok(verdict)) => verdict::check(&verdict, rights)
            .map(|()| verdict)
            .map_err(NoVerdict::Refused),
        Ok(Err(words)) => Err(NoVerdict::Error(words.chars().take(400).collect())),
        Err(stopped) => Err(stopped.reason(&store)),
    };
    (outcome, std::mem::take(&mut store.data_mut().tape))
}

/// Asks a generation what it would say to a recorded question, told the recorded answers.
pub(crate) async fn replay(generation: &Arc<Generation>, then: &DecisionRecord) -> Replayed {
    let mut request = then.request.clone();
    verdict::cut_request(&mut request, &generation.rights);
    let asked = Asked {
        tape: Tape::Replaying(Recording::new(then.heard.clone())),
        at: then.at,
        seed: then.seed,
    };
    let (outcome, mut tape) = answer(generation, &request, Some(asked)).await;
    Replayed {
        outcome: outcome.map_err(|reason| reason.to_string()),
        missing: tape.replayed().map(Recording::missing).unwrap_or_default(),
    }
}
