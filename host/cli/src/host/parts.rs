//! The parts a host is put together from, each from what was read.

use crate::astdb::Astdb;
use crate::components::Components;
use crate::config::Loaded;
use crate::entropy;
use crate::spec::HostSpec;
use crate::zone::Zones;
use anyhow::{Context, Result};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use ucx_application::ApplicationHandle;
use ucx_config::musiconhold::MusicOnHold;
use ucx_config::pjsip::{Pjsip, Protocol};
use ucx_config::rtp::Rtp;
use ucx_dialplan::Dialplan;
use ucx_gateway::GatewayConfig;
use ucx_media::{Event, Sound, ToneGenerator, ToneSpec};
use ucx_net::{
    BoundTransports, Control, FileSounds, MediaThread, MediaThreadConfig, MemorySounds, PortRange,
    SharedDirectory, TransportSpec,
};
use ucx_pbx::{Identity, Pbx, PbxConfig, Registry};
use ucx_sip::{Endpoint, EndpointConfig, TransportKind};
use ucx_switch::{Limits, SwitchConfig};

/// Channels one call is taken to need where the operator limits calls.
const CHANNELS_PER_CALL: usize = 2;

/// The applications and functions of the dialplan.
pub fn registry(spec: &HostSpec, components: &Components, handle: &ApplicationHandle) -> Result<Registry> {
    let mut registry = Registry::new();
    ucx_apps::register(&mut registry);
    registry.application(ucx_plugins::Wasm::new(components.host.clone()));
    // Without a chain it guards nothing; a reload may bring one.
    registry.gate(ucx_plugins::Routers::new(
        components.host.clone(),
        components.chains.clone(),
    ));
    let seed = entropy::seed()?;
    let config = GatewayConfig {
        version: spec.identity.version.clone(),
        directories: spec.directories.clone(),
        scopes: spec.scopes()?.gateway,
        seed: seed
            .iter()
            .take(8)
            .fold(0, |seed, byte| seed << 8 | u64::from(*byte)),
    };
    ucx_gateway::register(&mut registry, config);
    handle.register(&mut registry);
    Ok(registry)
}

/// The call plane with all its applications.
pub fn pbx(
    spec: &HostSpec,
    dialplan: Dialplan,
    registry: Registry,
    directory: &SharedDirectory,
    epoch: Duration,
    database: &Astdb,
) -> Result<Pbx> {
    let mut limits = Limits::default();
    if let Some(calls) = spec.max_calls.and_then(|calls| usize::try_from(calls).ok()) {
        limits.channels = limits.channels.min(calls.saturating_mul(CHANNELS_PER_CALL));
    }
    Ok(Pbx::new(PbxConfig {
        switch: SwitchConfig {
            epoch_s: epoch.as_secs(),
            system_name: spec.identity.system_name.to_string(),
            seed: entropy::seed()?,
            language: Arc::from(spec.language.as_str()),
            limits,
        },
        dialplan: Arc::new(dialplan),
        registry,
        technologies: Box::new(directory.clone()),
        local_times: Box::new(Zones::new()),
        constants: constants(spec),
        seed: entropy::seed()?,
        database: database.rows(),
        test_events: spec.has_test_events,
        ..PbxConfig::default()
    }))
}

/// What every channel reads and nobody sets.
fn constants(spec: &HostSpec) -> Vec<(Arc<str>, Arc<str>)> {
    let of = &spec.directories;
    let folders = [
        ("ASTETCDIR", &of.etc),
        ("ASTMODDIR", &of.modules),
        ("ASTVARLIBDIR", &of.var),
        ("ASTDBDIR", &of.database),
        ("ASTKEYDIR", &of.keys),
        ("ASTDATADIR", &of.data),
        ("ASTAGIDIR", &of.gateway),
        ("ASTSPOOLDIR", &of.spool),
        ("ASTRUNDIR", &of.run),
        ("ASTLOGDIR", &of.log),
        ("ASTCACHEDIR", &spec.cache),
    ];
    let folders = folders
        .into_iter()
        .map(|(name, folder)| (Arc::from(name), Arc::from(folder.to_string_lossy())));
    let names = [
        (Arc::from("ENTITYID"), spec.identity.entity_id.clone()),
        (Arc::from("SYSTEMNAME"), spec.identity.system_name.clone()),
    ];
    folders.chain(names).collect()
}

pub fn media_thread(
    rtp: &Rtp,
    pbx: &Pbx,
    epoch: Duration,
    events: mpsc::Sender<Event>,
) -> Result<MediaThread> {
    let started = Instant::now()
        .checked_sub(pbx.now())
        .context("the clock started before the machine")?;
    let ports = PortRange::new(rtp.start, rtp.end);
    let config = MediaThreadConfig {
        seed: entropy::seed()?,
        epoch,
        started,
        ports,
    };
    MediaThread::start(config, events).context("starting the media thread")
}

pub fn sip_endpoint(
    pjsip: &Pjsip,
    identity: &Identity,
    transports: &BoundTransports,
    epoch: Duration,
) -> Result<Endpoint> {
    let mut config = EndpointConfig::new(entropy::seed()?, transports.local().to_vec());
    let agent = pjsip.global.user_agent.clone();
    config.user_agent = agent.unwrap_or_else(|| format!("Asterisk PBX {}", identity.version));
    config.realm = pjsip.global.default_realm.clone();
    config.started_at_unix_s = Some(epoch.as_secs());
    Ok(Endpoint::new(config))
}

/// The sockets the configuration asks for; none is well for a host that has no phones.
pub fn transports(loaded: &Loaded) -> Vec<TransportSpec> {
    let mut specs = Vec::new();
    for transport in loaded.pjsip.transports.values() {
        let kind = match transport.protocol {
            Protocol::Udp => TransportKind::Udp,
            Protocol::Tcp => TransportKind::Tcp,
            Protocol::Tls | Protocol::Ws | Protocol::Wss => continue,
        };
        specs.push(TransportSpec {
            kind,
            bind: transport.bind,
            advertised: None,
        });
    }
    if specs.is_empty() {
        tracing::warn!("pjsip.conf has no UDP or TCP transport, so no phone can reach the host");
    }
    // Requests go out over the first socket that fits; UDP is what every phone speaks.
    specs.sort_by_key(|spec| spec.kind);
    specs
}

/// Recordings go below the spool: into a folder of their own, or where files of passage and of call monitors are, if they are
/// named so. Nowhere else there, as what stands in other folders of the spool is acted upon.
pub fn with_recordings(control: Control<MediaThread>, spec: &HostSpec) -> Result<Control<MediaThread>> {
    let spool = &spec.directories.spool;
    let folder = spool.join("recording");
    let others = [spool.join("tmp"), spool.join("monitor")];
    control
        .with_recordings(&folder, &others)
        .with_context(|| format!("making {} for recordings", folder.display()))
}

/// Sounds of the folders, the music, and the chime that is built in.
pub fn sounds(spec: &HostSpec, music: MusicOnHold) -> FileSounds {
    let mut samples = Vec::new();
    for hz in [523, 659, 784] {
        let mut note = vec![0; 1_600];
        ToneGenerator::new(ToneSpec::steady(hz, 0)).fill(&mut note);
        samples.extend(note);
    }
    let built_in = MemorySounds::default().with("chime", Sound::from_samples(&samples));
    FileSounds::new(spec.sounds.clone(), built_in).with_music(music, &spec.directories.data)
}
