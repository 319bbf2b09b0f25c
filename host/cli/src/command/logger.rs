//! Commands about the log.

use super::{Ask, CliCommand, Outcome, Run};
use crate::modules::Part;
use std::fmt::Write;
use ucx_pbx::{Host, LocalBoxFuture};

pub const COMMANDS: &[CliCommand] = &[
    CliCommand {
        words: "logger reload",
        arguments: "",
        summary: "read logger.conf again",
        run: Run::Waits(reload),
    },
    CliCommand {
        words: "logger rotate",
        arguments: "",
        summary: "put the log files aside and begin new ones",
        run: Run::Waits(rotate),
    },
    CliCommand {
        words: "logger show channels",
        arguments: "",
        summary: "the files of the log",
        run: Run::Now(show),
    },
];

fn reload<'a>(ask: &'a Ask<'a>) -> LocalBoxFuture<'a, Outcome> {
    Box::pin(async move {
        crate::reload::reload(ask.context, Part::Logger).await;
        Outcome::Done(String::new())
    })
}

fn rotate<'a>(ask: &'a Ask<'a>) -> LocalBoxFuture<'a, Outcome> {
    Box::pin(async move {
        match ask.context.office.rotate_logs(ask.desk.principal()).await {
            Ok(()) => Outcome::Done(String::new()),
            Err(refusal) => Outcome::failed(refusal.to_string()),
        }
    })
}

fn show(ask: &Ask<'_>) -> Outcome {
    let mut text = format!(
        "Logger queue limit: {}\n\n{:<35} {:<8} {:<9}  {:<9} Configuration\n{:<35} {:<8} {:<9}  {:<9} -------------\n",
        crate::log::LINES_MAX,
        "Channel",
        "Type",
        "Formatter",
        "Status",
        "-------",
        "----",
        "---------",
        "------"
    );
    for channel in ask.context.office.log().plan().channels {
        let (name, kind) = match &channel.file {
            Some(file) => (file.display().to_string(), "File"),
            None => ("console".to_owned(), "Console"),
        };
        let levels: Vec<&str> = channel.levels.iter().map(|level| level.as_str()).collect();
        let _ = writeln!(
            text,
            "{name:<35} {kind:<8} {:<9}  {:<9}  - {} ",
            "default",
            "Enabled",
            levels.join(" ")
        );
    }
    text.push('\n');
    Outcome::Done(text)
}
