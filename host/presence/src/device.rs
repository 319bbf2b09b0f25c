//! How single devices are used, from the channels of their endpoints, or as somebody set it.

use crate::{Exists, SET_STATES_MAX};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use ucx_call::{BridgeId, ChannelId, ChannelSnapshot, ChannelState, DeviceState, Refusal, Technology};

/// An endpoint whose device has a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointSpec {
    /// Its name.
    pub name: Arc<str>,
    /// Calls at which it counts as busy; never if 0.
    pub busy_at: u32,
    /// Whether it can be reached, as far as is known at the start.
    pub is_reachable: bool,
}

#[derive(Clone, Debug)]
struct Endpoint {
    busy_at: u32,
    is_reachable: bool,
    /// As it was last told.
    told: Option<DeviceState>,
}

/// What matters of a channel.
#[derive(Clone, Debug)]
struct Member {
    device: Arc<str>,
    state: ChannelState,
    bridge: Option<BridgeId>,
    /// Its far end has put us on hold.
    holds: bool,
}

#[derive(Default)]
pub(crate) struct Devices {
    endpoints: BTreeMap<Arc<str>, Endpoint>,
    channels: BTreeMap<ChannelId, Member>,
    by_device: BTreeMap<Arc<str>, BTreeSet<ChannelId>>,
    by_bridge: BTreeMap<BridgeId, BTreeSet<ChannelId>>,
    /// States somebody set, and whether they were told.
    set: BTreeMap<Arc<str>, (DeviceState, bool)>,
}

/// Whether that device is one that others set.
pub(crate) fn can_be_set(name: &str) -> bool {
    ["Custom:", "Stasis:"]
        .iter()
        .any(|kind| name.len() > kind.len() && name.starts_with(kind))
}

impl Devices {
    /// Answers the devices that may be used differently.
    pub fn set_endpoints(&mut self, endpoints: Vec<EndpointSpec>) -> Vec<Arc<str>> {
        let mut old = std::mem::take(&mut self.endpoints);
        let mut touched = Vec::new();
        for spec in endpoints {
            let device: Arc<str> = Arc::from(format!("PJSIP/{}", spec.name));
            let told = old.remove(&device).and_then(|endpoint| endpoint.told);
            touched.push(device.clone());
            let endpoint = Endpoint {
                busy_at: spec.busy_at,
                is_reachable: spec.is_reachable,
                told,
            };
            self.endpoints.insert(device, endpoint);
        }
        touched
    }

    pub fn set_reachable(&mut self, endpoint: &str, is_reachable: bool) -> Option<Arc<str>> {
        let device = format!("PJSIP/{endpoint}");
        let (device, known) = (
            Arc::from(device.as_str()),
            self.endpoints.get_mut(device.as_str())?,
        );
        known.is_reachable = is_reachable;
        Some(device)
    }

    pub fn set(&mut self, device: &Arc<str>, state: DeviceState) -> Result<(), Refusal> {
        if self.set.len() >= SET_STATES_MAX && !self.set.contains_key(device) {
            return Err(Refusal::Full("device states that were set"));
        }
        let entry = self.set.entry(device.clone()).or_insert((state, false));
        if entry.0 != state {
            *entry = (state, false);
        }
        Ok(())
    }

    pub fn unset(&mut self, device: &str) -> bool {
        self.set.remove(device).is_some()
    }

    pub fn created(&mut self, channel: &ChannelSnapshot) {
        let device: Arc<str> = Arc::from(format!("{}/{}", channel.technology.as_str(), channel.endpoint));
        self.by_device
            .entry(device.clone())
            .or_default()
            .insert(channel.id);
        let member = Member {
            device,
            state: channel.state,
            bridge: None,
            holds: channel.is_held,
        };
        self.channels.insert(channel.id, member);
        self.move_to(channel.id, channel.bridge);
    }

    /// Answers the devices that may be used differently.
    pub fn changed(&mut self, old: &ChannelSnapshot, new: &ChannelSnapshot) -> Vec<Arc<str>> {
        let Some(member) = self.channels.get_mut(&new.id) else {
            return Vec::new();
        };
        let is_local = new.technology == Technology::Local;
        let device = member.device.clone();
        member.state = new.state;
        member.holds = new.is_held;
        let mut touched = Vec::new();
        if old.state != new.state {
            touched.push(device);
        }
        // Who is held depends on who is in the bridge and holds.
        let has_holder = old.is_held || new.is_held || self.is_on_hold(new.id);
        if old.bridge != new.bridge {
            touched.extend(self.partners(new.id));
            self.move_to(new.id, new.bridge);
        }
        if !is_local && (has_holder || old.is_held != new.is_held) {
            touched.extend(self.partners(new.id));
            touched.push(self.channels[&new.id].device.clone());
        }
        touched.dedup();
        touched
    }

    /// Answers the devices that may be used differently.
    pub fn ended(&mut self, id: ChannelId) -> Vec<Arc<str>> {
        self.move_to(id, None);
        let Some(member) = self.channels.remove(&id) else {
            return Vec::new();
        };
        if let Some(ids) = self.by_device.get_mut(&member.device) {
            ids.remove(&id);
            if ids.is_empty() {
                self.by_device.remove(&member.device);
            }
        }
        vec![member.device]
    }

