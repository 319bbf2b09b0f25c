//! Commands that look at components.

use super::super::{Ask, Outcome};
use super::{answer, on_workers};
use crate::plugin::asks_text;
use std::fmt::Write;
use std::path::PathBuf;
use ucx_plugins::{TrialKind, TrialReport};

pub fn list(ask: &Ask<'_>) -> Outcome {
    let mut text = format!(
        "{:<24} {:<9} {:>10} {:<14} {:>9} {:>9} {:>8} {:<12}\n",
        "Plugin", "Version", "Generation", "Digest", "Verdicts", "Fallbacks", "Busy", "Signed by"
    );
    let plugins = ask.context.plugins.list();
    for plugin in &plugins {
        let _ = writeln!(
            text,
            "{:<24} {:<9} {:>10} {:<14} {:>9} {:>9} {:>8} {:<12}",
            plugin.id,
            plugin.version,
            plugin.generation,
            plugin.digest.get(..12).unwrap_or(&plugin.digest),
            plugin.verdicts,
            plugin.fallbacks,
            plugin.in_flight,
            plugin.signer.as_deref().unwrap_or("-"),
        );
        for (generation, calls) in &plugin.draining {
            let _ = writeln!(
                text,
                "{:<24} generation {generation} drains: {calls} under way",
                ""
            );
        }
        if let Some(why) = &plugin.illness {
            let _ = writeln!(text, "{:<24} is not well: {why}", "");
        }
        if let Some(staged) = plugin.staged {
            let _ = writeln!(text, "{:<24} generation {staged} waits to be promoted", "");
        }
        if let Some(trial) = plugin.trial {
            let _ = writeln!(text, "{:<24} generation {trial} is on trial", "");
        }
    }
    let _ = writeln!(text, "{} plugins", plugins.len());
    Outcome::Done(text)
}

pub fn top(ask: &Ask<'_>) -> Outcome {
    let mut plugins = ask.context.plugins.list();
    plugins.sort_by(|one, other| other.cpu.cmp(&one.cpu).then_with(|| one.id.cmp(&other.id)));
    let mut text = format!(
        "{:<24} {:>10} {:>10} {:>9} {:>9} {:>9} {:>8} {:>8} {:>11} {:>9}\n",
        "Plugin",
        "CPU ms",
        "µs a turn",
        "Turns",
        "Failed",
        "Waiting",
        "Lost",
        "Busy",
        "Quarantined",
        "Unwell"
    );
    for plugin in plugins {
        let turns = plugin.verdicts + plugin.fallbacks;
        let micros = plugin.cpu.as_micros() as u64;
        let _ = writeln!(
            text,
            "{:<24} {:>10} {:>10} {:>9} {:>9} {:>9} {:>8} {:>8} {:>11} {:>9}",
            plugin.id,
            micros / 1000,
            micros.checked_div(turns).unwrap_or(0),
            turns,
            plugin.fallbacks,
            plugin.waiting,
            plugin.lost,
            plugin.in_flight,
            plugin.quarantined,
            plugin.unhealthy,
        );
        if let Some(why) = &plugin.illness {
            let _ = writeln!(text, "{:<24} is not well: {why}", "");
        }
    }
    Outcome::Done(text)
}

pub fn logs(ask: &Ask<'_>) -> Outcome {
    let [plugin] = ask.args.as_slice() else {
        return Outcome::Usage;
    };
    let lines = ask.context.plugins.log(plugin);
    if lines.is_empty() {
        return Outcome::line(format!("{plugin} has logged nothing"));
    }
    Outcome::Done(
        lines
            .iter()
            .map(|line| format!("{:?} {}\n", line.level, line.text))
            .collect(),
    )
}

pub fn events(ask: &Ask<'_>) -> Outcome {
    Outcome::Done(
        ask.context
            .plugins
            .recent()
            .iter()
            .map(|event| format!("{event:?}\n"))
            .collect(),
    )
}

pub fn history(ask: &Ask<'_>) -> Outcome {
    let [plugin] = ask.args.as_slice() else {
        return Outcome::Usage;
    };
    let lines = ask.context.plugins.history(plugin);
    if lines.is_empty() {
        return Outcome::failed(format!("nothing is known of {plugin}"));
    }
    let mut text = format!(
        "{:<20} {:>4} {:<12} {:<10} {:<14} {:<10} {:<16} {}\n",
        "When", "Gen.", "What", "Version", "Digest", "Signed by", "Who", "Gates and notes"
    );
    for line in lines {
        let _ = writeln!(
            text,
            "{:<20} {:>4} {:<12} {:<10} {:<14} {:<10} {:<16} {}",
            time(line.at),
            line.generation,
            line.step.word(),
            line.version,
            line.digest.get(..12).unwrap_or(&line.digest),
            line.signer.as_deref().unwrap_or("-"),
            line.by,
            if line.note.is_empty() {
                line.gates.join(" ")
            } else {
                line.note
            },
        );
    }
    Outcome::Done(text)
}

fn time(at: u64) -> String {
    let at = i64::try_from(at)
        .ok()
        .and_then(|at| jiff::Timestamp::from_second(at).ok());
    at.map_or_else(
        || "?".to_owned(),
        |at| at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
    )
}

pub async fn grants_diff(ask: &Ask<'_>) -> Outcome {
    let [file] = ask.args.as_slice() else {
        return Outcome::Usage;
    };
    let file = PathBuf::from(file);
    let seen = on_workers(ask, |host| async move {
        host.inspect(&file).await.map_err(|refusal| refusal.to_string())
    });
    answer(seen.await.map(|seen| asks_text(&seen).trim_end().to_owned()))
}

/// How a trial goes, in lines.
pub fn trial(report: &TrialReport) -> String {
    let kind = match report.kind {
        TrialKind::Shadow => "is asked beside the active one".to_owned(),
        TrialKind::Canary(rules) => format!(
            "gets {} of 100 calls until {} decisions, of which {} may fail",
            rules.share, rules.decisions, rules.errors
        ),
    };
    let mut text = format!(
        "generation {} ({}) {kind}\n{} asked, {} failed",
        report.generation, report.version, report.asked, report.failed
    );
    if report.kind == TrialKind::Shadow {
        let differ = report.asked.saturating_sub(report.agreed);
        let _ = write!(
            text,
            ", {} agreed, {differ} differed, {} left out",
            report.agreed, report.skipped
        );
    }
    for line in &report.disagreements {
        let _ = write!(
            text,
            "\n  call {} to {}:\n    active {}\n    shadow {}",
            line.call, line.dialled, line.active, line.shadow
        );
    }
    if !report.widens.is_empty() {
        let _ = write!(
            text,
            "\nit asks beyond the active one: {}",
            report.widens.join(" and ")
        );
    }
    text
}
