//! Devices, hints and people against what is told of calls.

use super::*;
use std::time::Duration;
use ucx_call::{BridgeId, Cause, ChannelSnapshot, ChannelState, Party, Place, Technology};

struct World {
    presence: Presence,
}

impl World {
    fn new() -> Self {
        let mut presence = Presence::default();
        let endpoint = |name: &str, is_reachable| EndpointSpec {
            name: Arc::from(name),
            busy_at: if name == "carol" { 1 } else { 0 },
            is_reachable,
        };
        presence.set_endpoints(vec![
            endpoint("alice", true),
            endpoint("bob", true),
            endpoint("carol", true),
            endpoint("erin", false),
        ]);
        let hint = |exten: &str, text: &str, devices: &[&str]| HintSpec {
            context: Arc::from("gold"),
            exten: Arc::from(exten),
            text: Arc::from(text),
            devices: devices.iter().map(|device| Arc::from(*device)).collect(),
        };
        presence.set_hints(
            vec![
                hint("1002", "PJSIP/bob", &["PJSIP/bob"]),
                hint("800", "Custom:door", &["Custom:door"]),
                hint(
                    "801",
                    "Custom:door&PJSIP/bob,CustomPresence:door",
                    &["Custom:door", "PJSIP/bob"],
                ),
            ],
            Vec::new(),
        );
        let mut world = Self { presence };
        assert_eq!(
            world.told(),
            [
                "PJSIP/alice NOT_INUSE",
                "PJSIP/bob NOT_INUSE",
                "PJSIP/carol NOT_INUSE",
                "PJSIP/erin UNAVAILABLE"
            ]
        );
        world
    }

    fn told(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.presence.poll_event())
            .map(|event| {
                if let EventKind::DeviceStateChanged { device, state } = &event {
                    return format!("{device} {}", state.as_str());
                }
                if let EventKind::ExtensionStateChanged { exten, state, .. } = &event {
                    return format!("{exten} {}", state.number());
                }
                let EventKind::PresenceChanged {
                    presentity, status, ..
                } = &event
                else {
                    panic!("{event:?} is none of this machine's");
                };
                format!("{presentity} {status}")
            })
            .collect()
    }

    fn note(&mut self, event: &EventKind) -> Vec<String> {
        self.presence.note(event, &|_, exten| exten != "nosuch");
        self.told()
    }

    fn create(&mut self, channel: &Arc<ChannelSnapshot>) -> Vec<String> {
        self.note(&EventKind::ChannelCreated {
            channel: channel.clone(),
        })
    }

    fn change(
        &mut self,
        channel: &mut Arc<ChannelSnapshot>,
        change: impl FnOnce(&mut ChannelSnapshot),
    ) -> Vec<String> {
        let old = channel.clone();
        change(Arc::make_mut(channel));
        self.note(&EventKind::ChannelChanged {
            old,
            new: channel.clone(),
        })
    }

    fn end(&mut self, channel: &Arc<ChannelSnapshot>) -> Vec<String> {
        self.note(&EventKind::ChannelEnded {
            channel: channel.clone(),
        })
    }
}

fn channel(id: u64, technology: Technology, endpoint: &str, state: ChannelState) -> Arc<ChannelSnapshot> {
    Arc::new(ChannelSnapshot {
        id: ChannelId(id),
        uniqueid: Arc::from(format!("1.{id}")),
        linkedid: Arc::from("1.0"),
        name: Arc::from(format!("{}/{endpoint}-{id:08x}", technology.as_str())),
        technology,
        endpoint: Arc::from(endpoint),
        state,
        caller: Party::default(),
        connected: Party::default(),
        dialled: None,
        language: Arc::from("en"),
        account: Arc::default(),
        place: Place::new("gold", "1002", 1),
        step: None,
        cause: Cause::NONE,
        bridge: None,
        is_held: false,
        created_at: Duration::ZERO,
        answered_at: None,
        protocol_id: Arc::default(),
        protocol_cause: None,
        redirecting: None,
        music: None,
    })
}

