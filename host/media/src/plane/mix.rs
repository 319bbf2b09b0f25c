//! Several voices in one: every 20 ms what all said is added up, and each hears the sum without itself.

use super::command::{MixId, PlaybackControl, Refusal, Repeat, StreamId};
use super::event::Event;
use super::generate::{MAX_CATCH_UP, on_grid};
use super::playback::Playback;
use super::stream::Generator;
use super::voice::{FRAME, Feed, MixMember, MixVoice, Overheard, Sum, Voice};
use super::{Exits, Plane, at};
use crate::codec::Codec;
use crate::sound::Sound;
use crate::tone::{ToneGenerator, ToneSpec};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Mixes one plane may have; more are refused.
pub const MAX_MIXES: usize = 4_096;
/// Voices one mix may have, and streams that may hear it; more are refused.
pub const MAX_MIX_MEMBERS: usize = 256;
/// Mixes one stream may be a voice of; more are refused.
pub(super) const MAX_VOICES: usize = 16;
const FRAME_TIME: Duration = Duration::from_millis(20);

/// A mix that has another one among its voices.
struct Follower {
    mix: MixId,
    /// The voice that it does not take.
    without: Option<Feed>,
}

pub(super) struct Mix {
    voices: BTreeMap<Feed, Voice>,
    hearers: Vec<u32>,
    followers: Vec<Follower>,
    /// The stream whose peer hears it in place of all else.
    reaches: Option<u32>,
    also: Generator,
    taps: Vec<u64>,
    tick_at: Option<Duration>,
}

impl Default for Mix {
    fn default() -> Self {
        Self {
            voices: BTreeMap::new(),
            hearers: Vec::new(),
            followers: Vec::new(),
            reaches: None,
            also: Generator::Nothing,
            taps: Vec::new(),
            tick_at: None,
        }
    }
}

impl Mix {
    /// Whether there is anything to do.
    fn is_used(&self) -> bool {
        let has_sound = !self.voices.is_empty() || !matches!(self.also, Generator::Nothing);
        let has_ears = !(self.hearers.is_empty() && self.taps.is_empty() && self.followers.is_empty());
        has_sound && (has_ears || self.reaches.is_some() || self.plays())
    }

    fn plays(&self) -> bool {
        matches!(self.also, Generator::Playback(_))
    }

    fn end_also(&mut self, id: MixId, exits: &mut Exits) {
        if let Generator::Playback(playback) = std::mem::replace(&mut self.also, Generator::Nothing) {
            exits.events.push(Event::MixPlaybackEnded {
                mix: id,
                playback: playback.id,
                completed: false,
            });
        }
    }

    /// What the host itself says in the mix.
    fn also_frame(&mut self, id: MixId, exits: &mut Exits) -> Option<[i16; FRAME]> {
        let mut frame = [0; FRAME];
        let filled = match &mut self.also {
            Generator::Nothing => return None,
            Generator::Playback(playback) if playback.is_paused() => return None,
            Generator::Playback(playback) => playback.fill(&mut frame),
            Generator::Tone(tone) => tone.fill(&mut frame),
        };
        if filled > 0 {
            return Some(frame);
        }
        if let Generator::Playback(playback) = &self.also {
            exits.events.push(Event::MixPlaybackEnded {
                mix: id,
                playback: playback.id,
                completed: true,
            });
        }
        self.also = Generator::Nothing;
        None
    }
}

impl Plane {
    /// Says whose voices a mix has; it comes into being with the first command that names it.
    pub(super) fn set_voices(
        &mut self,
        now: Duration,
        id: MixId,
        members: &[MixMember],
    ) -> Result<(), Refusal> {
        if members.len() > MAX_MIX_MEMBERS {
            return Err(Refusal::TooManyInMix(id));
        }
        let slot_of = |stream: &StreamId| self.slots.get(stream).copied();
        let known: Vec<(MixMember, Feed, Option<u32>)> = members
            .iter()
            .filter_map(|member| {
                let feed = match &member.voice {
                    MixVoice::Heard(stream) => Feed::Heard(slot_of(stream)?),
                    MixVoice::Mix { mix, .. } => Feed::Mix(*mix),
                    MixVoice::Said(stream) => Feed::Said(slot_of(stream)?),
                };
                Some((*member, feed, member.own.as_ref().and_then(slot_of)))
            })
            .filter(|(_, feed, _)| *feed != Feed::Mix(id))
            .collect();
        let mix = self.mix(id)?;
        let mut before = std::mem::take(&mut mix.voices);
        for (_, feed, own) in &known {
            let mut voice = before.remove(feed).unwrap_or_default();
            voice.own = *own;
            mix.voices.insert(*feed, voice);
        }
        for feed in before.into_keys() {
            self.stop_feeding(id, feed);
        }
        for (member, feed, _) in known {
            self.feed(now, id, feed, member.voice)?;
        }
        self.keep_mix_going(now, id);
        Ok(())
    }

