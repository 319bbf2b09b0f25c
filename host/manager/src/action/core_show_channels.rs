//! CoreShowChannels: all channels.

use super::{Action, Call, Work};
use crate::event::{Classes, block};
use crate::{IdAt, List, Outcome, clock};
use std::collections::BTreeMap;

pub(super) static ACTION: Action = Action {
    name: "CoreShowChannels",
    synopsis: "List the channels.",
    arguments: &[],
    classes: &[Classes::SYSTEM, Classes::REPORTING],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let channels = call.desk.channels().await?;
    let bridges = call.desk.bridges().await?;
    let now = call.desk.uptime().await?;
    let bridges: BTreeMap<_, _> = bridges
        .iter()
        .map(|bridge| (bridge.id, &bridge.uniqueid))
        .collect();
    let mut list = List::begin(call.request, IdAt::Front, "Channels will follow");
    for channel in &channels {
        list.item("CoreShowChannel", |text| {
            block::channel(text, "", channel, &call.context);
            let step = channel.step.as_ref();
            text.line("Application", step.map_or("", |step| &step.application));
            text.line("ApplicationData", step.map_or("", |step| &step.data));
            text.line("Duration", &clock::length(now.saturating_sub(channel.created_at)));
            let bridge = channel.bridge.and_then(|id| bridges.get(&id));
            text.line("BridgeId", bridge.map_or("", |uniqueid| uniqueid));
        });
    }
    Ok(list.complete("CoreShowChannelsComplete"))
}
