//! The owner of the switch on the control thread: what drivers feed and drain, and what requests and applications act on.

mod within;

use crate::calendar::{LocalTimes, PbxCalendar};
use crate::database::Database;
use crate::desk::{JOBS_MAX, Job};
use crate::endpoints::Endpoints;
use crate::reports::{REPORTS_MAX, Reports};
use crate::state::{Listener, State};
use crate::subscription::Publisher;
use crate::{Desk, Registry, SubscribeSpec, Subscription, Technologies};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, broadcast, mpsc};
use tokio::time::Instant;
use ucx_call::{
    Action, Cause, ChannelId, ChannelSnapshot, EventKind, Place, Principal, PrincipalKind, RecordingId,
    Refusal, Report, Right, Rights, Signal,
};
use ucx_dialplan::{Dialplan, LocalTime, Query};
use ucx_presence::Presence;
use ucx_switch::{Incoming, Switch, SwitchConfig};

/// Readers of the event stream at once; a further one is refused.
const SUBSCRIPTIONS_MAX: usize = 256;

/// What a [`Pbx`] is made of.
pub struct PbxConfig {
    /// Settings of the switch, with the start of the host in seconds since 1970.
    pub switch: SwitchConfig,
    /// The first dialplan.
    pub dialplan: Arc<Dialplan>,
    /// Applications and functions.
    pub registry: Registry,
    /// Who resolves dial strings.
    pub technologies: Box<dyn Technologies>,
    /// Who knows time zones.
    pub local_times: Box<dyn LocalTimes>,
    /// Variables that every channel reads and nobody sets: `ASTETCDIR`, `ENTITYID` and the like.
    pub constants: Vec<(Arc<str>, Arc<str>)>,
    /// Seed of what the dialplan draws by lot.
    pub seed: [u8; 32],
    /// The rows the database begins with: paths `/family/key` and their values.
    pub database: Vec<(Arc<str>, Arc<str>)>,
    /// Whether events that only tests watch for are published.
    pub test_events: bool,
    /// What the dialplan may have done. The operator wrote it, so it may reach the system unless the operator says otherwise.
    pub dialplan_rights: Rights,
}

impl Default for PbxConfig {
    /// A host that knows no dialplan, no application and nobody to call.
    fn default() -> Self {
        Self {
            switch: SwitchConfig::default(),
            dialplan: Arc::default(),
            registry: Registry::new(),
            technologies: Box::new(()),
            local_times: Box::new(()),
            constants: Vec::new(),
            seed: [0; 32],
            database: Vec::new(),
            test_events: false,
            dialplan_rights: Rights::ALL.with(Right::System),
        }
    }
}

/// The call plane of one host. Clones are the same one; all live on the control thread, inside a [`tokio::task::LocalSet`].
#[derive(Clone)]
pub struct Pbx(Rc<Core>);

struct Core {
    started_at: Instant,
    epoch_s: u64,
    system_name: Arc<str>,
    registry: Registry,
    technologies: Box<dyn Technologies>,
    local_times: Box<dyn LocalTimes>,
    constants: BTreeMap<Arc<str>, Arc<str>>,
    dialplan: RefCell<Arc<Dialplan>>,
    state: RefCell<State>,
    test_events: bool,
    dialplan_principal: Principal,
    wake: Notify,
    desk: mpsc::Sender<Job>,
    jobs: RefCell<Option<mpsc::Receiver<Job>>>,
}

impl Pbx {
    /// A host without calls. Its time starts now.
    pub fn new(config: PbxConfig) -> Self {
        let (desk, jobs) = mpsc::channel(JOBS_MAX);
        let pbx = Self(Rc::new(Core {
            started_at: Instant::now(),
            epoch_s: config.switch.epoch_s,
            system_name: Arc::from(config.switch.system_name.as_str()),
            registry: config.registry,
            technologies: config.technologies,
            local_times: config.local_times,
            constants: config.constants.into_iter().collect(),
            dialplan: RefCell::default(),
            test_events: config.test_events,
            dialplan_principal: Principal::new(PrincipalKind::Dialplan, config.dialplan_rights),
            state: RefCell::new(State {
                switch: Switch::new(config.switch),
                driven: BTreeMap::new(),
                originates: BTreeMap::new(),
                publishers: Vec::new(),
                actions: VecDeque::new(),
                timeout: None,
                random: ChaCha8Rng::from_seed(config.seed),
                calls: 0,
                database: Database::new(config.database),
                endpoints: Endpoints::default(),
                presence: Presence::default(),
                recordings: BTreeMap::new(),
                reports: broadcast::channel(REPORTS_MAX).0,
                quotas: BTreeMap::new(),
                listeners: BTreeMap::new(),
                headers: BTreeMap::new(),
                agreed: BTreeMap::new(),
                measures: Vec::new(),
            }),
            wake: Notify::new(),
            desk,
            jobs: RefCell::new(Some(jobs)),
        }));
        pbx.set_dialplan(config.dialplan);
        pbx.recall_states();
        pbx
    }

