//! The one task that renders events: each once, for all sessions.

use crate::Manager;
use crate::event::{HintList, Rendered, Text, Variables, WatchedVariables, render_into};
use crate::outbox::Batch;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout};
use ucx_call::{ChannelSnapshot, Event, EventKind};
use ucx_pbx::{Delivery, Subscription};

/// Events that may wait to be rendered.
pub(crate) const EVENTS_MAX: usize = 65_536;

/// Bytes of events after which a batch takes no further one.
const BATCH_BYTES: usize = 256 << 10;

/// Batches are so far apart on average, so that many sessions cost few writes when much happens.
const PACE: Duration = Duration::from_millis(2);

/// How long events may lie while nobody is logged in to see them; the first who is ends it.
const REST: Duration = Duration::from_millis(50);

/// After a quiet time batches go out at once until they are that much ahead of the pace, so that a client that asks and
/// waits for an event, several times over, is not kept waiting.
const AHEAD: Duration = Duration::from_millis(16);

/// Values of the variables that blocks of channels show, for the task that renders and for actions.
#[derive(Debug, Default)]
pub(crate) struct SharedVariables(RwLock<WatchedVariables>);

impl SharedVariables {
    pub fn new(names: Vec<Arc<str>>) -> Self {
        Self(RwLock::new(WatchedVariables::new(names)))
    }

    /// Watches other names from now on; values are known from their next change on.
    pub fn watch(&self, names: Vec<Arc<str>>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = WatchedVariables::new(names);
    }

    fn change(&self, change: impl FnOnce(&mut WatchedVariables)) {
        change(&mut self.0.write().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Variables for SharedVariables {
    fn visit(&self, channel: &ChannelSnapshot, each: &mut dyn FnMut(&str, &str)) {
        let variables = self.0.read().unwrap_or_else(PoisonError::into_inner);
        variables.visit(channel, each);
    }
}

/// Renders until the host is gone, and ends all sessions then.
pub(crate) async fn run(manager: Arc<Manager>, mut subscription: Subscription) {
    let mut text = Text::with_capacity(1 << 16);
    let mut next_at = Instant::now();
    while let Some(first) = subscription.recv().await {
        if next_at > Instant::now() {
            sleep_until(next_at).await;
        }
        let mut events: Vec<Rendered> = Vec::new();
        let (mut known, mut bytes, mut is_full) = (0, 0, false);
        let mut delivery = Some(first);
        while let Some(one) = delivery.take() {
            match one {
                Delivery::Event(event) => manager.render(&mut text, &event, &mut events).await,
                Delivery::Gap { lost } => {
                    tracing::warn!(lost, "events were lost before manager sessions could see them");
                }
            }
            bytes += events[known..]
                .iter()
                .map(|event| event.bytes.len())
                .sum::<usize>();
            known = events.len();
            is_full = bytes >= BATCH_BYTES;
            if !is_full {
                delivery = subscription.try_recv();
            }
        }
        manager.send(events);
        if manager.sessions.is_empty() {
            // What is of interest to nobody shall not wake this task, which costs more than what it then does.
            let _ = timeout(REST, manager.sessions.joined()).await;
        } else if is_full {
            // Sessions woken just now may stand behind this task, which else would not wait while events keep coming.
            tokio::task::yield_now().await;
        } else {
            let now = Instant::now();
            next_at = next_at.max(now.checked_sub(AHEAD).unwrap_or(now)) + PACE;
        }
    }
    manager.sessions.end(|_| true);
}

impl Manager {
    async fn render(&self, text: &mut Text, event: &Event, events: &mut Vec<Rendered>) {
        let is_watching = !self.config().channel_variables.is_empty();
        if is_watching {
            self.variables.change(|variables| variables.before(event));
        }
        if self.sessions.see(event.sequence) {
            let hints = if matches!(event.kind, EventKind::PresenceChanged { .. }) {
                self.hints().await
            } else {
                HintList::default()
            };
            render_into(text, event, &self.context().with_hints(&hints), events);
        }
        if let EventKind::ChannelEnded { channel } = &event.kind {
            self.mutes.forget(channel.id);
        }
        if is_watching {
            self.variables.change(|variables| variables.after(event));
        }
    }

    fn send(&self, mut events: Vec<Rendered>) {
        let disabled = &self.config().disabled_events;
        if !disabled.is_empty() {
            events.retain(|event| !disabled.contains(event.name));
        }
        if !events.is_empty() {
            self.sessions.push(&Arc::new(Batch::new(events)));
        }
    }

    /// The hints of the dialplan as it is now.
    async fn hints(&self) -> HintList {
        let Ok(plan) = self.desk.dialplan().await else {
            return HintList::default();
        };
        let all = plan.contexts().flat_map(|context| {
            let extensions = context.extensions().into_iter();
            extensions.filter_map(move |extension| {
                let hint = extension.hint()?;
                Some([
                    Arc::from(context.name()),
                    Arc::from(extension.name()),
                    hint.text.clone(),
                ])
            })
        });
        HintList(all.collect())
    }
}
