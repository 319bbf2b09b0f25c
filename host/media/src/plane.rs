//! The media plane: many RTP sessions under one owner that knows no sockets and no clock.
//!
//! Call one `handle_*` method, then drain [`Plane::poll_transmit`] and [`Plane::poll_event`], then call the next;
//! [`Plane::poll_timeout`] says when [`Plane::handle_timeout`] is due.

mod command;
mod event;
mod generate;
mod hear;
mod learning;
mod mix;
mod outbox;
mod playback;
mod relay;
mod report;
mod stream;
#[cfg(test)]
mod tests;
mod voice;

pub use command::{
    Command, DigitRelay, DigitTones, Direction, InbandDigits, MAX_FORMATS, MixId, Muted, PACKET_TIMES,
    PlaybackControl, Refusal, Repeat, RtcpPort, Sides, StreamConfig, StreamId, SymmetricRtp,
};
pub use event::{Counters, Event, MAX_EVENTS, Report, Side, Statistics};
pub use mix::{MAX_MIX_MEMBERS, MAX_MIXES};
pub use outbox::{MAX_OUTBOX_BYTES, PacketKind, Transmit};
pub use stream::{MAX_DATAGRAM_BYTES, MAX_TAPS};
pub use voice::{MixMember, MixVoice};

use crate::rtp;
use event::Events;
use mix::Mix;
use outbox::Outbox;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::net::SocketAddr;
use std::time::Duration;
use stream::Stream;

/// Streams one plane may have; more are refused.
pub const MAX_STREAMS: usize = 16_384;
/// Streams that may listen to one; more are refused.
pub const MAX_LISTENERS: usize = 64;
/// Digits that may wait on one stream; more are refused.
pub const MAX_DIGITS_QUEUED: usize = crate::telephone_event::MAX_WAITING;
/// The least time between two wake-ups of one stream, so that a late clock cannot spin.
const LEAST_WAIT: Duration = Duration::from_millis(1);

/// Where packets and events leave, and what all streams share.
struct Exits {
    outbox: Outbox,
    events: Events,
    /// Samples of the packet at hand.
    samples: Vec<i16>,
    /// What was sent and goes into mixes as well.
    overheard: Vec<voice::Overheard>,
    random: ChaCha8Rng,
    /// The time since 1970 when `now` was zero.
    epoch: Duration,
    cname: String,
}

/// All streams of one media thread.
pub struct Plane {
    slots: BTreeMap<StreamId, u32>,
    streams: Vec<Option<Box<Stream>>>,
    free: Vec<u32>,
    deadlines: BTreeSet<(Duration, u32)>,
    mixes: BTreeMap<MixId, Mix>,
    mix_deadlines: BTreeSet<(Duration, MixId)>,
    exits: Exits,
}

impl Plane {
    /// A plane without streams; sources, numbers and report times come from the seed.
    #[must_use]
    pub fn new(seed: [u8; 32]) -> Self {
        let mut random = ChaCha8Rng::from_seed(seed);
        let mut cname = String::new();
        // RFC 7022 section 4.2: a random name that says nothing about the host.
        for _ in 0..3 {
            write!(cname, "{:08x}", random.next_u32()).expect("a string takes everything");
        }
        let exits = Exits {
            outbox: Outbox::default(),
            events: Events::default(),
            samples: Vec::new(),
            overheard: Vec::new(),
            random,
            epoch: Duration::ZERO,
            cname,
        };
        Self {
            slots: BTreeMap::new(),
            streams: Vec::new(),
            free: Vec::new(),
            deadlines: BTreeSet::new(),
            mixes: BTreeMap::new(),
            mix_deadlines: BTreeSet::new(),
            exits,
        }
    }

    /// Says what the time since 1970 was when `now` was zero, so that reports carry wall-clock time.
    #[must_use]
    pub const fn with_epoch(mut self, since_1970: Duration) -> Self {
        self.exits.epoch = since_1970;
        self
    }

    /// Does what is asked, or says why not; a refused command changed nothing, save that digits that fit are sent.
    pub fn handle_command(&mut self, now: Duration, command: Command) -> Result<(), Refusal> {
        self.exits.outbox.reuse();
        let done = self.obey(now, command);
        self.pass_on_overheard();
        done
    }

