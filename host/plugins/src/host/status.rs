//! What does an operator see of plugins?

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::PluginHost;
use crate::log::LogLine;
use crate::manifest::World;
use crate::metrics::Metric;
use crate::plugin::Plugin;
use crate::report::PluginEvent;

/// A plugin as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginStatus {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// What it serves.
    pub worlds: Vec<World>,
    /// The active generation.
    pub generation: u64,
    /// SHA-256 of the active component, in hexadecimal.
    pub digest: String,
    /// Calls on the active generation.
    pub in_flight: u64,
    /// Replaced generations that still have calls: number and calls.
    pub draining: Vec<(u64, u64)>,
    /// Verdicts given and batches taken by the active generation.
    pub verdicts: u64,
    /// Times the active generation failed.
    pub fallbacks: u64,
    /// Events that wait for it.
    pub waiting: u64,
    /// Events it missed because it was too slow.
    pub lost: u64,
    /// Log lines dropped because it logged too much.
    pub log_dropped: u64,
    /// Metrics dropped because it has too many.
    pub metrics_dropped: u64,
    /// Who signed the active generation, by the operator's name for the key.
    pub signer: Option<String>,
    /// The generation that waits for a human.
    pub staged: Option<u64>,
    /// The generation on trial.
    pub trial: Option<u64>,
    /// Processor time of the active generation.
    pub cpu: Duration,
    /// Times it was asked about its health and said that it is not well, or nothing.
    pub unhealthy: u64,
    /// Why it is not well; none if it is, or is not asked.
    pub illness: Option<String>,
    /// Inputs it is not asked about for now, because it failed on them.
    pub quarantined: u64,
}

impl PluginHost {
    /// All plugins as they are now, by id.
    pub fn list(&self) -> Vec<PluginStatus> {
        self.plugins
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .map(|plugin| status(plugin))
            .collect()
    }

    /// The last lines a plugin logged, oldest first.
    pub fn log(&self, plugin: &str) -> Vec<LogLine> {
        self.plugin(plugin)
            .map(|plugin| plugin.desk.log.lines())
            .unwrap_or_default()
    }

    /// A plugin's metrics by name and labels.
    pub fn metrics(&self, plugin: &str) -> BTreeMap<String, Metric> {
        self.plugin(plugin)
            .map(|plugin| plugin.desk.metrics.all())
            .unwrap_or_default()
    }

    /// The last reports, oldest first.
    pub fn recent(&self) -> Vec<PluginEvent> {
        self.reports.recent()
    }
}

fn status(plugin: &Plugin) -> PluginStatus {
    let active = plugin.active();
    PluginStatus {
        id: plugin.name.to_string(),
        version: active.manifest.version.clone(),
        worlds: active.manifest.worlds.iter().copied().collect(),
        generation: active.number,
        digest: active.digest.clone(),
        in_flight: active.in_flight(),
        draining: plugin.draining(),
        verdicts: active.tally.verdicts.load(Ordering::Relaxed),
        fallbacks: active.tally.fallbacks.load(Ordering::Relaxed),
        waiting: (plugin.mailbox.len() + plugin.stage.inbox.len()) as u64,
        lost: plugin.mailbox.lost() + plugin.stage.inbox.lost(),
        log_dropped: plugin.desk.log.dropped(),
        metrics_dropped: plugin.desk.metrics.dropped(),
        signer: active.signer.clone(),
        staged: plugin.staged().map(|staged| staged.number),
        trial: plugin.trial().map(|trial| trial.generation.number),
        cpu: Duration::from_nanos(active.tally.cpu_ns.load(Ordering::Relaxed)),
        unhealthy: plugin.health.bad(),
        illness: plugin.health.why(),
        quarantined: plugin
            .rules
            .map_or(0, |rules| plugin.quarantine.count(&rules, (active.host.clock)())),
    }
}
