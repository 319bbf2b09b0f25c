//! A web server that may be reached and does harm to who asks it, and components that ask it without an end.

use crate::components;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long a question may take to come.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two bytes of an answer that trickles.
const DROP: Duration = Duration::from_millis(20);
/// Exchanges a plugin may have in a minute, and at a time.
pub const PER_MINUTE: u64 = 600;
pub const AT_ONCE: u64 = 16;
/// Components that hold connections.
const HOLDERS: usize = 8;

/// What was asked, by path.
#[derive(Default)]
struct Seen {
    asked: BTreeMap<String, u64>,
    open: BTreeMap<String, u64>,
    most: BTreeMap<String, u64>,
}

/// The server. What it does is the first word of the path.
pub struct Far {
    pub port: u16,
    seen: Arc<Mutex<Seen>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Far {
    pub fn set() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").context("a listener")?;
        let port = listener.local_addr().context("a listener")?.port();
        let (seen, stop) = (Arc::<Mutex<Seen>>::default(), Arc::new(AtomicBool::new(false)));
        let (book, is_over) = (Arc::clone(&seen), Arc::clone(&stop));
        let thread = std::thread::Builder::new().name("far server".to_owned());
        let thread = thread.spawn(move || {
            for stream in listener.incoming().flatten() {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                let (book, is_over) = (Arc::clone(&book), Arc::clone(&is_over));
                // It ends with its connection, or when the server does.
                std::thread::spawn(move || serve(stream, &book, &is_over));
            }
        });
        Ok(Self {
            port,
            seen,
            stop,
            thread: Some(thread.context("starting a thread")?),
        })
    }

    /// How often a path was asked for.
    pub fn asked(&self, path: &str) -> u64 {
        lock(&self.seen).asked.get(path).copied().unwrap_or(0)
    }

    /// How many answers are under way.
    pub fn open(&self) -> u64 {
        lock(&self.seen).open.values().sum()
    }

    /// How many were under way at the most, of each path that begins so.
    pub fn most(&self, prefix: &str) -> Vec<u64> {
        let seen = lock(&self.seen);
        let of = seen.most.iter().filter(|(path, _)| path.starts_with(prefix));
        of.map(|(_, most)| *most).collect()
    }
}

impl Drop for Far {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // So that it looks up.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers what comes on one connection, until who asks has enough.
fn serve(mut stream: TcpStream, seen: &Mutex<Seen>, is_over: &AtomicBool) {
    let limited = stream.set_read_timeout(Some(PATIENCE));
    if limited.is_err() || stream.set_write_timeout(Some(PATIENCE)).is_err() {
        return;
    }
    while let Some(path) = question(&mut stream) {
        {
            let mut seen = lock(seen);
            *seen.asked.entry(path.clone()).or_default() += 1;
            let open = seen.open.entry(path.clone()).or_default();
            *open += 1;
            let open = *open;
            let most = seen.most.entry(path.clone()).or_default();
            *most = open.max(*most);
        }
        let answered = answer(&mut stream, &path, is_over);
        if let Some(open) = lock(seen).open.get_mut(&path) {
            *open -= 1;
        }
        if answered.is_err() {
            return;
        }
    }
}

/// The path of the next question; none if there is none.
fn question(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut piece = [0; 4096];
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => return None,
            Ok(count) => head.extend_from_slice(&piece[..count]),
        }
    }
    let text = String::from_utf8_lossy(&head);
    text.split(' ').nth(1).map(str::to_owned)
}

fn answer(stream: &mut TcpStream, path: &str, is_over: &AtomicBool) -> std::io::Result<()> {
    let go_on = || !is_over.load(Ordering::Relaxed);
    let mut words = path.split('/').skip(1);
    match words.next().unwrap_or_default() {
        "trickle" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")?;
            while go_on() {
                stream.write_all(b"x")?;
                std::thread::sleep(DROP);
            }
        }
        "silent" => {
            // Whoever gives up closes.
            while go_on() && stream.read(&mut [0; 64])? > 0 {}
        }
        "body" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
            while go_on() {
                stream.write_all(&[b'x'; 16 << 10])?;
            }
        }
        "headers" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n")?;
            let lines = b"X-More: of them\r\n".repeat(1_000);
            while go_on() {
                stream.write_all(&lines)?;
            }
        }
        "ring" => {
            let place: u32 = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
            let next = (place + 1) % 3;
            let text = format!("HTTP/1.1 302 Found\r\nLocation: /ring/{next}\r\nContent-Length: 0\r\n\r\n");
            return stream.write_all(text.as_bytes());
        }
        _ => return stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    }
    stream.shutdown(Shutdown::Both)?;
    Err(std::io::ErrorKind::ConnectionAborted.into())
}

/// A router that asks that server.
pub struct WebGuest {
    pub name: &'static str,
    path: &'static str,
    then: &'static str,
    /// One of these words is in the reason the operator reads.
    pub words: &'static [&'static str],
}

