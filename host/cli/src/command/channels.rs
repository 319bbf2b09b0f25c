//! Commands about channels.

use super::text::{clock, column, plural};
use super::{Ask, CliCommand, Outcome, Run};
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{Cause, ChannelId, ChannelSnapshot, Place, Refusal};
use ucx_pbx::{ChannelKey, Destination, LocalBoxFuture, OriginateSpec};

/// How long a call made from the console may ring.
const ORIGINATE_TIMEOUT: Duration = Duration::from_secs(30);
/// What `core show channels concise` says of accounting, of which there is one way here.
const AMA_FLAGS: u8 = 3;

pub const COMMANDS: &[CliCommand] = &[
    CliCommand {
        words: "channel originate",
        arguments: "TECHNOLOGY/RESOURCE application NAME [DATA] | extension [EXTEN@][CONTEXT]",
        summary: "make a call and connect it with an application or an extension",
        run: Run::Now(originate),
    },
    CliCommand {
        words: "channel redirect",
        arguments: "CHANNEL [[CONTEXT,]EXTEN,]PRIORITY",
        summary: "send a channel to another place of the dialplan",
        run: Run::Waits(redirect),
    },
    CliCommand {
        words: "channel request hangup",
        arguments: "CHANNEL|all",
        summary: "hang up a channel, or all of them",
        run: Run::Waits(hangup),
    },
    CliCommand {
        words: "core show calls",
        arguments: "[seconds|uptime]",
        summary: "how many calls there are",
        run: Run::Waits(calls),
    },
    CliCommand {
        words: "core show channel",
        arguments: "CHANNEL",
        summary: "one channel and its variables",
        run: Run::Waits(show_one),
    },
    CliCommand {
        words: "core show channels",
        arguments: "[concise|verbose|count]",
        summary: "the channels there are",
        run: Run::Waits(show),
    },
];

/// The forms of `core show channels`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Short,
    Concise,
    Verbose,
    Count,
}

/// What a row is made of.
struct Row {
    channel: Arc<ChannelSnapshot>,
    bridge: Arc<str>,
    age_s: u64,
}

impl Row {
    fn step(&self) -> (&str, &str) {
        let step = self.channel.step.as_ref();
        step.map_or(("(None)", ""), |step| (&*step.application, &*step.data))
    }

    fn place(&self) -> String {
        let place = &self.channel.place;
        if place.context.is_empty() || place.exten.is_empty() {
            "(None)".to_owned()
        } else {
            format!("{}@{}:{}", place.exten, place.context, place.priority)
        }
    }

    fn concise(&self) -> String {
        let (channel, (application, data)) = (&self.channel, self.step());
        format!(
            "{}!{}!{}!{}!{}!{application}!{data}!{}!{}!!{AMA_FLAGS}!{}!{}!{}\n",
            channel.name,
            channel.place.context,
            channel.place.exten,
            channel.place.priority,
            channel.state.as_str(),
            channel.caller.number(),
            channel.account,
            self.age_s,
            self.bridge,
            channel.uniqueid,
        )
    }

    fn verbose(&self) -> String {
        let (channel, (application, data)) = (&self.channel, self.step());
        format!(
            "{} {} {} {:>4} {} {} {} {} {} {} {} {}\n",
            column(&channel.name, 80),
            column(&channel.place.context, 24),
            column(&channel.place.exten, 24),
            channel.place.priority,
            column(channel.state.as_str(), 7),
            column(application, 12),
            column(data, 25),
            column(channel.caller.number(), 15),
            column(&clock(self.age_s), 8),
            column(&channel.account, 11),
            column("", 11),
            column(&self.bridge, 20),
        )
    }

    fn short(&self) -> String {
        let application = match self.step() {
            (application, _) if self.channel.step.is_none() => application.to_owned(),
            (application, data) => format!("{application}({data})"),
        };
        format!(
            "{} {} {} {}\n",
            column(&self.channel.name, 64),
            column(&self.place(), 32),
            column(self.channel.state.as_str(), 7),
            column(&application, 30),
        )
    }
}

fn rows(ask: &Ask<'_>) -> Vec<Row> {
    let now = ask.context.pbx.now();
    ask.context.pbx.with_switch(|switch| {
        let bridge_of = |channel: &ChannelSnapshot| {
            let bridge = channel.bridge.and_then(|bridge| switch.bridge(bridge));
            bridge.map_or_else(|| Arc::from(""), |bridge| bridge.uniqueid.clone())
        };
        let row = |channel: &Arc<ChannelSnapshot>| Row {
            bridge: bridge_of(channel),
            age_s: now.saturating_sub(channel.created_at).as_secs(),
            channel: channel.clone(),
        };
        switch.channels().map(row).collect()
    })
}

/// Channels that run the dialplan are the calls; those that were called by one of them are not counted again.
fn is_call(row: &Row) -> bool {
    row.channel
        .step
        .as_ref()
        .is_some_and(|step| !step.application.starts_with("AppDial"))
}

