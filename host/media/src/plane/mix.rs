//! Several voices in one: every 20 ms what all said is added up, and each hears the sum without itself.

use super::command::{MixId, PlaybackControl, Refusal, Repeat, StreamId};
use super::event::Event;
use super::generate::{MAX_CATCH_UP, on_grid};
use super::playback::Playback;
use super::stream::Generator;
use super::{Exits, Plane, at};
use crate::codec::Codec;
use crate::sound::Sound;
use crate::tone::{ToneGenerator, ToneSpec};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// Mixes one plane may have; more are refused.
pub const MAX_MIXES: usize = 4_096;
/// Voices one mix may have, and streams that may hear it; more are refused.
pub const MAX_MIX_MEMBERS: usize = 256;
/// Mixes one stream may be a voice of; more are refused.
pub(super) const MAX_VOICES: usize = 8;
/// What is added up at once.
const FRAME: usize = 160;
const FRAME_TIME: Duration = Duration::from_millis(20);
/// Samples a voice has to have said before it is heard, so that late packets make no hole.
const HEAD_START: usize = 2 * FRAME;
/// Samples of a voice that may wait; beyond it the oldest go, down to the head start.
const WAITING_MAX: usize = 8 * FRAME;

/// What a voice said and nobody heard yet.
#[derive(Debug, Default)]
struct Voice {
    waiting: VecDeque<i16>,
    has_begun: bool,
}

impl Voice {
    fn say(&mut self, samples: impl Iterator<Item = i16>) {
        self.waiting.extend(samples);
        if self.waiting.len() > WAITING_MAX {
            let excess = self.waiting.len() - HEAD_START;
            self.waiting.drain(..excess);
        }
    }

    /// The next frame; none while the voice is silent.
    fn next(&mut self) -> Option<[i16; FRAME]> {
        if !self.has_begun && self.waiting.len() < HEAD_START {
            return None;
        }
        self.has_begun = true;
        let mut frame = [0; FRAME];
        let count = self.waiting.len().min(FRAME);
        for (to, from) in frame.iter_mut().zip(self.waiting.drain(..count)) {
            *to = from;
        }
        if count < FRAME {
            self.has_begun = false;
        }
        (count > 0).then_some(frame)
    }
}

pub(super) struct Mix {
    voices: BTreeMap<u32, Voice>,
    hearers: Vec<u32>,
    also: Generator,
    taps: Vec<u64>,
    tick_at: Option<Duration>,
}

impl Default for Mix {
    fn default() -> Self {
        Self {
            voices: BTreeMap::new(),
            hearers: Vec::new(),
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
        has_sound && !(self.hearers.is_empty() && self.taps.is_empty() && !self.plays())
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
        members: &[StreamId],
    ) -> Result<(), Refusal> {
        if members.len() > MAX_MIX_MEMBERS {
            return Err(Refusal::TooManyInMix(id));
        }
        let known: Vec<u32> = members
            .iter()
            .filter_map(|stream| self.slots.get(stream).copied())
            .collect();
        let mix = self.mix(id)?;
        let mut before = std::mem::take(&mut mix.voices);
        let fresh = |slot: u32| (slot, before.remove(&slot).unwrap_or_default());
        mix.voices = known.iter().copied().map(fresh).collect();
        for slot in before.into_keys() {
            if let Some(stream) = at(&mut self.streams, slot) {
                stream.voice_of.retain(|mix| *mix != id);
            }
        }
        for slot in known {
            let Some(stream) = at(&mut self.streams, slot) else {
                continue;
            };
            if stream.voice_of.contains(&id) {
                continue;
            }
            if stream.voice_of.len() >= MAX_VOICES {
                return Err(Refusal::TooManyInMix(id));
            }
            stream.voice_of.push(id);
        }
        self.keep_mix_going(now, id);
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
        for slot in mix.voices.into_keys() {
            if let Some(stream) = at(&mut self.streams, slot) {
                stream.voice_of.retain(|mix| *mix != id);
            }
        }
    }

    /// A stream hears its mix no more.
    pub(super) fn leave_mix(&mut self, slot: u32) {
        let left = at(&mut self.streams, slot).and_then(super::stream::Stream::leave_mix);
        if let Some(mix) = left.and_then(|mix| self.mixes.get_mut(&mix)) {
            mix.hearers.retain(|hearer| *hearer != slot);
        }
    }

    /// A stream is closed: its voice is gone, too.
    pub(super) fn fall_silent_in_mixes(&mut self, slot: u32) {
        let voice_of = at(&mut self.streams, slot).map(|stream| std::mem::take(&mut stream.voice_of));
        for id in voice_of.into_iter().flatten() {
            if let Some(mix) = self.mixes.get_mut(&id) {
                mix.voices.remove(&slot);
            }
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
            let voice = self.mixes.get_mut(id).and_then(|mix| mix.voices.get_mut(&slot));
            if let Some(voice) = voice {
                voice.say(samples.iter().copied());
            }
        }
        self.exits.samples = samples;
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
        let mut sum = [0i32; FRAME];
        let mut said: Vec<(u32, [i16; FRAME])> = Vec::new();
        for (slot, voice) in &mut mix.voices {
            if let Some(frame) = voice.next() {
                add(&mut sum, &frame);
                said.push((*slot, frame));
            }
        }
        let also = mix.also_frame(id, &mut self.exits);
        if let Some(frame) = &also {
            add(&mut sum, frame);
        }
        for slot in &mix.hearers {
            let Some(stream) = at(&mut self.streams, *slot) else {
                continue;
            };
            let own = said
                .iter()
                .find(|(speaker, _)| speaker == slot)
                .map(|(_, frame)| frame);
            let others = said.len() - usize::from(own.is_some()) + usize::from(also.is_some());
            if others == 0 {
                stream.mix_is_silent();
            } else {
                stream.hear_frame(when, &mut without(&sum, own), &mut self.exits);
            }
        }
        if !mix.taps.is_empty() {
            let samples: Arc<[i16]> = Arc::from(without(&sum, None));
            for tap in &mix.taps {
                self.exits.events.push(Event::MixRecorded {
                    mix: id,
                    tap: *tap,
                    at: when + FRAME_TIME,
                    samples: samples.clone(),
                });
            }
        }
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

fn add(sum: &mut [i32; FRAME], frame: &[i16; FRAME]) {
    for (sum, sample) in sum.iter_mut().zip(frame) {
        *sum += i32::from(*sample);
    }
}

/// The sum without one's own part, kept within what a sample can say.
fn without(sum: &[i32; FRAME], own: Option<&[i16; FRAME]>) -> [i16; FRAME] {
    let mut frame = [0; FRAME];
    for (index, out) in frame.iter_mut().enumerate() {
        let own = own.map_or(0, |own| i32::from(own[index]));
        let value = sum[index] - own;
        *out = i16::try_from(value).unwrap_or(if value < 0 { i16::MIN } else { i16::MAX });
    }
    frame
}
