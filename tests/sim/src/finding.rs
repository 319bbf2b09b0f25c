//! Hosts that make one mistake each: whether some world notices.

#[cfg(feature = "faults")]
pub(crate) use found::all;

#[cfg(not(feature = "faults"))]
pub(crate) fn all(say: &mut dyn FnMut(String)) {
    say("skipped hosts with faults: this build cannot make them".to_owned());
}

#[cfg(feature = "faults")]
mod found {
    use crate::{Fault, Play, Script, Weather, What, WorldSpec, component, exhaust, overload, run};
    use ucx_plugins::{Fate, Fault as Mistake};

    /// Worlds in which a fault has to be found, and calls in each.
    const SEEDS: u64 = 200;
    /// The same for faults of the interfaces.
    const GUEST_SEEDS: u64 = 8;
    const CALLS: u32 = 30;
    /// Requests at which a component is meddled with until its host's mistake shows.
    const REQUESTS: u64 = 24;

    /// Makes each of them, until it is found.
    pub(crate) fn all(say: &mut dyn FnMut(String)) {
        for fault in Fault::all() {
            let what = format!("a host with {fault:?} is found out");
            if fault.needs_script() && component().is_none() {
                say(format!(
                    "skipped {what}: `cargo xtask plugins` builds the components"
                ));
                continue;
            }
            let (found, worlds) = if fault.needs_script() {
                (by_script(fault), REQUESTS)
            } else if fault.needs_guests() {
                (by_chance(fault, GUEST_SEEDS), GUEST_SEEDS)
            } else {
                (by_chance(fault, SEEDS), SEEDS)
            };
            match found {
                Some((place, rule, None)) => {
                    say(format!("{fault:?}: {place}, {rule}"));
                    say(format!("ok {what}"));
                }
                Some((place, _, Some(rule))) => {
                    say(format!(
                        "failed {what}: without it {place} breaks a rule too: {rule}"
                    ));
                }
                None => say(format!("failed {what}: no world of {worlds} noticed it")),
            }
        }
    }

    /// Where it was found, which rule was broken, and which one is broken there without it.
    type Found = Option<(String, String, Option<String>)>;

    fn by_chance(fault: Fault, seeds: u64) -> Found {
        (1..=seeds).find_map(|seed| {
            let weather = if seed % 2 == 0 {
                Weather::stormy(seed)
            } else {
                Weather::QUIET
            };
            let spec = WorldSpec {
                seed,
                calls: CALLS,
                weather,
                component: None,
                play: None,
                fault: Some(fault),
                has_guests: fault.needs_guests(),
                keeps_log: false,
            };
            found(format!("seed {seed}"), &spec)
        })
    }

    /// What the world notices, and whether an honest host is in order there, so that it is the fault which was found.
    fn found(place: String, spec: &WorldSpec) -> Found {
        let rule = run(spec).ok()?.broken?;
        let honest = WorldSpec {
            fault: None,
            ..spec.clone()
        };
        Some((place, rule, run(&honest).ok()?.broken))
    }

    fn by_script(fault: Fault) -> Found {
        let component = component()?;
        let (script, what) = match fault {
            Fault::GuestsOnTheControlThread => {
                let rule = overload::compared(1, Script::Burning, Some(fault), &component).err()?;
                let honest = overload::compared(1, Script::Burning, None, &component).err();
                return Some((format!("{:?}", Script::Burning), rule, honest));
            }
            Fault::Plugins(Mistake::WaitsForRoom) => {
                let spec = WorldSpec {
                    fault: Some(fault),
                    ..exhaust::spec(1, Script::Crowd, None, &component)
                };
                return found(format!("{:?}", Script::Crowd), &spec);
            }
            Fault::Plugins(Mistake::NewSpeaksForOld) => (Script::Flow, What::Swapped),
            Fault::Plugins(Mistake::SaveLost) => (Script::Foreman, What::Swapped),
            Fault::Plugins(Mistake::HeldForgotten | Mistake::StaysAway | Mistake::NoPause) => {
                (Script::Foreman, What::Trapped(Fate::TrapsBefore))
            }
            Fault::Plugins(Mistake::FallbackSkipped | Mistake::LeaseKept | Mistake::RoomKept) => {
                (Script::Flow, What::Trapped(Fate::TrapsDuring))
            }
            Fault::Switch(_) | Fault::Sip(_) | Fault::Application(_) | Fault::Gateway(_) => return None,
        };
        (1..=REQUESTS).find_map(|at| {
            let spec = WorldSpec {
                fault: Some(fault),
                play: Some(Play {
                    script,
                    meddling: Some((at, what)),
                }),
                ..exhaust::spec(1, script, None, &component)
            };
            found(format!("{script:?}, {what:?} at request {at}"), &spec)
        })
    }
}
