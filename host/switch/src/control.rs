//! What the holder of a channel's top lease can do with it.

use crate::channel::{Activity, Channel, Custody, Muted};
use crate::{Fault, Switch, next};
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{
    Action, Cause, ChannelId, ChannelState, DigitSide, EventKind, Holder, Indication, Interruption, Lease,
    Notice, Party, Place, PlaybackControl, PlaybackId, Refusal, Step, Tone,
};

/// Longest text of digits that one request may send.
const DIGITS_MAX: usize = 256;

impl Switch {
    /// The channel, if the lease drives it: it is on top and nobody was told to let go.
    pub(crate) fn driven(&mut self, lease: Lease) -> Result<&mut Channel, Refusal> {
        let channel = self.ending(lease)?;
        match channel.interruption {
            Some(by) => Err(Refusal::Interrupted(by)),
            None => Ok(channel),
        }
    }

    /// The channel, if the lease is on top, even while its controllers are ending.
    pub(crate) fn ending(&mut self, lease: Lease) -> Result<&mut Channel, Refusal> {
        let lax = self.has_fault(Fault::StaleLeaseDrives);
        let channel = self
            .channels
            .get_mut(&lease.channel)
            .ok_or(Refusal::NoSuchChannel)?;
        if channel.top() == Some(lease) || lax {
            Ok(channel)
        } else {
            Err(Refusal::NotInControl)
        }
    }

    /// Answers the channel; nothing happens if it is answered.
    ///
    /// # Errors
    /// [`Refusal::NotInControl`], [`Refusal::Interrupted`], [`Refusal::NoSuchChannel`], as for all that follow.
    pub fn answer(&mut self, now: Duration, lease: Lease) -> Result<(), Refusal> {
        let id = self.driven(lease)?.id();
        self.bring_up(now, id);
        self.settle_audio();
        Ok(())
    }

    /// Answers a channel, whoever controls it; nothing happens if it is answered.
    pub(crate) fn bring_up(&mut self, now: Duration, id: ChannelId) {
        let Some(channel) = self.channels.get(&id) else {
            return;
        };
        // Only its far end can answer whom we call.
        if channel.snapshot.state == ChannelState::Up || channel.is_early {
            return;
        }
        let other = channel.half.as_ref().map(|half| half.other);
        if other.is_none() && !self.has_fault(Fault::SilentAnswer) {
            self.actions.push_back(Action::Answer { channel: id });
        }
        self.change(now, id, |snapshot| {
            snapshot.state = ChannelState::Up;
            snapshot.answered_at = Some(now);
        });
        if let Some(other) = other {
            self.leg_answered(now, other);
        }
    }

    /// Tells the caller how far the call is; nothing happens if it is answered.
    ///
    /// # Errors
    /// As for [`Self::answer`].
    pub fn indicate(&mut self, now: Duration, lease: Lease, indication: Indication) -> Result<(), Refusal> {
        self.driven(lease)?;
        self.tell(now, lease.channel, indication);
        self.settle_audio();
        Ok(())
    }

    /// Tells whoever waits on the channel, through a Local pair if need be.
    pub(crate) fn tell(&mut self, now: Duration, id: ChannelId, indication: Indication) {
        let Some(channel) = self.channels.get_mut(&id) else {
            return;
        };
        if channel.snapshot.state == ChannelState::Up {
            return;
        }
        let Some(half) = &channel.half else {
            self.actions.push_back(Action::Indicate {
                channel: id,
                indication,
            });
            return;
        };
        let other = half.other;
        match indication {
            Indication::Proceeding => self.leg_proceeding(now, other),
            Indication::Ringing => self.leg_ringing(now, other),
            Indication::Progress => self.leg_progress(now, other),
        }
    }

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

    /// Passes a request on to the drivers that concerns no channel.
    pub fn request(&mut self, _now: Duration, action: Action) {
        self.actions.push_back(action);
    }

