//! Status: channels in detail.

use super::{Action, Call, Work, forbidden, optional};
use crate::event::{Classes, Text, UNKNOWN, block};
use crate::{Failure, IdAt, List, Outcome};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{BridgeId, ChannelSnapshot, Refusal, Technology};
use ucx_config::pjsip::Pjsip;

pub(super) static ACTION: Action = Action {
    name: "Status",
    synopsis: "Show channels in detail.",
    arguments: &[
        optional("Channel", "Only that channel."),
        optional(
            "Variables",
            "Variables and functions to show with each, separated by commas.",
        ),
        optional("AllVariables", "Whether all variables are shown."),
    ],
    classes: &[Classes::SYSTEM, Classes::CALL, Classes::REPORTING],
    work: Work::Desk(|call| Box::pin(run(call))),
};

/// What is shown beside the channels themselves.
struct Details {
    now: Duration,
    bridges: BTreeMap<BridgeId, Arc<str>>,
}

async fn run(call: Call<'_>) -> Outcome {
    let request = call.request;
    let names: Vec<&str> = names(request.text("Variables"));
    if names
        .iter()
        .any(|name| forbidden::is_function_forbidden(&call, name))
    {
        return Err("Status Access Forbidden: Variables".into());
    }
    let channels = match request.filled("Channel") {
        Some(name) => vec![call.desk.channel(name).await?],
        None => call.desk.channels().await?,
    };
    let bridges = call.desk.bridges().await?;
    let details = Details {
        now: call.desk.uptime().await?,
        bridges: bridges
            .iter()
            .map(|bridge| (bridge.id, bridge.uniqueid.clone()))
            .collect(),
    };
    let pjsip = call.desk.pjsip().await?;
    let mut list = List::begin(request, IdAt::Back, "Channel status will follow");
    for channel in &channels {
        let shown = shown(&call, channel, &names, only_codec(&pjsip, channel)).await?;
        list.item("Status", |text| {
            text.line("Privilege", "Call");
            block::channel(text, "", channel, &call.context);
            body(text, channel, &shown, &details);
        });
    }
    Ok(complete(list))
}

fn complete(list: List<'_>) -> Bytes {
    list.complete_with("StatusComplete", |text, items| {
        text.number("", "Items", items as u64)
    })
}

/// The codec of an endpoint that may use no other one, empty if there is a choice; the halves of a Local channel pass signed
/// linear samples on.
fn only_codec<'p>(pjsip: &'p Pjsip, channel: &ChannelSnapshot) -> &'p str {
    if channel.technology == Technology::Local {
        return "slin";
    }
    let endpoint = pjsip.endpoints.get(&*channel.endpoint);
    match endpoint.map(|endpoint| &*endpoint.media.codecs) {
        Some([codec]) if channel.technology == Technology::Pjsip => codec.name,
        Some(_) | None => "",
    }
}

/// What the channel itself has to be asked for.
#[derive(Default)]
struct Shown {
    until_hangup: u64,
    formats: [String; 3],
    variables: Vec<(String, String)>,
}

async fn shown(
    call: &Call<'_>,
    channel: &ChannelSnapshot,
    names: &[&str],
    only_codec: &str,
) -> Result<Shown, Failure> {
    let read = async |name: &str| match call.functions.variable(Some(channel.id.into()), name).await {
        Ok(value) => Ok(value),
        // No such function, or it has no value.
        Err(Refusal::Invalid(_) | Refusal::NoSuchChannel) => Ok(None),
        // Nobody may read it from outside.
        Err(Refusal::Denied(right)) if call.user.rights().has(right) => Ok(None),
        Err(refusal) => Err(Failure::from(refusal)),
    };
    let until_hangup = read("TIMEOUT(absolute)").await?.unwrap_or_default();
    let mut shown = Shown {
        until_hangup: until_hangup
            .parse::<f64>()
            .map_or(0, |seconds| seconds.max(0.0) as u64),
        ..Shown::default()
    };
    let formats = ["audionativeformat", "audioreadformat", "audiowriteformat"];
    for (at, item) in formats.iter().enumerate() {
        let format = read(&format!("CHANNEL({item})")).await?;
        shown.formats[at] = format.unwrap_or_else(|| only_codec.to_owned());
    }
    for name in names {
        let value = read(name).await?.unwrap_or_else(|| "(null)".to_owned());
        shown.variables.push(((*name).to_owned(), value));
    }
    if call.request.is_true("AllVariables") {
        match call.desk.variables(Some(channel.id.into())).await {
            Ok(all) => {
                let all = all
                    .iter()
                    .map(|(name, value)| (name.to_string(), value.to_string()));
                shown.variables.extend(all);
            }
            Err(Refusal::NoSuchChannel) => {}
            Err(refusal) => return Err(refusal.into()),
        }
    }
    Ok(shown)
}

fn body(text: &mut Text, channel: &ChannelSnapshot, shown: &Shown, details: &Details) {
    let known = |value: Option<&Arc<str>>| value.map_or(UNKNOWN.to_owned(), |value| value.to_string());
    text.line("Type", channel.technology.as_str());
    text.line("DNID", channel.dialled.as_deref().unwrap_or(""));
    text.line(
        "EffectiveConnectedLineNum",
        &known(channel.connected.number.as_ref()),
    );
    text.line(
        "EffectiveConnectedLineName",
        &known(channel.connected.name.as_ref()),
    );
    text.number("", "TimeToHangup", shown.until_hangup);
    let bridge = channel.bridge.and_then(|id| details.bridges.get(&id));
    text.line("BridgeID", bridge.map_or("", |uniqueid| uniqueid));
    let step = channel.step.as_ref();
    text.line("Application", step.map_or("", |step| &step.application));
    text.line("Data", step.map_or("", |step| &step.data));
    let [native, read, write] = &shown.formats;
    let native = if native.is_empty() { "nothing" } else { native };
    text.args("Nativeformats", format_args!("({native})"));
    text.line("Readformat", read);
    text.line("Readtrans", "");
    text.line("Writeformat", write);
    text.line("Writetrans", "");
    text.line("Callgroup", "0");
    text.line("Pickupgroup", "0");
    let seconds = details.now.saturating_sub(channel.created_at).as_secs();
    text.number("", "Seconds", seconds);
    for (name, value) in &shown.variables {
        text.args("Variable", format_args!("{name}={value}"));
    }
}

/// The names in a list, whose functions may have commas in their arguments.
fn names(text: &str) -> Vec<&str> {
    let (mut names, mut from, mut depth) = (Vec::new(), 0, 0usize);
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                names.push(text[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    names.push(text[from..].trim());
    names.retain(|name| !name.is_empty());
    names
}

#[cfg(test)]
mod tests {
    #[test]
    fn functions_keep_their_commas() {
        assert_eq!(super::names("A, F(x,y) ,,B"), ["A", "F(x,y)", "B"]);
        assert_eq!(super::names(""), Vec::<&str>::new());
    }
}