    /// Time since the host started.
    pub fn now(&self) -> Duration {
        self.0.started_at.elapsed()
    }

    /// The wall clock, in seconds since 1970.
    pub fn epoch_s(&self) -> u64 {
        self.0.epoch_s + self.now().as_secs()
    }

    /// The system's name; may be empty.
    pub fn system_name(&self) -> &Arc<str> {
        &self.0.system_name
    }

    /// A call came in.
    ///
    /// # Errors
    /// [`Refusal::NoSuchExtension`] if the dialplan has nothing for it (SIP 404); [`Refusal::Full`] past the limits, also
    /// while drivers do not keep up; [`Refusal::Shutdown`].
    pub fn incoming(&self, incoming: Incoming) -> Result<ChannelId, Refusal> {
        let place = &incoming.place;
        // Whether a number exists in a context with a gate is the gate's to say.
        let is_gated = place.priority == 1 && self.0.registry.gate_of(&place.context).is_some();
        let exists = || {
            let number = incoming.caller.number();
            self.exten_exists(&place.context, &place.exten, place.priority, number)
        };
        if !is_gated && !exists() {
            return Err(Refusal::NoSuchExtension);
        }
        self.has_room()?;
        self.mutate(|switch, now| switch.incoming(now, incoming))
    }

    /// A driver reports about a channel.
    pub fn signal(&self, channel: ChannelId, signal: Signal) {
        self.mutate(|switch, now| switch.handle_signal(now, channel, signal));
    }

    /// A driver tells what happened beside the channels: contacts, refusals at the door.
    pub fn publish(&self, kind: EventKind) {
        self.mutate(|switch, now| switch.publish(now, kind));
    }

    /// A driver reports about a playback in a bridge, or a recording.
    pub fn report(&self, report: Report) {
        self.mutate(|switch, now| switch.handle_report(now, report));
    }

    /// A driver hands over what a line listens to. What a line does not take in time is lost to it.
    pub fn heard(&self, listener: RecordingId, samples: &[i16]) {
        let state = self.0.state.borrow();
        if let Some(line) = state.listeners.get(&listener) {
            let _ = line.samples.try_send(Arc::from(samples));
        }
    }

    /// Somebody stops what is played to a channel.
    pub(crate) fn note_remote_stop(&self, channel: ChannelId) {
        // Nobody asks about a channel that no line drives.
        let _ = self.with_driven(channel, |driven| {
            driven.is_stopped = true;
            Ok(())
        });
    }

    pub(crate) fn note_listener(
        &self,
        listener: RecordingId,
        channel: ChannelId,
        samples: mpsc::Sender<Arc<[i16]>>,
    ) {
        let listening = Listener { channel, samples };
        self.0.state.borrow_mut().listeners.insert(listener, listening);
    }

    pub(crate) fn forget_listener(&self, listener: RecordingId) {
        self.0.state.borrow_mut().listeners.remove(&listener);
        self.mutate(|switch, now| switch.stop_listening(now, listener));
    }

    /// The time of [`Self::poll_timeout`] has come.
    pub fn handle_timeout(&self) {
        self.mutate(Switch::handle_timeout);
    }

    /// Publishes an event that only tests watch for, if the operator switched those on.
    pub fn test_event(&self, state: &str, fields: &[(&str, &str)]) {
        if !self.0.test_events {
            return;
        }
        let fields = fields
            .iter()
            .map(|(name, value)| (Arc::from(*name), Arc::from(*value)));
        self.publish(EventKind::Test {
            state: Arc::from(state),
            fields: fields.collect(),
        });
    }

    /// When the switch wants to be woken, since the host started.
    pub fn poll_timeout(&self) -> Option<Duration> {
        self.0.state.borrow().timeout
    }

    /// The next thing a driver has to do.
    pub fn poll_action(&self) -> Option<Action> {
        self.0.state.borrow_mut().actions.pop_front()
    }

    /// Waits until an action is there or the next timeout is another one. The control loop alone may wait here.
    pub async fn wake(&self) {
        self.0.wake.notified().await;
    }

    /// Serves the desks' requests, until dropped. Runs once, beside the control loop on the same thread.
    pub async fn serve_desk(&self) {
        let jobs = self.0.jobs.borrow_mut().take();
        let Some(mut jobs) = jobs else { return };
        while let Some(job) = jobs.recv().await {
            job(self);
        }
    }

    /// A handle for that principal, which any thread can use.
    pub fn desk(&self, principal: Principal) -> Desk {
        Desk::new(self.0.desk.clone(), principal)
    }