fn show<'a>(ask: &'a Ask<'a>) -> LocalBoxFuture<'a, Outcome> {
    Box::pin(async move {
        let form = match ask.args.as_slice() {
            [] => Form::Short,
            ["concise"] => Form::Concise,
            ["verbose"] => Form::Verbose,
            ["count"] => Form::Count,
            _ => return Outcome::Usage,
        };
        let rows = rows(ask);
        let mut text = header(form);
        for row in &rows {
            text.push_str(&match form {
                Form::Short => row.short(),
                Form::Concise => row.concise(),
                Form::Verbose => row.verbose(),
                Form::Count => String::new(),
            });
        }
        if form != Form::Concise {
            let count = rows.len() as u64;
            let _ = writeln!(text, "{count} active channel{}", plural(count));
            text.push_str(&count_calls(ask, &rows).await);
        }
        Outcome::Done(text)
    })
}

fn header(form: Form) -> String {
    let columns: &[(&str, usize)] = match form {
        Form::Short => &[
            ("Channel", 64),
            ("Location", 32),
            ("State", 7),
            ("Application(Data)", 30),
        ],
        Form::Verbose => &[
            ("Channel", 80),
            ("Context", 24),
            ("Extension", 24),
            ("Prio", 4),
            ("State", 7),
            ("Application", 12),
            ("Data", 25),
            ("CallerID", 15),
            ("Duration", 8),
            ("Accountcode", 11),
            ("PeerAccount", 11),
            ("BridgeID", 20),
        ],
        Form::Concise | Form::Count => return String::new(),
    };
    let columns: Vec<String> = columns.iter().map(|(name, width)| column(name, *width)).collect();
    columns.join(" ") + "\n"
}

async fn count_calls(ask: &Ask<'_>, rows: &[Row]) -> String {
    let calls = rows.iter().filter(|row| is_call(row)).count() as u64;
    let processed = ask
        .desk
        .counts()
        .await
        .map(|counts| counts.processed)
        .unwrap_or_default();
    format!(
        "{calls} active call{}\n{processed} call{} processed\n",
        plural(calls),
        plural(processed)
    )
}

fn calls<'a>(ask: &'a Ask<'a>) -> LocalBoxFuture<'a, Outcome> {
    Box::pin(async move {
        let mut text = count_calls(ask, &rows(ask)).await;
        match ask.args.as_slice() {
            [] => {}
            ["uptime"] => text.push_str(&super::core::uptime_line(ask, false)),
            ["seconds"] => text.push_str(&super::core::uptime_line(ask, true)),
            _ => return Outcome::Usage,
        }
        Outcome::Done(text)
    })
}

fn show_one<'a>(ask: &'a Ask<'a>) -> LocalBoxFuture<'a, Outcome> {
    Box::pin(async move {
        let [name] = ask.args.as_slice() else {
            return Outcome::Usage;
        };
        let found = ask.context.pbx.with_switch(|switch| {
            let id = switch.channel_by_name(name)?;
            Some((id, switch.variables(id)))
        });
        let row = found
            .as_ref()
            .and_then(|(id, _)| rows(ask).into_iter().find(|row| row.channel.id == *id));
        let (Some(row), Some((_, variables))) = (row, found) else {
            return Outcome::line(format!("{name} is not a known channel"));
        };
        let mut text = describe(&row);
        for (name, value) in variables {
            let _ = writeln!(text, "{name}={value}");
        }
        Outcome::Done(text)
    })
}

fn describe(row: &Row) -> String {
    let channel = &row.channel;
    let (application, data) = match &channel.step {
        Some(step) => (&*step.application, &*step.data),
        None => ("(N/A)", "(None)"),
    };
    let party = |text: &str| {
        if text.is_empty() {
            "(N/A)".to_owned()
        } else {
            text.to_owned()
        }
    };
    let bridge = if row.bridge.is_empty() {
        "(Not bridged)"
    } else {
        &row.bridge
    };
    let (age, connected) = (row.age_s, &channel.connected);
    let lines = [
        ("           Name", channel.name.to_string()),
        ("           Type", channel.technology.as_str().to_owned()),
        ("       UniqueID", channel.uniqueid.to_string()),
        ("       LinkedID", channel.linkedid.to_string()),
        ("      Caller ID", party(channel.caller.number())),
        (" Caller ID Name", party(channel.caller.name())),
        ("Connected Line ID", party(connected.number())),
        ("Connected Line ID Name", party(connected.name())),
        ("Eff. Connected Line ID", party(connected.number())),
        ("Eff. Connected Line ID Name", party(connected.name())),
        (
            "    DNID Digits",
            party(channel.dialled.as_deref().unwrap_or_default()),
        ),
        ("       Language", channel.language.to_string()),
        (
            "          State",
            format!("{} ({})", channel.state.as_str(), channel.state.number()),
        ),
        (
            "   Elapsed Time",
            format!("{}h{}m{}s", age / 3600, age / 60 % 60, age % 60),
        ),
        ("      Bridge ID", bridge.to_owned()),
    ];
    let place = &channel.place;
    let in_dialplan = [
        ("        Context", place.context.to_string()),
        ("      Extension", place.exten.to_string()),
        ("       Priority", place.priority.to_string()),
        ("    Application", application.to_owned()),
        ("           Data", data.to_owned()),
    ];
    let mut text = " -- General --\n".to_owned();
    for (name, value) in lines {
        let _ = writeln!(text, "{name}: {value}");
    }
    text.push_str(" --   PBX   --\n");
    for (name, value) in in_dialplan {
        let _ = writeln!(text, "{name}: {value}");
    }
    text.push_str("      Variables:\n");
    text
}

