//! Commands about the dialplan.

use super::{Ask, CliCommand, Outcome, Run};
use crate::modules::Part;
use std::sync::Arc;
use ucx_dialplan::{Collision, Content, Dialplan, NewRow};
use ucx_pbx::LocalBoxFuture;

/// Who is named as the maker of rows that came from the console.
const REGISTRAR: &str = "CLI";

pub const COMMANDS: &[CliCommand] = &[
    CliCommand {
        words: "dialplan add extension",
        arguments: "EXTEN,PRIORITY,APPLICATION(DATA) into CONTEXT [replace]",
        summary: "add a row to the dialplan, until it is read again",
        run: Run::Now(add),
    },
    CliCommand {
        words: "dialplan reload",
        arguments: "",
        summary: "read extensions.conf again",
        run: Run::Waits(reload),
    },
    CliCommand {
        words: "dialplan remove extension",
        arguments: "EXTEN[/CALLER]@CONTEXT [PRIORITY]",
        summary: "take an extension, or one row of it, out of the dialplan",
        run: Run::Now(remove),
    },
    CliCommand {
        words: "dialplan set global",
        arguments: "NAME VALUE",
        summary: "set a global variable",
        run: Run::Waits(set_global),
    },
    CliCommand {
        words: "dialplan show",
        arguments: "[CONTEXT|EXTEN@CONTEXT]",
        summary: "the dialplan as it is",
        run: Run::Now(show),
    },
    CliCommand {
        words: "dialplan show globals",
        arguments: "",
        summary: "the global variables",
        run: Run::Waits(globals),
    },
];

fn show(ask: &Ask<'_>) -> Outcome {
    let dialplan = ask.context.pbx.dialplan();
    let (exten, context) = match ask.args.as_slice() {
        [] => (None, None),
        [what] => match what.split_once('@') {
            Some((exten, context)) => (
                Some(exten).filter(|exten| !exten.is_empty()),
                Some(context).filter(|context| !context.is_empty()),
            ),
            None => (None, Some(*what)),
        },
        _ => return Outcome::Usage,
    };
    if let Some(context) = context
        && dialplan.context(context).is_none()
    {
        return Outcome::failed(format!("There is no existence of '{context}' context"));
    }
    let listing = dialplan.listing(context, exten);
    match exten {
        Some(exten) if listing.contexts.is_empty() => Outcome::failed(match context {
            Some(context) => format!("There is no existence of {exten}@{context} extension"),
            None => format!("There is no existence of '{exten}' extension in all contexts"),
        }),
        _ => Outcome::Done(listing.to_string()),
    }
}

/// Reads extensions.conf again, off the control thread; calls under way go on where they are.
fn reload<'a>(ask: &'a Ask<'a>) -> LocalBoxFuture<'a, Outcome> {
    Box::pin(async move {
        let found = crate::reload::reload(ask.context, Part::Dialplan).await;
        if found.errors > 0 {
            return Outcome::failed(format!(
                "Dialplan reloaded, but {} of its lines have errors and were left out.",
                found.errors
            ));
        }
        Outcome::line("Dialplan reloaded.")
    })
}

/// Changes a copy and puts it in place.
fn edit<T>(ask: &Ask<'_>, change: impl FnOnce(&mut Dialplan) -> T) -> T {
    let mut dialplan = Dialplan::clone(&ask.context.pbx.dialplan());
    let answer = change(&mut dialplan);
    ask.context.pbx.set_dialplan(Arc::new(dialplan));
    answer
}

