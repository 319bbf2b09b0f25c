//! What a channel's controller has been told and has not looked at yet.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;
use ucx_call::{
    BridgeId, DialId, DialOutcome, Event, Interruption, Lease, PlaybackId, RecordingEnd, RecordingId,
    Referral,
};

/// Digits kept for a controller that is not listening; further ones are lost.
pub(crate) const DIGITS_MAX: usize = 128;

/// Texts kept for a controller that is not listening; further ones are lost.
const TEXTS_MAX: usize = 32;

/// Ends of the controller's own doing that are kept if it never looks; of more the oldest are lost.
const ENDS_MAX: usize = 256;

/// Something a channel's controller is told.
#[derive(Clone, Debug, PartialEq)]
pub enum LineNotice {
    /// A digit came from the far end.
    Digit {
        /// `0`-`9`, `*`, `#`, `A`-`D`.
        digit: char,
        /// How long it was pressed.
        length: Duration,
    },
    /// A playback is over.
    PlaybackEnded {
        /// Which one.
        playback: PlaybackId,
        /// Whether all of it was played.
        complete: bool,
    },
    /// The digits we were to send are sent.
    DigitsSent,
    /// The channel left that bridge.
    BridgeLeft(BridgeId),
    /// A recording the controller asked for began to be written.
    RecordingStarted(RecordingId),
    /// A recording the controller asked for is over.
    RecordingEnded(RecordingId, RecordingEnd),
    /// A text came from the far end.
    Text(Arc<str>),
    /// The far end says how it took being sent elsewhere.
    Referred(Referral),
}

/// Events of the stream about one channel that are kept for a controller that wants them; of more the oldest are lost.
const TOLD_MAX: usize = 256;

/// Whatever a channel's controller may hear of at one place.
#[derive(Clone, Debug)]
pub enum LineEvent {
    /// Something it is told.
    Notice(LineNotice),
    /// A dial is decided.
    Dialled(DialId, DialOutcome),
    /// An event of the stream about the channel; only for a controller that asked for them.
    Told(Arc<Event>),
}

/// Notices of one channel, in the order they came.
#[derive(Default)]
pub(crate) struct Inbox {
    waiting: VecDeque<LineNotice>,
    /// Events of the stream about the channel, if its controller wants them.
    told: Option<VecDeque<Arc<Event>>>,
    interrupted: Option<(Lease, Interruption)>,
    dial: Option<(DialId, DialOutcome)>,
    waker: Option<Waker>,
}

impl Inbox {
    pub(crate) fn interrupt(&mut self, lease: Lease, by: Interruption) {
        self.interrupted = Some((lease, by));
        self.wake();
    }

    /// Keeps a notice for the controller, within the bound of its kind.
    pub(crate) fn notify(&mut self, notice: LineNotice) {
        let is_kept = match kind(&notice) {
            Kind::Digit => self.count(Kind::Digit) < DIGITS_MAX,
            Kind::Text => self.count(Kind::Text) < TEXTS_MAX,
            Kind::End => {
                if self.count(Kind::End) >= ENDS_MAX {
                    self.take_first(|oldest| (kind(oldest) == Kind::End).then_some(()));
                }
                true
            }
        };
        if is_kept {
            self.waiting.push_back(notice);
        }
        self.wake();
    }