    /// Sends digits to the far end. [`Notice::DigitsSent`] follows.
    ///
    /// # Errors
    /// As for [`Self::answer`]; [`Refusal::Invalid`] for characters that are no digits, or too many.
    pub fn send_digits(
        &mut self,
        now: Duration,
        lease: Lease,
        digits: &str,
        length: Duration,
        gap: Duration,
    ) -> Result<(), Refusal> {
        let is_digit = |c: char| matches!(c, '0'..='9' | '*' | '#' | 'A'..='D' | 'a'..='d' | 'w' | 'W');
        if digits.is_empty() || digits.len() > DIGITS_MAX || !digits.chars().all(is_digit) {
            return Err(Refusal::Invalid(format!(
                "`{digits}` is not a text of 1 to {DIGITS_MAX} digits"
            )));
        }
        let channel = self.driven(lease)?;
        let id = channel.id();
        let Some(half) = &channel.half else {
            let digits = Arc::from(digits.to_ascii_uppercase().replace('W', "w"));
            self.actions.push_back(Action::SendDigits {
                channel: id,
                digits,
                length,
                gap,
            });
            return Ok(());
        };
        let other = half.other;
        for digit in digits.chars().filter(|c| !c.eq_ignore_ascii_case(&'w')) {
            self.digit_ended(now, other, digit.to_ascii_uppercase(), length);
        }
        self.notices.push_back(Notice::DigitsSent { channel: id });
        Ok(())
    }

    /// Says which step of the dialplan the channel is at. Works while its controllers are ending.
    ///
    /// # Errors
    /// [`Refusal::NotInControl`], [`Refusal::NoSuchChannel`].
    pub fn step(
        &mut self,
        now: Duration,
        lease: Lease,
        place: Place,
        application: &str,
        data: &str,
    ) -> Result<(), Refusal> {
        self.ending(lease)?;
        let step = Step {
            application: Arc::from(application),
            data: Arc::from(data),
        };
        self.change(now, lease.channel, |snapshot| {
            snapshot.place = place;
            snapshot.step = Some(step);
        });
        Ok(())
    }

    /// Says which application the channel runs beside the dialplan, and answers what it ran before. That is news only
    /// if it ran nothing.
    ///
    /// # Errors
    /// As for [`Self::step`].
    pub fn note_step(
        &mut self,
        now: Duration,
        lease: Lease,
        step: Option<Step>,
    ) -> Result<Option<Step>, Refusal> {
        let before = self.ending(lease)?.snapshot.step.clone();
        if before.is_none() {
            self.change(now, lease.channel, |snapshot| snapshot.step = step);
        } else {
            self.amend(lease.channel, |snapshot| snapshot.step.clone_from(&step));
        }
        Ok(before)
    }

    /// Moves the channel to a place of the dialplan without a step, which is no news by itself. Works while its controllers are ending.
    ///
    /// # Errors
    /// As for [`Self::step`].
    pub fn set_place(&mut self, _now: Duration, lease: Lease, place: Place) -> Result<(), Refusal> {
        self.ending(lease)?;
        self.note(lease.channel, |snapshot| snapshot.place = place);
        self.rest(lease.channel);
        Ok(())
    }

    /// Changes who is at the channel.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`], as for the next three.
    pub fn set_caller(&mut self, now: Duration, id: ChannelId, caller: Party) -> Result<(), Refusal> {
        self.edit(now, id, |snapshot| snapshot.caller = caller)
    }

    /// Changes who the channel is told it is connected with.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`].
    pub fn set_connected(&mut self, now: Duration, id: ChannelId, party: Party) -> Result<(), Refusal> {
        self.edit(now, id, |snapshot| snapshot.connected = party)
    }

    /// Changes the language of sounds.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`].
    pub fn set_language(&mut self, now: Duration, id: ChannelId, language: &str) -> Result<(), Refusal> {
        self.edit(now, id, |snapshot| snapshot.language = Arc::from(language))
    }

    /// Changes the account code.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`].
    pub fn set_account(&mut self, now: Duration, id: ChannelId, account: &str) -> Result<(), Refusal> {
        self.edit(now, id, |snapshot| snapshot.account = Arc::from(account))
    }

    fn edit(
        &mut self,
        now: Duration,
        id: ChannelId,
        edit: impl FnOnce(&mut ucx_call::ChannelSnapshot),
    ) -> Result<(), Refusal> {
        if !self.channels.contains_key(&id) {
            return Err(Refusal::NoSuchChannel);
        }
        self.change(now, id, edit);
        Ok(())
    }

