//! How does a plugin talk over the network? By TCP, line by line, to where its manifest asks and the operator grants.

use std::time::Duration;

use crate::failure::Failure;

/// A connection. Dropped, it is closed.
pub struct Connection {
    wire: Box<dyn Wire>,
    /// What came and is no whole line yet.
    held: Vec<u8>,
    is_over: bool,
}

/// What came over a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A line, without its end.
    Line(String),
    /// Nothing in that time; or the host wants this plugin to finish, see [`cancelled`].
    Nothing,
    /// The other side has closed, or the line was too long.
    Ended,
}

/// What stands behind a connection: the host's sockets, or a test's script.
pub(crate) trait Wire {
    /// Sends it all.
    fn send(&mut self, bytes: &[u8]) -> Result<(), Failure>;
    /// What came in that time: none if the other side has closed, nothing if nothing came.
    fn receive(&mut self, wait: Duration) -> Option<Vec<u8>>;
}

/// Connects to a name or an address at a port, within that time.
///
/// # Errors
/// A sentence: what would have to be granted, or where it ended.
pub fn connect(host: &str, port: u16, time: Duration) -> Result<Connection, Failure> {
    #[cfg(target_arch = "wasm32")]
    let wire = Box::new(host::connect(host, port, time)?);
    #[cfg(not(target_arch = "wasm32"))]
    let wire = Box::new(crate::testing::wire_to(host, port, time)?);
    Ok(Connection {
        wire,
        held: Vec::new(),
        is_over: false,
    })
}

/// Whether the host wants this plugin to finish: the caller has hung up, or another generation takes over.
pub fn cancelled() -> bool {
    #[cfg(target_arch = "wasm32")]
    return crate::bindings::flow::ucx::host::turn::cancelled();
    #[cfg(not(target_arch = "wasm32"))]
    crate::testing::is_cancelled()
}

impl Connection {
    /// Sends it all, waiting as long as the other side does not take it.
    pub fn send(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.wire.send(bytes)
    }

    /// The next line of up to `most` bytes. Ends early when the host wants the plugin to finish, once.
    pub fn line(&mut self, most: usize, wait: Duration) -> Heard {
        loop {
            if let Some(end) = self.held.iter().position(|byte| *byte == b'\n') {
                let rest = self.held.split_off(end + 1);
                let mut line = std::mem::replace(&mut self.held, rest);
                line.pop();
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Heard::Line(String::from_utf8_lossy(&line).into_owned());
            }
            if self.is_over || self.held.len() > most {
                return Heard::Ended;
            }
            match self.wire.receive(wait) {
                None => self.is_over = true,
                Some(bytes) if bytes.is_empty() => return Heard::Nothing,
                Some(bytes) => self.held.extend(bytes),
            }
        }
    }
}

/// The host's sockets.
#[cfg(target_arch = "wasm32")]
mod host {
    use std::net::IpAddr;
    use std::time::Duration;

    use super::Wire;
    use crate::bindings::sockets::wasi::clocks::monotonic_clock::subscribe_duration;
    use crate::bindings::sockets::wasi::io::poll::{Pollable, poll};
    use crate::bindings::sockets::wasi::io::streams::{InputStream, OutputStream};
    use crate::bindings::sockets::wasi::sockets::instance_network::instance_network;
    use crate::bindings::sockets::wasi::sockets::ip_name_lookup::resolve_addresses;
    use crate::bindings::sockets::wasi::sockets::network::{
        ErrorCode, IpAddress, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, Ipv6SocketAddress, Network,
    };
    use crate::bindings::sockets::wasi::sockets::tcp::TcpSocket;
    use crate::bindings::sockets::wasi::sockets::tcp_create_socket::create_tcp_socket;
    use crate::failure::Failure;

    /// Bytes read at once.
    const READ_MAX: u64 = 16 << 10;
    /// How long the other side may take nothing of what is sent.
    const SEND_PATIENCE: Duration = Duration::from_secs(30);

    /// Dropped in this order, as the streams belong to the socket.
    pub(super) struct Stream {
        input: InputStream,
        output: OutputStream,
        _socket: TcpSocket,
    }

