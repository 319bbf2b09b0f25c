//! What goes on beside a call: overhearing it, media of an address, how media goes, and callers sent elsewhere.

use crate::stasis::world::{Client, PLAN, endpoints, in_gold, run, short, uniqueid};
use serde_json::{Value, json};
use std::sync::Arc;
use ucx_call::Action;
use ucx_pbx::testing::World;

fn answer(status: u16, message: &str) -> (u16, String) {
    (status, message.to_owned())
}

async fn external(client: &Client, query: &[(&str, &str)], body: Option<Value>) -> (u16, String) {
    short(client.ask("channels.externalMedia", &[], query, body).await)
}

#[test]
fn a_snoop_enters_its_application_and_ends_with_the_call() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        let id = in_gold(world, client).await;
        let query = [
            ("spy", "both"),
            ("whisper", "out"),
            ("app", "gold"),
            ("appArgs", "snooping"),
        ];
        let path = [("channelId", id.as_str()), ("snoopId", "sn-1")];
        let made = short(
            client
                .ask("channels.snoopChannelWithId", &path, &query, None)
                .await,
        );
        let model: Value = serde_json::from_str(&made.1).expect("a channel");
        assert_eq!(model["id"], "sn-1");
        assert_eq!(model["name"], format!("Snoop/{id}-00000000"));
        assert_eq!((made.0, &model["state"]), (200, &json!("Up")));
        let told = client.told_of_stays(world).await;
        assert_eq!(told, ["StasisStart"]);
        assert_eq!(client.told.last().expect("it came")["args"], json!(["snooping"]));
        assert_eq!(client.channel("hangup", &id, &[]).await, (204, String::new()));
        client.told(world).await;
        let gone = client.channel("get", "sn-1", &[]).await;
        assert_eq!(gone, answer(404, "Channel not found"));
    });
}

#[test]
fn snoops_are_refused_as_in_the_capture() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        let id = in_gold(world, client).await;
        let nothing = answer(400, "Direction must be specified for at least spy or whisper");
        for (of, query, expected) in [
            (id.as_str(), vec![("app", "gold")], nothing.clone()),
            (&id, vec![("app", "gold"), ("spy", "none")], nothing),
            (
                &id,
                vec![("spy", "both")],
                answer(400, "Application name is required"),
            ),
            (
                &id,
                vec![("spy", "sideways"), ("app", "gold")],
                answer(400, "Invalid direction specified for spy"),
            ),
            (
                &id,
                vec![("whisper", "up"), ("app", "gold")],
                answer(400, "Invalid direction specified for whisper"),
            ),
            (
                "nope",
                vec![("spy", "both"), ("app", "gold")],
                answer(404, "Provided channel was not found"),
            ),
        ] {
            let refused = client.channel("snoopChannel", of, &query).await;
            assert_eq!(refused, expected, "{query:?}");
        }
        let query = [("spy", "in"), ("app", "gold"), ("snoopId", id.as_str())];
        let taken = client.channel("snoopChannel", &id, &query).await;
        assert_eq!(taken, answer(500, "Snoop channel could not be created"));
    });
}

#[test]
fn media_goes_to_an_address_that_is_allowed_and_to_no_other() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        let query = [
            ("channelId", "em-1"),
            ("app", "gold"),
            ("external_host", "127.0.0.1:10060"),
            ("format", "slin"),
            ("data", "some"),
        ];
        let body = json!({"variables": {"EMV": "1"}});
        let made = external(client, &query, Some(body)).await;
        let model: Value = serde_json::from_str(&made.1).expect("a channel");
        assert_eq!((made.0, &model["id"]), (200, &json!("em-1")));
        let name = model["name"].as_str().expect("a text");
        assert!(name.starts_with("UnicastRTP/127.0.0.1:10060-0x"), "{name}");
        assert_eq!(model["state"], "Down");
        assert_eq!(model["channelvars"]["EMV"], "1");
        let told = client.told(world).await;
        assert!(told.contains(&"Dial ANSWER".to_owned()), "{told:?}");
        let start = client
            .told
            .iter()
            .rfind(|message| message["type"] == "StasisStart");
        assert_eq!(start.expect("it came")["args"], json!(["some"]));
        let opened = |action: &&Action| matches!(action, Action::OpenRtp { .. });
        assert_eq!(world.record().actions.iter().filter(opened).count(), 1);
        for host in [
            "192.0.2.1:4000",
            "10.0.0.1:4000",
            "[2001:db8::1]:4000",
            "[::2]:4000",
        ] {
            let query = [("app", "gold"), ("external_host", host), ("format", "ulaw")];
            let refused = external(client, &query, None).await;
            assert_eq!(
                refused,
                answer(500, "An internal error prevented this request from being handled"),
                "{host}"
            );
        }
        assert_eq!(world.record().actions.iter().filter(opened).count(), 1);
        let rule = ucx_config::acl::AccessRule::Permit("192.0.2.0/24".parse().expect("a network"));
        client.ctx.handle.allow_media(vec![rule]);
        let query = [
            ("app", "gold"),
            ("external_host", "192.0.2.1:4000"),
            ("format", "ulaw"),
        ];
        assert_eq!(external(client, &query, None).await.0, 200);
    });
}

