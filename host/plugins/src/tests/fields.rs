//! Is each field that a flow fills in honoured?
#![allow(clippy::wildcard_enum_match_arm)] // a test looks for the one action or event it means

use std::sync::Arc;
use std::time::Duration;

use ucx_call::{Action, Cause, EventKind, Indication, PlaybackControl, Signal, Source, Voice};
use ucx_pbx::Agreed;
use ucx_pbx::testing::{Phone, World};

use super::flows::{hang_up, world, world_with};
use crate::telephony::Chains;
use crate::{Grants, PluginHostConfig};

fn mark(world: &mut World) -> String {
    world.record().values("MARK").pop().unwrap_or_default()
}

/// The drivers' orders that are of that kind, in words.
fn asked(world: &mut World, of: impl Fn(&Action) -> Option<String>) -> Vec<String> {
    world.record().actions.iter().filter_map(of).collect()
}

fn sounds(action: &Action) -> Option<String> {
    match action {
        Action::Hear {
            source: Source::Playback { sounds, .. },
            ..
        } => Some(sounds.join("&")),
        Action::Record { .. } => Some("record".to_owned()),
        Action::Indicate {
            indication: Indication::Progress,
            ..
        } => Some("progress".to_owned()),
        _ => None,
    }
}

/// What is heard of a call whose flow does those steps, and what the flow says.
fn heard(name: &'static str, steps: &str) -> (Vec<String>, String) {
    let mut heard = None;
    world(name, &format!("wayward,{steps}"), async |world, _| {
        let alice = world.call("100");
        world.pass(10_000).await;
        assert_eq!(world.steps("alice").last().unwrap(), "100,2 Rest(SUCCESS)");
        heard = Some((asked(world, sounds), mark(world)));
        hang_up(world, alice).await;
    });
    heard.unwrap()
}

#[test]
fn what_is_played_is_heard_before_the_answer_and_as_loud_as_is_asked() {
    let early = heard("early", "play-with no-answer=yes hello");
    assert_eq!(
        early,
        (vec!["progress".into(), "hello".into()], "Ending::Complete".into())
    );
    assert_eq!(heard("not-early", "play-with no-answer=no hello").0, ["hello"]);
    // Who is answered needs no telling.
    assert_eq!(heard("late", "answer,play-with no-answer=yes hello").0, ["hello"]);
    assert_eq!(heard("soft", "play-with volume=-6 hello").0, ["gain:-6:hello"]);
    assert_eq!(heard("loud", "play-with volume=200 hello").0, ["gain:20:hello"]);
}

#[test]
fn keys_go_back_and_forth_in_what_plays() {
    world(
        "skips",
        "wayward,answer,play-with skip-step=400 hello,next",
        async |world, _| {
            let alice = world.call("100");
            world.pass(200).await;
            world.press(alice, "#*1").await;
            world.pass(5_000).await;
            let control = |action: &Action| match action {
                Action::ControlPlayback { control, .. } => Some(*control),
                _ => None,
            };
            let skipped: Vec<PlaybackControl> = world.record().actions.iter().filter_map(control).collect();
            let step = Duration::from_millis(400);
            assert_eq!(
                skipped,
                [PlaybackControl::Forward(step), PlaybackControl::Reverse(step)]
            );
            // Other keys are news as always.
            assert_eq!(mark(world), "up Ending::Complete channel.dtmf");
            hang_up(world, alice).await;
        },
    );
}

#[test]
fn another_try_has_its_own_prompt_and_a_recording_its_announcement() {
    assert_eq!(
        heard("tries", "gather-with tries=3 retry-prompt=again&more menu").0,
        ["menu", "again&more", "again&more"]
    );
    let announced = heard("announces", "record-with announce=please note");
    assert_eq!(announced, (vec!["please".into(), "record".into()], "note".into()));
}

#[test]
fn codecs_are_offered_as_a_leg_or_a_call_names_them() {
    for (name, steps) in [
        ("leg-codecs", "leg-with codecs=alaw dave"),
        ("call-codecs", "call-with codecs=alaw dave"),
    ] {
        world(name, &format!("wayward,answer,{steps}"), async |world, _| {
            world.phone("dave", Phone::Answers(Duration::from_secs(1)));
            let alice = world.call("100");
            world.pass(3_000).await;
            let offered = asked(world, |action| match action {
                Action::Dial { codecs, .. } => Some(codecs.join(",")),
                _ => None,
            });
            assert_eq!(
                (offered, mark(world)),
                (vec!["alaw".to_owned()], "up DialStatus::Answered".to_owned())
            );
            hang_up(world, alice).await;
        });
    }
}

