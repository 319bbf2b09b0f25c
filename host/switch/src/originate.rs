//! Calls that the host makes by itself.

use crate::Switch;
use crate::channel::Custody;
use crate::config::OriginateRequest;
use crate::dialler::Made;
use crate::outgoing::Undialled;
use crate::timer::Timer;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{Cause, ChannelId, DialId, DialOutcome, DialStatus, Notice, Party, Refusal, Step};

impl Switch {
    /// Calls somebody on nobody's behalf. [`ucx_call::Notice::DialDone`] without an owner tells how it ended; a channel that
    /// answered waits for [`Self::start_dialplan`], [`Self::connect`] or [`Self::hangup`].
    ///
    /// # Errors
    /// [`Refusal::Full`], [`Refusal::Shutdown`]; [`Refusal::Conflict`] if the uniqueid is taken; [`Refusal::NoSuchChannel`] if
    /// the endpoint cannot be called now.
    pub fn originate(
        &mut self,
        now: Duration,
        request: OriginateRequest,
    ) -> Result<(DialId, ChannelId), Refusal> {
        let (dial, channel) = self.prepare_originate(now, request)?;
        self.call_prepared(now, dial, channel);
        Ok((dial, channel))
    }

    /// Makes the channel of a call for [`Self::originate`], which [`Self::call_prepared`] then makes.
    ///
    /// # Errors
    /// As for [`Self::originate`].
    pub fn prepare_originate(
        &mut self,
        now: Duration,
        request: OriginateRequest,
    ) -> Result<(DialId, ChannelId), Refusal> {
        self.check_originate(&request)?;
        let dial = self.open_originate(now, request.timeout, request.leg.clone());
        let (first, second) = (request.uniqueid.clone(), request.second_uniqueid.clone());
        let made = self.make_channel(now, dial, request.parent, &request.leg, first, second);
        let made = made.ok_or(Refusal::NoSuchChannel)?;
        let channel = made.channel;
        let step = Step {
            application: Arc::from("AppDial2"),
            data: Arc::from("(Outgoing Line)"),
        };
        self.change(now, channel, |snapshot| snapshot.step = Some(step));
        if let Some(entry) = self.channels.get_mut(&channel) {
            entry.undialled = Some(Undialled {
                leg: request.leg.clone(),
                second: made.second,
                leads_nowhere: request.leads_nowhere,
            });
        }
        if request.leads_nowhere {
            return Ok((dial, channel));
        }
        if request.is_caller_first {
            self.show_caller(now, channel, made.second, &request.caller);
        }
        for id in std::iter::once(channel).chain(made.second) {
            for (name, value) in &request.variables {
                self.note_variable(now, id, name, value);
            }
        }
        if let Some(account) = request.account {
            self.change(now, channel, |snapshot| snapshot.account = account);
        }
        if !request.is_caller_first {
            self.show_caller(now, channel, made.second, &request.caller);
        }
        Ok((dial, channel))
    }

    /// Shows the caller that was asked for, at both sides of the call; what was left open stays as it is.
    fn show_caller(&mut self, now: Duration, id: ChannelId, second: Option<ChannelId>, caller: &Party) {
        if caller.number.is_some() || caller.name.is_some() {
            self.change(now, id, |snapshot| {
                let number = caller.number.clone().or_else(|| snapshot.caller.number.clone());
                let name = caller.name.clone().or_else(|| snapshot.caller.name.clone());
                snapshot.caller = Party {
                    number,
                    name,
                    ..caller.clone()
                };
            });
            self.change(now, id, |snapshot| snapshot.connected = caller.clone());
        }
        if let Some(second) = second {
            self.mirror_parties(now, id, second);
        }
    }

    /// Makes the call whose channel is there.
    pub fn call_prepared(&mut self, now: Duration, dial: DialId, channel: ChannelId) {
        let undialled = self.channels.get_mut(&channel);
        let Some(Undialled {
            leg,
            second,
            leads_nowhere,
        }) = undialled.and_then(|channel| channel.undialled.take())
        else {
            return;
        };
        let made = Made { channel, second };
        if leads_nowhere {
            self.abandon(now, dial, made);
        } else {
            self.start_leg(now, dial, None, leg, made);
            self.settle_audio();
        }
    }

    /// Ends a pair of Local channels that leads to no extension: nobody was called, so nobody is told anything else.
    fn abandon(&mut self, now: Duration, dial: DialId, made: Made) {
        if let Some(at) = self.dials.remove(&dial).and_then(|dial| dial.deadline) {
            self.stop_timer(at, Timer::Dial(dial));
        }
        for id in made.second.into_iter().chain([made.channel]) {
            if let Some(channel) = self.channels.get_mut(&id) {
                channel.half = None;
                channel.is_far_gone = true;
                channel.custody = Custody::Answered(None);
            }
            self.end(now, id);
        }
        self.notices.push_back(Notice::DialDone {
            owner: None,
            dial,
            outcome: DialOutcome::Failed {
                status: DialStatus::NoAnswer,
                cause: Cause::NONE,
            },
        });
        self.settle_audio();
    }
}
