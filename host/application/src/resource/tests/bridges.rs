//! Bridges, and what happens in them.

use crate::stasis::world::{Case, Client, PLAN, in_gold, run, short, uniqueid};
use serde_json::{Value, json};
use ucx_pbx::testing::World;

fn answer(status: u16, message: &str) -> (u16, String) {
    (status, message.to_owned())
}

#[test]
fn a_bridge_is_made_filled_and_destroyed_as_in_the_capture() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        let (alice, bob) = (in_gold(world, client).await, in_gold(world, client).await);
        let body = json!({"type": "mixing,dtmf_events", "name": "meet"});
        let made = client
            .ask("bridges.create", &[], &[("bridgeId", "br-1")], Some(body))
            .await;
        let made: Value = serde_json::from_str(&short(made).1).unwrap();
        let shown = json!({"id": "br-1", "technology": "simple_bridge", "bridge_type": "mixing",
            "bridge_class": "stasis", "creator": "Stasis", "name": "meet", "channels": [],
            "creationtime": made["creationtime"], "video_mode": "talker"});
        assert_eq!(made, shown);
        let both = format!("{alice},{bob}");
        assert_eq!(
            client.bridge("addChannel", "br-1", &[("channel", &both)]).await.0,
            204
        );
        let told = client.told_of_stays(world).await;
        let entered = [
            "BridgeCreated br-1",
            "ChannelEnteredBridge br-1",
            "ChannelEnteredBridge br-1",
        ];
        assert_eq!(told[..3], entered);
        let shown = client.bridge("get", "br-1", &[]).await;
        let shown: Value = serde_json::from_str(&shown.1).unwrap();
        assert_eq!(shown["channels"], json!([alice, bob]));

        assert_eq!(
            client
                .bridge("removeChannel", "br-1", &[("channel", &bob)])
                .await
                .0,
            204
        );
        assert_eq!(client.told_of_stays(world).await, ["ChannelLeftBridge br-1"]);
        assert_eq!(
            client
                .bridge("createWithId", "br-2", &[("type", "mixing")])
                .await
                .0,
            200
        );
        assert_eq!(
            client
                .bridge("addChannel", "br-2", &[("channel", &alice), ("mute", "true")])
                .await
                .0,
            204
        );
        assert_eq!(
            client.told_of_stays(world).await,
            [
                "BridgeCreated br-2",
                "ChannelLeftBridge br-1",
                "ChannelEnteredBridge br-2"
            ]
        );
    });
}

#[test]
fn a_bridge_shows_one_and_lets_all_go() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        let (alice, bob) = (in_gold(world, client).await, in_gold(world, client).await);
        assert_eq!(client.bridge("createWithId", "br-2", &[]).await.0, 200);
        assert_eq!(
            client
                .bridge("addChannel", "br-2", &[("channel", &alice)])
                .await
                .0,
            204
        );
        let source = [("bridgeId", "br-2"), ("channelId", &*alice)];
        assert_eq!(
            short(client.ask("bridges.setVideoSource", &source, &[], None).await).0,
            204
        );
        let wrong = [("bridgeId", "br-2"), ("channelId", &*bob)];
        let refused = short(client.ask("bridges.setVideoSource", &wrong, &[], None).await);
        assert_eq!(refused, answer(422, "Channel not in this bridge"));
        assert_eq!(client.bridge("clearVideoSource", "br-2", &[]).await.0, 204);
        assert_eq!(client.bridge("destroy", "br-2", &[]).await.0, 204);
        let told = client.told_of_stays(world).await;
        assert_eq!(
            told[told.len() - 2..],
            ["ChannelLeftBridge br-2", "BridgeDestroyed br-2"]
        );
        assert_eq!(
            client.bridge("destroy", "br-2", &[]).await,
            answer(404, "Bridge not found")
        );
        assert!(world.desk.channel(&*alice).await.is_ok());
    });
}

#[test]
fn bridges_refuse_as_in_the_capture() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        let alice = in_gold(world, client).await;
        let waiting = world.call("wait");
        world.pass(5).await;
        let waiting = uniqueid(world, waiting).await;
        assert_eq!(
            client.bridge("createWithId", "e1", &[("type", "mixing")]).await.0,
            200
        );
        let cases: &[(&str, &str, Case)] = &[
            ("get", "nope", (&[], 404, "Bridge not found")),
            ("destroy", "nope", (&[], 404, "Bridge not found")),
            (
                "addChannel",
                "nope",
                (&[("channel", &alice)], 404, "Bridge not found"),
            ),
            ("addChannel", "e1", (&[], 400, "Missing parameter channel")),
            (
                "addChannel",
                "e1",
                (&[("channel", "nope")], 400, "Channel not found"),
            ),
            (
                "addChannel",
                "e1",
                (&[("channel", &waiting)], 422, "Channel not in Stasis application"),
            ),
            (
                "removeChannel",
                "e1",
                (&[("channel", &alice)], 422, "Channel not in this bridge"),
            ),
            (
                "removeChannel",
                "e1",
                (&[("channel", "nope")], 400, "Channel not found"),
            ),
            (
                "createWithId",
                "e1",
                (&[("name", "renamed")], 409, "Bridge with id 'e1' already exists"),
            ),
            ("stopMoh", "e1", (&[], 409, "Bridge isn't playing music")),
        ];
        for (name, id, (query, status, message)) in cases {
            let refused = client.bridge(name, id, query).await;
            assert_eq!(refused, answer(*status, message), "{name} {query:?}");
        }
    });
}

