//! Digits inside the audio (ITU-T Q.23, Q.24): which two tones a key has, and which key a pair of tones is.

use crate::digit::Digit;
use crate::recognise::{coefficient, share};
use std::time::Duration;

const ROWS: [u16; 4] = [697, 770, 852, 941];
const COLUMNS: [u16; 4] = [1209, 1336, 1477, 1633];
const KEYPAD: [[char; 4]; 4] = [
    ['1', '2', '3', 'A'],
    ['4', '5', '6', 'B'],
    ['7', '8', '9', 'C'],
    ['*', '0', '#', 'D'],
];

/// Samples judged at once: short enough to accept tones 1.5 % off, long enough to tell the rows apart.
const WINDOW: usize = 102;
/// Samples between judgements.
const HOP: usize = 51;
/// Windows in a row that must agree before a key is pressed: 26 ms, under the 40 ms a key must last.
const HITS: u8 = 4;
/// Windows in a row without the key before it is released; bridges dropouts of 10 ms as Q.24 asks.
const MISSES: u8 = 4;
/// Mean square below which nothing is a key, about -35 dBm0.
const FLOOR: f32 = 400.0 * 400.0;
/// Share of the window's power the two tones must have together; speech spreads its power.
const PAIR_SHARE: f32 = 0.72;
/// Samples of all windows that must agree, looked at together once they do.
const SPAN: usize = WINDOW + (HITS as usize - 1) * HOP;
/// Share of that stretch's power two steady tones have; harmonics of a voice glide and have company.
const STEADY_SHARE: f32 = 0.92;
/// Deviations, in steps of half a percent, at which the steady tones are looked for.
const DEVIATIONS: [f32; 7] = [0.985, 0.99, 0.995, 1.0, 1.005, 1.01, 1.015];
/// How much stronger the lower tone may be than the higher (reverse twist, 6 dB).
const REVERSE_TWIST: f32 = 4.0;
/// How much stronger the higher tone may be than the lower (twist, 9 dB).
const TWIST: f32 = 8.0;
/// How much the strongest of a group must exceed the others of it.
const LEAD: f32 = 4.0;

/// The row and column frequencies of a key in Hz; none for the hook flash.
#[must_use]
pub fn dtmf_frequencies(digit: Digit) -> Option<(u16, u16)> {
    let key = char::from(digit);
    ROWS.iter().zip(KEYPAD).find_map(|(row, keys)| {
        let column = keys.iter().position(|known| *known == key)?;
        Some((*row, COLUMNS[column]))
    })
}

/// What a stretch of audio changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DtmfChange {
    /// A key is pressed.
    Began(Digit),
    /// It is released, having sounded about this long.
    Ended(Digit, Duration),
}

#[derive(Clone, Copy, Debug)]
enum State {
    Silent,
    Suspected { digit: Digit, hits: u8 },
    Pressed { digit: Digit, hops: u32, misses: u8 },
}

/// Finds keys in a stream of samples.
#[derive(Clone, Debug)]
pub struct DtmfDetector {
    /// The last stretch heard; its newest samples are those not judged yet.
    heard: Vec<i16>,
    rows: [f32; 4],
    columns: [f32; 4],
    state: State,
}

impl Default for DtmfDetector {
    fn default() -> Self {
        Self::new()
    }
}

impl DtmfDetector {
    /// A detector that has heard nothing.
    #[must_use]
    pub fn new() -> Self {
        Self {
            heard: silence(),
            rows: ROWS.map(|hz| coefficient(f32::from(hz))),
            columns: COLUMNS.map(|hz| coefficient(f32::from(hz))),
            state: State::Silent,
        }
    }

    /// Hears samples and tells `changed` of keys pressed and released in them.
    pub fn hear(&mut self, samples: &[i16], mut changed: impl FnMut(DtmfChange)) {
        for sample in samples {
            self.heard.push(*sample);
            if self.heard.len() == SPAN {
                let seen = self.judge();
                if let Some(change) = self.advance(seen) {
                    changed(change);
                }
                self.heard.drain(..HOP);
            }
        }
    }

    fn judge(&self) -> Option<Digit> {
        let window = &self.heard[SPAN - WINDOW..];
        let energy = energy(window);
        #[expect(clippy::cast_precision_loss, reason = "the window is short")]
        let floor = FLOOR * WINDOW as f32;
        if energy < floor {
            return None;
        }
        let (row, low) = strongest(self.rows.map(|tone| share(window, tone, energy)))?;
        let (column, high) = strongest(self.columns.map(|tone| share(window, tone, energy)))?;
        let balanced = low <= high * REVERSE_TWIST && high <= low * TWIST;
        if !balanced || low + high < PAIR_SHARE {
            return None;
        }
        Digit::try_from(KEYPAD[row][column]).ok()
    }

