//! What the switch asks drivers to do.

use crate::{BridgeId, Cause, ChannelId, Party, PlaybackId, RecordingId};
use std::net::SocketAddr;
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
    /// Music of a class of musiconhold.conf.
    Music(Arc<str>),
    /// The mix of a bridge, without itself.
    Mix(BridgeId),
}

/// One of the voices of a mix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// What a channel's far end says.
    Said(ChannelId),
    /// What a channel's far end hears, whatever it is, but for what is whispered to it.
    Heard(ChannelId),
    /// Another mix.
    Mix {
        /// Which.
        of: BridgeId,
        /// The mix among its voices that is left out.
        without: Option<BridgeId>,
    },
}

/// A voice of a mix, and the channel that does not hear it because it is its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Who is heard.
    pub voice: Voice,
    /// Whose own voice that is.
    pub own: Option<ChannelId>,
}

impl From<ChannelId> for Part {
    /// What the channel's far end says, heard by all others.
    fn from(channel: ChannelId) -> Self {
        Self {
            voice: Voice::Said(channel),
            own: Some(channel),
        }
    }
}

/// What to do to a playback that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaybackControl {
    /// Stand still.
    Pause,
    /// Go on after a pause.
    Unpause,
    /// Begin again.
    Restart,
    /// Go on that much later.
    Forward(Duration),
    /// Go on that much earlier.
    Reverse(Duration),
}

/// What a recording takes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordingOf {
    /// What the channel's far end says; silence for a channel without media.
    Channel(ChannelId),
    /// What all members of a bridge say, mixed.
    Bridge(BridgeId),
}

/// What happens if the file of a recording exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfExists {
    /// The recording fails.
    Fail,
    /// It is replaced.
    Overwrite,
    /// It grows.
    Append,
}

/// How to record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordingSpec {
    /// The file below the recording folder, without its ending; never leaves that folder.
    pub name: Arc<str>,
    /// The ending and format: `wav`, `ulaw`, `alaw`, `sln`, `gsm` …
    pub format: Arc<str>,
    /// Ends it after that long.
    pub max_duration: Option<Duration>,
    /// Ends it after that much silence.
    pub max_silence: Option<Duration>,
    /// What happens if the file exists.
    pub if_exists: IfExists,
    /// Whether a beep is heard before.
    pub beep: bool,
}

