//! Is what was seen what was expected? The first difference, in words.

use super::observed::Observed;
use super::scenario::{Expect, Scenario};
use super::world::Played;
use std::fmt::Debug;

/// The first difference between what a scenario expects and what was seen; none if there is none.
pub fn difference(scenario: &Scenario, played: &Played) -> Option<String> {
    match (&scenario.refused, &played.refused) {
        (Some(words), Some(why)) if why.contains(words.as_str()) => return None,
        (Some(words), Some(why)) => return Some(differs("refused", words, why)),
        (Some(words), None) => return Some(differs("refused", words, &"nothing: the host takes it")),
        (None, Some(why)) => return Some(format!("the host does not take it: {why}")),
        (None, None) => {}
    }
    let several = scenario.calls.len() > 1;
    for (number, (call, seen)) in (1..).zip(scenario.calls.iter().zip(&played.calls)) {
        if let Some(difference) = of_call(&call.expect, seen, &played.log) {
            return Some(if several {
                format!("call {number}: {difference}")
            } else {
                difference
            });
        }
    }
    if played.is_endless {
        return Some("the calls do not end".to_owned());
    }
    let asked = scenario.http.as_ref()?;
    (*asked != played.asked).then(|| differs("asks", asked, &played.asked))
}

fn of_call(expect: &Expect, seen: &Observed, log: &[String]) -> Option<String> {
    option("decision", &expect.decision, &seen.decision)
        .map(|difference| match seen.reason.as_str() {
            "" => difference,
            reason => format!("{difference} ({reason})"),
        })
        .or_else(|| value("reason", &expect.reason, &seen.reason))
        .or_else(|| option("status", &expect.status, &seen.status))
        .or_else(|| value("dials", &expect.dials, &seen.dials))
        .or_else(|| value("connected", &expect.connected, &seen.connected))
        .or_else(|| value("answered", &expect.answered, &seen.is_answered))
        .or_else(|| value("played", &expect.played, &seen.played))
        .or_else(|| option("goes-on", &expect.goes_on, &seen.goes_on))
        .or_else(|| option("ended-by", &expect.ended_by, &seen.ended_by.map(str::to_owned)))
        .or_else(|| option("cause", &expect.cause, &seen.cause))
        .or_else(|| variables(expect, seen))
        .or_else(|| lines(expect.log.as_deref()?, log))
}

fn variables(expect: &Expect, seen: &Observed) -> Option<String> {
    expect.variables.iter().find_map(|(name, wanted)| {
        let value = seen.variables.get(name);
        (value != Some(wanted)).then(|| differs(&format!("variable {name}"), wanted, &value))
    })
}

/// The first line that is not there, after those before it.
fn lines(expected: &[String], log: &[String]) -> Option<String> {
    let mut rest = log.iter();
    let missing = expected.iter().find(|line| !rest.any(|logged| logged == *line))?;
    Some(differs("log", missing, &log))
}

fn value<T: PartialEq + Debug>(what: &str, expected: &Option<T>, got: &T) -> Option<String> {
    let expected = expected.as_ref()?;
    (expected != got).then(|| differs(what, expected, got))
}

fn option<T: PartialEq + Debug>(what: &str, expected: &Option<T>, got: &Option<T>) -> Option<String> {
    let wanted = expected.as_ref()?;
    match got {
        Some(got) => (got != wanted).then(|| differs(what, wanted, got)),
        None => Some(format!("{what}: expected {wanted:?}, got nothing")),
    }
}

fn differs(what: &str, expected: &dyn Debug, got: &dyn Debug) -> String {
    format!("{what}: expected {expected:?}, got {got:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen() -> Observed {
        Observed {
            decision: Some("pass".to_owned()),
            reason: "no prefix fits".to_owned(),
            goes_on: Some("next".to_owned()),
            played: vec!["welcome".to_owned()],
            variables: [("A".to_owned(), "1".to_owned())].into(),
            ..Observed::default()
        }
    }

    #[test]
    fn what_is_not_expected_is_not_looked_at() {
        let expect = Expect {
            decision: Some("pass".to_owned()),
            log: Some(vec!["b".to_owned(), "c".to_owned()]),
            ..Expect::default()
        };
        let log = ["a", "b", "b2", "c"].map(str::to_owned);
        assert_eq!(of_call(&expect, &seen(), &log), None);
        assert_eq!(
            of_call(&expect, &seen(), &log[2..]).unwrap(),
            "log: expected \"b\", got [\"b2\", \"c\"]"
        );
    }

    #[test]
    fn the_first_difference_is_told() {
        let expect = |change: &dyn Fn(&mut Expect)| {
            let mut expect = Expect::default();
            change(&mut expect);
            of_call(&expect, &seen(), &[]).unwrap()
        };
        assert_eq!(
            expect(&|e| e.decision = Some("connect".to_owned())),
            "decision: expected \"connect\", got \"pass\" (no prefix fits)"
        );
        assert_eq!(expect(&|e| e.cause = Some(21)), "cause: expected 21, got nothing");
        assert_eq!(
            expect(&|e| e.played = Some(Vec::new())),
            "played: expected [], got [\"welcome\"]"
        );
        assert_eq!(
            expect(&|e| drop(e.variables.insert("A".to_owned(), "2".to_owned()))),
            "variable A: expected \"2\", got Some(\"1\")"
        );
    }
}
