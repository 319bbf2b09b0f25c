//! What a router is asked about a channel.

use crate::bearing::Bearings;
use crate::values::{Attr, Header, Location, Party, Presentation, RouteRequest, Value};
use std::collections::BTreeSet;
use ucx_call::{ChannelSnapshot, Party as Caller, Presentation as Shown};
use ucx_pbx::Line;

/// What the address of a far end is called; told to those who may read the variable of that name.
pub(crate) const PEER_ADDRESS: &str = "peer-address";

/// Builds the question: who calls, what was dialled, where, when, and the variables the plugin may read.
pub(crate) fn question(
    line: &Line,
    channel: &ChannelSnapshot,
    arguments: &[&str],
    readable: &BTreeSet<String>,
    bearings: &Bearings,
) -> RouteRequest {
    let mut attrs: Vec<_> = (1..)
        .zip(arguments)
        .map(|(n, text)| text_attr(&format!("arg{n}"), text))
        .collect();
    attrs.push(text_attr("language", &channel.language));
    let agreed = line.agreed();
    if !agreed.codecs.is_empty() {
        attrs.push(text_attr("codecs", &agreed.codecs.join(",")));
    }
    if let Some(redirecting) = &channel.redirecting {
        attrs.push(text_attr("redirecting", redirecting));
    }
    if let Some(peer) = agreed.peer {
        attrs.push(text_attr(PEER_ADDRESS, &peer.to_string()));
    }
    for name in readable {
        if let Some(value) = line.variable(name) {
            attrs.push(text_attr(name, &value));
        }
    }
    if channel.cause.0 > 0 {
        attrs.push(Attr {
            name: "last-cause".to_owned(),
            value: Value::Int(channel.cause.0.into()),
        });
    }
    let began = super::flow::started_ms(line);
    attrs.push(super::story::int_attr("host-started", began));
    let pbx = line.pbx();
    let dialled = match channel.place.exten.as_ref() {
        "s" | "" => channel.dialled.as_deref().unwrap_or_default().to_owned(),
        exten => exten.to_owned(),
    };
    RouteRequest {
        tenant: bearings.tenant(channel),
        direction: bearings.direction(channel),
        caller: party(&channel.caller),
        via: Some(channel.endpoint.to_string()),
        place: Location {
            context: channel.place.context.to_string(),
            exten: channel.place.exten.to_string(),
            priority: channel.place.priority.to_string(),
        },
        at: pbx.epoch_s() * 1000 + u64::from(pbx.now().subsec_millis()),
        attrs,
        headers: line
            .header_lines()
            .iter()
            .map(|(name, value)| Header {
                name: name.to_string(),
                value: value.to_string(),
            })
            .collect(),
        ..RouteRequest::new(&*channel.linkedid, dialled)
    }
}

pub(crate) fn party(caller: &Caller) -> Party {
    Party {
        number: caller.number().to_owned(),
        name: caller.name.as_deref().map(str::to_owned),
        uri: None,
        presentation: match caller.presentation {
            Shown::Allowed => Presentation::Allowed,
            Shown::Restricted => Presentation::Restricted,
            Shown::Unavailable => Presentation::Unavailable,
        },
        attrs: Vec::new(),
    }
}

pub(crate) fn text_attr(name: &str, text: &str) -> Attr {
    Attr {
        name: name.to_owned(),
        value: Value::Text(text.to_owned()),
    }
}
