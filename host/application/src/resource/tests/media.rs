//! Playbacks and recordings of channels.

use crate::stasis::world::{Case, Client, PLAN, in_gold, run, short};
use std::fs;
use ucx_pbx::testing::World;

fn answer(status: u16, message: &str) -> (u16, String) {
    (status, message.to_owned())
}

#[test]
fn a_playback_is_told_as_in_the_capture() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        let id = in_gold(world, client).await;
        let path = [("channelId", &*id), ("playbackId", "p2")];
        let query = [("media", "sound:beep,sound:digits/1,digits:2")];
        let reply = client
            .ask("channels.playWithId", &path, &query, None)
            .await
            .unwrap();
        assert_eq!(
            (reply.status, reply.location.as_deref()),
            (201, Some("/playbacks/p2"))
        );
        let queued = format!(
            r#"{{"id":"p2","media_uri":"sound:beep","next_media_uri":"sound:digits/1","target_uri":"channel:{id}","language":"en","state":"queued"}}"#
        );
        assert_eq!(&reply.body[..], queued.as_bytes());
        world.pass(3_500).await;
        assert_eq!(
            client.told(world).await,
            [
                "PlaybackStarted p2 sound:beep playing",
                "PlaybackContinuing p2 sound:beep continuing",
                "PlaybackStarted p2 sound:digits/1 playing",
                "PlaybackContinuing p2 sound:digits/1 continuing",
                "PlaybackStarted p2 digits:2 playing",
                "PlaybackFinished p2 digits:2 done"
            ]
        );
        let gone = short(
            client
                .ask("playbacks.get", &[("playbackId", "p2")], &[], None)
                .await,
        );
        assert_eq!(gone, answer(404, "Playback not found"));
    });
}

#[test]
fn playbacks_are_refused_as_in_the_capture() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        let id = in_gold(world, client).await;
        for (query, status, message) in [
            (&[][..], 500, "Failed to queue media for playback"),
            (
                &[("media", "sound:beep"), ("skipms", "-1")],
                400,
                "skipms cannot be negative",
            ),
            (
                &[("media", "sound:beep"), ("offsetms", "-1")],
                400,
                "offsetms cannot be negative",
            ),
        ] {
            assert_eq!(client.channel("play", &id, query).await, answer(status, message));
        }
    });
}

#[test]
fn playbacks_are_controlled_as_in_the_capture() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        let id = in_gold(world, client).await;
        for playback in ["p9", "q"] {
            let query = [("media", "sound:tt-monkeys"), ("playbackId", playback)];
            assert_eq!(client.channel("play", &id, &query).await.0, 201);
        }
        client.told(world).await;
        let control = async |client: &Client, id: &str, operation: &[(&str, &str)]| {
            short(
                client
                    .ask("playbacks.control", &[("playbackId", id)], operation, None)
                    .await,
            )
        };
        for operation in ["pause", "pause", "unpause", "forward", "reverse", "restart"] {
            let done = control(client, "p9", &[("operation", operation)]).await;
            assert_eq!(done.0, 204, "{operation}");
        }
        assert_eq!(
            client.told(world).await,
            ["PlaybackStarted p9 sound:tt-monkeys playing"]
        );
        for (id, query, status, message) in [
            (
                "p9",
                &[("operation", "bogus")][..],
                400,
                "Invalid operation bogus",
            ),
            ("p9", &[("operation", "stop")], 400, "Invalid operation stop"),
            ("p9", &[], 400, "Missing operation"),
            ("nope", &[("operation", "pause")], 404, "Playback not found"),
            (
                "q",
                &[("operation", "pause")],
                409,
                "Can only pause while media is playing",
            ),
        ] {
            assert_eq!(control(client, id, query).await, answer(status, message));
        }
        let stop = short(
            client
                .ask("playbacks.stop", &[("playbackId", "p9")], &[], None)
                .await,
        );
        assert_eq!(stop.0, 204);
        assert_eq!(
            client.told(world).await,
            [
                "PlaybackFinished p9 sound:tt-monkeys done",
                "PlaybackStarted q sound:tt-monkeys playing"
            ]
        );
        let stop = short(
            client
                .ask("playbacks.stop", &[("playbackId", "p9")], &[], None)
                .await,
        );
        assert_eq!(stop, answer(404, "Playback not found"));
    });
}

#[test]
fn what_cannot_be_played_is_told_as_in_the_capture() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        let id = in_gold(world, client).await;
        for media in ["sound:missing", "bogus:x"] {
            let query = [("media", media), ("playbackId", media)];
            assert_eq!(client.channel("play", &id, &query).await.0, 201);
        }
        world.pass(200).await;
        assert_eq!(
            client.told(world).await,
            [
                "PlaybackStarted sound:missing sound:missing playing",
                "PlaybackFinished sound:missing sound:missing failed",
                "PlaybackStarted bogus:x bogus:x playing"
            ]
        );
        assert_eq!(client.ctx.handle.board().count(), (1, 0, 0));
    });
}

