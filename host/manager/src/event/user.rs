//! What clients, the dialplan and plugins say of their own: UserEvent.

use super::{Classes, Out, block};
use std::sync::Arc;
use ucx_call::ChannelSnapshot;

impl Out<'_> {
    pub(super) fn user(
        &mut self,
        channel: Option<&Arc<ChannelSnapshot>>,
        name: &str,
        fields: &[(Arc<str>, Arc<str>)],
    ) {
        self.message("UserEvent", Classes::USER, |text, ctx| {
            if let Some(channel) = channel {
                block::channel(text, "", channel, ctx);
            }
            text.line("UserEvent", name);
            for (name, value) in fields {
                text.foreign(name, value);
            }
        });
    }
}
