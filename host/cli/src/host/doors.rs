//! The doors of the interfaces: who serves Manager and Application clients, and on which addresses.

use crate::office::Office;
use crate::spec::HostSpec;
use anyhow::{Context, Result, anyhow};
use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpSocket;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use ucx_application::{Application, ApplicationHandle, Settings};
use ucx_call::{Principal, PrincipalKind, Right, Rights};
use ucx_config::{Diagnostic, acl, parse};
use ucx_manager::{Manager, ManagerConfig};
use ucx_pbx::Pbx;

/// What the files say of both interfaces.
pub struct DoorConfig {
    pub manager: ManagerConfig,
    pub application: Settings,
}

impl DoorConfig {
    /// Reads manager.conf, http.conf, ari.conf and acl.conf; files that are not there mean closed doors.
    ///
    /// # Errors
    /// If ucx.toml says wrongly what clients may reach: then nobody is let in.
    pub fn read(spec: &HostSpec) -> Result<(Self, Vec<Diagnostic>)> {
        let source = &*spec.source;
        let mut found = Vec::new();
        let mut file = |name: &str| {
            let (config, mut more) = parse(source, name);
            if config.found() {
                found.append(&mut more);
            }
            config
        };
        let (manager, http, ari, lists) = (
            file("manager.conf"),
            file("http.conf"),
            file("ari.conf"),
            file("acl.conf"),
        );
        let (lists, more) = acl::load(&lists);
        found.extend(more);
        let (mut manager, more) = ucx_manager::load(&manager, &lists);
        found.extend(more);
        manager.lives_dangerously = spec.is_dangerous;
        let (mut application, more) = ucx_application::settings::load(&http, &ari, &lists);
        found.extend(more);
        application.lives_dangerously = spec.is_dangerous;
        if spec.has_free_ports {
            application.http.address.set_port(0);
        }
        let scopes = spec.scopes()?;
        manager.scopes = scopes.manager;
        application.scopes = scopes.application;
        Ok((Self { manager, application }, found))
    }

    fn manager_address(&self) -> Option<SocketAddr> {
        self.manager.is_enabled.then_some(self.manager.address)
    }

    fn application_address(&self) -> Option<SocketAddr> {
        let settings = &self.application;
        settings.http.is_enabled.then_some(settings.http.address)
    }
}

/// One door: where it is, and who serves it.
#[derive(Default)]
struct Door {
    /// As it was asked for.
    wanted: Cell<Option<SocketAddr>>,
    /// As the system gave it.
    address: Cell<Option<SocketAddr>>,
    task: RefCell<Option<JoinHandle<()>>>,
}

impl Door {
    /// Opens at another address than before, or not at all; the old one is closed first.
    fn open(
        &self,
        wanted: Option<SocketAddr>,
        what: &str,
        serve: impl FnOnce(std::net::TcpListener) -> JoinHandle<()>,
    ) -> Result<()> {
        if self.wanted.get() == wanted {
            return Ok(());
        }
        self.close();
        let Some(address) = wanted else { return Ok(()) };
        let listener = match listen(address) {
            Ok(listener) => listener,
            Err(error) => {
                // Calls go on without; the operator sees why, and a reload tries again.
                tracing::error!(%error, "{address} cannot be opened for {what} clients");
                return Ok(());
            }
        };
        let address = listener.local_addr().context("the address of a listener")?;
        tracing::info!(%address, "listening for {what} clients");
        self.wanted.set(wanted);
        self.address.set(Some(address));
        *self.task.borrow_mut() = Some(serve(listener));
        Ok(())
    }

    fn close(&self) {
        if let Some(task) = self.task.borrow_mut().take() {
            task.abort();
        }
        self.wanted.set(None);
        self.address.set(None);
    }
}

/// Connections that wait to be taken. Whoever finds no place among them is heard a second later, when its system asks again,
/// so that a burst of strangers must not fill them up.
const BACKLOG: u32 = 4_096;

/// A listener that does not block.
fn listen(address: SocketAddr) -> std::io::Result<std::net::TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A host that starts again finds its port free at once.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}

/// Both interfaces at work.
pub struct Doors {
    workers: Handle,
    pub manager: Arc<Manager>,
    pub application: Application,
    /// What the applications of clients share.
    pub handle: ApplicationHandle,
    manager_door: Door,
    application_door: Door,
}

impl Doors {
    /// Starts the interfaces on the workers and opens their doors. The desk must be served meanwhile.
    pub async fn start(
        config: DoorConfig,
        pbx: &Pbx,
        office: Arc<Office>,
        handle: ApplicationHandle,
        workers: Handle,
    ) -> Result<Self> {
        let (manager_address, application_address) = (config.manager_address(), config.application_address());
        let desk = pbx.desk(Principal::new(
            PrincipalKind::Operator,
            Rights::ALL.with(Right::System),
        ));
        let starting = Manager::start(config.manager, desk.clone(), office.clone());
        let manager = workers
            .spawn(starting)
            .await
            .context("starting the Manager interface")?
            .map_err(|refusal| anyhow!("the Manager interface: {refusal}"))?;
        let application = Application::new(handle.clone(), desk, office, config.application);
        let delivering = application.clone();
        workers.spawn(async move { delivering.deliver().await });
        let doors = Self {
            workers,
            manager,
            application,
            handle,
            manager_door: Door::default(),
            application_door: Door::default(),
        };
        doors.open(manager_address, application_address)?;
        Ok(doors)
    }

    fn open(&self, manager: Option<SocketAddr>, application: Option<SocketAddr>) -> Result<()> {
        self.manager_door.open(manager, "Manager", |listener| {
            let manager = self.manager.clone();
            self.workers.spawn(async move {
                match tokio::net::TcpListener::from_std(listener) {
                    Ok(listener) => manager.serve(listener).await,
                    Err(error) => tracing::error!(%error, "the door of the Manager interface"),
                }
            })
        })?;
        self.application_door
            .open(application, "Application", |listener| {
                let application = self.application.clone();
                self.workers.spawn(async move {
                    let served = match tokio::net::TcpListener::from_std(listener) {
                        Ok(listener) => application.serve(listener).await,
                        Err(error) => Err(error),
                    };
                    if let Err(error) = served {
                        tracing::error!(%error, "the door of the Application interface");
                    }
                })
            })
    }

    /// Puts what was read again in force.
    pub fn reload_manager(&self, config: ManagerConfig) -> Result<()> {
        let address = config.is_enabled.then_some(config.address);
        self.manager.reload(config);
        self.open(address, self.application_door.wanted.get())
    }

    /// Puts what was read again in force.
    pub fn reload_application(&self, settings: Settings) -> Result<()> {
        let address = settings.http.is_enabled.then_some(settings.http.address);
        self.application.reload(settings);
        self.open(self.manager_door.wanted.get(), address)
    }

    /// Where Manager clients come in.
    pub fn manager_address(&self) -> Option<SocketAddr> {
        self.manager_door.address.get()
    }

    /// Where Application clients come in.
    pub fn application_address(&self) -> Option<SocketAddr> {
        self.application_door.address.get()
    }
}

impl Drop for Doors {
    fn drop(&mut self) {
        self.manager_door.close();
        self.application_door.close();
    }
}
