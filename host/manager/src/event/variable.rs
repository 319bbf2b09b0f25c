//! Variables of channels and of the whole host: VarSet.

use super::{Classes, Out, block};
use std::sync::Arc;
use ucx_call::ChannelSnapshot;

impl Out<'_> {
    pub(super) fn variable(&mut self, channel: Option<&Arc<ChannelSnapshot>>, name: &str, value: &str) {
        self.message("VarSet", Classes::DIALPLAN, |text, ctx| {
            match channel {
                Some(channel) => block::channel(text, "", channel, ctx),
                None => {
                    text.line("Channel", "none");
                    text.line("Uniqueid", "none");
                }
            }
            text.line("Variable", name);
            text.escaped("", "Value", value);
        });
    }
}
