//! Hostile programs behind the dialplan's `AGI`, and floods of commands for a channel that waits for some.

use crate::ami::{Ami, closes_within};
use crate::chance::Chance;
use crate::hall::Hall;
use crate::phone::Outcome;
use crate::scene::FALLBACK_HZ;
use anyhow::{Context, Result, bail};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

/// How long a program goes on with what it does.
const RAGE: Duration = Duration::from_millis(700);

/// From INVITE to its end: the program's time, and as much again for the rest; a program that does not read is waited for a
/// little longer than its replies may lie unread.
const LIMIT_MS: f64 = 6_000.0;
const DEAF_LIMIT_MS: f64 = 12_000.0;

/// What one program does with its connection.
type Misdeed = fn(&mut TcpStream) -> std::io::Result<()>;

fn until_tired(mut work: impl FnMut() -> std::io::Result<()>) -> std::io::Result<()> {
    let began_at = Instant::now();
    while began_at.elapsed() < RAGE {
        work()?;
    }
    Ok(())
}

const MISDEEDS: &[(&str, Misdeed)] = &[
    ("says nothing", |_| {
        std::thread::sleep(RAGE);
        Ok(())
    }),
    ("goes at once", |_| Ok(())),
    ("says half a line", |stream| stream.write_all(b"GET VARIA")),
    ("says a line without an end", |stream| {
        let piece = [b'x'; 16 << 10];
        until_tired(|| stream.write_all(&piece))
    }),
    ("says what makes no sense", |stream| {
        let mut noise = 1_u32;
        until_tired(|| {
            let piece: Vec<u8> = (0..4_096)
                .map(|_| {
                    noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    noise.to_be_bytes()[0]
                })
                .collect();
            stream.write_all(&piece)?;
            drain(stream)
        })
    }),
    ("says empty lines", |stream| {
        let piece = [b'\n'; 4_096];
        until_tired(|| {
            stream.write_all(&piece)?;
            drain(stream)
        })
    }),
    ("asks without a pause", |stream| {
        let piece = b"NOOP\n".repeat(800);
        until_tired(|| {
            stream.write_all(&piece)?;
            drain(stream)
        })
    }),
    ("says a byte at a time", |stream| {
        let mut bytes = b"NOOP\n".iter().cycle();
        until_tired(|| {
            std::thread::sleep(Duration::from_millis(20));
            stream.write_all(&[*bytes.next().unwrap_or(&b'\n')])
        })
    }),
    ("makes the longest values", |stream| {
        let piece = format!("SET VARIABLE LONG {}\n", "x".repeat(2_000));
        until_tired(|| {
            stream.write_all(piece.as_bytes())?;
            drain(stream)
        })
    }),
];

/// Reads what is there.
fn drain(stream: &mut TcpStream) -> std::io::Result<()> {
    let mut sink = [0; 64 << 10];
    stream.set_nonblocking(true)?;
    while let Ok(count) = stream.read(&mut sink) {
        if count == 0 {
            break;
        }
    }
    stream.set_nonblocking(false)
}

pub fn attack(hall: &mut Hall<'_>) {
    let mut order: Vec<usize> = (0..MISDEEDS.len()).collect();
    Chance::new(hall.scene.seed, 50).shuffle(&mut order);
    for (what, misdeed) in order
        .into_iter()
        .take(hall.measure.programs)
        .map(|n| &MISDEEDS[n])
    {
        hall.attack(&format!("Gateway: a program that {what}"), |hall| {
            called(hall, *misdeed, LIMIT_MS)
        });
    }
    if hall.measure.programs >= MISDEEDS.len() {
        hall.attack("Gateway: a program that never reads", |hall| {
            called(hall, does_not_read, DEAF_LIMIT_MS)
        });
    }
    hall.attack("Gateway: a flood of commands for one channel", commands);
}

/// The host gives up a program that leaves its replies unread.
fn does_not_read(stream: &mut TcpStream) -> std::io::Result<()> {
    let piece = b"GET FULL VARIABLE ${EXTEN}\n".repeat(800);
    loop {
        if stream.write_all(&piece).is_err() {
            return Ok(());
        }
    }
}

