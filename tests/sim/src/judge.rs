//! Calls of a script, whose component is meddled with at one of its requests: each caller gets exactly the treatment that is
//! declared, and whoever was not concerned does not notice.

mod applications;

use crate::host::RESCUE;
use crate::ledger::Ledger;
use crate::script::{Next, Play, Script, What};
use crate::seen::{Act, Home, Seen, lock, look};
use crate::spec::Figures;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;
use ucx_call::{ChannelId, ChannelSnapshot, Event, EventKind, Place};
use ucx_plugins::{Fate, Listener, PluginEvent, PluginHost, PluginLoad, RequestSpy};

/// The generations there are: the second is active until it is swapped for the first.
pub(crate) const FIRST: u64 = 1;
pub(crate) const SECOND: u64 = 2;

/// The pause of an application after its first failure; and how much longer its next instance may take to begin.
const PAUSE: Duration = Duration::from_millis(50);
const BEGINS_WITHIN: Duration = Duration::from_millis(5);
/// A call that was given up is somewhere else by then.
const TREATED_WITHIN: Duration = Duration::from_millis(100);
/// Whom it called is not in a call any more by then: a leg given out of hand is waited for that long.
const CALLED_WITHIN: Duration = Duration::from_millis(5_500);
/// When an application is asked how often its state was handed over.
const COUNTED_AT: Duration = Duration::from_secs(27);

/// A stay of a channel in `Wasm`.
struct Visit {
    channel: Arc<ChannelSnapshot>,
    plugin: String,
    /// It is a leg of the component's own, and no caller.
    is_leg: bool,
    since: Duration,
    /// When it left, and for where; for nowhere if it ended.
    left: Option<(Duration, Option<Place>)>,
    status: String,
    reason: String,
    /// Generations that were told of.
    told: Vec<u64>,
}

/// An answer of an application.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub path: &'static str,
    pub asked_at: Duration,
    pub answered_at: Duration,
    pub status: u16,
    pub body: String,
}

/// Answers as they come.
pub(crate) type Replies = Rc<RefCell<Vec<Reply>>>;

/// Who watches a script.
pub(crate) struct Judge {
    pub(crate) play: Play,
    seen: Arc<Mutex<Seen>>,
    zero: Instant,
    open: BTreeMap<ChannelId, Visit>,
    over: Vec<Visit>,
    /// Channels that were called, and for whom.
    dialled: BTreeMap<ChannelId, Option<ChannelId>>,
    pub(crate) replies: Replies,
    /// Tasks of the runtime before the first call.
    tasks: Option<usize>,
}

impl Judge {
    /// A watcher, and the spy that meddles for it.
    pub(crate) fn new(play: Play, home: Home) -> (Self, RequestSpy) {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let eyes = Arc::clone(&seen);
        let spy: RequestSpy = Arc::new(move |request| look(play, &eyes, &home, request));
        let judge = Self {
            play,
            seen,
            zero: Instant::now(),
            open: BTreeMap::new(),
            over: Vec::new(),
            dialled: BTreeMap::new(),
            replies: Replies::default(),
            tasks: None,
        };
        (judge, spy)
    }

    /// Hears when the component fails.
    pub(crate) fn listener(&self) -> Listener {
        let (seen, target) = (Arc::clone(&self.seen), self.play.script.target());
        Arc::new(move |event| {
            if let PluginEvent::Failed { plugin, .. } = event
                && target == Some(plugin.as_str())
            {
                lock(&seen).failed.get_or_insert_with(Instant::now);
            }
        })
    }

    /// The script begins; `zero` is when the host's clock did.
    pub(crate) fn begin(&mut self, zero: Instant) {
        self.zero = zero;
        self.tasks = Some(tasks());
        lock(&self.seen).act = Act::Open;
    }

    /// Whether the script has begun.
    pub(crate) fn has_begun(&self) -> bool {
        self.tasks.is_some()
    }

    /// Requests count no more.
    pub(crate) fn close(&self) {
        lock(&self.seen).act = Act::Over;
    }

