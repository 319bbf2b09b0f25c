//! Recordings of channels and bridges: from the media plane's taps to the recorder's files.

use crate::control::Control;
use crate::media::MediaDriver;
use crate::play::Spot;
use crate::recorder::{Recorder, Written};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{
    BridgeId, ChannelId, RecordingControl, RecordingEnd, RecordingId, RecordingOf, RecordingSpec, Report,
};
use ucx_media::{Command, MixId, Sides, StreamId, Take, TakeEnd, TakeLimits};

/// How often what was heard is handed to the recorder.
const ROUND: Duration = Duration::from_millis(200);

/// Where a recording listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ear {
    Stream(StreamId, ChannelId),
    Mix(BridgeId),
    /// Nobody speaks there.
    Nowhere,
}

enum State {
    /// The file is being opened.
    Opening,
    Running(Take),
    /// The file is being closed; then that is the end.
    Closing(RecordingEnd),
}

struct Active {
    ear: Ear,
    spec: Arc<RecordingSpec>,
    state: State,
    /// What was asked for before the file was open.
    early: Option<RecordingControl>,
}

/// All recordings; the switch bounds their number.
#[derive(Default)]
pub(crate) struct Recordings {
    recorder: Option<Recorder>,
    active: BTreeMap<RecordingId, Active>,
    /// Controllers of channels that hear what is said.
    listeners: BTreeMap<RecordingId, Ear>,
    round_at: Option<Duration>,
}

impl Recordings {
    pub(crate) fn poll_timeout(&self) -> Option<Duration> {
        self.round_at
    }

    fn write(&self, recording: RecordingId, samples: Vec<i16>) {
        if let Some(recorder) = &self.recorder {
            recorder.write(recording, samples);
        }
    }
}

impl<M: MediaDriver> Control<M> {
    /// Keeps recordings in that folder, which is made if it is not there; in one of the others if they name it in full. Without
    /// this, recordings fail.
    ///
    /// # Errors
    /// When the folder or the thread that writes into it cannot be made.
    pub fn with_recordings(mut self, folder: &Path, others: &[PathBuf]) -> io::Result<Self> {
        let done = self.loads.teller();
        let tell = move |written| {
            // The loop is gone only when the host ends.
            let _ = done.blocking_send(crate::play::Finished::Written(written));
        };
        self.recordings.recorder = Some(Recorder::start(folder, others, tell)?);
        Ok(self)
    }

    /// Lets recordings go their way without keeping anything, for worlds without disks.
    #[must_use]
    pub fn with_recordings_nowhere(mut self) -> Self {
        let done = self.loads.teller();
        let tell = move |written| {
            if done.try_send(crate::play::Finished::Written(written)).is_err() {
                tracing::error!("the control loop does not hear of a recording");
            }
        };
        self.recordings.recorder = Some(Recorder::without_disk(tell));
        self
    }

    fn ear(&self, of: RecordingOf) -> Ear {
        match of {
            RecordingOf::Channel(channel) => match self.calls.get(&channel) {
                Some(call) => Ear::Stream(call.stream, channel),
                None => Ear::Nowhere,
            },
            RecordingOf::Bridge(bridge) => Ear::Mix(bridge),
        }
    }

    /// Hands what is said to a controller from now on.
    pub(crate) fn listen(&mut self, listener: RecordingId, of: RecordingOf) {
        let ear = self.ear(of);
        self.recordings.listeners.insert(listener, ear);
        self.tap(listener, ear);
    }

    pub(crate) fn stop_listening(&mut self, listener: RecordingId) {
        if let Some(ear) = self.recordings.listeners.remove(&listener) {
            self.untap(listener, ear);
        }
    }

    fn tap(&mut self, recording: RecordingId, ear: Ear) {
        let tap = recording.0;
        match ear {
            Ear::Stream(stream, _) => {
                let sides = Sides::Inbound;
                self.media.command(Command::Record { stream, tap, sides });
            }
            Ear::Mix(bridge) => {
                let mix = MixId(bridge.0);
                self.media.command(Command::RecordMix { mix, tap });
            }
            Ear::Nowhere => {}
        }
    }

