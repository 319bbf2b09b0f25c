//! Channels in applications, from StasisStart to StasisEnd, whatever ends it.

use super::world::{Client, PLAN, in_gold, run, run_listening, uniqueid};
use ucx_call::{Cause, Place, Signal};
use ucx_pbx::testing::World;

fn ends(client: &Client) -> usize {
    let is_end = |message: &&serde_json::Value| message["type"] == "StasisEnd";
    client.told.iter().filter(is_end).count()
}

#[test]
fn an_application_nobody_has_fails() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        let channel = world.call("noapp");
        world.pass(5).await;
        assert_eq!(world.record().values("STASISSTATUS"), ["", "FAILED"]);
        assert_eq!(
            world.steps("alice"),
            ["noapp,1 Stasis(nosuchapp)", "noapp,2 Rest(FAILED)"]
        );
        assert!(
            !client
                .told(world)
                .await
                .iter()
                .any(|told| told.starts_with("Stasis"))
        );
        world.desk.hangup(channel, Cause::NORMAL_CLEARING).await.unwrap();
    });
}

#[test]
fn a_stay_is_told_from_its_first_to_its_last() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        let channel = world.call("app");
        world.pass(5).await;
        let id = uniqueid(world, channel).await;
        assert_eq!(client.told_of_stays(world).await, ["StasisStart"]);
        let start = client
            .told
            .iter()
            .find(|message| message["type"] == "StasisStart")
            .unwrap();
        assert_eq!(start["args"], serde_json::json!(["one", "two words"]));
        assert_eq!(start["channel"]["dialplan"]["app_data"], "gold,one,two words");
        assert_eq!(start["application"], "gold");
        assert_eq!(client.channel("answer", &id, &[]).await.0, 204);
        assert_eq!(client.channel("hangup", &id, &[("reason", "busy")]).await.0, 204);
        assert_eq!(
            client.told_of_stays(world).await,
            [
                "ChannelStateChange",
                "ChannelHangupRequest",
                "StasisEnd",
                "ChannelHangupRequest",
                "ChannelDestroyed"
            ]
        );
        assert_eq!(world.record().cause("alice"), Some(Cause::USER_BUSY));
        assert_eq!(world.record().values("STASISSTATUS"), ["", "SUCCESS"]);
        assert_eq!(client.ctx.handle.board().count(), (0, 0, 0));
    });
}

#[test]
fn whoever_listens_only_to_its_own_hears_the_whole_stay() {
    run_listening(PLAN, false, async |world: &mut World, client: &mut Client| {
        let channel = world.call("app");
        world.pass(5).await;
        world.pbx.signal(channel, Signal::HungUp(Cause::NORMAL_CLEARING));
        let told = client.told(world).await;
        assert_eq!(told.first().map(String::as_str), Some("StasisStart"));
        assert_eq!(told.last().map(String::as_str), Some("StasisEnd"));
    });
}

#[test]
fn a_channel_goes_on_where_the_client_says() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        let id = in_gold(world, client).await;
        let query = [("context", "main"), ("extension", "after"), ("label", "nolabel")];
        let refused = client.channel("continueInDialplan", &id, &query).await;
        assert_eq!(refused, (404, "Requested label can not be found".to_owned()));
        let query = [("context", "main"), ("extension", "after"), ("label", "lab")];
        assert_eq!(client.channel("continueInDialplan", &id, &query).await.0, 204);
        assert_eq!(client.told_of_stays(world).await, ["StasisEnd"]);
        assert_eq!(world.steps("alice").last().unwrap(), "after,2 Rest(second)");
        let left = client.channel("continueInDialplan", &id, &query).await;
        assert_eq!(left, (409, "Channel not in Stasis application".to_owned()));

        let second = in_gold(world, client).await;
        assert_eq!(client.channel("continueInDialplan", &second, &[]).await.0, 204);
        client.told(world).await;
        assert_eq!(world.steps("alice").last().unwrap(), "app,2 Rest(SUCCESS)");

        let third = in_gold(world, client).await;
        let query = [("extension", "nosuch"), ("priority", "1")];
        assert_eq!(client.channel("continueInDialplan", &third, &query).await.0, 204);
        let told = client.told_of_stays(world).await;
        assert_eq!(told, ["StasisEnd", "ChannelHangupRequest", "ChannelDestroyed"]);
    });
}

#[test]
fn a_channel_moves_between_applications_that_are_there() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        let mut other = Client::new(world, &client.ctx.handle, "gold2", false);
        let id = in_gold(world, client).await;
        let query = [("app", "gold2"), ("appArgs", "moved,here")];
        assert_eq!(client.channel("move", &id, &query).await.0, 204);
        assert_eq!(client.told_of_stays(world).await, ["StasisEnd"]);
        assert_eq!(other.told(world).await, ["StasisStart"]);
        assert_eq!(other.told[0]["args"], serde_json::json!(["moved", "here"]));
        assert_eq!(client.channel("move", &id, &[("app", "nosuch")]).await.0, 204);
        assert_eq!(other.told(world).await, ["ApplicationMoveFailed nosuch"]);
        assert_eq!(client.channel("hangup", &id, &[]).await.0, 204);
        let told = other.told(world).await;
        assert_eq!(told.iter().filter(|told| *told == "StasisEnd").count(), 1);
        assert_eq!(ends(client), 1);
        assert_eq!(world.record().values("STASISSTATUS"), ["", "SUCCESS"]);
    });
}

