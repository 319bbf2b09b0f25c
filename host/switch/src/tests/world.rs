//! A switch under test: every step drains it, checks its invariants and keeps what came out.

use crate::{DialLeg, DialRequest, DialTarget, Incoming, RingPolicy, Switch, SwitchConfig};
use std::sync::Arc;
use std::time::Duration;
use ucx_call::*;

pub struct World {
    pub switch: Switch,
    pub now: Duration,
    pub events: Vec<Event>,
    pub actions: Vec<Action>,
    pub notices: Vec<Notice>,
}

pub fn endpoint(name: &str, number: &str) -> DialTarget {
    DialTarget::Endpoint {
        endpoint: Arc::from(name),
        target: Arc::from(format!("sip:{name}@127.0.0.1:5072")),
        context: Arc::from("office"),
        caller: Party::new(number, ""),
        language: None,
        account: None,
    }
}

pub fn leg(name: &str, number: &str) -> DialLeg {
    DialLeg::new(endpoint(name, number), name)
}

pub fn local(exten: &str, optimize: bool) -> DialLeg {
    let to = DialTarget::Local {
        exten: Arc::from(exten),
        context: Arc::from("office"),
        optimize,
    };
    DialLeg::new(to, &format!("{exten}@office"))
}

pub fn to(legs: Vec<DialLeg>, timeout_s: u64) -> DialRequest {
    DialRequest {
        legs,
        timeout: Some(Duration::from_secs(timeout_s)),
        ringing: RingPolicy::Forward,
    }
}

impl World {
    pub fn new() -> Self {
        let config = SwitchConfig {
            epoch_s: 1_700_000_000,
            ..SwitchConfig::default()
        };
        Self {
            switch: Switch::new(config),
            now: Duration::ZERO,
            events: Vec::new(),
            actions: Vec::new(),
            notices: Vec::new(),
        }
    }

    /// One mutation, then everything it brought about.
    pub fn step<T>(&mut self, mutate: impl FnOnce(&mut Switch, Duration) -> T) -> T {
        self.now += Duration::from_millis(10);
        let result = mutate(&mut self.switch, self.now);
        self.events
            .extend(std::iter::from_fn(|| self.switch.poll_event()));
        self.actions
            .extend(std::iter::from_fn(|| self.switch.poll_action()));
        self.notices
            .extend(std::iter::from_fn(|| self.switch.poll_notice()));
        self.switch
            .check_invariants()
            .expect("invariants hold after every mutation");
        result
    }

    pub fn incoming(&mut self, from: &str, number: &str, exten: &str) -> Lease {
        let call = Incoming {
            endpoint: Arc::from(from),
            place: Place::new("office", exten, 1),
            caller: Party::new(number, ""),
            dialled: Arc::from(exten),
            language: None,
            account: None,
            protocol_id: Arc::default(),
            variables: vec![],
        };
        let id = self
            .step(|switch, now| switch.incoming(now, call))
            .expect("there is room");
        self.switch.top_lease(id).expect("the dialplan holds it")
    }

    pub fn signal(&mut self, id: ChannelId, signal: Signal) {
        self.step(|switch, now| switch.handle_signal(now, id, signal));
    }

    /// The newest channel whose name begins like that.
    pub fn named(&self, prefix: &str) -> ChannelId {
        let found = self
            .switch
            .channels()
            .filter(|channel| channel.name.starts_with(prefix))
            .last();
        found
            .unwrap_or_else(|| panic!("no channel begins with {prefix}"))
            .id
    }

    /// One answered call: the caller's lease and the peer.
    pub fn talking(&mut self) -> (Lease, ChannelId) {
        let alice = self.incoming("alice", "1001", "1002");
        self.step(|switch, now| switch.dial(now, alice, to(vec![leg("bob", "1002")], 20)))
            .expect("dials");
        let bob = self.named("PJSIP/bob");
        self.signal(bob, Signal::Ringing);
        self.signal(bob, Signal::Answered);
        self.step(|switch, now| switch.answer(now, alice))
            .expect("answers");
        self.step(|switch, now| switch.connect(now, alice, bob))
            .expect("connects");
        (alice, bob)
    }

    /// How the last recording was asked for.
    pub fn recorded(&self) -> Arc<RecordingSpec> {
        let found = self.actions.iter().rev().find_map(|action| match action {
            Action::Record { spec, .. } => Some(spec.clone()),
            _ => None,
        });
        found.expect("something is recorded")
    }

    pub fn hears(&self, id: ChannelId) -> Option<Source> {
        self.actions.iter().rev().find_map(|action| match action {
            Action::Hear { channel, source } if *channel == id => Some(source.clone()),
            _ => None,
        })
    }

    pub fn has_ended(&self, id: ChannelId) -> Option<Cause> {
        self.events.iter().find_map(|event| match &event.kind {
            EventKind::ChannelEnded { channel } if channel.id == id => Some(channel.cause),
            _ => None,
        })
    }

    pub fn variable(&self, id: ChannelId, name: &str) -> String {
        self.switch
            .variable(id, name)
            .as_deref()
            .unwrap_or("-")
            .to_owned()
    }

    /// The events since the start as short lines, without variables, for one channel or bridge order.
    pub fn log(&self) -> Vec<String> {
        self.events
            .iter()
            .filter_map(|event| short(&event.kind))
            .collect()
    }
}

fn name(channel: &ChannelSnapshot) -> &str {
    channel.name.split(['/', '-']).nth(1).unwrap_or(&channel.name)
}

fn short(kind: &EventKind) -> Option<String> {
    Some(match kind {
        EventKind::ChannelCreated { channel } => format!("new {} {}", name(channel), channel.state.as_str()),
        EventKind::ChannelChanged { old, new } if old.state != new.state => {
            format!("state {} {}", name(new), new.state.as_str())
        }
        EventKind::ChannelEnded { channel } => format!("end {} {}", name(channel), channel.cause),
        EventKind::HangupRequested { channel, cause, soft } => {
            format!(
                "hangup{} {} {cause}",
                if *soft { "-soft" } else { "" },
                name(channel)
            )
        }
        EventKind::DialStarted { peer, .. } => format!("dial {}", name(peer)),
        EventKind::DialProgressed { peer, status, .. } => format!("dial {} {status}", name(peer)),
        EventKind::DialEnded { peer, status, .. } => format!("dialled {} {}", name(peer), status.as_str()),
        EventKind::BridgeCreated { .. } => "bridge".into(),
        EventKind::BridgeEntered {
            bridge,
            channel,
            swapped,
        } => {
            let swap = if swapped.is_some() { " swap" } else { "" };
            format!("enter {} {}{swap}", name(channel), bridge.members.len())
        }
        EventKind::BridgeLeft { bridge, channel } => {
            format!("leave {} {}", name(channel), bridge.members.len())
        }
        EventKind::BridgeDestroyed { .. } => "unbridge".into(),
        EventKind::LocalBridged { .. } => "local".into(),
        EventKind::LocalOptimizationBegan { .. } => "optimize".into(),
        EventKind::LocalOptimizationEnded { .. } => "optimized".into(),
        _ => return None,
    })
}
