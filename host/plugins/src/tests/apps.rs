//! Calls that applications own, requests they answer, and what becomes of both when one fails or is replaced.
#![allow(clippy::wildcard_enum_match_arm)] // a test looks for the one event it means

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use ucx_call::{Cause, EventKind, Signal};
use ucx_pbx::Registry;
use ucx_pbx::testing::{Phone, World, run};

use super::Bed;
use super::flows::{Late, NoOp, Rest, hang_up};
use crate::{Interruption, PartReply, PartRequest, PluginEvent, Wasm};

/// A world whose extension 100 is offered to an application with those arguments, and the host of the components.
fn world(name: &'static str, steps: &str, test: impl AsyncFnOnce(&mut World, &Bed)) {
    let plan = format!(
        "[main]\nexten => 100,1,Wasm({steps})\n same => n,Rest(${{WASMSTATUS}})\n\
         exten => 200,1,Rest(elsewhere)\n[rescue]\nexten => s,1,Rest(rescued ${{WASMSTATUS}})\n"
    );
    let late = Late::default();
    let mut registry = Registry::new();
    registry.application(late.clone());
    registry.application(Rest);
    registry.application(NoOp);
    run(&plan, registry, async move |world| {
        let bed = Bed::with(name, |config| {
            config.interruption = Interruption::Fuel;
            config.cache = Some(std::env::temp_dir().join(format!("ucx-flows-{}", std::process::id())));
        });
        bed.host.attach(world.desk.clone(), 1_700_000_000_000, "/spool");
        let stream = world
            .pbx
            .subscribe(ucx_pbx::SubscribeSpec {
                capacity: 65_536,
                ..ucx_pbx::SubscribeSpec::all("plugins")
            })
            .unwrap();
        let feed = tokio::spawn(crate::feed(Arc::clone(&bed.host), stream, 1_700_000_000));
        assert!(late.0.set(Wasm::new(Arc::clone(&bed.host))).is_ok());
        world.phone(
            "bob",
            Phone::AnswersAndLeaves(Duration::from_millis(500), Duration::from_secs(2)),
        );
        world.phone("dave", Phone::Answers(Duration::from_millis(500)));
        world.phone("carol", Phone::Refuses(Cause::USER_BUSY));
        test(world, &bed).await;
        feed.abort();
    });
}

/// Takes the foreman in under a version, from a file of the test's own.
async fn install(bed: &Bed, version: &str) {
    let file = super::component("foreman");
    let manifest = std::fs::read_to_string(file.with_extension("toml")).unwrap();
    let home = bed.folder.write("foreman.wasm", std::fs::read(&file).unwrap());
    bed.folder
        .write("foreman.toml", manifest.replace("0.1.0", version));
    bed.host.install(&home).await.unwrap();
}

async fn ask(bed: &Bed, path: &str) -> (u16, String) {
    let reply = send(bed, "foreman", "GET", path, "").await;
    (reply.status, String::from_utf8(reply.body).unwrap())
}

async fn send(bed: &Bed, plugin: &str, method: &str, path: &str, body: &str) -> PartReply {
    let request = PartRequest {
        method: method.to_owned(),
        path: path.to_owned(),
        body: body.as_bytes().to_vec(),
        ..PartRequest::default()
    };
    bed.host.ask_part(plugin, request).await
}

/// Offers a call, and what the caller was last in.
fn offered(name: &'static str, steps: &str) -> String {
    let mut last = String::new();
    world(name, &format!("foreman,{steps}"), async |world, bed| {
        install(bed, "0.1.0").await;
        world.pass(100).await;
        let alice = world.call("100");
        world.pass(20_000).await;
        last = world.steps("alice").pop().unwrap_or_default();
        hang_up(world, alice).await;
    });
    last
}

#[test]
fn an_application_takes_a_call_and_sends_it_on() {
    assert_eq!(
        offered("sends", "answer,play hello,goto 200"),
        "200,1 Rest(elsewhere)"
    );
    // Let go of, it goes on behind the step.
    assert_eq!(offered("lets", "answer,noop x"), "100,2 Rest(SUCCESS)");
    assert_eq!(offered("dials", "answer,dial bob"), "100,2 Rest(SUCCESS)");
}

