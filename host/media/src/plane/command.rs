//! What can be asked of the media plane.

use super::voice::MixMember;
use crate::codec::{Codec, PayloadFormat};
use crate::digit::Digit;
use crate::sound::Sound;
use crate::tone::ToneSpec;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// One RTP session of one channel; its pair of sockets belongs to the driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamId(pub u32);

/// Several voices added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MixId(pub u64);

/// Payload formats a configuration may list in each direction; those beyond are not used.
pub const MAX_FORMATS: usize = 16;
/// Audio one packet holds, at least and at most.
pub const PACKET_TIMES: [Duration; 2] = [Duration::from_millis(10), Duration::from_millis(60)];

/// What two parties agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamConfig {
    /// What the peer may send.
    pub receive: Vec<PayloadFormat>,
    /// What the peer takes, best first. Relayed audio keeps its codec when that is listed; generated audio takes the first.
    pub send: Vec<PayloadFormat>,
    /// The payload type of telephone events the peer sends.
    pub receive_events: Option<u8>,
    /// The payload type of telephone events the peer takes; without it digits are sent as tones.
    pub send_events: Option<u8>,
    /// Audio in one generated packet, kept between 10 and 60 ms.
    pub packet_time: Duration,
    /// Who may send, as the host sees it.
    pub direction: Direction,
    /// Where packets are sent to.
    pub symmetric: SymmetricRtp,
    /// Where RTCP is sent to.
    pub rtcp: RtcpPort,
    /// Silence of the peer after which [`super::Event::RtpTimeout`] comes, while it may send.
    pub rtp_timeout: Option<Duration>,
    /// What happens with the peer's telephone events besides being reported.
    pub digit_relay: DigitRelay,
    /// Whether digits are looked for in the audio.
    pub inband_digits: InbandDigits,
    /// What a peer that takes no telephone events gets of relayed ones.
    pub digit_tones: DigitTones,
}

impl Default for StreamConfig {
    /// µ-law and A-law, telephone events as 101, 20 ms, both directions.
    fn default() -> Self {
        Self {
            receive: vec![PayloadFormat::PCMU, PayloadFormat::PCMA],
            send: vec![PayloadFormat::PCMU],
            receive_events: Some(101),
            send_events: Some(101),
            packet_time: Duration::from_millis(20),
            direction: Direction::Both,
            symmetric: SymmetricRtp::Ignore,
            rtcp: RtcpPort::Next,
            rtp_timeout: None,
            digit_relay: DigitRelay::Pass,
            inband_digits: InbandDigits::Ignore,
            digit_tones: DigitTones::Sound,
        }
    }
}

impl StreamConfig {
    /// How audio of `codec` is sent: as it is when the peer takes it, recoded to the peer's first format otherwise.
    pub(crate) fn format_for(&self, codec: Codec) -> Option<PayloadFormat> {
        let listed = self
            .send
            .iter()
            .take(MAX_FORMATS)
            .find(|format| format.codec == codec);
        listed.or_else(|| self.send.first()).copied()
    }
}

/// Who may send media, as in SDP but seen from the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// `sendrecv`.
    Both,
    /// `inactive`.
    Inactive,
    /// `recvonly`: the host only listens.
    ReceiveOnly,
    /// `sendonly`: the host only speaks.
    SendOnly,
}

impl Direction {
    /// Whether the host may send.
    #[must_use]
    pub const fn sends(self) -> bool {
        matches!(self, Self::Both | Self::SendOnly)
    }

    /// Whether the peer may send.
    #[must_use]
    pub const fn receives(self) -> bool {
        matches!(self, Self::Both | Self::ReceiveOnly)
    }
}

/// Whether the address packets come from is where packets go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SymmetricRtp {
    /// They go to where the peer's come from, once some came.
    Follow,
    /// They go to the signalled address.
    Ignore,
}

/// Where RTCP is sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RtcpPort {
    /// To this address (`a=rtcp`).
    At(SocketAddr),
    /// To the RTP port (`a=rtcp-mux`).
    Muxed,
    /// To the port after it.
    Next,
}

/// What happens with telephone events that could be relayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigitRelay {
    /// They are reported only.
    Absorb,
    /// They are passed on too.
    Pass,
}

