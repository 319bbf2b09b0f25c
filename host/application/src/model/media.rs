//! Playbacks, recordings, sounds, mailboxes.

use serde::Serialize;

/// How far a playback is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PlaybackState {
    /// It waits for those before it.
    Queued,
    /// It is heard.
    Playing,
    /// One of its sounds is over, the next begins.
    Continuing,
    /// It stands still.
    Paused,
    /// It is over.
    Done,
    /// It could not be played, or was cut short.
    Failed,
}

/// A playback as clients see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Playback {
    /// Its name.
    pub id: String,
    /// What is heard.
    pub media_uri: String,
    /// What is heard next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_media_uri: Option<String>,
    /// Who hears it (`channel:ID`, `bridge:ID`).
    pub target_uri: String,
    /// The language of its sounds.
    pub language: String,
    /// How far it is.
    pub state: PlaybackState,
}

/// How far a recording is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordingState {
    /// It waits.
    Queued,
    /// It is written.
    Recording,
    /// Nothing is written for a while.
    Paused,
    /// It is stored.
    Done,
    /// It could not be written.
    Failed,
    /// It was thrown away.
    Canceled,
}

/// A recording that runs, or ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LiveRecording {
    /// Its name.
    pub name: String,
    /// Its format.
    pub format: String,
    /// How far it is.
    pub state: RecordingState,
    /// Of whom (`channel:ID`, `bridge:ID`).
    pub target_uri: String,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// Its length in whole seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<u64>,
    /// How long somebody spoke, in whole seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub talking_duration: Option<u64>,
    /// How long nobody spoke, in whole seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub silence_duration: Option<u64>,
}

/// A recording that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StoredRecording {
    /// Its name, without the ending.
    pub name: String,
    /// Its ending.
    pub format: String,
}

/// A sound and the forms it is there in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sound {
    /// Its name.
    pub id: String,
    /// What is said, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The forms.
    pub formats: Vec<FormatLangPair>,
}

/// One form of a sound.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FormatLangPair {
    /// The language.
    pub language: String,
    /// The format.
    pub format: String,
}

/// A mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mailbox {
    /// Its name.
    pub name: String,
    /// Messages that were heard.
    pub old_messages: u32,
    /// Messages that were not.
    pub new_messages: u32,
}
