//! `cargo xtask`: prepares, builds, shows and tests the project.

#![allow(clippy::print_stdout, reason = "a command-line tool speaks on its output")]

mod checks;
mod demo;
mod guides;
mod run;
mod scenarios;
mod soak;
mod tally;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};
use clap::Parser;
use ucx_workshop::{guests, needs};

use crate::checks::{CHECKS, Form};
use crate::run::Order;

/// The seed of `cargo xtask test`: the same in every run, so that a red test stays red.
const TEST_SEED: u64 = 1;

/// Prepares, builds, shows and tests the project.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Task {
    /// Prepare the machine: the toolchain for components, the WIT texts, the tools the checks use
    Setup,
    /// Build the shipped components of every language, or only those of these folders
    Plugins {
        /// Folders with a plugin.toml; their components are laid into the folder `built` of each
        folders: Vec<PathBuf>,
    },
    /// Write anew what the SDKs take from the WIT packages
    Sdk,
    /// Build what is needed and show a call
    Demo {
        /// Passed on to the demonstration
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Run the checks in their short, seeded form; what the machine lacks is skipped and counted
    Test {
        /// Only these checks
        names: Vec<String>,
        /// Fail if anything was skipped
        #[arg(long)]
        all: bool,
        /// Seed of everything random
        #[arg(long, default_value_t = TEST_SEED)]
        seed: u64,
    },
    /// Run one check in its full form and write its result to tests/soak/NAME.md
    Soak {
        /// The check
        name: String,
        /// Seed of everything random; taken from the clock when left out
        #[arg(long)]
        seed: Option<u64>,
        /// How long it goes on
        #[arg(long, default_value_t = 10)]
        minutes: u64,
    },
    /// Measure, and print values beside their budgets
    Bench {
        /// Only these checks
        names: Vec<String>,
    },
}

fn main() -> ExitCode {
    let root = root();
    match perform(&Task::parse(), &root) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Performs a task; `false` when it ran and its result is bad.
fn perform(task: &Task, root: &Path) -> Result<bool> {
    match task {
        Task::Setup => {
            guests::setup(root)?;
            needs::provide(root, &checks::every_need()).print();
            Ok(true)
        }
        Task::Plugins { folders } => plugins(root, folders),
        Task::Sdk => {
            guests::setup(root)?;
            let status = Command::new(guests::languages::generator(root)?)
                .arg("sdk")
                .arg(root)
                .status()?;
            Ok(status.success())
        }
        Task::Demo { args } => demo::show(root, args),
        Task::Test { names, all, seed } => {
            let order = Order {
                form: Form::Test,
                seed: *seed,
                minutes: 0,
            };
            let tally = run::checks(root, &checks::chosen(CHECKS, Form::Test, names)?, &order)?;
            tally.print();
            Ok(tally.failed == 0 && (!all || tally.skips.is_empty()))
        }
        Task::Soak { name, seed, minutes } => {
            let order = Order {
                form: Form::Soak,
                seed: seed.unwrap_or_else(soak::clock_seed),
                minutes: *minutes,
            };
            soak::run(root, name, &order).with_context(|| format!("soak {name}"))
        }
        Task::Bench { names } => {
            let order = Order {
                form: Form::Bench,
                seed: TEST_SEED,
                minutes: 0,
            };
            let tally = run::checks(root, &checks::chosen(CHECKS, Form::Bench, names)?, &order)?;
            tally.print();
            Ok(tally.failed == 0)
        }
    }
}

/// Builds components and prints where they are; what the machine lacks for a language is said.
fn plugins(root: &Path, folders: &[PathBuf]) -> Result<bool> {
    let toolchain = guests::setup(root)?;
    let provision = needs::provide(root, guests::languages::NEEDS);
    let mut built = Vec::new();
    if folders.is_empty() {
        built.extend(guests::build(root, &toolchain)?);
        if provision.missing.is_empty() {
            built.extend(guests::languages::build(root, &toolchain)?);
        }
    }
    for folder in folders {
        let alone = std::slice::from_ref(folder);
        built.extend(guests::languages::build_folders(
            root,
            Some(&toolchain),
            alone,
            &folder.join("built"),
        )?);
    }
    if !provision.missing.is_empty() {
        provision.print();
    }
    for component in built {
        println!("{}", component.strip_prefix(root).unwrap_or(&component).display());
    }
    Ok(true)
}

/// The repository's root: this crate stands two folders below it.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .nth(2)
        .expect("host/xtask stands two folders below the root")
        .to_owned()
}
