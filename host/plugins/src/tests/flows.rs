//! Calls that components lead, among phones that do as they are told, on a clock that jumps.
#![allow(clippy::wildcard_enum_match_arm)] // a test looks for the one event it means

use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use ucx_call::{Cause, ChannelId, EventKind, Place, Signal};
use ucx_pbx::testing::{Phone, World, run, run_in_real_time};
use ucx_pbx::{Application, Ending, Help, Line, LocalBoxFuture, Registry};

use super::Bed;
use crate::{Interruption, PluginHostConfig, Wasm};

/// `Wasm` over a host that is made when the clock runs.
#[derive(Clone, Default)]
pub(super) struct Late(pub(super) Rc<OnceCell<Wasm>>);

impl Application for Late {
    fn name(&self) -> &'static str {
        "Wasm"
    }

    fn help(&self) -> &'static Help {
        &Help::NONE
    }

    fn run<'a>(&'a self, line: &'a mut Line, args: &'a str) -> LocalBoxFuture<'a, Result<(), Ending>> {
        self.0.get().expect("the test has set it").run(line, args)
    }
}

/// Waits until the call is taken away.
pub(super) struct Rest;

impl Application for Rest {
    fn name(&self) -> &'static str {
        "Rest"
    }

    fn help(&self) -> &'static Help {
        &Help::NONE
    }

    fn run<'a>(&'a self, line: &'a mut Line, _: &'a str) -> LocalBoxFuture<'a, Result<(), Ending>> {
        Box::pin(line.wait_forever())
    }
}

/// Does nothing.
pub(super) struct NoOp;

impl Application for NoOp {
    fn name(&self) -> &'static str {
        "NoOp"
    }

    fn help(&self) -> &'static Help {
        &Help::NONE
    }

    fn run<'a>(&'a self, _: &'a mut Line, _: &'a str) -> LocalBoxFuture<'a, Result<(), Ending>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

const MENUS: &str = "key,action,target,prompt,ring,tries\n\
    main,,,welcome,,2\n\
    main/1,dial,bob,one-moment,20,\n\
    main/2,goto,\"rescue,s\",,,\n";

/// A world whose extension 100 has the flow do those steps, and the host of the components.
pub(super) fn world(name: &'static str, steps: &str, test: impl AsyncFnOnce(&mut World, &Bed)) {
    world_with(name, steps, |_| {}, test);
}

/// The same with a host that is set up otherwise.
pub(super) fn world_with(
    name: &'static str,
    steps: &str,
    change: impl FnOnce(&mut PluginHostConfig),
    test: impl AsyncFnOnce(&mut World, &Bed),
) {
    let spool = std::env::temp_dir().join(format!("ucx-flows-{}-spool", std::process::id()));
    let plan = format!(
        "[globals]\nASTSPOOLDIR={}\n[main]\nexten => 100,1,Wasm({steps})\n same => n,Rest(${{WASMSTATUS}})\n\
         exten => 200,1,Rest(elsewhere)\nexten => 300,1,NoOp(${{ARG1}}-${{ARG2}})\n\
         [rescue]\nexten => s,1,Rest(rescued ${{WASMSTATUS}})\n\
         [park]\nexten => 1,1,Rest(parked)\n same => n,Rest(after)\n",
        spool.display()
    );
    let late = Late::default();
    let mut registry = Registry::new();
    registry.application(late.clone());
    registry.application(Rest);
    registry.application(NoOp);
    let test = async move |world: &mut World| {
        let bed = Bed::with(name, |config| {
            config.interruption = Interruption::Fuel;
            // Each world compiles nothing anew.
            config.cache = Some(std::env::temp_dir().join(format!("ucx-flows-{}", std::process::id())));
            if name.ends_with("python") {
                // It takes too long to be compiled anew in each run.
                config.cache = Some(super::language_cache());
            }
            change(config);
        });
        bed.folder.write("tables/menus.csv", MENUS);
        bed.host.reload_tables();
        bed.install("wayward").await;
        bed.install("ivr-menu").await;
        if name.starts_with("bridge") {
            bed.install("agi-bridge").await;
        }
        if name.ends_with("python") {
            bed.install_language("ivr-menu-python").await;
        }
        assert!(late.0.set(Wasm::new(Arc::clone(&bed.host))).is_ok());
        test(world, &bed).await;
    };
    if name.starts_with("bridge") {
        // Nothing says how long a server takes.
        run_in_real_time(&plan, registry, test);
    } else {
        run(&plan, registry, test);
    }
}

