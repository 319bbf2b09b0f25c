//! What the host itself says on a stream: sounds, tones and digits, one frame a tick.

use super::Exits;
use super::command::{PlaybackControl, Refusal, Repeat};
use super::event::{Event, Side};
use super::outbox::PacketKind;
use super::playback::Playback;
use super::stream::{Generator, Stream};
use crate::digit::Digit;
use crate::dtmf::dtmf_frequencies;
use crate::rtp::Header;
use crate::sound::Sound;
use crate::telephone_event::{DigitStep, EventPayload, Position};
use crate::tone::{ToneGenerator, ToneSpec};
use std::sync::Arc;
use std::time::Duration;

/// Ticks begin on whole multiples of this, so that one wake-up serves many streams.
const GRID: Duration = Duration::from_millis(5);
/// Frames made up for when the clock comes late; of a longer delay the rest is skipped.
pub(super) const MAX_CATCH_UP: usize = 10;
/// Samples of the longest frame, 60 ms.
const MAX_FRAME: usize = 480;

impl Stream {
    pub(super) fn play(
        &mut self,
        now: Duration,
        playback: u64,
        sounds: Vec<Arc<Sound>>,
        repeat: Repeat,
        exits: &mut Exits,
    ) {
        self.end_generator(exits);
        self.generator = Generator::Playback(Playback::new(playback, sounds, repeat));
        self.begin_ticks(now);
    }

    pub(super) fn play_tone(&mut self, now: Duration, tone: ToneSpec, exits: &mut Exits) {
        self.end_generator(exits);
        self.generator = Generator::Tone(ToneGenerator::new(tone));
        self.begin_ticks(now);
    }

    pub(super) fn control_playback(&mut self, id: u64, control: PlaybackControl) {
        match &mut self.generator {
            Generator::Playback(playback) if playback.id == id => playback.control(control),
            Generator::Nothing | Generator::Playback(_) | Generator::Tone(_) => {}
        }
    }

    pub(super) fn stop_playback(&mut self, id: u64, exits: &mut Exits) {
        match &self.generator {
            Generator::Playback(playback) if playback.id == id => self.end_generator(exits),
            Generator::Nothing | Generator::Playback(_) | Generator::Tone(_) => {}
        }
    }

    pub(super) fn stop_tone(&mut self) {
        match self.generator {
            Generator::Tone(_) => self.fall_silent(),
            Generator::Nothing | Generator::Playback(_) => {}
        }
    }

    pub(super) fn send_digits(
        &mut self,
        now: Duration,
        digits: &[Digit],
        duration: Duration,
        gap: Duration,
    ) -> Result<(), Refusal> {
        let left_out = self.digits_out.send(digits, duration, gap);
        self.begin_ticks(now);
        if left_out > 0 {
            Err(Refusal::TooManyDigits(self.id))
        } else {
            Ok(())
        }
    }

    /// Ends what is played, telling of a playback that was cut short.
    pub(super) fn end_generator(&mut self, exits: &mut Exits) {
        match &self.generator {
            Generator::Playback(playback) => {
                let (stream, playback) = (self.id, playback.id);
                exits.events.push(Event::PlaybackEnded {
                    stream,
                    playback,
                    completed: false,
                });
                self.fall_silent();
            }
            Generator::Tone(_) => self.fall_silent(),
            Generator::Nothing => {}
        }
    }

    pub(super) fn tick(&mut self, now: Duration, exits: &mut Exits) {
        let mut frames = 0;
        while let Some(due) = self.tick_at.filter(|due| *due <= now) {
            if frames == MAX_CATCH_UP {
                self.outgoing.end_spurt();
                self.tick_at = Some(on_grid(now + GRID));
                return;
            }
            frames += 1;
            self.frame(due, exits);
            let goes_on = self.digits_out.is_busy() || !matches!(self.generator, Generator::Nothing);
            self.tick_at = goes_on.then_some(due + self.config.packet_time);
        }
    }

    fn begin_ticks(&mut self, now: Duration) {
        if self.tick_at.is_none() {
            self.tick_at = Some(on_grid(now));
        }
    }

    /// Sends a frame of the mix the stream hears, unless the host itself speaks to it.
    pub(super) fn hear_frame(&mut self, at: Duration, frame: &mut [i16], exits: &mut Exits) {
        if !self.is_generating() {
            self.send_audio(at, frame, exits);
        }
    }

    /// Nobody speaks in the mix the stream hears.
    pub(super) fn mix_is_silent(&mut self) {
        if !self.is_generating() {
            self.outgoing.end_spurt();
        }
    }

