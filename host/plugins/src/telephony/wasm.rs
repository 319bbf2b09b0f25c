//! `Wasm(name,args…)`: a component decides what becomes of the call, or leads it.

use super::{enter, flow, legs, question};
use crate::host::PluginHost;
use crate::manifest::Fallback;
use crate::values::{Decision, NoVerdict, RouteOutcome, Value, Verdict};
use std::sync::Arc;
use ucx_call::{Cause, ChannelSnapshot, EventKind};
use ucx_pbx::{Application, CallEnd, Ending, Help, Line, LocalBoxFuture};

/// Arguments a plugin is handed at most; further ones are cut off with a warning.
const ARGUMENTS_MAX: usize = 32;

/// The dialplan application `Wasm`.
pub struct Wasm {
    host: Arc<PluginHost>,
}

impl Wasm {
    /// The application over those plugins.
    pub fn new(host: Arc<PluginHost>) -> Self {
        Self { host }
    }
}

static HELP: Help = Help {
    synopsis: "Let a component decide where the call goes, or lead it.",
    syntax: "Wasm(plugin[/export][,argument[,…]])",
    arguments: &[
        ("plugin", "The component's id."),
        (
            "export",
            "What it shall do: router, flow or application. Without it the router; of a component that is none, the flow; of \
             one that has neither, the application.",
        ),
        ("argument", "Handed to the component as arg1, arg2 and so on."),
    ],
    options: &[],
    sets: &[
        ("WASMSTATUS", "SUCCESS, FAILED, TIMEOUT, DENIED or NOTFOUND."),
        (
            "WASMREASON",
            "The component's reason for its verdict, or what went wrong.",
        ),
        (
            "DIALSTATUS",
            "As Dial sets it, if the verdict was to connect, or the flow dialled.",
        ),
    ],
    notes: "A verdict to connect dials and, once the call took place, ends it as Dial does; if nobody answers, the next \
            priority runs. A verdict to reject hangs up with its cause. A verdict to pass, and a failure whose fallback is \
            to pass, go on with the next priority. A flow leads the call until it is done, and then says where the call goes \
            on; if it fails, the call gets the fallback as well. An application is told of the call (application.call) and has 10 \
            seconds to adopt it; the call is its own until it sends it on, hangs it up or lets go of it, and then the next \
            priority runs. While the application is away, or if it fails, the call gets the fallback.",
};

/// What a router said about a call that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Where it goes, whatever came of that.
    Decided,
    /// That it is not its own.
    Passed,
}

/// The words of `WASMSTATUS`.
#[derive(Clone, Copy)]
pub(super) enum Status {
    Success,
    Failed,
    Timeout,
    Denied,
    NotFound,
}

impl Status {
    fn as_str(self) -> &'static str {
        match self {
            Self::Success => "SUCCESS",
            Self::Failed => "FAILED",
            Self::Timeout => "TIMEOUT",
            Self::Denied => "DENIED",
            Self::NotFound => "NOTFOUND",
        }
    }

    pub(super) fn of(reason: &NoVerdict) -> Self {
        match reason {
            NoVerdict::NoSuchRouter => Self::NotFound,
            NoVerdict::CpuUsedUp(_)
            | NoVerdict::TimedOut(_)
            | NoVerdict::WaitedTooLong(_)
            | NoVerdict::RanTooLong(_) => Self::Timeout,
            NoVerdict::Refused(_) => Self::Denied,
            NoVerdict::Overloaded
            | NoVerdict::Quarantined
            | NoVerdict::Resting(_)
            | NoVerdict::Stopped
            | NoVerdict::MemoryUsedUp(_)
            | NoVerdict::Trapped(_)
            | NoVerdict::Error(_) => Self::Failed,
        }
    }
}

impl Application for Wasm {
    fn name(&self) -> &'static str {
        "Wasm"
    }

    fn help(&self) -> &'static Help {
        &HELP
    }

    fn run<'a>(&'a self, line: &'a mut Line, args: &'a str) -> LocalBoxFuture<'a, Result<(), Ending>> {
        Box::pin(self.decide(line, args))
    }
}

impl Wasm {
    async fn decide(&self, line: &mut Line, args: &str) -> Result<(), Ending> {
        let mut words = args.split(',').map(str::trim);
        let name = words.next().unwrap_or_default();
        let arguments: Vec<&str> = words.take(ARGUMENTS_MAX).collect();
        if let Some((plugin, number)) = name.split_once('@') {
            return flow::visit(&self.host, line, plugin, number).await;
        }
        let (plugin, export) = name.split_once('/').unwrap_or((name, ""));
        match export {
            _ if plugin.is_empty() => note(line, Status::NotFound, "Wasm needs the name of a plugin"),
            "flow" => flow::lead(&self.host, line, plugin, &arguments).await,
            "" if self.host.only_leads(plugin) => flow::lead(&self.host, line, plugin, &arguments).await,
            "application" => enter::offer(&self.host, line, plugin, &arguments).await,
            "" if self.host.only_serves(plugin) => enter::offer(&self.host, line, plugin, &arguments).await,
            "" | "router" => self.ask(line, plugin, &arguments).await.map(drop),
            "selector" => {
                let why = "a selector picks agents for a queue; no call can be sent to it";
                note(line, Status::Denied, why)
            }
            other => note(line, Status::NotFound, &format!("plugins export no {other}")),
        }
    }

