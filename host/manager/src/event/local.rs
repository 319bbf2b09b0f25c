//! Pairs of Local channels: LocalBridge, LocalOptimizationBegin, LocalOptimizationEnd.

use super::{Classes, Out, RenderContext, Text, block};
use ucx_call::{ChannelSnapshot, EventKind};

impl Out<'_> {
    pub(super) fn local(&mut self, kind: &EventKind) {
        if let EventKind::LocalBridged {
            one,
            two,
            context,
            exten,
            optimizable,
        } = kind
        {
            self.message("LocalBridge", Classes::CALL, |text, ctx| {
                halves(text, one, two, ctx);
                text.line("Context", context);
                text.line("Exten", exten);
                text.line("LocalOptimization", if *optimizable { "Yes" } else { "No" });
            });
        } else if let EventKind::LocalOptimizationBegan {
            id, one, two, source, ..
        } = kind
        {
            self.message("LocalOptimizationBegin", Classes::CALL, |text, ctx| {
                halves(text, one, two, ctx);
                block::channel(text, "Source", source, ctx);
                text.line("DestUniqueId", &two.uniqueid);
                text.number("", "Id", *id);
            });
        } else if let EventKind::LocalOptimizationEnded { id, one, two } = kind {
            self.message("LocalOptimizationEnd", Classes::CALL, |text, ctx| {
                halves(text, one, two, ctx);
                // Captures say `No` where the halves were taken out, which is the only end there is.
                text.line("Success", "No");
                text.number("", "Id", *id);
            });
        }
    }
}

fn halves(text: &mut Text, one: &ChannelSnapshot, two: &ChannelSnapshot, ctx: &RenderContext<'_>) {
    block::channel(text, "LocalOne", one, ctx);
    block::channel(text, "LocalTwo", two, ctx);
}
