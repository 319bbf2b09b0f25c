//! Too many questions: what becomes of the calls they are about, and of those that ask nothing.

use crate::exhaust::spec;
use crate::faults::Fault;
use crate::program::{compare, judge};
use crate::{Figures, Script, WorldSpec, component};
use std::path::Path;
use std::time::Duration;

/// By so many of a hundred the set-up of calls that ask no component may take longer beside too many questions.
const LONGER_PERCENT: u32 = 10;

/// Lives through a calm world and through those in which a router is asked twice as much as it can decide.
pub(crate) fn all(seed: u64, say: &mut dyn FnMut(String)) {
    for script in [Script::Crowd, Script::Burning] {
        let what = format!(
            "{script:?}: at twice the capacity every question is decided in time, and other calls do not notice"
        );
        let Some(component) = component() else {
            say(format!(
                "skipped {what}: `cargo xtask plugins` builds the components"
            ));
            continue;
        };
        match compared(seed, script, None, &component) {
            Ok((calm, over)) => {
                say(format!(
                    "figure {script:?}: {} questions, {} answered, {} refused at once for want of room, {} given up at the wall \
                     limit; set-up p99 of calls that ask nothing {} us, {} us without them",
                    over.settled + over.overloaded + over.late,
                    over.settled,
                    over.overloaded,
                    over.late,
                    over.setup_p99.as_micros(),
                    calm.setup_p99.as_micros()
                ));
                say(format!("ok {what}"));
            }
            Err(why) => say(format!("failed {what}: {why}")),
        }
    }
}

/// The figures of a calm world and of one with too many questions; the error says what is wrong with the second.
pub(crate) fn compared(
    seed: u64,
    script: Script,
    fault: Option<Fault>,
    component: &Path,
) -> Result<(Figures, Figures), String> {
    let calm = judge(&spec(seed, Script::Calm, None, component))?.figures;
    let crowded = WorldSpec {
        fault,
        ..spec(seed, script, None, component)
    };
    let over = judge(&crowded)?;
    if fault.is_none() {
        compare(&over, &judge(&crowded)?)?;
    }
    let over = over.figures;
    if calm.setup_p99 == Duration::ZERO || over.setup_p99 * 100 > calm.setup_p99 * (100 + LONGER_PERCENT) {
        return Err(format!(
            "set-up p99 of calls that ask no component is {:?}, and {:?} without too many questions",
            over.setup_p99, calm.setup_p99
        ));
    }
    Ok((calm, over))
}