#[test]
fn external_media_is_refused_as_in_the_capture() {
    run(PLAN, async |_: &mut World, client: &mut Client| {
        let usual = [
            ("app", "gold"),
            ("external_host", "127.0.0.1:10060"),
            ("format", "ulaw"),
        ];
        let transport = "The encapsulation and/or transport is not supported";
        let failed = "An internal error prevented this request from being handled";
        let host = "external_host must be <host>:<port> for all transports other than websocket";
        let missing = "external_host is required for all but websocket server connections";
        for (name, value, expected) in [
            ("app", "", answer(400, "app cannot be empty")),
            ("format", "", answer(400, "format cannot be empty")),
            ("external_host", "", answer(400, missing)),
            ("external_host", "nohost", answer(400, host)),
            ("external_host", "127.0.0.1:x", answer(400, host)),
            ("external_host", "host.invalid:4000", answer(500, failed)),
            ("format", "nosuch", answer(500, failed)),
            ("encapsulation", "bogus", answer(501, transport)),
            (
                "transport",
                "bogus",
                answer(400, "transport must be 'udp' for rtp encapsulation"),
            ),
            (
                "encapsulation",
                "audiosocket",
                answer(400, "transport must be 'tcp' for audiosocket encapsulation"),
            ),
            (
                "transport",
                "websocket",
                answer(400, "encapsulation must be 'none' for websocket transport"),
            ),
            (
                "connection_type",
                "server",
                answer(
                    400,
                    "'server' connection_type can only be used with the websocket transport",
                ),
            ),
            ("direction", "bogus", answer(400, "Invalid direction specified")),
        ] {
            let mut query: Vec<_> = usual.into_iter().filter(|(known, _)| *known != name).collect();
            query.push((name, value));
            assert_eq!(external(client, &query, None).await, expected, "{name}={value}");
        }
    });
}

#[test]
fn how_media_goes_is_told_of_channels_that_have_some() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        let id = in_gold(world, client).await;
        let told = client.channel("rtpstatistics", &id, &[]).await;
        let model: Value = serde_json::from_str(&told.1).expect("counts");
        assert_eq!((told.0, &model["channel_uniqueid"]), (200, &json!(id)));
        assert_eq!(model["txcount"], 0);
        assert_eq!(model["rtt"], 0.0);
        let missing = client.channel("rtpstatistics", "nope", &[]).await;
        assert_eq!(missing, answer(404, "Channel not found"));
        endpoints(world, "[bob]\ntype=endpoint\n");
        world.phone("bob", ucx_pbx::testing::Phone::Rings);
        let query = [("endpoint", "PJSIP/bob"), ("app", "gold"), ("channelId", "down")];
        let made = short(client.ask("channels.create", &[], &query, None).await);
        assert_eq!(made.0, 200, "{}", made.1);
        let nothing = client.channel("rtpstatistics", "down", &[]).await;
        assert_eq!(nothing, answer(404, "RTP info not found"));
    });
}

