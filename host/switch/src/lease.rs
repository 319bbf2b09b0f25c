//! Who drives a channel? The stack of leases: pushed, released, given up, taken up again.

use crate::channel::{Channel, Custody};
use crate::{Fault, Switch};
use std::time::Duration;
use ucx_call::{Cause, ChannelId, ChannelState, Holder, Interruption, Lease, Notice, Place, Refusal};

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
}
