//! Driving a channel without waiting: things are begun, and notices tell how they went.

use super::{Ending, Line};
use crate::inbox::{Inbox, LineNotice};
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{ChannelId, PlaybackControl, PlaybackId, RecordingControl, RecordingId, RecordingSpec};
use ucx_switch::{EnterSpec, Switch, Ways};

impl Line {
    /// The next notice about the channel; safe to be given up half-way. Digits pressed before count.
    ///
    /// # Errors
    /// As for [`Self::answer`]; so for all that follow.
    pub async fn next(&mut self) -> Result<LineNotice, Ending> {
        let notice = self.wait_for(None, Inbox::take_next).await?;
        Ok(notice.expect("a wait without a deadline ends with what it waits for"))
    }

    /// A notice that is there already.
    pub fn try_next(&mut self) -> Option<LineNotice> {
        self.with_inbox(Inbox::take_next)
    }

    /// Forgets every notice nobody took.
    pub fn forget_notices(&mut self) {
        self.with_inbox(|inbox| inbox.forget(|_| true));
    }

    /// Begins to play sounds one after the other, in place of what was played before; [`LineNotice::PlaybackEnded`] follows.
    ///
    /// # Errors
    /// As for [`Self::answer`].
    pub fn start_play(&mut self, sounds: &[Arc<str>]) -> Result<PlaybackId, Ending> {
        let playback = self.begin_play(sounds)?;
        self.playback = Some(playback);
        Ok(playback)
    }

    /// Stops a playback, if it is the one that plays; [`LineNotice::PlaybackEnded`] follows.
    ///
    /// # Errors
    /// As for [`Self::answer`].
    pub fn stop_play(&mut self, playback: PlaybackId) -> Result<(), Ending> {
        if self.playback != Some(playback) {
            return Ok(());
        }
        self.playback = None;
        self.control(Switch::stop_playing)
    }

    /// Changes how a playback goes; one that is over is passed over.
    ///
    /// # Errors
    /// As for [`Self::answer`].
    pub fn control_playback(&mut self, playback: PlaybackId, control: PlaybackControl) -> Result<(), Ending> {
        self.control(|switch, now, _| {
            switch.control_playback(now, playback, control);
            Ok(())
        })?;
        self.test_control(control);
        Ok(())
    }

    /// Tells tests how a playback is controlled.
    fn test_control(&self, control: PlaybackControl) {
        let (word, skip) = match control {
            PlaybackControl::Pause => ("Pause", None),
            PlaybackControl::Unpause => ("Unpause", None),
            PlaybackControl::Restart => ("Restart", None),
            PlaybackControl::Forward(skip) => ("FastForward", Some(skip)),
            PlaybackControl::Reverse(skip) => ("Rewind", Some(skip)),
        };
        let Ok(channel) = self.channel() else { return };
        let mut fields = vec![("Channel", &*channel.name), ("Control", word)];
        let skip_ms = skip.map(|skip| skip.as_millis().to_string());
        fields.extend(skip_ms.as_deref().map(|skip| ("SkipMs", skip)));
        self.pbx.test_event("PLAYBACK", &fields);
    }

    /// Begins to record what the far end says; [`LineNotice::RecordingStarted`] and [`LineNotice::RecordingEnded`] follow.
    ///
    /// # Errors
    /// As for [`Self::answer`]; [`Ending::Refused`] if nobody is to be heard, or too many are recorded.
    pub fn start_recording(&mut self, spec: RecordingSpec) -> Result<RecordingId, Ending> {
        let said = Ways {
            said: true,
            heard: false,
        };
        self.record_sides(said, spec)
    }

    /// The same of what the far end says, what it hears, or both.
    ///
    /// # Errors
    /// As for [`Self::start_recording`]; [`Ending::Refused`] for what a channel without media hears.
    pub fn record_sides(&mut self, sides: Ways, spec: RecordingSpec) -> Result<RecordingId, Ending> {
        let spec = Arc::new(spec);
        let recording = self.control(|switch, now, lease| switch.record_sides(now, lease, sides, spec))?;
        let channel = self.channel;
        self.pbx
            .with_state(|state| state.recordings.insert(recording, channel));
        Ok(recording)
    }

