//! How is a subscriber kept going? One warm instance takes batch after batch; after a trap a new one, with growing pauses.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use wasmtime::Store;

use crate::bindings::apps::exports::ucx::host::lifecycle;
use crate::bindings::exports::ucx::events::subscriber::Guest;
use crate::bindings::ucx::events::envelope::{Delivery, Nack};
use crate::generation::{Generation, OnGeneration, short};
use crate::health::{self, InARow};
use crate::mailbox::span;
use crate::manifest::World;
use crate::plugin::Plugin;
use crate::report::{PluginEvent, Reports};
use crate::state::GuestState;
use crate::values::NoVerdict;

/// The pause after the first failure in a row; each further one doubles it.
const PAUSE_FIRST: Duration = Duration::from_millis(50);
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// An instance that lives from batch to batch.
struct Warm {
    generation: OnGeneration,
    store: Store<GuestState>,
    guest: Guest,
    /// How it is asked how it is, if it says.
    lifecycle: Option<lifecycle::Guest>,
    ask_at: Instant,
    in_a_row: InARow,
}

/// What a batch met with.
enum Taken {
    Yes,
    Again,
    Never(String),
}

/// Empties the plugin's mailbox until the task is aborted.
pub(crate) async fn work(plugin: Arc<Plugin>, reports: Arc<Reports>) {
    let mut warm: Option<Warm> = None;
    // Over all batches, so that a subscriber that traps on each of them is not started again and again at once.
    let mut failures_in_a_row = 0;
    loop {
        let rules = plugin.active().manifest.delivery;
        let asked = warm.as_ref().filter(|warm| warm.lifecycle.is_some());
        let ask_at = asked.map(|warm| warm.ask_at);
        let batch = tokio::select! {
            biased;
            () = due(ask_at) => None,
            batch = plugin.mailbox.batch(rules.batch_max.into()) => Some(batch),
        };
        let Some(mut batch) = batch else {
            ask(&plugin, &reports, &mut warm, &mut failures_in_a_row).await;
            continue;
        };
        if batch.is_empty() {
            // Woken by a swap: the old generation is not to wait for the next event to be drained.
            let active = plugin.active().number;
            warm = warm.filter(|warm| warm.generation.0.number == active);
            continue;
        }
        if batch.len() < usize::from(rules.batch_max) && rules.batch_wait_ms > 0 {
            tokio::time::sleep(Duration::from_millis(rules.batch_wait_ms.into())).await;
            let room = usize::from(rules.batch_max) - batch.len();
            if plugin.mailbox.len() > 0 {
                batch.extend(plugin.mailbox.batch(room).await);
            }
        }
        hand_over(&plugin, &reports, &mut warm, &mut failures_in_a_row, &batch).await;
        plugin.mailbox.heard.come_to(span(&batch).1);
    }
}

/// Waits until the instance is to be asked how it is.
async fn due(ask_at: Option<Instant>) {
    match ask_at {
        Some(ask_at) => tokio::time::sleep_until(ask_at).await,
        None => std::future::pending().await,
    }
}

/// Asks the instance how it is. Who is not well too often, or does not answer, is started again after a pause.
async fn ask(plugin: &Arc<Plugin>, reports: &Reports, warm: &mut Option<Warm>, failures_in_a_row: &mut u32) {
    let Some(asked) = warm.as_mut() else { return };
    let Some(guest) = &asked.lifecycle else { return };
    let life = Arc::clone(&asked.generation.0);
    asked.ask_at = Instant::now() + life.rights.health;
    let answer = health::ask(&life, &mut asked.store, guest).await;
    let broken = answer.clone().err().filter(|_| !health::goes_on(&answer));
    let ill = asked.in_a_row.heard(plugin, life.number, reports, answer);
    let reason = match (&ill, broken) {
        (Some(ill), _) => ill.reason.clone(),
        (None, Some(reason)) => reason,
        (None, None) => return,
    };
    *warm = None;
    failed(plugin, reports, &life, &reason);
    if let Some(ill) = ill {
        ill.give_back(plugin, &life, reports);
    }
    *failures_in_a_row = failures_in_a_row.saturating_add(1);
    tokio::time::sleep(pause(*failures_in_a_row)).await;
}

