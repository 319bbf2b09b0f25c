//! Calls that a component leads, which is stopped or replaced at any of its requests: each caller gets the treatment its
//! manifest declares, and each call stays on one generation.

use crate::chance::Chance;
use crate::host::RESCUE;
use crate::seen::Home;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use ucx_call::{ChannelId, ChannelSnapshot, Event, EventKind};
use ucx_plugins::{Fate, FlowRequest, RequestSpy};

/// The plugin that leads calls.
pub(crate) const FLOW: &str = "wayward";

/// How long the dialplan may take to go on after the flow is over.
const GOES_ON_WITHIN: Duration = Duration::from_secs(1);
/// At so many requests of a thousand every flow is stopped by force, and at so many the component is replaced.
const STOPPED_PERMILLE: u64 = 60;
const SWAPPED_PERMILLE: u64 = 120;

/// What was done at a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Meddling {
    Stopped,
    Swapped,
}

/// What requests showed, and what was done at them. The lock guards a look: guests and the world are on one thread.
struct Seen {
    chance: Chance,
    /// The generation that leads each call.
    generations: BTreeMap<ChannelId, u64>,
    /// What was done at which request of a flow.
    done: BTreeSet<(u64, Meddling)>,
    mixed: Option<String>,
}

/// Who watches calls that are led.
pub(crate) struct Led {
    seen: Arc<Mutex<Seen>>,
    /// Flows that are over, how they ended, and since when the dialplan is to go on.
    over: BTreeMap<ChannelId, (String, Duration)>,
    /// Channels that somebody took elsewhere.
    taken: BTreeSet<ChannelId>,
    pub(crate) ended: u64,
    pub(crate) rescued: u64,
}

impl Led {
    /// A watcher, and the spy that meddles for it.
    pub(crate) fn new(seed: u64, home: Home) -> (Self, RequestSpy) {
        let seen = Arc::new(Mutex::new(Seen {
            chance: Chance::new(seed, "meddling"),
            generations: BTreeMap::new(),
            done: BTreeSet::new(),
            mixed: None,
        }));
        let eyes = Arc::clone(&seen);
        let spy: RequestSpy = Arc::new(move |request| {
            look(&eyes, &home, request);
            Fate::Lives
        });
        let led = Self {
            seen,
            over: BTreeMap::new(),
            taken: BTreeSet::new(),
            ended: 0,
            rescued: 0,
        };
        (led, spy)
    }

    /// Takes the next event; the error says which rule it breaks.
    #[allow(clippy::wildcard_enum_match_arm)] // few events concern those who are led
    pub(crate) fn add(&mut self, event: &Event) -> Result<(), String> {
        if let Some(mixed) = &lock(&self.seen).mixed {
            return Err(mixed.clone());
        }
        match &event.kind {
            EventKind::VariableSet {
                channel: Some(channel),
                name,
                value,
            } if &**name == "WASMSTATUS" && is_led(channel) => {
                self.ended += 1;
                self.over.insert(channel.id, (value.to_string(), event.at));
                Ok(())
            }
            EventKind::PluginDecided {
                plugin,
                generation,
                channel,
                ..
            } if &**plugin == FLOW => self.end(channel, *generation),
            EventKind::PluginFailed {
                plugin,
                generation,
                channel: Some(channel),
                ..
            } if &**plugin == FLOW => self.end(channel, *generation),
            EventKind::ChannelChanged { old, new } if old.place != new.place => self.go_on(new),
            EventKind::HangupRequested { channel, .. } | EventKind::ChannelEnded { channel } => {
                self.over.remove(&channel.id);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Somebody asks for a channel to end or to go elsewhere.
    pub(crate) fn ask(&mut self, channel: ChannelId) {
        self.taken.insert(channel);
    }

    /// The flow of a call is over: on the generation it began on.
    fn end(&self, channel: &ChannelSnapshot, generation: u64) -> Result<(), String> {
        match lock(&self.seen).generations.remove(&channel.id) {
            Some(began) if began != generation => Err(format!(
                "{} began on generation {began} and ended on {generation}",
                channel.name
            )),
            Some(_) | None => Ok(()),
        }
    }

    /// The dialplan goes on: after the flow, or where its manifest says.
    fn go_on(&mut self, channel: &ChannelSnapshot) -> Result<(), String> {
        let Some((status, _)) = self.over.remove(&channel.id) else {
            return Ok(());
        };
        let is_rescued = &*channel.place.context == RESCUE;
        self.rescued += u64::from(is_rescued);
        let is_elsewhere = self.taken.contains(&channel.id) || &*channel.place.exten == "h";
        if is_elsewhere || is_rescued == (status != "SUCCESS") {
            return Ok(());
        }
        Err(format!(
            "{} goes on at {} after its flow ended with {status}",
            channel.name, channel.place
        ))
    }

    /// Nothing hangs after a flow.
    pub(crate) fn look(&self, now: Duration) -> Result<(), String> {
        let late = self.over.iter().find(|(_, (_, at))| *at + GOES_ON_WITHIN < now);
        match late {
            Some((channel, (status, _))) => Err(format!(
                "channel {} does not go on after its flow ({status})",
                channel.0
            )),
            None => Ok(()),
        }
    }

    /// The requests at which flows were stopped, and at which the component was replaced: a bit for each, the first one's
    /// being the lowest.
    pub(crate) fn meddled(&self) -> (u64, u64) {
        let seen = lock(&self.seen);
        let bits = |what| {
            let numbers = seen.done.iter().filter(|(_, done)| *done == what);
            numbers.fold(0, |bits, (number, _)| {
                bits | 1_u64.checked_shl(shift(*number)).unwrap_or(0)
            })
        };
        (bits(Meddling::Stopped), bits(Meddling::Swapped))
    }
}

fn shift(number: u64) -> u32 {
    u32::try_from(number.saturating_sub(1)).unwrap_or(u32::MAX)
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

fn is_led(channel: &ChannelSnapshot) -> bool {
    channel
        .step
        .as_ref()
        .is_some_and(|step| &*step.application == "Wasm" && step.data.starts_with(FLOW))
}

/// A request is made: whether its call is still on its generation, and what chance does to the component now.
fn look(seen: &Mutex<Seen>, home: &Home, request: FlowRequest<'_>) {
    let meddling = {
        let mut seen = lock(seen);
        if let Some(caller) = request.caller {
            let began = *seen.generations.entry(caller).or_insert(request.generation);
            if began != request.generation && request.number > 1 {
                seen.mixed.get_or_insert_with(|| {
                    format!(
                        "call {} is led by generation {} and asked by {}",
                        caller.0, began, request.generation
                    )
                });
            }
            seen.generations.insert(caller, request.generation);
        }
        let meddling = match seen.chance.below(1_000) {
            n if n < STOPPED_PERMILLE => Some(Meddling::Stopped),
            n if n < STOPPED_PERMILLE + SWAPPED_PERMILLE => Some(Meddling::Swapped),
            _ => None,
        };
        if let Some(meddling) = meddling {
            seen.done.insert((request.number, meddling));
        }
        meddling
    };
    let Some(host) = home.get().and_then(Weak::upgrade) else {
        return;
    };
    match meddling {
        Some(Meddling::Stopped) => {
            host.stop_flows(FLOW);
        }
        Some(Meddling::Swapped) => {
            // Both generations are there: it is one step.
            tokio::spawn(async move { host.roll_back(FLOW, None, "chance").await.map(drop) });
        }
        None => {}
    }
}