/// Whether digits are looked for in a peer's audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InbandDigits {
    /// They are, and reported as others are.
    Detect,
    /// They are not.
    Ignore,
}

/// What becomes of relayed telephone events where the peer takes none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigitTones {
    /// They sound once they are over.
    Sound,
    /// Nothing: they reach the peer on another way.
    Withhold,
}

/// How often a playback goes through its sounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Until stopped.
    Forever,
    /// Once, then the last sound until stopped.
    Last,
    /// So many times.
    Times(u32),
}

/// What can be done to a running playback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaybackControl {
    /// Go on this much later.
    Forward(Duration),
    /// Stand still; nothing is sent.
    Pause,
    /// Go on from the beginning.
    Restart,
    /// Go on this much earlier.
    Reverse(Duration),
    /// Go on after a pause.
    Unpause,
}

/// Which directions of a stream are silenced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Muted {
    /// The peer neither hears nor is heard.
    Both,
    /// The peer is not heard.
    Inbound,
    /// Neither.
    Nothing,
    /// The peer does not hear.
    Outbound,
}

impl Muted {
    pub(crate) const fn inbound(self) -> bool {
        matches!(self, Self::Both | Self::Inbound)
    }

    pub(crate) const fn outbound(self) -> bool {
        matches!(self, Self::Both | Self::Outbound)
    }
}

/// Which directions a tap takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sides {
    /// What the peer says and hears.
    Both,
    /// What the peer says.
    Inbound,
    /// What the peer hears.
    Outbound,
}

