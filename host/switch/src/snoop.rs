//! Channels that overhear others, or whisper to them: how they are made, and the mixes that carry it.
//!
//! A snoop has two mixes of its own: what it overhears, which whoever is linked with it hears, and what is whispered,
//! which is what the snoop itself is given to hear. What is whispered as the voice of the other channel makes that voice a
//! mix, too.

use crate::channel::{Birth, Custody};
use crate::config::{SnoopSpec, Ways};
use crate::{Switch, next};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{
    Action, BridgeId, Cause, ChannelId, ChannelState, Part, Party, Place, Refusal, Source, Technology, Voice,
};

/// Where a snoop's dialplan would be.
const CONTEXT: &str = "default";

/// What a channel overhears, and where it whispers.
pub(crate) struct Snoop {
    pub of: ChannelId,
    pub spies: Ways,
    pub whispers: Ways,
    /// The mix of what it overhears.
    pub overheard: BridgeId,
    /// The mix of what it whispers.
    pub whispered: BridgeId,
}

/// Who overhears a channel or whispers to it.
#[derive(Default)]
pub(crate) struct Snooped {
    pub by: Vec<ChannelId>,
    /// The mix that is its voice while somebody whispers with it.
    pub voice: Option<BridgeId>,
    /// What the driver was last told to whisper to its far end.
    pub told: Arc<[BridgeId]>,
}

impl Switch {
    /// Makes a channel that overhears another one, or whispers to it; it is answered, and waits for
    /// [`Self::start_dialplan`]. It ends with the other one.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`]; [`Refusal::Invalid`] without any direction; [`Refusal::Conflict`] if the uniqueid is
    /// taken; [`Refusal::Full`]; [`Refusal::Shutdown`].
    pub fn create_snoop(&mut self, now: Duration, spec: SnoopSpec) -> Result<ChannelId, Refusal> {
        let most = self.config.limits.snoops;
        if self.is_shutting_down {
            return Err(Refusal::Shutdown);
        }
        if !self.has_room(1) {
            return Err(Refusal::Full("channels"));
        }
        if !spec.spies.any() && !spec.whispers.any() {
            return Err(Refusal::Invalid("there is nothing to overhear or whisper".into()));
        }
        let taken =
            |channel: &Arc<ucx_call::ChannelSnapshot>| Some(&channel.uniqueid) == spec.uniqueid.as_ref();
        if self.channels().any(taken) {
            return Err(Refusal::Conflict("the uniqueid is taken"));
        }
        let other = self.channels.get(&spec.of).ok_or(Refusal::NoSuchChannel)?;
        if other.snooped.by.len() >= most {
            return Err(Refusal::Full("channels that overhear the same one"));
        }
        let number = next(&mut self.counters.snoop_name);
        let name = format!("Snoop/{}-{number:08x}", other.snapshot.uniqueid);
        let birth = Birth {
            technology: Technology::Snoop,
            endpoint: other.snapshot.uniqueid.clone(),
            name: Arc::from(name),
            state: ChannelState::Up,
            caller: Party::default(),
            dialled: None,
            place: Place::new(CONTEXT, "s", 1),
            language: None,
            account: None,
            uniqueid: spec.uniqueid,
            parent: None,
            custody: Custody::Answered(None),
            protocol_id: Arc::default(),
        };
        let id = self.create(now, birth);
        let snoop = Snoop {
            of: spec.of,
            spies: spec.spies,
            whispers: spec.whispers,
            overheard: BridgeId(next(&mut self.counters.bridge)),
            whispered: BridgeId(next(&mut self.counters.bridge)),
        };
        if let Some(channel) = self.channels.get_mut(&id) {
            channel.snoop = Some(snoop);
        }
        let voice = spec
            .whispers
            .said
            .then(|| BridgeId(next(&mut self.counters.bridge)));
        if let Some(other) = self.channels.get_mut(&spec.of) {
            other.snooped.by.push(id);
            other.snooped.voice = other.snooped.voice.or(voice);
        }
        self.snoops.insert(id);
        self.mark(id);
        self.settle_audio();
        Ok(id)
    }

    /// What whoever is linked with a snoop hears.
    pub(crate) fn overheard(&self, snoop: &Snoop) -> Source {
        if self.mixes.contains_key(&snoop.overheard) {
            Source::Mix(snoop.overheard)
        } else {
            Source::Silence
        }
    }

