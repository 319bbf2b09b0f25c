//! Calls that the host makes by itself.

use crate::Switch;
use crate::config::{DialTarget, OriginateRequest};
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{ChannelId, DialId, Refusal, Step};

impl Switch {
    /// Calls somebody on nobody's behalf. [`ucx_call::Notice::DialDone`] without an owner tells how it ended; a channel that
    /// answered waits for [`Self::start_dialplan`], [`Self::connect`] or [`Self::hangup`].
    ///
    /// # Errors
    /// [`Refusal::Full`], [`Refusal::Shutdown`]; [`Refusal::Invalid`] if the uniqueid is taken; [`Refusal::NoSuchChannel`] if
    /// the endpoint cannot be called now.
    pub fn originate(
        &mut self,
        now: Duration,
        request: OriginateRequest,
    ) -> Result<(DialId, ChannelId), Refusal> {
        if self.is_shutting_down {
            return Err(Refusal::Shutdown);
        }
        if !self.has_room(2) {
            return Err(Refusal::Full("channels"));
        }
        if let Some(wanted) = &request.uniqueid
            && self.channels().any(|channel| channel.uniqueid == *wanted)
        {
            return Err(Refusal::Invalid(format!("the uniqueid {wanted} is taken")));
        }
        if matches!(request.leg.to, DialTarget::Unavailable { .. }) {
            return Err(Refusal::NoSuchChannel);
        }
        let dial = self.open_originate(now, request.timeout, request.leg.clone());
        let made = self.make_channel(now, dial, None, &request.leg, request.uniqueid);
        let made = made.ok_or(Refusal::NoSuchChannel)?;
        let channel = made.channel;
        for id in std::iter::once(channel).chain(made.second) {
            for (name, value) in &request.variables {
                self.note_variable(now, id, name, value);
            }
        }
        let step = Step {
            application: Arc::from("AppDial2"),
            data: Arc::from("(Outgoing Line)"),
        };
        self.change(now, channel, |snapshot| {
            snapshot.step = Some(step);
            if let Some(account) = request.account {
                snapshot.account = account;
            }
        });
        if request.caller.number.is_some() || request.caller.name.is_some() {
            self.change(now, channel, |snapshot| {
                snapshot.caller = request.caller.clone();
                snapshot.connected = request.caller;
            });
        }
        if let Some(second) = made.second {
            self.mirror_parties(now, channel, second);
        }
        self.start_leg(now, dial, None, request.leg, made);
        self.settle_audio();
        Ok((dial, channel))
    }
}