#[test]
fn a_caller_who_waits_is_sent_elsewhere_and_one_who_was_answered_stays() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        world.phone("bob", ucx_pbx::testing::Phone::Rings);
        let waiting = world.call("app");
        world.pass(5).await;
        let id = uniqueid(world, waiting).await;
        let redirect = async |client: &Client, id: &str, endpoint: &str| {
            client.channel("redirect", id, &[("endpoint", endpoint)]).await
        };
        let nobody = redirect(client, &id, "PJSIP/nobody").await;
        assert_eq!(nobody, answer(500, "Failed to redirect channel"));
        let split = redirect(client, &id, "PJSIP/sip:x@y\r\nEvil: 1").await;
        assert_eq!(split, answer(500, "Failed to redirect channel"));
        assert_eq!(redirect(client, &id, "PJSIP/bob").await, answer(204, ""));
        client.told(world).await;
        let deflected = world.record().actions.iter().find_map(|action| {
            if let Action::Deflect { target, .. } = action {
                return Some(target.to_string());
            }
            None
        });
        assert!(deflected.is_some_and(|target| target.starts_with("sip:bob@")));
        let ended = client
            .told
            .iter()
            .find(|message| message["type"] == "ChannelDestroyed");
        let ended = ended.expect("it is over");
        assert_eq!((&ended["cause"], &ended["tech_cause"]), (&json!(23), &json!(302)));
        let answered = in_gold(world, client).await;
        let refused = redirect(client, &answered, "PJSIP/bob").await;
        assert_eq!(refused, answer(500, "Failed to redirect channel"));
    });
}

#[test]
fn texts_go_to_endpoints_and_their_headers_are_one_line_each() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        endpoints(
            world,
            "[bob]\ntype=endpoint\naors=bob\n[bob]\ntype=aor\ncontact=sip:bob@192.0.2.1\n",
        );
        let send = async |client: &Client, query: &[(&str, &str)], body: Option<Value>| {
            short(client.ask("endpoints.sendMessage", &[], query, body).await)
        };
        let query = [
            ("to", "pjsip:bob"),
            ("from", "sip:pbx@127.0.0.1"),
            ("body", "hello"),
        ];
        let headers = json!({"variables": {"X-Gold": "1"}});
        assert_eq!(send(client, &query, Some(headers)).await, answer(202, ""));
        world.pass(5).await;
        let sent = world.record().actions.iter().find_map(|action| {
            if let Action::Message {
                endpoint,
                headers,
                text,
                ..
            } = action
            {
                return Some((endpoint.to_string(), headers.len(), text.to_string()));
            }
            None
        });
        assert_eq!(sent, Some(("bob".to_owned(), 1, "hello".to_owned())));
        let split = json!({"variables": {"X-Gold": "1\r\nEvil: 1"}});
        assert_eq!(send(client, &query, Some(split)).await.0, 400);
        assert_eq!(send(client, &[], None).await, answer(400, "To must be specified"));
        for to in ["pjsip:nobody", "sip:bob", "bob"] {
            let refused = send(client, &[("to", to), ("from", "x")], None).await;
            assert_eq!(refused, answer(404, "Endpoint not found"), "{to}");
        }
        let path = [("tech", "PJSIP"), ("resource", "bob")];
        let query = [("from", "sip:pbx@127.0.0.1"), ("body", "hello")];
        let direct = short(
            client
                .ask("endpoints.sendMessageToEndpoint", &path, &query, None)
                .await,
        );
        assert_eq!(direct, answer(202, ""));
    });
}

#[test]
fn replies_show_what_the_operator_wants_shown_and_no_more_than_the_asker_may_see() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        let id = in_gold(world, client).await;
        let names = ["TENANT", "UNSET", "SHELL(id)"];
        client.ctx.handle.show_variables(names.map(Arc::from).to_vec());
        let query = [("variable", "TENANT"), ("value", "a")];
        assert_eq!(
            client.channel("setChannelVar", &id, &query).await,
            answer(204, "")
        );
        let expected = json!({"TENANT": "a", "UNSET": "", "SHELL(id)": ""});
        let one: Value = serde_json::from_str(&client.channel("get", &id, &[]).await.1).expect("a channel");
        assert_eq!(one["channelvars"], expected);
        let all = short(client.ask("channels.list", &[], &[], None).await).1;
        let all: Value = serde_json::from_str(&all).expect("channels");
        assert_eq!(all[0]["channelvars"], expected);
        assert!(client.reached().is_empty(), "{:?}", client.reached());
    });
}

