//! How is a router asked? In a fresh instance for each decision, under limits, with a fallback for whatever goes wrong.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::generation::Generation;
use crate::manifest::World;
use crate::plugin::Plugin;
use crate::report::Reports;
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
                fallback: generation.manifest.fallback,
                generation: generation.number,
            }
        }
    }
}

/// One decision in an instance of its own.
async fn decide(generation: &Arc<Generation>, mut request: RouteRequest) -> Result<Verdict, NoVerdict> {
    let Some(router) = &generation.router else {
        return Err(NoVerdict::NoSuchRouter);
    };
    let rights = &generation.rights;
    verdict::cut_request(&mut request, rights);
    let mut store = generation
        .store(World::Router, rights.router)
        .map_err(|error| NoVerdict::Trapped(crate::generation::short(&error)))?;
    let cpu = Arc::clone(&store.data().cpu);
    let answer = generation
        .turn(&cpu, rights.router, async {
            let instance = generation.instance(&mut store).await?;
            router
                .load(&mut store, &instance)?
                .call_route(&mut store, &request)
                .await
        })
        .await;
    match answer {
        Ok(Ok(verdict)) => verdict::check(&verdict, rights)
            .map(|()| verdict)
            .map_err(NoVerdict::Refused),
        Ok(Err(words)) => Err(NoVerdict::Error(words.chars().take(400).collect())),
        Err(stopped) => Err(stopped.reason(&store)),
    }
}
