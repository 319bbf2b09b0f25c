//! Which contacts there are and whether they answer: when to ask them, and what to tell of it. No sockets, no clock.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{EventKind, Technology};

/// An address of record and one contact of it.
type Key = (Arc<str>, Arc<str>);

/// How an address of record is looked after.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct AorView {
    /// Contacts that need no registration.
    pub fixed: Vec<Arc<str>>,
    /// Endpoints reached by it.
    pub endpoints: Vec<Arc<str>>,
    /// Time between two questions; zero asks nothing.
    pub frequency: Duration,
    /// Time an answer may take.
    pub patience: Duration,
    /// Whether only a 2xx counts as an answer.
    pub wants_success: bool,
}

/// What to do about contacts.
#[derive(Debug, PartialEq)]
pub(crate) enum Output {
    /// Tell the world.
    Tell(EventKind),
    /// Ask a contact with OPTIONS of that number.
    Ask { number: u64, key: Key },
}

/// What is known of a contact, with the field's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    NonQualified,
    Unknown,
    Reachable,
    Unreachable,
}

impl Status {
    fn word(self) -> &'static str {
        match self {
            Self::NonQualified => "NonQualified",
            Self::Unknown => "Unknown",
            Self::Reachable => "Reachable",
            Self::Unreachable => "Unreachable",
        }
    }

    fn is_reachable(self) -> bool {
        matches!(self, Self::NonQualified | Self::Reachable)
    }
}

#[derive(Debug)]
struct Question {
    number: u64,
    asked_at: Duration,
    given_up_at: Duration,
}

#[derive(Debug)]
struct Entry {
    is_fixed: bool,
    status: Status,
    question: Option<Question>,
    next_at: Option<Duration>,
    /// Its place in the order of wake-ups.
    wakes_at: Option<Duration>,
}

/// All contacts of all addresses of record. There are as many as the configuration and the registrar's bound allow.
#[derive(Debug, Default)]
pub(crate) struct Contacts {
    aors: BTreeMap<Arc<str>, AorView>,
    by_endpoint: BTreeMap<Arc<str>, Vec<Arc<str>>>,
    online: BTreeSet<Arc<str>>,
    entries: BTreeMap<Key, Entry>,
    due: BTreeSet<(Duration, Key)>,
    asked: HashMap<u64, Key>,
    questions: u64,
    outputs: VecDeque<Output>,
}

impl Contacts {
    /// Takes over a configuration. Contacts that registered stay; what changed for others is told.
    pub(crate) fn load(&mut self, now: Duration, aors: BTreeMap<Arc<str>, AorView>) {
        self.by_endpoint.clear();
        for (name, aor) in &aors {
            for endpoint in &aor.endpoints {
                let aors = self.by_endpoint.entry(endpoint.clone()).or_default();
                aors.push(name.clone());
            }
        }
        let before = std::mem::replace(&mut self.aors, aors);
        let keys: Vec<Key> = self.entries.keys().cloned().collect();
        for key in keys {
            let is_fixed = self.entries.get(&key).is_some_and(|entry| entry.is_fixed);
            let aor = self.aors.get(&key.0);
            if is_fixed && !aor.is_some_and(|aor| aor.fixed.contains(&key.1)) {
                self.remove_as(&key, before.get(&key.0).cloned(), None);
            } else if aor.map(|aor| aor.frequency) != before.get(&key.0).map(|aor| aor.frequency) {
                let frequency = aor.map_or(Duration::ZERO, |aor| aor.frequency);
                if frequency.is_zero() {
                    self.change(&key, Status::NonQualified, None);
                }
                self.plan(&key, first_question(now, frequency, &key.1));
            }
        }
        let fixed = self.aors.iter().flat_map(|(name, aor)| {
            let keys = aor.fixed.iter().map(|uri| (name.clone(), uri.clone()));
            keys.map(|key| (key, aor.frequency))
        });
        for (key, frequency) in fixed.collect::<Vec<_>>() {
            if !self.entries.contains_key(&key) {
                let first = first_question(now, frequency, &key.1);
                self.insert(key, true, first, None);
            }
        }
        let known = &self.by_endpoint;
        self.online.retain(|endpoint| known.contains_key(endpoint));
        for endpoint in self.by_endpoint.keys().cloned().collect::<Vec<_>>() {
            self.tell_endpoint(&endpoint);
        }
    }