    fn obey(&mut self, now: Duration, command: Command) -> Result<(), Refusal> {
        match command {
            Command::Close { stream } => self.close(now, stream),
            Command::CloseMix { mix } => {
                self.close_mix(mix);
                Ok(())
            }
            Command::Connect { a, b } => self.connect(a, b),
            Command::ControlPlayInMix {
                mix,
                playback,
                control,
            } => {
                self.control_in_mix(mix, playback, control);
                Ok(())
            }
            Command::Disconnect { stream } => self.slot(stream).map(|slot| self.disconnect(slot)),
            Command::Echo { stream } => self.listen(stream, stream),
            Command::HearMix { stream, mix } => self.hear_mix(now, stream, mix),
            Command::Listen { from, to } => self.listen(from, to),
            Command::Mix { mix, members } => self.set_voices(now, mix, &members),
            Command::Open { stream, config } => self.open(now, stream, *config),
            Command::PlayInMix {
                mix,
                playback,
                sounds,
                repeat,
            } => self.play_in_mix(now, mix, playback, sounds, repeat),
            Command::RecordMix { mix, tap } => self.record_mix(now, mix, tap),
            Command::StopInMix { mix } => {
                self.stop_in_mix(mix);
                Ok(())
            }
            Command::StopListen { stream } => self.slot(stream).map(|slot| self.unlink(slot)),
            Command::StopRecordMix { mix, tap } => {
                self.stop_recording_mix(mix, tap);
                Ok(())
            }
            Command::ToneInMix { mix, tone } => self.tone_in_mix(now, mix, tone),
            Command::Whisper { stream, mixes } => self.whisper(now, stream, &mixes),
            Command::Measure { stream } => self.measure(stream),
            Command::Configure { stream, .. }
            | Command::ControlPlay { stream, .. }
            | Command::Hold { stream, .. }
            | Command::Mute { stream, .. }
            | Command::Play { stream, .. }
            | Command::Record { stream, .. }
            | Command::SendDigits { stream, .. }
            | Command::StopPlay { stream, .. }
            | Command::StopRecord { stream, .. }
            | Command::StopTone { stream }
            | Command::Tone { stream, .. } => self
                .with(now, stream, |stream, exits| stream.obey(now, command, exits))
                .flatten(),
        }
    }

    /// Takes a datagram that came to one of a stream's sockets. Relaying allocates nothing and copies the payload once.
    pub fn handle_datagram(
        &mut self,
        now: Duration,
        stream: StreamId,
        kind: PacketKind,
        from: SocketAddr,
        packet: &[u8],
    ) {
        self.exits.outbox.reuse();
        let Some(slot) = self.slots.get(&stream).copied() else {
            return;
        };
        match kind {
            PacketKind::Rtp if !rtp::is_rtcp(packet) => self.hear(now, slot, from, packet),
            PacketKind::Rtp | PacketKind::Rtcp => {
                if let Some(stream) = at(&mut self.streams, slot) {
                    stream.hear_report(now, from, packet, &mut self.exits);
                }
            }
        }
        self.pass_on_overheard();
    }

    /// Does what is due: generated audio, reports, timeouts.
    pub fn handle_timeout(&mut self, now: Duration) {
        self.exits.outbox.reuse();
        self.tick_mixes(now);
        while let Some((_, slot)) = self.deadlines.first().copied().filter(|(due, _)| *due <= now) {
            self.deadlines.pop_first();
            if let Some(stream) = at(&mut self.streams, slot) {
                stream.wake_at = None;
                stream.handle_timeout(now, &mut self.exits);
            }
            self.rearm(now + LEAST_WAIT, slot);
        }
        self.pass_on_overheard();
    }

