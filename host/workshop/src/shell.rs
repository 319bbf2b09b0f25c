//! Runs other programs: their lines are read, long ones say every few seconds that they live, late ones are ended.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// How often a running program is mentioned.
const PROGRESS: Duration = Duration::from_secs(10);
/// Lines that wait to be read; a program that writes more waits.
const LINES_WAITING_MAX: usize = 1024;
/// Lines kept for a failure's report; earlier ones are forgotten.
const LINES_KEPT_MAX: usize = 400;
/// How long a program may take to end once it has been asked to.
const GRACE: Duration = Duration::from_secs(10);

/// How long a cold build may take.
const BUILD_LIMIT: Duration = Duration::from_secs(30 * 60);

/// How a program ended.
#[derive(Debug)]
pub struct Ended {
    pub success: bool,
    /// Whether it was ended because its time was up.
    pub late: bool,
    pub seconds: u64,
    /// Its last lines.
    pub tail: VecDeque<String>,
}

/// Runs a program to its end, or until its time is up; each of its lines goes to `on_line`.
///
/// # Errors
/// When it cannot be started or waited for.
pub fn run(
    what: &str,
    command: &mut Command,
    limit: Duration,
    on_line: &mut dyn FnMut(&str),
) -> Result<Ended> {
    clean(command);
    let started_at = Instant::now();
    let program = command.get_program().to_string_lossy().into_owned();
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("starting {program}"))?;
    let lines = lines_of(&mut child);
    let (mut tail, mut late, mut said_at) = (VecDeque::new(), None, started_at);
    loop {
        match lines.recv_timeout(Duration::from_secs(1)) {
            Ok(line) => {
                on_line(&line);
                if tail.len() == LINES_KEPT_MAX {
                    tail.pop_front();
                }
                tail.push_back(line);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if said_at.elapsed() >= PROGRESS {
            said_at = Instant::now();
            println!(
                "  {what}: {} s{}",
                started_at.elapsed().as_secs(),
                now_doing(tail.back())
            );
        }
        if started_at.elapsed() >= limit && !end_late(&mut child, &mut late)? {
            break;
        }
    }
    let status = child.wait().with_context(|| format!("waiting for {program}"))?;
    let success = status.success() && late.is_none();
    Ok(Ended {
        success,
        late: late.is_some(),
        seconds: started_at.elapsed().as_secs(),
        tail,
    })
}

/// Cargo, the one that runs us, working in the repository.
pub fn cargo(root: &Path) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root);
    cargo
}

/// Programs that are built with a feature which nothing that takes calls may have.
const WITH_FEATURES: &[(&str, &str)] = &[("ucx-sim", "ucx-sim/faults")];

/// Builds one program of the workspace; whether it could be. What the compiler said is printed when it could not.
///
/// The features are those of the whole workspace, so that tests and programs share what they compile.
///
/// # Errors
/// When cargo cannot be started or waited for.
pub fn build(root: &Path, name: &str) -> Result<bool> {
    let mut build = cargo(root);
    build.args(["build", "--workspace", "--bin", name]);
    for (_, feature) in WITH_FEATURES.iter().filter(|(program, _)| *program == name) {
        build.args(["--features", feature]);
    }
    let built = run(&format!("building {name}"), &mut build, BUILD_LIMIT, &mut |_| {})?;
    if !built.success {
        built.tail.iter().for_each(|line| println!("  {line}"));
    }
    Ok(built.success)
}

/// Where [`build`] leaves a program.
pub fn program(root: &Path, name: &str) -> PathBuf {
    target(root).join("debug").join(name)
}

/// Cargo's target folder.
pub fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder))
}

/// Both outputs of a program line by line; the stream ends when both have been closed.
fn lines_of(child: &mut Child) -> Receiver<String> {
    let (sender, lines) = sync_channel(LINES_WAITING_MAX);
    if let Some(out) = child.stdout.take() {
        read(out, sender.clone());
    }
    if let Some(err) = child.stderr.take() {
        read(err, sender);
    }
    lines
}

/// Asks a late program to end, after its grace makes it; `false` once it has been made to.
fn end_late(child: &mut Child, asked_at: &mut Option<Instant>) -> Result<bool> {
    match asked_at {
        None => {
            *asked_at = Some(Instant::now());
            // Asked politely, a test runner ends its own children too. A failure shows after the grace.
            let _ = Command::new("kill")
                .args(["-TERM", &child.id().to_string()])
                .status();
            Ok(true)
        }
        Some(at) if at.elapsed() < GRACE => Ok(true),
        Some(_) => {
            child.kill().context("ending a late program")?;
            Ok(false)
        }
    }
}

/// Reads on a thread that ends with the output it reads, or when nobody wants its lines any more.
fn read(source: impl Read + Send + 'static, lines: SyncSender<String>) {
    thread::spawn(move || {
        let mut source = BufReader::new(source);
        let mut bytes = Vec::new();
        while source.read_until(b'\n', &mut bytes).is_ok_and(|count| count > 0) {
            let line = String::from_utf8_lossy(&bytes).trim_end().to_owned();
            if lines.send(line).is_err() {
                return;
            }
            bytes.clear();
        }
    });
}

/// Cargo describes this package in the environment; another cargo must not take that for its own.
fn clean(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"]
            .iter()
            .any(|p| text.starts_with(p))
        {
            command.env_remove(&name);
        }
    }
}

fn now_doing(last: Option<&String>) -> String {
    last.map(|line| line.trim().chars().take(60).collect::<String>())
        .filter(|line| !line.is_empty())
        .map(|line| format!(" ({line})"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str, limit: Duration) -> (Ended, Vec<String>) {
        let mut lines = Vec::new();
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let ended = run("test", &mut command, limit, &mut |line| {
            lines.push(line.to_owned())
        })
        .unwrap();
        lines.sort();
        (ended, lines)
    }

    #[test]
    fn both_outputs_are_read_and_the_end_is_told() {
        let (ended, lines) = sh("echo a; echo b >&2; exit 3", Duration::from_secs(20));
        assert_eq!(lines, ["a", "b"]);
        assert!(!ended.success && !ended.late);
        assert!(sh("true", Duration::from_secs(20)).0.success);
    }

    #[test]
    fn a_late_program_is_ended() {
        let (ended, _) = sh("exec sleep 60", Duration::ZERO);
        assert!(ended.late && !ended.success);
        assert!(ended.seconds < 20);
    }

    #[test]
    fn only_the_last_lines_are_kept() {
        let (ended, lines) = sh("seq 1000", Duration::from_secs(20));
        assert_eq!((ended.tail.len(), lines.len()), (LINES_KEPT_MAX, 1000));
        assert_eq!(ended.tail.back().map(String::as_str), Some("1000"));
    }

    #[test]
    fn a_missing_program_is_an_error() {
        assert!(run("x", &mut Command::new("/no/such/program"), GRACE, &mut |_| {}).is_err());
    }
}
