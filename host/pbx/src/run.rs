//! The task that runs the dialplan on one channel, from its first priority to the `h` extension and the channel's end.

use crate::originate::OnlyApplication;
use crate::{Ending, Line, Pbx};
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;
use tracing::Instrument;
use ucx_call::{Cause, ChannelSnapshot, Interruption, Lease, Place, Step, Tone};

/// Priorities run without waiting after which other tasks get their turn.
const STEPS_PER_TURN: u32 = 64;

/// Priorities run without waiting after which the channel is hung up: it is in an endless loop.
const STEPS_MAX: u32 = 1_000_000;

/// Extensions that a call does not dial: no gate is asked about them.
const SPECIAL: [&str; 5] = ["T", "e", "h", "i", "t"];

/// How long a caller hears busy or congestion when the priorities run out after a failed Dial.
const FALL_THROUGH_TONE: Duration = Duration::from_secs(10);

/// Where a channel begins.
pub(crate) enum Start {
    Place(Place),
    /// In one application, after which it is hung up.
    Application(OnlyApplication),
}

/// Runs the dialplan on a channel until it is over.
pub(crate) async fn run(pbx: Pbx, lease: Lease, start: Start) {
    let Some(channel) = pbx.channel(lease.channel) else {
        return;
    };
    let span = tracing::info_span!("channel", name = %channel.name, call = %channel.linkedid);
    let guard = Guard {
        pbx: pbx.clone(),
        lease,
    };
    let mut line = Line::new(pbx, lease, channel.place.clone());
    drop(channel);
    live_and_end(&mut line, start).instrument(span).await;
    drop(guard);
}

/// Hangs the channel up if its task dies, so that no mistake of an application leaves one behind.
struct Guard {
    pbx: Pbx,
    lease: Lease,
}

impl Drop for Guard {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.pbx.mutate(|switch, now| {
                while let Some(top) = switch
                    .top_lease(self.lease.channel)
                    .filter(|top| *top != self.lease)
                {
                    switch.release(now, top);
                }
                switch.finish(now, self.lease, Cause::NORMAL_TEMPORARY_FAILURE);
            });
        }
    }
}

async fn live_and_end(line: &mut Line, start: Start) {
    let ending = live(line, start).await;
    let cause = match ending {
        Ending::Interrupted(Interruption::TakenOver) => {
            let lease = line.lease();
            line.pbx()
                .clone()
                .mutate(|switch, now| switch.release(now, lease));
            return;
        }
        Ending::Hangup(cause) => cause,
        Ending::Interrupted(_) => Cause::NONE,
        Ending::Refused(refusal) => {
            tracing::warn!(place = %line.place, %refusal, "the dialplan cannot go on");
            Cause::NONE
        }
    };
    wind_up(line, cause).await;
}

/// Runs the dialplan until the channel is to end; redirects and the `T` extension only move it.
async fn live(line: &mut Line, start: Start) -> Ending {
    let mut ending = match start {
        Start::Place(place) => from(line, place).await,
        Start::Application(only) => match run_only(line, only).await {
            Err(ending) => ending,
            Ok(Some(place)) => from(line, place).await,
            Ok(None) => Ending::Hangup(Cause::NONE),
        },
    };
    loop {
        line.pop_layers();
        let lease = line.lease();
        // What interrupts is what the channel is interrupted by now; an application may have heard of something weaker.
        if let Some(by) = line.interruption() {
            ending = Ending::Interrupted(by);
        }
        let next = match &ending {
            Ending::Interrupted(Interruption::Redirected) => {
                line.pbx().mutate(|switch, now| switch.redirected_to(now, lease))
            }
            Ending::Interrupted(Interruption::TimedOut) => {
                let next = line.special(&["T", "e"], "ABSOLUTETIMEOUT");
                next.filter(|_| line.pbx().mutate(|switch, now| switch.resume(now, lease)))
            }
            Ending::Interrupted(Interruption::TakenOver | Interruption::Shutdown | Interruption::HungUp)
            | Ending::Hangup(_)
            | Ending::Refused(_) => None,
        };
        let Some(place) = next else { return ending };
        line.resume();
        ending = match line.taken_over_by() {
            Some(only) => be_visited(line, only, place).await,
            None => from(line, place).await,
        };
    }
}