    /// Answers the devices that may be used differently.
    pub fn indicated(&self, id: ChannelId) -> Vec<Arc<str>> {
        let device = self.channels.get(&id).map(|member| member.device.clone());
        device
            .filter(|device| device.starts_with("PJSIP/"))
            .into_iter()
            .collect()
    }

    /// The device's state, if it is another one than was last told; it counts as told then.
    pub fn renew(&mut self, device: &Arc<str>) -> Option<DeviceState> {
        let state = self.state(device);
        if let Some(endpoint) = self.endpoints.get_mut(device) {
            return (endpoint.told.replace(state) != Some(state)).then_some(state);
        }
        let (_, is_told) = self.set.get_mut(device)?;
        (!std::mem::replace(is_told, true)).then_some(state)
    }

    pub fn known(&self) -> impl Iterator<Item = (&Arc<str>, DeviceState)> {
        let set = self.set.iter().map(|(name, (state, _))| (name, *state));
        let endpoints = self.endpoints.keys().map(|name| (name, self.state(name)));
        set.chain(endpoints)
    }

    pub fn state(&self, name: &str) -> DeviceState {
        if can_be_set(name) {
            return self.set.get(name).map(|(state, _)| *state).unwrap_or_default();
        }
        let Some(endpoint) = self.endpoints.get(name) else {
            return DeviceState::Invalid;
        };
        self.used(name, endpoint.busy_at)
            .unwrap_or(if endpoint.is_reachable {
                DeviceState::NotInUse
            } else {
                DeviceState::Unavailable
            })
    }

    /// The state of `Local/exten@context`: in use while both halves of such a pair live.
    pub fn local_state(&self, place: &str, exists: Exists<'_>) -> DeviceState {
        let (exten, context) = place.split_once('@').unwrap_or((place, "default"));
        let device = format!("Local/{place}");
        let halves = self.by_device.get(device.as_str()).map_or(0, BTreeSet::len);
        if !exists(context, exten) {
            DeviceState::Invalid
        } else if halves > 1 {
            DeviceState::InUse
        } else {
            DeviceState::NotInUse
        }
    }

    /// How an endpoint is used by its channels, if they use it at all.
    fn used(&self, device: &str, busy_at: u32) -> Option<DeviceState> {
        let ids = self.by_device.get(device)?;
        let (mut calls, mut in_use, mut ringing, mut busy, mut held) = (0, 0, 0, 0, 0);
        for id in ids {
            let state = self.channels[id].state;
            calls += u32::from(!matches!(state, ChannelState::Down | ChannelState::Dialing));
            match state {
                _ if self.is_on_hold(*id) => held += 1,
                ChannelState::Up | ChannelState::Ring => in_use += 1,
                ChannelState::Ringing => ringing += 1,
                ChannelState::Busy => busy += 1,
                ChannelState::Down | ChannelState::Dialing => {}
            }
        }
        if busy_at > 0 && calls >= busy_at {
            return Some(DeviceState::Busy);
        }
        Some(match () {
            () if ringing > 0 && in_use + held > 0 => DeviceState::RingInUse,
            () if ringing > 0 => DeviceState::Ringing,
            () if in_use > 0 => DeviceState::InUse,
            () if held > 0 => DeviceState::OnHold,
            () if busy > 0 => DeviceState::Busy,
            () => return None,
        })
    }

    /// Whether the party it talks to in a bridge of two has put the call on hold.
    fn is_on_hold(&self, id: ChannelId) -> bool {
        let bridge = self.channels.get(&id).and_then(|member| member.bridge);
        let Some(ids) = bridge.and_then(|bridge| self.by_bridge.get(&bridge)) else {
            return false;
        };
        ids.len() == 2 && ids.iter().any(|other| *other != id && self.channels[other].holds)
    }

    /// The devices it shares a bridge with.
    fn partners(&self, id: ChannelId) -> Vec<Arc<str>> {
        let bridge = self.channels.get(&id).and_then(|member| member.bridge);
        let ids = bridge.and_then(|bridge| self.by_bridge.get(&bridge));
        let others = ids.into_iter().flatten().filter(|other| **other != id);
        others
            .map(|other| self.channels[other].device.clone())
            .filter(|device| device.starts_with("PJSIP/"))
            .collect()
    }

    /// Whether no channel is remembered.
    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        self.channels.is_empty() && self.by_device.is_empty() && self.by_bridge.is_empty()
    }

    fn move_to(&mut self, id: ChannelId, bridge: Option<BridgeId>) {
        let Some(member) = self.channels.get_mut(&id) else {
            return;
        };
        if let Some(left) = std::mem::replace(&mut member.bridge, bridge)
            && let Some(ids) = self.by_bridge.get_mut(&left)
        {
            ids.remove(&id);
            if ids.is_empty() {
                self.by_bridge.remove(&left);
            }
        }
        if let Some(bridge) = bridge {
            self.by_bridge.entry(bridge).or_default().insert(id);
        }
    }
}
