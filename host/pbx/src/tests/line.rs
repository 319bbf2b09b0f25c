//! Lines that are driven without waiting, work brought to them, bridges and recordings.

use super::apps::{registry, tape};
use crate::testing::{Phone, World, run};
use crate::{BridgeSpec, EnterSpec, Line, LineRemote};
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{
    Action, BridgePurpose, Cause, ChannelId, EventKind, Place, Principal, PrincipalKind, Refusal, Report,
    Right, Rights, VideoMode,
};

const PLAN: &str = "[main]\nexten => 100,1,Answer()\n same => n,Serve()\n same => n,Note(served)\nexten => 200,1,Answer()\n same => n,Tape(3)\nexten => 300,1,Commands()\nexten => 400,1,Call(PJSIP/bob)\nexten => dest,1,Note(here)\n same => n,Pause(1)\n";

fn test(test: impl AsyncFnOnce(&mut World)) {
    run(PLAN, registry(), test);
}

/// A channel that is served, and its remote.
async fn served(world: &mut World) -> (ChannelId, LineRemote) {
    let alice = world.call("100");
    world.pass(100).await;
    (alice, world.desk.line(alice).await.unwrap())
}

async fn hang_up(world: &mut World, channel: ChannelId) {
    world.desk.hangup(channel, Cause::NORMAL_CLEARING).await.unwrap();
    world.until_over().await;
}

fn meeting(uniqueid: &str) -> BridgeSpec {
    BridgeSpec {
        uniqueid: Some(Arc::from(uniqueid)),
        purpose: BridgePurpose::Mixing,
        name: Arc::from("room"),
        creator: Arc::default(),
        video: VideoMode::None,
    }
}

#[test]
fn work_runs_in_the_task_that_holds_the_channel() {
    test(async |world| {
        let (alice, remote) = served(world).await;
        let name = remote
            .run(|line: &mut Line| Box::pin(async move { line.name().to_string() }))
            .await
            .unwrap();
        assert_eq!(name, "PJSIP/alice-00000000");
        let playback = remote
            .run(|line: &mut Line| Box::pin(async move { line.start_play(&[Arc::from("hello")]) }))
            .await
            .unwrap()
            .unwrap();
        world.press(alice, "5").await;
        world.pass(2_000).await;
        let notices = world.record().values("NOTICE");
        assert_eq!(
            notices,
            [
                "Digit { digit: '5', length: 100ms }".to_owned(),
                format!("PlaybackEnded {{ playback: {playback:?}, complete: true }}"),
            ]
        );
        world.press(alice, "#").await;
        world.until_over().await;
        assert_eq!(world.steps("alice")[2], "100,3 Note(served)");
        let late = remote.run(|_: &mut Line| Box::pin(async {})).await;
        assert!(matches!(late, Err(Refusal::Conflict(_))), "{late:?}");
        assert!(!remote.is_served());
    });
}

#[test]
fn work_has_the_rights_of_whoever_brings_it() {
    test(async |world| {
        let (alice, _) = served(world).await;
        let asker = |rights| Principal::new(PrincipalKind::ApplicationKey(Arc::from("key")), rights);
        let mut told = Vec::new();
        for rights in [Rights::ALL, Rights::ALL.with(Right::System)] {
            let remote = world.desk.of(asker(rights)).line(alice).await.unwrap();
            let text = remote
                .run(|line: &mut Line| Box::pin(async move { line.substitute("<${SHELL(id)}>") }))
                .await;
            told.push(text.unwrap());
        }
        assert_eq!(told, ["<>", "<id>"]);
        let none = world.desk.of(asker(Rights::NONE)).line(alice).await;
        assert_eq!(none.unwrap_err(), Refusal::Denied(Right::Control));
        hang_up(world, alice).await;
    });
}

#[test]
fn only_a_channel_whose_application_serves_takes_work() {
    test(async |world| {
        let alice = world.call("200");
        world.pass(100).await;
        assert!(matches!(world.desk.line(alice).await, Err(Refusal::Conflict(_))));
        assert!(matches!(
            world.desk.line("PJSIP/none").await,
            Err(Refusal::NoSuchChannel)
        ));
        hang_up(world, alice).await;
    });
}

#[test]
fn a_playback_is_only_stopped_by_its_own_name() {
    test(async |world| {
        let (alice, remote) = served(world).await;
        let ends = remote
            .run(|line: &mut Line| {
                Box::pin(async move {
                    let first = line.start_play(&[Arc::from("one")]).unwrap();
                    let second = line.start_play(&[Arc::from("two")]).unwrap();
                    line.stop_play(first).unwrap();
                    let before = line.try_next();
                    let none = line.try_next();
                    line.stop_play(second).unwrap();
                    format!("{before:?} {none:?} {:?}", line.try_next())
                })
            })
            .await
            .unwrap();
        assert_eq!(ends.matches("complete: false").count(), 2, "{ends}");
        assert!(ends.contains(" None "), "{ends}");
        hang_up(world, alice).await;
    });
}

