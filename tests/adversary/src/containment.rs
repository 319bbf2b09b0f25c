//! Every hostile component by its name: what becomes of its calls, what the operator reads, and what its neighbours feel.

use crate::beside::Beside;
use crate::book::Book;
use crate::chance::Chance;
use crate::components::{self, MEMORY};
use crate::guests::GUESTS;
use crate::host;
use crate::phone::Outcome;
use crate::scene::{FALLBACK_HZ, FORGED, Scene};
use crate::steps::{ROAMER, STEPS};
use anyhow::{Context, Result, bail};
use std::time::{Duration, Instant};

/// Between a call and a look at what was told of it.
const SETTLE: Duration = Duration::from_millis(60);
/// Of one kind the log takes so many lines in this time, and leaves further ones out.
const WINDOW: Duration = Duration::from_millis(1_100);
/// Between two calls of one case, so that there are not many more.
const PAUSE: Duration = Duration::from_millis(30);
/// How long a case goes on until the neighbour has made enough calls.
const RAGE_MAX: Duration = Duration::from_secs(3);
/// How long a subscriber may take until it is told of.
const TOLD_WITHIN: Duration = Duration::from_secs(10);

/// A case: whose, by which number, and one of these words is in the reason.
struct Case {
    what: &'static str,
    plugin: String,
    number: &'static str,
    words: &'static [&'static str],
}

fn cases() -> Vec<Case> {
    let guests = GUESTS.iter().map(|guest| Case {
        what: "guest",
        plugin: format!("guest-{}", guest.name),
        number: guest.name,
        words: guest.words,
    });
    let forged = FORGED.iter().map(|misdeed| Case {
        what: "forger",
        plugin: "rogue-lenient".to_owned(),
        number: misdeed.name,
        words: misdeed.words,
    });
    let flows = STEPS.iter().map(|steps| Case {
        what: "roamer",
        plugin: ROAMER.to_owned(),
        number: steps.name,
        words: steps.words,
    });
    guests.chain(forged).chain(flows).collect()
}

/// All of them in an order of the seed's choosing, with so many calls beside each.
pub fn attack(scene: &mut Scene, book: &mut Book, samples: usize) {
    let mut beside = match Beside::start(scene.host.sip(), scene.seed) {
        Ok(beside) => beside,
        Err(error) => return book.note("neighbours of components", Err(error)),
    };
    let undisturbed = beside.figures(samples.max(50));
    book.note("neighbours of components, undisturbed", undisturbed);
    let mut cases = cases();
    Chance::new(scene.seed, 11).shuffle(&mut cases);
    let count = cases.len();
    for case in cases {
        beside.begin();
        let held = contained(scene, &beside, &case, samples);
        let felt = beside.figures(samples);
        let words = held.and_then(|held| Ok(format!("{held}; beside: {}", felt?)));
        book.note(&format!("{} {}", case.what, case.number), words);
    }
    for watcher in WATCHERS {
        beside.begin();
        let held = watched(scene, watcher);
        let felt = beside.figures(samples);
        let words = held.and_then(|held| Ok(format!("{held}; beside: {}", felt?)));
        book.note(&format!("watcher {}", watcher.name), words);
    }
    beside.begin();
    book.note(
        &format!("neighbours after {} hostile components", count + WATCHERS.len()),
        beside.figures(samples.max(50)),
    );
    book.note("nobody came where nobody may be reached", scene.web.nobody_came());
}

/// One call that is looked at, then more of the same until the neighbour has made its calls.
fn contained(scene: &mut Scene, beside: &Beside, case: &Case, samples: usize) -> Result<String> {
    let before = told(scene, case)?.len();
    let began_at = Instant::now();
    scene.lenient.call_and_hear(case.number, FALLBACK_HZ)?;
    let took = began_at.elapsed();
    std::thread::sleep(SETTLE);
    let mut reasons = told(scene, case)?;
    if reasons.len() == before {
        // The log may have left the line out, as too many of its kind came before; in the next second it does not.
        std::thread::sleep(WINDOW);
        scene.lenient.call_and_hear(case.number, FALLBACK_HZ)?;
        std::thread::sleep(SETTLE);
        reasons = told(scene, case)?;
    }
    let [reason] = reasons.get(before..).unwrap_or_default() else {
        bail!(
            "told {} times: {reasons:?}",
            reasons.len() - before.min(reasons.len())
        );
    };
    if !case.words.iter().any(|word| reason.contains(word)) {
        bail!("told as {reason}");
    }
    let mut calls = 1;
    while beside.count() < samples && began_at.elapsed() < RAGE_MAX {
        if let Outcome::Answered { call, .. } = scene.lenient.call(case.number)? {
            scene.lenient.hangup(call)?;
        }
        calls += 1;
        std::thread::sleep(PAUSE);
    }
    for reason in told(scene, case)?.get(before..).unwrap_or_default() {
        if !case.words.iter().chain(SPARED).any(|word| reason.contains(word)) {
            bail!("told as {reason} after {calls} calls");
        }
    }
    let reason: String = short(reason).chars().take(120).collect();
    Ok(format!("{} ms, told: {reason}; {calls} calls", took.as_millis()))
}

