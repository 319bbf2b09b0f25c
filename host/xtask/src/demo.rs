//! `cargo xtask demo`: builds the components and the host, then hands over to the host's own demonstration.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use ucx_workshop::{guests, shell};

/// What the demonstration starts: the host and its phones, and the clients of the three interfaces.
pub const PROGRAMS: [&str; 2] = ["ucx", "ucx-clients"];

/// Builds what is needed and runs `ucx demo`; whether it ended well.
///
/// # Errors
/// When the components do not build or a program cannot be started.
pub fn show(root: &Path, args: &[String]) -> Result<bool> {
    let toolchain = guests::setup(root)?;
    guests::build(root, &toolchain)?;
    for name in PROGRAMS {
        if !shell::build(root, name)? {
            return Ok(false);
        }
    }
    let mut demo = command(root);
    let status = demo
        .args(args)
        .status()
        .with_context(|| format!("starting {}", demo.get_program().to_string_lossy()))?;
    Ok(status.success())
}

/// The demonstration, once its programs are built.
pub fn command(root: &Path) -> Command {
    let mut demo = Command::new(shell::program(root, PROGRAMS[0]));
    demo.arg("demo")
        .arg("--clients")
        .arg(shell::program(root, PROGRAMS[1]))
        .current_dir(root);
    demo
}
