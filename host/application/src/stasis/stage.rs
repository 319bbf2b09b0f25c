//! What plays and is recorded in bridges: one task for all of them, which gives each bridge a queue of playbacks and each
//! recording a deck of its own.

use super::board::Owner;
use super::deck::{Act, Deck, Declined, Operation, PlaySpec, RecordSpec, Step};
use super::say;
use crate::model::{LiveRecording, Playback};
use crate::operation::Ctx;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use tokio::sync::{mpsc, oneshot};
use ucx_call::{RecordingControl, Refusal, Report};
use ucx_pbx::Reports;

/// Requests that may wait for the stage; a further one is refused.
const ORDERS_MAX: usize = 4_096;

/// Bridges and recordings of bridges with something under way at once; a further one is refused.
const DECKS_MAX: usize = 16_384;

/// What is asked of a bridge.
#[derive(Debug)]
pub enum Task {
    /// Play to its members.
    Play(PlaySpec),
    /// End a playback.
    Stop(Arc<str>),
    /// Change how a playback goes.
    Control(Arc<str>, Operation),
    /// Record its members.
    Record(RecordSpec),
    /// Change how a recording goes.
    ControlRecording(Arc<str>, RecordingControl),
}

/// What there is to show of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// Nothing.
    Nothing,
    /// A playback that waits.
    Playback(Playback),
    /// A recording that waits.
    Recording(LiveRecording),
}

struct Order {
    ctx: Ctx,
    bridge: Arc<str>,
    task: Task,
    reply: oneshot::Sender<Result<Done, Declined>>,
}

/// The way to the task.
#[derive(Debug, Default)]
pub struct Stage(OnceLock<mpsc::Sender<Order>>);

impl Stage {
    /// Asks something of a bridge. The first request starts the task.
    ///
    /// # Errors
    /// [`Refusal::Full`], [`Refusal::Shutdown`], and what the desk refuses; inside, what the bridge's queue declines.
    pub async fn ask(
        &self,
        ctx: &Ctx,
        bridge: Arc<str>,
        task: Task,
    ) -> Result<Result<Done, Declined>, Refusal> {
        let orders = match self.0.get() {
            Some(orders) => orders,
            None => {
                let reports = ctx.desk.reports().await?;
                self.0.get_or_init(|| {
                    let (sender, orders) = mpsc::channel(ORDERS_MAX);
                    tokio::spawn(run(orders, reports));
                    sender
                })
            }
        };
        let (reply, answer) = oneshot::channel();
        let order = Order {
            ctx: ctx.clone(),
            bridge,
            task,
            reply,
        };
        orders.try_send(order).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Refusal::Full("requests waiting for bridges"),
            mpsc::error::TrySendError::Closed(_) => Refusal::Shutdown,
        })?;
        answer.await.map_err(|_| Refusal::Shutdown)
    }
}

/// Playbacks of a bridge wait for each other; recordings run beside them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Playbacks,
    Recording(Arc<str>),
}

type Key = (Arc<str>, Part);

struct Busy {
    deck: Deck,
    /// Of who asked last.
    ctx: Ctx,
}

async fn run(mut orders: mpsc::Receiver<Order>, mut reports: Reports) {
    let mut decks: BTreeMap<Key, Busy> = BTreeMap::new();
    loop {
        tokio::select! {
            biased;
            report = reports.recv() => {
                let Some(report) = report else { return };
                hear(&mut decks, &report).await;
            }
            order = orders.recv() => {
                let Some(order) = order else { return };
                carry_out(&mut decks, order).await;
            }
        }
    }
}

async fn carry_out(decks: &mut BTreeMap<Key, Busy>, order: Order) {
    let Order {
        ctx,
        bridge,
        task,
        reply,
    } = order;
    let part = match &task {
        Task::Play(_) | Task::Stop(_) | Task::Control(..) => Part::Playbacks,
        Task::Record(spec) => Part::Recording(spec.spec.name.clone()),
        Task::ControlRecording(name, _) => Part::Recording(name.clone()),
    };
    let key = (bridge, part);
    let begins = matches!(task, Task::Play(_) | Task::Record(_));
    let has_room = decks.len() < DECKS_MAX || decks.contains_key(&key);
    let done = if !begins && !decks.contains_key(&key) {
        Err(Declined::Unknown)
    } else if !has_room {
        Err(Declined::Full)
    } else {
        let owner = Owner::Bridge(key.0.clone());
        let busy = decks.entry(key.clone()).or_insert_with(|| Busy {
            deck: Deck::new(owner.target_uri()),
            ctx: ctx.clone(),
        });
        busy.ctx = ctx;
        begin(&mut busy.deck, task)
    };
    // Whoever asked may have given up waiting.
    let _ = reply.send(done);
    settle(decks, &key).await;
}

