//! What messages show beside snapshots, gathered from the stream: endpoints with their channels, and variables of channels
//! that the operator wants shown.

// Most of the stream says nothing about either.
#![allow(clippy::wildcard_enum_match_arm)]

use crate::model::{Endpoint, EndpointState};
use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use ucx_call::{ChannelSnapshot, EventKind, Party, Technology};

/// Endpoints remembered at most; further ones are shown without their channels.
const ENDPOINTS_MAX: usize = 100_000;

/// Variables that wait to be set; of more the oldest are forgotten.
const REPORTS_MAX: usize = 4_096;

/// Endpoints and variables.
#[derive(Debug, Default)]
pub struct Surroundings {
    endpoints: BTreeMap<Arc<str>, Known>,
    /// Names of `channelvars` in ari.conf.
    shown: Vec<Arc<str>>,
    /// Whether some of them are functions.
    has_functions: bool,
    /// Their values, by uniqueid, for channels that have one.
    values: BTreeMap<Arc<str>, Values>,
    /// Variables that are shown with a channel once they are set: uniqueids and names.
    reports: VecDeque<(Arc<str>, Arc<str>)>,
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
        self.has_functions = names.iter().any(|name| name.contains('('));
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
            } if self.is_shown(channel, name) => self.set(channel, name, value),
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
    ///
    /// A function has the value that the snapshot gives it; others than those of [`snapshot_function`] have none here.
    pub fn variables(&self, channel: &ChannelSnapshot) -> Cow<'_, [(Arc<str>, Arc<str>)]> {
        let values = match self.values.get(&channel.uniqueid) {
            Some(values) => Cow::Borrowed(values.as_slice()),
            None if self.shown.is_empty() => return Cow::Borrowed(&[]),
            None => Cow::Owned(self.unset()),
        };
        if !self.has_functions {
            return values;
        }
        let mut values = values.into_owned();
        for (name, value) in values.iter_mut().filter(|(name, _)| name.contains('(')) {
            *value = snapshot_function(name, channel)
                .map(Arc::from)
                .unwrap_or_default();
        }
        Cow::Owned(values)
    }

    /// Shows a variable with that channel from the time it is set next.
    pub fn report(&mut self, uniqueid: Arc<str>, name: Arc<str>) {
        if self.reports.len() >= REPORTS_MAX {
            self.reports.pop_front();
        }
        self.reports.push_back((uniqueid, name));
    }

    /// Whether a variable that is set is shown; one that was to be reported is from now on.
    fn is_shown(&mut self, channel: &ChannelSnapshot, name: &Arc<str>) -> bool {
        if self.shown.contains(name) {
            return true;
        }
        let values = self.values.get(&channel.uniqueid);
        if values.is_some_and(|values| values.iter().any(|(known, _)| known == name)) {
            return true;
        }
        let before = self.reports.len();
        self.reports
            .retain(|(uniqueid, reported)| *uniqueid != channel.uniqueid || reported != name);
        self.reports.len() < before
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
        match values.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value.clone(),
            None => values.push((name.clone(), value.clone())),
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

/// What `CHANNEL`, `CALLERID` and `CONNECTEDLINE` say of a channel as it was then.
fn snapshot_function<'a>(text: &str, channel: &'a ChannelSnapshot) -> Option<Cow<'a, str>> {
    let (name, args) = text.strip_suffix(')')?.split_once('(')?;
    let party = |party: &'a Party| match args.to_ascii_lowercase().as_str() {
        "num" | "number" => Some(Cow::Borrowed(party.number())),
        "name" => Some(Cow::Borrowed(party.name())),
        "all" => Some(Cow::Owned(format!("\"{}\" <{}>", party.name(), party.number()))),
        _ => None,
    };
    match name.to_ascii_uppercase().as_str() {
        "CALLERID" => match (args.to_ascii_lowercase().as_str(), party(&channel.caller)) {
            ("dnid", _) => channel.dialled.as_deref().map(Cow::Borrowed),
            ("rdnis", _) => channel.redirecting.as_deref().map(Cow::Borrowed),
            (_, known) => known,
        },
        "CONNECTEDLINE" => party(&channel.connected),
        "CHANNEL" => {
            let value = match args.to_ascii_lowercase().as_str() {
                "accountcode" => &*channel.account,
                "channeltype" => channel.technology.as_str(),
                "context" => &channel.place.context,
                "exten" => &channel.place.exten,
                "language" => &channel.language,
                "linkedid" => &channel.linkedid,
                "name" => &channel.name,
                "state" => channel.state.as_str(),
                "uniqueid" => &channel.uniqueid,
                _ => return None,
            };
            Some(Cow::Borrowed(value))
        }
        _ => None,
    }
}

/// Whether the host itself called the channel before anything else became of it.
fn is_originated(channel: &ChannelSnapshot) -> bool {
    let step = channel.step.as_ref();
    step.is_some_and(|step| &*step.application == "AppDial2")
}
