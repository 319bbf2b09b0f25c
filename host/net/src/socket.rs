//! SIP over real sockets: UDP, and TCP connections in both directions.

use crate::run::{Inbound, Wire};
use crate::tcp::Connections;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::task::{Context, Poll};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use ucx_sip::{Flow, LocalTransport, Transmit, TransportId, TransportKind};

/// Messages that may wait for the control loop; past it the kernel's buffers fill, and then it drops.
const INBOUND_MAX: usize = 4096;
/// Datagrams taken from one socket before the others have their turn.
const READS_MAX: usize = 256;
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
                    let socket = UdpSocket::bind(spec.bind).map_err(named)?;
                    socket.set_nonblocking(true)?;
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
        let connections = Connections::new(inbound);
        let mut tasks = Vec::new();
        let mut udp = Vec::new();
        for (id, socket) in self.udp {
            let local = self.local.iter().find(|local| local.id == id);
            let local = local.map_or_else(|| socket_addr(&socket), |local| local.addr);
            match Datagrams::new(id, local, socket) {
                Ok(datagrams) => udp.push(datagrams),
                Err(error) => tracing::error!(%error, %local, "a UDP socket cannot be watched"),
            }
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
            buffer: vec![0; DATAGRAM_MAX],
            connections,
            received,
            waiting: VecDeque::new(),
            tasks,
        }
    }
}

fn socket_addr(socket: &UdpSocket) -> SocketAddr {
    socket
        .local_addr()
        .unwrap_or_else(|_| SocketAddr::from(([0, 0, 0, 0], 0)))
}

/// A UDP socket. It is watched for what comes in alone: room to send is there again after every datagram that left, and
/// hearing of it would wake the control loop once more for each.
struct Datagrams {
    transport: TransportId,
    local: SocketAddr,
    socket: AsyncFd<UdpSocket>,
}

impl Datagrams {
    #[expect(
        deprecated,
        reason = "what took its place is unsafe, for descriptors that may close early; a socket's does not"
    )]
    fn new(transport: TransportId, local: SocketAddr, socket: UdpSocket) -> io::Result<Self> {
        Ok(Self {
            transport,
            local,
            socket: AsyncFd::with_interest(socket, Interest::READABLE)?,
        })
    }

    /// A datagram that is there already.
    fn try_recv(&self, buffer: &mut [u8]) -> Option<Inbound> {
        loop {
            match self
                .socket
                .try_io(Interest::READABLE, |socket| socket.recv_from(buffer))
            {
                Ok((length, remote)) => {
                    let flow = Flow {
                        transport: self.transport,
                        kind: TransportKind::Udp,
                        local: self.local,
                        remote,
                        connection: None,
                    };
                    return Some(Inbound::Datagram {
                        flow,
                        bytes: buffer[..length].to_vec(),
                    });
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return None,
                // An ICMP error of something sent earlier; the socket itself is well.
                Err(error) => tracing::debug!(%error, "a UDP socket reports"),
            }
        }
    }

    /// Whether something is there; if not, the context is woken when it is.
    fn poll_ready(&self, context: &mut Context<'_>) -> bool {
        match self.socket.poll_read_ready(context) {
            Poll::Ready(Ok(mut guard)) => {
                guard.retain_ready();
                true
            }
            // Without a reactor the runtime goes down, and everything with it.
            Poll::Ready(Err(_)) | Poll::Pending => false,
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
    udp: Vec<Datagrams>,
    /// Room for one datagram.
    buffer: Vec<u8>,
    connections: Connections,
    received: mpsc::Receiver<Inbound>,
    /// What was taken from the sockets and not yet by the control loop, which sees by it how far behind it is. At most
    /// [`INBOUND_MAX`] messages; past them the kernel's buffers fill, and then it drops.
    waiting: VecDeque<Inbound>,
    tasks: Vec<JoinHandle<()>>,
}

impl SocketWire {
    /// Takes what is there from all sockets.
    fn fill(&mut self) {
        for datagrams in &self.udp {
            for _ in 0..READS_MAX {
                if self.waiting.len() >= INBOUND_MAX {
                    return;
                }
                let Some(inbound) = datagrams.try_recv(&mut self.buffer) else {
                    break;
                };
                self.waiting.push_back(inbound);
            }
        }
        while self.waiting.len() < INBOUND_MAX
            && let Ok(inbound) = self.received.try_recv()
        {
            self.waiting.push_back(inbound);
        }
    }

    fn poll_recv(&mut self, context: &mut Context<'_>) -> Poll<Inbound> {
        loop {
            self.fill();
            if let Some(inbound) = self.waiting.pop_front() {
                return Poll::Ready(inbound);
            }
            // The connections hold a sender, so this queue never closes before the wire does.
            if let Poll::Ready(Some(inbound)) = self.received.poll_recv(context) {
                return Poll::Ready(inbound);
            }
            // Each is asked, so that each wakes the loop.
            let mut is_ready = false;
            for datagrams in &self.udp {
                is_ready |= datagrams.poll_ready(context);
            }
            if !is_ready {
                return Poll::Pending;
            }
        }
    }
}

impl Wire for SocketWire {
    async fn recv(&mut self) -> Inbound {
        poll_fn(|context| self.poll_recv(context)).await
    }

    fn try_recv(&mut self) -> Option<Inbound> {
        self.waiting.pop_front()
    }

    fn send(&mut self, transmit: Transmit) {
        match transmit.flow.kind {
            TransportKind::Udp => {
                let of = |datagrams: &&Datagrams| datagrams.transport == transmit.flow.transport;
                let Some(datagrams) = self.udp.iter().find(of) else {
                    return;
                };
                let sent = datagrams
                    .socket
                    .get_ref()
                    .send_to(&transmit.bytes, transmit.flow.remote);
                if let Err(error) = sent {
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
