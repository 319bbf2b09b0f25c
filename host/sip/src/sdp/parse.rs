//! How the lines of a description are read.

use std::fmt;
use std::net::IpAddr;

use super::{Connection, Line, Media, Origin, Session};
use crate::lex;

/// The most lines of one description; more are refused.
pub const MAX_LINES: usize = 1024;
/// The most streams of one description; more are refused.
pub const MAX_MEDIA: usize = 32;

/// Why bytes are not a session description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SdpError {
    /// The first line is not `v=0`.
    Version,
    /// The `o=` line is missing or malformed.
    Origin,
    /// A line is not a letter, `=` and a value.
    Line,
    /// An `m=` line is malformed.
    Media,
    /// A `c=` line is malformed.
    Connection,
    /// More lines than [`MAX_LINES`] or streams than [`MAX_MEDIA`].
    TooLong,
}

impl fmt::Display for SdpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Version => "session description does not begin with v=0",
            Self::Origin => "missing or malformed o= line",
            Self::Line => "malformed line in session description",
            Self::Media => "malformed m= line",
            Self::Connection => "malformed c= line",
            Self::TooLong => "session description too long",
        })
    }
}

impl std::error::Error for SdpError {}

/// Reads a description; line ends may be CRLF, LF or CR, a missing `s=` line counts as `-`.
pub fn parse(bytes: &[u8]) -> Result<Session, SdpError> {
    let text = lex::text(bytes);
    let separator = if text.contains('\n') { '\n' } else { '\r' };
    let mut lines = text
        .split(separator)
        .map(|line| line.trim_end_matches(['\r', '\0']))
        .filter(|line| !line.is_empty());
    if lines.next().map(str::trim_end) != Some("v=0") {
        return Err(SdpError::Version);
    }
    let mut origin = None;
    let mut draft = Draft {
        name: String::from("-"),
        connection: None,
        lines: Vec::new(),
        media: Vec::new(),
    };
    for (at, line) in lines.enumerate() {
        if at == MAX_LINES {
            return Err(SdpError::TooLong);
        }
        let (kind, value) = split_line(line)?;
        if kind == 'o' && origin.is_none() {
            origin = Some(parse_origin(value).ok_or(SdpError::Origin)?);
        } else {
            draft.take(kind, value)?;
        }
    }
    let Draft {
        name,
        connection,
        lines,
        media,
    } = draft;
    Ok(Session {
        origin: origin.ok_or(SdpError::Origin)?,
        name,
        connection,
        lines,
        media,
    })
}

fn split_line(line: &str) -> Result<(char, &str), SdpError> {
    let mut chars = line.chars();
    match (chars.next(), chars.next()) {
        (Some(kind), Some('=')) if kind.is_ascii_alphabetic() && !line.contains('\r') => {
            Ok((kind, chars.as_str()))
        }
        _ => Err(SdpError::Line),
    }
}

struct Draft {
    name: String,
    connection: Option<Connection>,
    lines: Vec<Line>,
    media: Vec<Media>,
}

impl Draft {
    fn take(&mut self, kind: char, value: &str) -> Result<(), SdpError> {
        match kind {
            'm' => {
                if self.media.len() == MAX_MEDIA {
                    return Err(SdpError::TooLong);
                }
                self.media.push(parse_media(value).ok_or(SdpError::Media)?);
            }
            's' if self.media.is_empty() => value.clone_into(&mut self.name),
            'c' => {
                let slot = match self.media.last_mut() {
                    Some(media) => &mut media.connection,
                    None => &mut self.connection,
                };
                // Only multicast streams have several (RFC 8866 section 5.7); the first serves.
                if slot.is_none() {
                    *slot = Some(parse_connection(value).ok_or(SdpError::Connection)?);
                }
            }
            _ => {
                let line = Line {
                    kind,
                    value: value.to_owned(),
                };
                self.media
                    .last_mut()
                    .map_or(&mut self.lines, |media| &mut media.lines)
                    .push(line);
            }
        }
        Ok(())
    }
}

fn parse_origin(value: &str) -> Option<Origin> {
    let mut words = value.split(' ').filter(|word| !word.is_empty());
    let (username, session_id, version) = (words.next()?, words.next()?, words.next()?);
    let is_number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(version) {
        return None;
    }
    Some(Origin {
        username: username.to_owned(),
        session_id: session_id.to_owned(),
        version: version.parse().unwrap_or(u64::MAX),
        connection: parse_connection(&words.collect::<Vec<_>>().join(" "))?,
    })
}

fn parse_connection(value: &str) -> Option<Connection> {
    let mut words = value.split(' ').filter(|word| !word.is_empty());
    let (network, family, address) = (words.next()?, words.next()?, words.next()?);
    let bare = address.split('/').next().unwrap_or(address);
    let ip = bare.parse::<IpAddr>().ok().filter(|ip| match ip {
        IpAddr::V4(_) => family.eq_ignore_ascii_case("IP4"),
        IpAddr::V6(_) => family.eq_ignore_ascii_case("IP6"),
    });
    Some(match ip {
        Some(ip) if network.eq_ignore_ascii_case("IN") && bare == address => Connection::Ip(ip),
        _ => Connection::Other(format!("{network} {family} {address}")),
    })
}

fn parse_media(value: &str) -> Option<Media> {
    let mut words = value.split([' ', '\t']).filter(|word| !word.is_empty());
    let (kind, ports, protocol) = (words.next()?, words.next()?, words.next()?);
    let (port, ports) = match ports.split_once('/') {
        Some((port, count)) => (port, Some(count.parse().ok()?)),
        None => (ports, None),
    };
    Some(Media {
        kind: kind.to_owned(),
        port: port.parse().ok()?,
        ports,
        protocol: protocol.to_owned(),
        formats: words.map(str::to_owned).collect(),
        connection: None,
        lines: Vec::new(),
    })
}
