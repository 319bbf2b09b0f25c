//! Originates as Manager clients see them decided, channels made without calling, and the rights they run with.

use super::apps::registry;
use crate::testing::{Phone, World, run};
use crate::{Destination, OriginateSpec};
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{Cause, EventKind, Party, Place, Principal, PrincipalKind, Refusal, Right, Rights};

const PLAN: &str = "[main]\nexten => 100,1,Answer()\n same => n,Pause(1)\nexten => busy,1,Quit(17)\nexten => cong,1,Quit(34)\nexten => quit,1,Quit(16)\nexten => ring,1,Pause(9)\nexten => 500,1,Within(Secret )\n same => n,Note(<${SHELL(id)}>)\n";

fn test(test: impl AsyncFnOnce(&mut World)) {
    run(PLAN, registry(), test);
}

fn application(name: &str, data: &str) -> Destination {
    Destination::Application {
        name: Arc::from(name),
        data: Arc::from(data),
    }
}

fn exten(exten: &str) -> Destination {
    Destination::Exten(Place::new("main", exten, 1))
}

fn spec(channel: &str, to: Destination) -> OriginateSpec {
    OriginateSpec {
        timeout: Some(Duration::from_millis(1_500)),
        caller: Party::new("900", "Robot"),
        request: Some(Arc::from("a2")),
        ..OriginateSpec::new(channel, to)
    }
}

/// What was published of originates, each as `request success reason channel uniqueid`.
fn decided(world: &mut World) -> Vec<String> {
    let events = world.record().events.iter();
    let reports = events.filter_map(|event| {
        let EventKind::OriginateDecided(report) = &event.kind else {
            return None;
        };
        let channel = report
            .channel
            .as_ref()
            .map_or(&report.dial_string, |channel| &channel.name);
        Some(format!(
            "{} {} {} {channel} {}",
            report.request.as_deref().unwrap_or("-"),
            report.is_success,
            report.reason,
            report.uniqueid.as_deref().unwrap_or("-")
        ))
    });
    reports.collect()
}

/// Captures `originate/*_async_*` and `cdr/c-originate-fail`: the numbers and names of each outcome.
#[test]
fn each_outcome_is_published_with_the_field_s_number() {
    test(async |world| {
        world.phone("bob", Phone::Answers(Duration::from_secs(1)));
        world.phone("carol", Phone::Refuses(Cause::USER_BUSY));
        world.phone("dave", Phone::Rings);
        for channel in [
            "PJSIP/bob",
            "PJSIP/carol",
            "PJSIP/dave",
            "PJSIP/nobody",
            "Local/busy@main",
            "Local/cong@main",
            "Local/ring@main",
            "Local/100@main",
        ] {
            // What does not begin is published all the same.
            if let Ok((_, wait)) = world.desk.originate_begin(spec(channel, exten("100"))).await {
                wait.await.unwrap();
            }
            world.until_over().await;
        }
        let told = decided(world);
        assert_eq!(
            told[..7],
            [
                "a2 true 4 PJSIP/bob-00000000 1700000000.0",
                "a2 false 0 PJSIP/carol -",
                "a2 false 3 PJSIP/dave -",
                "a2 false 0 PJSIP/nobody -",
                "a2 false 5 Local/busy@main -",
                "a2 false 8 Local/cong@main -",
                "a2 false 3 Local/ring@main -",
            ]
        );
        assert!(
            told[7].starts_with("a2 true 4 Local/100@main-00000003;1 "),
            "{}",
            told[7]
        );
    });
}

#[test]
fn what_the_request_itself_gets_wrong_is_answered_and_not_published() {
    test(async |world| {
        world.phone("bob", Phone::Rings);
        let mut refusals = Vec::new();
        for (channel, to) in [
            ("bogus", exten("100")),
            ("PJSIP/bob", exten("none")),
            ("PJSIP/bob", application("Secret", "")),
        ] {
            let begun = world.desk.originate_begin(spec(channel, to)).await;
            refusals.push(begun.unwrap_err());
        }
        assert!(matches!(refusals[0], Refusal::Invalid(_)));
        assert_eq!(
            refusals[1..],
            [Refusal::NoSuchExtension, Refusal::Denied(Right::System)]
        );
        assert!(decided(world).is_empty());
        let unnamed = OriginateSpec {
            request: None,
            ..spec("PJSIP/nobody", exten("100"))
        };
        assert_eq!(
            world.desk.originate(unnamed).await.unwrap_err(),
            Refusal::NoSuchChannel
        );
        let nameless = OriginateSpec {
            request: Some(Arc::default()),
            uniqueid: Some(Arc::from("mine")),
            ..spec("PJSIP/nobody", exten("100"))
        };
        assert!(world.desk.originate(nameless).await.is_err());
        assert_eq!(decided(world), ["- false 0 PJSIP/nobody mine"]);
    });
}