/// Runs one application with the rights of whoever asked for it; where the channel goes on, if it said.
async fn run_only(line: &mut Line, only: OnlyApplication) -> Result<Option<Place>, Ending> {
    line.principal = only.principal;
    let before = line.note_step(Some(Step {
        application: only.name.clone(),
        data: only.data.clone(),
    }));
    let ended = line.execute(&only.name, &only.data).await;
    line.note_step(before);
    line.principal = line.pbx().dialplan_principal().clone();
    ended?;
    Ok(line.next.take())
}

/// Somebody took the channel over for a while; after that it goes on behind the step it was in.
async fn be_visited(line: &mut Line, only: OnlyApplication, place: Place) -> Ending {
    match run_only(line, only).await {
        Err(ending) => ending,
        Ok(Some(next)) => from(line, next).await,
        Ok(None) if line.has_dialplan => from(line, following(&place)).await,
        Ok(None) => Ending::Hangup(Cause::NONE),
    }
}

/// Runs from that place until something ends it.
async fn from(line: &mut Line, place: Place) -> Ending {
    let mut place = place;
    line.has_dialplan = true;
    if place.exten.is_empty() {
        place.exten = Arc::from("s");
    }
    if let Some(gate) = line
        .pbx()
        .registry()
        .gate_of(&place.context)
        .filter(|_| place.priority == 1 && !SPECIAL.contains(&&*place.exten))
    {
        line.place = place.clone();
        line.next = None;
        if let Err(ending) = gate.enter(line).await {
            return ending;
        }
        place = line.next.take().unwrap_or(place);
    }
    loop {
        place = match advance(line, place).await {
            Ok(next) => next,
            Err(ending) => return ending,
        };
    }
}

/// Runs one priority, or does what is done where there is none. Where it goes on.
pub(crate) async fn advance(line: &mut Line, place: Place) -> Result<Place, Ending> {
    take_turns(line).await?;
    line.place = place;
    let Some((application, arguments)) = line.step_at(&line.place) else {
        return beyond(line).await;
    };
    run_step(line, &application, &arguments).await?;
    Ok(line.next.take().unwrap_or_else(|| following(&line.place)))
}

fn following(place: &Place) -> Place {
    Place {
        priority: place.priority + 1,
        ..place.clone()
    }
}

async fn run_step(line: &mut Line, application: &str, arguments: &str) -> Result<(), Ending> {
    line.next = None;
    let (lease, place) = (line.lease(), line.place.clone());
    let data = if arguments.contains('$') {
        line.look_ahead(Some(place.clone()));
        let data = line.substitute_waiting(arguments).await;
        line.look_ahead(None);
        Cow::Owned(data?)
    } else {
        Cow::Borrowed(arguments)
    };
    line.pbx()
        .mutate(|switch, now| switch.step(now, lease, place, application, &data))?;
    tracing::debug!(place = %line.place, application, %data, "step");
    line.execute(application, &data).await
}

/// The extension does not exist, or its priorities ran out.
async fn beyond(line: &mut Line) -> Result<Place, Ending> {
    let Place {
        context,
        exten,
        priority,
    } = line.place.clone();
    if priority == 1 {
        return line.invalid(&exten);
    }
    if line.pbx().dialplan().settings().autofallthrough {
        return Err(fall_through(line).await);
    }
    tracing::debug!(%context, "waiting for an extension");
    line.wait_exten(None).await?;
    line.next.take().ok_or(Ending::Hangup(Cause::NONE))
}

/// The priorities ran out: what the caller hears depends on how the last Dial went.
async fn fall_through(line: &mut Line) -> Ending {
    let status = line.variable("DIALSTATUS").unwrap_or_default();
    if matches!(status.as_str(), "BUSY" | "CONGESTION" | "CHANUNAVAIL")
        && let Err(ending) = line.stand_here()
    {
        return ending;
    }
    match status.as_str() {
        "BUSY" => {
            line.turn_away(Tone::Busy, Cause::USER_BUSY, Some(FALL_THROUGH_TONE))
                .await
        }
        "CONGESTION" | "CHANUNAVAIL" => {
            line.turn_away(
                Tone::Congestion,
                Cause::NORMAL_CIRCUIT_CONGESTION,
                Some(FALL_THROUGH_TONE),
            )
            .await
        }
        _ => Ending::Hangup(Cause::NONE),
    }
}

