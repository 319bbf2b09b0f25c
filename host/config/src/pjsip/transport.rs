//! `type=transport`: a socket SIP listens on.

use std::net::{IpAddr, SocketAddr};

use crate::diagnostic::{Diagnostic, Origin};
use crate::options::{Reader, Settings};
use crate::value::{self, HostPort, Network};

/// What carries SIP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// Datagrams.
    Udp,
    /// A stream.
    Tcp,
    /// A stream under TLS.
    Tls,
    /// WebSocket.
    Ws,
    /// WebSocket under TLS.
    Wss,
}

const PROTOCOLS: [(&str, Protocol); 5] = [
    ("udp", Protocol::Udp),
    ("tcp", Protocol::Tcp),
    ("tls", Protocol::Tls),
    ("ws", Protocol::Ws),
    ("wss", Protocol::Wss),
];

/// A listening socket.
#[derive(Debug, Clone)]
pub struct Transport {
    /// Its name.
    pub name: String,
    /// Its header's place.
    pub origin: Origin,
    /// What carries SIP.
    pub protocol: Protocol,
    /// The address to listen on; the port is the protocol's own when none is written.
    pub bind: SocketAddr,
    /// The address to put in SDP towards hosts outside `local_net`.
    pub external_media_address: Option<String>,
    /// The host to put in Contact and Via towards hosts outside `local_net`.
    pub external_signaling_address: Option<HostPort>,
    /// The port that goes with it.
    pub external_signaling_port: Option<u16>,
    /// Networks that need no external address.
    pub local_net: Vec<Network>,
    /// The domain in From towards endpoints that have none.
    pub domain: Option<String>,
    /// All options as text.
    pub settings: Settings,
}

impl Transport {
    /// True when this host listens with this protocol.
    pub fn is_served(&self) -> bool {
        match self.protocol {
            Protocol::Udp | Protocol::Tcp => true,
            Protocol::Tls | Protocol::Ws | Protocol::Wss => false,
        }
    }

    /// True when the address lies outside every local network, if there are any.
    pub fn is_outside(&self, address: IpAddr) -> bool {
        !self.local_net.is_empty() && !self.local_net.iter().any(|network| network.contains(address))
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let protocol = reader.choice("protocol", &PROTOCOLS);
        let port = match protocol {
            Protocol::Udp | Protocol::Tcp => 5060,
            Protocol::Tls => 5061,
            Protocol::Ws | Protocol::Wss => 0,
        };
        let section = reader.section();
        let bind = reader
            .maybe("bind", |text| value::address(text, port))
            .unwrap_or_else(|| {
                if section.text("bind").is_none_or(str::is_empty) {
                    let message = format!("transport [{}] has no bind address", section.name);
                    reader.fail(Diagnostic::error(&section.origin, message));
                }
                SocketAddr::from(([127, 0, 0, 1], port))
            });
        let transport = Self {
            name: section.name.clone(),
            origin: section.origin.clone(),
            protocol,
            bind,
            external_media_address: reader.optional("external_media_address"),
            external_signaling_address: reader.maybe("external_signaling_address", value::host_port),
            external_signaling_port: Some(reader.number("external_signaling_port", 0..=u16::MAX))
                .filter(|port| *port != 0),
            local_net: reader.each("local_net", str::parse),
            domain: reader.optional("domain"),
            settings: reader.settings(),
        };
        if let (false, Some(entry)) = (transport.is_served(), section.get("protocol")) {
            let message = format!("the protocol '{}' is not served by this host", entry.value);
            reader.warn(entry, message);
        }
        transport
    }
}
