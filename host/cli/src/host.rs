//! `ucx run`: puts the host together and runs it until it is told to stop.

use crate::args::RunOptions;
use crate::components::{self, Components};
use crate::config::{self, Loaded};
use crate::control::ControlSocket;
use crate::entropy;
use crate::places::{Places, write_private};
use crate::zone::Zones;
use anyhow::{Context, Result, anyhow, bail};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::{mpsc, oneshot};
use tokio::task::LocalSet;
use ucx_call::Principal;
use ucx_config::pjsip::Protocol;
use ucx_config::rtp::Rtp;
use ucx_dialplan::Dialplan;
use ucx_media::{Event, Sound, ToneGenerator, ToneSpec};
use ucx_net::{
    BoundTransports, Control, ControlConfig, FileSounds, MediaThread, MediaThreadConfig, MemorySounds,
    PortRange, SharedDirectory, TransportSpec,
};
use ucx_pbx::{Pbx, PbxConfig, Registry, SubscribeSpec};
use ucx_sip::{Endpoint, EndpointConfig, TransportKind};
use ucx_switch::SwitchConfig;

/// The version shown wherever clients look for one.
const PRESENTED_VERSION: &str = "22.5.0";
/// Media events that may wait for the control loop.
const MEDIA_EVENTS_MAX: usize = 65_536;
/// Events that may wait for the plugins.
const FEED_EVENTS_MAX: usize = 65_536;
/// Threads beside the control and media threads.
const WORKERS: usize = 2;
/// How long calls may take to end when the host is told to stop.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(2);

/// Runs the host.
pub fn run(options: RunOptions) -> Result<()> {
    let places = Places::open(&options.state)?;
    let source = config::source(&options, &places)?;
    let loaded = config::load(&*source);
    config::report(&loaded.diagnostics)?;
    let workers = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .thread_name("ucx-worker")
        .enable_all()
        .build()
        .context("starting the workers")?;
    let control = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("starting the control thread")?;
    let result = LocalSet::new().block_on(&control, serve(options, places, loaded, workers.handle().clone()));
    workers.shutdown_timeout(SHUTDOWN_GRACE);
    result
}

async fn serve(
    options: RunOptions,
    places: Places,
    loaded: Loaded,
    workers: tokio::runtime::Handle,
) -> Result<()> {
    let transports = BoundTransports::bind(&transports(&loaded)?)
        .await
        .context("opening the SIP sockets")?;
    let epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .context("the clock is before 1970")?;
    let (components, reports) = Components::start(&options, &places, &loaded, workers.clone())?;
    let directory = SharedDirectory::default();
    directory.0.borrow_mut().set_local(transports.local().to_vec());
    let accounts = directory.0.borrow_mut().load(&loaded.pjsip);
    let pbx = pbx(loaded.dialplan, &components, &directory, epoch)?;
    let (media_events, media_inbox) = mpsc::channel(MEDIA_EVENTS_MAX);
    let media = media_thread(&loaded.rtp, &pbx, epoch, media_events)?;
    let mut sip = sip_endpoint(&loaded.pjsip, &transports, epoch)?;
    sip.set_accounts(accounts);
    let control = Control::new(ControlConfig {
        pbx: pbx.clone(),
        sip,
        media,
        directory: directory.clone(),
        sounds: Rc::new(sounds()),
        media_address: None,
    });
    let feed = SubscribeSpec {
        capacity: FEED_EVENTS_MAX,
        ..SubscribeSpec::all("plugins")
    };
    let feed = pbx.subscribe(feed).map_err(|refusal| anyhow!("{refusal}"))?;
    workers.spawn(ucx_plugins::feed(components.host.clone(), feed, epoch.as_secs()));
    workers.spawn(components::tell(
        reports,
        components.host.clone(),
        pbx.desk(Principal::OPERATOR),
    ));
    let (stop, stopped) = oneshot::channel();
    let socket = ControlSocket::open(
        &places,
        pbx.clone(),
        directory,
        components.host.clone(),
        options,
        stop,
    )?;
    announce(&places, &transports)?;
    let until = wait_for_end(stopped, pbx);
    ucx_net::run(control, transports.serve(), media_inbox, until).await;
    drop(socket);
    drop(components);
    // Whoever finds the file takes the host for running.
    let _ = std::fs::remove_file(places.listening());
    Ok(())
}