    pub(crate) fn dial_done(&mut self, dial: DialId, outcome: DialOutcome) {
        self.dial = Some((dial, outcome));
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

    /// Keeps events of the stream about the channel from now on, or no more.
    pub(crate) fn want_events(&mut self, wants: bool) {
        self.told = wants.then(VecDeque::new);
    }

    /// Whether its controller wants events of the stream.
    pub(crate) fn wants_events(&self) -> bool {
        self.told.is_some()
    }

    /// Keeps an event for a controller that wants them.
    pub(crate) fn tell(&mut self, event: Arc<Event>) {
        let Some(told) = &mut self.told else { return };
        if told.len() >= TOLD_MAX {
            told.pop_front();
        }
        told.push_back(event);
        self.wake();
    }

    /// The next thing of whatever kind: events of the stream first, because what follows from them comes after.
    pub(crate) fn take_event(&mut self) -> Option<LineEvent> {
        if let Some(event) = self.told.as_mut().and_then(VecDeque::pop_front) {
            return Some(LineEvent::Told(event));
        }
        if let Some((dial, outcome)) = self.dial.take() {
            return Some(LineEvent::Dialled(dial, outcome));
        }
        self.take_next().map(LineEvent::Notice)
    }

    /// The oldest notice of any kind.
    pub(crate) fn take_next(&mut self) -> Option<LineNotice> {
        self.waiting.pop_front()
    }

    pub(crate) fn take_digit(&mut self) -> Option<char> {
        self.take_first(|notice| match notice {
            LineNotice::Digit { digit, .. } => Some(*digit),
            LineNotice::PlaybackEnded { .. }
            | LineNotice::DigitsSent
            | LineNotice::BridgeLeft(_)
            | LineNotice::RecordingStarted(_)
            | LineNotice::RecordingEnded(..)
            | LineNotice::Referred(_)
            | LineNotice::Text(_) => None,
        })
    }

    pub(crate) fn forget_digits(&mut self) {
        self.forget(|notice| matches!(notice, LineNotice::Digit { .. }));
    }

    /// Whether that playback is over, and if all of it was played.
    pub(crate) fn take_playback(&mut self, playback: PlaybackId) -> Option<bool> {
        self.take_first(|notice| {
            let LineNotice::PlaybackEnded {
                playback: ended,
                complete,
            } = notice
            else {
                return None;
            };
            (*ended == playback).then_some(*complete)
        })
    }

    pub(crate) fn take_digits_sent(&mut self) -> Option<()> {
        self.take_first(|notice| (*notice == LineNotice::DigitsSent).then_some(()))
    }

    /// Whether that recording is over, and how.
    pub(crate) fn take_recording(&mut self, recording: RecordingId) -> Option<RecordingEnd> {
        self.take_first(|notice| {
            let LineNotice::RecordingEnded(ended, end) = notice else {
                return None;
            };
            (*ended == recording).then_some(*end)
        })
    }

    pub(crate) fn take_dial(&mut self, dial: DialId) -> Option<DialOutcome> {
        self.dial
            .take_if(|(done, _)| *done == dial)
            .map(|(_, outcome)| outcome)
    }

    /// The bridge that was left; another one than was entered if Local channels were taken out of the path meanwhile.
    pub(crate) fn take_left(&mut self) -> Option<BridgeId> {
        self.take_first(|notice| {
            let LineNotice::BridgeLeft(bridge) = notice else {
                return None;
            };
            Some(*bridge)
        })
    }

    /// Loses notices that concern nobody any more.
    pub(crate) fn forget(&mut self, is_stale: impl Fn(&LineNotice) -> bool) {
        self.waiting.retain(|notice| !is_stale(notice));
    }

    /// Remembers whom to wake at the next notice.
    pub(crate) fn watch(&mut self, waker: &Waker) {
        match &mut self.waker {
            Some(old) => old.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
    }

    fn take_first<T>(&mut self, look: impl Fn(&LineNotice) -> Option<T>) -> Option<T> {
        let (at, value) = self
            .waiting
            .iter()
            .enumerate()
            .find_map(|(at, notice)| Some((at, look(notice)?)))?;
        self.waiting.remove(at);
        Some(value)
    }

    fn count(&self, of: Kind) -> usize {
        self.waiting.iter().filter(|notice| kind(notice) == of).count()
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// What bounds a notice.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Digit,
    Text,
    End,
}

fn kind(notice: &LineNotice) -> Kind {
    match notice {
        LineNotice::Digit { .. } => Kind::Digit,
        LineNotice::Text(_) => Kind::Text,
        LineNotice::PlaybackEnded { .. }
        | LineNotice::DigitsSent
        | LineNotice::BridgeLeft(_)
        | LineNotice::RecordingStarted(_)
        | LineNotice::Referred(_)
        | LineNotice::RecordingEnded(..) => Kind::End,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digit(digit: char) -> LineNotice {
        LineNotice::Digit {
            digit,
            length: Duration::from_millis(100),
        }
    }

    fn ended(playback: u64) -> LineNotice {
        LineNotice::PlaybackEnded {
            playback: PlaybackId(playback),
            complete: true,
        }
    }

    #[test]
    fn notices_keep_their_order_and_are_found_by_kind() {
        let mut inbox = Inbox::default();
        for notice in [digit('1'), ended(7), digit('2'), LineNotice::DigitsSent] {
            inbox.notify(notice);
        }
        assert_eq!(inbox.take_playback(PlaybackId(8)), None);
        assert_eq!(inbox.take_playback(PlaybackId(7)), Some(true));
        assert_eq!(inbox.take_digit(), Some('1'));
        assert_eq!(inbox.take_next(), Some(digit('2')));
        assert_eq!(inbox.take_next(), Some(LineNotice::DigitsSent));
        assert_eq!(inbox.take_next(), None);
    }

    #[test]
    fn what_nobody_looks_at_does_not_pile_up() {
        let mut inbox = Inbox::default();
        for number in 0..10_000 {
            inbox.notify(ended(number));
            inbox.notify(digit('1'));
            inbox.notify(LineNotice::Text(Arc::from("text")));
        }
        assert_eq!(inbox.waiting.len(), DIGITS_MAX + TEXTS_MAX + ENDS_MAX);
        assert_eq!(inbox.take_playback(PlaybackId(0)), None);
        assert_eq!(inbox.take_playback(PlaybackId(9_999)), Some(true));
    }
}
