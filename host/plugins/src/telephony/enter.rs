//! `Wasm(name/application,args…)`: a call is offered to an application, which adopts it and then owns it.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use ucx_call::{ChannelSnapshot, EventKind};
use ucx_pbx::{Ending, Line};

use super::flow::{Attended, attend, declared, started_ms};
use super::story::{about, ms};
use super::text_attr;
use super::wasm::{Status, failed, fall_back, note};
use crate::application::CALL;
use crate::host::PluginHost;
use crate::manifest::Fallback;
use crate::values::{Attr, Event};

/// An application takes a call within that time, or the call gets the fallback.
const TAKEN_WITHIN: Duration = Duration::from_secs(10);

/// What came of an offer.
enum Offered {
    Taken(crate::flow::Visit),
    Not(&'static str),
}

/// Offers the call to the application, and serves it until it is let go of.
pub(super) async fn offer(
    host: &PluginHost,
    line: &mut Line,
    name: &str,
    arguments: &[&str],
) -> Result<(), Ending> {
    let Some(plugin) = host.plugin(name) else {
        return note(line, Status::NotFound, "there is no such plugin");
    };
    if plugin.active().serve.is_none() {
        return note(line, Status::NotFound, &format!("{name} is no application"));
    }
    let stage = &plugin.stage;
    if stage.is_away() {
        return give_up(host, line, name, "the application is away");
    }
    let deadline = Instant::now() + TAKEN_WITHIN;
    loop {
        let channel = line.channel()?;
        let Some(mut offer) = stage.offer(event(line, &channel, arguments)) else {
            return give_up(host, line, name, "too many calls wait for the application");
        };
        let offered = tokio::select! {
            biased;
            ended = line.wait_forever() => return ended,
            taken = timeout_at(deadline, &mut offer.taken) => match taken {
                Ok(Ok(visit)) => Offered::Taken(visit),
                Ok(Err(_)) => Offered::Not("the application is away"),
                Err(_) => Offered::Not("the application did not take the call in time"),
            },
            () = stage.away() => Offered::Not("the application failed"),
        };
        drop(offer);
        let mut visit = match offered {
            Offered::Not(why) => return give_up(host, line, name, why),
            Offered::Taken(visit) => visit,
        };
        // The context a call is in needs no asking.
        let rights = &plugin.active().rights;
        visit.scope = Some(Arc::new(rights.scope(&channel.place.context)));
        let taken_by = (Arc::clone(&visit.plugin), visit.generation);
        match attend(line, visit).await {
            // An instance that ended in between: the next one is asked.
            Ok(Attended::Unclaimed) => {}
            Ok(Attended::LetGo(failure)) => {
                tell_taken(line, taken_by, channel);
                return match failure {
                    None => note(line, Status::Success, ""),
                    Some(failure) => give_up(host, line, name, &failure),
                };
            }
            Err(ending) => {
                tell_taken(line, taken_by, channel);
                return Err(ending);
            }
        }
    }
}

/// Tells that the application had the call.
fn tell_taken(line: &Line, (plugin, generation): (Arc<str>, u64), channel: Arc<ChannelSnapshot>) {
    line.pbx().publish(EventKind::PluginDecided {
        plugin,
        generation,
        channel,
        decision: Arc::from("adopt"),
        reason: Arc::default(),
    });
}

/// The application failed: the call gets what its manifest declares.
pub(super) fn give_up(host: &PluginHost, line: &mut Line, name: &str, why: &str) -> Result<(), Ending> {
    let active = host.plugin(name).map(|plugin| plugin.active());
    let (generation, fallback) =
        active.map_or((0, Fallback::Pass), |active| (active.number, declared(&active)));
    let channel = line.channel()?;
    tracing::warn!(plugin = name, generation, reason = why, channel = %channel.name, "the fallback is used");
    failed(line, name, generation, &channel, why);
    note(line, Status::Failed, why)?;
    fall_back(line, &fallback)
}

/// Tells of a call that waits to be taken.
fn event(line: &Line, channel: &ChannelSnapshot, arguments: &[&str]) -> Event {
    let dialled = channel.dialled.as_deref().unwrap_or(&channel.place.exten);
    let mut attrs: Vec<Attr> = vec![
        text_attr("name", &channel.name),
        text_attr("caller", channel.caller.number()),
        text_attr("caller-name", channel.caller.name()),
        text_attr("dialled", dialled),
        text_attr("context", &channel.place.context),
        text_attr("exten", &channel.place.exten),
        text_attr("language", &channel.language),
    ];
    attrs.extend(
        (1..)
            .zip(arguments)
            .map(|(n, text)| text_attr(&format!("arg{n}"), text)),
    );
    let at_ms = started_ms(line) + ms(line.pbx().now());
    about(CALL, at_ms, channel, attrs)
}
