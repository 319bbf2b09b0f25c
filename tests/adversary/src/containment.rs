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
use crate::web;
use anyhow::{Context, Result, bail};
use std::time::{Duration, Instant};

/// Between a call and a look at what was told of it.
const SETTLE: Duration = Duration::from_millis(60);
const LOOK: Duration = Duration::from_millis(3);
/// What figures of this neighbour are called.
pub const CALLS_BESIDE: &str = "calls one after the other";
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
    let fetching = web::GUESTS.iter().map(|guest| Case {
        what: "fetcher",
        plugin: guest.name.to_owned(),
        number: guest.name,
        words: guest.words,
    });
    guests.chain(forged).chain(flows).chain(fetching).collect()
}

/// All of them in an order of the seed's choosing, with so many calls beside each.
pub fn attack(scene: &mut Scene, book: &mut Book, samples: usize) {
    let began_at = Instant::now();
    let mut beside = match Beside::start(scene.host.sip(), scene.seed) {
        Ok(beside) => beside,
        Err(error) => return book.note("neighbours of components", Err(error)),
    };
    let undisturbed = beside.figures(samples.max(50));
    book.note("neighbours of components, undisturbed", undisturbed);
    book.undisturbed(CALLS_BESIDE, beside.times());
    let mut cases = cases();
    Chance::new(scene.seed, 11).shuffle(&mut cases);
    let count = cases.len();
    for case in cases {
        beside.begin();
        let held = contained(scene, &beside, &case, samples);
        let felt = beside.figures(samples);
        book.disturbed(CALLS_BESIDE, case.what, &beside.times());
        let words = held.and_then(|held| Ok(format!("{held}; beside: {}", felt?)));
        book.note(&format!("{} {}", case.what, case.number), words);
    }
    for watcher in WATCHERS {
        beside.begin();
        let held = watched(scene, watcher);
        let felt = beside.figures(samples);
        book.disturbed(CALLS_BESIDE, "watcher", &beside.times());
        let words = held.and_then(|held| Ok(format!("{held}; beside: {}", felt?)));
        book.note(&format!("watcher {}", watcher.name), words);
    }
    beside.begin();
    book.note(
        &format!("neighbours after {} hostile components", count + WATCHERS.len()),
        beside.figures(samples.max(50)),
    );
    book.note("nobody came where nobody may be reached", scene.web.nobody_came());
    book.note(
        "nobody asks the web more often than it may",
        kept_to_rate(scene, began_at.elapsed()),
    );
}

/// What a loop asked, and that nobody was led round the ring.
fn kept_to_rate(scene: &Scene, took: Duration) -> Result<String> {
    let (asked, second, third) = (
        scene.far.asked("/quick"),
        scene.far.asked("/ring/1"),
        scene.far.asked("/ring/2"),
    );
    let words = format!("{asked} and {second} questions of two that loop");
    // What it may ask at once, and what it may ask again meanwhile.
    let most = web::PER_MINUTE + web::PER_MINUTE * (took.as_secs() + 1) / 60;
    if asked == 0 || asked > most || second == 0 || second > most {
        bail!("{words}");
    }
    if third > 0 {
        bail!("{third} were led on in the ring");
    }
    Ok(words)
}