    fn fall_silent(&mut self) {
        self.generator = Generator::Nothing;
        self.outgoing.end_spurt();
    }

    fn frame(&mut self, at: Duration, exits: &mut Exits) {
        let length = usize::try_from(crate::samples_in(self.config.packet_time)).unwrap_or(MAX_FRAME);
        let mut frame = [0; MAX_FRAME];
        let frame = &mut frame[..length.min(MAX_FRAME)];
        if self.digits_out.is_busy() && self.digit_frame(at, frame, exits) {
            return;
        }
        let filled = match &mut self.generator {
            Generator::Nothing => return,
            Generator::Playback(playback) if playback.is_paused() => {
                self.outgoing.end_spurt();
                return;
            }
            Generator::Playback(playback) => playback.fill(frame),
            Generator::Tone(tone) => tone.fill(frame),
        };
        if filled > 0 {
            self.send_audio(at, frame, exits);
            return;
        }
        if let Generator::Playback(playback) = &self.generator {
            let (stream, playback) = (self.id, playback.id);
            exits.events.push(Event::PlaybackEnded {
                stream,
                playback,
                completed: true,
            });
        }
        self.fall_silent();
    }

    /// Sends the digits' part of a frame; `false` when the frame is free for audio.
    fn digit_frame(&mut self, at: Duration, frame: &mut [i16], exits: &mut Exits) -> bool {
        let length = u32::try_from(frame.len()).unwrap_or(0);
        match self.digits_out.step(length) {
            DigitStep::Finished => {
                exits.events.push(Event::DigitsSent { stream: self.id });
                false
            }
            DigitStep::Gap => false,
            DigitStep::Packet {
                digit,
                payload,
                position,
            } => {
                match self.config.send_events {
                    Some(payload_type) => self.send_event(at, payload_type, payload, position, exits),
                    None => self.send_digit_tone(at, digit, position, frame, exits),
                }
                true
            }
        }
    }

    fn send_event(
        &mut self,
        at: Duration,
        payload_type: u8,
        payload: EventPayload,
        position: Position,
        exits: &mut Exits,
    ) {
        let Some(to) = self.destination() else {
            return;
        };
        let length = u32::from(payload.duration);
        let header = match position {
            Position::First => self.outgoing.digit(at, payload_type, length),
            Position::Later | Position::Repeat => self.outgoing.more_digit(at, payload_type, length),
        };
        exits.outbox.push(self.id, PacketKind::Rtp, to, |bytes| {
            bytes.extend_from_slice(&header.to_bytes());
            bytes.extend_from_slice(&payload.to_bytes());
        });
        self.outgoing.count_payload(payload.to_bytes().len());
    }

    fn send_digit_tone(
        &mut self,
        at: Duration,
        digit: Digit,
        position: Position,
        frame: &mut [i16],
        exits: &mut Exits,
    ) {
        match position {
            Position::First => {
                let tone = dtmf_frequencies(digit).map(|(low, high)| ToneSpec::steady(low, high));
                self.digit_tone = tone.map(ToneGenerator::new);
            }
            Position::Later => {}
            Position::Repeat => self.digit_tone = None,
        }
        if let Some(tone) = &mut self.digit_tone {
            tone.fill(frame);
        }
        self.send_audio(at, frame, exits);
    }

    fn send_audio(&mut self, at: Duration, frame: &mut [i16], exits: &mut Exits) {
        if self.muted.outbound() {
            frame.fill(0);
        }
        if !self.overhear(frame, exits) {
            self.reach(at, frame, exits);
        }
    }

    /// Sends audio to the peer, whatever is whispered to it.
    pub(super) fn reach(&mut self, at: Duration, frame: &mut [i16], exits: &mut Exits) {
        if self.muted.outbound() {
            frame.fill(0);
        }
        let (Some(to), Some(format)) = (self.destination(), self.config.send.first().copied()) else {
            return;
        };
        let length = u32::try_from(frame.len()).unwrap_or(0);
        let header: Header = self.outgoing.audio(at, format.payload_type, length);
        exits.outbox.push(self.id, PacketKind::Rtp, to, |bytes| {
            bytes.extend_from_slice(&header.to_bytes());
            format.codec.encode(frame, bytes);
        });
        self.outgoing
            .count_payload(frame.len() * format.codec.sample_bytes());
        self.tap(at + self.config.packet_time, Side::Outbound, frame, exits);
    }
}

pub(super) fn on_grid(now: Duration) -> Duration {
    let grid = GRID.as_micros();
    let steps = now.as_micros().div_ceil(grid);
    Duration::from_micros(u64::try_from(steps * grid).unwrap_or(u64::MAX))
}
