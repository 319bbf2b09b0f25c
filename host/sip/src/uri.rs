//! What a SIP, SIPS, tel or unknown URI says (RFC 3261 section 19.1, RFC 3966).

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::params::Params;

/// Which kind of URI it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    Sip,
    Sips,
    Tel,
    /// Any other scheme, spelled as received; such a URI keeps everything after the colon in [`Uri::user`].
    Other(Box<str>),
}

/// A host as written in a URI or a Via.
#[derive(Clone, Debug)]
pub enum Host {
    /// No host: `tel:` and unknown schemes.
    Absent,
    Name(String),
    V4(Ipv4Addr),
    V6(Ipv6Addr),
}

/// A parsed URI. `user`, `password` and `headers` keep their escapes as received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uri {
    pub scheme: Scheme,
    /// The user part, the number of a `tel:` URI, or the whole rest of an unknown one.
    pub user: Option<String>,
    pub password: Option<String>,
    pub host: Host,
    pub port: Option<u16>,
    pub params: Params,
    /// What stands after `?`, raw.
    pub headers: Option<String>,
}

impl Host {
    /// Reads a host name, an IPv4 address or a bracketed IPv6 reference.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(inside) = text.strip_prefix('[') {
            return inside.strip_suffix(']')?.parse().ok().map(Self::V6);
        }
        let first = *text.as_bytes().first()?;
        if first.is_ascii_digit()
            && let Ok(address) = text.parse()
        {
            return Some(Self::V4(address));
        }
        let is_name = text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'));
        is_name.then(|| Self::Name(text.to_owned()))
    }

    /// The address, unless it is a name.
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::V4(address) => Some(IpAddr::V4(*address)),
            Self::V6(address) => Some(IpAddr::V6(*address)),
            Self::Name(_) | Self::Absent => None,
        }
    }
}

impl From<IpAddr> for Host {
    fn from(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Self::V4(address),
            IpAddr::V6(address) => Self::V6(address),
        }
    }
}

impl PartialEq for Host {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Absent, Self::Absent) => true,
            (Self::Name(one), Self::Name(two)) => one.eq_ignore_ascii_case(two),
            (Self::V4(one), Self::V4(two)) => one == two,
            (Self::V6(one), Self::V6(two)) => one == two,
            (Self::Absent | Self::Name(_) | Self::V4(_) | Self::V6(_), _) => false,
        }
    }
}

impl Eq for Host {}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => Ok(()),
            Self::Name(name) => f.write_str(name),
            Self::V4(address) => address.fmt(f),
            Self::V6(address) => write!(f, "[{address}]"),
        }
    }
}

/// Splits `host[:port]`; a bracketed host keeps its brackets.
pub(crate) fn parse_host_port(text: &str) -> Option<(Host, Option<u16>)> {
    let colon = match text.rfind(']') {
        Some(bracket) => text[bracket..].find(':').map(|at| at + bracket),
        None => text.find(':'),
    };
    let Some(colon) = colon else {
        return Host::parse(text).map(|host| (host, None));
    };
    let port = &text[colon + 1..];
    if port.is_empty() || !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some((Host::parse(&text[..colon])?, Some(port.parse().ok()?)))
}

impl Uri {
    /// A `sip:` URI of a user at a host.
    pub fn sip(user: Option<&str>, host: Host, port: Option<u16>) -> Self {
        Self {
            scheme: Scheme::Sip,
            user: user.filter(|user| !user.is_empty()).map(escape_user),
            password: None,
            host,
            port,
            params: Params::new(),
            headers: None,
        }
    }

    /// A `sip:` URI of a user at a socket address.
    pub fn sip_at(user: Option<&str>, at: SocketAddr) -> Self {
        Self::sip(user, at.ip().into(), Some(at.port()))
    }

    /// Reads a URI; `None` when it is malformed. Blanks, quotes, angle brackets and control bytes are refused.
    pub fn parse(text: &str) -> Option<Self> {
        let is_clean = text
            .bytes()
            .all(|byte| byte > b' ' && byte != 0x7f && !matches!(byte, b'<' | b'>' | b'"'));
        let (scheme, rest) = text.split_once(':')?;
        if !is_clean || rest.is_empty() {
            return None;
        }
        if scheme.eq_ignore_ascii_case("sip") {
            Self::parse_sip(Scheme::Sip, rest)
        } else if scheme.eq_ignore_ascii_case("sips") {
            Self::parse_sip(Scheme::Sips, rest)
        } else if scheme.eq_ignore_ascii_case("tel") {
            Self::parse_tel(rest)
        } else {
            let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
                && scheme
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
            is_scheme.then(|| Self::opaque(Scheme::Other(scheme.into()), rest, Params::new()))
        }
    }

