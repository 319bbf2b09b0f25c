//! What does the host cost? Every row of the budget, measured beside a calibration loop and the floor it names.
//!
//! Prints and judges nothing but its own ability to measure: a missed budget is a word in the table, not a failure.
//! The generators run as processes of their own, started from this same program.

#![allow(clippy::print_stdout, reason = "printing is what a check does")]

mod ami;
mod calibrate;
mod forward;
mod generate;
mod host;
mod machine;
mod process;
mod report;
mod rows;
mod swapping;
mod talk;

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};
use report::{Report, Row};
use rows::World;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

/// After this no further group is begun; the longest one takes about a minute.
const TIME_FULL: Duration = Duration::from_secs(540);
/// The same in the quick form.
const TIME_QUICK: Duration = Duration::from_secs(75);

#[derive(Parser)]
struct Program {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Measure everything and print values beside their budgets
    Bench(Options),
    /// Swap and take back under calls with sound, a few times
    Test(swapping::Options),
    /// The same a hundred times
    Soak(swapping::Options),
    /// Make calls and print a report: the generator's own process
    Generate(generate::Options),
    /// Hold calls and measure their sound: the generator's own process
    Talk(talk::Options),
    /// Pass datagrams on and do nothing else: the floor of the relay
    Forward(forward::Options),
}

#[derive(clap::Args)]
struct Options {
    /// Fixes every tag and number the generators draw
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Shorter runs: coarser figures in at most 90 s
    #[arg(long)]
    quick: bool,
    /// Measure only groups with this in their name
    #[arg(long, value_name = "WORD")]
    only: Option<String>,
    /// The host to measure; without it, it is built
    #[arg(long, value_name = "PROGRAM")]
    host: Option<PathBuf>,
    /// Also write the page tests/soak/bench.md
    #[arg(long)]
    page: bool,
}

fn main() -> ExitCode {
    let result = match Program::parse().command {
        Task::Bench(options) => bench(&options),
        Task::Test(options) => swap(&options, false),
        Task::Soak(options) => swap(&options, true),
        Task::Generate(options) => generate::run(&options).map(|()| true),
        Task::Talk(options) => talk::run(&options).map(|()| true),
        Task::Forward(options) => forward::run(&options).map(|()| true),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("failed bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn swap(options: &swapping::Options, is_full: bool) -> Result<bool> {
    let program = match &options.host {
        Some(program) => program.clone(),
        None => build()?,
    };
    swapping::run(program, options, is_full)
}

fn bench(options: &Options) -> Result<bool> {
    let program = match &options.host {
        Some(program) => program.clone(),
        None => build()?,
    };
    let world = World::new(program, options.seed, options.quick)?;
    let limit = if options.quick { TIME_QUICK } else { TIME_FULL };
    let began = Instant::now();
    let mut report = Report::new(options.seed, options.quick);
    report.calibration.push(calibrate::nanoseconds());
    let mut is_whole = true;
    for group in rows::GROUPS {
        if options
            .only
            .as_ref()
            .is_some_and(|word| !group.name.contains(word.as_str()))
        {
            continue;
        }
        if began.elapsed() > limit {
            println!("skipped {}: the time for the whole is up", group.name);
            continue;
        }
        let started_at = Instant::now();
        match (group.measure)(&world) {
            Ok(rows) => {
                rows.iter().for_each(tell);
                report.rows.extend(rows);
                println!(
                    "  ({} took {:.1} s)",
                    group.name,
                    started_at.elapsed().as_secs_f64()
                );
            }
            Err(error) => {
                is_whole = false;
                println!(
                    "failed {}: {}",
                    group.name,
                    format!("{error:#}").replace('\n', " | ")
                );
            }
        }
    }
    report.calibration.push(calibrate::nanoseconds());
    report.seconds = began.elapsed().as_secs();
    println!("{report}");
    write(Path::new("target/bench.json"), &report.to_json()?)?;
    if options.page {
        write(Path::new("tests/soak/bench.md"), &report.to_page())?;
    }
    Ok(is_whole)
}

/// One line a row, as checks are counted.
fn tell(row: &Row) {
    match row.value {
        Some(value) => println!("ok {}: {}", row.work, report::figure(value, row.unit)),
        None => println!("skipped {}: {}", row.work, row.note),
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    std::fs::write(path, text).with_context(|| format!("writing {}", path.display()))?;
    println!("written to {}", path.display());
    Ok(())
}

/// Builds the host and says where it lies: beside this program.
fn build() -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--quiet", "--workspace", "--bin", "ucx"])
        .status()
        .context("starting cargo")?;
    if !built.success() {
        bail!("the host does not build");
    }
    let own = std::env::current_exe().context("finding this program")?;
    Ok(own.with_file_name("ucx"))
}
