//! `ucx replay`: what would this component have said to the questions of yesterday?

use crate::args::ReplayOptions;
use crate::entropy;
use crate::places::Places;
use crate::why::words;
use anyhow::{Context, Result, anyhow, bail};
use std::process::ExitCode;
use ucx_plugins::{
    DecisionRecord, Grants, Manifest, PluginHost, PluginHostConfig, Replayed, Verdict, read_decisions,
};

/// The outcome of a run without a difference, and with one.
const SAME: u8 = 0;
const DIFFERENT: u8 = 3;

pub fn run(options: &ReplayOptions) -> Result<ExitCode> {
    let folder = Places::find(&options.state)?.decisions();
    let (mut decisions, unread) = read_decisions(&folder, options.call.as_deref())
        .with_context(|| format!("{} holds no decisions", folder.display()))?;
    if unread > 0 {
        crate::say_error(&format!("{unread} lines could not be read"));
    }
    let manifest = ucx_plugins::manifest_of(&options.plugin)
        .map_err(|why| anyhow!("{}: {why}", options.plugin.display()))?;
    let of = options.of.as_ref().unwrap_or(&manifest.id);
    decisions.retain(|decision| decision.plugin == *of);
    if decisions.is_empty() {
        bail!("no decision of {of} is recorded in {}", folder.display());
    }
    let grants = match &options.grants {
        Some(path) => {
            let text =
                std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
            Grants::parse(&text).map_err(|error| anyhow!("{}: {error}", path.display()))?
        }
        None => whatever_it_asks(&manifest),
    };
    let replayed = ask(options, grants, decisions.clone())?;
    let different = tell(&decisions, &replayed);
    Ok(ExitCode::from(if different == 0 { SAME } else { DIFFERENT }))
}

/// A grant of everything: a replay reaches nothing but the recording.
fn whatever_it_asks(manifest: &Manifest) -> Grants {
    Grants::of_everything(manifest)
}

fn ask(options: &ReplayOptions, grants: Grants, decisions: Vec<DecisionRecord>) -> Result<Vec<Replayed>> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .context("starting a runtime")?;
    let mut config = PluginHostConfig::new(entropy::seed()?);
    config.grants = grants;
    let host = PluginHost::new(config, runtime.handle().clone()).map_err(|error| anyhow!(error))?;
    runtime
        .block_on(host.replay(&options.plugin, decisions))
        .map_err(|refusal| anyhow!("{} {refusal}", options.plugin.display()))
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
