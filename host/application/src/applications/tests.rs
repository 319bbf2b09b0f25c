//! The captures `ari/subscriptions`, `ari/event_filter` and `ari/websocket_lost_and_replaced`, step by step.

use super::*;
use serde_json::{Value, json};

type World = Applications<u32>;

fn with_gold(subscribes_all: bool) -> World {
    let mut world = World::default();
    assert_eq!(world.register("gold", 1, subscribes_all), Ok(None));
    world
}

fn source(uri: &str) -> Source {
    Source::parse(uri).expect("the test writes sources well")
}

fn shown(world: &World, field: &str) -> Value {
    serde_json::to_value(world.model("gold").expect("gold is registered")).expect("models are JSON")[field]
        .clone()
}

#[test]
fn all_of_a_kind_is_shown_by_its_word() {
    let world = with_gold(true);
    let text = serde_json::to_string(&world.models()).expect("models are JSON");
    assert_eq!(
        text,
        r#"[{"name":"gold","channel_ids":["__AST_CHANNEL_ALL_TOPIC"],"bridge_ids":["__AST_BRIDGE_ALL_TOPIC"],"endpoint_ids":["__AST_ENDPOINT_ALL_TOPIC"],"device_names":["__AST_DEVICE_STATE_ALL_TOPIC"],"events_allowed":[],"events_disallowed":[]}]"#
    );
}

#[test]
fn subscriptions_are_listed_and_ended_as_in_the_capture() {
    let mut world = with_gold(false);
    for uri in [
        "endpoint:PJSIP/bob",
        "deviceState:PJSIP/bob",
        "channel:1.0",
        "deviceState:",
        "endpoint:PJSIP",
    ] {
        assert_eq!(world.subscribe("gold", &source(uri)), Ok(()));
    }
    assert_eq!(shown(&world, "endpoint_ids"), json!(["PJSIP", "PJSIP/bob"]));
    assert_eq!(
        shown(&world, "device_names"),
        json!(["__AST_DEVICE_STATE_ALL_TOPIC", "PJSIP/bob"])
    );
    let bob = source("endpoint:PJSIP/bob");
    assert_eq!(world.unsubscribe("gold", &bob), Ok(()));
    assert_eq!(world.unsubscribe("gold", &bob), Err(Rejected::NotSubscribed));
    assert_eq!(shown(&world, "endpoint_ids"), json!(["PJSIP"]));
    assert_eq!(world.subscribe("nosuch", &bob), Err(Rejected::NoApplication));

    assert!(world.is_heard(&[source("channel:1.0")]));
    world.subject_ended(&source("channel:1.0"));
    assert_eq!(shown(&world, "channel_ids"), json!([]));
    assert!(!world.is_heard(&[source("channel:1.0")]));
}

#[test]
fn only_four_schemes_are_known() {
    assert_eq!(Source::parse("bogus:x"), Err(BadSource));
    assert_eq!(Source::parse("bogus"), Err(BadSource));
    assert_eq!(Source::parse("channel:"), Ok(Source::Every(Kind::Channel)));
}

#[test]
fn a_wish_of_the_client_outlives_the_channels_stay() {
    let mut world = with_gold(false);
    let channel: Arc<str> = Arc::from("1.0");
    world.enter(&channel, "gold");
    assert_eq!(world.application_of("1.0").map(|name| &**name), Some("gold"));
    world.leave(&channel, "gold");
    assert_eq!(shown(&world, "channel_ids"), json!([]));

    world.enter(&channel, "gold");
    assert_eq!(world.subscribe("gold", &source("channel:1.0")), Ok(()));
    world.leave(&channel, "gold");
    assert_eq!(shown(&world, "channel_ids"), json!(["1.0"]));
    assert_eq!(world.application_of("1.0"), None);
}

#[test]
fn an_application_listens_to_the_bridges_its_channels_are_in() {
    let mut world = with_gold(false);
    let bridge: Arc<str> = Arc::from("b");
    for channel in ["1.0", "1.1"] {
        world.enter(&Arc::from(channel), "gold");
        world.bridge_entered(&bridge, &Arc::from(channel));
    }
    world.bridge_entered(&bridge, &Arc::from("9.9"));
    // It may leave the application first.
    world.leave(&Arc::from("1.0"), "gold");
    world.bridge_left("1.0");
    assert!(world.is_subscribed("gold", &Source::Bridge(bridge.clone())));
    world.bridge_left("1.1");
    assert!(!world.is_subscribed("gold", &Source::Bridge(bridge)));
}

#[test]
fn a_second_socket_takes_the_application_and_the_first_keeps_nothing() {
    let mut world = with_gold(true);
    assert_eq!(world.register("gold", 2, false), Ok(Some(1)));
    assert_eq!(world.unregister(&1), Vec::<Arc<str>>::new());
    assert_eq!(world.socket("gold"), Some(&2));
    assert!(world.is_subscribed("gold", &source("channel:anything")));
    assert_eq!(world.unregister(&2), [Arc::from("gold")]);
    assert!(!world.is_registered("gold"));
    assert!(!world.is_heard(&[Source::Every(Kind::Channel)]));
}

#[test]
fn each_listener_gets_a_message_once_if_its_filter_lets_it() {
    let mut world = with_gold(true);
    assert_eq!(world.register("silver", 2, false), Ok(None));
    assert_eq!(world.subscribe("gold", &source("endpoint:PJSIP/bob")), Ok(()));
    let sources = [
        source("channel:1.0"),
        Source::Every(Kind::Channel),
        source("endpoint:PJSIP/bob"),
    ];
    let names = |world: &World, kind: &str| -> Vec<String> {
        let audience = world.audience(&sources, kind);
        audience.iter().map(|(name, _)| name.to_string()).collect()
    };
    assert_eq!(names(&world, "ChannelCreated"), ["gold"]);
    assert_eq!(world.subscribe("silver", &source("channel:1.0")), Ok(()));
    assert_eq!(names(&world, "ChannelCreated"), ["gold", "silver"]);

    let filter = Filter::default()
        .changed(
            json!({"disallowed": [{"type": "ChannelCreated"}]})
                .as_object()
                .expect("an object"),
        )
        .expect("the filter is well formed");
    assert_eq!(world.set_filter("gold", filter), Ok(()));
    assert_eq!(names(&world, "ChannelCreated"), ["silver"]);
    assert_eq!(names(&world, "ChannelDestroyed"), ["gold", "silver"]);
    assert_eq!(world.addressee("gold", "ChannelCreated"), None);
    assert_eq!(
        world.addressee("gold", "StasisStart").map(|(_, socket)| *socket),
        Some(1)
    );
}

#[test]
fn filters_change_as_in_the_capture() {
    let change = |filter: &Filter, body: Value| filter.changed(body.as_object().expect("an object"));
    let allowed = json!([{"type": "StasisStart"}, {"type": "StasisEnd"}]);
    let filter = change(&Filter::default(), json!({"allowed": allowed})).expect("well formed");
    let filter = change(&filter, json!({"disallowed": [{"type": "StasisEnd"}]})).expect("well formed");
    assert_eq!(json!(filter.allowed()), allowed);
    assert!(filter.lets("StasisStart") && !filter.lets("StasisEnd") && !filter.lets("Dial"));
    assert_eq!(change(&filter, json!({"bogus": []})), Ok(filter.clone()));
    assert_eq!(change(&filter, json!({"allowed": "x"})), Err(BadFilter));
    assert_eq!(
        change(&filter, json!({"allowed": [{"kind": "x"}]})),
        Err(BadFilter)
    );
    assert_eq!(change(&filter, json!({})), Ok(Filter::default()));
}
