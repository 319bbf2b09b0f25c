//! Looking at what is there, without changing it.

use crate::Switch;
use std::sync::Arc;
use ucx_call::{BridgeId, BridgeSnapshot, ChannelId, ChannelSnapshot, Holder, Interruption, Lease};

impl Switch {
    /// The sequence of the newest event; 0 before the first.
    pub fn sequence(&self) -> u64 {
        self.counters.event
    }

    /// A channel as it is now.
    pub fn channel(&self, id: ChannelId) -> Option<&Arc<ChannelSnapshot>> {
        self.channels.get(&id).map(|channel| &channel.snapshot)
    }

    /// All channels, oldest first.
    pub fn channels(&self) -> impl Iterator<Item = &Arc<ChannelSnapshot>> {
        self.channels.values().map(|channel| &channel.snapshot)
    }

    /// The channel of that name.
    pub fn channel_by_name(&self, name: &str) -> Option<ChannelId> {
        self.names.get(name).copied()
    }

    /// A bridge as it is now.
    pub fn bridge(&self, id: BridgeId) -> Option<&Arc<BridgeSnapshot>> {
        self.bridges.get(&id).map(|bridge| &bridge.snapshot)
    }

    /// All bridges, oldest first.
    pub fn bridges(&self) -> impl Iterator<Item = &Arc<BridgeSnapshot>> {
        self.bridges.values().map(|bridge| &bridge.snapshot)
    }

    /// The lease that drives a channel now.
    pub fn top_lease(&self, id: ChannelId) -> Option<Lease> {
        self.channels.get(&id)?.top()
    }

    /// Who holds the lease on top of a channel.
    pub fn top_holder(&self, id: ChannelId) -> Option<&Holder> {
        self.channels.get(&id)?.leases.last().map(|held| &held.holder)
    }

    /// Why the controllers of a channel have to let go, if they have to.
    pub fn interruption(&self, id: ChannelId) -> Option<Interruption> {
        self.channels.get(&id)?.interruption
    }

    /// Whether sound came from a channel's far end, through Local pairs if need be.
    pub fn is_heard(&self, id: ChannelId) -> bool {
        let mut id = id;
        for _ in 0..self.config.limits.leases {
            let Some(channel) = self.channels.get(&id) else {
                return false;
            };
            let Some(half) = &channel.half else {
                return channel.is_heard;
            };
            match self.linked_to(half.other) {
                Some(beyond) => id = beyond,
                None => return false,
            }
        }
        false
    }

    /// Nothing lives: no channel, bridge, dial or timer is left.
    pub fn is_empty(&self) -> bool {
        self.channels.is_empty() && self.bridges.is_empty() && self.dials.is_empty() && self.timers.is_empty()
    }
}
