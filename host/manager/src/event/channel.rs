//! Channels that come, change and go: Newchannel, Newstate, Newexten, NewCallerid, NewConnectedLine, NewAccountCode,
//! Rename, HangupRequest, SoftHangupRequest, Hangup.

use super::{Classes, Out, Text, block};
use ucx_call::{Cause, ChannelSnapshot, EventKind, Party, Presentation, Step, Technology};

impl Out<'_> {
    pub(super) fn channel(&mut self, kind: &EventKind) {
        if let EventKind::ChannelCreated { channel } = kind {
            self.about("Newchannel", channel);
        } else if let EventKind::ChannelChanged { old, new } = kind {
            self.changed(old, new);
        } else if let EventKind::ChannelEnded { channel } = kind {
            self.message("Hangup", Classes::CALL, |text, ctx| {
                block::channel(text, "", channel, ctx);
                text.number("", "Cause", channel.cause.0);
                text.line("Cause-txt", channel.cause.text());
                protocol_cause(text, channel);
            });
        } else if let EventKind::HangupRequested { channel, cause, soft } = kind {
            self.hangup_requested(channel, *cause, *soft);
        }
    }

    /// A message of a channel's block alone.
    pub(super) fn about(&mut self, name: &'static str, channel: &ChannelSnapshot) {
        self.message(name, Classes::CALL, |text, ctx| {
            block::channel(text, "", channel, ctx)
        });
    }

    /// One message for each difference, in the order in which captures show those that come together.
    fn changed(&mut self, old: &ChannelSnapshot, new: &ChannelSnapshot) {
        if old.name != new.name {
            self.message("Rename", Classes::CALL, |text, _| {
                text.line("Channel", &old.name);
                text.line("Newname", &new.name);
                text.line("Uniqueid", &new.uniqueid);
            });
        }
        if old.state != new.state {
            self.about("Newstate", new);
        }
        if let Some(step) = new_step(old, new) {
            self.message("Newexten", Classes::DIALPLAN, |text, ctx| {
                block::channel(text, "", new, ctx);
                text.line("Extension", &new.place.exten);
                text.line("Application", &step.application);
                text.line("AppData", &step.data);
            });
        }
        if old.account != new.account {
            self.message("NewAccountCode", Classes::CALL, |text, ctx| {
                block::channel(text, "", new, ctx);
                text.line("OldAccountCode", &old.account);
            });
        }
        if is_other(&old.caller, &new.caller) {
            self.message("NewCallerid", Classes::CALL, |text, ctx| {
                block::channel(text, "", new, ctx);
                text.line("CID-CallingPres", presentation(new.caller.presentation));
            });
        }
        if is_other(&old.connected, &new.connected) {
            self.about("NewConnectedLine", new);
        }
    }

    fn hangup_requested(&mut self, channel: &ChannelSnapshot, cause: Cause, soft: bool) {
        let name = if soft {
            "SoftHangupRequest"
        } else {
            "HangupRequest"
        };
        self.message(name, Classes::CALL, |text, ctx| {
            block::channel(text, "", channel, ctx);
            // A far end that says no cause leaves the header away; halves of Local channels say 0.
            if cause != Cause::NONE || channel.technology == Technology::Local {
                text.number("", "Cause", cause.0);
            }
            protocol_cause(text, channel);
        });
    }
}

/// The status of the channel's protocol, if one goes with the cause.
fn protocol_cause(text: &mut Text, channel: &ChannelSnapshot) {
    if let Some(status) = channel.protocol_cause {
        text.number("", "TechCause", status);
    }
}

/// The step a channel has come to: it is at another place with one, or had none before. Another application at the same place
/// is not told.
fn new_step<'a>(old: &ChannelSnapshot, new: &'a ChannelSnapshot) -> Option<&'a Step> {
    let shown =
        |channel: &'a ChannelSnapshot| channel.step.as_ref().filter(|step| !step.application.is_empty());
    let had_one = old.step.as_ref().is_some_and(|step| !step.application.is_empty());
    shown(new).filter(|_| !had_one || old.place != new.place)
}

fn is_other(old: &Party, new: &Party) -> bool {
    old.number != new.number || old.name != new.name
}

/// Number and text of a presentation, as `CALLERPRES` has them.
fn presentation(presentation: Presentation) -> &'static str {
    match presentation {
        Presentation::Allowed => "0 (Presentation Allowed, Not Screened)",
        Presentation::Restricted => "32 (Presentation Prohibited, Not Screened)",
        Presentation::Unavailable => "67 (Number Unavailable)",
    }
}
