//! What an incoming packet means for the stream it came to.

use super::command::DigitRelay;
use super::event::{Event, Side};
use super::learning::Verdict;
use super::stream::{MAX_DATAGRAM_BYTES, Payload, Stream};
use super::{Exits, Plane, at};
use crate::codec::Codec;
use crate::digit::Digit;
use crate::dtmf::DtmfChange;
use crate::reception::{Arrival, Reception, Timing};
use crate::rtp::{Header, Packet};
use crate::telephone_event::{DigitChange, EventPayload};
use std::net::SocketAddr;
use std::time::Duration;

/// A packet that may be passed on.
pub(super) struct Heard<'a> {
    pub(super) header: Header,
    pub(super) content: Content<'a>,
}

/// What is in it.
#[derive(Clone, Copy)]
pub(super) enum Content<'a> {
    Audio {
        codec: Codec,
        payload: &'a [u8],
        /// Whether only its length is to be passed on.
        silenced: bool,
    },
    Digit {
        payload: EventPayload,
        relay: DigitRelay,
        /// The key press this packet ended.
        ended: Option<(Digit, Duration)>,
    },
    /// Something not agreed on: it only has a number.
    Unknown,
}

impl Plane {
    pub(super) fn hear(&mut self, now: Duration, slot: u32, from: SocketAddr, packet: &[u8]) {
        let Some(stream) = at(&mut self.streams, slot) else {
            return;
        };
        let Some(heard) = stream.hear(now, from, packet, &mut self.exits) else {
            return;
        };
        let is_voice = !stream.voice_of.is_empty();
        let listeners = stream.listeners.len();
        for index in 0..listeners {
            let listener =
                at(&mut self.streams, slot).and_then(|stream| stream.listeners.get(index).copied());
            if let Some(listener) = listener.and_then(|listener| at(&mut self.streams, listener)) {
                listener.relay(now, slot, &heard, &mut self.exits);
            }
        }
        match heard.content {
            Content::Audio {
                codec,
                payload,
                silenced: false,
            } if is_voice => self.say_in_mixes(slot, codec, payload),
            Content::Audio { .. } | Content::Unknown => {}
            Content::Digit { .. } => self.rearm_after_digit(now, slot),
        }
    }

    fn rearm_after_digit(&mut self, now: Duration, slot: u32) {
        self.rearm(now, slot);
        let listeners = at(&mut self.streams, slot).map(|stream| stream.listeners.clone());
        for listener in listeners.into_iter().flatten() {
            self.rearm(now, listener);
        }
    }
}