/// The call plane with all its applications.
fn pbx(
    dialplan: Dialplan,
    components: &Components,
    directory: &SharedDirectory,
    epoch: Duration,
) -> Result<Pbx> {
    let mut registry = Registry::new();
    ucx_apps::register(&mut registry);
    registry.application(ucx_plugins::Wasm::new(components.host.clone()));
    Ok(Pbx::new(PbxConfig {
        switch: SwitchConfig {
            epoch_s: epoch.as_secs(),
            seed: entropy::seed()?,
            ..SwitchConfig::default()
        },
        dialplan: Arc::new(dialplan),
        registry,
        technologies: Box::new(directory.clone()),
        local_times: Box::new(Zones::new()),
        constants: Vec::new(),
        seed: entropy::seed()?,
        ..PbxConfig::default()
    }))
}

fn media_thread(rtp: &Rtp, pbx: &Pbx, epoch: Duration, events: mpsc::Sender<Event>) -> Result<MediaThread> {
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

fn sip_endpoint(
    pjsip: &ucx_config::pjsip::Pjsip,
    transports: &BoundTransports,
    epoch: Duration,
) -> Result<Endpoint> {
    let mut config = EndpointConfig::new(entropy::seed()?, transports.local().to_vec());
    let agent = pjsip.global.user_agent.clone();
    config.user_agent = agent.unwrap_or_else(|| format!("Asterisk PBX {PRESENTED_VERSION}"));
    config.realm = pjsip.global.default_realm.clone();
    config.started_at_unix_s = Some(epoch.as_secs());
    Ok(Endpoint::new(config))
}

/// The sockets the configuration asks for.
fn transports(loaded: &Loaded) -> Result<Vec<TransportSpec>> {
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
        bail!("pjsip.conf has no UDP or TCP transport, so nobody could reach the host");
    }
    // Requests go out over the first socket that fits; UDP is what every phone speaks.
    specs.sort_by_key(|spec| spec.kind);
    Ok(specs)
}

/// Sounds of the usual folders, and the chime that is built in.
fn sounds() -> FileSounds {
    let mut samples = Vec::new();
    for hz in [523, 659, 784] {
        let mut note = vec![0; 1_600];
        ToneGenerator::new(ToneSpec::steady(hz, 0)).fill(&mut note);
        samples.extend(note);
    }
    let built_in = MemorySounds::default().with("chime", Sound::from_samples(&samples));
    let folders = ["/var/lib/asterisk/sounds", "/usr/share/asterisk/sounds"];
    FileSounds::new(folders.iter().map(PathBuf::from).collect(), built_in)
}

/// Writes down where the host listens, and says so.
fn announce(places: &Places, transports: &BoundTransports) -> Result<()> {
    let udp = transports
        .local()
        .iter()
        .find(|local| local.kind == TransportKind::Udp);
    let sip: Option<SocketAddr> = udp.map(|local| local.addr);
    for local in transports.local() {
        tracing::info!(transport = local.kind.token(), address = %local.addr, "listening for SIP");
    }
    let listening = serde_json::json!({ "sip": sip, "pid": std::process::id() });
    write_private(&places.listening(), &listening.to_string())
}

/// Waits for a signal or the operator's word, then lets the calls end.
async fn wait_for_end(stopped: oneshot::Receiver<()>, pbx: Pbx) {
    use tokio::signal::unix::{SignalKind, signal};
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        _ = stopped => {}
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
    tracing::info!("the host goes down");
    pbx.shutdown();
    let emptied = async {
        while pbx.with_switch(|switch| switch.channels().next().is_some()) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    if tokio::time::timeout(SHUTDOWN_GRACE, emptied).await.is_err() {
        tracing::warn!("some calls did not end in time");
    }
    // BYEs still leave before the sockets close.
    tokio::time::sleep(Duration::from_millis(50)).await;
}
