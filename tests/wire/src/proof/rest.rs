//! An Application client: requests over HTTP and events over a WebSocket, written down as they come.

use serde_json::Value;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

const LOOK: Duration = Duration::from_millis(5);
/// How long a reply may take.
const REPLY_LIMIT: Duration = Duration::from_secs(20);
/// The most bytes of a reply or a frame.
const BODY_MAX: usize = 4 << 20;

/// The answer to a request.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    pub status: u16,
    pub phrase: String,
    /// With names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(is, _)| is == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Its body, if that is JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }
}

/// Who asks, in the way of HTTP.
pub fn basic(user: &str) -> String {
    // The secrets are in the configuration of these cases and nowhere else.
    let known = [
        ("op", "b3A6b3A="),
        ("reader", "cmVhZGVyOnJlYWRlcg=="),
        ("wrong", "d3Jvbmc6d3Jvbmc="),
        ("walled", "d2FsbGVkOndhbGxlZA=="),
    ];
    let found = known.iter().find(|(name, _)| *name == user);
    found.map_or_else(String::new, |(_, code)| {
        format!("Authorization: Basic {code}\r\n")
    })
}

/// Sends a request on a connection of its own and reads the reply.
pub fn ask(
    address: SocketAddr,
    method: &str,
    target: &str,
    headers: &str,
    body: &str,
) -> Result<Answer, String> {
    let mut stream = connect(address)?;
    ask_on(&mut stream, method, target, headers, body)
}

/// Connects with the limits of this client.
pub fn connect(address: SocketAddr) -> Result<TcpStream, String> {
    let stream = TcpStream::connect(address).map_err(|error| format!("connecting: {error}"))?;
    let set = stream
        .set_read_timeout(Some(REPLY_LIMIT))
        .and_then(|()| stream.set_nodelay(true));
    set.map_err(|error| format!("setting up a connection: {error}"))?;
    Ok(stream)
}

/// Sends a request and reads the reply; the connection may be used again.
pub fn ask_on(
    stream: &mut TcpStream,
    method: &str,
    target: &str,
    headers: &str,
    body: &str,
) -> Result<Answer, String> {
    send(stream, method, target, headers, body)?;
    read_answer(stream, method)
}

fn send(stream: &mut TcpStream, method: &str, target: &str, headers: &str, body: &str) -> Result<(), String> {
    let kind = if body.is_empty() || headers.to_ascii_lowercase().contains("content-type") {
        ""
    } else {
        "Content-Type: application/json\r\n"
    };
    let length = if headers.to_ascii_lowercase().contains("transfer-encoding") {
        String::new()
    } else {
        format!("Content-Length: {}\r\n", body.len())
    };
    let text =
        format!("{method} {target} HTTP/1.1\r\nHost: 127.0.0.1:8088\r\n{headers}{kind}{length}\r\n{body}");
    stream
        .write_all(text.as_bytes())
        .map_err(|error| format!("asking: {error}"))
}

/// Reads one reply with all of its body.
pub fn read_answer(stream: &mut TcpStream, method: &str) -> Result<Answer, String> {
    read_partly(stream, method).map(|(answer, _)| answer)
}

/// Reads one reply with all of its body, and what came behind it.
fn read_partly(stream: &mut TcpStream, method: &str) -> Result<(Answer, Vec<u8>), String> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        more(stream, &mut bytes)?;
    };
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let mut lines = head.lines();
    let status_line = lines.next().unwrap_or_default();
    let mut words = status_line.splitn(3, ' ');
    let status = words.nth(1).and_then(|word| word.parse().ok());
    let mut answer = Answer {
        status: status.ok_or_else(|| format!("no status: {status_line}"))?,
        phrase: words.next().unwrap_or_default().to_owned(),
        headers: lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect(),
        body: String::new(),
    };
    let length = answer.header("content-length").and_then(|text| text.parse().ok());
    let length: usize = match (answer.status, method) {
        (100..=199 | 204 | 304, _) | (_, "HEAD") => 0,
        _ => length.unwrap_or(0),
    };
    if length > BODY_MAX {
        return Err(format!("a body of {length} bytes"));
    }
    while bytes.len() < head_end + length {
        more(stream, &mut bytes)?;
    }
    let rest = bytes.split_off(head_end + length);
    answer.body = String::from_utf8_lossy(&bytes[head_end..]).into_owned();
    Ok((answer, rest))
}

