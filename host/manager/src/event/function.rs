//! Functions of the dialplan that say what a snapshot holds, where blocks of channels show them (`channelvars`).

use std::borrow::Cow;
use ucx_call::{ChannelSnapshot, Party, Presentation};

/// The value of `FUNCTION(argument)` on a channel; none if the text is no such function, or it says nothing of a snapshot.
pub(super) fn value<'a>(channel: &'a ChannelSnapshot, text: &str) -> Option<Cow<'a, str>> {
    let (name, rest) = text.split_once('(')?;
    let argument = rest.strip_suffix(')')?.trim();
    let argument = argument.split(',').next().unwrap_or_default();
    match name.trim() {
        "CHANNEL" => item(channel, argument),
        "CALLERID" => of_caller(channel, argument),
        "CONNECTEDLINE" => part(&channel.connected, argument),
        _ => None,
    }
}

fn item<'a>(channel: &'a ChannelSnapshot, name: &str) -> Option<Cow<'a, str>> {
    Some(Cow::Borrowed(match name.to_ascii_lowercase().as_str() {
        "name" => &channel.name,
        "uniqueid" => &channel.uniqueid,
        "linkedid" => &channel.linkedid,
        "channeltype" => channel.technology.as_str(),
        "state" => channel.state.as_str(),
        "language" => &channel.language,
        "accountcode" => &channel.account,
        "context" => &channel.place.context,
        "exten" => &channel.place.exten,
        "onhold" => {
            if channel.is_held {
                "1"
            } else {
                "0"
            }
        }
        _ => return None,
    }))
}

fn of_caller<'a>(channel: &'a ChannelSnapshot, name: &str) -> Option<Cow<'a, str>> {
    let caller = &channel.caller;
    Some(Cow::Borrowed(match name.to_ascii_lowercase().as_str() {
        "ani" | "ani-num" | "ani-all" => caller.number(),
        "ani-name" => caller.name(),
        "dnid" => channel.dialled.as_deref().unwrap_or_default(),
        "rdnis" => channel.redirecting.as_deref().unwrap_or_default(),
        "ani2" => "0",
        _ => return part(caller, name),
    }))
}

fn part<'a>(party: &'a Party, name: &str) -> Option<Cow<'a, str>> {
    Some(match name.to_ascii_lowercase().as_str() {
        "all" => Cow::Owned(format!("\"{}\" <{}>", party.name(), party.number())),
        "num" | "number" => Cow::Borrowed(party.number()),
        "name" => Cow::Borrowed(party.name()),
        "pres" | "num-pres" | "name-pres" => Cow::Borrowed(match party.presentation {
            Presentation::Allowed => "allowed_not_screened",
            Presentation::Restricted => "prohib_not_screened",
            Presentation::Unavailable => "unavailable",
        }),
        _ => return None,
    })
}