/// One thing to do. Relations between streams hold until they are replaced, undone or one of the streams closes.
#[derive(Clone, Debug)]
pub enum Command {
    /// Ends a mix; those who heard it hear nothing.
    CloseMix {
        /// Which.
        mix: MixId,
    },
    /// Winds or pauses a playback in a mix; another one's name does nothing.
    ControlPlayInMix {
        /// Where.
        mix: MixId,
        /// Which.
        playback: u64,
        /// What.
        control: PlaybackControl,
    },
    /// Lets a stream hear a mix, without itself. What it heard before is replaced.
    HearMix {
        /// Who.
        stream: StreamId,
        /// Which.
        mix: MixId,
    },
    /// Says whose voices a mix has; streams that are not open are left out. It comes into being with the first command
    /// that names it.
    Mix {
        /// Which.
        mix: MixId,
        /// Who is heard in it.
        members: Vec<MixMember>,
    },
    /// Adds mixes to whatever a stream's peer hears, until told otherwise; none for no more.
    Whisper {
        /// Who hears them.
        stream: StreamId,
        /// Which.
        mixes: Vec<MixId>,
    },
    /// Asks for [`super::Event::Measured`].
    Measure {
        /// Which stream.
        stream: StreamId,
    },
    /// Plays sounds to all who hear a mix. A playback or tone that runs in it is replaced.
    PlayInMix {
        /// Where.
        mix: MixId,
        /// The name events give it.
        playback: u64,
        /// What.
        sounds: Vec<Arc<Sound>>,
        /// How often.
        repeat: Repeat,
    },
    /// Delivers a mix as [`super::Event::MixRecorded`].
    RecordMix {
        /// Which.
        mix: MixId,
        /// The name events give the tap.
        tap: u64,
    },
    /// Ends the playback or tone in a mix.
    StopInMix {
        /// Where.
        mix: MixId,
    },
    /// Ends a tap of a mix.
    StopRecordMix {
        /// Where.
        mix: MixId,
        /// Which.
        tap: u64,
    },
    /// Plays a tone to all who hear a mix. A playback or tone that runs in it is replaced.
    ToneInMix {
        /// Where.
        mix: MixId,
        /// Which.
        tone: ToneSpec,
    },
    /// Ends a stream: says goodbye, gives its statistics, undoes its relations.
    Close {
        /// Which.
        stream: StreamId,
    },
    /// Takes over what an offer and answer agreed on.
    Configure {
        /// Which.
        stream: StreamId,
        /// What was agreed on.
        config: Box<StreamConfig>,
        /// Where the peer says it listens; `None` for where it did before. A new address is learned anew.
        remote: Option<SocketAddr>,
    },
    /// Relays both ways; partners they had hear them no more, those that only listen still do.
    Connect {
        /// One.
        a: StreamId,
        /// The other.
        b: StreamId,
    },
    /// Undoes every relay from and to a stream.
    Disconnect {
        /// Which.
        stream: StreamId,
    },
    /// Sends a stream's audio back to it.
    Echo {
        /// Which.
        stream: StreamId,
    },
    /// Changes the direction only.
    Hold {
        /// Which.
        stream: StreamId,
        /// Who may send.
        direction: Direction,
    },
    /// Relays one way, as for early media. What `to` heard before is replaced.
    Listen {
        /// The source.
        from: StreamId,
        /// The listener.
        to: StreamId,
    },
    /// Silences directions; the packets go on.
    Mute {
        /// Which.
        stream: StreamId,
        /// What.
        muted: Muted,
    },
    /// Begins a stream. Nothing is sent before the peer's address is known.
    Open {
        /// Which.
        stream: StreamId,
        /// What is offered.
        config: Box<StreamConfig>,
    },
    /// Plays sounds one after the other instead of what is relayed. A playback or tone that runs is replaced.
    Play {
        /// Where.
        stream: StreamId,
        /// The name events give it.
        playback: u64,
        /// What.
        sounds: Vec<Arc<Sound>>,
        /// How often.
        repeat: Repeat,
    },
    /// Winds or pauses a running playback; another one's name does nothing.
    ControlPlay {
        /// Where.
        stream: StreamId,
        /// Which.
        playback: u64,
        /// What.
        control: PlaybackControl,
    },
    /// Delivers audio as [`super::Event::Recorded`].
    Record {
        /// Which.
        stream: StreamId,
        /// The name events give the tap.
        tap: u64,
        /// Which directions.
        sides: Sides,
    },
    /// Sends digits after those still waiting.
    SendDigits {
        /// Where.
        stream: StreamId,
        /// Which.
        digits: Vec<Digit>,
        /// How long each is, 40 ms to 8 s.
        duration: Duration,
        /// The pause after each.
        gap: Duration,
    },
    /// Ends what a stream hears of another; those that listen to it go on.
    StopListen {
        /// Which.
        stream: StreamId,
    },
    /// Ends a playback.
    StopPlay {
        /// Where.
        stream: StreamId,
        /// Which; another one's name does nothing.
        playback: u64,
    },
    /// Ends a tap.
    StopRecord {
        /// Where.
        stream: StreamId,
        /// Which.
        tap: u64,
    },
    /// Ends a tone.
    StopTone {
        /// Where.
        stream: StreamId,
    },
    /// Plays a tone instead of what is relayed. A playback or tone that runs is replaced.
    Tone {
        /// Where.
        stream: StreamId,
        /// Which.
        tone: ToneSpec,
    },
}

/// Why a command had no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The stream is open already.
    AlreadyOpen(StreamId),
    /// Some digits did not fit the queue.
    TooManyDigits(StreamId),
    /// The source has as many listeners as it may.
    TooManyListeners(StreamId),
    /// The mix has as many voices, hearers or taps as it may, or a stream is a voice of too many.
    TooManyInMix(MixId),
    /// The plane has as many mixes as it may.
    TooManyMixes,
    /// The plane has as many streams as it may.
    TooManyStreams,
    /// The stream has as many taps as it may.
    TooManyTaps(StreamId),
    /// No such stream is open.
    UnknownStream(StreamId),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyOpen(StreamId(id)) => write!(f, "media stream {id} is open already"),
            Self::TooManyDigits(StreamId(id)) => {
                write!(f, "too many digits wait to be sent on media stream {id}")
            }
            Self::TooManyListeners(StreamId(id)) => write!(f, "too many streams listen to media stream {id}"),
            Self::TooManyInMix(MixId(id)) => write!(f, "too many streams are in media mix {id}"),
            Self::TooManyMixes => f.write_str("too many media mixes are open"),
            Self::TooManyStreams => f.write_str("too many media streams are open"),
            Self::TooManyTaps(StreamId(id)) => write!(f, "too many taps are on media stream {id}"),
            Self::UnknownStream(StreamId(id)) => write!(f, "media stream {id} is not open"),
        }
    }
}

impl std::error::Error for Refusal {}
