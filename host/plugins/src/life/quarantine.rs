//! What is not tried again for a while? Inputs a plugin trapped on several times, and a plugin that fails on everything.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::digest;
use crate::values::RouteRequest;

/// Inputs with strikes that are remembered of one plugin; past it the one that failed longest ago is forgotten.
const INPUTS_MAX: usize = 1_024;

/// When a plugin is spared, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuarantineRules {
    /// Failures on one input after which it is not tried again for a while.
    pub strikes: u32,
    /// How long such an input gets the fallback at once; strikes are forgotten after as long.
    pub sentence: Duration,
    /// Failures in a row, on whatever input, after which the plugin rests.
    pub row: u32,
    /// How long it rests first; each further failure doubles that.
    pub rest: Duration,
    /// How long it rests at most.
    pub rest_max: Duration,
}

impl Default for QuarantineRules {
    fn default() -> Self {
        Self {
            strikes: 3,
            sentence: Duration::from_secs(600),
            row: 64,
            rest: Duration::from_secs(1),
            rest_max: Duration::from_secs(60),
        }
    }
}

/// Names an input, whatever call it belongs to and whenever it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fingerprint([u8; 16]);

impl Fingerprint {
    pub(crate) fn of(request: &RouteRequest) -> Self {
        let input = RouteRequest {
            call: String::new(),
            at: 0,
            attempt: 0,
            ..request.clone()
        };
        let digest = digest::sha256(format!("{input:?}").as_bytes());
        let mut short = [0; 16];
        short.copy_from_slice(&digest[..16]);
        Self(short)
    }
}

/// Why a plugin is not asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spared {
    /// It failed on this input too often.
    Input,
    /// It fails on everything, and rests so much longer.
    Resting(Duration),
}

#[derive(Clone, Copy, Default)]
struct Strikes {
    count: u32,
    last: Duration,
}

#[derive(Default)]
struct State {
    /// The generation all this is about; a new one begins with a clean sheet.
    generation: u64,
    inputs: BTreeMap<Fingerprint, Strikes>,
    in_a_row: u32,
    rests_until: Duration,
}

/// The strikes of one plugin. The lock guards a look or a count.
#[derive(Default)]
pub(crate) struct Quarantine(Mutex<State>);

impl Quarantine {
    /// Whether there is anything to look at before a decision.
    pub(crate) fn is_clean(&self, generation: u64) -> bool {
        self.with(generation, |state| state.inputs.is_empty() && state.in_a_row == 0)
    }

    /// Whether this input is not to be tried now.
    pub(crate) fn spares(
        &self,
        rules: &QuarantineRules,
        generation: u64,
        input: Fingerprint,
        now: Duration,
    ) -> Option<Spared> {
        self.with(generation, |state| {
            if now < state.rests_until {
                return Some(Spared::Resting(state.rests_until - now));
            }
            let strikes = state.inputs.get(&input).copied().unwrap_or_default();
            if now >= strikes.last + rules.sentence {
                state.inputs.remove(&input);
                return None;
            }
            (strikes.count >= rules.strikes).then_some(Spared::Input)
        })
    }

    /// A decision failed so that it may fail again: a trap, or a limit used up.
    pub(crate) fn strike(&self, rules: &QuarantineRules, generation: u64, input: Fingerprint, now: Duration) {
        self.with(generation, |state| {
            if state.inputs.len() >= INPUTS_MAX && !state.inputs.contains_key(&input) {
                let oldest = state.inputs.iter().min_by_key(|(_, strikes)| strikes.last);
                if let Some(oldest) = oldest.map(|(input, _)| *input) {
                    state.inputs.remove(&oldest);
                }
            }
            let strikes = state.inputs.entry(input).or_default();
            strikes.count = strikes.count.saturating_add(1);
            strikes.last = now;
            state.in_a_row = state.in_a_row.saturating_add(1);
            if let Some(over) = state.in_a_row.checked_sub(rules.row) {
                let rest = rules.rest.saturating_mul(1 << over.min(16)).min(rules.rest_max);
                state.rests_until = now + rest;
            }
        });
    }

    /// A decision went well.
    pub(crate) fn well(&self, generation: u64) {
        self.with(generation, |state| state.in_a_row = 0);
    }