#[test]
fn bridges_refuse_to_play_and_to_be_recorded() {
    run(PLAN, async |_: &mut World, client: &mut Client| {
        assert_eq!(client.bridge("createWithId", "e1", &[]).await.0, 200);
        let cases: &[(&str, &str, Case)] = &[
            (
                "play",
                "e1",
                (
                    &[("media", "sound:beep"), ("announcer_format", "nosuch")],
                    422,
                    "specified announcer_format is unknown on this system",
                ),
            ),
            ("play", "e1", (&[], 500, "Failed to queue media for playback")),
            (
                "record",
                "e1",
                (
                    &[("name", "x"), ("format", "wav"), ("recorder_format", "nosuch")],
                    422,
                    "specified recorder_format is unknown on this system",
                ),
            ),
            (
                "record",
                "e1",
                (
                    &[("name", "../x"), ("format", "wav")],
                    500,
                    "Error parsing request",
                ),
            ),
        ];
        for (name, id, (query, status, message)) in cases {
            let refused = client.bridge(name, id, query).await;
            assert_eq!(refused, answer(*status, message), "{name} {query:?}");
        }
    });
}

#[test]
fn the_words_beside_a_status_differ_as_in_the_capture() {
    run(PLAN, async |_: &mut World, client: &mut Client| {
        assert_eq!(client.bridge("createWithId", "e1", &[]).await.0, 200);
        for (id, path, reason) in [("get", "nope", "Not Found"), ("destroy", "nope", "Not found")] {
            let operation = format!("bridges.{id}");
            let failure = client
                .ask(&operation, &[("bridgeId", path)], &[], None)
                .await
                .unwrap_err();
            assert_eq!(failure.reason, reason);
        }
        let failure = client
            .ask("bridges.create", &[], &[("type", "bogus")], None)
            .await
            .unwrap_err();
        assert_eq!((failure.status, failure.reason), (500, "Internal Error"));
        assert_eq!(
            failure.message,
            "Unable to create bridge. Possible duplicate bridge id '(null)'"
        );
        let taken = [("bridgeId", "e1"), ("type", "holding")];
        let taken = short(client.ask("bridges.create", &[], &taken, None).await);
        assert_eq!(taken, answer(409, "Bridge with id 'e1' already exists"));
    });
}

#[test]
fn bridges_play_and_are_recorded() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        let alice = in_gold(world, client).await;
        assert_eq!(client.bridge("createWithId", "br", &[]).await.0, 200);
        let empty = [("media", "sound:beep"), ("playbackId", "nobody")];
        assert_eq!(client.bridge("play", "br", &empty).await.0, 201);
        assert_eq!(
            client.told(world).await,
            [
                "BridgeCreated br",
                "PlaybackStarted nobody sound:beep playing",
                "PlaybackFinished nobody sound:beep failed"
            ]
        );
        assert_eq!(
            client.bridge("addChannel", "br", &[("channel", &alice)]).await.0,
            204
        );
        client.told(world).await;
        for playback in ["bp1", "bp2"] {
            let query = [("media", "sound:beep"), ("playbackId", playback)];
            let (status, body) = client.bridge("play", "br", &query).await;
            assert_eq!(status, 201);
            assert!(body.contains(r#""target_uri":"bridge:br""#), "{body}");
        }
        let query = [("name", "br-rec"), ("format", "wav"), ("maxDurationSeconds", "1")];
        assert_eq!(client.bridge("record", "br", &query).await.0, 201);
        let stop = short(
            client
                .ask("playbacks.stop", &[("playbackId", "bp2")], &[], None)
                .await,
        );
        assert_eq!(stop.0, 204);
        world.pass(1_500).await;
        let mut told = client.told(world).await;
        told.sort();
        assert_eq!(
            told,
            [
                "PlaybackFinished bp1 sound:beep done",
                "PlaybackFinished bp2 sound:beep done",
                "PlaybackStarted bp1 sound:beep playing",
                "RecordingFinished br-rec done",
                "RecordingStarted br-rec recording"
            ]
        );
        let control = [("operation", "pause")];
        let gone = short(
            client
                .ask("playbacks.control", &[("playbackId", "bp1")], &control, None)
                .await,
        );
        assert_eq!(gone, answer(404, "Playback not found"));
        assert_eq!(client.bridge("startMoh", "br", &[]).await.0, 204);
        assert_eq!(client.bridge("stopMoh", "br", &[]).await.0, 204);
        assert_eq!(client.bridge("stopMoh", "br", &[]).await.0, 409);
        assert_eq!(client.ctx.handle.board().count(), (1, 0, 0));
    });
}

#[test]
fn a_holding_bridge_has_music_of_its_own() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        let alice = in_gold(world, client).await;
        let query = [("type", "holding"), ("name", "hold")];
        let (_, body) = client.bridge("createWithId", "h1", &query).await;
        assert!(
            body.contains(r#""technology":"holding_bridge","bridge_type":"holding""#),
            "{body}"
        );
        let query = [("channel", &*alice), ("role", "announcer")];
        assert_eq!(client.bridge("addChannel", "h1", &query).await.0, 204);
        assert_eq!(
            client
                .bridge("startMoh", "h1", &[("mohClass", "default")])
                .await
                .0,
            204
        );
        let stop = client.bridge("stopMoh", "h1", &[]).await;
        assert_eq!(stop, answer(409, "Bridge isn't playing music"));
        let list = short(client.ask("bridges.list", &[], &[], None).await);
        assert!(list.1.contains(r#""id":"h1""#));
    });
}