    /// From now on a recording belongs to nobody: how it ends is told by [`crate::Pbx::reports`].
    pub fn disown_recording(&mut self, recording: RecordingId) {
        self.pbx.with_state(|state| state.recordings.remove(&recording));
    }

    /// Changes how a recording goes; one that is over is passed over.
    ///
    /// # Errors
    /// As for [`Self::answer`].
    pub fn control_recording(
        &mut self,
        recording: RecordingId,
        control: RecordingControl,
    ) -> Result<(), Ending> {
        self.control(|switch, now, _| {
            switch.control_recording(now, recording, control);
            Ok(())
        })
    }

    /// Lets the caller hear music of that class (`default` if none), in place of what was heard before.
    ///
    /// # Errors
    /// As for [`Self::answer`].
    pub fn start_music(&mut self, class: Option<&str>) -> Result<(), Ending> {
        let class = class.filter(|class| !class.is_empty()).unwrap_or("default");
        self.control(|switch, now, lease| switch.start_music(now, lease, class))
    }

    /// Ends the music; nothing happens without any.
    ///
    /// # Errors
    /// As for [`Self::answer`].
    pub fn stop_music(&mut self) -> Result<(), Ending> {
        self.control(Switch::stop_music)
    }

    /// Lets the caller hear silence, in place of what was heard before.
    ///
    /// # Errors
    /// As for [`Self::answer`].
    pub fn start_silence(&mut self) -> Result<(), Ending> {
        self.control(Switch::quiet)
    }

    /// Silences directions as the far end is concerned, or lets them be heard again.
    ///
    /// # Errors
    /// As for [`Self::answer`].
    pub fn mute(&mut self, inbound: bool, outbound: bool) -> Result<(), Ending> {
        let channel = self.channel;
        self.control(|switch, now, _| switch.mute(now, channel, inbound, outbound))
    }

    /// Begins to send digits; [`LineNotice::DigitsSent`] follows.
    ///
    /// # Errors
    /// As for [`Self::answer`]; [`Ending::Refused`] for characters that are no digits.
    pub fn send_digits_now(&mut self, digits: &str, length: Duration, gap: Duration) -> Result<(), Ending> {
        self.control(|switch, now, lease| switch.send_digits(now, lease, digits, length, gap))
    }

    /// Enters a bridge that a client made; a channel that is in another one moves. [`LineNotice::BridgeLeft`] tells when it
    /// was put out, or the bridge is over.
    ///
    /// # Errors
    /// As for [`Self::answer`]; [`Ending::Refused`] if there is no such bridge, or it is full, or either is in a two-party call.
    pub fn enter_bridge(&mut self, uniqueid: &str, spec: EnterSpec) -> Result<(), Ending> {
        let bridge = self.pbx.bridge(uniqueid)?.id;
        self.control(|switch, now, lease| switch.enter_bridge(now, lease, bridge, spec))
    }

    /// Leaves the bridge it is in.
    ///
    /// # Errors
    /// As for [`Self::answer`]; [`Ending::Refused`] if it is in none that a client made.
    pub fn leave_bridge(&mut self) -> Result<(), Ending> {
        self.control(Switch::leave_bridge_by_lease)
    }

    /// Calls the far end of a channel that was made without calling anybody ([`crate::Desk::create_channel`]). Events tell how
    /// it goes; a failure hangs the channel up.
    ///
    /// # Errors
    /// As for [`Self::answer`]; [`Ending::Refused`] if it was called already.
    pub fn dial_out(&mut self, caller: Option<ChannelId>, timeout: Option<Duration>) -> Result<(), Ending> {
        self.control(|switch, now, lease| switch.dial_out(now, lease, caller, timeout))
    }
}
