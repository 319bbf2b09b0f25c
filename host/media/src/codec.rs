//! Which audio the host can read and write, and how a payload of one kind becomes another.

use crate::g711;
use std::fmt;
use std::str::FromStr;

/// A kind of payload, at 8 kHz and one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Codec {
    /// G.711 A-law, static payload type 8.
    Pcma,
    /// G.711 µ-law, static payload type 0.
    Pcmu,
    /// Linear 16-bit samples in network byte order (L16/8000), dynamic payload type.
    Slin,
}

/// A codec under the payload type two parties agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayloadFormat {
    /// 0 to 127.
    pub payload_type: u8,
    /// What it stands for.
    pub codec: Codec,
}

impl PayloadFormat {
    /// µ-law under its static number.
    pub const PCMU: Self = Self {
        payload_type: 0,
        codec: Codec::Pcmu,
    };
    /// A-law under its static number.
    pub const PCMA: Self = Self {
        payload_type: 8,
        codec: Codec::Pcma,
    };
}

/// A name no codec of the host answers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodecError(pub String);

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no codec is called {:?}", self.0)
    }
}

impl std::error::Error for CodecError {}

impl FromStr for Codec {
    type Err = CodecError;

    /// Takes the names of `allow=` lines and of rtpmap attributes.
    fn from_str(name: &str) -> Result<Self, CodecError> {
        match name.to_ascii_lowercase().as_str() {
            "alaw" | "pcma" => Ok(Self::Pcma),
            "ulaw" | "mulaw" | "pcmu" => Ok(Self::Pcmu),
            "slin" | "l16" => Ok(Self::Slin),
            _ => Err(CodecError(name.to_owned())),
        }
    }
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pcma => "alaw",
            Self::Pcmu => "ulaw",
            Self::Slin => "slin",
        })
    }
}

impl Codec {
    /// Bytes of one sample.
    #[must_use]
    pub const fn sample_bytes(self) -> usize {
        match self {
            Self::Pcma | Self::Pcmu => 1,
            Self::Slin => 2,
        }
    }

    /// Appends the payload of `samples` to `out`.
    pub fn encode(self, samples: &[i16], out: &mut Vec<u8>) {
        match self {
            Self::Pcma => out.extend(samples.iter().map(|sample| g711::to_alaw(*sample))),
            Self::Pcmu => out.extend(samples.iter().map(|sample| g711::to_ulaw(*sample))),
            Self::Slin => out.extend(samples.iter().flat_map(|sample| sample.to_be_bytes())),
        }
    }

    /// Appends the samples of `payload` to `out`; half a sample at its end is left out.
    pub fn decode(self, payload: &[u8], out: &mut Vec<i16>) {
        match self {
            Self::Pcma => out.extend(payload.iter().map(|byte| g711::from_alaw(*byte))),
            Self::Pcmu => out.extend(payload.iter().map(|byte| g711::from_ulaw(*byte))),
            Self::Slin => out.extend(
                payload
                    .as_chunks::<2>()
                    .0
                    .iter()
                    .map(|pair| i16::from_be_bytes(*pair)),
            ),
        }
    }

    /// Appends this codec's `payload`, recoded as `to`, to `out`.
    pub fn transcode(self, to: Self, payload: &[u8], out: &mut Vec<u8>) {
        let linear = payload
            .as_chunks::<2>()
            .0
            .iter()
            .map(|pair| i16::from_be_bytes(*pair));
        match (self, to) {
            (Self::Pcma, Self::Pcma) | (Self::Pcmu, Self::Pcmu) | (Self::Slin, Self::Slin) => {
                out.extend_from_slice(payload);
            }
            (Self::Pcma, Self::Pcmu) => out.extend(payload.iter().map(|byte| g711::ulaw_by_alaw(*byte))),
            (Self::Pcmu, Self::Pcma) => out.extend(payload.iter().map(|byte| g711::alaw_by_ulaw(*byte))),
            (Self::Pcma, Self::Slin) => {
                out.extend(
                    payload
                        .iter()
                        .flat_map(|byte| g711::from_alaw(*byte).to_be_bytes()),
                );
            }
            (Self::Pcmu, Self::Slin) => {
                out.extend(
                    payload
                        .iter()
                        .flat_map(|byte| g711::from_ulaw(*byte).to_be_bytes()),
                );
            }
            (Self::Slin, Self::Pcma) => out.extend(linear.map(g711::to_alaw)),
            (Self::Slin, Self::Pcmu) => out.extend(linear.map(g711::to_ulaw)),
        }
    }

    /// Appends silence of `samples` samples to `out`.
    pub fn silence(self, samples: usize, out: &mut Vec<u8>) {
        let byte = match self {
            Self::Pcma => g711::ALAW_SILENCE,
            Self::Pcmu => g711::ULAW_SILENCE,
            Self::Slin => 0,
        };
        out.resize(out.len() + samples * self.sample_bytes(), byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Codec; 3] = [Codec::Pcma, Codec::Pcmu, Codec::Slin];

    #[test]
    fn recoding_equals_decoding_and_encoding_for_every_byte() {
        let payload: Vec<u8> = (0..=255).collect();
        for from in ALL {
            for to in ALL {
                let (mut samples, mut slow, mut fast) = (Vec::new(), Vec::new(), Vec::new());
                from.decode(&payload, &mut samples);
                to.encode(&samples, &mut slow);
                from.transcode(to, &payload, &mut fast);
                if from == to {
                    assert_eq!(fast, payload);
                } else {
                    assert_eq!(fast, slow, "{from} to {to}");
                }
            }
        }
    }

    #[test]
    fn silence_decodes_to_next_to_nothing() {
        for codec in ALL {
            let (mut payload, mut samples) = (Vec::new(), Vec::new());
            codec.silence(4, &mut payload);
            codec.decode(&payload, &mut samples);
            assert_eq!(samples.len(), 4);
            assert!(samples.iter().all(|sample| sample.abs() <= 8));
        }
    }

    #[test]
    fn half_a_linear_sample_is_left_out() {
        let mut samples = Vec::new();
        Codec::Slin.decode(&[1, 2, 3], &mut samples);
        assert_eq!(samples, [0x0102]);
    }

    #[test]
    fn both_spellings_of_a_codec_are_known() {
        assert_eq!("PCMU".parse(), Ok(Codec::Pcmu));
        assert_eq!("alaw".parse(), Ok(Codec::Pcma));
        assert_eq!("g729".parse::<Codec>(), Err(CodecError("g729".to_owned())));
    }
}
