//! Commands about the Application interface and the Gateway's commands.

use super::text::column;
use super::{Ask, CliCommand, Outcome, Run};
use std::fmt::Write;

pub const COMMANDS: &[CliCommand] = &[
    CliCommand {
        words: "agi show commands",
        arguments: "[topic COMMAND]",
        summary: "the commands of Gateway programs",
        run: Run::Now(gateway_commands),
    },
    CliCommand {
        words: "ari show apps",
        arguments: "",
        summary: "the applications of Application clients",
        run: Run::Now(apps),
    },
    CliCommand {
        words: "ari show status",
        arguments: "",
        summary: "how the Application interface is set up",
        run: Run::Now(status),
    },
    CliCommand {
        words: "ari show users",
        arguments: "",
        summary: "who may use the Application interface",
        run: Run::Now(users),
    },
    CliCommand {
        words: "http show status",
        arguments: "",
        summary: "where the web server listens and what it serves",
        run: Run::Now(http_status),
    },
];

const CLOSED: &str = "The host does not take clients yet";

fn apps(ask: &Ask<'_>) -> Outcome {
    let Some(doors) = ask.context.doors() else {
        return Outcome::failed(CLOSED);
    };
    let mut text = "Application Name         \n=========================\n".to_owned();
    let models = doors
        .handle
        .with_applications(|applications| applications.models());
    for application in models {
        let _ = writeln!(text, "{:<25}", application.name);
    }
    Outcome::Done(text)
}

fn users(ask: &Ask<'_>) -> Outcome {
    let Some(doors) = ask.context.doors() else {
        return Outcome::failed(CLOSED);
    };
    let mut text = "r/o?  Username\n----  --------\n".to_owned();
    for (name, user) in &doors.application.settings().ari.users {
        let only_looks = if user.is_read_only { "yes" } else { "no" };
        let _ = writeln!(text, "{only_looks:<4}  {name}");
    }
    Outcome::Done(text)
}

fn status(ask: &Ask<'_>) -> Outcome {
    let Some(doors) = ask.context.doors() else {
        return Outcome::failed(CLOSED);
    };
    let settings = doors.application.settings();
    let word = |is_so: bool| if is_so { "Yes" } else { "No" };
    Outcome::Done(format!(
        "ARI Status:\nEnabled: {}\nOutput format: {}\nAuth realm: {}\nAllowed Origins: {}\nUser count: {}\n",
        word(settings.ari.is_enabled),
        if settings.ari.is_pretty {
            "pretty"
        } else {
            "compact"
        },
        settings.ari.realm,
        settings.ari.origins.join(","),
        settings.ari.users.len()
    ))
}

fn http_status(ask: &Ask<'_>) -> Outcome {
    let Some(doors) = ask.context.doors() else {
        return Outcome::failed(CLOSED);
    };
    let settings = doors.application.settings();
    let http = &settings.http;
    let version = &ask.context.spec.identity.version;
    let server = http
        .server_name
        .clone()
        .unwrap_or_else(|| format!("Asterisk/{version}"));
    let mut text = format!("HTTP Server Status:\nPrefix: {}\nServer: {server}\n", http.prefix);
    match doors.application_address() {
        None => text.push_str("Server Disabled\n\n"),
        Some(address) => {
            let _ = write!(text, "Server Enabled and Bound to {address}\n\n");
        }
    }
    text.push_str("Enabled URI's:\n");
    if http.has_status {
        let _ = writeln!(text, "{}/httpstatus => Asterisk HTTP Status", http.prefix);
    }
    if settings.ari.is_enabled {
        let _ = writeln!(text, "{}/ari/... => Asterisk RESTful API", http.prefix);
    }
    text.push_str("\nEnabled Redirects:\n  None.\n\nPath Restrictions:\n  None.\n");
    Outcome::Done(text)
}

fn gateway_commands(ask: &Ask<'_>) -> Outcome {
    let commands = ucx_gateway::commands();
    let topic = match ask.args.as_slice() {
        [] => None,
        [word, topic @ ..] if word.eq_ignore_ascii_case("topic") && !topic.is_empty() => {
            Some(topic.join(" ").to_ascii_lowercase())
        }
        _ => return Outcome::Usage,
    };
    if let Some(topic) = topic {
        return match commands.iter().find(|command| command.name == topic) {
            Some(command) => Outcome::Done(command.usage()),
            None => Outcome::line(format!("No AGI command '{topic}'")),
        };
    }
    let mut text = format!("{:>5} {:>30}   Description\n", "", "Command");
    for command in commands {
        let _ = writeln!(
            text,
            "{} {:>30}   {}",
            column("", 5),
            command.name,
            command.synopsis
        );
    }
    Outcome::Done(text)
}
