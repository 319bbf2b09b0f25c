//! One world: a host, a network, phones and people, on a clock that jumps to whatever is next.

mod scripted;

use crate::clients::Clients;
use crate::deeds::{Agenda, Deed, Doer};
use crate::handover::{Handover, Moment};
use crate::hearing;
use crate::host::Host;
use crate::judge::Judge;
use crate::led::Led;
use crate::ledger::Ledger;
use crate::log::{Log, render};
use crate::people::{PHONES, People, user};
use crate::spec::{Figures, Outcome, WorldSpec};
use crate::stage::Stage;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Once;
use std::time::Duration;
use tokio::task::LocalSet;
use tokio::time::{Instant, sleep_until};
use ucx_call::Technology;

/// How often is looked at what takes time to go wrong.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Calls that go on so long after the last one was made are not going to end.
const PATIENCE: Duration = Duration::from_secs(120);

/// After the last call the transactions need 64*T1 to forget; and the same again for a lost farewell.
const FORGETTING: Duration = Duration::from_secs(70);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Calls are made.
    Open,
    /// Calls end.
    Closing,
    /// Everybody forgets until then.
    Forgetting(Duration),
    Over,
}

struct World {
    host: Host,
    stage: Rc<Stage>,
    people: People,
    agenda: Agenda,
    doer: Doer,
    ledger: Ledger,
    log: Log,
    phase: Phase,
    started: Instant,
    look_at: Duration,
    open_until: Duration,
    /// At the last look there were more streams than channels.
    has_spare_streams: bool,
    heard: u64,
    guests: Option<(Clients, Handover)>,
}

thread_local! {
    /// Panics on this thread so far: tasks die of theirs without a word.
    static PANICS: Cell<u64> = const { Cell::new(0) };
}

/// Counts panics from now on, beside what is done about them anyway.
fn count_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            PANICS.with(|panics| panics.set(panics.get() + 1));
            before(panic);
        }));
    });
}

/// Lives through a world.
///
/// # Errors
/// When it could not be set up.
pub fn run(spec: &WorldSpec) -> Result<Outcome, String> {
    count_panics();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    LocalSet::new().block_on(&runtime, async {
        let mut world = World::new(spec).await?;
        world.live().await;
        Ok(world.finish().await)
    })
}

impl World {
    async fn new(spec: &WorldSpec) -> Result<Self, String> {
        let (host, stage) = Host::start(spec).await?;
        let mut agenda = Agenda::default();
        for phone in 0..PHONES {
            agenda.add(Duration::from_millis(phone as u64), Deed::Register { phone });
        }
        match spec.play {
            Some(play) => play
                .script
                .deeds()
                .into_iter()
                .for_each(|(at, deed)| agenda.add(at, deed)),
            None => agenda.add(Duration::from_secs(2), Deed::NextCall),
        }
        let guests = host.guests.as_ref().map(|guests| {
            let clients = Clients::new(spec.seed, &host.pbx, &guests.handle, &stage);
            (clients, Handover::new(guests.programs.clone()))
        });
        let has_component = spec.component.is_some();
        Ok(Self {
            people: People::new(spec.seed, spec.play.map(|play| play.script)),
            doer: Doer::new(spec.seed, &host.pbx, spec.calls, has_component, spec.has_guests),
            guests,
            started: Instant::now() - host.pbx.now(),
            host,
            stage,
            agenda,
            ledger: Ledger::default(),
            log: Log::new(spec.keeps_log),
            phase: Phase::Open,
            look_at: LOOK_EVERY,
            open_until: Duration::ZERO,
            has_spare_streams: false,
            heard: 0,
        })
    }

    async fn live(&mut self) {
        let panics = PANICS.get();
        while self.phase != Phase::Over && self.stage.broken().is_none() {
            let network = self.stage.network.borrow().next_at();
            let parts = [
                network,
                self.stage.media_due_at(),
                self.people.next_at(),
                self.agenda.next_at(),
            ];
            let next = parts
                .into_iter()
                .flatten()
                .min()
                .unwrap_or(self.look_at)
                .min(self.look_at);
            tokio::select! {
                biased;
                () = self.stage.wake.notified() => {}
                () = sleep_until(self.started + next) => {}
            }
            self.step();
            if self.host.control.is_finished() {
                self.stage.note_broken("the control loop has ended");
            }
            if PANICS.get() != panics {
                self.stage.note_broken("a task of the host has panicked");
            }
        }
    }

