//! A small client of the Manager interface, for those who are honest and for those who are not.

use anyhow::{Context, Result, bail};
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Who logs in here, with every right.
pub const USER: &str = "watcher";
/// Who listens to everything; the host has more patience with it, as it may have to wait for a processor.
pub const LISTENER: &str = "listener";

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// A connection.
pub struct Ami {
    pub stream: TcpStream,
    buffer: Vec<u8>,
    /// Bytes of the buffer that were given out already.
    taken: usize,
    asked: u64,
}

impl Ami {
    /// Connects and reads the banner.
    pub fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).context("connecting to the Manager interface")?;
        stream.set_nodelay(true).context("a socket")?;
        stream.set_read_timeout(Some(PATIENCE)).context("a socket")?;
        stream.set_write_timeout(Some(PATIENCE)).context("a socket")?;
        let mut ami = Self {
            stream,
            buffer: Vec::new(),
            taken: 0,
            asked: 0,
        };
        let banner = ami.until(b"\r\n").context("the banner")?;
        if !banner.starts_with("Asterisk Call Manager/") {
            bail!("the banner is {banner:?}");
        }
        Ok(ami)
    }

    /// Connects and logs in; `events` as the protocol has it (`on`, `off`, classes).
    pub fn log_in(address: SocketAddr, events: &str) -> Result<Self> {
        Self::log_in_as(address, USER, events)
    }

    /// The same as another user.
    pub fn log_in_as(address: SocketAddr, user: &str, events: &str) -> Result<Self> {
        let mut ami = Self::connect(address)?;
        let secret = crate::scene::PASSWORD;
        let answer = ami.ask(&format!(
            "Action: Login\r\nUsername: {user}\r\nSecret: {secret}\r\nEvents: {events}"
        ))?;
        if !answer.contains("Response: Success") {
            bail!("the login is answered {answer:?}");
        }
        Ok(ami)
    }

    /// Sends something as it is.
    pub fn say(&mut self, text: &[u8]) -> Result<()> {
        self.stream.write_all(text).context("writing to the host")
    }

    /// Sends a message of these lines and waits for its answer.
    pub fn ask(&mut self, lines: &str) -> Result<String> {
        self.asked += 1;
        let id = format!("ask-{}", self.asked);
        self.say(format!("{lines}\r\nActionID: {id}\r\n\r\n").as_bytes())?;
        let mark = format!("ActionID: {id}\r\n");
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            let block = self.block()?;
            if block.starts_with("Response: ") && block.contains(&mark) {
                return Ok(block);
            }
        }
        bail!("no answer to {lines:?}")
    }

    /// The next message of the host.
    pub fn block(&mut self) -> Result<String> {
        self.until(b"\r\n\r\n")
    }

    fn until(&mut self, end: &[u8]) -> Result<String> {
        let mut searched = self.taken;
        loop {
            let from = searched.saturating_sub(end.len()).max(self.taken);
            if let Some(at) = position(&self.buffer[from..], end) {
                let until = from + at + end.len();
                let block = String::from_utf8_lossy(&self.buffer[self.taken..until]).into_owned();
                self.taken = until;
                return Ok(block);
            }
            self.buffer.drain(..std::mem::take(&mut self.taken));
            searched = self.buffer.len();
            let mut piece = [0; 64 << 10];
            match self.stream.read(&mut piece) {
                Ok(0) => bail!("the host closed the connection"),
                Ok(count) => self.buffer.extend_from_slice(&piece[..count]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error).context("reading from the host"),
            }
        }
    }
}

/// Where `end` begins, which ends in LF.
fn position(bytes: &[u8], end: &[u8]) -> Option<usize> {
    let mut lines = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    lines.find_map(|(at, _)| bytes[..=at].ends_with(end).then(|| at + 1 - end.len()))
}

/// Whether the other end closes within that time; what it still sends is thrown away.
pub fn closes_within(stream: &mut TcpStream, limit: Duration) -> Result<Duration> {
    let began_at = Instant::now();
    let mut sink = vec![0; 64 << 10];
    stream
        .set_read_timeout(Some(Duration::from_millis(100)))
        .context("a socket")?;
    while began_at.elapsed() < limit {
        match stream.read(&mut sink) {
            Ok(0) => return Ok(began_at.elapsed()),
            Ok(_) => {}
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(_) => return Ok(began_at.elapsed()),
        }
    }
    bail!("the host keeps the connection for {} ms", limit.as_millis())
}
