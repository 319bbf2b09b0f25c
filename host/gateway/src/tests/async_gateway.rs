//! Commands of Manager clients, through the queue.

use super::{commands_of, config, registry};
use std::sync::Arc;
use ucx_call::{
    Cause, ChannelId, EventKind, Place, Principal, PrincipalKind, Refusal, Right, Rights, Signal,
};
use ucx_pbx::testing::{World, run};

const PLAN: &str = "[main]\nexten => async,1,Answer()\n same => n,AGI(agi:async,one,two)\n same => n,Note(${AGISTATUS})\n\
    exten => 200,1,Note(elsewhere)\nexten => h,1,Note(end ${AGISTATUS})\n";

fn test(test: impl AsyncFnOnce(&mut World, ChannelId)) {
    let mut registry = registry();
    crate::register(&mut registry, config());
    run(PLAN, registry, async |world| {
        let alice = world.call("async");
        world.pass(10).await;
        test(world, alice).await;
        world.until_over().await;
    });
}

async fn bring(world: &World, commands: &[(&str, &str)]) {
    for (command, id) in commands {
        let id = (!id.is_empty()).then(|| Arc::from(*id));
        world
            .desk
            .async_command("PJSIP/alice-00000000", command, id)
            .await
            .unwrap();
    }
}

#[test]
fn a_session_is_told_as_recorded() {
    test(async |world, _| {
        bring(
            world,
            &[
                ("ANSWER", "cmd-1"),
                ("CHANNEL STATUS", "cmd-2"),
                ("SET VARIABLE COLOUR \"dark blue\"", "cmd-3"),
                ("GET VARIABLE COLOUR", ""),
                ("STREAM FILE beep \"\"", "cmd-6"),
                ("NO SUCH COMMAND", "cmd-8"),
                ("ASYNCAGI BREAK", "cmd-9"),
                ("NOOP", "too late"),
            ],
        )
        .await;
        world.until_over().await;
        let record = world.record();
        let environment = record.events.iter().find_map(|event| {
            if let EventKind::AsyncGatewayStarted { environment, .. } = &event.kind {
                Some(environment.clone())
            } else {
                None
            }
        });
        let environment = environment.unwrap();
        assert!(environment.starts_with("agi_request: async\nagi_channel: PJSIP/alice-00000000\n"));
        assert!(environment.ends_with("agi_arg_1: one\nagi_arg_2: two\n\n"));
        assert_eq!(
            commands_of(&record.events),
            [
                "start ANSWER",
                "end ANSWER: 200 Success",
                "done cmd-1: 200 result=0\n",
                "start CHANNEL STATUS",
                "end CHANNEL STATUS: 200 Success",
                "done cmd-2: 200 result=6\n",
                "start SET VARIABLE COLOUR \"dark blue\"",
                "COLOUR=dark blue",
                "end SET VARIABLE COLOUR \"dark blue\": 200 Success",
                "done cmd-3: 200 result=1\n",
                "start GET VARIABLE COLOUR",
                "end GET VARIABLE COLOUR: 200 Success",
                "done -: 200 result=1 (dark blue)\n",
                "start STREAM FILE beep \"\"",
                "PLAYBACKSTATUS=SUCCESS",
                "end STREAM FILE beep \"\": 200 Success",
                "done cmd-6: 200 result=0 endpos=8000\n",
                "start NO SUCH COMMAND",
                "end NO SUCH COMMAND: 510 Invalid or unknown command",
                "done cmd-8: 510 Invalid or unknown command\n",
                "start ASYNCAGI BREAK",
                "end ASYNCAGI BREAK: 200 Success",
                "done cmd-9: 200 result=0\n",
                "async end",
                "AGISTATUS=SUCCESS",
            ]
        );
        assert_eq!(world.steps("alice")[2], "async,3 Note(SUCCESS)");
    });
}

#[test]
fn a_call_that_ends_during_a_command_is_told_as_recorded() {
    test(async |world, alice| {
        bring(
            world,
            &[("STREAM FILE tt-monkeys \"\"", "cmd-1"), ("NOOP", "cmd-2")],
        )
        .await;
        world.pass(520).await;
        world.pbx.signal(alice, Signal::HungUp(Cause::NORMAL_CLEARING));
        world.until_over().await;
        assert_eq!(
            commands_of(&world.record().events),
            [
                "start STREAM FILE tt-monkeys \"\"",
                "PLAYBACKSTATUS=FAILED",
                "end STREAM FILE tt-monkeys \"\": 200 Failure",
                "done cmd-1: 200 result=-1 endpos=4160\n",
                "async end",
                "AGISTATUS=HANGUP",
            ]
        );
        assert_eq!(world.steps("alice")[2], "h,1 Note(end HANGUP)");
    });
}

#[test]
fn a_redirect_takes_the_channel_out_at_once() {
    test(async |world, alice| {
        bring(world, &[("WAIT FOR DIGIT -1", "cmd-1")]).await;
        world.pass(100).await;
        world
            .desk
            .redirect(alice, Place::new("main", "200", 1))
            .await
            .unwrap();
        world.until_over().await;
        let commands = commands_of(&world.record().events);
        assert_eq!(commands[commands.len() - 2..], ["async end", "AGISTATUS=HANGUP"]);
        let steps = world.steps("alice");
        assert_eq!(
            steps[steps.len() - 2..],
            ["200,1 Note(elsewhere)", "h,1 Note(end HANGUP)"]
        );
    });
}

#[test]
fn a_command_has_the_rights_of_whoever_brought_it() {
    test(async |world, alice| {
        let user = |rights| Principal::new(PrincipalKind::ManagerUser("panel".into()), rights);
        let weak = world.desk.of(user(Rights::ALL));
        let strong = world.desk.of(user(Rights::ALL.with(Right::System)));
        for (desk, command) in [
            (&weak, "EXEC Secret"),
            (&weak, "GET VARIABLE SHELL(id)"),
            (&weak, "GET FULL VARIABLE ${SHELL(id)}"),
            (&weak, "EXEC Put A=${SHELL(id)}"),
            (&strong, "GET VARIABLE SHELL(id)"),
            (&weak, "ASYNCAGI BREAK"),
        ] {
            desk.async_command(alice, command, None).await.unwrap();
        }
        world.until_over().await;
        let said = commands_of(&world.record().events);
        let done: Vec<_> = said
            .iter()
            .filter_map(|line| line.strip_prefix("done -: "))
            .collect();
        assert_eq!(
            done,
            [
                "200 result=-1\n",
                "200 result=0\n",
                "200 result=1 ()\n",
                "200 result=0\n",
                "200 result=1 (id)\n",
                "200 result=0\n"
            ]
        );
    });
}

#[test]
fn only_a_channel_that_waits_takes_commands() {
    let mut registry = registry();
    crate::register(&mut registry, config());
    run("[main]\nexten => 100,1,Pause(5)\n", registry, async |world| {
        let alice = world.call("100");
        world.pass(10).await;
        let refused = world.desk.async_command(alice, "NOOP", None).await;
        assert!(matches!(refused, Err(Refusal::Conflict(_))), "{refused:?}");
        world.until_over().await;
    });
}
