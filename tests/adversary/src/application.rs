//! Hostile clients of the Application interface: HTTP and WebSocket.

use crate::ami::{Ami, closes_within};
use crate::flood::{self, Slow};
use crate::hall::Hall;
use crate::http::{Http, KEY, frame};
use crate::manager::guessed;
use anyhow::{Context, Result, bail};
use std::io::Write;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// How long a request may take here (`session_inactivity`), and what an answer may add to it.
const INACTIVITY: Duration = Duration::from_secs(2);
const MARGIN: Duration = Duration::from_secs(3);

/// Connections there may be at once (`session_limit`).
const SESSION_LIMIT: usize = 100;

/// Bytes of a message that no socket takes.
const GIANT: usize = 1 << 20;

pub fn attack(hall: &mut Hall<'_>) {
    hall.attack(
        "HTTP: headers and bodies without an end, and one byte a second",
        without_end,
    );
    hall.attack("HTTP: idle connections by the thousand", idle);
    hall.attack("HTTP: requests in one breath", pipelined);
    hall.attack("HTTP: a storm of guessed keys", guesses);
    hall.attack("WebSocket: frames that no client may send", frames);
    hall.attack("WebSocket: a client that never reads is cut off", never_reads);
}

fn without_end(hall: &mut Hall<'_>) -> Result<String> {
    let (server, most) = (hall.scene.host.application()?, hall.measure.endless);
    let post = format!("POST /ari/events/user/x?{KEY}&application=nobody HTTP/1.1\r\nHost: here\r\n");
    let chunked = format!("{post}Transfer-Encoding: chunked\r\n\r\n");
    let table = [
        ("a request line", "GET /".to_owned(), "x"),
        ("a header", "GET / HTTP/1.1\r\nX: ".to_owned(), "x"),
        ("headers", "GET / HTTP/1.1\r\n".to_owned(), "X-A: b\r\n"),
        ("a body in chunks", chunked.clone(), "3\r\nabc\r\n"),
        (
            "a body of 100 GB",
            format!("{post}Content-Length: 100000000000\r\n\r\n"),
            "x",
        ),
        ("a chunk of 16 EB", format!("{chunked}ffffffffffffffff\r\n"), "x"),
    ];
    let mut all: Vec<Slow> = table
        .into_iter()
        .map(|(what, head, piece)| {
            Slow::of(what, move || {
                flood::endless(
                    server,
                    head.as_bytes(),
                    piece.as_bytes(),
                    most,
                    INACTIVITY + MARGIN,
                )
            })
        })
        .collect();
    all.push(Slow::of("a head by bytes", move || {
        let (text, pause) = (b"GET /ari/asterisk/info HTTP/1.1\r\nX: ", Duration::from_secs(1));
        let took = flood::drip(server, text, pause, INACTIVITY + MARGIN)?;
        Ok(format!("closed after {:.1} s", took.as_secs_f64()))
    }));
    all.push(Slow::of("a body by bytes", move || slow_body(server, &post)));
    flood::together(all)
}

fn slow_body(server: SocketAddr, post: &str) -> Result<String> {
    let head = format!("{post}Content-Type: application/json\r\nContent-Length: 10000\r\n\r\n");
    let mut stream = Http::connect(server)?.stream;
    stream.write_all(head.as_bytes()).context("the head")?;
    let began_at = Instant::now();
    while began_at.elapsed() < INACTIVITY + MARGIN {
        if closes_within(&mut stream, Duration::from_secs(1)).is_ok() || stream.write_all(b" ").is_err() {
            return Ok(format!("closed after {:.1} s", began_at.elapsed().as_secs_f64()));
        }
    }
    bail!("the host waits for {} s for a body", began_at.elapsed().as_secs())
}

/// Thousands that say nothing cost little, and an operator comes in while they stand there.
fn idle(hall: &mut Hall<'_>) -> Result<String> {
    let server = hall.scene.host.application()?;
    let mut idle = flood::idle(server, hall.measure.idle)?;
    let words = idle.check(SESSION_LIMIT)?;
    let answer = Http::connect(server)?.ask("GET", "asterisk/ping", "");
    let answer = answer.context("an operator comes in beside them")?;
    if answer.status != 200 {
        bail!("beside them a ping is answered {}", answer.status);
    }
    Ok(format!("{words}, and an operator beside them"))
}

fn pipelined(hall: &mut Hall<'_>) -> Result<String> {
    let mut http = Http::connect(hall.scene.host.application()?)?;
    let count = hall.measure.pipelined;
    let mut writer = http.stream.try_clone().context("a second handle")?;
    let began_at = Instant::now();
    let writing = std::thread::spawn(move || {
        let gets: String = (0..count)
            .map(|number| format!("GET /ari/channels/none-{number}?{KEY} HTTP/1.1\r\nHost: here\r\n\r\n"))
            .collect();
        writer.write_all(gets.as_bytes())
    });
    for number in 0..count {
        let answer = http.answer().with_context(|| format!("answer {number}"))?;
        if answer.status != 404 {
            bail!("request {number} is answered {} {}", answer.status, answer.body);
        }
    }
    writing
        .join()
        .ok()
        .context("the writer panicked")?
        .context("writing")?;
    Ok(format!(
        "{count} answered in {} ms",
        began_at.elapsed().as_millis()
    ))
}

