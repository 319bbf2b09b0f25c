//! A channel.

use crate::clock::{Clock, Stamp};
use serde::{Serialize, Serializer};
use std::sync::Arc;
use ucx_call::{ChannelSnapshot, Party};

/// Names and values, as an object in that order.
pub type Variables = [(Arc<str>, Arc<str>)];

/// A channel as clients see it.
#[derive(Clone, Debug, Serialize)]
pub struct Channel<'a> {
    id: &'a str,
    name: &'a str,
    state: &'static str,
    protocol_id: &'a str,
    caller: CallerId<'a>,
    connected: CallerId<'a>,
    accountcode: &'a str,
    dialplan: Dialplan<'a>,
    creationtime: Stamp,
    language: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    caller_rdnis: Option<&'a str>,
    #[serde(skip_serializing_if = "no_variables", serialize_with = "variables")]
    channelvars: &'a Variables,
}

impl<'a> Channel<'a> {
    /// The channel of that snapshot, without variables.
    pub fn new(channel: &'a ChannelSnapshot, clock: &Clock) -> Self {
        let (app_name, app_data) = match &channel.step {
            Some(step) => (&*step.application, &*step.data),
            None => ("", ""),
        };
        Self {
            id: &channel.uniqueid,
            name: &channel.name,
            state: channel.state.as_str(),
            protocol_id: &channel.protocol_id,
            caller: CallerId::new(&channel.caller),
            connected: CallerId::new(&channel.connected),
            accountcode: &channel.account,
            dialplan: Dialplan {
                context: &channel.place.context,
                exten: &channel.place.exten,
                priority: channel.place.priority,
                app_name,
                app_data,
            },
            creationtime: clock.stamp(channel.created_at),
            language: &channel.language,
            caller_rdnis: channel.redirecting.as_deref(),
            channelvars: &[],
        }
    }

    /// The same with the variables that `channelvars` of ari.conf names.
    #[must_use]
    pub fn with_variables(self, channelvars: &'a Variables) -> Self {
        Self { channelvars, ..self }
    }
}

/// Somebody on a call; what is unknown is the empty text.
#[derive(Clone, Debug, Serialize)]
pub struct CallerId<'a> {
    name: &'a str,
    number: &'a str,
}

impl<'a> CallerId<'a> {
    fn new(party: &'a Party) -> Self {
        Self {
            name: party.name(),
            number: party.number(),
        }
    }
}

/// A place in the dialplan and the application there.
#[derive(Clone, Debug, Serialize)]
pub struct Dialplan<'a> {
    context: &'a str,
    exten: &'a str,
    priority: u32,
    app_name: &'a str,
    app_data: &'a str,
}

pub(super) fn no_variables(variables: &Variables) -> bool {
    variables.is_empty()
}

pub(super) fn variables<S: Serializer>(variables: &Variables, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(variables.iter().map(|(name, value)| (&**name, &**value)))
}
