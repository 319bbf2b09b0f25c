//! The full form of a check, and the page that keeps its result.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};

use crate::checks::{self, CHECKS, Form};
use crate::run::{self, Order};
use crate::tally::Tally;

/// Runs one check in its full form and writes `tests/soak/NAME.md`; `false` when something failed or was skipped.
///
/// # Errors
/// When there is no such check, a program cannot be run or the page cannot be written.
pub fn run(root: &Path, name: &str, order: &Order) -> Result<bool> {
    let chosen = checks::chosen(CHECKS, Form::Soak, &[name.to_owned()])?;
    println!("seed {}", order.seed);
    let figures = root.join("target/soak").join(format!("{name}.md"));
    // Those of another run say nothing about this one; there may be none.
    let _ = std::fs::remove_file(&figures);
    let started_at = Instant::now();
    let tally = run::checks(root, &chosen, order)?;
    tally.print();
    let about = chosen.first().map_or("", |check| check.about);
    let facts = Facts {
        name,
        about,
        date: said(Command::new("date").args(["-u", "+%Y-%m-%d %H:%M UTC"])),
        commit: said(
            Command::new("git")
                .args(["describe", "--always", "--dirty"])
                .current_dir(root),
        ),
        machine: said(Command::new("uname").args(["-srm"])),
        seconds: started_at.elapsed().as_secs(),
    };
    let folder = root.join("tests/soak");
    std::fs::create_dir_all(&folder).context("making tests/soak")?;
    let page = folder.join(format!("{name}.md"));
    let mut text = render(&facts, order, &tally);
    if let Ok(told) = std::fs::read_to_string(&figures) {
        let _ = write!(text, "\n{told}");
    }
    std::fs::write(&page, text).with_context(|| format!("writing {}", page.display()))?;
    println!("written to tests/soak/{name}.md");
    Ok(tally.failed == 0 && tally.skips.is_empty())
}

/// A seed that differs from run to run; it is printed and written down.
pub fn clock_seed() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(1, |since| since.as_secs())
}

struct Facts<'a> {
    name: &'a str,
    about: &'a str,
    date: String,
    commit: String,
    machine: String,
    seconds: u64,
}

fn said(command: &mut Command) -> String {
    let output = command.output().ok().filter(|o| o.status.success());
    output.map_or_else(
        || "unknown".to_owned(),
        |o| String::from_utf8_lossy(&o.stdout).trim().to_owned(),
    )
}

fn render(facts: &Facts<'_>, order: &Order, tally: &Tally) -> String {
    let mut page = format!("# Soak: {}\n\nWhat ran: {}.\n\n", facts.name, facts.about);
    let rows = [
        ("date", facts.date.clone()),
        ("commit", facts.commit.clone()),
        ("machine", facts.machine.clone()),
        ("first seed", order.seed.to_string()),
        ("asked for", format!("{} min", order.minutes)),
        ("took", format!("{} s", facts.seconds)),
        ("result", tally.summary()),
    ];
    page.push_str("| | |\n|---|---|\n");
    for (name, value) in rows {
        let _ = writeln!(page, "| {name} | {value} |");
    }
    if !tally.figures.is_empty() {
        page.push('\n');
    }
    for figure in &tally.figures {
        let _ = writeln!(page, "- {figure}");
    }
    for skip in &tally.skips {
        let _ = write!(page, "\nSkipped: {}: {}.", skip.what, skip.why);
    }
    let _ = writeln!(
        page,
        "\nAgain: `cargo xtask soak {} --seed {} --minutes {}`",
        facts.name, order.seed, order.minutes
    );
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_what_ran_and_how_to_run_it_again() {
        let facts = Facts {
            name: "units",
            about: "unit tests",
            date: "2026-01-02 03:04 UTC".to_owned(),
            commit: "abc".to_owned(),
            machine: "Linux".to_owned(),
            seconds: 61,
        };
        let order = Order {
            form: Form::Soak,
            seed: 9,
            minutes: 1,
        };
        let tally = Tally {
            passed: 3,
            figures: vec!["4 worlds".to_owned()],
            ..Tally::default()
        };
        let page = render(&facts, &order, &tally);
        assert!(page.starts_with("# Soak: units\n\nWhat ran: unit tests.\n"));
        assert!(page.contains("| result | 3 passed, 0 failed, 0 skipped |\n\n- 4 worlds\n"));
        assert!(page.ends_with("Again: `cargo xtask soak units --seed 9 --minutes 1`\n"));
    }

    #[test]
    fn a_check_without_a_full_form_is_refused() {
        let order = Order {
            form: Form::Soak,
            seed: 9,
            minutes: 0,
        };
        assert!(run(Path::new("/nowhere"), "licences", &order).is_err());
    }
}
