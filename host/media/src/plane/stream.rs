//! One RTP session: what was agreed on, who is at the other end, what is being sent to it.

use super::Exits;
use super::command::{
    Command, Direction, InbandDigits, MAX_FORMATS, MixId, Muted, PACKET_TIMES, Refusal, RtcpPort, Sides,
    StreamConfig, StreamId, SymmetricRtp,
};
use super::event::{Counters, Event, Side, Statistics};
use super::learning::Learning;
use super::playback::Playback;
use super::voice::{Feed, Overheard};
use crate::codec::Codec;
use crate::dtmf::DtmfDetector;
use crate::outgoing::Outgoing;
use crate::reception::Reception;
use crate::rtcp::ReportBlock;
use crate::telephone_event::{DigitReceiver, DigitSender};
use crate::tone::ToneGenerator;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// The largest datagram taken; larger ones count as malformed.
pub const MAX_DATAGRAM_BYTES: usize = 1500;
/// Taps one stream may have; more are refused.
pub const MAX_TAPS: usize = 8;

/// What a payload type stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Payload {
    Audio(Codec),
    Event,
    Unknown,
}

/// What the host itself is sending.
#[derive(Debug)]
pub(super) enum Generator {
    Nothing,
    Playback(Playback),
    Tone(ToneGenerator),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Tap {
    pub(super) id: u64,
    pub(super) sides: Sides,
}

/// When the peer was last heard and when that is looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    pub(super) heard_at: Duration,
    pub(super) check_at: Option<Duration>,
    /// The last sign of life before a silence that was told of.
    pub(super) told_of: Option<Duration>,
}

pub(super) struct Stream {
    pub(super) id: StreamId,
    /// Its place in the plane.
    pub(super) slot: u32,
    pub(super) config: StreamConfig,
    pub(super) payloads: [Payload; 128],
    pub(super) learning: Learning,
    /// Where RTCP came from.
    pub(super) rtcp_source: Option<SocketAddr>,
    pub(super) outgoing: Outgoing,
    pub(super) reception: Option<Reception>,
    /// Packets received and lost of earlier sources.
    pub(super) earlier: (u64, u64),
    /// Payload bytes received.
    pub(super) received_octets: u64,
    pub(super) counters: Counters,
    pub(super) audio_at: Option<Duration>,
    pub(super) round_trip: Option<Duration>,
    pub(super) remote_block: Option<ReportBlock>,
    pub(super) source: Option<u32>,
    pub(super) hears_mix: Option<MixId>,
    /// Mixes it is a voice of.
    pub(super) voice_of: Vec<MixId>,
    /// Mixes that take what its peer hears.
    pub(super) heard_by: Vec<MixId>,
    /// The mix that goes to its peer in place of all else, which goes there.
    pub(super) whispers: Option<MixId>,
    pub(super) listeners: Vec<u32>,
    pub(super) muted: Muted,
    pub(super) generator: Generator,
    pub(super) digits_out: DigitSender,
    pub(super) digit_tone: Option<ToneGenerator>,
    pub(super) digits_in: DigitReceiver,
    pub(super) detector: Option<Box<DtmfDetector>>,
    pub(super) taps: Vec<Tap>,
    pub(super) tick_at: Option<Duration>,
    pub(super) report_at: Duration,
    pub(super) patience: Patience,
    /// The stream's place in the plane's order of deadlines.
    pub(super) wake_at: Option<Duration>,
}

impl Stream {
    pub(super) fn new(now: Duration, id: StreamId, config: StreamConfig, exits: &mut Exits) -> Self {
        let mut stream = Self {
            id,
            slot: 0,
            config: StreamConfig::default(),
            payloads: [Payload::Unknown; 128],
            learning: Learning::new(),
            rtcp_source: None,
            outgoing: Outgoing::new(&mut exits.random),
            reception: None,
            earlier: (0, 0),
            received_octets: 0,
            counters: Counters::default(),
            audio_at: None,
            round_trip: None,
            remote_block: None,
            source: None,
            hears_mix: None,
            voice_of: Vec::new(),
            heard_by: Vec::new(),
            whispers: None,
            listeners: Vec::new(),
            muted: Muted::Nothing,
            generator: Generator::Nothing,
            digits_out: DigitSender::new(),
            digit_tone: None,
            digits_in: DigitReceiver::default(),
            detector: None,
            taps: Vec::new(),
            tick_at: None,
            report_at: Self::next_report(now, exits),
            patience: Patience {
                heard_at: now,
                check_at: None,
                told_of: None,
            },
            wake_at: None,
        };
        stream.adopt(config);
        stream
    }

