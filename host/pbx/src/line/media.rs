//! Sounds and digits on a channel.

use super::{Ending, Line};
use crate::inbox::LineNotice;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use ucx_call::{Cause, PlaybackId, RecordingControl, RecordingEnd, RecordingSpec, Tone};
use ucx_switch::Switch;

/// How a playback ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlayEnd {
    /// All of it was played.
    Completed,
    /// This digit stopped it.
    Digit(char),
    /// It could not be played, or not to its end.
    Failed,
}

/// What digits to collect.
#[derive(Clone, Debug)]
pub struct ReadSpec {
    /// Sounds played before; the first digit stops them.
    pub sounds: Vec<Arc<str>>,
    /// Most digits to take.
    pub most: usize,
    /// Time for the first digit.
    pub first: Duration,
    /// Time for each further digit.
    pub between: Duration,
    /// Digits that end the input and do not belong to it.
    pub terminators: &'static str,
}

/// Why no more digits were taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigitsEnd {
    /// There are as many as were wanted.
    Full,
    /// This digit ended the input.
    Terminated(char),
    /// The time for the next one passed.
    TimedOut,
    /// The sounds could not be played.
    Failed,
}

/// Digits that were collected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digits {
    /// The digits.
    pub text: String,
    /// Why there are no more.
    pub end: DigitsEnd,
}

/// Every digit a telephone sends.
pub(crate) const ANY_DIGIT: &str = "0123456789*#ABCD";

/// How long a caller who was just answered may take until sound comes from it.
const SOUND_PATIENCE: Duration = Duration::from_millis(500);

/// How often it is looked whether sound comes.
const SOUND_LOOK: Duration = Duration::from_millis(20);

impl Line {
    /// Plays sounds one after the other, whatever is pressed meanwhile.
    ///
    /// # Errors
    /// As for [`Self::answer`]; so for all that follow.
    pub async fn play(&mut self, sounds: &[Arc<str>]) -> Result<PlayEnd, Ending> {
        let end = self.play_and_listen(sounds, "").await?;
        self.forget_digits();
        Ok(end)
    }

    /// Plays sounds until one of the `stops` is pressed; other digits are lost. Digits pressed before count.
    ///
    /// # Errors
    /// As for [`Self::answer`].
    pub async fn play_and_listen(&mut self, sounds: &[Arc<str>], stops: &str) -> Result<PlayEnd, Ending> {
        if sounds.is_empty() {
            return Ok(PlayEnd::Completed);
        }
        let playback = self.begin_play(sounds)?;
        let end = self
            .wait_for(None, |inbox| {
                while !stops.is_empty()
                    && let Some(digit) = inbox.take_digit()
                {
                    if stops.contains(digit) {
                        return Some(PlayEnd::Digit(digit));
                    }
                }
                let is_complete = inbox.take_playback(playback)?;
                Some(if is_complete {
                    PlayEnd::Completed
                } else {
                    PlayEnd::Failed
                })
            })
            .await?
            .unwrap_or(PlayEnd::Failed);
        if matches!(end, PlayEnd::Digit(_)) {
            self.control(Switch::stop_playing)?;
            self.with_inbox(|inbox| inbox.take_playback(playback));
        }
        Ok(end)
    }

    /// Whether what was played last was stopped by somebody who does not drive the channel.
    pub fn is_stopped(&self) -> bool {
        let stopped = self.pbx.with_driven(self.channel, |driven| Ok(driven.is_stopped));
        stopped.unwrap_or_default()
    }

    /// Begins a playback, and tells those who watch for tests.
    pub(super) fn begin_play(&self, sounds: &[Arc<str>]) -> Result<PlaybackId, Ending> {
        // A channel that is over refuses next.
        let _ = self.pbx.with_driven(self.channel, |driven| {
            driven.is_stopped = false;
            Ok(())
        });
        let playback = self.control(|switch, now, lease| switch.play(now, lease, Arc::from(sounds)))?;
        let name = self.name();
        for sound in sounds {
            self.pbx
                .test_event("PLAYBACK", &[("Message", sound), ("Channel", &name)]);
        }
        Ok(playback)
    }

    /// The next digit, or none in that time. A digit pressed before counts.
    ///
    /// # Errors
    /// As for [`Self::answer`].
    pub async fn next_digit(&mut self, timeout: Duration) -> Result<Option<char>, Ending> {
        let deadline = Instant::now() + timeout;
        self.wait_for(Some(deadline), crate::inbox::Inbox::take_digit)
            .await
    }

    /// Forgets the digits nobody took.
    pub fn forget_digits(&mut self) {
        self.with_inbox(crate::inbox::Inbox::forget_digits);
    }

