//! What the program does in each of its forms.

use crate::{Figures, Outcome, Weather, WorldSpec, component, run};
use crate::{exhaust, finding, overload};
use std::time::{Duration, Instant};

/// Calls of one world in the short form.
const TEST_CALLS: u32 = 100;
/// Worlds of the short form: quiet, stormy, with a component, and both kinds of weather with clients and programs.
const TEST_WORLDS: u64 = 5;
/// Calls of one world in the long form, and of all together.
const SOAK_CALLS: u32 = 500;
const SOAK_CALLS_ALL: u64 = 10_000;
/// Worlds in which a component leads calls, short and long, and the calls of each.
const LED_WORLDS: u64 = 4;
const LED_WORLDS_ALL: u64 = 40;
const LED_CALLS: u32 = 100;
/// The first requests of a flow, at each of which it has to have been stopped and replaced.
const REQUESTS: u32 = 6;
/// A form of the check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Short: some worlds twice, and every fault once.
    Test,
    /// Ten thousand calls, twice; then more of them until the time is up.
    Soak,
    /// How fast worlds go by.
    Bench,
    /// Prints the log of one world: of the long form, or of the short one.
    Replay { world: u64, is_long: bool },
}

/// Runs a form; `say` gets a line for each thing tried and each figure.
pub fn program(form: Form, seed: u64, minutes: u64, say: &mut dyn FnMut(String)) {
    match form {
        Form::Test => {
            twice(
                "the same seed gives the same log",
                seed,
                TEST_WORLDS,
                TEST_CALLS,
                say,
            );
            led(seed, LED_WORLDS, say);
            exhaust::every_request(seed, false, say);
            overload::all(seed, say);
            finding::all(say);
        }
        Form::Soak => {
            let began = Instant::now();
            let worlds = SOAK_CALLS_ALL / u64::from(SOAK_CALLS);
            twice(
                "10,000 calls give the same log twice",
                seed,
                worlds,
                SOAK_CALLS,
                say,
            );
            led(seed, LED_WORLDS_ALL, say);
            exhaust::every_request(seed, true, say);
            overload::all(seed, say);
            let mut round = worlds;
            while began.elapsed() < Duration::from_secs(minutes * 60) {
                let spec = spec(seed, round, SOAK_CALLS);
                tell(&format!("world {}", spec.seed), judge(&spec).map(drop), say);
                round += 1;
            }
        }
        Form::Replay { world, is_long } => {
            let mut spec = spec(seed, world, if is_long { SOAK_CALLS } else { TEST_CALLS });
            spec.keeps_log = true;
            match run(&spec) {
                Ok(outcome) => {
                    outcome.tail.into_iter().for_each(&mut *say);
                    tell("replay", outcome.broken.map_or(Ok(()), Err), say);
                }
                Err(why) => tell("replay", Err(why), say),
            }
        }
        Form::Bench => {
            let began = Instant::now();
            let outcome = judge(&spec(seed, 0, SOAK_CALLS));
            let took = began.elapsed();
            if let Ok(outcome) = &outcome {
                say(figures(&outcome.figures, took));
            }
            tell("one world", outcome.map(drop), say);
        }
    }
}

/// The `number`th world of a seed: quiet, stormy, with a component, and with clients and programs in turn.
fn spec(seed: u64, number: u64, calls: u32) -> WorldSpec {
    let own = seed.wrapping_mul(1_000).wrapping_add(number);
    let kind = number % TEST_WORLDS;
    let weather = if matches!(kind, 1 | 4) {
        Weather::stormy(own)
    } else {
        Weather::QUIET
    };
    let component = if kind == 2 { component() } else { None };
    WorldSpec {
        has_guests: kind >= 3,
        seed: own,
        calls,
        weather,
        component,
        play: None,
        fault: None,
        keeps_log: false,
    }
}