pub(super) async fn hang_up(world: &mut World, channel: ChannelId) {
    world.pbx.signal(channel, Signal::HungUp(Cause::NORMAL_CLEARING));
    world.until_over().await;
}

/// Calls 100, and what the caller was last in and what the flow said.
fn led(name: &'static str, steps: &str) -> (String, String) {
    let mut answer = (String::new(), String::new());
    world(name, &format!("wayward,{steps}"), async |world, bed| {
        world.phone(
            "bob",
            Phone::AnswersAndLeaves(Duration::from_secs(1), Duration::from_secs(3)),
        );
        world.phone("carol", Phone::Refuses(Cause::USER_BUSY));
        world.phone("dave", Phone::Answers(Duration::from_secs(1)));
        let alice = world.call("100");
        world.pass(20_000).await;
        let last = world.steps("alice").pop().unwrap_or_default();
        let mark = world.record().values("MARK").pop().unwrap_or_default();
        let reason = world.record().values("WASMREASON").pop().unwrap_or_default();
        if world.pbx.channel(alice).is_some() {
            hang_up(world, alice).await;
        }
        world.until_over().await;
        world.pass(3_000).await;
        let busy: u64 = bed.host.list().iter().map(|status| status.in_flight).sum();
        assert_eq!(busy, 0, "{steps}");
        answer = (last, if mark.is_empty() { reason } else { mark });
    });
    answer
}

fn says(name: &'static str, steps: &str, mark: &str) {
    let (last, said) = led(name, steps);
    assert_eq!(
        (last.as_str(), said.as_str()),
        ("100,2 Rest(SUCCESS)", mark),
        "{steps}"
    );
}

#[test]
fn a_flow_plays_and_dials_and_connects() {
    says("plays", "answer,play hello&there", "up Ending::Complete");
    says("missing", "answer,play missing", "up Ending::Complete");
    says("busy", "answer,dial carol", "up DialStatus::Busy");
    says(
        "talks",
        "answer,dial bob,connect",
        "up DialStatus::Answered talked 3",
    );
    // Bob hears something of his own before, and dials follow one another.
    says(
        "greets",
        "answer,dial dave,greet hello,dial bob,connect",
        "up DialStatus::Answered Ending::Complete DialStatus::Answered talked 3",
    );
    says(
        "drops",
        "answer,dial dave,drop,dial bob,connect",
        "up DialStatus::Answered  DialStatus::Answered talked 3",
    );
}

#[test]
fn digits_are_collected_and_heard_of() {
    world(
        "digits",
        "wayward,answer,gather menu,next,next",
        async |world, _| {
            let alice = world.call("100");
            world.pass(500).await;
            world.press(alice, "12#").await;
            world.pass(500).await;
            world.press(alice, "7").await;
            world.pass(5_000).await;
            assert_eq!(world.record().values("MARK"), ["up 12 channel.dtmf -"]);
            hang_up(world, alice).await;
        },
    );
}

#[test]
fn a_menu_leads_to_whom_its_table_says() {
    menu("menu", "ivr-menu,main");
}

#[test]
fn a_menu_in_python_leads_to_the_same() {
    menu("menu-python", "ivr-menu-python,main");
}

/// A menu that rings bob at 1, sends to the rescue at 2, and lets go of whoever presses nothing.
fn menu(name: &'static str, steps: &str) {
    world(name, steps, async |world, _| {
        world.phone(
            "bob",
            Phone::AnswersAndLeaves(Duration::from_secs(1), Duration::from_secs(3)),
        );
        let alice = world.call("100");
        world.pass(300).await;
        world.press(alice, "1").await;
        world.until_over().await;
        assert_eq!(
            world
                .record()
                .count(|kind| matches!(kind, EventKind::BridgeEntered { .. })),
            2
        );
        assert_eq!(world.record().cause("alice"), Some(Cause::NORMAL_CLEARING));
        // Who presses nothing goes on in the dialplan.
        let alice = world.call("100");
        world.pass(30_000).await;
        assert_eq!(world.steps("alice").last().unwrap(), "100,2 Rest(SUCCESS)");
        hang_up(world, alice).await;
        let alice = world.call("100");
        world.pass(300).await;
        world.press(alice, "2").await;
        world.pass(300).await;
        assert_eq!(world.steps("alice").last().unwrap(), "s,1 Rest(rescued SUCCESS)");
        hang_up(world, alice).await;
    });
}

