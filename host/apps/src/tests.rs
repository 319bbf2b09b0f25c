//! What the tests of applications and functions share, and what holds for all of them.

use ucx_pbx::Registry;
use ucx_pbx::testing::{World, run};

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
