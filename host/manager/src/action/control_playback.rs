//! ControlPlayback: winds, pauses or stops what is played to a channel.

use super::{Action, Call, Work, required};
use crate::event::Classes;
use crate::{Failure, Outcome, Reply};
use std::time::Duration;
use ucx_call::{PlaybackControl, Refusal};

pub(super) static ACTION: Action = Action {
    name: "ControlPlayback",
    synopsis: "Wind, pause or stop what is played to a channel.",
    arguments: &[
        required("Channel", "The channel's name."),
        required(
            "Control",
            "stop, forward, reverse, pause or restart; a second pause lets it go on.",
        ),
    ],
    classes: &[Classes::CALL],
    work: Work::Desk(|call| Box::pin(run(call))),
};

/// How far it is wound, as the application of the same name does unless told otherwise.
const SKIP: Duration = Duration::from_secs(3);

async fn run(call: Call<'_>) -> Outcome {
    let request = call.request;
    let channel = request.filled("Channel").ok_or("Channel not specified")?;
    let word = request.filled("Control").ok_or("Control not specified")?;
    let channel = match call.desk.channel(channel).await {
        Err(Refusal::NoSuchChannel) => return Err("No such channel".into()),
        other => other?.id,
    };
    let done = if word.eq_ignore_ascii_case("stop") {
        call.desk.stop_sound(channel).await
    } else {
        let control = control(word).ok_or("Unknown control type")?;
        call.desk.control_sound(channel, control).await
    };
    match done {
        // Where nothing is played there is nothing to control, and the field does not mind.
        Ok(()) | Err(Refusal::Conflict(_)) => Ok(Reply::success(request).end()),
        Err(Refusal::NoSuchChannel) => Err("No such channel".into()),
        Err(refusal) => Err(Failure::from(refusal)),
    }
}

fn control(word: &str) -> Option<PlaybackControl> {
    let known = [
        ("forward", PlaybackControl::Forward(SKIP)),
        ("reverse", PlaybackControl::Reverse(SKIP)),
        ("pause", PlaybackControl::Pause),
        ("restart", PlaybackControl::Restart),
    ];
    let found = known
        .into_iter()
        .find(|(name, _)| word.eq_ignore_ascii_case(name));
    found.map(|(_, control)| control)
}
