//! Which way does a call go, and whose is it? By what the operator's files say of its endpoint and of its context.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use ucx_call::{ChannelSnapshot, Technology};

use crate::host::PluginHost;
use crate::telephony::Chains;
use crate::values::Direction;

/// What `[routing.CONTEXT]` of ucx.toml says of calls in a context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ContextRule {
    /// Which way they go.
    pub(crate) direction: Option<Direction>,
    /// Whose they are.
    pub(crate) tenant: Option<String>,
}

/// What is known of endpoints and contexts. Each lock guards a pointer, which a reload swaps.
#[derive(Default)]
pub(crate) struct Bearings {
    trunks: RwLock<Arc<BTreeSet<String>>>,
    contexts: RwLock<Arc<BTreeMap<String, ContextRule>>>,
}

fn read<T>(lock: &RwLock<Arc<T>>) -> Arc<T> {
    Arc::clone(&lock.read().unwrap_or_else(PoisonError::into_inner))
}

impl Bearings {
    pub(crate) fn set_trunks(&self, trunks: BTreeSet<String>) {
        *self.trunks.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(trunks);
    }

    pub(crate) fn set_contexts(&self, chains: &Chains) {
        let rules = Arc::new(chains.rules().clone());
        *self.contexts.write().unwrap_or_else(PoisonError::into_inner) = rules;
    }

    /// Which way the call of a channel goes: as its context says, else from or to a trunk if its endpoint is one.
    pub(crate) fn direction(&self, channel: &ChannelSnapshot) -> Direction {
        let contexts = read(&self.contexts);
        let said = contexts.get(&*channel.place.context);
        if let Some(direction) = said.and_then(|rule| rule.direction) {
            return direction;
        }
        let is_trunk =
            channel.technology == Technology::Pjsip && read(&self.trunks).contains(&*channel.endpoint);
        match (is_trunk, &channel.dialled) {
            (false, _) => Direction::Internal,
            // Who calls us dialled something; whom we call did not.
            (true, Some(_)) => Direction::Inbound,
            (true, None) => Direction::Outbound,
        }
    }

    /// Whose call it is: as its context says, else by its account code.
    pub(crate) fn tenant(&self, channel: &ChannelSnapshot) -> String {
        let contexts = read(&self.contexts);
        let said = contexts.get(&*channel.place.context);
        match said.and_then(|rule| rule.tenant.as_ref()) {
            Some(tenant) => tenant.clone(),
            None => channel.account.to_string(),
        }
    }
}

/// The word of a direction.
pub(crate) fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::Inbound => "inbound",
        Direction::Outbound => "outbound",
        Direction::Internal => "internal",
    }
}

impl PluginHost {
    /// From now on these endpoints are trunks: calls with them come from outside, or go there.
    pub fn set_trunks(&self, trunks: BTreeSet<String>) {
        self.bearings().set_trunks(trunks);
    }

    /// From now on calls in contexts go the way, and are whose, these say.
    pub fn set_contexts(&self, chains: &Chains) {
        self.bearings().set_contexts(chains);
    }

    pub(crate) fn bearings(&self) -> &Bearings {
        &self.loader.host.bearings
    }
}
