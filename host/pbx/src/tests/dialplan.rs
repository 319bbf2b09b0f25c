//! Calls that run through a dialplan.

use super::apps::registry;
use crate::testing::{Phone, World, run};
use std::time::Duration;
use ucx_call::{Action, Cause, EventKind, Place, Refusal, Signal};

fn after(time_ms: u64) -> Duration {
    Duration::from_millis(time_ms)
}

fn test(dialplan: &str, test: impl AsyncFnOnce(&mut World)) {
    run(dialplan, registry(), test);
}

#[test]
fn priorities_run_in_order_with_their_arguments_substituted() {
    let plan = "[main]\nexten => 100,1,Note(${EXTEN} ${PRIORITY} ${CHANNEL})\n same => n,Put(A=x${EXTEN:1})\n same => n,Note(${A} ${ASTETCDIR})\n";
    test(plan, async |world| {
        world.call("100");
        world.until_over().await;
        assert_eq!(
            world.steps("alice"),
            [
                "100,1 Note(100 1 PJSIP/alice-00000000)",
                "100,2 Put(A=x00)",
                "100,3 Note(x00 /etc/asterisk)"
            ]
        );
    });
}

#[test]
fn an_answered_call_is_bridged_and_ends_for_both() {
    test(
        "[main]\nexten => 100,1,Call(PJSIP/bob)\n same => n,Note(not reached)\n",
        async |world| {
            world.phone("bob", Phone::AnswersAndLeaves(after(2_000), after(5_000)));
            world.call("100");
            world.pass(3_000).await;
            assert_eq!(world.desk.bridges().await.unwrap()[0].members.len(), 2);
            world.until_over().await;
            let record = world.record();
            assert_eq!(record.values("DIALSTATUS").last().unwrap(), "ANSWER");
            assert_eq!(record.cause("alice"), Some(Cause::NORMAL_CLEARING));
            assert_eq!(record.cause("bob"), Some(Cause::NORMAL_CLEARING));
            assert_eq!(record.steps("alice").len(), 1);
        },
    );
}

#[test]
fn the_caller_who_hangs_up_ends_the_bridge() {
    test(
        "[main]\nexten => 100,1,Call(PJSIP/bob)\nexten => h,1,Note(${HANGUPCAUSE} ${DIALSTATUS})\n",
        async |world| {
            world.phone("bob", Phone::Answers(after(1_000)));
            let alice = world.call("100");
            world.pass(3_000).await;
            world.pbx.signal(alice, Signal::HungUp(Cause::NORMAL_CLEARING));
            world.until_over().await;
            assert_eq!(world.steps("alice").last().unwrap(), "h,1 Note(16 ANSWER)");
            assert!(
                world
                    .record()
                    .actions
                    .iter()
                    .any(|action| matches!(action, Action::Hangup { .. }))
            );
        },
    );
}

#[test]
fn a_busy_callee_makes_the_caller_busy_when_the_priorities_run_out() {
    test("[main]\nexten => 100,1,Call(PJSIP/bob)\n", async |world| {
        world.phone("bob", Phone::Refuses(Cause::USER_BUSY));
        world.call("100");
        world.until_over().await;
        assert_eq!(world.record().values("DIALSTATUS").last().unwrap(), "BUSY");
        assert_eq!(world.record().cause("alice"), Some(Cause::USER_BUSY));
        assert_eq!(
            world.record().ended("alice").unwrap().place,
            Place::new("main", "100", 2)
        );
    });
}

#[test]
fn nobody_answers_in_time() {
    test(
        "[main]\nexten => 100,1,Call(PJSIP/bob,5)\n same => n,Note(${DIALSTATUS})\n same => n,Quit()\n",
        async |world| {
            world.phone("bob", Phone::Rings);
            world.call("100");
            world.pass(4_900).await;
            assert_eq!(world.steps("alice").len(), 1);
            world.until_over().await;
            assert_eq!(world.steps("alice")[1], "100,2 Note(NOANSWER)");
        },
    );
}

#[test]
fn of_several_phones_the_first_to_answer_wins() {
    test(
        "[main]\nexten => 100,1,Call(PJSIP/bob&PJSIP/carol&PJSIP/gone)\n",
        async |world| {
            world.phone("bob", Phone::Answers(after(3_000)));
            world.phone("carol", Phone::AnswersAndLeaves(after(1_000), after(1_000)));
            world.call("100");
            world.until_over().await;
            let record = world.record();
            assert!(
                record
                    .values("DIALEDPEERNAME")
                    .last()
                    .unwrap()
                    .starts_with("PJSIP/carol")
            );
            assert_eq!(record.cause("bob"), Some(Cause::ANSWERED_ELSEWHERE));
        },
    );
}

