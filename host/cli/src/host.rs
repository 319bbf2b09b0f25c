//! Puts the host together and runs it until it is told to stop.

pub mod doors;
mod parts;

pub use crate::command::End;

use crate::astdb::Astdb;
use crate::command::{Context, ContextParts};
use crate::components::{self, Components};
use crate::config::{self, Loaded};
use crate::control::ControlSocket;
use crate::limits;
use crate::log::Log;
use crate::office::{Errands, Office};
use crate::places::write_private;
use crate::spec::HostSpec;
use crate::spool::Spool;
use anyhow::{Context as _, Result, anyhow};
use doors::{DoorConfig, Doors};
use jiff::tz::TimeZone;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::{mpsc, oneshot};
use tokio::task::LocalSet;
use ucx_application::ApplicationHandle;
use ucx_call::{EventKind, Principal};
use ucx_net::{BoundTransports, Control, ControlConfig, SharedDirectory};
use ucx_pbx::{Pbx, SubscribeSpec};
use ucx_sip::{LocalTransport, TransportKind};

/// Media events that may wait for the control loop.
const MEDIA_EVENTS_MAX: usize = 65_536;
/// Events that may wait for the plugins.
const FEED_EVENTS_MAX: usize = 65_536;
/// Threads that serve the interfaces, and as many for components, at the most.
const WORKERS_MAX: usize = 4;
/// How long calls may take to end when the host is told to stop.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(2);

/// Runs the host.
pub fn run(spec: HostSpec, log: Log) -> Result<End> {
    limits::raise_open_files();
    limits::come_first();
    let spec = Arc::new(spec);
    let loaded = config::load(&*spec.source);
    config::report(&loaded.diagnostics)?;
    let workers = threads("ucx-worker", 1, || {})?;
    // Components have threads of their own, so that what they compute keeps no client of the interfaces waiting, and two, so
    // that one keeps no other waiting. They stand behind all others, so that it keeps no call waiting either.
    let guests = threads("ucx-guest", 2, limits::stand_behind)?;
    let control = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("starting the control thread")?;
    let (office, errands) = Office::new(&spec, log);
    let side = Side {
        workers: workers.handle().clone(),
        guests: guests.handle().clone(),
    };
    let host = serve(spec, loaded, office, errands, side);
    // As one of the local tasks: what they wake in each other then costs no trip through the system, as waking the future
    // that a runtime blocks on does.
    let host = async { tokio::task::spawn_local(host).await };
    let result = match LocalSet::new().block_on(&control, host) {
        Ok(result) => result,
        Err(ended) => match ended.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(ended) => Err(anyhow!("the host was ended: {ended}")),
        },
    };
    guests.shutdown_timeout(SHUTDOWN_GRACE);
    workers.shutdown_timeout(SHUTDOWN_GRACE);
    result
}

/// What runs beside the control and media threads.
struct Side {
    /// The interfaces, and work that takes long.
    workers: tokio::runtime::Handle,
    /// Components.
    guests: tokio::runtime::Handle,
}

/// A runtime of half the machine's cores. For the interfaces that is one thread on two cores, which wakes no second one only
/// to find nothing to do.
fn threads(name: &str, least: usize, started: fn()) -> Result<tokio::runtime::Runtime> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads((cores / 2).clamp(least, WORKERS_MAX))
        .thread_name(name)
        .on_thread_start(started)
        .enable_all()
        .build()
        .context("starting the workers")
}

