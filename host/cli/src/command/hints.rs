//! Commands about hints, and the states they are made of.

use super::text::column;
use super::{Ask, CliCommand, Outcome, Run};
use std::fmt::Write;
use ucx_call::{DeviceState, Refusal};
use ucx_pbx::{HintView, LocalBoxFuture};

pub const COMMANDS: &[CliCommand] = &[
    CliCommand {
        words: "core show hint",
        arguments: "EXTEN[@CONTEXT]",
        summary: "the hints of an extension",
        run: Run::Waits(show_one),
    },
    CliCommand {
        words: "core show hints",
        arguments: "",
        summary: "the hints of the dialplan and their states",
        run: Run::Waits(show),
    },
    CliCommand {
        words: "devstate change",
        arguments: "DEVICE STATE",
        summary: "set the state of a device of the operator's own",
        run: Run::Waits(change),
    },
    CliCommand {
        words: "devstate list",
        arguments: "",
        summary: "the devices of the operator's own",
        run: Run::Waits(list),
    },
    CliCommand {
        words: "presencestate list",
        arguments: "",
        summary: "what people say of their presence",
        run: Run::Waits(people),
    },
];

/// What may be set from the console.
const CUSTOM: &str = "Custom:";
const RULE: &str = "---------------------------------------------------------------------\n";

async fn row(ask: &Ask<'_>, hint: &HintView) -> String {
    let provider = hint.hint.split_once(',').map(|(_, provider)| provider.trim());
    let presence = match provider {
        Some(provider) => ask.desk.presence_state(provider).await.ok().flatten(),
        None => None,
    };
    let presence = presence.map_or_else(|| "not_set".to_owned(), |person| person.status.to_string());
    format!(
        "{:<30}: {} State:{} Presence:{} Watchers {:>2}\n",
        format!("{}@{}", hint.exten, hint.context),
        column(&hint.hint, 61),
        column(hint.state.as_str(), 15),
        column(&presence, 15),
        0
    )
}

fn refused(refusal: &Refusal) -> Outcome {
    Outcome::failed(refusal.to_string())
}

fn show<'a>(ask: &'a Ask<'a>) -> LocalBoxFuture<'a, Outcome> {
    Box::pin(async move {
        let hints = match ask.desk.extension_states().await {
            Ok(hints) => hints,
            Err(refusal) => return refused(&refusal),
        };
        if hints.is_empty() {
            return Outcome::line("There are no registered dialplan hints");
        }
        let mut text = "\n    -= Registered Asterisk Dial Plan Hints =-\n".to_owned();
        for hint in &hints {
            text.push_str(&row(ask, hint).await);
        }
        let _ = writeln!(text, "----------------\n- {} hints registered", hints.len());
        Outcome::Done(text)
    })
}

fn show_one<'a>(ask: &'a Ask<'a>) -> LocalBoxFuture<'a, Outcome> {
    Box::pin(async move {
        let [what] = ask.args.as_slice() else {
            return Outcome::Usage;
        };
        let mut hints = match ask.desk.extension_states().await {
            Ok(hints) => hints,
            Err(refusal) => return refused(&refusal),
        };
        let (exten, context) = match what.split_once('@') {
            Some((exten, context)) => (exten, Some(context)),
            None => (*what, None),
        };
        hints.retain(|hint| *hint.exten == *exten && context.is_none_or(|context| *hint.context == *context));
        if hints.is_empty() {
            return Outcome::line(format!("No hints matching extension {exten}"));
        }
        let mut text = String::new();
        for hint in &hints {
            text.push_str(&row(ask, hint).await);
        }
        let plural = if hints.len() == 1 { "" } else { "s" };
        let _ = writeln!(text, "{} hint{plural} matching extension {exten}", hints.len());
        Outcome::Done(text)
    })
}

fn list<'a>(ask: &'a Ask<'a>) -> LocalBoxFuture<'a, Outcome> {
    Box::pin(async move {
        let devices = match ask.desk.device_states().await {
            Ok(devices) => devices,
            Err(refusal) => return refused(&refusal),
        };
        let mut text = format!(
            "\n{RULE}--- Custom Device States --------------------------------------------\n{RULE}---\n"
        );
        for (name, state) in devices.iter().filter(|(name, _)| name.starts_with(CUSTOM)) {
            let _ = writeln!(text, "--- Name: '{name}'  State: '{}'\n---", state.as_str());
        }
        let _ = writeln!(text, "{RULE}{RULE}");
        Outcome::Done(text)
    })
}

fn change<'a>(ask: &'a Ask<'a>) -> LocalBoxFuture<'a, Outcome> {
    Box::pin(async move {
        let [device, state] = ask.args.as_slice() else {
            return Outcome::Usage;
        };
        if !device.starts_with(CUSTOM) {
            return Outcome::failed("The devstate command can only be used to set 'Custom:' device states.");
        }
        let Some(state) = state
            .parse::<DeviceState>()
            .ok()
            .filter(|state| *state != DeviceState::Unknown)
        else {
            return Outcome::Usage;
        };
        match ask.desk.set_device_state(device, state).await {
            Ok(()) => Outcome::line(format!("Changing {device} to {}", state.as_str())),
            Err(refusal) => refused(&refusal),
        }
    })
}

fn people<'a>(ask: &'a Ask<'a>) -> LocalBoxFuture<'a, Outcome> {
    Box::pin(async move {
        let people = match ask.desk.presence_states().await {
            Ok(people) => people,
            Err(refusal) => return refused(&refusal),
        };
        let mut text = format!(
            "\n{RULE}--- Custom Presence States ------------------------------------------\n{RULE}---\n"
        );
        for person in people {
            let _ = write!(
                text,
                "--- Name: '{}'\n    --- State: '{}'\n    --- Subtype: '{}'\n    --- Message: '{}'\n    \
                 --- Base64 Encoded: 'No'\n---\n",
                person.presentity, person.status, person.subtype, person.message
            );
        }
        let _ = writeln!(text, "{RULE}{RULE}");
        Outcome::Done(text)
    })
}