    /// What a channel's far end says, or the mix of that and of what is whispered with its voice.
    pub(crate) fn own_voice(&self, id: ChannelId) -> Source {
        let mix = self.channels.get(&id).and_then(|channel| channel.snooped.voice);
        match mix.filter(|mix| self.mixes.contains_key(mix)) {
            Some(mix) => Source::Mix(mix),
            None => Source::Channel(id),
        }
    }

    /// The channel whose far end hears what a snoop is given to hear.
    pub(crate) fn whispered_to(&self, id: ChannelId) -> Option<ChannelId> {
        let snoop = self.channels.get(&id)?.snoop.as_ref()?;
        let other = self.channels.get(&snoop.of)?;
        (snoop.whispers.any() && other.is_physical()).then_some(snoop.of)
    }

    /// The snoop whose whispers a mix carries.
    pub(crate) fn whisperer(&self, mix: BridgeId) -> Option<ChannelId> {
        let is_its = |id: &&ChannelId| {
            let snoop = self.channels.get(id).and_then(|channel| channel.snoop.as_ref());
            snoop.is_some_and(|snoop| snoop.whispered == mix)
        };
        self.snoops.iter().find(is_its).copied()
    }

    /// Whether a mix belongs to a snoop, or to whom one whispers with its voice.
    pub(crate) fn is_of_a_snoop(&self, mix: BridgeId) -> bool {
        self.snoops.iter().any(|id| {
            let snoop = self.channels.get(id).and_then(|channel| channel.snoop.as_ref());
            snoop.is_some_and(|snoop| {
                let other = self.channels.get(&snoop.of);
                let voice = other.and_then(|other| other.snooped.voice);
                [Some(snoop.overheard), Some(snoop.whispered), voice].contains(&Some(mix))
            })
        })
    }

    /// Tells drivers of the mixes of all snoops that a mutation touched; answers mixes that are no more.
    pub(crate) fn tell_snoops(&mut self) -> Vec<BridgeId> {
        let mut gone = Vec::new();
        if self.snoops.is_empty() {
            return gone;
        }
        let touched: BTreeSet<ChannelId> = self.dirty.iter().copied().collect();
        let is_touched = |id: &ChannelId| {
            let snoop = self.channels.get(id).and_then(|channel| channel.snoop.as_ref());
            touched.contains(id) || snoop.is_some_and(|snoop| touched.contains(&snoop.of))
        };
        let snoops: Vec<ChannelId> = self.snoops.iter().copied().filter(is_touched).collect();
        let mut others = BTreeSet::new();
        for id in snoops {
            let Some(snoop) = self.channels.get(&id).and_then(|channel| channel.snoop.as_ref()) else {
                continue;
            };
            others.insert(snoop.of);
            let (overheard, whispered) = (snoop.overheard, snoop.whispered);
            let parts = self.overheard_parts(snoop);
            let (voices, also) = self.whispered_parts(id, snoop);
            let over = [
                self.tell_parts(overheard, parts, Source::Silence),
                self.tell_parts(whispered, voices, also),
            ];
            for mix in over.into_iter().flatten() {
                self.mixes.remove(&mix);
                gone.push(mix);
            }
        }
        for other in others {
            self.tell_whispers(other);
        }
        gone
    }

    /// Tells drivers of a mix, if it is another one now; answers it if it is no more.
    fn tell_parts(&mut self, mix: BridgeId, parts: Vec<Part>, also: Source) -> Option<BridgeId> {
        if parts.is_empty() && also == Source::Silence {
            return self.mixes.contains_key(&mix).then_some(mix);
        }
        let told = (Arc::from(parts), also);
        if self.mixes.get(&mix) != Some(&told) {
            self.mixes.insert(mix, told.clone());
            let (members, also) = told;
            self.actions.push_back(Action::Mix {
                bridge: mix,
                members,
                also,
            });
        }
        None
    }

