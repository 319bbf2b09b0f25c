//! TCP connections that carry SIP: one task each, a bounded queue of what is to be written.

use crate::run::Inbound;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use ucx_sip::{Flow, Transmit};

/// Messages that may wait to be written to one connection; past it the connection is closed as too slow.
const OUTBOUND_MAX: usize = 256;
/// Connections at once; further ones are closed when they come.
const CONNECTIONS_MAX: usize = 20_000;
/// Connections with one address at once; further ones are closed when they come, so that one peer cannot take all the files
/// the host may open.
const CONNECTIONS_PER_ADDRESS_MAX: usize = 256;
/// Bytes read at once.
const READ_BYTES: usize = 4096;
/// How long a connection may take to open.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The open connections, shared by the tasks that carry them; all on the control thread.
#[derive(Clone)]
pub(crate) struct Connections(Rc<RefCell<Table>>);

struct Table {
    inbound: mpsc::Sender<Inbound>,
    writers: BTreeMap<u64, Writer>,
    /// Messages for peers that a connection is being opened to.
    opening: BTreeMap<SocketAddr, Vec<Vec<u8>>>,
    next: u64,
}

/// Where messages for one connection wait.
struct Writer {
    peer: IpAddr,
    queue: mpsc::Sender<Vec<u8>>,
}

impl Table {
    fn has_room_for(&self, peer: IpAddr) -> bool {
        let of_peer = self.writers.values().filter(|writer| writer.peer == peer).count();
        self.writers.len() < CONNECTIONS_MAX && of_peer < CONNECTIONS_PER_ADDRESS_MAX
    }
}

impl Connections {
    pub(crate) fn new(inbound: mpsc::Sender<Inbound>) -> Self {
        let table = Table {
            inbound,
            writers: BTreeMap::new(),
            opening: BTreeMap::new(),
            next: 1,
        };
        Self(Rc::new(RefCell::new(table)))
    }

    /// Serves a connection that is open.
    pub(crate) fn adopt(&self, flow: Flow, stream: TcpStream) {
        let mut table = self.0.borrow_mut();
        if !table.has_room_for(flow.remote.ip()) {
            tracing::warn!(peer = %flow.remote, "a connection is refused: there are too many");
            return;
        }
        let number = table.next;
        table.next += 1;
        let (writer, queue) = mpsc::channel(OUTBOUND_MAX);
        for bytes in table.opening.remove(&flow.remote).into_iter().flatten() {
            // The queue holds more than may wait for an opening connection.
            let _ = writer.try_send(bytes);
        }
        let peer = flow.remote.ip();
        table.writers.insert(number, Writer { peer, queue: writer });
        let flow = Flow {
            connection: Some(number),
            ..flow
        };
        tokio::task::spawn_local(carry(self.clone(), flow, stream, queue, table.inbound.clone()));
    }

    pub(crate) fn send(&self, transmit: Transmit) {
        let Some(number) = transmit.flow.connection else {
            return self.open(transmit);
        };
        let mut table = self.0.borrow_mut();
        let Some(writer) = table.writers.get(&number) else {
            return;
        };
        if writer.queue.try_send(transmit.bytes).is_err() {
            tracing::info!(peer = %transmit.flow.remote, "a connection is closed: its peer does not read");
            table.writers.remove(&number);
        }
    }

    fn open(&self, transmit: Transmit) {
        let mut table = self.0.borrow_mut();
        let (flow, bytes) = (transmit.flow, transmit.bytes);
        if let Some(waiting) = table.opening.get_mut(&flow.remote) {
            if waiting.len() < OUTBOUND_MAX / 2 {
                waiting.push(bytes);
            }
            return;
        }
        table.opening.insert(flow.remote, vec![bytes]);
        let (connections, inbound) = (self.clone(), table.inbound.clone());
        tokio::task::spawn_local(async move {
            let opened = tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect(flow.remote)).await;
            match opened {
                Ok(Ok(stream)) => {
                    let local = stream.local_addr().unwrap_or(flow.local);
                    connections.adopt(Flow { local, ..flow }, stream);
                }
                Ok(Err(_)) | Err(_) => {
                    connections.0.borrow_mut().opening.remove(&flow.remote);
                    let _ = inbound.send(Inbound::ConnectFailed(flow)).await;
                }
            }
        });
    }

    /// The connection's task ends when its queue does.
    pub(crate) fn close(&self, number: u64) {
        self.0.borrow_mut().writers.remove(&number);
    }
}

async fn carry(
    connections: Connections,
    flow: Flow,
    stream: TcpStream,
    mut queue: mpsc::Receiver<Vec<u8>>,
    inbound: mpsc::Sender<Inbound>,
) {
    let _ = stream.set_nodelay(true);
    let (mut reader, mut writer) = stream.into_split();
    let mut buffer = vec![0; READ_BYTES];
    if inbound.send(Inbound::Connected(flow)).await.is_err() {
        return;
    }
    loop {
        tokio::select! {
            biased;
            bytes = queue.recv() => match bytes {
                Some(bytes) if writer.write_all(&bytes).await.is_ok() => {}
                Some(_) | None => break,
            },
            read = reader.read(&mut buffer) => match read {
                Ok(length) if length > 0 => {
                    let stream = Inbound::Stream { flow, bytes: buffer[..length].to_vec() };
                    if inbound.send(stream).await.is_err() {
                        break;
                    }
                }
                Ok(_) | Err(_) => break,
            },
        }
    }
    let Some(number) = flow.connection else { return };
    connections.close(number);
    // The control loop is gone if it does not take this, and so is the host.
    let _ = inbound.send(Inbound::Closed(number)).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_take_every_connection() {
        let (inbound, _received) = mpsc::channel(1);
        let connections = Connections::new(inbound);
        let mut table = connections.0.borrow_mut();
        let (peer, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        for number in (0..).take(CONNECTIONS_PER_ADDRESS_MAX) {
            assert!(table.has_room_for(peer));
            let queue = mpsc::channel(1).0;
            table.writers.insert(number, Writer { peer, queue });
        }
        assert!(!table.has_room_for(peer));
        assert!(table.has_room_for(other));
    }
}
