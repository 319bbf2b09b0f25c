//! Where a request came through and where its response goes (RFC 3261 section 20.42, RFC 3581).

use std::fmt;

use crate::lex;
use crate::params::{Params, for_each_header_param};
use crate::uri::{Host, parse_host_port};

/// The transport named in a Via.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    Udp,
    Tcp,
    Tls,
    Ws,
    Wss,
    Sctp,
    /// Any other, spelled as received.
    Other(Box<str>),
}

/// The `rport` parameter's three shapes (RFC 3581).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rport {
    Absent,
    /// `;rport` without a value: the client asks for a symmetric response.
    Asked,
    Port(u16),
}

/// One Via value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Via {
    pub transport: Transport,
    pub host: Host,
    pub port: Option<u16>,
    pub branch: Option<String>,
    /// The address the request really came from, as text.
    pub received: Option<String>,
    pub rport: Rport,
    /// All other parameters.
    pub params: Params,
}

/// What a branch of an RFC 3261 element starts with (section 8.1.1.7).
pub const MAGIC_COOKIE: &str = "z9hG4bK";

impl Transport {
    /// Reads a transport token, without regard to case.
    pub fn parse(text: &str) -> Option<Self> {
        let known = [
            ("UDP", Self::Udp),
            ("TCP", Self::Tcp),
            ("TLS", Self::Tls),
            ("WS", Self::Ws),
            ("WSS", Self::Wss),
            ("SCTP", Self::Sctp),
        ];
        for (name, transport) in known {
            if text.eq_ignore_ascii_case(name) {
                return Some(transport);
            }
        }
        lex::is_token(text.as_bytes()).then(|| Self::Other(text.into()))
    }

    /// The spelling on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
            Self::Ws => "WS",
            Self::Wss => "WSS",
            Self::Sctp => "SCTP",
            Self::Other(text) => text,
        }
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Via {
    /// A Via of our own that asks for a symmetric response.
    pub fn new(transport: Transport, host: Host, port: Option<u16>, branch: &str) -> Self {
        Self {
            transport,
            host,
            port,
            branch: Some(branch.to_owned()),
            received: None,
            rport: Rport::Asked,
            params: Params::new(),
        }
    }

    /// Reads one value; `None` when it is malformed or not SIP/2.0.
    pub fn parse(text: &str) -> Option<Self> {
        let (protocol, rest) = lex::trim(text).split_once('/')?;
        let (version, rest) = rest.split_once('/')?;
        if !lex::trim(protocol).eq_ignore_ascii_case("SIP") || lex::trim(version) != "2.0" {
            return None;
        }
        let rest = lex::trim(rest);
        let (transport, rest) = rest.split_at(rest.find([' ', '\t'])?);
        let rest = lex::trim(rest);
        let (sent_by, tail) = rest.split_at(rest.find(';').unwrap_or(rest.len()));
        let (host, port) = parse_sent_by(lex::trim(sent_by))?;
        let mut via = Self {
            transport: Transport::parse(transport)?,
            host,
            port,
            branch: None,
            received: None,
            rport: Rport::Absent,
            params: Params::new(),
        };
        let mut is_sound = true;
        for_each_header_param(tail, |name, value| is_sound &= via.take_param(name, value))?;
        is_sound.then_some(via)
    }

    /// Takes one parameter in; `false` when it is malformed or the second of its kind.
    fn take_param(&mut self, name: &str, value: Option<&str>) -> bool {
        let once = |slot: &mut Option<String>, value: &str| slot.replace(value.to_owned()).is_none();
        match value {
            Some(value) if name.eq_ignore_ascii_case("branch") => once(&mut self.branch, value),
            Some(value) if name.eq_ignore_ascii_case("received") => once(&mut self.received, value),
            _ if name.eq_ignore_ascii_case("rport") => {
                let rport = value.map_or(Ok(Rport::Asked), |value| value.parse().map(Rport::Port));
                let is_first = self.rport == Rport::Absent;
                rport.is_ok_and(|rport| {
                    self.rport = rport;
                    is_first
                })
            }
            _ => {
                self.params.push(name, value);
                true
            }
        }
    }

    /// The branch when it is an RFC 3261 transaction key: the magic cookie and something behind it.
    pub fn transaction_branch(&self) -> Option<&str> {
        let branch = self.branch.as_deref()?;
        let cookie = branch.get(..MAGIC_COOKIE.len())?;
        (cookie.eq_ignore_ascii_case(MAGIC_COOKIE) && branch.len() > MAGIC_COOKIE.len()).then_some(branch)
    }
}

/// Old peers put blanks around the colon, which section 25.1 allows.
fn parse_sent_by(text: &str) -> Option<(Host, Option<u16>)> {
    if !text.contains([' ', '\t']) {
        return parse_host_port(text);
    }
    let (host, port) = text.rsplit_once(':')?;
    parse_host_port(&format!("{}:{}", lex::trim(host), lex::trim(port)))
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SIP/2.0/{} {}", self.transport, self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        match self.rport {
            Rport::Absent => {}
            Rport::Asked => f.write_str(";rport")?,
            Rport::Port(port) => write!(f, ";rport={port}")?,
        }
        if let Some(received) = &self.received {
            write!(f, ";received={received}")?;
        }
        if let Some(branch) = &self.branch {
            write!(f, ";branch={branch}")?;
        }
        self.params.fmt(f)
    }
}