#[test]
fn a_call_of_its_own_names_its_other_half() {
    world(
        "halves",
        "wayward,answer,call-with other-channel=mine.2 200@main",
        async |world, _| {
            let alice = world.call("100");
            world.pass(3_000).await;
            let halves = world.record().count(
                |kind| matches!(kind, EventKind::ChannelCreated { channel } if &*channel.uniqueid == "mine.2"),
            );
            assert_eq!(halves, 1);
            hang_up(world, alice).await;
        },
    );
    world(
        "halves-not",
        "wayward,answer,call-with other-channel=a/b dave",
        async |world, _| {
            world.phone("dave", Phone::Rings);
            let alice = world.call("100");
            world.pass(1_000).await;
            let reason = world.record().values("WASMREASON").pop().unwrap();
            assert!(reason.contains("names no channel"), "{reason}");
            hang_up(world, alice).await;
        },
    );
}

#[test]
fn a_phone_that_sends_the_call_on_is_followed_unless_that_is_unwanted() {
    for (name, way, locals, said) in [
        ("follows", "follow", 2, None),
        ("ignores", "ignore", 0, Some("up DialStatus::Busy")),
    ] {
        let steps = format!("wayward,answer,dial-with forwarding={way} bob");
        world(name, &steps, async |world, _| {
            world.phone("bob", Phone::Rings);
            let alice = world.call("100");
            world.pass(500).await;
            let bob = world.pbx.with_switch(|switch| {
                let bob = switch.channels().find(|channel| channel.name.contains("bob"));
                bob.map(|channel| channel.id).unwrap()
            });
            world
                .pbx
                .signal(bob, Signal::Forwarded(Arc::from("200"), Cause::USER_BUSY));
            world.pass(1_000).await;
            let made = world.record().count(
                |kind| matches!(kind, EventKind::ChannelCreated { channel } if channel.name.starts_with("Local/")),
            );
            assert_eq!(made, locals, "{way}");
            if let Some(said) = said {
                assert_eq!(mark(world), said);
            }
            hang_up(world, alice).await;
        });
    }
    let wrong = "wayward,answer,dial-with forwarding=sideways bob";
    world("sideways", wrong, async |world, _| {
        let alice = world.call("100");
        world.pass(500).await;
        let reason = world.record().values("WASMREASON").pop().unwrap();
        assert!(reason.contains("sideways"), "{reason}");
        hang_up(world, alice).await;
    });
}

#[test]
fn a_sip_address_is_dialled_where_that_is_granted() {
    let steps = "wayward,answer,reach dial uri sip:there@example";
    let there = |world: &mut World| {
        asked(world, |action| match action {
            Action::Dial { endpoint, .. } => Some(endpoint.to_string()),
            _ => None,
        })
    };
    world("address", steps, async |world, _| {
        world.phone("sip:there@example", Phone::Answers(Duration::from_millis(500)));
        let alice = world.call("100");
        world.pass(3_000).await;
        assert_eq!(there(world), ["sip:there@example"]);
        assert_eq!(mark(world), "up DialStatus::Answered");
        hang_up(world, alice).await;
    });
    let steps = "wayward,answer,reach dial uri sip:a&PJSIP/b";
    world("address-two", steps, async |world, _| {
        let alice = world.call("100");
        world.pass(1_000).await;
        assert_eq!(there(world), [] as [&str; 0]);
        let reason = world.record().values("WASMREASON").pop().unwrap();
        assert!(reason.contains("is no SIP address"), "{reason}");
        hang_up(world, alice).await;
    });
}

