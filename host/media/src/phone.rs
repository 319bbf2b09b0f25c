//! A telephone for tests and load generators: it says a tone, names the tones it hears, and counts what went wrong.

use crate::codec::PayloadFormat;
use crate::digit::Digit;
use crate::outgoing::Outgoing;
use crate::reception::{Arrival, Reception, Timing};
use crate::recognise::{HeardTone, ToneRecogniser};
use crate::rtp::{Header, Packet};
use crate::telephone_event::{DigitChange, DigitReceiver, DigitSender, DigitStep, EventPayload, Position};
use crate::tone::{ToneGenerator, ToneSpec};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::collections::VecDeque;
use std::time::Duration;

/// A longer pause between two packets is a hole.
pub const HOLE: Duration = Duration::from_millis(40);
/// Digits heard and not asked for yet; the oldest go first.
pub const MAX_DIGITS_HEARD: usize = 256;
/// Packets made up for when the clock comes late; of a longer delay the rest is skipped.
const MAX_CATCH_UP: u32 = 10;
/// How far a timestamp may be from where time would have it before it counts as reset: 1 s of samples.
const TIMESTAMP_SLACK: i64 = 8000;
const FRAME: usize = 160;
const FRAME_TIME: Duration = Duration::from_millis(20);

/// What a telephone does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneConfig {
    /// The codec it sends, and the only one it takes.
    pub format: PayloadFormat,
    /// The payload type of its telephone events.
    pub events: u8,
    /// The frequencies in Hz it knows.
    pub listens_for: Vec<u16>,
}

impl Default for PhoneConfig {
    /// µ-law, events as 101, no frequencies.
    fn default() -> Self {
        Self {
            format: PayloadFormat::PCMU,
            events: 101,
            listens_for: Vec::new(),
        }
    }
}

/// What a telephone counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PhoneCounters {
    /// Packets sent.
    pub sent: u64,
    /// Packets received, duplicates not counted.
    pub received: u64,
    /// Packets that never came.
    pub lost: u64,
    /// Pauses longer than 40 ms between two packets.
    pub holes: u64,
    /// The longest pause between two packets.
    pub largest_gap: Duration,
    /// Packets that came after a newer one.
    pub out_of_order: u64,
    /// Packets that came twice.
    pub duplicates: u64,
    /// How often the source was replaced.
    pub ssrc_changes: u64,
    /// How often the numbering began anew.
    pub sequence_resets: u64,
    /// How often the timestamps went back or ran away from time.
    pub timestamp_resets: u64,
    /// Datagrams that are not RTP or not of an agreed payload type.
    pub malformed: u64,
}

#[derive(Clone, Copy, Debug)]
struct Newest {
    timestamp: u32,
    at: Duration,
}

/// One soft phone's media.
#[derive(Debug)]
pub struct Phone {
    config: PhoneConfig,
    outgoing: Outgoing,
    tone: Option<ToneGenerator>,
    digits_out: DigitSender,
    tick_at: Option<Duration>,
    packet: Vec<u8>,
    reception: Option<Reception>,
    earlier: (u64, u64),
    newest: Option<Newest>,
    recogniser: ToneRecogniser,
    digits_in: DigitReceiver,
    heard: VecDeque<(Digit, Duration)>,
    samples: Vec<i16>,
    counters: PhoneCounters,
}

impl Phone {
    /// A telephone that says nothing; its source and first numbers come from the seed.
    #[must_use]
    pub fn new(seed: [u8; 32], config: PhoneConfig) -> Self {
        Self {
            outgoing: Outgoing::new(&mut ChaCha8Rng::from_seed(seed)),
            tone: None,
            digits_out: DigitSender::new(),
            tick_at: None,
            packet: Vec::with_capacity(FRAME + 12),
            reception: None,
            earlier: (0, 0),
            newest: None,
            recogniser: ToneRecogniser::new(&config.listens_for),
            digits_in: DigitReceiver::default(),
            heard: VecDeque::new(),
            samples: Vec::with_capacity(FRAME),
            counters: PhoneCounters::default(),
            config,
        }
    }

    /// Says a tone from now on, or nothing.
    pub fn speak(&mut self, now: Duration, tone: Option<ToneSpec>) {
        self.outgoing.end_spurt();
        self.tone = tone.map(ToneGenerator::new);
        self.begin(now);
    }

    /// Presses keys; gives how many did not fit the queue.
    pub fn dial(&mut self, now: Duration, digits: &[Digit], duration: Duration, gap: Duration) -> usize {
        let left_out = self.digits_out.send(digits, duration, gap);
        self.begin(now);
        left_out
    }

    /// When the next packet is due.
    #[must_use]
    pub const fn poll_timeout(&self) -> Option<Duration> {
        self.tick_at
    }

    /// The next packet due by `now`, to be asked for until there is none.
    pub fn poll_packet(&mut self, now: Duration) -> Option<&[u8]> {
        while let Some(due) = self.tick_at.filter(|due| *due <= now) {
            let too_late = now.saturating_sub(due) > FRAME_TIME * MAX_CATCH_UP;
            let due = if too_late { now } else { due };
            if too_late {
                self.outgoing.end_spurt();
            }
            let made = self.frame(due);
            let goes_on = self.tone.is_some() || self.digits_out.is_busy();
            self.tick_at = goes_on.then_some(due + FRAME_TIME);
            if made {
                self.counters.sent += 1;
                return Some(&self.packet);
            }
        }
        None
    }

