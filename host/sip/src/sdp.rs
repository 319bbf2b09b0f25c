//! What a session description says (RFC 8866), and how offers are answered (RFC 3264).

mod audio;
mod negotiate;
mod parse;
#[cfg(test)]
mod tests;

use std::fmt;
use std::net::IpAddr;

pub use audio::{Codec, Format};
pub use negotiate::{Answer, Local, Negotiated, Offer, RefusedOffer, Versions, accept, answer};
pub use parse::{MAX_LINES, MAX_MEDIA, SdpError, parse};

/// A whole description. Lines without a field of their own are kept in [`Session::lines`] in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub origin: Origin,
    /// The `s=` line.
    pub name: String,
    pub connection: Option<Connection>,
    /// All other session-level lines: `i=`, `b=`, `t=`, `a=` and whatever else was sent.
    pub lines: Vec<Line>,
    pub media: Vec<Media>,
}

/// The `o=` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    pub username: String,
    /// A number as text: some peers exceed 64 bits.
    pub session_id: String,
    /// Rises by one when the description changes.
    pub version: u64,
    pub connection: Connection,
}

/// A `c=` line, or the address in an `o=` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Connection {
    Ip(IpAddr),
    /// A host name or anything else, as the three fields were sent.
    Other(String),
}

/// Any line, such as `a=sendrecv` with kind `a`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub kind: char,
    pub value: String,
}

/// An `m=` line with what follows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// `audio`, `video`, `image`, …
    pub kind: String,
    /// 0 refuses or ends the stream.
    pub port: u16,
    /// How many ports, when the line says so.
    pub ports: Option<u16>,
    /// `RTP/AVP` and the like.
    pub protocol: String,
    /// Payload types or other format words.
    pub formats: Vec<String>,
    pub connection: Option<Connection>,
    /// All other lines of this stream.
    pub lines: Vec<Line>,
}

/// Which way a stream flows, seen from who says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    SendRecv,
    SendOnly,
    RecvOnly,
    Inactive,
}

impl Direction {
    /// The attribute's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }

    /// Reads an attribute's name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::SendRecv, Self::SendOnly, Self::RecvOnly, Self::Inactive]
            .into_iter()
            .find(|direction| direction.as_str() == text)
    }

    fn of(sends: bool, receives: bool) -> Self {
        match (sends, receives) {
            (true, true) => Self::SendRecv,
            (true, false) => Self::SendOnly,
            (false, true) => Self::RecvOnly,
            (false, false) => Self::Inactive,
        }
    }

    /// Whether the one who says it sends.
    pub fn sends(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }

    /// Whether the one who says it receives.
    pub fn receives(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }

    /// The same flow seen from the other side.
    pub fn mirrored(self) -> Self {
        Self::of(self.receives(), self.sends())
    }

    /// What both allow.
    pub fn and(self, other: Self) -> Self {
        Self::of(self.sends() && other.sends(), self.receives() && other.receives())
    }
}

impl Connection {
    /// Whether the address is 0.0.0.0 or `::`, an old way to put on hold.
    pub fn is_unspecified(&self) -> bool {
        self.ip().is_some_and(|address| address.is_unspecified())
    }

    /// The address, unless it is a name.
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Ip(address) => Some(*address),
            Self::Other(_) => None,
        }
    }
}

impl Line {
    /// An `a=` line.
    pub fn attribute(value: impl Into<String>) -> Self {
        Self {
            kind: 'a',
            value: value.into(),
        }
    }
}

/// The value of the first `a=name:value` line, or `""` of `a=name`.
fn find_attribute<'a>(lines: &'a [Line], name: &str) -> Option<&'a str> {
    attributes(lines)
        .find(|(own, _)| own.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

fn attributes(lines: &[Line]) -> impl Iterator<Item = (&str, &str)> {
    let lines = lines.iter().filter(|line| line.kind == 'a');
    lines.map(|line| line.value.split_once(':').unwrap_or((&line.value, "")))
}

fn find_direction(lines: &[Line]) -> Option<Direction> {
    attributes(lines).find_map(|(name, _)| Direction::parse(name))
}

impl Session {
    /// The first `a=` value of that name at session level; `""` when it has none.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        find_attribute(&self.lines, name)
    }

    /// The first audio stream that is not refused.
    pub fn audio(&self) -> Option<&Media> {
        self.media
            .iter()
            .find(|media| media.kind == "audio" && media.port != 0)
    }

    /// Where a stream's packets go: its own `c=` line or the session's.
    pub fn connection_of<'a>(&'a self, media: &'a Media) -> Option<&'a Connection> {
        media.connection.as_ref().or(self.connection.as_ref())
    }

    /// A stream's direction: its own attribute, the session's, or sendrecv. An unspecified address receives nothing.
    pub fn direction_of(&self, media: &Media) -> Direction {
        let said = find_direction(&media.lines).or_else(|| find_direction(&self.lines));
        let said = said.unwrap_or(Direction::SendRecv);
        if self.connection_of(media).is_some_and(Connection::is_unspecified) {
            said.and(Direction::SendOnly)
        } else {
            said
        }
    }

    /// Whether the sender puts us on hold: there is audio and it receives none of it.
    pub fn is_hold(&self) -> bool {
        self.audio()
            .is_some_and(|media| !self.direction_of(media).receives())
    }
}

impl Media {
    /// The first `a=` value of that name; `""` when it has none.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        find_attribute(&self.lines, name)
    }

    /// The packet length asked for, in milliseconds.
    pub fn ptime_ms(&self) -> Option<u16> {
        let value = self.attribute("ptime")?.trim();
        value.split('.').next()?.parse().ok().filter(|ptime| *ptime > 0)
    }
}

impl fmt::Display for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(IpAddr::V4(address)) => write!(f, "IN IP4 {address}"),
            Self::Ip(IpAddr::V6(address)) => write!(f, "IN IP6 {address}"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}\r\n", self.kind, self.value)
    }
}

/// Writes `c=` behind the leading lines that stand before it by the grammar of RFC 8866 section 9.
fn write_tail(f: &mut fmt::Formatter<'_>, lines: &[Line], connection: Option<&Connection>) -> fmt::Result {
    let leading = lines
        .iter()
        .take_while(|line| matches!(line.kind, 'i' | 'u' | 'e' | 'p'))
        .count();
    let (before, after) = lines.split_at(leading);
    for line in before {
        write!(f, "{line}")?;
    }
    if let Some(connection) = connection {
        write!(f, "c={connection}\r\n")?;
    }
    for line in after {
        write!(f, "{line}")?;
    }
    Ok(())
}

impl fmt::Display for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "m={} {}", self.kind, self.port)?;
        if let Some(ports) = self.ports {
            write!(f, "/{ports}")?;
        }
        write!(f, " {}", self.protocol)?;
        for format in &self.formats {
            write!(f, " {format}")?;
        }
        f.write_str("\r\n")?;
        write_tail(f, &self.lines, self.connection.as_ref())
    }
}

impl fmt::Display for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Origin {
            username,
            session_id,
            version,
            connection,
        } = &self.origin;
        write!(
            f,
            "v=0\r\no={username} {session_id} {version} {connection}\r\ns={}\r\n",
            self.name
        )?;
        write_tail(f, &self.lines, self.connection.as_ref())?;
        self.media.iter().try_for_each(|media| write!(f, "{media}"))
    }
}
