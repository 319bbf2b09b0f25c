//! What a router is asked about a channel.

use crate::values::{Attr, Direction, Header, Location, Party, Presentation, RouteRequest, Value};
use std::collections::BTreeSet;
use ucx_call::{ChannelSnapshot, Party as Caller, Presentation as Shown};
use ucx_pbx::Line;

/// Builds the question: who calls, what was dialled, where, when, and the variables the plugin may read.
pub(crate) fn question(
    line: &Line,
    channel: &ChannelSnapshot,
    arguments: &[&str],
    readable: &BTreeSet<String>,
) -> RouteRequest {
    let mut attrs: Vec<_> = (1..)
        .zip(arguments)
        .map(|(n, text)| text_attr(&format!("arg{n}"), text))
        .collect();
    attrs.push(text_attr("language", &channel.language));
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
        direction: Direction::Internal,
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
