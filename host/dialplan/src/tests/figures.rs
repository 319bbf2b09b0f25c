//! Measured figures. Run with `cargo test -p ucx-dialplan --release -- --ignored --nocapture figures`.

use super::*;
use crate::{FunctionError, Scope, substitute};
use std::fmt::Write as _;
use std::hint::black_box;

/// Asserted only loosely: a shared machine is no laboratory. The budget is 20 µs a match and 3 µs a priority.
const SLACK: u128 = 10;

fn nanoseconds_each(rounds: u32, mut work: impl FnMut(u32)) -> u128 {
    let start = std::time::Instant::now();
    (0..rounds).for_each(&mut work);
    start.elapsed().as_nanos() / u128::from(rounds)
}

struct World;

impl Scope for World {
    fn variable(&mut self, name: &str) -> Option<String> {
        (name == "EXTEN").then(|| "918005551212".to_owned())
    }

    fn function(&mut self, _name: &str, arguments: &str) -> Result<String, FunctionError> {
        Ok(arguments.to_owned())
    }
}

#[test]
#[ignore = "measures"]
fn figures_of_matching_among_100_000_extensions() {
    let literal = |number: u32| format!("{}", 1_000_000 + number);
    let pattern = |number: u32| format!("_{}X.", 1_000_000 + number);
    for (kind, name) in [("literals", literal as fn(u32) -> String), ("patterns", pattern)] {
        let mut text = "[c]\ninclude => d\n[d]\n".to_owned();
        (0..100_000).for_each(|number| {
            writeln!(text, "exten => {},1,NoOp()", name(number)).expect("a string grows");
        });
        let plan = plan(&text);
        let dialled: Vec<String> = (0..1000)
            .map(|n| {
                format!(
                    "{}{}",
                    1_000_000 + n * 97,
                    if kind == "literals" { "" } else { "55" }
                )
            })
            .collect();
        let step = nanoseconds_each(200_000, |round| {
            let query = query("c", &dialled[round as usize % dialled.len()]);
            assert!(black_box(plan.step(&query, 1)).is_some());
        });
        let find = nanoseconds_each(200_000, |round| {
            black_box(plan.find(&query("c", &dialled[round as usize % dialled.len()])));
        });
        println!("100,000 {kind}: step {step} ns, find (with longer) {find} ns");
        assert!(step < 20_000 * SLACK && find < 20_000 * SLACK);
    }
}

#[test]
#[ignore = "measures"]
fn figures_of_one_priority() {
    let plan = plan(
        "[c]\nexten => _9NXXNXXXXXX,1,Set(X=1)\nsame => n,GotoIf($[\"${EXTEN:1:3}\" = \"800\"]?free)\nsame => n,Dial(PJSIP/${EXTEN:1}@trunk,30)\nsame => n(free),Hangup()\n",
    );
    let query = query("c", "98005551212");
    let run = |priority: u32| {
        nanoseconds_each(200_000, |_| {
            let step = plan.step(&query, priority).expect("row");
            black_box(substitute(&mut World, &step.row.arguments).expect("text"));
        })
    };
    let (plain, condition, dial) = (run(1), run(2), run(3));
    let regex = nanoseconds_each(100_000, |_| {
        black_box(substitute(&mut World, "$[\"${EXTEN}\" =~ \"^9[0-9]+\"]").expect("text"));
    });
    println!(
        "priority: plain {plain} ns, GotoIf {condition} ns, Dial {dial} ns; regex expression {regex} ns"
    );
    assert!(plain.max(condition).max(dial) < 3_000 * SLACK);
}