    /// When [`Plane::handle_timeout`] is due next.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        let stream = self.deadlines.first().map(|(due, _)| *due);
        let mix = self.mix_deadlines.first().map(|(due, _)| *due);
        stream.into_iter().chain(mix).min()
    }

    /// The next packet to send; its bytes are [`Plane::bytes`].
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.exits.outbox.pop()
    }

    /// The bytes of a packet, until the next call of a `handle_*` method.
    #[must_use]
    pub fn bytes(&self, transmit: &Transmit) -> &[u8] {
        self.exits.outbox.bytes(transmit)
    }

    /// The next thing that happened.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.exits.events.pop()
    }

    /// How a stream goes; `None` when it is not open.
    #[must_use]
    pub fn statistics(&self, stream: StreamId) -> Option<Statistics> {
        let slot = usize::try_from(*self.slots.get(&stream)?).ok()?;
        self.streams.get(slot)?.as_deref().map(Stream::statistics)
    }

    fn measure(&mut self, stream: StreamId) -> Result<(), Refusal> {
        let statistics = self.statistics(stream).ok_or(Refusal::UnknownStream(stream))?;
        let statistics = Box::new(statistics);
        self.exits.events.push(Event::Measured { stream, statistics });
        Ok(())
    }

    /// Packets and events dropped because nobody drained them.
    #[must_use]
    pub const fn dropped(&self) -> (u64, u64) {
        (self.exits.outbox.dropped(), self.exits.events.dropped())
    }

    fn open(&mut self, now: Duration, id: StreamId, config: StreamConfig) -> Result<(), Refusal> {
        if self.slots.contains_key(&id) {
            return Err(Refusal::AlreadyOpen(id));
        }
        if self.slots.len() >= MAX_STREAMS {
            return Err(Refusal::TooManyStreams);
        }
        let mut stream = Box::new(Stream::new(now, id, config, &mut self.exits));
        let slot = if let Some(slot) = self.free.pop() {
            stream.slot = slot;
            self.streams[slot as usize] = Some(stream);
            slot
        } else {
            let slot = u32::try_from(self.streams.len()).expect("there are fewer streams than the limit");
            stream.slot = slot;
            self.streams.push(Some(stream));
            slot
        };
        self.slots.insert(id, slot);
        self.rearm(now, slot);
        Ok(())
    }

    fn close(&mut self, now: Duration, id: StreamId) -> Result<(), Refusal> {
        let slot = self.slot(id)?;
        self.disconnect(slot);
        self.fall_silent_in_mixes(slot);
        if let Some(mut stream) = self.streams.get_mut(slot as usize).and_then(Option::take) {
            if let Some(due) = stream.wake_at {
                self.deadlines.remove(&(due, slot));
            }
            stream.close(now, &mut self.exits);
        }
        self.slots.remove(&id);
        self.free.push(slot);
        Ok(())
    }

    fn connect(&mut self, a: StreamId, b: StreamId) -> Result<(), Refusal> {
        let (slot_a, slot_b) = (self.slot(a)?, self.slot(b)?);
        for (from, to) in [(slot_a, slot_b), (slot_b, slot_a)] {
            self.room_for(from, to)?;
        }
        self.leave_partner(slot_a);
        self.leave_partner(slot_b);
        self.link(slot_a, slot_b);
        self.link(slot_b, slot_a);
        Ok(())
    }

    /// Ends a stream's two-way relation; those that only listen to it go on.
    fn leave_partner(&mut self, slot: u32) {
        let partner = at(&mut self.streams, slot).and_then(|stream| stream.source);
        if let Some(partner) = partner
            && at(&mut self.streams, partner).is_some_and(|partner| partner.source == Some(slot))
        {
            self.unlink(partner);
        }
    }

    fn listen(&mut self, from: StreamId, to: StreamId) -> Result<(), Refusal> {
        let (from, to) = (self.slot(from)?, self.slot(to)?);
        self.room_for(from, to)?;
        self.link(from, to);
        Ok(())
    }

    fn room_for(&self, from: u32, to: u32) -> Result<(), Refusal> {
        let source = self.streams.get(from as usize).and_then(Option::as_deref);
        match source {
            Some(source) if source.listeners.len() >= MAX_LISTENERS && !source.listeners.contains(&to) => {
                Err(Refusal::TooManyListeners(source.id))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn link(&mut self, from: u32, to: u32) {
        if at(&mut self.streams, to).is_some_and(|listener| listener.source == Some(from)) {
            return;
        }
        self.unlink(to);
        if let Some(source) = at(&mut self.streams, from) {
            source.listeners.push(to);
        }
        if let Some(listener) = at(&mut self.streams, to) {
            listener.source = Some(from);
        }
    }

    fn unlink(&mut self, to: u32) {
        self.leave_mix(to);
        let source = at(&mut self.streams, to).and_then(|listener| listener.leave_source());
        if let Some(source) = source.and_then(|from| at(&mut self.streams, from)) {
            source.listeners.retain(|listener| *listener != to);
        }
    }

    fn disconnect(&mut self, slot: u32) {
        self.unlink(slot);
        let listeners = at(&mut self.streams, slot).map(|stream| std::mem::take(&mut stream.listeners));
        for listener in listeners.into_iter().flatten() {
            if let Some(listener) = at(&mut self.streams, listener) {
                listener.leave_source();
            }
        }
    }

    fn slot(&self, stream: StreamId) -> Result<u32, Refusal> {
        self.slots
            .get(&stream)
            .copied()
            .ok_or(Refusal::UnknownStream(stream))
    }

    fn with<T>(
        &mut self,
        now: Duration,
        id: StreamId,
        act: impl FnOnce(&mut Stream, &mut Exits) -> T,
    ) -> Result<T, Refusal> {
        let slot = self.slot(id)?;
        let stream = at(&mut self.streams, slot).ok_or(Refusal::UnknownStream(id))?;
        let result = act(stream, &mut self.exits);
        self.rearm(now, slot);
        Ok(result)
    }

    /// Keeps a stream's place in the order of deadlines, not before `earliest`.
    fn rearm(&mut self, earliest: Duration, slot: u32) {
        let Some(stream) = at(&mut self.streams, slot) else {
            return;
        };
        let due = stream.poll_timeout().map(|due| due.max(earliest));
        if due == stream.wake_at {
            return;
        }
        if let Some(before) = stream.wake_at {
            self.deadlines.remove(&(before, slot));
        }
        stream.wake_at = due;
        if let Some(due) = due {
            self.deadlines.insert((due, slot));
        }
    }
}

fn at(streams: &mut [Option<Box<Stream>>], slot: u32) -> Option<&mut Stream> {
    streams.get_mut(slot as usize)?.as_deref_mut()
}
