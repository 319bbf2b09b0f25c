//! What does the rest of the crate reach of the host? Its state, changed in one step, and what it was set up with.

use super::Pbx;
use crate::state::{Driven, State, Timeouts};
use crate::{Ending, Technologies};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use ucx_call::{Action, ChannelId, Lease, Principal, Refusal};
use ucx_dialplan::Dialplan;
use ucx_switch::Switch;

/// Actions that may wait for the drivers before new calls are refused; actions of calls under way are always kept.
const ACTIONS_MAX: usize = 50_000;

impl Pbx {
    /// Mutates the switch once and drains it.
    pub(crate) fn mutate<T>(&self, change: impl FnOnce(&mut Switch, Duration) -> T) -> T {
        let now = self.now();
        let mut state = self.0.state.borrow_mut();
        let answer = change(&mut state.switch, now);
        self.settle(&mut state, now);
        answer
    }

    /// As [`Self::mutate`], for changes that concern what stands beside the switch as well.
    pub(crate) fn mutate_state<T>(&self, change: impl FnOnce(&mut State, Duration) -> T) -> T {
        let now = self.now();
        let mut state = self.0.state.borrow_mut();
        let answer = change(&mut state, now);
        self.settle(&mut state, now);
        answer
    }

    /// Works on the record of a channel under dialplan control.
    pub(crate) fn with_driven<T>(
        &self,
        channel: ChannelId,
        work: impl FnOnce(&mut Driven) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let mut state = self.0.state.borrow_mut();
        work(state.driven.get_mut(&channel).ok_or(Refusal::NoSuchChannel)?)
    }

    /// Works on what stands beside the switch, which nobody is told of.
    pub(crate) fn with_state<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.0.state.borrow_mut())
    }

    /// Asks the drivers for something that concerns no channel.
    pub(crate) fn request(&self, action: Action) -> Result<(), Refusal> {
        self.has_room()?;
        self.0.state.borrow_mut().actions.push_back(action);
        self.wake_driver();
        Ok(())
    }

    /// The control loop has something to do.
    pub(crate) fn wake_driver(&self) {
        self.0.wake.notify_one();
    }

    /// The dialplan as one who asks.
    pub(crate) fn dialplan_principal(&self) -> &Principal {
        &self.0.dialplan_principal
    }

    /// Replaces the dialplan if it is still the one that was changed; its globals stay as they are.
    pub(crate) fn swap_dialplan(&self, old: &Arc<Dialplan>, new: Arc<Dialplan>) -> bool {
        let mut current = self.0.dialplan.borrow_mut();
        let is_same = Arc::ptr_eq(&current, old);
        if is_same {
            *current = new;
        }
        drop(current);
        if is_same {
            self.renew_hints();
        }
        is_same
    }

    pub(crate) fn with_random<T>(&self, draw: impl FnOnce(&mut ChaCha8Rng) -> T) -> T {
        draw(&mut self.0.state.borrow_mut().random)
    }

    pub(crate) fn timeouts(&self, channel: ChannelId) -> Timeouts {
        self.with_driven(channel, |driven| Ok(driven.timeouts))
            .unwrap_or_default()
    }

    pub(crate) fn technologies(&self) -> &dyn Technologies {
        &*self.0.technologies
    }

    pub(crate) fn constant(&self, name: &str) -> Option<&Arc<str>> {
        self.0.constants.get(name)
    }

    pub(crate) fn originates(&self) -> usize {
        self.0.state.borrow().originates.len()
    }

    pub(crate) fn calls(&self) -> u64 {
        self.0.state.borrow().calls
    }

    /// New calls are only taken while the drivers keep up with those there are.
    pub(crate) fn has_room(&self) -> Result<(), Refusal> {
        let waiting = self.0.state.borrow().actions.len();
        if waiting < ACTIONS_MAX {
            Ok(())
        } else {
            Err(Refusal::Full("actions waiting for the drivers"))
        }
    }

    /// Looks into a channel's inbox for what a controller waits for; an interruption comes first.
    pub(crate) fn poll_inbox<T>(
        &self,
        lease: Lease,
        context: &Context<'_>,
        take: &mut dyn FnMut(&mut crate::inbox::Inbox) -> Option<T>,
    ) -> Poll<Result<T, Ending>> {
        let mut state = self.0.state.borrow_mut();
        let Some(inbox) = state.inbox(lease.channel) else {
            return Poll::Ready(Err(Ending::GONE));
        };
        if let Some(by) = inbox.interruption(lease) {
            return Poll::Ready(Err(Ending::Interrupted(by)));
        }
        if let Some(value) = take(inbox) {
            return Poll::Ready(Ok(value));
        }
        inbox.watch(context.waker());
        Poll::Pending
    }
}
