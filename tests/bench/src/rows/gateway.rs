//! What does a Gateway session cost: over TCP, in a program of its own, and steered by a Manager client?

use super::World;
use crate::ami::Ami;
use crate::generate::Load;
use crate::host::Host;
use crate::report::{Budget, Row, median, quantile};
use anyhow::{Context, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Sessions one call of the looping extension makes, one after the other.
const SESSIONS: f64 = 1_000.0;
/// Programs one call starts.
const PROGRAMS: f64 = 50.0;

pub fn measure(world: &World) -> Result<Vec<Row>> {
    let host = world.bare_host("gateway")?;
    let server = Server::start(host.gateway_port())?;
    let mut rows = fast(world, &host, &server)?;
    rows.push(forked(world, &host)?);
    rows.push(asynchronous(world, &host)?);
    host.stop()?;
    Ok(rows)
}

/// A FastAGI server that says two commands a session. One thread serves them all: a thread for each would cost more than
/// what is measured, on the same cores.
struct Server {
    served: Arc<AtomicU64>,
}

impl Server {
    fn start(port: u16) -> Result<Self> {
        let listener =
            std::net::TcpListener::bind(("127.0.0.1", port)).context("the Gateway server's socket")?;
        listener
            .set_nonblocking(true)
            .context("a socket that does not wait")?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()
            .context("starting a runtime")?;
        let served = Arc::new(AtomicU64::new(0));
        let count = served.clone();
        // Ends with this process.
        std::thread::spawn(move || runtime.block_on(serve(listener, count)));
        Ok(Self { served })
    }
}

async fn serve(listener: std::net::TcpListener, count: Arc<AtomicU64>) -> std::io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    loop {
        let (stream, _) = listener.accept().await?;
        let count = count.clone();
        tokio::spawn(async move {
            if session(stream).await.is_ok() {
                count.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
}

async fn session(mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut heard = Vec::with_capacity(1_024);
    while !heard.ends_with(b"\n\n") {
        hear(&mut stream, &mut heard).await?;
    }
    for command in ["SET VARIABLE A 1\n", "GET VARIABLE A\n"] {
        stream.write_all(command.as_bytes()).await?;
        heard.clear();
        while !heard.ends_with(b"\n") {
            hear(&mut stream, &mut heard).await?;
        }
        if !heard.starts_with(b"200 result=1") {
            return Err(std::io::Error::other(String::from_utf8_lossy(&heard)));
        }
    }
    Ok(())
}

async fn hear(stream: &mut TcpStream, heard: &mut Vec<u8>) -> std::io::Result<()> {
    match stream.read_buf(heard).await? {
        0 => Err(std::io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(()),
    }
}

/// Calls that run many sessions, some at a time; the cost of the loop itself is that of extension 800.
fn fast(world: &World, host: &Host, server: &Server) -> Result<Vec<Row>> {
    let looping = Load::new(host.sip(), "800", 20.0, world.time(500, 200));
    // All at once: what is measured is how they run, not how they begin.
    let load = Load::new(host.sip(), "850", 200.0, world.time(50, 25)).hold(Duration::from_secs(30));
    world.cpu_a_call(host, &looping)?;
    let (plain, _) = world.cpu_a_call(host, &looping)?;
    let (before, cpu, began) = (server.served.load(Ordering::Relaxed), host.cpu()?, Instant::now());
    let running = load.start()?;
    let mut last = (Instant::now(), before);
    let mut course = Vec::new();
    while last.1 == before || last.0.elapsed() < Duration::from_secs(2) {
        std::thread::sleep(Duration::from_millis(5));
        let served = server.served.load(Ordering::Relaxed);
        if served != last.1 {
            last = (Instant::now(), served);
            course.push(last);
        }
        if began.elapsed() > Duration::from_secs(60) {
            break;
        }
    }
    let used = host.cpu()?.saturating_sub(cpu).as_secs_f64() * 1e6;
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let sessions = (last.1 - before) as f64;
    let rate = rate_between(
        &course,
        before + (last.1 - before) / 5,
        last.1 - (last.1 - before) / 5,
    );
    host.ask("channel request hangup all")?;
    running.end()?;
    host.quiet()?;
    let a_turn = plain / crate::host::LOOPS * 2.0 / 3.0;
    let cost = Row::new(
        "FastAGI, two commands, CPU per session",
        used / sessions - a_turn,
        "µs",
        Budget::AtMost(100.0),
    );
    let rate = Row::new(
        "FastAGI, two commands, sessions",
        rate,
        "/s",
        Budget::AtLeast(10_000.0),
    );
    Ok(vec![
        cost.peer("500 µs").note(format!(
            "{sessions:.0} sessions, without the {a_turn:.1} µs of the loop around each"
        )),
        rate.peer("≤ 2,080/s").note("with the server on the same cores"),
    ])
}

/// Sessions a second while the count went from one number to another; 0 if it never did.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn rate_between(course: &[(Instant, u64)], from: u64, to: u64) -> f64 {
    let reached = |number| course.iter().find(|(_, count)| *count >= number);
    let (Some(first), Some(second)) = (reached(from), reached(to)) else {
        return 0.0;
    };
    (second.1 - first.1) as f64 / second.0.duration_since(first.0).as_secs_f64().max(1e-9)
}

fn forked(world: &World, host: &Host) -> Result<Row> {
    let load = Load::new(host.sip(), "851", 1.0, world.time(2_500, 900)).hold(Duration::from_secs(60));
    let before = host.ask("core show channels count")?;
    let (cpu, began) = (host.cpu_with_children()?, Instant::now());
    let running = load.start()?;
    std::thread::sleep(load.duration);
    while host.ask("core show channels count")? != before && began.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(10));
    }
    let took = began.elapsed();
    let calls = running.end()?;
    let used = host.cpu_with_children()?.saturating_sub(cpu).as_secs_f64() * 1e3;
    let programs = calls.begun() * PROGRAMS;
    let row = Row::new("AGI forked", used / programs, "ms", Budget::AtMost(3.0));
    Ok(row.peer("15-30 ms").note(format!(
        "CPU with that of /bin/sh, which says two commands; {programs:.0} programs in {:.1} s",
        took.as_secs_f64()
    )))
}

fn asynchronous(world: &World, host: &Host) -> Result<Row> {
    let mut client = Ami::login(host.manager(), "agi")?;
    let load = Load::new(host.sip(), "852", 10.0, world.time(4_000, 1_500)).hold(Duration::from_secs(20));
    let running = load.start()?;
    let mut times = Vec::new();
    let calls = (load.rate * load.duration.as_secs_f64() * 0.9).floor();
    for _ in 0..world.rounds(30, 10).min(calls as usize) {
        let started = client.message_with("Event: AsyncAGIStart")?;
        let channel = started
            .lines()
            .find_map(|line| line.strip_prefix("Channel: "))
            .context("a channel in AsyncAGIStart")?
            .to_owned();
        let began = Instant::now();
        for command in ["SET VARIABLE A 1", "GET VARIABLE A", "ASYNCAGI BREAK"] {
            client.send(&format!(
                "Action: AGI\r\nChannel: {channel}\r\nCommand: {command}\r\nCommandID: c\r\n\r\n"
            ))?;
            if command != "ASYNCAGI BREAK" {
                client.message_with("Event: AsyncAGIExec")?;
            }
        }
        client.message_with("Event: AsyncAGIEnd")?;
        times.push(began.elapsed().as_secs_f64() * 1e3);
    }
    drop(client);
    host.ask("channel request hangup all")?;
    running.end()?;
    host.quiet()?;
    let row = Row::new(
        "AsyncAGI, two commands and break",
        median(&times),
        "ms",
        Budget::AtMost(2.0),
    );
    Ok(row
        .spread(quantile(&times, 0.5), quantile(&times, 0.99))
        .peer("301 ms")
        .note(format!(
            "{} sessions; {SESSIONS:.0} a call in the row above",
            times.len()
        )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_that_of_the_middle() {
        let began = Instant::now();
        let at = |ms, count| (began + Duration::from_millis(ms), count);
        // A slow beginning and a slow end.
        let course = [at(0, 1), at(500, 20), at(600, 50), at(700, 80), at(1_900, 100)];
        assert!((rate_between(&course, 20, 80) - 300.0).abs() < 1e-6);
        assert!(rate_between(&course, 20, 101).abs() < 1e-9);
    }
}