/// The dialplan is done: the `h` extension runs, and the channel is over. One that was only in an application has no such end.
async fn wind_up(line: &mut Line, cause: Cause) {
    line.pop_layers();
    line.end(cause);
    let lease = line.lease();
    if !line.has_dialplan {
        line.pbx()
            .mutate(|switch, now| switch.finish_application(now, lease, cause));
        return;
    }
    line.pbx().mutate(|switch, now| switch.wind_up(now, lease, cause));
    line.start_afresh();
    // Its end is asked for from the step it was in, and shown where it would have gone on.
    let _ = line.stand_here();
    let context = line.place.context.clone();
    if line.exten_exists(&context, "h", 1) {
        let mut place = Place {
            context,
            exten: Arc::from("h"),
            priority: 1,
        };
        while let Ok(next) = wind_up_step(line, place).await {
            place = next;
        }
    }
    let lease = line.lease();
    let cause = line
        .channel()
        .map_or(cause, |channel| line.pbx().hangup_cause(&channel));
    line.pbx().mutate(|switch, now| switch.finish(now, lease, cause));
}

/// One priority of the `h` extension; when they run out, the channel is left standing at the one that is missing.
async fn wind_up_step(line: &mut Line, place: Place) -> Result<Place, Ending> {
    take_turns(line).await?;
    line.place = place;
    let Some((application, arguments)) = line.step_at(&line.place) else {
        line.stand_here()?;
        return Err(Ending::GONE);
    };
    run_step(line, &application, &arguments).await?;
    Ok(line.next.take().unwrap_or_else(|| following(&line.place)))
}

/// Lets others run now and then, and ends a dialplan that never waits for anything.
async fn take_turns(line: &mut Line) -> Result<(), Ending> {
    line.steps += 1;
    if line.steps >= STEPS_MAX {
        tracing::warn!(place = %line.place, steps = line.steps, "the dialplan is in an endless loop");
        return Err(Ending::Hangup(Cause::NORMAL_TEMPORARY_FAILURE));
    }
    if line.steps.is_multiple_of(STEPS_PER_TURN) {
        tokio::task::yield_now().await;
    }
    match line.interruption() {
        Some(by) if !line.is_ending => Err(Ending::Interrupted(by)),
        _ => Ok(()),
    }
}

impl Line {
    /// Lets the channel's variables be those of the step that is about to run, while its snapshot is not there yet.
    fn look_ahead(&self, place: Option<Place>) {
        // A channel that is over has no variables either.
        let _ = self.pbx().with_driven(self.id(), |driven| {
            driven.place = place;
            Ok(())
        });
    }

    /// Leaves the channel standing at the priority that is missing, which is where its end is reported from.
    fn stand_here(&self) -> Result<(), Ending> {
        let (lease, place) = (self.lease(), self.place.clone());
        Ok(self
            .pbx()
            .mutate(|switch, now| switch.set_place(now, lease, place))?)
    }

    /// The channel is live again after an interruption.
    fn resume(&mut self) {
        let lease = self.lease();
        self.start_afresh();
        // A channel that is over has no inbox, and its task will see so.
        let _ = self.pbx().with_driven(lease.channel, |driven| {
            driven.inbox.resume(lease);
            Ok(())
        });
    }

    /// The application that somebody put in the place of what the channel did before.
    fn taken_over_by(&self) -> Option<OnlyApplication> {
        self.pbx()
            .with_driven(self.id(), |driven| Ok(driven.application.take()))
            .unwrap_or_default()
    }

    /// Shows another application as the one the channel runs; what was shown before.
    fn note_step(&self, step: Option<Step>) -> Option<Step> {
        let lease = self.lease();
        // A channel that is over shows nothing.
        let noted = self
            .pbx()
            .mutate(|switch, now| switch.note_step(now, lease, step));
        noted.unwrap_or_default()
    }

    /// From now on nothing drives the channel but the `h` extension, with the cause known.
    fn end(&mut self, cause: Cause) {
        let channel = self.id();
        self.is_ending = true;
        // A channel that is over needs no cause.
        let _ = self.pbx().with_driven(channel, |driven| {
            driven.cause = cause;
            Ok(())
        });
    }
}

impl Pbx {
    /// Why the channel ends, as far as is known: what the dialplan gave, else what the switch knows.
    pub fn hangup_cause(&self, channel: &ChannelSnapshot) -> Cause {
        let causes = self.with_driven(channel.id, |driven| Ok((driven.cause, driven.cause_by_default)));
        let (given, by_default) = causes.unwrap_or_default();
        let known = [given, channel.cause, by_default];
        known
            .into_iter()
            .find(|cause| *cause != Cause::NONE)
            .unwrap_or(Cause::NONE)
    }
}