#[test]
fn a_call_nobody_takes_or_whose_application_fails_gets_what_its_manifest_declares() {
    for (name, steps) in [
        ("ignored", "ignore"),
        ("appfails", "answer,fail no luck"),
        ("apptraps", "answer,trap"),
        ("apploops", "answer,loop"),
        ("appheld", "answer,nonsense"),
    ] {
        assert_eq!(offered(name, steps), "s,1 Rest(rescued FAILED)", "{steps}");
    }
    world("selects", "foreman/selector", async |world, bed| {
        install(bed, "0.1.0").await;
        let alice = world.call("100");
        world.pass(100).await;
        assert_eq!(world.steps("alice").pop().unwrap(), "100,2 Rest(DENIED)");
        hang_up(world, alice).await;
    });
}

#[test]
fn a_failed_application_comes_back_and_those_it_held_are_rescued() {
    world("back", "foreman,answer,hold", async |world, bed| {
        install(bed, "0.1.0").await;
        world.pass(100).await;
        let alice = world.call("100");
        world.pass(500).await;
        assert_eq!(ask(bed, "/held").await, (200, "1".to_owned()));
        assert_eq!(ask(bed, "/trap").await.0, 502);
        world.pass(10).await;
        assert_eq!(world.steps("alice").pop().unwrap(), "s,1 Rest(rescued FAILED)");
        assert_eq!(ask(bed, "/held").await.0, 503);
        world.pass(200).await;
        assert_eq!(ask(bed, "/held").await, (200, "0".to_owned()));
        // Each further failure costs it twice the pause.
        for pause in [100, 200, 400] {
            assert_eq!(ask(bed, "/end").await.0, 502);
            world.pass(pause - 20).await;
            assert_eq!(ask(bed, "/held").await.0, 503);
            world.pass(40).await;
            assert_eq!(ask(bed, "/held").await.0, 200);
        }
        hang_up(world, alice).await;
    });
}

#[test]
fn requests_are_answered_or_the_host_says_why_not() {
    world("asks", "foreman", async |world, bed| {
        assert_eq!(ask(bed, "/held").await.0, 404);
        install(bed, "0.1.0").await;
        world.pass(100).await;
        assert_eq!(ask(bed, "/nothing").await.0, 404);
        assert_eq!(
            send(bed, "foreman", "POST", "/echo", "words").await.body,
            b"words"
        );
        assert_eq!(ask(bed, "/big").await.1.len(), 1 << 20);
        let began = tokio::time::Instant::now();
        assert_eq!(ask(bed, "/slow").await.0, 504);
        assert_eq!(began.elapsed().as_secs(), 10);
        // It hears what it asked for, and of nothing else that is not its own.
        let alice = world.call("200");
        world.pass(100).await;
        hang_up(world, alice).await;
        world.pass(100).await;
        assert_eq!(ask(bed, "/kinds").await.1, "call.ended");
        assert!(bed.host.remove("foreman"));
        world.pass(3_000).await;
        assert_eq!(ask(bed, "/held").await.0, 404);
        assert!(bed.host.recent().contains(&PluginEvent::Drained {
            plugin: "foreman".to_owned(),
            generation: 1
        }));
    });
}

#[test]
fn a_call_that_is_held_does_not_notice_a_swap() {
    world("held", "foreman,answer,hold", async |world, bed| {
        install(bed, "0.1.0").await;
        world.pass(100).await;
        let alice = world.call("100");
        world.pass(500).await;
        install(bed, "0.2.0").await;
        world.pass(500).await;
        assert_eq!(ask(bed, "/held").await.1, "1");
        assert_eq!(bed.host.list()[0].generation, 2);
        assert_eq!(bed.host.list()[0].draining, []);
        world.press(alice, "9").await;
        world.pass(500).await;
        assert_eq!(world.steps("alice").pop().unwrap(), "200,1 Rest(elsewhere)");
        assert_eq!(world.record().values("MARK"), ["life 1"]);
        // Each of them is told of one digit only once.
        assert_eq!(ask(bed, "/kinds").await.1, "channel.dtmf");
        hang_up(world, alice).await;
    });
}

