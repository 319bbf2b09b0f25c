//! `Wasm(name/flow,args…)`: a component leads the call; and the tasks of the legs it called or took over.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::timeout;
use ucx_call::{Cause, ChannelSnapshot, EventKind, Holder, Principal, PrincipalKind, Right, Rights};
use ucx_pbx::{Ending, Line};

use super::seat::{Parting, serve};
use super::wasm::{Status, failed, fall_back, note};
use super::{Deck, text_attr};
use crate::bindings::calls::exports::ucx::call::flow::Outcome;
use crate::fault::Fault;
use crate::flow::{self, Controls, Exit, Happenings, Leg, Remote, Visit};
use crate::generation::Generation;
use crate::host::PluginHost;
use crate::manifest::Fallback;
use crate::plugin::Plugin;
use crate::values::{Location, NoVerdict};

/// What a plugin may do at the desk: what concerns calls. Which of them is its grant's matter.
pub(crate) const RIGHTS: Rights = Rights::NONE
    .with(Right::Look)
    .with(Right::Originate)
    .with(Right::Control)
    .with(Right::Variables)
    .with(Right::UserEvents);

/// Where hosts keep what was recorded that do not say so.
const SPOOL: &str = "/var/spool/asterisk";

/// How long a leg that was given out of hand waits to be taken.
const UNTAKEN: Duration = Duration::from_secs(5);

type Led = Result<Outcome, NoVerdict>;

/// A call that a component leads.
struct Flow {
    plugin: Arc<str>,
    home: Arc<Plugin>,
    generation: u64,
    fallback: Fallback,
    channel: Arc<ChannelSnapshot>,
    contexts: std::collections::BTreeSet<String>,
}

/// Lets the component lead the call, and does what it says at its end.
pub(super) async fn lead(
    host: &PluginHost,
    line: &mut Line,
    plugin: &str,
    arguments: &[&str],
) -> Result<(), Ending> {
    let Some(plugin) = host.plugin(plugin) else {
        return note(line, Status::NotFound, "there is no such plugin");
    };
    let generation = plugin.enter();
    let life = Arc::clone(&generation.0);
    if life.flow.is_none() {
        return note(line, Status::NotFound, &format!("{} leads no calls", plugin.name));
    }
    let flow = Flow {
        plugin: Arc::clone(&plugin.name),
        home: Arc::clone(&plugin),
        generation: life.number,
        fallback: declared(&life),
        channel: line.channel()?,
        contexts: life.rights.asks.contexts.clone(),
    };
    let principal = Principal::new(
        PrincipalKind::Plugin(Arc::clone(&plugin.name), life.number),
        RIGHTS,
    )
    .within(Some(Arc::new(life.rights.scope(&flow.channel.place.context))));
    let events = Arc::new(Happenings::default());
    let started_ms = started_ms(line);
    let controls = Controls::new(
        line.pbx().desk(principal.clone()),
        Arc::clone(&events),
        host.visits(),
        life.number,
        started_ms,
        Some(flow.channel.id),
        line.variable("ASTSPOOLDIR").unwrap_or_else(|| SPOOL.to_owned()),
    );
    let (remote, orders) = Remote::new();
    let caller = Leg::served(flow.channel.clone(), remote);
    let args = (1..)
        .zip(arguments)
        .map(|(n, text)| text_attr(&format!("arg{n}"), text))
        .collect();
    let reports = host.reports();
    let led = async move { flow::lead(&plugin, &reports, generation, controls, caller, args).await };
    let mut guest = Guest {
        task: Some(host.runtime().spawn(led)),
        events: Arc::clone(&events),
        runtime: host.runtime().clone(),
        grace: life.rights.waits.after,
    };
    let mut deck = Deck::new(events, started_ms, flow.channel.clone());
    let own = line.act_for(principal);
    let holder = Holder::Plugin(Arc::clone(&flow.plugin), flow.generation);
    let parting = serve(line, &mut deck, holder.clone(), orders, Some(guest.led())).await;
    line.act_for(own);
    drop(guest);
    if matches!(parting, Parting::Done(Err(_))) && life.host.faults.has(Fault::LeaseKept) {
        line.push_lease(holder)?;
    }
    flow.part(line, parting).await
}

/// What a generation's manifest declares for calls it fails.
pub(super) fn declared(life: &Generation) -> Fallback {
    if life.host.faults.has(Fault::FallbackSkipped) {
        return Fallback::Pass;
    }
    life.manifest.fallback.clone()
}

/// The guest's own task. When the leg is done with it, it has a little time to come to its end.
struct Guest {
    task: Option<JoinHandle<Led>>,
    events: Arc<Happenings>,
    runtime: tokio::runtime::Handle,
    grace: Duration,
}

