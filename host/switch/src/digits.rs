//! Which digits go to the far end of a channel, and where do those go that come from there?

use crate::Switch;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{Action, ChannelId, DigitSide, EventKind, Lease, Notice, Refusal};

/// Longest text of digits that one request may send.
const DIGITS_MAX: usize = 256;

impl Switch {
    /// Sends digits to the far end. [`Notice::DigitsSent`] follows.
    ///
    /// # Errors
    /// As for [`Self::answer`]; [`Refusal::Invalid`] for characters that are no digits, or too many.
    pub fn send_digits(
        &mut self,
        now: Duration,
        lease: Lease,
        digits: &str,
        length: Duration,
        gap: Duration,
    ) -> Result<(), Refusal> {
        let is_digit = |c: char| matches!(c, '0'..='9' | '*' | '#' | 'A'..='D' | 'a'..='d' | 'w' | 'W');
        if digits.is_empty() || digits.len() > DIGITS_MAX || !digits.chars().all(is_digit) {
            return Err(Refusal::Invalid(format!(
                "`{digits}` is not a text of 1 to {DIGITS_MAX} digits"
            )));
        }
        let channel = self.driven(lease)?;
        let id = channel.id();
        let Some(half) = &channel.half else {
            let digits = Arc::from(digits.to_ascii_uppercase().replace('W', "w"));
            self.actions.push_back(Action::SendDigits {
                channel: id,
                digits,
                length,
                gap,
            });
            return Ok(());
        };
        let other = half.other;
        for digit in digits.chars().filter(|c| !c.eq_ignore_ascii_case(&'w')) {
            self.digit_ended(now, other, digit.to_ascii_uppercase(), length);
        }
        self.notices.push_back(Notice::DigitsSent { channel: id });
        Ok(())
    }

    /// A digit from a channel's far end: to its controller, or on through the bridge it is in.
    pub(crate) fn digit_began(&mut self, now: Duration, id: ChannelId, digit: char) {
        let Some(channel) = self.snap(id) else { return };
        self.emit(
            now,
            EventKind::DigitBegan {
                channel,
                digit,
                side: DigitSide::Received,
            },
        );
        let Some(peer) = self.passes_digits_to(id) else {
            return;
        };
        if let Some(channel) = self.snap(peer) {
            self.emit(
                now,
                EventKind::DigitBegan {
                    channel,
                    digit,
                    side: DigitSide::Sent,
                },
            );
        }
    }

    pub(crate) fn digit_ended(&mut self, now: Duration, id: ChannelId, digit: char, length: Duration) {
        let Some(channel) = self.snap(id) else { return };
        self.emit(
            now,
            EventKind::DigitEnded {
                channel,
                digit,
                side: DigitSide::Received,
                length,
            },
        );
        let Some(peer) = self.passes_digits_to(id) else {
            self.notices.push_back(Notice::Digit {
                channel: id,
                digit,
                length,
            });
            return;
        };
        let Some(snapshot) = self.snap(peer) else { return };
        self.emit(
            now,
            EventKind::DigitEnded {
                channel: snapshot,
                digit,
                side: DigitSide::Sent,
                length,
            },
        );
        let beyond = self
            .channels
            .get(&peer)
            .and_then(|channel| channel.half.as_ref())
            .map(|half| half.other);
        if let Some(beyond) = beyond {
            // One level for each Local pair in the path, and each pair is two channels of a bounded table.
            self.digit_ended(now, beyond, digit, length);
        }
    }

    /// Takes a digit as if the channel's far end had pressed it.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`]; [`Refusal::Invalid`] if it is none.
    pub fn receive_digit(
        &mut self,
        now: Duration,
        id: ChannelId,
        digit: char,
        length: Duration,
    ) -> Result<(), Refusal> {
        if !matches!(digit, '0'..='9' | '*' | '#' | 'A'..='D') {
            return Err(Refusal::Invalid(format!("`{digit}` is no digit")));
        }
        if !self.channels.contains_key(&id) {
            return Err(Refusal::NoSuchChannel);
        }
        // Of one that took no time the field tells the end only (capture `dtmf/rfc4733`).
        if !length.is_zero() {
            self.digit_began(now, id, digit);
        }
        self.digit_ended(now, id, digit, length);
        self.settle_audio();
        Ok(())
    }
}