/// The order of capture `blf/dialog_info`, from the first ring to the last hangup, with the hold between.
#[test]
fn a_call_with_a_hold_uses_its_devices_as_in_the_field() {
    let mut world = World::new();
    let mut alice = channel(0, Technology::Pjsip, "alice", ChannelState::Ring);
    let mut bob = channel(1, Technology::Pjsip, "bob", ChannelState::Down);
    assert!(world.create(&alice).is_empty());
    assert!(world.create(&bob).is_empty());
    let told = world.change(&mut bob, |bob| bob.state = ChannelState::Ringing);
    assert_eq!(told, ["PJSIP/bob RINGING", "1002 8", "801 8"]);
    world.presence.indicated(alice.id, &|_, _| true);
    assert_eq!(world.told(), ["PJSIP/alice INUSE"]);
    let told = world.change(&mut bob, |bob| bob.state = ChannelState::Up);
    assert_eq!(told, ["PJSIP/bob INUSE", "1002 1", "801 1"]);
    assert!(
        world
            .change(&mut alice, |alice| alice.state = ChannelState::Up)
            .is_empty()
    );
    let bridge = Some(BridgeId(0));
    assert!(world.change(&mut bob, |bob| bob.bridge = bridge).is_empty());
    assert!(world.change(&mut alice, |alice| alice.bridge = bridge).is_empty());
    let told = world.change(&mut alice, |alice| alice.is_held = true);
    assert_eq!(told, ["PJSIP/bob ONHOLD", "1002 16", "801 16"]);
    let told = world.change(&mut alice, |alice| alice.is_held = false);
    assert_eq!(told, ["PJSIP/bob INUSE", "1002 1", "801 1"]);
    world.change(&mut alice, |alice| alice.is_held = true);
    let told = world.change(&mut alice, |alice| alice.bridge = None);
    assert_eq!(told, ["PJSIP/bob INUSE", "1002 1", "801 1"]);
    assert!(world.change(&mut bob, |bob| bob.bridge = None).is_empty());
    assert_eq!(world.end(&alice), ["PJSIP/alice NOT_INUSE"]);
    assert_eq!(world.end(&bob), ["PJSIP/bob NOT_INUSE", "1002 0", "801 0"]);
    assert!(
        world.presence.devices.is_empty(),
        "calls that are over are forgotten"
    );
}

/// Capture `calls/busy`: nobody was ever in use.
#[test]
fn a_call_that_is_refused_at_once_changes_nothing() {
    let mut world = World::new();
    let alice = channel(0, Technology::Pjsip, "alice", ChannelState::Ring);
    let bob = channel(1, Technology::Pjsip, "bob", ChannelState::Down);
    world.create(&alice);
    world.create(&bob);
    assert!(world.end(&bob).is_empty());
    assert!(world.end(&alice).is_empty());
}

#[test]
fn a_second_call_rings_while_the_first_goes_on_and_a_limit_makes_busy() {
    let mut world = World::new();
    let mut one = channel(0, Technology::Pjsip, "bob", ChannelState::Down);
    let mut two = channel(1, Technology::Pjsip, "bob", ChannelState::Down);
    world.create(&one);
    world.create(&two);
    world.change(&mut one, |one| one.state = ChannelState::Up);
    let told = world.change(&mut two, |two| two.state = ChannelState::Ringing);
    assert_eq!(told, ["PJSIP/bob RINGINUSE", "1002 9", "801 9"]);
    let mut carol = channel(2, Technology::Pjsip, "carol", ChannelState::Down);
    world.create(&carol);
    assert_eq!(
        world.change(&mut carol, |carol| carol.state = ChannelState::Up),
        ["PJSIP/carol BUSY"]
    );
}

/// Captures `originate/local_async_answered` and `originate/errors`: each change of either half is told.
#[test]
fn local_devices_are_told_each_time() {
    let mut world = World::new();
    let mut one = channel(0, Technology::Local, "answer@gold", ChannelState::Down);
    let mut two = channel(1, Technology::Local, "answer@gold", ChannelState::Ring);
    world.create(&one);
    world.create(&two);
    let up = |half: &mut ChannelSnapshot| half.state = ChannelState::Up;
    assert_eq!(world.change(&mut two, up), ["Local/answer@gold INUSE"]);
    assert_eq!(world.change(&mut one, up), ["Local/answer@gold INUSE"]);
    assert_eq!(world.end(&one), ["Local/answer@gold NOT_INUSE"]);
    assert_eq!(world.end(&two), ["Local/answer@gold NOT_INUSE"]);
    let nosuch = channel(2, Technology::Local, "nosuch@gold", ChannelState::Down);
    world.create(&nosuch);
    assert_eq!(world.end(&nosuch), ["Local/nosuch@gold INVALID"]);
}

/// Capture `blf/custom_states`.
#[test]
fn set_states_combine_as_in_the_field() {
    let mut world = World::new();
    let mut set = |state| {
        let set = world.presence.set_device("Custom:door", state);
        (set, world.told().join(", "))
    };
    let told = |text: &str| (Ok(()), text.to_owned());
    assert_eq!(set(DeviceState::NotInUse), told("Custom:door NOT_INUSE"));
    assert_eq!(set(DeviceState::InUse), told("Custom:door INUSE, 800 1, 801 1"));
    assert_eq!(set(DeviceState::Busy), told("Custom:door BUSY, 800 2, 801 2"));
    assert_eq!(
        set(DeviceState::Invalid),
        told("Custom:door INVALID, 800 4, 801 0")
    );
    assert_eq!(set(DeviceState::Unavailable), told("Custom:door UNAVAILABLE"));
    assert_eq!(
        set(DeviceState::Ringing),
        told("Custom:door RINGING, 800 8, 801 8")
    );
    assert_eq!(
        set(DeviceState::RingInUse),
        told("Custom:door RINGINUSE, 800 9, 801 9")
    );
    assert_eq!(
        set(DeviceState::OnHold),
        told("Custom:door ONHOLD, 800 16, 801 16")
    );
    assert_eq!(set(DeviceState::OnHold), told(""));
    assert!(matches!(set(DeviceState::Unknown).0, Err(Refusal::Invalid(_))));
}