impl Stream {
    /// Takes a packet; gives what of it may be passed on.
    fn hear<'a>(
        &mut self,
        now: Duration,
        from: SocketAddr,
        bytes: &'a [u8],
        exits: &mut Exits,
    ) -> Option<Heard<'a>> {
        let packet = Packet::parse(bytes)
            .ok()
            .filter(|_| bytes.len() <= MAX_DATAGRAM_BYTES);
        let Some(packet) = packet else {
            self.counters.malformed += 1;
            return None;
        };
        let header = packet.header;
        let (codec, event) = match self.payloads[usize::from(header.payload_type & 0x7f)] {
            Payload::Audio(codec) => (codec, None),
            Payload::Event => {
                let Some(event) = EventPayload::parse(packet.payload) else {
                    self.counters.malformed += 1;
                    return None;
                };
                (Codec::Pcmu, Some(event))
            }
            Payload::Unknown => return self.hear_unknown(now, from, header, exits),
        };
        if !self.is_peer(now, from, exits) {
            return None;
        }
        let timing = if event.is_some() {
            Timing::Frozen
        } else {
            Timing::Sampled
        };
        if !self.order(now, &header, timing, exits) || !self.config.direction.receives() {
            return None;
        }
        self.received_octets += packet.payload.len() as u64;
        let content = match event {
            Some(payload) => self.hear_digit(now, &header, payload, exits),
            None => self.hear_audio(now, codec, packet.payload, exits),
        };
        Some(Heard { header, content })
    }

    /// Payload types not agreed on, such as comfort noise, are no audio, but a sign of life and part of the numbering.
    fn hear_unknown<'a>(
        &mut self,
        now: Duration,
        from: SocketAddr,
        header: Header,
        exits: &mut Exits,
    ) -> Option<Heard<'a>> {
        self.counters.unknown_payload += 1;
        if self.learning.source() != Some(from) {
            return None;
        }
        self.patience.heard_at = now;
        self.order(now, &header, Timing::Frozen, exits).then_some(Heard {
            header,
            content: Content::Unknown,
        })
    }

    fn is_peer(&mut self, now: Duration, from: SocketAddr, exits: &mut Exits) -> bool {
        match self.learning.judge(now, from) {
            Verdict::Accepted => {}
            Verdict::Foreign => {
                self.counters.foreign += 1;
                return false;
            }
            Verdict::Settled => exits.events.push(Event::RemoteLearned {
                stream: self.id,
                address: from,
            }),
        }
        self.patience.heard_at = now;
        true
    }

    /// Whether the packet is new and in the numbering.
    fn order(&mut self, now: Duration, header: &Header, timing: Timing, exits: &mut Exits) -> bool {
        let Some(reception) = self
            .reception
            .as_mut()
            .filter(|reception| reception.ssrc() == header.ssrc)
        else {
            if let Some(before) = self.reception.replace(Reception::new(now, header, timing)) {
                self.counters.ssrc_changes += 1;
                self.earlier = (self.earlier.0 + before.received(), self.earlier.1 + before.lost());
                let change = self.digits_in.reset();
                self.report_change(change, exits);
            }
            return true;
        };
        let before = (reception.received(), reception.lost());
        match reception.receive(now, header, timing) {
            Arrival::Duplicate => {
                self.counters.duplicates += 1;
                return false;
            }
            Arrival::InOrder { .. } => {}
            Arrival::Late => self.counters.late += 1,
            Arrival::Restarted => {
                self.earlier = (self.earlier.0 + before.0, self.earlier.1 + before.1);
                let change = self.digits_in.reset();
                self.report_change(change, exits);
            }
            Arrival::Stray => {
                self.counters.stray += 1;
                return false;
            }
        }
        true
    }

    fn hear_digit<'a>(
        &mut self,
        now: Duration,
        header: &Header,
        payload: EventPayload,
        exits: &mut Exits,
    ) -> Content<'a> {
        let mut ended = None;
        for change in self.digits_in.receive(now, header.timestamp, payload) {
            if let Some(DigitChange::Ended(digit, duration)) = change {
                ended = Some((digit, duration));
            }
            self.report_change(change, exits);
        }
        // Digits take the place of audio, so that is no gap.
        self.audio_at = Some(now);
        Content::Digit {
            payload,
            relay: self.config.digit_relay,
            ended,
        }
    }

    fn hear_audio<'a>(
        &mut self,
        now: Duration,
        codec: Codec,
        payload: &'a [u8],
        exits: &mut Exits,
    ) -> Content<'a> {
        if let Some(before) = self.audio_at.replace(now) {
            self.counters.largest_gap = self.counters.largest_gap.max(now.saturating_sub(before));
        }
        let silenced = self.muted.inbound();
        if self.detector.is_some() || !self.taps.is_empty() {
            let mut samples = std::mem::take(&mut exits.samples);
            samples.clear();
            codec.decode(payload, &mut samples);
            self.detect(&samples, exits);
            if silenced {
                samples.fill(0);
            }
            self.tap(now, Side::Inbound, &samples, exits);
            exits.samples = samples;
        }
        Content::Audio {
            codec,
            payload,
            silenced,
        }
    }

    fn detect(&mut self, samples: &[i16], exits: &mut Exits) {
        let Some(detector) = &mut self.detector else {
            return;
        };
        let stream = self.id;
        detector.hear(samples, |change| {
            exits.events.push(match change {
                DtmfChange::Began(digit) => Event::DigitBegan { stream, digit },
                DtmfChange::Ended(digit, duration) => Event::DigitEnded {
                    stream,
                    digit,
                    duration,
                },
            });
        });
    }

    pub(super) fn report_change(&self, change: Option<DigitChange>, exits: &mut Exits) {
        let stream = self.id;
        let event = match change {
            Some(DigitChange::Began(digit)) => Event::DigitBegan { stream, digit },
            Some(DigitChange::Ended(digit, duration)) => Event::DigitEnded {
                stream,
                digit,
                duration,
            },
            None => return,
        };
        exits.events.push(event);
    }
}