    /// Does what concerns this stream alone.
    pub(super) fn obey(&mut self, now: Duration, command: Command, exits: &mut Exits) -> Result<(), Refusal> {
        match command {
            Command::Configure { config, remote, .. } => self.configure(now, *config, remote),
            Command::ControlPlay {
                playback, control, ..
            } => self.control_playback(playback, control),
            Command::Hold { direction, .. } => self.hold(now, direction),
            Command::Mute { muted, .. } => self.mute(muted),
            Command::Play {
                playback,
                sounds,
                repeat,
                ..
            } => self.play(now, playback, sounds, repeat, exits),
            Command::Record { tap, sides, .. } => return self.record(tap, sides),
            Command::SendDigits {
                digits,
                duration,
                gap,
                ..
            } => return self.send_digits(now, &digits, duration, gap),
            Command::StopPlay { playback, .. } => self.stop_playback(playback, exits),
            Command::StopRecord { tap, .. } => self.stop_recording(tap),
            Command::StopTone { .. } => self.stop_tone(),
            Command::Tone { tone, .. } => self.play_tone(now, tone, exits),
            // The plane itself does these.
            Command::Close { .. }
            | Command::CloseMix { .. }
            | Command::Connect { .. }
            | Command::ControlPlayInMix { .. }
            | Command::Disconnect { .. }
            | Command::Echo { .. }
            | Command::HearMix { .. }
            | Command::Listen { .. }
            | Command::Measure { .. }
            | Command::Mix { .. }
            | Command::Open { .. }
            | Command::PlayInMix { .. }
            | Command::RecordMix { .. }
            | Command::StopInMix { .. }
            | Command::StopListen { .. }
            | Command::StopRecordMix { .. }
            | Command::ToneInMix { .. }
            | Command::Whisper { .. } => {}
        }
        Ok(())
    }

    pub(super) fn configure(&mut self, now: Duration, config: StreamConfig, remote: Option<SocketAddr>) {
        let before = self.learning.source();
        self.learning.signal(now, remote);
        if self.learning.source() != before {
            self.rtcp_source = None;
        }
        let changed = config.direction != self.config.direction || config.send != self.config.send;
        self.adopt(config);
        if changed {
            self.outgoing.end_spurt();
        }
        self.await_peer(now);
    }

    pub(super) fn hold(&mut self, now: Duration, direction: Direction) {
        if self.config.direction != direction {
            self.config.direction = direction;
            self.outgoing.end_spurt();
            self.await_peer(now);
        }
    }

    /// Listens to nobody any more; answers whom it listened to.
    pub(super) fn leave_source(&mut self) -> Option<u32> {
        let source = self.source.take();
        if source.is_some() {
            self.outgoing.end_relay();
        }
        source
    }

    /// Hears no mix any more; answers which it heard.
    pub(super) fn leave_mix(&mut self) -> Option<MixId> {
        let mix = self.hears_mix.take();
        if mix.is_some() {
            self.outgoing.end_spurt();
        }
        mix
    }

    pub(super) const fn mute(&mut self, muted: Muted) {
        self.muted = muted;
    }

    pub(super) fn record(&mut self, tap: u64, sides: Sides) -> Result<(), Refusal> {
        if let Some(known) = self.taps.iter_mut().find(|known| known.id == tap) {
            known.sides = sides;
            return Ok(());
        }
        if self.taps.len() >= MAX_TAPS {
            return Err(Refusal::TooManyTaps(self.id));
        }
        self.taps.push(Tap { id: tap, sides });
        Ok(())
    }

    pub(super) fn stop_recording(&mut self, tap: u64) {
        self.taps.retain(|known| known.id != tap);
    }

    /// Where packets go, if that is known and allowed.
    pub(super) fn destination(&self) -> Option<SocketAddr> {
        if !self.config.direction.sends() {
            return None;
        }
        self.remote()
    }

    /// Where the peer is.
    pub(super) fn remote(&self) -> Option<SocketAddr> {
        let address = match self.config.symmetric {
            SymmetricRtp::Follow => self.learning.source().or(self.learning.signalled()),
            SymmetricRtp::Ignore => self.learning.signalled(),
        };
        // The old way to say hold is an address nothing can be sent to (RFC 3264 section 8.4).
        address.filter(|address| !address.ip().is_unspecified() && address.port() != 0)
    }

    /// Where the peer takes reports.
    pub(super) fn remote_rtcp(&self) -> Option<SocketAddr> {
        let remote = self.remote()?;
        let next = || Some(SocketAddr::new(remote.ip(), remote.port().checked_add(1)?));
        match (self.config.symmetric, self.rtcp_source, self.config.rtcp) {
            (_, _, RtcpPort::Muxed) => Some(remote),
            (SymmetricRtp::Follow, Some(source), RtcpPort::At(_) | RtcpPort::Next) => Some(source),
            (SymmetricRtp::Follow, None, RtcpPort::At(address))
            | (SymmetricRtp::Ignore, _, RtcpPort::At(address)) => Some(address),
            (SymmetricRtp::Follow, None, RtcpPort::Next) | (SymmetricRtp::Ignore, _, RtcpPort::Next) => {
                next()
            }
        }
    }

    /// Whether the host itself speaks, so that relayed audio has to wait.
    pub(super) const fn is_generating(&self) -> bool {
        !matches!(self.generator, Generator::Nothing) || self.digits_out.is_pressing()
    }

