//! Channels: made, steered, read and hung up.

use crate::stasis::world::{Case, Client, PLAN, in_gold, run, short, uniqueid};
use serde_json::{Value, json};
use std::time::Duration;
use ucx_call::{Action, Cause, Right, Rights};
use ucx_pbx::testing::{Phone, World};

fn answer(status: u16, message: &str) -> (u16, String) {
    (status, message.to_owned())
}

fn body(answer: &(u16, String)) -> Value {
    serde_json::from_str(&answer.1).expect("the body is JSON")
}

/// What only a channel in an application can do, each with what it needs.
const CONTROLS: [(&str, &[(&str, &str)]); 20] = [
    ("answer", &[]),
    ("ring", &[]),
    ("ringStop", &[]),
    ("progress", &[]),
    ("continueInDialplan", &[]),
    ("play", &[("media", "sound:beep")]),
    ("sendDTMF", &[("dtmf", "1")]),
    ("mute", &[]),
    ("unmute", &[]),
    ("hold", &[]),
    ("unhold", &[]),
    ("startMoh", &[]),
    ("stopMoh", &[]),
    ("startSilence", &[]),
    ("stopSilence", &[]),
    ("redirect", &[("endpoint", "PJSIP/bob")]),
    ("record", &[("name", "x"), ("format", "wav")]),
    ("move", &[("app", "gold")]),
    ("dial", &[]),
    ("setChannelVar", &[("variable", "X"), ("value", "1")]),
];

/// Of these, what a channel that was not called yet can do.
const ALSO_DOWN: usize = 16;

#[test]
fn who_is_not_in_an_application_is_not_steered() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        let waiting = world.call("wait");
        world.pass(5).await;
        let waiting = uniqueid(world, waiting).await;
        for (name, query) in CONTROLS {
            let missing = client.channel(name, "nope", query).await;
            assert_eq!(missing, answer(404, "Channel not found"), "{name}");
            let elsewhere = client.channel(name, &waiting, query).await;
            assert_eq!(
                elsewhere,
                answer(409, "Channel not in Stasis application"),
                "{name}"
            );
        }
        for name in ["get", "hangup"] {
            assert_eq!(
                client.channel(name, "nope", &[]).await,
                answer(404, "Channel not found")
            );
        }
        assert_eq!(client.channel("get", &waiting, &[]).await.0, 200);
        assert_eq!(client.channel("hangup", &waiting, &[]).await.0, 204);
    });
}

#[test]
fn a_channel_is_made_and_called_later() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        world.phone("bob", Phone::Answers(Duration::from_secs(1)));
        let query = [
            ("endpoint", "PJSIP/bob"),
            ("app", "gold"),
            ("appArgs", "dialed"),
            ("channelId", "leg-b"),
        ];
        let made = short(client.ask("channels.create", &[], &query, None).await);
        assert_eq!(made.0, 200, "{}", made.1);
        assert_eq!(body(&made)["id"], "leg-b");
        assert_eq!(body(&made)["state"], "Down");
        assert!(client.told(world).await.contains(&"StasisStart".to_owned()));
        for (name, query) in &CONTROLS[..ALSO_DOWN] {
            let down = client.channel(name, "leg-b", query).await;
            assert_eq!(down, answer(412, "Channel in invalid state"), "{name}");
        }
        assert_eq!(client.channel("dial", "leg-b", &[("timeout", "5")]).await.0, 204);
        world.pass(2_000).await;
        let told = client.told(world).await;
        assert!(told.contains(&"Dial ANSWER".to_owned()), "{told:?}");
        let again = client.channel("dial", "leg-b", &[]).await;
        assert_eq!(again, answer(409, "Channel is not in the 'Down' state"));
        assert_eq!(client.channel("hangup", "leg-b", &[]).await.0, 204);
        assert!(client.told(world).await.contains(&"StasisEnd".to_owned()));
    });
}

#[test]
fn a_channel_that_is_busy_ends_its_stay() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        world.phone("bob", Phone::Refuses(Cause::USER_BUSY));
        let query = [("endpoint", "PJSIP/bob"), ("app", "gold"), ("channelId", "leg-b")];
        assert_eq!(
            short(client.ask("channels.create", &[], &query, None).await).0,
            200
        );
        client.told(world).await;
        assert_eq!(client.channel("dial", "leg-b", &[]).await.0, 204);
        world.pass(500).await;
        let told = client.told_of_stays(world).await;
        assert_eq!(
            told.iter().filter(|told| *told == "StasisEnd").count(),
            1,
            "{told:?}"
        );
        assert_eq!(told.last().map(String::as_str), Some("ChannelDestroyed"));
        assert_eq!(client.ctx.handle.board().count(), (0, 0, 0));
    });
}

