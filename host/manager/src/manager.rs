//! The interface as a whole: its configuration, its sessions, and the listener that takes new ones.

use crate::action::Mutes;
use crate::connection::Connection;
use crate::door::Door;
use crate::event::{NoHints, RenderContext};
use crate::render::{self, SharedVariables};
use crate::sessions::{Connected, Sessions};
use crate::{ManagerConfig, User};
use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, SystemTime};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use ucx_call::{EventKind, Principal, PrincipalKind, Refusal, Right, Rights, SecurityEvent, SecurityKind};
use ucx_pbx::{Desk, Host, Position, SubscribeSpec};

/// Connections there may be at once; a further one is closed at once.
pub const CONNECTIONS_MAX: usize = 4_096;

/// How long the listener rests when the system has no room for another connection.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// The Manager interface.
pub struct Manager {
    config: RwLock<Arc<ManagerConfig>>,
    pub(crate) desk: Desk,
    pub(crate) host: Arc<dyn Host>,
    pub(crate) sessions: Sessions,
    /// How far the event stream is.
    pub(crate) position: Position,
    pub(crate) variables: SharedVariables,
    pub(crate) mutes: Mutes,
    door: Mutex<Door>,
    /// How half-open sessions hear that they have to give way, by their tickets. Held for one question, never across an await.
    half_open: Mutex<BTreeMap<u64, Arc<Notify>>>,
    /// What the wall clock showed when the host started, since 1970.
    epoch: Duration,
    connections: AtomicUsize,
    next_number: AtomicU64,
    random: RandomState,
}

impl Manager {
    /// Begins to read the event stream, on the runtime it is called on. The desk needs the rights to look and to
    /// administer; each session gets one with its user's rights.
    ///
    /// # Errors
    /// [`Refusal`] if the stream cannot be read.
    pub async fn start(config: ManagerConfig, desk: Desk, host: Arc<dyn Host>) -> Result<Arc<Self>, Refusal> {
        let spec = SubscribeSpec {
            name: Arc::from("manager"),
            capacity: render::EVENTS_MAX,
            wants: |_| true,
        };
        let subscription = desk.subscribe(spec).await?;
        let manager = Arc::new(Self {
            variables: SharedVariables::new(config.channel_variables.clone()),
            config: RwLock::new(Arc::new(config)),
            desk,
            epoch: wall().saturating_sub(host.times().0),
            host,
            sessions: Sessions::default(),
            position: subscription.position(),
            mutes: Mutes::default(),
            door: Mutex::default(),
            half_open: Mutex::default(),
            connections: AtomicUsize::new(0),
            next_number: AtomicU64::new(1),
            random: RandomState::new(),
        });
        tokio::spawn(render::run(manager.clone(), subscription));
        Ok(manager)
    }

