//! Hostile SIP: datagrams that make no sense, connections that say half a sentence, headers without an end, guessed passwords.

use crate::book::Book;
use crate::chance::{self, Chance};
use crate::phone::{Phone, PhoneSpec};
use crate::scene::{FUZZER, GOOD_HZ, PASSWORD, Porch};
use anyhow::{Context, Result, bail};
use socket2::{Domain, Protocol, Socket, Type};
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};
use ucx_sip::TransportKind;

/// How long a reply that is due may take.
const REPLY_LIMIT: Duration = Duration::from_secs(3);
/// Datagrams sent before the sender takes a breath, and how long that is.
const BURST: usize = 25;
const BREATH: Duration = Duration::from_millis(5);
/// The address the half-open connections come from, so that the phone beside them comes from another.
const STRANGER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
/// Connections of one address that a host may keep: a quarter of the files a process may usually open.
const KEPT_MAX: usize = 256;
/// How long the host may take to close what it refuses.
const SETTLE: Duration = Duration::from_millis(200);
/// Over which the host counts lines of its log.
const LOG_WINDOW: Duration = Duration::from_millis(1_100);
/// Messages of known shape are cut to this many bytes at most when they grow.
const DATAGRAM_MAX: usize = 8_000;

/// A socket that says anything.
struct Mouth {
    socket: UdpSocket,
    server: SocketAddr,
    said: usize,
}

impl Mouth {
    fn new(server: SocketAddr) -> Result<Self> {
        let socket = UdpSocket::bind(SocketAddr::new(server.ip(), 0)).context("a socket")?;
        socket.set_nonblocking(true).context("a socket")?;
        Ok(Self {
            socket,
            server,
            said: 0,
        })
    }

    fn message(&mut self, method: &str, user: &str, more: &str) -> String {
        self.said += 1;
        let (at, n) = (
            self.socket
                .local_addr()
                .map_or_else(|_| String::new(), |at| at.to_string()),
            self.said,
        );
        let server = self.server;
        format!(
            "{method} sip:600@{server} SIP/2.0\r\nVia: SIP/2.0/UDP {at};branch=z9hG4bKa{n};rport\r\nMax-Forwards: 70\r\n\
             From: <sip:{user}@{server}>;tag=f{n}\r\nTo: <sip:{user}@{server}>\r\nCall-ID: c{n}@{at}\r\nCSeq: {n} {method}\r\n\
             Contact: <sip:{user}@{at}>\r\n{more}Content-Length: 0\r\n\r\n"
        )
    }

    /// Sends; a datagram that finds no room is lost, as on any network.
    fn say(&self, bytes: &[u8]) {
        let _ = self.socket.send_to(bytes, self.server);
    }

    /// The statuses of replies that are there.
    fn hear(&self) -> Vec<(u16, String)> {
        let mut heard = Vec::new();
        let mut buffer = [0; 65_536];
        while let Ok((length, _)) = self.socket.recv_from(&mut buffer) {
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if let Some(status) = text
                .strip_prefix("SIP/2.0 ")
                .and_then(|rest| rest.get(..3)?.parse().ok())
            {
                heard.push((status, text));
            }
        }
        heard
    }

    /// Asks for options until an answer comes, which shows that all before was read.
    fn ask(&mut self) -> Result<Duration> {
        let began_at = Instant::now();
        let question = self.message("OPTIONS", FUZZER, "");
        let call = format!("Call-ID: c{}@", self.said);
        while began_at.elapsed() < REPLY_LIMIT {
            self.say(question.as_bytes());
            let until = Instant::now() + Duration::from_millis(200);
            while Instant::now() < until {
                if self.hear().iter().any(|(_, text)| text.contains(&call)) {
                    return Ok(began_at.elapsed());
                }
                std::thread::sleep(Duration::from_millis(2));
            }
        }
        bail!("no answer to OPTIONS within {} ms", REPLY_LIMIT.as_millis())
    }
}

