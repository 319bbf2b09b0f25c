//! How sound of another rate becomes sound of 8 kHz.

use std::f32::consts::PI;

/// Rates, in Hz, that can be brought to 8 kHz.
pub const RATES_HZ: [u32; 9] = [
    8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000,
];
/// Where the filter begins to fall, as a share of the 8 kHz band: 3.7 kHz of 4.
const PASS: f32 = 0.925;
/// Zero crossings of the filter on either side of its middle.
const CROSSINGS: f32 = 24.0;

/// Brings samples at `rate_hz` to 8 kHz through a windowed-sinc filter; `None` for rates not in [`RATES_HZ`].
#[must_use]
pub fn resample_to_8khz(samples: &[i16], rate_hz: u32) -> Option<Vec<i16>> {
    if !RATES_HZ.contains(&rate_hz) {
        return None;
    }
    if rate_hz == crate::SAMPLE_RATE_HZ {
        return Some(samples.to_vec());
    }
    let bank = FilterBank::new(rate_hz);
    let (step, phases) = (bank.step, bank.phases.len());
    let count = samples.len() * phases / step;
    let resampled = (0..count).map(|n| {
        let position = n * step;
        bank.apply(samples, position / phases, position % phases)
    });
    Some(resampled.collect())
}

/// One filter for each place an output sample can have between two input samples.
struct FilterBank {
    /// Input samples for `phases.len()` output samples.
    step: usize,
    /// Taps on either side.
    reach: usize,
    phases: Vec<Vec<f32>>,
}

impl FilterBank {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "rates and taps are small positive numbers"
    )]
    fn new(rate_hz: u32) -> Self {
        let divisor = gcd(rate_hz, crate::SAMPLE_RATE_HZ);
        let count = crate::SAMPLE_RATE_HZ / divisor;
        let cutoff = PASS * crate::SAMPLE_RATE_HZ as f32 / rate_hz as f32;
        let reach = (CROSSINGS / cutoff).ceil() as usize;
        let phases = (0..count).map(|phase| {
            let offset = phase as f32 / count as f32;
            let taps: Vec<f32> = (0..2 * reach)
                .map(|tap| {
                    let x = tap as f32 + 1.0 - reach as f32 - offset;
                    sinc(x * cutoff) * hann(x / reach as f32)
                })
                .collect();
            let sum: f32 = taps.iter().sum();
            taps.into_iter().map(|tap| tap / sum).collect()
        });
        Self {
            step: (rate_hz / divisor) as usize,
            reach,
            phases: phases.collect(),
        }
    }

    fn apply(&self, samples: &[i16], index: usize, phase: usize) -> i16 {
        let mut sum = 0.0f32;
        for (tap, weight) in self.phases[phase].iter().enumerate() {
            let Some(sample) = (index + tap + 1)
                .checked_sub(self.reach)
                .and_then(|at| samples.get(at))
            else {
                continue;
            };
            sum = weight.mul_add(f32::from(*sample), sum);
        }
        #[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
        let sample = sum.round() as i16;
        sample
    }
}

const fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

fn sinc(x: f32) -> f32 {
    if x.abs() < 1e-6 {
        1.0
    } else {
        (PI * x).sin() / (PI * x)
    }
}

/// The window over -1 to 1.
fn hann(x: f32) -> f32 {
    if x.abs() >= 1.0 {
        0.0
    } else {
        0.5 + 0.5 * (PI * x).cos()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::goertzel_power;

    fn sine(hz: f32, rate: u32, seconds: f32) -> Vec<i16> {
        let count = (rate as f32 * seconds) as u32;
        (0..count)
            .map(|n| {
                ((std::f64::consts::TAU * f64::from(hz) * f64::from(n) / f64::from(rate)).sin() * 10_000.0)
                    as i16
            })
            .collect()
    }

    fn loudness(samples: &[i16]) -> f64 {
        let middle = &samples[200..samples.len() - 200];
        (middle
            .iter()
            .map(|sample| f64::from(*sample).powi(2))
            .sum::<f64>()
            / middle.len() as f64)
            .sqrt()
    }

    #[test]
    fn tones_in_the_telephone_band_keep_pitch_level_and_length_at_every_rate() {
        for rate in RATES_HZ {
            for hz in [300u16, 1000, 3400] {
                let out = resample_to_8khz(&sine(f32::from(hz), rate, 0.5), rate).expect("a known rate");
                assert!(out.len().abs_diff(4000) <= 1, "{rate} Hz gives {}", out.len());
                assert!(goertzel_power(&out[400..2000], hz) > 0.98, "{hz} at {rate}");
                assert!(
                    (loudness(&out) / 7071.0 - 1.0).abs() < 0.02,
                    "{hz} at {rate}: {}",
                    loudness(&out)
                );
            }
        }
    }

    #[test]
    fn what_would_fold_back_is_taken_out() {
        for (rate, hz) in [
            (16_000, 5000.0),
            (48_000, 4600.0),
            (44_100, 7000.0),
            (48_000, 15_000.0),
        ] {
            let out = resample_to_8khz(&sine(hz, rate, 0.5), rate).expect("a known rate");
            assert!(
                loudness(&out) < 7071.0 / 300.0,
                "{hz} at {rate} leaves {}",
                loudness(&out)
            );
        }
    }

    #[test]
    fn other_rates_are_refused() {
        assert_eq!(resample_to_8khz(&[1, 2, 3], 9000), None);
        assert_eq!(resample_to_8khz(&[], 0), None);
    }
}
