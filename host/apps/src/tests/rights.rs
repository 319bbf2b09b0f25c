//! What reaches the system, and all the ways in which somebody without the right to it could try to get there.

use super::test;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{Place, Principal, PrincipalKind, Refusal, Right, Rights};
use ucx_pbx::testing::{Phone, World};
use ucx_pbx::{Desk, Destination, OriginateSpec};

const PLAN: &str = "[main]\nexten => 100,1,Answer()\n same => n,Wait(2)\nexten => 300,1,Set(SAID=${SHELL(printf operator)})\n";

/// A file that exists only if somebody got there.
fn mark(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("ucx-rights-{}-{name}", std::process::id()))
}

fn user(world: &World, rights: Rights) -> Desk {
    world.desk.of(Principal::new(
        PrincipalKind::ManagerUser(Arc::from("user")),
        rights,
    ))
}

async fn run_application(world: &mut World, rights: Rights, name: &str, data: &str) -> Result<(), Refusal> {
    let to = Destination::Application {
        name: Arc::from(name),
        data: Arc::from(data),
    };
    let desk = user(world, rights);
    let originated = desk.originate(OriginateSpec::new("PJSIP/bob", to)).await;
    world.until_over().await;
    originated.map(drop)
}

/// Each way there, with `CMD` for the command.
const HIDDEN: [(&str, &str); 12] = [
    ("System", "CMD"),
    ("TrySystem", "CMD"),
    ("Exec", "System(CMD)"),
    ("Exec", "Exec(TrySystem(CMD))"),
    ("TryExec", "System(CMD)"),
    ("TryExec", "TryExec(System(CMD))"),
    ("ExecIf", "1?System(CMD)"),
    ("ExecIf", "0?NoOp():TrySystem(CMD)"),
    ("Exec", "NoOp(${SHELL(CMD)})"),
    ("Exec", "Set(X=${SHELL(CMD)})"),
    ("Exec", "GotoIf($[\"${SHELL(CMD)}\" = \"\"]?main,100,1)"),
    ("Originate", "PJSIP/bob,app,System,CMD"),
];

#[test]
fn no_application_hides_the_system_from_the_rights_of_whoever_asks() {
    test(PLAN, async |world| {
        world.phone("bob", Phone::Answers(Duration::from_millis(10)));
        for (number, (name, data)) in HIDDEN.into_iter().enumerate() {
            let file = mark(&format!("hidden-{number}"));
            let data = data.replace("CMD", &format!("touch {}", file.display()));
            let refused = run_application(world, Rights::ALL, name, &data).await;
            assert!(!file.exists(), "{name}({data}) got there");
            let is_refused_at_once = matches!(name, "System" | "TrySystem");
            assert_eq!(
                refused,
                if is_refused_at_once {
                    Err(Refusal::Denied(Right::System))
                } else {
                    Ok(())
                },
                "{name}"
            );
        }
    });
}

/// The other half of the proof: what is refused above works for somebody who may.
#[test]
fn with_the_right_to_the_system_each_way_leads_there() {
    test(PLAN, async |world| {
        world.phone("bob", Phone::Answers(Duration::from_millis(10)));
        for (number, (name, data)) in HIDDEN.into_iter().enumerate() {
            // A second substitution cannot wait for a command, whoever asks.
            if data.contains("SHELL") {
                continue;
            }
            let file = mark(&format!("open-{number}"));
            let data = data.replace("CMD", &format!("touch {}", file.display()));
            let rights = Rights::ALL.with(Right::System);
            assert_eq!(run_application(world, rights, name, &data).await, Ok(()));
            assert!(file.exists(), "{name}({data}) did not get there");
            std::fs::remove_file(&file).unwrap();
        }
    });
}