    /// Publishes something of the asker's own, about a channel or about nothing in particular.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`].
    pub fn user_event(
        &mut self,
        now: Duration,
        id: Option<ChannelId>,
        name: &str,
        fields: Arc<[(Arc<str>, Arc<str>)]>,
    ) -> Result<(), Refusal> {
        let channel = match id {
            Some(id) => Some(self.snap(id).ok_or(Refusal::NoSuchChannel)?),
            None => None,
        };
        self.emit(
            now,
            EventKind::User {
                channel,
                name: Arc::from(name),
                fields,
            },
        );
        Ok(())
    }

    /// Puts a layer of control above the one that asks; that one waits until the new lease is released.
    ///
    /// # Errors
    /// As for [`Self::answer`]; [`Refusal::Full`] past the limit of layers.
    pub fn push_lease(&mut self, _now: Duration, lease: Lease, holder: Holder) -> Result<Lease, Refusal> {
        let most = self.config.limits.leases;
        let channel = self.driven(lease)?;
        if channel.leases.len() >= most {
            return Err(Refusal::Full("layers of control on the channel"));
        }
        Ok(channel.push_lease(holder))
    }

    /// Gives a lease back. If the channel's controllers were told to let go, the layer below is told next. Giving back the
    /// last one hangs the channel up.
    pub fn release(&mut self, now: Duration, lease: Lease) {
        let quiet_fault = self.has_fault(Fault::InterruptStopsAtTop);
        let Ok(channel) = self.ending(lease) else { return };
        if channel.leases.len() <= 1 {
            if self.hand_over(now, lease.channel) {
                self.settle_audio();
            } else {
                self.finish(now, lease, Cause::NORMAL_CLEARING);
            }
            return;
        }
        channel.leases.pop();
        let below = channel.top().zip(channel.interruption);
        self.set_activity(now, lease.channel, None);
        self.drop_dial(now, lease.channel);
        if let Some((lease, by)) = below
            && !quiet_fault
        {
            self.notices.push_back(Notice::Interrupted { lease, by });
        }
        self.settle_audio();
    }

    /// Gives a channel out of hand without ending it: it waits to be taken, as one that answered an originate does.
    ///
    /// # Errors
    /// As for [`Self::answer`]; [`Refusal::Conflict`] if other layers are below the one that asks, or it is not answered, or in a
    /// bridge.
    pub fn surrender(&mut self, now: Duration, lease: Lease) -> Result<(), Refusal> {
        let channel = self.driven(lease)?;
        let is_free = channel.leases.len() == 1
            && channel.snapshot.state == ChannelState::Up
            && channel.snapshot.bridge.is_none();
        if !is_free {
            return Err(Refusal::Conflict("the channel cannot be given out of hand now"));
        }
        channel.leases.clear();
        self.set_custody(lease.channel, Custody::Answered(None));
        self.set_activity(now, lease.channel, None);
        self.drop_dial(now, lease.channel);
        self.settle_audio();
        Ok(())
    }

    /// Ends the channel that answered a dial of this one and was not taken; nothing happens without one.
    ///
    /// # Errors
    /// As for [`Self::answer`].
    pub fn drop_claim(&mut self, now: Duration, lease: Lease) -> Result<(), Refusal> {
        let owner = self.ending(lease)?.id();
        self.drop_claims(now, owner);
        self.settle_audio();
        Ok(())
    }

    /// Takes the redirect that interrupted the channel: it is live again, at that place. Only the last layer may ask.
    pub fn redirected_to(&mut self, _now: Duration, lease: Lease) -> Option<Place> {
        let channel = self.ending(lease).ok()?;
        if channel.leases.len() != 1 || channel.interruption != Some(Interruption::Redirected) {
            return None;
        }
        channel.interruption = None;
        channel.redirect.take()
    }

    /// Goes on after the channel's time limit passed (the dialplan's `T` extension). Only the last layer may ask.
    pub fn resume(&mut self, _now: Duration, lease: Lease) -> bool {
        let Ok(channel) = self.ending(lease) else {
            return false;
        };
        if channel.leases.len() != 1 || channel.interruption != Some(Interruption::TimedOut) {
            return false;
        }
        channel.interruption = None;
        true
    }