#[test]
fn a_channel_stays_when_its_client_goes() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        let id = in_gold(world, client).await;
        let handle = client.ctx.handle.clone();
        handle.with_applications(|applications| applications.unregister(&client.socket));
        world.pass(60_000).await;
        assert!(world.desk.channel(&*id).await.is_ok());
        assert_eq!(
            client.channel("play", &id, &[("media", "sound:beep")]).await.0,
            201
        );
        let mut again = Client::new(world, &handle, "gold", false);
        assert_eq!(again.channel("hangup", &id, &[]).await.0, 204);
        let told = again.told(world).await;
        assert_eq!(told.iter().filter(|told| *told == "StasisEnd").count(), 1);
        assert_eq!(handle.board().count(), (0, 0, 0));
    });
}

/// What a channel may be doing when it is taken away.
async fn busy(world: &mut World, client: &mut Client, with: &str) -> String {
    let id = in_gold(world, client).await;
    match with {
        "playing" => {
            let query = [("media", "sound:beep,sound:beep"), ("playbackId", "p")];
            assert_eq!(client.channel("play", &id, &query).await.0, 201);
            let query = [("media", "sound:beep"), ("playbackId", "q")];
            assert_eq!(client.channel("play", &id, &query).await.0, 201);
        }
        "recording" => {
            let query = [("name", "r"), ("format", "wav")];
            assert_eq!(client.channel("record", &id, &query).await.0, 201);
            world.pass(200).await;
        }
        "bridged" => {
            assert_eq!(client.bridge("createWithId", "b", &[]).await.0, 200);
            assert_eq!(client.bridge("addChannel", "b", &[("channel", &id)]).await.0, 204);
        }
        _ => unreachable!("there are three ways to be busy"),
    }
    client.told(world).await;
    id
}

fn endings(with: &str) -> &'static [&'static str] {
    match with {
        "playing" => &[
            "PlaybackFinished p sound:beep failed",
            "PlaybackFinished q sound:beep failed",
            "StasisEnd",
        ],
        "bridged" => &["ChannelLeftBridge b", "StasisEnd"],
        _ => &["StasisEnd"],
    }
}

async fn check_taken_away(world: &World, client: &mut Client, with: &str, how: &str) {
    let mut told = client.told_of_stays(world).await;
    told.retain(|told| !told.starts_with("ChannelHangup") && !told.starts_with("ChannelDestroyed"));
    told.retain(|told| !told.starts_with("Recording"));
    assert_eq!(told, endings(with), "{how} while {with}");
    world.pass(1_000).await;
    client.told(world).await;
    if with == "recording" {
        let finished = client
            .told
            .iter()
            .filter(|message| message["type"] == "RecordingFinished");
        assert_eq!(finished.count(), 1, "{how} while {with}");
    }
    assert_eq!(ends(client), 1, "{how} while {with}");
    assert_eq!(client.ctx.handle.board().count(), (0, 0, 0), "{how} while {with}");
    let bridges = world.desk.bridges().await.unwrap();
    assert!(
        bridges.iter().all(|bridge| bridge.members.is_empty()),
        "{how} while {with}"
    );
}

#[test]
fn a_redirect_ends_a_stay_once_whatever_goes_on() {
    for with in ["playing", "recording", "bridged"] {
        run(PLAN, async |world: &mut World, client: &mut Client| {
            let id = busy(world, client, with).await;
            let place = Place::new("main", "after", 1);
            world.desk.redirect(&*id, place).await.unwrap();
            check_taken_away(world, client, with, "redirected").await;
            assert_eq!(world.steps("alice").last().unwrap(), "after,1 Rest(first)");
        });
    }
}

#[test]
fn a_hangup_ends_a_stay_once_whatever_goes_on() {
    for with in ["playing", "recording", "bridged"] {
        run(PLAN, async |world: &mut World, client: &mut Client| {
            let id = busy(world, client, with).await;
            let channel = world.desk.channel(&*id).await.unwrap().id;
            world.pbx.signal(channel, Signal::HungUp(Cause::NORMAL_CLEARING));
            check_taken_away(world, client, with, "hung up").await;
        });
    }
}

#[test]
fn going_on_ends_a_stay_once_whatever_goes_on() {
    for with in ["playing", "recording", "bridged"] {
        run(PLAN, async |world: &mut World, client: &mut Client| {
            let id = busy(world, client, with).await;
            assert_eq!(client.channel("continueInDialplan", &id, &[]).await.0, 204);
            check_taken_away(world, client, with, "going on").await;
            assert_eq!(world.steps("alice").last().unwrap(), "app,2 Rest(SUCCESS)");
        });
    }
}

#[test]
fn a_shutdown_ends_a_stay_once() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        busy(world, client, "playing").await;
        world.pbx.shutdown();
        check_taken_away(world, client, "playing", "shut down").await;
    });
}