    /// A contact registered, or did so again; `told` says so to the world, in its place among what else is told.
    pub(crate) fn add(&mut self, now: Duration, aor: &Arc<str>, uri: &Arc<str>, told: EventKind) {
        let key = (aor.clone(), uri.clone());
        if self.entries.contains_key(&key) {
            self.outputs.push_back(Output::Tell(told));
            return;
        }
        let frequency = self.aors.get(aor).map_or(Duration::ZERO, |aor| aor.frequency);
        let first = (!frequency.is_zero()).then_some(now);
        self.insert(key, false, first, Some(told));
    }

    /// A contact is gone; `told` as in [`Self::add`].
    pub(crate) fn remove(&mut self, aor: &Arc<str>, uri: &Arc<str>, told: EventKind) {
        let key = (aor.clone(), uri.clone());
        if self.entries.get(&key).is_some_and(|entry| !entry.is_fixed) {
            let view = self.aors.get(aor).cloned();
            self.remove_as(&key, view, Some(told));
        } else {
            self.outputs.push_back(Output::Tell(told));
        }
    }

    /// Asks the contacts of an endpoint now, whatever the configuration says.
    pub(crate) fn ask(&mut self, now: Duration, endpoint: &str) {
        let keys: Vec<Key> = self.entries_of(endpoint).map(|(key, _)| key.clone()).collect();
        for key in keys {
            self.put_question(now, &key);
        }
    }

    /// A question was answered, with a 2xx or otherwise; `None` if it could not even be asked.
    pub(crate) fn answered(&mut self, now: Duration, number: u64, is_success: Option<bool>) {
        let Some(key) = self.asked.remove(&number) else {
            return;
        };
        let wants_success = self.aors.get(&key.0).is_some_and(|aor| aor.wants_success);
        let Some(entry) = self.entries.get_mut(&key) else {
            return;
        };
        let question = entry.question.take_if(|question| question.number == number);
        let Some(question) = question else { return };
        let is_there = is_success.is_some_and(|is_success| is_success || !wants_success);
        let status = if is_there {
            Status::Reachable
        } else {
            Status::Unreachable
        };
        let round_trip = is_there.then(|| now.saturating_sub(question.asked_at));
        self.change(&key, status, round_trip);
        self.rearm(&key);
    }

