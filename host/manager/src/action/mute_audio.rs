//! MuteAudio: silences a channel in one direction or both, or lets it be heard again.

use super::{Action, Call, Work, required};
use crate::event::Classes;
use crate::{Outcome, Reply};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use ucx_call::{ChannelId, Refusal};

pub(super) static ACTION: Action = Action {
    name: "MuteAudio",
    synopsis: "Silence a channel, or let it be heard again.",
    arguments: &[
        required("Channel", "The channel's name."),
        required("Direction", "in, out or all."),
        required("State", "on or off."),
    ],
    classes: &[Classes::SYSTEM],
    work: Work::Desk(|call| Box::pin(run(call))),
};

/// Which directions of channels clients have silenced: in, out. A request names one, the desk wants both.
#[derive(Debug, Default)]
pub(crate) struct Mutes(Mutex<BTreeMap<ChannelId, [bool; 2]>>);

impl Mutes {
    /// What a channel's directions are after a change.
    fn change(&self, channel: ChannelId, directions: [bool; 2], is_on: bool) -> [bool; 2] {
        let mut mutes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = mutes.remove(&channel).unwrap_or_default();
        for (own, is_meant) in state.iter_mut().zip(directions) {
            if is_meant {
                *own = is_on;
            }
        }
        if state != [false; 2] {
            mutes.insert(channel, state);
        }
        state
    }

    /// The channel is over.
    pub fn forget(&self, channel: ChannelId) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&channel);
    }
}

async fn run(call: Call<'_>) -> Outcome {
    const FAILED: &str = "Failed to mute/unmute stream";
    let request = call.request;
    let name = request.filled("Channel").ok_or("Channel not specified")?;
    let state = request.filled("State").ok_or("State not specified")?;
    let direction = request.filled("Direction").ok_or("Direction not specified")?;
    let channel = call.desk.channel(name).await?.id;
    let directions = match direction.to_ascii_lowercase().as_str() {
        "in" => [true, false],
        "out" => [false, true],
        "all" => [true, true],
        _ => return Err(FAILED.into()),
    };
    let is_on = crate::request::is_true(state);
    let [inbound, outbound] = call.mutes.change(channel, directions, is_on);
    match call.desk.mute(channel, inbound, outbound).await {
        Ok(()) => Ok(Reply::success(request).end()),
        Err(refusal @ (Refusal::NoSuchChannel | Refusal::Denied(_) | Refusal::Shutdown)) => {
            call.mutes.forget(channel);
            Err(refusal.into())
        }
        Err(_) => Err(FAILED.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_direction_leaves_the_other_as_it_was() {
        let (mutes, channel) = (Mutes::default(), ChannelId(1));
        assert_eq!(mutes.change(channel, [true, false], true), [true, false]);
        assert_eq!(mutes.change(channel, [false, true], true), [true, true]);
        assert_eq!(mutes.change(channel, [true, false], false), [false, true]);
        assert_eq!(mutes.change(channel, [true, true], false), [false, false]);
        assert!(mutes.0.lock().unwrap().is_empty());
    }
}
