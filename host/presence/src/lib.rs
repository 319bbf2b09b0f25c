//! How devices, extensions and people are: device states, hints and presence, as a pure fold of what is told.
//!
//! Contract: call one method that takes `&mut self`, then drain [`Presence::poll_event`] until it is empty.

#![deny(missing_docs)]

mod device;
mod hint;
mod person;
#[cfg(test)]
mod tests;

pub use device::EndpointSpec;
pub use hint::{HintSpec, HintView, combine};
pub use person::{PRESENCE_STATUSES, PersonView};

use device::Devices;
use hint::Hints;
use person::People;
use std::collections::VecDeque;
use std::sync::Arc;
use ucx_call::{ChannelId, DeviceState, EventKind, ExtensionState, Refusal};

/// States that were set by name and are remembered; further ones are refused.
pub const SET_STATES_MAX: usize = 100_000;

/// What a state is refused for that nobody may set.
const UNCONTROLLED: Refusal = Refusal::Conflict("only Custom: and Stasis: devices can be set");

/// Whether an extension exists in a context, for the devices of Local channels.
pub type Exists<'a> = &'a dyn Fn(&str, &str) -> bool;

/// Everything that is known of devices, extensions and people.
#[derive(Default)]
pub struct Presence {
    devices: Devices,
    hints: Hints,
    people: People,
    events: VecDeque<EventKind>,
}

impl Presence {
    /// The next thing the world is to be told.
    pub fn poll_event(&mut self) -> Option<EventKind> {
        self.events.pop_front()
    }

    /// These are the endpoints from now on; those that were there before keep what is known of them.
    pub fn set_endpoints(&mut self, endpoints: Vec<EndpointSpec>) {
        for device in self.devices.set_endpoints(endpoints) {
            self.settle(&device);
        }
    }

    /// An endpoint can be reached, or not any more.
    pub fn set_reachable(&mut self, endpoint: &str, is_reachable: bool) {
        if let Some(device) = self.devices.set_reachable(endpoint, is_reachable) {
            self.settle(&device);
        }
    }

    /// These are the hints from now on; those that are gone are told as removed. In the contexts named beside, each device
    /// that is told of gets a hint.
    pub fn set_hints(&mut self, hints: Vec<HintSpec>, automatic: Vec<Arc<str>>) {
        let devices = &self.devices;
        let changes = self
            .hints
            .replace(hints, automatic, |device| devices.state(device));
        self.events.extend(changes);
    }

    /// Learns from an event of the stream.
    pub fn note(&mut self, event: &EventKind, exists: Exists<'_>) {
        if let EventKind::ChannelChanged { old, new } = event {
            // By far the most changes are steps of the dialplan, which no device cares about.
            if old.state == new.state && old.bridge == new.bridge && old.is_held == new.is_held {
                return;
            }
            let touched = self.devices.changed(old, new);
            self.touch(touched, exists);
        } else if let EventKind::ChannelCreated { channel } = event {
            self.devices.created(channel);
        } else if let EventKind::ChannelEnded { channel } = event {
            let touched = self.devices.ended(channel.id);
            self.touch(touched, exists);
        }
    }

    /// A caller that waits was told that it rings, or hears sound: from now on its device is in use.
    pub fn indicated(&mut self, channel: ChannelId, exists: Exists<'_>) {
        let touched = self.devices.indicated(channel);
        self.touch(touched, exists);
    }

    /// Sets a `Custom:` or `Stasis:` device.
    ///
    /// # Errors
    /// [`Refusal::Conflict`] for any other device; [`Refusal::Invalid`] for the state `UNKNOWN`; [`Refusal::Full`].
    pub fn set_device(&mut self, name: &str, state: DeviceState) -> Result<(), Refusal> {
        if !device::can_be_set(name) {
            return Err(UNCONTROLLED);
        }
        if state == DeviceState::Unknown {
            return Err(Refusal::Invalid("a device cannot be set to UNKNOWN".into()));
        }
        let device: Arc<str> = Arc::from(name);
        self.devices.set(&device, state)?;
        self.settle(&device);
        Ok(())
    }

    /// Forgets the state of a `Custom:` or `Stasis:` device; whether it had one. The device itself is not spoken of.
    ///
    /// # Errors
    /// [`Refusal::Conflict`] for any other device.
    pub fn delete_device(&mut self, name: &str) -> Result<bool, Refusal> {
        if !device::can_be_set(name) {
            return Err(UNCONTROLLED);
        }
        let was_set = self.devices.unset(name);
        self.tell_hints(name);
        Ok(was_set)
    }

    /// How a device is used: `PJSIP/bob`, `Local/1002@office`, `Custom:door`.
    pub fn device(&self, name: &str, exists: Exists<'_>) -> DeviceState {
        match name.strip_prefix("Local/") {
            Some(place) => self.devices.local_state(place, exists),
            None => self.devices.state(name),
        }
    }

    /// All devices with a state of their own, by name.
    pub fn devices(&self) -> impl Iterator<Item = (&Arc<str>, DeviceState)> {
        self.devices.known()
    }

    /// All hints, by context and extension.
    pub fn hints(&self) -> impl Iterator<Item = HintView> {
        self.hints.views()
    }

    /// The hint of an extension that is no pattern.
    pub fn hint(&self, context: &str, exten: &str) -> Option<HintView> {
        self.hints.view(context, exten)
    }

    /// How the devices of a hint are used together.
    pub fn combined<'a>(&self, devices: impl Iterator<Item = &'a str>, exists: Exists<'_>) -> ExtensionState {
        hint::extension_state(devices.map(|device| self.device(device, exists)))
    }

    /// Sets what somebody says of their presence: a status of [`PRESENCE_STATUSES`], a subtype and a message.
    ///
    /// # Errors
    /// [`Refusal::Conflict`] for a name that is not `CustomPresence:…`; [`Refusal::Invalid`] for a status that is none;
    /// [`Refusal::Full`].
    pub fn set_person(
        &mut self,
        name: &str,
        status: &str,
        subtype: &str,
        message: &str,
    ) -> Result<(), Refusal> {
        let view = self.people.set(name, status, subtype, message)?;
        self.events.push_back(EventKind::PresenceChanged {
            presentity: view.presentity,
            status: view.status,
            subtype: view.subtype,
            message: view.message,
        });
        Ok(())
    }

    /// What somebody says of their presence; none if no such provider is known.
    pub fn person(&self, name: &str) -> Option<PersonView> {
        self.people.view(name)
    }

    /// What everybody said who said something, by name.
    pub fn people(&self) -> impl Iterator<Item = &PersonView> {
        self.people.views()
    }

    fn touch(&mut self, touched: Vec<Arc<str>>, exists: Exists<'_>) {
        for device in touched {
            match device.strip_prefix("Local/") {
                // What a Local device does is told each time, for nobody remembers how it was.
                Some(place) => {
                    let state = self.devices.local_state(place, exists);
                    self.events
                        .push_back(EventKind::DeviceStateChanged { device, state });
                }
                None => self.settle(&device),
            }
        }
    }

    /// Tells how a device is used now, if it is used differently.
    fn settle(&mut self, device: &Arc<str>) {
        let Some(state) = self.devices.renew(device) else {
            return;
        };
        self.events.push_back(EventKind::DeviceStateChanged {
            device: device.clone(),
            state,
        });
        self.tell_hints(device);
    }

    fn tell_hints(&mut self, device: &str) {
        let devices = &self.devices;
        let changes = self.hints.renew(device, |device| devices.state(device));
        self.events.extend(changes);
    }
}
