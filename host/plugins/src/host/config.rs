//! How is the plugin host set up?

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use ucx_bundle::Trust;

use crate::calendar::ScheduleRule;
use crate::engine::Interruption;
use crate::grant::Grants;
use crate::life::quarantine::QuarantineRules;
use crate::report::Listener;
use crate::resources::WallClock;
use crate::simulated::{Processors, RequestSpy};
use crate::web::WebConfig;

/// How the plugin host is set up.
#[derive(Clone)]
pub struct PluginHostConfig {
    /// Where compiled code is kept; none compiles anew at each start.
    pub cache: Option<PathBuf>,
    /// The folder of lookup tables, `NAME.csv` and `NAME.toml`.
    pub tables: Option<PathBuf>,
    /// What each plugin is granted.
    pub grants: Grants,
    /// The operator's schedules.
    pub schedules: BTreeMap<String, ScheduleRule>,
    /// How guests without an end are stopped.
    pub interruption: Interruption,
    /// The clock that guests see.
    pub clock: WallClock,
    /// The seed of the chance that guests see.
    pub seed: [u8; 32],
    /// Hears what happens to plugins.
    pub listener: Option<Listener>,
    /// The folder decisions are written down in, with all they rested on; none writes none.
    pub decisions: Option<PathBuf>,
    /// How plugins reach the web.
    pub web: WebConfig,
    /// The folder plugins' values are kept in; none keeps them in memory only.
    pub keyvalue: Option<PathBuf>,
    /// Where the folders of plugins' own are, one each by its id; none gives them none.
    pub data: Option<PathBuf>,
    /// Where histories and bundles are kept; without it a restart begins anew.
    pub generations: Option<PathBuf>,
    /// The file of the grants that are given by command.
    pub own_grants: Option<PathBuf>,
    /// Whose bundles are taken.
    pub trust: Trust,
    /// Whether loose components in the watched folder are refused.
    pub is_signed_only: bool,
    /// When plugins that fail are spared a question; never without rules.
    pub quarantine: Option<QuarantineRules>,
    /// The program that compiles components as a child of this one, as [`compile_as_child`](crate::compile_as_child) does;
    /// none compiles in this process.
    pub compiler: Option<PathBuf>,
    /// Sees every request of a call flow or an application, and may end it there; for simulations.
    pub spy: Option<RequestSpy>,
    /// Stands in for the processors that decide; for simulations.
    pub processors: Option<Processors>,
}

impl PluginHostConfig {
    /// Nothing kept, nothing granted, the machine's clock.
    pub fn new(seed: [u8; 32]) -> Self {
        let since_epoch = || {
            SystemTime::now()
                .duration_since(SystemTime::UNIX_EPOCH)
                .unwrap_or(Duration::ZERO)
        };
        Self {
            cache: None,
            tables: None,
            grants: Grants::default(),
            schedules: BTreeMap::new(),
            interruption: Interruption::Time,
            clock: Arc::new(since_epoch),
            seed,
            listener: None,
            decisions: None,
            web: WebConfig::default(),
            keyvalue: None,
            data: None,
            generations: None,
            own_grants: None,
            trust: Trust::default(),
            is_signed_only: false,
            quarantine: None,
            compiler: None,
            spy: None,
            processors: None,
        }
    }
}
