//! Floods of events, and of what becomes events: those that come back to who made them, more than anybody can hear, variables
//! without an end, and questions for an application that answers none.

use crate::ami::Ami;
use crate::book::Book;
use crate::components;
use crate::hall::Hall;
use crate::host;
use crate::http::{Http, KEY};
use crate::phone::Outcome;
use crate::scene::Porch;
use anyhow::{Context, Result, bail};
use std::io::Write as _;
use std::time::{Duration, Instant};

/// Subscribers that come for a while.
pub const LISTENERS: [&str; 2] = ["echo", "deaf"];
const EVENTS: &str = "events = ['call.started', 'channel.created', 'channel.state', 'channel.ended']";

/// How long something has to come about.
const LIMIT: Duration = Duration::from_secs(5);
/// How long floods are watched.
const WATCHED: Duration = Duration::from_millis(600);
/// Events that may wait for the deaf one.
const MAILBOX: u64 = 50;
/// Turns of the echo in a second: all its timers fire together every 10 ms, and each time it may be woken before the last.
const ECHOES_PER_S: u64 = 1_500;

/// Sets as many timers as there may be, each to fire at once, whenever one has fired.
const ECHO: &str = r#"(import "ucx:host/turn@0.1.0" "set-timer" (func $set (param i32 i32 i32 i32)))
    (memory (export "memory") 2) (data (i32.const 8192) "echo")"#;
const ECHOES: &str = "(local $n i32) (local.set $n (i32.const 64))
    (loop $l (call $set (i32.const 0) (i32.const 8192) (i32.const 4) (i32.const 12288))
        (local.set $n (i32.sub (local.get $n) (i32.const 1))) (br_if $l (local.get $n)))
    (i32.store8 (i32.const 4096) (i32.const 0)) (i32.const 4096)";
/// Takes some milliseconds of a processor for one event.
const DEAF: &str = "(local $n i32) (local.set $n (i32.const 5000000))
    (loop $l (local.set $n (i32.sub (local.get $n) (i32.const 1))) (br_if $l (local.get $n)))
    (i32.store8 (i32.const 4096) (i32.const 0)) (i32.const 4096)";

/// Subscribers under floods; `calls` are made for them.
pub fn attack(porch: &Porch, book: &mut Book, calls: usize) {
    book.note("events that come back to who made them", echo(porch));
    book.note("events of many channels for one who is slow", deaf(porch, calls));
}

fn put(porch: &Porch, id: &str, more: &str, wasm: &[u8]) -> Result<()> {
    let manifest =
        format!("id = '{id}'\nversion = '1'\nworlds = ['event-subscriber']\n[asks]\n{EVENTS}\n{more}\n");
    host::put(&porch.host.plugins(), id, &manifest, wasm)?;
    porch
        .host
        .until("it is active", LIMIT, &mut |host| {
            Ok(host.active()?.iter().any(|active| active == id))
        })
        .map(drop)
}

fn take_out(porch: &Porch, id: &str) -> Result<()> {
    for ending in ["wasm", "toml"] {
        let path = porch.host.plugins().join(format!("{id}.{ending}"));
        std::fs::remove_file(&path).with_context(|| format!("removing {}", path.display()))?;
    }
    porch.host.ask(&format!("plugin remove {id}")).map(drop)
}

/// Calls nobody answers, each two channels and their events.
fn originate(porch: &Porch, calls: usize) -> Result<()> {
    let mut ami = Ami::log_in(porch.host.manager()?, "off")?;
    for _ in 0..calls {
        let answer = ami.ask(
            "Action: Originate\r\nChannel: Local/600@noise\r\nApplication: Wait\r\nData: 1\r\nAsync: true",
        )?;
        if !answer.contains("Response: Success") {
            bail!("a call is answered {answer:?}");
        }
    }
    Ok(())
}

/// It goes on without an end, at a pace.
fn echo(porch: &Porch) -> Result<String> {
    put(porch, "echo", "", &components::subscriber(ECHO, ECHOES)?)?;
    let echoed = || -> Result<String> {
        originate(porch, 1)?;
        porch.host.until("it hears itself", LIMIT, &mut |host| {
            Ok(host.figure("echo", "Turns")? > 3)
        })?;
        let (before, began_at) = (porch.host.figure("echo", "Turns")?, Instant::now());
        std::thread::sleep(WATCHED);
        let turns = porch.host.figure("echo", "Turns")? - before;
        let per_s = turns * 1_000 / u64::try_from(began_at.elapsed().as_millis()).unwrap_or(u64::MAX);
        let words = format!("{per_s} turns a second");
        if turns == 0 || per_s > ECHOES_PER_S {
            bail!("{words}");
        }
        Ok(words)
    }();
    take_out(porch, "echo")?;
    echoed
}