/// A call whose program misbehaves: its dialplan goes on in time, and somebody is heard.
fn called(hall: &mut Hall<'_>, misdeed: Misdeed, limit_ms: f64) -> Result<String> {
    let programs = hall.scene.programs.try_clone().context("a second handle")?;
    let program = std::thread::spawn(move || serve(&programs, misdeed));
    let heard = hall.scene.lenient.call_and_hear("program", FALLBACK_HZ);
    // A program that was not asked would wait for ever.
    let _ = TcpStream::connect(hall.scene.programs.local_addr().context("a listener")?);
    let served = program.join().ok().context("the program panicked")?;
    if heard.is_ok() {
        // One that never came had nobody to come to.
        drain_backlog(&hall.scene.programs)?;
    }
    let after_ms = heard?;
    if after_ms > limit_ms {
        bail!("the call went on after {after_ms:.0} ms, more than {limit_ms:.0}");
    }
    Ok(format!(
        "{after_ms:.0} ms{}",
        if served { "" } else { "; broken off by the host" }
    ))
}

/// Takes one connection; whether it could do all it wanted.
fn serve(programs: &TcpListener, misdeed: Misdeed) -> bool {
    let Ok((mut stream, _)) = programs.accept() else {
        return false;
    };
    misdeed(&mut stream).is_ok()
}

/// Connections that nobody took.
fn drain_backlog(programs: &TcpListener) -> Result<()> {
    programs.set_nonblocking(true).context("a listener")?;
    while programs.accept().is_ok() {}
    programs.set_nonblocking(false).context("a listener")
}

/// More commands than may wait: the rest is refused, those who wait are done, and the channel can be let go.
fn commands(hall: &mut Hall<'_>) -> Result<String> {
    let manager = hall.scene.host.manager()?;
    let mut ear = Ami::log_in(manager, "agi")?;
    let call = match hall.scene.lenient.call("queue")? {
        Outcome::Answered { call, .. } => call,
        Outcome::Failed { status, .. } => bail!("the call failed: {status}"),
    };
    let started = next_event(&mut ear, "AsyncAGIStart")?;
    let channel = started
        .lines()
        .find_map(|line| line.strip_prefix("Channel: "))
        .context("the event names no channel")?
        .to_owned();
    let mut ami = Ami::log_in(manager, "off")?;
    let count = hall.measure.commands;
    // One that takes a while stands before the others.
    ami.ask(&format!(
        "Action: AGI\r\nChannel: {channel}\r\nCommand: EXEC Wait 2"
    ))?;
    let began_at = Instant::now();
    let (mut taken, mut refused) = (0, 0);
    let batch =
        format!("Action: AGI\r\nChannel: {channel}\r\nCommand: NOOP\r\nCommandID: flood\r\n\r\n").repeat(50);
    for _ in 0..count / 50 {
        ami.say(batch.as_bytes())?;
        for _ in 0..50 {
            if ami.block()?.contains("Response: Success") {
                taken += 1;
            } else {
                refused += 1;
            }
        }
    }
    let took = began_at.elapsed();
    let until = Instant::now() + Duration::from_secs(5);
    loop {
        let answer = ami.ask(&format!(
            "Action: AGI\r\nChannel: {channel}\r\nCommand: ASYNCAGI BREAK"
        ))?;
        if answer.contains("Response: Success") {
            break;
        }
        if Instant::now() > until {
            bail!("no room for the last command: {answer}");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    next_event(&mut ear, "AsyncAGIEnd")?;
    // The dialplan hangs up behind it.
    let _ = hall.scene.lenient.hangup(call);
    closes_within(
        &mut {
            ami.say(b"Action: Logoff\r\n\r\n")?;
            ami
        }
        .stream,
        Duration::from_secs(2),
    )?;
    if refused == 0 {
        bail!("{taken} commands were taken and none refused");
    }
    Ok(format!(
        "{taken} of {count} taken, {refused} refused, in {} ms; then the channel went on",
        took.as_millis()
    ))
}

fn next_event(ear: &mut Ami, name: &str) -> Result<String> {
    let until = Instant::now() + Duration::from_secs(5);
    while Instant::now() < until {
        let block = ear.block()?;
        if block.starts_with(&format!("Event: {name}\r\n")) {
            return Ok(block);
        }
    }
    bail!("no {name} came")
}