/// One call that is looked at, then more of the same until the neighbour has made its calls.
fn contained(scene: &mut Scene, beside: &Beside, case: &Case, samples: usize) -> Result<String> {
    let before = scene.host.log_length();
    let began_at = Instant::now();
    scene.lenient.call_and_hear(case.number, FALLBACK_HZ)?;
    let took = began_at.elapsed();
    let mut reasons = told_soon(scene, case, before)?;
    if reasons.is_empty() {
        // The log may have left the line out, as too many of its kind came before; in the next second it does not.
        std::thread::sleep(WINDOW);
        scene.lenient.call_and_hear(case.number, FALLBACK_HZ)?;
        reasons = told_soon(scene, case, before)?;
    }
    let [reason] = reasons.as_slice() else {
        bail!("told {} times: {reasons:?}", reasons.len());
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
    for reason in &told(scene, case, before)? {
        if !case.words.iter().chain(SPARED).any(|word| reason.contains(word)) {
            bail!("told as {reason} after {calls} calls");
        }
    }
    let reason: String = short(reason).chars().take(120).collect();
    Ok(format!("{} ms, told: {reason}; {calls} calls", took.as_millis()))
}

/// Reasons the operator may read when a plugin has failed often enough not to be asked.
const SPARED: &[&str] = &["rests", "quarantine", "not tried", "spared"];

/// The same, which may take a moment to be written.
fn told_soon(scene: &Scene, case: &Case, before: u64) -> Result<Vec<String>> {
    let until = Instant::now() + SETTLE;
    loop {
        let told = told(scene, case, before)?;
        if !told.is_empty() || Instant::now() > until {
            return Ok(told);
        }
        std::thread::sleep(LOOK);
    }
}

/// The log's lines about fallbacks of the case's plugin, after so many bytes.
fn told(scene: &Scene, case: &Case, before: u64) -> Result<Vec<String>> {
    let mark = format!("plugin=\"{}\"", case.plugin);
    let roaming = format!("plugin={}", case.plugin);
    let log = scene.host.log_after(before)?;
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
    items: &'static str,
    on_events: &'static str,
    words: &'static str,
}

const LOG: &str = r#"(import "wasi:logging/logging@0.1.0-draft" "log" (func $log (param i32 i32 i32 i32 i32)))
    (memory (export "memory") 1) (data (i32.const 8192) "a line")"#;
const COUNT: &str = r#"(import "ucx:host/metrics@0.1.0" "count" (func $count (param i32 i32 i64 i32 i32)))
    (memory (export "memory") 1) (data (i32.const 8192) "aaaaaaaa")"#;

pub const WATCHERS: &[Watcher] = &[
    Watcher {
        name: "logs-on-every-batch",
        items: LOG,
        on_events: "(loop $l (call $log (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 8192) (i32.const 6)) (br $l))
            unreachable",
        words: "processor time",
    },
    Watcher {
        name: "counts-on-every-batch",
        items: COUNT,
        on_events: "(loop $l (i64.store (i32.const 8192) (i64.add (i64.load (i32.const 8192)) (i64.const 1)))
            (i64.store (i32.const 8192) (i64.and (i64.load (i32.const 8192)) (i64.const 0x7f7f7f7f7f7f7f7f)))
            (call $count (i32.const 8192) (i32.const 8) (i64.const 1) (i32.const 0) (i32.const 0)) (br $l)) unreachable",
        words: "processor time",
    },
    Watcher {
        name: "traps-on-every-batch",
        items: MEMORY,
        on_events: "unreachable",
        words: "trapped",
    },
    Watcher {
        name: "loops-on-every-batch",
        items: MEMORY,
        on_events: "(loop $l (br $l)) unreachable",
        words: "processor time",
    },
    Watcher {
        name: "grows-on-every-batch",
        items: MEMORY,
        on_events: "(loop $l (br_if $l (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable",
        words: "of memory and may not",
    },
    Watcher {
        name: "answers-what-is-none",
        items: MEMORY,
        on_events: "(i32.store8 (i32.const 4096) (i32.const 9)) (i32.const 4096)",
        words: "trapped",
    },
];

/// A subscriber comes, fails on what it hears, and is told of.
fn watched(scene: &Scene, watcher: &Watcher) -> Result<String> {
    let id = format!("watcher-{}", watcher.name);
    let manifest = format!(
        "id = '{id}'\nversion = '1'\nworlds = ['event-subscriber']\n[asks]\nevents = ['call.started']\n[delivery]\nretry-max = 1\n"
    );
    let place = scene.host.plugins();
    let wasm = components::subscriber(watcher.items, watcher.on_events)?;
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
