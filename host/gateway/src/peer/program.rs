//! A program of this machine: where it is, how it is started, told of the caller's end, and what its own end says.

use super::SoundPipe;
use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use ucx_pbx::Directories;

/// How long a program that closed its output may take to exit before its end no longer counts.
const EXIT_TIME_MAX: Duration = Duration::from_secs(1);

/// How long a program that was asked to end may take.
const END_TIME_MAX: Duration = Duration::from_secs(5);

/// Files a program may have open, whatever the host itself may.
const OPEN_FILES_MAX: u64 = 1_024;

/// A program that was started.
pub(crate) struct Program(Child);

/// Why a program was not started.
#[derive(Debug)]
pub(crate) enum ProgramError {
    /// There is none of that name.
    NotFound,
    /// It cannot be run.
    Failed(io::Error),
}

/// Starts a program with its arguments, without a shell. The work is done on another thread, as the kernel may take a while,
/// and without a copy of this process, so that its price does not grow with our memory.
///
/// # Errors
/// [`ProgramError`].
pub(crate) async fn spawn(
    name: &str,
    arguments: &[String],
    directories: &Directories,
    sound: Option<&SoundPipe>,
) -> Result<(Program, ChildStdout, ChildStdin), ProgramError> {
    let path = locate(name, &directories.gateway).ok_or(ProgramError::NotFound)?;
    // Children of the posix_spawn kind: no code of ours runs between the parent and the program.
    let mut command = match sound {
        Some(sound) => sound.command(&path),
        None => {
            let mut command = Command::new(&path);
            command.arg0(name);
            command
        }
    };
    command
        .args(arguments)
        .envs(variables(directories))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .process_group(0);
    let started = tokio::task::spawn_blocking(move || {
        if !path.exists() {
            return Err(ProgramError::NotFound);
        }
        let child = command.spawn().map_err(ProgramError::Failed)?;
        limit(&child);
        Ok(child)
    });
    let mut child = started
        .await
        .map_err(|error| ProgramError::Failed(io::Error::other(error)))??;
    let streams = child.stdout.take().zip(child.stdin.take());
    let (stdout, stdin) = streams.expect("both were asked for");
    Ok((Program(child), stdout, stdin))
}

impl Program {
    /// Tells it that the caller is gone (SIGHUP); one that exited hears nothing.
    pub fn hang_up(&self) {
        // The id stays the program's own until its exit was asked for.
        let pid = self
            .0
            .id()
            .and_then(|id| rustix::process::Pid::from_raw(id.cast_signed()));
        if let Some(pid) = pid {
            // It may have exited this moment.
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::HUP);
        }
    }

    /// Asks it, and whatever it started, to end (SIGTERM), and ends them a while later (SIGKILL).
    pub fn put_an_end(mut self) {
        let pid = self
            .0
            .id()
            .and_then(|id| rustix::process::Pid::from_raw(id.cast_signed()));
        let Some(group) = pid else { return };
        let tell = move |signal| {
            // They may have ended this moment.
            let _ = rustix::process::kill_process_group(group, signal);
        };
        tell(rustix::process::Signal::TERM);
        tokio::task::spawn_local(async move {
            if tokio::time::timeout(END_TIME_MAX, self.0.wait()).await.is_err() {
                tell(rustix::process::Signal::KILL);
            }
        });
    }

    /// Waits for its exit; safe to be given up half-way.
    pub async fn exited(&mut self) {
        // What cannot be waited for is over.
        let _ = self.0.wait().await;
    }

    /// Whether it exited well. One that closed its output and goes on working has said all it had to say,
    /// and all is well.
    pub async fn has_succeeded(&mut self) -> bool {
        match tokio::time::timeout(EXIT_TIME_MAX, self.0.wait()).await {
            Ok(Ok(status)) => status.success(),
            Ok(Err(_)) | Err(_) => true,
        }
    }
}

/// Where the program of that name is: an absolute name is the operator's own; any other is below the folder of programs and
/// cannot leave it by its name. None for a name that tries, or is none.
fn locate(name: &str, folder: &Path) -> Option<PathBuf> {
    let path = Path::new(name);
    if name.is_empty() || name.contains('\0') {
        return None;
    }
    if path.is_absolute() {
        return Some(path.to_owned());
    }
    path.components()
        .all(|part| matches!(part, Component::Normal(_)))
        .then(|| folder.join(path))
}

/// What a program finds in its environment, beside what the host was started with.
fn variables(directories: &Directories) -> [(&'static str, OsString); 11] {
    let path = |path: &Path| path.as_os_str().to_owned();
    [
        ("AST_CONFIG_DIR", path(&directories.etc)),
        ("AST_CONFIG_FILE", path(&directories.etc.join("asterisk.conf"))),
        ("AST_MODULE_DIR", path(&directories.modules)),
        ("AST_SPOOL_DIR", path(&directories.spool)),
        ("AST_MONITOR_DIR", path(&directories.spool.join("monitor"))),
        ("AST_VAR_DIR", path(&directories.var)),
        ("AST_DATA_DIR", path(&directories.data)),
        ("AST_LOG_DIR", path(&directories.log)),
        ("AST_AGI_DIR", path(&directories.gateway)),
        ("AST_KEY_DIR", path(&directories.keys)),
        ("AST_RUN_DIR", path(&directories.run)),
    ]
}

/// Limits of a program that are not the host's: it opens few files and leaves no image of its memory behind.
fn limit(child: &Child) {
    use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
    let Some(pid) = child.id().and_then(|id| Pid::from_raw(id.cast_signed())) else {
        return;
    };
    let maximum = getrlimit(Resource::Nofile).maximum;
    let files = Rlimit {
        current: Some(maximum.map_or(OPEN_FILES_MAX, |maximum| maximum.min(OPEN_FILES_MAX))),
        maximum,
    };
    let core = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    for (resource, limits) in [(Resource::Nofile, files), (Resource::Core, core)] {
        // It may have exited already.
        let _ = prlimit(Some(pid), resource, limits);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_names_stay_in_the_folder() {
        let folder = Path::new("/var/lib/programs");
        let found = |name: &str| locate(name, folder);
        assert_eq!(
            found("test.agi"),
            Some(PathBuf::from("/var/lib/programs/test.agi"))
        );
        assert_eq!(
            found("sub/a.sh"),
            Some(PathBuf::from("/var/lib/programs/sub/a.sh"))
        );
        assert_eq!(found("/opt/a b.sh"), Some(PathBuf::from("/opt/a b.sh")));
        for bad in ["", "..", "../a", "a/../../b", "./a", "a\0b"] {
            assert_eq!(found(bad), None, "{bad:?}");
        }
    }
}