    fn untap(&mut self, recording: RecordingId, ear: Ear) {
        let tap = recording.0;
        match ear {
            Ear::Stream(stream, channel) => {
                if self.calls.contains_key(&channel) {
                    self.media.command(Command::StopRecord { stream, tap });
                }
            }
            Ear::Mix(bridge) => {
                let mix = MixId(bridge.0);
                self.media.command(Command::StopRecordMix { mix, tap });
            }
            Ear::Nowhere => {}
        }
    }

    pub(crate) fn record(&mut self, recording: RecordingId, of: RecordingOf, spec: Arc<RecordingSpec>) {
        let ear = self.ear(of);
        let opened = self
            .recordings
            .recorder
            .as_ref()
            .ok_or("there is no recording folder")
            .and_then(|recorder| {
                let is_taken = recorder.open(recording, spec.clone());
                is_taken.then_some(()).ok_or("the recorder does not keep up")
            });
        match opened {
            Ok(()) => {
                let active = Active {
                    ear,
                    spec,
                    state: State::Opening,
                    early: None,
                };
                self.recordings.active.insert(recording, active);
            }
            Err(reason) => self.recording_over(recording, RecordingEnd::Failed(reason)),
        }
    }

    /// The recorder tells.
    pub(crate) fn handle_written(&mut self, written: Written) {
        match written {
            Written::Opened(recording) => self.recording_opened(recording),
            Written::Closed(recording) => {
                let Some(active) = self.recordings.active.remove(&recording) else {
                    return;
                };
                if let State::Closing(end) = active.state {
                    self.recording_over(recording, end);
                }
            }
            Written::Failed(recording, reason) => {
                self.stop_tap(recording);
                self.recordings.active.remove(&recording);
                self.recording_over(recording, RecordingEnd::Failed(reason));
            }
        }
    }

    fn recording_opened(&mut self, recording: RecordingId) {
        let now = self.now();
        let Some(active) = self.recordings.active.get_mut(&recording) else {
            return;
        };
        let limits = TakeLimits {
            duration: active.spec.max_duration,
            silence: active.spec.max_silence,
        };
        active.state = State::Running(Take::new(now, limits));
        let (ear, early, beeps) = (active.ear, active.early.take(), active.spec.beep);
        match ear {
            Ear::Stream(stream, channel) if beeps => self.beep(Spot::Stream { stream, channel }),
            Ear::Mix(bridge) if beeps => self.beep(Spot::Mix(bridge)),
            Ear::Stream(..) | Ear::Mix(_) | Ear::Nowhere => {}
        }
        self.tap(recording, ear);
        self.recordings.round_at.get_or_insert(now + ROUND);
        self.pbx.report(Report::RecordingStarted { recording });
        if let Some(control) = early {
            self.control_recording(recording, control);
        }
    }

    pub(crate) fn control_recording(&mut self, recording: RecordingId, control: RecordingControl) {
        let now = self.now();
        let Some(active) = self.recordings.active.get_mut(&recording) else {
            return;
        };
        let take = match &mut active.state {
            State::Running(take) => take,
            State::Opening => {
                active.early = Some(control);
                return;
            }
            State::Closing(_) => return,
        };
        let mut samples = Vec::new();
        match control {
            RecordingControl::Pause => take.pause(now, true, &mut samples),
            RecordingControl::Unpause => take.pause(now, false, &mut samples),
            RecordingControl::Mute => take.mute(now, true, &mut samples),
            RecordingControl::Unmute => take.mute(now, false, &mut samples),
            RecordingControl::Stop => return self.finish_recording(recording, false),
            RecordingControl::Cancel => return self.cancel_recording(recording),
        }
        self.recordings.write(recording, samples);
    }

