//! How is what the host plays silenced, so that nobody is told of an end?

use super::{Owner, Spot};
use crate::control::Control;
use crate::media::MediaDriver;
use ucx_call::{BridgeId, ChannelId, PlaybackId};
use ucx_media::{Command, MixId};

impl<M: MediaDriver> Control<M> {
    /// Ends what the host itself plays to a channel.
    pub(super) fn hush(&mut self, channel: ChannelId) {
        let Some(call) = self.calls.get_mut(&channel) else {
            return;
        };
        let stream = call.stream;
        (call.hears, call.hears_mix) = (None, None);
        let has_tone = std::mem::take(&mut call.has_tone);
        if let Some(playback) = call.playing.take() {
            self.disown(Spot::Stream { stream, channel }, playback);
            self.media.command(Command::StopPlay {
                stream,
                playback: playback.0,
            });
        }
        if has_tone {
            self.media.command(Command::StopTone { stream });
        }
        self.forget_playbacks(Spot::Stream { stream, channel });
    }

    /// Ends what the host itself plays in a mix.
    pub(super) fn hush_mix(&mut self, bridge: BridgeId) {
        let playing = self.mixes.get_mut(&bridge).and_then(Option::take);
        if let Some(playback) = playing {
            self.disown(Spot::Mix(bridge), playback);
        }
        if self.mixes.contains_key(&bridge) {
            let mix = MixId(bridge.0);
            self.media.command(Command::StopInMix { mix });
        }
        self.forget_playbacks(Spot::Mix(bridge));
    }

    /// Playbacks that wait for their sounds will not begin.
    pub(crate) fn forget_playbacks(&mut self, spot: Spot) {
        for playback in self.loads.forget(spot) {
            self.disown(spot, playback);
        }
    }

    /// Nobody is told of a playback's end, unless it goes on elsewhere.
    pub(super) fn disown(&mut self, spot: Spot, playback: PlaybackId) {
        let is_own = match (spot, self.owners.get(&playback)) {
            (Spot::Mix(bridge), Some(Owner::Bridge(of))) => bridge == *of,
            (Spot::Stream { .. }, Some(Owner::Channel(_))) => true,
            (Spot::Mix(_), Some(Owner::Channel(_)))
            | (Spot::Stream { .. }, Some(Owner::Bridge(_)))
            | (_, None) => false,
        };
        if is_own {
            self.owners.remove(&playback);
        }
    }
}
