//! What rendering needs to know beside the event itself.

use super::function;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{ChannelId, ChannelSnapshot, Event, EventKind};

/// Looks up the variables that every block of a channel shows (`channelvars` of manager.conf).
pub trait Variables: Send + Sync {
    /// Calls `each` with name and value of each watched variable, in the order of the configuration.
    fn visit(&self, channel: &ChannelSnapshot, each: &mut dyn FnMut(&str, &str));
}

/// No variable is watched.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoVariables;

impl Variables for NoVariables {
    fn visit(&self, _: &ChannelSnapshot, _: &mut dyn FnMut(&str, &str)) {}
}

/// Looks up the hints that show somebody's presence.
pub trait Hints: Send + Sync {
    /// Calls `each` with context, extension and hint of each hint that names that presentity.
    fn of_presence(&self, presentity: &str, each: &mut dyn FnMut(&str, &str, &str));
}

/// No hint is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoHints;

impl Hints for NoHints {
    fn of_presence(&self, _: &str, _: &mut dyn FnMut(&str, &str, &str)) {}
}

/// What rendering needs to know beside the event.
#[derive(Clone, Copy)]
pub struct RenderContext<'a> {
    /// What the wall clock showed when the host started, since 1970.
    pub epoch: Duration,
    /// When the configuration was last read, since the host started.
    pub reloaded_at: Duration,
    /// The name of this system, for the header `SystemName`; empty: no such header.
    pub system_name: &'a str,
    /// Whether events carry a `Timestamp`.
    pub timestamps: bool,
    /// The variables that blocks of channels show.
    pub variables: &'a dyn Variables,
    /// The hints whose presence is told.
    pub hints: &'a dyn Hints,
}

impl RenderContext<'static> {
    /// A context without names, times and variables, for a host that started at `epoch`.
    pub fn plain(epoch: Duration) -> Self {
        Self {
            epoch,
            reloaded_at: Duration::ZERO,
            system_name: "",
            timestamps: false,
            variables: &NoVariables,
            hints: &NoHints,
        }
    }
}

impl<'a> RenderContext<'a> {
    /// The same context with other variables.
    pub fn with_variables(self, variables: &'a dyn Variables) -> Self {
        Self { variables, ..self }
    }

    /// The same context with other hints.
    pub fn with_hints(self, hints: &'a dyn Hints) -> Self {
        Self { hints, ..self }
    }
}

/// Values of watched variables, kept up from the stream of events itself.
///
/// Holds one value per watched name and living channel; a channel's values go with its end.
#[derive(Clone, Debug, Default)]
pub struct WatchedVariables {
    names: Vec<Arc<str>>,
    values: HashMap<ChannelId, Vec<Option<Arc<str>>>>,
}

impl WatchedVariables {
    /// Watches these names.
    pub fn new(names: Vec<Arc<str>>) -> Self {
        Self {
            names,
            values: HashMap::new(),
        }
    }

    /// Takes note of an event; to be called before the event is rendered.
    pub fn before(&mut self, event: &Event) {
        let EventKind::VariableSet {
            channel: Some(channel),
            name,
            value,
        } = &event.kind
        else {
            return;
        };
        // A variable that is to be inherited has underscores before its name, which are no part of it.
        let bare = name.trim_start_matches('_');
        let Some(at) = self.names.iter().position(|watched| &**watched == bare) else {
            return;
        };
        let count = self.names.len();
        let values = self.values.entry(channel.id).or_insert_with(|| vec![None; count]);
        values[at] = Some(value.clone());
    }

    /// Forgets channels that are over; to be called after the event was rendered.
    pub fn after(&mut self, event: &Event) {
        if let EventKind::ChannelEnded { channel } = &event.kind {
            self.values.remove(&channel.id);
        }
    }
}

impl Variables for WatchedVariables {
    fn visit(&self, channel: &ChannelSnapshot, each: &mut dyn FnMut(&str, &str)) {
        let values = self.values.get(&channel.id);
        for (at, name) in self.names.iter().enumerate() {
            let value = values.and_then(|values| values[at].as_deref());
            let said = value.is_none().then(|| function::value(channel, name)).flatten();
            each(name, value.or(said.as_deref()).unwrap_or(""));
        }
    }
}

/// Hints as a list: context, extension and hint (`PJSIP/bob,CustomPresence:bob`: devices, then presentities).
#[derive(Clone, Debug, Default)]
pub struct HintList(pub Vec<[Arc<str>; 3]>);

impl Hints for HintList {
    fn of_presence(&self, presentity: &str, each: &mut dyn FnMut(&str, &str, &str)) {
        for [context, exten, hint] in &self.0 {
            let shown = hint.split_once(',').map_or("", |(_, shown)| shown);
            if shown.split('&').any(|one| one.eq_ignore_ascii_case(presentity)) {
                each(context, exten, hint);
            }
        }
    }
}