    /// Collects digits.
    ///
    /// # Errors
    /// As for [`Self::answer`].
    pub async fn read_digits(&mut self, spec: &ReadSpec) -> Result<Digits, Ending> {
        let mut text = String::new();
        let end = match self.play_and_listen(&spec.sounds, ANY_DIGIT).await? {
            PlayEnd::Failed => Some(DigitsEnd::Failed),
            PlayEnd::Digit(digit) => take(spec, &mut text, digit),
            PlayEnd::Completed => None,
        };
        if let Some(end) = end {
            return Ok(Digits { text, end });
        }
        loop {
            let time = if text.is_empty() { spec.first } else { spec.between };
            let Some(digit) = self.next_digit(time).await? else {
                return Ok(Digits {
                    text,
                    end: DigitsEnd::TimedOut,
                });
            };
            if let Some(end) = take(spec, &mut text, digit) {
                return Ok(Digits { text, end });
            }
        }
    }

    /// Records what the far end says until it ends by itself or one of the `stops` is pressed: how it ended, and the digit.
    ///
    /// # Errors
    /// As for [`Self::answer`]; [`Ending::Refused`] if nobody is to be heard, or too many are recorded. What was recorded until
    /// then is kept.
    pub async fn record(
        &mut self,
        spec: RecordingSpec,
        stops: &str,
    ) -> Result<(RecordingEnd, Option<char>), Ending> {
        let recording = self.start_recording(spec)?;
        let pbx = self.pbx.clone();
        let stop =
            || pbx.mutate(|switch, now| switch.control_recording(now, recording, RecordingControl::Stop));
        let ended = self
            .wait_for(None, |inbox| {
                if let Some(end) = inbox.take_recording(recording) {
                    return Some(Ok(end));
                }
                std::iter::from_fn(|| inbox.take_digit())
                    .find(|digit| stops.contains(*digit))
                    .map(Err)
            })
            .await
            .inspect_err(|_| stop())?;
        match ended.expect("a wait without a deadline ends with what it waits for") {
            Ok(end) => Ok((end, None)),
            Err(digit) => {
                stop();
                let end = self
                    .wait_for(None, |inbox| inbox.take_recording(recording))
                    .await?
                    .expect("a wait without a deadline ends with what it waits for");
                Ok((end, Some(digit)))
            }
        }
    }

    /// Sends digits and waits until they are sent.
    ///
    /// # Errors
    /// As for [`Self::answer`]; [`Ending::Refused`] for characters that are no digits.
    pub async fn send_digits(&mut self, digits: &str, length: Duration, gap: Duration) -> Result<(), Ending> {
        self.with_inbox(|inbox| inbox.forget(|notice| *notice == LineNotice::DigitsSent));
        self.control(|switch, now, lease| switch.send_digits(now, lease, digits, length, gap))?;
        self.wait_for(None, crate::inbox::Inbox::take_digits_sent).await?;
        Ok(())
    }

    /// Sends the caller back what it says until one of the `stops` is pressed.
    ///
    /// # Errors
    /// As for [`Self::answer`].
    pub async fn echo(&mut self, stops: &str) -> Result<(), Ending> {
        self.control(Switch::echo)?;
        self.wait_for(None, |inbox| {
            inbox.take_digit().filter(|digit| stops.contains(*digit))
        })
        .await?;
        self.control(Switch::quiet)
    }

    /// Answers, and waits until sound comes from the caller, so that what follows is heard from its beginning. Who sends none
    /// is not waited for long; nothing happens if it is answered.
    ///
    /// # Errors
    /// As for [`Self::answer`].
    pub async fn answer_and_hear(&mut self) -> Result<(), Ending> {
        if self.is_up() {
            return Ok(());
        }
        self.answer()?;
        let until = Instant::now() + SOUND_PATIENCE;
        while !self.pbx().with_switch(|switch| switch.is_heard(self.id())) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            self.wait(left.min(SOUND_LOOK)).await?;
        }
        Ok(())
    }

    /// Turns the caller away with a tone. A call that is not answered ends at once with the cause; in one that is, the
    /// tone is heard for that long, or until the caller hangs up.
    pub async fn turn_away(&mut self, tone: Tone, cause: Cause, time: Option<Duration>) -> Ending {
        if !self.is_up() {
            let refused = self.control(|switch, now, lease| switch.refuse(now, lease, cause));
            return refused.err().unwrap_or(Ending::GONE);
        }
        if let Err(ending) = self.tone(Some(tone)) {
            return ending;
        }
        let waited = match time {
            Some(time) => self.wait(time).await,
            None => self.wait_forever().await,
        };
        match waited {
            Ok(()) => Ending::Hangup(Cause::NONE),
            Err(ending) => ending,
        }
    }
}

fn take(spec: &ReadSpec, text: &mut String, digit: char) -> Option<DigitsEnd> {
    if spec.terminators.contains(digit) {
        return Some(DigitsEnd::Terminated(digit));
    }
    text.push(digit);
    (text.len() >= spec.most).then_some(DigitsEnd::Full)
}
