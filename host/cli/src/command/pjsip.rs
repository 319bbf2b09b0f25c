//! Commands about SIP endpoints, their contacts and our own registrations.

mod rows;

use super::{Ask, CliCommand, Outcome, Run};
use rows::View;
use std::sync::Arc;
use ucx_call::Refusal;
use ucx_pbx::LocalBoxFuture;

pub const COMMANDS: &[CliCommand] = &[
    CliCommand {
        words: "pjsip list endpoints",
        arguments: "",
        summary: "the SIP endpoints, a line each",
        run: Run::Waits(|ask| listed(ask, rows::ENDPOINT_HEAD, rows::endpoints_short)),
    },
    CliCommand {
        words: "pjsip qualify",
        arguments: "ENDPOINT",
        summary: "ask the contacts of an endpoint whether they are there",
        run: Run::Waits(qualify),
    },
    CliCommand {
        words: "pjsip reload",
        arguments: "",
        summary: "read pjsip.conf again",
        run: Run::Waits(reload),
    },
    CliCommand {
        words: "pjsip send register",
        arguments: "REGISTRATION",
        summary: "register with somebody else now",
        run: Run::Waits(|ask| register(ask, true)),
    },
    CliCommand {
        words: "pjsip send unregister",
        arguments: "REGISTRATION",
        summary: "take a registration with somebody else back",
        run: Run::Waits(|ask| register(ask, false)),
    },
    CliCommand {
        words: "pjsip show aors",
        arguments: "",
        summary: "the addresses of record and their contacts",
        run: Run::Waits(|ask| listed(ask, rows::AOR_HEAD, rows::aors)),
    },
    CliCommand {
        words: "pjsip show auths",
        arguments: "",
        summary: "the credentials, without their secrets",
        run: Run::Waits(|ask| listed(ask, rows::AUTH_HEAD, rows::auths)),
    },
    CliCommand {
        words: "pjsip show channels",
        arguments: "",
        summary: "the channels of SIP endpoints",
        run: Run::Waits(|ask| listed(ask, rows::CHANNEL_HEAD, rows::channels)),
    },
    CliCommand {
        words: "pjsip show contacts",
        arguments: "",
        summary: "where endpoints can be reached",
        run: Run::Waits(|ask| listed(ask, rows::CONTACT_HEAD, rows::contacts)),
    },
    CliCommand {
        words: "pjsip show endpoint",
        arguments: "ENDPOINT",
        summary: "one SIP endpoint with all its settings",
        run: Run::Waits(endpoint),
    },
    CliCommand {
        words: "pjsip show endpoints",
        arguments: "",
        summary: "the SIP endpoints and what belongs to them",
        run: Run::Waits(|ask| listed(ask, rows::ENDPOINT_TREE_HEAD, rows::endpoints)),
    },
    CliCommand {
        words: "pjsip show identifies",
        arguments: "",
        summary: "how endpoints are known by their address",
        run: Run::Waits(|ask| listed(ask, rows::IDENTIFY_HEAD, rows::identifies)),
    },
    CliCommand {
        words: "pjsip show registrations",
        arguments: "",
        summary: "our own registrations with others",
        run: Run::Waits(|ask| listed(ask, rows::REGISTRATION_HEAD, rows::registrations)),
    },
    CliCommand {
        words: "pjsip show transports",
        arguments: "",
        summary: "the sockets of pjsip.conf",
        run: Run::Waits(|ask| listed(ask, rows::TRANSPORT_HEAD, rows::transports)),
    },
];

/// The line below the head of a table.
const RULE: &str =
    "==========================================================================================\n";

/// What the tables are made of, as it is now.
async fn view(ask: &Ask<'_>) -> Result<View, Refusal> {
    let desk = &ask.desk;
    Ok(View {
        pjsip: desk.pjsip().await?,
        contacts: desk.contacts().await?,
        registrations: desk.registrations().await?,
        channels: desk.channels().await?,
        devices: desk.device_states().await?,
        now: ask.context.pbx.now(),
    })
}

/// A head, the rows, and how many objects they stand for.
fn listed<'a>(
    ask: &'a Ask<'a>,
    head: &'static str,
    rows: fn(&View) -> (String, usize),
) -> LocalBoxFuture<'a, Outcome> {
    Box::pin(async move {
        let view = match view(ask).await {
            Ok(view) => view,
            Err(refusal) => return Outcome::failed(refusal.to_string()),
        };
        let (rows, count) = rows(&view);
        if count == 0 {
            return Outcome::line("No objects found.\n");
        }
        Outcome::Done(format!("\n{head}{RULE}\n{rows}\nObjects found: {count}\n\n"))
    })
}

fn endpoint<'a>(ask: &'a Ask<'a>) -> LocalBoxFuture<'a, Outcome> {
    Box::pin(async move {
        let [name] = ask.args.as_slice() else {
            return Outcome::Usage;
        };
        let view = match view(ask).await {
            Ok(view) => view,
            Err(refusal) => return Outcome::failed(refusal.to_string()),
        };
        let Some(endpoint) = view.pjsip.endpoints.get(*name) else {
            return Outcome::line(format!("Unable to find object {name}.\n"));
        };
        let mut text = format!("\n{}{RULE}\n", rows::ENDPOINT_TREE_HEAD);
        text.push_str(&rows::endpoint_tree(&view, endpoint));
        text.push_str("\n\n ParameterName                      : ParameterValue\n ");
        text.push_str(&"=".repeat(99));
        text.push('\n');
        for (option, value) in endpoint.settings.iter() {
            text.push_str(&format!(" {option:<34} : {value}\n"));
        }
        text.push('\n');
        Outcome::Done(text)
    })
}

fn qualify<'a>(ask: &'a Ask<'a>) -> LocalBoxFuture<'a, Outcome> {
    Box::pin(async move {
        let [name] = ask.args.as_slice() else {
            return Outcome::Usage;
        };
        match ask.desk.qualify(name).await {
            Ok(()) => Outcome::line(format!("Sending qualify to all AORs on endpoint {name}")),
            Err(_) => Outcome::failed(format!("Unable to retrieve endpoint {name}")),
        }
    })
}

fn register<'a>(ask: &'a Ask<'a>, registers: bool) -> LocalBoxFuture<'a, Outcome> {
    Box::pin(async move {
        let [name] = ask.args.as_slice() else {
            return Outcome::Usage;
        };
        let name: Arc<str> = Arc::from(*name);
        match (ask.desk.register(&name, registers).await, registers) {
            (Ok(()), true) => Outcome::line(format!("Re-registration of client {name} has been queued")),
            (Ok(()), false) => Outcome::line(format!("Unregistration of client {name} has been queued")),
            (Err(_), _) => Outcome::failed(format!("Unable to retrieve registration {name}")),
        }
    })
}

fn reload<'a>(ask: &'a Ask<'a>) -> LocalBoxFuture<'a, Outcome> {
    Box::pin(async move {
        let found = crate::reload::reload(ask.context, crate::modules::Part::Pjsip).await;
        match found.errors {
            0 => Outcome::line("Module 'res_pjsip.so' reloaded successfully."),
            count => Outcome::failed(format!(
                "pjsip.conf has {count} errors; what they concern is left out"
            )),
        }
    })
}
