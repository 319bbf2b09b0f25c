//! `ucx replay`: what would this component have said to the questions of yesterday, and done with its calls?

use crate::args::ReplayOptions;
use crate::entropy;
use crate::places::Places;
use crate::why::{choice_words, words};
use anyhow::{Context, Result, anyhow, bail};
use std::process::ExitCode;
use ucx_plugins::{
    Choice, ChoiceRecord, ChoiceRequest, DecisionRecord, Entry, FlowRecord, Grants, Manifest, PluginHost,
    PluginHostConfig, Refusal, Replayed, ReplayedRun, RouteRequest, Verdict, read_entries,
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
    let then = Then::of(of, entries);
    if then.is_empty() {
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
    let now = ask(options, grants, then.clone())?;
    let mut different = 0;
    if !then.decisions.is_empty() {
        different += tell(&then.decisions, &now.decisions, about, said);
    }
    if !then.choices.is_empty() {
        different += tell(&then.choices, &now.choices, about_waiting, chose);
    }
    if !then.runs.is_empty() {
        different += tell_runs(&then.runs, &now.runs);
    }
    Ok(ExitCode::from(if different == 0 { SAME } else { DIFFERENT }))
}

/// What a plugin did, as it is recorded.
#[derive(Clone, Default)]
struct Then {
    decisions: Vec<DecisionRecord>,
    choices: Vec<ChoiceRecord>,
    runs: Vec<FlowRecord>,
}

impl Then {
    fn of(plugin: &str, entries: Vec<Entry>) -> Self {
        let mut then = Self::default();
        for entry in entries {
            match entry {
                Entry::Decision(decision) if decision.plugin == *plugin => then.decisions.push(*decision),
                Entry::Choice(choice) if choice.plugin == *plugin => then.choices.push(*choice),
                Entry::Flow(run) if run.plugin == *plugin => then.runs.push(*run),
                Entry::Decision(_) | Entry::Choice(_) | Entry::Flow(_) | Entry::Steps(_) => {}
            }
        }
        then
    }

    fn is_empty(&self) -> bool {
        self.decisions.is_empty() && self.choices.is_empty() && self.runs.is_empty()
    }
}

/// What a component does with the same.
struct Now {
    decisions: Vec<Replayed>,
    choices: Vec<Replayed<Choice>>,
    runs: Vec<ReplayedRun>,
}

/// A grant of everything: a replay reaches nothing but the recording.
fn whatever_it_asks(manifest: &Manifest) -> Grants {
    Grants::of_everything(manifest)
}

fn ask(options: &ReplayOptions, grants: Grants, then: Then) -> Result<Now> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .context("starting a runtime")?;
    let mut config = PluginHostConfig::new(entropy::seed()?);
    config.grants = grants;
    let host = PluginHost::new(config, runtime.handle().clone()).map_err(|error| anyhow!(error))?;
    let asked = async {
        let plugin = &options.plugin;
        Ok(Now {
            decisions: match then.decisions.as_slice() {
                [] => Vec::new(),
                [..] => host.replay(plugin, then.decisions).await?,
            },
            choices: match then.choices.as_slice() {
                [] => Vec::new(),
                [..] => host.replay_choices(plugin, then.choices).await?,
            },
            runs: match then.runs.as_slice() {
                [] => Vec::new(),
                [..] => host.replay_runs(plugin, then.runs).await?,
            },
        })
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

/// Prints the differences between answers; answers how many there are.
fn tell<Q, A: PartialEq>(
    then: &[DecisionRecord<Q, A>],
    now: &[Replayed<A>],
    about: impl Fn(&Q) -> String,
    said: impl Fn(&Result<A, String>) -> String,
) -> usize {
    let mut different = 0;
    for (then, now) in then.iter().zip(now) {
        if now.agrees_with(then) {
            continue;
        }
        different += 1;
        crate::say(&about(&then.request));
        crate::say(&format!("  then: {}", said(&then.outcome)));
        crate::say(&format!("  now:  {}", said(&now.outcome)));
        for missing in &now.missing {
            crate::say(&format!("  asked for what is not in the recording: {missing}"));
        }
    }
    crate::say(&format!(
        "{} decisions asked again, {different} differ",
        then.len()
    ));
    different
}

fn about(request: &RouteRequest) -> String {
    format!(
        "call {}: {} from {}",
        request.call, request.dialled, request.caller.number
    )
}

fn about_waiting(request: &ChoiceRequest) -> String {
    let caller = &request.caller;
    format!(
        "call {}: {} in queue {}",
        caller.call, caller.caller.number, request.queue.id
    )
}

fn said(outcome: &Result<Verdict, String>) -> String {
    match outcome {
        Ok(verdict) if verdict.reason.is_empty() => words(verdict),
        Ok(verdict) => format!("{} ({})", words(verdict), verdict.reason),
        Err(why) => format!("no verdict: {why}"),
    }
}

fn chose(outcome: &Result<Choice, String>) -> String {
    match outcome {
        Ok(choice) if choice.reason.is_empty() => choice_words(choice),
        Ok(choice) => format!("{} ({})", choice_words(choice), choice.reason),
        Err(why) => format!("no choice: {why}"),
    }
}
