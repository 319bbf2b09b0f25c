//! Bridges and who is in them: BridgeCreate, BridgeEnter, BridgeLeave, BridgeDestroy, BridgeVideoSourceUpdate.

use super::{Classes, Out, block};
use ucx_call::{BridgeSnapshot, EventKind};

impl Out<'_> {
    pub(super) fn bridge(&mut self, kind: &EventKind) {
        if let EventKind::BridgeCreated { bridge } = kind {
            self.about_bridge("BridgeCreate", bridge);
        } else if let EventKind::BridgeDestroyed { bridge } = kind {
            self.about_bridge("BridgeDestroy", bridge);
        } else if let EventKind::BridgeEntered {
            bridge,
            channel,
            swapped,
        } = kind
        {
            self.message("BridgeEnter", Classes::CALL, |text, ctx| {
                block::bridge(text, "", bridge);
                block::channel(text, "", channel, ctx);
                if let Some(swapped) = swapped {
                    text.line("SwapUniqueid", swapped);
                }
            });
        } else if let EventKind::BridgeLeft { bridge, channel } = kind {
            self.message("BridgeLeave", Classes::CALL, |text, ctx| {
                block::bridge(text, "", bridge);
                block::channel(text, "", channel, ctx);
            });
        } else if let EventKind::VideoSourceChanged { bridge, previous } = kind {
            self.message("BridgeVideoSourceUpdate", Classes::CALL, |text, _| {
                block::bridge(text, "", bridge);
                text.line("BridgePreviousVideoSource", previous.as_deref().unwrap_or(""));
            });
        }
    }

    fn about_bridge(&mut self, name: &'static str, bridge: &BridgeSnapshot) {
        self.message(name, Classes::CALL, |text, _| block::bridge(text, "", bridge));
    }
}