fn hangup<'a>(ask: &'a Ask<'a>) -> LocalBoxFuture<'a, Outcome> {
    Box::pin(async move {
        let [name] = ask.args.as_slice() else {
            return Outcome::Usage;
        };
        if !name.eq_ignore_ascii_case("all") {
            return match ask.desk.hangup(*name, Cause::NORMAL_CLEARING).await {
                Ok(()) => Outcome::line(format!("Requested Hangup on channel '{name}'")),
                Err(Refusal::NoSuchChannel) => Outcome::line(format!("{name} is not a known channel")),
                Err(refusal) => Outcome::failed(refusal.to_string()),
            };
        }
        let ids: Vec<ChannelId> = rows(ask).iter().map(|row| row.channel.id).collect();
        for id in &ids {
            // One that is over by now needs nothing more.
            let _ = ask.desk.hangup(*id, Cause::NORMAL_CLEARING).await;
        }
        let count = ids.len() as u64;
        Outcome::line(format!("Requested Hangup on {count} channel{}", plural(count)))
    })
}

fn redirect<'a>(ask: &'a Ask<'a>) -> LocalBoxFuture<'a, Outcome> {
    Box::pin(async move {
        let [name, target] = ask.args.as_slice() else {
            return Outcome::Usage;
        };
        let channel = match ask.desk.channel(*name).await {
            Ok(channel) => channel,
            Err(Refusal::NoSuchChannel) => return Outcome::failed(format!("Channel '{name}' not found")),
            Err(refusal) => return Outcome::failed(refusal.to_string()),
        };
        let parts: Vec<&str> = target.split(',').collect();
        let (context, exten, priority) = match parts.as_slice() {
            [priority] => (&*channel.place.context, &*channel.place.exten, *priority),
            [exten, priority] => (&*channel.place.context, *exten, *priority),
            [context, exten, priority] => (*context, *exten, *priority),
            _ => return Outcome::Usage,
        };
        let Ok(priority) = priority.trim().parse() else {
            return Outcome::failed(format!("There is no priority '{priority}'"));
        };
        let place = Place::new(context, exten, priority);
        match ask.desk.redirect(ChannelKey::Id(channel.id), place).await {
            Ok(()) => Outcome::line(format!(
                "Channel '{}' successfully redirected to {target}",
                channel.name
            )),
            Err(refusal) => Outcome::failed(format!(
                "Channel '{}' failed to be redirected to {target}: {refusal}",
                channel.name
            )),
        }
    })
}

/// Answers at once; the log says how it went.
fn originate(ask: &Ask<'_>) -> Outcome {
    let [channel, kind, rest @ ..] = ask.args.as_slice() else {
        return Outcome::Usage;
    };
    if !channel
        .split_once('/')
        .is_some_and(|(technology, resource)| !technology.is_empty() && !resource.is_empty())
    {
        return Outcome::Usage;
    }
    let to = match (kind.to_ascii_lowercase().as_str(), rest) {
        ("application", [name, data @ ..]) => Destination::Application {
            name: Arc::from(*name),
            data: Arc::from(data.join(" ")),
        },
        ("extension", target) if target.len() <= 1 => {
            let target = target.first().copied().unwrap_or_default();
            let (exten, context) = target.split_once('@').unwrap_or((target, ""));
            let or = |text: &str, otherwise: &'static str| match text {
                "" => otherwise.to_owned(),
                text => text.to_owned(),
            };
            Destination::Exten(Place::new(&or(context, "default"), &or(exten, "s"), 1))
        }
        _ => return Outcome::Usage,
    };
    let mut spec = OriginateSpec::new(channel, to);
    spec.timeout = Some(ORIGINATE_TIMEOUT);
    let desk = ask.desk.clone();
    tokio::task::spawn_local(async move {
        let channel = spec.channel.clone();
        if let Err(refusal) = desk.originate(spec).await {
            tracing::warn!(%channel, %refusal, "a call from the console was not made");
        }
    });
    Outcome::line("")
}