/// Datagrams of noise: half of them mutated requests, the rest arbitrary bytes.
pub fn noise(scene: &Porch, book: &mut Book, datagrams: usize) {
    let sent = || -> Result<String> {
        let mut mouth = Mouth::new(scene.host.sip())?;
        let mut chance = Chance::new(scene.seed, 20);
        let (mut heard, mut bytes) = (0, 0);
        for n in 0..datagrams {
            let datagram = noise_of(&mut mouth, &mut chance);
            bytes += datagram.len();
            mouth.say(&datagram);
            if n % BURST == 0 {
                heard += mouth.hear().len();
                std::thread::sleep(BREATH);
            }
        }
        let asked = mouth.ask()?;
        let words = format!("{datagrams} datagrams, {} KiB, {heard} replies", bytes / 1024);
        Ok(format!(
            "{words}; then OPTIONS answered in {:.1} ms",
            asked.as_secs_f64() * 1e3
        ))
    }();
    book.note("datagrams that make no sense", sent);
}

fn noise_of(mouth: &mut Mouth, chance: &mut Chance) -> Vec<u8> {
    const METHODS: [&str; 8] = [
        "INVITE",
        "REGISTER",
        "OPTIONS",
        "BYE",
        "CANCEL",
        "ACK",
        "INFO",
        "SUBSCRIBE",
    ];
    if chance.below(4) == 0 {
        let length = chance.below(1500);
        return (0..length).map(|_| chance.byte()).collect();
    }
    let method = METHODS[chance.below(METHODS.len())];
    let mut bytes = mouth.message(method, FUZZER, "").into_bytes();
    for _ in 0..=chance.below(6) {
        mutate(&mut bytes, chance);
    }
    bytes.truncate(DATAGRAM_MAX);
    bytes
}

fn mutate(bytes: &mut Vec<u8>, chance: &mut Chance) {
    const PIECES: [&[u8]; 9] = [
        b"\r\n",
        b"\r\n\r\n",
        b"\0",
        b"99999999999999999999",
        b"-1",
        b"\"",
        b"<sip:",
        b";;;;====,,,,",
        b"\xff\xfe\xc0\x80",
    ];
    let at = chance.below(bytes.len() + 1);
    let length = chance.below(40).min(bytes.len() - at);
    match chance.below(6) {
        0 if at < bytes.len() => bytes[at] = chance.byte(),
        1 => drop(bytes.drain(at..at + length)),
        2 => {
            let copy = bytes[at..at + length].repeat(1 + chance.below(20));
            bytes.splice(at..at, copy);
        }
        3 => bytes.truncate(at),
        _ => {
            let piece = PIECES[chance.below(PIECES.len())];
            bytes.splice(at..at, piece.iter().copied());
        }
    }
}

/// Connections that begin to speak and stop: another phone still registers and calls over TCP.
pub fn half_open(scene: &Porch, book: &mut Book, connections: usize) {
    let held = || -> Result<String> {
        let server = scene.host.sip_tcp()?;
        let begins: [&[u8]; 4] = [
            b"",
            b"REGIS",
            b"REGISTER sip:x SIP/2.0\r\nVia: SIP/2.0/TCP x;branch=z9hG4bKh\r\n",
            b"OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/TCP x;branch=z9hG4bKh\r\nContent-Length: 9000\r\n\r\nhalf",
        ];
        let mut open = Vec::new();
        for n in 0..connections {
            let mut stream = connect_from(STRANGER, server).with_context(|| format!("connection {n}"))?;
            // One that is refused may be closed already.
            let _ = stream.write_all(begins[n % begins.len()]);
            open.push(stream);
        }
        std::thread::sleep(SETTLE);
        let kept = open.iter().filter(|stream| is_open(stream)).count();
        if kept > KEPT_MAX {
            bail!("{kept} connections of one address are kept");
        }
        let began_at = Instant::now();
        let mut phone = Phone::start(&PhoneSpec {
            user: "6005",
            password: PASSWORD,
            server,
            tone_hz: 440,
            transport: TransportKind::Tcp,
            seed: chance::bytes(scene.seed, 5),
        })?;
        let after_ms = phone.call_and_hear("well", GOOD_HZ)?;
        let all = began_at.elapsed().as_millis();
        Ok(format!(
            "{connections} tried, {kept} kept; a phone over TCP registers, calls ({after_ms:.1} ms) and hears within {all} ms"
        ))
    }();
    book.note("connections that say half a sentence", held);
}

