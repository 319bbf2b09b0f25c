//! The sockets of one phone: who reads them, and how packets leave.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use ucx_media::StreamId;
use ucx_sip::TransportKind;

use crate::phone::{Socket, Transmit};

/// Arrivals that may wait for the phone; then the sockets' own buffers fill.
const MAX_ARRIVALS: usize = 1024;
/// Messages that may wait to be written to one connection; further ones are dropped, as a full socket would.
const MAX_WRITES: usize = 256;
/// Connections one phone may have; more are closed at once.
const MAX_CONNECTIONS: usize = 64;
/// The largest datagram and the largest piece of a stream that is read at once, in bytes.
const MAX_READ: usize = 65_536;
/// How often a pair of neighbouring ports is looked for.
const PAIR_ATTEMPTS: usize = 64;

/// Something that came from outside, and when.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub at: Instant,
    pub what: Heard,
}

/// What came.
#[derive(Debug)]
pub(crate) enum Heard {
    Datagram {
        socket: Socket,
        from: SocketAddr,
        bytes: Vec<u8>,
    },
    Accepted {
        stream: TcpStream,
        peer: SocketAddr,
    },
    Connected {
        connection: u64,
        peer: SocketAddr,
    },
    NotConnected {
        connection: u64,
        peer: SocketAddr,
    },
    Stream {
        connection: u64,
        peer: SocketAddr,
        bytes: Vec<u8>,
    },
    Closed {
        connection: u64,
    },
}

/// A task that ends with its owner.
#[derive(Debug)]
struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[derive(Debug)]
struct Port {
    socket: Arc<UdpSocket>,
    _reader: Task,
}

#[derive(Debug)]
struct Connection {
    peer: SocketAddr,
    writes: mpsc::Sender<Vec<u8>>,
    _task: Task,
}

/// All sockets of one phone.
#[derive(Debug)]
pub(crate) struct Network {
    ip: IpAddr,
    ports: BTreeMap<Socket, Port>,
    connections: BTreeMap<u64, Connection>,
    next_connection: u64,
    arrivals: mpsc::Sender<Arrival>,
    _listener: Option<Task>,
}

/// Binds the SIP socket; gives its address, the sockets and what comes from them.
pub(crate) async fn bind(
    at: SocketAddr,
    kind: TransportKind,
) -> io::Result<(SocketAddr, Network, mpsc::Receiver<Arrival>)> {
    if at.ip().is_unspecified() {
        let sentence = "a phone is bound to the address its peers reach it at, not to all addresses";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, sentence));
    }
    let (sender, arrivals) = mpsc::channel(MAX_ARRIVALS);
    let mut network = Network {
        ip: at.ip(),
        ports: BTreeMap::new(),
        connections: BTreeMap::new(),
        next_connection: 1,
        arrivals: sender,
        _listener: None,
    };
    let local = match kind {
        TransportKind::Udp => {
            let socket = UdpSocket::bind(at).await?;
            let local = socket.local_addr()?;
            network.add_port(Socket::Sip, socket);
            local
        }
        TransportKind::Tcp => {
            let listener = TcpListener::bind(at).await?;
            let local = listener.local_addr()?;
            network._listener = Some(Task(tokio::spawn(accept(listener, network.arrivals.clone()))));
            local
        }
    };
    Ok((local, network, arrivals))
}

