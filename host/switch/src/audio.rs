//! What each physical channel hears: worked out anew for the channels a mutation touched, told to drivers if it changed.

use crate::channel::Activity;
use crate::snoop::closed;
use crate::{Fault, Switch};
use std::collections::BTreeSet;
use std::sync::Arc;
use ucx_call::{Action, BridgeId, BridgeKind, ChannelId, Part, Source, Voice};

/// Longest chain of Local pairs that audio is followed through; beyond it there is silence.
const CHAIN_MAX: usize = 32;

/// The class of music that somebody hears whose peer put the call on hold.
pub(crate) fn hold_music() -> Arc<str> {
    Arc::from("default")
}

/// Where what a channel hears comes from.
enum Partner {
    /// Another channel speaks.
    Channel(ChannelId),
    /// The bridge gives it.
    Source(Source),
    /// Its controller gives it.
    Nobody,
}

impl Switch {
    /// Whoever a channel shares audio with, and nobody else does: the other member of its bridge, or the early media it is
    /// part of.
    pub(crate) fn linked_to(&self, id: ChannelId) -> Option<ChannelId> {
        let channel = self.channels.get(&id)?;
        match channel
            .snapshot
            .bridge
            .and_then(|bridge| self.bridges.get(&bridge))
        {
            Some(bridge) if bridge.is_pair() => bridge
                .snapshot
                .members
                .iter()
                .copied()
                .find(|&member| member != id),
            Some(_) => None,
            None => channel.early,
        }
    }

    /// Whom the digits of a channel's far end go to.
    pub(crate) fn passes_digits_to(&self, id: ChannelId) -> Option<ChannelId> {
        let bridge = self.channels.get(&id)?.snapshot.bridge;
        let absorbs = bridge
            .and_then(|bridge| self.bridges.get(&bridge)?.parts.get(&id))
            .is_some_and(|part| part.absorbs_digits);
        if absorbs { None } else { self.linked_to(id) }
    }

    fn other_half(&self, id: ChannelId) -> Option<ChannelId> {
        self.channels.get(&id)?.half.as_ref().map(|half| half.other)
    }

    /// The channel and whoever shares its audio have to be looked at.
    pub(crate) fn mark(&mut self, id: ChannelId) {
        self.dirty.push(id);
        let Some(channel) = self.channels.get(&id) else {
            return;
        };
        let (bridge, early) = (channel.snapshot.bridge, channel.early);
        self.dirty.extend(early);
        if let Some(bridge) = bridge {
            self.mark_bridge(bridge);
        }
    }

    /// Everybody in a bridge has to be looked at, and its mix.
    pub(crate) fn mark_bridge(&mut self, id: BridgeId) {
        let Some(bridge) = self.bridges.get(&id) else {
            self.dirty_bridges.insert(id);
            return;
        };
        if bridge.snapshot.kind == BridgeKind::Stasis {
            self.dirty_bridges.insert(id);
        }
        self.dirty.extend(bridge.snapshot.members.iter().copied());
    }

    /// Tells drivers what changed for the channels and bridges that were marked.
    pub(crate) fn settle_audio(&mut self) {
        if self.dirty.is_empty() && self.dirty_bridges.is_empty() {
            return;
        }
        let over = self.tell_snoops();
        let mut physical = BTreeSet::new();
        for id in std::mem::take(&mut self.dirty) {
            self.collect_physical(id, &mut physical);
        }
        // Whose audio changed may be heard in the mix of a bridge that did not.
        let mixes = std::mem::take(&mut self.dirty_bridges);
        let gone: Vec<_> = mixes.into_iter().filter(|&mix| !self.tell_mix(mix)).collect();
        for id in physical {
            let source = self.source_for(id, 0);
            let stale = self.has_fault(Fault::StaleAudio);
            let Some(channel) = self.channels.get_mut(&id) else {
                continue;
            };
            if channel.hears != source && !(stale && source == Source::Silence) {
                channel.hears = source.clone();
                self.actions.push_back(Action::Hear { channel: id, source });
            }
        }
        for bridge in gone {
            if self.mixes.remove(&bridge).is_some() {
                self.actions.push_back(closed(bridge));
            }
        }
        self.tell_ears();
        // Last, when nothing refers to them any more.
        self.actions.extend(over.into_iter().map(closed));
    }

