//! Ways to send too much, too slowly or without an end, whatever the protocol is.

use crate::ami::closes_within;
use anyhow::{Context, Result, bail};
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long the host may neither read nor close.
const STALL_LIMIT: Duration = Duration::from_secs(6);

/// How long the host may take to close those it does not keep.
const CLOSED_WITHIN: Duration = Duration::from_millis(1_500);

/// Connections that say nothing.
pub struct Idle {
    kept: Vec<TcpStream>,
    opened: usize,
}

/// Opens so many connections, or as many as there can be.
pub fn idle(server: SocketAddr, count: usize) -> Result<Idle> {
    let mut kept = Vec::with_capacity(count);
    for _ in 0..count {
        match TcpStream::connect_timeout(&server, Duration::from_secs(2)) {
            Ok(stream) => {
                stream.set_nonblocking(true).context("a socket")?;
                kept.push(stream);
            }
            // Our own system may have enough first.
            Err(_) if kept.len() > 100 => break,
            Err(error) => return Err(error).context("connecting"),
        }
    }
    let opened = kept.len();
    Ok(Idle { kept, opened })
}

impl Idle {
    /// Whether the host keeps no more than so many.
    pub fn check(&mut self, most: usize) -> Result<String> {
        let until = Instant::now() + CLOSED_WITHIN;
        loop {
            self.kept.retain(is_open);
            let kept = self.kept.len();
            let words = format!("{kept} kept, {} turned away", self.opened - kept);
            if kept <= most {
                return Ok(words);
            }
            if Instant::now() > until {
                bail!("{words}, though {most} are enough");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Whether the host has not closed it; what it said is thrown away.
fn is_open(stream: &TcpStream) -> bool {
    let mut stream = stream;
    let mut bytes = [0; 64];
    loop {
        match stream.read(&mut bytes) {
            Ok(0) => return false,
            Ok(_) => {}
            Err(error) => return error.kind() == ErrorKind::WouldBlock,
        }
    }
}

/// Sends a head and then the same piece again and again, until so much is sent or the host breaks it off; then the host has
/// so long to close.
pub fn endless(
    server: SocketAddr,
    head: &[u8],
    piece: &[u8],
    most: usize,
    limit: Duration,
) -> Result<String> {
    let mut stream = TcpStream::connect(server).context("connecting")?;
    stream.set_write_timeout(Some(STALL_LIMIT)).context("a socket")?;
    stream.write_all(head).context("the head")?;
    let piece = piece.repeat((16_384 / piece.len()).max(1));
    let mut sent = head.len();
    while sent < most {
        match stream.write(&piece) {
            Ok(count) => sent += count,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                bail!("after {} KiB the host neither reads nor closes", sent / 1024)
            }
            Err(_) => return Ok(format!("broken off after {} KiB", sent / 1024)),
        }
    }
    let took = closes_within(&mut stream, limit)?;
    Ok(format!(
        "{} KiB taken, closed {} ms later",
        sent / 1024,
        took.as_millis()
    ))
}

/// One of several attacks that take their time.
pub struct Slow {
    what: &'static str,
    thread: JoinHandle<Result<String>>,
}

impl Slow {
    /// Begins it.
    pub fn of(what: &'static str, work: impl FnOnce() -> Result<String> + Send + 'static) -> Self {
        Self {
            what,
            thread: std::thread::spawn(work),
        }
    }
}

/// Waits for all of them.
pub fn together(all: Vec<Slow>) -> Result<String> {
    let ends = all.into_iter().map(|slow| {
        let end = slow.thread.join().ok().context("an attacker panicked")?;
        end.map(|words| format!("{}: {words}", slow.what))
            .with_context(|| slow.what.to_owned())
    });
    let ends: Vec<String> = ends.collect::<Result<_>>()?;
    Ok(ends.join(", "))
}

/// Sends a byte every `pause` until the host closes; answers how long it took.
pub fn drip(server: SocketAddr, text: &[u8], pause: Duration, limit: Duration) -> Result<Duration> {
    let mut stream = TcpStream::connect(server).context("connecting")?;
    stream.set_nodelay(true).context("a socket")?;
    stream.set_read_timeout(Some(pause)).context("a socket")?;
    let began_at = Instant::now();
    for byte in text.iter().cycle() {
        if began_at.elapsed() >= limit {
            break;
        }
        if stream.write_all(&[*byte]).is_err() {
            return Ok(began_at.elapsed());
        }
        let mut sink = [0; 1_024];
        match stream.read(&mut sink) {
            Ok(0) => return Ok(began_at.elapsed()),
            Ok(_) => std::thread::sleep(pause),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(_) => return Ok(began_at.elapsed()),
        }
    }
    bail!("the host listens for {} s to a byte at a time", limit.as_secs())
}

/// Hosts with one fault each, which have to be found out.
#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    const SOON: Duration = Duration::from_millis(400);

    /// A host that does that with each connection.
    fn host(serve: fn(TcpStream)) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has ports");
        let address = listener.local_addr().expect("it is bound");
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                std::thread::spawn(move || serve(stream));
            }
        });
        address
    }

    fn reads_for_ever(mut stream: TcpStream) {
        let mut sink = vec![0; 64 << 10];
        while stream.read(&mut sink).is_ok_and(|count| count > 0) {}
    }

    fn closes_after_a_while(stream: TcpStream) {
        std::thread::sleep(SOON / 4);
        drop(stream);
    }

    #[test]
    fn a_host_that_listens_to_a_byte_at_a_time_is_found_out() {
        let pause = Duration::from_millis(20);
        assert!(drip(host(reads_for_ever), b"Action: Login\r\n", pause, SOON).is_err());
        assert!(drip(host(closes_after_a_while), b"Action: Login\r\n", pause, 20 * SOON).is_ok());
    }

    #[test]
    fn a_host_that_takes_headers_without_an_end_is_found_out() {
        assert!(endless(host(reads_for_ever), b"", b"X: y\r\n", 1 << 20, SOON).is_err());
        assert!(endless(host(closes_after_a_while), b"", b"X: y\r\n", 1 << 30, 20 * SOON).is_ok());
    }

    #[test]
    fn a_host_that_keeps_all_who_say_nothing_is_found_out() {
        let mut all = idle(host(reads_for_ever), 40).expect("it takes them");
        assert!(all.check(10).is_err());
        let mut none = idle(host(drop), 40).expect("it takes them");
        assert!(none.check(10).is_ok());
    }

    #[test]
    fn a_host_that_keeps_who_never_reads_is_found_out() {
        let mut kept = TcpStream::connect(host(reads_for_ever)).expect("it listens");
        assert!(closes_within(&mut kept, SOON).is_err());
        let mut closed = TcpStream::connect(host(closes_after_a_while)).expect("it listens");
        assert!(closes_within(&mut closed, 20 * SOON).is_ok());
    }
}