async fn serve(
    spec: Arc<HostSpec>,
    mut loaded: Loaded,
    office: Arc<Office>,
    errands: Errands,
    Side { workers, guests }: Side,
) -> Result<End> {
    let (doors, found) = DoorConfig::read(&spec)?;
    config::report(&found)?;
    let transports = BoundTransports::bind(&parts::transports(&loaded))
        .await
        .context("opening the SIP sockets")?;
    let epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .context("the clock is before 1970")?;
    let (components, reports) = Components::start(&spec, &loaded, guests.clone())?;
    let directory = SharedDirectory::default();
    directory.0.borrow_mut().set_local(transports.local().to_vec());
    let pjsip = Arc::new(std::mem::take(&mut loaded.pjsip));
    let accounts = directory.0.borrow_mut().load(&pjsip);
    let database = Astdb::open(&spec.directories.database);
    let handle = ApplicationHandle::new(spec.identity.entity_id.clone(), TimeZone::system());
    let registry = parts::registry(&spec, &components, &handle)?;
    let pbx = parts::pbx(&spec, loaded.dialplan, registry, &directory, epoch, &database)?;
    handle.attach(&pbx).map_err(|refusal| anyhow!("{refusal}"))?;
    let keeper = database.keep(pbx.database_changes());
    pbx.set_pjsip(pjsip.clone());
    components.host.set_trunks(pjsip.trunks());
    let (media_events, media_inbox) = mpsc::channel(MEDIA_EVENTS_MAX);
    let media = parts::media_thread(&loaded.rtp, &pbx, epoch, media_events)?;
    let mut sip = parts::sip_endpoint(&pjsip, &spec.identity, &transports, epoch)?;
    sip.set_accounts(accounts);
    let sounds = Rc::new(parts::sounds(&spec, loaded.music));
    let control = Control::new(ControlConfig {
        pbx: pbx.clone(),
        sip,
        media,
        directory: directory.clone(),
        sounds: sounds.clone(),
        media_address: None,
    })
    .with_indications(loaded.indications);
    let control = parts::with_recordings(control, &spec)?;
    feed_components(&spec, &components, reports, &pbx, &guests, epoch)?;
    let (stop, stopped) = oneshot::channel();
    let context = Rc::new(Context::new(ContextParts {
        pbx: pbx.clone(),
        directory,
        plugins: components.host.clone(),
        office: office.clone(),
        spec: spec.clone(),
        sounds,
        stop,
    }));
    let errands = tokio::task::spawn_local(errands.serve(context.clone()));
    let socket = ControlSocket::open(&spec, context.clone())?;
    let opening = Opening {
        spec,
        doors,
        handle,
        workers,
        local: transports.local().to_vec(),
        context: context.clone(),
    };
    let (ended, end) = oneshot::channel();
    // A task of its own, as the control loop looks whether it is done at each of its steps.
    let until = tokio::task::spawn_local(wait_for_end(opening, stopped, context.clone(), ended));
    let until = async move { drop(until.await) };
    ucx_net::run(control, transports.serve(), media_inbox, until).await;
    errands.abort();
    context.close_doors();
    components.host.save_values();
    drop((socket, components));
    keeper.finish(&pbx);
    end.await.unwrap_or(Ok(End::Stop))
}

/// What is left to do once the control loop runs.
struct Opening {
    spec: Arc<HostSpec>,
    doors: DoorConfig,
    handle: ApplicationHandle,
    workers: tokio::runtime::Handle,
    local: Vec<LocalTransport>,
    context: Rc<Context>,
}

impl Opening {
    /// Opens the doors, says that the host runs, and watches for call files.
    async fn finish(self) -> Result<(StateFiles, Option<Spool>)> {
        let (pbx, office) = (&self.context.pbx, &self.context.office);
        let doors = Doors::start(self.doors, pbx, office.clone(), self.handle, self.workers.clone()).await?;
        let files = StateFiles::write(&self.spec, &self.local, &doors)?;
        self.context.set_doors(doors);
        let spool = Spool::watch(&self.spec.directories.spool, pbx.clone(), &self.workers);
        pbx.publish(EventKind::FullyBooted);
        office.set_booted();
        Ok((files, spool))
    }
}

