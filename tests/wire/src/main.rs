//! `ucx-wire`: checks conversations, compares two of the same call, and proves a host row by row.

use std::process::ExitCode;
use ucx_wire::proof;
use ucx_wire::{Form, check_ami, check_ari, compare_ami, compare_ari, form, without_known_defects};

const USAGE: &str = "usage: ucx-wire check FILE…\n       ucx-wire compare GOLD OURS\n       \
    ucx-wire test [--seed N] [--host PROGRAM] [--only NAME] [--regenerate]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let ["test", ref words @ ..] = arguments[..] {
        return match options(words) {
            Some(options) => proof::run(&options, &say),
            None => {
                say(USAGE);
                ExitCode::from(2)
            }
        };
    }
    let done = match arguments[..] {
        ["check", ref files @ ..] if !files.is_empty() => check(files),
        ["compare", gold, ours] => compare(gold, ours),
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(message) => {
            say(&message);
            ExitCode::from(2)
        }
    }
}

/// Reads how a proof is wished.
fn options(words: &[&str]) -> Option<proof::Options> {
    let mut options = proof::Options {
        seed: 1,
        ..proof::Options::default()
    };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "--seed" => options.seed = words.next()?.parse().ok()?,
            "--host" => options.host = Some(words.next()?.into()),
            "--only" => options.only = Some((*words.next()?).to_owned()),
            "--regenerate" => options.regenerates = true,
            _ => return None,
        }
    }
    Some(options)
}

/// Prints what is wrong with each file; how much it is.
fn check(files: &[&str]) -> Result<usize, String> {
    let mut count = 0;
    for file in files {
        let bytes = read(file)?;
        let found = match form(&bytes) {
            Form::Ami => check_ami(&bytes),
            Form::Ari => check_ari(&bytes),
        };
        for violation in without_known_defects(file, found) {
            count += 1;
            say(&format!("{file}:{violation}"));
        }
    }
    Ok(count)
}

/// Prints how two conversations differ; in how many subjects.
fn compare(gold: &str, ours: &str) -> Result<usize, String> {
    let (gold, ours) = (read(gold)?, read(ours)?);
    if form(&gold) != form(&ours) {
        return Err("the two are of different interfaces".to_owned());
    }
    let found = match form(&gold) {
        Form::Ami => compare_ami(&gold, &ours),
        Form::Ari => compare_ari(&gold, &ours),
    };
    for difference in &found {
        say(&format!("{difference}\n"));
    }
    Ok(found.len())
}

fn read(file: &str) -> Result<Vec<u8>, String> {
    std::fs::read(file).map_err(|error| format!("{file}: {error}"))
}

#[allow(clippy::print_stdout)] // what this program is for
fn say(text: &str) {
    println!("{text}");
}
