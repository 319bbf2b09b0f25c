//! Reads the event stream and hands it to the plugins, with the beginning and end of whole calls told beside; and writes
//! down the ways of calls through the dialplan.
#![allow(clippy::wildcard_enum_match_arm)] // kinds that the catalogue does not have are told to nobody

use super::question::text_attr;
use super::steps::Steps;
use super::story::{about, int_attr, ms, tell};
use crate::bearing::{Bearings, word};
use crate::host::PluginHost;
use crate::values::Event;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{Cause, ChannelSnapshot, EventKind};
use ucx_pbx::{Delivery, Subscription};

/// Calls followed at once; the oldest is forgotten past it, and its end is told by its last channel alone.
const CALLS_MAX: usize = 50_000;

/// The pause between two looks at the stream: the longest an event is late for a plugin that keeps up.
const BREATH: Duration = Duration::from_millis(2);

/// The same for what is only written down, and the longest the first plugin that listens waits for its first event.
const REST: Duration = Duration::from_millis(50);

/// One call under way.
struct Call {
    tenant: String,
    legs: u64,
    live: u64,
    begun: Duration,
    answered: Option<Duration>,
    cause: Cause,
}

/// Follows whole calls, by linked id.
#[derive(Default)]
struct Calls(BTreeMap<Arc<str>, Call>);

/// Feeds the plugins until the host is gone. While none of them listens, the stream takes nothing in: nobody pays for events
/// that nobody hears.
pub async fn feed(host: Arc<PluginHost>, mut stream: Subscription, epoch_s: u64) {
    stream.only_while(host.listens());
    host.fed.follows(stream.position());
    let (mut calls, mut passed) = (Calls::default(), 0);
    loop {
        if !host.is_listening() {
            // Who comes later hears of calls that begin later.
            calls = Calls::default();
            if stream.is_closed() {
                return;
            }
            rest(&host, REST).await;
            continue;
        }
        let Some(first) = stream.recv().await else { return };
        let mut next = Some(first);
        while let Some(delivery) = next {
            passed = match &delivery {
                Delivery::Event(event) => event.sequence,
                Delivery::Gap { lost } => passed + lost,
            };
            calls.pass_on(&host, delivery, epoch_s);
            next = stream.try_recv();
        }
        host.fed.passed(passed);
        // What comes meanwhile waits in the subscription, so that a busy host does not wake this task for each event.
        rest(&host, BREATH).await;
    }
}

/// Waits so long, unless somebody wants what is in the stream now.
async fn rest(host: &PluginHost, pause: Duration) {
    tokio::select! {
        biased;
        () = host.fed.hurried() => {}
        () = tokio::time::sleep(pause) => {}
    }
}

/// Writes down the ways of calls through the dialplan until the host is gone; `stream` wants what [`is_of_steps`] says.
/// Without a place to write to it ends at once.
///
/// [`is_of_steps`]: super::is_of_steps
pub async fn follow_steps(host: Arc<PluginHost>, mut stream: Subscription, epoch_s: u64) {
    let Some(book) = &host.resources().book else {
        return;
    };
    let mut steps = Steps::default();
    while let Some(first) = stream.recv().await {
        let mut next = Some(first);
        while let Some(delivery) = next {
            if let Some(way) = steps.hear(&delivery, epoch_s) {
                book.put(way);
            }
            next = stream.try_recv();
        }
        tokio::time::sleep(REST).await;
    }
}

impl Calls {
    fn pass_on(&mut self, host: &PluginHost, delivery: Delivery, epoch_s: u64) {
        match delivery {
            Delivery::Event(event) => {
                let at_ms = epoch_s * 1000 + ms(event.at);
                for told in self.tell(host.bearings(), &event.kind, event.at, at_ms) {
                    host.deliver(&told);
                }
            }
            Delivery::Gap { lost } => {
                tracing::warn!(lost, "plugins miss events: the feed was too slow");
                // What is unknown now would never end.
                self.0.clear();
            }
        }
    }

    /// What plugins hear of one event: its own kinds, and the call's beginning before or its end after them.
    fn tell(&mut self, bearings: &Bearings, kind: &EventKind, now: Duration, at_ms: u64) -> Vec<Event> {
        let mut events = Vec::new();
        match kind {
            EventKind::ChannelCreated { channel } => {
                events.extend(self.created(bearings, channel, now, at_ms))
            }
            EventKind::ChannelChanged { old, new } => {
                if old.linkedid != new.linkedid {
                    self.relinked(&old.linkedid, &new.linkedid);
                }
                if let (None, Some(answered_at), Some(call)) =
                    (old.answered_at, new.answered_at, self.0.get_mut(&new.linkedid))
                {
                    call.answered.get_or_insert(answered_at);
                }
            }
            _ => {}
        }
        events.extend(tell(kind, now, at_ms));
        // One's calls are one's own to the end, whatever context they come to.
        for event in &mut events {
            if let Some(call) = event.call.as_deref().and_then(|call| self.0.get(call)) {
                event.tenant.clone_from(&call.tenant);
            }
        }
        if let EventKind::ChannelEnded { channel } = kind {
            events.extend(self.ended(channel, now, at_ms));
        }
        events
    }

