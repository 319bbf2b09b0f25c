//! `ucx plugin build`: a plugin's component, with the tools of its language.

use super::{PluginFolder, shown};
use anyhow::Result;
use std::path::PathBuf;
use std::process::ExitCode;
use ucx_workshop::guests;

pub fn run(options: &PluginFolder) -> Result<ExitCode> {
    let component = component(options)?;
    let size = std::fs::metadata(&component)?.len() / 1024;
    crate::say(&format!("{}: {size} KiB", shown(&component)));
    Ok(ExitCode::SUCCESS)
}

/// Builds the component if anything it is made of has changed; where it is.
pub fn component(options: &PluginFolder) -> Result<PathBuf> {
    let home = guests::home(options.sdk.as_deref(), &options.folder)?;
    guests::build_alone(&home, &options.folder)
}
