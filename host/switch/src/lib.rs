//! The core: one synchronous owner of every channel, bridge and dial, with one ordered event stream.
//!
//! Contract: call one method that takes `&mut self`, then drain [`Switch::poll_action`], [`Switch::poll_event`] and
//! [`Switch::poll_notice`] until each is empty, then call the next. The switch has no clock and no sockets: `now` is the
//! time since the host started, and seeds come with the configuration.

mod audio;
mod bridge;
mod channel;
mod config;
mod control;
mod dial;
mod dialler;
mod digits;
mod driver;
mod ear;
mod fault;
mod forward;
mod hangup;
mod invariants;
mod join;
mod lease;
mod local;
mod meeting;
mod originate;
mod outgoing;
mod recording;
mod request;
mod snoop;
mod sound;
mod timer;
mod variable;
mod view;

#[cfg(test)]
mod tests;

pub use config::{
    BridgeSpec, DialLeg, DialRequest, DialTarget, EnterSpec, Incoming, Joiner, Limits, OriginateRequest,
    RingPolicy, SnoopSpec, SwitchConfig, Ways,
};
pub use fault::Fault;

use bridge::Bridge;
use channel::Channel;
use dial::Dial;
use ear::Ear;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use timer::Timer;
use ucx_call::{
    Action, BridgeId, ChannelId, DialId, Event, EventKind, Notice, Part, RecordingId, RecordingOf, Source,
};

/// Owner of all channels, bridges and dials.
pub struct Switch {
    config: SwitchConfig,
    random: ChaCha8Rng,
    channels: BTreeMap<ChannelId, Channel>,
    names: BTreeMap<Arc<str>, ChannelId>,
    bridges: BTreeMap<BridgeId, Bridge>,
    dials: BTreeMap<DialId, Dial>,
    globals: BTreeMap<Arc<str>, Arc<str>>,
    timers: BTreeSet<(Duration, Timer)>,
    counters: Counters,
    /// Channels whose audio has to be looked at before the mutation ends.
    dirty: Vec<ChannelId>,
    dirty_bridges: BTreeSet<BridgeId>,
    /// What drivers were last told of the mix of each bridge that has one.
    mixes: BTreeMap<BridgeId, (Arc<[Part]>, Source)>,
    /// Channels that overhear others or whisper to them.
    snoops: BTreeSet<ChannelId>,
    recordings: BTreeMap<RecordingId, RecordingOf>,
    /// Controllers that listen, and to which channel.
    listeners: BTreeMap<RecordingId, (ChannelId, RecordingOf)>,
    /// Local halves that are recorded or listened to.
    ears: BTreeMap<ChannelId, Ear>,
    /// Mixes of what channels hear, and whose; each is for one recording.
    side_mixes: BTreeMap<BridgeId, ChannelId>,
    events: VecDeque<Event>,
    actions: VecDeque<Action>,
    notices: VecDeque<Notice>,
    is_shutting_down: bool,
    #[cfg(feature = "faults")]
    fault: Option<Fault>,
}

/// The next number of each kind.
#[derive(Default)]
struct Counters {
    channel: u64,
    bridge: u64,
    dial: u64,
    playback: u64,
    recording: u64,
    event: u64,
    pjsip_name: u32,
    local_name: u32,
    snoop_name: u32,
    rtp_name: u32,
    optimization: u64,
}

impl Switch {
    /// An empty switch.
    pub fn new(config: SwitchConfig) -> Self {
        Self {
            random: ChaCha8Rng::from_seed(config.seed),
            config,
            channels: BTreeMap::new(),
            names: BTreeMap::new(),
            bridges: BTreeMap::new(),
            dials: BTreeMap::new(),
            globals: BTreeMap::new(),
            timers: BTreeSet::new(),
            counters: Counters::default(),
            dirty: Vec::new(),
            dirty_bridges: BTreeSet::new(),
            mixes: BTreeMap::new(),
            snoops: BTreeSet::new(),
            recordings: BTreeMap::new(),
            listeners: BTreeMap::new(),
            ears: BTreeMap::new(),
            side_mixes: BTreeMap::new(),
            events: VecDeque::new(),
            actions: VecDeque::new(),
            notices: VecDeque::new(),
            is_shutting_down: false,
            #[cfg(feature = "faults")]
            fault: None,
        }
    }

    /// The next thing a driver has to do.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// The next event for the world.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// The next notice for a controller.
    pub fn poll_notice(&mut self) -> Option<Notice> {
        self.notices.pop_front()
    }

    /// Puts an event that has its origin outside the switch (contacts, security, plugins) into the one stream.
    pub fn publish(&mut self, now: Duration, kind: EventKind) {
        self.emit(now, kind);
    }

    fn emit(&mut self, at: Duration, kind: EventKind) {
        self.counters.event += 1;
        self.events.push_back(Event {
            sequence: self.counters.event,
            at,
            kind,
        });
    }
}

/// The number before this step, which a counter then makes.
fn next<T: Copy + std::ops::AddAssign + From<u8>>(counter: &mut T) -> T {
    let value = *counter;
    *counter += T::from(1);
    value
}
