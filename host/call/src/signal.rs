//! What drivers report about a channel.

use crate::{BridgeId, Cause, Party, PlaybackId, RecordingId};
use std::sync::Arc;
use std::time::Duration;

/// Something happened at a channel's far end or in its media.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The far end works on it (SIP 100, 182).
    Proceeding,
    /// It rings (SIP 180).
    Ringing,
    /// It is not answered, but sound comes (SIP 183 with a session description).
    Progress,
    /// The far end answered.
    Answered,
    /// The far end could not be reached or refused; the channel is over.
    Failed(Cause),
    /// The far end is not there, but names an extension to call instead; the channel is over. The cause counts if that cannot
    /// be.
    Forwarded(Arc<str>, Cause),
    /// The far end hung up; the channel is over.
    HungUp(Cause),
    /// A digit began.
    DigitBegan(char),
    /// A digit ended after that long.
    DigitEnded(char, Duration),
    /// The far end put us on hold.
    Held,
    /// The far end took us off hold.
    Unheld,
    /// The far end says who it is.
    Connected(Party),
    /// A playback is over. `complete` is false if it was stopped or the sound could not be read.
    PlaybackEnded {
        /// Which one.
        playback: PlaybackId,
        /// Whether all of it was played.
        complete: bool,
    },
    /// The digits we were to send are sent.
    DigitsSent,
    /// Its call has that name in its protocol (the Call-ID of SIP).
    Named(Arc<str>),
    /// The status of the protocol (a SIP response code) that goes with the cause of what is told next.
    ProtocolCause(u16),
    /// Sound from the far end comes, and goes on coming.
    Heard,
    /// The far end sent a text.
    Text(Arc<str>),
    /// The far end says how it took being sent elsewhere.
    Referred(Referral),
}

/// How the far end takes being sent elsewhere (SIP REFER), with the status it said so by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Referral {
    /// It tries; more follows.
    Accepted(u16),
    /// It is there.
    Arrived(u16),
    /// It refused, or could not get there; nothing changed.
    Failed(u16),
}

/// How a recording ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordingEnd {
    /// Its time was up, silence came, or it was stopped: the file is whole.
    Done {
        /// How long it is.
        duration: Duration,
        /// How much of that somebody talked.
        talking: Duration,
        /// The silence at its end.
        silence: Duration,
        /// Whether silence ended it.
        by_silence: bool,
    },
    /// It was thrown away.
    Cancelled,
    /// It could not be written.
    Failed(&'static str),
}

/// Something happened that is no channel's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// A playback in a bridge is over.
    BridgePlaybackEnded {
        /// Which bridge.
        bridge: BridgeId,
        /// Which playback.
        playback: PlaybackId,
        /// Whether all of it was played.
        complete: bool,
    },
    /// A recording began to be written.
    RecordingStarted {
        /// Which one.
        recording: RecordingId,
    },
    /// A recording is over.
    RecordingEnded {
        /// Which one.
        recording: RecordingId,
        /// How.
        end: RecordingEnd,
    },
}
