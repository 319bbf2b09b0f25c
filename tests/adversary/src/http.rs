//! A small client of the Application interface, for those who are honest and for those who are not.

use anyhow::{Context, Result, bail};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// `Authorization` of the key that may do everything: `watcher:well-kept`.
pub const KEY: &str = "api_key=watcher:well-kept";

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// A connection that is kept.
pub struct Http {
    pub stream: TcpStream,
    buffer: Vec<u8>,
}

/// What was answered.
pub struct Answer {
    pub status: u16,
    pub body: String,
}

impl Http {
    pub fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).context("connecting to the Application interface")?;
        stream.set_nodelay(true).context("a socket")?;
        stream.set_read_timeout(Some(PATIENCE)).context("a socket")?;
        stream.set_write_timeout(Some(PATIENCE)).context("a socket")?;
        Ok(Self {
            stream,
            buffer: Vec::new(),
        })
    }

    /// Asks with the good key; a body is JSON.
    pub fn ask(&mut self, method: &str, path: &str, body: &str) -> Result<Answer> {
        let mark = if path.contains('?') { '&' } else { '?' };
        let length = body.len();
        let request = format!(
            "{method} /ari/{path}{mark}{KEY} HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: \
             {length}\r\n\r\n{body}"
        );
        self.stream.write_all(request.as_bytes()).context("asking")?;
        self.answer()
    }

    /// Opens the socket of an application.
    pub fn upgrade(address: SocketAddr, application: &str) -> Result<Self> {
        let mut http = Self::connect(address)?;
        let request = format!(
            "GET /ari/events?app={application}&subscribeAll=true&{KEY} HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\n\
             Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        http.stream.write_all(request.as_bytes()).context("asking")?;
        let head = http.head()?;
        if !head.starts_with("HTTP/1.1 101") {
            bail!("the upgrade is answered {head:?}");
        }
        Ok(http)
    }

    fn more(&mut self) -> Result<()> {
        let mut piece = [0; 16 << 10];
        match self.stream.read(&mut piece).context("reading an answer")? {
            0 => bail!("the host closed the connection"),
            count => self.buffer.extend_from_slice(&piece[..count]),
        }
        Ok(())
    }

    fn head(&mut self) -> Result<String> {
        loop {
            if let Some(at) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                let head: Vec<u8> = self.buffer.drain(..at + 4).collect();
                return Ok(String::from_utf8_lossy(&head).into_owned());
            }
            self.more()?;
        }
    }

    /// The next answer.
    pub fn answer(&mut self) -> Result<Answer> {
        let head = self.head()?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let is_length = name.eq_ignore_ascii_case("content-length");
            is_length.then(|| value.trim().parse::<usize>().ok())?
        });
        let length = length.unwrap_or(0);
        while self.buffer.len() < length {
            self.more()?;
        }
        let body: Vec<u8> = self.buffer.drain(..length).collect();
        Ok(Answer {
            status: status.with_context(|| format!("an answer without a status: {head:?}"))?,
            body: String::from_utf8_lossy(&body).into_owned(),
        })
    }
}

/// A frame of a client, masked with zeros; `first` is its first byte.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    let length = payload.len();
    if let Ok(short @ 0..=125) = u8::try_from(length) {
        frame.push(0x80 | short);
    } else if let Ok(medium) = u16::try_from(length) {
        frame.push(0x80 | 126);
        frame.extend_from_slice(&medium.to_be_bytes());
    } else {
        frame.push(0x80 | 127);
        frame.extend_from_slice(&(length as u64).to_be_bytes());
    }
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(payload);
    frame
}