    /// Takes connections from a listener until the task is ended.
    pub async fn serve(self: Arc<Self>, listener: TcpListener) {
        loop {
            let (stream, remote) = match listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a manager connection could not be taken");
                    tokio::time::sleep(ACCEPT_REST).await;
                    continue;
                }
            };
            if let Some(admission) = self.admit(remote.ip()) {
                tokio::spawn(self.clone().connection(stream, admission));
            } else {
                tracing::debug!(%remote, "a manager connection was turned away");
            }
        }
    }

    async fn connection(self: Arc<Self>, stream: TcpStream, admission: Admission) {
        let number = self.next_number.fetch_add(1, Ordering::Relaxed);
        // Eight or nine digits, as the field's.
        let challenge = (self.random.hash_one(number) % 1_000_000_000) as u32;
        match Connection::new(self, stream, number, challenge, admission) {
            Ok(connection) => connection.run().await,
            Err(error) => tracing::debug!(%error, "a manager connection was gone at once"),
        }
    }

    /// Puts another configuration in force. Sessions of users that are gone, or have another secret, end.
    pub fn reload(&self, config: ManagerConfig) {
        let config = Arc::new(config);
        let old = {
            let mut own = self.config.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *own, config.clone())
        };
        if old.channel_variables != config.channel_variables {
            self.variables.watch(config.channel_variables.clone());
        }
        self.sessions.end(|who| {
            let user = config.users.get(&*who.user.name);
            user.is_none_or(|user| user.secret() != who.user.secret())
        });
    }

    /// The configuration in force.
    pub fn config(&self) -> Arc<ManagerConfig> {
        self.config.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The users, by name.
    pub fn users(&self) -> Vec<Arc<User>> {
        self.config().users.values().cloned().collect()
    }

    /// The sessions that are logged in, in the order of their logins.
    pub fn connected(&self) -> Vec<Connected> {
        self.sessions.list()
    }

    /// How blocks of channels and heads of events are written now.
    pub(crate) fn context(&self) -> RenderContext<'_> {
        let (up, since_reload) = self.host.times();
        RenderContext {
            epoch: self.epoch,
            reloaded_at: up.saturating_sub(since_reload),
            system_name: &self.host.identity().system_name,
            timestamps: self.config().has_timestamps,
            variables: &self.variables,
            hints: &NoHints,
        }
    }

    /// A desk with the rights of a user.
    pub(crate) fn desk_of(&self, user: &User) -> Desk {
        self.desk.of(self.principal(user, user.rights()))
    }

    /// A desk for the functions a user names itself: the system is out of their reach, unless the host lives dangerously.
    pub(crate) fn desk_of_functions(&self, user: &User) -> Desk {
        let rights = match self.config().lives_dangerously {
            true => user.rights(),
            false => user.rights().without(Right::System),
        };
        self.desk.of(self.principal(user, rights))
    }

    fn principal(&self, user: &User, rights: Rights) -> Principal {
        let principal = Principal::new(PrincipalKind::ManagerUser(user.name.clone()), rights);
        principal.within(self.config().scopes.of(&user.name))
    }

    /// Notes a login that failed.
    pub(crate) fn failed(&self, address: IpAddr) {
        self.door().failed(address, self.host.times().0);
    }

    /// Tells readers of security events what happened.
    pub(crate) async fn tell(&self, event: SecurityEvent) {
        let is_informational = event.kind.is_informational();
        if let SecurityKind::SuccessfulAuth { .. } = event.kind {
            tracing::debug!(remote = %event.remote, account = %event.account, "a manager user logged in");
        } else if !is_informational {
            tracing::info!(remote = %event.remote, account = %event.account, kind = event.kind.name(), "manager");
        }
        if let Err(refusal) = self.desk.publish(EventKind::Security(Arc::new(event))).await {
            tracing::debug!(%refusal, "a security event was not published");
        }
    }

    fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Admission> {
        if self.connections.load(Ordering::Relaxed) >= CONNECTIONS_MAX {
            return None;
        }
        let limit = self.config().auth_limit;
        let place = self.door().admit(address, limit, self.host.times().0)?;
        let gives_way = Arc::<Notify>::default();
        let mut half_open = self.half_open();
        half_open.insert(place.ticket, gives_way.clone());
        if let Some(oldest) = place.gives_way.and_then(|ticket| half_open.remove(&ticket)) {
            oldest.notify_one();
        }
        self.connections.fetch_add(1, Ordering::Relaxed);
        Some(Admission {
            manager: self.clone(),
            address,
            ticket: place.ticket,
            gives_way,
            is_settled: false,
        })
    }

    fn half_open(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Notify>>> {
        self.half_open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Held for one question, never across an await.
    fn door(&self) -> MutexGuard<'_, Door> {
        self.door.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection's place: among the half-open ones until it is settled, among all until it is dropped.
pub(crate) struct Admission {
    manager: Arc<Manager>,
    address: IpAddr,
    ticket: u64,
    gives_way: Arc<Notify>,
    is_settled: bool,
}

impl Admission {
    /// Tells when a session that has not logged in has to make room for another.
    pub fn gives_way(&self) -> Arc<Notify> {
        self.gives_way.clone()
    }

    /// The session has logged in.
    pub fn settle(&mut self) {
        if !self.is_settled {
            self.is_settled = true;
            self.manager.door().settle(self.address, self.ticket);
            self.manager.half_open().remove(&self.ticket);
        }
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        self.settle();
        self.manager.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The wall clock, since 1970.
pub(crate) fn wall() -> Duration {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or(Duration::ZERO)
}
