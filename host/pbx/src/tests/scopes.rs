//! What somebody with a scope may reach with rights that would allow it: held at the effect, whoever brings it there.

use super::apps::registry;
use crate::testing::{Phone, World, run};
use crate::{Desk, Destination, Line, OriginateSpec};
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{Cause, EventKind, Names, Place, Principal, PrincipalKind, Refusal, Right, Rights, Scope};

const PLAN: &str = "[main]\nexten => 100,1,Answer()\n same => n,Serve()\n same => n,Pause(5)\nexten => 300,1,Note(here)\n same => n,Pause(2)\nexten => 400,1,Call(PJSIP/dave)\n[sales]\nexten => 300,1,Note(sales)\n same => n,Pause(2)\nexten => 400,1,Call(PJSIP/dave)\n[admin]\nexten => 300,1,Note(admin)\n same => n,Pause(2)\n";

fn test(test: impl AsyncFnOnce(&mut World)) {
    run(PLAN, registry(), test);
}

fn names(names: &[&str]) -> Option<Names> {
    Some(Names::new(names))
}

fn plugin(scope: Scope) -> Principal {
    Principal::new(PrincipalKind::Plugin(Arc::from("router"), 3), Rights::ALL).within(Some(Arc::new(scope)))
}

fn desk(world: &World, scope: Scope) -> Desk {
    world.desk.of(plugin(scope))
}

fn to(context: &str) -> Destination {
    Destination::Exten(Place::new(context, "300", 1))
}

fn application(name: &str, data: &str) -> Destination {
    Destination::Application {
        name: Arc::from(name),
        data: Arc::from(data),
    }
}

async fn originate(desk: &Desk, channel: &str, to: Destination) -> Result<(), Refusal> {
    let spec = OriginateSpec {
        timeout: Some(Duration::from_secs(3)),
        ..OriginateSpec::new(channel, to)
    };
    desk.originate_begin(spec).await.map(drop)
}

/// What was published of denials, as `who: what`.
fn denied(world: &mut World) -> Vec<String> {
    let events = world.record().events.iter();
    let denials = events.filter_map(|event| {
        let EventKind::OutOfScope { by, what } = &event.kind else {
            return None;
        };
        Some(format!("{by}: {what}"))
    });
    denials.collect()
}

const DENIED: Refusal = Refusal::Denied(Right::Originate);
const KEPT_OUT: Refusal = Refusal::Denied(Right::Control);

#[test]
fn calls_are_made_only_to_destinations_and_contexts_of_the_scope() {
    test(async |world| {
        world.phone("bob", Phone::Answers(Duration::from_millis(100)));
        let desk = desk(
            world,
            Scope {
                originate: names(&["PJSIP/bob", "Local/300@*"]),
                contexts: names(&["sales"]),
                ..Scope::default()
            },
        );
        assert_eq!(originate(&desk, "PJSIP/bob", to("sales")).await, Ok(()));
        assert_eq!(originate(&desk, "PJSIP/carol", to("sales")).await, Err(DENIED));
        assert_eq!(
            originate(&desk, "PJSIP/bob/sip:x@evil", to("sales")).await,
            Err(DENIED)
        );
        assert_eq!(
            originate(&desk, "PJSIP/bob&PJSIP/carol", to("sales")).await,
            Err(DENIED)
        );
        assert_eq!(originate(&desk, "PJSIP/bob", to("admin")).await, Err(KEPT_OUT));
        assert_eq!(originate(&desk, "Local/300@sales", to("sales")).await, Ok(()));
        // A Local channel enters the dialplan, whatever list allows it as a destination.
        assert_eq!(
            originate(&desk, "Local/300@admin", to("sales")).await,
            Err(KEPT_OUT)
        );
        let created = desk
            .create_channel(OriginateSpec::new("PJSIP/carol", to("sales")))
            .await;
        assert_eq!(created.unwrap_err(), DENIED);
        world.until_over().await;
        assert_eq!(
            denied(world)[..2],
            [
                "plugin:router@3: the destination PJSIP/carol",
                "plugin:router@3: the destination PJSIP/bob/sip:x@evil"
            ]
        );
        assert_eq!(world.pbx.denials(&plugin(Scope::default())), 6);
        assert!(world.steps("").iter().all(|step| !step.contains("admin")));
    });
}