fn add(ask: &Ask<'_>) -> Outcome {
    if !ask.may_change_the_dialplan() {
        return Outcome::failed("Changing the dialplan needs the right to the system");
    }
    let Some(into) = ask.args.iter().position(|word| word.eq_ignore_ascii_case("into")) else {
        return Outcome::Usage;
    };
    let row = ask.args[..into].join(" ");
    let (context, collision) = match &ask.args[into + 1..] {
        [context] => (*context, Collision::Refuse),
        [context, word] if word.eq_ignore_ascii_case("replace") => (*context, Collision::Replace),
        _ => return Outcome::Usage,
    };
    let mut parts = row.splitn(3, ',');
    let (Some(exten), Some(priority), Some(application)) = (parts.next(), parts.next(), parts.next()) else {
        return Outcome::Usage;
    };
    let (exten, caller_id) = match exten.split_once('/') {
        Some((exten, caller)) => (exten, Some(caller)),
        None => (exten, None),
    };
    let content = match priority.trim() {
        "hint" => Content::Hint(application.trim()),
        number => {
            let Ok(number) = number.parse() else {
                return Outcome::failed(format!("'{number}' is not a valid priority"));
            };
            let (name, arguments) = application_of(application);
            Content::Priority {
                number,
                label: None,
                application: name,
                arguments,
            }
        }
    };
    let new = NewRow {
        exten: exten.trim(),
        caller_id,
        content,
        origin: None,
        registrar: REGISTRAR,
        collision,
    };
    match edit(ask, |dialplan| dialplan.add(context, &new)) {
        Ok(()) => Outcome::line(format!(
            "Extension '{row}' {} '{context}' context",
            if collision == Collision::Replace {
                "replaced in"
            } else {
                "added into"
            }
        )),
        Err(error) => Outcome::failed(format!("Failed to add '{row}' extension: {error}")),
    }
}

/// `Name(data)` or `Name,data`.
fn application_of(text: &str) -> (&str, &str) {
    let text = text.trim();
    match text.split_once('(') {
        Some((name, rest)) => (name, rest.strip_suffix(')').unwrap_or(rest)),
        None => text.split_once(',').unwrap_or((text, "")),
    }
}

fn remove(ask: &Ask<'_>) -> Outcome {
    if !ask.may_change_the_dialplan() {
        return Outcome::failed("Changing the dialplan needs the right to the system");
    }
    let (what, priority) = match ask.args.as_slice() {
        [what] => (*what, None),
        [what, priority] => match priority.parse() {
            Ok(priority) => (*what, Some(priority)),
            Err(_) => return Outcome::Usage,
        },
        _ => return Outcome::Usage,
    };
    let Some((exten, context)) = what.split_once('@') else {
        return Outcome::Usage;
    };
    let (exten, caller) = match exten.split_once('/') {
        Some((exten, caller)) => (exten, Some(caller)),
        None => (exten, None),
    };
    if edit(ask, |dialplan| dialplan.remove(context, exten, caller, priority)) {
        let whole = if priority.is_some() {
            "Extension"
        } else {
            "Whole extension"
        };
        Outcome::line(format!("{whole} {exten}@{context} removed"))
    } else {
        Outcome::failed(format!("Failed to remove extension {exten}@{context}"))
    }
}

fn set_global<'a>(ask: &'a Ask<'a>) -> LocalBoxFuture<'a, Outcome> {
    Box::pin(async move {
        let [name, value] = ask.args.as_slice() else {
            return Outcome::Usage;
        };
        match ask.desk.set_variable(None, name, value).await {
            Ok(()) => Outcome::line(format!("\n    -- Global variable '{name}' set to '{value}'")),
            Err(refusal) => Outcome::failed(refusal.to_string()),
        }
    })
}

fn globals<'a>(ask: &'a Ask<'a>) -> LocalBoxFuture<'a, Outcome> {
    Box::pin(async move {
        match ask.desk.variables(None).await {
            Ok(variables) => {
                let count = variables.len();
                let lines = variables
                    .iter()
                    .map(|(name, value)| format!("   {name}={value}\n"))
                    .collect::<String>();
                Outcome::line(format!("{lines}\n    -- {count} variable(s)"))
            }
            Err(refusal) => Outcome::failed(refusal.to_string()),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::application_of;

    #[test]
    fn applications_are_written_in_two_ways() {
        assert_eq!(application_of("Dial(PJSIP/1,20)"), ("Dial", "PJSIP/1,20"));
        assert_eq!(application_of(" NoOp "), ("NoOp", ""));
        assert_eq!(application_of("Wait,5"), ("Wait", "5"));
        assert_eq!(application_of("Set(A=(1))"), ("Set", "A=(1)"));
    }
}
