//! What each physical channel hears: worked out anew for the channels a mutation touched, told to drivers if it changed.

use crate::channel::Activity;
use crate::{Fault, Switch};
use std::collections::BTreeSet;
use ucx_call::{Action, ChannelId, Source};

/// Longest chain of Local pairs that audio is followed through; beyond it there is silence.
const CHAIN_MAX: usize = 32;

impl Switch {
    /// Whoever a channel shares audio with: the other member of its bridge, or the early media it is part of.
    pub(crate) fn linked_to(&self, id: ChannelId) -> Option<ChannelId> {
        let channel = self.channels.get(&id)?;
        match channel
            .snapshot
            .bridge
            .and_then(|bridge| self.bridges.get(&bridge))
        {
            Some(bridge) => bridge
                .snapshot
                .members
                .iter()
                .copied()
                .find(|&member| member != id),
            None => channel.early,
        }
    }

    fn other_half(&self, id: ChannelId) -> Option<ChannelId> {
        self.channels.get(&id)?.half.as_ref().map(|half| half.other)
    }

    /// The channel and whoever shares its audio have to be looked at.
    pub(crate) fn mark(&mut self, id: ChannelId) {
        self.dirty.push(id);
        if let Some(peer) = self.linked_to(id) {
            self.dirty.push(peer);
        }
    }

    /// Tells drivers what changed for the channels that were marked.
    pub(crate) fn settle_audio(&mut self) {
        if self.dirty.is_empty() {
            return;
        }
        let mut physical = BTreeSet::new();
        for id in std::mem::take(&mut self.dirty) {
            self.collect_physical(id, &mut physical);
        }
        for id in physical {
            let source = self.source_for(id);
            let stale = self.has_fault(Fault::StaleAudio);
            let Some(channel) = self.channels.get_mut(&id) else {
                continue;
            };
            if channel.hears != source && !(stale && source == Source::Silence) {
                channel.hears = source.clone();
                self.actions.push_back(Action::Hear { channel: id, source });
            }
        }
    }

    fn collect_physical(&self, from: ChannelId, found: &mut BTreeSet<ChannelId>) {
        let mut seen = BTreeSet::new();
        let mut waiting = vec![from];
        while let Some(id) = waiting.pop() {
            if seen.len() > CHAIN_MAX || !seen.insert(id) {
                continue;
            }
            if self
                .channels
                .get(&id)
                .is_some_and(|channel| channel.is_physical())
            {
                found.insert(id);
            }
            waiting.extend(self.linked_to(id));
            waiting.extend(self.other_half(id));
        }
    }

    fn source_for(&self, id: ChannelId) -> Source {
        match self.linked_to(id) {
            Some(peer) => self.follow(peer),
            None => self.activity_of(id),
        }
    }

    /// What somebody linked to `peer` hears: the peer itself, or what is behind the Local pair it is half of.
    fn follow(&self, mut peer: ChannelId) -> Source {
        for _ in 0..CHAIN_MAX {
            let Some(other) = self.other_half(peer) else {
                return self.voice_of(peer);
            };
            match self.linked_to(other) {
                Some(next) => peer = next,
                None => return self.activity_of(other),
            }
        }
        Source::Silence
    }

    fn voice_of(&self, id: ChannelId) -> Source {
        match self.channels.get(&id) {
            Some(channel) if channel.is_physical() => Source::Channel(id),
            Some(_) | None => Source::Silence,
        }
    }

    fn activity_of(&self, id: ChannelId) -> Source {
        let Some(channel) = self.channels.get(&id) else {
            return Source::Silence;
        };
        match &channel.activity {
            None => Source::Silence,
            Some(Activity::Echo) => Source::Echo,
            Some(Activity::Tone(tone)) => Source::Tone(*tone),
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
            if self.channels.get(&id)?.is_physical() {
                return Some(id);
            }
            id = self.linked_to(self.other_half(id)?)?;
        }
        None
    }
}
