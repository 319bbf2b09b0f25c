//! Recordings: who is recorded, and what drivers report of it.

use crate::config::Ways;
use crate::{Switch, next};
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{
    Action, BridgeId, Lease, Notice, Part, RecordingControl, RecordingId, RecordingOf, RecordingSpec,
    Refusal, Report, Source, Voice,
};

impl Switch {
    /// Records what the channel's far end says. [`Notice::RecordingStarted`] and [`Notice::RecordingEnded`] follow.
    ///
    /// # Errors
    /// As for [`Self::answer`]; [`Refusal::Full`].
    pub fn record_channel(
        &mut self,
        _now: Duration,
        lease: Lease,
        spec: Arc<RecordingSpec>,
    ) -> Result<RecordingId, Refusal> {
        self.driven(lease)?;
        let of = self.open_ear(lease.channel);
        let begun = self.begin_recording(of, spec);
        if begun.is_err() {
            self.close_ear(of);
        }
        self.settle_audio();
        begun
    }

    /// Records sides of the channel, mixed: what its far end says, what that hears. Otherwise as [`Self::record_channel`].
    ///
    /// # Errors
    /// As for [`Self::record_channel`]; [`Refusal::Invalid`] without any side; [`Refusal::Conflict`] for what a channel without
    /// media of its own hears.
    pub fn record_sides(
        &mut self,
        now: Duration,
        lease: Lease,
        sides: Ways,
        spec: Arc<RecordingSpec>,
    ) -> Result<RecordingId, Refusal> {
        let channel = self.driven(lease)?;
        let (id, is_physical) = (channel.id(), channel.is_physical());
        match (sides.said, sides.heard, is_physical) {
            (true, false, _) => return self.record_channel(now, lease, spec),
            (_, true, true) => {}
            (_, true, false) => {
                return Err(Refusal::Conflict(
                    "what a channel without media hears is not recorded",
                ));
            }
            (false, false, _) => return Err(Refusal::Invalid("there is nothing to record".into())),
        }
        let mix = BridgeId(next(&mut self.counters.bridge));
        let part = |voice| Part { voice, own: None };
        let said = sides.said.then(|| part(Voice::Said(id)));
        self.actions.push_back(Action::Mix {
            bridge: mix,
            members: said.into_iter().chain([part(Voice::Heard(id))]).collect(),
            also: Source::Silence,
        });
        self.side_mixes.insert(mix, id);
        let of = RecordingOf::Bridge(mix);
        let begun = self.begin_recording(of, spec);
        if begun.is_err() {
            self.close_ear(of);
        }
        begun
    }

    /// Records all members of a bridge, mixed.
    ///
    /// # Errors
    /// [`Refusal::NoSuchBridge`]; [`Refusal::Full`]; [`Refusal::Conflict`] in a two-party call.
    pub fn record_bridge(
        &mut self,
        _now: Duration,
        id: BridgeId,
        spec: Arc<RecordingSpec>,
    ) -> Result<RecordingId, Refusal> {
        self.meeting(id)?.recordings += 1;
        self.mark_bridge(id);
        self.settle_audio();
        let begun = self.begin_recording(RecordingOf::Bridge(id), spec);
        if begun.is_err() {
            self.bridge_recording_ended(id);
            self.settle_audio();
        }
        begun
    }

    fn begin_recording(&mut self, of: RecordingOf, spec: Arc<RecordingSpec>) -> Result<RecordingId, Refusal> {
        if self.recordings.len() >= self.config.limits.recordings {
            return Err(Refusal::Full("recordings"));
        }
        let recording = RecordingId(next(&mut self.counters.recording));
        self.recordings.insert(recording, of);
        self.actions.push_back(Action::Record { recording, of, spec });
        Ok(recording)
    }

    /// Changes how a recording goes; one that is over is passed over.
    pub fn control_recording(&mut self, _now: Duration, recording: RecordingId, control: RecordingControl) {
        if self.recordings.contains_key(&recording) {
            self.actions
                .push_back(Action::ControlRecording { recording, control });
        }
    }

    /// Takes in what drivers report beside the channels.
    pub fn handle_report(&mut self, _now: Duration, report: Report) {
        match report {
            Report::BridgePlaybackEnded {
                bridge,
                playback,
                complete,
            } => {
                if !self.ear_playback_ended(bridge, playback, complete) {
                    match self.whisperer(bridge) {
                        Some(snoop) => self.playback_ended(snoop, playback, complete),
                        None => self.bridge_playback_ended(bridge, playback, complete),
                    }
                }
            }
            Report::RecordingStarted { recording } => {
                if self.recordings.contains_key(&recording) {
                    self.notices.push_back(Notice::RecordingStarted { recording });
                }
            }
            Report::RecordingEnded { recording, end } => {
                let Some(of) = self.recordings.remove(&recording) else {
                    return;
                };
                if let RecordingOf::Bridge(bridge) = of {
                    self.bridge_recording_ended(bridge);
                }
                self.close_ear(of);
                self.notices.push_back(Notice::RecordingEnded { recording, end });
            }
        }
        self.settle_audio();
    }

    fn bridge_recording_ended(&mut self, id: BridgeId) {
        if let Some(bridge) = self.bridges.get_mut(&id) {
            bridge.recordings = bridge.recordings.saturating_sub(1);
            self.mark_bridge(id);
        }
    }
}
