//! What happened to plugins and tables? Told to whoever runs the host, and the last of it kept.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::life::trial::TrialKind;
use crate::tables::TableChange;

/// Reports kept; the oldest goes first.
const KEPT_MAX: usize = 256;

/// Something the operator may want to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PluginEvent {
    /// A generation became the active one; `replaced` is the one before it.
    Activated {
        /// The plugin's id.
        plugin: String,
        /// Its version.
        version: String,
        /// The generation's number.
        generation: u64,
        /// The generation before it.
        replaced: Option<u64>,
    },
    /// A generation passed its gates, asks more than the active one, and waits for a human.
    Staged {
        /// The plugin's id.
        plugin: String,
        /// Its version.
        version: String,
        /// The generation's number.
        generation: u64,
        /// What it asks beyond the active one, a line a list.
        widens: Vec<String>,
    },
    /// A generation is tried beside the active one.
    OnTrial {
        /// The plugin's id.
        plugin: String,
        /// The generation's number.
        generation: u64,
        /// How.
        kind: TrialKind,
    },
    /// A trial ended without its generation.
    TrialFailed {
        /// The plugin's id.
        plugin: String,
        /// The generation's number.
        generation: u64,
        /// Why.
        reason: String,
    },
    /// A component was not taken; whatever ran before goes on.
    Refused {
        /// The file.
        file: PathBuf,
        /// Why, with the line that would help where there is one.
        reason: String,
    },
    /// The last call of a replaced generation is over.
    Drained {
        /// The plugin's id.
        plugin: String,
        /// The generation's number.
        generation: u64,
    },
    /// A generation failed so often that the one before it is back.
    RolledBack {
        /// The plugin's id.
        plugin: String,
        /// The one that failed.
        failed: u64,
        /// The one that is back.
        back: u64,
    },
    /// A guest trapped, or used up what it may use.
    Failed {
        /// The plugin's id.
        plugin: String,
        /// The generation's number.
        generation: u64,
        /// How.
        reason: String,
    },
    /// A plugin says that it is not well, or does not answer.
    Unhealthy {
        /// The plugin's id.
        plugin: String,
        /// The generation's number.
        generation: u64,
        /// Why.
        reason: String,
    },
    /// A plugin that was not well is well again.
    Healthy {
        /// The plugin's id.
        plugin: String,
        /// The generation's number.
        generation: u64,
    },
    /// A batch of events could not be handed over and was set aside.
    SetAside {
        /// The plugin's id.
        plugin: String,
        /// The first event's position.
        first: u64,
        /// The last event's position.
        last: u64,
        /// Why.
        reason: String,
    },
    /// A lookup table was read.
    TableLoaded {
        /// Its name.
        table: String,
        /// How many rows it has.
        rows: usize,
    },
    /// A lookup table could not be read; the one before it stays.
    TableRefused {
        /// Its name.
        table: String,
        /// Why.
        reason: String,
    },
    /// A lookup table's file is gone, and the table with it.
    TableRemoved {
        /// Its name.
        table: String,
    },
}

impl From<TableChange> for PluginEvent {
    fn from(change: TableChange) -> Self {
        match change {
            TableChange::Loaded { table, rows } => Self::TableLoaded { table, rows },
            TableChange::Refused { table, reason } => Self::TableRefused { table, reason },
            TableChange::Removed { table } => Self::TableRemoved { table },
        }
    }
}

/// Hears every report as it is made; it must not block.
pub type Listener = Arc<dyn Fn(&PluginEvent) + Send + Sync>;

/// Where reports go. The lock guards a push or a copy; reports come from many tasks.
#[derive(Default)]
pub(crate) struct Reports {
    listener: Option<Listener>,
    recent: Mutex<VecDeque<PluginEvent>>,
}

impl Reports {
    pub(crate) fn new(listener: Option<Listener>) -> Self {
        Self {
            listener,
            recent: Mutex::default(),
        }
    }

    pub(crate) fn add(&self, event: PluginEvent) {
        tracing::debug!(?event, "plugin event");
        if let Some(listener) = &self.listener {
            listener(&event);
        }
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.len() == KEPT_MAX {
            recent.pop_front();
        }
        recent.push_back(event);
    }

    pub(crate) fn recent(&self) -> Vec<PluginEvent> {
        self.recent
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .cloned()
            .collect()
    }
}
