//! Does a call that was led yesterday go the same way on a laptop today, and does another way show where it begins?

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ucx_call::Cause;
use ucx_pbx::Delivery;
use ucx_pbx::testing::{Phone, World};

use super::flows::{hang_up, world_with};
use super::{Bed, Folder, component};
use crate::telephony::Steps;
use crate::{Attr, Entry, FlowRecord, Grants, ReplayedRun, StepsRecord, Value, read_entries};

/// The runs written down in a folder, once there is one.
fn written(folder: &Path) -> Vec<FlowRecord> {
    let began = Instant::now();
    loop {
        let (found, unread) = read_entries(folder, None).unwrap();
        let runs: Vec<FlowRecord> = found
            .into_iter()
            .filter_map(|entry| match entry {
                Entry::Flow(run) => Some(*run),
                Entry::Decision(_) | Entry::Choice(_) | Entry::Steps(_) => None,
            })
            .collect();
        if !runs.is_empty() {
            assert_eq!(unread, 0);
            return runs;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "nothing is written");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// What is written down of a call whose flow did those steps, while the test did its part.
fn recorded(
    name: &'static str,
    steps: &str,
    grants: &str,
    test: impl AsyncFnOnce(&mut World, &Bed),
) -> (FlowRecord, String) {
    let folder = Folder::new(name);
    let place = folder.0.clone();
    let change = |config: &mut crate::PluginHostConfig| {
        config.decisions = Some(place);
        let more = Grants::parse(grants).unwrap();
        config.grants.plugins.extend(more.plugins);
    };
    world_with(name, &format!("wayward,{steps}"), change, async |world, bed| {
        world.phone(
            "bob",
            Phone::AnswersAndLeaves(Duration::from_secs(1), Duration::from_secs(3)),
        );
        world.phone("dave", Phone::Answers(Duration::from_secs(1)));
        world.phone("carol", Phone::Refuses(Cause::USER_BUSY));
        let alice = world.call("100");
        test(world, bed).await;
        if world.pbx.channel(alice).is_some() {
            hang_up(world, alice).await;
        }
        world.until_over().await;
        world.pass(3_000).await;
    });
    let mut runs = written(&folder.0);
    assert_eq!(runs.len(), 1);
    let text = std::fs::read_to_string(folder.0.join("decisions-000001.jsonl")).unwrap();
    (runs.remove(0), text)
}

/// Goes through a run again, in a component.
fn again(name: &str, of: &str, then: &FlowRecord) -> ReplayedRun {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let bed = Bed::new(name);
        let replayed = bed.host.replay_runs(&component(of), vec![then.clone()]).await;
        replayed.unwrap().remove(0)
    })
}

fn step(run: &mut FlowRecord, place: usize, text: &str) {
    run.args[place] = Attr {
        name: run.args[place].name.clone(),
        value: Value::Text(text.to_owned()),
    };
}

#[test]
fn a_call_goes_the_same_way_again() {
    for (name, steps) in [
        (
            "again",
            "answer,play hello,info,dial carol,dial dave,greet hello,dial bob,connect,background hello,next,noop x",
        ),
        (
            "again-timer",
            "answer,timer 300,next,sleep 100,record note,digits 12",
        ),
        ("again-meets", "answer,call dave,meet"),
        ("again-goes", "answer,goto 200"),
        ("again-traps", "answer,dial bob,trap"),
        ("again-loops", "answer,loop"),
        ("again-fails", "answer,fail no luck"),
        ("again-denied", "answer,secret"),
    ] {
        let (then, _) = recorded(name, steps, "", async |world, _| {
            world.pass(20_000).await;
        });
        assert!(!then.heard.is_empty() && !then.is_cut, "{steps}");
        let now = again(name, "wayward", &then);
        assert_eq!(now.difference, None, "{steps}");
        assert_eq!(now.told, then.heard.len(), "{steps}");
    }
}

