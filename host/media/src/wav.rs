//! WAV files: the chunks of one that is read, and the header of one that is still growing.

use crate::sound::SoundError;

/// Bytes before the first sample of a file [`WavWriter`] makes.
pub const WAV_HEADER_BYTES: usize = 44;
/// Chunks looked at before a file is given up.
const MAX_CHUNKS: usize = 64;

/// How the samples of a file are coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Alaw,
    Pcm16,
    Ulaw,
}

/// What a file's header says, and its samples as they stand in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WavFile<'a> {
    pub(crate) coding: Coding,
    pub(crate) channels: u16,
    pub(crate) rate_hz: u32,
    pub(crate) data: &'a [u8],
}

const FORMAT_PCM: u16 = 1;
const FORMAT_ALAW: u16 = 6;
const FORMAT_ULAW: u16 = 7;
/// The real format stands in the first two bytes of a GUID further on.
const FORMAT_EXTENSIBLE: u16 = 0xfffe;
const GUID_AT: usize = 24;

impl<'a> WavFile<'a> {
    /// Finds format and samples. A file whose lengths are zero or too large, as one cut off while being written
    /// has, is read to its end.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, SoundError> {
        let (riff, mut rest) = bytes.split_first_chunk::<12>().ok_or(SoundError::NotWav)?;
        if &riff[..4] != b"RIFF" || &riff[8..] != b"WAVE" {
            return Err(SoundError::NotWav);
        }
        let mut format = None;
        for _ in 0..MAX_CHUNKS {
            let (head, body) = rest.split_first_chunk::<8>().ok_or(SoundError::NoSamples)?;
            let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
            if &head[..4] == b"data" {
                let (coding, channels, rate_hz) = format.ok_or(SoundError::NotWav)?;
                let unfinished = length == 0 || length > body.len();
                let data = if unfinished { body } else { &body[..length] };
                return Ok(Self {
                    coding,
                    channels,
                    rate_hz,
                    data,
                });
            }
            let Some((chunk, after)) = body.split_at_checked(length) else {
                return Err(SoundError::NoSamples);
            };
            if &head[..4] == b"fmt " {
                format = Some(parse_format(chunk)?);
            }
            rest = after.get(length % 2..).unwrap_or_default();
        }
        Err(SoundError::NoSamples)
    }
}

fn parse_format(chunk: &[u8]) -> Result<(Coding, u16, u32), SoundError> {
    let fields = chunk.first_chunk::<16>().ok_or(SoundError::NotWav)?;
    let short = |at: usize| u16::from_le_bytes([fields[at], fields[at + 1]]);
    let rate_hz = u32::from_le_bytes([fields[4], fields[5], fields[6], fields[7]]);
    let (tag, channels, bits) = (short(0), short(2), short(14));
    let tag = match (tag, chunk.get(GUID_AT..GUID_AT + 2)) {
        (FORMAT_EXTENSIBLE, Some(guid)) => u16::from_le_bytes([guid[0], guid[1]]),
        (tag, _) => tag,
    };
    if !(1..=2).contains(&channels) {
        return Err(SoundError::Channels(channels));
    }
    match (tag, bits) {
        (FORMAT_PCM, 16) => Ok((Coding::Pcm16, channels, rate_hz)),
        (FORMAT_ALAW, 8) => Ok((Coding::Alaw, channels, rate_hz)),
        (FORMAT_ULAW, 8) => Ok((Coding::Ulaw, channels, rate_hz)),
        (tag, bits) => Err(SoundError::Coding { tag, bits }),
    }
}

/// Makes a 16-bit mono 8 kHz WAV file piece by piece.
///
/// The file is readable whenever it is cut off: the first header leaves its lengths zero, which readers take for "to the
/// end", and [`WavWriter::header`] gives the header to lay over the first bytes now and then and when all is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WavWriter {
    data_bytes: u32,
}

impl WavWriter {
    /// A file without samples.
    #[must_use]
    pub const fn new() -> Self {
        Self { data_bytes: 0 }
    }

    /// A file whose samples already fill `data_bytes` bytes after the header, to be continued.
    #[must_use]
    pub const fn continuing(data_bytes: u32) -> Self {
        Self { data_bytes }
    }

