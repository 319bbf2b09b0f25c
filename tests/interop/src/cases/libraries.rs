//! Do client libraries we did not write get along with the interfaces? One host, and one script for each library.
//!
//! A script lies in `clients/LANGUAGE`, tells of each case in a line `ok CASE`, `ok CASE: NOTE` or `failed CASE: WHY`, and
//! says `end` when it is through. A note tells of something that is the library's own.

mod bench;
mod table;

use crate::process::Process;
use anyhow::{Context, Result};
use bench::{Bench, has_bridge};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use table::{CONTEXTS, LIBRARIES, Language, Library};

use super::World;

/// Scripts that run at the same time; the machines have two cores, and scripts mostly wait.
const AT_ONCE: usize = 3;
/// How long one script may take.
const SCRIPT_LIMIT: Duration = Duration::from_secs(150);
/// What each case's name begins with.
const GROUP: &str = "library";

/// Runs the libraries whose cases have the word in their name; whether all held, and whether there were any.
pub fn run(world: &World, only: Option<&str>) -> Result<(bool, bool)> {
    let wanted = |library: &&Library| {
        only.is_none_or(|word| format!("{GROUP}/{}/", library.name).contains(word) || word.starts_with(GROUP))
    };
    let chosen: Vec<&Library> = LIBRARIES.iter().filter(wanted).collect();
    if chosen.is_empty() {
        return Ok((true, false));
    }
    let tools = tools()?;
    let lacks = |library: &Library| {
        let is_missing = library.context == CONTEXTS[1] && !has_bridge(&world.program);
        let build = "its component is missing; enable it with: cargo xtask plugins";
        is_missing
            .then(|| build.to_owned())
            .or_else(|| library.language.lacks(&tools))
    };
    let (ready, missing): (Vec<&Library>, Vec<&Library>) =
        chosen.into_iter().partition(|library| lacks(library).is_none());
    for library in missing {
        let why = lacks(library).unwrap_or_default();
        println!("skipped {GROUP}/{}: {why}", library.name);
    }
    if ready.is_empty() {
        return Ok((true, true));
    }
    let mut bench = Bench::start(world)?;
    let queue = Mutex::new(ready.into_iter());
    let all_hold = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE)
            .map(|_| {
                scope.spawn(|| {
                    let mut all_hold = true;
                    loop {
                        let next = queue.lock().map(|mut queue| queue.next()).unwrap_or_default();
                        let Some(library) = next else { return all_hold };
                        all_hold &= tell(library, &bench, &tools);
                    }
                })
            })
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_default())
            .collect::<Vec<_>>()
            .into_iter()
            .all(|held| held)
    });
    let stopped = bench.end();
    match &stopped {
        Ok(()) => println!("ok {GROUP}, the host has no channel left and stops when told"),
        Err(error) => println!("failed {GROUP}, the host stops when told: {error:#}"),
    }
    Ok((all_hold && stopped.is_ok(), true))
}

/// Runs a library's script and tells of its cases; whether all held.
fn tell(library: &Library, bench: &Bench, tools: &Path) -> bool {
    let started_at = Instant::now();
    let name = format!("{GROUP}/{}", library.name);
    let mut all_hold = true;
    let mut lines = String::new();
    match script(library, bench, tools) {
        Ok(told) => {
            for case in told.cases {
                all_hold &= case.starts_with("ok ");
                let (verdict, what) = case.split_once(' ').unwrap_or((&case, ""));
                lines.push_str(&format!("{verdict} {name}/{what}\n"));
            }
            if let Some(why) = told.broken {
                all_hold = false;
                lines.push_str(&format!("failed {name}: {}\n", why.replace('\n', "\n    ")));
            }
        }
        Err(error) => {
            all_hold = false;
            lines.push_str(&format!("failed {name}: {error:#}\n"));
        }
    }
    // In one piece, so that scripts that end at once do not mix.
    println!("{lines}  {name} took {:.1} s", started_at.elapsed().as_secs_f32());
    all_hold
}

/// What a script told.
struct Told {
    /// The lines of its cases.
    cases: Vec<String>,
    /// What is wrong with it as a whole.
    broken: Option<String>,
}

