//! What the media plane tells.

use super::command::{MixId, StreamId};
use crate::digit::Digit;
use crate::rtcp::{ReceiverReport, ReportBlock, SenderReport};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// Events that may wait; beyond it further ones are dropped and counted. The contract is to drain after every call.
pub const MAX_EVENTS: usize = 65_536;

/// Which way audio of a tap went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// From the peer.
    Inbound,
    /// To the peer.
    Outbound,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A stream was closed.
    Closed {
        /// Which.
        stream: StreamId,
        /// How it went.
        statistics: Box<Statistics>,
    },
    /// The peer pressed a key.
    DigitBegan {
        /// Where.
        stream: StreamId,
        /// Which.
        digit: Digit,
    },
    /// The peer released a key.
    DigitEnded {
        /// Where.
        stream: StreamId,
        /// Which.
        digit: Digit,
        /// How long it was pressed.
        duration: Duration,
    },
    /// All digits to be sent are sent.
    DigitsSent {
        /// Where.
        stream: StreamId,
    },
    /// How a stream goes, as was asked.
    Measured {
        /// Which.
        stream: StreamId,
        /// How it goes.
        statistics: Box<Statistics>,
    },
    /// A playback in a mix is over.
    MixPlaybackEnded {
        /// Where.
        mix: MixId,
        /// Which.
        playback: u64,
        /// Whether it played to its end.
        completed: bool,
    },
    /// Audio of a mix for a tap; frames follow one another while there is anything to mix.
    MixRecorded {
        /// Where.
        mix: MixId,
        /// For which tap.
        tap: u64,
        /// When its last sample was there.
        at: Duration,
        /// The samples.
        samples: Arc<[i16]>,
    },
    /// A playback is over.
    PlaybackEnded {
        /// Where.
        stream: StreamId,
        /// Which.
        playback: u64,
        /// Whether it played to its end.
        completed: bool,
    },
    /// Audio for a tap. Silence and lost packets leave gaps.
    Recorded {
        /// Where.
        stream: StreamId,
        /// For which tap.
        tap: u64,
        /// Which way it went.
        side: Side,
        /// When its last sample was there.
        at: Duration,
        /// The samples.
        samples: Arc<[i16]>,
    },
    /// The address the peer's packets come from is settled.
    RemoteLearned {
        /// Where.
        stream: StreamId,
        /// Which.
        address: SocketAddr,
    },
    /// The peer reported.
    ReportReceived {
        /// Where.
        stream: StreamId,
        /// From where.
        from: SocketAddr,
        /// What.
        report: Report,
        /// The round trip it shows.
        round_trip: Option<Duration>,
    },
    /// The host reported.
    ReportSent {
        /// Where.
        stream: StreamId,
        /// To where.
        to: SocketAddr,
        /// What.
        report: Report,
    },
    /// The peer has been silent too long; told once a silence.
    RtpTimeout {
        /// Where.
        stream: StreamId,
        /// For how long.
        silent_for: Duration,
    },
}

/// A sender's or a receiver's report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// Of a party that only listens.
    Receiver(ReceiverReport),
    /// Of a party that sends.
    Sender(SenderReport),
}

impl Report {
    /// The blocks on what is heard.
    #[must_use]
    pub fn blocks(&self) -> &[ReportBlock] {
        match self {
            Self::Receiver(report) => &report.blocks,
            Self::Sender(report) => &report.blocks,
        }
    }
}

/// What was counted on one stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Packets that came twice, or too late to tell.
    pub duplicates: u64,
    /// Packets from addresses that are not the peer's.
    pub foreign: u64,
    /// Longest time between two audio packets.
    pub largest_gap: Duration,
    /// Packets that came after a newer one.
    pub late: u64,
    /// Datagrams that are neither RTP nor RTCP.
    pub malformed: u64,
    /// Packets out of the numbering.
    pub stray: u64,
    /// How often the peer's source was replaced.
    pub ssrc_changes: u64,
    /// Packets of payload types not agreed on.
    pub unknown_payload: u64,
}

/// How a stream went, or goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// The host's source.
    pub local_ssrc: u32,
    /// The peer's last source.
    pub remote_ssrc: Option<u32>,
    /// Packets sent, modulo 2^32.
    pub sent_packets: u32,
    /// Payload bytes sent, modulo 2^32.
    pub sent_octets: u32,
    /// Packets received, over all sources.
    pub received_packets: u64,
    /// Payload bytes received, over all sources.
    pub received_octets: u64,
    /// Packets lost on the way here, over all sources.
    pub lost_packets: u64,
    /// Jitter of what is received, in samples.
    pub jitter: u32,
    /// The last round trip RTCP showed.
    pub round_trip: Option<Duration>,
    /// What the peer last said about what it receives.
    pub remote: Option<ReportBlock>,
    /// What else was counted.
    pub counters: Counters,
}

/// The events that wait.
#[derive(Debug, Default)]
pub(crate) struct Events {
    waiting: VecDeque<Event>,
    dropped: u64,
}

impl Events {
    pub(crate) fn push(&mut self, event: Event) {
        if self.waiting.len() >= MAX_EVENTS {
            self.dropped += 1;
            return;
        }
        self.waiting.push_back(event);
    }

    pub(crate) fn pop(&mut self) -> Option<Event> {
        self.waiting.pop_front()
    }

    pub(crate) const fn dropped(&self) -> u64 {
        self.dropped
    }
}
