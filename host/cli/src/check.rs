//! `ucx check DIR`: what is wrong in a configuration directory, with file and line.

use crate::args::CheckOptions;
use crate::rights::ScopesOfDoors;
use anyhow::{Result, bail};
use std::process::ExitCode;
use ucx_config::check::Checker;
use ucx_config::{DirSource, Severity};
use ucx_plugins::Grants;

pub fn run(options: &CheckOptions) -> Result<ExitCode> {
    if !options.folder.is_dir() {
        bail!("{} is not a directory", options.folder.display());
    }
    let source = DirSource::new(&options.folder);
    let checker = Checker::default().with("extensions.conf", |config| ucx_dialplan::load(config).1);
    let found = checker.check(&source);
    for diagnostic in &found {
        crate::say(&diagnostic.to_string());
    }
    let mut errors = found
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error)
        .count();
    if let Ok(text) = std::fs::read_to_string(options.folder.join("ucx.toml")) {
        let read = Grants::parse(&text).map(drop);
        if let Err(error) = read.and_then(|()| ScopesOfDoors::parse(&text).map(drop)) {
            crate::say(&format!("ucx.toml: error: {error}"));
            errors += 1;
        }
    }
    if let Ok(text) = std::fs::read_to_string(options.folder.join("ucx.toml"))
        && let Err(wrong) = crate::chains::load(&text, &options.folder.join("plugins"), None)
    {
        wrong.iter().for_each(|why| crate::say(&format!("{why} (error)")));
        errors += wrong.len();
    }
    let warnings = found
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Warning)
        .count();
    crate::say(&format!("{errors} errors, {warnings} warnings"));
    Ok(if errors == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
