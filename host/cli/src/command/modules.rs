//! Commands about modules.

use super::text::column;
use super::{Ask, CliCommand, Outcome, Run};
use crate::office;
use std::fmt::Write;
use ucx_pbx::{Host, LocalBoxFuture, Reloaded};

pub const COMMANDS: &[CliCommand] = &[
    CliCommand {
        words: "module load",
        arguments: "NAME",
        summary: "let a module run",
        run: Run::Waits(|ask| set(ask, true)),
    },
    CliCommand {
        words: "module reload",
        arguments: "[NAME]",
        summary: "read the configuration of a module again, or of all",
        run: Run::Waits(reload),
    },
    CliCommand {
        words: "module show",
        arguments: "[like TEXT]",
        summary: "the modules there are",
        run: Run::Now(show),
    },
    CliCommand {
        words: "module unload",
        arguments: "NAME",
        summary: "let a module rest",
        run: Run::Waits(|ask| set(ask, false)),
    },
];

fn show(ask: &Ask<'_>) -> Outcome {
    let like = match ask.args.as_slice() {
        [] => String::new(),
        [word, like] if word.eq_ignore_ascii_case("like") => like.to_ascii_lowercase(),
        _ => return Outcome::Usage,
    };
    let mut text = format!(
        "{} {} {} {} {:>13}\n",
        column("Module", 30),
        column("Description", 40),
        column("Use Count", 10),
        column("Status", 11),
        "Support Level"
    );
    let modules = ask.context.office.modules();
    let shown = modules.iter().filter(|module| module.name.contains(&like));
    let mut count = 0;
    for module in shown {
        count += 1;
        let status = if module.is_running {
            "Running"
        } else {
            "Not Running"
        };
        let _ = writeln!(
            text,
            "{:<30} {} {} {} {:>13}",
            module.name,
            column(module.description, 40),
            column("0", 10),
            column(status, 11),
            "core"
        );
    }
    let _ = writeln!(text, "{count} modules loaded");
    Outcome::Done(text)
}

pub fn reload<'a>(ask: &'a Ask<'a>) -> LocalBoxFuture<'a, Outcome> {
    Box::pin(async move {
        if ask.args.is_empty() {
            return match office::reload_module(ask.context, None).await {
                Reloaded::Done => Outcome::Done(String::new()),
                Reloaded::NotFound | Reloaded::Unsupported | Reloaded::Failed => {
                    Outcome::failed("Some files have errors; what they concern stays as it was")
                }
            };
        }
        let mut text = String::new();
        for name in &ask.args {
            let reloaded = office::reload_module(ask.context, Some(name)).await;
            text.push_str(&match reloaded {
                Reloaded::Done => format!("Module '{name}' reloaded successfully.\n"),
                Reloaded::NotFound => format!("No such module '{name}'\n"),
                Reloaded::Unsupported => format!("The module '{name}' does not support reloads\n"),
                Reloaded::Failed => format!("The module '{name}' reported a reload failure\n"),
            });
        }
        Outcome::Done(text)
    })
}

fn set<'a>(ask: &'a Ask<'a>, is_loaded: bool) -> LocalBoxFuture<'a, Outcome> {
    Box::pin(async move {
        let [name] = ask.args.as_slice() else {
            return Outcome::Usage;
        };
        let by = ask.desk.principal();
        let done = ask.context.office.set_module(by, name, is_loaded).await;
        match (done, is_loaded) {
            (Ok(()), true) => Outcome::line(format!("Loaded {name}")),
            (Ok(()), false) => Outcome::line(format!("Unloaded {name}")),
            (Err(refusal), true) => Outcome::failed(format!("Unable to load module {name}: {refusal}")),
            (Err(refusal), false) => Outcome::failed(format!("Unable to unload resource {name}: {refusal}")),
        }
    })
}
