//! Commands about the applications and functions of the dialplan.

use super::{Ask, CliCommand, Outcome, Run};
use std::fmt::Write;
use ucx_pbx::Help;

pub const COMMANDS: &[CliCommand] = &[
    CliCommand {
        words: "core show application",
        arguments: "NAME",
        summary: "what an application of the dialplan does",
        run: Run::Now(application),
    },
    CliCommand {
        words: "core show applications",
        arguments: "[like TEXT]",
        summary: "the applications of the dialplan",
        run: Run::Now(applications),
    },
    CliCommand {
        words: "core show function",
        arguments: "NAME",
        summary: "what a function of the dialplan gives",
        run: Run::Now(function),
    },
    CliCommand {
        words: "core show functions",
        arguments: "[like TEXT]",
        summary: "the functions of the dialplan",
        run: Run::Now(functions),
    },
];

/// The text of `like TEXT`, in lower case; everything if it is not there.
fn like(ask: &Ask<'_>) -> Option<String> {
    match ask.args.as_slice() {
        [] => Some(String::new()),
        [word, text] if word.eq_ignore_ascii_case("like") => Some(text.to_ascii_lowercase()),
        _ => None,
    }
}

fn applications(ask: &Ask<'_>) -> Outcome {
    let Some(like) = like(ask) else {
        return Outcome::Usage;
    };
    let title = if like.is_empty() { "Registered" } else { "Matching" };
    let mut text = format!("    -= {title} Asterisk Applications =-\n");
    let mut count = 0;
    for application in ask.context.pbx.registry().applications() {
        if application.name().to_ascii_lowercase().contains(&like) {
            count += 1;
            let _ = writeln!(
                text,
                "{:>20}: {}",
                application.name(),
                application.help().synopsis
            );
        }
    }
    let verb = if like.is_empty() { "Registered" } else { "Matching" };
    let _ = writeln!(text, "    -= {count} Applications {verb} =-");
    Outcome::Done(text)
}

fn functions(ask: &Ask<'_>) -> Outcome {
    let Some(like) = like(ask) else {
        return Outcome::Usage;
    };
    let title = if like.is_empty() { "Installed" } else { "Matching" };
    let mut text = format!("{title} Custom Functions:\n{}\n", "-".repeat(80));
    let mut count = 0;
    for function in ask.context.pbx.registry().functions() {
        if function.name().to_ascii_lowercase().contains(&like) {
            count += 1;
            let help = function.help();
            let _ = writeln!(
                text,
                "{:<20}  {:<35}  {}",
                function.name(),
                help.syntax,
                help.synopsis
            );
        }
    }
    let _ = writeln!(
        text,
        "{count} {}custom functions installed.",
        if like.is_empty() { "" } else { "matching " }
    );
    Outcome::Done(text)
}

fn application(ask: &Ask<'_>) -> Outcome {
    let [name] = ask.args.as_slice() else {
        return Outcome::Usage;
    };
    match ask.context.pbx.registry().find_application(name) {
        Some(found) => Outcome::Done(describe("Application", found.name(), found.help())),
        None => Outcome::failed("Your application(s) is (are) not registered"),
    }
}

fn function(ask: &Ask<'_>) -> Outcome {
    let [name] = ask.args.as_slice() else {
        return Outcome::Usage;
    };
    match ask.context.pbx.registry().find_function(name) {
        Some(found) => Outcome::Done(describe("Function", found.name(), found.help())),
        None => Outcome::failed("No function by that name registered."),
    }
}

fn describe(what: &str, name: &str, help: &Help) -> String {
    let mut text = format!(
        "\n  -= Info about {what} '{name}' =- \n\n[Synopsis]\n{} \n",
        help.synopsis
    );
    let or = |text: &str| {
        if text.is_empty() {
            "Not available".to_owned()
        } else {
            text.to_owned()
        }
    };
    let _ = write!(
        text,
        "\n[Description]\n{}\n\n[Syntax]\n{}\n\n[Arguments]\n",
        or(help.notes),
        or(help.syntax)
    );
    let lists = [help.arguments, help.options, help.sets];
    if lists.iter().all(|list| list.is_empty()) {
        text.push_str("Not available\n");
    }
    for (name, meaning) in lists.into_iter().flatten() {
        let _ = write!(text, "\n{name}\n    {meaning}\n");
    }
    text.push('\n');
    text
}
