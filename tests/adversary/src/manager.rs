//! Hostile clients of the Manager interface.

use crate::ami::{Ami, USER, closes_within};
use crate::flood;
use crate::hall::Hall;
use anyhow::{Context, Result, bail};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// How long who has not logged in is kept here (`authtimeout`), and what an answer may add to it.
const AUTH_TIMEOUT: Duration = Duration::from_secs(2);
const MARGIN: Duration = Duration::from_secs(3);

/// Those who have not logged in that are kept at once (`authlimit`).
const AUTH_LIMIT: usize = 50;

/// How long a wrong login waits at least.
const FAILURE_DELAY: Duration = Duration::from_millis(900);

pub fn attack(hall: &mut Hall<'_>) {
    hall.attack("Manager: a client that never reads is cut off", never_reads);
    hall.attack("Manager: headers without an end, and one byte a second", |hall| {
        let (server, most) = (hall.scene.host.manager()?, hall.measure.endless);
        let mut all = vec![flood::Slow::of("a byte a second", move || {
            let (text, pause) = (b"Action: Login\r\n", Duration::from_secs(1));
            let took = flood::drip(server, text, pause, AUTH_TIMEOUT + MARGIN)?;
            Ok(format!("closed after {:.1} s", took.as_secs_f64()))
        })];
        for (what, piece) in [
            ("a line", &b"Action: x"[..]),
            ("headers", b"Variable: a=b\r\n"),
            ("messages without a login", b"Action: Ping\r\n\r\n"),
        ] {
            all.push(flood::Slow::of(what, move || {
                flood::endless(server, b"", piece, most, AUTH_TIMEOUT + MARGIN)
            }));
        }
        flood::together(all)
    });
    hall.attack("Manager: headers without an end behind the login", logged_in);
    hall.attack("Manager: idle connections by the thousand", idle);
    hall.attack("Manager: a storm of wrong logins", storm);
    hall.attack("Manager: requests in one breath", pipelined);
}

/// Tells events until one who never reads is over; the others hear all of them.
fn never_reads(hall: &mut Hall<'_>) -> Result<String> {
    let server = hall.scene.host.manager()?;
    let mut deaf = Ami::log_in(server, "on")?;
    let mut teller = Ami::log_in(server, "off")?;
    let began_at = Instant::now();
    let filling = "x".repeat(900);
    let batch = format!("Action: UserEvent\r\nUserEvent: Noise\r\nFilling: {filling}\r\n\r\n").repeat(50);
    let answered = |teller: &mut Ami| (0..50).try_for_each(|_| teller.block().map(drop));
    for _ in 0..hall.measure.events / 50 {
        teller.say(batch.as_bytes())?;
        answered(&mut teller)?;
    }
    let told = began_at.elapsed();
    // Its own system still holds what the host could write before it gave up.
    let closed = closes_within(&mut deaf.stream, Duration::from_secs(5))?;
    let sessions = teller.ask("Action: Command\r\nCommand: manager show connected")?;
    let left = sessions.matches(USER).count();
    if left > 4 {
        bail!("{left} sessions are left: {sessions}");
    }
    Ok(format!(
        "{} events of 1 KB told in {} ms, closed when it looked {} ms later",
        hall.measure.events,
        told.as_millis(),
        closed.as_millis()
    ))
}

/// A message of too many lines is one error, and the session goes on.
fn logged_in(hall: &mut Hall<'_>) -> Result<String> {
    let mut ami = Ami::log_in(hall.scene.host.manager()?, "off")?;
    let piece = b"Variable: a=b\r\n".repeat(1_000);
    let mut sent = 0;
    ami.say(b"Action: Ping\r\n")?;
    while sent < hall.measure.endless {
        ami.say(&piece)?;
        sent += piece.len();
    }
    ami.say(b"\r\n")?;
    let answer = ami.block()?;
    if !answer.contains("Too many lines") {
        bail!("it is answered {answer:?}");
    }
    if hall.ear.security_until("RequestBadFormat", "AMI", 1) == 0 {
        bail!("it was not told as a security event");
    }
    ami.ask("Action: Ping").context("after it")?;
    Ok(format!(
        "{} KiB in one message are refused, the next one is answered",
        sent / 1024
    ))
}

