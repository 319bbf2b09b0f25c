//! Commands about components.

use super::{Ask, CliCommand, Outcome, Run};
use std::fmt::Write;

pub const COMMANDS: &[CliCommand] = &[
    CliCommand {
        words: "plugin events",
        arguments: "",
        summary: "what happened to components lately",
        run: Run::Now(events),
    },
    CliCommand {
        words: "plugin list",
        arguments: "",
        summary: "the components there are",
        run: Run::Now(list),
    },
    CliCommand {
        words: "plugin logs",
        arguments: "NAME",
        summary: "the last lines a component logged",
        run: Run::Now(logs),
    },
];

fn list(ask: &Ask<'_>) -> Outcome {
    let mut text = format!(
        "{:<24} {:<9} {:>10} {:<14} {:>9} {:>9} {:>8}\n",
        "Plugin", "Version", "Generation", "Digest", "Verdicts", "Fallbacks", "Busy"
    );
    let plugins = ask.context.plugins.list();
    for plugin in &plugins {
        let _ = writeln!(
            text,
            "{:<24} {:<9} {:>10} {:<14} {:>9} {:>9} {:>8}",
            plugin.id,
            plugin.version,
            plugin.generation,
            plugin.digest.get(..12).unwrap_or(&plugin.digest),
            plugin.verdicts,
            plugin.fallbacks,
            plugin.in_flight,
        );
        for (generation, calls) in &plugin.draining {
            let _ = writeln!(
                text,
                "{:<24} generation {generation} drains: {calls} under way",
                ""
            );
        }
    }
    let _ = writeln!(text, "{} plugins", plugins.len());
    Outcome::Done(text)
}

fn logs(ask: &Ask<'_>) -> Outcome {
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

fn events(ask: &Ask<'_>) -> Outcome {
    Outcome::Done(
        ask.context
            .plugins
            .recent()
            .iter()
            .map(|event| format!("{event:?}\n"))
            .collect(),
    )
}