#[test]
fn requests_cannot_read_or_write_what_reaches_the_system() {
    test(PLAN, async |world| {
        let file = mark("requests");
        let (command, alice) = (format!("touch {}", file.display()), world.call("100"));
        world.pass(100).await;
        let desk = user(world, Rights::ALL);
        let denied = |answer: Result<Option<String>, Refusal>, what: &str| {
            assert!(
                matches!(&answer, Err(Refusal::Invalid(why)) if why.contains("System")),
                "{what}: {answer:?}"
            );
        };
        for function in [
            format!("SHELL({command})"),
            "FILE(/etc/passwd)".to_owned(),
            "ENV(PATH)".to_owned(),
            "DB(a/b)".to_owned(),
            "DB_DELETE(a/b)".to_owned(),
            "DB_KEYS()".to_owned(),
        ] {
            denied(desk.variable(None, &function).await, &function);
            denied(desk.variable(Some(alice.into()), &function).await, &function);
            let written = desk.set_variable(Some(alice.into()), &function, "x").await;
            denied(written.map(|()| None), &function);
        }
        // Inside another function there is no substitution of what a client sent, or one with the client's rights.
        for function in [
            format!("IF($[1]?${{SHELL({command})}}:x)"),
            format!("EVAL(${{SHELL({command})}})"),
            format!("CUT(SHELL({command}),-,1)"),
        ] {
            // Whatever it answers, it must not get there.
            let _ = desk.variable(Some(alice.into()), &function).await;
            let set = desk.set_variable(Some(alice.into()), "X", &function).await;
            assert_eq!(set, Ok(()));
            let value = desk.variable(Some(alice.into()), "X").await;
            assert_eq!(value, Ok(Some(function)));
        }
        let variables = vec![(Arc::from(format!("SHELL({command})").as_str()), Arc::from("x"))];
        let spec = OriginateSpec {
            variables,
            ..OriginateSpec::new("Local/100@main", Destination::Exten(Place::new("main", "100", 1)))
        };
        desk.originate(spec).await.unwrap();
        assert!(!file.exists(), "a request got there");
        world.until_over().await;
    });
}

#[test]
fn the_dialplan_of_the_operator_reaches_the_system_for_anybody_sent_there() {
    test(PLAN, async |world| {
        world.phone("bob", Phone::Answers(Duration::from_millis(10)));
        let desk = user(world, Rights::ALL);
        let to = Destination::Exten(Place::new("main", "300", 1));
        desk.originate(OriginateSpec::new("PJSIP/bob", to)).await.unwrap();
        world.until_over().await;
        assert_eq!(world.record().values("SAID"), ["operator"]);
        let strong = user(world, Rights::ALL.with(Right::System));
        let said = strong.variable(None, "SHELL(printf strong)").await;
        assert_eq!(said, Ok(Some("strong".to_owned())));
    });
}

#[test]
fn a_dialplan_is_only_changed_by_those_who_may_reach_the_system() {
    test(PLAN, async |world| {
        let add = |plan: &mut ucx_dialplan::Dialplan| {
            plan.remove("main", "300", None, None);
            Ok(())
        };
        let weak = user(world, Rights::ALL).edit_dialplan(add).await;
        assert_eq!(weak, Err(Refusal::Denied(Right::System)));
        assert!(world.pbx.exten_exists("main", "300", 1, ""));
        user(world, Rights::ALL.with(Right::System))
            .edit_dialplan(add)
            .await
            .unwrap();
        assert!(!world.pbx.exten_exists("main", "300", 1, ""));
    });
}

#[test]
fn others_calls_are_steered_only_with_the_right_to() {
    test(PLAN, async |world| {
        world.phone("bob", Phone::Answers(Duration::from_millis(10)));
        let alice = world.call("100");
        world.pass(100).await;
        let rights = Rights::NONE.with(Right::Originate);
        for (name, data) in [
            ("SoftHangup", "PJSIP/alice"),
            ("ChannelRedirect", "PJSIP/alice-00000000,main,300,1"),
        ] {
            let to = Destination::Application {
                name: Arc::from(name),
                data: Arc::from(data),
            };
            let asked = user(world, rights)
                .originate(OriginateSpec::new("PJSIP/bob", to))
                .await;
            assert_eq!(asked.unwrap_err(), Refusal::Denied(Right::Control));
        }
        assert!(world.pbx.channel(alice).is_some());
        world.until_over().await;
    });
}
