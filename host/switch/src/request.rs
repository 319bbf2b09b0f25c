//! What anybody may ask of a channel without driving it: texts, its playback, and that a Local pair may go.

use crate::Switch;
use crate::channel::Activity;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{Action, ChannelId, ChannelState, Notice, PlaybackControl, PlaybackId, Refusal, Technology};

/// Longest text that is sent, in bytes.
const TEXT_MAX: usize = 65_536;

impl Switch {
    /// Sends a text to a channel's far end; through a Local pair to whoever is behind it.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`]; [`Refusal::Conflict`] if its call is not answered; [`Refusal::Invalid`] for a text that is
    /// empty or too long, or a kind that is none.
    pub fn send_text(
        &mut self,
        _now: Duration,
        id: ChannelId,
        content_type: &str,
        text: &str,
    ) -> Result<(), Refusal> {
        let channel = self.channels.get(&id).ok_or(Refusal::NoSuchChannel)?;
        if text.is_empty() || text.len() > TEXT_MAX {
            return Err(Refusal::Invalid(format!("a text has 1 to {TEXT_MAX} bytes")));
        }
        if content_type.is_empty() || content_type.contains(char::is_control) {
            return Err(Refusal::Invalid(format!("`{content_type}` is no kind of text")));
        }
        let other = channel.half.as_ref().map(|half| half.other);
        if other.is_none() && channel.snapshot.state != ChannelState::Up {
            return Err(Refusal::Conflict("the call is not answered"));
        }
        let text = Arc::from(text);
        match other {
            Some(other) => self.text_came(other, text),
            None => self.actions.push_back(Action::SendText {
                channel: id,
                content_type: Arc::from(content_type),
                text,
            }),
        }
        Ok(())
    }

    /// A text from a channel's far end: on through the bridge it is in, or to its controller.
    pub(crate) fn text_came(&mut self, id: ChannelId, text: Arc<str>) {
        let mut id = id;
        // One step for each Local pair in the path, and each pair is two channels of a bounded table.
        for _ in 0..self.config.limits.leases {
            let bridged = self.snap(id).is_some_and(|channel| channel.bridge.is_some());
            let Some(peer) = self.linked_to(id).filter(|_| bridged) else {
                self.notices.push_back(Notice::Text { channel: id, text });
                return;
            };
            let half = self.channels.get(&peer).and_then(|peer| peer.half.as_ref());
            let Some(other) = half.map(|half| half.other) else {
                self.actions.push_back(Action::SendText {
                    channel: peer,
                    content_type: Arc::from("text/plain"),
                    text,
                });
                return;
            };
            id = other;
        }
    }

    /// Changes how the playback of a channel goes, whoever began it; which one that is. `Pause` lets one that is paused go on.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`]; [`Refusal::Conflict`] if nothing is played to it.
    pub fn control_sound(
        &mut self,
        now: Duration,
        id: ChannelId,
        control: PlaybackControl,
    ) -> Result<PlaybackId, Refusal> {
        let playback = self.playback_of(id)?;
        let channel = self.channels.get_mut(&id).ok_or(Refusal::NoSuchChannel)?;
        let control = match control {
            PlaybackControl::Pause if channel.is_paused => PlaybackControl::Unpause,
            PlaybackControl::Pause
            | PlaybackControl::Unpause
            | PlaybackControl::Restart
            | PlaybackControl::Forward(_)
            | PlaybackControl::Reverse(_) => control,
        };
        match control {
            PlaybackControl::Pause => channel.is_paused = true,
            PlaybackControl::Unpause => channel.is_paused = false,
            PlaybackControl::Restart | PlaybackControl::Forward(_) | PlaybackControl::Reverse(_) => {}
        }
        self.control_playback(now, playback, control);
        Ok(playback)
    }

    /// Ends the playback of a channel, whoever began it, as if it could not be played on.
    ///
    /// # Errors
    /// As for [`Self::control_sound`].
    pub fn stop_sound(&mut self, now: Duration, id: ChannelId) -> Result<PlaybackId, Refusal> {
        let playback = self.playback_of(id)?;
        self.set_activity(now, id, None);
        self.settle_audio();
        Ok(playback)
    }

    fn playback_of(&self, id: ChannelId) -> Result<PlaybackId, Refusal> {
        let channel = self.channels.get(&id).ok_or(Refusal::NoSuchChannel)?;
        match &channel.activity {
            Some(Activity::Playback { playback, .. }) => Ok(*playback),
            Some(Activity::Echo | Activity::Tone(_) | Activity::Music(_)) | None => {
                Err(Refusal::Conflict("nothing is played to the channel"))
            }
        }
    }

    /// Lets a Local pair be taken out of its path, even if it was made to stay.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`]; [`Refusal::Conflict`] if the channel is no half of a pair.
    pub fn optimize_away(&mut self, now: Duration, id: ChannelId) -> Result<(), Refusal> {
        let channel = self.channels.get(&id).ok_or(Refusal::NoSuchChannel)?;
        let half = channel.half.as_ref();
        let other = half
            .filter(|_| channel.snapshot.technology == Technology::Local)
            .map(|half| half.other)
            .ok_or(Refusal::Conflict("the channel is no half of a Local pair"))?;
        for half in [id, other] {
            if let Some(half) = self
                .channels
                .get_mut(&half)
                .and_then(|channel| channel.half.as_mut())
            {
                half.optimize = true;
            }
        }
        self.optimize_around(now, &[id]);
        self.settle_audio();
        Ok(())
    }
}
