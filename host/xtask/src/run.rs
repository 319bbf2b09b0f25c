//! Runs checks of the table in one form and counts what came of them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Result;
use ucx_workshop::guests;
use ucx_workshop::needs::{self, NEXTEST, Need, Provision};
use ucx_workshop::shell::{self, Ended};

use crate::checks::{Check, Form, Run};
use crate::demo;
use crate::guides;
use crate::scenarios;
use crate::tally::{Dialect, Skip, Tally};

/// How long one check may take in its short form; a cold build of the workspace is the longest part.
const TEST_LIMIT: Duration = Duration::from_secs(30 * 60);
/// What a full form may take beyond the time it was given.
const SOAK_EXTRA: Duration = Duration::from_secs(20 * 60);
/// Cases of each property in the full form; the short form leaves it to the test.
const SOAK_CASES: &str = "4096";

/// In which form, and with what, checks are run.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    pub form: Form,
    pub seed: u64,
    /// How long a full form goes on.
    pub minutes: u64,
}

/// Runs checks one after the other; a failing one does not keep the next from running.
///
/// # Errors
/// When a program cannot be started or waited for.
pub fn checks(root: &Path, checks: &[Check], order: &Order) -> Result<Tally> {
    let each = |check: &Check| check.needs.iter().chain(check.wishes).copied();
    let mut wanted: Vec<Need> = checks.iter().flat_map(each).collect();
    if checks.iter().any(|c| matches!(c.run, Run::Units)) {
        wanted.push(Need::Tool(NEXTEST));
    }
    let provision = needs::provide(root, &wanted);
    let mut total = Tally::default();
    for check in checks {
        total.add(one(root, check, order, &provision)?);
    }
    Ok(total)
}

fn one(root: &Path, check: &Check, order: &Order, provision: &Provision) -> Result<Tally> {
    if let Some((need, command)) = provision.lacks(check.needs) {
        let why = format!("needs {}", need.name());
        println!("{}: skipped, {why}", check.name);
        let skip = Skip {
            what: check.name.to_owned(),
            why,
            enable: Some(command.clone()),
        };
        return Ok(Tally {
            skips: vec![skip],
            ..Tally::default()
        });
    }
    println!("{}: {}", check.name, check.about);
    let started_at = Instant::now();
    let tally = match check.run {
        Run::Components => components(guests::setup(root).and_then(|tools| guests::build(root, &tools))),
        Run::Scenarios => scenarios::run(root)?,
        Run::Guides => guides::run(root)?,
        Run::Languages => {
            components(guests::setup(root).and_then(|tools| guests::languages::build(root, &tools)))
        }
        Run::Units if order.form == Form::Soak => rounds(root, check, order)?,
        Run::Units | Run::Cargo(..) | Run::Tool(..) | Run::Script(..) | Run::Program(_) | Run::Demo => {
            command(root, check, order)?
        }
    };
    println!(
        "{}: {} in {} s",
        check.name,
        tally.summary(),
        started_at.elapsed().as_secs()
    );
    Ok(tally)
}

/// Counts what was built.
fn components(built: Result<Vec<PathBuf>>) -> Tally {
    match built {
        Ok(components) => Tally {
            passed: components.len(),
            ..Tally::default()
        },
        Err(error) => {
            println!("  {error:#}");
            Tally {
                failed: 1,
                ..Tally::default()
            }
        }
    }
}

/// The full form of unit tests: again and again, each round with the next seed, until the time is up.
fn rounds(root: &Path, check: &Check, order: &Order) -> Result<Tally> {
    let (started_at, mut total) = (Instant::now(), Tally::default());
    for seed in order.seed.. {
        let round = command(root, check, &Order { seed, ..*order })?;
        let failed = round.failed > 0;
        println!("  seed {seed}: {}", round.summary());
        total.add(round);
        if failed || started_at.elapsed() >= Duration::from_secs(order.minutes * 60) {
            break;
        }
    }
    Ok(total)
}

fn command(root: &Path, check: &Check, order: &Order) -> Result<Tally> {
    let programs: &[&str] = match check.run {
        Run::Program(name) => &[name],
        Run::Demo => &demo::PROGRAMS,
        Run::Units | Run::Cargo(..) | Run::Tool(..) | Run::Script(..) => &[],
        Run::Components | Run::Languages | Run::Scenarios | Run::Guides => &[],
    };
    for name in programs {
        if !shell::build(root, name)? {
            return Ok(Tally {
                failed: 1,
                ..Tally::default()
            });
        }
    }
    let (mut command, dialect) = prepare(root, &check.run, order);
    let limit = match order.form {
        Form::Soak => Duration::from_secs(order.minutes * 60) + SOAK_EXTRA,
        Form::Test | Form::Bench => TEST_LIMIT,
    };
    let (mut tally, mut spoke) = (Tally::default(), false);
    let ended = shell::run(check.name, &mut command, limit, &mut |line| {
        let meant = tally.read(check.name, dialect, line);
        spoke |= meant;
        if dialect == Dialect::Lines && (!meant || !line.starts_with("ok ")) {
            println!("  {line}");
        }
    })?;
    tally.settle(dialect, ended.success, spoke);
    if tally.failed > 0 {
        print_failure(check, dialect, &ended);
    }
    Ok(tally)
}

