//! Steering a channel step by step, for a program that hears of everything at one place: dials, connections, facts.

use super::{DialGroup, Ending, Line};
use crate::inbox::{Inbox, LineEvent, LineNotice};
use ucx_call::{BridgeId, ChannelId, DialId, Party, Refusal};
use ucx_switch::{DialRequest, RingPolicy, Switch};

impl Line {
    /// The next thing of whatever kind about the channel; safe to be given up half-way.
    ///
    /// # Errors
    /// As for [`Self::answer`]; so for all that follow.
    pub async fn next_event(&mut self) -> Result<LineEvent, Ending> {
        let event = self.wait_for(None, Inbox::take_event).await?;
        Ok(event.expect("a wait without a deadline ends with what it waits for"))
    }

    /// A thing that is there already, whatever interrupts the channel meanwhile.
    pub fn try_event(&mut self) -> Option<LineEvent> {
        self.with_inbox(Inbox::take_event)
    }

    /// Hears the stream's events about the channel as well from now on, by [`Self::next_event`], or no more.
    pub fn want_events(&mut self, wants: bool) {
        self.with_inbox(|inbox| inbox.want_events(wants));
    }

    /// Begins to call a group; [`LineEvent::Dialled`] follows. Who answered is to be connected, taken over or hung up.
    ///
    /// # Errors
    /// As for [`Self::answer`]; [`Ending::Refused`] while another dial is under way, or who answered it was not taken.
    pub fn start_dial(&mut self, group: DialGroup, ringing: RingPolicy) -> Result<DialId, Ending> {
        let request = DialRequest {
            legs: group.legs,
            timeout: group.timeout,
            ringing,
        };
        self.control(|switch, now, lease| switch.dial(now, lease, request))
    }

    /// Calls a dial off; one that is decided is passed over. [`LineEvent::Dialled`] follows.
    pub fn cancel_dial(&mut self, dial: DialId) {
        self.pbx.mutate(|switch, now| switch.cancel_dial(now, dial));
    }

    /// Hangs up who answered a dial of the channel and was not taken; nothing happens without one.
    pub fn drop_claim(&mut self) {
        let lease = self.lease();
        // A channel that is over has none.
        let _ = self.pbx.mutate(|switch, now| switch.drop_claim(now, lease));
    }

    /// Begins to connect the caller with a channel that answered; [`crate::LineNotice::BridgeLeft`] tells when it is over.
    ///
    /// # Errors
    /// As for [`Self::answer`]; [`Ending::Refused`] if the other is not free to be connected.
    pub fn start_connect(&mut self, peer: ChannelId) -> Result<BridgeId, Ending> {
        self.answer()?;
        self.with_inbox(|inbox| inbox.forget(|notice| matches!(notice, LineNotice::BridgeLeft(_))));
        self.control(|switch, now, lease| switch.connect(now, lease, peer))
    }

    /// The channel leaves whatever bridge it is in; the other party of a two-party call is hung up. Nothing happens in none.
    pub fn leave_any_bridge(&mut self) {
        let channel = self.channel;
        let is_bridged = self
            .pbx
            .channel(channel)
            .is_some_and(|snapshot| snapshot.bridge.is_some());
        if is_bridged {
            // It may have left by itself, which is as well.
            let _ = self.pbx.mutate(|switch, now| switch.evict(now, channel));
        }
    }

    /// Gives the channel out of hand without ending it; whoever drives it has to return the error
    /// [`ucx_call::Interruption::TakenOver`] at once.
    ///
    /// # Errors
    /// As for [`Self::answer`]; [`Ending::Refused`] if it is not answered or in a bridge.
    pub fn surrender(&mut self) -> Result<(), Ending> {
        self.pop_layers();
        self.control(Switch::surrender)?;
        let channel = self.channel;
        self.pbx.with_state(|state| state.driven.remove(&channel));
        Ok(())
    }

    /// Changes who is at the channel.
    ///
    /// # Errors
    /// As for [`Self::answer`].
    pub fn set_caller(&mut self, caller: Party) -> Result<(), Ending> {
        let channel = self.channel;
        self.control(|switch, now, _| switch.set_caller(now, channel, caller))
    }

    /// Changes the language of sounds.
    ///
    /// # Errors
    /// As for [`Self::answer`].
    pub fn set_language(&mut self, language: &str) -> Result<(), Ending> {
        let channel = self.channel;
        self.control(|switch, now, _| switch.set_language(now, channel, language))
    }

    /// Looks whether an application would run under the rights it acts with now.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] if there is none of that name, [`Refusal::Denied`].
    pub fn may_execute(&self, name: &str) -> Result<(), Refusal> {
        let application = self
            .application(name)
            .ok_or_else(|| Refusal::Invalid(format!("there is no application {name}")))?;
        match application.needs() {
            Some(right) if !self.principal.rights.has(right) => Err(Refusal::Denied(right)),
            Some(_) | None => Ok(()),
        }
    }
}