fn connect_from(own: Ipv4Addr, server: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
    socket.bind(&SocketAddr::from((own, 0)).into())?;
    socket.connect(&server.into())?;
    Ok(socket.into())
}

/// Whether the host still has its end open.
fn is_open(mut stream: &TcpStream) -> bool {
    let looked = stream.set_nonblocking(true);
    let read = looked.and_then(|()| stream.read(&mut [0; 1024]));
    match read {
        Ok(length) => length > 0,
        Err(error) => matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
    }
}

/// Messages that grow without an end: the host breaks them off.
pub fn oversized(scene: &Porch, book: &mut Book) {
    let server = match scene.host.sip_tcp() {
        Ok(server) => server,
        Err(error) => return book.note("messages without an end", Err(error)),
    };
    let start = "OPTIONS sip:600@x SIP/2.0\r\nVia: SIP/2.0/TCP x;branch=z9hG4bKo\r\n";
    let line = format!("X-Filler: {}\r\n", "f".repeat(80));
    let cases: [(&str, String, &str); 5] = [
        (
            "a header without an end",
            format!("{start}X-Long: "),
            "xxxxxxxxxxxxxxxx",
        ),
        ("headers without an end", start.to_owned(), &line),
        (
            "a start line without an end",
            "OPTIONS sip:".to_owned(),
            "xxxxxxxxxxxxxxxx",
        ),
        (
            "a body of 4 GiB",
            format!("{start}Content-Length: 4294967295\r\n\r\n"),
            "xxxxxxxxxxxxxxxx",
        ),
        (
            "a body of less than nothing",
            format!("{start}Content-Length: -1\r\n\r\n"),
            "xxxxxxxxxxxxxxxx",
        ),
    ];
    for (name, head, filler) in &cases {
        book.note(&format!("{name} is broken off"), broken_off(server, head, filler));
    }
    let datagram = || -> Result<String> {
        let mut mouth = Mouth::new(scene.host.sip())?;
        let filler = format!("X-Long: {}\r\n", "x".repeat(60_000));
        let long = mouth.message("OPTIONS", FUZZER, &filler);
        mouth.say(long.as_bytes());
        let asked = mouth.ask()?;
        Ok(format!(
            "then OPTIONS answered in {:.1} ms",
            asked.as_secs_f64() * 1e3
        ))
    }();
    book.note("a datagram with a header of 60 kB", datagram);
}

/// The most that is sent before the host has to have broken off.
const ENDLESS: usize = 8 << 20;

fn broken_off(server: SocketAddr, head: &str, filler: &str) -> Result<String> {
    let mut stream = TcpStream::connect(server).context("connecting")?;
    stream
        .set_write_timeout(Some(REPLY_LIMIT))
        .context("a time limit")?;
    stream
        .set_read_timeout(Some(REPLY_LIMIT))
        .context("a time limit")?;
    stream.write_all(head.as_bytes()).context("the head")?;
    let piece = filler.repeat(16_384 / filler.len());
    let mut sent = head.len();
    while sent < ENDLESS {
        match stream.write_all(piece.as_bytes()) {
            Ok(()) => sent += piece.len(),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                bail!("after {} KiB the host neither reads nor closes", sent / 1024)
            }
            Err(_) => return Ok(format!("closed within {} KiB", sent / 1024)),
        }
    }
    let mut rest = Vec::new();
    match stream.read_to_end(&mut rest) {
        Ok(_) => Ok(format!("closed after {} KiB", sent / 1024)),
        Err(error) => bail!("{} KiB were taken without a close: {error}", sent / 1024),
    }
}