    /// Whether all that was heard while the windows agreed is the key's two tones and little else.
    fn is_steady(&self, digit: Digit) -> bool {
        let energy = energy(&self.heard);
        let best = |hz: u16| {
            let near = DEVIATIONS
                .map(|deviation| share(&self.heard, coefficient(f32::from(hz) * deviation), energy));
            near.into_iter().fold(0.0, f32::max)
        };
        dtmf_frequencies(digit).is_some_and(|(low, high)| best(low) + best(high) >= STEADY_SHARE)
    }

    fn advance(&mut self, seen: Option<Digit>) -> Option<DtmfChange> {
        let (state, change) = match (self.state, seen) {
            (State::Suspected { digit, hits }, Some(now))
                if digit == now && hits.saturating_add(1) >= HITS && self.is_steady(digit) =>
            {
                let pressed = State::Pressed {
                    digit,
                    hops: u32::from(HITS),
                    misses: 0,
                };
                (pressed, Some(DtmfChange::Began(digit)))
            }
            (State::Suspected { digit, hits }, Some(now)) if digit == now => (
                State::Suspected {
                    digit,
                    hits: hits.saturating_add(1),
                },
                None,
            ),
            (State::Silent | State::Suspected { .. }, Some(digit)) => {
                (State::Suspected { digit, hits: 1 }, None)
            }
            (State::Silent | State::Suspected { .. }, None) => (State::Silent, None),
            (State::Pressed { digit, hops, misses }, Some(now)) if digit == now => (
                State::Pressed {
                    digit,
                    hops: hops + u32::from(misses) + 1,
                    misses: 0,
                },
                None,
            ),
            (State::Pressed { digit, hops, misses }, _) if misses + 1 < MISSES => (
                State::Pressed {
                    digit,
                    hops,
                    misses: misses + 1,
                },
                None,
            ),
            (State::Pressed { digit, hops, .. }, seen) => {
                let next = seen.map_or(State::Silent, |digit| State::Suspected { digit, hits: 1 });
                (next, Some(DtmfChange::Ended(digit, lasted(hops))))
            }
        };
        self.state = state;
        change
    }
}

fn silence() -> Vec<i16> {
    let mut samples = Vec::with_capacity(SPAN);
    samples.resize(SPAN - HOP, 0);
    samples
}

fn energy(samples: &[i16]) -> f32 {
    samples
        .iter()
        .map(|sample| f32::from(*sample) * f32::from(*sample))
        .sum()
}

/// The length of audio that `hops` agreeing windows cover.
fn lasted(hops: u32) -> Duration {
    crate::duration_of((u64::from(hops) + 1) * HOP as u64)
}

