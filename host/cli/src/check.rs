//! `ucx check DIR`: what is wrong in a configuration directory, with file and line.

use crate::args::CheckOptions;
use crate::ucx_toml;
use anyhow::{Result, bail};
use std::process::ExitCode;
use ucx_config::check::Checker;
use ucx_config::{DirSource, Severity};

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
    let mut warnings = found
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Warning)
        .count();
    let mut errors = found
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error)
        .count();
    if let Ok(text) = std::fs::read_to_string(options.folder.join("ucx.toml")) {
        for error in ucx_toml::faults(&text) {
            crate::say(&format!("ucx.toml: error: {error}"));
            errors += 1;
        }
        for (line, table) in ucx_toml::strangers(&text) {
            crate::say(&format!("ucx.toml:{line}: nobody reads [{table}] (warning)"));
            warnings += 1;
        }
    }
    if let Ok(text) = std::fs::read_to_string(options.folder.join("ucx.toml"))
        && let Err(wrong) = crate::chains::load(&text, &options.folder.join("plugins"), None)
    {
        wrong.iter().for_each(|why| crate::say(&format!("{why} (error)")));
        errors += wrong.len();
    }
    crate::say(&format!("{errors} errors, {warnings} warnings"));
    Ok(if errors == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