/// A report comes before the first step of the channel that it is about (capture `originate/click_to_call`).
#[test]
fn a_success_is_published_before_the_channel_goes_on() {
    test(async |world| {
        world.phone("bob", Phone::Answers(Duration::from_secs(1)));
        let (channel, wait) = world
            .desk
            .originate_begin(spec("PJSIP/bob", exten("100")))
            .await
            .unwrap();
        assert_eq!(&*channel.name, "PJSIP/bob-00000000");
        wait.await.unwrap();
        world.until_over().await;
        let order: Vec<_> = world
            .record()
            .events
            .iter()
            .filter_map(|event| {
                if matches!(event.kind, EventKind::OriginateDecided(_)) {
                    return Some("decided");
                }
                let EventKind::ChannelChanged { old, new } = &event.kind else {
                    return None;
                };
                let is_step = new.step.is_some() && old.step != new.step && old.step.is_some();
                is_step.then_some("step")
            })
            .collect();
        assert_eq!(order[..2], ["decided", "step"]);
    });
}

#[test]
fn local_halves_take_the_uniqueids_that_are_asked_for() {
    test(async |world| {
        let asked = OriginateSpec {
            uniqueid: Some(Arc::from("one")),
            other_uniqueid: Some(Arc::from("two")),
            ..spec("Local/100@main", exten("100"))
        };
        world.desk.originate(asked).await.unwrap();
        assert_eq!(
            &*world.desk.channel("one").await.unwrap().name,
            "Local/100@main-00000000;1"
        );
        assert_eq!(
            &*world.desk.channel("two").await.unwrap().name,
            "Local/100@main-00000000;2"
        );
        world.until_over().await;
    });
}

#[test]
fn a_channel_made_without_calling_runs_at_once_and_calls_when_told() {
    test(async |world| {
        world.phone("bob", Phone::Answers(Duration::from_secs(1)));
        let made = world
            .desk
            .create_channel(spec("PJSIP/bob", application("Serve", "")))
            .await
            .unwrap();
        world.pass(100).await;
        let remote = world.desk.line(made.id).await.unwrap();
        let again = remote
            .run(|line| {
                Box::pin(async move {
                    line.dial_out(None, None).unwrap();
                    line.dial_out(None, None)
                })
            })
            .await
            .unwrap();
        assert!(again.is_err());
        world.pass(2_000).await;
        let bob = world.desk.channel(made.id).await.unwrap();
        assert_eq!(bob.state.as_str(), "Up");
        world.desk.hangup(made.id, Cause::NORMAL_CLEARING).await.unwrap();
        world.until_over().await;
    });
}

/// Section 7 of the design: no application hides another one, or a function, from the rights of whoever asks.
#[test]
fn an_application_runs_with_the_rights_of_whoever_asked_for_it() {
    test(async |world| {
        world.phone("bob", Phone::Answers(Duration::from_millis(100)));
        let user = |rights| Principal::new(PrincipalKind::ManagerUser(Arc::from("user")), rights);
        let mut told = Vec::new();
        for rights in [Rights::ALL, Rights::ALL.with(Right::System)] {
            for data in ["Secret", "Put RESULT=${SHELL(id)}"] {
                let asked = spec("PJSIP/bob", application("Within", data));
                let desk = world.desk.of(user(rights));
                desk.originate(asked).await.unwrap();
                world.until_over().await;
            }
            told.push(world.record().values("RESULT").pop().unwrap());
        }
        assert_eq!(told, ["", "id"]);
        // What the operator wrote runs with the dialplan's rights, whoever sends a channel there.
        let desk = world.desk.of(user(Rights::ALL));
        desk.originate(spec("PJSIP/bob", exten("500"))).await.unwrap();
        world.until_over().await;
        assert_eq!(world.steps("bob").pop().unwrap(), "500,2 Note(<id>)");
    });
}
