//! Components that go wrong while they decide: the call takes its declared fallback in time, and the operator reads why.

use crate::book::Book;
use crate::chance::Chance;
use crate::phone::Outcome;
use crate::scene::{BOMBS, FALLBACK_HZ, GOOD_HZ, MISDEEDS, STRICT_CAUSE, Scene};
use crate::stream;
use anyhow::{Context, Result, bail};
use std::time::Duration;

/// From INVITE to its end: the wall clock's limit of a decision (250 ms), and as much again for the rest of the call.
const LIMIT_MS: f64 = 500.0;
/// Between two of them, so that the log has no reason to leave lines out.
const PAUSE: Duration = Duration::from_millis(60);
/// Hostile decisions asked for in a second when they come in bulk.
const RAGE_RATE: f64 = 40.0;

/// One call for each misdeed and each kind of fallback, in an order of the seed's choosing.
pub fn one_by_one(scene: &mut Scene, book: &mut Book) {
    let mut order: Vec<usize> = (0..MISDEEDS.len()).collect();
    Chance::new(scene.seed, 10).shuffle(&mut order);
    for misdeed in order.into_iter().map(|n| &MISDEEDS[n]) {
        let refused = told_once(scene, "rogue", misdeed.words, |scene| strict(scene, misdeed.name));
        book.note(
            &format!("{}: the caller is refused with the declared cause", misdeed.name),
            refused,
        );
        let led_on = told_once(scene, "rogue-lenient", misdeed.words, |scene| {
            lenient(scene, misdeed.name, FALLBACK_HZ)
        });
        book.note(
            &format!("{}: the caller hears the declared fallback", misdeed.name),
            led_on,
        );
    }
    for bomb in BOMBS {
        let id = format!("bomb-{}", bomb.name);
        let led_on = told_once(scene, &id, &[bomb.words], |scene| {
            lenient(scene, bomb.name, FALLBACK_HZ)
        });
        book.note(
            &format!("bomb {}: the caller hears the declared fallback", bomb.name),
            led_on,
        );
    }
    let traps = told_once(scene, "always-traps", &["trapped"], |scene| {
        lenient(scene, "traps", FALLBACK_HZ)
    });
    book.note("always-traps: the caller hears the declared fallback", traps);
    book.note(
        "a plugin that is not there: the dialplan goes on",
        lenient(scene, "missing", FALLBACK_HZ),
    );
    book.note("a flood of log lines is cut", flood(scene));
    book.note(
        "after all that the same component's good answer is followed",
        lenient(scene, "well", GOOD_HZ),
    );
}

fn strict(scene: &mut Scene, number: &str) -> Result<String> {
    match scene.strict.call(number)? {
        Outcome::Failed {
            status,
            cause,
            after_ms,
        } => {
            if cause != Some(STRICT_CAUSE) {
                bail!("refused with {status} and cause {cause:?} instead of {STRICT_CAUSE}");
            }
            in_time(after_ms).map(|words| format!("{status}, cause {STRICT_CAUSE}, {words}"))
        }
        Outcome::Answered { call, .. } => {
            scene.strict.hangup(call)?;
            bail!("the call was answered")
        }
    }
}

fn lenient(scene: &mut Scene, number: &str, hz: u16) -> Result<String> {
    let after_ms = scene.lenient.call_and_hear(number, hz)?;
    in_time(after_ms).map(|words| format!("{hz} Hz, {words}"))
}

fn in_time(after_ms: f64) -> Result<String> {
    if after_ms > LIMIT_MS {
        bail!("took {after_ms:.1} ms, more than {LIMIT_MS}");
    }
    Ok(format!("{after_ms:.1} ms"))
}

/// Whether a call that goes wrong is told to the operator exactly once, with one of the words, in events and in the log.
fn told_once(
    scene: &mut Scene,
    plugin: &str,
    words: &[&str],
    call: impl FnOnce(&mut Scene) -> Result<String>,
) -> Result<String> {
    let marks = [
        format!("Failed {{ plugin: \"{plugin}\","),
        format!("plugin=\"{plugin}\""),
    ];
    let events = |scene: &Scene| -> Result<Vec<String>> {
        let all = scene.host.events()?;
        Ok(all
            .into_iter()
            .filter(|event| event.contains(&marks[0]))
            .collect())
    };
    let lines = |scene: &Scene| {
        let log = scene.host.log();
        log.lines()
            .filter(|line| line.contains(&marks[1]) && line.contains("fallback"))
            .count()
    };
    let (told_before, logged_before) = (events(scene)?.len(), lines(scene));
    let went = call(scene)?;
    std::thread::sleep(PAUSE);
    let told = events(scene)?;
    if told.len() != told_before + 1 {
        bail!("told {} times in plugin events", told.len() - told_before);
    }
    let last = told.last().context("an event was counted")?;
    if !words.iter().any(|word| last.contains(word)) {
        bail!("told as {last}");
    }
    match lines(scene) - logged_before {
        1 => Ok(went),
        times => bail!("told {times} times in the log"),
    }
}

/// The component may get its verdict out or not, but its lines are cut, kept few, and do not fill the log.
fn flood(scene: &mut Scene) -> Result<String> {
    let before = scene.host.log().len();
    let outcome = scene.lenient.call("flood")?;
    if let Outcome::Answered { call, .. } = outcome {
        scene.lenient.hangup(call)?;
    }
    let kept = scene.host.ask("plugin logs rogue-lenient")?;
    let written = scene.host.log().len().saturating_sub(before);
    let words = format!(
        "{} lines kept, {} KiB written",
        kept.lines().count(),
        written / 1024
    );
    if kept.lines().count() > 256 || written > 256 << 10 {
        bail!("{words}");
    }
    Ok(words)
}

/// Hostile decisions in bulk: every caller is refused, and the log grows by a bounded amount.
pub fn in_bulk(scene: &Scene, book: &mut Book, lasts: Duration) {
    let numbers: Vec<&str> = MISDEEDS
        .iter()
        .map(|misdeed| misdeed.name)
        .chain(["flood"])
        .collect();
    let before = scene.host.log();
    let raged = stream::rage(scene.host.sip(), &numbers, RAGE_RATE, lasts, scene.seed, 77);
    let after = scene.host.log();
    let grown = after.get(before.len()..).unwrap_or_default();
    book.note("hostile decisions in bulk each find an end", ends(raged));
    book.note("the log is kept short meanwhile", short(grown, lasts));
}

fn ends(raged: Result<ucx_phone::LoadReport>) -> Result<String> {
    let raged = raged?;
    let by_status = format!("by status {:?}", raged.failed_by_status);
    if raged.open > 0 || raged.failed_by_status.keys().any(|status| *status < 480) {
        bail!("{} open; {by_status}", raged.open);
    }
    Ok(format!(
        "{} asked, {} refused, {by_status}",
        raged.begun, raged.failed
    ))
}

/// Bytes of the log a second, whatever components do.
const LOG_BYTES_PER_S: usize = 64 << 10;

fn short(grown: &str, lasts: Duration) -> Result<String> {
    let seconds = lasts.as_secs().max(1);
    let per_second = grown.len() / usize::try_from(seconds).unwrap_or(1);
    let words = format!(
        "{} lines, {} KiB a second",
        grown.lines().count(),
        per_second / 1024
    );
    if per_second > LOG_BYTES_PER_S {
        bail!("{words}, more than {}", LOG_BYTES_PER_S / 1024);
    }
    Ok(words)
}
