//! Whose voices mixes have, and what is whispered to channels; also for media that is opened later.

use crate::control::Control;
use crate::media::MediaDriver;
use std::sync::Arc;
use ucx_call::{BridgeId, ChannelId, Part, Voice};
use ucx_media::{Command, MixId, MixMember, MixVoice};

impl<M: MediaDriver> Control<M> {
    /// Says whose voices a mix has; those without media yet follow once they have some.
    pub(crate) fn set_voices(&mut self, bridge: BridgeId, members: &Arc<[Part]>) {
        self.voices.insert(bridge, members.clone());
        self.tell_voices(bridge);
    }

    fn tell_voices(&mut self, bridge: BridgeId) {
        let Some(parts) = self.voices.get(&bridge) else {
            return;
        };
        let members = parts.iter().filter_map(|part| self.member(part)).collect();
        let mix = MixId(bridge.0);
        self.media.command(Command::Mix { mix, members });
    }

    fn member(&self, part: &Part) -> Option<MixMember> {
        let stream = |channel: &ChannelId| self.calls.get(channel).map(|call| call.stream);
        let voice = match &part.voice {
            Voice::Said(channel) => MixVoice::Said(stream(channel)?),
            Voice::Heard(channel) => MixVoice::Heard(stream(channel)?),
            Voice::Mix { of, without } => MixVoice::Mix {
                mix: MixId(of.0),
                without: without.map(|mix| MixId(mix.0)),
            },
        };
        let own = part.own.as_ref().and_then(stream);
        Some(MixMember { voice, own })
    }

    /// Lets a channel's far end hear mixes beside what it hears.
    pub(crate) fn whisper(&mut self, channel: ChannelId, mixes: Arc<[BridgeId]>) {
        if let Some(stream) = self.calls.get(&channel).map(|call| call.stream) {
            let mixes = mixes.iter().map(|mix| MixId(mix.0)).collect();
            self.media.command(Command::Whisper { stream, mixes });
        }
        if mixes.is_empty() {
            self.whispers.remove(&channel);
        } else {
            self.whispers.insert(channel, mixes);
        }
    }

    /// A channel has media now: it is heard where it was to be heard, and hears what was to be whispered.
    pub(crate) fn join_late(&mut self, channel: ChannelId) {
        let names = |part: &Part| match part.voice {
            Voice::Said(named) | Voice::Heard(named) => named == channel,
            Voice::Mix { .. } => part.own == Some(channel),
        };
        let with_it = self.voices.iter().filter(|(_, parts)| parts.iter().any(names));
        for bridge in with_it.map(|(bridge, _)| *bridge).collect::<Vec<_>>() {
            self.tell_voices(bridge);
        }
        if let Some(mixes) = self.whispers.get(&channel).cloned() {
            self.whisper(channel, mixes);
        }
    }
}
