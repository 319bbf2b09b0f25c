//! Commands about channels.

use super::Context;
use std::fmt::Write;
use ucx_call::{Cause, ChannelSnapshot, ChannelState};

/// Seconds as hours, minutes and seconds.
fn clock(seconds: u64) -> String {
    format!(
        "{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

fn step(channel: &ChannelSnapshot) -> (&str, &str) {
    channel
        .step
        .as_ref()
        .map_or(("(None)", ""), |step| (&*step.application, &*step.data))
}

pub fn show(context: &Context, form: Option<&str>) -> String {
    let now = context.pbx.now();
    let mut text = String::new();
    let (mut total, mut calls) = (0, std::collections::BTreeSet::new());
    if !matches!(form, Some("concise" | "count")) {
        let _ = writeln!(
            text,
            "{:<32} {:<24} {:<8} Application(Data)",
            "Channel", "Location", "State"
        );
    }
    context.pbx.with_switch(|switch| {
        for channel in switch.channels() {
            total += 1;
            calls.insert(channel.linkedid.clone());
            let (application, data) = step(channel);
            let place = &channel.place;
            let age = now.saturating_sub(channel.created_at).as_secs();
            let _ = match form {
                Some("count") => Ok(()),
                Some("concise") => writeln!(
                    text,
                    "{}!{}!{}!{}!{}!{application}!{data}!{}!{}!!3!{age}!{}!{}",
                    channel.name,
                    place.context,
                    place.exten,
                    place.priority,
                    channel.state.as_str(),
                    channel.caller.number(),
                    channel.account,
                    bridge_of(channel),
                    channel.uniqueid,
                ),
                Some(_) => writeln!(
                    text,
                    "{:<32} {:<24} {:<8} {:<20} {:<16} {} {}",
                    channel.name,
                    format!("{}@{}:{}", place.exten, place.context, place.priority),
                    channel.state.as_str(),
                    format!("{application}({data})"),
                    channel.caller.number(),
                    clock(age),
                    bridge_of(channel),
                ),
                None => writeln!(
                    text,
                    "{:<32} {:<24} {:<8} {application}({data})",
                    channel.name,
                    format!("{}@{}:{}", place.exten, place.context, place.priority),
                    channel.state.as_str(),
                ),
            };
        }
    });
    if form != Some("concise") {
        let (one, few) = (
            if total == 1 { "" } else { "s" },
            if calls.len() == 1 { "" } else { "s" },
        );
        let _ = writeln!(
            text,
            "{total} active channel{one}\n{} active call{few}",
            calls.len()
        );
    }
    text
}

fn bridge_of(channel: &ChannelSnapshot) -> String {
    channel
        .bridge
        .map(|bridge| bridge.to_string())
        .unwrap_or_default()
}

pub fn show_one(context: &Context, name: &str) -> String {
    let found = context.pbx.with_switch(|switch| {
        let id = switch.channel_by_name(name)?;
        Some((switch.channel(id)?.clone(), switch.variables(id)))
    });
    let Some((channel, variables)) = found else {
        return format!("{name} is not a known channel\n");
    };
    let (application, data) = step(&channel);
    let mut text = format!(
        "Name: {}\nUniqueID: {}\nLinkedID: {}\nState: {} ({})\nCaller ID: {}\nConnected Line ID: {}\n\
         Context: {}\nExtension: {}\nPriority: {}\nApplication: {application}\nData: {data}\nVariables:\n",
        channel.name,
        channel.uniqueid,
        channel.linkedid,
        channel.state.as_str(),
        channel.state.number(),
        channel.caller.number(),
        channel.connected.number(),
        channel.place.context,
        channel.place.exten,
        channel.place.priority,
    );
    for (name, value) in variables {
        let _ = writeln!(text, "{name}={value}");
    }
    if channel.state != ChannelState::Up {
        let _ = writeln!(text, "(not answered)");
    }
    text
}

pub async fn hangup(context: &Context, name: &str) -> String {
    let names: Vec<String> = if name.eq_ignore_ascii_case("all") {
        context.pbx.with_switch(|switch| {
            switch
                .channels()
                .map(|channel| channel.name.to_string())
                .collect()
        })
    } else {
        vec![name.to_owned()]
    };
    let mut text = String::new();
    for name in names {
        let _ = match context.desk.hangup(&*name, Cause::NORMAL_CLEARING).await {
            Ok(()) => writeln!(text, "Requested Hangup on channel '{name}'"),
            Err(_) => writeln!(text, "{name} is not a known channel"),
        };
    }
    text
}
