//! Scripts again and again: each time their component is killed, or swapped, at another of its requests.

use crate::program::{compare, judge};
use crate::{Figures, Outcome, Play, Script, Weather, What, WorldSpec, component};
use std::path::Path;
use std::time::Instant;

/// Scripts whose component is meddled with.
const SCRIPTS: [Script; 3] = [Script::Flow, Script::Foreman, Script::Clicks];
/// Worlds of each script in the short form.
const SHORT: u64 = 16;
/// So many worlds are lived through once; each further one twice, and its log has to be the same.
const TWICE_EVERY: u64 = 4;

/// Worlds that went wrong which are told of, a line each.
const WRONG_MAX: usize = 40;

/// What a script's worlds came to.
#[derive(Default)]
struct Sum {
    worlds: u64,
    kills: u64,
    swaps: u64,
    figures: Figures,
}

/// Meddles with the component of each script at each of its requests; in the short form at some of them, which the seed
/// chooses.
pub(crate) fn every_request(seed: u64, is_long: bool, say: &mut dyn FnMut(String)) {
    for script in SCRIPTS {
        let what =
            format!("{script:?}: killed or swapped at every request, each caller gets what is declared");
        let Some(component) = component() else {
            say(format!(
                "skipped {what}: `cargo xtask plugins` builds the components"
            ));
            continue;
        };
        let began = Instant::now();
        match all(script, seed, &component, is_long) {
            Ok((requests, sum)) => {
                say(format!(
                    "figure {script:?}: {requests} requests of its component; {} worlds, {} of them with a kill, {} with a \
                     swap; {} calls led well, {} to their fallback; {} s simulated in {:.1} s",
                    sum.worlds,
                    sum.kills,
                    sum.swaps,
                    sum.figures.well,
                    sum.figures.fallen,
                    sum.figures.simulated.as_secs(),
                    began.elapsed().as_secs_f64()
                ));
                say(format!("ok {what}"));
            }
            Err(why) => say(format!("failed {what}: {why}")),
        }
    }
}

/// A world of a script.
pub(crate) fn spec(seed: u64, script: Script, meddling: Option<(u64, What)>, component: &Path) -> WorldSpec {
    WorldSpec {
        seed,
        calls: 0,
        weather: Weather::QUIET,
        component: Some(component.to_owned()),
        play: Some(Play { script, meddling }),
        fault: None,
        has_guests: false,
        keeps_log: false,
    }
}

/// How many requests the component makes if nobody meddles, and what came of it when somebody did.
fn all(script: Script, seed: u64, component: &Path, is_long: bool) -> Result<(u64, Sum), String> {
    let undisturbed = twice(&spec(seed, script, None, component))?;
    let requests = undisturbed.figures.requests;
    if requests == 0 || undisturbed.figures.fallen > 0 {
        return Err(format!(
            "undisturbed it went like this: {:?}",
            undisturbed.figures
        ));
    }
    let (mut sum, mut wrong) = (Sum::default(), Vec::new());
    for (number, (at, what)) in (0..).zip(plan(seed, requests, is_long)) {
        let spec = spec(seed, script, Some((at, what)), component);
        let outcome = if number % TWICE_EVERY == 0 {
            twice(&spec)
        } else {
            judge(&spec)
        };
        let outcome = match outcome {
            Ok(outcome) if outcome.figures.meddled > 0 => outcome,
            Ok(_) => {
                wrong.push(format!("{what:?}: request {at} of {requests} was never made"));
                continue;
            }
            Err(why) => {
                wrong.push(format!("{what:?} at request {at} of {requests}: {why}"));
                continue;
            }
        };
        sum.worlds += 1;
        sum.kills += u64::from(what.kills());
        sum.swaps += u64::from(!what.kills());
        sum.figures.well += outcome.figures.well;
        sum.figures.fallen += outcome.figures.fallen;
        sum.figures.simulated += outcome.figures.simulated;
    }
    if let Some(first) = wrong.first() {
        let words = |why: &String| why.lines().next().unwrap_or_default().to_owned();
        let all: Vec<String> = wrong.iter().map(words).take(WRONG_MAX).collect();
        return Err(format!(
            "{} worlds:\n{}\nthe first: {first}",
            wrong.len(),
            all.join("\n")
        ));
    }
    if sum.figures.fallen == 0 && script != Script::Clicks {
        return Err("no call ever got its fallback".to_owned());
    }
    Ok((requests, sum))
}

/// At which requests is done what: everything at all of them, or a few spread over them.
fn plan(seed: u64, requests: u64, is_long: bool) -> Vec<(u64, What)> {
    if is_long {
        let each = |at| What::ALL.map(|what| (at, what));
        return (1..=requests).flat_map(each).collect();
    }
    let kinds = What::ALL.len() as u64;
    let one = |number: u64| {
        let at = (number * requests / SHORT + seed % requests) % requests + 1;
        let what = What::ALL[usize::try_from((number + seed) % kinds).unwrap_or(0)];
        (at, what)
    };
    (0..SHORT.min(requests)).map(one).collect()
}

fn twice(spec: &WorldSpec) -> Result<Outcome, String> {
    let first = judge(spec)?;
    compare(&first, &judge(spec)?)?;
    Ok(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_long_form_leaves_no_request_out_and_the_short_one_spreads_itself() {
        let long = plan(7, 40, true);
        assert_eq!(long.len(), 200);
        let short = plan(7, 40, false);
        assert_eq!(short.len(), 16);
        assert!(short.iter().all(|(at, _)| (1..=40).contains(at)));
        assert!(
            What::ALL
                .iter()
                .all(|what| short.iter().any(|(_, done)| done == what))
        );
        // Seeds between them meet all that the long form does.
        let met: std::collections::BTreeSet<_> = (0..200)
            .flat_map(|seed| plan(seed, 40, false))
            .map(|(at, what)| (at, format!("{what:?}")))
            .collect();
        assert_eq!(met.len(), 200);
    }
}
