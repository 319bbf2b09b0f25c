//! Which way did a call take through the dialplan? Its steps, beside what components decided about it.
#![allow(clippy::wildcard_enum_match_arm)] // only what has to do with steps is looked at

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use ucx_call::{ChannelSnapshot, DigitSide, EventKind};
use ucx_pbx::Delivery;

use crate::tape::{Mask, StepsRecord, TakenStep};

/// Legs followed at once; past it the one that began to be followed first is forgotten.
const LEGS_MAX: usize = 20_000;
/// Steps kept of a leg; later ones are counted.
const STEPS_MAX: usize = 256;
/// The longest arguments that are kept, in characters.
const DATA_MAX: usize = 512;
/// Calls known to have been put before a component.
const ASKED_MAX: usize = 20_000;

/// What a leg runs that was dialled, which is no step of a dialplan.
const DIALLED: &str = "AppDial";

/// Whether a step was begun. It is always written anew, even one that is equal to the last.
fn is_new(old: &ChannelSnapshot, new: &ChannelSnapshot) -> bool {
    let Some(step) = &new.step else { return false };
    let is_last = |last: &ucx_call::Step| Arc::ptr_eq(&last.data, &step.data);
    &*step.application != DIALLED && !old.step.as_ref().is_some_and(is_last)
}

/// Whether an event has to do with the steps of calls; the others need not be told to who follows them.
pub fn is_of_steps(kind: &EventKind) -> bool {
    match kind {
        EventKind::ChannelChanged { old, new } => old.linkedid != new.linkedid || is_new(old, new),
        EventKind::DigitEnded { side, .. } => *side == DigitSide::Received,
        EventKind::PluginDecided { .. } | EventKind::ChannelEnded { .. } => true,
        EventKind::PluginFailed { channel, .. } => channel.is_some(),
        _ => false,
    }
}

/// A leg on its way.
struct Way {
    /// Counts the legs that were followed before it.
    number: u64,
    record: StepsRecord,
    mask: Mask,
}

/// The ways of all legs, by uniqueid. Only those of calls that a component was asked about are kept in the end.
#[derive(Default)]
pub(crate) struct Steps {
    ways: BTreeMap<Arc<str>, Way>,
    order: BTreeMap<u64, Arc<str>>,
    followed: u64,
    asked: BTreeSet<Arc<str>>,
}

impl Steps {
    /// Hears of an event; what is to be written down of a leg that is over.
    pub(crate) fn hear(&mut self, delivery: &Delivery, epoch_s: u64) -> Option<StepsRecord> {
        let event = match delivery {
            Delivery::Event(event) => event,
            Delivery::Gap { .. } => {
                // Half a way is told as none.
                *self = Self::default();
                return None;
            }
        };
        match &event.kind {
            EventKind::ChannelChanged { old, new } => {
                if old.linkedid != new.linkedid && self.asked.contains(&old.linkedid) {
                    self.is_asked(&new.linkedid);
                }
                if is_new(old, new) {
                    self.step(new, Duration::from_secs(epoch_s) + event.at);
                }
                None
            }
            EventKind::DigitEnded {
                channel,
                digit,
                side: DigitSide::Received,
                ..
            } => {
                if let Some(way) = self.ways.get_mut(&channel.uniqueid) {
                    way.mask.pressed(*digit);
                }
                None
            }
            EventKind::PluginDecided { channel, .. }
            | EventKind::PluginFailed {
                channel: Some(channel),
                ..
            } => {
                self.is_asked(&channel.linkedid);
                None
            }
            EventKind::ChannelEnded { channel } => self.ended(channel),
            _ => None,
        }
    }

    fn is_asked(&mut self, call: &Arc<str>) {
        if self.asked.len() < ASKED_MAX {
            self.asked.insert(call.clone());
        }
    }

    fn step(&mut self, channel: &ChannelSnapshot, at: Duration) {
        let Some(step) = &channel.step else { return };
        if step.application.eq_ignore_ascii_case("Wasm") {
            self.is_asked(&channel.linkedid);
        }
        if !self.ways.contains_key(&channel.uniqueid) {
            self.follow(channel);
        }
        let Some(way) = self.ways.get_mut(&channel.uniqueid) else {
            return;
        };
        if way.record.steps.len() >= STEPS_MAX {
            way.record.further += 1;
            return;
        }
        let mut data: String = step.data.chars().take(DATA_MAX).collect();
        way.mask.text(&mut data);
        way.record.steps.push(TakenStep {
            at,
            context: channel.place.context.to_string(),
            exten: channel.place.exten.to_string(),
            priority: channel.place.priority,
            application: step.application.to_string(),
            data,
        });
    }

    fn follow(&mut self, channel: &ChannelSnapshot) {
        if self.ways.len() >= LEGS_MAX
            && let Some((_, oldest)) = self.order.pop_first()
        {
            self.ways.remove(&oldest);
        }
        self.followed += 1;
        self.order.insert(self.followed, channel.uniqueid.clone());
        let way = Way {
            number: self.followed,
            record: StepsRecord {
                channel: channel.name.to_string(),
                ..StepsRecord::default()
            },
            mask: Mask::default(),
        };
        self.ways.insert(channel.uniqueid.clone(), way);
    }

    fn ended(&mut self, channel: &ChannelSnapshot) -> Option<StepsRecord> {
        let way = self.ways.remove(&channel.uniqueid)?;
        self.order.remove(&way.number);
        // A call is named by its first leg, and is over for us with it.
        let is_asked = if channel.uniqueid == channel.linkedid {
            self.asked.remove(&channel.linkedid)
        } else {
            self.asked.contains(&channel.linkedid)
        };
        is_asked.then(|| StepsRecord {
            call: channel.linkedid.to_string(),
            ..way.record
        })
    }
}
