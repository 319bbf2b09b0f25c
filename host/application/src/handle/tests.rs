//! The place of messages in the stream.

use super::*;
use crate::applications::Kind;
use ucx_call::{ChannelId, ChannelState, EventKind};
use ucx_pbx::testing::{self, World};

/// Runs a test with an application that listens to what the test says, and what its socket gets.
fn run(test: impl AsyncFnOnce(&mut World, &ApplicationHandle, &mut mpsc::Receiver<Bytes>)) {
    let handle = ApplicationHandle::new(Arc::from("02:00:00:00:00:01"), TimeZone::UTC);
    testing::run("[main]\n", Registry::new(), async |world: &mut World| {
        handle
            .attach_at(&world.pbx, Duration::from_secs(1))
            .expect("the stream has room");
        let (socket, mut messages) = handle.socket();
        handle
            .take_application("gold", &socket, false)
            .expect("there is room");
        test(world, &handle, &mut messages).await;
    });
}

fn set(world: &World, name: &str) -> u64 {
    world.pbx.publish(EventKind::VariableSet {
        channel: None,
        name: Arc::from(name),
        value: Arc::default(),
    });
    world.pbx.with_switch(|switch| switch.sequence())
}

fn say(handle: &ApplicationHandle, after: u64, name: &str) {
    let message = Message::ChannelUserevent {
        name: name.to_owned(),
        userevent: serde_json::Map::new(),
        channel: None,
        bridge: None,
        endpoint: None,
    };
    handle.tell(after, "gold", message);
}

/// What came, as names of variables and events.
fn names(messages: &mut mpsc::Receiver<Bytes>) -> Vec<String> {
    let mut names = Vec::new();
    while let Ok(text) = messages.try_recv() {
        let value: serde_json::Value = serde_json::from_slice(&text).expect("messages are JSON");
        let name = value
            .get("variable")
            .or(value.get("eventname"))
            .or(value.get("type"));
        names.push(
            name.and_then(serde_json::Value::as_str)
                .unwrap_or_default()
                .to_owned(),
        );
    }
    names
}

#[test]
fn what_applications_do_stands_between_the_events_it_came_between() {
    run(
        async |world: &mut World, handle: &ApplicationHandle, messages: &mut mpsc::Receiver<Bytes>| {
            handle
                .with_applications(|applications| {
                    applications.subscribe("gold", &Source::Every(Kind::Channel))
                })
                .expect("gold is registered");
            let first = set(world, "one");
            say(handle, first, "after one");
            let second = set(world, "two");
            set(world, "three");
            say(handle, second, "after two");
            say(handle, 0, "at once");
            let fan = handle.fan().expect("nobody took it");
            let task = tokio::task::spawn_local(fan.run());
            world.pass(10).await;
            assert_eq!(
                names(messages),
                ["one", "after one", "two", "after two", "at once", "three"]
            );
            let fourth = set(world, "four") + 1;
            say(handle, fourth, "after five");
            world.pass(10).await;
            assert_eq!(names(messages), ["four"]);
            set(world, "five");
            world.pass(10).await;
            assert_eq!(names(messages), ["five", "after five"]);
            assert!(handle.fan().is_none());
            task.abort();
        },
    );
}

#[test]
fn an_application_hears_of_a_channel_from_its_start_to_its_end() {
    run(
        async |world: &mut World, handle: &ApplicationHandle, messages: &mut mpsc::Receiver<Bytes>| {
            let task = tokio::task::spawn_local(handle.fan().expect("nobody took it").run());
            let channel = Arc::new(snapshot());
            let about = |name: &str| {
                world.pbx.publish(EventKind::VariableSet {
                    channel: Some(channel.clone()),
                    name: Arc::from(name),
                    value: Arc::default(),
                });
                world.pbx.with_switch(|switch| switch.sequence())
            };
            let before = about("before");
            handle.enter(before, "gold", channel.clone(), Vec::new(), None);
            let inside = about("inside");
            handle.leave(inside, "gold", channel.clone());
            about("behind");
            world.pass(10).await;
            assert_eq!(names(messages), ["StasisStart", "inside", "StasisEnd"]);
            task.abort();
        },
    );
}

#[test]
fn nobody_hears_what_its_filter_keeps_back() {
    run(
        async |world: &mut World, handle: &ApplicationHandle, messages: &mut mpsc::Receiver<Bytes>| {
            let task = tokio::task::spawn_local(handle.fan().expect("nobody took it").run());
            handle.with_applications(|applications| {
                let body = serde_json::json!({"disallowed": [{"type": "ChannelUserevent"}]});
                let filter = applications.filter("gold").expect("gold is registered");
                let filter = filter
                    .changed(body.as_object().expect("an object"))
                    .expect("it is well formed");
                applications
                    .set_filter("gold", filter)
                    .expect("gold is registered");
            });
            say(handle, 0, "kept back");
            handle.tell(0, "gold", Message::ApplicationReplaced);
            world.pass(10).await;
            assert_eq!(names(messages), ["ApplicationReplaced"]);
            task.abort();
        },
    );
}

#[test]
fn who_does_not_read_loses_its_application() {
    run(
        async |world: &mut World, handle: &ApplicationHandle, messages: &mut mpsc::Receiver<Bytes>| {
            let task = tokio::task::spawn_local(handle.fan().expect("nobody took it").run());
            for _ in 0..SOCKET_MESSAGES_MAX {
                handle.tell(0, "gold", Message::ApplicationReplaced);
            }
            world.pass(10).await;
            assert!(handle.is_registered("gold"));
            handle.tell(0, "gold", Message::ApplicationReplaced);
            world.pass(10).await;
            assert!(!handle.is_registered("gold"));
            let told = std::iter::from_fn(|| messages.try_recv().ok()).count();
            assert_eq!(told, SOCKET_MESSAGES_MAX);
            task.abort();
        },
    );
}

fn snapshot() -> ChannelSnapshot {
    ChannelSnapshot {
        id: ChannelId(7),
        uniqueid: Arc::from("1.7"),
        linkedid: Arc::from("1.7"),
        name: Arc::from("PJSIP/alice-00000007"),
        technology: ucx_call::Technology::Pjsip,
        endpoint: Arc::from("alice"),
        state: ChannelState::Up,
        caller: ucx_call::Party::default(),
        connected: ucx_call::Party::default(),
        dialled: None,
        language: Arc::from("en"),
        account: Arc::default(),
        place: ucx_call::Place::new("main", "s", 1),
        step: None,
        cause: ucx_call::Cause::NONE,
        bridge: None,
        is_held: false,
        created_at: Duration::ZERO,
        answered_at: None,
        protocol_id: Arc::default(),
        redirecting: None,
        music: None,
        protocol_cause: None,
    }
}

#[test]
fn the_first_who_listens_is_told_at_once_and_nothing_that_was_before() {
    let handle = ApplicationHandle::new(Arc::from("02:00:00:00:00:01"), TimeZone::UTC);
    testing::run("[main]\n", Registry::new(), async |world: &mut World| {
        handle
            .attach_at(&world.pbx, Duration::from_secs(1))
            .expect("the stream has room");
        let task = tokio::task::spawn_local(handle.fan().expect("nobody took it").run());
        set(world, "one");
        world.pass(1).await;
        set(world, "two");
        let (socket, mut messages) = handle.socket();
        handle
            .take_application("gold", &socket, true)
            .expect("there is room");
        set(world, "three");
        world.pass(1).await;
        assert_eq!(names(&mut messages), ["three"]);
        task.abort();
    });
}
