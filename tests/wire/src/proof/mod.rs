//! The proof: every row of the tables is provoked on a running host, and what came is checked and counted.

mod built;
mod case;
mod credit;
mod gateway;
mod host;
mod manager;
mod native;
mod page;
mod phone;
mod play;
mod rest;
mod stage;
mod text;

use built::Built;
use case::Case;
use credit::Credit;
use host::{Host, Layout};
use phone::Phones;
use stage::{Ground, REPLY_LIMIT, Stage};
use std::net::UdpSocket;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Duration;

/// What is said line by line.
type Say<'a> = &'a (dyn Fn(&str) + Sync);

/// The families of cases; each is a file in `cases/`.
const FAMILIES: [&str; 13] = [
    BARE,
    "ami-session",
    "ami-calls",
    "ami-host",
    "ami-files",
    "ami-phones",
    "agi-commands",
    "agi-media",
    "ari-front",
    "ari-host",
    "ari-channels",
    "ari-bridges",
    "ari-beside",
];

/// The family that is played on a host with next to nothing in it.
const BARE: &str = "bare";

/// The folder of this package, where the cases and the page are.
fn home() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A file of `cases/`; read when it is needed, so that a changed case needs no new program.
fn file(name: &str) -> Result<String, String> {
    let path = home().join("cases").join(name);
    std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
}

/// How a run is wished.
#[derive(Debug, Default)]
pub struct Options {
    /// Chooses the order in which the cases of each family are played.
    pub seed: u64,
    /// The host; without it, it is built.
    pub host: Option<PathBuf>,
    /// Writes the page instead of holding it against the run.
    pub regenerates: bool,
    /// Only families or cases whose names have this in them.
    pub only: Option<String>,
}

/// What came of one family.
struct Outcome {
    credit: Credit,
    failed: usize,
}

/// Plays all cases; each prints its line.
pub fn run(options: &Options, say: Say<'_>) -> ExitCode {
    match prove(options, say) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("failed proof: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// How many things failed.
fn prove(options: &Options, say: Say<'_>) -> Result<usize, String> {
    let program = match &options.host {
        Some(program) => program.clone(),
        None => build()?,
    };
    let folder = std::env::temp_dir().join(format!("ucx-wire-{}", std::process::id()));
    let socket = UdpSocket::bind("127.0.0.1:0").map_err(|error| format!("phones: {error}"))?;
    let mut host = Host::start(&program, &folder, &socket, Layout::Full)?;
    let bare_folder = folder.with_extension("bare");
    let bare_host = Host::start(&program, &bare_folder, &socket, Layout::Bare)?;
    let phones = Phones::start(&socket, host.sip)?;
    let ground = Ground {
        manager: host.manager,
        application: host.application,
        folder: &folder,
        phones: &phones,
    };
    let bare = Ground {
        manager: bare_host.manager,
        application: bare_host.application,
        folder: &bare_folder,
        phones: &phones,
    };
    let mut credit = Credit::new()?;
    let mut failed = 0;
    let outcomes: Vec<Result<Outcome, String>> = std::thread::scope(|scope| {
        let running: Vec<_> = FAMILIES
            .iter()
            .map(|name| {
                let ground = if *name == BARE { bare } else { ground };
                scope.spawn(move || family(ground, name, options, say))
            })
            .collect();
        running
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err("a family died".to_owned())))
            .collect()
    });
    for outcome in outcomes {
        let outcome = outcome?;
        credit.merge(outcome.credit);
        failed += outcome.failed;
    }
    let built = match &options.only {
        None => Some(what_is_built(ground)?),
        Some(_) => None,
    };
    let last = end(ground, &mut host, &mut credit);
    failed += told(say, "end/shutdown", last);
    if let Some(built) = built {
        let tests = page::gotchas::tests_of_crates(&home().join("../.."));
        let page = page::page(&credit, &built, &tests)?;
        failed += told(say, "page", compare_page(&page, options.regenerates));
    }
    Ok(failed)
}

fn told(say: Say<'_>, what: &str, done: Result<(), String>) -> usize {
    match done {
        Ok(()) => {
            say(&format!("ok {what}"));
            0
        }
        Err(error) => {
            say(&format!("failed {what}: {}", error.replace(['\r', '\n'], " ")));
            1
        }
    }
}

fn build() -> Result<PathBuf, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--quiet", "--workspace", "--bin", "ucx"])
        .status()
        .map_err(|error| format!("starting cargo: {error}"))?;
    if !built.success() {
        return Err("the host does not build".to_owned());
    }
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    Ok(own.with_file_name("ucx"))
}