fn script(library: &Library, bench: &Bench, tools: &Path) -> Result<Told> {
    let folder = bench.scratch(library.name)?;
    let mut command = library.language.command(tools);
    command.arg(library.argument());
    bench.describe(&mut command, &folder, library.context);
    let mut process = Process::start(library.name, &mut command, &folder)?;
    let ended = process.wait(SCRIPT_LIMIT);
    let output = std::fs::read(folder.join(format!("{}.out", library.name))).unwrap_or_default();
    let output = String::from_utf8_lossy(&output);
    let is_case = |line: &&str| line.starts_with("ok ") || line.starts_with("failed ");
    let cases: Vec<String> = output.lines().filter(is_case).map(str::to_owned).collect();
    let is_through = output.lines().any(|line| line.starts_with("end "));
    let broken = match ended {
        Err(error) => Some(format!("{error:#}")),
        Ok(_) if !is_through => Some(format!("it broke off\n{}", process.tail())),
        Ok(_) if cases.len() != library.cases => {
            Some(format!("it told of {} cases, not {}", cases.len(), library.cases))
        }
        Ok(_) => None,
    };
    let broken = broken.map(|why| format!("{why}\n{}", bench.tail()));
    Ok(Told { cases, broken })
}

/// Where what is installed for checks lies: beside the folder of this program.
fn tools() -> Result<PathBuf> {
    let own = std::env::current_exe().context("finding this program")?;
    let target = own.parent().and_then(Path::parent);
    Ok(target
        .context("this program is in no target folder")?
        .join("tools"))
}

impl Language {
    /// Why the scripts of a language cannot run here.
    fn lacks(self, tools: &Path) -> Option<String> {
        let enable = "cargo xtask setup, as root for Debian's packages";
        let missing = match self {
            Self::Rust => {
                let build = "cargo build --workspace --bin ucx-clients";
                return (!program(tools).is_file())
                    .then(|| format!("its program is missing; enable it with: {build}"));
            }
            Self::Python => (!tools.join("python/panoramisk").is_dir()).then_some("packages of Python"),
            Self::Node => (!tools.join("node/node_modules").is_dir()).then_some("packages of Node"),
            Self::Perl => {
                let modules = ["Asterisk/AGI.pm", "Telephony/Asterisk/AMI.pm"];
                let is_there = |module: &&str| Path::new("/usr/share/perl5").join(module).is_file();
                (!modules.iter().all(is_there)).then_some("modules of Perl")
            }
        };
        missing.map(|what| format!("its {what} are missing; enable it with: {enable}"))
    }

    /// What runs a script.
    fn command(self, tools: &Path) -> Command {
        match self {
            Self::Python => {
                let mut python = Command::new("python3");
                python
                    .env("PYTHONPATH", tools.join("python"))
                    .env("PYTHONDONTWRITEBYTECODE", "1")
                    .arg("-W")
                    .arg("ignore");
                python
            }
            Self::Node => {
                let mut node = Command::new("node");
                node.env("UCX_NODE_MODULES", tools.join("node/node_modules"))
                    .arg("--no-deprecation");
                node
            }
            Self::Perl => Command::new("perl"),
            Self::Rust => Command::new(program(tools)),
        }
    }

    fn folder(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::Node => "node",
            Self::Perl => "perl",
            Self::Rust => "rust",
        }
    }

    fn ending(self) -> &'static str {
        match self {
            Self::Python => "py",
            Self::Node => "mjs",
            Self::Perl => "pl",
            Self::Rust => "rs",
        }
    }
}

/// The program of our own that tries libraries of Rust: beside this one.
fn program(tools: &Path) -> PathBuf {
    tools.with_file_name("debug").join("ucx-clients")
}

impl Library {
    /// What tells the language's program which library to try.
    fn argument(&self) -> PathBuf {
        match self.language {
            Language::Rust => PathBuf::from("trial"),
            Language::Python | Language::Node | Language::Perl => self.script(),
        }
    }

    /// The file of its script.
    fn script(&self) -> PathBuf {
        let clients = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients");
        let file = format!("use_{}.{}", self.script, self.language.ending());
        clients.join(self.language.folder()).join(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_library_has_a_script_and_each_script_a_library() {
        let is_script = |library: &&Library| library.language != Language::Rust;
        let mut scripts: Vec<PathBuf> = LIBRARIES.iter().filter(is_script).map(Library::script).collect();
        for script in &scripts {
            assert!(script.is_file(), "{}", script.display());
        }
        scripts.sort();
        // Some are led by the host and by a component.
        scripts.dedup();
        let mut found = Vec::new();
        for language in [Language::Node, Language::Perl, Language::Python] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("clients")
                .join(language.folder());
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                if name.starts_with("use_") {
                    found.push(path);
                }
            }
        }
        found.sort();
        assert_eq!(scripts, found);
    }
}
