//! Scenarios of the shipped components, which `cargo xtask plugins` has built.

use super::scenario::parse;
use super::{Bench, Played, difference, play};
use std::path::{Path, PathBuf};

const ROUTER: &str = r#"
    [tables.routes]
    60 = { action = "endpoint", target = "6001" }
    "+1900" = { action = "reject", target = "premium rate" }
    [phones]
    6001 = { answers = "2s", talks = "5s" }
    [[scenario]]
    name = "rings"
    call = { from = "6002", dialled = "6001" }
    expect = { decision = "connect", dials = ["6001"], connected = ["6001"], ended-by = "host", cause = 16 }
"#;

const MENU: &str = r#"
    places = ["rescue,s"]
    [config]
    unavailable = "not-available"
    [tables.menus]
    main = { action = "main", prompt = "welcome", tries = "2" }
    "main/1" = { action = "dial", target = "bob", prompt = "one-moment", ring = "20" }
    "main/2" = { action = "goto", target = "rescue,s" }
    [phones]
    bob = { answers = "1s" }
    [[scenario]]
    name = "goes on"
    call = { dialled = "100", args = ["main"], digits = [{ at = "300ms", press = "2" }] }
    expect = { goes-on = "rescue,s,1", played = ["welcome"], answered = true }
    [[scenario]]
    name = "talks, then leaves"
    call = { dialled = "100", args = ["main"], digits = [{ at = "300ms", press = "1" }], hangs-up = "8s" }
    expect = { connected = ["bob"], ended-by = "caller" }
"#;

/// Plays the scenarios of a text with a shipped component.
fn played(component: &str, name: &str, text: &str, seed: u64) -> Vec<(Option<String>, Played)> {
    let wasm = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../target/plugins/components")
        .join(format!("{component}.wasm"));
    assert!(wasm.exists(), "run `cargo xtask plugins` first");
    let manifest = ucx_plugins::manifest_of(&wasm).unwrap();
    let folder = place(name);
    let bench = Bench {
        wasm: &wasm,
        manifest: &manifest,
        cache: &folder.join("compiled"),
        folder: &folder,
        seed,
    };
    let scenarios = parse(text).unwrap();
    let all = scenarios.iter().map(|scenario| {
        let played = play(&bench, scenario).unwrap();
        (difference(scenario, &played), played)
    });
    let all = all.collect();
    std::fs::remove_dir_all(&folder).unwrap();
    all
}

fn place(name: &str) -> PathBuf {
    let place = std::env::temp_dir().join(format!("ucx-rehearsed-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&place).unwrap();
    place
}

fn first_difference(component: &str, name: &str, text: &str) -> Option<String> {
    played(component, name, text, 1)
        .into_iter()
        .find_map(|(difference, played)| Some(format!("{}; {:?}", difference?, played.story)))
}

#[test]
fn a_router_and_a_flow_do_what_is_expected() {
    assert_eq!(first_difference("prefix-router", "router", ROUTER), None);
    assert_eq!(first_difference("ivr-menu", "menu", MENU), None);
}

#[test]
fn what_is_otherwise_is_told() {
    for (from, to, told) in [
        ("cause = 16", "cause = 17", "cause: expected 17, got 16"),
        (
            "connected = [\"6001\"]",
            "connected = []",
            "connected: expected [], got [\"6001\"]",
        ),
        (
            "dialled = \"6001\"",
            "dialled = \"+19001\"",
            "decision: expected \"connect\", got \"reject\"",
        ),
        (
            "expect = {",
            "refused = \"x\"\nexpect = {",
            "refused: expected \"x\", got \"nothing",
        ),
        (
            "name = \"rings\"",
            "name = \"rings\"\ngrants = {}",
            "the host does not take it",
        ),
    ] {
        let difference = first_difference("prefix-router", "otherwise", &ROUTER.replace(from, to));
        assert!(
            difference.as_deref().is_some_and(|words| words.starts_with(told)),
            "{difference:?}"
        );
    }
}

#[test]
fn equal_seeds_tell_equal_stories() {
    let story = |name| {
        let all = played("ivr-menu", name, MENU, 7);
        all.into_iter()
            .map(|(_, played)| played.story)
            .collect::<Vec<_>>()
    };
    let first = story("one");
    assert!(first.iter().all(|story| story.len() > 5), "{first:?}");
    assert_eq!(first, story("two"));
}
