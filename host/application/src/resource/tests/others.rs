//! The host, endpoints, devices, applications, events, sounds and what is stored.

use crate::stasis::world::{Case, Client, PLAN, endpoints, in_gold, run, run_listening, short};
use serde_json::json;
use std::fs;
use ucx_pbx::testing::World;

fn answer(status: u16, message: &str) -> (u16, String) {
    (status, message.to_owned())
}

async fn ask(
    client: &Client,
    operation: &str,
    path: &[(&'static str, &str)],
    query: &[(&str, &str)],
) -> (u16, String) {
    short(client.ask(operation, path, query, None).await)
}

#[test]
fn the_host_says_who_it_is() {
    run(PLAN, async |_: &mut World, client: &mut Client| {
        let ping = ask(client, "asterisk.ping", &[], &[]).await;
        assert!(
            ping.1.starts_with(r#"{"ping":"pong","timestamp":""#),
            "{}",
            ping.1
        );
        assert!(
            ping.1.ends_with(r#""asterisk_id":"02:00:00:00:00:01"}"#),
            "{}",
            ping.1
        );
        let info = ask(client, "asterisk.getInfo", &[], &[("only", "system")]).await;
        assert_eq!(
            info,
            answer(
                200,
                r#"{"system":{"version":"22.5.0","entity_id":"02:00:00:00:00:01"}}"#
            )
        );
        assert_eq!(
            ask(client, "asterisk.getInfo", &[], &[("only", "nope")]).await,
            answer(200, "{}")
        );
        let all = ask(client, "asterisk.getInfo", &[], &[]).await;
        for part in ["build", "system", "config", "status"] {
            assert!(all.1.contains(&format!("\"{part}\":{{")), "{}", all.1);
        }
    });
}

#[test]
fn modules_are_shown_loaded_and_refused_as_in_the_capture() {
    run(PLAN, async |_: &mut World, client: &mut Client| {
        let module = async |name: &str, module: &str| {
            let operation = format!("asterisk.{name}");
            ask(client, &operation, &[("moduleName", module)], &[]).await
        };
        let shown = r#"{"name":"app_echo.so","description":"a module","use_count":0,"status":"Running","support_level":"core"}"#;
        assert_eq!(module("getModule", "app_echo.so").await, answer(200, shown));
        let missing = "Module could not be found in running modules";
        assert_eq!(module("getModule", "nope").await, answer(404, missing));
        assert_eq!(
            module("loadModule", "app_echo.so").await,
            answer(409, "Module is already loaded")
        );
        assert_eq!(module("loadModule", "app_rest.so").await.0, 204);
        assert_eq!(
            module("unloadModule", "app_echo.so").await,
            answer(409, "Module could not be unloaded")
        );
        for name in ["unloadModule", "reloadModule"] {
            let refused = module(name, "nope").await;
            assert_eq!(refused, answer(404, "Module not found in running modules"));
        }
        let refused = module("reloadModule", "app_echo.so").await;
        assert_eq!(refused, answer(409, "Module does not support reloading"));
        assert_eq!(module("reloadModule", "res_pjsip.so").await.0, 204);
        let all = ask(client, "asterisk.listModules", &[], &[]).await;
        assert!(all.1.contains("Not Running"));
    });
}

#[test]
fn global_variables_are_read_and_set() {
    run(PLAN, async |_: &mut World, client: &mut Client| {
        let query = [("variable", "G"), ("value", "7")];
        assert_eq!(ask(client, "asterisk.setGlobalVar", &[], &query).await.0, 204);
        let value = ask(client, "asterisk.getGlobalVar", &[], &[("variable", "G")]).await;
        assert_eq!(value, answer(200, r#"{"value":"7"}"#));
        let value = ask(client, "asterisk.getGlobalVar", &[], &[("variable", "NOPE")]).await;
        assert_eq!(value, answer(200, r#"{"value":""}"#));
        for name in ["asterisk.getGlobalVar", "asterisk.setGlobalVar"] {
            assert_eq!(
                ask(client, name, &[], &[]).await,
                answer(400, "Variable name is required")
            );
        }
    });
}

#[test]
fn devices_of_clients_change_as_in_the_capture() {
    run(PLAN, async |_: &mut World, client: &mut Client| {
        let device = async |name: &str, device: &str, state: &[(&str, &str)]| {
            let operation = format!("deviceStates.{name}");
            ask(client, &operation, &[("deviceName", device)], state).await
        };
        let lamp = "Stasis:lamp";
        assert_eq!(
            ask(client, "deviceStates.list", &[], &[]).await,
            answer(200, "[]")
        );
        for state in [
            "NOT_INUSE",
            "INUSE",
            "BUSY",
            "INVALID",
            "UNAVAILABLE",
            "RINGING",
            "RINGINUSE",
            "ONHOLD",
        ] {
            assert_eq!(
                device("update", lamp, &[("deviceState", state)]).await.0,
                204,
                "{state}"
            );
        }
        for state in [
            &[("deviceState", "UNKNOWN")][..],
            &[("deviceState", "BOGUS")],
            &[],
        ] {
            assert_eq!(device("update", lamp, state).await, answer(500, "Unknown device"));
        }
        let refused = device("update", "Custom:x", &[("deviceState", "INUSE")]).await;
        assert_eq!(refused, answer(409, "Uncontrolled device specified"));
        let shown = r#"{"name":"Stasis:lamp","state":"ONHOLD"}"#;
        assert_eq!(device("get", lamp, &[]).await, answer(200, shown));
        assert_eq!(
            device("get", "nope", &[]).await,
            answer(200, r#"{"name":"nope","state":"INVALID"}"#)
        );
        assert_eq!(
            ask(client, "deviceStates.list", &[], &[]).await,
            answer(200, &format!("[{shown}]"))
        );
        assert_eq!(device("delete", lamp, &[]).await.0, 204);
        let refused = device("delete", "Custom:x", &[]).await;
        assert_eq!(refused, answer(409, "Uncontrolled device specified"));
        assert_eq!(device("delete", "Stasis:nope", &[]).await.0, 204);
        let shown = r#"{"name":"Stasis:lamp","state":"UNKNOWN"}"#;
        assert_eq!(device("get", lamp, &[]).await, answer(200, shown));
        assert_eq!(
            device("update", "", &[]).await,
            answer(404, "Device name is missing")
        );
    });
}

#[test]
fn endpoints_are_shown_with_their_channels() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        endpoints(
            world,
            "[alice]\ntype=endpoint\ncontext=main\naors=alice\n[alice]\ntype=aor\ncontact=sip:alice@127.0.0.1\n\
             [erin]\ntype=endpoint\ncontext=main\naors=erin\n[erin]\ntype=aor\n",
        );
        let id = in_gold(world, client).await;
        let alice =
            format!(r#"{{"technology":"PJSIP","resource":"alice","state":"online","channel_ids":["{id}"]}}"#);
        let erin = r#"{"technology":"PJSIP","resource":"erin","state":"offline","channel_ids":[]}"#;
        let get = async |technology: &str, resource: &str| {
            let path = [("tech", technology), ("resource", resource)];
            ask(client, "endpoints.get", &path, &[]).await
        };
        assert_eq!(get("PJSIP", "alice").await, answer(200, &alice));
        assert_eq!(get("PJSIP", "nobody").await, answer(404, "Endpoint not found"));
        let both = answer(200, &format!("[{alice},{erin}]"));
        assert_eq!(ask(client, "endpoints.list", &[], &[]).await, both);
        assert_eq!(
            ask(client, "endpoints.listByTech", &[("tech", "PJSIP")], &[]).await,
            both
        );
        let refused = ask(client, "endpoints.listByTech", &[("tech", "Nosuch")], &[]).await;
        assert_eq!(refused, answer(404, "No Endpoints found - invalid tech Nosuch"));
    });
}

#[test]
fn applications_listen_to_what_is_there() {
    run_listening(PLAN, false, async |world: &mut World, client: &mut Client| {
        endpoints(world, "[bob]\ntype=endpoint\ncontext=main\n");
        let channel = world.call("wait");
        world.pass(5).await;
        let id = crate::stasis::world::uniqueid(world, channel).await;
        let gold = [("applicationName", "gold")];
        let subscribe =
            async |uri: &str| ask(client, "applications.subscribe", &gold, &[("eventSource", uri)]).await;
        let (status, body) = subscribe("endpoint:PJSIP/bob,deviceState:PJSIP/bob").await;
        assert_eq!(status, 200);
        assert!(
            body.contains(r#""endpoint_ids":["PJSIP/bob"],"device_names":["PJSIP/bob"]"#),
            "{body}"
        );
        let (_, body) = subscribe(&format!("channel:{id}")).await;
        assert!(body.contains(&format!(r#""channel_ids":["{id}"]"#)), "{body}");
        for uri in [
            "endpoint:PJSIP/nobody",
            "endpoint:NoTech/x",
            "channel:nope",
            "bridge:nope",
        ] {
            assert_eq!(
                subscribe(uri).await,
                answer(422, "Event source does not exist"),
                "{uri}"
            );
        }
        for uri in ["bogus:x", "bogus"] {
            assert_eq!(
                subscribe(uri).await,
                answer(400, "Invalid event source URI scheme")
            );
        }
        for uri in ["deviceState:", "endpoint:PJSIP", "channel:", "bridge:"] {
            assert_eq!(subscribe(uri).await.0, 200, "{uri}");
        }
        let bob = [("eventSource", "endpoint:PJSIP/bob")];
        assert_eq!(ask(client, "applications.unsubscribe", &gold, &bob).await.0, 200);
        let refused = ask(client, "applications.unsubscribe", &gold, &bob).await;
        assert_eq!(refused, answer(422, "Event source was not subscribed to"));
        let nosuch = [("applicationName", "nosuch")];
        for name in ["applications.subscribe", "applications.unsubscribe"] {
            assert_eq!(
                ask(client, name, &nosuch, &bob).await,
                answer(404, "Application not found")
            );
            assert_eq!(
                ask(client, name, &gold, &[]).await,
                answer(400, "Missing parameter eventSource")
            );
        }
        assert_eq!(
            ask(client, "applications.get", &nosuch, &[]).await,
            answer(404, "Application not found")
        );
        let list = ask(client, "applications.list", &[], &[]).await;
        assert!(list.1.starts_with(r#"[{"name":"gold","#), "{}", list.1);
    });
}

#[test]
fn filters_are_set_and_refused() {
    run(PLAN, async |_: &mut World, client: &mut Client| {
        let gold = [("applicationName", "gold")];
        let body = json!({"disallowed": [{"type": "ChannelVarset"}]});
        let set = short(client.ask("applications.filter", &gold, &[], Some(body)).await);
        assert!(
            set.1
                .ends_with(r#""events_disallowed":[{"type":"ChannelVarset"}]}"#),
            "{}",
            set.1
        );
        let cleared = short(client.ask("applications.filter", &gold, &[], None).await);
        assert!(cleared.1.ends_with(r#""events_disallowed":[]}"#), "{}", cleared.1);
        let bad = Some(json!({"allowed": [{"x": 1}]}));
        let refused = short(client.ask("applications.filter", &gold, &[], bad).await);
        assert_eq!(refused, answer(400, "Invalid format definition"));
        let nosuch = [("applicationName", "nosuch")];
        let refused = short(
            client
                .ask("applications.filter", &nosuch, &[], Some(json!({})))
                .await,
        );
        assert_eq!(refused, answer(404, "Application not found"));
    });
}

#[test]
fn clients_make_events_up() {
    run(PLAN, async |world: &mut World, client: &mut Client| {
        let id = in_gold(world, client).await;
        let path = [("eventName", "MyEvent")];
        let source = format!("channel:{id}");
        let query = [("application", "gold"), ("source", &*source)];
        let body = json!({"variables": {"k": "v", "n": 3}});
        assert_eq!(
            short(client.ask("events.userEvent", &path, &query, Some(body)).await).0,
            204
        );
        assert_eq!(client.told(world).await, ["ChannelUserevent MyEvent"]);
        let told = client.told.last().unwrap();
        assert_eq!(
            told["userevent"],
            json!({"k": "v", "n": 3, "eventname": "MyEvent"})
        );
        assert_eq!(told["channel"]["id"], *id);
        let cases: &[Case] = &[
            (&[], 400, "Missing parameter application"),
            (&[("application", "nosuch")], 404, "Application not found"),
            (
                &[("application", "gold"), ("source", "channel:nope")],
                422,
                "Event source was not found",
            ),
            (
                &[("application", "gold"), ("source", "bogus:1")],
                400,
                "Invalid event source URI scheme",
            ),
        ];
        for (query, status, message) in cases {
            assert_eq!(
                ask(client, "events.userEvent", &path, query).await,
                answer(*status, message)
            );
        }
    });
}

#[test]
fn what_is_stored_is_shown_copied_and_deleted() {
    run(PLAN, async |_: &mut World, client: &mut Client| {
        let folder = client.recordings();
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("kept.wav"), b"RIFF").unwrap();
        let stored = async |name: &str, recording: &str, query: &[(&str, &str)]| {
            let operation = format!("recordings.{name}");
            ask(client, &operation, &[("recordingName", recording)], query).await
        };
        assert_eq!(
            stored("getStored", "kept", &[]).await,
            answer(200, r#"{"name":"kept","format":"wav"}"#)
        );
        let list = ask(client, "recordings.listStored", &[], &[]).await;
        assert!(list.1.contains(r#"{"name":"kept","format":"wav"}"#), "{}", list.1);
        let file = client
            .ask(
                "recordings.getStoredFile",
                &[("recordingName", "kept")],
                &[],
                None,
            )
            .await;
        let file = file.unwrap();
        assert_eq!(
            (file.content_type, &file.body[..]),
            (Some("audio/wav"), &b"RIFF"[..])
        );
        let to = [("destinationRecordingName", "kept2")];
        assert_eq!(stored("copyStored", "kept", &to).await.0, 200);
        let again = stored("copyStored", "kept", &to).await;
        assert_eq!(
            again,
            answer(409, "A recording with the same name already exists on the system")
        );
        let refused = stored("copyStored", "kept", &[]).await;
        assert_eq!(refused, answer(400, "Invalid destination recording name"));
        let refused = stored("copyStored", "kept", &[("destinationRecordingName", "../x")]).await;
        assert_eq!(refused, answer(403, "Destination file path is forbidden"));
        for name in ["kept", "kept2"] {
            assert_eq!(stored("deleteStored", name, &[]).await.0, 204);
        }
        for (name, query) in [
            ("getStored", &[][..]),
            ("getStoredFile", &[]),
            ("copyStored", &to),
            ("deleteStored", &[]),
        ] {
            assert_eq!(
                stored(name, "kept", query).await,
                answer(404, "Recording not found"),
                "{name}"
            );
        }
    });
}

#[test]
fn sounds_that_are_not_there_are_not_found() {
    run(PLAN, async |_: &mut World, client: &mut Client| {
        let folder = client.ctx.host.directories().data.join("sounds/en");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("beep.gsm"), b"x").unwrap();
        let beep = ask(client, "sounds.get", &[("soundId", "beep")], &[]).await;
        let shown = r#"{"id":"beep","formats":[{"language":"en","format":"gsm"}]}"#;
        assert_eq!(beep, answer(200, shown));
        assert_eq!(
            ask(client, "sounds.list", &[], &[("lang", "en")]).await,
            answer(200, &format!("[{shown}]"))
        );
        let missing = ask(client, "sounds.get", &[("soundId", "nope")], &[]).await;
        assert_eq!(missing, answer(404, "Sound not found"));
        let none = ask(client, "sounds.list", &[], &[("lang", "xx")]).await;
        assert_eq!(none, answer(404, "No sounds found that matched the query"));
    });
}
