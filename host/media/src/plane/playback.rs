//! Where a row of sounds stands that is being played.

use super::command::{PlaybackControl, Repeat};
use crate::sound::Sound;
use std::sync::Arc;
use std::time::Duration;

#[derive(Debug)]
pub(super) struct Playback {
    pub(super) id: u64,
    sounds: Vec<Arc<Sound>>,
    /// Rounds still to begin after this one; `None` for no end.
    rounds: Option<u32>,
    /// Whether later rounds are of the last sound only.
    last_only: bool,
    sound: usize,
    sample: usize,
    paused: bool,
}

impl Playback {
    pub(super) fn new(id: u64, sounds: Vec<Arc<Sound>>, repeat: Repeat) -> Self {
        let nothing = sounds.iter().all(|sound| sound.samples().is_empty());
        let rounds = match repeat {
            Repeat::Forever | Repeat::Last if nothing => Some(0),
            Repeat::Forever => None,
            Repeat::Last if sounds.last().is_some_and(|sound| sound.samples().is_empty()) => Some(0),
            Repeat::Last => None,
            Repeat::Times(times) => Some(times.saturating_sub(1)),
        };
        let sounds = if repeat == Repeat::Times(0) || nothing {
            Vec::new()
        } else {
            sounds
        };
        Self {
            id,
            sounds,
            rounds,
            last_only: repeat == Repeat::Last,
            sound: 0,
            sample: 0,
            paused: false,
        }
    }

    pub(super) const fn is_paused(&self) -> bool {
        self.paused
    }

    /// Fills `out` from its beginning; gives how many samples there were, fewer only at the end.
    pub(super) fn fill(&mut self, out: &mut [i16]) -> usize {
        let mut filled = 0;
        while filled < out.len() {
            let Some(sound) = self.sounds.get(self.sound) else {
                if !self.begin_round() {
                    return filled;
                }
                continue;
            };
            let left = sound.samples().get(self.sample..).unwrap_or_default();
            let count = left.len().min(out.len() - filled);
            out[filled..filled + count].copy_from_slice(&left[..count]);
            filled += count;
            self.sample += count;
            if count == left.len() {
                (self.sound, self.sample) = (self.sound + 1, 0);
            }
        }
        filled
    }

    pub(super) fn control(&mut self, control: PlaybackControl) {
        match control {
            PlaybackControl::Forward(by) => self.wind(self.position().saturating_add(samples(by))),
            PlaybackControl::Pause => self.paused = true,
            PlaybackControl::Restart => self.wind(0),
            PlaybackControl::Reverse(by) => self.wind(self.position().saturating_sub(samples(by))),
            PlaybackControl::Unpause => self.paused = false,
        }
    }

    fn begin_round(&mut self) -> bool {
        if self.sounds.is_empty() {
            return false;
        }
        match &mut self.rounds {
            None => {}
            Some(0) => return false,
            Some(rounds) => *rounds -= 1,
        }
        let first = if self.last_only { self.sounds.len() - 1 } else { 0 };
        (self.sound, self.sample) = (first, 0);
        true
    }

    fn position(&self) -> usize {
        let before = self
            .sounds
            .iter()
            .take(self.sound)
            .map(|sound| sound.samples().len());
        before.sum::<usize>() + self.sample
    }

    fn wind(&mut self, to: usize) {
        (self.sound, self.sample) = (0, to);
        while let Some(sound) = self.sounds.get(self.sound) {
            let Some(rest) = self.sample.checked_sub(sound.samples().len()) else {
                return;
            };
            (self.sound, self.sample) = (self.sound + 1, rest);
        }
        self.sample = 0;
    }
}

fn samples(duration: Duration) -> usize {
    usize::try_from(crate::samples_in(duration)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn playback(repeat: Repeat) -> Playback {
        let sound = |samples: &[i16]| Arc::new(Sound::from_samples(samples));
        Playback::new(1, vec![sound(&[1, 2, 3]), sound(&[]), sound(&[4, 5])], repeat)
    }

    fn take(playback: &mut Playback, count: usize) -> Vec<i16> {
        let mut out = vec![0; count];
        let filled = playback.fill(&mut out);
        out.truncate(filled);
        out
    }

    #[test]
    fn sounds_follow_one_another_without_a_seam_as_often_as_asked() {
        assert_eq!(
            take(&mut playback(Repeat::Times(2)), 20),
            [1, 2, 3, 4, 5, 1, 2, 3, 4, 5]
        );
        assert_eq!(take(&mut playback(Repeat::Forever), 7), [1, 2, 3, 4, 5, 1, 2]);
        assert_eq!(take(&mut playback(Repeat::Times(0)), 7), []);
    }

    #[test]
    fn the_last_sound_may_be_the_one_that_is_repeated() {
        assert_eq!(take(&mut playback(Repeat::Last), 9), [1, 2, 3, 4, 5, 4, 5, 4, 5]);
        let empty_last = vec![
            Arc::new(Sound::from_samples(&[1])),
            Arc::new(Sound::from_samples(&[])),
        ];
        assert_eq!(take(&mut Playback::new(1, empty_last, Repeat::Last), 9), [1]);
    }

    #[test]
    fn nothing_played_for_ever_ends_at_once() {
        assert_eq!(take(&mut Playback::new(1, Vec::new(), Repeat::Forever), 7), []);
        let empty = Arc::new(Sound::from_samples(&[]));
        assert_eq!(
            take(&mut Playback::new(1, vec![empty], Repeat::Times(u32::MAX)), 7),
            []
        );
    }

    #[test]
    fn winding_stays_within_the_sounds() {
        let mut playback = playback(Repeat::Times(1));
        take(&mut playback, 4);
        playback.control(PlaybackControl::Reverse(crate::duration_of(2)));
        assert_eq!(take(&mut playback, 2), [3, 4]);
        playback.control(PlaybackControl::Reverse(Duration::from_secs(9)));
        playback.control(PlaybackControl::Forward(crate::duration_of(3)));
        assert_eq!(take(&mut playback, 1), [4]);
        playback.control(PlaybackControl::Restart);
        assert_eq!(take(&mut playback, 1), [1]);
        playback.control(PlaybackControl::Forward(Duration::from_secs(9)));
        assert_eq!(take(&mut playback, 9), []);
    }
}