fn print_failure(check: &Check, dialect: Dialect, ended: &Ended) {
    // Programs of our own have been shown line by line already.
    if dialect != Dialect::Lines {
        for line in ended.tail.iter().filter(|line| !is_noise(line)) {
            println!("  {line}");
        }
    }
    if ended.late {
        println!("  {} was ended after {} s", check.name, ended.seconds);
    }
}

/// Lines that say only that all is well.
fn is_noise(line: &str) -> bool {
    let line = line.trim_start();
    let building = ["Compiling ", "Checking ", "Fresh ", "Downloading ", "Downloaded "];
    building.iter().any(|word| line.starts_with(word))
        || line.starts_with("PASS [")
        || line.ends_with("... ok")
}

fn prepare(root: &Path, run: &Run, order: &Order) -> (Command, Dialect) {
    let (mut command, dialect) = match *run {
        Run::Units => units(root),
        Run::Cargo(folder, args) => {
            let mut cargo = shell::cargo(root);
            cargo.args(args).current_dir(root.join(folder));
            if folder != "." {
                // Another workspace keeps its own lock and features; its files lie below ours, not in its folder.
                cargo.env("CARGO_TARGET_DIR", shell::target(root).join(folder));
            }
            (cargo, Dialect::CargoTest)
        }
        Run::Tool(tool, args) => {
            let mut command = Command::new(tool.find(root).unwrap_or_else(|| tool.program.into()));
            command.args(args).current_dir(root);
            (command, Dialect::Status)
        }
        Run::Script(program, args) => {
            let mut command = Command::new(program);
            command
                .args(args)
                .current_dir(root)
                .env("PYTHONDONTWRITEBYTECODE", "1");
            (command, Dialect::Status)
        }
        Run::Program(name) => {
            let mut program = Command::new(shell::program(root, name));
            program
                .args([order.form.word(), "--seed", &order.seed.to_string()])
                .current_dir(root);
            if order.form == Form::Soak {
                program.args(["--minutes", &order.minutes.to_string()]);
            }
            (program, Dialect::Lines)
        }
        Run::Demo => {
            let mut demo = demo::command(root);
            demo.args(["--once", "--recordings", "target/demo"]);
            (demo, Dialect::Status)
        }
        Run::Components | Run::Languages | Run::Scenarios | Run::Guides => {
            unreachable!("these are done by functions, not by a command")
        }
    };
    command
        .env("UCX_SEED", order.seed.to_string())
        .env("PROPTEST_RNG_SEED", order.seed.to_string());
    command.env("CARGO_TERM_COLOR", "never");
    if order.form == Form::Soak {
        command.env("PROPTEST_CASES", SOAK_CASES);
    }
    (command, dialect)
}

fn units(root: &Path) -> (Command, Dialect) {
    if let Some(nextest) = NEXTEST.find(root) {
        let mut command = Command::new(nextest);
        command.args([
            "nextest",
            "run",
            "--workspace",
            "--no-fail-fast",
            "--status-level",
            "fail",
        ]);
        command
            .args(["--final-status-level", "slow", "--show-progress", "none"])
            .current_dir(root);
        return (command, Dialect::Nextest);
    }
    let mut cargo = shell::cargo(root);
    cargo
        .args(["test", "--workspace", "--lib", "--bins", "--no-fail-fast"])
        .current_dir(root);
    (cargo, Dialect::CargoTest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDER: Order = Order {
        form: Form::Soak,
        seed: 7,
        minutes: 3,
    };

    fn words(command: &Command) -> String {
        command
            .get_args()
            .map(|a| a.to_string_lossy())
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn a_program_is_told_its_form_and_seed() {
        let root = Path::new("/nowhere");
        let (soak, dialect) = prepare(root, &Run::Program("ucx-x"), &ORDER);
        assert_eq!(words(&soak), "soak --seed 7 --minutes 3");
        assert_eq!(dialect, Dialect::Lines);
        let (test, _) = prepare(
            root,
            &Run::Program("ucx-x"),
            &Order {
                form: Form::Test,
                ..ORDER
            },
        );
        assert_eq!(words(&test), "test --seed 7");
        assert!(test.get_program().to_string_lossy().ends_with("debug/ucx-x"));
    }

    #[test]
    fn the_full_form_tries_more_cases() {
        let cases = |form| {
            let (command, _) = prepare(Path::new("/nowhere"), &Run::Units, &Order { form, ..ORDER });
            command.get_envs().any(|(name, _)| name == "PROPTEST_CASES")
        };
        assert!(cases(Form::Soak) && !cases(Form::Test));
    }

    #[test]
    fn a_missing_need_is_a_counted_skip() {
        let need = Need::Program {
            name: "sipp",
            package: "sip-tester",
        };
        let check = Check {
            name: "x",
            about: "y",
            run: Run::Units,
            needs: &[Need::Program {
                name: "sipp",
                package: "sip-tester",
            }],
            wishes: &[],
            forms: &[Form::Test],
        };
        let provision = Provision {
            missing: vec![(need, "get sipp".to_owned())],
        };
        let tally = one(Path::new("/nowhere"), &check, &ORDER, &provision).unwrap();
        assert_eq!(tally.summary(), "0 passed, 0 failed, 1 skipped");
        assert_eq!(tally.skips[0].enable.as_deref(), Some("get sipp"));
    }

    #[test]
    fn noise_is_told_from_news() {
        assert!(is_noise("   Compiling x v1.0.0") && is_noise("test a::b ... ok"));
        assert!(!is_noise("thread 'a' panicked at b.rs:1:1:"));
    }
}