    /// Takes the next event; the error says which rule it breaks.
    #[allow(clippy::wildcard_enum_match_arm)] // few events concern those who are led
    pub(crate) fn add(&mut self, event: &Event) -> Result<(), String> {
        if let Some(mixed) = &lock(&self.seen).mixed {
            return Err(mixed.clone());
        }
        match &event.kind {
            EventKind::ChannelChanged { old, new } if old.step != new.step || old.place != new.place => {
                self.go_on(event.at, new);
            }
            EventKind::DialStarted { caller, peer, .. } => {
                self.dialled
                    .insert(peer.id, caller.as_ref().map(|caller| caller.id));
            }
            EventKind::ChannelEnded { channel } => {
                if let Some(mut visit) = self.open.remove(&channel.id) {
                    visit.left = Some((event.at, None));
                    self.over.push(visit);
                }
            }
            EventKind::VariableSet {
                channel: Some(channel),
                name,
                value,
            } => {
                if let Some(visit) = self.open.get_mut(&channel.id) {
                    match &**name {
                        "WASMSTATUS" => visit.status = value.to_string(),
                        "WASMREASON" => visit.reason = value.to_string(),
                        _ => {}
                    }
                }
            }
            EventKind::PluginDecided {
                plugin,
                generation,
                channel,
                ..
            }
            | EventKind::PluginFailed {
                plugin,
                generation,
                channel: Some(channel),
                ..
            } => {
                if let Some(visit) = self.open.get_mut(&channel.id)
                    && visit.plugin == **plugin
                {
                    visit.told.push(*generation);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn go_on(&mut self, at: Duration, channel: &Arc<ChannelSnapshot>) {
        let stays =
            |visit: &Visit| visit.channel.step == channel.step && visit.channel.place == channel.place;
        if self.open.get(&channel.id).is_some_and(stays) {
            return;
        }
        if let Some(mut visit) = self.open.remove(&channel.id) {
            visit.left = Some((at, Some(channel.place.clone())));
            self.over.push(visit);
        }
        let Some(step) = channel.step.as_ref().filter(|step| &*step.application == "Wasm") else {
            return;
        };
        let name = step.data.split(',').next().unwrap_or_default();
        let (plugin, is_leg) = match name.split_once('@') {
            Some((plugin, _)) => (plugin, true),
            None => (name, false),
        };
        let visit = Visit {
            channel: channel.clone(),
            plugin: plugin.to_owned(),
            is_leg,
            since: at,
            left: None,
            status: String::new(),
            reason: String::new(),
            told: Vec::new(),
        };
        self.open.insert(channel.id, visit);
    }

    /// Whether a caller was led and is not any more.
    pub(crate) fn has_left(&self, id: ChannelId) -> bool {
        let has_been = |visit: &Visit| visit.channel.id == id && !visit.is_leg;
        !self.open.contains_key(&id) && self.over.iter().any(has_been)
    }

    /// Who is still with a component that was killed, or was called by it and is still called.
    pub(crate) fn look(&self, now: Duration, ledger: &Ledger) -> Result<(), String> {
        let Some((at, caller)) = self.killed_at().filter(|(at, _)| *at + TREATED_WITHIN < now) else {
            return Ok(());
        };
        let is_patient = now <= at + CALLED_WITHIN;
        let target = self.play.script.target().unwrap_or_default();
        let is_concerned = |id: ChannelId| caller.is_none_or(|caller| caller == id);
        let is_led =
            |visit: &&Visit| visit.plugin == target && visit.since <= at && is_concerned(visit.channel.id);
        if let Some(visit) = self.open.values().find(is_led) {
            let name = &visit.channel.name;
            return Err(format!(
                "{name} is still with {target}, which was killed at {at:?}"
            ));
        }
        // A call of the component's own is that of the caller it led, or of the application that makes calls.
        let is_own = |id: &ChannelId| match self.dialled.get(id) {
            Some(Some(by)) => {
                let has_been = |visit: &Visit| visit.channel.id == *by && visit.plugin == target;
                is_concerned(*by) && self.over.iter().any(has_been)
            }
            Some(None) => match self.play.script {
                Script::Flow => caller.is_none(),
                Script::Clicks => true,
                Script::Foreman | Script::Calm | Script::Crowd | Script::Burning => false,
            },
            None => false,
        };
        let left_over = ledger
            .channels
            .iter()
            .find(|(id, life)| !is_patient && life.channel.created_at <= at && is_own(id));
        match left_over {
            Some((_, life)) => Err(format!(
                "{} is still there, which {target} called before it was killed at {at:?}",
                life.channel.name
            )),
            None => Ok(()),
        }
    }

    /// When an instance was killed, and whose call alone that concerns, if it is one's alone.
    fn killed_at(&self) -> Option<(Duration, Option<ChannelId>)> {
        let (_, what) = self.play.meddling?;
        let seen = lock(&self.seen);
        let (at, caller) = seen.done?;
        match what {
            What::Swapped => None,
            What::Stopped => Some((at - self.zero, None)),
            // The answer may take a while.
            What::Trapped(Fate::TrapsAfter) => Some((seen.failed? - self.zero, caller)),
            What::Trapped(_) => Some((at - self.zero, caller)),
        }
    }

    fn swapped_at(&self) -> Option<Duration> {
        let (_, what) = self.play.meddling?;
        let (at, _) = lock(&self.seen).done?;
        (what == What::Swapped).then(|| at - self.zero)
    }

    /// What must be true when everybody is gone.
    pub(crate) fn check_end(&self, host: &PluginHost) -> Result<(), String> {
        if let Some(visit) = self.open.values().next() {
            return Err(format!("{} is still led by {}", visit.channel.name, visit.plugin));
        }
        if host.load() != PluginLoad::default() {
            return Err(format!("something is under way at the end: {:?}", host.load()));
        }
        let (before, now) = (self.tasks.unwrap_or(0), tasks());
        if now != before {
            return Err(format!(
                "{before} tasks ran before the first call, and {now} at the end"
            ));
        }
        match self.play.script {
            Script::Flow | Script::Foreman | Script::Clicks => self.check_script(host),
            Script::Calm | Script::Crowd | Script::Burning => self.check_overload(),
        }
    }

    fn check_script(&self, host: &PluginHost) -> Result<(), String> {
        let target = self.play.script.target().unwrap_or_default();
        let is_swapped = self.swapped_at().is_some();
        let active = host.list().into_iter().find(|status| status.id == target);
        let active = active.ok_or_else(|| format!("{target} is gone"))?;
        let due = if is_swapped { FIRST } else { SECOND };
        let calls = u64::from(self.play.script.has_applications());
        if (active.generation, active.in_flight) != (due, calls) {
            return Err(format!(
                "generation {} of {target} is active with {} calls on it, not {due} with {calls}",
                active.generation, active.in_flight
            ));
        }
        let mut callers = self.over.iter().filter(|visit| !visit.is_leg);
        callers.try_for_each(|visit| self.check_visit(visit))?;
        if self.play.script.has_applications() {
            self.check_instances()?;
            self.check_replies()?;
        }
        Ok(())
    }

    /// Whether a call got what it should.
    fn check_visit(&self, visit: &Visit) -> Result<(), String> {
        let Some((left_at, place)) = &visit.left else {
            return Err("a visit that is over has an end".to_owned());
        };
        let id = visit.channel.id;
        let began = lock(&self.seen).generations.get(&id).copied();
        let led_by = began.map_or(SECOND, |(_, generation)| generation);
        let name = &visit.channel.name;
        if let Some((at, generation)) = began {
            let due = match self.swapped_at() {
                Some(swapped) if swapped < at - self.zero => FIRST,
                Some(_) | None => SECOND,
            };
            if generation != due {
                return Err(format!("{name} is led by generation {generation} and not {due}"));
            }
            if visit.told.iter().any(|told| *told != generation) {
                let told = &visit.told;
                return Err(format!(
                    "{name} was led by generation {generation}, and {told:?} spoke for it"
                ));
            }
        }
        let fallback = fallback(led_by);
        let got = |context: &str, exten: &str| {
            place
                .as_ref()
                .is_some_and(|place| &*place.context == context && &*place.exten == exten)
        };
        let own = &visit.channel.place;
        let is_well = visit.status == "SUCCESS"
            && match Script::next(&own.exten) {
                Next::SentOn => got(&own.context, "200"),
                Next::Priority => place
                    .as_ref()
                    .is_some_and(|place| place.exten == own.exten && place.priority == own.priority + 1),
            };
        let is_rescued = visit.status == "FAILED" && got(RESCUE, fallback);
        let in_words = || {
            let place = place.as_ref().map_or("nowhere".to_owned(), ToString::to_string);
            format!("{name} left for {place} with {} ({})", visit.status, visit.reason)
        };
        match self.concerns(visit, *left_at) {
            Some(true) if is_rescued => Ok(()),
            Some(true) => Err(format!("{}; its fallback is {fallback}", in_words())),
            Some(false) if is_well => Ok(()),
            Some(false) => Err(format!("{}, though nothing befell it", in_words())),
            // In the very moment it may have been sent on already.
            None if is_rescued || is_well => Ok(()),
            None => Err(format!("{}; neither well led nor rescued", in_words())),
        }
    }

    /// Whether a call was its component's when that was killed; none if it left in that moment, or came while there was no
    /// instance.
    fn concerns(&self, visit: &Visit, left_at: Duration) -> Option<bool> {
        let target = self.play.script.target();
        let Some((at, caller)) = self.killed_at().filter(|_| target == Some(&*visit.plugin)) else {
            return Some(false);
        };
        if let Some(caller) = caller {
            return Some(caller == visit.channel.id);
        }
        let is_back = at + PAUSE + BEGINS_WITHIN;
        if left_at < at || visit.since > is_back {
            Some(false)
        } else if visit.since <= at && left_at > at {
            Some(true)
        } else {
            None
        }
    }

    /// Every question is decided in its time, and there were too many.
    fn check_overload(&self) -> Result<(), String> {
        let Some((plugin, wall)) = self.play.script.overloads() else {
            return Ok(());
        };
        for visit in self.over.iter().filter(|visit| visit.plugin == plugin) {
            let took = visit
                .left
                .as_ref()
                .map_or(Duration::MAX, |(at, _)| *at - visit.since);
            if took > wall + BEGINS_WITHIN {
                return Err(format!(
                    "{} waited {} ms for its decision ({}), of {} at most",
                    visit.channel.name,
                    took.as_millis(),
                    visit.reason,
                    wall.as_millis()
                ));
            }
        }
        let counted = self.counted();
        if counted.overloaded == 0 || counted.late == 0 {
            return Err(format!(
                "of {} questions {} were refused for want of room and {} came too late: that is no overload",
                self.over.len(),
                counted.overloaded,
                counted.late
            ));
        }
        Ok(())
    }

    /// The figures of a script.
    pub(crate) fn counted(&self) -> Figures {
        let mut figures = Figures::default();
        {
            let seen = lock(&self.seen);
            figures.requests = seen.requests;
            figures.meddled = u64::from(seen.done.is_some());
        }
        for visit in self.over.iter().filter(|visit| !visit.is_leg) {
            let is_rescued = |(_, place): &(Duration, Option<Place>)| {
                place.as_ref().is_some_and(|place| &*place.context == RESCUE)
            };
            let is_fallen = visit.left.as_ref().is_some_and(is_rescued);
            figures.fallen += u64::from(is_fallen);
            figures.well += u64::from(visit.status == "SUCCESS" && !is_fallen);
            match visit.reason.as_str() {
                "too many decisions are under way" => figures.overloaded += 1,
                reason if reason.starts_with("took more than") => figures.late += 1,
                _ => figures.settled += 1,
            }
        }
        figures
    }
}

/// Where a generation's manifest sends calls it fails.
pub(crate) fn fallback(generation: u64) -> &'static str {
    if generation == FIRST { "first" } else { "second" }
}

fn tasks() -> usize {
    tokio::runtime::Handle::current().metrics().num_alive_tasks()
}