    fn overheard_parts(&self, snoop: &Snoop) -> Vec<Part> {
        let Some(other) = self.channels.get(&snoop.of) else {
            return Vec::new();
        };
        let voice_in = |source: Source| match source {
            Source::Channel(id) => Some(Voice::Said(id)),
            Source::Mix(of) => Some(Voice::Mix { of, without: None }),
            Source::Silence | Source::Echo | Source::Playback { .. } | Source::Tone(_) | Source::Music(_) => {
                None
            }
        };
        let (said, heard) = if other.is_physical() {
            (Some(Voice::Said(snoop.of)), Some(Voice::Heard(snoop.of)))
        } else {
            // Of a half of a Local pair only the voices on both sides can be overheard.
            (
                voice_in(self.voice_of(snoop.of, 0)),
                voice_in(self.source_for(snoop.of, 0)),
            )
        };
        let voices = [
            said.filter(|_| snoop.spies.said),
            heard.filter(|_| snoop.spies.heard),
        ];
        let part = |voice| Part { voice, own: None };
        voices.into_iter().flatten().map(part).collect()
    }

    fn whispered_parts(&self, id: ChannelId, snoop: &Snoop) -> (Vec<Part>, Source) {
        if self.whispered_to(id).is_none() {
            return (Vec::new(), Source::Silence);
        }
        let part = |voice| Part { voice, own: None };
        match self.source_for(id, 0) {
            Source::Channel(id) => (vec![part(Voice::Said(id))], Source::Silence),
            Source::Mix(of) => {
                let without = Some(snoop.overheard);
                (vec![part(Voice::Mix { of, without })], Source::Silence)
            }
            Source::Silence | Source::Echo => (Vec::new(), Source::Silence),
            also @ (Source::Playback { .. } | Source::Tone(_) | Source::Music(_)) => (Vec::new(), also),
        }
    }

    /// Tells drivers what is whispered to a channel, and with its voice.
    fn tell_whispers(&mut self, id: ChannelId) {
        let Some(other) = self.channels.get(&id) else {
            return;
        };
        let whispers = |way: fn(Ways) -> bool| -> Vec<BridgeId> {
            let snoops = other.snooped.by.iter().filter_map(|by| {
                let snoop = self.channels.get(by)?.snoop.as_ref()?;
                way(snoop.whispers).then_some(snoop.whispered)
            });
            snoops.filter(|mix| self.mixes.contains_key(mix)).collect()
        };
        let heard: Arc<[BridgeId]> = Arc::from(whispers(|ways| ways.heard));
        let said = whispers(|ways| ways.said);
        let voice = other.snooped.voice;
        let had_voice = voice.is_some_and(|voice| self.mixes.contains_key(&voice));
        let is_news = other.is_physical() && other.snooped.told != heard;
        if is_news && let Some(other) = self.channels.get_mut(&id) {
            other.snooped.told = heard.clone();
            self.actions.push_back(Action::Whisper {
                channel: id,
                mixes: heard,
            });
        }
        let mut parts = Vec::new();
        if !said.is_empty() {
            parts.push(Part::from(id));
            let mix = |of| Voice::Mix { of, without: None };
            parts.extend(said.into_iter().map(|of| Part {
                voice: mix(of),
                own: None,
            }));
        }
        if had_voice == parts.is_empty() && voice.is_some() {
            // Whoever hears it hears something else now.
            self.mark(id);
        }
        let gone = voice.and_then(|voice| self.tell_parts(voice, parts, Source::Silence));
        if let Some(gone) = gone {
            // It is forgotten at once, so that nobody is told to hear it any more.
            self.mixes.remove(&gone);
            self.actions.push_back(closed(gone));
        }
    }

    /// A channel is over: what it overheard and whispered is, too, and whoever overheard it ends.
    pub(crate) fn end_snoops(
        &mut self,
        now: Duration,
        id: ChannelId,
        snoop: Option<Snoop>,
        by: Vec<ChannelId>,
    ) {
        if let Some(snoop) = snoop {
            self.snoops.remove(&id);
            for mix in [snoop.whispered, snoop.overheard] {
                if self.mixes.remove(&mix).is_some() {
                    self.actions.push_back(closed(mix));
                }
            }
            if let Some(other) = self.channels.get_mut(&snoop.of) {
                other.snooped.by.retain(|by| *by != id);
            }
            self.tell_whispers(snoop.of);
        }
        for by in by {
            self.mark(by);
            self.far_end_gone(now, by, Cause::NORMAL_CLEARING);
        }
    }
}

/// A mix that is no more.
pub(crate) fn closed(bridge: BridgeId) -> Action {
    Action::Mix {
        bridge,
        members: Arc::from([]),
        also: Source::Silence,
    }
}
