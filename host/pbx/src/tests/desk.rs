//! Requests at the desk, and readers of the event stream.

use super::apps::registry;
use crate::desk::JOBS_MAX;
use crate::testing::{Phone, World, run};
use crate::{Delivery, Destination, OriginateSpec, SubscribeSpec};
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;
use ucx_call::{
    Cause, DialOutcome, DialStatus, EventKind, Party, Place, Principal, PrincipalKind, Refusal, Right, Rights,
};

const PLAN: &str = "[main]\nexten => 100,1,Answer()\n same => n,Pause(5)\nexten => 300,1,Note(${WHO} ${CHANNEL})\n same => n,Pause(1)\n";

fn test(test: impl AsyncFnOnce(&mut World)) {
    run(PLAN, registry(), test);
}

fn spec(channel: &str, to: Destination) -> OriginateSpec {
    OriginateSpec {
        timeout: Some(Duration::from_secs(3)),
        caller: Party::new("900", "Robot"),
        variables: vec![
            (Arc::from("WHO"), Arc::from("me")),
            (Arc::from("LANG()"), Arc::from("de")),
        ],
        ..OriginateSpec::new(channel, to)
    }
}

fn exten(exten: &str) -> Destination {
    Destination::Exten(Place::new("main", exten, 1))
}

#[test]
fn an_originated_phone_enters_its_extension_when_it_answers() {
    test(async |world| {
        world.phone("bob", Phone::Answers(Duration::from_secs(1)));
        let originated = world
            .desk
            .originate(spec("PJSIP/bob", exten("300")))
            .await
            .unwrap();
        let channel = originated.channel.unwrap();
        assert_eq!(originated.outcome, DialOutcome::Answered(channel.id));
        assert_eq!(&*channel.language, "de");
        world.until_over().await;
        assert_eq!(
            world.steps("bob"),
            ["300,1 Note(me PJSIP/bob-00000000)", "300,2 Pause(1)"]
        );
    });
}

#[test]
fn an_originate_into_an_application_ends_with_it() {
    test(async |world| {
        world.phone("bob", Phone::Answers(Duration::from_secs(1)));
        let to = Destination::Application {
            name: Arc::from("pause"),
            data: Arc::from("2"),
        };
        world.desk.originate(spec("PJSIP/bob", to)).await.unwrap();
        assert_eq!(world.desk.counts().await.unwrap().channels, 1);
        world.until_over().await;
        assert!(world.steps("bob").is_empty());
        assert!((3_000..3_500).contains(&world.pbx.now().as_millis()));
    });
}

#[test]
fn an_originate_fails_in_words() {
    test(async |world| {
        world.phone("bob", Phone::Rings);
        world.phone("carol", Phone::Refuses(Cause::USER_BUSY));
        let failed = world
            .desk
            .originate(spec("PJSIP/bob", exten("300")))
            .await
            .unwrap()
            .outcome;
        assert!(
            matches!(
                failed,
                DialOutcome::Failed {
                    status: DialStatus::NoAnswer,
                    ..
                }
            ),
            "{failed:?}"
        );
        let failed = world
            .desk
            .originate(spec("PJSIP/carol", exten("300")))
            .await
            .unwrap()
            .outcome;
        assert!(
            matches!(
                failed,
                DialOutcome::Failed {
                    status: DialStatus::Busy,
                    ..
                }
            ),
            "{failed:?}"
        );
        let refusal = async |channel, to| world.desk.originate(spec(channel, to)).await.unwrap_err();
        assert_eq!(
            refusal("PJSIP/nobody", exten("300")).await,
            Refusal::NoSuchChannel
        );
        assert_eq!(refusal("Nosuch/1", exten("300")).await, Refusal::NoSuchChannel);
        assert_eq!(refusal("PJSIP/bob", exten("999")).await, Refusal::NoSuchExtension);
        assert!(matches!(
            refusal("bogus", exten("300")).await,
            Refusal::Invalid(_)
        ));
        world.until_over().await;
    });
}

#[test]
fn a_local_originate_runs_both_extensions() {
    test(async |world| {
        let answered = world
            .desk
            .originate(spec("Local/100@main", exten("300")))
            .await
            .unwrap();
        assert!(matches!(answered.outcome, DialOutcome::Answered(_)));
        world.until_over().await;
        assert_eq!(world.steps(";2")[..2], ["100,1 Answer()", "100,2 Pause(5)"]);
        assert!(world.steps(";1")[0].starts_with("300,1 Note(me"));
    });
}

#[test]
fn rights_are_checked_for_every_request() {
    test(async |world| {
        let nobody = Principal::new(PrincipalKind::ManagerUser(Arc::from("nobody")), Rights::NONE);
        let desk = world.desk.of(nobody);
        assert_eq!(desk.channels().await.unwrap_err(), Refusal::Denied(Right::Look));
        assert_eq!(
            desk.hangup("PJSIP/x", Cause::NONE).await.unwrap_err(),
            Refusal::Denied(Right::Control)
        );
        let originate = desk.originate(spec("PJSIP/bob", exten("300"))).await;
        assert_eq!(originate.unwrap_err(), Refusal::Denied(Right::Originate));
        let set = desk.set_variable(None, "A", "b").await;
        assert_eq!(set.unwrap_err(), Refusal::Denied(Right::Variables));
        let event = desk.user_event(None, "E", Vec::new()).await;
        assert_eq!(event.unwrap_err(), Refusal::Denied(Right::UserEvents));
        let reload = desk.replace_dialplan(world.pbx.dialplan()).await;
        assert_eq!(reload.unwrap_err(), Refusal::Denied(Right::Administer));
    });
}