#[test]
fn another_way_is_told_from_its_first_step() {
    let (then, _) = recorded("differs", "answer,play hello,info", "", async |world, _| {
        world.pass(20_000).await;
    });
    let mut other = then.clone();
    step(&mut other, 1, "play bye");
    let found = again("differs-1", "wayward", &other).difference.unwrap();
    assert_eq!(found.after, 1);
    assert!(
        found.then.starts_with("channel 0 play") && found.then.contains("hello"),
        "{found:?}"
    );
    assert!(found.now.contains("bye"), "{found:?}");
    // It ends where it went on then, and goes on where it ended.
    let mut shorter = then.clone();
    shorter.args.truncate(1);
    let found = again("differs-2", "wayward", &shorter).difference.unwrap();
    assert!(
        found.then.starts_with("channel 0 play") && found.now.starts_with("channel 0 set-variable"),
        "{found:?}"
    );
    let mut longer = then.clone();
    longer.heard.truncate(2);
    let found = again("differs-3", "wayward", &longer).difference.unwrap();
    assert_eq!((found.after, found.then.as_str()), (2, "ended: done"));
    assert_eq!(found.now, "channel 0 info");
    let mut ended = then.clone();
    ended.outcome = Ok("hang up with cause 17".to_owned());
    let found = again("differs-4", "wayward", &ended).difference.unwrap();
    assert_eq!(
        (found.then.as_str(), found.now.as_str()),
        ("ended: hang up with cause 17", "ended: done")
    );
    // Where the recording is cut off, nobody knows better.
    let mut cut = longer;
    cut.is_cut = true;
    assert_eq!(again("differs-5", "wayward", &cut).difference, None);
}

#[test]
fn a_run_that_was_stopped_ends_there_again() {
    let (then, _) = recorded("stopped", "answer,sleep 9000,info", "", async |world, bed| {
        world.pass(500).await;
        bed.host.stop_flows("wayward");
        world.pass(500).await;
    });
    assert_eq!(then.outcome, Err("was stopped by the operator".to_owned()));
    assert_eq!(then.heard.last().unwrap().question(), "turn sleep 9000");
    let now = again("stopped-again", "wayward", &then);
    assert_eq!((now.difference, now.outcome), (None, then.outcome));
}

#[test]
fn a_run_whose_caller_is_gone_is_written_down_all_the_same() {
    let (then, _) = recorded("gone", "answer,spin", "", async |world, _| {
        world.pass(1_000).await;
    });
    assert_eq!(
        then.outcome,
        Err("its caller was gone, and it went on".to_owned())
    );
    assert!(
        then.heard.len() > 2 && then.call.starts_with("1700000000."),
        "{then:?}"
    );
}

#[test]
fn what_callers_press_is_not_written_down_unless_that_is_granted() {
    let press = async |world: &mut World, _: &Bed| {
        world.pass(500).await;
        let alice = world.pbx.with_switch(|switch| {
            let caller = switch.channels().find(|channel| channel.name.contains("alice"));
            caller.map(|channel| channel.id).unwrap()
        });
        world.press(alice, "4711#").await;
        world.pass(5_000).await;
    };
    let (then, text) = recorded("masked", "answer,gather menu", "", press);
    assert!(!text.contains("4711"), "{text}");
    assert!(then.is_masked && text.contains("up xxxx"), "{text}");
    // It asks on with what it is told, and so says the same.
    assert_eq!(again("masked-again", "wayward", &then).difference, None);
    let granted = super::GRANTS.replace("[plugins.wayward]", "[plugins.wayward]\nrecord-digits = true");
    let (then, text) = recorded("unmasked", "answer,gather menu", &granted, press);
    assert!(!then.is_masked && text.contains("\"digits\":\"4711\""), "{text}");
    assert_eq!(again("unmasked-again", "wayward", &then).difference, None);
}

#[test]
fn the_way_of_a_call_is_told_if_a_component_was_asked() {
    let mut ways: Vec<StepsRecord> = Vec::new();
    world_with(
        "ways",
        "wayward,answer,goto 200",
        |_| {},
        async |world, _| {
            let alice = world.call("100");
            world.pass(1_000).await;
            hang_up(world, alice).await;
            let alice = world.call("200");
            world.pass(1_000).await;
            hang_up(world, alice).await;
            let mut steps = Steps::default();
            ways = world
                .record()
                .events
                .iter()
                .filter_map(|event| steps.hear(&Delivery::Event(Arc::clone(event)), 1_700_000_000))
                .collect();
        },
    );
    // Nobody was asked about the second call.
    assert_eq!(ways.len(), 1, "{ways:?}");
    let told: Vec<String> = ways[0]
        .steps
        .iter()
        .map(|step| {
            format!(
                "{},{},{} {}({})",
                step.context, step.exten, step.priority, step.application, step.data
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "main,100,1 Wasm(wayward,answer,goto 200)",
            "main,200,1 Rest(elsewhere)"
        ]
    );
    assert_eq!(ways[0].call, "1700000000.0");
}
