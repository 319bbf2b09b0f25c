//! Hangup: ends a channel, or all whose names match an expression.

use super::{Action, Call, Work, optional, required};
use crate::event::Classes;
use crate::{Failure, IdAt, List, Outcome, Reply};
use regex::RegexBuilder;
use ucx_call::{Cause, Refusal};

pub(super) static ACTION: Action = Action {
    name: "Hangup",
    synopsis: "Hang up a channel.",
    arguments: &[
        required(
            "Channel",
            "The channel's name, or /expression/ for all whose names match.",
        ),
        optional("Cause", "The cause, as a number of Q.850."),
    ],
    classes: &[Classes::SYSTEM, Classes::CALL],
    work: Work::Desk(|call| Box::pin(run(call))),
};

/// Memory a client's expression may take, in bytes.
const REGEX_BYTES_MAX: usize = 1 << 18;

/// The largest cause there is.
const CAUSE_MAX: u16 = 127;

async fn run(call: Call<'_>) -> Outcome {
    let request = call.request;
    let name = request.filled("Channel").ok_or("No channel specified")?;
    let cause = request.text("Cause").trim().parse::<u16>().ok();
    let cause = cause.filter(|cause| *cause > 0 && *cause <= CAUSE_MAX);
    let cause = cause.map_or(Cause::NONE, Cause);
    if let Some(rest) = name.strip_prefix('/') {
        let expression = rest
            .strip_suffix('/')
            .filter(|expression| !expression.is_empty())
            .ok_or("Regex format invalid, Channel param should be /regex/")?;
        return all(&call, name, expression, cause).await;
    }
    call.desk.hangup(name, cause).await?;
    Ok(Reply::done(request, "Channel Hungup"))
}

async fn all(call: &Call<'_>, name: &str, expression: &str, cause: Cause) -> Outcome {
    let regex = RegexBuilder::new(expression).size_limit(REGEX_BYTES_MAX).build();
    let regex = regex.map_err(|_| Failure::from(format!("Regex compile failed on: {name}")))?;
    let channels = call.desk.channels().await?;
    let mut list = List::begin(call.request, IdAt::Back, "Channels hung up will follow");
    for channel in channels.iter().filter(|channel| regex.is_match(&channel.name)) {
        match call.desk.hangup(channel.id, cause).await {
            Ok(()) => list.item("ChannelHungup", |text| text.line("Channel", &channel.name)),
            // It was faster.
            Err(Refusal::NoSuchChannel) => {}
            Err(refusal) => return Err(refusal.into()),
        }
    }
    Ok(list.complete("ChannelsHungupListComplete"))
}
