//! Tones and their cadences, written as in indications.conf and generated sample by sample.

use crate::plane::Repeat;
use crate::sound::Sound;
use std::f64::consts::TAU;
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Segments one specification may have.
pub const MAX_SEGMENTS: usize = 64;
/// The longest time one segment takes as a sound.
const MAX_SEGMENT: Duration = Duration::from_secs(30);
/// Peak of each component, about -13 dBm0, so that two of them stay below any peer's limiter.
const PEAK: i32 = 5000;
const RATE: u16 = 8000;

/// One step of a cadence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToneSegment {
    /// First frequency in Hz; 0 for silence.
    pub frequency: u16,
    /// What happens with a second frequency.
    pub second: Second,
    /// How long it lasts; `None` for ever.
    pub duration: Option<Duration>,
    /// Whether it is left out when the cadence repeats (`!`).
    pub repeats: Repeats,
}

/// A second frequency of a tone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Second {
    /// `a+b`: both at once.
    Added(u16),
    /// `a*b`: the first swells with the second.
    Modulating(u16),
    /// A single tone.
    None,
}

/// Whether a segment belongs to the repeated part of a cadence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeats {
    /// Every round.
    Always,
    /// Only the first round.
    Never,
}

/// A tone with its cadence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToneSpec {
    segments: Vec<ToneSegment>,
}

/// Why a text is no tone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToneError {
    /// A duration is not a number of milliseconds.
    Duration(String),
    /// There is no segment.
    Empty,
    /// A frequency is not a number below 4000.
    Frequency(String),
    /// More segments than [`MAX_SEGMENTS`].
    TooLong,
}

impl fmt::Display for ToneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duration(text) => write!(f, "{text:?} is no duration in milliseconds"),
            Self::Empty => f.write_str("a tone needs a frequency"),
            Self::Frequency(text) => write!(f, "{text:?} is no frequency below 4000 Hz"),
            Self::TooLong => write!(f, "a tone has at most {MAX_SEGMENTS} segments"),
        }
    }
}

impl std::error::Error for ToneError {}

impl FromStr for ToneSpec {
    type Err = ToneError;

    /// Reads `[!]hz[+hz|*hz][/ms]`, separated by commas.
    fn from_str(text: &str) -> Result<Self, ToneError> {
        let segments: Vec<_> = text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .take(MAX_SEGMENTS + 1)
            .map(segment)
            .collect::<Result<_, _>>()?;
        match segments.len() {
            0 => Err(ToneError::Empty),
            1..=MAX_SEGMENTS => Ok(Self { segments }),
            _ => Err(ToneError::TooLong),
        }
    }
}

fn segment(text: &str) -> Result<ToneSegment, ToneError> {
    let (text, repeats) = match text.strip_prefix('!') {
        Some(rest) => (rest, Repeats::Never),
        None => (text, Repeats::Always),
    };
    let (tone, duration) = match text.split_once('/') {
        None => (text, None),
        Some((tone, ms)) => {
            let ms: u32 = ms
                .trim()
                .parse()
                .map_err(|_| ToneError::Duration(ms.to_owned()))?;
            (tone, Some(Duration::from_millis(u64::from(ms))))
        }
    };
    let (first, second) = if let Some((first, second)) = tone.split_once('+') {
        (first, Second::Added(frequency(second)?))
    } else if let Some((first, second)) = tone.split_once('*') {
        (first, Second::Modulating(frequency(second)?))
    } else {
        (tone, Second::None)
    };
    Ok(ToneSegment {
        frequency: frequency(first)?,
        second,
        duration,
        repeats,
    })
}

fn frequency(text: &str) -> Result<u16, ToneError> {
    let hz = text.trim().parse().ok().filter(|hz| *hz < RATE / 2);
    hz.ok_or_else(|| ToneError::Frequency(text.to_owned()))
}

impl ToneSpec {
    /// One or two frequencies in Hz (0 for none) that sound until stopped; those of 4000 Hz and more are silent.
    #[must_use]
    pub fn steady(first: u16, second: u16) -> Self {
        let audible = |hz: u16| if hz < RATE / 2 { hz } else { 0 };
        let second = if audible(second) == 0 {
            Second::None
        } else {
            Second::Added(second)
        };
        let segment = ToneSegment {
            frequency: audible(first),
            second,
            duration: None,
            repeats: Repeats::Always,
        };
        Self {
            segments: vec![segment],
        }
    }

