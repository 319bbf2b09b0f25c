//! What the switch asks drivers to do.

use crate::{Cause, ChannelId, Party, PlaybackId};
use std::sync::Arc;
use std::time::Duration;

/// What to tell a caller who is not answered yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Indication {
    /// Being worked on (SIP 100).
    Proceeding,
    /// It rings (SIP 180).
    Ringing,
    /// Sound follows (SIP 183).
    Progress,
}

/// A call-progress tone, in the channel's country.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// It rings at the other side.
    Ringing,
    /// Busy.
    Busy,
    /// No way through.
    Congestion,
}

/// What a channel hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Nothing.
    Silence,
    /// What another channel says.
    Channel(ChannelId),
    /// What it says itself.
    Echo,
    /// Sounds, one after the other. The driver answers with [`crate::Signal::PlaybackEnded`] to `owner`.
    Playback {
        /// Which playback.
        playback: PlaybackId,
        /// The channel that asked; another one than the hearer if Local channels are between.
        owner: ChannelId,
        /// Names of sounds as the dialplan gives them.
        sounds: Arc<[Arc<str>]>,
        /// Language to look them up in.
        language: Arc<str>,
    },
    /// A tone.
    Tone(Tone),
}

/// A thing a driver is to do. Everything that concerns a channel comes between its [`Action::Dial`] (or the signal that made
/// it) and its [`Action::Hangup`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Call an endpoint.
    Dial {
        /// The channel made for it.
        channel: ChannelId,
        /// The endpoint's name.
        endpoint: Arc<str>,
        /// Where exactly, as the technology resolved it (a SIP URI).
        target: Arc<str>,
        /// Who to show as the caller.
        caller: Party,
        /// The channel on whose behalf, for codec choice.
        parent: Option<ChannelId>,
        /// SIP headers to send along.
        headers: Arc<[(Arc<str>, Arc<str>)]>,
    },
    /// Tell the caller how far it is.
    Indicate {
        /// Which channel.
        channel: ChannelId,
        /// What.
        indication: Indication,
    },
    /// Answer the caller.
    Answer {
        /// Which channel.
        channel: ChannelId,
    },
    /// End the leg. The channel is over; nothing more is said of it.
    Hangup {
        /// Which channel.
        channel: ChannelId,
        /// Why.
        cause: Cause,
    },
    /// From now on the channel hears this.
    Hear {
        /// Which channel.
        channel: ChannelId,
        /// What.
        source: Source,
    },
    /// Time a playback that nobody hears (a Local channel with nobody behind it), and report its end.
    PlayUnheard {
        /// Which playback.
        playback: PlaybackId,
        /// The channel that asked.
        owner: ChannelId,
        /// Names of sounds.
        sounds: Arc<[Arc<str>]>,
        /// Language to look them up in.
        language: Arc<str>,
    },
    /// Send digits, then report [`crate::Signal::DigitsSent`].
    SendDigits {
        /// To which channel.
        channel: ChannelId,
        /// `0`-`9`, `*`, `#`, `A`-`D`; `w` is half a second's pause.
        digits: Arc<str>,
        /// Length of one digit.
        length: Duration,
        /// Pause between two.
        gap: Duration,
    },
}
