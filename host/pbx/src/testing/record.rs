//! What happened in a world, in words a test can compare.

use std::sync::Arc;
use ucx_call::{Action, Cause, ChannelSnapshot, Event, EventKind};

/// Everything that happened so far.
#[derive(Default)]
pub struct Record {
    pub events: Vec<Arc<Event>>,
    pub actions: Vec<Action>,
}

impl Record {
    pub(super) fn add(&mut self, events: &[Arc<Event>]) {
        self.events.extend_from_slice(events);
    }

    /// The steps of channels whose name contains `channel`, each as `exten,priority Application(data)`.
    pub fn steps(&self, channel: &str) -> Vec<String> {
        let step = |old: &ChannelSnapshot, new: &ChannelSnapshot| {
            let step = new.step.as_ref()?;
            // A step is always written anew, even one that is equal to the last.
            let is_old = old
                .step
                .as_ref()
                .is_some_and(|old| Arc::ptr_eq(&old.data, &step.data));
            if is_old {
                return None;
            }
            let (place, application, data) = (&new.place, &step.application, &step.data);
            Some(format!(
                "{},{} {application}({data})",
                place.exten, place.priority
            ))
        };
        let steps = self.events.iter().filter_map(|event| match &event.kind {
            EventKind::ChannelChanged { old, new } if new.name.contains(channel) => step(old, new),
            _ => None,
        });
        steps.filter(|step| !step.contains("AppDial")).collect()
    }

    /// The values a variable was given, in order.
    pub fn values(&self, variable: &str) -> Vec<String> {
        let values = self.events.iter().filter_map(|event| match &event.kind {
            EventKind::VariableSet { name, value, .. } if &**name == variable => Some(value.to_string()),
            _ => None,
        });
        values.collect()
    }

    /// What was told of devices and hints, each as `device STATE` or `exten number`.
    pub fn states(&self) -> Vec<String> {
        let states = self.events.iter().filter_map(|event| match &event.kind {
            EventKind::DeviceStateChanged { device, state } => Some(format!("{device} {}", state.as_str())),
            EventKind::ExtensionStateChanged { exten, state, .. } => {
                Some(format!("{exten} {}", state.number()))
            }
            _ => None,
        });
        states.collect()
    }

    /// Why the channel whose name contains `channel` ended; none while it lives.
    pub fn cause(&self, channel: &str) -> Option<Cause> {
        self.ended(channel).map(|channel| channel.cause)
    }

    /// The channel whose name contains `channel` as it was at its end.
    pub fn ended(&self, channel: &str) -> Option<&Arc<ChannelSnapshot>> {
        self.events.iter().find_map(|event| match &event.kind {
            EventKind::ChannelEnded { channel: ended } if ended.name.contains(channel) => Some(ended),
            _ => None,
        })
    }

    /// How many events a test finds.
    pub fn count(&self, is_meant: impl Fn(&EventKind) -> bool) -> usize {
        self.events.iter().filter(|event| is_meant(&event.kind)).count()
    }
}