#[test]
fn channels_are_moved_only_into_contexts_of_the_scope() {
    test(async |world| {
        let alice = world.call("100");
        let bob = world.call("100");
        world.pass(100).await;
        let desk = desk(
            world,
            Scope {
                contexts: names(&["sales"]),
                ..Scope::default()
            },
        );
        let place = |context| Place::new(context, "300", 1);
        assert_eq!(desk.redirect(alice, place("admin")).await, Err(KEPT_OUT));
        assert_eq!(desk.send_to(alice, place("admin")).await, Err(KEPT_OUT));
        let both = ((alice.into(), place("sales")), (bob.into(), place("admin")));
        assert_eq!(desk.redirect_both(both.0, both.1).await, Err(KEPT_OUT));
        let remote = desk.line(alice).await.unwrap();
        let gone = remote
            .run(|line: &mut Line| {
                Box::pin(async move {
                    let subroutine = line.subroutine("admin,300,1").map(drop);
                    (line.goto("admin,300,1"), line.gosub("admin,300,1"), subroutine)
                })
            })
            .await
            .unwrap();
        assert!(gone.0.is_err() && gone.1.is_err() && gone.2.is_err(), "{gone:?}");
        assert_eq!(desk.redirect(alice, place("sales")).await, Ok(()));
        world.pass(200).await;
        assert!(world.steps("00000000").contains(&"300,1 Note(sales)".to_owned()));
        assert_eq!(denied(world).len(), 6);
        for channel in [alice, bob] {
            // One of them ends by itself.
            let _ = world.desk.hangup(channel, Cause::NORMAL_CLEARING).await;
        }
        world.until_over().await;
    });
}

#[test]
fn applications_of_the_scope_alone_run_also_one_inside_the_other() {
    test(async |world| {
        world.phone("bob", Phone::Answers(Duration::from_millis(100)));
        let desk = desk(
            world,
            Scope {
                applications: names(&["Within", "Note"]),
                ..Scope::default()
            },
        );
        assert_eq!(
            originate(&desk, "PJSIP/bob", application("Pause", "1")).await,
            Err(KEPT_OUT)
        );
        assert_eq!(
            originate(&desk, "PJSIP/bob", application("note", "x")).await,
            Ok(())
        );
        world.until_over().await;
        assert_eq!(
            originate(&desk, "PJSIP/bob", application("Within", "Quit 21")).await,
            Ok(())
        );
        world.until_over().await;
        assert_eq!(
            denied(world),
            [
                "plugin:router@3: the application Pause",
                "plugin:router@3: the application Quit"
            ]
        );
    });
}

#[test]
fn what_runs_in_a_context_of_the_scope_runs_as_dialplan() {
    test(async |world| {
        world.phone("bob", Phone::Answers(Duration::from_millis(100)));
        world.phone("dave", Phone::Refuses(Cause::USER_BUSY));
        let scope = || Scope {
            originate: names(&["PJSIP/bob"]),
            contexts: names(&["sales"]),
            dial: names(&[]),
            applications: names(&["Call"]),
            ..Scope::default()
        };
        let desk = desk(world, scope());
        let there = Destination::Exten(Place::new("sales", "400", 1));
        assert_eq!(originate(&desk, "PJSIP/bob", there).await, Ok(()));
        world.until_over().await;
        assert!(denied(world).is_empty(), "the dialplan dialled for itself");
        // With its own application the plugin dials for itself; the test's own `Call` unwraps, so the line is asked here.
        let alice = world.call("100");
        world.pass(100).await;
        let remote = desk.line(alice).await.unwrap();
        let legs = remote
            .run(|line: &mut Line| Box::pin(async move { line.legs("PJSIP/bob").map(drop) }))
            .await;
        assert!(legs.unwrap().is_err());
        assert_eq!(denied(world), ["plugin:router@3: the destination PJSIP/bob"]);
        let _ = world.desk.hangup(alice, Cause::NORMAL_CLEARING).await;
        world.until_over().await;
    });
}

#[test]
fn calls_a_minute_are_counted_over_all_generations() {
    test(async |world| {
        world.phone("bob", Phone::Refuses(Cause::USER_BUSY));
        let scope = || Scope {
            calls_per_minute: Some(2),
            ..Scope::default()
        };
        let desk = desk(world, scope());
        for _ in 0..2 {
            assert_eq!(originate(&desk, "PJSIP/bob", to("main")).await, Ok(()));
        }
        let next = Principal::new(PrincipalKind::Plugin(Arc::from("router"), 4), Rights::ALL);
        let next = world.desk.of(next.within(Some(Arc::new(scope()))));
        assert_eq!(originate(&next, "PJSIP/bob", to("main")).await, Err(DENIED));
        let other = Principal::new(PrincipalKind::Plugin(Arc::from("other"), 1), Rights::ALL);
        let other = world.desk.of(other.within(Some(Arc::new(scope()))));
        assert_eq!(originate(&other, "PJSIP/bob", to("main")).await, Ok(()));
        world.pass(60_100).await;
        assert_eq!(originate(&next, "PJSIP/bob", to("main")).await, Ok(()));
        world.until_over().await;
    });
}

#[test]
fn calls_at_once_are_those_that_live() {
    test(async |world| {
        world.phone("bob", Phone::Answers(Duration::from_millis(100)));
        let desk = desk(
            world,
            Scope {
                calls_at_once: Some(1),
                ..Scope::default()
            },
        );
        assert_eq!(originate(&desk, "PJSIP/bob", to("main")).await, Ok(()));
        assert_eq!(originate(&desk, "PJSIP/bob", to("main")).await, Err(DENIED));
        world.until_over().await;
        assert_eq!(originate(&desk, "PJSIP/bob", to("main")).await, Ok(()));
        world.until_over().await;
    });
}
