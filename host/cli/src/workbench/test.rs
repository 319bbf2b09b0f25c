//! `ucx plugin test`: a plugin's scenarios, each ok or failed with the first difference.

use super::{TestOptions, build, shown};
use crate::rehearsal::{self, Bench, Played, Scenario};
use anyhow::{Context, Result, anyhow, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Lines of a failed scenario's story that are shown; the ones before them are left out.
const STORY_MAX: usize = 60;

pub fn run(options: &TestOptions) -> Result<ExitCode> {
    let folder = &options.plugin.folder;
    let tests = options.tests.clone().unwrap_or_else(|| folder.join("tests"));
    let files = files(&tests)?;
    let wasm = match &options.component {
        Some(built) => built.clone(),
        None => build::component(&options.plugin)?,
    };
    let manifest = ucx_plugins::manifest_of(&wasm).map_err(|why| anyhow!("{}: {why}", wasm.display()))?;
    crate::say(&format!(
        "{} {}, seed {}",
        manifest.id, manifest.version, options.seed
    ));
    let own = std::env::temp_dir().join(format!("ucx-rehearsal-{}", std::process::id()));
    let bench = Bench {
        wasm: &wasm,
        manifest: &manifest,
        cache: &folder.join("built/compiled"),
        folder: &own,
        seed: options.seed,
    };
    let counted = all(options, &files, &bench);
    let cleared = std::fs::remove_dir_all(&own);
    let (well, failed, took) = counted?;
    cleared.with_context(|| own.display().to_string())?;
    crate::say(&format!(
        "{} scenarios: {well} ok, {failed} failed in {:.1} s",
        well + failed,
        took.as_secs_f64()
    ));
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The files with scenarios.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("{} holds the scenarios", folder.display()))?;
    let mut files = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    files.retain(|file| file.extension().is_some_and(|end| end == "toml"));
    files.sort();
    ensure!(
        !files.is_empty(),
        "{} holds no scenarios (*.toml)",
        folder.display()
    );
    Ok(files)
}

/// Plays them; how many went well, how many did not, and how long that took.
fn all(options: &TestOptions, files: &[PathBuf], bench: &Bench<'_>) -> Result<(usize, usize, Duration)> {
    let began = Instant::now();
    let (mut well, mut failed) = (0, 0);
    for file in files {
        let mut scenarios = rehearsal::read(file)?;
        if let Some(words) = &options.only {
            scenarios.retain(|scenario| scenario.name.contains(words.as_str()));
        }
        if scenarios.is_empty() {
            continue;
        }
        crate::say(&shown(file));
        for scenario in &scenarios {
            if one(options, scenario, bench)? {
                well += 1;
            } else {
                failed += 1;
            }
        }
    }
    if well + failed == 0 {
        bail!("no scenario has such a name");
    }
    Ok((well, failed, began.elapsed()))
}

fn one(options: &TestOptions, scenario: &Scenario, bench: &Bench<'_>) -> Result<bool> {
    let played = rehearsal::play(bench, scenario).with_context(|| scenario.name.clone())?;
    let difference = rehearsal::difference(scenario, &played);
    match &difference {
        None => {
            let lasted = played.lasted.as_secs_f64();
            crate::say(&format!(
                "  ok      {} ({lasted:.1} s of its own time)",
                scenario.name
            ));
        }
        Some(difference) => {
            crate::say(&format!("  failed  {}", scenario.name));
            crate::say(&format!("          {difference}"));
        }
    }
    if difference.is_some() || options.story {
        tell(&played);
    }
    Ok(difference.is_none())
}

/// What happened, by the scenario's own clock.
fn tell(played: &Played) {
    let left_out = played.story.len().saturating_sub(STORY_MAX);
    if left_out > 0 {
        crate::say(&format!("          ({left_out} earlier lines are left out)"));
    }
    for (at, words) in played.story.iter().skip(left_out) {
        crate::say(&format!("          {:>9.3} s  {words}", at.as_secs_f64()));
    }
    for line in &played.log {
        crate::say(&format!("                logs  {line}"));
    }
    for request in &played.asked {
        crate::say(&format!("                asks  {request}"));
    }
}