#[test]
fn a_function_that_cannot_be_written_is_told() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        let id = in_gold(world, client).await;
        let failed = answer(400, "Failed to execute function");
        let nobody = [("variable", "NOSUCH(x)"), ("value", "1")];
        assert_eq!(
            client.channel("setChannelVar", &id, &nobody).await,
            answer(204, "")
        );
        let forbidden = [("variable", "SHELL(x)"), ("value", "1")];
        assert_eq!(client.channel("setChannelVar", &id, &forbidden).await, failed);
        let body = json!({"variables": {"GOOD": "1", "SHELL(x)": "2"}});
        let path = [("channelId", id.as_str())];
        let several = short(
            client
                .ask("channels.setChannelVars", &path, &[], Some(body))
                .await,
        );
        assert_eq!(several, failed);
        let kept = client
            .channel("getChannelVar", &id, &[("variable", "GOOD")])
            .await;
        assert_eq!(kept, answer(200, r#"{"value":"1"}"#));
    });
}

#[test]
fn objects_of_the_configuration_are_shown_without_their_secrets_and_not_changed() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        let text = "[alice]\ntype=aor\ncontact=sip:alice@127.0.0.1:5071\nqualify_timeout=3\n\
                    [alice-auth]\ntype=auth\nusername=alice\npassword=geheim\n";
        endpoints(world, text);
        let ask = async |name: &str, path: [&str; 3], body: Option<Value>| {
            let names = ["configClass", "objectType", "id"];
            let path: Vec<_> = names.into_iter().zip(path).collect();
            short(client.ask(&format!("asterisk.{name}"), &path, &[], body).await)
        };
        let shown = ask("getObject", ["res_pjsip", "aor", "alice"], None).await;
        let begins = r#"[{"attribute":"minimum_expiration","value":"60"},{"attribute":"default_expiration","value":"3600"},{"attribute":"qualify_timeout","value":"3.000000"}"#;
        assert!(shown.0 == 200 && shown.1.starts_with(begins), "{}", shown.1);
        assert!(
            shown
                .1
                .contains(r#"{"attribute":"contact","value":"sip:alice@127.0.0.1:5071"}"#)
        );
        let auth = ask("getObject", ["res_pjsip", "auth", "alice-auth"], None).await;
        assert!(
            auth.0 == 200 && auth.1.contains(r#""value":"alice""#),
            "{}",
            auth.1
        );
        assert!(!auth.1.contains("geheim"), "{}", auth.1);
        for name in ["getObject", "updateObject", "deleteObject"] {
            let unknown = ask(name, ["nope", "nope", "nope"], None).await;
            assert_eq!(unknown, answer(404, "configClass 'nope' not found"), "{name}");
            let unknown = ask(name, ["res_pjsip", "nope", "nope"], None).await;
            assert_eq!(unknown, answer(404, "objectType 'nope' not found"), "{name}");
        }
        for name in ["getObject", "deleteObject"] {
            let unknown = ask(name, ["res_pjsip", "endpoint", "nope"], None).await;
            assert_eq!(unknown, answer(404, "Object with id 'nope' not found"), "{name}");
        }
        let aor = ["res_pjsip", "aor", "alice"];
        let empty = ask("updateObject", aor, None).await;
        assert_eq!(
            empty,
            answer(400, "Fields must be provided to update object 'alice'")
        );
        let fields = || Some(json!({"fields": [{"attribute": "max_contacts", "value": "9"}]}));
        let update = ask("updateObject", aor, fields()).await;
        assert_eq!(update, answer(403, "Cannot update sorcery objects of type 'aor'"));
        let create = ask("updateObject", ["res_pjsip", "aor", "new"], fields()).await;
        assert_eq!(create, answer(403, "Cannot create sorcery objects of type 'aor'"));
        let delete = ask("deleteObject", aor, None).await;
        assert_eq!(delete, answer(403, "Could not delete object with id 'alice'"));
    });
}

