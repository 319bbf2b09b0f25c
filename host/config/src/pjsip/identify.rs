//! `type=identify`: who is who by where a request comes from.

use std::net::{IpAddr, SocketAddr};

use crate::diagnostic::{Diagnostic, Origin};
use crate::options::{Reader, Settings};
use crate::value::{self, Expected, Network};

/// One thing that identifies an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match {
    /// The address a request comes from.
    Network(Network),
    /// The address and the port it comes from.
    Socket(SocketAddr),
    /// A host whose addresses are to be looked up.
    Host(String),
}

/// A rule that finds an endpoint.
#[derive(Debug, Clone)]
pub struct Identify {
    /// Its name.
    pub name: String,
    /// Its header's place.
    pub origin: Origin,
    /// The endpoint found.
    pub endpoint: String,
    /// Addresses; any of them identifies.
    pub matches: Vec<Match>,
    /// Headers with the text they must have (`Name: value`); any of them identifies.
    pub match_header: Vec<String>,
    /// The Request-URI that identifies.
    pub match_request_uri: Option<String>,
    /// All options as text.
    pub settings: Settings,
}

impl Identify {
    /// True when a request from this address belongs to the endpoint by a written network.
    pub fn admits(&self, address: IpAddr) -> bool {
        self.matches.iter().any(|rule| match rule {
            Match::Network(network) => network.contains(address),
            Match::Socket(_) | Match::Host(_) => false,
        })
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let section = reader.section();
        let identify = Self {
            name: section.name.clone(),
            origin: section.origin.clone(),
            endpoint: reader.text("endpoint"),
            matches: reader.each("match", read_match),
            match_header: section
                .get_all("match_header")
                .map(|entry| entry.value.clone())
                .collect(),
            match_request_uri: reader.optional("match_request_uri"),
            settings: reader.settings(),
        };
        let lacks = if identify.endpoint.is_empty() {
            Some("an endpoint")
        } else if identify.matches.is_empty()
            && identify.match_header.is_empty()
            && identify.match_request_uri.is_none()
        {
            Some("something to match")
        } else {
            None
        };
        if let Some(lacks) = lacks {
            let message = format!("identify [{}] needs {lacks}", identify.name);
            reader.fail(Diagnostic::error(&identify.origin, message));
        }
        for header in section
            .get_all("match_header")
            .filter(|header| !header.value.contains(':'))
        {
            reader.fail(header.refuse("a header's name, a colon and its value"));
        }
        identify
    }
}

fn read_match(text: &str) -> Result<Match, Expected> {
    if let Ok(network) = text.parse() {
        return Ok(Match::Network(network));
    }
    if let Ok(socket) = text.parse() {
        return Ok(Match::Socket(socket));
    }
    let is_number_like = text.contains('/') || text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    match value::host_port(text) {
        Ok(host) if !is_number_like && host.port.is_none() => Ok(Match::Host(host.host)),
        Ok(_) | Err(_) => Err("IP addresses, networks or host names".to_owned()),
    }
}
