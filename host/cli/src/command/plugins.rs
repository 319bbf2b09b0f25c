//! Commands about components.

use super::Context;
use std::fmt::Write;

pub fn list(context: &Context) -> String {
    let mut text = format!(
        "{:<24} {:<9} {:>10} {:<14} {:>9} {:>9} {:>8}\n",
        "Plugin", "Version", "Generation", "Digest", "Verdicts", "Fallbacks", "Busy"
    );
    let plugins = context.plugins.list();
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
    text
}

pub fn logs(context: &Context, plugin: &str) -> String {
    let lines = context.plugins.log(plugin);
    if lines.is_empty() {
        return format!("{plugin} has logged nothing\n");
    }
    lines
        .iter()
        .map(|line| format!("{:?} {}\n", line.level, line.text))
        .collect()
}

pub fn events(context: &Context) -> String {
    context
        .plugins
        .recent()
        .iter()
        .map(|event| format!("{event:?}\n"))
        .collect()
}
