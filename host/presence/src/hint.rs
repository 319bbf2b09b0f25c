//! Hints: whose states an extension shows, and how they combine.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use ucx_call::{DeviceState, EventKind, ExtensionState};

/// The hint of one extension, as the dialplan has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HintSpec {
    /// The context.
    pub context: Arc<str>,
    /// The extension.
    pub exten: Arc<str>,
    /// The hint as written: devices joined by `&`, then a comma and presence providers.
    pub text: Arc<str>,
    /// Its devices.
    pub devices: Vec<Arc<str>>,
}

/// A hint and how its devices are used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HintView {
    /// The context.
    pub context: Arc<str>,
    /// The extension.
    pub exten: Arc<str>,
    /// The hint as written.
    pub hint: Arc<str>,
    /// How its devices are used together.
    pub state: ExtensionState,
}

/// Context and extension.
type Key = (Arc<str>, Arc<str>);

#[derive(Default)]
pub(crate) struct Hints {
    hints: BTreeMap<Key, (HintSpec, ExtensionState)>,
    /// Which hints show a device.
    shown_by: BTreeMap<Arc<str>, BTreeSet<Key>>,
    /// Contexts in which each device that is told of gets a hint of its own.
    automatic: Vec<Arc<str>>,
    /// The hints made there.
    made: BTreeSet<Key>,
}

/// Hints that are made for devices; further devices get none.
const MADE_MAX: usize = 100_000;

impl Hints {
    /// Takes other hints, and says what changed for those who watch them. Those made before stay where some are made still.
    pub fn replace(
        &mut self,
        mut specs: Vec<HintSpec>,
        automatic: Vec<Arc<str>>,
        state: impl Fn(&str) -> DeviceState,
    ) -> Vec<EventKind> {
        let mut old = std::mem::take(&mut self.hints);
        self.shown_by.clear();
        let written: BTreeSet<Key> = specs
            .iter()
            .map(|spec| (spec.context.clone(), spec.exten.clone()))
            .collect();
        self.made
            .retain(|key| automatic.contains(&key.0) && !written.contains(key));
        let made = self.made.iter().filter_map(|key| old.get(key));
        specs.extend(made.map(|(spec, _)| spec.clone()));
        self.automatic = automatic;
        let mut events = Vec::new();
        for spec in specs {
            let key = (spec.context.clone(), spec.exten.clone());
            let now = extension_state(spec.devices.iter().map(|device| state(device)));
            for device in &spec.devices {
                self.shown_by
                    .entry(device.clone())
                    .or_default()
                    .insert(key.clone());
            }
            if let Some((_, before)) = old.remove(&key)
                && before != now
            {
                events.push(changed(&spec, now));
            }
            self.hints.insert(key, (spec, now));
        }
        events.extend(
            old.values()
                .map(|(spec, _)| changed(spec, ExtensionState::Removed)),
        );
        events
    }

    /// A device is used differently: says which hints are.
    pub fn renew(&mut self, device: &str, state: impl Fn(&str) -> DeviceState) -> Vec<EventKind> {
        let mut events = Vec::new();
        self.make(device);
        let Some(keys) = self.shown_by.get(device) else {
            return events;
        };
        for key in keys {
            let Some((spec, told)) = self.hints.get_mut(key) else {
                continue;
            };
            let now = extension_state(spec.devices.iter().map(|device| state(device)));
            if now != *told {
                *told = now;
                events.push(changed(spec, now));
            }
        }
        events
    }

    /// Makes the hints a device is to have by itself: `bob` for `PJSIP/bob`, `door` for `Custom:door`.
    fn make(&mut self, device: &str) {
        let Some((_, name)) = device.split_once(['/', ':']) else {
            return;
        };
        for context in &self.automatic {
            let key = (context.clone(), Arc::from(name));
            if name.is_empty() || self.made.len() >= MADE_MAX || self.hints.contains_key(&key) {
                continue;
            }
            let device: Arc<str> = Arc::from(device);
            let spec = HintSpec {
                context: key.0.clone(),
                exten: key.1.clone(),
                text: device.clone(),
                devices: vec![device.clone()],
            };
            self.shown_by.entry(device).or_default().insert(key.clone());
            self.made.insert(key.clone());
            // Whatever it is now will be news.
            self.hints.insert(key, (spec, ExtensionState::NotFound));
        }
    }

    pub fn views(&self) -> impl Iterator<Item = HintView> {
        self.hints.values().map(view)
    }

    pub fn view(&self, context: &str, exten: &str) -> Option<HintView> {
        self.hints.get(&(Arc::from(context), Arc::from(exten))).map(view)
    }
}

fn view((spec, state): &(HintSpec, ExtensionState)) -> HintView {
    HintView {
        context: spec.context.clone(),
        exten: spec.exten.clone(),
        hint: spec.text.clone(),
        state: *state,
    }
}

fn changed(spec: &HintSpec, state: ExtensionState) -> EventKind {
    EventKind::ExtensionStateChanged {
        context: spec.context.clone(),
        exten: spec.exten.clone(),
        hint: spec.text.clone(),
        state,
    }
}

/// How devices are used together, as one device (capture `blf/custom_states`): what rings comes first, then what is busy, in a
/// call, on hold, free; a device that cannot be reached only counts if none can,
/// and one that there is not if all others are no more than that.
pub fn combine(states: impl Iterator<Item = DeviceState>) -> DeviceState {
    let mut has = [false; DeviceState::ALL.len()];
    for state in states {
        has[state as usize] = true;
    }
    let any = |state: DeviceState| has[state as usize];
    let is_used = any(DeviceState::InUse) || any(DeviceState::Busy) || any(DeviceState::OnHold);
    if any(DeviceState::RingInUse) || any(DeviceState::Ringing) && is_used {
        return DeviceState::RingInUse;
    }
    let order = [
        DeviceState::Ringing,
        DeviceState::Busy,
        DeviceState::InUse,
        DeviceState::OnHold,
        DeviceState::NotInUse,
        DeviceState::Unavailable,
        DeviceState::Unknown,
        DeviceState::Invalid,
    ];
    order
        .into_iter()
        .find(|state| any(*state))
        .unwrap_or(DeviceState::Unknown)
}

pub(crate) fn extension_state(states: impl Iterator<Item = DeviceState>) -> ExtensionState {
    match combine(states) {
        DeviceState::Unknown | DeviceState::NotInUse => ExtensionState::Idle,
        DeviceState::InUse => ExtensionState::InUse,
        DeviceState::Busy => ExtensionState::Busy,
        DeviceState::Invalid | DeviceState::Unavailable => ExtensionState::Unavailable,
        DeviceState::Ringing => ExtensionState::Ringing,
        DeviceState::RingInUse => ExtensionState::InUseRinging,
        DeviceState::OnHold => ExtensionState::OnHold,
    }
}