    /// Takes no more calls and asks every controller to let go of its channel.
    pub fn shutdown(&self) {
        self.mutate(Switch::shutdown);
    }

    /// Replaces the dialplan for every step from now on, and sets its globals.
    pub fn set_dialplan(&self, dialplan: Arc<Dialplan>) {
        self.mutate(|switch, now| {
            for (name, value) in dialplan.globals() {
                switch.set_global(now, name, value);
            }
        });
        *self.0.dialplan.borrow_mut() = dialplan;
        self.renew_hints();
    }

    /// The dialplan as it is now.
    pub fn dialplan(&self) -> Arc<Dialplan> {
        self.0.dialplan.borrow().clone()
    }

    /// Applications and functions.
    pub fn registry(&self) -> &Registry {
        &self.0.registry
    }

    /// A reader of the event stream from here on.
    ///
    /// # Errors
    /// [`Refusal::Full`] past the bound on readers.
    pub fn subscribe(&self, spec: SubscribeSpec) -> Result<Subscription, Refusal> {
        let mut state = self.0.state.borrow_mut();
        state.publishers.retain(|publisher| !publisher.is_closed());
        if state.publishers.len() >= SUBSCRIPTIONS_MAX {
            return Err(Refusal::Full("readers of the event stream"));
        }
        let (publisher, subscription) = Publisher::new(spec);
        state.publishers.push(publisher);
        Ok(subscription)
    }

    /// What bridges and recordings that no line owns report from here on.
    pub fn reports(&self) -> Reports {
        Reports(self.0.state.borrow().reports.subscribe())
    }

    /// Looks at the switch.
    pub fn with_switch<T>(&self, look: impl FnOnce(&Switch) -> T) -> T {
        look(&self.0.state.borrow().switch)
    }

    /// A channel as it is now.
    pub fn channel(&self, id: ChannelId) -> Option<Arc<ChannelSnapshot>> {
        self.with_switch(|switch| switch.channel(id).cloned())
    }

    /// The channel of that name or uniqueid.
    pub fn find_channel(&self, name: &str) -> Option<Arc<ChannelSnapshot>> {
        self.with_switch(|switch| match switch.channel_by_name(name) {
            Some(id) => switch.channel(id).cloned(),
            None => switch
                .channels()
                .find(|channel| *channel.uniqueid == *name)
                .cloned(),
        })
    }

    /// Asks for a channel's end, which interrupts whoever drives it; one that is over is passed over.
    pub fn hang_up(&self, channel: ChannelId, cause: Cause) {
        // It may be gone by itself, which is as well.
        let _ = self.mutate(|switch, now| switch.hangup(now, channel, cause));
    }

    /// Sends a channel to another place of the dialplan.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`], [`Refusal::NoSuchExtension`], [`Refusal::Conflict`].
    pub fn redirect(&self, channel: &ChannelSnapshot, place: Place) -> Result<(), Refusal> {
        self.check_place(channel, &place)?;
        self.mutate(|switch, now| switch.redirect(now, channel.id, place))
    }

    /// Whether a channel could go on there.
    pub(crate) fn check_place(&self, channel: &ChannelSnapshot, place: &Place) -> Result<(), Refusal> {
        let caller = channel.caller.number();
        if self.exten_exists(&place.context, &place.exten, place.priority, caller) {
            Ok(())
        } else {
            Err(Refusal::NoSuchExtension)
        }
    }

    /// Limits how long a channel may live from now; none takes the limit away.
    pub fn set_absolute_timeout(&self, channel: ChannelId, after: Option<Duration>) {
        let at = after.map(|after| self.now() + after);
        // A channel the dialplan does not run on has a limit all the same; only nobody reads it.
        let _ = self.with_driven(channel, |driven| {
            driven.timeouts.absolute_at = at;
            Ok(())
        });
        self.mutate(|switch, now| switch.set_absolute_timeout(now, channel, after));
    }

    /// Whether that priority of that extension exists for that caller now.
    pub fn exten_exists(&self, context: &str, exten: &str, priority: u32, caller: &str) -> bool {
        let calendar = self.calendar();
        let query = Query {
            context,
            exten,
            caller_id: caller,
            calendar: &calendar,
        };
        self.0.dialplan.borrow().exists(&query, priority)
    }

    /// The local time at `epoch_s` seconds since 1970, in that zone or in the host's own.
    pub fn local_time(&self, epoch_s: u64, timezone: Option<&str>) -> LocalTime {
        self.0.local_times.local_time(epoch_s, timezone)
    }

    /// The local time now, for time conditions.
    pub fn calendar(&self) -> PbxCalendar<'_> {
        PbxCalendar {
            times: &*self.0.local_times,
            epoch_s: self.epoch_s(),
        }
    }
}