const fn asks(
    name: &'static str,
    path: &'static str,
    then: &'static str,
    words: &'static [&'static str],
) -> WebGuest {
    WebGuest {
        name,
        path,
        then,
        words,
    }
}

/// Says what came of one question: `answered`, or the name of the error.
const SAYS: &str =
    "(i32.store (i32.const 4100) (i32.add (i32.const 9000) (i32.mul (call $ask) (i32.const 12))))
    (i32.store8 (i32.const 4096) (i32.const 1)) (i32.store (i32.const 4104) (i32.const 12)) (i32.const 4096)";
const LOOPS: &str = "(loop $l (drop (call $ask)) (br $l)) unreachable";
const TOO_LONG: &[&str] = &["took more than"];

#[rustfmt::skip]
pub const GUESTS: &[WebGuest] = &[
    asks("far-loop", "/quick", LOOPS, &["processor time", "took more than"]),
    asks("far-trickle", "/trickle", SAYS, TOO_LONG),
    asks("far-silence", "/silent", SAYS, TOO_LONG),
    asks("far-endless-body", "/body", SAYS, &["failed: quota"]),
    asks("far-endless-headers", "/headers", SAYS, &["failed: unavailable"]),
    // It is told where to look, which is nobody's but its own to follow.
    asks("far-ring", "/ring/0", SAYS, &["failed: answered"]),
    asks("far-ring-followed", "/ring/1", LOOPS, &["processor time", "took more than"]),
];

/// What an answer is called, twelve bytes each: the errors in the order of `ucx:types/common`.
const ANSWERS: &str = "answered    not-found   gone        invalid     denied      quota       conflict    \
                       timeout     cancelled   unavailable other       ";

fn text(port: u16, path: &str, then: &str) -> Result<Vec<u8>> {
    let url = format!("http://127.0.0.1:{port}{path}");
    let length = url.len();
    let items = format!(
        r#"(import "ucx:host/http@0.1.0" "fetch"
            (func $fetch (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
        (memory (export "memory") 2)
        (data (i32.const 8192) "GET") (data (i32.const 8200) "{url}") (data (i32.const 9000) "{ANSWERS}")
        (func $ask (result i32)
            (call $fetch (i32.const 8192) (i32.const 3) (i32.const 8200) (i32.const {length}) (i32.const 0) (i32.const 0)
                (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 12288))
            (select (i32.add (i32.load8_u (i32.const 12292)) (i32.const 1)) (i32.const 0) (i32.load8_u (i32.const 12288))))"#
    );
    components::router(&items, then)
}

impl WebGuest {
    pub fn component(&self, port: u16) -> Result<Vec<u8>> {
        text(port, self.path, self.then).with_context(|| self.name.to_owned())
    }

    pub fn manifest(&self, port: u16) -> String {
        components::manifest(self.name, &format!("[asks]\nhttp = ['127.0.0.1:{port}']"))
    }
}

/// The components that hold connections: each asks for what trickles, and may wait for long.
pub fn holders() -> Vec<String> {
    (1..=HOLDERS)
        .map(|number| format!("far-holds-{number}"))
        .collect()
}

/// The component of one of them.
pub fn holding(name: &str, port: u16) -> Result<Vec<u8>> {
    text(port, &format!("/trickle/{name}"), SAYS)
}

/// Its manifest.
pub fn holds(name: &str, port: u16) -> String {
    let more =
        format!("fallback = {{ reject = 34 }}\n[budget]\nwall-ms = 800\n[asks]\nhttp = ['127.0.0.1:{port}']");
    components::manifest(name, &more)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_one_that_asks_is_a_component_of_its_own_name() {
        for guest in GUESTS {
            let made = guest.component(40_000);
            assert!(made.is_ok(), "{}: {:#}", guest.name, made.unwrap_err());
            assert_eq!(GUESTS.iter().filter(|other| other.name == guest.name).count(), 1);
        }
        assert!(holding("far-holds-1", 40_000).is_ok());
        assert_eq!(ANSWERS.len(), 11 * 12);
        assert_eq!(&ANSWERS[9 * 12..10 * 12], "unavailable ");
    }

    #[test]
    fn the_server_counts_who_asks_and_who_is_still_there() {
        let far = Far::set().unwrap();
        let ask = |path: &str| {
            let mut stream = TcpStream::connect(("127.0.0.1", far.port)).unwrap();
            stream
                .write_all(format!("GET {path} HTTP/1.1\r\n\r\n").as_bytes())
                .unwrap();
            let count = stream.read(&mut [0; 64]).unwrap();
            assert!(count > 0, "{path}");
            stream
        };
        let held = [ask("/trickle/a"), ask("/trickle/a"), ask("/ring/2")];
        assert_eq!((far.asked("/trickle/a"), far.open()), (2, 2));
        assert_eq!(far.most("/trickle"), [2]);
        drop(held);
        let until = std::time::Instant::now() + PATIENCE;
        while far.open() > 0 && std::time::Instant::now() < until {
            std::thread::sleep(DROP);
        }
        assert_eq!((far.open(), far.asked("/ring/2")), (0, 1));
    }
}