#[test]
fn whoever_fails_gets_what_its_manifest_declares() {
    for (name, steps, status) in [
        ("traps", "answer,trap", "FAILED"),
        ("loops", "answer,loop", "TIMEOUT"),
        ("fails", "answer,fail no luck today", "FAILED"),
        ("dances", "answer,dance", "FAILED"),
        ("trapsdial", "answer,dial bob,trap", "FAILED"),
        ("stranger", "answer,dial nobody&PJSIP/bob", "FAILED"),
        ("secret", "answer,secret", "FAILED"),
        ("system", "answer,system id", "FAILED"),
    ] {
        assert_eq!(
            led(name, steps).0,
            format!("s,1 Rest(rescued {status})"),
            "{steps}"
        );
    }
    assert_eq!(led("words", "answer,fail no luck today").1, "no luck today");
    assert_eq!(
        led("denied", "answer,secret").1,
        "denied; needs set = [\"CDR(userfield)\"]"
    );
}

#[test]
fn a_flow_that_asks_without_end_is_held_to_a_pace() {
    world("spins", "wayward,answer,spin", async |world, bed| {
        let alice = world.call("100");
        world.pass(10_000).await;
        let requests = bed.host.resources().probe.requests();
        assert!((1_000..1_300).contains(&requests), "{requests}");
        hang_up(world, alice).await;
        world.pass(3_000).await;
        assert!(bed.host.list().iter().all(|status| status.in_flight == 0));
    });
}

#[test]
fn an_outcome_sends_the_call_on() {
    assert_eq!(led("goes", "answer,goto 200").0, "200,1 Rest(elsewhere)");
    assert_eq!(led("nowhere", "answer,goto 999").0, "s,1 Rest(rescued FAILED)");
    assert_eq!(led("forbidden", "answer,away 1").0, "s,1 Rest(rescued DENIED)");
    assert_eq!(led("leaves", "answer,leave 200").0, "200,1 Rest(elsewhere)");
    world("hangup", "wayward,answer,hangup 21", async |world, _| {
        world.call("100");
        world.until_over().await;
        assert_eq!(world.record().cause("alice"), Some(Cause::CALL_REJECTED));
    });
}

#[test]
fn what_else_a_flow_can_do() {
    says("music", "answer,music default,info", "up  PJSIP/alice-00000000");
    says("records", "answer,record note", "up note");
    says("sends", "answer,digits 12", "up ");
    says(
        "background",
        "answer,background hello,next",
        "up 0 playback.ended",
    );
    says("timer", "answer,timer 300,next,sleep 100", "up set timer slept");
    says("runs", "answer,noop x", "up ");
    says("gosub", "answer,gosub 300", "up ");
    says("meets", "answer,dial dave,meet", "up DialStatus::Answered 2");
    says("calls", "answer,call dave,meet", "up DialStatus::Answered 2");
    says(
        "callsbob",
        "answer,call bob,connect",
        "up DialStatus::Answered talked 3",
    );
    says("callsbusy", "call carol", "DialStatus::Busy");
    says("queue", "queue sales", "queues are not built into this host");
    // Connected by the host, the call ends as after Dial.
    assert_eq!(
        led("transfers", "answer,transfer bob").0,
        "100,1 Wasm(wayward,answer,transfer bob)"
    );
}

#[test]
fn a_call_that_is_taken_away_leaves_its_flow_behind() {
    for steps in [
        "play hello&there&again",
        "gather menu",
        "next,next,next",
        "dial dave,connect",
        "sleep 9000",
        "loop",
    ] {
        world("taken", &format!("wayward,answer,{steps}"), async |world, bed| {
            world.phone("dave", Phone::Answers(Duration::from_millis(100)));
            let alice = world.call("100");
            world.pass(700).await;
            if steps != "loop" {
                world
                    .desk
                    .redirect(alice, Place::new("main", "200", 1))
                    .await
                    .unwrap();
                world.pass(100).await;
                assert_eq!(
                    world.steps("alice").last().unwrap(),
                    "200,1 Rest(elsewhere)",
                    "{steps}"
                );
            }
            world.pass(3_000).await;
            assert_eq!(
                bed.host.list().iter().map(|status| status.in_flight).sum::<u64>(),
                0,
                "{steps}"
            );
            hang_up(world, alice).await;
        });
    }
}

