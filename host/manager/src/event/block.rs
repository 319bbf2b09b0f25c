//! The blocks of headers that say how a channel or a bridge is, shared by events and by items of lists.

use super::text::UNKNOWN;
use super::{RenderContext, Text};
use ucx_call::{BridgeSnapshot, ChannelSnapshot, Party, VideoMode};

/// The block of a channel: 14 headers in fixed order, each with `prefix` before its name, and the watched variables.
pub fn channel(text: &mut Text, prefix: &str, channel: &ChannelSnapshot, ctx: &RenderContext<'_>) {
    text.prefixed(prefix, "Channel", &channel.name);
    text.number(prefix, "ChannelState", channel.state.number());
    text.prefixed(prefix, "ChannelStateDesc", channel.state.as_str());
    party(text, prefix, ["CallerIDNum", "CallerIDName"], &channel.caller);
    party(
        text,
        prefix,
        ["ConnectedLineNum", "ConnectedLineName"],
        &channel.connected,
    );
    text.prefixed(prefix, "Language", &channel.language);
    text.prefixed(prefix, "AccountCode", &channel.account);
    text.prefixed(prefix, "Context", &channel.place.context);
    text.prefixed(prefix, "Exten", &channel.place.exten);
    text.number(prefix, "Priority", channel.place.priority);
    text.prefixed(prefix, "Uniqueid", &channel.uniqueid);
    text.prefixed(prefix, "Linkedid", &channel.linkedid);
    ctx.variables.visit(channel, &mut |name, value| {
        text.name(prefix, "ChanVariable");
        text.value(name);
        text.value("=");
        text.escaped_value(value);
        text.end_line();
    });
}

/// The block of a bridge: seven headers in fixed order, each with `prefix` before its name, and the source of video.
pub fn bridge(text: &mut Text, prefix: &str, bridge: &BridgeSnapshot) {
    text.prefixed(prefix, "BridgeUniqueid", &bridge.uniqueid);
    text.prefixed(prefix, "BridgeType", bridge.kind.as_str());
    text.prefixed(prefix, "BridgeTechnology", bridge.technology);
    text.prefixed(prefix, "BridgeCreator", or_unknown(&bridge.creator));
    text.prefixed(prefix, "BridgeName", or_unknown(&bridge.name));
    text.number(prefix, "BridgeNumChannels", bridge.members.len() as u64);
    let (mode, source) = match &bridge.video {
        VideoMode::None => ("none", None),
        VideoMode::Talker => ("talker", None),
        VideoMode::Single(source) => ("single", Some(source)),
    };
    text.prefixed(prefix, "BridgeVideoSourceMode", mode);
    if let Some(source) = source {
        text.prefixed(prefix, "BridgeVideoSource", source);
    }
}

/// Number and name of somebody; what is not known has a word of its own, names are written with the escapes of C.
pub(super) fn party(text: &mut Text, prefix: &str, names: [&str; 2], party: &Party) {
    text.prefixed(prefix, names[0], or_unknown(party.number()));
    match party.name() {
        "" => text.prefixed(prefix, names[1], UNKNOWN),
        name => text.escaped(prefix, names[1], name),
    }
}

fn or_unknown(value: &str) -> &str {
    if value.is_empty() { UNKNOWN } else { value }
}
