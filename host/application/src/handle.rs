//! What all parts of the interface share: the applications, the clock, and the one ordered way to their sockets.
//!
//! Messages of the host's stream and messages of applications' own doings (StasisStart, PlaybackFinished …) meet in one
//! task, [`Fan`]. Whoever posts one of the latter says which event of the stream it comes after, so that a client never
//! sees a channel enter an application before the steps that led there, nor hears of a channel it does not listen to yet.

mod fan;

pub use fan::Fan;

use crate::applications::{Applications, Rejected, Source};
use crate::clock::Clock;
use crate::event::Message;
use crate::event::derive::sources_of_channel;
use crate::event::render::{self, Context};
use crate::event::surroundings::Surroundings;
use crate::stasis::board::Board;
use bytes::Bytes;
use jiff::tz::TimeZone;
use std::fmt;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::{Notify, mpsc};
use ucx_call::{ChannelSnapshot, Refusal};
use ucx_config::acl::{self, AccessRule};
use ucx_pbx::{Pbx, Position, Registry, SubscribeSpec, Subscription};

/// Messages that may wait for one socket; at one more the socket is given up, as it does not read.
pub const SOCKET_MESSAGES_MAX: usize = 16_384;

/// Posts that may wait for the fan; a further one is lost, with an error in the log.
const POSTS_MAX: usize = 65_536;

/// Events that may wait for the fan; further ones become a gap, with a warning in the log.
const EVENTS_MAX: usize = 65_536;

/// Variables that may wait for the fan to show them; further ones are not shown.
const REPORTS_MAX: usize = 4_096;

/// The way to one client's socket. Two are equal if they lead to the same one.
#[derive(Clone, Debug)]
pub struct Socket {
    id: u64,
    messages: mpsc::Sender<Bytes>,
}

impl PartialEq for Socket {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Socket {
    /// Sends a message; false if the client does not read, or is gone.
    pub fn send(&self, message: Bytes) -> bool {
        self.messages.try_send(message).is_ok()
    }
}

/// The host itself and nobody else.
fn loopback() -> Vec<AccessRule> {
    let networks = ["0.0.0.0/0", "::/0", "127.0.0.0/8", "::1"];
    let [all, all6, own, own6] = networks.map(|network| network.parse().expect("it is a network"));
    vec![
        AccessRule::Deny(all),
        AccessRule::Deny(all6),
        AccessRule::Permit(own),
        AccessRule::Permit(own6),
    ]
}

/// Something an application does, to be told at its place in the stream.
#[derive(Debug)]
struct Post {
    /// The sequence of the event it comes after; 0 to come as soon as it can.
    after: u64,
    /// When it was, since the host started.
    at: Duration,
    what: What,
}

#[derive(Debug)]
enum What {
    /// To one application, whether it listens or not.
    Tell { application: Arc<str>, message: Message },
    /// To all that listen to one of these.
    Publish { sources: Vec<Source>, message: Message },
    /// A channel comes into an application.
    Enter {
        application: Arc<str>,
        channel: Arc<ChannelSnapshot>,
        message: Message,
    },
    /// A channel goes.
    Leave {
        application: Arc<str>,
        channel: Arc<ChannelSnapshot>,
    },
    /// An application begins to listen.
    Subscribe { application: Arc<str>, source: Source },
    /// An application listens no more, or less.
    Unsubscribe { application: Arc<str>, source: Source },
}

/// What the fan reads.
struct Inflow {
    posts: mpsc::Receiver<Post>,
    events: Option<(Subscription, u64)>,
}

struct Shared {
    entity_id: Arc<str>,
    zone: TimeZone,
    clock: OnceLock<Clock>,
    sockets: AtomicU64,
    posts: mpsc::Sender<Post>,
    /// Taken once, by the fan.
    inflow: Mutex<Option<Inflow>>,
    /// Read and changed by dialplan tasks on the control thread, by requests and by the fan; held for one look or change,
    /// never across an await. An owner of its own would make `Stasis()` wait for another thread.
    applications: Mutex<Applications<Socket>>,
    /// Rung when the first application is registered.
    bell: Notify,
    /// How far the stream is, and how far it was when the first application was registered, which is told what follows.
    position: OnceLock<Position>,
    since: AtomicU64,
    /// Names of variables to show with channels, until the fan takes them.
    /// Variables to show with channels, until the fan takes them over.
    shown: Mutex<Option<Vec<Arc<str>>>>,
    names: Mutex<Arc<[Arc<str>]>>,
    media: Mutex<Vec<AccessRule>>,
    /// Variables to show with a channel, until the fan takes them over.
    reports: Mutex<Vec<(Arc<str>, Arc<str>)>>,
    board: Board,
    #[cfg(feature = "faults")]
    fault: OnceLock<crate::Fault>,
}

/// A handle of the interface; cheap to clone, usable on any thread, made before the [`Pbx`].
#[derive(Clone)]
pub struct ApplicationHandle(Arc<Shared>);

impl fmt::Debug for ApplicationHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApplicationHandle").finish_non_exhaustive()
    }
}