    /// From now on what comes from there goes into a mix.
    fn feed(&mut self, now: Duration, id: MixId, feed: Feed, voice: MixVoice) -> Result<(), Refusal> {
        let (slot, is_heard) = match feed {
            Feed::Said(slot) => (slot, false),
            Feed::Heard(slot) => (slot, true),
            Feed::Meant(_) => return Ok(()),
            Feed::Mix(source) => {
                let without = match voice {
                    MixVoice::Mix { without, .. } => without.map(Feed::Mix),
                    MixVoice::Heard(_) | MixVoice::Said(_) => None,
                };
                let followers = &mut self.mix(source)?.followers;
                followers.retain(|follower| follower.mix != id);
                if followers.len() >= MAX_MIX_MEMBERS {
                    return Err(Refusal::TooManyInMix(source));
                }
                followers.push(Follower { mix: id, without });
                self.keep_mix_going(now, source);
                return Ok(());
            }
        };
        let Some(stream) = at(&mut self.streams, slot) else {
            return Ok(());
        };
        let mixes = if is_heard {
            &mut stream.heard_by
        } else {
            &mut stream.voice_of
        };
        if mixes.contains(&id) {
            return Ok(());
        }
        if mixes.len() >= MAX_VOICES {
            return Err(Refusal::TooManyInMix(id));
        }
        mixes.push(id);
        Ok(())
    }

    fn stop_feeding(&mut self, id: MixId, feed: Feed) {
        match feed {
            Feed::Said(slot) => {
                if let Some(stream) = at(&mut self.streams, slot) {
                    stream.voice_of.retain(|mix| *mix != id);
                }
            }
            Feed::Heard(slot) => {
                if let Some(stream) = at(&mut self.streams, slot) {
                    stream.heard_by.retain(|mix| *mix != id);
                }
            }
            Feed::Mix(source) => {
                if let Some(source) = self.mixes.get_mut(&source) {
                    source.followers.retain(|follower| follower.mix != id);
                }
            }
            Feed::Meant(_) => {}
        }
    }

    /// Adds mixes to what the peer of a stream hears, or no more.
    pub(super) fn whisper(&mut self, now: Duration, id: StreamId, mixes: &[MixId]) -> Result<(), Refusal> {
        let slot = self.slot(id)?;
        let own = whispers_to(id);
        if mixes.is_empty() {
            self.close_mix(own);
            return Ok(());
        }
        let member = |mix: &MixId| MixMember {
            voice: MixVoice::Mix {
                mix: *mix,
                without: None,
            },
            own: None,
        };
        let members: Vec<_> = mixes.iter().map(member).collect();
        self.set_voices(now, own, &members)?;
        let mix = self.mix(own)?;
        mix.voices.insert(Feed::Meant(slot), Voice::default());
        mix.reaches = Some(slot);
        if let Some(stream) = at(&mut self.streams, slot) {
            stream.whispers = Some(own);
        }
        self.keep_mix_going(now, own);
        Ok(())
    }

    pub(super) fn hear_mix(&mut self, now: Duration, id: StreamId, mix: MixId) -> Result<(), Refusal> {
        let slot = self.slot(id)?;
        if self.mix(mix)?.hearers.len() >= MAX_MIX_MEMBERS {
            return Err(Refusal::TooManyInMix(mix));
        }
        self.unlink(slot);
        if let Some(stream) = at(&mut self.streams, slot) {
            stream.hears_mix = Some(mix);
        }
        self.mix(mix)?.hearers.push(slot);
        self.keep_mix_going(now, mix);
        Ok(())
    }

