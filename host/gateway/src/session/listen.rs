//! Sounds played to the caller and digits awaited, while the program may speak up.

use super::Session;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};
use ucx_call::{PlaybackControl, PlaybackId};
use ucx_pbx::{Ending, LineNotice};

/// Samples a millisecond, as clients count the length of what was played.
const SAMPLES_PER_MS: u128 = 8;

/// The longest time anybody waits, a bit more than 49 days, so that a deadline can always be reckoned.
const PATIENCE_MAX: Duration = Duration::from_millis(u32::MAX as u64);

/// What ended a wait for the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// All was played, or the time is over.
    Completed,
    /// The sound could not be played.
    Failed,
    /// This digit.
    Digit(char),
    /// The program sent its next command, or is gone.
    Superseded,
    /// The channel was taken away.
    Gone,
}

/// How a playback went.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Played {
    /// What ended it.
    pub heard: Heard,
    /// How long it played.
    pub time: Duration,
}

impl Played {
    /// How many samples were played; none of a sound that could not be.
    pub fn samples(&self) -> u128 {
        if self.heard == Heard::Failed {
            return 0;
        }
        self.time.as_millis() * SAMPLES_PER_MS
    }
}

/// The length of so many samples.
pub(crate) fn samples(count: u64) -> Duration {
    Duration::from_micros(count.min(u64::from(u32::MAX)) * 125)
}

impl Session<'_> {
    /// Plays sounds until one of the `stops` is pressed; digits pressed before count, others are lost.
    pub async fn play(&mut self, sounds: &[Arc<str>], stops: &str) -> Played {
        self.play_from(sounds, stops, Duration::ZERO).await
    }

    /// The same, from a point within the sound.
    pub async fn play_from(&mut self, sounds: &[Arc<str>], stops: &str, from: Duration) -> Played {
        if sounds.is_empty() {
            return Played {
                heard: Heard::Completed,
                time: Duration::ZERO,
            };
        }
        let began_at = Instant::now();
        let heard = match self.begin(sounds, from) {
            Ok(playback) => {
                self.until_played(playback, |digit| {
                    stops.contains(digit).then_some(Heard::Digit(digit))
                })
                .await
            }
            Err(ending) => {
                self.note(ending);
                Heard::Gone
            }
        };
        Played {
            heard,
            time: began_at.elapsed(),
        }
    }

    /// Begins to play, from a point within the sound.
    pub fn begin(&mut self, sounds: &[Arc<str>], from: Duration) -> Result<PlaybackId, Ending> {
        let playback = self.line.start_play(sounds)?;
        if !from.is_zero() {
            self.line
                .control_playback(playback, PlaybackControl::Forward(from))?;
        }
        Ok(playback)
    }

    /// Waits for the end of a playback, or for a digit that ends it.
    pub async fn until_played(
        &mut self,
        playback: PlaybackId,
        mut pressed: impl FnMut(char) -> Option<Heard>,
    ) -> Heard {
        let heard = self
            .listen(None, |notice| {
                if let LineNotice::PlaybackEnded {
                    playback: ended,
                    complete,
                } = notice
                    && ended == playback
                {
                    return Some(if complete { Heard::Completed } else { Heard::Failed });
                }
                pressed(digit_of(&notice)?)
            })
            .await;
        if matches!(heard, Heard::Digit(_) | Heard::Superseded)
            && let Err(ending) = self.line.stop_play(playback)
        {
            self.note(ending);
        }
        heard
    }

    /// Waits for any digit; [`Heard::Completed`] if none comes in time, which is endless if none is given.
    pub async fn digit(&mut self, patience: Option<Duration>) -> Heard {
        self.listen(patience, |notice| digit_of(&notice).map(Heard::Digit))
            .await
    }

    /// Waits until a notice means something, the program speaks up or the time is over ([`Heard::Completed`]).
    pub async fn listen(
        &mut self,
        patience: Option<Duration>,
        mut means: impl FnMut(LineNotice) -> Option<Heard>,
    ) -> Heard {
        let deadline = patience.map(|time| Instant::now() + time.min(PATIENCE_MAX));
        loop {
            let (line, peer) = (&mut *self.line, &mut self.peer);
            let next = tokio::select! {
                biased;
                notice = line.next() => notice,
                () = peer.speaks() => return Heard::Superseded,
                () = until(deadline) => return Heard::Completed,
            };
            match next {
                Ok(notice) => {
                    if let Some(heard) = means(notice) {
                        return heard;
                    }
                }
                Err(ending) => {
                    self.note(ending);
                    return Heard::Gone;
                }
            }
        }
    }
}

/// The digit a notice is about.
pub(crate) fn digit_of(notice: &LineNotice) -> Option<char> {
    if let LineNotice::Digit { digit, .. } = notice {
        Some(*digit)
    } else {
        None
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