/// Calls that a component leads, which is stopped and replaced at each of its first requests, until both happened at all.
fn led(seed: u64, worlds: u64, say: &mut dyn FnMut(String)) {
    const WHAT: &str = "a flow stopped or replaced at every request leaves its caller well treated";
    let Some(component) = component() else {
        return say(format!(
            "skipped {WHAT}: `cargo xtask plugins` builds the components"
        ));
    };
    let (began, mut sum, mut count) = (Instant::now(), Figures::default(), 0);
    let every = (1_u64 << REQUESTS) - 1;
    for number in 0..worlds {
        let spec = WorldSpec {
            component: Some(component.clone()),
            has_guests: false,
            calls: LED_CALLS,
            ..spec(seed.wrapping_add(7), number * TEST_WORLDS + number % 2, LED_CALLS)
        };
        match judge(&spec) {
            Ok(outcome) => add(&mut sum, &outcome.figures),
            Err(why) => {
                return say(format!(
                    "failed {WHAT}: world {} ({:?}): {why}",
                    spec.seed, spec.weather
                ));
            }
        }
        count += 1;
    }
    say(figures(&sum, began.elapsed()));
    let is_whole = (sum.stopped_at & sum.swapped_at & every) == every && sum.rescued > 0;
    let words = format!(
        "{count} worlds, {} calls led, {} to the fallback; stopped at {} different requests, replaced at {}",
        sum.led,
        sum.rescued,
        sum.stopped_at.count_ones(),
        sum.swapped_at.count_ones()
    );
    if is_whole {
        say(format!("ok {WHAT} ({words})"));
    } else {
        say(format!(
            "failed {WHAT}: not each of the first {REQUESTS} was met: {words}"
        ));
    }
}

fn twice(what: &str, seed: u64, worlds: u64, calls: u32, say: &mut dyn FnMut(String)) {
    let began = Instant::now();
    let mut sum = Figures::default();
    let mut digests = Vec::new();
    for number in 0..worlds {
        let spec = spec(seed, number, calls);
        let compared = judge(&spec).and_then(|first| {
            let second = judge(&spec)?;
            compare(&first, &second)?;
            Ok(first)
        });
        match compared {
            Ok(outcome) => {
                add(&mut sum, &outcome.figures);
                digests.push(outcome.digest);
            }
            Err(why) => {
                say(format!(
                    "failed {what}: world {} ({:?}): {why}",
                    spec.seed, spec.weather
                ));
                return;
            }
        }
    }
    say(figures(&sum, began.elapsed()));
    let digest = digests
        .iter()
        .map(|digest| &digest[..8])
        .collect::<Vec<_>>()
        .join(" ");
    say(format!("log digests: {digest}"));
    if component().is_none() {
        say("skipped worlds with a component: it is not built".to_owned());
    }
    say(format!("ok {what}"));
}

/// Runs a world in which nothing may go wrong.
pub(crate) fn judge(spec: &WorldSpec) -> Result<Outcome, String> {
    let outcome = run(spec)?;
    match &outcome.broken {
        None => Ok(outcome),
        Some(rule) => Err(format!("{rule}; the log ends with\n{}", outcome.tail.join("\n"))),
    }
}

pub(crate) fn compare(first: &Outcome, second: &Outcome) -> Result<(), String> {
    if first.digest == second.digest {
        return Ok(());
    }
    let same = first
        .marks
        .iter()
        .zip(&second.marks)
        .take_while(|(one, two)| one == two)
        .count();
    Err(format!(
        "the logs differ from line {} on, of {} and {}",
        same + 1,
        first.marks.len(),
        second.marks.len()
    ))
}

fn tell(what: &str, outcome: Result<(), String>, say: &mut dyn FnMut(String)) {
    match outcome {
        Ok(()) => say(format!("ok {what}")),
        Err(why) => say(format!("failed {what}: {why}")),
    }
}

fn add(sum: &mut Figures, more: &Figures) {
    sum.calls += more.calls;
    sum.answered += more.answered;
    sum.failed += more.failed;
    sum.channels += more.channels;
    sum.bridges += more.bridges;
    sum.optimized += more.optimized;
    sum.decided += more.decided;
    sum.managed += more.managed;
    sum.led += more.led;
    sum.rescued += more.rescued;
    sum.stopped_at |= more.stopped_at;
    sum.swapped_at |= more.swapped_at;
    sum.stays += more.stays;
    sum.sessions += more.sessions;
    sum.events += more.events;
    sum.packets += more.packets;
    sum.frames += more.frames;
    sum.heard += more.heard;
    sum.simulated += more.simulated;
}

fn figures(sum: &Figures, took: Duration) -> String {
    format!(
        "{} calls, {} sides answered, {} failed, {} channels, {} bridges, {} optimized, {} routed by a component, {} led \
         by one ({} of them to its fallback), {} requests at the desk, {} stays in applications, {} gateway sessions, {} lines of log, {} packets, {} frames heard, {} times the right tone; {} s simulated in {:.1} s",
        sum.calls,
        sum.answered,
        sum.failed,
        sum.channels,
        sum.bridges,
        sum.optimized,
        sum.decided,
        sum.led,
        sum.rescued,
        sum.managed,
        sum.stays,
        sum.sessions,
        sum.events,
        sum.packets,
        sum.frames,
        sum.heard,
        sum.simulated.as_secs(),
        took.as_secs_f64()
    )
}