    /// Audio for a tap.
    pub(crate) fn recorded(&mut self, tap: u64, at: Duration, samples: &[i16]) {
        if let Some(Active {
            state: State::Running(take),
            ..
        }) = self.recordings.active.get_mut(&RecordingId(tap))
        {
            take.hear(at, samples);
        } else if self.recordings.listeners.contains_key(&RecordingId(tap)) {
            self.pbx.heard(RecordingId(tap), samples);
        }
    }

    /// Hands over what was heard, and ends what is over.
    pub(crate) fn record_round(&mut self) {
        let now = self.now();
        if self.recordings.round_at.is_none_or(|at| at > now) {
            return;
        }
        let ids: Vec<RecordingId> = self.recordings.active.keys().copied().collect();
        for recording in ids {
            let Some(Active {
                state: State::Running(take),
                ..
            }) = self.recordings.active.get_mut(&recording)
            else {
                continue;
            };
            let mut samples = Vec::new();
            let end = take.collect(now, &mut samples);
            self.recordings.write(recording, samples);
            if let Some(end) = end {
                self.finish_recording(recording, end == TakeEnd::Silence);
            }
        }
        let is_idle = self.recordings.active.is_empty();
        self.recordings.round_at = (!is_idle).then_some(now + ROUND);
    }

    /// A channel is over: so is what is recorded of it.
    pub(crate) fn end_recordings_of(&mut self, stream: StreamId) {
        self.end_recordings(|ear| matches!(ear, Ear::Stream(of, _) if of == stream));
    }

    /// A bridge is over: so is what is recorded of it.
    pub(crate) fn end_bridge_recordings(&mut self, bridge: BridgeId) {
        self.end_recordings(|ear| ear == Ear::Mix(bridge));
    }

    fn end_recordings(&mut self, is_over: impl Fn(Ear) -> bool) {
        if self.recordings.active.is_empty() {
            return;
        }
        let over = self
            .recordings
            .active
            .iter()
            .filter(|(_, active)| is_over(active.ear));
        let over: Vec<RecordingId> = over.map(|(id, _)| *id).collect();
        for recording in over {
            self.control_recording(recording, RecordingControl::Stop);
        }
    }

    fn finish_recording(&mut self, recording: RecordingId, by_silence: bool) {
        let now = self.now();
        self.stop_tap(recording);
        let Some(active) = self.recordings.active.get_mut(&recording) else {
            return;
        };
        let before = std::mem::replace(&mut active.state, State::Opening);
        let State::Running(take) = before else {
            active.state = before;
            return;
        };
        let mut samples = Vec::new();
        let length = take.finish(now, &mut samples);
        let end = RecordingEnd::Done {
            duration: length.duration,
            talking: length.talking,
            silence: length.silence,
            by_silence,
        };
        active.state = State::Closing(end);
        self.recordings.write(recording, samples);
        self.let_go(recording, Recorder::close, end);
    }

    fn cancel_recording(&mut self, recording: RecordingId) {
        self.stop_tap(recording);
        let end = RecordingEnd::Cancelled;
        if let Some(active) = self.recordings.active.get_mut(&recording) {
            active.state = State::Closing(end);
        }
        self.let_go(recording, Recorder::discard, end);
    }

    fn let_go(&mut self, recording: RecordingId, how: fn(&Recorder, RecordingId) -> bool, end: RecordingEnd) {
        let recorder = self.recordings.recorder.as_ref();
        if !recorder.is_some_and(|recorder| how(recorder, recording)) {
            // The thread does not keep up; it closes the file when the host ends.
            self.recordings.active.remove(&recording);
            self.recording_over(recording, end);
        }
    }

    fn stop_tap(&mut self, recording: RecordingId) {
        let ear = self.recordings.active.get(&recording).map(|active| active.ear);
        if let Some(ear) = ear {
            self.untap(recording, ear);
        }
    }

    fn recording_over(&self, recording: RecordingId, end: RecordingEnd) {
        self.pbx.report(Report::RecordingEnded { recording, end });
    }
}
