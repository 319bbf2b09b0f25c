//! Who listens to what: applications, their sockets, subscriptions and filters, as a pure state machine.
//!
//! A subscription has an interest count: a channel that enters an application, a bridge that one of its channels enters
//! and a client's own wish each add one. It goes when the count is back at nothing, when its subject is over, or with the
//! application.

mod filter;
mod source;

pub use filter::{BadFilter, Filter};
pub use source::{BadSource, Kind, Source};

use crate::model;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// Applications that may be registered at once; a further one is refused.
pub const APPLICATIONS_MAX: usize = 4_096;

/// Subscriptions one application may have; a further one is refused.
pub const SUBSCRIPTIONS_MAX: usize = 65_536;

/// Longest name of an application, in bytes.
pub const NAME_BYTES_MAX: usize = 256;

/// Why an application was not registered, or a subscription not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejected {
    /// There is no such application.
    NoApplication,
    /// It did not listen to that.
    NotSubscribed,
    /// No room.
    Full,
}

/// One application.
#[derive(Debug)]
struct Application<S> {
    socket: S,
    filter: Filter,
    interests: BTreeMap<Source, u32>,
}

/// All applications. `S` is how messages reach a socket.
#[derive(Debug)]
pub struct Applications<S> {
    by_name: BTreeMap<Arc<str>, Application<S>>,
    /// Who listens to a source; the other side of `interests`.
    listeners: BTreeMap<Source, BTreeSet<Arc<str>>>,
    /// Which application each channel is in, by uniqueid.
    entered: BTreeMap<Arc<str>, Arc<str>>,
    /// Which application listens to which bridge because of a channel, by the channel's uniqueid.
    bridged: BTreeMap<Arc<str>, (Arc<str>, Source)>,
}

impl<S> Default for Applications<S> {
    fn default() -> Self {
        Self {
            by_name: BTreeMap::new(),
            listeners: BTreeMap::new(),
            entered: BTreeMap::new(),
            bridged: BTreeMap::new(),
        }
    }
}

impl<S: Clone + PartialEq> Applications<S> {
    /// A socket takes an application. If another one had it, that one is handed back; subscriptions and filter stay.
    ///
    /// # Errors
    /// [`Rejected::Full`].
    pub fn register(&mut self, name: &str, socket: S, subscribes_all: bool) -> Result<Option<S>, Rejected> {
        let is_known = self.by_name.contains_key(name);
        if !is_known && (self.by_name.len() >= APPLICATIONS_MAX || name.len() > NAME_BYTES_MAX) {
            return Err(Rejected::Full);
        }
        let replaced = match self.by_name.get_mut(name) {
            Some(application) => Some(std::mem::replace(&mut application.socket, socket)),
            None => {
                let application = Application {
                    socket,
                    filter: Filter::default(),
                    interests: BTreeMap::new(),
                };
                self.by_name.insert(Arc::from(name), application);
                None
            }
        };
        if subscribes_all {
            for kind in Kind::ALL {
                self.subscribe(name, &Source::Every(kind))?;
            }
        }
        Ok(replaced)
    }

    /// A socket is gone: every application it still has is no more. Their channels stay where they are.
    pub fn unregister(&mut self, socket: &S) -> Vec<Arc<str>> {
        let gone = self
            .by_name
            .iter()
            .filter(|(_, application)| application.socket == *socket);
        let gone: Vec<Arc<str>> = gone.map(|(name, _)| name.clone()).collect();
        for name in &gone {
            if let Some(application) = self.by_name.remove(name) {
                for source in application.interests.keys() {
                    self.forget_listener(source, name);
                }
            }
        }
        gone
    }