fn strongest(shares: [f32; 4]) -> Option<(usize, f32)> {
    let (index, best) = shares
        .into_iter()
        .enumerate()
        .max_by(|a, b| a.1.total_cmp(&b.1))?;
    let rival = shares
        .into_iter()
        .enumerate()
        .filter(|(other, _)| *other != index);
    let leads = rival.map(|(_, share)| share).all(|share| best > share * LEAD);
    leads.then_some((index, best))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ToneGenerator, ToneSpec};
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{Rng, SeedableRng};

    const ALL_KEYS: &str = "1234567890*#ABCD";

    fn key_tone(key: char, ms: usize) -> Vec<i16> {
        let (low, high) = dtmf_frequencies(Digit::try_from(key).expect("a key")).expect("a tone pair");
        let mut samples = vec![0; ms * 8];
        ToneGenerator::new(ToneSpec::steady(low, high)).fill(&mut samples);
        samples
    }

    fn dialled(keys: &str, tone_ms: usize, gap_ms: usize) -> Vec<i16> {
        let mut audio = vec![0; 333];
        for key in keys.chars() {
            audio.extend(key_tone(key, tone_ms));
            audio.resize(audio.len() + gap_ms * 8, 0);
        }
        audio
    }

    fn pair(low: f32, high: f32, low_peak: f32, high_peak: f32, ms: usize) -> Vec<i16> {
        (0u16..(ms * 8) as u16)
            .map(|n| {
                let angle = std::f32::consts::TAU * f32::from(n) / 8000.0;
                ((angle * low).sin() * low_peak + (angle * high).sin() * high_peak) as i16
            })
            .collect()
    }

    fn heard(audio: &[i16]) -> (String, Vec<Duration>) {
        let (mut keys, mut lengths) = (String::new(), Vec::new());
        let mut detector = DtmfDetector::new();
        let silence = [0; 800];
        for frame in audio.chunks(160).chain(silence.chunks(160)) {
            detector.hear(frame, |change| match change {
                DtmfChange::Began(digit) => keys.push(char::from(digit)),
                DtmfChange::Ended(_, lasted) => lengths.push(lasted),
            });
        }
        assert_eq!(keys.len(), lengths.len(), "every beginning has its end");
        (keys, lengths)
    }

    #[test]
    fn every_key_is_heard_at_the_shortest_length_and_pause_of_q24() {
        for phase in 0..HOP {
            let audio = [vec![0; phase], dialled(ALL_KEYS, 40, 40)].concat();
            assert_eq!(heard(&audio).0, ALL_KEYS, "phase {phase}");
        }
    }

    #[test]
    fn keys_are_heard_through_both_laws_and_lengths_are_about_right() {
        for codec in [crate::Codec::Pcmu, crate::Codec::Pcma] {
            let (mut payload, mut audio) = (Vec::new(), Vec::new());
            codec.encode(&dialled(ALL_KEYS, 100, 60), &mut payload);
            codec.decode(&payload, &mut audio);

            let (keys, lengths) = heard(&audio);

            assert_eq!(keys, ALL_KEYS);
            assert!(
                lengths
                    .iter()
                    .all(|lasted| (85..=115).contains(&lasted.as_millis())),
                "{lengths:?}"
            );
        }
    }

    #[test]
    fn tones_off_by_one_and_a_half_percent_and_twisted_are_accepted() {
        assert_eq!(
            heard(&pair(770.0 * 1.015, 1336.0 * 0.985, 3000.0, 3000.0, 60)).0,
            "5"
        );
        assert_eq!(
            heard(&pair(941.0 * 0.985, 1633.0 * 1.015, 3000.0, 3000.0, 60)).0,
            "D"
        );
        assert_eq!(
            heard(&pair(697.0, 1209.0, 4000.0, 4000.0 / 1.78, 60)).0,
            "1",
            "5 dB reverse twist"
        );
        assert_eq!(
            heard(&pair(697.0, 1209.0, 4000.0 / 2.5, 4000.0, 60)).0,
            "1",
            "8 dB twist"
        );
    }

    #[test]
    fn what_is_no_key_is_refused() {
        assert_eq!(
            heard(&pair(770.0 * 1.04, 1336.0, 3000.0, 3000.0, 100)).0,
            "",
            "4 % off"
        );
        assert_eq!(
            heard(&pair(697.0, 1209.0, 6000.0, 600.0, 100)).0,
            "",
            "20 dB apart"
        );
        assert_eq!(heard(&pair(697.0, 0.0, 6000.0, 0.0, 100)).0, "", "one tone");
        assert_eq!(heard(&pair(440.0, 480.0, 5000.0, 5000.0, 500)).0, "", "ringback");
        assert_eq!(heard(&dialled("5", 20, 40)).0, "", "20 ms");
    }

    #[test]
    fn a_dropout_of_10_ms_does_not_double_a_key() {
        let mut audio = key_tone('8', 120);
        audio[400..480].fill(0);
        assert_eq!(heard(&audio).0, "8");
    }

    #[test]
    fn keys_are_heard_over_noise_20_db_below() {
        let mut random = ChaCha8Rng::from_seed([5; 32]);
        let mut audio = dialled(ALL_KEYS, 60, 60);
        for sample in &mut audio {
            *sample += (random.next_u32() % 1700) as i16 - 850;
        }
        assert_eq!(heard(&audio).0, ALL_KEYS);
    }

    /// Voiced syllables: a gliding pitch, harmonics shaped by two formants, breath noise, pauses.
    fn speech(seed: u8, seconds: usize) -> Vec<i16> {
        let mut random = ChaCha8Rng::from_seed([seed; 32]);
        let mut pick =
            |low: f32, high: f32| low + (high - low) * (random.next_u32() as f32 / u32::MAX as f32);
        let mut audio = Vec::new();
        while audio.len() < seconds * 8000 {
            let (mut pitch, glide) = (pick(85.0, 300.0), pick(-0.01, 0.01));
            let (first, second) = (pick(280.0, 900.0), pick(900.0, 2400.0));
            let (loudness, mut phase) = (pick(1500.0, 9000.0), 0.0f32);
            for _ in 0..pick(400.0, 3200.0) as usize {
                pitch = (pitch + glide).clamp(70.0, 400.0);
                phase = (phase + pitch / 8000.0).fract();
                let mut value = pick(-0.03, 0.03);
                for harmonic in 1..=20u8 {
                    let hz = pitch * f32::from(harmonic);
                    let near = |formant: f32| 1.0 / (1.0 + ((hz - formant) / 90.0).powi(2));
                    // The voice's own spectrum falls with frequency; the formants stand out of it.
                    let level = near(first) + 0.5 * near(second) + 0.15 / f32::from(harmonic) + 0.01;
                    value += level * (std::f32::consts::TAU * phase * f32::from(harmonic)).sin();
                }
                audio.push((value * loudness).clamp(-32_000.0, 32_000.0) as i16);
            }
            audio.resize(audio.len() + pick(0.0, 1600.0) as usize, 0);
        }
        audio
    }

    #[test]
    fn ten_minutes_of_speech_like_sound_dial_nothing() {
        for seed in 0..10 {
            let (keys, _) = heard(&speech(seed, 60));
            assert_eq!(keys, "", "seed {seed}");
        }
    }

    #[test]
    fn a_hook_flash_has_no_tones() {
        assert_eq!(dtmf_frequencies(Digit::FLASH), None);
    }
}