    /// Inputs that are not tried now.
    pub(crate) fn count(&self, rules: &QuarantineRules, now: Duration) -> u64 {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let spared = state
            .inputs
            .values()
            .filter(|strikes| strikes.count >= rules.strikes && now < strikes.last + rules.sentence);
        spared.count() as u64
    }

    fn with<T>(&self, generation: u64, work: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.generation != generation {
            *state = State {
                generation,
                ..State::default()
            };
        }
        work(&mut state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: QuarantineRules = QuarantineRules {
        strikes: 2,
        sentence: Duration::from_secs(10),
        row: 4,
        rest: Duration::from_secs(1),
        rest_max: Duration::from_secs(3),
    };

    fn input(dialled: &str) -> Fingerprint {
        Fingerprint::of(&RouteRequest::new("any", dialled))
    }

    fn second(number: u64) -> Duration {
        Duration::from_secs(number)
    }

    #[test]
    fn an_input_is_known_again_in_another_call() {
        let mut request = RouteRequest::new("1", "100");
        let first = Fingerprint::of(&request);
        (request.call, request.at, request.attempt) = ("2".to_owned(), 99, 3);
        assert_eq!(Fingerprint::of(&request), first);
        request.caller.number.push('5');
        assert_ne!(Fingerprint::of(&request), first);
    }

    #[test]
    fn an_input_is_spared_after_its_strikes_and_tried_again_later() {
        let quarantine = Quarantine::default();
        assert!(quarantine.is_clean(1));
        for _ in 0..2 {
            assert_eq!(quarantine.spares(&RULES, 1, input("666"), second(1)), None);
            quarantine.strike(&RULES, 1, input("666"), second(1));
        }
        assert_eq!(
            quarantine.spares(&RULES, 1, input("666"), second(2)),
            Some(Spared::Input)
        );
        assert_eq!(quarantine.spares(&RULES, 1, input("100"), second(2)), None);
        assert_eq!(quarantine.count(&RULES, second(2)), 1);
        assert_eq!(quarantine.spares(&RULES, 1, input("666"), second(11)), None);
        assert_eq!(quarantine.count(&RULES, second(11)), 0);
    }

    #[test]
    fn a_new_generation_has_no_strikes() {
        let quarantine = Quarantine::default();
        for _ in 0..2 {
            quarantine.strike(&RULES, 1, input("666"), second(1));
        }
        assert_eq!(quarantine.spares(&RULES, 2, input("666"), second(1)), None);
        assert!(quarantine.is_clean(2));
    }

    #[test]
    fn a_plugin_that_fails_on_everything_rests_longer_and_longer() {
        let quarantine = Quarantine::default();
        let fail = |number: u64, at| quarantine.strike(&RULES, 1, input(&number.to_string()), second(at));
        (0..3).for_each(|number| fail(number, 0));
        assert_eq!(quarantine.spares(&RULES, 1, input("x"), second(0)), None);
        fail(3, 0);
        let resting = |rest| Some(Spared::Resting(second(rest)));
        assert_eq!(quarantine.spares(&RULES, 1, input("x"), second(0)), resting(1));
        assert_eq!(quarantine.spares(&RULES, 1, input("x"), second(1)), None);
        fail(4, 1);
        assert_eq!(quarantine.spares(&RULES, 1, input("x"), second(1)), resting(2));
        fail(5, 3);
        fail(6, 6);
        assert_eq!(quarantine.spares(&RULES, 1, input("x"), second(6)), resting(3));
        quarantine.well(1);
        fail(7, 20);
        assert_eq!(quarantine.spares(&RULES, 1, input("x"), second(20)), None);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let quarantine = Quarantine::default();
        let rules = QuarantineRules {
            row: u32::MAX,
            strikes: 1,
            ..RULES
        };
        for number in 0..INPUTS_MAX as u64 + 10 {
            quarantine.strike(
                &rules,
                1,
                input(&number.to_string()),
                Duration::from_millis(number),
            );
        }
        assert_eq!(quarantine.count(&rules, second(2)), INPUTS_MAX as u64);
        assert_eq!(quarantine.spares(&rules, 1, input("0"), second(2)), None);
    }
}