fn begin(deck: &mut Deck, task: Task) -> Result<Done, Declined> {
    match task {
        Task::Play(spec) => deck.play(spec).map(Done::Playback),
        Task::Stop(id) => deck.stop(&id).map(|()| Done::Nothing),
        Task::Control(id, operation) => deck.control(&id, operation).map(|()| Done::Nothing),
        Task::Record(spec) => deck.record(spec).map(Done::Recording),
        Task::ControlRecording(name, control) => {
            deck.control_recording(&name, control).map(|()| Done::Nothing)
        }
    }
}

/// A report concerns the one deck that knows its number; the others pass it over.
async fn hear(decks: &mut BTreeMap<Key, Busy>, report: &Report) {
    for busy in decks.values_mut() {
        match report {
            Report::BridgePlaybackEnded {
                playback, complete, ..
            } => busy.deck.play_ended(*playback, *complete),
            Report::RecordingStarted { recording } => busy.deck.recording_started(*recording),
            Report::RecordingEnded { recording, end } => busy.deck.recording_ended(*recording, *end),
        }
    }
    let concerned: Vec<Key> = decks
        .iter()
        .filter(|(_, busy)| busy.deck.has_steps())
        .map(|(key, _)| key.clone())
        .collect();
    for key in concerned {
        settle(decks, &key).await;
    }
}

/// Does and says what is due, and forgets a deck that has nothing left.
async fn settle(decks: &mut BTreeMap<Key, Busy>, key: &Key) {
    let Some(busy) = decks.get_mut(key) else { return };
    while let Some(step) = busy.deck.poll() {
        perform(busy, &key.0, step).await;
    }
    if busy.deck.is_idle() {
        decks.remove(key);
    }
}

async fn perform(busy: &mut Busy, bridge: &Arc<str>, step: Step) {
    let Busy { deck, ctx } = busy;
    match step {
        Step::Say(saying) => say(&ctx.handle, 0, &Owner::Bridge(bridge.clone()), saying),
        Step::Play(sounds, language) => play(deck, ctx, bridge, &sounds, &language).await,
        Step::PlayRecording(name) => {
            let file = ctx.host.directories().spool.join("recording").join(&*name);
            let sound: Arc<str> = Arc::from(file.to_string_lossy());
            play(deck, ctx, bridge, &[sound], "").await;
        }
        Step::StopPlaying(playback) => passed_over(ctx.desk.bridge_stop(bridge, playback).await),
        Step::ControlPlaying(playback, control) => {
            passed_over(ctx.desk.control_playback(playback, control).await);
        }
        Step::Record(spec) => {
            let began = ctx.desk.bridge_record(bridge, spec.as_ref().clone()).await;
            deck.record_began(began.map_err(|refusal| Arc::from(refusal.to_string())));
        }
        Step::ControlRecording(recording, control) => {
            passed_over(ctx.desk.control_recording(recording, control).await);
        }
        // Music of a bridge goes through no queue.
        Step::Act(Act::StartMusic(_) | Act::StopMusic | Act::Silence) => {}
    }
}

/// A bridge without members has nobody to play to.
async fn play(deck: &mut Deck, ctx: &Ctx, bridge: &str, sounds: &[Arc<str>], language: &str) {
    let is_heard = ctx
        .desk
        .bridge(bridge)
        .await
        .is_ok_and(|bridge| !bridge.members.is_empty());
    let playback = match is_heard {
        true => ctx.desk.bridge_play(bridge, sounds, language).await.ok(),
        false => None,
    };
    deck.play_began(playback);
}

/// What is over already refuses to be changed, and a report tells of its end.
fn passed_over(done: Result<(), Refusal>) {
    if let Err(refusal) = done {
        tracing::debug!(%refusal, "a bridge refused an application");
    }
}