    pub(super) fn play_in_mix(
        &mut self,
        now: Duration,
        id: MixId,
        playback: u64,
        sounds: Vec<Arc<Sound>>,
        repeat: Repeat,
    ) -> Result<(), Refusal> {
        self.stop_in_mix(id);
        self.mix(id)?.also = Generator::Playback(Playback::new(playback, sounds, repeat));
        self.keep_mix_going(now, id);
        Ok(())
    }

    pub(super) fn tone_in_mix(&mut self, now: Duration, id: MixId, tone: ToneSpec) -> Result<(), Refusal> {
        self.stop_in_mix(id);
        self.mix(id)?.also = Generator::Tone(ToneGenerator::new(tone));
        self.keep_mix_going(now, id);
        Ok(())
    }

    pub(super) fn stop_in_mix(&mut self, id: MixId) {
        if let Some(mix) = self.mixes.get_mut(&id) {
            mix.end_also(id, &mut self.exits);
        }
    }

    pub(super) fn control_in_mix(&mut self, id: MixId, wanted: u64, control: PlaybackControl) {
        match self.mixes.get_mut(&id).map(|mix| &mut mix.also) {
            Some(Generator::Playback(playback)) if playback.id == wanted => playback.control(control),
            Some(Generator::Nothing | Generator::Playback(_) | Generator::Tone(_)) | None => {}
        }
    }

    pub(super) fn record_mix(&mut self, now: Duration, id: MixId, tap: u64) -> Result<(), Refusal> {
        let mix = self.mix(id)?;
        if !mix.taps.contains(&tap) {
            if mix.taps.len() >= super::MAX_TAPS {
                return Err(Refusal::TooManyInMix(id));
            }
            mix.taps.push(tap);
        }
        self.keep_mix_going(now, id);
        Ok(())
    }

    pub(super) fn stop_recording_mix(&mut self, id: MixId, tap: u64) {
        if let Some(mix) = self.mixes.get_mut(&id) {
            mix.taps.retain(|known| *known != tap);
        }
    }

    pub(super) fn close_mix(&mut self, id: MixId) {
        self.stop_in_mix(id);
        let Some(mix) = self.mixes.remove(&id) else { return };
        if let Some(due) = mix.tick_at {
            self.mix_deadlines.remove(&(due, id));
        }
        for slot in mix.hearers {
            if let Some(stream) = at(&mut self.streams, slot) {
                stream.leave_mix();
            }
        }
        for feed in mix.voices.into_keys() {
            self.stop_feeding(id, feed);
        }
        if let Some(stream) = mix.reaches.and_then(|slot| at(&mut self.streams, slot)) {
            stream.whispers = None;
            stream.outgoing.end_spurt();
        }
    }

    /// A stream hears its mix no more.
    pub(super) fn leave_mix(&mut self, slot: u32) {
        let left = at(&mut self.streams, slot).and_then(super::stream::Stream::leave_mix);
        if let Some(mix) = left.and_then(|mix| self.mixes.get_mut(&mix)) {
            mix.hearers.retain(|hearer| *hearer != slot);
        }
    }

    /// A stream is closed: its voice is gone, too, and nothing is whispered to it.
    pub(super) fn fall_silent_in_mixes(&mut self, slot: u32) {
        let Some(stream) = at(&mut self.streams, slot) else {
            return;
        };
        let (said, heard) = (
            std::mem::take(&mut stream.voice_of),
            std::mem::take(&mut stream.heard_by),
        );
        let whispers = stream.whispers.take();
        let feeds = said.into_iter().map(|id| (id, Feed::Said(slot)));
        for (id, feed) in feeds.chain(heard.into_iter().map(|id| (id, Feed::Heard(slot)))) {
            if let Some(mix) = self.mixes.get_mut(&id) {
                mix.voices.remove(&feed);
            }
        }
        if let Some(whispers) = whispers {
            self.close_mix(whispers);
        }
    }

    /// Gives what a stream said to the mixes it is a voice of.
    pub(super) fn say_in_mixes(&mut self, slot: u32, codec: Codec, payload: &[u8]) {
        let Some(stream) = at(&mut self.streams, slot) else {
            return;
        };
        let mut samples = std::mem::take(&mut self.exits.samples);
        samples.clear();
        codec.decode(payload, &mut samples);
        for id in &stream.voice_of {
            let mix = self.mixes.get_mut(id);
            if let Some(voice) = mix.and_then(|mix| mix.voices.get_mut(&Feed::Said(slot))) {
                voice.say(samples.iter().copied());
            }
        }
        self.exits.samples = samples;
    }