/// Gives a batch until it is taken, refused for good, or has failed too often.
async fn hand_over(
    plugin: &Arc<Plugin>,
    reports: &Reports,
    warm: &mut Option<Warm>,
    failures_in_a_row: &mut u32,
    batch: &[Delivery],
) {
    let mut tries: u32 = 0;
    loop {
        match attempt(plugin, reports, warm, batch).await {
            Taken::Yes => {
                *failures_in_a_row = 0;
                return;
            }
            Taken::Never(why) => return set_aside(plugin, reports, batch, why),
            Taken::Again => {}
        }
        tries += 1;
        *failures_in_a_row = failures_in_a_row.saturating_add(1);
        if tries > plugin.active().manifest.delivery.retry_max.into() {
            return set_aside(plugin, reports, batch, "failed too often".to_owned());
        }
        tokio::time::sleep(pause(*failures_in_a_row)).await;
    }
}

fn pause(failures: u32) -> Duration {
    PAUSE_FIRST
        .saturating_mul(1 << failures.saturating_sub(1).min(16))
        .min(PAUSE_MAX)
}

fn set_aside(plugin: &Plugin, reports: &Reports, batch: &[Delivery], reason: String) {
    let (first, last) = span(batch);
    reports.add(PluginEvent::SetAside {
        plugin: plugin.name.to_string(),
        first,
        last,
        reason,
    });
}

async fn attempt(
    plugin: &Arc<Plugin>,
    reports: &Reports,
    warm: &mut Option<Warm>,
    batch: &[Delivery],
) -> Taken {
    let active = plugin.active();
    if warm
        .as_ref()
        .is_none_or(|warm| warm.generation.0.number != active.number)
    {
        // The old instance goes first, so that its generation is drained before the new one's first batch.
        *warm = None;
        match start(plugin.enter()).await {
            Ok(mut started) => {
                let home = Arc::downgrade(plugin);
                started.store.data_mut().listen(Arc::new(move |event| {
                    if let Some(plugin) = home.upgrade() {
                        plugin.mailbox.push(event);
                    }
                }));
                *warm = Some(started);
            }
            Err(reason) => {
                failed(plugin, reports, &active, &reason);
                return Taken::Again;
            }
        }
    }
    let Some(instance) = warm.as_mut() else {
        return Taken::Again;
    };
    match turn(instance, batch).await {
        Ok(Ok(())) => Taken::Yes,
        Ok(Err(Nack::Retry)) => Taken::Again,
        Ok(Err(Nack::Reject(words))) => Taken::Never(words.chars().take(400).collect()),
        Err(reason) => {
            *warm = None;
            failed(plugin, reports, &active, &reason);
            Taken::Again
        }
    }
}

fn failed(plugin: &Plugin, reports: &Reports, generation: &Arc<Generation>, reason: &NoVerdict) {
    generation
        .tally
        .fallbacks
        .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    plugin.failed(generation, reason, reports);
}

async fn start(generation: OnGeneration) -> Result<Warm, NoVerdict> {
    let trapped = |error: wasmtime::Error| NoVerdict::Trapped(short(&error));
    let life = &generation.0;
    let limits = life.rights.batch;
    let Some(subscriber) = &life.subscriber else {
        return Err(NoVerdict::NoSuchRouter);
    };
    let mut store = life.store(World::EventSubscriber, limits).map_err(trapped)?;
    let cpu = Arc::clone(&store.data().cpu);
    let begun = async {
        let instance = life.instance(&mut store).await?;
        let told = health::start(&mut store, &instance, life, "events", false).await?;
        Ok((instance, told))
    };
    let (instance, lifecycle) = match life.turn(&cpu, limits, begun).await {
        Ok((instance, Ok(lifecycle))) => (instance, lifecycle),
        Ok((_, Err(words))) => return Err(NoVerdict::Error(words)),
        Err(stopped) => return Err(stopped.reason(&store)),
    };
    let guest = subscriber.load(&mut store, &instance).map_err(trapped)?;
    Ok(Warm {
        ask_at: Instant::now() + life.rights.health,
        generation,
        store,
        guest,
        lifecycle,
        in_a_row: InARow::default(),
    })
}

async fn turn(warm: &mut Warm, batch: &[Delivery]) -> Result<Result<(), Nack>, NoVerdict> {
    let life = &warm.generation.0;
    let limits = life.rights.batch;
    life.rewind(&mut warm.store, limits)
        .map_err(|error| NoVerdict::Trapped(short(&error)))?;
    let cpu = Arc::clone(&warm.store.data().cpu);
    let answer = life
        .turn(&cpu, limits, warm.guest.call_on_events(&mut warm.store, batch))
        .await;
    if answer.is_ok() {
        life.tally
            .verdicts
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }
    answer.map_err(|stopped| stopped.reason(&warm.store))
}
