//! The program under the field's name: its command line, its foreground and background, its remote console.

mod options;
mod remote;

use crate::host::{self, End};
use crate::log::{self, LogPlan};
use crate::spec::HostSpec;
use anyhow::{Context, Result, bail};
use options::{Launch, Mode};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// The version shown wherever clients look for one.
pub const PRESENTED_VERSION: &str = "22.5.0";
/// How long a host in the background may take to answer before the one who started it gives up.
const BACKGROUND_TIMEOUT: Duration = Duration::from_secs(30);
/// Set for the process that is to leave its terminal.
const BACKGROUND: &str = "UCX_IN_BACKGROUND";

/// Whether the program was called by the field's name.
pub fn is_called_so() -> bool {
    std::env::args_os()
        .next()
        .map(PathBuf::from)
        .and_then(|path| path.file_name().map(|name| name == "asterisk"))
        .unwrap_or_default()
}

/// Does what a command line of the field's program asks for.
pub fn run(args: &[String]) -> Result<ExitCode> {
    let launch = match Launch::parse(args) {
        Ok(launch) => launch,
        Err(problem) => {
            crate::say_error(&problem);
            crate::say_error(options::USAGE);
            return Ok(ExitCode::FAILURE);
        }
    };
    match &launch.mode {
        Mode::Version => crate::say(&format!("Asterisk {PRESENTED_VERSION}")),
        Mode::Help => crate::say(options::USAGE),
        Mode::Remote { command } => {
            let places = HostSpec::of_asterisk_conf(&launch.config)?;
            let socket = launch.socket.clone().unwrap_or(places.control_socket);
            return remote::run(&socket, command.as_deref());
        }
        Mode::Start if launch.is_foreground => return start(&launch),
        Mode::Start => return start_in_background(&launch, args),
    }
    Ok(ExitCode::SUCCESS)
}

fn start(launch: &Launch) -> Result<ExitCode> {
    if std::env::var_os(BACKGROUND).is_some() {
        // A process that leads a group already has no terminal to leave.
        let _ = rustix::process::setsid();
    }
    let mut spec = HostSpec::of_asterisk_conf(&launch.config)?;
    spec.verbose = spec.verbose.max(launch.verbose);
    spec.debug = spec.debug.max(launch.debug);
    if let Some(socket) = &launch.socket {
        spec.control_socket.clone_from(socket);
    }
    let log = log::start(LogPlan::read(&*spec.source, &spec.directories.log));
    log.set_debug(spec.debug);
    match host::run(spec, log)? {
        End::Stop => Ok(ExitCode::SUCCESS),
        End::Restart => restart(),
    }
}

/// Becomes a new process of the same command line.
pub fn restart() -> Result<ExitCode> {
    let program = std::env::current_exe().context("finding this program")?;
    let mut args = std::env::args_os();
    let mut command = Command::new(program);
    if let Some(name) = args.next() {
        command.arg0(name);
    }
    Err(command.args(args).exec()).context("starting again")
}

/// Starts the same in a process of its own, and stays until that one answers.
fn start_in_background(launch: &Launch, args: &[String]) -> Result<ExitCode> {
    let socket = HostSpec::of_asterisk_conf(&launch.config)?.control_socket;
    if crate::rx::ask(&socket, "core waitfullybooted").is_ok() {
        bail!("a host answers at {} already", socket.display());
    }
    // Under its own name it takes `asterisk` as a command; under the field's that would be an option.
    let mut child = Command::new(std::env::current_exe().context("finding this program")?)
        .arg0("ucx")
        .arg("asterisk")
        .arg("-f")
        .args(args.iter().filter(|arg| arg.as_str() != "-F"))
        .env(BACKGROUND, "1")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("starting in the background")?;
    let began = Instant::now();
    while began.elapsed() < BACKGROUND_TIMEOUT {
        if crate::rx::ask(&socket, "core waitfullybooted").is_ok() {
            return Ok(ExitCode::SUCCESS);
        }
        if let Some(status) = child.try_wait().context("looking at the host")? {
            bail!("the host ended ({status}); started with -f it says why");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    bail!("the host does not answer at {}", socket.display())
}
