//! What does a channel hear, and who hears it? One thing at a time, at the word of who drives it.

use crate::channel::{Activity, Muted};
use crate::{Switch, next};
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{Action, ChannelId, EventKind, Lease, Notice, PlaybackControl, PlaybackId, Refusal, Tone};

impl Switch {
    /// Lets the channel hear a tone, or stops it.
    ///
    /// # Errors
    /// As for [`Self::answer`].
    pub fn tone(&mut self, now: Duration, lease: Lease, tone: Option<Tone>) -> Result<(), Refusal> {
        self.perform(now, lease, tone.map(Activity::Tone))
    }

    /// Sends the channel back what it says, until something else is heard or [`Self::quiet`].
    ///
    /// # Errors
    /// As for [`Self::answer`].
    pub fn echo(&mut self, now: Duration, lease: Lease) -> Result<(), Refusal> {
        self.perform(now, lease, Some(Activity::Echo))
    }

    /// Ends whatever the channel hears from its controller. A playback that is cut off is still reported as ended.
    ///
    /// # Errors
    /// As for [`Self::answer`].
    pub fn quiet(&mut self, now: Duration, lease: Lease) -> Result<(), Refusal> {
        self.perform(now, lease, None)
    }

    /// As [`Self::quiet`]: stops the playback under way.
    ///
    /// # Errors
    /// As for [`Self::answer`].
    pub fn stop_playing(&mut self, now: Duration, lease: Lease) -> Result<(), Refusal> {
        self.quiet(now, lease)
    }

    /// Plays sounds, one after the other. [`Notice::PlaybackEnded`] follows in any case.
    ///
    /// # Errors
    /// As for [`Self::answer`]; [`Refusal::Invalid`] without any sound.
    pub fn play(
        &mut self,
        now: Duration,
        lease: Lease,
        sounds: Arc<[Arc<str>]>,
    ) -> Result<PlaybackId, Refusal> {
        self.driven(lease)?;
        if sounds.is_empty() {
            return Err(Refusal::Invalid("there is no sound to play".into()));
        }
        let playback = self.begin_playback(now, lease.channel, sounds);
        self.settle_audio();
        Ok(playback)
    }

    /// Plays sounds to a channel instead of what it hears from its controller.
    pub(crate) fn begin_playback(
        &mut self,
        now: Duration,
        id: ChannelId,
        sounds: Arc<[Arc<str>]>,
    ) -> PlaybackId {
        let playback = PlaybackId(next(&mut self.counters.playback));
        if self.hearer(id).is_none() {
            let language = self.snap(id).map_or_else(Arc::default, |s| s.language.clone());
            self.actions.push_back(Action::PlayUnheard {
                playback,
                owner: id,
                sounds: sounds.clone(),
                language,
            });
        }
        self.set_activity(now, id, Some(Activity::Playback { playback, sounds }));
        playback
    }

    fn perform(&mut self, now: Duration, lease: Lease, activity: Option<Activity>) -> Result<(), Refusal> {
        self.driven(lease)?;
        self.set_activity(now, lease.channel, activity);
        self.settle_audio();
        Ok(())
    }

    /// Replaces what a channel hears from its controller.
    pub(crate) fn set_activity(&mut self, now: Duration, id: ChannelId, activity: Option<Activity>) {
        let Some(channel) = self.channels.get_mut(&id) else {
            return;
        };
        let music = match &activity {
            Some(Activity::Music(class)) => Some(class.clone()),
            Some(Activity::Echo | Activity::Tone(_) | Activity::Playback { .. }) | None => None,
        };
        channel.is_paused = false;
        match std::mem::replace(&mut channel.activity, activity) {
            Some(Activity::Playback { playback, .. }) => {
                self.notices.push_back(Notice::PlaybackEnded {
                    channel: id,
                    playback,
                    complete: false,
                });
            }
            Some(Activity::Music(_)) => self.note_music(now, id, None),
            Some(Activity::Echo | Activity::Tone(_)) | None => {}
        }
        if music.is_some() {
            self.note_music(now, id, music);
        }
        self.dirty.push(id);
    }

    /// Lets the channel hear music of that class until something else is heard or [`Self::quiet`].
    ///
    /// # Errors
    /// As for [`Self::answer`].
    pub fn start_music(&mut self, now: Duration, lease: Lease, class: &str) -> Result<(), Refusal> {
        self.perform(now, lease, Some(Activity::Music(Arc::from(class))))
    }

    /// Ends the music; nothing happens without any.
    ///
    /// # Errors
    /// As for [`Self::answer`].
    pub fn stop_music(&mut self, now: Duration, lease: Lease) -> Result<(), Refusal> {
        let channel = self.driven(lease)?;
        if matches!(channel.activity, Some(Activity::Music(_))) {
            self.quiet(now, lease)?;
        }
        Ok(())
    }

    /// Changes how a playback goes; one that is over is passed over.
    pub fn control_playback(&mut self, _now: Duration, playback: PlaybackId, control: PlaybackControl) {
        self.actions
            .push_back(Action::ControlPlayback { playback, control });
    }

    /// Silences directions of a channel as its far end is concerned, or lets them be heard again.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`].
    pub fn mute(
        &mut self,
        _now: Duration,
        id: ChannelId,
        inbound: bool,
        outbound: bool,
    ) -> Result<(), Refusal> {
        let channel = self.channels.get_mut(&id).ok_or(Refusal::NoSuchChannel)?;
        channel.muted = Muted { inbound, outbound };
        self.tell_mute(id);
        Ok(())
    }

    /// Tells the driver which directions are silent, by request or by the bridge.
    pub(crate) fn tell_mute(&mut self, id: ChannelId) {
        let Some(channel) = self.channels.get(&id) else {
            return;
        };
        let Muted { inbound, outbound } = channel.muted;
        if channel.is_physical() {
            self.actions.push_back(Action::Mute {
                channel: id,
                inbound,
                outbound,
            });
        }
    }

    /// Tells the world that music began or ended on a channel.
    pub(crate) fn note_music(&mut self, now: Duration, id: ChannelId, class: Option<Arc<str>>) {
        if self.snap(id).is_none_or(|snapshot| snapshot.music == class) {
            return;
        }
        self.change(now, id, |snapshot| snapshot.music = class.clone());
        let Some(channel) = self.snap(id) else { return };
        let kind = match class {
            Some(class) => EventKind::MusicStarted { channel, class },
            None => EventKind::MusicStopped { channel },
        };
        self.emit(now, kind);
    }
}
