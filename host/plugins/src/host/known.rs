//! What is a plugin to those who meet its name in a dialplan or a chain?

use std::collections::BTreeSet;

use super::PluginHost;
use crate::manifest::Fallback;

impl PluginHost {
    /// The channel variables a plugin asked to read and may; none for a plugin that is not there.
    pub fn readable(&self, plugin: &str) -> BTreeSet<String> {
        self.plugin(plugin)
            .map(|plugin| plugin.active().rights.asks.variables.clone())
            .unwrap_or_default()
    }

    /// What a plugin declares for calls it fails.
    pub(crate) fn fallback(&self, plugin: &str, generation: u64) -> Fallback {
        self.plugin(plugin)
            .map(|plugin| plugin.fallback(generation))
            .unwrap_or_default()
    }

    /// Whether a plugin leads calls and decides none.
    pub(crate) fn only_leads(&self, plugin: &str) -> bool {
        self.plugin(plugin).is_some_and(|plugin| {
            let active = plugin.active();
            active.flow.is_some() && active.router.is_none()
        })
    }

    /// Whether a plugin decides about calls.
    pub(crate) fn routes(&self, plugin: &str) -> bool {
        self.plugin(plugin)
            .is_some_and(|plugin| plugin.active().router.is_some())
    }

    /// Whether a plugin is an application and neither decides nor leads.
    pub(crate) fn only_serves(&self, plugin: &str) -> bool {
        self.plugin(plugin).is_some_and(|plugin| {
            let active = plugin.active();
            active.serve.is_some() && active.flow.is_none() && active.router.is_none()
        })
    }
}