    /// The next thing to do.
    pub(crate) fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Self::handle_timeout`] is due.
    pub(crate) fn poll_timeout(&self) -> Option<Duration> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Gives questions up and puts new ones.
    pub(crate) fn handle_timeout(&mut self, now: Duration) {
        while let Some((_, key)) = self.due.first().filter(|(at, _)| *at <= now).cloned() {
            let Some(entry) = self.entries.get(&key) else {
                self.due.pop_first();
                continue;
            };
            let late = entry
                .question
                .as_ref()
                .filter(|question| question.given_up_at <= now);
            if let Some(number) = late.map(|question| question.number) {
                self.answered(now, number, None);
            } else {
                self.put_question(now, &key);
            }
        }
    }

    fn insert(&mut self, key: Key, is_fixed: bool, first: Option<Duration>, told: Option<EventKind>) {
        let is_asked = first.is_some();
        let entry = Entry {
            is_fixed,
            status: if is_asked {
                Status::Unknown
            } else {
                Status::NonQualified
            },
            question: None,
            next_at: None,
            wakes_at: None,
        };
        self.entries.insert(key.clone(), entry);
        self.tell_endpoints(&key.0);
        self.outputs.extend(told.map(Output::Tell));
        if !is_asked {
            self.tell_status(&key, Status::NonQualified.word(), None);
        }
        self.plan(&key, first);
    }

    fn remove_as(&mut self, key: &Key, view: Option<AorView>, told: Option<EventKind>) {
        if let Some(entry) = self.entries.remove(key) {
            if let Some(at) = entry.wakes_at {
                self.due.remove(&(at, key.clone()));
            }
            if let Some(question) = entry.question {
                self.asked.remove(&question.number);
            }
        }
        self.tell_endpoints(&key.0);
        self.outputs.extend(told.map(Output::Tell));
        for endpoint in view.into_iter().flat_map(|view| view.endpoints) {
            self.tell_of(key, endpoint, "Removed", None);
        }
    }

    fn put_question(&mut self, now: Duration, key: &Key) {
        let (frequency, patience) = self
            .aors
            .get(&key.0)
            .map_or_else(Default::default, |aor| (aor.frequency, aor.patience));
        let Some(entry) = self.entries.get_mut(key) else {
            return;
        };
        entry.next_at = (!frequency.is_zero()).then(|| now + frequency);
        if entry.question.is_none() {
            self.questions += 1;
            let number = self.questions;
            let patience = if patience.is_zero() { PATIENCE } else { patience };
            entry.question = Some(Question {
                number,
                asked_at: now,
                given_up_at: now + patience,
            });
            self.asked.insert(number, key.clone());
            let key = key.clone();
            self.outputs.push_back(Output::Ask { number, key });
        }
        self.rearm(key);
    }

    fn plan(&mut self, key: &Key, next_at: Option<Duration>) {
        if let Some(entry) = self.entries.get_mut(key) {
            entry.next_at = next_at;
        }
        self.rearm(key);
    }

    fn rearm(&mut self, key: &Key) {
        let Some(entry) = self.entries.get_mut(key) else {
            return;
        };
        let given_up_at = entry.question.as_ref().map(|question| question.given_up_at);
        // While an answer is awaited no other question is put.
        let wakes_at = given_up_at.or(entry.next_at);
        if wakes_at == entry.wakes_at {
            return;
        }
        if let Some(before) = std::mem::replace(&mut entry.wakes_at, wakes_at) {
            self.due.remove(&(before, key.clone()));
        }
        if let Some(at) = wakes_at {
            self.due.insert((at, key.clone()));
        }
    }

    fn change(&mut self, key: &Key, status: Status, round_trip: Option<Duration>) {
        let Some(entry) = self.entries.get_mut(key) else {
            return;
        };
        if std::mem::replace(&mut entry.status, status) == status {
            return;
        }
        self.tell_endpoints(&key.0);
        self.tell_status(key, status.word(), round_trip);
    }

    /// Endpoints of an address of record that came within reach or went out of it.
    fn tell_endpoints(&mut self, aor: &Arc<str>) {
        let endpoints = self.aors.get(aor).map(|aor| aor.endpoints.clone());
        for endpoint in endpoints.into_iter().flatten() {
            self.tell_endpoint(&endpoint);
        }
    }

    fn tell_endpoint(&mut self, endpoint: &Arc<str>) {
        let is_reachable = self
            .entries_of(endpoint)
            .any(|(_, entry)| entry.status.is_reachable());
        let has_changed = if is_reachable {
            self.online.insert(endpoint.clone())
        } else {
            self.online.remove(endpoint)
        };
        if has_changed {
            self.outputs.push_back(Output::Tell(EventKind::EndpointStatus {
                technology: Technology::Pjsip,
                endpoint: endpoint.clone(),
                is_reachable,
            }));
        }
    }

    fn entries_of<'a>(&'a self, endpoint: &str) -> impl Iterator<Item = (&'a Key, &'a Entry)> + use<'a> {
        let aors = self.by_endpoint.get(endpoint).into_iter().flatten();
        aors.flat_map(|aor| {
            let from = (aor.clone(), Arc::default());
            self.entries
                .range(from..)
                .take_while(move |((of, _), _)| of == aor)
        })
    }

    fn tell_status(&mut self, key: &Key, status: &'static str, round_trip: Option<Duration>) {
        let endpoints = self.aors.get(&key.0).map(|aor| aor.endpoints.clone());
        for endpoint in endpoints.into_iter().flatten() {
            self.tell_of(key, endpoint, status, round_trip);
        }
    }

    fn tell_of(&mut self, key: &Key, endpoint: Arc<str>, status: &'static str, round_trip: Option<Duration>) {
        self.outputs.push_back(Output::Tell(EventKind::ContactStatus {
            endpoint,
            aor: key.0.clone(),
            contact: key.1.clone(),
            status,
            round_trip,
        }));
    }
}

/// How long an answer may take where the configuration says nothing.
const PATIENCE: Duration = Duration::from_secs(3);

/// Contacts of the configuration are not all asked at once: each begins somewhere within the first round.
fn first_question(now: Duration, frequency: Duration, uri: &str) -> Option<Duration> {
    if frequency.is_zero() {
        return None;
    }
    let mixed = uri.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    Some(now + frequency.mul_f64((mixed % 1_000) as f64 / 1_000.0))
}

#[cfg(test)]
mod tests;
