//! Which of a few known frequencies is heard, since when and for how long.

use std::collections::VecDeque;
use std::f32::consts::TAU;
use std::time::Duration;

/// Frequencies one recogniser may look for; those beyond are left out.
pub const MAX_FREQUENCIES: usize = 32;
/// Tones that ended and were not asked for yet; the oldest go first.
pub const MAX_ENDED: usize = 256;
/// Samples judged at once: 20 ms, which tells frequencies 50 Hz apart.
const BLOCK: usize = 160;
/// Share of a block's power a tone needs; two tones at once have half each.
const SHARE: f32 = 0.3;
/// Mean square below which a block is silence, about -45 dBm0.
const FLOOR: f32 = 125.0 * 125.0;
/// Blocks in a row that must agree before a tone begins or ends.
const AGREEING: u8 = 2;

/// The share of a block's power at one frequency, 0 to about 1 (Goertzel's algorithm).
#[must_use]
pub fn goertzel_power(samples: &[i16], hz: u16) -> f32 {
    let energy: f32 = samples
        .iter()
        .map(|sample| f32::from(*sample) * f32::from(*sample))
        .sum();
    share(samples, coefficient(f32::from(hz)), energy)
}

/// `2 cos ω` of a frequency at 8 kHz.
pub(crate) fn coefficient(hz: f32) -> f32 {
    2.0 * (TAU * hz / 8000.0).cos()
}

/// The power of a block at one frequency as a share of its `energy`.
pub(crate) fn share(samples: &[i16], coefficient: f32, energy: f32) -> f32 {
    if energy <= 0.0 {
        return 0.0;
    }
    let (mut before, mut last) = (0.0f32, 0.0f32);
    for sample in samples {
        let next = coefficient.mul_add(last, f32::from(*sample) - before);
        (before, last) = (last, next);
    }
    let power = last * last + before * before - coefficient * last * before;
    #[expect(clippy::cast_precision_loss, reason = "blocks are short")]
    let length = samples.len() as f32;
    2.0 * power / (length * energy)
}

/// A tone heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeardTone {
    /// Its frequency in Hz.
    pub hz: u16,
    /// When it began, to within a block.
    pub since: Duration,
    /// How long it has been heard, or was.
    pub lasted: Duration,
}

#[derive(Clone, Debug)]
struct Watched {
    hz: u16,
    coefficient: f32,
    /// Blocks in a row that speak against the present state.
    against: u8,
    changed_at: Duration,
    heard: Option<HeardTone>,
}

/// Listens for a fixed set of frequencies.
#[derive(Clone, Debug)]
pub struct ToneRecogniser {
    watched: Vec<Watched>,
    block: Vec<i16>,
    block_at: Duration,
    ended: VecDeque<HeardTone>,
}

impl ToneRecogniser {
    /// Listens for these frequencies in Hz, best 100 Hz or more apart.
    #[must_use]
    pub fn new(frequencies: &[u16]) -> Self {
        let watched = frequencies.iter().take(MAX_FREQUENCIES).map(|hz| Watched {
            hz: *hz,
            coefficient: coefficient(f32::from(*hz)),
            against: 0,
            changed_at: Duration::ZERO,
            heard: None,
        });
        Self {
            watched: watched.collect(),
            block: Vec::with_capacity(BLOCK),
            block_at: Duration::ZERO,
            ended: VecDeque::new(),
        }
    }

    /// Hears samples, the first of which is of the instant `at`.
    pub fn hear(&mut self, at: Duration, samples: &[i16]) {
        for (before, sample) in (0..).zip(samples) {
            if self.block.is_empty() {
                self.block_at = at + crate::duration_of(before);
            }
            self.block.push(*sample);
            if self.block.len() == BLOCK {
                self.judge();
                self.block.clear();
            }
        }
    }

