//! A Manager client that writes down what both sides said.

use crate::Message;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// How long one look at the socket waits.
const LOOK: Duration = Duration::from_millis(5);
/// The most bytes of one message that has not ended.
const MESSAGE_MAX: usize = 4 << 20;

/// A reply with the items of its list, the event that ends the list last.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    pub head: Message,
    pub items: Vec<Message>,
}

/// One connection.
pub struct Manager {
    stream: TcpStream,
    pending: Vec<u8>,
    has_banner: bool,
    /// Everything the host said since the connection began, message by message.
    pub messages: Vec<Message>,
    /// How many messages have been looked through for replies.
    seen: usize,
    /// Both sides, as recorded conversations are written.
    pub transcript: Vec<u8>,
    next_id: u32,
    /// The host has closed it.
    pub is_closed: bool,
}

impl Manager {
    pub fn connect(address: SocketAddr) -> Result<Self, String> {
        let stream = TcpStream::connect(address).map_err(|error| format!("connecting: {error}"))?;
        let set = stream
            .set_read_timeout(Some(LOOK))
            .and_then(|()| stream.set_nodelay(true));
        set.map_err(|error| format!("setting up a connection: {error}"))?;
        Ok(Self {
            stream,
            pending: Vec::new(),
            has_banner: false,
            messages: Vec::new(),
            seen: 0,
            transcript: Vec::new(),
            next_id: 0,
            is_closed: false,
        })
    }

    /// Waits for the line with which the host greets.
    pub fn banner(&mut self, limit: Duration) -> Result<String, String> {
        let began = Instant::now();
        while !self.has_banner {
            self.look(began, limit, "the greeting")?;
        }
        let text = String::from_utf8_lossy(&self.transcript);
        Ok(text.lines().next().unwrap_or_default().to_owned())
    }

    /// Takes in what has come. Returns whether anything came.
    pub fn take(&mut self) -> Result<bool, String> {
        let mut bytes = [0; 16 << 10];
        match self.stream.read(&mut bytes) {
            Ok(0) => {
                self.is_closed = true;
                Ok(false)
            }
            Ok(count) => {
                self.pending.extend_from_slice(&bytes[..count]);
                if self.pending.len() > MESSAGE_MAX {
                    return Err("a message without an end".to_owned());
                }
                self.split();
                Ok(true)
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(false),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {
                self.is_closed = true;
                Ok(false)
            }
            Err(error) => Err(format!("reading: {error}")),
        }
    }

    /// Complete messages go to the transcript and the list.
    fn split(&mut self) {
        if !self.has_banner {
            let Some(end) = self.pending.iter().position(|byte| *byte == b'\n') else {
                return;
            };
            let line: Vec<u8> = self.pending.drain(..=end).collect();
            self.transcript.extend_from_slice(&line);
            self.has_banner = true;
        }
        while let Some(end) = end_of_message(&self.pending) {
            let bytes: Vec<u8> = self.pending.drain(..end).collect();
            self.transcript.extend_from_slice(&bytes);
            let text = String::from_utf8_lossy(&bytes);
            let headers = text
                .lines()
                .filter(|line| !line.is_empty())
                .map(|line| line.split_once(": ").unwrap_or((line, "")))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            self.messages.push(Message { line: 0, headers });
        }
    }

    fn look(&mut self, began: Instant, limit: Duration, what: &str) -> Result<(), String> {
        if !self.take()? {
            if self.is_closed {
                return Err(format!("closed before {what}"));
            }
            if began.elapsed() > limit {
                return Err(format!("not within {} ms: {what}", limit.as_millis()));
            }
        }
        Ok(())
    }

    /// Sends a request and gives it an id unless it has one. Returns the id.
    pub fn send(&mut self, headers: &[(String, String)]) -> Result<String, String> {
        let mut headers = headers.to_vec();
        let own = headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("ActionID"));
        let id = match own {
            Some((_, id)) => id.clone(),
            None => {
                self.next_id += 1;
                let id = format!("p{}", self.next_id);
                headers.insert(1, ("ActionID".to_owned(), id.clone()));
                id
            }
        };
        let mut text = String::new();
        for (name, value) in &headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str("\r\n");
        self.send_raw(text.as_bytes())?;
        Ok(id)
    }

    /// Sends bytes as they are.
    pub fn send_raw(&mut self, bytes: &[u8]) -> Result<(), String> {
        while self.take()? {}
        self.seen = self.messages.len();
        for line in String::from_utf8_lossy(bytes).split_terminator('\n') {
            let line = line.strip_suffix('\r').unwrap_or(line);
            let line = format!(">>> {line}\r\n");
            self.transcript.extend_from_slice(line.as_bytes());
        }
        self.stream
            .write_all(bytes)
            .map_err(|error| format!("sending: {error}"))
    }

    /// The next reply, with its list if it begins one.
    pub fn reply(&mut self, limit: Duration) -> Result<Reply, String> {
        let began = Instant::now();
        let head = loop {
            let found = self.messages[self.seen..]
                .iter()
                .position(|message| message.event().is_none());
            if let Some(at) = found {
                self.seen += at + 1;
                break self.messages[self.seen - 1].clone();
            }
            self.seen = self.messages.len();
            self.look(began, limit, "a reply")?;
        };
        let mut reply = Reply {
            head,
            items: Vec::new(),
        };
        if reply.head.header("EventList") != Some("start") {
            return Ok(reply);
        }
        loop {
            while self.seen < self.messages.len() {
                let item = self.messages[self.seen].clone();
                self.seen += 1;
                let is_last = item.header("EventList").is_some();
                reply.items.push(item);
                if is_last {
                    return Ok(reply);
                }
            }
            self.look(began, limit, "the end of a list")?;
        }
    }

    /// Waits for a message after the first `since` that is as wished.
    pub fn until(
        &mut self,
        since: usize,
        limit: Duration,
        what: &str,
        is_it: &dyn Fn(&Message) -> bool,
    ) -> Result<Message, String> {
        let began = Instant::now();
        let mut at = since;
        loop {
            while at < self.messages.len() {
                if is_it(&self.messages[at]) {
                    return Ok(self.messages[at].clone());
                }
                at += 1;
            }
            self.look(began, limit, what)?;
        }
    }

    /// Waits until the host has closed the connection.
    pub fn closed(&mut self, limit: Duration) -> Result<(), String> {
        let began = Instant::now();
        while !self.is_closed {
            if !self.take()? && began.elapsed() > limit {
                return Err(format!("not closed within {} ms", limit.as_millis()));
            }
        }
        Ok(())
    }
}

/// Behind the empty line of the first message.
fn end_of_message(bytes: &[u8]) -> Option<usize> {
    let at = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some(at + 4)
}