    fn opaque(scheme: Scheme, user: &str, params: Params) -> Self {
        let user = Some(user.to_owned());
        Self {
            scheme,
            user,
            password: None,
            host: Host::Absent,
            port: None,
            params,
            headers: None,
        }
    }

    fn parse_tel(rest: &str) -> Option<Self> {
        let (number, params) = rest.split_once(';').unwrap_or((rest, ""));
        if number.is_empty() {
            return None;
        }
        Some(Self::opaque(Scheme::Tel, number, Params::parse_uri(params)?))
    }

    fn parse_sip(scheme: Scheme, rest: &str) -> Option<Self> {
        let (user, password, rest) = match rest.split_once('@') {
            None => (None, None, rest),
            Some((info, rest)) => {
                let (user, password) = match info.split_once(':') {
                    Some((user, password)) => (user, Some(password.to_owned())),
                    None => (info, None),
                };
                if user.is_empty() {
                    return None;
                }
                (Some(user.to_owned()), password, rest)
            }
        };
        let (rest, headers) = match rest.split_once('?') {
            Some((rest, headers)) => (rest, Some(headers.to_owned())),
            None => (rest, None),
        };
        let (host_port, params) = match rest.split_once(';') {
            Some((host_port, params)) => (host_port, Params::parse_uri(params)?),
            None => (rest, Params::new()),
        };
        let (host, port) = parse_host_port(host_port)?;
        Some(Self {
            scheme,
            user,
            password,
            host,
            port,
            params,
            headers,
        })
    }

    /// The user part with its `%` escapes decoded; bytes that are not UTF-8 are read as Latin-1.
    pub fn user_decoded(&self) -> Option<Cow<'_, str>> {
        self.user.as_deref().map(unescape)
    }

    /// Whether `;lr` marks the URI as a loose router's.
    pub fn is_loose_route(&self) -> bool {
        self.params.has("lr")
    }

    /// Whether both name the same resource by RFC 3261 section 19.1.4.
    pub fn is_equivalent(&self, other: &Self) -> bool {
        let named = ["user", "ttl", "method", "maddr", "transport"];
        let same_value = |name: &str| match (self.params.get(name), other.params.get(name)) {
            (Some(one), Some(two)) => one.eq_ignore_ascii_case(two),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        let shared_agree = self.params.iter().all(|(name, value)| {
            !other.params.has(name)
                || value
                    .unwrap_or("")
                    .eq_ignore_ascii_case(other.params.get(name).unwrap_or(""))
        });
        self.scheme == other.scheme
            && self.user_decoded() == other.user_decoded()
            && self.password == other.password
            && self.host == other.host
            && self.port == other.port
            && named.iter().all(|name| same_value(name))
            && shared_agree
            && self.headers == other.headers
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match &self.scheme {
            Scheme::Sip => "sip",
            Scheme::Sips => "sips",
            Scheme::Tel => "tel",
            Scheme::Other(scheme) => scheme,
        };
        write!(f, "{scheme}:")?;
        if let Some(user) = &self.user {
            f.write_str(user)?;
            if let Some(password) = &self.password {
                write!(f, ":{password}")?;
            }
            if matches!(self.scheme, Scheme::Sip | Scheme::Sips) {
                f.write_str("@")?;
            }
        }
        self.host.fmt(f)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        self.params.fmt(f)?;
        match &self.headers {
            Some(headers) => write!(f, "?{headers}"),
            None => Ok(()),
        }
    }
}

/// Escapes what may not stand in a user part.
fn escape_user(user: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut escaped = String::with_capacity(user.len());
    for byte in user.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,;?/".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push('%');
            escaped.push(char::from(HEX[usize::from(byte >> 4)]));
            escaped.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    escaped
}

/// Decodes `%XX`; a broken escape stays as it is.
fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let decoded = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        plain.push(decoded.unwrap_or(bytes[at]));
        at += if decoded.is_some() { 3 } else { 1 };
    }
    Cow::Owned(crate::lex::text(&plain).into_owned())
}

#[cfg(test)]
mod tests;
