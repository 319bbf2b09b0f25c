//! What a flow may do with its leg's protocol, and what it may play: as granted, and seen by the far end.
#![allow(clippy::wildcard_enum_match_arm)] // a test looks for the one action it means

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use ucx_call::{Action, Cause, Source};
use ucx_pbx::testing::{Phone, World};

use super::flows::{hang_up, world, world_with};
use crate::{PluginHostConfig, WebResponse};

/// What the drivers were asked for that is of that kind.
fn asked<T>(world: &mut World, of: impl Fn(&Action) -> Option<T>) -> Vec<T> {
    world.record().actions.iter().filter_map(of).collect()
}

fn mark(world: &mut World) -> String {
    world.record().values("MARK").pop().unwrap_or_default()
}

fn lines(lines: &[(&str, &str)]) -> ucx_pbx::HeaderLines {
    lines
        .iter()
        .map(|(name, value)| (Arc::from(*name), Arc::from(*value)))
        .collect()
}

#[test]
fn headers_are_read_and_sent_as_granted() {
    world(
        "headers",
        "wayward,header X-In,send-header X-Out,answer,announce dave",
        async |world, _| {
            world.phone("dave", Phone::Answers(Duration::from_secs(1)));
            let alice = world.call("100");
            let kept = lines(&[("x-in", "17"), ("X-Secret", "no"), ("X-In", "18")]);
            world.pbx.keep_headers(alice, kept);
            world.pass(5_000).await;
            assert_eq!(mark(world), "17+18  up DialStatus::Answered");
            let added = asked(world, |action| match action {
                Action::AddHeader { name, value, .. } => Some(format!("{name}: {value}")),
                _ => None,
            });
            assert_eq!(added, ["X-Out: yes"]);
            let sent = asked(world, |action| match action {
                Action::Dial { headers, .. } => Some(headers.clone()),
                _ => None,
            });
            assert_eq!(sent, [lines(&[("X-Out", "told")])]);
            hang_up(world, alice).await;
        },
    );
    for (steps, needs) in [
        ("header X-Secret", "denied; needs headers = [\"X-Secret\"]"),
        ("send-header Via", "denied; needs send-headers = [\"Via\"]"),
    ] {
        world("headers-denied", &format!("wayward,{steps}"), async |world, _| {
            let alice = world.call("100");
            world.pass(1_000).await;
            assert_eq!(world.record().values("WASMREASON").pop().unwrap(), needs);
            hang_up(world, alice).await;
        });
    }
}

#[test]
fn the_far_end_is_told_of_hold_and_of_its_end() {
    world(
        "holds",
        "wayward,answer,hold on,sleep 500,hold off,hold on",
        async |world, _| {
            let alice = world.call("100");
            world.pass(5_000).await;
            let held = asked(world, |action| match action {
                Action::Hold { is_held, .. } => Some(*is_held),
                _ => None,
            });
            // Who lets go of the leg takes it off hold.
            assert_eq!(held, [true, false, true, false]);
            assert_eq!(world.steps("alice").last().unwrap(), "100,2 Rest(SUCCESS)");
            hang_up(world, alice).await;
        },
    );
}

#[test]
fn the_far_end_is_sent_to_another_address() {
    let refers = |world: &mut World| {
        asked(world, |action| match action {
            Action::Refer { target, .. } => Some(target.to_string()),
            Action::Deflect { target, .. } => Some(format!("302 {target}")),
            _ => None,
        })
    };
    world(
        "refers",
        "wayward,answer,refer sip:there@example",
        async |world, _| {
            world.call("100");
            world.until_over().await;
            assert_eq!(refers(world), ["sip:there@example"]);
            assert_eq!(world.record().cause("alice"), Some(Cause::NORMAL_CLEARING));
        },
    );
    world(
        "refused",
        "wayward,answer,refer sip:nowhere@example",
        async |world, _| {
            let alice = world.call("100");
            world.pass(2_000).await;
            assert_eq!(mark(world), "up TransferStatus::Refused 603");
            assert_eq!(world.steps("alice").last().unwrap(), "100,2 Rest(SUCCESS)");
            hang_up(world, alice).await;
        },
    );
    world("deflects", "wayward,refer sip:there@example", async |world, _| {
        world.call("100");
        world.until_over().await;
        assert_eq!(refers(world), ["302 sip:there@example"]);
    });
    world("unsent", "wayward,answer,refer tel:1", async |world, _| {
        let alice = world.call("100");
        world.pass(2_000).await;
        assert_eq!(world.steps("alice").last().unwrap(), "s,1 Rest(rescued FAILED)");
        hang_up(world, alice).await;
    });
}

fn played(world: &mut World) -> Vec<String> {
    asked(world, |action| match action {
        Action::Hear {
            source: Source::Playback { sounds, .. },
            ..
        } => Some(sounds.join("&")),
        _ => None,
    })
}

#[test]
fn sounds_are_fetched_from_hosts_that_are_granted() {
    let asked = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&asked);
    let change = move |config: &mut PluginHostConfig| {
        config.web.stand_in = Some(Arc::new(move |_, request| {
            count.fetch_add(1, Ordering::SeqCst);
            let is_there = request.url.ends_with(".wav");
            Box::pin(async move {
                Ok(WebResponse {
                    status: if is_there { 200 } else { 404 },
                    headers: vec![("cache-control".to_owned(), "max-age=60".to_owned())],
                    body: b"RIFF\x04\0\0\0WAVE".to_vec(),
                })
            })
        }));
    };
    let steps = "wayward,answer,fetch http://sounds.example/a.wav,fetch http://sounds.example/a.wav";
    world_with("fetches", steps, change, async |world, _| {
        let alice = world.call("100");
        world.pass(10_000).await;
        assert_eq!(mark(world), "up Ending::Complete Ending::Complete");
        let sounds = played(world);
        assert!(
            sounds.len() == 2 && sounds[0].contains("/recording/wayward/.fetched/") && sounds[0] == sounds[1],
            "{sounds:?}"
        );
        assert!(std::path::Path::new(&format!("{}.wav", sounds[0])).exists());
        hang_up(world, alice).await;
    });
    // What says how long it stays good is not asked for again.
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    for (steps, words) in [
        (
            "fetch http://elsewhere.example/a.wav",
            "denied; needs http = [\"elsewhere.example\"]",
        ),
        ("fetch http://sounds.example/a.html", "status 404"),
    ] {
        let change = |config: &mut PluginHostConfig| {
            config.web.stand_in = Some(Arc::new(|_, _| {
                Box::pin(async {
                    Ok(WebResponse {
                        status: 404,
                        headers: Vec::new(),
                        body: Vec::new(),
                    })
                })
            }));
        };
        world_with(
            "fetches-not",
            &format!("wayward,answer,{steps}"),
            change,
            async |world, _| {
                let alice = world.call("100");
                world.pass(3_000).await;
                let reason = world.record().values("WASMREASON").pop().unwrap();
                assert!(reason.contains(words), "{reason}");
                hang_up(world, alice).await;
            },
        );
    }
}

#[test]
fn a_playback_may_be_in_a_language_of_its_own() {
    world(
        "german",
        "wayward,answer,german hello,play hello",
        async |world, _| {
            let alice = world.call("100");
            world.pass(5_000).await;
            assert_eq!(played(world), ["de/hello", "hello"]);
            hang_up(world, alice).await;
        },
    );
}