    /// Whether that is ready before the time is over.
    fn ready(what: &Pollable, time: Duration) -> bool {
        let timer = subscribe_duration(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
        poll(&[what, &timer]).contains(&0)
    }

    pub(super) fn connect(host: &str, port: u16, time: Duration) -> Result<Stream, Failure> {
        let network = instance_network();
        let mut why = ErrorCode::NameUnresolvable;
        for address in addresses(&network, host, time).map_err(|code| told(code, host, port))? {
            match connect_to(&network, address, port, time) {
                Ok(stream) => return Ok(stream),
                Err(code) => why = code,
            }
        }
        Err(told(why, host, port))
    }

    fn addresses(network: &Network, host: &str, time: Duration) -> Result<Vec<IpAddress>, ErrorCode> {
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok(vec![written(address)]);
        }
        let answers = resolve_addresses(network, host)?;
        let mut found = Vec::new();
        loop {
            match answers.resolve_next_address() {
                Ok(Some(address)) => found.push(address),
                Ok(None) => return Ok(found),
                Err(ErrorCode::WouldBlock) => {
                    if !ready(&answers.subscribe(), time) {
                        return Err(ErrorCode::Timeout);
                    }
                }
                Err(code) => return Err(code),
            }
        }
    }

    fn written(address: IpAddr) -> IpAddress {
        match address {
            IpAddr::V4(address) => IpAddress::Ipv4(address.octets().into()),
            IpAddr::V6(address) => IpAddress::Ipv6(address.segments().into()),
        }
    }

    fn connect_to(
        network: &Network,
        address: IpAddress,
        port: u16,
        time: Duration,
    ) -> Result<Stream, ErrorCode> {
        let (family, to) = match address {
            IpAddress::Ipv4(address) => (
                IpAddressFamily::Ipv4,
                IpSocketAddress::Ipv4(Ipv4SocketAddress { port, address }),
            ),
            IpAddress::Ipv6(address) => (
                IpAddressFamily::Ipv6,
                IpSocketAddress::Ipv6(Ipv6SocketAddress {
                    port,
                    flow_info: 0,
                    address,
                    scope_id: 0,
                }),
            ),
        };
        let socket = create_tcp_socket(family)?;
        socket.start_connect(network, to)?;
        loop {
            match socket.finish_connect() {
                Ok((input, output)) => {
                    return Ok(Stream {
                        input,
                        output,
                        _socket: socket,
                    });
                }
                Err(ErrorCode::WouldBlock) => {
                    if !ready(&socket.subscribe(), time) {
                        return Err(ErrorCode::Timeout);
                    }
                }
                Err(code) => return Err(code),
            }
        }
    }

    fn told(code: ErrorCode, host: &str, port: u16) -> Failure {
        let host = if host.contains(':') {
            format!("[{host}]")
        } else {
            host.to_owned()
        };
        match code {
            ErrorCode::AccessDenied => Failure::new(format!("denied; needs sockets = [\"{host}:{port}\"]")),
            ErrorCode::Timeout => Failure::new(format!("{host}:{port} does not answer in time")),
            ErrorCode::ConnectionRefused => Failure::new(format!("{host}:{port} refuses the connection")),
            other => Failure::new(format!("{host}:{port} cannot be reached: {}", other.name())),
        }
    }

    impl Wire for Stream {
        fn send(&mut self, mut bytes: &[u8]) -> Result<(), Failure> {
            let lost = || Failure::new("the connection is lost");
            while !bytes.is_empty() {
                let room = self.output.check_write().map_err(|_| lost())?;
                let count = usize::try_from(room).unwrap_or(usize::MAX).min(bytes.len());
                if count == 0 {
                    if !ready(&self.output.subscribe(), SEND_PATIENCE) {
                        return Err(Failure::new("the other side takes nothing any longer"));
                    }
                    continue;
                }
                let (now, later) = bytes.split_at(count);
                self.output.write(now).map_err(|_| lost())?;
                bytes = later;
            }
            self.output.flush().map_err(|_| lost())
        }

        fn receive(&mut self, wait: Duration) -> Option<Vec<u8>> {
            let bytes = self.input.read(READ_MAX).ok()?;
            if !bytes.is_empty() {
                return Some(bytes);
            }
            ready(&self.input.subscribe(), wait);
            self.input.read(READ_MAX).ok()
        }
    }
}