    /// What a caller hears while the far end rings (North American plan).
    #[must_use]
    pub fn ringback() -> Self {
        Self::known("440+480/2000,0/4000")
    }

    /// The far end is busy.
    #[must_use]
    pub fn busy() -> Self {
        Self::known("480+620/500,0/500")
    }

    /// The network is busy.
    #[must_use]
    pub fn congestion() -> Self {
        Self::known("480+620/250,0/250")
    }

    /// Digits are awaited.
    #[must_use]
    pub fn dial() -> Self {
        Self::known("350+440")
    }

    /// The number is unobtainable.
    #[must_use]
    pub fn special_information() -> Self {
        Self::known("!950/330,!1400/330,!1800/330,0")
    }

    /// The steps of the cadence.
    #[must_use]
    pub fn segments(&self) -> &[ToneSegment] {
        &self.segments
    }

    /// The tone as sounds for a playback: what comes once, then what repeats. A segment without an end is given a second,
    /// after which its waves begin anew without a seam.
    #[must_use]
    pub fn sounds(&self) -> (Vec<Arc<Sound>>, Repeat) {
        let repeats = |segment: &ToneSegment| segment.repeats == Repeats::Always;
        let once = self.segments.iter().position(repeats);
        let length = |segments: &[ToneSegment]| {
            let lengths = segments.iter().map(|segment| {
                let duration = segment.duration.unwrap_or(Duration::from_secs(1));
                crate::samples_in(duration.min(MAX_SEGMENT))
            });
            usize::try_from(lengths.sum::<u64>()).unwrap_or(0)
        };
        let (first, then) = self.segments.split_at(once.unwrap_or(self.segments.len()));
        let mut samples = vec![0; length(first) + length(then)];
        ToneGenerator::new(self.clone()).fill(&mut samples);
        let (first, then) = samples.split_at(length(first));
        let mut sounds = vec![Arc::new(Sound::from_samples(first))];
        if once.is_none() {
            return (sounds, Repeat::Times(1));
        }
        sounds.push(Arc::new(Sound::from_samples(then)));
        (sounds, Repeat::Last)
    }

    fn known(text: &str) -> Self {
        text.parse().expect("the built-in cadences are well formed")
    }
}

/// Where a tone stands.
#[derive(Clone, Debug)]
pub struct ToneGenerator {
    spec: ToneSpec,
    segment: usize,
    /// Samples of the segment already made.
    made: u64,
    phases: [u16; 2],
}

impl ToneGenerator {
    /// A tone at its beginning.
    #[must_use]
    pub const fn new(spec: ToneSpec) -> Self {
        Self {
            spec,
            segment: 0,
            made: 0,
            phases: [0; 2],
        }
    }

    /// Fills `out` from its beginning; gives how many samples were made, fewer only when the tone is over.
    pub fn fill(&mut self, out: &mut [i16]) -> usize {
        let mut filled = 0;
        while filled < out.len() {
            let Some(segment) = self.spec.segments.get(self.segment).copied() else {
                return filled;
            };
            let left = segment
                .duration
                .map_or(u64::MAX, |duration| crate::samples_in(duration) - self.made);
            let count = usize::try_from(left)
                .unwrap_or(usize::MAX)
                .min(out.len() - filled);
            for sample in &mut out[filled..filled + count] {
                *sample = self.sample(&segment);
            }
            filled += count;
            self.made += count as u64;
            if u64::try_from(count) == Ok(left) {
                self.advance();
            }
        }
        filled
    }

    fn advance(&mut self) {
        self.made = 0;
        self.phases = [0; 2];
        self.segment += 1;
        if self.segment < self.spec.segments.len() {
            return;
        }
        // A round without length would never fill anything: such a tone is over.
        let repeats = |segment: &ToneSegment| {
            segment.repeats == Repeats::Always
                && segment
                    .duration
                    .is_none_or(|duration| crate::samples_in(duration) > 0)
        };
        if let Some(first) = self.spec.segments.iter().position(repeats) {
            self.segment = first;
        }
    }

    fn sample(&mut self, segment: &ToneSegment) -> i16 {
        let sine = sines();
        let first = i32::from(sine[usize::from(self.phases[0])]) * PEAK / SCALE;
        self.phases[0] = (self.phases[0] + segment.frequency) % RATE;
        let value = match segment.second {
            Second::None => first,
            Second::Added(hz) => {
                let second = i32::from(sine[usize::from(self.phases[1])]) * PEAK / SCALE;
                self.phases[1] = (self.phases[1] + hz) % RATE;
                first + second
            }
            Second::Modulating(hz) => {
                let second = i32::from(sine[usize::from(self.phases[1])]);
                self.phases[1] = (self.phases[1] + hz) % RATE;
                first * (SCALE + second) / SCALE
            }
        };
        i16::try_from(value).unwrap_or(if value < 0 { i16::MIN } else { i16::MAX })
    }
}