/// Plays the cases of one file, in an order that the seed chooses.
fn family(ground: Ground<'_>, name: &str, options: &Options, say: Say<'_>) -> Result<Outcome, String> {
    let text = file(&format!("{name}.case"))?;
    let cases = case::read(&text).map_err(|error| format!("{name}.case: {error}"))?;
    let mut stage = Stage::new(ground, name)?;
    let mut failed = 0;
    for case in ordered(cases, options.seed) {
        let full = format!("{name}/{}", case.name);
        if options
            .only
            .as_ref()
            .is_some_and(|only| !full.contains(only.as_str()))
        {
            continue;
        }
        let done = play::play(&mut stage, &case);
        let is_broken = done.is_err();
        failed += told(say, &full, done);
        stage.end();
        if is_broken {
            stage.retire(stage::OPERATOR);
        }
    }
    stage.finish();
    let found: Vec<String> = stage
        .found
        .iter()
        .map(|(place, violation)| format!("{place}: {violation}"))
        .collect();
    let clean = if found.is_empty() {
        Ok(())
    } else {
        Err(found.join(" ;; "))
    };
    failed += told(say, &format!("{name}/checker"), clean);
    Ok(Outcome {
        credit: stage.credit,
        failed,
    })
}

/// The order of the file for an odd seed that is 1; else one that follows from the seed.
fn ordered(mut cases: Vec<Case>, seed: u64) -> Vec<Case> {
    let mut state = seed;
    if seed > 1 {
        for at in (1..cases.len()).rev() {
            // Constants of Knuth's MMIX generator.
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let other = usize::try_from(state >> 33).unwrap_or(0) % (at + 1);
            cases.swap(at, other);
        }
    }
    cases
}

/// What the host has, by its own word.
fn what_is_built(ground: Ground<'_>) -> Result<Built, String> {
    let mut stage = Stage::new(ground, "built")?;
    stage.begin("built")?;
    Built::of(&mut stage)
}

/// The host is stopped as an operator would.
fn end(ground: Ground<'_>, host: &mut Host, credit: &mut Credit) -> Result<(), String> {
    let mut stage = Stage::new(ground, "end")?;
    stage.begin("end/shutdown")?;
    let headers = [("Action", "Command"), ("Command", "core stop now")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    stage.manager()?.send(&headers)?;
    let wish = case::Wish {
        first: "Shutdown".to_owned(),
        fields: vec![("Restart".to_owned(), "False".to_owned())],
    };
    let seen = stage.event(&wish);
    host.ended(REPLY_LIMIT + Duration::from_secs(3))?;
    stage.finish();
    let first = stage
        .found
        .first()
        .map(|(place, violation)| format!("{place}: {violation}"));
    credit.merge(stage.credit);
    seen?;
    first.map_or(Ok(()), Err)
}

fn compare_page(page: &str, regenerates: bool) -> Result<(), String> {
    let path = home().join("PROOF.md");
    if regenerates {
        return std::fs::write(&path, page).map_err(|error| format!("{}: {error}", path.display()));
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    if committed == page {
        return Ok(());
    }
    let ours: std::collections::BTreeSet<&str> = page.lines().collect();
    let theirs: std::collections::BTreeSet<&str> = committed.lines().collect();
    let gone: Vec<&&str> = theirs.difference(&ours).take(6).collect();
    let new: Vec<&&str> = ours.difference(&theirs).take(6).collect();
    Err(format!(
        "tests/wire/PROOF.md is not what was proved (gone: {gone:?}; new: {new:?}); write it with `ucx-wire test --regenerate`"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_can_be_read_and_has_a_name_of_its_own() {
        for name in FAMILIES {
            let text = file(&format!("{name}.case")).expect("it is there");
            let cases = case::read(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(!cases.is_empty(), "{name}");
        }
    }

    #[test]
    fn a_seed_chooses_the_order_and_loses_nothing() {
        let cases = |seed| {
            let text: String = (0..20).map(|n| format!("[c{n}]\nclosed\n")).collect();
            let names = ordered(case::read(&text).expect("cases"), seed)
                .into_iter()
                .map(|case| case.name);
            names.collect::<Vec<String>>()
        };
        assert_eq!(cases(1)[0], "c0");
        assert_ne!(cases(1), cases(7));
        assert_eq!(cases(7), cases(7));
        let mut sorted = cases(7);
        let mut all = cases(1);
        sorted.sort();
        all.sort();
        assert_eq!(sorted, all);
    }
}
