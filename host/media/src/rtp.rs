//! What an RTP packet says (RFC 3550 section 5.1), read in place and written byte for byte.

use std::fmt;

/// Bytes of a header without contributing sources and extension.
pub const HEADER_BYTES: usize = 12;

/// The fixed part of a header, the part a relay rewrites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Start of a talk spurt or of a digit.
    pub marker: bool,
    /// Payload type, 0 to 127.
    pub payload_type: u8,
    /// Sequence number, counting packets.
    pub sequence: u16,
    /// Timestamp in units of the payload's clock.
    pub timestamp: u32,
    /// Synchronisation source.
    pub ssrc: u32,
}

impl Header {
    /// The twelve bytes of a packet with this header and nothing but a payload.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[0] = VERSION_2;
        bytes[1] = (u8::from(self.marker) << 7) | (self.payload_type & 0x7f);
        bytes[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        bytes[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        bytes[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
        bytes
    }
}

/// A header extension (RFC 3550 section 5.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extension<'a> {
    /// The sixteen bits a profile defines.
    pub profile: u16,
    /// Whole 32-bit words.
    pub words: &'a [u8],
}

/// One packet, borrowed from the datagram it came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// The fixed header.
    pub header: Header,
    /// Contributing sources, four bytes each, at most fifteen.
    pub contributors: &'a [u8],
    /// The header extension, if any.
    pub extension: Option<Extension<'a>>,
    /// The payload without padding.
    pub payload: &'a [u8],
    /// Bytes of padding after the payload, the count itself included; 0 for none.
    pub padding: u8,
}

/// Why a datagram is not an RTP packet, or a packet cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// The contributing sources are not whole words or more than fifteen.
    Contributors,
    /// The extension is longer than the packet, or not whole words.
    Extension,
    /// The padding count is zero or longer than the packet.
    Padding,
    /// The payload type does not fit seven bits.
    PayloadType,
    /// Fewer than twelve bytes.
    Truncated,
    /// The version is not 2.
    Version,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Contributors => "the contributing sources do not fit the packet",
            Self::Extension => "the header extension does not fit the packet",
            Self::Padding => "the padding count does not fit the packet",
            Self::PayloadType => "the payload type does not fit seven bits",
            Self::Truncated => "the packet is shorter than its header",
            Self::Version => "the version is not 2",
        })
    }
}

impl std::error::Error for Malformed {}

const VERSION_2: u8 = 0x80;
const PADDING_BIT: u8 = 0x20;
const EXTENSION_BIT: u8 = 0x10;
const MAX_CONTRIBUTORS: usize = 15;

impl<'a> Packet<'a> {
    /// A packet with nothing but a header and a payload.
    #[must_use]
    pub const fn new(header: Header, payload: &'a [u8]) -> Self {
        Self {
            header,
            contributors: &[],
            extension: None,
            payload,
            padding: 0,
        }
    }

    /// Reads a datagram; the checks are those of RFC 3550 appendix A.1 that need no state.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let Some((fixed, rest)) = bytes.split_first_chunk::<HEADER_BYTES>() else {
            return Err(Malformed::Truncated);
        };
        if fixed[0] & 0xc0 != VERSION_2 {
            return Err(Malformed::Version);
        }
        let header = Header {
            marker: fixed[1] & 0x80 != 0,
            payload_type: fixed[1] & 0x7f,
            sequence: u16::from_be_bytes([fixed[2], fixed[3]]),
            timestamp: u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]),
            ssrc: u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]),
        };
        let contributors = usize::from(fixed[0] & 0x0f) * 4;
        let Some((contributors, rest)) = rest.split_at_checked(contributors) else {
            return Err(Malformed::Contributors);
        };
        let (extension, rest) = if fixed[0] & EXTENSION_BIT == 0 {
            (None, rest)
        } else {
            split_extension(rest)?
        };
        let padding = if fixed[0] & PADDING_BIT == 0 {
            0
        } else {
            *rest.last().ok_or(Malformed::Padding)?
        };
        if fixed[0] & PADDING_BIT != 0 && (padding == 0 || usize::from(padding) > rest.len()) {
            return Err(Malformed::Padding);
        }
        let payload = &rest[..rest.len() - usize::from(padding)];
        Ok(Self {
            header,
            contributors,
            extension,
            payload,
            padding,
        })
    }

    /// The contributing sources, in packet order.
    pub fn contributing_sources(&self) -> impl Iterator<Item = u32> + '_ {
        self.contributors
            .as_chunks::<4>()
            .0
            .iter()
            .map(|word| u32::from_be_bytes(*word))
    }

    /// Appends the packet's bytes to `out`.
    pub fn write(&self, out: &mut Vec<u8>) -> Result<(), Malformed> {
        if self.header.payload_type > 0x7f {
            return Err(Malformed::PayloadType);
        }
        if !self.contributors.len().is_multiple_of(4) || self.contributors.len() / 4 > MAX_CONTRIBUTORS {
            return Err(Malformed::Contributors);
        }
        let words = self.extension.map_or(0, |extension| extension.words.len());
        let Ok(word_count) = u16::try_from(words / 4) else {
            return Err(Malformed::Extension);
        };
        if !words.is_multiple_of(4) {
            return Err(Malformed::Extension);
        }
        let mut fixed = self.header.to_bytes();
        fixed[0] |= u8::try_from(self.contributors.len() / 4).map_err(|_| Malformed::Contributors)?;
        fixed[0] |= if self.extension.is_some() {
            EXTENSION_BIT
        } else {
            0
        };
        fixed[0] |= if self.padding > 0 { PADDING_BIT } else { 0 };
        out.extend_from_slice(&fixed);
        out.extend_from_slice(self.contributors);
        if let Some(extension) = self.extension {
            out.extend_from_slice(&extension.profile.to_be_bytes());
            out.extend_from_slice(&word_count.to_be_bytes());
            out.extend_from_slice(extension.words);
        }
        out.extend_from_slice(self.payload);
        if self.padding > 0 {
            out.resize(out.len() + usize::from(self.padding) - 1, 0);
            out.push(self.padding);
        }
        Ok(())
    }
}