    /// The tones heard just now, lowest place in the given list first.
    pub fn present(&self) -> impl Iterator<Item = HeardTone> + '_ {
        self.watched.iter().filter_map(|watched| watched.heard)
    }

    /// A tone that was heard and is over, oldest first.
    pub fn poll_ended(&mut self) -> Option<HeardTone> {
        self.ended.pop_front()
    }

    fn judge(&mut self) {
        let energy: f32 = self
            .block
            .iter()
            .map(|sample| f32::from(*sample) * f32::from(*sample))
            .sum();
        #[expect(clippy::cast_precision_loss, reason = "blocks are short")]
        let loud = energy > FLOOR * BLOCK as f32;
        let until = self.block_at + crate::duration_of(BLOCK as u64);
        for watched in &mut self.watched {
            let present = loud && share(&self.block, watched.coefficient, energy) > SHARE;
            if let Some(tone) = watched.judge(present, self.block_at, until) {
                if self.ended.len() == MAX_ENDED {
                    self.ended.pop_front();
                }
                self.ended.push_back(tone);
            }
        }
    }
}

impl Watched {
    /// Takes one block's verdict; gives a tone that ended.
    fn judge(&mut self, present: bool, at: Duration, until: Duration) -> Option<HeardTone> {
        if present == self.heard.is_some() {
            self.against = 0;
            if let Some(tone) = &mut self.heard {
                tone.lasted = until.saturating_sub(tone.since);
            }
            return None;
        }
        if self.against == 0 {
            self.changed_at = at;
        }
        self.against += 1;
        if self.against < AGREEING {
            return None;
        }
        self.against = 0;
        let ended = self.heard.take();
        if ended.is_none() {
            let lasted = until.saturating_sub(self.changed_at);
            self.heard = Some(HeardTone {
                hz: self.hz,
                since: self.changed_at,
                lasted,
            });
        }
        ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ToneGenerator, g711};

    const FRAME: Duration = Duration::from_millis(20);

    fn play(recogniser: &mut ToneRecogniser, tone: &str, from_ms: u64, for_ms: u64) {
        let mut generator = ToneGenerator::new(tone.parse().expect("a tone"));
        for frame in 0..for_ms / 20 {
            let mut samples = [0; 160];
            generator.fill(&mut samples);
            let coded = samples.map(|sample| g711::from_ulaw(g711::to_ulaw(sample)));
            recogniser.hear(Duration::from_millis(from_ms + frame * 20), &coded);
        }
    }

    fn heard(recogniser: &ToneRecogniser) -> Vec<u16> {
        recogniser.present().map(|tone| tone.hz).collect()
    }

    #[test]
    fn a_tone_is_named_with_its_beginning_and_its_length() {
        let mut recogniser = ToneRecogniser::new(&[400, 600, 800, 1000]);

        play(&mut recogniser, "0", 0, 200);
        play(&mut recogniser, "800", 200, 500);
        let during: Vec<_> = recogniser.present().collect();
        play(&mut recogniser, "0", 700, 100);

        let tone = HeardTone {
            hz: 800,
            since: Duration::from_millis(200),
            lasted: Duration::from_millis(500),
        };
        assert_eq!(during, [tone]);
        assert_eq!(recogniser.poll_ended(), Some(tone));
        assert_eq!(recogniser.poll_ended(), None);
        assert_eq!(heard(&recogniser), []);
    }

    #[test]
    fn two_tones_at_once_are_both_heard() {
        let mut recogniser = ToneRecogniser::new(&[350, 440, 620, 1004]);

        play(&mut recogniser, "440+1004", 0, 200);

        assert_eq!(heard(&recogniser), [440, 1004]);
    }

    #[test]
    fn a_click_and_a_single_lost_frame_change_nothing() {
        let mut recogniser = ToneRecogniser::new(&[440]);

        play(&mut recogniser, "440", 0, 20);
        play(&mut recogniser, "0", 20, 100);
        assert_eq!(heard(&recogniser), []);
        play(&mut recogniser, "440", 120, 100);
        play(&mut recogniser, "0", 220, 20);
        play(&mut recogniser, "440", 240, 100);

        let tone = recogniser.present().next().expect("the tone goes on");
        assert_eq!(tone.since, Duration::from_millis(120));
        assert_eq!(tone.lasted, FRAME * 11);
        assert_eq!(recogniser.poll_ended(), None);
    }

    #[test]
    fn noise_is_no_tone() {
        let mut recogniser = ToneRecogniser::new(&[400, 600, 800, 1000]);
        let mut state = 1u32;
        for frame in 0..500u32 {
            let noise: Vec<i16> = (0..160)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (state >> 18) as i16 - 8192
                })
                .collect();
            recogniser.hear(FRAME * frame, &noise);
            assert_eq!(heard(&recogniser), []);
        }
    }
}