    fn created(
        &mut self,
        bearings: &Bearings,
        channel: &ChannelSnapshot,
        now: Duration,
        at_ms: u64,
    ) -> Option<Event> {
        if let Some(call) = self.0.get_mut(&channel.linkedid) {
            call.legs += 1;
            call.live += 1;
            return None;
        }
        if self.0.len() >= CALLS_MAX {
            self.0.pop_first();
        }
        let call = Call {
            tenant: bearings.tenant(channel),
            legs: 1,
            live: 1,
            begun: now,
            answered: None,
            cause: Cause::NONE,
        };
        self.0.insert(channel.linkedid.clone(), call);
        let attrs = vec![
            text_attr("direction", word(bearings.direction(channel))),
            text_attr("caller", channel.caller.number()),
            text_attr(
                "dialled",
                channel.dialled.as_deref().unwrap_or(&channel.place.exten),
            ),
            text_attr("via", &channel.endpoint),
            text_attr("account", &channel.account),
        ];
        Some(about("call.started", at_ms, channel, attrs))
    }

    /// A channel now belongs to an older call.
    fn relinked(&mut self, from: &str, to: &str) {
        let Some(left) = self.0.get_mut(from) else { return };
        left.live = left.live.saturating_sub(1);
        if left.live == 0 {
            self.0.remove(from);
        }
        if let Some(joined) = self.0.get_mut(to) {
            joined.legs += 1;
            joined.live += 1;
        }
    }

    fn ended(&mut self, channel: &ChannelSnapshot, now: Duration, at_ms: u64) -> Option<Event> {
        let call = self.0.get_mut(&channel.linkedid)?;
        call.live = call.live.saturating_sub(1);
        // The oldest leg's cause is the call's; it is the one whose uniqueid the call is named by.
        if channel.uniqueid == channel.linkedid || call.cause == Cause::NONE {
            call.cause = channel.cause;
        }
        if call.live > 0 {
            return None;
        }
        let call = self.0.remove(&channel.linkedid)?;
        let billable = call
            .answered
            .map_or(Duration::ZERO, |answered| now.saturating_sub(answered));
        let attrs = vec![
            int_attr("duration", ms(now.saturating_sub(call.begun))),
            int_attr("billable", ms(billable)),
            int_attr("cause", call.cause.0.into()),
            text_attr("cause-text", call.cause.text()),
            int_attr("legs", call.legs),
            text_attr("disposition", disposition(&call)),
        ];
        Some(Event {
            channel: None,
            tenant: call.tenant.clone(),
            ..about("call.ended", at_ms, channel, attrs)
        })
    }
}

fn disposition(call: &Call) -> &'static str {
    match (call.answered, call.cause) {
        (Some(_), _) => "answered",
        (None, Cause::USER_BUSY) => "busy",
        (None, Cause::NORMAL_CIRCUIT_CONGESTION | Cause::SWITCH_CONGESTION) => "congestion",
        (None, _) => "no-answer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telephony::Chains;
    use crate::values::Value;
    use ucx_call::{Place, Signal};
    use ucx_pbx::Registry;
    use ucx_pbx::testing::{World, run};

    #[test]
    fn a_call_begins_with_its_direction_and_is_one_tenants_to_its_end() {
        let bearings = Bearings::default();
        bearings.set_trunks(["alice".to_owned()].into());
        let chains = Chains::parse(
            "[routing.hers]\ntenant = 'acme'\n[routing.out]\ndirection = 'outbound'\n",
            &Default::default(),
        );
        bearings.set_contexts(&chains.unwrap());
        let plan =
            "[main]\nexten => 100,1,NoOp()\n[hers]\nexten => 100,1,NoOp()\n[out]\nexten => 100,1,NoOp()\n";
        let mut told: Vec<Event> = Vec::new();
        run(plan, Registry::new(), async |world: &mut World| {
            for (context, endpoint) in [("main", "alice"), ("hers", "bob"), ("out", "bob")] {
                let mut incoming = World::incoming("100");
                incoming.place = Place::new(context, "100", 1);
                incoming.endpoint = Arc::from(endpoint);
                incoming.account = Some(Arc::from("house"));
                let channel = world.pbx.incoming(incoming).unwrap();
                world.pbx.signal(channel, Signal::HungUp(Cause::NORMAL_CLEARING));
                world.until_over().await;
            }
            let mut calls = Calls::default();
            for event in &world.record().events {
                told.extend(calls.tell(&bearings, &event.kind, event.at, 0));
            }
        });
        let of = |kind: &str| -> Vec<&Event> { told.iter().filter(|event| event.kind == kind).collect() };
        let way = |event: &&Event| match &event.attrs[0].value {
            Value::Text(way) => (way.clone(), event.tenant.clone()),
            other => panic!("{other:?}"),
        };
        let pair = |way: &str, tenant: &str| (way.to_owned(), tenant.to_owned());
        let started: Vec<_> = of("call.started").iter().map(way).collect();
        let expected = [
            pair("inbound", "house"),
            pair("internal", "acme"),
            pair("outbound", "house"),
        ];
        assert_eq!(started, expected);
        for kind in ["channel.ended", "call.ended"] {
            let tenants: Vec<&str> = of(kind).into_iter().map(|event| event.tenant.as_str()).collect();
            assert_eq!(tenants, ["house", "acme", "house"], "{kind}");
        }
    }
}