    /// Everything that is due now.
    fn step(&mut self) {
        let now = self.host.pbx.now();
        loop {
            let parcel = self.stage.network.borrow_mut().pop_due(now);
            let Some(parcel) = parcel else { break };
            self.people.deliver(now, &parcel);
            self.stage.deliver(now, parcel);
        }
        self.begin_script(now);
        self.stage.handle_media_timeout(now);
        self.people.handle_timeouts(now);
        self.settle(now);
        while let Some(deed) = self.agenda.pop_due(now) {
            self.log.add(format!("deed {} {deed:?}", now.as_micros()));
            self.be_guest(now, &deed);
            self.ask_part(now, &deed);
            self.doer
                .carry_out(now, &deed, &mut self.people, &mut self.agenda);
            let taken = std::mem::take(&mut self.doer.taken);
            if let Some(led) = &mut self.host.led {
                taken.iter().for_each(|channel| led.ask(*channel));
            }
            if let Some((_, handover)) = &mut self.guests {
                taken.into_iter().for_each(|channel| handover.ask(now, channel));
            }
            self.settle(now);
        }
        self.read(now);
        if self.look_at <= now {
            self.look_at = now + LOOK_EVERY;
            let looked = self.look(now);
            self.stage.check(looked);
        }
        self.turn_phase(now);
    }

    fn settle(&mut self, now: Duration) {
        for line in self.people.settle(now, &self.stage, &mut self.agenda) {
            self.log.add(line);
        }
    }

    /// What clients of the interfaces do.
    fn be_guest(&mut self, now: Duration, deed: &Deed) {
        let Some((clients, handover)) = &mut self.guests else {
            return;
        };
        if let Deed::Ask { method, path, query } = deed {
            if let Some(channel) = path.strip_prefix("channels/").filter(|_| *method == "DELETE") {
                handover.ask_by_uniqueid(now, channel);
            }
            clients.ask(method, path, query);
        } else if let Deed::ClientGoes { client, is_noticed } = *deed {
            clients.go(now, client, is_noticed);
        } else if let Deed::ClientComes { client } = *deed {
            clients.come(now, client);
        }
    }

    /// Reads the event stream, and compares it with the switch.
    fn read(&mut self, now: Duration) {
        let mut is_new = false;
        for line in self.stage.said.take() {
            self.log.add(line);
        }
        while let Some(event) = self.host.next_event() {
            is_new = true;
            match event {
                Ok(event) => {
                    self.log.add(render(&event));
                    let added = self.ledger.add(&event);
                    self.stage.check(added);
                    if let Some(led) = &mut self.host.led {
                        let added = led.add(&event);
                        self.stage.check(added);
                    }
                    if let Some(judge) = &mut self.host.judge {
                        let added = judge.add(&event);
                        self.stage.check(added);
                    }
                    if let Some((clients, handover)) = &mut self.guests {
                        match handover.add(&event) {
                            Ok(Some(moment)) => {
                                if let Moment::Handed(channel, Some(application)) = &moment
                                    && clients.is_gone(event.at, application)
                                {
                                    handover.turn_away(event.at, *channel);
                                }
                                self.doer.meet(now, &moment, &mut self.agenda);
                            }
                            Ok(None) => {}
                            Err(rule) => self.stage.note_broken(rule),
                        }
                    }
                }
                Err(rule) => self.stage.note_broken(rule),
            }
        }
        if let Some((clients, _)) = &mut self.guests {
            for line in clients.read(now, &mut self.agenda) {
                self.log.add(line);
            }
        }
        if is_new && self.host.judge.is_some() {
            let checked = self.check_leases();
            self.stage.check(checked);
        }
        if is_new {
            let living = self.host.pbx.with_switch(|switch| switch.channels().count());
            if living != self.ledger.channels.len() {
                let told = self.ledger.channels.len();
                self.stage
                    .note_broken(format!("{living} channels live, but the stream tells of {told}"));
            }
        }
    }

    /// What takes a while to be wrong.
    fn look(&mut self, now: Duration) -> Result<(), String> {
        let with_media = self
            .ledger
            .channels
            .values()
            .filter(|life| life.channel.technology == Technology::Pjsip);
        let (channels, streams) = (with_media.count(), self.stage.streams());
        let had_spare = std::mem::replace(&mut self.has_spare_streams, streams > channels);
        if had_spare && self.has_spare_streams {
            return Err(format!(
                "{streams} media streams are open for {channels} channels"
            ));
        }
        if let Some((_, handover)) = &self.guests {
            handover.look(now)?;
        }
        if let Some(led) = &self.host.led {
            led.look(now)?;
        }
        if let Some(judge) = &self.host.judge {
            judge.look(now, &self.ledger)?;
        }
        let is_quiet = self.stage.network.borrow().weather.is_quiet();
        if is_quiet {
            self.heard += hearing::check(now, &self.ledger, &self.people)?;
        }
        hearing::check_answers(now, &self.ledger, &self.people, is_quiet)
    }

