//! SIP over real sockets: UDP, and TCP connections in both directions.

use crate::run::{Inbound, Wire};
use crate::tcp::Connections;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use ucx_sip::{Flow, LocalTransport, Transmit, TransportId, TransportKind};

/// Messages that may wait for the control loop; past it the kernel's buffers fill, and then it drops.
const INBOUND_MAX: usize = 4096;
/// Largest datagram.
const DATAGRAM_MAX: usize = 65_535;
/// Bytes the kernel may hold for a UDP socket.
const SOCKET_BUFFER: usize = 4 << 20;

/// A socket that is wanted.
#[derive(Clone, Copy, Debug)]
pub struct TransportSpec {
    /// What kind.
    pub kind: TransportKind,
    /// Where; port 0 takes a free one.
    pub bind: SocketAddr,
    /// What peers are told, if not the bound address.
    pub advertised: Option<SocketAddr>,
}

/// Sockets that are bound but not served yet.
pub struct BoundTransports {
    local: Vec<LocalTransport>,
    udp: Vec<(TransportId, UdpSocket)>,
    tcp: Vec<(TransportId, TcpListener)>,
}

impl BoundTransports {
    /// Binds them all, or none.
    ///
    /// # Errors
    /// The first socket that cannot be bound, with its address.
    pub async fn bind(specs: &[TransportSpec]) -> io::Result<Self> {
        let mut bound = Self {
            local: Vec::new(),
            udp: Vec::new(),
            tcp: Vec::new(),
        };
        for (number, spec) in (0u16..).zip(specs) {
            let id = TransportId(number);
            let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", spec.bind));
            let addr = match spec.kind {
                TransportKind::Udp => {
                    let socket = UdpSocket::bind(spec.bind).await.map_err(named)?;
                    let _ = socket2::SockRef::from(&socket).set_recv_buffer_size(SOCKET_BUFFER);
                    let _ = socket2::SockRef::from(&socket).set_send_buffer_size(SOCKET_BUFFER);
                    let addr = socket.local_addr()?;
                    bound.udp.push((id, socket));
                    addr
                }
                TransportKind::Tcp => {
                    let listener = TcpListener::bind(spec.bind).await.map_err(named)?;
                    let addr = listener.local_addr()?;
                    bound.tcp.push((id, listener));
                    addr
                }
            };
            let advertised = spec.advertised.unwrap_or(addr);
            bound.local.push(LocalTransport {
                id,
                kind: spec.kind,
                addr,
                advertised,
            });
        }
        Ok(bound)
    }

    /// The sockets as SIP knows them.
    pub fn local(&self) -> &[LocalTransport] {
        &self.local
    }

    /// Starts to serve them. Must be called inside a [`tokio::task::LocalSet`].
    pub fn serve(self) -> SocketWire {
        let (inbound, received) = mpsc::channel(INBOUND_MAX);
        let connections = Connections::new(inbound.clone());
        let mut tasks = Vec::new();
        let mut udp = BTreeMap::new();
        for (id, socket) in self.udp {
            let socket = Rc::new(socket);
            let local = self
                .local
                .iter()
                .find(|local| local.id == id)
                .map_or(socket_addr(&socket), |l| l.addr);
            tasks.push(tokio::task::spawn_local(receive(
                id,
                local,
                socket.clone(),
                inbound.clone(),
            )));
            udp.insert(id, socket);
        }
        for (id, listener) in self.tcp {
            tasks.push(tokio::task::spawn_local(accept(
                id,
                listener,
                connections.clone(),
            )));
        }
        SocketWire {
            udp,
            connections,
            received,
            tasks,
        }
    }
}

fn socket_addr(socket: &UdpSocket) -> SocketAddr {
    socket
        .local_addr()
        .unwrap_or_else(|_| SocketAddr::from(([0, 0, 0, 0], 0)))
}

async fn receive(
    transport: TransportId,
    local: SocketAddr,
    socket: Rc<UdpSocket>,
    inbound: mpsc::Sender<Inbound>,
) {
    let mut buffer = vec![0; DATAGRAM_MAX];
    loop {
        match socket.recv_from(&mut buffer).await {
            Ok((length, remote)) => {
                let flow = Flow {
                    transport,
                    kind: TransportKind::Udp,
                    local,
                    remote,
                    connection: None,
                };
                let datagram = Inbound::Datagram {
                    flow,
                    bytes: buffer[..length].to_vec(),
                };
                if inbound.send(datagram).await.is_err() {
                    return;
                }
            }
            // An ICMP error of something sent earlier; the socket itself is well.
            Err(error) => tracing::debug!(%error, "a UDP socket reports"),
        }
    }
}

async fn accept(transport: TransportId, listener: TcpListener, connections: Connections) {
    loop {
        match listener.accept().await {
            Ok((stream, remote)) => {
                let Ok(local) = stream.local_addr() else { continue };
                let flow = Flow {
                    transport,
                    kind: TransportKind::Tcp,
                    local,
                    remote,
                    connection: None,
                };
                connections.adopt(flow, stream);
            }
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be accepted");
                // Out of files, most likely: others have to close first.
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        }
    }
}

/// Real sockets.
pub struct SocketWire {
    udp: BTreeMap<TransportId, Rc<UdpSocket>>,
    connections: Connections,
    received: mpsc::Receiver<Inbound>,
    tasks: Vec<JoinHandle<()>>,
}

impl Wire for SocketWire {
    async fn recv(&mut self) -> Inbound {
        match self.received.recv().await {
            Some(inbound) => inbound,
            // The connections hold a sender, so this queue never closes before the wire does.
            None => std::future::pending().await,
        }
    }

    fn try_recv(&mut self) -> Option<Inbound> {
        self.received.try_recv().ok()
    }

    fn send(&mut self, transmit: Transmit) {
        match transmit.flow.kind {
            TransportKind::Udp => {
                let Some(socket) = self.udp.get(&transmit.flow.transport) else {
                    return;
                };
                if let Err(error) = socket.try_send_to(&transmit.bytes, transmit.flow.remote) {
                    tracing::debug!(%error, to = %transmit.flow.remote, "a datagram was not sent");
                }
            }
            TransportKind::Tcp => self.connections.send(transmit),
        }
    }

    fn close(&mut self, connection: u64) {
        self.connections.close(connection);
    }
}

impl Drop for SocketWire {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}