#[test]
fn an_originated_channel_comes_into_the_application() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        world.phone("bob", Phone::Answers(Duration::from_secs(1)));
        let query = [
            ("endpoint", "PJSIP/bob"),
            ("app", "gold"),
            ("appArgs", "x,y"),
            ("callerId", "Robot <900>"),
            ("timeout", "5"),
        ];
        let variables = json!({"variables": {"V1": "a"}});
        let path = [("channelId", "leg-b")];
        let made = short(
            client
                .ask("channels.originateWithId", &path, &query, Some(variables))
                .await,
        );
        assert_eq!(made.0, 200, "{}", made.1);
        assert_eq!(body(&made)["id"], "leg-b");
        world.pass(1_500).await;
        client.told(world).await;
        let start = client
            .told
            .iter()
            .find(|message| message["type"] == "StasisStart")
            .unwrap();
        assert_eq!(start["args"], json!(["x", "y"]));
        let value = client
            .channel("getChannelVar", "leg-b", &[("variable", "V1")])
            .await;
        assert_eq!(value, answer(200, r#"{"value":"a"}"#));
        let query = [("context", "main"), ("extension", "after")];
        assert_eq!(client.channel("continueInDialplan", "leg-b", &query).await.0, 204);
        world.pass(5).await;
        assert_eq!(world.steps("bob").last().unwrap(), "after,1 Rest(first)");
        assert_eq!(client.channel("hangup", "leg-b", &[]).await.0, 204);
    });
}

#[test]
fn calls_are_refused_in_the_words_of_the_field() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        world.phone("bob", Phone::Rings);
        let alice = in_gold(world, client).await;
        let long = "x".repeat(150);
        let cases: &[Case] = &[
            (&[], 400, "Endpoint must be specified"),
            (&[("endpoint", "bogus")], 400, "Invalid endpoint specified"),
            (&[("endpoint", "PJSIP/")], 400, "Invalid endpoint specified"),
            (
                &[("endpoint", "PJSIP/bob")],
                400,
                "Application or extension must be specified",
            ),
            (
                &[("endpoint", "Nosuch/x"), ("app", "gold")],
                500,
                "Allocation failed",
            ),
            (
                &[("endpoint", "PJSIP/nobody"), ("app", "gold")],
                500,
                "Allocation failed",
            ),
            (
                &[("endpoint", "PJSIP/bob"), ("app", "gold"), ("channelId", &alice)],
                409,
                "Channel with given unique ID already exists",
            ),
            (
                &[("endpoint", "PJSIP/bob"), ("app", "gold"), ("channelId", &long)],
                400,
                "Uniqueid length exceeds maximum of 149",
            ),
            (
                &[("endpoint", "PJSIP/bob"), ("app", "gold"), ("formats", "nosuch")],
                400,
                "Provided format (nosuch) was not found",
            ),
            (
                &[
                    ("endpoint", "PJSIP/bob"),
                    ("formats", "ulaw"),
                    ("originator", &alice),
                ],
                400,
                "Originator and formats can't both be specified",
            ),
            (
                &[("endpoint", "PJSIP/bob"), ("app", "gold"), ("originator", "nope")],
                400,
                "Provided originator channel was not found",
            ),
        ];
        for (query, status, message) in cases {
            let refused = short(client.ask("channels.originate", &[], query, None).await);
            assert_eq!(refused, answer(*status, message), "{query:?}");
        }
    });
}

#[test]
fn calls_to_places_that_are_none_are_refused() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        world.phone("bob", Phone::Rings);
        let cases: &[Case] = &[
            (
                &[
                    ("endpoint", "PJSIP/bob"),
                    ("extension", "after"),
                    ("context", "main"),
                    ("label", "no"),
                ],
                404,
                "Requested label can not be found",
            ),
            (
                &[("endpoint", "PJSIP/bob"), ("extension", "after"), ("label", "-1")],
                400,
                "Requested priority is illegal",
            ),
        ];
        for (query, status, message) in cases {
            let refused = short(client.ask("channels.originate", &[], query, None).await);
            assert_eq!(refused, answer(*status, message), "{query:?}");
        }
    });
}

