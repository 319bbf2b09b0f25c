//! Commands about the database of the dialplan.

use super::{Ask, CliCommand, Outcome, Run};
use std::fmt::Write;
use std::sync::Arc;
use ucx_call::Refusal;
use ucx_pbx::LocalBoxFuture;

pub const COMMANDS: &[CliCommand] = &[
    CliCommand {
        words: "database del",
        arguments: "FAMILY KEY",
        summary: "delete a row of the database",
        run: Run::Waits(del),
    },
    CliCommand {
        words: "database deltree",
        arguments: "FAMILY [KEY]",
        summary: "delete all rows of a family, or those below a key of it",
        run: Run::Waits(deltree),
    },
    CliCommand {
        words: "database get",
        arguments: "FAMILY KEY",
        summary: "the value of a row of the database",
        run: Run::Waits(get),
    },
    CliCommand {
        words: "database put",
        arguments: "FAMILY KEY VALUE",
        summary: "write a row of the database",
        run: Run::Waits(put),
    },
    CliCommand {
        words: "database show",
        arguments: "[FAMILY [KEY]]",
        summary: "the rows of the database",
        run: Run::Waits(show),
    },
    CliCommand {
        words: "database showkey",
        arguments: "KEY",
        summary: "the rows with that key, whatever their family",
        run: Run::Waits(showkey),
    },
];

fn refused(refusal: &Refusal) -> Outcome {
    Outcome::failed(refusal.to_string())
}

fn get<'a>(ask: &'a Ask<'a>) -> LocalBoxFuture<'a, Outcome> {
    Box::pin(async move {
        let [family, key] = ask.args.as_slice() else {
            return Outcome::Usage;
        };
        match ask.desk.database_get(family, key).await {
            Ok(Some(value)) => Outcome::line(format!("Value: {value}")),
            Ok(None) => Outcome::line("Database entry not found."),
            Err(refusal) => refused(&refusal),
        }
    })
}

fn put<'a>(ask: &'a Ask<'a>) -> LocalBoxFuture<'a, Outcome> {
    Box::pin(async move {
        let [family, key, value] = ask.args.as_slice() else {
            return Outcome::Usage;
        };
        match ask.desk.database_put(family, key, value).await {
            Ok(()) => Outcome::line("Updated database successfully"),
            Err(Refusal::Denied(right)) => refused(&Refusal::Denied(right)),
            Err(refusal) => Outcome::line(format!("Failed to update entry: {refusal}")),
        }
    })
}

fn del<'a>(ask: &'a Ask<'a>) -> LocalBoxFuture<'a, Outcome> {
    Box::pin(async move {
        let [family, key] = ask.args.as_slice() else {
            return Outcome::Usage;
        };
        match ask.desk.database_delete(family, key).await {
            Ok(true) => Outcome::line("Database entry removed."),
            Ok(false) => Outcome::line("Database entry could not be removed."),
            Err(refusal) => refused(&refusal),
        }
    })
}

fn deltree<'a>(ask: &'a Ask<'a>) -> LocalBoxFuture<'a, Outcome> {
    Box::pin(async move {
        let (family, key) = match ask.args.as_slice() {
            [family] => (*family, None),
            [family, key] => (*family, Some(*key)),
            _ => return Outcome::Usage,
        };
        match ask.desk.database_delete_tree(family, key).await {
            Ok(0) => Outcome::line("Database entries do not exist."),
            Ok(count) => Outcome::line(format!("{count} database entries removed.")),
            Err(refusal) => refused(&refusal),
        }
    })
}

fn list(rows: &[(Arc<str>, Arc<str>)]) -> Outcome {
    let mut text = String::new();
    for (path, value) in rows {
        let _ = writeln!(text, "{path:<50}: {value:<25}");
    }
    let _ = writeln!(text, "{} results found.", rows.len());
    Outcome::Done(text)
}

fn show<'a>(ask: &'a Ask<'a>) -> LocalBoxFuture<'a, Outcome> {
    Box::pin(async move {
        let prefix = match ask.args.as_slice() {
            [] => String::new(),
            [family] => (*family).to_owned(),
            [family, key] => format!("{family}/{key}"),
            _ => return Outcome::Usage,
        };
        match ask.desk.database_tree(&prefix).await {
            Ok(rows) => list(&rows),
            Err(refusal) => refused(&refusal),
        }
    })
}

fn showkey<'a>(ask: &'a Ask<'a>) -> LocalBoxFuture<'a, Outcome> {
    Box::pin(async move {
        let [key] = ask.args.as_slice() else {
            return Outcome::Usage;
        };
        match ask.desk.database_tree("").await {
            Ok(mut rows) => {
                let ending = format!("/{key}");
                rows.retain(|(path, _)| path.ends_with(&ending));
                list(&rows)
            }
            Err(refusal) => refused(&refusal),
        }
    })
}
