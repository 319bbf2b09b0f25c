//! What do calls that components steer hold of the host?

use std::sync::PoisonError;

use super::PluginHost;
use crate::limits::{DECISIONS_PER_PLUGIN, FLOWS_MAX};

/// What is under way at the plugins; all of it nothing when no call is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PluginLoad {
    /// Call flows.
    pub flows: usize,
    /// Decisions.
    pub decisions: usize,
    /// Legs on their way to an instance.
    pub visits: usize,
    /// Calls that wait to be taken by an application.
    pub offers: usize,
    /// Legs that a replaced instance left to the next one.
    pub kept: usize,
    /// Requests that wait for an application's answer.
    pub requests: usize,
    /// Work on replaced generations.
    pub draining: u64,
}

impl PluginHost {
    /// What is under way now.
    pub fn load(&self) -> PluginLoad {
        let mut load = PluginLoad {
            flows: FLOWS_MAX - self.resources().flows.available_permits(),
            visits: self.visits().waiting(),
            ..PluginLoad::default()
        };
        let plugins = self.plugins.read().unwrap_or_else(PoisonError::into_inner);
        for plugin in plugins.values() {
            let (offers, kept, requests) = plugin.stage.load();
            load.offers += offers;
            load.kept += kept;
            load.requests += requests;
            load.decisions += DECISIONS_PER_PLUGIN - plugin.decisions.available_permits();
            load.draining += plugin.draining().iter().map(|(_, calls)| calls).sum::<u64>();
        }
        load
    }
}