const SCALE: i32 = 32_767;

/// One turn of a sine in as many steps as there are samples in a second: whole frequencies never drift.
fn sines() -> &'static [i16; RATE as usize] {
    static SINES: OnceLock<Box<[i16; RATE as usize]>> = OnceLock::new();
    SINES.get_or_init(|| {
        let mut table = Box::new([0; RATE as usize]);
        for (step, sine) in (0u16..).zip(table.iter_mut()) {
            let value = (TAU * f64::from(step) / f64::from(RATE)).sin() * f64::from(SCALE);
            #[expect(clippy::cast_possible_truncation, reason = "a sine stays within its scale")]
            let value = value.round() as i16;
            *sine = value;
        }
        table
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::goertzel_power;

    fn made(spec: &str, samples: usize) -> Vec<i16> {
        let mut out = vec![0; samples];
        let count = ToneGenerator::new(spec.parse().expect("a tone")).fill(&mut out);
        out.truncate(count);
        out
    }

    fn is_silent(samples: &[i16]) -> bool {
        samples.iter().all(|sample| *sample == 0)
    }

    #[test]
    fn a_tone_as_sounds_has_its_beginning_once() {
        let spec: ToneSpec = "!1000/100,!0/100,350+440".parse().expect("a tone");
        let (sounds, repeat) = spec.sounds();
        let lengths: Vec<_> = sounds.iter().map(|sound| sound.samples().len()).collect();
        assert_eq!((lengths, repeat), (vec![1600, 8000], Repeat::Last));
        let mut heard = vec![0; 9600];
        ToneGenerator::new(spec).fill(&mut heard);
        let played: Vec<i16> = sounds.iter().flat_map(|sound| sound.samples().to_vec()).collect();
        assert_eq!(played, heard);
        let once: ToneSpec = "!950/330,!1400/330".parse().expect("a tone");
        assert_eq!(once.sounds().1, Repeat::Times(1));
    }

    #[test]
    fn ringback_sounds_two_seconds_and_rests_four() {
        let rings = made("440+480/2000,0/4000", 8 * 8000);

        assert!(goertzel_power(&rings[..16_000], 440) > 0.45);
        assert!(goertzel_power(&rings[..16_000], 480) > 0.45);
        assert!(is_silent(&rings[16_000..48_000]));
        assert_eq!(rings[48_000..64_000], rings[..16_000]);
    }

    #[test]
    fn marked_segments_sound_once() {
        let tone = made("!950/10,!1400/10,0/10,300/10", 8000);

        assert!(goertzel_power(&tone[..80], 950) > 0.9);
        assert!(is_silent(&tone[160..240]) && is_silent(&tone[320..400]));
        assert_eq!(tone[240..400], tone[400..560]);
    }

    #[test]
    fn a_tone_of_marked_segments_alone_ends() {
        assert_eq!(made("!440/100", 8000).len(), 800);
        assert_eq!(made("440/0", 8000).len(), 0);
    }

    #[test]
    fn a_tone_split_over_frames_is_the_same_tone() {
        let whole = made("425*50/37,0/13", 1600);
        let mut generator = ToneGenerator::new("425*50/37,0/13".parse().expect("a tone"));
        let mut parts = Vec::new();
        while parts.len() < 1600 {
            let mut frame = [0; 160];
            assert_eq!(generator.fill(&mut frame), 160);
            parts.extend(frame);
        }

        assert_eq!(parts, whole);
    }

    #[test]
    fn nonsense_is_refused_with_the_part_that_is_wrong() {
        assert_eq!("".parse::<ToneSpec>(), Err(ToneError::Empty));
        assert_eq!(
            "440/x".parse::<ToneSpec>(),
            Err(ToneError::Duration("x".to_owned()))
        );
        assert_eq!(
            "440+9000".parse::<ToneSpec>(),
            Err(ToneError::Frequency("9000".to_owned()))
        );
        assert_eq!("0/1,".repeat(65).parse::<ToneSpec>(), Err(ToneError::TooLong));
    }
}
