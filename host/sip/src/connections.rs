//! Which TCP connections are open, and which flow does a request take? Connections are reused before new ones are asked for.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::flow::{Flow, LocalTransport, TransportId, TransportKind};
use crate::{Host, StreamParser, Uri};

/// The port of a URI without one.
const DEFAULT_PORT: u16 = 5060;

#[derive(Debug)]
struct Connection {
    flow: Flow,
    parser: StreamParser,
}

/// The open connections, bounded by `Limits::connections`.
#[derive(Debug)]
pub(crate) struct Connections {
    open: BTreeMap<u64, Connection>,
    by_remote: BTreeMap<(TransportId, SocketAddr), u64>,
    max: usize,
}

impl Connections {
    pub(crate) fn new(max: usize) -> Self {
        Self {
            open: BTreeMap::new(),
            by_remote: BTreeMap::new(),
            max,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    /// Notes a connection; false when there are too many.
    pub(crate) fn note(&mut self, connection: u64, flow: &Flow) -> bool {
        if self.open.contains_key(&connection) {
            return true;
        }
        if self.open.len() >= self.max {
            return false;
        }
        self.open.insert(
            connection,
            Connection {
                flow: *flow,
                parser: StreamParser::new(),
            },
        );
        self.by_remote.insert((flow.transport, flow.remote), connection);
        true
    }

    pub(crate) fn parser(&mut self, connection: u64) -> Option<&mut StreamParser> {
        self.open
            .get_mut(&connection)
            .map(|connection| &mut connection.parser)
    }

    /// Forgets a connection and says whose it was.
    pub(crate) fn close(&mut self, connection: u64) -> Option<(TransportId, SocketAddr)> {
        let closed = self.open.remove(&connection)?;
        let remote = (closed.flow.transport, closed.flow.remote);
        if self.by_remote.get(&remote) == Some(&connection) {
            self.by_remote.remove(&remote);
        }
        Some(remote)
    }

    fn is_open(&self, flow: &Flow) -> bool {
        flow.connection
            .is_some_and(|connection| self.open.contains_key(&connection))
    }

    /// The same way with a connection that is open now, or with none.
    pub(crate) fn current(&self, flow: Flow) -> Flow {
        match flow.kind {
            TransportKind::Udp => Flow {
                connection: None,
                ..flow
            },
            TransportKind::Tcp if self.is_open(&flow) => flow,
            TransportKind::Tcp => {
                let connection = self.by_remote.get(&(flow.transport, flow.remote)).copied();
                Flow { connection, ..flow }
            }
        }
    }

    /// The flow towards a URI, seen from a flow that reached the peer before. A name is not resolved here: it, and an open
    /// connection to the peer, mean the old flow.
    pub(crate) fn towards(&self, uri: &Uri, base: &Flow, locals: &[LocalTransport]) -> Flow {
        let asked = match uri.params.get("transport") {
            Some(token) if token.eq_ignore_ascii_case("tcp") => Some(TransportKind::Tcp),
            Some(token) if token.eq_ignore_ascii_case("udp") => Some(TransportKind::Udp),
            Some(_) | None => None,
        };
        let kind = asked.unwrap_or(base.kind);
        let Some(remote) = address_of(uri) else {
            return self.current(*base);
        };
        if kind == base.kind && (remote == base.remote || (kind == TransportKind::Tcp && self.is_open(base)))
        {
            return self.current(*base);
        }
        if kind == base.kind {
            return self.current(Flow {
                remote,
                connection: None,
                ..*base
            });
        }
        match locals.iter().find(|local| local.kind == kind) {
            Some(local) => {
                let flow = Flow {
                    transport: local.id,
                    kind,
                    local: local.addr,
                    remote,
                    connection: None,
                };
                self.current(flow)
            }
            None => self.current(*base),
        }
    }
}

/// The socket address a URI names without any resolving.
fn address_of(uri: &Uri) -> Option<SocketAddr> {
    let host = match uri.params.get("maddr") {
        Some(maddr) => Host::parse(maddr)?,
        None => uri.host.clone(),
    };
    let port = uri.port.unwrap_or(DEFAULT_PORT);
    match host {
        Host::V4(address) => Some(SocketAddr::from((address, port))),
        Host::V6(address) => Some(SocketAddr::from((address, port))),
        Host::Absent | Host::Name(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(kind: TransportKind, connection: Option<u64>) -> Flow {
        Flow {
            transport: TransportId(1),
            kind,
            local: SocketAddr::from(([127, 0, 0, 1], 5060)),
            remote: SocketAddr::from(([192, 0, 2, 1], 40_000)),
            connection,
        }
    }

    fn uri(text: &str) -> Uri {
        Uri::parse(text).expect("uri")
    }

    #[test]
    fn an_open_connection_is_used_instead_of_the_contacts_address() {
        let mut connections = Connections::new(4);
        let open = flow(TransportKind::Tcp, Some(7));
        assert!(connections.note(7, &open));
        assert_eq!(
            connections.towards(&uri("sip:a@10.0.0.1:5080;transport=tcp"), &open, &[]),
            open
        );
        connections.close(7);
        let new = connections.towards(&uri("sip:a@10.0.0.1:5080;transport=tcp"), &open, &[]);
        assert_eq!(new.connection, None);
        assert_eq!(new.remote, SocketAddr::from(([10, 0, 0, 1], 5080)));
    }

    #[test]
    fn a_datagram_follows_the_contact_unless_it_is_a_name() {
        let connections = Connections::new(4);
        let base = flow(TransportKind::Udp, None);
        assert_eq!(connections.towards(&uri("sip:a@phone.example"), &base, &[]), base);
        let away = connections.towards(&uri("sip:a@192.0.2.7"), &base, &[]);
        assert_eq!(away.remote, SocketAddr::from(([192, 0, 2, 7], 5060)));
    }

    #[test]
    fn too_many_connections_are_refused() {
        let mut connections = Connections::new(1);
        assert!(connections.note(1, &flow(TransportKind::Tcp, Some(1))));
        assert!(!connections.note(2, &flow(TransportKind::Tcp, Some(2))));
        assert_eq!(connections.len(), 1);
    }
}
