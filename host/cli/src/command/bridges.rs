//! Commands about bridges.

use super::text::{clock, column};
use super::{Ask, CliCommand, Outcome, Run};
use std::fmt::Write;
use ucx_call::VideoMode;

pub const COMMANDS: &[CliCommand] = &[
    CliCommand {
        words: "bridge show",
        arguments: "BRIDGE",
        summary: "one bridge and who is in it",
        run: Run::Now(show),
    },
    CliCommand {
        words: "bridge show all",
        arguments: "",
        summary: "the bridges there are",
        run: Run::Now(show_all),
    },
];

fn show_all(ask: &Ask<'_>) -> Outcome {
    let now = ask.context.pbx.now();
    let mut text = format!(
        "{} {} {:>5} {} {} Duration\n",
        column("Bridge-ID", 36),
        column("Name", 36),
        "Chans",
        column("Type", 15),
        column("Technology", 15)
    );
    ask.context.pbx.with_switch(|switch| {
        for bridge in switch.bridges() {
            let name = if bridge.name.is_empty() {
                "<unknown>"
            } else {
                &bridge.name
            };
            let _ = writeln!(
                text,
                "{} {} {:>5} {} {} {}",
                column(&bridge.uniqueid, 36),
                column(name, 36),
                bridge.members.len(),
                column(bridge.kind.as_str(), 15),
                column(bridge.technology, 15),
                clock(now.saturating_sub(bridge.created_at).as_secs())
            );
        }
    });
    Outcome::Done(text)
}

fn show(ask: &Ask<'_>) -> Outcome {
    let [wanted] = ask.args.as_slice() else {
        return Outcome::Usage;
    };
    let now = ask.context.pbx.now();
    ask.context.pbx.with_switch(|switch| {
        let Some(bridge) = switch.bridges().find(|bridge| *bridge.uniqueid == **wanted) else {
            return Outcome::line(format!("Bridge '{wanted}' not found"));
        };
        let or = |text: &str| if text.is_empty() { "<unknown>".to_owned() } else { text.to_owned() };
        let mut text = format!(
            "Id: {}\nType: {}\nTechnology: {}\nSubclass: {}\nCreator: {}\nName: {}\nVideo-Mode: {}\nNum-Channels: {}\nNum-Active: {}\nDuration: {}\n",
            bridge.uniqueid,
            bridge.kind.as_str(),
            bridge.technology,
            bridge.kind.as_str(),
            or(&bridge.creator),
            or(&bridge.name),
            match &bridge.video {
                VideoMode::None => "none",
                VideoMode::Talker => "talker",
                VideoMode::Single(_) => "single",
            },
            bridge.members.len(),
            bridge.members.len(),
            clock(now.saturating_sub(bridge.created_at).as_secs())
        );
        for member in bridge.members.iter().filter_map(|id| switch.channel(*id)) {
            let _ = writeln!(text, "Channel: {}", member.name);
        }
        Outcome::Done(text)
    })
}