#[test]
fn who_cannot_hand_over_stays() {
    world("stubborn", "foreman,answer,hold", async |world, bed| {
        install(bed, "0.1.0").await;
        world.pass(100).await;
        let alice = world.call("100");
        world.pass(500).await;
        assert_eq!(ask(bed, "/stubborn").await.0, 200);
        install(bed, "0.2.0").await;
        world.pass(500).await;
        assert_eq!(
            (bed.host.list()[0].generation, ask(bed, "/held").await.1),
            (1, "1".to_owned())
        );
        let back = PluginEvent::RolledBack {
            plugin: "foreman".to_owned(),
            failed: 2,
            back: 1,
        };
        assert!(bed.host.recent().contains(&back));
        world.press(alice, "9").await;
        world.pass(500).await;
        assert_eq!(world.record().values("MARK"), ["life 0"]);
        hang_up(world, alice).await;
    });
}

/// Many requests of an application, and what the caller goes through if all is well.
const LONG: &str = "answer,play hello,info,gather hello,noop x,dial bob,mark done,goto 200";

/// Runs [`LONG`] with something done at the application's nth request: what the caller was last in, the generations that were
/// told of, and how many requests there were.
fn at_request(request: u64, act: impl Fn(&Bed) -> Box<dyn FnOnce() + Send>) -> (String, BTreeSet<u64>, u64) {
    let mut answer = None;
    world("apprequests", &format!("foreman,{LONG}"), async |world, bed| {
        install(bed, "0.2.0").await;
        install(bed, "0.3.0").await;
        world.pass(100).await;
        bed.host.resources().probe.at(request, act(bed));
        let alice = world.call("100");
        world.pass(15_000).await;
        let last = world.steps("alice").pop().unwrap_or_default();
        let requests = bed.host.resources().probe.requests();
        let told = world
            .record()
            .events
            .iter()
            .filter_map(|event| match &event.kind {
                EventKind::PluginDecided { generation, .. } | EventKind::PluginFailed { generation, .. } => {
                    Some(*generation)
                }
                _ => None,
            });
        let generations = told.collect();
        world.pbx.signal(alice, Signal::HungUp(Cause::NORMAL_CLEARING));
        world.until_over().await;
        world.pass(3_000).await;
        assert_eq!(
            ask(bed, "/held").await,
            (200, "0".to_owned()),
            "request {request}"
        );
        let draining = bed.host.list()[0].draining.clone();
        assert!(
            draining.is_empty(),
            "request {request}: {draining:?} {:?}",
            bed.host.recent()
        );
        answer = Some((last, generations, requests));
    });
    answer.unwrap()
}

#[test]
fn an_application_stopped_at_any_request_leaves_the_caller_in_good_hands() {
    let (last, _, requests) = at_request(u64::MAX, |_| Box::new(|| {}));
    assert_eq!(last, "200,1 Rest(elsewhere)");
    assert!(requests > 10, "{requests}");
    let mut rescued = 0;
    let mut is_away = false;
    for request in 1..requests {
        let (last, generations, _) = at_request(request, |bed| {
            let host = Arc::clone(&bed.host);
            Box::new(move || assert!(host.stop_flows("foreman")))
        });
        // Once the application has sent the call on, the call is somebody else's.
        is_away |= last == "200,1 Rest(elsewhere)";
        let expected = if is_away {
            "200,1 Rest(elsewhere)"
        } else {
            "s,1 Rest(rescued FAILED)"
        };
        assert_eq!(last, expected, "request {request} of {requests}");
        rescued += u64::from(!is_away);
        assert_eq!(generations, [2].into(), "request {request}");
    }
    assert!(rescued > 8 && is_away, "{rescued} of {requests}");
}

#[test]
fn a_swap_at_any_request_of_an_application_is_not_noticed_by_the_call() {
    let (_, _, requests) = at_request(u64::MAX, |_| Box::new(|| {}));
    for request in 1..=requests {
        let (last, _, _) = at_request(request, |bed| {
            let plugin = bed.host.plugin("foreman").unwrap();
            Box::new(move || plugin.flip())
        });
        assert_eq!(last, "200,1 Rest(elsewhere)", "request {request}");
    }
}