/// Lets components see the events, and the world see what happens to components.
fn feed_components(
    spec: &HostSpec,
    components: &Components,
    reports: mpsc::Receiver<ucx_plugins::PluginEvent>,
    pbx: &Pbx,
    guests: &tokio::runtime::Handle,
    epoch: Duration,
) -> Result<()> {
    let feed = SubscribeSpec {
        capacity: FEED_EVENTS_MAX,
        ..SubscribeSpec::all("plugins")
    };
    let feed = pbx.subscribe(feed).map_err(|refusal| anyhow!("{refusal}"))?;
    guests.spawn(ucx_plugins::feed(components.host.clone(), feed, epoch.as_secs()));
    let steps = SubscribeSpec {
        capacity: FEED_EVENTS_MAX,
        wants: ucx_plugins::is_of_steps,
        ..SubscribeSpec::all("steps")
    };
    let steps = pbx.subscribe(steps).map_err(|refusal| anyhow!("{refusal}"))?;
    guests.spawn(ucx_plugins::follow_steps(
        components.host.clone(),
        steps,
        epoch.as_secs(),
    ));
    let started_ms = u64::try_from(epoch.as_millis()).unwrap_or(u64::MAX);
    let spool = spec.directories.spool.to_string_lossy();
    components
        .host
        .attach(pbx.desk(Principal::OPERATOR), started_ms, &spool);
    guests.spawn(components::tell(
        reports,
        components.host.clone(),
        pbx.desk(Principal::OPERATOR),
    ));
    Ok(())
}

/// Files that say that the host runs and where it listens; they go when it goes.
struct StateFiles(Vec<PathBuf>);

impl StateFiles {
    fn write(spec: &HostSpec, local: &[LocalTransport], doors: &Doors) -> Result<Self> {
        let udp = local.iter().find(|local| local.kind == TransportKind::Udp);
        let sip: Option<SocketAddr> = udp.map(|local| local.addr);
        for local in local {
            tracing::info!(transport = local.kind.token(), address = %local.addr, "listening for SIP");
        }
        let mut files = Vec::new();
        if let Some(path) = &spec.listening {
            let listening = serde_json::json!({
                "sip": sip,
                "manager": doors.manager_address(),
                "application": doors.application_address(),
                "pid": std::process::id(),
            });
            write_private(path, &listening.to_string())?;
            files.push(path.clone());
        }
        if let Some(path) = &spec.pid_file {
            std::fs::write(path, format!("{}\n", std::process::id()))
                .with_context(|| format!("writing {}", path.display()))?;
            files.push(path.clone());
        }
        Ok(Self(files))
    }
}

impl Drop for StateFiles {
    fn drop(&mut self) {
        for file in &self.0 {
            // Whoever finds the file takes the host for running; it may be gone already.
            let _ = std::fs::remove_file(file);
        }
    }
}

/// Finishes the start, waits for a signal or the operator's word, then lets the calls end.
async fn wait_for_end(
    opening: Opening,
    stopped: oneshot::Receiver<End>,
    context: Rc<Context>,
    ended: oneshot::Sender<Result<End>>,
) {
    let opened = opening.finish().await;
    let end = match &opened {
        Ok(_) => told_to_end(stopped, &context).await,
        Err(_) => End::Stop,
    };
    tracing::info!("the host goes down");
    let pbx = &context.pbx;
    context.say_that_it_ends(end);
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
    // The host waits for this until the end.
    let _ = ended.send(opened.map(|_| end));
}

/// Waits for the word; a hangup signal reads the configuration again.
async fn told_to_end(mut stopped: oneshot::Receiver<End>, context: &Rc<Context>) -> End {
    use tokio::signal::unix::{SignalKind, signal};
    let heard = |kind| async move {
        match signal(kind) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    loop {
        tokio::select! {
            biased;
            end = &mut stopped => return end.unwrap_or(End::Stop),
            _ = tokio::signal::ctrl_c() => return End::Stop,
            () = heard(SignalKind::terminate()) => return End::Stop,
            () = heard(SignalKind::hangup()) => {
                let context = context.clone();
                tokio::task::spawn_local(async move { crate::office::reload_module(&context, None).await });
            }
        }
    }
}
