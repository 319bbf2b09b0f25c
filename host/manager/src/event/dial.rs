//! Legs that are tried: DialBegin, DialState, DialEnd.

use super::{Classes, Out, RenderContext, Text, block};
use std::sync::Arc;
use ucx_call::{ChannelSnapshot, EventKind};

impl Out<'_> {
    pub(super) fn dial(&mut self, kind: &EventKind) {
        if let EventKind::DialStarted {
            caller,
            peer,
            dial_string,
        } = kind
        {
            self.message("DialBegin", Classes::CALL, |text, ctx| {
                both(text, caller.as_ref(), peer, ctx);
                text.line("DialString", dial_string);
            });
        } else if let EventKind::DialProgressed { caller, peer, status } = kind {
            self.message("DialState", Classes::CALL, |text, ctx| {
                both(text, caller.as_ref(), peer, ctx);
                text.line("DialStatus", status);
            });
        } else if let EventKind::DialEnded {
            caller,
            peer,
            status,
            forward,
        } = kind
        {
            self.message("DialEnd", Classes::CALL, |text, ctx| {
                both(text, caller.as_ref(), peer, ctx);
                if let Some(forward) = forward {
                    text.line("Forward", forward);
                }
                text.line("DialStatus", status.as_str());
            });
        }
    }
}

/// The channel that dials, unless the host dials for itself, and the one that is dialled.
fn both(
    text: &mut Text,
    caller: Option<&Arc<ChannelSnapshot>>,
    peer: &ChannelSnapshot,
    ctx: &RenderContext<'_>,
) {
    if let Some(caller) = caller {
        block::channel(text, "", caller, ctx);
    }
    block::channel(text, "Dest", peer, ctx);
}
