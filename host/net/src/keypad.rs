//! Digits that go out as SIP INFO, one after the other in their time.

use crate::control::Control;
use crate::media::MediaDriver;
use crate::outbound::sends_info;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::Duration;
use ucx_call::{ChannelId, Signal};
use ucx_media::{Command, digits};

/// How long a `w` among digits waits.
const WAIT: Duration = Duration::from_millis(500);
/// Digits that may wait on one channel; more are left out.
const WAITING_MAX: usize = 512;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Press {
    Digit {
        digit: char,
        length: Duration,
    },
    /// The digits before were all of one request.
    Done,
}

/// What is being pressed on channels whose digits are messages.
#[derive(Debug, Default)]
pub(crate) struct Keypad {
    waiting: HashMap<ChannelId, VecDeque<(Duration, Press)>>,
    due: BTreeSet<(Duration, ChannelId)>,
}

impl Keypad {
    /// Lets digits follow those that wait. A digit is told when it is released, as the field does.
    fn press(&mut self, now: Duration, channel: ChannelId, text: &str, length: Duration, gap: Duration) {
        let waiting = self.waiting.entry(channel).or_default();
        let was_idle = waiting.is_empty();
        let mut at = waiting.back().map_or(now, |(at, _)| *at);
        for digit in text.chars().take(WAITING_MAX.saturating_sub(waiting.len())) {
            if digit.eq_ignore_ascii_case(&'w') {
                at += WAIT;
                continue;
            }
            at += length;
            let digit = digit.to_ascii_uppercase();
            waiting.push_back((at, Press::Digit { digit, length }));
            at += gap;
        }
        waiting.push_back((at, Press::Done));
        if was_idle && let Some((first, _)) = waiting.front() {
            self.due.insert((*first, channel));
        }
    }

    /// Nothing more is pressed on a channel.
    pub(crate) fn forget(&mut self, channel: ChannelId) {
        let first = self
            .waiting
            .remove(&channel)
            .and_then(|mut waiting| waiting.pop_front());
        if let Some((at, _)) = first {
            self.due.remove(&(at, channel));
        }
    }

    pub(crate) fn poll_timeout(&self) -> Option<Duration> {
        self.due.first().map(|(at, _)| *at)
    }

    fn pop_due(&mut self, now: Duration) -> Option<(ChannelId, Press)> {
        let (at, channel) = self.due.first().copied().filter(|(at, _)| *at <= now)?;
        self.due.remove(&(at, channel));
        let waiting = self.waiting.get_mut(&channel)?;
        let (_, press) = waiting.pop_front()?;
        match waiting.front() {
            Some((next, _)) => {
                self.due.insert((*next, channel));
            }
            None => {
                self.waiting.remove(&channel);
            }
        }
        Some((channel, press))
    }
}

/// How a digit came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DigitWay {
    /// In the media, which is relayed as it is.
    Media,
    /// As a message, of which the media plane knows nothing.
    Message,
}

impl<M: MediaDriver> Control<M> {
    /// Passes a digit on to who hears the channel, where the relayed media does not do that.
    pub(crate) fn pass_digit(&mut self, from: ChannelId, digit: char, length: Duration, way: DigitWay) {
        let now = self.now();
        for call in self.calls.values().filter(|call| call.hears == Some(from)) {
            if sends_info(call.entry.dtmf, call.audio.as_ref()) {
                if let Some(session) = call.session
                    && let Err(error) = self.sip.info_dtmf(now, session, digit, length)
                {
                    tracing::debug!(%error, "a digit cannot be passed on");
                }
            } else if way == DigitWay::Message
                && let Ok(digits) = digits(&digit.to_string())
            {
                self.media.command(Command::SendDigits {
                    stream: call.stream,
                    digits,
                    duration: length,
                    gap: Duration::ZERO,
                });
            }
        }
    }

    pub(crate) fn press(&mut self, channel: ChannelId, text: &str, length: Duration, gap: Duration) {
        let now = self.now();
        self.keypad.press(now, channel, text, length, gap);
    }

    /// Sends the digits whose time has come.
    pub(crate) fn release_keys(&mut self) {
        let now = self.now();
        while let Some((channel, press)) = self.keypad.pop_due(now) {
            let session = self.calls.get(&channel).and_then(|call| call.session);
            match (press, session) {
                (Press::Digit { digit, length }, Some(session)) => {
                    if let Err(error) = self.sip.info_dtmf(now, session, digit, length) {
                        tracing::debug!(%error, "a digit cannot be sent");
                    }
                }
                (Press::Digit { .. }, None) => {}
                (Press::Done, _) => self.pbx.signal(channel, Signal::DigitsSent),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_released_in_their_time_and_requests_end_in_turn() {
        let ms = Duration::from_millis;
        let (mut keypad, one, two) = (Keypad::default(), ChannelId(1), ChannelId(2));
        keypad.press(ms(0), one, "1w#", ms(100), ms(80));
        keypad.press(ms(10), one, "a", ms(100), ms(80));
        keypad.press(ms(20), two, "9", ms(100), ms(80));
        let mut seen = Vec::new();
        while let Some(at) = keypad.poll_timeout() {
            let (channel, press) = keypad.pop_due(at).expect("it is due");
            let what = match press {
                Press::Digit { digit, .. } => digit,
                Press::Done => '.',
            };
            seen.push((at.as_millis(), channel.0, what));
        }
        let expected = [
            (100, 1, '1'),
            (120, 2, '9'),
            (200, 2, '.'),
            (780, 1, '#'),
            (860, 1, '.'),
            (960, 1, 'A'),
            (1040, 1, '.'),
        ];
        assert_eq!(seen, expected);
        keypad.press(ms(0), one, "1", ms(100), ms(80));
        keypad.forget(one);
        assert_eq!(keypad.poll_timeout(), None);
    }
}