    /// Tells drivers who is in the mix of a bridge; false if it needs none.
    fn tell_mix(&mut self, id: BridgeId) -> bool {
        let Some(bridge) = self.bridges.get(&id).filter(|bridge| bridge.needs_mix()) else {
            return false;
        };
        let voices = bridge
            .snapshot
            .members
            .iter()
            .filter(|member| bridge.speaks(**member));
        let members: Arc<[Part]> = voices
            .filter_map(|&member| match self.voice_of(member, 0) {
                Source::Channel(voice) => Some(Part::from(voice)),
                // What is in this mix does not come back to it by way of another one.
                Source::Mix(of) => Some(Part {
                    voice: Voice::Mix {
                        of,
                        without: Some(id),
                    },
                    own: Some(member),
                }),
                Source::Silence
                | Source::Echo
                | Source::Playback { .. }
                | Source::Tone(_)
                | Source::Music(_) => None,
            })
            .collect();
        let also = bridge.also();
        let told = (members.clone(), also.clone());
        if self.mixes.get(&id) != Some(&told) {
            self.mixes.insert(id, told);
            self.actions.push_back(Action::Mix {
                bridge: id,
                members,
                also,
            });
        }
        true
    }

    fn collect_physical(&mut self, from: ChannelId, found: &mut BTreeSet<ChannelId>) {
        let mut seen = BTreeSet::new();
        let mut waiting = vec![from];
        while let Some(id) = waiting.pop() {
            if seen.len() > CHAIN_MAX || !seen.insert(id) {
                continue;
            }
            let Some(channel) = self.channels.get(&id) else {
                continue;
            };
            if channel.is_physical() {
                found.insert(id);
            }
            if let Some(bridge) = channel.snapshot.bridge
                && self.bridges.get(&bridge).is_some_and(|bridge| !bridge.is_pair())
            {
                self.dirty_bridges.insert(bridge);
            }
            waiting.extend(self.linked_to(id));
            waiting.extend(self.other_half(id));
        }
    }

    /// Something is played to it while it is in a bridge; the bridge waits.
    fn is_played_to(&self, id: ChannelId) -> bool {
        self.channels
            .get(&id)
            .is_some_and(|channel| channel.activity.is_some() && channel.snapshot.bridge.is_some())
    }

    fn partner(&self, id: ChannelId) -> Partner {
        let bridge = self.channels.get(&id).and_then(|channel| channel.snapshot.bridge);
        if let Some(bridge) = bridge.and_then(|bridge| self.bridges.get(&bridge))
            && !bridge.is_pair()
        {
            return match bridge.heard_by(id) {
                Ok(source) => Partner::Source(source),
                Err(announcer) => Partner::Channel(announcer),
            };
        }
        self.linked_to(id).map_or(Partner::Nobody, Partner::Channel)
    }

    /// What a channel hears, be it physical or half of a Local pair.
    pub(crate) fn source_for(&self, id: ChannelId, depth: usize) -> Source {
        match self.partner(id) {
            _ if depth > CHAIN_MAX => Source::Silence,
            _ if self.is_played_to(id) => self.activity_of(id),
            Partner::Channel(peer) => self.voice_of(peer, depth + 1),
            Partner::Source(source) => source,
            Partner::Nobody => self.activity_of(id),
        }
    }

    /// What somebody linked to a channel hears: its far end, or what is behind the Local pair it is half of.
    pub(crate) fn voice_of(&self, id: ChannelId, depth: usize) -> Source {
        let Some(channel) = self.channels.get(&id) else {
            return Source::Silence;
        };
        match &channel.half {
            Some(half) if depth <= CHAIN_MAX => self.source_for(half.other, depth + 1),
            _ if !channel.is_physical() => match &channel.snoop {
                Some(snoop) => self.overheard(snoop),
                None => Source::Silence,
            },
            _ if channel.snapshot.is_held => Source::Music(hold_music()),
            _ => self.own_voice(id),
        }
    }

    pub(crate) fn activity_of(&self, id: ChannelId) -> Source {
        let Some(channel) = self.channels.get(&id) else {
            return Source::Silence;
        };
        match &channel.activity {
            None => Source::Silence,
            Some(Activity::Echo) => Source::Echo,
            Some(Activity::Tone(tone)) => Source::Tone(*tone),
            Some(Activity::Music(class)) => Source::Music(class.clone()),
            Some(Activity::Playback { playback, sounds }) => Source::Playback {
                playback: *playback,
                owner: id,
                sounds: sounds.clone(),
                language: channel.snapshot.language.clone(),
            },
        }
    }

    /// The physical channel that hears what a channel's controller plays to it.
    pub(crate) fn hearer(&self, mut id: ChannelId) -> Option<ChannelId> {
        for _ in 0..CHAIN_MAX {
            let channel = self.channels.get(&id)?;
            if channel.is_physical() {
                return Some(id);
            }
            if channel.snoop.is_some() {
                return self.whispered_to(id);
            }
            id = self.linked_to(self.other_half(id)?)?;
        }
        None
    }
}
