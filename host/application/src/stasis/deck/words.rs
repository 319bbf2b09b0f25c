//! What a deck is asked, what it says, and what it wants done.

use crate::model::{LiveRecording, Playback};
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{PlaybackControl, PlaybackId, RecordingControl, RecordingId, RecordingSpec};

/// A playback as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaySpec {
    /// What the client calls it.
    pub id: Arc<str>,
    /// Media URIs, one after the other; at least one.
    pub media: Vec<Arc<str>>,
    /// Language of the sounds.
    pub language: Arc<str>,
    /// Where the first one begins.
    pub offset: Duration,
    /// How far `forward` and `reverse` go.
    pub skip: Duration,
}

/// Which digits end a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TerminateOn {
    /// None.
    #[default]
    None,
    /// Each.
    Any,
    /// That one.
    Digit(char),
}

/// A recording as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordSpec {
    /// How it is written.
    pub spec: Arc<RecordingSpec>,
    /// Which digits end it.
    pub terminate_on: TerminateOn,
}

/// What is to be said or done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Play that, in that language; [`Deck::play_began`] answers.
    Play(Vec<Arc<str>>, Arc<str>),
    /// Play a stored recording; [`Deck::play_began`] answers.
    PlayRecording(Arc<str>),
    /// End a playback under way; its end is not waited for.
    StopPlaying(PlaybackId),
    /// Change how it goes.
    ControlPlaying(PlaybackId, PlaybackControl),
    /// Record; [`Deck::record_began`] answers.
    Record(Arc<RecordingSpec>),
    /// Change how a recording goes.
    ControlRecording(RecordingId, RecordingControl),
    /// Let it hear something else.
    Act(Act),
    /// Tell the world.
    Say(Saying),
}

/// What a channel hears between playbacks. It waits for its turn like these, so that music asked for behind a prompt does not
/// cut the prompt off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Music of that class, or of the usual one.
    StartMusic(Option<Arc<str>>),
    /// No more music.
    StopMusic,
    /// Silence, or no more of it.
    Silence,
}

/// What the world is told of a playback or recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saying {
    /// It waits; nobody is told, but who asks sees it.
    PlaybackQueued(Playback),
    /// `PlaybackStarted`.
    PlaybackStarted(Playback),
    /// `PlaybackContinuing`.
    PlaybackContinuing(Playback),
    /// `PlaybackFinished`.
    PlaybackFinished(Playback),
    /// It is gone without a word: what it was to play is nothing that can be played.
    PlaybackGone(Arc<str>),
    /// It waits, or paused; nobody is told, but who asks sees it.
    RecordingChanged(LiveRecording),
    /// `RecordingStarted`.
    RecordingStarted(LiveRecording),
    /// `RecordingFinished`.
    RecordingFinished(LiveRecording),
    /// `RecordingFailed`.
    RecordingFailed(LiveRecording),
}

/// What a client can do to a playback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Begin again.
    Restart,
    /// Stand still.
    Pause,
    /// Go on.
    Unpause,
    /// Go back.
    Reverse,
    /// Go ahead.
    Forward,
}

impl Operation {
    /// The operation of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "restart" => Self::Restart,
            "pause" => Self::Pause,
            "unpause" => Self::Unpause,
            "reverse" => Self::Reverse,
            "forward" => Self::Forward,
            _ => return None,
        })
    }
}

/// Why something was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Declined {
    /// Too much waits.
    Full,
    /// There is no such playback or recording here.
    Unknown,
    /// It is not under way.
    NotNow,
}