#[test]
fn hangup_runs_h_which_can_look_but_not_drive() {
    let plan = "[main]\nexten => 100,1,Answer()\n same => n,Quit(21)\nexten => h,1,Note(cause ${HANGUPCAUSE})\n same => n,Put(LEFT=yes)\n same => n,Pause(1)\n same => n,Note(not reached)\n";
    test(plan, async |world| {
        world.call("100");
        world.until_over().await;
        let steps = world.steps("alice");
        assert_eq!(
            steps[2..],
            ["h,1 Note(cause 21)", "h,2 Put(LEFT=yes)", "h,3 Pause(1)"]
        );
        assert_eq!(world.record().cause("alice"), Some(Cause::CALL_REJECTED));
    });
}

#[test]
fn the_end_is_reported_from_the_priority_that_is_missing() {
    test(
        "[main]\nexten => 100,1,Note()\nexten => h,1,Note(${EXTEN})\n",
        async |world| {
            world.call("100");
            world.until_over().await;
            assert_eq!(world.steps("alice"), ["100,1 Note()", "h,1 Note(h)"]);
            assert_eq!(
                world.record().ended("alice").unwrap().place,
                Place::new("main", "h", 2)
            );
        },
    );
}

#[test]
fn a_redirect_cuts_a_playback_short() {
    let plan = "[main]\nexten => 100,1,Answer()\n same => n,Play(long)\n same => n,Note(not reached)\nexten => dest,1,Note(here)\n";
    test(plan, async |world| {
        let alice = world.call("100");
        world.pass(500).await;
        let nowhere = world.desk.redirect(alice, Place::new("main", "nowhere", 1)).await;
        assert_eq!(nowhere, Err(Refusal::NoSuchExtension));
        world
            .desk
            .redirect(alice, Place::new("main", "dest", 1))
            .await
            .unwrap();
        world.until_over().await;
        assert_eq!(
            world.steps("alice"),
            ["100,1 Answer()", "100,2 Play(long)", "dest,1 Note(here)"]
        );
        assert!(world.record().values("PLAYED").is_empty());
    });
}

#[test]
fn subroutines_have_arguments_of_their_own_and_return_a_value() {
    let plan = "[main]\nexten => 100,1,Put(ARG1=outer)\n same => n,Sub(sub,s,1(one,${EXTEN}))\n same => n,Note(${ARG1} ${ARG2} ${GOSUB_RETVAL})\n[sub]\nexten => s,1,Note(${ARG1} ${ARG2} ${ARGC})\n same => n,Sub(deeper(two))\n same => n,Note(${ARG1} ${GOSUB_RETVAL})\n same => n,Back(outer value)\n same => n(deeper),Back(inner ${ARG1})\n";
    test(plan, async |world| {
        world.call("100");
        world.until_over().await;
        let notes: Vec<_> = world
            .steps("alice")
            .into_iter()
            .filter(|step| step.contains("Note"))
            .collect();
        assert_eq!(
            notes,
            [
                "s,1 Note(one 100 2)",
                "s,3 Note(one inner two)",
                "100,3 Note(outer  outer value)"
            ]
        );
    });
}

#[test]
fn endless_recursion_ends_the_call() {
    test("[main]\nexten => 100,1,Sub(100,1)\n", async |world| {
        world.call("100");
        world.until_over().await;
        // Once on the way in and once on the way out.
        assert_eq!(world.record().values("ARGC").len(), 2 * crate::GOSUB_DEPTH_MAX);
    });
}

#[test]
fn a_dialled_extension_is_found_as_soon_as_it_is_unambiguous() {
    let plan = "[main]\nexten => 100,1,Answer()\n same => n,Dialled(10)\nexten => 23,1,Note(short)\nexten => 234,1,Note(long)\nexten => i,1,Note(invalid ${INVALID_EXTEN})\nexten => t,1,Note(timeout)\n";
    for (digits, step, waited_ms) in [
        ("234", "234,1 Note(long)", 300..500),
        ("23", "23,1 Note(short)", 5_200..5_500),
        ("9", "i,1 Note(invalid 9)", 100..300),
        ("", "t,1 Note(timeout)", 10_000..10_200),
    ] {
        test(plan, async |world| {
            let alice = world.call("100");
            world.press(alice, digits).await;
            world.until_over().await;
            assert_eq!(world.steps("alice").last().unwrap(), step, "{digits}");
            let took = world.pbx.now().as_millis();
            assert!(waited_ms.contains(&took), "{digits} took {took} ms");
        });
    }
}

