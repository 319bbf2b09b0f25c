//! What the tests of applications and functions share, and what holds for all of them.

use ucx_pbx::Registry;
use ucx_pbx::testing::World;

/// Runs a test in a world where a dialplan with these applications and functions runs.
pub(crate) fn run(plan: &str, test: impl AsyncFnOnce(&mut World)) {
    let mut registry = Registry::new();
    crate::register(&mut registry);
    ucx_pbx::testing::run(plan, registry, test);
}

/// What a text becomes when the dialplan substitutes it on a channel.
pub(crate) fn value_of(text: &str) -> String {
    let mut value = String::new();
    let plan = format!("[main]\nexten => 100,1,NoOp(<{text}>)\n");
    run(&plan, async |world| {
        world.call("100");
        world.until_over().await;
        let step = world.steps("alice").remove(0);
        value = step
            .strip_prefix("100,1 NoOp(<")
            .and_then(|step| step.strip_suffix(">)"))
            .expect("NoOp ran")
            .to_owned();
    });
    value
}

#[test]
fn each_says_what_it_does_and_how_it_is_written() {
    let mut registry = Registry::new();
    crate::register(&mut registry);
    let applications = registry.applications().map(|each| (each.name(), each.help()));
    let functions = registry.functions().map(|each| (each.name(), each.help()));
    for (name, help) in applications.chain(functions) {
        assert!(help.synopsis.ends_with('.'), "{name}");
        assert!(help.syntax.starts_with(name), "{name}");
        for (what, meaning) in help.arguments.iter().chain(help.options).chain(help.sets) {
            assert!(!what.is_empty() && meaning.ends_with('.'), "{name}: {what}");
        }
        for (argument, _) in help.arguments {
            let name_only = argument.trim_end_matches('…');
            assert!(
                help.syntax.contains(name_only),
                "{name}: {argument} is not in its syntax"
            );
        }
    }
}
