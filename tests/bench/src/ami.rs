//! Manager clients of the bench: plain sockets, and readers that only count.

use anyhow::{Context, Result, bail};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);
const CHUNK: usize = 256 * 1024;
/// The end of every message.
const END: &[u8; 4] = b"\r\n\r\n";

/// One logged-in connection.
pub struct Ami {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Ami {
    /// Logs in; `events` is the mask asked for.
    pub fn login(address: SocketAddr, events: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).context("reaching the Manager")?;
        stream.set_nodelay(true).context("a quick socket")?;
        stream
            .set_read_timeout(Some(PATIENCE))
            .context("setting a time limit")?;
        let mut client = Self {
            stream,
            buffer: Vec::new(),
        };
        client.until(b"\r\n")?;
        client.send(&format!(
            "Action: Login\r\nUsername: bench\r\nSecret: bench\r\nEvents: {events}\r\n\r\n"
        ))?;
        let answer = client.message()?;
        if !answer.contains("Success") {
            bail!("the login was refused: {answer}");
        }
        Ok(client)
    }

    pub fn send(&mut self, text: &str) -> Result<()> {
        self.stream
            .write_all(text.as_bytes())
            .context("writing to the Manager")
    }

    /// The next message.
    pub fn message(&mut self) -> Result<String> {
        let bytes = self.until(END)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The next message that has this in it.
    pub fn message_with(&mut self, what: &str) -> Result<String> {
        loop {
            let message = self.message()?;
            if message.contains(what) {
                return Ok(message);
            }
        }
    }

    fn until(&mut self, end: &[u8]) -> Result<Vec<u8>> {
        let mut chunk = [0; 16 * 1024];
        let mut looked = 0;
        loop {
            let from = looked;
            let found = self.buffer[from..]
                .windows(end.len())
                .position(|window| window == end);
            if let Some(at) = found {
                let rest = self.buffer.split_off(from + at + end.len());
                return Ok(std::mem::replace(&mut self.buffer, rest));
            }
            looked = self.buffer.len().saturating_sub(end.len() - 1);
            let length = self.stream.read(&mut chunk).context("reading from the Manager")?;
            if length == 0 {
                bail!("the Manager closed the connection");
            }
            self.buffer.extend_from_slice(&chunk[..length]);
        }
    }

    /// Sends this many requests as fast as they are taken, and waits for as many messages; the time it took.
    pub fn pipeline(&mut self, request: &str, count: usize) -> Result<Duration> {
        let mut writer = self.stream.try_clone().context("a second handle")?;
        let batch = request.repeat(100);
        let began = Instant::now();
        let sender = std::thread::spawn(move || -> io::Result<()> {
            for _ in 0..count / 100 {
                writer.write_all(batch.as_bytes())?;
            }
            Ok(())
        });
        let mut ends = Ends::default();
        let mut seen = 0;
        let mut chunk = vec![0; CHUNK];
        while seen < count / 100 * 100 {
            let length = self.stream.read(&mut chunk).context("reading from the Manager")?;
            if length == 0 {
                bail!("the Manager closed the connection after {seen} answers");
            }
            seen += ends.count(&chunk[..length]);
        }
        let took = began.elapsed();
        match sender.join() {
            Ok(sent) => sent.context("writing to the Manager")?,
            Err(_) => bail!("the writer ended badly"),
        }
        Ok(took)
    }
}

/// Counts ends of messages over pieces of a stream.
#[derive(Default)]
struct Ends {
    matched: usize,
}

impl Ends {
    fn count(&mut self, bytes: &[u8]) -> usize {
        let mut ends = 0;
        for &byte in bytes {
            self.matched = match (byte == END[self.matched], byte) {
                (true, _) => self.matched + 1,
                (false, b'\r') => 1,
                (false, _) => 0,
            };
            if self.matched == END.len() {
                self.matched = 0;
                ends += 1;
            }
        }
        ends
    }
}

/// Clients that read all events and count them, on one thread.
pub struct Readers {
    seen: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<usize>>,
}

impl Readers {
    pub fn start(address: SocketAddr, count: usize) -> Result<Self> {
        let mut clients = Vec::new();
        for _ in 0..count {
            let client = Ami::login(address, "on")?;
            client
                .stream
                .set_nonblocking(true)
                .context("a socket that does not wait")?;
            clients.push((client.stream, Ends::default()));
        }
        let (seen, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let shared = (seen.clone(), stop.clone());
        let thread = std::thread::spawn(move || read_all(clients, &shared.0, &shared.1));
        Ok(Self {
            seen,
            stop,
            thread: Some(thread),
        })
    }

    /// Messages all clients read so far, together.
    pub fn seen(&self) -> u64 {
        self.seen.load(Ordering::Relaxed)
    }

    /// Waits until nothing came for a while.
    pub fn settle(&self) -> u64 {
        let mut before = self.seen();
        loop {
            std::thread::sleep(Duration::from_millis(300));
            let now = self.seen();
            if now == before {
                return now;
            }
            before = now;
        }
    }

    /// Ends all clients; an error if the host had ended one before.
    pub fn end(mut self) -> Result<()> {
        self.stop.store(true, Ordering::Relaxed);
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(0)) => Ok(()),
            Some(Ok(gone)) => bail!("the host ended {gone} readers"),
            Some(Err(_)) | None => bail!("the readers ended badly"),
        }
    }
}

/// Reads until told to stop; how many clients the host ended.
fn read_all(mut clients: Vec<(TcpStream, Ends)>, seen: &AtomicU64, stop: &AtomicBool) -> usize {
    let mut chunk = vec![0; CHUNK];
    let mut gone = 0;
    while !stop.load(Ordering::Relaxed) {
        let mut is_quiet = true;
        clients.retain_mut(|(stream, ends)| match stream.read(&mut chunk) {
            Ok(0) => {
                gone += 1;
                false
            }
            Ok(length) => {
                is_quiet = false;
                seen.fetch_add(ends.count(&chunk[..length]) as u64, Ordering::Relaxed);
                true
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => true,
            Err(_) => {
                gone += 1;
                false
            }
        });
        if is_quiet {
            std::thread::sleep(Duration::from_micros(500));
        }
    }
    gone
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_counted_over_pieces() {
        let mut ends = Ends::default();
        assert_eq!(ends.count(b"Event: A\r\nX: \r\n\r"), 0);
        assert_eq!(ends.count(b"\nEvent: B\r\n\r\r\n\r\n"), 2);
    }
}