    /// Whether there is none at all.
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// Whether there is such an application.
    pub fn is_registered(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// The application's socket.
    pub fn socket(&self, name: &str) -> Option<&S> {
        self.by_name.get(name).map(|application| &application.socket)
    }

    /// One more wishes that the application listens to that. Who listens to all of a kind needs no more of it.
    ///
    /// # Errors
    /// [`Rejected::NoApplication`], [`Rejected::Full`].
    pub fn subscribe(&mut self, name: &str, source: &Source) -> Result<(), Rejected> {
        let Some((name, application)) = entry(&mut self.by_name, name) else {
            return Err(Rejected::NoApplication);
        };
        if *source != Source::Every(source.kind())
            && application.interests.contains_key(&Source::Every(source.kind()))
        {
            return Ok(());
        }
        if let Some(interest) = application.interests.get_mut(source) {
            *interest = interest.saturating_add(1);
            return Ok(());
        }
        if application.interests.len() >= SUBSCRIPTIONS_MAX {
            return Err(Rejected::Full);
        }
        application.interests.insert(source.clone(), 1);
        let listeners = self.listeners.entry(source.clone()).or_default();
        listeners.insert(name.clone());
        Ok(())
    }

    /// One less wishes it.
    ///
    /// # Errors
    /// [`Rejected::NoApplication`], [`Rejected::NotSubscribed`].
    pub fn unsubscribe(&mut self, name: &str, source: &Source) -> Result<(), Rejected> {
        let Some((name, application)) = entry(&mut self.by_name, name) else {
            return Err(Rejected::NoApplication);
        };
        let Some(interest) = application.interests.get_mut(source) else {
            return Err(Rejected::NotSubscribed);
        };
        *interest -= 1;
        if *interest == 0 {
            application.interests.remove(source);
            let name = name.clone();
            self.forget_listener(source, &name);
        }
        Ok(())
    }

    /// Whether the application listens to exactly that, or to all of its kind.
    pub fn is_subscribed(&self, name: &str, source: &Source) -> bool {
        self.by_name.get(name).is_some_and(|application| {
            application.interests.contains_key(source)
                || application.interests.contains_key(&Source::Every(source.kind()))
        })
    }

    /// A channel is in the application now, which listens to it. One that is not registered hears nothing of it.
    pub fn enter(&mut self, channel: &Arc<str>, name: &str) {
        self.entered.insert(channel.clone(), Arc::from(name));
        // An application that went in the meantime has nobody to tell.
        let _ = self.subscribe(name, &Source::Channel(channel.clone()));
    }

    /// A channel is in that application no more.
    pub fn leave(&mut self, channel: &Arc<str>, name: &str) {
        if self
            .entered
            .get(channel)
            .is_some_and(|entered| **entered == *name)
        {
            self.entered.remove(channel);
        }
        // So with one that came anew and never listened.
        let _ = self.unsubscribe(name, &Source::Channel(channel.clone()));
    }

    /// The application a channel is in.
    pub fn application_of(&self, channel: &str) -> Option<&Arc<str>> {
        self.entered.get(channel)
    }

    /// A channel entered a bridge: the application it is in listens to the bridge until the channel leaves.
    pub fn bridge_entered(&mut self, bridge: &Arc<str>, channel: &Arc<str>) {
        let Some(name) = self.entered.get(channel).cloned() else {
            return;
        };
        let source = Source::Bridge(bridge.clone());
        if self.subscribe(&name, &source).is_ok() {
            self.bridged.insert(channel.clone(), (name, source));
        }
    }

    /// A channel left the bridge it was in.
    pub fn bridge_left(&mut self, channel: &str) {
        if let Some((name, source)) = self.bridged.remove(channel) {
            // The application may have gone, or given the bridge up itself.
            let _ = self.unsubscribe(&name, &source);
        }
    }

    /// A channel or bridge is over: nobody listens to it any more.
    pub fn subject_ended(&mut self, source: &Source) {
        if let Source::Channel(channel) = source {
            self.entered.remove(channel);
            self.bridge_left(channel);
        }
        for name in self.listeners.remove(source).unwrap_or_default() {
            if let Some(application) = self.by_name.get_mut(&name) {
                application.interests.remove(source);
            }
        }
    }

    /// Sets the filter of an application.
    ///
    /// # Errors
    /// [`Rejected::NoApplication`].
    pub fn set_filter(&mut self, name: &str, filter: Filter) -> Result<(), Rejected> {
        let application = self.by_name.get_mut(name).ok_or(Rejected::NoApplication)?;
        application.filter = filter;
        Ok(())
    }

    /// The filter of an application.
    pub fn filter(&self, name: &str) -> Option<&Filter> {
        self.by_name.get(name).map(|application| &application.filter)
    }

    /// Whether anybody hears of one of these sources.
    pub fn is_heard(&self, sources: &[Source]) -> bool {
        sources.iter().any(|source| self.listeners.contains_key(source))
    }

    /// Who is to get a message of that type about these sources, each once.
    pub fn audience(&self, sources: &[Source], kind: &str) -> Vec<(&Arc<str>, &S)> {
        let listeners = sources.iter().filter_map(|source| self.listeners.get(source));
        let names: BTreeSet<&Arc<str>> = listeners.flatten().collect();
        let audience = names.into_iter().filter_map(|name| {
            let application = self.by_name.get(name)?;
            application
                .filter
                .lets(kind)
                .then_some((name, &application.socket))
        });
        audience.collect()
    }

    /// The application, if a message of that type gets through to it.
    pub fn addressee(&self, name: &str, kind: &str) -> Option<(&Arc<str>, &S)> {
        let (name, application) = self.by_name.get_key_value(name)?;
        application
            .filter
            .lets(kind)
            .then_some((name, &application.socket))
    }

    /// What clients see of an application.
    pub fn model(&self, name: &str) -> Option<model::Application> {
        let application = self.by_name.get(name)?;
        let ids = |kind| {
            let of_kind = application
                .interests
                .keys()
                .filter(|source| source.kind() == kind);
            let mut ids: Vec<String> = of_kind.map(|source| source.id().to_owned()).collect();
            // The field lists them whatever the case, the word for all of a kind before letters.
            ids.sort_by_key(|id| id.to_ascii_lowercase());
            ids
        };
        Some(model::Application {
            name: name.to_owned(),
            channel_ids: ids(Kind::Channel),
            bridge_ids: ids(Kind::Bridge),
            endpoint_ids: ids(Kind::Endpoint),
            device_names: ids(Kind::Device),
            events_allowed: application.filter.allowed().to_vec(),
            events_disallowed: application.filter.disallowed().to_vec(),
        })
    }

    /// What clients see of all applications.
    pub fn models(&self) -> Vec<model::Application> {
        self.by_name.keys().filter_map(|name| self.model(name)).collect()
    }

    fn forget_listener(&mut self, source: &Source, name: &Arc<str>) {
        if let Some(listeners) = self.listeners.get_mut(source) {
            listeners.remove(name);
            if listeners.is_empty() {
                self.listeners.remove(source);
            }
        }
    }
}

/// An application with its shared name.
fn entry<'a, S>(
    by_name: &'a mut BTreeMap<Arc<str>, Application<S>>,
    name: &str,
) -> Option<(Arc<str>, &'a mut Application<S>)> {
    let name = by_name.get_key_value(name)?.0.clone();
    let application = by_name.get_mut(&name)?;
    Some((name, application))
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoApplication => "there is no such application",
            Self::NotSubscribed => "the application does not listen to that",
            Self::Full => "no room for another application or subscription",
        })
    }
}

#[cfg(test)]
mod tests;
