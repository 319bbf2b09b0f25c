//! `cargo xtask demo`: builds the components and the host, then hands over to the host's own demonstration.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{guests, shell};

/// Builds what is needed and runs `ucx demo`; whether it ended well.
///
/// # Errors
/// When the components do not build or a program cannot be started.
pub fn show(root: &Path, args: &[String]) -> Result<bool> {
    let toolchain = guests::setup(root)?;
    guests::build(root, &toolchain)?;
    if !shell::build(root, "ucx")? {
        return Ok(false);
    }
    let program = shell::program(root, "ucx");
    let mut demo = Command::new(&program);
    demo.arg("demo").args(args).current_dir(root);
    let status = demo
        .status()
        .with_context(|| format!("starting {}", program.display()))?;
    Ok(status.success())
}