#[test]
fn nothing_is_made_of_what_is_refused() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        world.phone("bob", Phone::Rings);
        in_gold(world, client).await;
        let variables = Some(json!({"variables": {"a": 1}}));
        let query = [("endpoint", "PJSIP/bob"), ("app", "gold")];
        let refused = short(client.ask("channels.originate", &[], &query, variables).await);
        assert_eq!(refused.0, 400);
        assert!(
            refused.1.starts_with("Each value in 'variables'"),
            "{}",
            refused.1
        );
        let refused = short(client.ask("channels.create", &[], &[("app", "gold")], None).await);
        assert_eq!(refused, answer(400, "Endpoint must be specified"));
        let query = [("endpoint", "Nosuch/x"), ("app", "gold")];
        let refused = short(client.ask("channels.create", &[], &query, None).await);
        assert_eq!(
            refused,
            answer(409, "Channel with given unique ID already exists")
        );
        let channels = short(client.ask("channels.list", &[], &[], None).await);
        assert_eq!(body(&channels).as_array().map(Vec::len), Some(1));
    });
}

#[test]
fn an_extension_is_called_by_its_label() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        world.phone("bob", Phone::Answers(Duration::from_millis(200)));
        let query = [
            ("endpoint", "PJSIP/bob"),
            ("extension", "after"),
            ("context", "main"),
            ("label", "lab"),
        ];
        assert_eq!(
            short(client.ask("channels.originate", &[], &query, None).await).0,
            200
        );
        world.pass(500).await;
        assert_eq!(world.steps("bob").last().unwrap(), "after,2 Rest(second)");
    });
}

#[test]
fn a_channel_is_told_and_hears_what_is_asked() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        let channel = world.call("app");
        world.pass(5).await;
        let id = uniqueid(world, channel).await;
        for name in ["ring", "ringStop", "progress", "answer", "ring", "ringStop"] {
            assert_eq!(client.channel(name, &id, &[]).await.0, 204, "{name}");
        }
        let digits = [
            ("dtmf", "12#x"),
            ("before", "10"),
            ("between", "60"),
            ("duration", "80"),
        ];
        assert_eq!(client.channel("sendDTMF", &id, &digits).await.0, 204);
        let refused = client.channel("sendDTMF", &id, &[]).await;
        assert_eq!(refused, answer(400, "DTMF is required"));
        for (name, query) in [
            ("mute", &[("direction", "in")][..]),
            ("mute", &[("direction", "out")]),
            ("unmute", &[]),
            ("startMoh", &[("mohClass", "jazz")]),
            ("stopMoh", &[]),
            ("hold", &[]),
            ("unhold", &[]),
            ("startSilence", &[]),
            ("stopSilence", &[]),
        ] {
            assert_eq!(client.channel(name, &id, query).await.0, 204, "{name}");
        }
        for name in ["mute", "unmute"] {
            let refused = client.channel(name, &id, &[("direction", "bogus")]).await;
            assert_eq!(refused, answer(400, "Invalid direction specified"));
            let refused = client.channel(name, &id, &[("direction", "")]).await;
            assert_eq!(refused, answer(400, "Direction is required"));
        }
        world.pass(1_000).await;
        let actions = &world.record().actions;
        let sent = |action: &Action| {
            matches!(action, Action::SendDigits { digits, length, gap, .. }
            if &**digits == "12#" && length.as_millis() == 80 && gap.as_millis() == 60)
        };
        assert!(actions.iter().any(sent));
        #[allow(clippy::wildcard_enum_match_arm)] // one of many is looked for
        let mutes: Vec<_> = actions
            .iter()
            .filter_map(|action| match action {
                Action::Mute {
                    inbound, outbound, ..
                } => Some((*inbound, *outbound)),
                _ => None,
            })
            .collect();
        assert_eq!(mutes, [(true, false), (true, true), (false, false)]);
    });
}

#[test]
fn a_far_end_is_not_sent_elsewhere() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        let id = in_gold(world, client).await;
        for (query, status, message) in [
            (&[][..], 400, "Required parameter 'endpoint' not provided."),
            (
                &[("endpoint", "bogus")],
                422,
                "Endpoint parameter 'bogus' does not contain tech/resource",
            ),
            (
                &[("endpoint", "PJSIP/")],
                422,
                "No resource provided in endpoint parameter 'PJSIP/'",
            ),
            (
                &[("endpoint", "SIP/x")],
                422,
                "Endpoint technology 'SIP' does not match channel technology 'PJSIP'",
            ),
        ] {
            assert_eq!(
                client.channel("redirect", &id, query).await,
                answer(status, message)
            );
        }
    });
}

