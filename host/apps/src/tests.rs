//! What the tests of applications and functions share, and what holds for all of them.

mod rights;

use ucx_call::{Action, Cause, Indication, Signal, Source, Tone};
use ucx_pbx::Registry;
use ucx_pbx::testing::{Phone, World, run};

fn registry() -> Registry {
    let mut registry = Registry::new();
    crate::register(&mut registry);
    registry
}

/// Runs a test in a world with that dialplan and every application.
pub(crate) fn test(plan: &str, test: impl AsyncFnOnce(&mut World)) {
    run(plan, registry(), test);
}

/// The steps of Alice's call of extension 100, from its start to its end.
pub(crate) fn steps(plan: &str) -> Vec<String> {
    let mut steps = Vec::new();
    test(plan, async |world| {
        world.call("100");
        world.until_over().await;
        steps = world.steps("alice");
    });
    steps
}

/// The texts of the call's `NoOp`s.
pub(crate) fn notes(plan: &str) -> Vec<String> {
    let note = |step: String| Some(step.split_once(" NoOp(")?.1.strip_suffix(')')?.to_owned());
    steps(plan).into_iter().filter_map(note).collect()
}

/// The values a variable is given in the call.
pub(crate) fn values(plan: &str, variable: &str) -> Vec<String> {
    let mut values = Vec::new();
    test(plan, async |world| {
        world.call("100");
        world.until_over().await;
        values = world.record().values(variable);
    });
    values
}

/// What becomes of a text in Alice's call.
pub(crate) fn expand(text: &str) -> String {
    notes(&format!("[main]\nexten => 100,1,NoOp({text})\n")).remove(0)
}

/// The same, after a `Set`.
pub(crate) fn expand_with(set: &str, text: &str) -> String {
    notes(&format!(
        "[main]\nexten => 100,1,Set({set})\n same => n,NoOp({text})\n"
    ))
    .remove(0)
}

/// What the caller is told in the call.
pub(crate) fn indications(plan: &str) -> Vec<Indication> {
    let mut told = Vec::new();
    test(plan, async |world| {
        world.call("100");
        world.until_over().await;
        let actions = world.record().actions.iter();
        told.extend(actions.filter_map(|action| {
            let Action::Indicate { indication, .. } = action else {
                return None;
            };
            Some(*indication)
        }));
    });
    told
}

/// The tones somebody has heard so far.
pub(crate) fn tones(world: &mut World) -> Vec<Tone> {
    let actions = world.record().actions.iter();
    let tones = actions.filter_map(|action| {
        let Action::Hear {
            source: Source::Tone(tone),
            ..
        } = action
        else {
            return None;
        };
        Some(*tone)
    });
    tones.collect()
}

/// The last step of a call that is answered, comes to `first` and presses digits there, with 1, 23, i and t to go to.
pub(crate) fn menu(first: &str, digits: &str) -> String {
    let mut last = String::new();
    let plan = format!(
        "[main]\nexten => 100,1,Answer()\n same => n,{first}\n same => n,NoOp(on)\nexten => 1,1,NoOp(one)\nexten => 23,1,NoOp(twenty-three)\nexten => i,1,NoOp(invalid ${{INVALID_EXTEN}})\nexten => t,1,NoOp(timeout)\n"
    );
    test(&plan, async |world| {
        let alice = world.call("100");
        world.pass(100).await;
        world.press(alice, digits).await;
        world.until_over().await;
        last = world.steps("alice").pop().expect("the call took a step");
    });
    last
}

#[test]
fn every_application_that_waits_ends_with_the_call() {
    let waiting = [
        "BackGround(a&b&c&d)",
        "Busy(9)",
        "ControlPlayback(a)",
        "Congestion()",
        "Dial(PJSIP/bob)",
        "Echo()",
        "Exec(Wait(5))",
        "MusicOnHold()",
        "Originate(PJSIP/bob,app,NoOp)",
        "ReceiveText(5)",
        "Record(a.wav)",
        "WaitDigit(5)",
        "ExecIf(1?Wait(5))",
        "Playback(a&b&c&d)",
        "Read(D,,4)",
        "Read(D,a&b&c)",
        "SendDTMF(123456789)",
        "TryExec(Wait(5))",
        "Wait(5)",
        "WaitExten(5)",
    ];
    for application in waiting {
        let plan = format!(
            "[main]\nexten => 100,1,Answer()\n same => n,{application}\n same => n,NoOp(gone on)\nexten => t,1,NoOp()\nexten => h,1,NoOp(over)\n"
        );
        test(&plan, async |world| {
            world.phone("bob", Phone::Rings);
            let alice = world.call("100");
            world.pass(300).await;
            world.pbx.signal(alice, Signal::HungUp(Cause::NORMAL_CLEARING));
            world.pass(100).await;
            assert!(
                world.pbx.channel(alice).is_none(),
                "{application} holds a channel that is over"
            );
            let steps = world.steps("alice");
            assert_eq!(steps[2..], ["h,1 NoOp(over)"], "{application}");
        });
    }
}

#[test]
fn every_application_that_waits_lets_a_redirected_call_go() {
    for application in [
        "Dial(PJSIP/bob)",
        "Echo()",
        "Playback(a&b&c&d)",
        "Read(D,,4)",
        "SendDTMF(123456789)",
        "Wait(5)",
    ] {
        let plan = format!(
            "[main]\nexten => 100,1,Answer()\n same => n,{application}\n same => n,NoOp(gone on)\nexten => dest,1,NoOp(here)\n"
        );
        test(&plan, async |world| {
            world.phone("bob", Phone::Rings);
            let alice = world.call("100");
            world.pass(300).await;
            let dest = ucx_call::Place::new("main", "dest", 1);
            world
                .desk
                .redirect(alice, dest)
                .await
                .expect("the channel can be redirected");
            world.until_over().await;
            assert_eq!(world.steps("alice")[2..], ["dest,1 NoOp(here)"], "{application}");
        });
    }
}

#[test]
fn every_application_and_function_has_help() {
    let registry = registry();
    let applications = registry
        .applications()
        .map(|application| (application.name(), application.help()));
    let functions = registry
        .functions()
        .map(|function| (function.name(), function.help()));
    let all: Vec<_> = applications.chain(functions).collect();
    assert!(all.len() > 50);
    for (name, help) in all {
        assert!(
            help.synopsis.ends_with('.'),
            "{name} needs a synopsis that is a sentence"
        );
        assert!(
            help.syntax.starts_with(name),
            "the syntax of {name} begins with its name"
        );
        for (what, meaning) in help.arguments.iter().chain(help.options).chain(help.sets) {
            assert!(
                !what.is_empty() && meaning.ends_with('.'),
                "{name}: {what} needs a sentence"
            );
        }
        for (argument, _) in help.arguments {
            assert!(
                help.syntax.contains(argument),
                "{name}: {argument} is not in its syntax"
            );
        }
    }
}

#[test]
fn names_are_found_as_the_field_spells_them_and_otherwise() {
    let registry = registry();
    for name in ["Answer", "ANSWER", "noop", "BackGround", "Background"] {
        assert!(registry.find_application(name).is_some(), "{name}");
    }
    assert!(registry.find_application("Dial2").is_none());
}
