//! How a packet of one stream leaves by another.

use super::Exits;
use super::command::{DigitRelay, DigitTones};
use super::event::Side;
use super::hear::{Content, Heard};
use super::outbox::PacketKind;
use super::stream::Stream;
use crate::codec::Codec;
use crate::digit::Digit;
use crate::rtp::Header;
use crate::telephone_event::EventPayload;
use std::time::Duration;

impl Stream {
    /// Passes on what was heard on the stream in slot `from`, unless the host itself speaks.
    pub(super) fn relay(&mut self, now: Duration, from: u32, heard: &Heard<'_>, exits: &mut Exits) {
        match heard.content {
            Content::Audio {
                codec,
                payload,
                silenced,
            } if !self.is_generating() => {
                let silenced = silenced || self.muted.outbound();
                self.relay_audio(
                    now,
                    from,
                    &heard.header,
                    Audio {
                        codec,
                        payload,
                        silenced,
                    },
                    exits,
                );
            }
            Content::Audio { .. } => {}
            Content::Digit {
                payload,
                relay: DigitRelay::Pass,
                ended,
            } => match self.config.send_events {
                Some(payload_type) if !self.is_generating() => {
                    self.relay_digit(now, from, &heard.header, payload, payload_type, exits);
                }
                Some(_) => {}
                None => {
                    self.outgoing.skip(now, from, &heard.header);
                    self.sound_digit(now, ended);
                }
            },
            Content::Digit {
                relay: DigitRelay::Absorb,
                ..
            }
            | Content::Unknown => {
                self.outgoing.skip(now, from, &heard.header);
            }
        }
    }

    fn relay_audio(
        &mut self,
        now: Duration,
        from: u32,
        incoming: &Header,
        audio: Audio<'_>,
        exits: &mut Exits,
    ) {
        let Audio {
            codec,
            payload,
            silenced,
        } = audio;
        let samples = payload.len() / codec.sample_bytes();
        let is_overheard = self.whispers.is_some() || !self.heard_by.is_empty();
        if is_overheard && self.overhear_relayed(codec, if silenced { &[] } else { payload }, samples, exits)
        {
            return;
        }
        let (Some(to), Some(format)) = (self.destination(), self.config.format_for(codec)) else {
            return;
        };
        let length = u32::try_from(samples).unwrap_or(0);
        let Some(header) = self
            .outgoing
            .relayed(now, from, incoming, format.payload_type, length)
        else {
            return;
        };
        exits.outbox.push(self.id, PacketKind::Rtp, to, |bytes| {
            bytes.extend_from_slice(&header.to_bytes());
            if silenced {
                format.codec.silence(samples, bytes);
            } else {
                codec.transcode(format.codec, payload, bytes);
            }
        });
        self.outgoing.count_payload(samples * format.codec.sample_bytes());
        if !self.taps.is_empty() {
            self.tap_relayed(now, codec, if silenced { &[] } else { payload }, samples, exits);
        }
    }

    fn overhear_relayed(&self, codec: Codec, payload: &[u8], length: usize, exits: &mut Exits) -> bool {
        let mut samples = Vec::with_capacity(length);
        codec.decode(payload, &mut samples);
        samples.resize(length, 0);
        self.overhear(&samples, exits)
    }

    fn tap_relayed(&self, now: Duration, codec: Codec, payload: &[u8], length: usize, exits: &mut Exits) {
        let mut samples = std::mem::take(&mut exits.samples);
        samples.clear();
        codec.decode(payload, &mut samples);
        samples.resize(length, 0);
        self.tap(now, Side::Outbound, &samples, exits);
        exits.samples = samples;
    }

    fn relay_digit(
        &mut self,
        now: Duration,
        from: u32,
        incoming: &Header,
        payload: EventPayload,
        payload_type: u8,
        exits: &mut Exits,
    ) {
        let Some(to) = self.destination() else {
            return;
        };
        let length = u32::from(payload.duration);
        let Some(header) = self.outgoing.relayed(now, from, incoming, payload_type, length) else {
            return;
        };
        exits.outbox.push(self.id, PacketKind::Rtp, to, |bytes| {
            bytes.extend_from_slice(&header.to_bytes());
            bytes.extend_from_slice(&payload.to_bytes());
        });
        self.outgoing.count_payload(payload.to_bytes().len());
    }

    /// A peer that takes no telephone events hears the digit once it is over.
    fn sound_digit(&mut self, now: Duration, ended: Option<(Digit, Duration)>) {
        if self.config.digit_tones == DigitTones::Withhold {
            return;
        }
        if let Some((digit, duration)) = ended {
            // A digit that does not fit the queue is lost, as it would be on a line that is too slow.
            let _ = self.send_digits(now, &[digit], duration, Duration::ZERO);
        }
    }
}

#[derive(Clone, Copy)]
struct Audio<'a> {
    codec: Codec,
    payload: &'a [u8],
    silenced: bool,
}
