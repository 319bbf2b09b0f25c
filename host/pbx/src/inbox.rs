//! What a channel's controller has been told and has not looked at yet.

use std::collections::VecDeque;
use std::task::Waker;
use ucx_call::{BridgeId, DialId, DialOutcome, Interruption, Lease, PlaybackId};

/// Digits kept for a controller that is not listening; further ones are lost.
pub(crate) const DIGITS_MAX: usize = 128;

/// Notices of one channel. All but digits are states with a slot of their own, so that nothing can pile up.
#[derive(Default)]
pub(crate) struct Inbox {
    digits: VecDeque<char>,
    interrupted: Option<(Lease, Interruption)>,
    playback: Option<(PlaybackId, bool)>,
    are_digits_sent: bool,
    dial: Option<(DialId, DialOutcome)>,
    left: Option<BridgeId>,
    waker: Option<Waker>,
}

impl Inbox {
    pub(crate) fn interrupt(&mut self, lease: Lease, by: Interruption) {
        self.interrupted = Some((lease, by));
        self.wake();
    }

    pub(crate) fn digit(&mut self, digit: char) {
        if self.digits.len() < DIGITS_MAX {
            self.digits.push_back(digit);
        }
        self.wake();
    }

    pub(crate) fn playback_ended(&mut self, playback: PlaybackId, is_complete: bool) {
        self.playback = Some((playback, is_complete));
        self.wake();
    }

    pub(crate) fn digits_sent(&mut self) {
        self.are_digits_sent = true;
        self.wake();
    }

    pub(crate) fn dial_done(&mut self, dial: DialId, outcome: DialOutcome) {
        self.dial = Some((dial, outcome));
        self.wake();
    }

    pub(crate) fn bridge_left(&mut self, bridge: BridgeId) {
        self.left = Some(bridge);
        self.wake();
    }

    /// Why the holder of that lease has to let go, if it has to.
    pub(crate) fn interruption(&self, lease: Lease) -> Option<Interruption> {
        self.interrupted
            .filter(|(whose, _)| *whose == lease)
            .map(|(_, by)| by)
    }

    /// The channel goes on with that lease after an interruption.
    pub(crate) fn resume(&mut self, lease: Lease) {
        if self.interrupted.is_some_and(|(whose, _)| whose == lease) {
            self.interrupted = None;
        }
    }

    pub(crate) fn take_digit(&mut self) -> Option<char> {
        self.digits.pop_front()
    }

    pub(crate) fn forget_digits(&mut self) {
        self.digits.clear();
    }

    /// Whether that playback is over, and if all of it was played.
    pub(crate) fn take_playback(&mut self, playback: PlaybackId) -> Option<bool> {
        self.playback
            .take_if(|(ended, _)| *ended == playback)
            .map(|(_, is_complete)| is_complete)
    }

    pub(crate) fn take_digits_sent(&mut self) -> Option<()> {
        std::mem::take(&mut self.are_digits_sent).then_some(())
    }

    pub(crate) fn take_dial(&mut self, dial: DialId) -> Option<DialOutcome> {
        self.dial
            .take_if(|(done, _)| *done == dial)
            .map(|(_, outcome)| outcome)
    }

    /// The bridge that was left; another one than was entered if Local channels were taken out of the path meanwhile.
    pub(crate) fn take_left(&mut self) -> Option<BridgeId> {
        self.left.take()
    }

    /// Remembers whom to wake at the next notice.
    pub(crate) fn watch(&mut self, waker: &Waker) {
        match &mut self.waker {
            Some(old) => old.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}
