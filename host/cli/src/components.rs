//! The components a host runs, and what it tells the world about them.

use crate::chains;
use crate::config::{self, Loaded};
use crate::entropy;
use crate::spec::HostSpec;
use crate::trust;
use crate::ucx_toml;
use anyhow::{Result, anyhow};
use serde::Deserialize;
use std::sync::Arc;
use tokio::sync::mpsc;
use ucx_call::EventKind;
use ucx_pbx::Desk;
use ucx_plugins::{
    Chains, Grants, PartRequest, PluginEvent, PluginHost, PluginHostConfig, QuarantineRules, Watch,
};

/// Reports that may wait for the event stream; the log has them all.
const REPORTS_MAX: usize = 256;

/// The plugin host and the watch over its folders.
pub struct Components {
    pub host: Arc<PluginHost>,
    /// Which routers are asked about calls that enter a context.
    pub chains: Chains,
    _watch: Watch,
}

impl Components {
    /// Starts the plugin host on threads of its own; the receiver gets what happens to plugins.
    pub fn start(
        spec: &HostSpec,
        loaded: &Loaded,
        workers: tokio::runtime::Handle,
    ) -> Result<(Self, mpsc::Receiver<PluginEvent>)> {
        let (folder, tables) = (&spec.plugins, &spec.tables);
        config::prepare_folders(folder, tables, spec.config_folder.is_none())?;
        let (told, reports) = mpsc::channel(REPORTS_MAX);
        let mut config = PluginHostConfig::new(entropy::seed()?);
        config.cache = Some(spec.code_cache.clone());
        config.tables = Some(tables.clone());
        // This very program, even if its file was replaced meanwhile.
        config.compiler = Some("/proc/self/exe".into());
        config.decisions = records(&loaded.ucx)?.then(|| spec.decisions.clone());
        config.keyvalue = Some(spec.keyvalue.clone());
        config.data = Some(spec.data.clone());
        config.grants = Grants::parse(&loaded.ucx).map_err(|error| anyhow!("ucx.toml: {error}"))?;
        config.schedules = ucx_toml::schedules(&loaded.ucx).map_err(|error| anyhow!("ucx.toml: {error}"))?;
        for (line, table) in ucx_toml::strangers(&loaded.ucx) {
            tracing::warn!(line, table, "a table of ucx.toml that nobody reads");
        }
        let trust = trust::load(&loaded.ucx, &spec.trust)?;
        config.trust = trust.trust;
        config.is_signed_only = trust.is_signed_only;
        config.generations = Some(spec.generations.clone());
        config.own_grants = Some(spec.own_grants.clone());
        config.quarantine = Some(QuarantineRules::default());
        config.listener = Some(Arc::new(move |event| {
            log(event);
            let _ = told.try_send(event.clone());
        }));
        let chains = chains::load(&loaded.ucx, folder, Some(&spec.generations));
        let chains = chains.map_err(|wrong| anyhow!("{}", wrong.join("\n")))?;
        let host = PluginHost::new(config, workers).map_err(|error| anyhow!("plugins: {error}"))?;
        host.set_contexts(&chains);
        let watch = host.watch(folder).map_err(|error| anyhow!("plugins: {error}"))?;
        let components = Self {
            host,
            chains,
            _watch: watch,
        };
        Ok((components, reports))
    }
}

/// Asks an application, in its own words.
pub async fn ask_part(
    plugins: &PluginHost,
    user: String,
    request: ucx_pbx::PartRequest,
) -> ucx_pbx::PartReply {
    let asked = PartRequest {
        method: request.method,
        path: request.path,
        query: request.query,
        headers: request.headers,
        body: request.body,
        user,
        peer: request.peer,
    };
    let reply = plugins.ask_part(&request.plugin, asked).await;
    ucx_pbx::PartReply {
        status: reply.status,
        headers: reply.headers,
        body: reply.body,
    }
}

