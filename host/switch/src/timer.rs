//! The switch's own timeouts: how long a dial may ring, how long a channel may live.

use crate::{Fault, Switch};
use std::time::Duration;
use ucx_call::{ChannelId, DialId, DialStatus, Interruption};

/// What a timer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    Dial(DialId),
    Absolute(ChannelId),
}

impl Switch {
    /// When [`Self::handle_timeout`] is due, if at all.
    pub fn poll_timeout(&self) -> Option<Duration> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// Does what is due at `now`.
    pub fn handle_timeout(&mut self, now: Duration) {
        while let Some((at, timer)) = self.timers.first().copied() {
            if at > now {
                break;
            }
            self.timers.remove(&(at, timer));
            match timer {
                Timer::Dial(_) if self.has_fault(Fault::LostDialTimeout) => {}
                Timer::Dial(dial) => self.give_up_dial(now, dial, DialStatus::NoAnswer),
                Timer::Absolute(channel) => self.interrupt(now, channel, Interruption::TimedOut),
            }
        }
        self.settle_audio();
    }

    pub(crate) fn start_timer(&mut self, at: Duration, timer: Timer) {
        self.timers.insert((at, timer));
    }

    pub(crate) fn stop_timer(&mut self, at: Duration, timer: Timer) {
        self.timers.remove(&(at, timer));
    }
}
