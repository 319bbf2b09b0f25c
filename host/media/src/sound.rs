//! A prompt or a piece of music, ready to be played.

use crate::codec::Codec;
use crate::resample::resample_to_8khz;
use crate::wav::{Coding, WavFile};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Samples one sound may have at its own rate: two hours at 8 kHz.
pub const MAX_SOUND_SAMPLES: usize = 2 * 3600 * 8000;

/// Samples at 8 kHz, shared by all who play them.
#[derive(Clone, PartialEq, Eq)]
pub struct Sound {
    samples: Arc<[i16]>,
}

/// Why bytes are no sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SoundError {
    /// Neither mono nor stereo.
    Channels(u16),
    /// A WAV coding the host does not read.
    Coding {
        /// The format tag.
        tag: u16,
        /// Bits of a sample.
        bits: u16,
    },
    /// A file name extension the host does not know.
    Extension(String),
    /// There is no chunk of samples.
    NoSamples,
    /// The bytes are no WAV file.
    NotWav,
    /// A rate that cannot be brought to 8 kHz.
    Rate(u32),
    /// More samples than [`MAX_SOUND_SAMPLES`].
    TooLong,
}

impl fmt::Display for SoundError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Channels(count) => write!(f, "{count} channels are neither mono nor stereo"),
            Self::Coding { tag, bits } => write!(f, "WAV format {tag} with {bits} bits is not read"),
            Self::Extension(extension) => write!(f, "sounds ending in {extension:?} are not read"),
            Self::NoSamples => f.write_str("the file holds no samples"),
            Self::NotWav => f.write_str("the file is no WAV file"),
            Self::Rate(hz) => write!(f, "{hz} Hz cannot be brought to 8000 Hz"),
            Self::TooLong => write!(f, "the sound has more than {MAX_SOUND_SAMPLES} samples"),
        }
    }
}

impl std::error::Error for SoundError {}

impl fmt::Debug for Sound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sound")
            .field("samples", &self.samples.len())
            .finish()
    }
}

impl Sound {
    /// A sound of these 8 kHz samples.
    #[must_use]
    pub fn from_samples(samples: &[i16]) -> Self {
        Self {
            samples: samples.into(),
        }
    }

    /// The same sound by that many decibels louder, or softer below zero; what would be too loud is cut off.
    #[must_use]
    pub fn louder(&self, gain_db: i8) -> Self {
        let factor = 10_f32.powf(f32::from(gain_db) / 20.0);
        let scaled = |sample: &i16| {
            let loud = (f32::from(*sample) * factor).round();
            #[allow(clippy::cast_possible_truncation)] // within the bounds of a sample
            let sample = loud.clamp(f32::from(i16::MIN), f32::from(i16::MAX)) as i16;
            sample
        };
        Self {
            samples: self.samples.iter().map(scaled).collect(),
        }
    }

    /// Reads a WAV file: 16-bit PCM, µ-law or A-law, mono or stereo (mixed to mono), at the usual rates.
    pub fn from_wav(bytes: &[u8]) -> Result<Self, SoundError> {
        let file = WavFile::parse(bytes)?;
        if file.data.len() > MAX_SOUND_SAMPLES * 4 {
            return Err(SoundError::TooLong);
        }
        let mut samples = Vec::new();
        match file.coding {
            Coding::Alaw => Codec::Pcma.decode(file.data, &mut samples),
            Coding::Pcm16 => samples.extend(little_endian(file.data)),
            Coding::Ulaw => Codec::Pcmu.decode(file.data, &mut samples),
        }
        if file.channels == 2 {
            samples = samples
                .as_chunks::<2>()
                .0
                .iter()
                .map(|[left, right]| left.midpoint(*right))
                .collect();
        }
        Self::at_rate(&samples, file.rate_hz)
    }

    /// Reads a file by its name's extension, without the dot: `wav`, raw `ulaw`, `alaw` and their other spellings,
    /// or raw little-endian samples, `sln` at 8 kHz and `sln16` to `sln48` at their rates.
    pub fn from_file(extension: &str, bytes: &[u8]) -> Result<Self, SoundError> {
        let extension = extension.to_ascii_lowercase();
        let raw = |codec: Codec| {
            let mut samples = Vec::new();
            codec.decode(bytes, &mut samples);
            samples
        };
        let linear = || little_endian(bytes).collect::<Vec<_>>();
        if bytes.len() > MAX_SOUND_SAMPLES * 4 {
            return Err(SoundError::TooLong);
        }
        match extension.as_str() {
            "wav" | "wav16" => Self::from_wav(bytes),
            "ulaw" | "ul" | "mu" | "ulw" | "pcm" => Self::at_rate(&raw(Codec::Pcmu), 8000),
            "alaw" | "al" | "alw" => Self::at_rate(&raw(Codec::Pcma), 8000),
            "sln" | "raw" => Self::at_rate(&linear(), 8000),
            "sln12" => Self::at_rate(&linear(), 12_000),
            "sln16" => Self::at_rate(&linear(), 16_000),
            "sln24" => Self::at_rate(&linear(), 24_000),
            "sln32" => Self::at_rate(&linear(), 32_000),
            "sln44" => Self::at_rate(&linear(), 44_100),
            "sln48" => Self::at_rate(&linear(), 48_000),
            _ => Err(SoundError::Extension(extension)),
        }
    }