    /// Gives an answered channel that nobody controls to the dialplan.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`]; [`Refusal::Conflict`] if it is controlled.
    pub fn start_dialplan(&mut self, _now: Duration, id: ChannelId, place: Place) -> Result<(), Refusal> {
        let channel = self.channels.get_mut(&id).ok_or(Refusal::NoSuchChannel)?;
        match channel.custody {
            Custody::Answered(_) => {}
            Custody::Leases | Custody::Leg(_) | Custody::Bridge => {
                return Err(Refusal::Conflict("the channel is controlled already"));
            }
        }
        self.begin_dialplan(id, place);
        Ok(())
    }

    pub(crate) fn begin_dialplan(&mut self, id: ChannelId, place: Place) {
        // Its first step tells.
        self.note(id, |snapshot| snapshot.place = place.clone());
        let Some(channel) = self.channels.get_mut(&id) else {
            return;
        };
        channel.idle_step.clone_from(&channel.snapshot.step);
        let lease = channel.push_lease(Holder::Dialplan);
        self.notices.push_back(Notice::RunDialplan { lease, place });
    }

    /// A digit from a channel's far end: to its controller, or on through the bridge it is in.
    pub(crate) fn digit_began(&mut self, now: Duration, id: ChannelId, digit: char) {
        let Some(channel) = self.snap(id) else { return };
        self.emit(
            now,
            EventKind::DigitBegan {
                channel,
                digit,
                side: DigitSide::Received,
            },
        );
        let Some(peer) = self.passes_digits_to(id) else {
            return;
        };
        if let Some(channel) = self.snap(peer) {
            self.emit(
                now,
                EventKind::DigitBegan {
                    channel,
                    digit,
                    side: DigitSide::Sent,
                },
            );
        }
    }

    pub(crate) fn digit_ended(&mut self, now: Duration, id: ChannelId, digit: char, length: Duration) {
        let Some(channel) = self.snap(id) else { return };
        self.emit(
            now,
            EventKind::DigitEnded {
                channel,
                digit,
                side: DigitSide::Received,
                length,
            },
        );
        let Some(peer) = self.passes_digits_to(id) else {
            self.notices.push_back(Notice::Digit {
                channel: id,
                digit,
                length,
            });
            return;
        };
        let Some(snapshot) = self.snap(peer) else { return };
        self.emit(
            now,
            EventKind::DigitEnded {
                channel: snapshot,
                digit,
                side: DigitSide::Sent,
                length,
            },
        );
        let beyond = self
            .channels
            .get(&peer)
            .and_then(|channel| channel.half.as_ref())
            .map(|half| half.other);
        if let Some(beyond) = beyond {
            // One level for each Local pair in the path, and each pair is two channels of a bounded table.
            self.digit_ended(now, beyond, digit, length);
        }
    }

    /// Takes a digit as if the channel's far end had pressed it.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`]; [`Refusal::Invalid`] if it is none.
    pub fn receive_digit(
        &mut self,
        now: Duration,
        id: ChannelId,
        digit: char,
        length: Duration,
    ) -> Result<(), Refusal> {
        if !matches!(digit, '0'..='9' | '*' | '#' | 'A'..='D') {
            return Err(Refusal::Invalid(format!("`{digit}` is no digit")));
        }
        if !self.channels.contains_key(&id) {
            return Err(Refusal::NoSuchChannel);
        }
        // Of one that took no time the field tells the end only (capture `dtmf/rfc4733`).
        if !length.is_zero() {
            self.digit_began(now, id, digit);
        }
        self.digit_ended(now, id, digit, length);
        self.settle_audio();
        Ok(())
    }

    /// Limits how long the channel may live from now; none takes the limit away.
    pub fn set_absolute_timeout(&mut self, now: Duration, id: ChannelId, after: Option<Duration>) {
        use crate::timer::Timer;
        let Some(channel) = self.channels.get_mut(&id) else {
            return;
        };
        let at = after.map(|after| now + after);
        let old = std::mem::replace(&mut channel.absolute_at, at);
        if let Some(old) = old {
            self.stop_timer(old, Timer::Absolute(id));
        }
        if let Some(at) = at {
            self.start_timer(at, Timer::Absolute(id));
        }
    }
}
