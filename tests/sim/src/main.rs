//! `ucx-sim test|soak|bench --seed N [--minutes M]`: prints `ok`, `failed` or `skipped` for each thing it tried.
//! `ucx-sim replay --seed N --world W [--long]` prints the log of one world of `test`, or of `soak`.
#![allow(clippy::print_stdout)]

use std::process::ExitCode;
use ucx_sim::{Form, program};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number = |option: &str, otherwise: u64| {
        let at = words.iter().position(|word| word == option);
        at.and_then(|at| words.get(at + 1)?.parse().ok())
            .unwrap_or(otherwise)
    };
    let form = match words.first().map(String::as_str) {
        Some("test") => Form::Test,
        Some("soak") => Form::Soak,
        Some("bench") => Form::Bench,
        Some("replay") => Form::Replay {
            world: number("--world", 0),
            is_long: words.iter().any(|word| word == "--long"),
        },
        Some(_) | None => {
            println!("failed sim: say test, soak, bench or replay");
            return ExitCode::FAILURE;
        }
    };
    let mut has_failed = false;
    program(form, number("--seed", 1), number("--minutes", 0), &mut |line| {
        has_failed |= line.starts_with("failed ");
        println!("{line}");
    });
    if has_failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}
