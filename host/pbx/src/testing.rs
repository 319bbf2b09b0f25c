//! A small world to run whole dialplans in: phones that do as they are told, on a clock that jumps.

// A test's helpers may give up on the spot, and look for the one event they mean.
#![allow(clippy::unwrap_used, clippy::wildcard_enum_match_arm)]

mod phones;
mod record;

pub use phones::Phone;
pub use record::Record;

use crate::{Delivery, Desk, Pbx, PbxConfig, Registry, SubscribeSpec, Subscription};
use phones::{Due, Phones};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::LocalSet;
use tokio::time::{Instant, sleep_until};
use ucx_call::{Action, ChannelId, ChannelState, Event, MediaStatistics, Party, Place, Principal, Signal};
use ucx_dialplan::Dialplan;
use ucx_switch::{Incoming, SwitchConfig};

/// A host with phones around it.
pub struct World {
    pub pbx: Pbx,
    pub desk: Desk,
    phones: Rc<RefCell<Phones>>,
    events: Subscription,
    record: Record,
}

/// Reads a dialplan; a mistake in it fails the test.
pub fn dialplan(text: &str) -> Arc<Dialplan> {
    let (config, faults) = ucx_config::parse_text("extensions.conf", text);
    assert!(faults.is_empty(), "{faults:?}");
    let (plan, faults) = ucx_dialplan::load(&config);
    assert!(faults.is_empty(), "{faults:?}");
    Arc::new(plan)
}

/// Runs a test in a world with that dialplan and those applications, on a clock that jumps to whatever is next.
pub fn run(text: &str, registry: Registry, test: impl AsyncFnOnce(&mut World)) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    run_on(runtime.enable_time().start_paused(true), text, registry, test);
}

/// The same on the real clock, for what meets sockets and processes: nothing says how long those take.
pub fn run_in_real_time(text: &str, registry: Registry, test: impl AsyncFnOnce(&mut World)) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    run_on(runtime.enable_all(), text, registry, test);
}

fn run_on(
    runtime: &mut tokio::runtime::Builder,
    text: &str,
    registry: Registry,
    test: impl AsyncFnOnce(&mut World),
) {
    let plan = dialplan(text);
    let runtime = runtime.build().expect("a current-thread runtime needs nothing");
    LocalSet::new().block_on(&runtime, async move {
        let mut world = World::new(plan, registry);
        let pbx = world.pbx.clone();
        let driver = tokio::task::spawn_local(drive(pbx.clone(), world.phones.clone()));
        let server = tokio::task::spawn_local(async move { pbx.serve_desk().await });
        test(&mut world).await;
        driver.abort();
        server.abort();
        world
            .pbx
            .with_switch(|switch| switch.check_invariants())
            .expect("the switch is in order");
    });
}

impl World {
    fn new(plan: Arc<Dialplan>, registry: Registry) -> Self {
        let phones = Rc::new(RefCell::new(Phones::default()));
        let pbx = Pbx::new(PbxConfig {
            switch: SwitchConfig {
                epoch_s: 1_700_000_000,
                ..SwitchConfig::default()
            },
            dialplan: plan,
            registry,
            technologies: Box::new(phones::Directory(phones.clone())),
            local_times: Box::new(()),
            constants: vec![(Arc::from("ASTETCDIR"), Arc::from("/etc/asterisk"))],
            test_events: true,
            seed: [7; 32],
            ..PbxConfig::default()
        });
        let spec = SubscribeSpec {
            capacity: 65_536,
            ..SubscribeSpec::all("test")
        };
        let events = pbx.subscribe(spec).expect("the first reader has room");
        Self {
            desk: pbx.desk(Principal::OPERATOR),
            pbx,
            phones,
            events,
            record: Record::default(),
        }
    }

    /// Says what a phone does when it is called; one never mentioned is not there.
    pub fn phone(&mut self, endpoint: &str, does: Phone) {
        self.phones.borrow_mut().add(endpoint, does);
    }