    /// The samples at 8 kHz.
    #[must_use]
    pub fn samples(&self) -> &[i16] {
        &self.samples
    }

    /// How long it plays.
    #[must_use]
    pub fn duration(&self) -> Duration {
        crate::duration_of(self.samples.len() as u64)
    }

    fn at_rate(samples: &[i16], rate_hz: u32) -> Result<Self, SoundError> {
        if samples.len() > MAX_SOUND_SAMPLES {
            return Err(SoundError::TooLong);
        }
        let samples = resample_to_8khz(samples, rate_hz).ok_or(SoundError::Rate(rate_hz))?;
        Ok(Self {
            samples: samples.into(),
        })
    }
}

fn little_endian(bytes: &[u8]) -> impl Iterator<Item = i16> + '_ {
    bytes
        .as_chunks::<2>()
        .0
        .iter()
        .map(|pair| i16::from_le_bytes(*pair))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wav(tag: u16, channels: u16, rate: u32, bits: u16, data: &[u8]) -> Vec<u8> {
        let mut bytes = b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0fmt \x12\0\0\0".to_vec();
        bytes.extend(tag.to_le_bytes());
        bytes.extend(channels.to_le_bytes());
        bytes.extend(rate.to_le_bytes());
        bytes.extend([0; 6]);
        bytes.extend(bits.to_le_bytes());
        bytes.extend([0; 2]);
        bytes.extend(b"data");
        bytes.extend(u32::try_from(data.len()).expect("small").to_le_bytes());
        bytes.extend(data);
        bytes
    }

    #[test]
    fn companded_files_are_read_after_chunks_of_no_interest() {
        let ulaw = Sound::from_wav(&wav(7, 1, 8000, 8, &[0x00, 0xff])).expect("a sound");
        let alaw = Sound::from_wav(&wav(6, 1, 8000, 8, &[0x2a, 0xd5])).expect("a sound");

        assert_eq!(ulaw.samples(), [-32_124, 0]);
        assert_eq!(alaw.samples(), [-32_256, 8]);
    }

    #[test]
    fn wideband_files_are_brought_to_8_khz() {
        let sound = Sound::from_wav(&wav(1, 1, 48_000, 16, &[0; 9600])).expect("a sound");

        assert_eq!(sound.duration(), Duration::from_millis(100));
        assert_eq!(sound.samples().len(), 800);
    }

    #[test]
    fn what_cannot_be_played_says_why() {
        assert_eq!(Sound::from_wav(b"RIFX"), Err(SoundError::NotWav));
        assert_eq!(
            Sound::from_wav(&wav(49, 1, 8000, 0, &[])),
            Err(SoundError::Coding { tag: 49, bits: 0 })
        );
        assert_eq!(
            Sound::from_wav(&wav(1, 6, 8000, 16, &[])),
            Err(SoundError::Channels(6))
        );
        assert_eq!(
            Sound::from_wav(&wav(1, 1, 7999, 16, &[])),
            Err(SoundError::Rate(7999))
        );
        assert_eq!(Sound::from_wav(b"RIFF\0\0\0\0WAVE"), Err(SoundError::NoSamples));
        assert_eq!(
            Sound::from_file("gsm", &[]),
            Err(SoundError::Extension("gsm".to_owned()))
        );
    }

    #[test]
    fn raw_files_are_read_by_their_extension() {
        let samples = |extension, bytes: &[u8]| {
            Sound::from_file(extension, bytes)
                .expect("a sound")
                .samples()
                .to_vec()
        };

        assert_eq!(samples("ulaw", &[0x80]), [32_124]);
        assert_eq!(samples("AL", &[0xaa]), [32_256]);
        assert_eq!(samples("sln", &[1, 2]), [0x0201]);
        assert_eq!(samples("sln16", &[0; 320]).len(), 80);
    }
}
