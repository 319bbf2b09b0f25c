//! `ucx replay`: what would this component have said to the questions of yesterday, and done with its calls?

use crate::args::ReplayOptions;
use crate::entropy;
use crate::places::Places;
use crate::why::words;
use anyhow::{Context, Result, anyhow, bail};
use std::process::ExitCode;
use ucx_plugins::{
    DecisionRecord, Entry, FlowRecord, Grants, Manifest, PluginHost, PluginHostConfig, Refusal, Replayed,
    ReplayedRun, Verdict, read_entries,
};

/// The outcome of a run without a difference, and with one.
const SAME: u8 = 0;
const DIFFERENT: u8 = 3;

pub fn run(options: &ReplayOptions) -> Result<ExitCode> {
    let folder = Places::find(&options.state)?.decisions();
    let (entries, unread) = read_entries(&folder, options.call.as_deref())
        .with_context(|| format!("{} holds no decisions", folder.display()))?;
    if unread > 0 {
        crate::say_error(&format!("{unread} lines could not be read"));
    }
    let manifest = ucx_plugins::manifest_of(&options.plugin)
        .map_err(|why| anyhow!("{}: {why}", options.plugin.display()))?;
    let of = options.of.as_ref().unwrap_or(&manifest.id);
    let (mut decisions, mut runs) = (Vec::new(), Vec::new());
    for entry in entries {
        match entry {
            Entry::Decision(decision) if decision.plugin == *of => decisions.push(*decision),
            Entry::Flow(run) if run.plugin == *of => runs.push(*run),
            Entry::Decision(_) | Entry::Flow(_) | Entry::Steps(_) => {}
        }
    }
    if decisions.is_empty() && runs.is_empty() {
        bail!(
            "no decision of {of} and no call it led is recorded in {}",
            folder.display()
        );
    }
    let grants = match &options.grants {
        Some(path) => {
            let text =
                std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
            Grants::parse(&text).map_err(|error| anyhow!("{}: {error}", path.display()))?
        }
        None => whatever_it_asks(&manifest),
    };
    let (replayed, rerun) = ask(options, grants, decisions.clone(), runs.clone())?;
    let mut different = 0;
    if !decisions.is_empty() {
        different += tell(&decisions, &replayed);
    }
    if !runs.is_empty() {
        different += tell_runs(&runs, &rerun);
    }
    Ok(ExitCode::from(if different == 0 { SAME } else { DIFFERENT }))
}

/// A grant of everything: a replay reaches nothing but the recording.
fn whatever_it_asks(manifest: &Manifest) -> Grants {
    Grants::of_everything(manifest)
}

fn ask(
    options: &ReplayOptions,
    grants: Grants,
    decisions: Vec<DecisionRecord>,
    runs: Vec<FlowRecord>,
) -> Result<(Vec<Replayed>, Vec<ReplayedRun>)> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .context("starting a runtime")?;
    let mut config = PluginHostConfig::new(entropy::seed()?);
    config.grants = grants;
    let host = PluginHost::new(config, runtime.handle().clone()).map_err(|error| anyhow!(error))?;
    let asked = async {
        let replayed = match decisions.as_slice() {
            [] => Vec::new(),
            [..] => host.replay(&options.plugin, decisions).await?,
        };
        let rerun = match runs.as_slice() {
            [] => Vec::new(),
            [..] => host.replay_runs(&options.plugin, runs).await?,
        };
        Ok((replayed, rerun))
    };
    runtime
        .block_on(asked)
        .map_err(|refusal: Refusal| anyhow!("{} {refusal}", options.plugin.display()))
}

/// Prints where the runs go another way; answers how many do.
fn tell_runs(runs: &[FlowRecord], rerun: &[ReplayedRun]) -> usize {
    let mut different = 0;
    for (then, now) in runs.iter().zip(rerun) {
        let Some(difference) = &now.difference else {
            continue;
        };
        different += 1;
        crate::say(&format!(
            "call {}: {} goes another way after {} answers",
            then.call, then.channel, difference.after
        ));
        crate::say(&format!("  then: {}", difference.then));
        crate::say(&format!("  now:  {}", difference.now));
        if then.is_masked {
            crate::say("  digits were not recorded (the grant record-digits), which may be why");
        }
    }
    crate::say(&format!("{} calls led again, {different} differ", runs.len()));
    different
}

/// Prints the differences; answers how many there are.
fn tell(decisions: &[DecisionRecord], replayed: &[Replayed]) -> usize {
    let mut different = 0;
    for (then, now) in decisions.iter().zip(replayed) {
        if now.agrees_with(then) {
            continue;
        }
        different += 1;
        crate::say(&format!(
            "call {}: {} from {}",
            then.request.call, then.request.dialled, then.request.caller.number
        ));
        crate::say(&format!("  then: {}", said(&then.outcome)));
        crate::say(&format!("  now:  {}", said(&now.outcome)));
        for missing in &now.missing {
            crate::say(&format!("  asked for what is not in the recording: {missing}"));
        }
    }
    crate::say(&format!(
        "{} decisions asked again, {different} differ",
        decisions.len()
    ));
    different
}

fn said(outcome: &Result<Verdict, String>) -> String {
    match outcome {
        Ok(verdict) if verdict.reason.is_empty() => words(verdict),
        Ok(verdict) => format!("{} ({})", words(verdict), verdict.reason),
        Err(why) => format!("no verdict: {why}"),
    }
}
