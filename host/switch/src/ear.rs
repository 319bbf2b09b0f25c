//! Taking in what a channel's far end says, for recordings and for controllers that listen. What comes out of a Local half has
//! no media of its own: drivers mix it as they mix bridges.

use crate::channel::Activity;
use crate::snoop::closed;
use crate::{Switch, next};
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{
    Action, BridgeId, ChannelId, Lease, Part, PlaybackId, RecordingId, RecordingOf, Refusal, Source,
};

/// The mix that stands for what comes out of a Local half.
pub(crate) struct Ear {
    /// The number drivers know it by; no bridge has it.
    mix: BridgeId,
    /// Recordings and listeners that take it in.
    takers: u32,
    /// What drivers were last told of it.
    told: Option<(Arc<[Part]>, Source)>,
}

impl Switch {
    /// Lets the controller hear what the channel's far end says, as samples that drivers hand over, until
    /// [`Self::stop_listening`] or the channel's end.
    ///
    /// # Errors
    /// As for [`Self::answer`]; [`Refusal::Full`] past the limit of recordings.
    pub fn listen(&mut self, _now: Duration, lease: Lease) -> Result<RecordingId, Refusal> {
        self.driven(lease)?;
        if self.recordings.len() + self.listeners.len() >= self.config.limits.recordings {
            return Err(Refusal::Full("recordings"));
        }
        let listener = RecordingId(next(&mut self.counters.recording));
        let of = self.open_ear(lease.channel);
        self.listeners.insert(listener, (lease.channel, of));
        self.actions.push_back(Action::Listen { listener, of });
        self.settle_audio();
        Ok(listener)
    }

    /// Ends what [`Self::listen`] began; nothing happens if it is over.
    pub fn stop_listening(&mut self, _now: Duration, listener: RecordingId) {
        let Some((_, of)) = self.listeners.remove(&listener) else {
            return;
        };
        self.actions.push_back(Action::StopListening { listener });
        self.close_ear(of);
    }

    /// Where drivers find what a channel's far end says.
    pub(crate) fn open_ear(&mut self, id: ChannelId) -> RecordingOf {
        if self
            .channels
            .get(&id)
            .is_none_or(|channel| channel.half.is_none())
        {
            return match self.voice_of(id, 0) {
                Source::Channel(voice) => RecordingOf::Channel(voice),
                // Somebody whispers with its voice, or it overhears others.
                Source::Mix(mix) => RecordingOf::Bridge(mix),
                // Nobody speaks there, so what is taken in is silence.
                Source::Silence
                | Source::Echo
                | Source::Playback { .. }
                | Source::Tone(_)
                | Source::Music(_) => RecordingOf::Channel(id),
            };
        }
        let counters = &mut self.counters;
        let ear = self.ears.entry(id).or_insert_with(|| Ear {
            mix: BridgeId(next(&mut counters.bridge)),
            takers: 0,
            told: None,
        });
        ear.takers += 1;
        let of = RecordingOf::Bridge(ear.mix);
        self.tell_ears();
        of
    }

    /// One taker less.
    pub(crate) fn close_ear(&mut self, of: RecordingOf) {
        let RecordingOf::Bridge(mix) = of else { return };
        if self.side_mixes.remove(&mix).is_some() {
            self.actions.push_back(closed(mix));
            return;
        }
        let found = self.ears.iter_mut().find(|(_, ear)| ear.mix == mix);
        let Some((id, ear)) = found.map(|(id, ear)| (*id, ear)) else {
            return;
        };
        ear.takers = ear.takers.saturating_sub(1);
        if ear.takers == 0 {
            self.stop_ear(id);
        }
    }

    /// A channel is over, and whatever took in its far end with it.
    pub(crate) fn end_ears(&mut self, id: ChannelId) {
        let own = self.listeners.extract_if(.., |_, (of, _)| *of == id);
        for (listener, _) in own.collect::<Vec<_>>() {
            self.actions.push_back(Action::StopListening { listener });
        }
        let sides = self.side_mixes.extract_if(.., |_, of| *of == id);
        let sides: Vec<BridgeId> = sides.map(|(mix, _)| mix).collect();
        self.actions.extend(sides.into_iter().map(closed));
        self.stop_ear(id);
    }

    fn stop_ear(&mut self, id: ChannelId) {
        if let Some(Ear {
            mix, told: Some(_), ..
        }) = self.ears.remove(&id)
        {
            self.actions.push_back(Action::Mix {
                bridge: mix,
                members: Arc::from([]),
                also: Source::Silence,
            });
        }
    }

    /// Tells drivers what comes out of the Local halves that are listened to, where it changed.
    pub(crate) fn tell_ears(&mut self) {
        let ids: Vec<ChannelId> = self.ears.keys().copied().collect();
        for id in ids {
            let now = self.voices_of(id);
            let Some(ear) = self.ears.get_mut(&id) else {
                continue;
            };
            if ear.told.as_ref() == Some(&now) {
                continue;
            }
            let (members, also) = now.clone();
            ear.told = Some(now);
            self.actions.push_back(Action::Mix {
                bridge: ear.mix,
                members,
                also,
            });
        }
    }

    /// Who and what is heard from a Local half. It is a part of its own, so that its mix is never empty.
    fn voices_of(&self, id: ChannelId) -> (Arc<[Part]>, Source) {
        let alone = || Arc::from([Part::from(id)]);
        match self.voice_of(id, 0) {
            Source::Channel(voice) => (Arc::from([Part::from(id), Part::from(voice)]), Source::Silence),
            Source::Silence => (alone(), Source::Silence),
            Source::Echo => (alone(), self.own_sound(id)),
            Source::Mix(bridge) => match self.mixes.get(&bridge) {
                Some((members, also)) => {
                    let members = std::iter::once(Part::from(id)).chain(members.iter().cloned());
                    (members.collect(), also.clone())
                }
                None => (alone(), Source::Silence),
            },
            sound @ (Source::Playback { .. } | Source::Tone(_) | Source::Music(_)) => (alone(), sound),
        }
    }

    /// What a channel that is sent back what it hears says by itself.
    fn own_sound(&self, id: ChannelId) -> Source {
        let activity = self
            .channels
            .get(&id)
            .and_then(|channel| channel.activity.as_ref());
        match activity {
            Some(Activity::Playback { .. } | Activity::Tone(_) | Activity::Music(_)) => self.activity_of(id),
            Some(Activity::Echo) | None => Source::Silence,
        }
    }

    /// A playback that is heard through an ear came to its end: so it did for the channel that asked. False if there is no
    /// such ear.
    pub(crate) fn ear_playback_ended(&mut self, mix: BridgeId, playback: PlaybackId, complete: bool) -> bool {
        if !self.ears.values().any(|ear| ear.mix == mix) {
            return false;
        }
        let is_owner = |activity: &Option<Activity>| matches!(activity, Some(Activity::Playback { playback: present, .. }) if *present == playback);
        let owner = self.channels.values().find(|channel| is_owner(&channel.activity));
        if let Some(owner) = owner.map(crate::channel::Channel::id) {
            self.playback_ended(owner, playback, complete);
        }
        true
    }
}