#[test]
fn variables_are_read_and_set_as_in_the_capture() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        let id = in_gold(world, client).await;
        let get = async |client: &Client, name: &str| {
            client.channel("getChannelVar", &id, &[("variable", name)]).await
        };
        let query = [("variable", "A"), ("value", "1 2")];
        assert_eq!(client.channel("setChannelVar", &id, &query).await.0, 204);
        assert_eq!(get(client, "A").await, answer(200, r#"{"value":"1 2"}"#));
        assert_eq!(
            get(client, "NOPE").await,
            answer(404, "Provided variable was not found")
        );
        assert_eq!(
            get(client, "NOFUNC(x)").await,
            answer(500, "Unable to read provided function")
        );
        let query = [("variable", "NOFUNC(x)"), ("value", "1")];
        assert_eq!(client.channel("setChannelVar", &id, &query).await.0, 204);
        assert_eq!(
            client.channel("setChannelVar", &id, &[("variable", "A")]).await.0,
            204
        );
        assert_eq!(
            get(client, "A").await,
            answer(404, "Provided variable was not found")
        );
        for name in ["getChannelVar", "setChannelVar"] {
            let refused = client.channel(name, &id, &[]).await;
            assert_eq!(refused, answer(400, "Variable name is required"));
        }
        let refused = client
            .channel("getChannelVar", "nope", &[("variable", "X")])
            .await;
        assert_eq!(refused, answer(404, "Provided channel was not found"));

        let path = [("channelId", &*id)];
        let variables = Some(json!({"variables": {"B": "1", "C": "2"}}));
        assert_eq!(
            short(client.ask("channels.setChannelVars", &path, &[], variables).await).0,
            204
        );
        let several = client
            .channel("getChannelVars", &id, &[("variables", "C,B")])
            .await;
        assert_eq!(several, answer(200, r#"{"variables":{"C":"2","B":"1"}}"#));
        let refused = client.channel("getChannelVars", &id, &[]).await;
        assert_eq!(refused, answer(400, "At least one variable name is required"));
        let refused = client.channel("setChannelVars", &id, &[]).await;
        assert_eq!(refused, answer(400, "The 'variables' field is required"));
        let variables = Some(json!({"variables": "x"}));
        let refused = short(client.ask("channels.setChannelVars", &path, &[], variables).await);
        assert_eq!(
            refused,
            answer(400, "The 'variables' field must be a JSON object")
        );
    });
}

#[test]
fn a_key_without_the_right_does_not_reach_the_system() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        world.phone("bob", Phone::Answers(Duration::from_millis(100)));
        let id = in_gold(world, client).await;
        let shell = ("variable", "SHELL(id)");
        let read = client.channel("getChannelVar", &id, &[shell]).await;
        assert!(read.0 >= 400 && !read.1.contains("secret"), "{read:?}");
        client
            .channel("setChannelVar", &id, &[shell, ("value", "x")])
            .await;
        let nested = [("variable", "A"), ("value", "${SHELL(id)}")];
        client.channel("setChannelVar", &id, &nested).await;
        let read = client.channel("getChannelVar", &id, &[("variable", "A")]).await;
        assert!(!read.1.contains("secret"), "{read:?}");
        short(client.ask("asterisk.getGlobalVar", &[], &[shell], None).await);
        short(client.ask("asterisk.setGlobalVar", &[], &[shell], None).await);
        let variables = json!({"variables": {"SHELL(id)": "x", "B": "${SHELL(id)}"}});
        let query = [("endpoint", "PJSIP/bob"), ("app", "gold"), ("channelId", "leg")];
        let made = short(
            client
                .ask("channels.originate", &[], &query, Some(variables))
                .await,
        );
        assert_eq!(made.0, 200, "{}", made.1);
        world.pass(1_000).await;
        assert_eq!(client.reached(), Vec::<String>::new());
    });
}

#[test]
fn a_key_that_may_only_look_changes_nothing() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        world.phone("bob", Phone::Rings);
        let id = in_gold(world, client).await;
        let mut key = client.ctx.desk.principal().clone();
        key.rights = Rights::NONE.with(Right::Look);
        client.ctx.desk = client.ctx.desk.of(key);
        for (name, query) in CONTROLS {
            let refused = client.channel(name, &id, query).await;
            assert_eq!(refused, answer(403, "Write access denied"), "{name}");
        }
        let query = [("endpoint", "PJSIP/bob"), ("app", "gold")];
        for name in ["channels.originate", "channels.create"] {
            assert_eq!(short(client.ask(name, &[], &query, None).await).0, 403, "{name}");
        }
        assert_eq!(client.channel("hangup", &id, &[]).await.0, 403);
        assert_eq!(short(client.ask("bridges.create", &[], &[], None).await).0, 403);
        let query = [("application", "gold")];
        let event = client
            .ask("events.userEvent", &[("eventName", "X")], &query, None)
            .await;
        assert_eq!(short(event).0, 403);
        assert_eq!(client.channel("get", &id, &[]).await.0, 200);
    });
}