impl ApplicationHandle {
    /// An interface of the host with that name of six bytes, whose clients read times of that zone.
    pub fn new(entity_id: Arc<str>, zone: TimeZone) -> Self {
        let (sender, posts) = mpsc::channel(POSTS_MAX);
        Self(Arc::new(Shared {
            entity_id,
            zone,
            clock: OnceLock::new(),
            sockets: AtomicU64::new(0),
            posts: sender,
            inflow: Mutex::new(Some(Inflow { posts, events: None })),
            applications: Mutex::default(),
            bell: Notify::new(),
            position: OnceLock::new(),
            since: AtomicU64::new(0),
            shown: Mutex::default(),
            names: Mutex::default(),
            media: Mutex::new(loopback()),
            reports: Mutex::default(),
            board: Board::default(),
            #[cfg(feature = "faults")]
            fault: OnceLock::new(),
        }))
    }

    /// Makes that mistake from now on.
    #[cfg(feature = "faults")]
    pub fn inject(&self, fault: crate::Fault) {
        // The first one counts.
        let _ = self.0.fault.set(fault);
    }

    #[cfg(feature = "faults")]
    pub(crate) fn has(&self, fault: crate::Fault) -> bool {
        self.0.fault.get() == Some(&fault)
    }

    /// Adds `Stasis()` to the applications of the dialplan.
    pub fn register(&self, registry: &mut Registry) {
        crate::stasis::register(self, registry);
    }

    /// Begins to read the stream, from here on. To be called once, on the control thread, before there are calls.
    ///
    /// # Errors
    /// [`Refusal::Full`] past the bound on readers.
    pub fn attach(&self, pbx: &Pbx) -> Result<(), Refusal> {
        let up = pbx.now();
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.attach_at(pbx, wall.saturating_sub(up))
    }

    /// As [`Self::attach`], for a host that started that long after 1970.
    ///
    /// # Errors
    /// As for [`Self::attach`].
    pub fn attach_at(&self, pbx: &Pbx, epoch: Duration) -> Result<(), Refusal> {
        self.set_clock(pbx.now(), epoch);
        let spec = SubscribeSpec {
            name: Arc::from("application"),
            capacity: EVENTS_MAX,
            wants: |_| true,
        };
        let subscription = pbx.subscribe(spec)?;
        // A second attachment keeps the first one's, as nobody reads the second.
        let _ = self.0.position.set(subscription.position());
        let sequence = pbx.with_switch(|switch| switch.sequence());
        if let Some(inflow) = lock(&self.0.inflow).as_mut() {
            inflow.events = Some((subscription, sequence));
        }
        Ok(())
    }

    fn set_clock(&self, up: Duration, epoch: Duration) {
        // A second attachment keeps the first clock.
        let _ = self.0.clock.set(Clock::new(up, epoch, self.0.zone.clone()));
    }

    /// Shows those variables with channels (`channelvars` of ari.conf). Takes effect when the fan reads it next.
    pub fn show_variables(&self, names: Vec<Arc<str>>) {
        *lock(&self.0.names) = Arc::from(names.clone());
        *lock(&self.0.shown) = Some(names);
    }

    /// Shows a variable with that channel from the time it is set next; to be said before it is set.
    pub fn report_variable(&self, uniqueid: &str, name: &str) {
        let mut reports = lock(&self.0.reports);
        if reports.len() < REPORTS_MAX {
            reports.push((Arc::from(uniqueid), Arc::from(name)));
        }
    }

    /// The variables that are shown with channels.
    pub fn shown_variables(&self) -> Arc<[Arc<str>]> {
        lock(&self.0.names).clone()
    }

    /// Says to which addresses clients may have media sent (`external_media_hosts` of ari.conf).
    pub fn allow_media(&self, rules: Vec<AccessRule>) {
        *lock(&self.0.media) = rules;
    }

    /// Whether clients may have media sent to that address.
    pub fn allows_media(&self, address: IpAddr) -> bool {
        acl::is_permitted(&lock(&self.0.media), address)
    }

    /// Which channels are in applications, and what plays and is recorded.
    pub fn board(&self) -> &Board {
        &self.0.board
    }

    /// Six bytes that name this host.
    pub fn entity_id(&self) -> &Arc<str> {
        &self.0.entity_id
    }

    /// Turns times into stamps. Before [`Self::attach`] a clock that begins now.
    pub fn clock(&self) -> &Clock {
        self.0.clock.get_or_init(|| {
            let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            Clock::new(Duration::ZERO, wall, self.0.zone.clone())
        })
    }

    /// The task that brings messages to sockets; to be run on the workers. None if it was taken before.
    pub fn fan(&self) -> Option<Fan> {
        let inflow = lock(&self.0.inflow).take()?;
        Some(Fan::new(self.clone(), inflow))
    }