impl Guest {
    async fn led(&mut self) -> Led {
        let Some(task) = &mut self.task else {
            return std::future::pending().await;
        };
        let led = task.await;
        self.task = None;
        led.unwrap_or_else(|error| Err(NoVerdict::Trapped(error.to_string())))
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.events.close();
        let Some(task) = self.task.take() else { return };
        let stop = task.abort_handle();
        let grace = self.grace;
        self.runtime.spawn(async move {
            if timeout(grace, task).await.is_err() {
                stop.abort();
            }
        });
    }
}

impl Flow {
    /// The call goes where the component, or whoever took it away, sends it.
    async fn part(&self, line: &mut Line, parting: Parting<Led>) -> Result<(), Ending> {
        match parting {
            Parting::Ended(ending) => {
                self.told(line, Status::Success, "the call was taken away");
                Err(ending)
            }
            Parting::Left(exit) => {
                self.told(line, Status::Success, "the component gave the call away");
                leave(line, exit).await
            }
            Parting::LetGo => note(line, Status::Success, ""),
            Parting::Done(Ok(outcome)) => self.follow(line, outcome),
            Parting::Done(Err(reason)) => {
                let status = Status::of(&reason);
                self.give_up(line, status, &reason.to_string())
            }
        }
    }

    /// The generation that led the call.
    fn spokesman(&self) -> u64 {
        let active = self.home.active();
        if active.host.faults.has(Fault::NewSpeaksForOld) {
            return active.number;
        }
        self.generation
    }

    fn follow(&self, line: &mut Line, outcome: Outcome) -> Result<(), Ending> {
        let decision = match &outcome {
            Outcome::Done => "done",
            Outcome::ContinueAt(_) => "continue-at",
            Outcome::Hangup(_) => "hangup",
            Outcome::Failed(_) => "failed",
            Outcome::Other(_) => "other",
        };
        line.pbx().publish(EventKind::PluginDecided {
            plugin: Arc::clone(&self.plugin),
            generation: self.spokesman(),
            channel: self.channel.clone(),
            decision: Arc::from(decision),
            reason: Arc::default(),
        });
        match outcome {
            Outcome::Done => note(line, Status::Success, ""),
            Outcome::ContinueAt(place) => self.continue_at(line, &place),
            Outcome::Hangup(cause) => {
                note(line, Status::Success, "")?;
                Err(Ending::Hangup(cause_of(cause)))
            }
            Outcome::Failed(words) => {
                let words: String = words.chars().filter(|c| !c.is_control()).take(400).collect();
                self.give_up(line, Status::Failed, &words)
            }
            Outcome::Other(_) => {
                tracing::warn!(plugin = %self.plugin, generation = self.generation, "an outcome of an unknown kind counts as done");
                note(line, Status::Success, "")
            }
        }
    }

    fn continue_at(&self, line: &mut Line, place: &Location) -> Result<(), Ending> {
        if !may_continue(&self.contexts, &line.place().context, &place.context) {
            let why = format!(
                "it may not send calls to {:?}; needs contexts = [{:?}]",
                place.context, place.context
            );
            return self.give_up(line, Status::Denied, &why);
        }
        match place_of(line, place) {
            Ok(there) => {
                note(line, Status::Success, "")?;
                line.jump(there);
                Ok(())
            }
            Err(why) => self.give_up(line, Status::Failed, &why),
        }
    }

    /// The component failed: the caller gets what its manifest declares.
    fn give_up(&self, line: &mut Line, status: Status, why: &str) -> Result<(), Ending> {
        tracing::warn!(plugin = %self.plugin, generation = self.generation, reason = why, channel = %self.channel.name, "the fallback is used");
        failed(line, &self.plugin, self.spokesman(), &self.channel, why);
        note(line, status, why)?;
        fall_back(line, &self.fallback)
    }

    /// Notes how it went on a call that may be over already.
    fn told(&self, line: &mut Line, status: Status, why: &str) {
        if note(line, status, why).is_err() {
            tracing::debug!(channel = %self.channel.name, "the call is over");
        }
    }
}

/// Serves a leg that an instance called or took over.
pub(super) async fn visit(
    host: &PluginHost,
    line: &mut Line,
    plugin: &str,
    number: &str,
) -> Result<(), Ending> {
    let visit = number
        .parse()
        .ok()
        .and_then(|number| host.visits().take(number))
        .filter(|visit| *visit.plugin == *plugin);
    let Some(visit) = visit else {
        return note(line, Status::NotFound, "nobody waits for this call");
    };
    match attend(line, visit).await? {
        Attended::Unclaimed | Attended::LetGo(None) => Ok(()),
        // Only an application is told of a failure: who leads one call has its own end.
        Attended::LetGo(Some(failure)) => super::enter::give_up(host, line, plugin, &failure),
    }
}