    fn turn_phase(&mut self, now: Duration) {
        match self.phase {
            Phase::Open if self.is_done(now) => {
                self.phase = Phase::Closing;
                self.open_until = now;
                if let Some(judge) = &self.host.judge {
                    judge.close();
                }
            }
            Phase::Open => {}
            Phase::Closing if self.is_silent() => {
                self.agenda.is_closing = true;
                for phone in 0..PHONES {
                    self.agenda.add(now, Deed::Unregister { phone });
                }
                if let Some((clients, _)) = &self.guests {
                    clients.tidy_up(now, &mut self.agenda);
                }
                self.phase = Phase::Forgetting(now + FORGETTING);
            }
            Phase::Closing if self.open_until + PATIENCE < now => {
                let left = self.left();
                self.stage.note_broken(format!("calls do not end: {left}"));
            }
            Phase::Closing => {}
            Phase::Forgetting(until) if until <= now => self.phase = Phase::Over,
            Phase::Forgetting(_) | Phase::Over => {}
        }
    }

    /// Nobody calls anybody, and everybody who wants to is registered.
    fn is_silent(&self) -> bool {
        self.ledger.channels.is_empty()
            && self.agenda.next_at().is_none()
            && self
                .people
                .persons
                .iter()
                .all(|person| person.phone.calls().next().is_none())
    }

    /// Who is left.
    fn left(&self) -> String {
        let channels = self.ledger.channels.values().map(|life| {
            let step = life.channel.step.as_ref().map_or("-", |step| &step.application);
            format!("{} {} in {step}", life.channel.name, life.channel.state.as_str())
        });
        let persons = self.people.persons.iter().enumerate();
        let calls = persons.flat_map(|(phone, person)| {
            person
                .phone
                .calls()
                .map(move |call| format!("{} {call}", user(phone)))
        });
        channels.chain(calls).collect::<Vec<_>>().join(", ")
    }

    async fn finish(self) -> Outcome {
        let simulated = self.host.pbx.now();
        if self.stage.broken().is_none() {
            let ended = self.check_end();
            self.stage.check(ended);
            // The loop ends with its next step.
            let _ = self.host.stop.send(());
            match self.host.control.await {
                Ok(mut control) => {
                    let load = control.sip().load();
                    if load != ucx_sip::Load::default() {
                        self.stage.note_broken(format!(
                            "the host's SIP tables are not empty at the end: {load:?}"
                        ));
                    }
                }
                Err(error) => self
                    .stage
                    .note_broken(format!("the control loop failed: {error}")),
            }
        }
        let led = self.host.led.as_ref();
        let (stopped_at, swapped_at) = led.map_or((0, 0), Led::meddled);
        let played = self.host.judge.as_ref().map(Judge::counted).unwrap_or_default();
        let figures = Figures {
            setup_p99: scripted::p99(&self.people.setups),
            led: led.map_or(0, |led| led.ended),
            rescued: led.map_or(0, |led| led.rescued),
            stopped_at,
            swapped_at,
            calls: self.doer.calls_made,
            answered: self.people.answered,
            failed: self.people.failed,
            channels: self.ledger.born,
            bridges: self.ledger.bridged,
            optimized: self.ledger.optimized,
            decided: self.ledger.decided,
            managed: self.doer.managed,
            stays: self.guests.as_ref().map_or(0, |(clients, _)| clients.entered),
            sessions: self.guests.as_ref().map_or(0, |(_, handover)| handover.sessions),
            events: self.log.lines,
            packets: self.stage.network.borrow().sent,
            frames: self.people.frames,
            heard: self.heard,
            simulated,
            ..played
        };
        let broken = self
            .stage
            .broken()
            .map(|rule| format!("at {} ms: {rule}", simulated.as_millis()));
        let (digest, marks, tail) = self.log.finish();
        Outcome {
            broken,
            digest,
            marks,
            tail,
            figures,
        }
    }

    /// What must be true when everybody is gone.
    fn check_end(&self) -> Result<(), String> {
        if let Some((clients, handover)) = &self.guests {
            clients.check_end()?;
            handover.check_end()?;
        }
        if let (Some(judge), Some(host)) = (&self.host.judge, &self.host.components) {
            judge.check_end(&host.0)?;
        }
        if !self.host.pbx.with_switch(ucx_switch::Switch::is_empty) {
            return Err("the switch is not empty at the end".to_owned());
        }
        if !self.ledger.bridges.is_empty() {
            return Err(format!("{} bridges are left", self.ledger.bridges.len()));
        }
        if self.stage.streams() > 0 {
            return Err(format!("{} media streams are left open", self.stage.streams()));
        }
        for (phone, person) in self.people.persons.iter().enumerate() {
            let load = person.phone.load();
            if load.sessions + load.transactions + load.timers > 0 {
                return Err(format!("phone {} has something left: {load:?}", user(phone)));
            }
        }
        Ok(())
    }
}