/// What to do to a recording that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordingControl {
    /// Write nothing for a while.
    Pause,
    /// Write again.
    Unpause,
    /// Write silence for a while.
    Mute,
    /// Write what is heard again.
    Unmute,
    /// Finish the file.
    Stop,
    /// Throw the file away.
    Cancel,
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
        /// Codecs to offer, best first, by the names of `allow`: of those the endpoint has; all it has if none is named.
        codecs: Arc<[Arc<str>]>,
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
    /// Send a text to a channel's far end, within its call.
    SendText {
        /// To which channel.
        channel: ChannelId,
        /// What kind of text (`text/plain`).
        content_type: Arc<str>,
        /// The text.
        text: Arc<str>,
    },
    /// Send a text outside of any call.
    Message {
        /// The endpoint whose settings count.
        endpoint: Arc<str>,
        /// Where to; all contacts of the endpoint if none (a SIP URI).
        uri: Option<Arc<str>>,
        /// Who to show as its sender; ourselves if none (a SIP URI, or a name with one in angle brackets).
        from: Option<Arc<str>>,
        /// Headers to send along.
        headers: Arc<[(Arc<str>, Arc<str>)]>,
        /// The text.
        text: Arc<str>,
    },
    /// Change how a playback goes; another one than runs does nothing.
    ControlPlayback {
        /// Which playback.
        playback: PlaybackId,
        /// What to do.
        control: PlaybackControl,
    },
    /// Silence directions of a channel, as its far end is concerned; the packets go on.
    Mute {
        /// Which channel.
        channel: ChannelId,
        /// Nobody hears its far end.
        inbound: bool,
        /// Its far end hears nobody.
        outbound: bool,
    },
    /// From now on the mix of that bridge (or of a channel that overhears or whispers, numbered alike) has these parts;
    /// whoever is told to hear [`Source::Mix`] hears it, members without themselves. With no members and silence it is no more, unless a recording still takes it in. The owner of a playback
    /// in `also` says nothing: its end is told by [`crate::Report::BridgePlaybackEnded`].
    Mix {
        /// Which bridge.
        bridge: BridgeId,
        /// Who is heard in it.
        members: Arc<[Part]>,
        /// What else is heard by all: `Playback`, `Music`, `Tone` or `Silence`.
        also: Source,
    },
    /// From now on the channel's far end hears these mixes beside what it hears; none for no more.
    Whisper {
        /// Which channel.
        channel: ChannelId,
        /// Which mixes.
        mixes: Arc<[BridgeId]>,
    },
    /// Exchange RTP with an address, without signalling. The driver sets `UNICASTRTP_LOCAL_ADDRESS` and
    /// `UNICASTRTP_LOCAL_PORT`, and answers with [`crate::Signal::Answered`] or [`crate::Signal::Failed`].
    OpenRtp {
        /// The channel made for it.
        channel: ChannelId,
        /// Where the far end takes packets.
        remote: SocketAddr,
        /// What is spoken: `ulaw`, `alaw` or `slin`.
        codec: Arc<str>,
    },
    /// Ask the far end of an answered call to go elsewhere (SIP REFER). [`crate::Signal::Referred`] follows.
    Refer {
        /// Which channel.
        channel: ChannelId,
        /// Where to go (a SIP URI).
        target: Arc<str>,
    },
    /// Tell the far end that it is on hold, or is no more.
    Hold {
        /// Which channel.
        channel: ChannelId,
        /// Whether it is.
        is_held: bool,
    },
    /// Send a header along with the next answer to the caller (SIP 180, 183, 200 or a refusal).
    AddHeader {
        /// Which channel.
        channel: ChannelId,
        /// Its name.
        name: Arc<str>,
        /// Its value.
        value: Arc<str>,
    },
    /// Refuse the call, and tell the caller where to try instead (SIP 302). [`crate::Signal::HungUp`] follows.
    Deflect {
        /// Which channel.
        channel: ChannelId,
        /// Where to try, in the words of its protocol (a SIP URI).
        target: Arc<str>,
    },
    /// Say how the media of a channel goes; the answer is `Pbx::measured`.
    Measure {
        /// Which channel.
        channel: ChannelId,
    },
    /// Write what is said to a file, and report [`crate::Report::RecordingStarted`] and
    /// [`crate::Report::RecordingEnded`].
    Record {
        /// Which recording.
        recording: RecordingId,
        /// Of what.
        of: RecordingOf,
        /// How.
        spec: Arc<RecordingSpec>,
    },
    /// Hand over what is said, 8,000 samples a second, until [`Action::StopListening`].
    Listen {
        /// Whom it is for; no recording has the same number.
        listener: RecordingId,
        /// What of.
        of: RecordingOf,
    },
    /// Hand over nothing more.
    StopListening {
        /// Whom it was for.
        listener: RecordingId,
    },
    /// Change how a recording goes.
    ControlRecording {
        /// Which recording.
        recording: RecordingId,
        /// What to do.
        control: RecordingControl,
    },
    /// Ask an endpoint's contacts whether they are there (OPTIONS).
    Qualify {
        /// The endpoint's name.
        endpoint: Arc<str>,
    },
    /// Register with somebody else now, or give a registration up.
    Register {
        /// The registration's name in pjsip.conf; all of them if it is `*all`.
        name: Arc<str>,
        /// True to register, false to unregister.
        registers: bool,
    },
    /// Send a NOTIFY outside any subscription to an endpoint's contacts.
    Notify {
        /// The endpoint's name.
        endpoint: Arc<str>,
        /// Headers of the request; one named `Content` is a line of its body.
        headers: Arc<[(Arc<str>, Arc<str>)]>,
    },
}