#[test]
fn who_does_not_finish_in_its_time_is_stopped() {
    world(
        "lingers",
        "foreman,answer,gather hello,gather hello,gather hello",
        async |world, bed| {
            let file = super::component("foreman");
            let manifest = std::fs::read_to_string(file.with_extension("toml")).unwrap();
            let manifest = manifest.replace("drain-ms = 20000", "drain-ms = 1000");
            let home = bed.folder.write("foreman.wasm", std::fs::read(&file).unwrap());
            bed.folder.write("foreman.toml", &manifest);
            bed.host.install(&home).await.unwrap();
            world.pass(100).await;
            let alice = world.call("100");
            world.pass(500).await;
            bed.folder
                .write("foreman.toml", manifest.replace("0.1.0", "0.2.0"));
            bed.host.install(&home).await.unwrap();
            world.pass(900).await;
            assert_eq!(
                world.steps("alice").pop().unwrap(),
                "100,1 Wasm(foreman,answer,gather hello,gather hello,gather hello)"
            );
            world.pass(1_000).await;
            assert_eq!(world.steps("alice").pop().unwrap(), "s,1 Rest(rescued FAILED)");
            assert_eq!(ask(bed, "/lives").await, (200, "0".to_owned()));
            hang_up(world, alice).await;
        },
    );
}

#[test]
fn a_click_calls_two_parties_and_a_new_version_takes_them_over() {
    world("click", "click-to-call", async |world, bed| {
        world.phone("anna", Phone::Answers(Duration::from_secs(1)));
        let file = super::component("click-to-call");
        let manifest = std::fs::read_to_string(file.with_extension("toml")).unwrap();
        let home = bed
            .folder
            .write("click-to-call.wasm", std::fs::read(&file).unwrap());
        bed.folder.write("click-to-call.toml", &manifest);
        bed.host.install(&home).await.unwrap();
        world.pass(100).await;
        let text = |reply: PartReply| String::from_utf8(reply.body).unwrap();
        let post = async |body: &str| send(bed, "click-to-call", "POST", "/calls", body).await;
        let state =
            async |id: u32| text(send(bed, "click-to-call", "GET", &format!("/calls/{id}"), "").await);
        assert_eq!(post("{}").await.status, 400);
        assert_eq!(post(r#"{"from": "anna", "to": "dave"}"#).await.status, 202);
        world.pass(500).await;
        assert!(state(1).await.contains("calling-from"));
        world.pass(4_000).await;
        assert!(state(1).await.contains("talking"), "{}", state(1).await);
        let in_bridge = |world: &World| {
            world.pbx.with_switch(|switch| {
                let mut bridges = switch.bridges();
                bridges.next().map_or(0, |bridge| bridge.members.len())
            })
        };
        assert_eq!(in_bridge(world), 2);
        bed.folder
            .write("click-to-call.toml", manifest.replace("0.1.0", "0.2.0"));
        bed.host.install(&home).await.unwrap();
        world.pass(5_000).await;
        assert_eq!((bed.host.list()[0].generation, in_bridge(world)), (2, 2));
        assert!(state(1).await.contains("talking"), "{}", state(1).await);
        let left = world
            .record()
            .count(|kind| matches!(kind, EventKind::BridgeLeft { .. }));
        assert_eq!(left, 0);
        assert_eq!(
            send(bed, "click-to-call", "DELETE", "/calls/1", "").await.status,
            204
        );
        world.until_over().await;
        assert!(state(1).await.contains("ended by request"));
        // Bob hangs up by himself, and Anna is not left alone; Carol is busy.
        assert_eq!(post(r#"{"from": "anna", "to": "bob"}"#).await.status, 202);
        world.until_over().await;
        assert!(state(2).await.contains("hung up"), "{}", state(2).await);
        assert_eq!(post(r#"{"from": "anna", "to": "carol"}"#).await.status, 202);
        world.until_over().await;
        assert!(state(3).await.contains("to: busy"), "{}", state(3).await);
    });
}