fn guesses(hall: &mut Hall<'_>) -> Result<String> {
    let server = hall.scene.host.application()?;
    let count = hall.measure.logins.min(80);
    let before = hall.ear.security("InvalidPassword", "ARI");
    let guesses: Vec<_> = (0..count)
        .map(|number| {
            std::thread::spawn(move || -> Result<Duration> {
                let mut http = Http::connect(server)?;
                let began_at = Instant::now();
                let request = format!(
                    "GET /ari/asterisk/info?api_key=watcher:guess-{number} HTTP/1.1\r\nHost: here\r\n\r\n"
                );
                http.stream.write_all(request.as_bytes()).context("asking")?;
                match http.answer()?.status {
                    401 => Ok(began_at.elapsed()),
                    status => bail!("a guess is answered {status}"),
                }
            })
        })
        .collect();
    let mut fastest = Duration::MAX;
    for guess in guesses {
        fastest = fastest.min(guess.join().ok().context("a guesser panicked")??);
    }
    let count = count as u64;
    let told = hall.ear.security_until("InvalidPassword", "ARI", before + count) - before;
    guessed(count, fastest, told)
}

/// Each of them ends its own socket and nothing else.
fn frames(hall: &mut Hall<'_>) -> Result<String> {
    let server = hall.scene.host.application()?;
    let unmasked = vec![0x81, 2, b'{', b'}'];
    let mut too_long = vec![0x81, 0xff];
    too_long.extend_from_slice(&u64::MAX.to_be_bytes());
    too_long.extend_from_slice(&[0; 4]);
    let mut endless = frame(0x01, b"{");
    (0..200_000).for_each(|_| endless.extend(frame(0x00, b"          ")));
    let table: [(&'static str, Vec<u8>); 9] = [
        ("unmasked", unmasked),
        ("of a kind that is not there", frame(0x83, b"x")),
        ("with reserved bits", frame(0xf1, b"{}")),
        ("of 16 EB", too_long),
        ("of 1 MiB", frame(0x81, &vec![b' '; GIANT])),
        ("in pieces without an end", endless),
        ("that go on where nothing began", frame(0x80, b"x")),
        ("of a ping of 200 bytes", frame(0x89, &[b'x'; 200])),
        ("of text that is none", frame(0x81, &[0xff, 0xfe, 0xfd])),
    ];
    let count = table.len();
    let all = table.map(|(what, bytes)| Slow::of(what, move || closed_by(server, &bytes)));
    flood::together(all.into())?;
    let nonsense = [
        "",
        "nonsense",
        "[]",
        "{}",
        "{\"type\":\"RESTRequest\"}",
        "null",
        "{\"type\":1}",
    ];
    let mut socket = Http::upgrade(server, "hostile")?;
    for text in nonsense {
        socket
            .stream
            .write_all(&frame(0x81, text.as_bytes()))
            .context("writing")?;
    }
    let again = Http::connect(server)?.ask("GET", "applications/hostile", "")?;
    if again.status != 200 {
        bail!(
            "after requests that make no sense the application is gone: {}",
            again.status
        );
    }
    Ok(format!("{count} kinds, each ends its own socket"))
}

fn closed_by(server: SocketAddr, bytes: &[u8]) -> Result<String> {
    let mut socket = Http::upgrade(server, "hostile")?;
    // It may be closed before all is written.
    let _ = socket.stream.write_all(bytes);
    let took = closes_within(&mut socket.stream, Duration::from_secs(4))?;
    Ok(format!("{} ms", took.as_millis()))
}

/// Messages for a socket that never reads: it is cut off, and its application is gone.
fn never_reads(hall: &mut Hall<'_>) -> Result<String> {
    let server = hall.scene.host.application()?;
    let mut socket = Http::upgrade(server, "deaf")?;
    let mut asking = Http::connect(server)?;
    let mut teller = Ami::log_in(hall.scene.host.manager()?, "off")?;
    let began_at = Instant::now();
    let filling = "x".repeat(900);
    let batch = format!("Action: Setvar\r\nVariable: NOISE\r\nValue: {filling}\r\n\r\n").repeat(50);
    let mut told = 0;
    while told < hall.measure.events {
        teller.say(batch.as_bytes())?;
        for _ in 0..50 {
            teller.block()?;
        }
        told += 50;
        if told % 1_000 == 0 && asking.ask("GET", "applications/deaf", "")?.status == 404 {
            break;
        }
    }
    let closed = closes_within(&mut socket.stream, Duration::from_secs(5))?;
    let left = asking.ask("GET", "applications/deaf", "")?;
    if left.status != 404 {
        bail!("its application is still there: {}", left.status);
    }
    Ok(format!(
        "{told} messages of 1 KB in {} ms, closed when it looked {} ms later",
        began_at.elapsed().as_millis(),
        closed.as_millis()
    ))
}