    /// Appends the bytes of `samples` to `out`; those that would pass 4 GiB are left out. Gives how many were written.
    pub fn append(&mut self, samples: &[i16], out: &mut Vec<u8>) -> usize {
        let room = (u32::MAX - HEADER_AFTER_LENGTH - self.data_bytes) / 2;
        let count = samples.len().min(room as usize);
        out.extend(samples[..count].iter().flat_map(|sample| sample.to_le_bytes()));
        self.data_bytes += u32::try_from(count * 2).unwrap_or(0);
        count
    }

    /// The 44 bytes for the beginning of the file as it stands.
    #[must_use]
    pub fn header(&self) -> [u8; WAV_HEADER_BYTES] {
        let mut header = [0; WAV_HEADER_BYTES];
        let riff_bytes = if self.data_bytes == 0 {
            0
        } else {
            self.data_bytes + HEADER_AFTER_LENGTH
        };
        header[..4].copy_from_slice(b"RIFF");
        header[4..8].copy_from_slice(&riff_bytes.to_le_bytes());
        header[8..16].copy_from_slice(b"WAVEfmt ");
        header[16..20].copy_from_slice(&16u32.to_le_bytes());
        header[20..22].copy_from_slice(&FORMAT_PCM.to_le_bytes());
        header[22..24].copy_from_slice(&1u16.to_le_bytes());
        header[24..28].copy_from_slice(&crate::SAMPLE_RATE_HZ.to_le_bytes());
        header[28..32].copy_from_slice(&(crate::SAMPLE_RATE_HZ * 2).to_le_bytes());
        header[32..34].copy_from_slice(&2u16.to_le_bytes());
        header[34..36].copy_from_slice(&16u16.to_le_bytes());
        header[36..40].copy_from_slice(b"data");
        header[40..44].copy_from_slice(&self.data_bytes.to_le_bytes());
        header
    }
}

/// Bytes of the header that the outer length counts.
const HEADER_AFTER_LENGTH: u32 = 36;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sound;

    fn file(samples: &[i16]) -> Vec<u8> {
        let mut writer = WavWriter::new();
        let mut bytes = writer.header().to_vec();
        writer.append(samples, &mut bytes);
        bytes[..WAV_HEADER_BYTES].copy_from_slice(&writer.header());
        bytes
    }

    #[test]
    fn another_reader_finds_the_samples_that_were_written() {
        let samples: Vec<i16> = (-500..500).map(|n| n * 65).collect();

        let mut reader = hound::WavReader::new(std::io::Cursor::new(file(&samples))).expect("a WAV file");

        let spec = reader.spec();
        assert_eq!(
            (spec.channels, spec.sample_rate, spec.bits_per_sample),
            (1, 8000, 16)
        );
        assert_eq!(
            reader
                .samples::<i16>()
                .collect::<Result<Vec<_>, _>>()
                .expect("samples"),
            samples
        );
    }

    #[test]
    fn what_another_writer_made_is_read() {
        let spec = hound::WavSpec {
            channels: 2,
            sample_rate: 8000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut bytes = std::io::Cursor::new(Vec::new());
        let mut writer = hound::WavWriter::new(&mut bytes, spec).expect("a writer");
        for sample in [100i16, 300, -7, -9, i16::MAX, i16::MAX] {
            writer.write_sample(sample).expect("a sample");
        }
        writer.finalize().expect("a file");

        let sound = Sound::from_wav(&bytes.into_inner()).expect("a sound");

        assert_eq!(sound.samples(), [200, -8, i16::MAX]);
    }

    #[test]
    fn a_recording_cut_off_at_any_byte_keeps_its_samples() {
        let mut writer = WavWriter::new();
        let mut bytes = writer.header().to_vec();
        writer.append(&[1, 2, 3, 4, 5], &mut bytes);

        for end in WAV_HEADER_BYTES + 2..=bytes.len() {
            let sound = Sound::from_wav(&bytes[..end]).expect("a sound");
            let whole = (end - WAV_HEADER_BYTES) / 2;
            assert_eq!(sound.samples(), &[1, 2, 3, 4, 5][..whole]);
        }
    }

    #[test]
    fn a_continued_recording_counts_both_parts() {
        let mut bytes = file(&[1, 2]);
        let mut writer = WavWriter::continuing(4);
        writer.append(&[3], &mut bytes);
        bytes[..WAV_HEADER_BYTES].copy_from_slice(&writer.header());

        assert_eq!(Sound::from_wav(&bytes).expect("a sound").samples(), [1, 2, 3]);
        assert_eq!(bytes[4..8], 42u32.to_le_bytes());
    }
}
