//! A program that was started here: its output goes to a file, and it ends with its owner.

use crate::folder;
use crate::stop;
use anyhow::{Context, Result, bail};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Lines of output that a failure shows.
const TAIL_LINES: usize = 25;
/// How often a wait looks.
const LOOK: Duration = Duration::from_millis(10);

/// A running program.
pub struct Process {
    name: String,
    child: Child,
    output: PathBuf,
}

impl Process {
    /// Starts a program whose output goes to `folder/name.out`.
    pub fn start(name: &str, command: &mut Command, folder: &Path) -> Result<Self> {
        let output = folder.join(format!("{name}.out"));
        let file = File::create(&output).with_context(|| format!("making {}", output.display()))?;
        let child = command
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(file.try_clone().context("sharing an output")?)
            .stderr(file)
            .spawn()
            .with_context(|| format!("starting {name}"))?;
        Ok(Self {
            name: name.to_owned(),
            child,
            output,
        })
    }

    /// How it ended, if it did.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.child
            .try_wait()
            .with_context(|| format!("waiting for {}", self.name))
    }

    /// Waits for its end; one that is late is an error, and it is ended.
    pub fn wait(&mut self, limit: Duration) -> Result<ExitStatus> {
        let started_at = Instant::now();
        while started_at.elapsed() < limit {
            stop::check()?;
            if let Some(status) = self.ended()? {
                return Ok(status);
            }
            std::thread::sleep(LOOK);
        }
        self.kill();
        bail!(
            "{} did not end within {} s\n{}",
            self.name,
            limit.as_secs(),
            self.tail()
        );
    }

    /// Waits until something holds; the program's end or a passed limit are errors.
    pub fn until(&mut self, what: &str, limit: Duration, holds: &mut dyn FnMut() -> bool) -> Result<()> {
        let started_at = Instant::now();
        while !holds() {
            stop::check()?;
            if let Some(status) = self.ended()? {
                bail!("{} ended ({status}) before it {what}\n{}", self.name, self.tail());
            }
            if started_at.elapsed() >= limit {
                bail!(
                    "{} has not {what} within {} s\n{}",
                    self.name,
                    limit.as_secs(),
                    self.tail()
                );
            }
            std::thread::sleep(LOOK);
        }
        Ok(())
    }

    /// Its last lines.
    pub fn tail(&self) -> String {
        format!(
            "last lines of {}:\n{}",
            self.name,
            folder::tail(&self.output, TAIL_LINES)
        )
    }

    fn kill(&mut self) {
        // It may have ended in this moment; either way it is gone then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A failure, and below it what else is known of it.
pub fn with(error: &anyhow::Error, more: &str) -> anyhow::Error {
    anyhow::anyhow!("{error:#}\n{more}")
}

/// Runs a short program to its end and answers its output.
pub fn output(command: &mut Command) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("starting {program}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{program} failed ({}): {}", output.status, said.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_program_is_ended_and_its_last_lines_are_told() {
        let folder = std::env::temp_dir().join(format!("ucx-interop-process-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut shell = Command::new("sh");
        shell.args(["-c", "echo here I hang; exec sleep 60"]);
        let mut process = Process::start("sleeper", &mut shell, &folder).unwrap();
        let error = process.wait(Duration::from_millis(300)).unwrap_err().to_string();
        assert!(error.contains("sleeper did not end"), "{error}");
        assert!(error.contains("here I hang"), "{error}");
        assert!(process.ended().unwrap().is_some());
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_program_that_ends_early_is_no_long_wait() {
        let folder = std::env::temp_dir().join(format!("ucx-interop-early-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut process = Process::start("brief", &mut Command::new("false"), &folder).unwrap();
        let error = process
            .until("spoken", Duration::from_secs(30), &mut || false)
            .unwrap_err()
            .to_string();
        assert!(error.contains("before it spoken"), "{error}");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