    /// Asks a router, and does what it says.
    pub(super) async fn ask(
        &self,
        line: &mut Line,
        plugin: &str,
        arguments: &[&str],
    ) -> Result<Told, Ending> {
        let channel = line.channel()?;
        let readable = self.host.readable(plugin);
        let bearings = self.host.bearings();
        let question = question::question(line, &channel, arguments, &readable, bearings);
        let asked = self.host.route(plugin, question);
        let outcome = tokio::select! {
            biased;
            outcome = asked => outcome,
            ended = line.wait_forever() => return ended.map(|()| Told::Passed),
        };
        match outcome {
            RouteOutcome::Verdict { verdict, generation } => {
                let told = match &verdict.decision {
                    Decision::Pass | Decision::Other(_) => Told::Passed,
                    Decision::Connect(_) | Decision::ContinueAt(_) | Decision::Reject(_) => Told::Decided,
                };
                let fallback = self.host.fallback(plugin, generation);
                follow(line, plugin, generation, &channel, verdict, &fallback)
                    .await
                    .map(|()| told)
            }
            RouteOutcome::Fallback {
                reason,
                fallback,
                generation,
            } => {
                let sentence = reason.to_string();
                tracing::warn!(plugin, generation, reason = %sentence, channel = %channel.name, "the fallback is used");
                failed(line, plugin, generation, &channel, &sentence);
                note(line, Status::of(&reason), &sentence)?;
                let told = match &fallback {
                    Fallback::Pass => Told::Passed,
                    Fallback::Reject(_) | Fallback::ContinueAt(_) => Told::Decided,
                };
                fall_back(line, &fallback).map(|()| told)
            }
        }
    }
}

/// What a manifest declares for a call whose component failed.
pub(super) fn fall_back(line: &mut Line, fallback: &Fallback) -> Result<(), Ending> {
    match fallback {
        Fallback::Pass => Ok(()),
        Fallback::Reject(cause) => Err(Ending::Hangup(Cause(*cause))),
        Fallback::ContinueAt(place) => {
            if let Err(why) = line.goto(place) {
                tracing::warn!(%place, why, "a plugin's fallback leads nowhere; the call goes on where it is");
            }
            Ok(())
        }
    }
}

pub(super) fn note(line: &mut Line, status: Status, reason: &str) -> Result<(), Ending> {
    line.set_variable("WASMSTATUS", status.as_str())?;
    line.set_variable("WASMREASON", reason)
}

pub(super) fn failed(
    line: &Line,
    plugin: &str,
    generation: u64,
    channel: &Arc<ChannelSnapshot>,
    reason: &str,
) {
    line.pbx().publish(EventKind::PluginFailed {
        plugin: Arc::from(plugin),
        generation,
        channel: Some(channel.clone()),
        reason: Arc::from(reason),
    });
}

async fn follow(
    line: &mut Line,
    plugin: &str,
    generation: u64,
    channel: &Arc<ChannelSnapshot>,
    verdict: Verdict,
    fallback: &Fallback,
) -> Result<(), Ending> {
    let cannot = |line: &mut Line, why: &str| {
        tracing::warn!(plugin, generation, reason = why, channel = %channel.name, "the fallback is used");
        failed(line, plugin, generation, channel, why);
        note(line, Status::Failed, why)?;
        fall_back(line, fallback)
    };
    line.pbx().publish(EventKind::PluginDecided {
        plugin: Arc::from(plugin),
        generation,
        channel: channel.clone(),
        decision: Arc::from(word(&verdict.decision)),
        reason: Arc::from(verdict.reason.as_str()),
    });
    note(line, Status::Success, &verdict.reason)?;
    for attr in &verdict.set {
        line.set_variable(&attr.name, &text(&attr.value))?;
    }
    match verdict.decision {
        Decision::Connect(groups) => match legs::plan(line, &groups) {
            Ok(plan) => match line.dial_and_connect(plan).await? {
                CallEnd::Over(_) => Err(Ending::Hangup(Cause::NONE)),
                CallEnd::NotAnswered { .. } => Ok(()),
            },
            Err(why) => cannot(line, &why),
        },
        Decision::ContinueAt(place) => {
            let target = format!("{},{},{}", place.context, place.exten, place.priority);
            match line.goto(target.trim_start_matches(',')) {
                Ok(()) => Ok(()),
                Err(why) => cannot(line, &why),
            }
        }
        Decision::Reject(rejection) => {
            let cause = if rejection.cause == 0 {
                Cause::CALL_REJECTED
            } else {
                Cause(rejection.cause)
            };
            Err(Ending::Hangup(cause))
        }
        Decision::Pass => Ok(()),
        Decision::Other(_) => {
            tracing::warn!(plugin, generation, "a decision of an unknown kind counts as pass");
            Ok(())
        }
    }
}

fn word(decision: &Decision) -> &'static str {
    match decision {
        Decision::Connect(_) => "connect",
        Decision::ContinueAt(_) => "continue-at",
        Decision::Reject(_) => "reject",
        Decision::Pass => "pass",
        Decision::Other(_) => "other",
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Boolean(truth) => u8::from(*truth).to_string(),
        Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
    }
}