    /// Hears a datagram.
    pub fn handle_packet(&mut self, now: Duration, bytes: &[u8]) {
        let packet = Packet::parse(bytes).ok();
        let known = [self.config.format.payload_type, self.config.events];
        let Some(packet) = packet.filter(|packet| known.contains(&packet.header.payload_type)) else {
            self.counters.malformed += 1;
            return;
        };
        let header = packet.header;
        let event = if header.payload_type == self.config.events {
            EventPayload::parse(packet.payload)
        } else {
            None
        };
        let timing = if event.is_some() {
            Timing::Frozen
        } else {
            Timing::Sampled
        };
        if !self.order(now, &header, timing) {
            return;
        }
        if let Some(event) = event {
            for change in self.digits_in.receive(now, header.timestamp, event) {
                self.take(change);
            }
            return;
        }
        self.samples.clear();
        self.config.format.codec.decode(packet.payload, &mut self.samples);
        let began = now.saturating_sub(crate::duration_of(self.samples.len() as u64));
        self.recogniser.hear(began, &self.samples);
    }

    /// The tones heard just now.
    pub fn hears(&self) -> impl Iterator<Item = HeardTone> + '_ {
        self.recogniser.present()
    }

    /// A tone that was heard and is over, oldest first.
    pub fn poll_heard(&mut self) -> Option<HeardTone> {
        self.recogniser.poll_ended()
    }

    /// A key that was pressed and released at the other end, oldest first.
    pub fn poll_digit(&mut self, now: Duration) -> Option<(Digit, Duration)> {
        let change = self.digits_in.handle_timeout(now);
        self.take(change);
        self.heard.pop_front()
    }

    /// What was counted so far.
    #[must_use]
    pub fn counters(&self) -> PhoneCounters {
        let (received, lost) = self
            .reception
            .as_ref()
            .map_or((0, 0), |source| (source.received(), source.lost()));
        PhoneCounters {
            received: self.earlier.0 + received,
            lost: self.earlier.1 + lost,
            ..self.counters
        }
    }

    const fn begin(&mut self, now: Duration) {
        if self.tick_at.is_none() {
            self.tick_at = Some(now);
        }
    }

    fn take(&mut self, change: Option<DigitChange>) {
        if let Some(DigitChange::Ended(digit, duration)) = change {
            if self.heard.len() == MAX_DIGITS_HEARD {
                self.heard.pop_front();
            }
            self.heard.push_back((digit, duration));
        }
    }

    fn frame(&mut self, at: Duration) -> bool {
        if self.digits_out.is_busy()
            && let DigitStep::Packet {
                payload, position, ..
            } = self.digits_out.step(FRAME as u32)
        {
            let length = u32::from(payload.duration);
            let header = match position {
                Position::First => self.outgoing.digit(at, self.config.events, length),
                Position::Later | Position::Repeat => {
                    self.outgoing.more_digit(at, self.config.events, length)
                }
            };
            self.lay(&header);
            self.packet.extend_from_slice(&payload.to_bytes());
            return true;
        }
        let mut frame = [0; FRAME];
        let Some(tone) = &mut self.tone else {
            return false;
        };
        if tone.fill(&mut frame) == 0 {
            self.tone = None;
            return false;
        }
        let header = self
            .outgoing
            .audio(at, self.config.format.payload_type, FRAME as u32);
        self.lay(&header);
        self.config.format.codec.encode(&frame, &mut self.packet);
        true
    }

    fn lay(&mut self, header: &Header) {
        self.packet.clear();
        self.packet.extend_from_slice(&header.to_bytes());
    }

    /// Counts a packet's place; `false` when it is not to be heard.
    fn order(&mut self, now: Duration, header: &Header, timing: Timing) -> bool {
        let Some(reception) = self
            .reception
            .as_mut()
            .filter(|reception| reception.ssrc() == header.ssrc)
        else {
            if let Some(before) = self.reception.replace(Reception::new(now, header, timing)) {
                self.counters.ssrc_changes += 1;
                self.retire(before.received(), before.lost());
            }
            self.measure(now, header);
            return true;
        };
        let before = (reception.received(), reception.lost());
        match reception.receive(now, header, timing) {
            Arrival::Duplicate => {
                self.counters.duplicates += 1;
                return false;
            }
            Arrival::InOrder { .. } => self.measure(now, header),
            Arrival::Late => self.counters.out_of_order += 1,
            Arrival::Restarted => {
                self.counters.sequence_resets += 1;
                self.retire(before.0, before.1);
                self.measure(now, header);
            }
            Arrival::Stray => return false,
        }
        true
    }

    fn retire(&mut self, received: u64, lost: u64) {
        self.earlier = (self.earlier.0 + received, self.earlier.1 + lost);
        let change = self.digits_in.reset();
        self.take(change);
    }

    fn measure(&mut self, now: Duration, header: &Header) {
        let newest = Newest {
            timestamp: header.timestamp,
            at: now,
        };
        let Some(before) = self.newest.replace(newest) else {
            return;
        };
        let gap = now.saturating_sub(before.at);
        self.counters.largest_gap = self.counters.largest_gap.max(gap);
        if gap > HOLE {
            self.counters.holes += 1;
        }
        let moved = i64::from(header.timestamp.wrapping_sub(before.timestamp).cast_signed());
        let elapsed = i64::try_from(crate::samples_in(gap)).unwrap_or(i64::MAX);
        // The audio after a digit is ahead of the digit's frozen timestamp by the digit's length.
        let after_digit =
            self.config.events != header.payload_type && moved > 0 && moved < 8 * TIMESTAMP_SLACK;
        if moved < 0 || (!after_digit && (moved - elapsed).abs() > TIMESTAMP_SLACK) {
            self.counters.timestamp_resets += 1;
        }
    }
}