/// What became of a leg that goes on.
pub(super) enum Attended {
    /// Whoever waited for it has given up.
    Unclaimed,
    /// The instance let go of it, because it failed in these words if there are any.
    LetGo(Option<String>),
}

/// Serves a leg for the instance that waits for it, until it lets go of the leg.
pub(super) async fn attend(line: &mut Line, visit: Visit) -> Result<Attended, Ending> {
    let channel = line.channel()?;
    let (remote, orders) = Remote::new();
    let holder = Holder::Plugin(Arc::clone(&visit.plugin), visit.generation);
    let principal =
        Principal::new(PrincipalKind::Plugin(visit.plugin, visit.generation), RIGHTS).within(visit.scope);
    let mut deck = Deck::new(visit.events, started_ms(line), channel.clone());
    if visit.leg.send(Leg::served(channel, remote)).is_err() {
        // Whoever waited has given up: the leg is released at once.
        return Ok(Attended::Unclaimed);
    }
    let own = line.act_for(principal);
    let parting = serve(line, &mut deck, holder, orders, None::<std::future::Pending<()>>).await;
    line.act_for(own);
    match parting {
        Parting::Ended(ending) => Err(ending),
        Parting::Left(exit) => leave(line, exit).await.map(|()| Attended::LetGo(None)),
        Parting::LetGo | Parting::Done(()) => {
            let listener = deck.listener();
            let failure = tokio::select! {
                biased;
                ended = line.wait_forever() => return ended.map(|()| Attended::LetGo(None)),
                failure = listener.failed() => failure,
            };
            Ok(Attended::LetGo(failure))
        }
    }
}

/// Sends a leg where its instance wants it.
async fn leave(line: &mut Line, exit: Exit) -> Result<(), Ending> {
    match exit {
        Exit::Continue(place) => {
            line.jump(place);
            Ok(())
        }
        Exit::Connect(peer) => {
            line.connect(peer).await?;
            Err(Ending::Hangup(Cause::NONE))
        }
        Exit::Surrender(told) => {
            let surrendered = line.surrender();
            let said = match &surrendered {
                Ok(()) => Ok(()),
                Err(ending) => Err(super::ended(ending.clone())),
            };
            // Whoever asked may be gone, and then the leg waits for nobody.
            let time = match told.send(said) {
                Ok(()) => UNTAKEN,
                Err(_) => Duration::ZERO,
            };
            surrendered?;
            end_if_untaken(line, time);
            Err(Ending::Interrupted(ucx_call::Interruption::TakenOver))
        }
    }
}

/// Ends a channel that was given out of hand for somebody who did not take it in time.
fn end_if_untaken(line: &Line, time: Duration) {
    let (pbx, id) = (line.pbx().clone(), line.id());
    tokio::task::spawn_local(async move {
        tokio::time::sleep(time).await;
        let waits = pbx.with_switch(|switch| {
            let is_alone = switch.channel(id).is_some_and(|channel| channel.bridge.is_none());
            is_alone && switch.top_lease(id).is_none()
        });
        if waits {
            pbx.hang_up(id, Cause::NORMAL_CLEARING);
        }
    });
}

/// Whether a call in `own` may be sent to `context` by a plugin with that list; where it is it may always stay.
pub(crate) fn may_continue(list: &std::collections::BTreeSet<String>, own: &str, context: &str) -> bool {
    context.is_empty() || context == own || crate::grant::fits(list, context)
}

/// A place of the dialplan that is there, seen from where the call is.
pub(crate) fn place_of(line: &Line, place: &Location) -> Result<ucx_call::Place, String> {
    let here = line.place();
    let or = |text: &str, own: &str| {
        if text.is_empty() {
            own.to_owned()
        } else {
            text.to_owned()
        }
    };
    let (context, exten) = (or(&place.context, &here.context), or(&place.exten, &here.exten));
    for word in [&context, &exten, &place.priority] {
        if word.contains(|c: char| c == ',' || c.is_control()) {
            return Err(format!("{word:?} is no name of the dialplan"));
        }
    }
    let priority = or(&place.priority, "1");
    let there = line.place_of(&format!("{context},{exten},{priority}"))?;
    if line.exten_exists(&there.context, &there.exten, there.priority) {
        Ok(there)
    } else {
        Err(format!("there is no {there}"))
    }
}

fn cause_of(number: u16) -> Cause {
    match number {
        1..=127 => Cause(number),
        _ => Cause::NORMAL_CLEARING,
    }
}

/// When the host started, in milliseconds since 1970.
pub(super) fn started_ms(line: &Line) -> u64 {
    let pbx = line.pbx();
    pbx.epoch_s().saturating_sub(pbx.now().as_secs()) * 1000
}
