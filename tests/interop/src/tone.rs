//! Tones as files, and how long one is heard in samples.

use std::time::Duration;
use ucx_media::{Codec, ToneGenerator, ToneRecogniser, ToneSpec, WavWriter};

/// Samples a second.
const RATE: usize = 8000;

/// A pair of tones, one for each side, by the seed; all far enough apart to be told from each other.
pub fn pair(seed: u64) -> (u16, u16) {
    const TONES: [u16; 6] = [500, 700, 900, 1100, 1300, 1500];
    let first = usize::try_from(seed % 6).expect("less than six");
    (TONES[first], TONES[(first + 2) % TONES.len()])
}

pub fn second(hz: u16) -> Vec<i16> {
    let mut samples = vec![0; RATE];
    ToneGenerator::new(ToneSpec::steady(hz, 0)).fill(&mut samples);
    samples
}

/// One second of a tone as raw G.711 µ-law. Its frequency is whole, so it can be repeated without a click.
pub fn ulaw_second(hz: u16) -> Vec<u8> {
    let mut bytes = Vec::new();
    Codec::Pcmu.encode(&second(hz), &mut bytes);
    bytes
}

/// A WAV file of a tone.
pub fn wav(hz: u16, seconds: u64) -> Vec<u8> {
    let (mut writer, mut samples) = (WavWriter::new(), Vec::new());
    for _ in 0..seconds {
        writer.append(&second(hz), &mut samples);
    }
    let mut file = writer.header().to_vec();
    file.extend(samples);
    file
}

/// Listens for tones in samples of 8 kHz that come one after the other.
pub struct Ear {
    recogniser: ToneRecogniser,
    samples: u64,
}

impl Ear {
    pub fn new(tones: &[u16]) -> Self {
        Self {
            recogniser: ToneRecogniser::new(tones),
            samples: 0,
        }
    }

    pub fn hear(&mut self, samples: &[i16]) {
        self.recogniser
            .hear(Duration::from_micros(self.samples * 125), samples);
        self.samples += samples.len() as u64;
    }

    /// How long each tone was heard so far, in the order they were given; those not heard are left out.
    pub fn heard(mut self) -> Vec<(u16, Duration)> {
        let mut all: Vec<(u16, Duration)> = Vec::new();
        let present: Vec<_> = self.recogniser.present().collect();
        let ended = std::iter::from_fn(|| self.recogniser.poll_ended());
        for tone in ended.chain(present) {
            match all.iter_mut().find(|(hz, _)| *hz == tone.hz) {
                Some((_, lasted)) => *lasted += tone.lasted,
                None => all.push((tone.hz, tone.lasted)),
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_written_is_heard_and_no_other() {
        for seed in 0..6 {
            let (played, other) = pair(seed);
            let mut samples = Vec::new();
            Codec::Pcmu.decode(&ulaw_second(played), &mut samples);
            let mut ear = Ear::new(&[played, other]);
            samples.chunks(160).for_each(|packet| ear.hear(packet));
            let heard = ear.heard();
            assert_eq!(heard.len(), 1, "{heard:?}");
            assert_eq!(heard[0].0, played);
            assert!(heard[0].1 > Duration::from_millis(900), "{heard:?}");
        }
    }
}
