//! A program in the network: its address, and how it is reached.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use ucx_pbx::LocalBoxFuture;

/// Where programs listen unless the address says otherwise.
const PORT: u16 = 4_573;

/// How long one address may take to accept a connection.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(2);

/// How long a name may take to be resolved.
const RESOLVE_TIME_MAX: Duration = Duration::from_secs(5);

/// Addresses of one name that are tried; further ones are not.
const ADDRESSES_MAX: usize = 8;

/// What `agi://host[:port][/script]` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Address<'a> {
    /// A name or an address.
    pub host: &'a str,
    /// The port, if it is written.
    pub port: Option<u16>,
    /// What follows the host and its slash; may be empty.
    pub script: &'a str,
}

impl<'a> Address<'a> {
    /// Reads what follows `agi://`; none if it names no host or no port.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (host, script) = text.split_once('/').unwrap_or((text, ""));
        let (host, port) = if let Some(rest) = host.strip_prefix('[') {
            let (host, rest) = rest.split_once(']')?;
            match rest.strip_prefix(':') {
                Some(port) => (host, Some(port)),
                None if rest.is_empty() => (host, None),
                None => return None,
            }
        } else {
            match host.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (host, None),
            }
        };
        let port = match port {
            Some(port) => Some(port.parse().ok().filter(|port| *port != 0)?),
            None => None,
        };
        (!host.is_empty()).then_some(Self { host, port, script })
    }
}

/// A connection with a program: what is read from it, and what is written to it.
pub type Connection = (Box<dyn AsyncRead + Unpin>, Box<dyn AsyncWrite + Unpin>);

/// The network that programs are reached over.
pub trait Network {
    /// Connects with a program by the name or address of its host. May be given up half-way.
    ///
    /// # Errors
    /// When it cannot be reached.
    fn connect<'a>(&'a self, host: &'a str, port: u16) -> LocalBoxFuture<'a, io::Result<Connection>>;
}

/// The network of this machine.
pub(crate) struct Tcp;

impl Network for Tcp {
    fn connect<'a>(&'a self, host: &'a str, port: u16) -> LocalBoxFuture<'a, io::Result<Connection>> {
        Box::pin(async move {
            let (reader, writer) = connect_by_name(host, port).await?.into_split();
            Ok((Box::new(reader) as Box<_>, Box::new(writer) as Box<_>))
        })
    }
}

/// Connects with a program.
///
/// # Errors
/// As of [`Network::connect`].
pub(crate) async fn connect(network: &dyn Network, address: Address<'_>) -> io::Result<Connection> {
    network.connect(address.host, address.port.unwrap_or(PORT)).await
}

/// Connects with the first address of the host that answers. Names are resolved on another thread. The error is that of the
/// last address that was tried.
async fn connect_by_name(host: &str, port: u16) -> io::Result<TcpStream> {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return connect_one(SocketAddr::new(ip, port)).await;
    }
    let found = tokio::time::timeout(RESOLVE_TIME_MAX, tokio::net::lookup_host((host, port)));
    let found = found
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    let mut result = Err(io::ErrorKind::NotFound.into());
    for one in found.take(ADDRESSES_MAX) {
        result = connect_one(one).await;
        if result.is_ok() {
            break;
        }
    }
    result
}

async fn connect_one(address: SocketAddr) -> io::Result<TcpStream> {
    let connected = tokio::time::timeout(CONNECT_TIME_MAX, TcpStream::connect(address));
    let stream = connected
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    // Each reply is one small write that its reader waits for.
    stream.set_nodelay(true)?;
    Ok(stream)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<(&str, Option<u16>, &str)> {
        Address::parse(text).map(|address| (address.host, address.port, address.script))
    }

    #[test]
    fn addresses_have_a_host_and_perhaps_a_port_and_a_script() {
        assert_eq!(
            parsed("127.0.0.1:4573/path/script?a=b"),
            Some(("127.0.0.1", Some(4_573), "path/script?a=b"))
        );
        assert_eq!(parsed("pbx.example"), Some(("pbx.example", None, "")));
        assert_eq!(parsed("pbx.example/"), Some(("pbx.example", None, "")));
        assert_eq!(parsed("[::1]:9000/x"), Some(("::1", Some(9_000), "x")));
        assert_eq!(parsed("[::1]"), Some(("::1", None, "")));
        for bad in [
            "",
            "/script",
            ":4573",
            "host:",
            "host:0",
            "host:70000",
            "host:x/y",
            "[::1",
            "[::1]x",
        ] {
            assert_eq!(parsed(bad), None, "{bad}");
        }
    }
}
