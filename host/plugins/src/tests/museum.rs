//! Does what was built with a release still do what it did?

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ucx_pbx::testing::Phone;

use super::contract::everything;
use super::flows::{hang_up, world_with};
use super::{Bed, first_target};
use crate::{Grants, PluginHostConfig, Target};

/// The releases that are kept.
const RELEASES: [&str; 1] = ["0.1.0"];
/// What is kept of each, and run below.
const PIECES: [&str; 4] = ["call-monitor", "ivr-c", "ivr-js", "prefix-router"];

fn piece(release: &str, name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/museum")
        .join(release)
        .join(format!("{name}.wasm"))
}

fn granted(name: &str) -> impl FnOnce(&mut PluginHostConfig) {
    let mut grants = Grants::parse(&everything(name)).unwrap();
    if let Some(grant) = grants.plugins.get_mut(name)
        && name.starts_with("ivr")
    {
        grant.config = [("prompt".to_owned(), "choose".to_owned())].into();
    }
    |config| {
        config.grants.plugins.extend(grants.plugins);
        // What is large is not compiled anew in each run.
        config.cache = Some(super::language_cache());
    }
}

#[test]
fn nothing_stands_in_the_museum_that_is_not_run() {
    for release in RELEASES {
        let folder = piece(release, "x").with_file_name("");
        let mut found: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "wasm"))
            .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
            .collect();
        found.sort();
        assert_eq!(found, PIECES, "{release}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_of_then_routes() {
    for release in RELEASES {
        let bed = Bed::with("museum-router", granted("prefix-router"));
        bed.host.install(&piece(release, "prefix-router")).await.unwrap();
        let asked = bed.route("prefix-router", "+4420123").await;
        let Target::Trunk(to) = first_target(&asked) else {
            panic!("{asked:?}")
        };
        assert_eq!(to.trunk, "city");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_monitor_of_then_listens() {
    for release in RELEASES {
        let bed = Bed::with("museum-monitor", granted("call-monitor"));
        bed.host.install(&piece(release, "call-monitor")).await.unwrap();
        for event in [
            super::watchers::started(1, 1_000),
            super::watchers::ended(1, 4_000),
        ] {
            bed.host.deliver(&event);
        }
        let began = Instant::now();
        while bed.host.log("call-monitor").is_empty() {
            assert!(began.elapsed() < Duration::from_secs(10), "it says nothing");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let line = bed.host.log("call-monitor").remove(0).text;
        assert_eq!(line, "call 1: caller-1 to dialled-1, 3.0 s, ANSWERED");
    }
}

/// A menu that rings bob at 1 and sends to the rescue at 2.
fn menu(name: &'static str) {
    for release in RELEASES {
        world_with(name, name, granted(name), async |world, bed| {
            bed.folder.write(
                "tables/ivr.csv",
                "key,action,target,exten\n1,dial,bob,\n2,goto,rescue,s\n",
            );
            bed.host.reload_tables();
            bed.host.install(&piece(release, name)).await.unwrap();
            world.phone(
                "bob",
                Phone::AnswersAndLeaves(Duration::from_secs(1), Duration::from_secs(3)),
            );
            let alice = world.call("100");
            world.pass(300).await;
            world.press(alice, "1").await;
            world.pass(2_000).await;
            let talks = world
                .pbx
                .channel(alice)
                .is_some_and(|channel| channel.bridge.is_some());
            assert!(talks, "{name}: {:?}", bed.host.recent());
            world.pass(5_000).await;
            if world.pbx.channel(alice).is_some() {
                hang_up(world, alice).await;
            }
            let alice = world.call("100");
            world.pass(300).await;
            world.press(alice, "2").await;
            world.pass(300).await;
            assert_eq!(world.steps("alice").last().unwrap(), "s,1 Rest(rescued SUCCESS)");
            hang_up(world, alice).await;
        });
    }
}

#[test]
fn a_call_flow_in_c_of_then_leads_a_call() {
    menu("ivr-c");
}

#[test]
fn a_call_flow_in_javascript_of_then_leads_a_call() {
    menu("ivr-js");
}