/// What it cannot hear is lost and counted, and nothing piles up.
fn deaf(porch: &Porch, calls: usize) -> Result<String> {
    let rules = format!("[delivery]\nmailbox = {MAILBOX}\nbatch-max = 1");
    put(
        porch,
        "deaf",
        &rules,
        &components::subscriber(components::MEMORY, DEAF)?,
    )?;
    let lost = || -> Result<String> {
        let began_at = Instant::now();
        originate(porch, calls)?;
        porch.host.until("some are lost", LIMIT, &mut |host| {
            Ok(host.figure("deaf", "Lost")? > MAILBOX)
        })?;
        let (waiting, lost) = (
            porch.host.figure("deaf", "Waiting")?,
            porch.host.figure("deaf", "Lost")?,
        );
        let words = format!(
            "{waiting} wait and {lost} are lost after {calls} calls in {} ms",
            began_at.elapsed().as_millis()
        );
        // One more place is for the gap.
        if waiting > MAILBOX + 1 {
            bail!("{words}");
        }
        Ok(words)
    }();
    take_out(porch, "deaf")?;
    lost
}

/// Flows that set variables without an end: as many at once as the host lets, and then so many a second.
const SET_AT_ONCE: u64 = 200;
const SET_PER_S: u64 = 100;
const FLOWS: u64 = 3;

/// The clients' part of it.
pub fn from_outside(hall: &mut Hall<'_>) {
    hall.attack("Flows: variables set without an end", vary);
    hall.attack(
        "HTTP: large questions for an application that answers none",
        inbox,
    );
}

fn vary(hall: &mut Hall<'_>) -> Result<String> {
    let mut ear = Ami::log_in(hall.scene.host.manager()?, "call,dialplan")?;
    let began_at = Instant::now();
    let mut calls = Vec::new();
    for _ in 0..FLOWS {
        match hall.scene.lenient.call("vary")? {
            Outcome::Answered { call, .. } => calls.push(call),
            Outcome::Failed { status, .. } => bail!("the call failed: {status}"),
        }
    }
    std::thread::sleep(WATCHED);
    for call in calls {
        hall.scene.lenient.hangup(call)?;
    }
    // What was told before this answer was told before it.
    let mark = "Action: UserEvent\r\nUserEvent: Mark\r\n\r\n";
    ear.say(mark.as_bytes())?;
    let took = began_at.elapsed();
    let (until, mut set) = (Instant::now() + LIMIT, 0_u64);
    loop {
        let block = ear.block()?;
        if block.contains("UserEvent: Mark\r\n") || block.starts_with("Response: ") {
            break;
        }
        if block.starts_with("Event: VarSet\r\n") && block.contains("Variable: MARK\r\n") {
            set += 1;
        }
        if Instant::now() > until {
            bail!("no end of events after {set} variables");
        }
    }
    let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    let most = FLOWS * (SET_AT_ONCE + SET_PER_S * (ms + 500) / 1_000);
    let words = format!("{set} variables of {FLOWS} flows in {ms} ms");
    if set < FLOWS * SET_AT_ONCE / 2 || set > most {
        bail!("{words}, of which {most} are enough");
    }
    Ok(words)
}

/// The key once more, in the header that large questions need: `watcher:well-kept`.
const BASIC: &str = "Authorization: Basic d2F0Y2hlcjp3ZWxsLWtlcHQ=\r\n";

/// Connections that each ask something large and hear nothing; who asks beside them is answered, and when they go, what they
/// asked goes.
fn inbox(hall: &mut Hall<'_>) -> Result<String> {
    const ASKING: usize = 60;
    let server = hall.scene.host.application()?;
    let body = vec![b'x'; 512 << 10];
    let head = format!(
        "POST /ucx/v1/apps/foreman/slow HTTP/1.1\r\nHost: here\r\n{BASIC}Content-Length: {}\r\n\r\n",
        body.len()
    );
    let mut asking = Vec::new();
    for number in 0..ASKING {
        let mut http = Http::connect(server).with_context(|| format!("connection {number}"))?;
        http.stream.write_all(head.as_bytes()).context("asking")?;
        http.stream.write_all(&body).context("asking")?;
        asking.push(http);
    }
    let began_at = Instant::now();
    let request = format!("GET /ucx/v1/apps/foreman/lives?{KEY} HTTP/1.1\r\nHost: here\r\n\r\n");
    let mut honest = Http::connect(server)?;
    honest
        .stream
        .write_all(request.as_bytes())
        .context("asking beside them")?;
    let answer = honest.answer().context("beside them")?;
    let took = began_at.elapsed();
    if answer.status != 200 {
        bail!("beside them a question is answered {}", answer.status);
    }
    for http in &asking {
        http.stream.set_nonblocking(true).context("a socket")?;
        let mut first = [0; 1];
        let heard = std::io::Read::read(&mut &http.stream, &mut first);
        if heard.is_ok() {
            let mut rest = vec![0; 512];
            let count = std::io::Read::read(&mut &http.stream, &mut rest).unwrap_or(0);
            let told = String::from_utf8_lossy(&rest[..count]).into_owned();
            bail!("a question nobody answers is answered or cut off: {told}");
        }
    }
    drop(asking);
    Ok(format!(
        "{ASKING} of {} KiB wait, and one beside them is answered in {} ms",
        body.len() >> 10,
        took.as_millis()
    ))
}
