//! CoreShowChannelMap: all channels one can reach from another through bridges and pairs of Local channels.

use super::{Action, Call, Work, required};
use crate::event::Classes;
use crate::{IdAt, List, Outcome};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use ucx_call::{ChannelSnapshot, Refusal, Technology};

pub(super) static ACTION: Action = Action {
    name: "CoreShowChannelMap",
    synopsis: "List the channels that are connected with a channel.",
    arguments: &[required("Channel", "The channel's name.")],
    classes: &[Classes::SYSTEM, Classes::REPORTING],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let name = call
        .request
        .filled("Channel")
        .ok_or("CoreShowChannelMap requires a channel.")?;
    let first = match call.desk.channel(name).await {
        Err(Refusal::NoSuchChannel) => return Err("Could not get channel snapshot".into()),
        other => other?,
    };
    let channels = call.desk.channels().await?;
    let mut list = List::begin(call.request, IdAt::Front, "Channel map will follow");
    for other in connected(&first, &channels) {
        list.item("CoreShowChannelMap", |text| {
            text.line("Channel", &first.name);
            text.line("ConnectedChannel", &other.name);
        });
    }
    Ok(list.complete("CoreShowChannelMapComplete"))
}

/// The other half of a Local channel, by its name.
fn other_half(channel: &ChannelSnapshot) -> Option<String> {
    if channel.technology != Technology::Local {
        return None;
    }
    let (pair, half) = channel.name.rsplit_once(';')?;
    Some(format!("{pair};{}", if half == "1" { "2" } else { "1" }))
}

/// Everybody who can be reached, those nearest first.
fn connected<'a>(
    first: &'a Arc<ChannelSnapshot>,
    channels: &'a [Arc<ChannelSnapshot>],
) -> Vec<&'a Arc<ChannelSnapshot>> {
    let by_name: BTreeMap<&str, _> = channels.iter().map(|channel| (&*channel.name, channel)).collect();
    let mut known = BTreeSet::from([first.id]);
    let mut found = Vec::new();
    let mut waiting = VecDeque::from([first]);
    while let Some(channel) = waiting.pop_front() {
        let half = other_half(channel).and_then(|name| by_name.get(&*name).copied());
        let bridged = channels
            .iter()
            .filter(|other| channel.bridge.is_some() && other.bridge == channel.bridge);
        for other in bridged.chain(half) {
            if known.insert(other.id) {
                found.push(other);
                waiting.push_back(other);
            }
        }
    }
    found
}