#[test]
fn bridges_are_made_entered_heard_and_ended() {
    test(async |world| {
        let (alice, remote) = served(world).await;
        let bridge = world.desk.create_bridge(meeting("room-1")).await.unwrap();
        assert_eq!(&*bridge.uniqueid, "room-1");
        let taken = world.desk.create_bridge(meeting("room-1")).await;
        assert!(matches!(taken, Err(Refusal::Conflict(_))), "{taken:?}");
        remote
            .run(|line: &mut Line| Box::pin(async move { line.enter_bridge("room-1", EnterSpec::default()) }))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(world.desk.bridge("room-1").await.unwrap().members, [alice]);
        let mut reports = world.desk.reports().await.unwrap();
        let playback = world
            .desk
            .bridge_play("room-1", &[Arc::from("hello")], "en")
            .await
            .unwrap();
        let recording = world
            .desk
            .bridge_record("room-1", tape(Duration::from_secs(2)))
            .await
            .unwrap();
        assert_eq!(reports.recv().await, Some(Report::RecordingStarted { recording }));
        assert!(
            matches!(reports.recv().await, Some(Report::BridgePlaybackEnded { playback: ended, complete: true, .. }) if ended == playback)
        );
        assert!(
            matches!(reports.recv().await, Some(Report::RecordingEnded { recording: ended, .. }) if ended == recording)
        );
        world.desk.destroy_bridge("room-1").await.unwrap();
        world.pass(100).await;
        let notices = world.record().values("NOTICE");
        assert_eq!(notices, [format!("BridgeLeft({:?})", bridge.id)]);
        assert_eq!(
            world.desk.bridge("room-1").await.unwrap_err(),
            Refusal::NoSuchBridge
        );
        hang_up(world, alice).await;
    });
}

#[test]
fn a_recording_ends_by_its_time_or_by_a_digit() {
    test(async |world| {
        world.call("200");
        world.until_over().await;
        let timed_out = world.record().values("TAPE").remove(0);
        assert!(
            timed_out.starts_with("Done { duration: 3s") && timed_out.ends_with("None"),
            "{timed_out}"
        );
        let alice = world.call("200");
        world.pass(1_000).await;
        world.press(alice, "1#").await;
        world.until_over().await;
        let stopped = world.record().values("TAPE").remove(1);
        assert!(
            stopped.starts_with("Done { duration: 1.2s") && stopped.ends_with("Some('#')"),
            "{stopped}"
        );
    });
}

#[test]
fn a_recording_of_a_channel_that_is_taken_away_is_stopped() {
    test(async |world| {
        let alice = world.call("200");
        world.pass(1_000).await;
        world
            .desk
            .redirect(alice, Place::new("main", "dest", 1))
            .await
            .unwrap();
        world.until_over().await;
        let stopped = world
            .record()
            .actions
            .iter()
            .any(|action| matches!(action, Action::ControlRecording { .. }));
        assert!(stopped);
    });
}

#[test]
fn commands_reach_a_channel_that_waits_for_them() {
    test(async |world| {
        let served = world.call("100");
        let alice = world.call("300");
        world.pass(100).await;
        let bring = async |channel| {
            world
                .desk
                .async_command(channel, "NOOP", Some(Arc::from("7")))
                .await
        };
        bring(alice).await.unwrap();
        assert!(matches!(bring(served).await, Err(Refusal::Conflict(_))));
        world.pass(100).await;
        assert_eq!(world.record().values("COMMAND"), ["NOOP Some(\"7\") operator"]);
        world.desk.hangup(served, Cause::NORMAL_CLEARING).await.unwrap();
        hang_up(world, alice).await;
    });
}

#[test]
fn both_parties_of_a_call_are_redirected_at_once() {
    test(async |world| {
        world.phone("bob", Phone::Answers(Duration::from_secs(1)));
        world.call("400");
        world.pass(2_000).await;
        let dest = || Place::new("main", "dest", 1);
        let missing = world.desk.redirect_both(
            ("PJSIP/alice-00000000".into(), dest()),
            ("PJSIP/bob-00000001".into(), Place::new("main", "none", 1)),
        );
        assert_eq!(missing.await, Err(Refusal::NoSuchExtension));
        world
            .desk
            .redirect_both(
                ("PJSIP/alice-00000000".into(), dest()),
                ("PJSIP/bob-00000001".into(), dest()),
            )
            .await
            .unwrap();
        world.until_over().await;
        for party in ["alice", "bob"] {
            assert!(
                world.steps(party).contains(&"dest,2 Pause(1)".to_owned()),
                "{party}"
            );
        }
    });
}

#[test]
fn digits_reach_parties_that_nobody_controls() {
    test(async |world| {
        world.phone("bob", Phone::Answers(Duration::from_secs(1)));
        let alice = world.call("400");
        world.pass(2_000).await;
        let (length, gap) = (Duration::from_millis(100), Duration::from_millis(50));
        let bob = "PJSIP/bob-00000001";
        world.desk.send_digits(bob, "1w#", length, gap).await.unwrap();
        let bad = world.desk.send_digits(bob, "x", length, gap).await;
        assert!(matches!(bad, Err(Refusal::Invalid(_))));
        world.desk.receive_digit(alice, '5', length).await.unwrap();
        world.desk.mute(alice, true, false).await.unwrap();
        world.pass(500).await;
        let record = world.record();
        let sent =
            |action: &&Action| matches!(action, Action::SendDigits { digits, .. } if &**digits == "1w#");
        assert_eq!(record.actions.iter().filter(sent).count(), 1);
        let muted = |action: &&Action| {
            matches!(
                action,
                Action::Mute {
                    inbound: true,
                    outbound: false,
                    ..
                }
            )
        };
        assert_eq!(record.actions.iter().filter(muted).count(), 1);
        assert!(record.count(|kind| matches!(kind, EventKind::DigitEnded { digit: '5', .. })) > 0);
        hang_up(world, alice).await;
    });
}
