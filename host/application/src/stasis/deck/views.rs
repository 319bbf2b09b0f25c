//! Playbacks and recordings as clients see them.

use super::{PlaySpec, RecordSpec, Saying};
use crate::model::{LiveRecording, Playback, PlaybackState, RecordingState};
use std::sync::Arc;
use ucx_call::{RecordingEnd, RecordingId};

/// A recording that was stopped because its channel left; its file is finished by and by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// Which one.
    pub recording: RecordingId,
    pub(super) is_started: bool,
    pub(super) target_uri: Arc<str>,
    pub(super) spec: RecordSpec,
}

impl Unfinished {
    /// What is said once it is over.
    pub fn ended(&self, end: RecordingEnd) -> Vec<Saying> {
        let mut said = Vec::new();
        if !self.is_started && !matches!(end, RecordingEnd::Failed(_)) {
            let view = recording_of(&self.target_uri, &self.spec, RecordingState::Recording);
            said.push(Saying::RecordingStarted(view));
        }
        said.push(ended(&self.target_uri, &self.spec, end));
        said
    }
}

pub(super) fn view_of(target_uri: &Arc<str>, spec: &PlaySpec, at: usize, state: PlaybackState) -> Playback {
    let media = |at: usize| spec.media.get(at).map(|uri| uri.to_string());
    Playback {
        id: spec.id.to_string(),
        media_uri: media(at).unwrap_or_default(),
        next_media_uri: media(at + 1),
        target_uri: target_uri.to_string(),
        language: spec.language.to_string(),
        state,
    }
}

pub(super) fn recording_of(target_uri: &Arc<str>, spec: &RecordSpec, state: RecordingState) -> LiveRecording {
    LiveRecording {
        name: spec.spec.name.to_string(),
        format: spec.spec.format.to_string(),
        state,
        target_uri: target_uri.to_string(),
        cause: None,
        duration: None,
        talking_duration: None,
        silence_duration: None,
    }
}

pub(super) fn ended(target_uri: &Arc<str>, spec: &RecordSpec, end: RecordingEnd) -> Saying {
    let mut view = recording_of(target_uri, spec, RecordingState::Done);
    match end {
        RecordingEnd::Done {
            duration,
            talking,
            silence,
            ..
        } => {
            view.duration = Some(duration.as_secs());
            if spec.spec.max_silence.is_some() {
                view.talking_duration = Some(talking.as_secs());
                view.silence_duration = Some(silence.as_secs());
            }
        }
        RecordingEnd::Cancelled => view.duration = Some(0),
        RecordingEnd::Failed(cause) => {
            view.state = RecordingState::Failed;
            view.cause = Some(cause.to_owned());
            return Saying::RecordingFailed(view);
        }
    }
    Saying::RecordingFinished(view)
}