    pub(super) fn poll_timeout(&self) -> Option<Duration> {
        let optional = [
            self.tick_at,
            self.digits_in.poll_timeout(),
            self.patience.check_at,
        ];
        optional.into_iter().flatten().chain([self.report_at]).min()
    }

    pub(super) fn handle_timeout(&mut self, now: Duration, exits: &mut Exits) {
        self.tick(now, exits);
        let change = self.digits_in.handle_timeout(now);
        self.report_change(change, exits);
        if self.report_at <= now {
            self.report(now, exits);
            self.report_at = Self::next_report(now, exits);
        }
        self.lose_patience(now, exits);
    }

    pub(super) fn statistics(&self) -> Statistics {
        let (sent_packets, sent_octets) = self.outgoing.sent();
        let reception = self.reception.as_ref();
        Statistics {
            local_ssrc: self.outgoing.ssrc(),
            remote_ssrc: reception.map(Reception::ssrc),
            sent_packets,
            sent_octets,
            received_packets: self.earlier.0 + reception.map_or(0, Reception::received),
            received_octets: self.received_octets,
            lost_packets: self.earlier.1 + reception.map_or(0, Reception::lost),
            jitter: reception.map_or(0, Reception::jitter),
            round_trip: self.round_trip,
            remote: self.remote_block,
            counters: self.counters,
        }
    }

    pub(super) fn close(&mut self, now: Duration, exits: &mut Exits) {
        self.end_generator(exits);
        let change = self.digits_in.reset();
        self.report_change(change, exits);
        self.say_goodbye(now, exits);
        let statistics = Box::new(self.statistics());
        exits.events.push(Event::Closed {
            stream: self.id,
            statistics,
        });
    }

    /// What the peer is to hear goes to the mixes that take it; true if it reaches the peer by one of them.
    pub(super) fn overhear(&self, samples: &[i16], exits: &mut Exits) -> bool {
        let heard = self.heard_by.iter().map(|mix| (*mix, Feed::Heard(self.slot)));
        let meant = self.whispers.map(|mix| (mix, Feed::Meant(self.slot)));
        for (mix, feed) in heard.chain(meant) {
            let samples = samples.to_vec();
            exits.overheard.push(Overheard { mix, feed, samples });
        }
        self.whispers.is_some()
    }

    /// Gives a frame to every tap that takes this side.
    pub(super) fn tap(&self, at: Duration, side: Side, samples: &[i16], exits: &mut Exits) {
        let mut shared: Option<Arc<[i16]>> = None;
        for tap in &self.taps {
            let wanted = match side {
                Side::Inbound => matches!(tap.sides, Sides::Both | Sides::Inbound),
                Side::Outbound => matches!(tap.sides, Sides::Both | Sides::Outbound),
            };
            if wanted {
                let samples = Arc::clone(shared.get_or_insert_with(|| samples.into()));
                exits.events.push(Event::Recorded {
                    stream: self.id,
                    tap: tap.id,
                    side,
                    at,
                    samples,
                });
            }
        }
    }

    fn adopt(&mut self, config: StreamConfig) {
        self.payloads = [Payload::Unknown; 128];
        for format in config.receive.iter().take(MAX_FORMATS).rev() {
            if let Some(payload) = self.payloads.get_mut(usize::from(format.payload_type)) {
                *payload = Payload::Audio(format.codec);
            }
        }
        if let Some(payload) = config
            .receive_events
            .and_then(|event| self.payloads.get_mut(usize::from(event)))
        {
            *payload = Payload::Event;
        }
        self.detector = match config.inband_digits {
            InbandDigits::Detect => Some(self.detector.take().unwrap_or_default()),
            InbandDigits::Ignore => None,
        };
        let [shortest, longest] = PACKET_TIMES;
        let packet_time = config.packet_time.clamp(shortest, longest);
        self.config = StreamConfig {
            packet_time,
            ..config
        };
    }

    fn await_peer(&mut self, now: Duration) {
        let waits = self.config.direction.receives() && self.remote().is_some();
        let timeout = self.config.rtp_timeout.filter(|_| waits);
        // Only while nothing is awaited does the silence begin anew.
        if self.patience.check_at.is_none() {
            (self.patience.heard_at, self.patience.told_of) = (now, None);
        }
        self.patience.check_at = timeout.map(|timeout| self.patience.heard_at + timeout);
    }

    fn lose_patience(&mut self, now: Duration, exits: &mut Exits) {
        let (Some(due), Some(timeout)) = (self.patience.check_at, self.config.rtp_timeout) else {
            return;
        };
        if due > now {
            return;
        }
        let heard_at = self.patience.heard_at;
        let silent_for = now.saturating_sub(heard_at);
        if silent_for < timeout {
            self.patience.check_at = Some(heard_at + timeout);
            return;
        }
        self.patience.check_at = Some(now + timeout);
        if self.patience.told_of.replace(heard_at) != Some(heard_at) {
            exits.events.push(Event::RtpTimeout {
                stream: self.id,
                silent_for,
            });
        }
    }
}