#[test]
fn a_flow_takes_over_only_whom_it_may() {
    world(
        "adopts",
        "wayward,answer,sleep 500,adopt 1700000000.0,greet hello",
        async |world, _| {
            let mut incoming = World::incoming("1");
            incoming.place = Place::new("park", "1", 1);
            incoming.endpoint = Arc::from("carol");
            let carol = world.pbx.incoming(incoming).unwrap();
            world.pbx.with_switch(|switch| {
                assert_eq!(&*switch.channel(carol).unwrap().uniqueid, "1700000000.0");
            });
            let alice = world.call("100");
            world.pass(5_000).await;
            // Carol is not answered and so hears nothing of her own, but is given back behind the step she was in.
            assert_eq!(world.record().values("MARK"), ["up slept mine Ending::Complete"]);
            assert_eq!(world.steps("carol").last().unwrap(), "1,2 Rest(after)");
            world.pbx.signal(alice, Signal::HungUp(Cause::NORMAL_CLEARING));
            hang_up(world, carol).await;
        },
    );
    assert_eq!(
        led("stranger2", "answer,adopt 1700000000.0").0,
        "s,1 Rest(rescued FAILED)"
    );
}

/// A flow of many requests, and what the caller goes through if all is well.
const LONG: &str =
    "answer,play hello,info,dial dave,greet hello,dial bob,connect,background hello,next,noop x";

/// Runs [`LONG`] with something done at the nth request: what the caller was last in, the generations that were told of, and
/// how many requests there were.
fn at_request(
    request: u64,
    act: impl Fn(&Bed) -> Box<dyn FnOnce() + Send>,
) -> (String, std::collections::BTreeSet<u64>, u64) {
    let mut answer = None;
    world("requests", &format!("wayward,{LONG}"), async |world, bed| {
        world.phone(
            "bob",
            Phone::AnswersAndLeaves(Duration::from_millis(500), Duration::from_secs(1)),
        );
        world.phone("dave", Phone::Answers(Duration::from_millis(500)));
        // The same component under another version is another generation.
        let file = super::component("wayward");
        let manifest = std::fs::read_to_string(file.with_extension("toml")).unwrap();
        let home = bed.folder.write("wayward.wasm", std::fs::read(&file).unwrap());
        bed.host.remove("wayward");
        for version in ["0.2.0", "0.3.0"] {
            bed.folder
                .write("wayward.toml", manifest.replace("0.1.0", version));
            bed.host.install(&home).await.unwrap();
        }
        bed.host.resources().probe.at(request, act(bed));
        let alice = world.call("100");
        world.pass(20_000).await;
        let last = world.steps("alice").pop().unwrap_or_default();
        let requests = bed.host.resources().probe.requests();
        let generations = world
            .record()
            .events
            .iter()
            .filter_map(|event| match &event.kind {
                EventKind::PluginDecided { generation, .. } | EventKind::PluginFailed { generation, .. } => {
                    Some(*generation)
                }
                _ => None,
            });
        let generations = generations.collect();
        hang_up(world, alice).await;
        world.until_over().await;
        world.pass(3_000).await;
        let busy = bed
            .host
            .list()
            .iter()
            .any(|status| status.in_flight > 0 || !status.draining.is_empty());
        assert!(!busy, "request {request}");
        assert_eq!(bed.host.load(), crate::PluginLoad::default(), "request {request}");
        answer = Some((last, generations, requests));
    });
    answer.unwrap()
}

#[test]
fn a_flow_stopped_at_any_request_leaves_the_caller_in_good_hands() {
    let (last, _, requests) = at_request(u64::MAX, |_| Box::new(|| {}));
    assert_eq!(last, "100,2 Rest(SUCCESS)");
    assert!(requests > 15, "{requests}");
    for request in 1..=requests {
        let (last, generations, _) = at_request(request, |bed| {
            let host = Arc::clone(&bed.host);
            Box::new(move || assert!(host.stop_flows("wayward")))
        });
        assert_eq!(last, "s,1 Rest(rescued FAILED)", "request {request}");
        assert_eq!(generations, [2].into(), "request {request}");
    }
}