#[test]
fn bridges_keep_variables() {
    run(PLAN, async |_: &mut World, client: &mut Client| {
        let ask = async |name: &str, bridge: &str, query: &[(&str, &str)], body: Option<Value>| {
            let path = [("bridgeId", bridge)];
            short(client.ask(&format!("bridges.{name}"), &path, query, body).await)
        };
        let body = json!({"variables": {"ROOM": "blue"}});
        assert_eq!(ask("createWithId", "b", &[], Some(body)).await.0, 200);
        let shown = [("variable", "SHOWN"), ("value", "yes"), ("report_events", "true")];
        assert_eq!(ask("setBridgeVar", "b", &shown, None).await, answer(204, ""));
        let bridge = ask("get", "b", &[], None).await.1;
        assert!(bridge.ends_with(r#""bridgevars":{"SHOWN":"yes"}}"#), "{bridge}");
        let room = [("variable", "ROOM")];
        let blue = answer(200, r#"{"value":"blue"}"#);
        assert_eq!(ask("getBridgeVar", "b", &room, None).await, blue);
        let green = [("variable", "ROOM"), ("value", "green")];
        assert_eq!(ask("setBridgeVar", "b", &green, None).await, answer(204, ""));
        let body = || Some(json!({"variables": {"SIZE": "4"}}));
        assert_eq!(ask("setBridgeVars", "b", &[], body()).await, answer(204, ""));
        let names = [("variables", "ROOM,SIZE")];
        let both = answer(200, r#"{"variables":{"ROOM":"green","SIZE":"4"}}"#);
        assert_eq!(ask("getBridgeVars", "b", &names, None).await, both);
        let needed = answer(400, "Variable name is required");
        assert_eq!(ask("getBridgeVar", "b", &[], None).await, needed);
        assert_eq!(ask("setBridgeVar", "b", &[], None).await, needed);
        let nothing = answer(404, "Provided variable was not found");
        assert_eq!(
            ask("getBridgeVar", "b", &[("variable", "NO")], None).await,
            nothing
        );
        assert_eq!(
            ask("getBridgeVars", "b", &[("variables", "NO")], None).await,
            nothing
        );
        let function = answer(400, "Failed to execute function");
        assert_eq!(
            ask("setBridgeVar", "b", &[("variable", "F(x)")], None).await,
            function
        );
        let body_of_function = Some(json!({"variables": {"F(x)": "4"}}));
        assert_eq!(ask("setBridgeVars", "b", &[], body_of_function).await, function);
        let unread = answer(500, "Unable to read provided function");
        assert_eq!(
            ask("getBridgeVars", "b", &[("variables", "F(x)")], None).await,
            unread
        );
        let names = answer(400, "At least one variable name is required");
        assert_eq!(ask("getBridgeVars", "b", &[], None).await, names);
        let field = answer(400, "The 'variables' field is required");
        assert_eq!(ask("setBridgeVars", "b", &[], None).await, field);
        let object = answer(400, "The 'variables' field must be a JSON object");
        assert_eq!(
            ask("setBridgeVars", "b", &[], Some(json!({"variables": 1}))).await,
            object
        );
        let gone = answer(404, "Provided bridge was not found");
        assert_eq!(ask("getBridgeVars", "no", &room_names(), None).await, gone);
        assert_eq!(ask("setBridgeVars", "no", &[], body()).await, gone);
        let gone = answer(404, "Bridge not found");
        assert_eq!(ask("getBridgeVar", "no", &room, None).await, gone);
        assert_eq!(ask("setBridgeVar", "no", &green, None).await, gone);
    });
}

fn room_names() -> [(&'static str, &'static str); 1] {
    [("variables", "ROOM")]
}

#[test]
fn what_is_made_for_a_channel_belongs_to_its_call() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        let id = in_gold(world, client).await;
        world.phone("bob", ucx_pbx::testing::Phone::Rings);
        let query = [
            ("endpoint", "PJSIP/bob"),
            ("app", "gold"),
            ("channelId", "second"),
            ("originator", id.as_str()),
        ];
        let made = short(client.ask("channels.originate", &[], &query, None).await);
        assert_eq!(made.0, 200, "{}", made.1);
        let second = client.ctx.desk.channel("second").await.expect("it rings");
        assert_eq!(*second.linkedid, *id);
    });
}