/// Whether decisions are written down, which `[records] decisions = false` of ucx.toml ends.
pub fn records(ucx: &str) -> Result<bool> {
    #[derive(Deserialize)]
    struct File {
        records: Option<Records>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Records {
        decisions: Option<bool>,
    }
    let file: File = toml::from_str(ucx).map_err(|error| anyhow!("ucx.toml: {error}"))?;
    Ok(file.records.and_then(|records| records.decisions).unwrap_or(true))
}

fn log(event: &PluginEvent) {
    match event {
        PluginEvent::Activated {
            plugin,
            version,
            generation,
            ..
        } => {
            tracing::info!(plugin, version, generation, "a plugin is active");
        }
        PluginEvent::Staged {
            plugin,
            version,
            generation,
            widens,
        } => {
            let widens = widens.join(" and ");
            tracing::warn!(
                plugin,
                version,
                generation,
                widens,
                "a generation asks more than the active one; `ucx plugin promote {plugin}` lets it"
            );
        }
        PluginEvent::OnTrial {
            plugin,
            generation,
            kind,
        } => tracing::info!(plugin, generation, ?kind, "a generation is tried"),
        PluginEvent::TrialFailed {
            plugin,
            generation,
            reason,
        } => tracing::warn!(plugin, generation, reason, "a trial ended without its generation"),
        PluginEvent::Refused { file, reason } => {
            tracing::warn!(file = %file.display(), reason, "a component was not taken");
        }
        PluginEvent::Drained { plugin, generation } => {
            tracing::info!(plugin, generation, "the last call of an old generation is over");
        }
        PluginEvent::RolledBack { plugin, failed, back } => {
            tracing::warn!(
                plugin,
                failed,
                back,
                "a plugin failed too often; the generation before it is back"
            );
        }
        PluginEvent::Failed {
            plugin,
            generation,
            reason,
        } => {
            tracing::warn!(plugin, generation, reason, "a plugin failed");
        }
        PluginEvent::Unhealthy { .. }
        | PluginEvent::Healthy { .. }
        | PluginEvent::SetAside { .. }
        | PluginEvent::TableLoaded { .. }
        | PluginEvent::TableRefused { .. }
        | PluginEvent::TableRemoved { .. } => log_beside(event),
    }
}

/// What is no step in a generation's life.
fn log_beside(event: &PluginEvent) {
    match event {
        PluginEvent::Unhealthy {
            plugin,
            generation,
            reason,
        } => tracing::warn!(plugin, generation, reason, "a plugin is not well"),
        PluginEvent::Healthy { plugin, generation } => {
            tracing::info!(plugin, generation, "a plugin is well again");
        }
        PluginEvent::SetAside {
            plugin,
            first,
            last,
            reason,
        } => {
            tracing::warn!(plugin, first, last, reason, "events were set aside");
        }
        PluginEvent::TableLoaded { table, rows } => tracing::info!(table, rows, "a table was read"),
        PluginEvent::TableRefused { table, reason } => tracing::warn!(table, reason, "a table was not taken"),
        PluginEvent::TableRemoved { table } => tracing::info!(table, "a table is gone"),
        PluginEvent::Activated { .. }
        | PluginEvent::Staged { .. }
        | PluginEvent::OnTrial { .. }
        | PluginEvent::TrialFailed { .. }
        | PluginEvent::Refused { .. }
        | PluginEvent::Drained { .. }
        | PluginEvent::RolledBack { .. }
        | PluginEvent::Failed { .. } => {}
    }
}

/// Puts what happens to plugins into the one event stream.
pub async fn tell(mut reports: mpsc::Receiver<PluginEvent>, host: Arc<PluginHost>, desk: Desk) {
    while let Some(event) = reports.recv().await {
        let Some(kind) = kind(event, &host) else { continue };
        if let Err(refusal) = desk.publish(kind).await {
            tracing::debug!(%refusal, "an event about a plugin was not published");
        }
    }
}

fn kind(event: PluginEvent, host: &PluginHost) -> Option<EventKind> {
    let activated = |plugin: String, generation| {
        let digest = host
            .list()
            .into_iter()
            .find(|status| status.id == plugin)
            .map(|status| status.digest);
        EventKind::PluginActivated {
            plugin: Arc::from(plugin),
            generation,
            digest: Arc::from(digest.unwrap_or_default()),
        }
    };
    match event {
        PluginEvent::Activated {
            plugin, generation, ..
        } => Some(activated(plugin, generation)),
        PluginEvent::RolledBack { plugin, back, .. } => Some(activated(plugin, back)),
        PluginEvent::Refused { file, reason } => {
            let plugin = file
                .file_stem()
                .map(|stem| stem.to_string_lossy().into_owned())
                .unwrap_or_default();
            Some(EventKind::PluginRefused {
                plugin: Arc::from(plugin),
                reason: Arc::from(reason),
            })
        }
        // A failed decision is told with its channel where it happened; the rest is for the log alone.
        PluginEvent::Failed { .. }
        | PluginEvent::Staged { .. }
        | PluginEvent::OnTrial { .. }
        | PluginEvent::TrialFailed { .. }
        | PluginEvent::Drained { .. }
        | PluginEvent::Unhealthy { .. }
        | PluginEvent::Healthy { .. }
        | PluginEvent::SetAside { .. }
        | PluginEvent::TableLoaded { .. }
        | PluginEvent::TableRefused { .. }
        | PluginEvent::TableRemoved { .. } => None,
    }
}