/// Guessed passwords for a phone that is in use: all refused, and the phone itself is not locked out.
pub fn guesses(scene: &mut Porch, book: &mut Book, guesses: usize) {
    // The log has its window for lines of this kind to itself.
    std::thread::sleep(LOG_WINDOW);
    let before = scene.host.log().len();
    let refused = guess(scene, guesses);
    book.note("guessed passwords", refused);
    let log = scene.host.log();
    let grown = log.get(before..).unwrap_or_default();
    book.note(
        "the operator reads of them, and the log is kept short",
        told(grown, guesses),
    );
    let phone = scene.owner.register_anew();
    let called = phone.and_then(|()| scene.lenient.call_and_hear("owner", GOOD_HZ));
    book.note(
        "the owner registers and is called",
        called.map(|ms| format!("{ms:.1} ms")),
    );
}

fn told(grown: &str, guesses: usize) -> Result<String> {
    let lines = grown
        .lines()
        .filter(|line| line.contains("ChallengeResponseFailed"))
        .count();
    let words = format!("{lines} lines for {guesses} guesses");
    if lines == 0 || lines > guesses / 4 {
        bail!("{words}");
    }
    Ok(words)
}

fn guess(scene: &Porch, guesses: usize) -> Result<String> {
    let server = scene.host.sip();
    let mut mouth = Mouth::new(server)?;
    let first = mouth.message("REGISTER", "6008", "");
    mouth.say(first.as_bytes());
    let mut nonce = None;
    let began_at = Instant::now();
    while nonce.is_none() && began_at.elapsed() < REPLY_LIMIT {
        std::thread::sleep(Duration::from_millis(2));
        let heard = mouth.hear();
        nonce = heard
            .iter()
            .find_map(|(_, text)| Some(text.split_once("nonce=\"")?.1.split_once('"')?.0.to_owned()));
    }
    let nonce = nonce.context("no challenge came")?;
    let mut chance = Chance::new(scene.seed, 30);
    let mut statuses: std::collections::BTreeMap<u16, usize> = std::collections::BTreeMap::new();
    for n in 0..guesses {
        let response: String = (0..32).map(|_| format!("{:x}", chance.below(16))).collect();
        let proof = format!(
            "Authorization: Digest username=\"6008\", realm=\"asterisk\", nonce=\"{nonce}\", uri=\"sip:600@{server}\", \
             response=\"{response}\", algorithm=MD5, qop=auth, nc={:08x}, cnonce=\"c\"\r\n",
            n + 1
        );
        let message = mouth.message("REGISTER", "6008", &proof);
        mouth.say(message.as_bytes());
        if n % BURST == 0 {
            mouth
                .hear()
                .into_iter()
                .for_each(|(status, _)| *statuses.entry(status).or_default() += 1);
            std::thread::sleep(BREATH);
        }
    }
    mouth.ask()?;
    let took = began_at.elapsed();
    let words = format!("{guesses} in {} ms, replies {statuses:?}", took.as_millis());
    if statuses.keys().any(|status| *status < 400) || statuses.is_empty() {
        bail!("{words}");
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_the_same_for_the_same_seed_and_mostly_not_a_message() {
        let server = SocketAddr::from(([127, 0, 0, 1], 9));
        let mut mouth = Mouth::new(server).unwrap();
        let draw = |mouth: &mut Mouth| {
            mouth.said = 0;
            let mut chance = Chance::new(7, 20);
            (0..200).map(|_| noise_of(mouth, &mut chance)).collect::<Vec<_>>()
        };
        let first = draw(&mut mouth);
        assert_eq!(first, draw(&mut mouth));
        assert!(first.iter().all(|datagram| datagram.len() <= DATAGRAM_MAX));
        assert!(first.iter().any(|datagram| datagram.starts_with(b"INVITE")));
    }
}