#[test]
fn a_recording_is_told_and_controlled_as_in_the_capture() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        let id = in_gold(world, client).await;
        let query = [("name", "r1"), ("format", "wav"), ("maxDurationSeconds", "10")];
        let path = [("channelId", &*id)];
        let reply = client.ask("channels.record", &path, &query, None).await.unwrap();
        assert_eq!(
            (reply.status, reply.location.as_deref()),
            (201, Some("/recordings/live/r1"))
        );
        let queued =
            format!(r#"{{"name":"r1","format":"wav","state":"queued","target_uri":"channel:{id}"}}"#);
        assert_eq!(&reply.body[..], queued.as_bytes());
        world.pass(100).await;
        let live = async |client: &Client, name: &str| {
            let operation = format!("recordings.{name}");
            short(
                client
                    .ask(&operation, &[("recordingName", "r1")], &[], None)
                    .await,
            )
        };
        assert!(live(client, "getLive").await.1.contains(r#""state":"recording""#));
        for name in ["pause", "pause", "unpause", "mute", "unmute", "unmute"] {
            assert_eq!(live(client, name).await.0, 204, "{name}");
        }
        let bridge = client.bridge("createWithId", "b", &[]).await;
        assert_eq!(bridge.0, 200);
        let refused = client.bridge("addChannel", "b", &[("channel", &id)]).await;
        assert_eq!(refused, answer(409, &format!("Channel {id} currently recording")));
        let again = client.channel("record", &id, &query).await;
        assert_eq!(
            again,
            answer(409, "Recording 'r1' already exists and can not be overwritten")
        );
        assert_eq!(live(client, "stop").await.0, 204);
        world.pass(100).await;
        let told = client.told(world).await;
        assert_eq!(
            told,
            [
                "RecordingStarted r1 recording",
                "BridgeCreated b",
                "RecordingFinished r1 done"
            ]
        );
        for name in ["getLive", "stop", "cancel", "pause", "unpause", "mute", "unmute"] {
            assert_eq!(
                live(client, name).await,
                answer(404, "Recording not found"),
                "{name}"
            );
        }
    });
}

#[test]
fn recordings_are_refused_as_in_the_capture() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        let id = in_gold(world, client).await;
        let folder = client.recordings();
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("there.wav"), b"RIFF").unwrap();
        let cases: &[Case] = &[
            (
                &[("name", "r5"), ("format", "nosuch")],
                422,
                "specified format is unknown on this system",
            ),
            (
                &[("name", "../r5"), ("format", "wav")],
                500,
                "Error parsing request",
            ),
            (&[("format", "wav")], 500, "Error parsing request"),
            (
                &[("name", "r5")],
                422,
                "specified format is unknown on this system",
            ),
            (
                &[("name", "r5"), ("format", "wav"), ("maxDurationSeconds", "-1")],
                400,
                "max_duration_seconds cannot be negative",
            ),
            (
                &[("name", "r5"), ("format", "wav"), ("maxSilenceSeconds", "-1")],
                400,
                "max_silence_seconds cannot be negative",
            ),
            (
                &[("name", "r5"), ("format", "wav"), ("ifExists", "bogus")],
                400,
                "ifExists invalid",
            ),
            (
                &[("name", "r5"), ("format", "wav"), ("terminateOn", "x")],
                400,
                "terminateOn invalid",
            ),
            (
                &[("name", "there"), ("format", "wav")],
                409,
                "Recording 'there' already exists and can not be overwritten",
            ),
        ];
        for (query, status, message) in cases {
            let refused = client.channel("record", &id, query).await;
            assert_eq!(refused, answer(*status, message), "{query:?}");
        }
        let query = [("name", "there"), ("format", "wav"), ("ifExists", "overwrite")];
        assert_eq!(client.channel("record", &id, &query).await.0, 201);
        let _ = fs::remove_file(folder.join("there.wav"));
    });
}

#[test]
fn a_digit_ends_a_recording_that_waits_for_it() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        let id = in_gold(world, client).await;
        let query = [("name", "d"), ("format", "wav"), ("terminateOn", "#")];
        assert_eq!(client.channel("record", &id, &query).await.0, 201);
        world.pass(200).await;
        let channel = world.desk.channel(&*id).await.unwrap().id;
        world.press(channel, "1#").await;
        world.pass(100).await;
        assert_eq!(
            client.told(world).await,
            [
                "RecordingStarted d recording",
                "ChannelDtmfReceived",
                "ChannelDtmfReceived",
                "RecordingFinished d done"
            ]
        );
    });
}
