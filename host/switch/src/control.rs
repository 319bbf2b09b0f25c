//! What the holder of a channel's top lease can do with it.

use crate::{Fault, Switch};
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{Action, ChannelId, ChannelState, EventKind, Indication, Lease, Party, Place, Refusal, Step};

impl Switch {
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

    /// Passes a request on to the drivers that concerns no channel.
    pub fn request(&mut self, _now: Duration, action: Action) {
        self.actions.push_back(action);
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