impl Network {
    /// Opens neighbouring ports for RTP and RTCP; gives the first.
    pub(crate) fn open_pair(&mut self, stream: StreamId) -> io::Result<SocketAddr> {
        let mut last = io::Error::from(io::ErrorKind::AddrInUse);
        for _ in 0..PAIR_ATTEMPTS {
            match pair(self.ip) {
                Ok((rtp, rtcp)) => {
                    let local = rtp.local_addr()?;
                    self.add_port(Socket::Rtp(stream), rtp);
                    self.add_port(Socket::Rtcp(stream), rtcp);
                    return Ok(local);
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Closes a stream's ports.
    pub(crate) fn close_pair(&mut self, stream: StreamId) {
        self.ports.remove(&Socket::Rtp(stream));
        self.ports.remove(&Socket::Rtcp(stream));
    }

    /// Sends a packet; one that cannot be sent is lost, as on any network.
    pub(crate) async fn send(&mut self, transmit: &Transmit) {
        let number = match transmit.socket {
            Socket::Connection(Some(number)) => number,
            Socket::Connection(None) => self.connect(transmit.to),
            Socket::Sip | Socket::Rtp(_) | Socket::Rtcp(_) => {
                if let Some(port) = self.ports.get(&transmit.socket) {
                    drop(port.socket.send_to(&transmit.bytes, transmit.to).await);
                }
                return;
            }
        };
        if let Some(connection) = self.connections.get(&number) {
            drop(connection.writes.try_send(transmit.bytes.clone()));
        }
    }

    /// Takes an accepted connection over; gives its number.
    pub(crate) fn adopt(&mut self, stream: TcpStream, peer: SocketAddr) -> u64 {
        self.add_connection(peer, |number, arrivals, writes| async move {
            serve(stream, peer, number, arrivals, writes).await;
        })
    }

    /// Closes a connection, or forgets one that is closed.
    pub(crate) fn forget(&mut self, connection: u64) {
        self.connections.remove(&connection);
    }

    /// The connection to a peer, opened if there is none.
    fn connect(&mut self, peer: SocketAddr) -> u64 {
        if let Some((number, _)) = self
            .connections
            .iter()
            .find(|(_, connection)| connection.peer == peer)
        {
            return *number;
        }
        self.add_connection(peer, |connection, arrivals, writes| async move {
            match TcpStream::connect(peer).await {
                Ok(stream) => {
                    tell(&arrivals, Heard::Connected { connection, peer }).await;
                    serve(stream, peer, connection, arrivals, writes).await;
                }
                Err(_) => tell(&arrivals, Heard::NotConnected { connection, peer }).await,
            }
        })
    }

    fn add_connection<F: Future<Output = ()> + Send + 'static>(
        &mut self,
        peer: SocketAddr,
        serve: impl FnOnce(u64, mpsc::Sender<Arrival>, mpsc::Receiver<Vec<u8>>) -> F,
    ) -> u64 {
        let number = self.next_connection;
        self.next_connection += 1;
        if self.connections.len() < MAX_CONNECTIONS {
            let (writes, written) = mpsc::channel(MAX_WRITES);
            let task = Task(tokio::spawn(serve(number, self.arrivals.clone(), written)));
            self.connections.insert(
                number,
                Connection {
                    peer,
                    writes,
                    _task: task,
                },
            );
        }
        number
    }

    fn add_port(&mut self, name: Socket, socket: UdpSocket) {
        let socket = Arc::new(socket);
        let reader = Task(tokio::spawn(read(
            name,
            Arc::clone(&socket),
            self.arrivals.clone(),
        )));
        self.ports.insert(
            name,
            Port {
                socket,
                _reader: reader,
            },
        );
    }
}

fn pair(ip: IpAddr) -> io::Result<(UdpSocket, UdpSocket)> {
    let first = std::net::UdpSocket::bind((ip, 0))?;
    let port = first.local_addr()?.port();
    if !port.is_multiple_of(2) {
        return Err(io::ErrorKind::AddrInUse.into());
    }
    let second = std::net::UdpSocket::bind((ip, port + 1))?;
    for socket in [&first, &second] {
        socket.set_nonblocking(true)?;
    }
    Ok((UdpSocket::from_std(first)?, UdpSocket::from_std(second)?))
}

async fn tell(arrivals: &mpsc::Sender<Arrival>, what: Heard) {
    // A phone that is gone needs to hear nothing.
    drop(
        arrivals
            .send(Arrival {
                at: Instant::now(),
                what,
            })
            .await,
    );
}

async fn read(name: Socket, socket: Arc<UdpSocket>, arrivals: mpsc::Sender<Arrival>) {
    let mut buffer = vec![0; MAX_READ];
    loop {
        // An error here is an ICMP message about a packet sent earlier; SIP and RTP have timeouts of their own for that.
        if let Ok((length, from)) = socket.recv_from(&mut buffer).await {
            let bytes = buffer[..length].to_vec();
            tell(
                &arrivals,
                Heard::Datagram {
                    socket: name,
                    from,
                    bytes,
                },
            )
            .await;
        }
    }
}

async fn accept(listener: TcpListener, arrivals: mpsc::Sender<Arrival>) {
    while let Ok((stream, peer)) = listener.accept().await {
        tell(&arrivals, Heard::Accepted { stream, peer }).await;
    }
}

async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    connection: u64,
    arrivals: mpsc::Sender<Arrival>,
    mut writes: mpsc::Receiver<Vec<u8>>,
) {
    let (mut reader, mut writer) = stream.into_split();
    let mut buffer = vec![0; MAX_READ];
    loop {
        tokio::select! {
            read = reader.read(&mut buffer) => match read {
                Ok(length) if length > 0 => {
                    let bytes = buffer[..length].to_vec();
                    tell(&arrivals, Heard::Stream { connection, peer, bytes }).await;
                }
                Ok(_) | Err(_) => break,
            },
            bytes = writes.recv() => match bytes {
                Some(bytes) => {
                    if writer.write_all(&bytes).await.is_err() {
                        break;
                    }
                }
                None => break,
            },
        }
    }
    tell(&arrivals, Heard::Closed { connection }).await;
}