    /// Gives what streams were sent to the mixes that want it.
    pub(super) fn pass_on_overheard(&mut self) {
        for overheard in self.exits.overheard.drain(..) {
            let mix = self.mixes.get_mut(&overheard.mix);
            if let Some(voice) = mix.and_then(|mix| mix.voices.get_mut(&overheard.feed)) {
                voice.say(overheard.samples.into_iter());
            }
        }
    }

    pub(super) fn tick_mixes(&mut self, now: Duration) {
        while let Some((due, id)) = self.mix_deadlines.first().copied().filter(|(due, _)| *due <= now) {
            self.mix_deadlines.pop_first();
            if let Some(mix) = self.mixes.get_mut(&id) {
                mix.tick_at = None;
                self.tick_mix(now, id, due);
            }
        }
    }

    fn tick_mix(&mut self, now: Duration, id: MixId, due: Duration) {
        let mut at = due;
        for _ in 0..MAX_CATCH_UP {
            if at > now {
                break;
            }
            self.mix_frame(at, id);
            at += FRAME_TIME;
        }
        let next = if at > now { at } else { on_grid(now + FRAME_TIME) };
        let Some(mix) = self.mixes.get_mut(&id).filter(|mix| mix.is_used()) else {
            return;
        };
        mix.tick_at = Some(next);
        self.mix_deadlines.insert((next, id));
    }

    fn mix_frame(&mut self, when: Duration, id: MixId) {
        let Some(mix) = self.mixes.get_mut(&id) else {
            return;
        };
        let mut all = Sum::default();
        for (feed, voice) in &mut mix.voices {
            if let Some(frame) = voice.next() {
                all.add(&frame);
                all.said.push((*feed, voice.own, frame));
            }
        }
        if let Some(frame) = mix.also_frame(id, &mut self.exits) {
            all.add(&frame);
            all.has_also = true;
        }
        for slot in &mix.hearers {
            let Some(stream) = at(&mut self.streams, *slot) else {
                continue;
            };
            match all.without(|(_, own, _)| *own == Some(*slot)) {
                Some(mut frame) => stream.hear_frame(when, &mut frame, &mut self.exits),
                None => stream.mix_is_silent(),
            }
        }
        if let Some(stream) = mix.reaches.and_then(|slot| at(&mut self.streams, slot)) {
            match all.without(|_| false) {
                Some(mut frame) => stream.reach(when, &mut frame, &mut self.exits),
                None => stream.outgoing.end_spurt(),
            }
        }
        for follower in &mix.followers {
            if let Some(frame) = all.without(|(feed, ..)| follower.without == Some(*feed)) {
                self.exits.overheard.push(Overheard {
                    mix: follower.mix,
                    feed: Feed::Mix(id),
                    samples: frame.to_vec(),
                });
            }
        }
        if !mix.taps.is_empty() {
            let samples: Arc<[i16]> = Arc::from(all.without(|_| false).unwrap_or([0; FRAME]));
            for tap in &mix.taps {
                self.exits.events.push(Event::MixRecorded {
                    mix: id,
                    tap: *tap,
                    at: when + FRAME_TIME,
                    samples: samples.clone(),
                });
            }
        }
        self.pass_on_overheard();
    }

    fn keep_mix_going(&mut self, now: Duration, id: MixId) {
        let Some(mix) = self.mixes.get_mut(&id).filter(|mix| mix.is_used()) else {
            return;
        };
        if mix.tick_at.is_none() {
            let due = on_grid(now);
            mix.tick_at = Some(due);
            self.mix_deadlines.insert((due, id));
        }
    }

    fn mix(&mut self, id: MixId) -> Result<&mut Mix, Refusal> {
        if self.mixes.len() >= MAX_MIXES && !self.mixes.contains_key(&id) {
            return Err(Refusal::TooManyMixes);
        }
        Ok(self.mixes.entry(id).or_default())
    }
}

/// The mix that carries what is whispered to a stream; mixes that others name stay below.
const fn whispers_to(stream: StreamId) -> MixId {
    MixId(1 << 63 | stream.0 as u64)
}
