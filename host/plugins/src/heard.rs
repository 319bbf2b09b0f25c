//! Has a plugin heard of all that was before it is asked? A router that counts waits, for so long at most, until its own
//! subscriber has taken what happened up to the question.

use std::pin::pin;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};
use ucx_pbx::Position;

use crate::generation::Generation;
use crate::plugin::Plugin;

/// A number that only grows, and whoever waits for it.
#[derive(Default)]
pub(crate) struct Mark {
    at: AtomicU64,
    moved: Notify,
}

impl Mark {
    /// It has come so far.
    pub(crate) fn come_to(&self, at: u64) {
        self.at.fetch_max(at, Ordering::SeqCst);
        self.moved.notify_waiters();
    }

    /// Waits until it has come so far.
    async fn reached(&self, at: u64) {
        loop {
            let mut moved = pin!(self.moved.notified());
            // Whoever moves it from here on wakes us.
            moved.as_mut().enable();
            if self.at.load(Ordering::SeqCst) >= at {
                return;
            }
            moved.await;
        }
    }
}

/// How far the event stream was handed to the plugins.
#[derive(Default)]
pub(crate) struct Fed {
    stream: OnceLock<Position>,
    passed: Mark,
    hurry: Notify,
}

impl Fed {
    /// That is the stream.
    pub(crate) fn follows(&self, stream: Position) {
        // A host has one stream; of a second one nobody would know how far it is.
        let _ = self.stream.set(stream);
    }

    /// The newest event of the stream, whether or not it was handed on; 0 without a stream.
    pub(crate) fn newest(&self) -> u64 {
        self.stream.get().map_or(0, Position::newest)
    }

    /// Events up to that one were handed on.
    pub(crate) fn passed(&self, sequence: u64) {
        self.passed.come_to(sequence);
    }

    /// Waits until somebody wants what is in the stream now and not in a while.
    pub(crate) async fn hurried(&self) {
        self.hurry.notified().await;
    }

    async fn reached(&self, sequence: u64) {
        if self.passed.at.load(Ordering::SeqCst) < sequence {
            self.hurry.notify_one();
            self.passed.reached(sequence).await;
        }
    }
}

/// If the generation wants to be asked no earlier, waits until its plugin's subscriber has heard of all events there are, or
/// the time for it is up; that moment is answered, until which it may wait for its turn as well.
pub(crate) async fn first(fed: &Fed, plugin: &Plugin, generation: &Generation) -> Option<Instant> {
    let patience_ms = generation.manifest.delivery.heard_first_ms;
    if patience_ms == 0 || plugin.active().subscriber.is_none() {
        return None;
    }
    let until = Instant::now() + Duration::from_millis(patience_ms.into());
    let heard = async {
        fed.reached(fed.newest()).await;
        plugin.mailbox.heard.reached(plugin.mailbox.newest()).await;
    };
    if timeout_at(until, heard).await.is_err() {
        tracing::debug!(plugin = %plugin.name, "it is asked before it heard of all that was");
    }
    Some(until)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_waits_goes_on_when_it_has_come_so_far_and_not_before() {
        let mark = Mark::default();
        mark.come_to(2);
        mark.come_to(1);
        mark.reached(2).await;
        let early = tokio::time::timeout(Duration::from_secs(1), mark.reached(3)).await;
        assert!(early.is_err());
        let (waited, ()) = tokio::join!(
            tokio::time::timeout(Duration::from_secs(1), mark.reached(4)),
            async {
                mark.come_to(3);
                tokio::time::sleep(Duration::from_millis(1)).await;
                mark.come_to(5);
            }
        );
        assert!(waited.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_the_stream_hurries_it() {
        let fed = Fed::default();
        assert_eq!(fed.newest(), 0);
        let began = Instant::now();
        tokio::join!(fed.reached(7), async {
            tokio::select! {
                () = fed.hurried() => {}
                () = tokio::time::sleep(Duration::from_secs(9)) => {}
            }
            fed.passed(7);
        });
        assert_eq!(began.elapsed(), Duration::ZERO);
    }
}