/// Thousands that say nothing cost little, and an operator comes in while they stand there.
fn idle(hall: &mut Hall<'_>) -> Result<String> {
    let server = hall.scene.host.manager()?;
    let mut idle = flood::idle(server, hall.measure.idle)?;
    let words = idle.check(AUTH_LIMIT)?;
    Ami::log_in(server, "off").context("an operator comes in beside them")?;
    Ok(format!("{words}, and an operator beside them"))
}

/// Whoever knows the password comes in, at once or as soon as there is a place.
fn operator_comes_in(server: SocketAddr) -> Result<()> {
    let until = Instant::now() + AUTH_TIMEOUT + MARGIN;
    loop {
        match Ami::log_in(server, "off") {
            Ok(_) => return Ok(()),
            Err(error) if Instant::now() > until => return Err(error).context("the operator is locked out"),
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

/// Guesses, each on a connection of its own; each waits for its answer, and the operator comes in all the same.
fn storm(hall: &mut Hall<'_>) -> Result<String> {
    let server = hall.scene.host.manager()?;
    let before = hall.ear.security("InvalidPassword", "AMI");
    let guess = move |number: usize| -> Result<Duration> {
        let mut ami = Ami::connect(server)?;
        let began_at = Instant::now();
        let answer = ami.ask(&format!(
            "Action: Login\r\nUsername: {USER}\r\nSecret: guess-{number}"
        ))?;
        if !answer.contains("Authentication failed") {
            bail!("a guess is answered {answer:?}");
        }
        Ok(began_at.elapsed())
    };
    let guesses: Vec<_> = (0..hall.measure.logins)
        .map(|number| std::thread::spawn(move || guess(number)))
        .collect();
    std::thread::sleep(Duration::from_millis(100));
    let began_at = Instant::now();
    operator_comes_in(server)?;
    let came_in = began_at.elapsed();
    let (mut answered, mut turned_away, mut fastest) = (0, 0, Duration::MAX);
    for guess in guesses {
        match guess.join().ok().context("a guesser panicked")? {
            Ok(took) => {
                answered += 1;
                fastest = fastest.min(took);
            }
            Err(_) => turned_away += 1,
        }
    }
    let told = hall
        .ear
        .security_until("InvalidPassword", "AMI", before + answered)
        - before;
    let words = guessed(answered, fastest, told)?;
    Ok(format!(
        "{words}, {turned_away} turned away; the operator is in after {} ms",
        came_in.as_millis()
    ))
}

/// Whether guesses were slow to be answered, and each was told as a security event.
pub fn guessed(answered: u64, fastest: Duration, told: u64) -> Result<String> {
    let words = format!(
        "{answered} answered after {} ms or more, {told} security events",
        fastest.as_millis()
    );
    if answered == 0 || fastest < FAILURE_DELAY || told < answered {
        bail!("{words}");
    }
    Ok(words)
}

/// Many requests in one breath are answered in their order.
fn pipelined(hall: &mut Hall<'_>) -> Result<String> {
    let mut ami = Ami::log_in(hall.scene.host.manager()?, "off")?;
    let count = hall.measure.pipelined;
    let mut writer = ami.stream.try_clone().context("a second handle")?;
    let began_at = Instant::now();
    let writing = std::thread::spawn(move || {
        let pings: String = (0..count)
            .map(|number| format!("Action: Ping\r\nActionID: {number}\r\n\r\n"))
            .collect();
        std::io::Write::write_all(&mut writer, pings.as_bytes())
    });
    for number in 0..count {
        let answer = ami.block()?;
        if !answer.contains(&format!("ActionID: {number}\r\n")) {
            bail!("request {number} is answered {answer:?}");
        }
    }
    writing
        .join()
        .ok()
        .context("the writer panicked")?
        .context("writing")?;
    Ok(format!(
        "{count} answered in order in {} ms",
        began_at.elapsed().as_millis()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_answers_guesses_at_once_or_tells_nobody_is_found_out() {
        let late = Duration::from_millis(1_004);
        assert!(guessed(40, late, 40).is_ok());
        assert!(guessed(40, Duration::from_millis(3), 40).is_err());
        assert!(guessed(40, late, 39).is_err());
        assert!(guessed(0, Duration::MAX, 0).is_err());
    }
}
