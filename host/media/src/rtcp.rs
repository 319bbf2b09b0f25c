//! What an RTCP compound packet says (RFC 3550 section 6): reports, descriptions and goodbyes.

mod parse;
#[cfg(test)]
mod tests;
mod write;

use std::fmt;
use std::time::Duration;

pub use parse::parse;
pub use write::write;

/// Packets one compound may hold; a longer one is refused.
pub const MAX_PACKETS: usize = 32;
/// Report blocks, chunks or sources one packet can count.
pub const MAX_COUNT: usize = 31;
/// The item type of a canonical name (RFC 3550 section 6.5.1).
pub const CNAME: u8 = 1;

/// A 64-bit NTP timestamp: seconds since 1900 and their fraction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NtpTime(pub u64);

impl NtpTime {
    const UNIX_EPOCH_S: u64 = 2_208_988_800;

    /// The timestamp of an instant given as time since 1970.
    #[must_use]
    pub fn from_unix(since_1970: Duration) -> Self {
        let fraction = (u64::from(since_1970.subsec_nanos()) << 32) / 1_000_000_000;
        Self((since_1970.as_secs().wrapping_add(Self::UNIX_EPOCH_S) << 32) | fraction)
    }

    /// The middle 32 bits, in units of 1/65536 s, as reports echo them.
    #[must_use]
    pub const fn middle(self) -> u32 {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the middle bits are what is asked for"
        )]
        let middle = (self.0 >> 16) as u32;
        middle
    }
}

/// What one receiver says about one source (RFC 3550 section 6.4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportBlock {
    /// The source reported on.
    pub ssrc: u32,
    /// Packets lost since the report before, in 1/256.
    pub fraction_lost: u8,
    /// Packets lost since the beginning; negative when duplicates outnumber them. 24 bits.
    pub cumulative_lost: i32,
    /// The highest sequence number with its cycles in the upper half.
    pub highest_sequence: u32,
    /// Interarrival jitter in timestamp units.
    pub jitter: u32,
    /// The middle bits of the last sender report's time; 0 for none.
    pub last_report: u32,
    /// Time since that report, in 1/65536 s.
    pub delay_since_last_report: u32,
}

/// A sender's figures and what it hears.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SenderReport {
    /// The sender.
    pub ssrc: u32,
    /// When the report was sent.
    pub ntp: NtpTime,
    /// The same instant on the media clock.
    pub timestamp: u32,
    /// Packets sent so far.
    pub packets: u32,
    /// Payload bytes sent so far.
    pub octets: u32,
    /// What it hears, at most 31 sources.
    pub blocks: Vec<ReportBlock>,
}

/// What a party that sends nothing hears.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReceiverReport {
    /// The reporter.
    pub ssrc: u32,
    /// What it hears, at most 31 sources.
    pub blocks: Vec<ReportBlock>,
}

/// The description of one source: items of a type and at most 255 bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chunk {
    /// The source described.
    pub ssrc: u32,
    /// Item type (not 0) and text.
    pub items: Vec<(u8, Vec<u8>)>,
}

/// Sources that leave, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Goodbye {
    /// At most 31 sources.
    pub sources: Vec<u32>,
    /// At most 255 bytes; empty for none.
    pub reason: Vec<u8>,
}

/// One packet of a compound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RtcpPacket {
    /// BYE.
    Goodbye(Goodbye),
    /// A kind this host does not read: feedback, extended reports, application.
    Other {
        /// The packet type.
        kind: u8,
        /// The five bits beside the version.
        count: u8,
        /// Whole words after the first.
        body: Vec<u8>,
    },
    /// RR.
    ReceiverReport(ReceiverReport),
    /// SR.
    SenderReport(SenderReport),
    /// SDES.
    SourceDescription(Vec<Chunk>),
}

/// Why bytes are not an RTCP compound, or a compound cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RtcpError {
    /// A packet is shorter than what it counts.
    Content,
    /// Nothing in it, or more packets or entries than the limits allow.
    Count,
    /// A length field points past the end.
    Length,
    /// Padding where none may be, or a wrong count of it.
    Padding,
    /// The version is not 2.
    Version,
}

impl fmt::Display for RtcpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Content => "a packet is shorter than what it counts",
            Self::Count => "the compound is empty or holds too much",
            Self::Length => "a length field points past the end",
            Self::Padding => "the padding is wrong",
            Self::Version => "the version is not 2",
        })
    }
}

impl std::error::Error for RtcpError {}

mod kind {
    pub(super) const SENDER_REPORT: u8 = 200;
    pub(super) const RECEIVER_REPORT: u8 = 201;
    pub(super) const SOURCE_DESCRIPTION: u8 = 202;
    pub(super) const GOODBYE: u8 = 203;
}
