//! Bridge: takes two channels out of what they do and bridges them.

use super::{Action, Call, Work, optional, required};
use crate::event::Classes;
use crate::{Failure, Outcome, Reply};
use std::sync::Arc;
use ucx_call::{ChannelId, Refusal};

pub(super) static ACTION: Action = Action {
    name: "Bridge",
    synopsis: "Bridge two channels that are there.",
    arguments: &[
        required("Channel1", "The name of one."),
        required("Channel2", "The name of the other."),
        optional("Tone", "Who hears a tone first: no, Channel1, Channel2 or Both."),
    ],
    classes: &[Classes::CALL],
    work: Work::Desk(|call| Box::pin(run(call))),
};

/// What is heard before the other.
const TONE: &str = "beep";

async fn run(call: Call<'_>) -> Outcome {
    let request = call.request;
    let (Some(one), Some(two)) = (request.filled("Channel1"), request.filled("Channel2")) else {
        return Err("Missing channel parameter in request".into());
    };
    let first = find(&call, "Channel1", one).await?;
    let second = find(&call, "Channel2", two).await?;
    let tone = request.filled("Tone").unwrap_or("no");
    let is_for = |name: &str| {
        let who = [name, "Both"];
        who.iter().any(|who| tone.eq_ignore_ascii_case(who))
    };
    // A plain yes is for whoever is called into the bridge.
    let tones = (is_for("Channel1"), is_for("Channel2") || request.is_true("Tone"));
    let heard = |is_heard: bool| is_heard.then(|| Arc::from([Arc::from(TONE)]));
    let (first, second) = ((first.into(), heard(tones.0)), (second.into(), heard(tones.1)));
    match call.desk.bridge_channels(first, second).await {
        Ok(()) => Ok(Reply::done(request, "Channels have been bridged")),
        Err(refusal @ (Refusal::Denied(_) | Refusal::Shutdown)) => Err(refusal.into()),
        Err(_) => Err("Unable to create bridge".into()),
    }
}

async fn find(call: &Call<'_>, which: &str, name: &str) -> Result<ChannelId, Failure> {
    match call.desk.channel(name).await {
        Err(Refusal::NoSuchChannel) => Err(format!("{which} does not exist: {name}").into()),
        other => Ok(other?.id),
    }
}
