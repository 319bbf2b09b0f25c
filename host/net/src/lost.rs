//! Playbacks that nobody hears: they take their time all the same.

use std::collections::BTreeSet;
use std::time::Duration;
use ucx_call::{ChannelId, PlaybackId};

/// Ends of playbacks on channels with nobody behind them.
#[derive(Default)]
pub(crate) struct LostPlaybacks(BTreeSet<(Duration, ChannelId, PlaybackId)>);

impl LostPlaybacks {
    pub(crate) fn add(&mut self, ends_at: Duration, owner: ChannelId, playback: PlaybackId) {
        self.0.insert((ends_at, owner, playback));
    }

    pub(crate) fn poll_timeout(&self) -> Option<Duration> {
        self.0.first().map(|(at, ..)| *at)
    }

    pub(crate) fn pop_due(&mut self, now: Duration) -> Option<(ChannelId, PlaybackId)> {
        let first = self.0.first().copied().filter(|(at, ..)| *at <= now)?;
        self.0.remove(&first);
        Some((first.1, first.2))
    }
}