/// Capture `ari/device_states`.
#[test]
fn only_some_devices_can_be_set_and_each_name_has_an_answer() {
    let mut world = World::new();
    let presence = &mut world.presence;
    assert_eq!(
        presence.set_device("PJSIP/bob", DeviceState::Busy),
        Err(UNCONTROLLED)
    );
    assert_eq!(
        presence.set_device("Custom:", DeviceState::Busy),
        Err(UNCONTROLLED)
    );
    presence.set_device("Stasis:lamp", DeviceState::OnHold).unwrap();
    let state = |presence: &Presence, name: &str| presence.device(name, &|_, _| true).as_str();
    assert_eq!(state(presence, "Stasis:lamp"), "ONHOLD");
    assert_eq!(presence.delete_device("Stasis:lamp"), Ok(true));
    assert_eq!(presence.delete_device("Stasis:nope"), Ok(false));
    assert_eq!(presence.delete_device("PJSIP/bob"), Err(UNCONTROLLED));
    assert_eq!(state(presence, "Stasis:lamp"), "UNKNOWN");
    assert_eq!(state(presence, "nope"), "INVALID");
    assert_eq!(state(presence, "PJSIP/nobody"), "INVALID");
    assert_eq!(state(presence, "PJSIP/erin"), "UNAVAILABLE");
    assert_eq!(state(presence, "Local/1002@gold"), "NOT_INUSE");
}

#[test]
fn reachability_is_told_when_it_changes() {
    let mut world = World::new();
    world.presence.set_reachable("bob", false);
    assert_eq!(world.told(), ["PJSIP/bob UNAVAILABLE", "1002 4", "801 4"]);
    world.presence.set_reachable("bob", false);
    world.presence.set_reachable("nobody", true);
    assert!(world.told().is_empty());
    world.presence.set_reachable("bob", true);
    assert_eq!(world.told(), ["PJSIP/bob NOT_INUSE", "1002 0", "801 0"]);
}

#[test]
fn hints_that_are_gone_are_told_as_removed() {
    let mut world = World::new();
    let kept: Vec<HintSpec> = vec![HintSpec {
        context: Arc::from("gold"),
        exten: Arc::from("1002"),
        text: Arc::from("PJSIP/erin"),
        devices: vec![Arc::from("PJSIP/erin")],
    }];
    world.presence.set_hints(kept, Vec::new());
    assert_eq!(world.told(), ["1002 4", "800 -2", "801 -2"]);
    assert_eq!(world.presence.hint("gold", "800"), None);
    assert_eq!(world.presence.hints().count(), 1);
}

#[test]
fn people_say_how_they_are() {
    let mut world = World::new();
    let presence = &mut world.presence;
    presence
        .set_person("CustomPresence:door", "away", "lunch", "back at one")
        .unwrap();
    let view = presence.person("CustomPresence:door").unwrap();
    assert_eq!(
        (&*view.status, &*view.subtype, &*view.message),
        ("away", "lunch", "back at one")
    );
    assert_eq!(&*presence.person("CustomPresence:x").unwrap().status, "not_set");
    assert_eq!(presence.person("Nope:x"), None);
    assert!(presence.set_person("Nope:x", "away", "", "").is_err());
    assert!(presence.set_person("CustomPresence:x", "asleep", "", "").is_err());
    assert_eq!(presence.people().count(), 1);
    assert_eq!(world.told(), ["CustomPresence:door away"]);
}

#[test]
fn an_unknown_device_goes_before_one_that_is_none() {
    use DeviceState::{Invalid, Unavailable, Unknown};
    assert_eq!(combine([Unknown, Invalid].into_iter()), Unknown);
    assert_eq!(combine([Invalid, Invalid].into_iter()), Invalid);
    assert_eq!(combine([Unknown, Unavailable].into_iter()), Unavailable);
}

#[test]
fn devices_get_hints_where_those_are_automatic() {
    let mut world = World::new();
    let automatic = || vec![Arc::from("auto")];
    world.presence.set_hints(Vec::new(), automatic());
    world.told();
    world
        .presence
        .set_device("Custom:lamp", DeviceState::InUse)
        .unwrap();
    assert_eq!(world.told(), ["Custom:lamp INUSE", "lamp 1"]);
    let view = world.presence.hint("auto", "lamp").unwrap();
    assert_eq!((&*view.hint, view.state), ("Custom:lamp", ExtensionState::InUse));
    // A reload keeps it; it goes with the setting.
    world.presence.set_hints(Vec::new(), automatic());
    assert!(world.told().is_empty() && world.presence.hint("auto", "lamp").is_some());
    world.presence.set_hints(Vec::new(), Vec::new());
    assert_eq!(world.told(), ["lamp -2"]);
}
