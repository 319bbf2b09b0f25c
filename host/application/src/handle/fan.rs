//! The task that merges the host's stream with what applications do, and brings each message to those who listen.

// Most of the stream ends nothing.
#![allow(clippy::wildcard_enum_match_arm)]

use super::{ApplicationHandle, Inflow, Post, Socket, What, lock};
use crate::applications::Source;
use crate::event::Message;
use crate::event::derive::{Told, derive};
use crate::event::render::{Context, render};
use crate::event::surroundings::Surroundings;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;
use ucx_call::{Event, EventKind};
use ucx_pbx::{Delivery, Subscription};

/// How long events may lie while there is no application to tell them.
const REST: Duration = Duration::from_millis(50);

/// Merges and delivers.
pub struct Fan {
    handle: ApplicationHandle,
    posts: mpsc::Receiver<Post>,
    events: Option<Subscription>,
    /// The sequence of the newest event that was told.
    seen: u64,
    /// Posts that come after events not told yet. Each was in the bounded queue before.
    held: VecDeque<Post>,
    surroundings: Surroundings,
}

impl Fan {
    pub(super) fn new(handle: ApplicationHandle, inflow: Inflow) -> Self {
        let (events, seen) = inflow.events.unzip();
        Self {
            handle,
            posts: inflow.posts,
            events,
            seen: seen.unwrap_or_default(),
            held: VecDeque::new(),
            surroundings: Surroundings::default(),
        }
    }

    /// What is known of endpoints and variables, to be filled before the first event.
    pub fn surroundings(&mut self) -> &mut Surroundings {
        &mut self.surroundings
    }

    /// Runs until the host is gone.
    pub async fn run(mut self) {
        loop {
            let delivery = tokio::select! {
                biased;
                delivery = next(&mut self.events) => delivery,
                post = self.posts.recv() => {
                    let Some(post) = post else { return };
                    self.held.push_back(post);
                    self.release(self.seen);
                    continue;
                }
            };
            match delivery {
                Some(Delivery::Event(event)) => self.take(&event),
                Some(Delivery::Gap { lost }) => {
                    tracing::warn!(lost, "applications miss events: too many waited");
                    self.seen += lost;
                    self.collect();
                    self.release(self.seen);
                }
                None => {
                    // The host is gone; what it said last still goes out.
                    self.collect();
                    self.release(u64::MAX);
                    return;
                }
            }
            self.rest().await;
        }
    }

    /// While there is no application, the stream is read now and then only: being woken for each event costs more than what
    /// is done with it. The first that is registered ends the rest.
    async fn rest(&self) {
        let has_more = self.events.as_ref().is_some_and(|events| !events.is_empty());
        if has_more
            || self
                .handle
                .with_applications(|applications| !applications.is_empty())
        {
            return;
        }
        // Whether it is over or somebody came, the stream is read on.
        let _ = timeout(REST, self.handle.0.bell.notified()).await;
    }

    fn take(&mut self, event: &Event) {
        // Whatever was posted before this event was published is in the queue by now.
        self.collect();
        self.release(event.sequence.saturating_sub(1));
        if let Some(names) = lock(&self.handle.0.shown).take() {
            self.surroundings.show(names);
        }
        for (uniqueid, name) in lock(&self.handle.0.reports).drain(..) {
            self.surroundings.report(uniqueid, name);
        }
        self.surroundings.before(&event.kind);
        self.bridge_entered(&event.kind);
        if self.handle.is_listened_to(event.sequence) {
            for Told { message, sources } in derive(&event.kind, &self.surroundings) {
                self.publish(&sources, &message, event.at);
            }
        }
        self.subject_ended(&event.kind);
        self.surroundings.after(&event.kind);
        self.seen = event.sequence;
        self.release(self.seen);
    }

    fn collect(&mut self) {
        while let Ok(post) = self.posts.try_recv() {
            self.held.push_back(post);
        }
    }

    /// Tells held posts, in order, up to the first that comes after a later event.
    fn release(&mut self, seen: u64) {
        while let Some(post) = self.held.pop_front_if(|post| post.after <= seen) {
            self.apply(post);
        }
    }

    fn apply(&self, Post { at, what, .. }: Post) {
        let handle = self.handle.clone();
        match what {
            What::Tell { application, message } => self.tell(&application, &message, at),
            What::Publish { sources, message } => self.publish(&sources, &message, at),
            What::Enter {
                application,
                channel,
                message,
            } => {
                handle.with_applications(|applications| applications.enter(&channel.uniqueid, &application));
                self.tell(&application, &message, at);
            }
            What::Leave { application, channel } => {
                let uniqueid = channel.uniqueid.clone();
                self.tell(&application, &Message::StasisEnd { channel }, at);
                handle.with_applications(|applications| applications.leave(&uniqueid, &application));
            }
            What::Subscribe { application, source } => {
                // Who went in the meantime listens to nothing.
                let _ =
                    handle.with_applications(|applications| applications.subscribe(&application, &source));
            }
            What::Unsubscribe { application, source } => {
                let _ =
                    handle.with_applications(|applications| applications.unsubscribe(&application, &source));
            }
        }
    }

    fn bridge_entered(&self, kind: &EventKind) {
        if let EventKind::BridgeEntered { bridge, channel, .. } = kind {
            self.handle.with_applications(|applications| {
                applications.bridge_left(&channel.uniqueid);
                applications.bridge_entered(&bridge.uniqueid, &channel.uniqueid);
            });
        }
    }

    fn subject_ended(&self, kind: &EventKind) {
        match kind {
            EventKind::BridgeLeft { channel, .. } => {
                self.handle
                    .with_applications(|applications| applications.bridge_left(&channel.uniqueid));
            }
            EventKind::ChannelEnded { channel } => self.end(Source::Channel(channel.uniqueid.clone())),
            EventKind::BridgeDestroyed { bridge } => self.end(Source::Bridge(bridge.uniqueid.clone())),
            _ => {}
        }
    }

    fn end(&self, source: Source) {
        self.handle
            .with_applications(|applications| applications.subject_ended(&source));
    }

    fn tell(&self, application: &str, message: &Message, at: Duration) {
        let addressee = self.handle.with_applications(|applications| {
            let (name, socket) = applications.addressee(application, message.kind())?;
            Some((name.clone(), socket.clone()))
        });
        self.deliver(addressee.into_iter().collect(), message, at);
    }

    fn publish(&self, sources: &[Source], message: &Message, at: Duration) {
        let audience = self.handle.with_applications(|applications| {
            let audience = applications.audience(sources, message.kind());
            let audience = audience
                .into_iter()
                .map(|(name, socket)| (name.clone(), socket.clone()));
            audience.collect::<Vec<_>>()
        });
        self.deliver(audience, message, at);
    }

    /// Writes a message once, for all who get it. Who does not read loses its applications, and its socket ends.
    fn deliver(&self, audience: Vec<(Arc<str>, Socket)>, message: &Message, at: Duration) {
        if audience.is_empty() {
            return;
        }
        let context = Context {
            entity_id: &self.handle.0.entity_id,
            clock: self.handle.clock(),
            surroundings: &self.surroundings,
        };
        let rendered = render(message, at, &context);
        for (name, socket) in audience {
            if !socket.send(rendered.to(&name)) {
                tracing::warn!(application = %name, "a client does not read its messages and is given up");
                self.handle
                    .with_applications(|applications| applications.unregister(&socket));
            }
        }
    }
}

/// The next delivery; never, if there is no stream.
async fn next(events: &mut Option<Subscription>) -> Option<Delivery> {
    match events {
        Some(events) => events.recv().await,
        None => std::future::pending().await,
    }
}
