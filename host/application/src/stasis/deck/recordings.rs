//! What is recorded at a place: begun in its turn, held, kept or thrown away.

use super::views::{ended, recording_of};
use super::{Deck, Declined, Item, Now, RecordSpec, Saying, Step};
use crate::model::{LiveRecording, RecordingState};
use std::sync::Arc;
use ucx_call::{RecordingControl, RecordingEnd, RecordingId};

impl Deck {
    /// Records after what was asked for before.
    ///
    /// # Errors
    /// [`Declined::Full`].
    pub fn record(&mut self, spec: RecordSpec) -> Result<LiveRecording, Declined> {
        self.has_room()?;
        let view = self.recording(&spec, RecordingState::Queued);
        self.say(Saying::RecordingChanged(view.clone()));
        self.waiting.push_back(Item::Record(spec));
        self.go_on();
        Ok(view)
    }

    /// The recording that [`Step::Record`] asked for is that one; none if it could not begin.
    pub fn record_began(&mut self, recording: Result<RecordingId, Arc<str>>) {
        let Now::Recording(now) = &mut self.now else {
            return;
        };
        match recording {
            Ok(recording) => now.recording = Some(recording),
            Err(cause) => self.fail_recording(cause),
        }
    }

    /// A recording is being written.
    pub fn recording_started(&mut self, recording: RecordingId) {
        let Now::Recording(now) = &mut self.now else {
            return;
        };
        if now.recording != Some(recording) || now.state != RecordingState::Queued {
            return;
        }
        now.state = RecordingState::Recording;
        let (view, ends_by) = (
            recording_of(&self.target_uri, &now.spec, RecordingState::Recording),
            now.ends_by,
        );
        self.say(Saying::RecordingStarted(view));
        if let Some(control) = ends_by {
            self.steps.push_back(Step::ControlRecording(recording, control));
        }
    }

    /// A recording is over.
    pub fn recording_ended(&mut self, recording: RecordingId, end: RecordingEnd) {
        let Now::Recording(now) = &self.now else { return };
        if now.recording != Some(recording) {
            return;
        }
        let said = ended(&self.target_uri, &now.spec, end);
        self.now = Now::Nothing;
        self.say(said);
        self.go_on();
    }

    /// Changes how a recording goes. One that waits can only be ended: it never begins.
    ///
    /// # Errors
    /// [`Declined::Unknown`]; [`Declined::NotNow`] if it waits.
    pub fn control_recording(&mut self, name: &str, control: RecordingControl) -> Result<(), Declined> {
        let ends = matches!(control, RecordingControl::Stop | RecordingControl::Cancel);
        let now = match &mut self.now {
            Now::Recording(now) if &*now.spec.spec.name == name => now,
            Now::Nothing | Now::Playing(_) | Now::Recording(_) => {
                return self.drop_waiting_recording(name, ends);
            }
        };
        match now.recording.filter(|_| now.state != RecordingState::Queued) {
            Some(recording) => {
                now.state = match control {
                    RecordingControl::Pause => RecordingState::Paused,
                    RecordingControl::Unpause => RecordingState::Recording,
                    RecordingControl::Mute
                    | RecordingControl::Unmute
                    | RecordingControl::Stop
                    | RecordingControl::Cancel => now.state,
                };
                let view = recording_of(&self.target_uri, &now.spec, now.state);
                self.steps.push_back(Step::ControlRecording(recording, control));
                self.say(Saying::RecordingChanged(view));
                Ok(())
            }
            None if ends => {
                now.ends_by = Some(control);
                Ok(())
            }
            None => Err(Declined::NotNow),
        }
    }

    fn drop_waiting_recording(&mut self, name: &str, ends: bool) -> Result<(), Declined> {
        let is_meant = |item: &Item| matches!(item, Item::Record(spec) if &*spec.spec.name == name);
        let at = self.waiting.iter().position(is_meant).ok_or(Declined::Unknown)?;
        if !ends {
            return Err(Declined::NotNow);
        }
        if let Some(Item::Record(spec)) = self.waiting.remove(at) {
            let mut view = self.recording(&spec, RecordingState::Done);
            view.duration = Some(0);
            self.say(Saying::RecordingFinished(view));
        }
        Ok(())
    }

    pub(super) fn say_nothing_recorded(&mut self, spec: &RecordSpec) {
        let mut view = self.recording(spec, RecordingState::Failed);
        view.cause = Some("The channel left before the recording began".to_owned());
        self.say(Saying::RecordingFailed(view));
    }

    fn fail_recording(&mut self, cause: Arc<str>) {
        if let Now::Recording(now) = std::mem::replace(&mut self.now, Now::Nothing) {
            let mut view = self.recording(&now.spec, RecordingState::Failed);
            view.cause = Some(cause.to_string());
            self.say(Saying::RecordingFailed(view));
        }
        self.go_on();
    }

    fn recording(&self, spec: &RecordSpec, state: RecordingState) -> LiveRecording {
        recording_of(&self.target_uri, spec, state)
    }
}
