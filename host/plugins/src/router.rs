//! How is a router asked? In a fresh instance for each decision, under limits, with a fallback for whatever goes wrong.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use tokio::time::timeout_at;

use crate::fault::Fault;
use crate::generation::Generation;
use crate::heard;
use crate::host::PluginHost;
use crate::life::quarantine::{Fingerprint, Spared};
use crate::life::trial::TrialKind;
use crate::manifest::World;
use crate::plugin::Plugin;
use crate::report::Reports;
use crate::tape::{DecisionRecord, Recording, Replayed, Tape};
use crate::values::{NoVerdict, RouteOutcome, RouteRequest, Verdict};
use crate::verdict;

/// Asks the generation this call belongs to, and the shadow beside it if there is one.
pub(crate) async fn route(
    host: &Weak<PluginHost>,
    plugin: &Arc<Plugin>,
    reports: &Reports,
    request: RouteRequest,
) -> RouteOutcome {
    let (on, trial) = plugin.enter_for(&request.call);
    let beside = trial.clone().filter(|trial| trial.kind == TrialKind::Shadow);
    let beside = beside.map(|trial| (trial, request.clone()));
    let patience = match host.upgrade().map(|host| Arc::clone(&host.fed)) {
        Some(fed) => heard::first(&fed, plugin, &on.0).await,
        None => None,
    };
    let outcome = ask(plugin, reports, &on.0, patience, request).await;
    if let Some((shadow, request)) = beside {
        shadow.shadow(request, outcome.clone());
    } else if let Some(canary) = trial
        && Arc::ptr_eq(&canary.generation, &on.0)
    {
        let is_well = match &outcome {
            RouteOutcome::Verdict { .. } => true,
            // Too much work for the plugin as a whole is no fault of this generation.
            RouteOutcome::Fallback { reason, .. } => *reason == NoVerdict::Overloaded,
        };
        let finding = canary.decided(is_well);
        if let Some(host) = host.upgrade() {
            host.judge(plugin, &canary, finding);
        }
    }
    outcome
}

/// What becomes of a call that nobody is asked about, or nobody any more.
pub(crate) fn unasked(plugin: &Plugin, call: &str, reason: NoVerdict) -> RouteOutcome {
    let (on, _) = plugin.enter_for(call);
    let generation = &on.0;
    generation.tally.fallbacks.fetch_add(1, Ordering::Relaxed);
    RouteOutcome::Fallback {
        reason,
        fallback: generation.manifest.fallback.clone(),
        generation: generation.number,
    }
}

/// Asks one generation, unless it is spared this question.
async fn ask(
    plugin: &Plugin,
    reports: &Reports,
    generation: &Arc<Generation>,
    patience: Option<tokio::time::Instant>,
    request: RouteRequest,
) -> RouteOutcome {
    if generation.host.faults.has(Fault::WaitsForRoom) {
        drop(plugin.decisions.acquire().await);
    }
    let permit = match patience {
        Some(until) => timeout_at(until, plugin.decisions.acquire())
            .await
            .ok()
            .and_then(Result::ok),
        // Who says nothing of patience is not asked a question too many.
        None => plugin.decisions.try_acquire().ok(),
    };
    let outcome = match permit {
        Some(_permit) => decide_unless_spared(plugin, generation, request).await,
        None => Err(NoVerdict::Overloaded),
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
            let is_asked = !matches!(
                reason,
                NoVerdict::Overloaded
                    | NoVerdict::NoSuchRouter
                    | NoVerdict::Quarantined
                    | NoVerdict::Resting(_)
            );
            if is_asked {
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

async fn decide_unless_spared(
    plugin: &Plugin,
    generation: &Arc<Generation>,
    request: RouteRequest,
) -> Result<Verdict, NoVerdict> {
    let Some(rules) = &plugin.rules else {
        return decide(generation, request).await;
    };
    let (number, quarantine) = (generation.number, &plugin.quarantine);
    let now = || (generation.host.clock)();
    if !quarantine.is_clean(number) {
        let spared = quarantine.spares(rules, number, Fingerprint::of(&request), now());
        match spared {
            Some(Spared::Input) => return Err(NoVerdict::Quarantined),
            Some(Spared::Resting(rest)) => return Err(NoVerdict::Resting(rest)),
            None => {}
        }
    }
    // The one copy that a decision costs pays for knowing the input again after a trap.
    let outcome = decide(generation, request.clone()).await;
    match &outcome {
        Err(reason) if reason.is_poison() => {
            quarantine.strike(rules, number, Fingerprint::of(&request), now())
        }
        Ok(_) | Err(_) => quarantine.well(number),
    }
    outcome
}

/// One decision that nobody hears of, and nothing is written down of.
pub(crate) async fn decide_unheard(
    generation: &Arc<Generation>,
    mut request: RouteRequest,
) -> Result<Verdict, NoVerdict> {
    verdict::cut_request(&mut request, &generation.rights);
    answer(generation, &request, None).await.0
}

/// One decision in an instance of its own; what it rested on is written down, if decisions are.
async fn decide(generation: &Arc<Generation>, mut request: RouteRequest) -> Result<Verdict, NoVerdict> {
    verdict::cut_request(&mut request, &generation.rights);
    let Some(book) = &generation.host.book else {
        return answer(generation, &request, None).await.0;
    };
    let asked = Asked {
        tape: Tape::of_decision(),
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
    generation.desk.cost.learn(cpu.total_ns());
    let outcome = match said {
        Ok(Ok(verdict)) => verdict::check(&verdict, rights, &request.place.context)
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