    /// Looks at the applications, or changes them. Must not call back into the handle.
    pub fn with_applications<T>(&self, work: impl FnOnce(&mut Applications<Socket>) -> T) -> T {
        work(&mut lock(&self.0.applications))
    }

    /// Whether such an application is there to take channels.
    pub fn is_registered(&self, application: &str) -> bool {
        self.with_applications(|applications| applications.is_registered(application))
    }

    /// Whether any application was there before the event of that sequence.
    fn is_listened_to(&self, sequence: u64) -> bool {
        self.with_applications(|applications| {
            !applications.is_empty() && sequence > self.0.since.load(Ordering::Relaxed)
        })
    }

    /// A new socket, and what is sent to it.
    pub fn socket(&self) -> (Socket, mpsc::Receiver<Bytes>) {
        let (messages, receiver) = mpsc::channel(SOCKET_MESSAGES_MAX);
        let id = self.0.sockets.fetch_add(1, Ordering::Relaxed);
        (Socket { id, messages }, receiver)
    }

    /// A socket takes an application; the one that had it is told.
    ///
    /// # Errors
    /// [`Rejected::Full`].
    pub fn take_application(
        &self,
        name: &str,
        socket: &Socket,
        subscribes_all: bool,
    ) -> Result<(), Rejected> {
        let replaced = self.with_applications(|applications| {
            if applications.is_empty() {
                let newest = self.0.position.get().map_or(0, Position::newest);
                self.0.since.store(newest, Ordering::Relaxed);
                self.0.bell.notify_one();
            }
            let replaced = applications.register(name, socket.clone(), subscribes_all)?;
            let is_told = applications
                .filter(name)
                .is_some_and(|filter| filter.lets("ApplicationReplaced"));
            Ok(replaced.filter(|old| old != socket && is_told))
        })?;
        if let Some(old) = replaced {
            old.send(self.render(&Message::ApplicationReplaced).to(name));
        }
        Ok(())
    }

    /// A message as it is written now, for one that goes to a socket directly.
    pub fn render(&self, message: &Message) -> render::Rendered {
        let surroundings = Surroundings::default();
        let context = Context {
            entity_id: &self.0.entity_id,
            clock: self.clock(),
            surroundings: &surroundings,
        };
        render::render(message, self.clock().now(), &context)
    }

    /// A channel comes into an application, which listens to it from then on and is told StasisStart. `after` is the
    /// sequence of the newest event (`pbx.with_switch(|switch| switch.sequence())` on the control thread); so for all that
    /// follow, where 0 means as soon as it can be.
    pub fn enter(
        &self,
        after: u64,
        application: &str,
        channel: Arc<ChannelSnapshot>,
        args: Vec<String>,
        replaced: Option<Arc<ChannelSnapshot>>,
    ) {
        let message = Message::StasisStart {
            channel: channel.clone(),
            args,
            replaced,
        };
        self.post(
            after,
            What::Enter {
                application: Arc::from(application),
                channel,
                message,
            },
        );
    }

    /// A channel goes: the application is told StasisEnd and listens to it no more, unless its client asked for it.
    pub fn leave(&self, after: u64, application: &str, channel: Arc<ChannelSnapshot>) {
        self.post(
            after,
            What::Leave {
                application: Arc::from(application),
                channel,
            },
        );
    }

    /// Tells one application something, whether it listens or not; its filter is asked.
    pub fn tell(&self, after: u64, application: &str, message: Message) {
        self.post(
            after,
            What::Tell {
                application: Arc::from(application),
                message,
            },
        );
    }

    /// Tells all that listen to one of these sources.
    pub fn publish(&self, after: u64, sources: Vec<Source>, message: Message) {
        self.post(after, What::Publish { sources, message });
    }

    /// Tells all that listen to a channel.
    pub fn publish_about(&self, after: u64, channel: &ChannelSnapshot, message: Message) {
        self.publish(after, sources_of_channel(channel), message);
    }

    /// An application begins to listen, at that place of the stream. (Clients' own wishes go through
    /// [`Self::with_applications`], at once.)
    pub fn subscribe(&self, after: u64, application: &str, source: Source) {
        self.post(
            after,
            What::Subscribe {
                application: Arc::from(application),
                source,
            },
        );
    }

    /// It listens no more, or less.
    pub fn unsubscribe(&self, after: u64, application: &str, source: Source) {
        self.post(
            after,
            What::Unsubscribe {
                application: Arc::from(application),
                source,
            },
        );
    }

    fn post(&self, after: u64, what: What) {
        if matches!(what, What::Tell { .. } | What::Publish { .. })
            && self.with_applications(|applications| applications.is_empty())
        {
            // Nobody is there to be told; whoever comes before it is released is none that it happened to.
            return;
        }
        let at = self.clock().now();
        if self.0.posts.try_send(Post { after, at, what }).is_err() {
            tracing::error!("a message to applications is lost: too many wait");
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