fn split_extension(bytes: &[u8]) -> Result<(Option<Extension<'_>>, &[u8]), Malformed> {
    let Some((head, rest)) = bytes.split_first_chunk::<4>() else {
        return Err(Malformed::Extension);
    };
    let words = usize::from(u16::from_be_bytes([head[2], head[3]])) * 4;
    let Some((words, rest)) = rest.split_at_checked(words) else {
        return Err(Malformed::Extension);
    };
    Ok((
        Some(Extension {
            profile: u16::from_be_bytes([head[0], head[1]]),
            words,
        }),
        rest,
    ))
}

/// Whether a datagram that shares the RTP port is RTCP (RFC 5761 section 4: packet types 192 to 223).
#[must_use]
pub fn is_rtcp(bytes: &[u8]) -> bool {
    bytes.get(1).is_some_and(|kind| (192..=223).contains(kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn header_fields_stand_where_the_rfc_draws_them() {
        let bytes = [
            0x80,
            0x80 | 101,
            0x12,
            0x34,
            0xde,
            0xad,
            0xbe,
            0xef,
            0x01,
            0x02,
            0x03,
            0x04,
            9,
            9,
        ];

        let packet = Packet::parse(&bytes).expect("a plain packet");

        let header = Header {
            marker: true,
            payload_type: 101,
            sequence: 0x1234,
            timestamp: 0xdead_beef,
            ssrc: 0x0102_0304,
        };
        assert_eq!(packet, Packet::new(header, &[9, 9]));
    }

    #[test]
    fn padding_and_extension_are_not_payload() {
        let mut bytes = vec![0xb1, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3];
        bytes.extend([0, 0, 0, 7]);
        bytes.extend([0xbe, 0xde, 0, 1, 1, 2, 3, 4]);
        bytes.extend([42, 0, 0, 3]);

        let packet = Packet::parse(&bytes).expect("a full packet");

        assert_eq!(packet.payload, &[42]);
        assert_eq!(packet.padding, 3);
        assert_eq!(packet.contributing_sources().collect::<Vec<_>>(), [7]);
        assert_eq!(
            packet.extension,
            Some(Extension {
                profile: 0xbede,
                words: &[1, 2, 3, 4]
            })
        );
    }

    #[test]
    fn lies_about_lengths_are_refused() {
        let head = |first: u8| vec![first, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3];
        let with = |first: u8, tail: &[u8]| [head(first), tail.to_vec()].concat();

        assert_eq!(Packet::parse(&head(0x80)[..11]), Err(Malformed::Truncated));
        assert_eq!(Packet::parse(&head(0x40)), Err(Malformed::Version));
        assert_eq!(Packet::parse(&head(0x81)), Err(Malformed::Contributors));
        assert_eq!(Packet::parse(&head(0x90)), Err(Malformed::Extension));
        assert_eq!(
            Packet::parse(&with(0x90, &[0, 0, 0, 1])),
            Err(Malformed::Extension)
        );
        assert_eq!(Packet::parse(&head(0xa0)), Err(Malformed::Padding));
        assert_eq!(Packet::parse(&with(0xa0, &[0])), Err(Malformed::Padding));
        assert_eq!(Packet::parse(&with(0xa0, &[0, 3])), Err(Malformed::Padding));
    }

    #[test]
    fn rtcp_is_told_from_rtp_on_one_port() {
        assert!(is_rtcp(&[0x80, 200]));
        assert!(!is_rtcp(&[0x80, 0x80]));
        assert!(!is_rtcp(&[0x80]));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(
            marker: bool, payload_type in 0u8..128, sequence: u16, timestamp: u32, ssrc: u32,
            contributors in prop::collection::vec(any::<[u8; 4]>(), 0..=15),
            extension in prop::option::of((any::<u16>(), prop::collection::vec(any::<[u8; 4]>(), 0..8))),
            payload in prop::collection::vec(any::<u8>(), 0..400), padding: u8,
        ) {
            let words = extension.as_ref().map(|(_, words)| words.concat());
            let contributors = contributors.concat();
            let packet = Packet {
                header: Header { marker, payload_type, sequence, timestamp, ssrc },
                contributors: &contributors,
                extension: extension.as_ref().zip(words.as_deref())
                    .map(|((profile, _), words)| Extension { profile: *profile, words }),
                payload: &payload,
                padding,
            };
            let mut bytes = Vec::new();
            packet.write(&mut bytes).expect("within the limits");
            prop_assert_eq!(Packet::parse(&bytes), Ok(packet));
        }

        #[test]
        fn what_is_read_writes_back(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut bytes = bytes;
            if let Some(first) = bytes.first_mut() {
                *first = (*first & 0x3f) | 0x80;
            }
            if let Ok(packet) = Packet::parse(&bytes) {
                let mut again = Vec::new();
                packet.write(&mut again).expect("a parsed packet keeps the limits");
                prop_assert_eq!(Packet::parse(&again), Ok(packet));
                prop_assert_eq!(again.len(), bytes.len());
            }
        }
    }
}