#[test]
fn a_digit_during_a_menu_begins_the_extension() {
    let plan = "[main]\nexten => 100,1,Answer()\n same => n,Menu(long)\n same => n,Jump(1)\nexten => 12,1,Note(twelve)\n";
    test(plan, async |world| {
        let alice = world.call("100");
        world.pass(200).await;
        world.press(alice, "912").await;
        world.until_over().await;
        assert_eq!(world.steps("alice").last().unwrap(), "12,1 Note(twelve)");
    });
}

#[test]
fn a_jump_to_nowhere_goes_to_i_or_ends() {
    test(
        "[main]\nexten => 100,1,Jump(200,1)\nexten => i,1,Note(${INVALID_EXTEN})\n",
        async |world| {
            world.call("100");
            world.until_over().await;
            assert_eq!(world.steps("alice").last().unwrap(), "i,1 Note(200)");
        },
    );
    test("[main]\nexten => 100,1,Jump(200,1)\n", async |world| {
        world.call("100");
        world.until_over().await;
        assert_eq!(world.steps("alice"), ["100,1 Jump(200,1)"]);
    });
}

#[test]
fn without_autofallthrough_the_end_of_priorities_waits_for_an_extension() {
    let plan = "[general]\nautofallthrough=no\n[main]\nexten => 100,1,Answer()\nexten => 5,1,Note(five)\n same => n,Quit()\n";
    test(plan, async |world| {
        let alice = world.call("100");
        world.pass(3_000).await;
        world.press(alice, "5").await;
        world.until_over().await;
        assert_eq!(world.steps("alice")[1], "5,1 Note(five)");
    });
}

#[test]
fn an_unknown_application_ends_the_channel() {
    test(
        "[main]\nexten => 100,1,Nonsense(a)\n same => n,Note()\n",
        async |world| {
            world.call("100");
            world.until_over().await;
            assert_eq!(world.steps("alice"), ["100,1 Nonsense(a)"]);
        },
    );
}

#[test]
fn an_application_that_panics_takes_only_its_channel_with_it() {
    test(
        "[main]\nexten => 100,1,Panics()\nexten => 200,1,Answer()\n same => n,Pause(1)\n",
        async |world| {
            world.call("100");
            world.call("200");
            world.until_over().await;
            assert_eq!(
                world.record().cause("alice-00000000"),
                Some(Cause::NORMAL_TEMPORARY_FAILURE)
            );
            assert_eq!(world.steps("alice-00000001").len(), 2);
        },
    );
}

#[test]
fn a_dialplan_that_never_waits_lets_others_run_and_can_be_ended() {
    let plan = "[main]\nexten => 100,1,Jump(1)\nexten => 200,1,Answer()\n same => n,Pause(1)\n";
    test(plan, async |world| {
        let looping = world.call("100");
        let other = world.call("200");
        tokio::task::yield_now().await;
        tokio::task::yield_now().await;
        assert!(world.pbx.channel(other).unwrap().answered_at.is_some());
        assert!(
            world.pbx.channel(looping).is_some(),
            "it goes on while others run"
        );
        world.desk.hangup(looping, Cause::USER_BUSY).await.unwrap();
        world.until_over().await;
        assert_eq!(world.record().cause("alice-00000000"), Some(Cause::USER_BUSY));
    });
}

#[test]
fn a_dialplan_that_never_waits_is_ended_at_last() {
    test("[main]\nexten => 100,1,Jump(1)\n", async |world| {
        world.call("100");
        world.until_over().await;
        assert_eq!(
            world.record().cause("alice"),
            Some(Cause::NORMAL_TEMPORARY_FAILURE)
        );
    });
}

#[test]
fn a_local_pair_is_taken_out_of_the_path_unless_told_not_to() {
    for (option, optimised) in [("", 1), ("/n", 0)] {
        let plan =
            format!("[main]\nexten => 100,1,Call(Local/200@main{option})\nexten => 200,1,Call(PJSIP/bob)\n");
        test(&plan, async |world| {
            world.phone("bob", Phone::AnswersAndLeaves(after(1_000), after(5_000)));
            world.call("100");
            world.pass(3_000).await;
            let locals = world.pbx.with_switch(|switch| {
                switch
                    .channels()
                    .filter(|channel| channel.name.starts_with("Local/"))
                    .count()
            });
            assert_eq!(locals, if optimised == 1 { 0 } else { 2 });
            world.until_over().await;
            let is_end = |kind: &EventKind| matches!(kind, EventKind::LocalOptimizationEnded { .. });
            assert_eq!(world.record().count(is_end), optimised);
            assert_eq!(world.record().cause("bob"), Some(Cause::NORMAL_CLEARING));
        });
    }
}

