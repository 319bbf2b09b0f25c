//! Which codecs an audio stream names, and under which payload types.

use super::{Line, Media, attributes};

/// The name under which telephone digits travel (RFC 4733).
const TELEPHONE_EVENT: &str = "telephone-event";

/// A codec as SDP names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Codec {
    /// The encoding name; compares without case.
    pub name: String,
    /// RTP clock rate in hertz (8000 for G.722 by RFC 3551 section 4.5.2).
    pub clock_hz: u32,
    pub channels: u8,
    /// The `fmtp` parameters.
    pub fmtp: Option<String>,
}

/// A codec under its payload type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    /// 0 to 127.
    pub payload_type: u8,
    pub codec: Codec,
}

/// The static payload types of RFC 3551 table 4 that still occur.
const STATIC: [(u8, &str, u32); 9] = [
    (0, "PCMU", 8000),
    (3, "GSM", 8000),
    (4, "G723", 8000),
    (7, "LPC", 8000),
    (8, "PCMA", 8000),
    (9, "G722", 8000),
    (13, "CN", 8000),
    (15, "G728", 8000),
    (18, "G729", 8000),
];

impl Codec {
    /// A codec with one channel and no parameters.
    pub fn new(name: &str, clock_hz: u32) -> Self {
        Self {
            name: name.to_owned(),
            clock_hz,
            channels: 1,
            fmtp: None,
        }
    }

    /// Whether both name the same encoding; parameters are not compared.
    pub fn is_same(&self, other: &Self) -> bool {
        self.name.eq_ignore_ascii_case(&other.name)
            && self.clock_hz == other.clock_hz
            && self.channels == other.channels
    }

    /// Whether this carries telephone digits rather than sound.
    pub fn is_telephone_event(&self) -> bool {
        self.name.eq_ignore_ascii_case(TELEPHONE_EVENT)
    }

    fn rtpmap(&self) -> String {
        match self.channels {
            1 => format!("{}/{}", self.name, self.clock_hz),
            channels => format!("{}/{}/{channels}", self.name, self.clock_hz),
        }
    }
}

impl Format {
    /// A codec under a payload type.
    pub fn new(payload_type: u8, codec: Codec) -> Self {
        Self { payload_type, codec }
    }

    /// The `rtpmap` and `fmtp` lines of this format.
    pub(super) fn lines(&self) -> impl Iterator<Item = Line> {
        let payload_type = self.payload_type;
        let map = Line::attribute(format!("rtpmap:{payload_type} {}", self.codec.rtpmap()));
        let fmtp = self.codec.fmtp.as_ref();
        [
            Some(map),
            fmtp.map(|fmtp| Line::attribute(format!("fmtp:{payload_type} {fmtp}"))),
        ]
        .into_iter()
        .flatten()
    }
}

impl Media {
    /// The codecs in the order of the `m=` line; payload types without a known meaning are passed over.
    pub fn audio_formats(&self) -> Vec<Format> {
        self.formats
            .iter()
            .filter_map(|word| self.audio_format(word.parse().ok().filter(|kind| *kind < 128)?))
            .collect()
    }

    fn audio_format(&self, payload_type: u8) -> Option<Format> {
        let named = |name: &'static str| {
            attributes(&self.lines)
                .filter(move |(own, _)| *own == name)
                .find_map(move |(_, value)| {
                    let (number, rest) = value.trim().split_once([' ', '\t'])?;
                    (number.parse() == Ok(payload_type)).then(|| rest.trim())
                })
        };
        let mut codec = match named("rtpmap") {
            Some(map) => parse_rtpmap(map)?,
            None => {
                let (_, name, clock_hz) = STATIC.iter().find(|row| row.0 == payload_type)?;
                Codec::new(name, *clock_hz)
            }
        };
        codec.fmtp = named("fmtp").map(str::to_owned);
        Some(Format { payload_type, codec })
    }
}

fn parse_rtpmap(map: &str) -> Option<Codec> {
    let mut parts = map.split('/');
    let (name, clock_hz) = (parts.next()?, parts.next()?.trim().parse().ok()?);
    let channels = match parts.next() {
        Some(channels) => channels.trim().parse().ok()?,
        None => 1,
    };
    (!name.is_empty()).then(|| Codec {
        name: name.to_owned(),
        clock_hz,
        channels,
        fmtp: None,
    })
}
