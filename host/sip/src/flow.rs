//! Which socket, and which peer behind it? Addresses are the driver's; this crate only carries them.

use std::net::SocketAddr;

/// Names a listening socket of the driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransportId(pub u16);

/// What carries the messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TransportKind {
    /// Unreliable datagrams: the transactions retransmit.
    Udp,
    /// A reliable stream: the transactions do not.
    Tcp,
}

impl TransportKind {
    /// The token of a Via header and of a `transport` parameter.
    pub fn token(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
        }
    }

    /// Whether the transport itself repeats what was lost.
    pub fn is_reliable(self) -> bool {
        match self {
            Self::Udp => false,
            Self::Tcp => true,
        }
    }
}

/// One socket and one peer; for TCP also the connection, when there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flow {
    pub transport: TransportId,
    pub kind: TransportKind,
    pub local: SocketAddr,
    pub remote: SocketAddr,
    /// The driver's number of an open TCP connection; `None` asks the driver to open one.
    pub connection: Option<u64>,
}

/// Bytes to put on the wire.
///
/// A TCP flow without a connection asks the driver to open one, send the bytes, and report
/// `handle_connected` or `handle_connection_failed`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transmit {
    pub flow: Flow,
    pub bytes: Vec<u8>,
}

/// A listening socket as the endpoint knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalTransport {
    pub id: TransportId,
    pub kind: TransportKind,
    /// The bound address.
    pub addr: SocketAddr,
    /// The address peers are told in Via and Contact.
    pub advertised: SocketAddr,
}
