//! What messages show beside snapshots, gathered from the stream: endpoints with their channels, and variables of channels
//! that the operator wants shown.

// Most of the stream says nothing about either.
#![allow(clippy::wildcard_enum_match_arm)]

use crate::model::{Endpoint, EndpointState};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use ucx_call::{ChannelSnapshot, EventKind, Technology};

/// Endpoints remembered at most; further ones are shown without their channels.
const ENDPOINTS_MAX: usize = 100_000;

/// Endpoints and variables.
#[derive(Debug, Default)]
pub struct Surroundings {
    endpoints: BTreeMap<Arc<str>, Known>,
    /// Names of `channelvars` in ari.conf.
    shown: Vec<Arc<str>>,
    /// Their values, by uniqueid, for channels that have one.
    values: BTreeMap<Arc<str>, Values>,
    /// What was dialled, by uniqueid, for calls of the host's own.
    dialled: BTreeMap<Arc<str>, Arc<str>>,
}

/// Names and values, in the operator's order.
type Values = Vec<(Arc<str>, Arc<str>)>;

#[derive(Debug, Default)]
struct Known {
    state: EndpointState,
    channels: Vec<Arc<str>>,
}

impl Surroundings {
    /// Shows those variables with channels from now on.
    pub fn show(&mut self, names: Vec<Arc<str>>) {
        self.shown = names;
        self.values.clear();
    }

    /// Says whether an endpoint can be reached, for what was so before the stream was read.
    pub fn set_reachable(&mut self, endpoint: &Arc<str>, is_reachable: bool) {
        if let Some(known) = self.known(endpoint) {
            known.state = if is_reachable {
                EndpointState::Online
            } else {
                EndpointState::Offline
            };
        }
    }

    /// Takes an event in, before it is told.
    pub fn before(&mut self, kind: &EventKind) {
        match kind {
            EventKind::ChannelCreated { channel } if channel.technology == Technology::Pjsip => {
                let uniqueid = channel.uniqueid.clone();
                if let Some(known) = self.known(&channel.endpoint) {
                    known.channels.push(uniqueid);
                }
            }
            EventKind::ChannelEnded { channel } if channel.technology == Technology::Pjsip => {
                if let Some(known) = self.endpoints.get_mut(&channel.endpoint) {
                    known.channels.retain(|uniqueid| *uniqueid != channel.uniqueid);
                }
            }
            EventKind::DialStarted {
                caller: None,
                peer,
                dial_string,
            } if is_originated(peer) => {
                self.dialled.insert(peer.uniqueid.clone(), dial_string.clone());
            }
            EventKind::EndpointStatus {
                endpoint,
                is_reachable,
                ..
            } => self.set_reachable(endpoint, *is_reachable),
            EventKind::VariableSet {
                channel: Some(channel),
                name,
                value,
            } if self.shown.contains(name) => self.set(channel, name, value),
            _ => {}
        }
    }

    /// Takes an event in, after it was told.
    pub fn after(&mut self, kind: &EventKind) {
        if let EventKind::ChannelEnded { channel } = kind {
            self.values.remove(&channel.uniqueid);
            self.dialled.remove(&channel.uniqueid);
        }
    }

    /// What was dialled, for a leg of the host's own call; others tell it with the first of their events only.
    pub fn dialled(&self, uniqueid: &str) -> Option<&Arc<str>> {
        self.dialled.get(uniqueid)
    }

    /// An endpoint of SIP as clients see it.
    pub fn endpoint(&self, name: &str) -> Endpoint {
        let known = self.endpoints.get(name);
        let channels = known.map_or(&[][..], |known| &known.channels);
        Endpoint {
            technology: Technology::Pjsip.as_str().to_owned(),
            resource: name.to_owned(),
            state: known.map_or(EndpointState::Unknown, |known| known.state),
            channel_ids: channels.iter().map(|uniqueid| uniqueid.to_string()).collect(),
        }
    }

    /// The variables to show with a channel: each name the operator gave, with the empty text where none is set.
    pub fn variables(&self, uniqueid: &str) -> Cow<'_, [(Arc<str>, Arc<str>)]> {
        if self.shown.is_empty() {
            return Cow::Borrowed(&[]);
        }
        match self.values.get(uniqueid) {
            Some(values) => Cow::Borrowed(values),
            None => Cow::Owned(self.unset()),
        }
    }

    fn unset(&self) -> Vec<(Arc<str>, Arc<str>)> {
        let empty: Arc<str> = Arc::default();
        self.shown
            .iter()
            .map(|name| (name.clone(), empty.clone()))
            .collect()
    }

    fn set(&mut self, channel: &ChannelSnapshot, name: &Arc<str>, value: &Arc<str>) {
        let unset = self.unset();
        let values = self.values.entry(channel.uniqueid.clone()).or_insert(unset);
        if let Some((_, old)) = values.iter_mut().find(|(known, _)| known == name) {
            *old = value.clone();
        }
    }

    fn known(&mut self, endpoint: &Arc<str>) -> Option<&mut Known> {
        if !self.endpoints.contains_key(endpoint) {
            if self.endpoints.len() >= ENDPOINTS_MAX {
                return None;
            }
            self.endpoints.insert(endpoint.clone(), Known::default());
        }
        self.endpoints.get_mut(endpoint)
    }
}

/// Whether the host itself called the channel before anything else became of it.
fn is_originated(channel: &ChannelSnapshot) -> bool {
    let step = channel.step.as_ref();
    step.is_some_and(|step| &*step.application == "AppDial2")
}
