//! What the requests of a script's component showed, and what is done at the one that was chosen.

use crate::script::{Play, What};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use tokio::time::Instant;
use ucx_call::ChannelId;
use ucx_plugins::{Fate, FlowRequest, PluginHost};

/// The host of the components, once there is one.
pub(crate) type Home = Arc<OnceLock<Weak<PluginHost>>>;

/// Where a script is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Act {
    /// Everybody gets ready.
    #[default]
    Before,
    /// Requests count.
    Open,
    /// They count no more.
    Over,
}

/// What requests showed. The lock guards a look: guests and the world are on one thread.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) act: Act,
    pub(crate) requests: u64,
    /// When it was meddled with, and whose instance asked then.
    pub(crate) done: Option<(Instant, Option<ChannelId>)>,
    /// When the component failed, as its host reports it.
    pub(crate) failed: Option<Instant>,
    /// The generation that leads each call.
    pub(crate) generations: BTreeMap<ChannelId, (Instant, u64)>,
    /// The newest request of an application: its generation, and which one of its instance.
    pub(crate) last: Option<(u64, u64)>,
    /// Instances of an application that began.
    pub(crate) begun: Vec<(Instant, u64)>,
    pub(crate) mixed: Option<String>,
}

pub(crate) fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A request is made: whether it is its instance's turn, and what becomes of it.
pub(crate) fn look(play: Play, seen: &Mutex<Seen>, home: &Home, request: FlowRequest<'_>) -> Fate {
    let what = {
        let mut seen = lock(seen);
        if seen.act == Act::Before || play.script.target() != Some(request.plugin) {
            return Fate::Lives;
        }
        seen.note(&request);
        if seen.act == Act::Over {
            return Fate::Lives;
        }
        seen.requests += 1;
        let due = play.meddling.filter(|(at, _)| *at == seen.requests);
        if due.is_some() {
            seen.done = Some((Instant::now(), request.caller));
        }
        due.map(|(_, what)| what)
    };
    let host = home.get().and_then(Weak::upgrade);
    match (what, host) {
        (Some(What::Trapped(fate)), _) => return fate,
        (Some(What::Stopped), Some(host)) => {
            host.stop_flows(request.plugin);
        }
        (Some(What::Swapped), Some(host)) => {
            let plugin = request.plugin.to_owned();
            // Both generations are there: it is one step.
            tokio::spawn(async move { host.roll_back(&plugin, None, "script").await.map(drop) });
        }
        (Some(What::Stopped | What::Swapped), None) | (None, _) => {}
    }
    Fate::Lives
}

impl Seen {
    fn note(&mut self, request: &FlowRequest<'_>) {
        let now = Instant::now();
        if let Some(caller) = request.caller {
            let (_, began) = *self
                .generations
                .entry(caller)
                .or_insert((now, request.generation));
            if began != request.generation {
                let words = format!(
                    "call {} is led by generation {began} and asked by {}",
                    caller.0, request.generation
                );
                self.mixed.get_or_insert(words);
            }
            return;
        }
        let own = (request.generation, request.number);
        if request.number == 1 {
            self.begun.push((now, request.generation));
        } else if let Some((generation, number)) = self.last
            && own != (generation, number + 1)
        {
            let words = format!(
                "request {} of generation {} comes after request {number} of generation {generation}",
                own.1, own.0
            );
            self.mixed.get_or_insert(words);
        }
        self.last = Some(own);
    }
}