fn more(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Result<(), String> {
    let mut buffer = [0; 16 << 10];
    match stream.read(&mut buffer) {
        Ok(0) => Err("closed within a reply".to_owned()),
        Ok(count) => {
            bytes.extend_from_slice(&buffer[..count]);
            Ok(())
        }
        Err(error) => Err(format!("reading a reply: {error}")),
    }
}

/// A WebSocket.
pub struct Socket {
    stream: TcpStream,
    pending: Vec<u8>,
    /// Every event, as it came.
    pub events: Vec<Value>,
    pub is_closed: bool,
}

impl Socket {
    /// Opens one at a path.
    pub fn open(address: SocketAddr, target: &str, headers: &str) -> Result<Self, Answer> {
        let failed = |text: String| Answer {
            phrase: text,
            ..Answer::default()
        };
        let mut stream = connect(address).map_err(failed)?;
        // The key and its answer stand in RFC 6455, section 1.3.
        let upgrade = format!(
            "{headers}Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        );
        // The first frames may come together with the reply.
        let (answer, pending) = send(&mut stream, "GET", target, &upgrade, "")
            .and_then(|()| read_partly(&mut stream, "GET"))
            .map_err(failed)?;
        if answer.status != 101 {
            return Err(answer);
        }
        if answer.header("sec-websocket-accept") != Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") {
            return Err(failed("the wrong Sec-WebSocket-Accept".to_owned()));
        }
        if let Err(error) = stream.set_read_timeout(Some(LOOK)) {
            return Err(failed(error.to_string()));
        }
        Ok(Self {
            stream,
            pending,
            events: Vec::new(),
            is_closed: false,
        })
    }

    /// Takes in what has come; new events are also given to `heard`.
    pub fn take(&mut self, heard: &mut dyn FnMut(&Value, &str)) -> Result<bool, String> {
        // Those that came together with the upgrade.
        self.frames(heard)?;
        let mut buffer = [0; 16 << 10];
        match self.stream.read(&mut buffer) {
            Ok(0) => {
                self.is_closed = true;
                Ok(false)
            }
            Ok(count) => {
                self.pending.extend_from_slice(&buffer[..count]);
                self.frames(heard)?;
                Ok(true)
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(false),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {
                self.is_closed = true;
                Ok(false)
            }
            Err(error) => Err(format!("reading a WebSocket: {error}")),
        }
    }

    fn frames(&mut self, heard: &mut dyn FnMut(&Value, &str)) -> Result<(), String> {
        while let Some((code, payload, used)) = frame(&self.pending) {
            let payload = payload.to_vec();
            self.pending.drain(..used);
            self.frame(code, &payload, heard)?;
        }
        Ok(())
    }

    fn frame(&mut self, code: u8, payload: &[u8], heard: &mut dyn FnMut(&Value, &str)) -> Result<(), String> {
        match code {
            1 => {
                let text = String::from_utf8_lossy(payload);
                let event: Value = serde_json::from_str(&text).map_err(|error| format!("{error}: {text}"))?;
                heard(&event, &text);
                self.events.push(event);
                Ok(())
            }
            8 => {
                self.is_closed = true;
                Ok(())
            }
            9 => self.send(10, payload),
            _ => Ok(()),
        }
    }

    /// Sends a frame; its mask is nothing.
    pub fn send(&mut self, code: u8, payload: &[u8]) -> Result<(), String> {
        let mut bytes = vec![0x80 | code];
        match payload.len() {
            length @ 0..126 => bytes.push(0x80 | u8::try_from(length).unwrap_or(0)),
            length => {
                bytes.push(0x80 | 126);
                let length = u16::try_from(length).map_err(|_| "too long a frame".to_owned())?;
                bytes.extend_from_slice(&length.to_be_bytes());
            }
        }
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(payload);
        self.stream
            .write_all(&bytes)
            .map_err(|error| format!("sending a frame: {error}"))
    }

    /// Waits a moment for the host to close it.
    pub fn closed(&mut self, limit: Duration, heard: &mut dyn FnMut(&Value, &str)) -> Result<(), String> {
        let began = Instant::now();
        while !self.is_closed {
            if !self.take(heard)? && began.elapsed() > limit {
                return Err("the WebSocket stays open".to_owned());
            }
        }
        Ok(())
    }
}

/// The first frame: its code, its payload, and how many bytes it takes.
fn frame(bytes: &[u8]) -> Option<(u8, &[u8], usize)> {
    let (first, second) = (*bytes.first()?, *bytes.get(1)?);
    let (length, head) = match second & 0x7f {
        126 => (
            usize::from(u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?])),
            4,
        ),
        127 => {
            let eight: [u8; 8] = bytes.get(2..10)?.try_into().ok()?;
            (usize::try_from(u64::from_be_bytes(eight)).ok()?, 10)
        }
        length => (usize::from(length), 2),
    };
    let payload = bytes.get(head..head + length)?;
    Some((first & 0x0f, payload, head + length))
}