#[test]
fn functions_and_applications_that_reach_the_system_need_their_own_right() {
    test(async |world| {
        world.phone("bob", Phone::Answers(Duration::from_secs(1)));
        let shell = world.desk.variable(None, "SHELL(id)").await.unwrap_err();
        assert!(
            matches!(&shell, Refusal::Invalid(why) if why.contains("System")),
            "{shell:?}"
        );
        let to = Destination::Application {
            name: Arc::from("Secret"),
            data: Arc::default(),
        };
        let secret = world.desk.originate(spec("PJSIP/bob", to.clone())).await;
        assert_eq!(secret.unwrap_err(), Refusal::Denied(Right::System));

        let root = Principal::new(PrincipalKind::Operator, Rights::ALL.with(Right::System));
        let desk = world.desk.of(root);
        assert_eq!(
            desk.variable(None, "SHELL(id)").await.unwrap().as_deref(),
            Some("id")
        );
        assert!(desk.originate(spec("PJSIP/bob", to)).await.is_ok());
        world.until_over().await;
    });
}

#[test]
fn channels_are_found_by_name_uniqueid_and_id() {
    test(async |world| {
        let alice = world.call("100");
        let channel = world.desk.channel(alice).await.unwrap();
        assert_eq!(world.desk.channel(&*channel.name).await.unwrap().id, alice);
        assert_eq!(world.desk.channel(&*channel.uniqueid).await.unwrap().id, alice);
        assert_eq!(
            world.desk.channel("PJSIP/none-1").await.unwrap_err(),
            Refusal::NoSuchChannel
        );
        let key = Some(alice.into());
        world
            .desk
            .set_variable(key.clone(), "COLOUR", "red")
            .await
            .unwrap();
        assert_eq!(
            world
                .desk
                .variable(key.clone(), "COLOUR")
                .await
                .unwrap()
                .as_deref(),
            Some("red")
        );
        assert_eq!(
            world.desk.variable(key, "EXTEN").await.unwrap().as_deref(),
            Some("100")
        );
        assert_eq!(world.desk.variable(None, "COLOUR").await.unwrap(), None);
        world.desk.hangup(&*channel.name, Cause::USER_BUSY).await.unwrap();
        world.until_over().await;
        assert_eq!(world.record().cause("alice"), Some(Cause::USER_BUSY));
    });
}

#[test]
fn a_slow_reader_gets_a_gap_and_the_calls_do_not_wait() {
    test(async |world| {
        let spec = SubscribeSpec {
            capacity: 4,
            ..SubscribeSpec::all("slow")
        };
        let mut slow = world.desk.subscribe(spec).await.unwrap();
        for _ in 0..3 {
            world.call("100");
        }
        world.until_over().await;
        let all = world.record().events.len();
        let mut seen = 0;
        let mut lost = 0;
        while let Some(delivery) = slow.try_recv() {
            match delivery {
                Delivery::Event(event) => {
                    seen += 1;
                    assert_eq!(event.sequence, seen);
                }
                Delivery::Gap { lost: some } => lost += some,
            }
        }
        assert_eq!(seen, 4);
        assert_eq!(usize::try_from(seen + lost).unwrap(), all);
    });
}

#[test]
fn a_reader_is_woken_and_only_told_what_it_wants() {
    test(async |world| {
        let spec = SubscribeSpec {
            wants: |kind| matches!(kind, EventKind::ChannelEnded { .. }),
            ..SubscribeSpec::all("ends")
        };
        let mut ends = world.desk.subscribe(spec).await.unwrap();
        world.call("100");
        let Some(Delivery::Event(event)) = ends.recv().await else {
            panic!("no event")
        };
        assert!(matches!(event.kind, EventKind::ChannelEnded { .. }));
        assert_eq!(world.pbx.now().as_secs(), 5);
        world.until_over().await;
    });
}

#[test]
fn a_desk_that_nobody_serves_refuses_at_its_bound() {
    test(async |_| {
        let (jobs, _unserved) = tokio::sync::mpsc::channel(JOBS_MAX);
        let desk = crate::Desk::new(jobs, Principal::OPERATOR);
        let mut context = Context::from_waker(Waker::noop());
        let mut waiting: Vec<_> = (0..JOBS_MAX).map(|_| Box::pin(desk.uptime())).collect();
        assert!(
            waiting
                .iter_mut()
                .all(|request| request.as_mut().poll(&mut context).is_pending())
        );
        assert_eq!(
            desk.uptime().await,
            Err(Refusal::Full("requests waiting at the desk"))
        );
    });
}
