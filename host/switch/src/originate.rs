//! Calls that the host makes by itself.

use crate::Switch;
use crate::config::OriginateRequest;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{ChannelId, DialId, Refusal, Step};

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
        self.check_originate(&request)?;
        let dial = self.open_originate(now, request.timeout, request.leg.clone());
        let (first, second) = (request.uniqueid, request.second_uniqueid);
        let made = self.make_channel(now, dial, None, &request.leg, first, second);
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