    /// Alice calls an extension of the context `main`.
    pub fn call(&mut self, exten: &str) -> ChannelId {
        self.pbx
            .incoming(Self::incoming(exten))
            .expect("the call is taken")
    }

    /// What comes in when Alice calls.
    pub fn incoming(exten: &str) -> Incoming {
        Incoming {
            endpoint: Arc::from("alice"),
            place: Place::new("main", exten, 1),
            caller: Party::new("1001", "Alice"),
            dialled: Arc::from(exten),
            language: None,
            account: None,
            protocol_id: Arc::default(),
            variables: Vec::new(),
        }
    }

    /// Presses digits, a tenth of a second each.
    pub async fn press(&mut self, channel: ChannelId, digits: &str) {
        for digit in digits.chars() {
            self.pbx.signal(channel, Signal::DigitBegan(digit));
            self.pass(100).await;
            self.pbx
                .signal(channel, Signal::DigitEnded(digit, Duration::from_millis(100)));
        }
    }

    /// These are the endpoints, each with a contact that needs no registration.
    pub fn endpoints(&mut self, names: &[&str]) {
        let sections = names.iter().map(|name| {
            format!(
                "[{name}]\ntype=endpoint\naors={name}\n[{name}]\ntype=aor\ncontact=sip:{name}@192.0.2.1\n"
            )
        });
        let text: String = sections.collect();
        let (config, faults) = ucx_config::parse_text("pjsip.conf", &text);
        assert!(faults.is_empty(), "{faults:?}");
        self.pbx.set_pjsip(Arc::new(ucx_config::pjsip::load(&config).0));
    }

    /// Lets time pass, in milliseconds.
    pub async fn pass(&self, time_ms: u64) {
        tokio::time::sleep(Duration::from_millis(time_ms)).await;
    }

    /// Waits until no channel is left, an hour at the most.
    pub async fn until_over(&mut self) {
        for _ in 0..36_000 {
            if self.pbx.with_switch(|switch| switch.channels().count()) == 0 {
                return;
            }
            self.pass(100).await;
        }
        panic!("calls go on for ever");
    }

    /// What has happened so far.
    pub fn record(&mut self) -> &Record {
        let events = std::iter::from_fn(|| self.events.try_recv());
        let events: Vec<Arc<Event>> = events
            .map(|delivery| match delivery {
                Delivery::Event(event) => event,
                Delivery::Gap { lost } => panic!("the test's own reader lost {lost} events"),
            })
            .collect();
        self.record.add(&events);
        self.record.actions = self.phones.borrow().actions.clone();
        &self.record
    }

    /// The steps of a channel so far, each as `exten,priority Application(data)`.
    pub fn steps(&mut self, channel: &str) -> Vec<String> {
        self.record().steps(channel)
    }
}

/// The control loop: carries out actions and brings what the phones do.
async fn drive(pbx: Pbx, phones: Rc<RefCell<Phones>>) {
    let started_at = Instant::now() - pbx.now();
    loop {
        while let Some(action) = pbx.poll_action() {
            phones.borrow_mut().carry_out(pbx.now(), &action);
            if let Action::Measure { channel } = action {
                let is_called = pbx
                    .channel(channel)
                    .is_some_and(|channel| channel.state != ChannelState::Down);
                pbx.measured(channel, is_called.then(MediaStatistics::default));
            }
        }
        let timeout = pbx.poll_timeout();
        let next = [timeout, phones.borrow().next_at()].into_iter().flatten().min();
        let alarm = async {
            match next {
                Some(at) => sleep_until(started_at + at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = pbx.wake() => {}
            () = alarm => {}
        }
        let now = pbx.now();
        if timeout.is_some_and(|at| at <= now) {
            pbx.handle_timeout();
        }
        loop {
            let due = phones.borrow_mut().due(now);
            match due {
                Some(Due::Signal(channel, signal)) => pbx.signal(channel, signal),
                Some(Due::Report(report)) => pbx.report(report),
                None => break,
            }
        }
    }
}