#[test]
fn a_call_to_what_does_not_exist_is_not_taken() {
    test("[main]\nexten => 100,1,Note()\n", async |world| {
        assert_eq!(
            world.pbx.incoming(World::incoming("999")),
            Err(Refusal::NoSuchExtension)
        );
        assert!(world.record().events.is_empty());
    });
}

#[test]
fn a_reload_takes_effect_at_the_next_step() {
    test(
        "[main]\nexten => 100,1,Pause(2)\n same => n,Note(old)\n",
        async |world| {
            world.call("100");
            world.pass(1_000).await;
            let new = crate::testing::dialplan(
                "[globals]\nCOLOUR=blue\n[main]\nexten => 100,2,Note(new ${COLOUR})\n",
            );
            world.desk.replace_dialplan(new).await.unwrap();
            world.until_over().await;
            assert_eq!(world.steps("alice")[1], "100,2 Note(new blue)");
        },
    );
}

#[test]
fn shutdown_ends_every_call() {
    test(
        "[main]\nexten => 100,1,Answer()\n same => n,Pause(1000)\nexten => h,1,Note()\n",
        async |world| {
            world.call("100");
            world.pass(100).await;
            world.pbx.shutdown();
            world.until_over().await;
            assert!(world.pbx.now() < Duration::from_secs(5));
            assert_eq!(world.steps("alice").last().unwrap(), "h,1 Note()");
        },
    );
}

#[test]
fn layers_of_control_end_from_the_top() {
    let plan = "[main]\nexten => 100,1,Answer()\n same => n,Layered(60)\n same => n,Note(on)\nexten => dest,1,Layered(1)\n same => n,Note(there)\nexten => h,1,Note(${LAYER})\n";
    test(plan, async |world| {
        let alice = world.call("100");
        world.pass(500).await;
        world
            .desk
            .redirect(alice, Place::new("main", "dest", 1))
            .await
            .unwrap();
        world.until_over().await;
        let record = world.record();
        assert_eq!(record.values("LAYER"), ["Err(Interrupted(Redirected))", "Ok(())"]);
        assert_eq!(
            record.steps("alice")[2..],
            ["dest,1 Layered(1)", "dest,2 Note(there)", "h,1 Note(Ok(()))"]
        );
    });
    test(plan, async |world| {
        let alice = world.call("100");
        world.pass(500).await;
        world.pbx.signal(alice, Signal::HungUp(Cause::NORMAL_CLEARING));
        world.until_over().await;
        assert_eq!(world.steps("alice")[2..], ["h,1 Note(Err(Interrupted(HungUp)))"]);
    });
}

#[test]
fn the_absolute_limit_goes_to_the_capital_t_extension_once() {
    let plan = "[main]\nexten => 100,1,Limit(2)\n same => n,Pause(60)\nexten => T,1,Note(late)\n same => n,Pause(3)\n same => n,Note(on)\n";
    test(plan, async |world| {
        world.call("100");
        world.until_over().await;
        assert_eq!(
            world.steps("alice")[2..],
            ["T,1 Note(late)", "T,2 Pause(3)", "T,3 Note(on)"]
        );
        assert!((5_000..5_200).contains(&world.pbx.now().as_millis()));
    });
}

#[test]
fn the_control_loop_is_woken_by_actions_and_by_a_new_timeout() {
    test("[main]\nexten => 100,1,Note()\n", async |world| {
        let pbx = crate::Pbx::new(crate::PbxConfig {
            dialplan: crate::testing::dialplan("[main]\nexten => 100,1,Answer()\n same => n,Pause(5)\n"),
            registry: registry(),
            ..crate::PbxConfig::default()
        });
        let alice = pbx.incoming(World::incoming("100")).unwrap();
        pbx.wake().await;
        assert_eq!(pbx.poll_action(), Some(Action::Answer { channel: alice }));
        assert_eq!(pbx.poll_timeout(), None);
        pbx.mutate(|switch, now| switch.set_absolute_timeout(now, alice, Some(after(3_000))));
        pbx.wake().await;
        assert!(pbx.poll_timeout().is_some());
        world.pass(1).await;
    });
}
