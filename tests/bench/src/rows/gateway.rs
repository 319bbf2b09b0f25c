//! What does a Gateway session cost: over TCP, in a program of its own, and steered by a Manager client?

use super::World;
use crate::ami::Ami;
use crate::generate::Load;
use crate::host::Host;
use crate::report::{Budget, Row, median, quantile};
use anyhow::{Context, Result};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

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

/// A FastAGI server that says two commands a session.
struct Server {
    served: Arc<AtomicU64>,
}

impl Server {
    fn start(port: u16) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port)).context("the Gateway server's socket")?;
        let served = Arc::new(AtomicU64::new(0));
        let count = served.clone();
        // Ends with this process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let count = count.clone();
                std::thread::spawn(move || {
                    if session(&stream).is_ok() {
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        Ok(Self { served })
    }
}

fn session(stream: &TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    while reader.read_line(&mut line)? > 1 {
        line.clear();
    }
    for command in ["SET VARIABLE A 1\n", "GET VARIABLE A\n"] {
        let mut writer = stream;
        writer.write_all(command.as_bytes())?;
        line.clear();
        reader.read_line(&mut line)?;
        if !line.starts_with("200 result=1") {
            return Err(std::io::Error::other(line));
        }
    }
    Ok(())
}

/// Calls that run many sessions, some at a time; the cost of the loop itself is that of extension 800.
fn fast(world: &World, host: &Host, server: &Server) -> Result<Vec<Row>> {
    let load = Load::new(host.sip(), "850", 20.0, world.time(500, 200)).hold(Duration::from_secs(30));
    let looping = Load {
        number: "800",
        hold: Duration::ZERO,
        ..load.clone()
    };
    world.cpu_a_call(host, &looping)?;
    let (plain, _) = world.cpu_a_call(host, &looping)?;
    let (before, cpu, began) = (server.served.load(Ordering::Relaxed), host.cpu()?, Instant::now());
    let running = load.start()?;
    let mut last = (Instant::now(), before);
    while last.1 == before || last.0.elapsed() < Duration::from_secs(2) {
        std::thread::sleep(Duration::from_millis(5));
        let served = server.served.load(Ordering::Relaxed);
        if served != last.1 {
            last = (Instant::now(), served);
        }
        if began.elapsed() > Duration::from_secs(60) {
            break;
        }
    }
    let used = host.cpu()?.saturating_sub(cpu).as_secs_f64() * 1e6;
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let sessions = (last.1 - before) as f64;
    let rate = sessions / last.0.duration_since(began).as_secs_f64();
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
        rate.peer("≤ 2,080/s")
            .note("with the server and its threads on the same cores"),
    ])
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
