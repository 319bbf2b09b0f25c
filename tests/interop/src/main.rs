//! Does software we did not write get its calls through the host? sipp, baresip and client libraries of the interfaces,
//! each in processes of its own.

#![allow(clippy::print_stdout, reason = "printing is what a check does")]

mod cases;
mod folder;
mod host;
mod namespace;
mod observer;
mod ports;
mod process;
mod script;
mod sipp;
mod stats;
mod stop;
mod tone;

use anyhow::{Context, Result, bail};
use clap::{Parser, ValueEnum};
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Instant;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    Test,
}

#[derive(Parser)]
struct Options {
    /// What is wanted of this check
    form: Form,
    /// Chooses the tones that are played
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The host to try; without it, it is built
    #[arg(long, value_name = "PROGRAM")]
    host: Option<PathBuf>,
    /// Try only what has this in its name
    #[arg(long, value_name = "WORD")]
    only: Option<String>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    match run(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("failed interop: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<bool> {
    let program = match &options.host {
        Some(program) => program.clone(),
        None => build()?,
    };
    stop::listen()?;
    let world = cases::World::new(program, options.seed)?;
    let (mut all_held, mut tried) = (true, false);
    for group in cases::GROUPS {
        let wanted = |case: &&cases::Case| {
            options
                .only
                .as_ref()
                .is_none_or(|word| case.name.contains(word.as_str()))
        };
        let chosen: Vec<_> = group.cases.iter().filter(wanted).collect();
        if chosen.is_empty() {
            continue;
        }
        tried = true;
        if let Some(why) = (group.lacks)() {
            chosen
                .iter()
                .for_each(|case| println!("skipped {}: {why}", case.name));
            continue;
        }
        let mut bench = match (group.prepare)(&world) {
            Ok(bench) => bench,
            Err(error) => {
                all_held = false;
                chosen
                    .iter()
                    .for_each(|case| println!("failed {}: {error:#}", case.name));
                continue;
            }
        };
        for case in chosen {
            stop::check()?;
            all_held &= tell(case.name, &mut || (case.run)(&mut bench));
        }
        all_held &= tell(group.ending, &mut || bench.end());
    }
    let (held, had_any) = cases::libraries::run(&world, options.only.as_deref())?;
    all_held &= held;
    tried |= had_any;
    if !tried {
        bail!("nothing has that in its name");
    }
    Ok(all_held)
}

/// Runs one case and prints its line; what else a failure has to say follows.
fn tell(name: &str, case: &mut dyn FnMut() -> Result<()>) -> bool {
    let started_at = Instant::now();
    match case() {
        Ok(()) => {
            println!("ok {name} ({:.1} s)", started_at.elapsed().as_secs_f32());
            true
        }
        Err(error) => {
            let text = format!("{error:#}");
            let mut lines = text.lines();
            println!("failed {name}: {}", lines.next().unwrap_or_default());
            lines.for_each(|line| println!("    {line}"));
            false
        }
    }
}

/// Builds the host and says where it lies: beside this program.
fn build() -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args([
            "build",
            "--quiet",
            "--workspace",
            "--bin",
            "ucx",
            "--bin",
            "ucx-clients",
        ])
        .status()
        .context("starting cargo")?;
    if !built.success() {
        bail!("the host does not build");
    }
    let own = std::env::current_exe().context("finding this program")?;
    Ok(own.with_file_name("ucx"))
}