#[test]
fn a_leg_tells_its_codec_its_tenant_and_where_it_is_and_what_its_answer_said() {
    let agreed = || Agreed {
        peer: Some("192.0.2.7:5062".parse().unwrap()),
        codecs: Arc::from(["alaw", "ulaw"]),
    };
    world(
        "facts",
        "wayward,answer,attrs,dial dave,peer-header X-In",
        async |world, bed| {
            let chains = Chains::parse("[routing.main]\ntenant = 'acme'\n", &Default::default());
            bed.host.set_contexts(&chains.unwrap());
            world.phone("dave", Phone::Answers(Duration::from_secs(1)));
            let alice = world.call("100");
            world.pbx.keep_agreed(alice, agreed());
            world.pass(500).await;
            let dave = world.pbx.with_switch(|switch| {
                let dave = switch.channels().find(|channel| channel.name.contains("dave"));
                dave.map(|channel| channel.id).unwrap()
            });
            let lines = [("X-In", "yes"), ("X-Secret", "no")];
            let lines = lines.map(|(name, value)| (Arc::from(name), Arc::from(value)));
            world.pbx.keep_headers(dave, Arc::from(lines));
            world.pass(3_000).await;
            let said = mark(world);
            assert!(said.starts_with("up [acme] account="), "{said}");
            assert!(said.contains("codec=") && said.contains("\"alaw\""), "{said}");
            assert!(
                said.contains("peer-address=") && said.contains("192.0.2.7:5062"),
                "{said}"
            );
            assert!(said.ends_with(" yes"), "{said}");
            hang_up(world, alice).await;
        },
    );
    let given = super::GRANTS.replace("\"SECRET\", \"peer-address\"", "\"SECRET\"");
    let grants = Grants::parse(&given).unwrap();
    let change = |config: &mut PluginHostConfig| config.grants = grants;
    world_with("facts-less", "wayward,answer,attrs", change, async |world, _| {
        let alice = world.call("100");
        world.pbx.keep_agreed(alice, agreed());
        world.pass(500).await;
        let said = mark(world);
        assert!(said.contains("codec=") && !said.contains("192.0.2.7"), "{said}");
        hang_up(world, alice).await;
    });
}

#[test]
fn who_enters_a_bridge_may_keep_whom_it_is_connected_with() {
    let changes = |name: &'static str, way: &str| {
        let mut changes = 0;
        let steps = format!("wayward,answer,call dave,enter-with inhibit-connected-line={way} x");
        world(name, &steps, async |world, _| {
            world.phone("dave", Phone::Answers(Duration::from_secs(1)));
            let alice = world.call("100");
            world.pass(5_000).await;
            let events = &world.record().events;
            let entered = events
                .iter()
                .position(|event| matches!(event.kind, EventKind::BridgeCreated { .. }));
            let is_change = |kind: &EventKind| match kind {
                EventKind::ChannelChanged { old, new } => old.connected != new.connected,
                _ => false,
            };
            changes = events[entered.unwrap()..]
                .iter()
                .filter(|event| is_change(&event.kind))
                .count();
            hang_up(world, alice).await;
        });
        changes
    };
    assert_eq!(changes("keeps-line", "yes"), 0);
    assert!(changes("tells-line", "no") > 0);
}

#[test]
fn a_call_of_its_own_is_taken_over_as_soon_as_sound_comes() {
    let steps = "wayward,answer,call-with early-media=yes bob,greet hello";
    world("early-call", steps, async |world, _| {
        world.phone("bob", Phone::Rings);
        let alice = world.call("100");
        world.pass(500).await;
        let bob = world.pbx.with_switch(|switch| {
            let bob = switch.channels().find(|channel| channel.name.contains("bob"));
            bob.map(|channel| channel.id).unwrap()
        });
        assert_eq!(mark(world), "");
        world.pbx.signal(bob, Signal::Progress);
        world.pass(3_000).await;
        assert_eq!(mark(world), "up DialStatus::Answered Ending::Complete");
        let state = world.pbx.channel(bob).map(|bob| bob.state);
        assert_ne!(state, Some(ucx_call::ChannelState::Up));
        hang_up(world, alice).await;
    });
}

#[test]
fn what_a_leg_hears_is_recorded_if_that_is_asked() {
    for (name, way, voices) in [
        ("records-in", "in", None),
        ("records-out", "out", Some("heard")),
        ("records-both", "both", Some("said heard")),
    ] {
        let steps = format!("wayward,answer,record-with direction={way} note");
        world(name, &steps, async |world, _| {
            let alice = world.call("100");
            world.pass(3_000).await;
            assert_eq!(mark(world), "up note");
            let said = |voice: &Voice| match voice {
                Voice::Said(of) if *of == alice => "said",
                Voice::Heard(of) if *of == alice => "heard",
                _ => "else",
            };
            let mut mixes = asked(world, |action| match action {
                Action::Mix { members, .. } => {
                    let voices: Vec<&str> = members.iter().map(|part| said(&part.voice)).collect();
                    Some(voices.join(" "))
                }
                _ => None,
            });
            // The mix is there for the recording alone.
            let is_closed = mixes.pop_if(|last| last.is_empty()).is_some();
            assert_eq!(
                (mixes.pop().as_deref(), is_closed),
                (voices, voices.is_some()),
                "{way}"
            );
            hang_up(world, alice).await;
        });
    }
}
