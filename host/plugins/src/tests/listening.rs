//! Who may be listened in on, in which ways, and how does that end?
#![allow(clippy::wildcard_enum_match_arm)] // a test looks for the one action or event it means

use std::sync::Arc;

use ucx_call::{Action, Cause, ChannelId, EventKind, Place, Signal, Voice};
use ucx_pbx::testing::World;

use super::flows::{hang_up, world, world_with};
use crate::PluginHostConfig;

/// A caller who waits, and whose uniqueid is the first of all.
fn carol(world: &World) -> ChannelId {
    let mut incoming = World::incoming("1");
    incoming.place = Place::new("park", "1", 1);
    incoming.endpoint = Arc::from("carol");
    world.pbx.incoming(incoming).unwrap()
}

fn mark(world: &mut World) -> String {
    world.record().values("MARK").pop().unwrap_or_default()
}

/// The ways in which somebody was listened in on, as they are told.
fn told(world: &mut World) -> Vec<(String, &'static str)> {
    let events = &world.record().events;
    let told = events.iter().filter_map(|event| match &event.kind {
        EventKind::PluginListens { channel, mode, .. } => Some((channel.name.to_string(), *mode)),
        _ => None,
    });
    told.collect()
}

#[test]
fn a_leg_listens_whispers_and_barges_in_until_the_other_is_gone() {
    let steps = "wayward,answer,spy listen 1700000000.0,spy-wait 200,spy-mode whisper,spy-wait 200,spy-mode barge,\
                 spy-wait 200,spy-wait 60000";
    world("listens", steps, async |world, bed| {
        let carol = carol(world);
        let alice = world.call("100");
        world.pass(400).await;
        let overheard = |action: &Action| match action {
            Action::Mix { members, .. } => {
                let voices = members.iter().map(|part| part.voice);
                voices.into_iter().any(|voice| voice == Voice::Said(carol))
            }
            _ => false,
        };
        let whispers = |action: &Action| match action {
            Action::Whisper { channel, mixes } => *channel == carol && !mixes.is_empty(),
            _ => false,
        };
        let count = |world: &mut World, is_it: &dyn Fn(&Action) -> bool| {
            world
                .record()
                .actions
                .iter()
                .filter(|action| is_it(action))
                .count()
        };
        assert!(count(world, &overheard) > 0);
        world.pass(600).await;
        assert!(count(world, &whispers) > 0);
        let name = "PJSIP/carol-00000000".to_owned();
        let ways = ["listen", "whisper", "barge"].map(|mode| (name.clone(), mode));
        assert_eq!(told(world), ways);
        // She hangs up, and it is over.
        world.pbx.signal(carol, Signal::HungUp(Cause::NORMAL_CLEARING));
        world.pass(1_000).await;
        assert_eq!(mark(world), "up listening still whisper still barge still over");
        assert_eq!(world.steps("alice").last().unwrap(), "100,2 Rest(SUCCESS)");
        hang_up(world, alice).await;
        world.until_over().await;
        world.pass(3_000).await;
        assert!(bed.host.list().iter().all(|status| status.in_flight == 0));
    });
}

#[test]
fn listening_ends_when_it_is_stopped_or_let_go_of_and_nobody_else_notices() {
    for (name, end) in [
        ("spy-stops", "spy-stop"),
        ("spy-drops", "spy-drop"),
        ("spy-leaves", "noop x"),
    ] {
        let steps = format!("wayward,answer,spy barge 1700000000.0,{end},sleep 500");
        world(name, &steps, async |world, _| {
            let carol = carol(world);
            let alice = world.call("100");
            world.pass(3_000).await;
            let left = world.pbx.with_switch(|switch| {
                let names = switch.channels().map(|channel| channel.name.to_string());
                names.filter(|name| name.starts_with("Snoop/")).count()
            });
            assert_eq!(left, 0, "{end}");
            assert_eq!(world.steps("alice").last().unwrap(), "100,2 Rest(SUCCESS)");
            assert_eq!(world.steps("carol").last().unwrap(), "1,1 Rest(parked)");
            world.pbx.signal(carol, Signal::HungUp(Cause::NORMAL_CLEARING));
            hang_up(world, alice).await;
        });
    }
}

#[test]
fn it_goes_over_to_another_call() {
    let steps = "wayward,answer,spy listen 1700000000.0,spy-switch 1700000000.1,spy-wait 300";
    world("spy-switches", steps, async |world, _| {
        let (first, second) = (carol(world), carol(world));
        let alice = world.call("100");
        world.pass(200).await;
        // The first one is no matter any more.
        world.pbx.signal(first, Signal::HungUp(Cause::NORMAL_CLEARING));
        world.pass(1_000).await;
        assert_eq!(mark(world), "up listening there still");
        assert_eq!(told(world).len(), 2);
        world.pbx.signal(second, Signal::HungUp(Cause::NORMAL_CLEARING));
        hang_up(world, alice).await;
    });
}

#[test]
fn only_those_may_be_listened_to_whom_the_grant_names() {
    let grants = |list: &str| super::GRANTS.replace("monitor = [\"PJSIP/*\"]", list);
    for (name, list, words) in [
        ("spy-ungranted", "", "denied; needs monitor = [\"…\"]"),
        ("spy-other", "monitor = [\"PJSIP/dave*\"]", "not found"),
    ] {
        let given = crate::Grants::parse(&grants(list)).unwrap();
        let change = |config: &mut PluginHostConfig| config.grants = given;
        let steps = "wayward,answer,spy listen 1700000000.0";
        world_with(name, steps, change, async |world, _| {
            let carol = carol(world);
            let alice = world.call("100");
            world.pass(1_000).await;
            let reason = world.record().values("WASMREASON").pop().unwrap();
            assert!(reason.contains(words), "{reason}");
            assert_eq!(told(world), []);
            world.pbx.signal(carol, Signal::HungUp(Cause::NORMAL_CLEARING));
            hang_up(world, alice).await;
        });
    }
}