#[test]
fn a_swap_at_any_request_is_not_noticed_by_the_call() {
    let (_, _, requests) = at_request(u64::MAX, |_| Box::new(|| {}));
    for request in 1..=requests {
        let (last, generations, _) = at_request(request, |bed| {
            let plugin = bed.host.plugin("wayward").unwrap();
            Box::new(move || plugin.flip())
        });
        assert_eq!(last, "100,2 Rest(SUCCESS)", "request {request}");
        assert_eq!(generations, [2].into(), "request {request}");
    }
}

#[test]
fn a_flow_waits_no_longer_than_it_may() {
    let limits = |given: &str| {
        let grants = super::GRANTS.replace("[plugins.wayward]", &format!("[plugins.wayward]\n{given}"));
        crate::Grants::parse(&grants).unwrap()
    };
    for (name, steps, given, after_ms, words) in [
        (
            "waits",
            "answer,sleep 30000",
            "wait = '5s'",
            5_000,
            "waited for more than 5 s for one thing",
        ),
        // Waits that are short enough are none of its matter, however many they are.
        (
            "runs",
            "answer,next,next,next,next,next",
            "wait = '5s'\nrun = '7s'",
            7_000,
            "led the call for more than 7 s",
        ),
        (
            "talks-long",
            "answer,dial dave,connect",
            "run = '6s'",
            6_000,
            "led the call for more than 6 s",
        ),
    ] {
        let change = |config: &mut PluginHostConfig| config.grants = limits(given);
        world_with(name, &format!("wayward,{steps}"), change, async |world, bed| {
            world.phone("dave", Phone::Answers(Duration::from_secs(1)));
            let alice = world.call("100");
            world.pass(after_ms - 300).await;
            assert!(world.steps("alice").last().unwrap().contains("Wasm"), "{steps}");
            world.pass(600).await;
            assert_eq!(world.steps("alice").last().unwrap(), "s,1 Rest(rescued TIMEOUT)");
            assert_eq!(world.record().values("WASMREASON").pop().unwrap(), words);
            hang_up(world, alice).await;
            world.pass(3_000).await;
            assert!(bed.host.list().iter().all(|status| status.in_flight == 0));
        });
    }
    // Within its limits a flow waits as it likes.
    let change = |config: &mut PluginHostConfig| config.grants = limits("wait = '3s'\nrun = '60s'");
    world_with(
        "patient",
        "wayward,answer,next,next,next,sleep 2900",
        change,
        async |world, _| {
            let alice = world.call("100");
            world.pass(20_000).await;
            assert_eq!(world.steps("alice").last().unwrap(), "100,2 Rest(SUCCESS)");
            hang_up(world, alice).await;
        },
    );
}

/// Two flows that make a call under one key, one after the other.
#[test]
fn a_call_asked_for_again_is_the_first_one() {
    world(
        "once",
        "wayward,answer,once dave,again dave,greet hello",
        async |world, _| {
            world.phone("dave", Phone::Answers(Duration::from_secs(1)));
            world.phone("carol", Phone::Refuses(Cause::USER_BUSY));
            let dials = |world: &mut World| {
                world
                .record()
                .count(|kind| matches!(kind, EventKind::ChannelCreated { channel } if channel.name.contains("dave")))
            };
            let alice = world.call("100");
            world.pass(5_000).await;
            assert_eq!(dials(world), 1);
            assert_eq!(
                world.record().values("MARK"),
                ["up DialStatus::Answered DialStatus::Answered Ending::Complete"]
            );
            // Another call of the same plugin asks for it again, and is given it while the first one is there.
            hang_up(world, alice).await;
        },
    );
    world("once-busy", "wayward,once carol,again carol", async |world, _| {
        world.phone("carol", Phone::Refuses(Cause::USER_BUSY));
        world.call("100");
        world.pass(3_000).await;
        assert_eq!(
            world.record().values("MARK"),
            ["DialStatus::Busy DialStatus::Busy"]
        );
        assert_eq!(
            world.record().count(
                |kind| matches!(kind, EventKind::ChannelCreated { channel } if channel.name.contains("carol"))
            ),
            1
        );
    });
}