/// Reasons the operator may read when a plugin has failed often enough not to be asked.
const SPARED: &[&str] = &["rests", "quarantine", "not tried", "spared"];

/// The log's lines about fallbacks of the case's plugin.
fn told(scene: &Scene, case: &Case) -> Result<Vec<String>> {
    let mark = format!("plugin=\"{}\"", case.plugin);
    let roaming = format!("plugin={}", case.plugin);
    let log = scene.host.log();
    let lines = log.lines().filter(|line| {
        (line.contains(&mark) || line.contains(&roaming)) && line.contains("the fallback is used")
    });
    Ok(lines.map(str::to_owned).collect())
}

/// The reason in a line of the log.
fn short(line: &str) -> &str {
    line.split_once("reason=").map_or(line, |(_, reason)| reason)
}

/// A hostile subscriber: what it does with a batch, and a word of what is told.
pub struct Watcher {
    pub name: &'static str,
    on_events: &'static str,
    words: &'static str,
}

pub const WATCHERS: &[Watcher] = &[
    Watcher {
        name: "traps-on-every-batch",
        on_events: "unreachable",
        words: "trapped",
    },
    Watcher {
        name: "loops-on-every-batch",
        on_events: "(loop $l (br $l)) unreachable",
        words: "processor time",
    },
    Watcher {
        name: "grows-on-every-batch",
        on_events: "(loop $l (br_if $l (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable",
        words: "of memory and may not",
    },
    Watcher {
        name: "answers-what-is-none",
        on_events: "(i32.store8 (i32.const 4096) (i32.const 9)) (i32.const 4096)",
        words: "trapped",
    },
];

/// A subscriber comes, fails on what it hears, and is told of.
fn watched(scene: &mut Scene, watcher: &Watcher) -> Result<String> {
    let id = format!("watcher-{}", watcher.name);
    let manifest = format!(
        "id = '{id}'\nversion = '1'\nworlds = ['event-subscriber']\n[asks]\nevents = ['call.started']\n[delivery]\nretry-max = 1\n"
    );
    let place = scene.host.plugins();
    let wasm = components::subscriber(MEMORY, watcher.on_events)?;
    host::put(&place, &id, &manifest, &wasm)?;
    let failed = format!("Failed {{ plugin: \"{id}\"");
    let aside = format!("SetAside {{ plugin: \"{id}\"");
    let held = scene
        .host
        .until("its batch is set aside", TOLD_WITHIN, &mut |host| {
            let events = host.events()?;
            let has = |mark: &str, words: &str| {
                events
                    .iter()
                    .any(|event| event.contains(mark) && event.contains(words))
            };
            Ok(has(&failed, watcher.words) && has(&aside, ""))
        });
    for ending in ["wasm", "toml"] {
        let path = place.join(format!("{id}.{ending}"));
        std::fs::remove_file(&path).with_context(|| format!("removing {}", path.display()))?;
    }
    let took = held?;
    scene.host.ask(&format!("plugin remove {id}"))?;
    Ok(format!("set aside after {} ms", took.as_millis()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_many_cases_and_no_two_of_one_name() {
        let cases = cases();
        assert!(cases.len() >= 100, "{}", cases.len());
        let mut numbers: Vec<&str> = cases.iter().map(|case| case.number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), cases.len());
        assert!(cases.iter().all(|case| !case.words.is_empty()));
    }

    #[test]
    fn the_reason_is_what_the_line_ends_in() {
        assert_eq!(
            short("WARN the fallback is used plugin=\"a\" reason=trapped: x"),
            "trapped: x"
        );
    }
}
