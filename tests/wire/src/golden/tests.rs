//! The same call in other clothes is the same, and what differs is said.

use super::{ami::Talk, causal, compare_ami, compare_ari};
use std::fs;
use std::path::Path;

fn recorded(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("gold").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn recorded_names(ending: &str) -> Vec<String> {
    let gold = Path::new(env!("CARGO_MANIFEST_DIR")).join("gold");
    let mut names = Vec::new();
    for topic in fs::read_dir(&gold).expect("the folder of conversations") {
        let topic = topic.expect("an entry").path();
        for entry in fs::read_dir(&topic).into_iter().flatten() {
            let path = entry.expect("an entry").path();
            let name = path
                .strip_prefix(&gold)
                .expect("it is in there")
                .to_string_lossy()
                .into_owned();
            if name.ends_with(ending) {
                names.push(name);
            }
        }
    }
    names
}

/// Another run of the same call: other epoch, other numbers of channels, other ids of bridges.
fn another_run(text: &str) -> String {
    text.replace("17953", "18812")
        .replace("-0000000", "-0000007")
        .replace("-4", "-5")
}

fn differences(gold: &str, ours: &str) -> String {
    let found = compare_ami(gold.as_bytes(), ours.as_bytes());
    found.iter().map(|difference| format!("{difference}\n")).collect()
}

#[test]
fn every_conversation_equals_itself_in_another_run() {
    let names = recorded_names(".ami.txt");
    assert!(names.len() > 60);
    for name in names {
        let text = recorded(&name);
        assert_eq!(differences(&text, &another_run(&text)), "", "{name}");
    }
    let names = recorded_names(".ari.txt");
    assert!(names.len() > 30);
    for name in names {
        let text = recorded(&name);
        let found = compare_ari(text.as_bytes(), another_run(&text).as_bytes());
        assert!(found.is_empty(), "{name}: {found:#?}");
    }
}

#[test]
fn recorded_conversations_keep_the_causal_order() {
    for name in recorded_names(".ami.txt") {
        let talk = Talk::read(recorded(&name).as_bytes());
        let broken = causal::broken(&talk.stream());
        assert!(broken.is_empty(), "{name}: {broken:#?}");
    }
}

/// A conversation without its first message that begins so, or with it behind the next that begins with `behind`.
fn moved(text: &str, begins: &str, behind: Option<&str>) -> String {
    let at = text.find(begins).unwrap_or_else(|| panic!("no {begins}"));
    let end = at + text[at..].find("\n\n").expect("it has an end") + 2;
    let rest = &text[end..];
    let Some(behind) = behind else {
        return format!("{}{rest}", &text[..at]);
    };
    let to = rest.find(behind).unwrap_or_else(|| panic!("no {behind}"));
    let to = to + rest[to..].find("\n\n").expect("it has an end") + 2;
    format!("{}{}{}{}", &text[..at], &rest[..to], &text[at..end], &rest[to..])
}

const CALL: &str = "calls/answered_callee_hangup.ami.txt";

#[test]
fn events_of_different_channels_may_interleave_otherwise() {
    let text = recorded(CALL);
    // The leg's own change and the caller's view of it come from two sides.
    let other = moved(&text, "Event: DialState", Some("Event: Newstate"));
    assert_ne!(text, other);
    assert_eq!(differences(&text, &other), "");
}

#[test]
fn an_event_that_is_missing_or_additional_is_said() {
    let text = recorded(CALL);
    let less = moved(&text, "Event: NewConnectedLine", None);
    assert_eq!(differences(&text, &less), "id(PJSIP/bob#1)\n- NewConnectedLine\n");
    assert_eq!(differences(&less, &text), "id(PJSIP/bob#1)\n+ NewConnectedLine\n");
}

#[test]
fn a_value_that_differs_is_said() {
    let text = recorded(CALL);
    let other = text.replacen("AppData: PJSIP/bob,2", "AppData: PJSIP/bob,3", 1);
    assert_eq!(
        differences(&text, &other),
        "id(PJSIP/alice#1)\n- Newexten Dial  AppData: PJSIP/bob,2\n+ Newexten Dial  AppData: PJSIP/bob,3\n"
    );
}

#[test]
fn order_within_a_channel_is_compared() {
    let text = recorded(CALL);
    let other = moved(&text, "Event: DialEnd", Some("Event: Newstate"));
    let said = differences(&text, &other);
    assert!(said.starts_with("id(PJSIP/alice#1)\n"), "{said}");
    assert!(said.contains("DialEnd ANSWER"), "{said}");
}

#[test]
fn an_effect_before_its_cause_is_said() {
    let text = recorded(CALL);
    let other = moved(
        &text,
        "Event: Newchannel\nPrivilege: call,all\nChannel: PJSIP/bob",
        Some("Event: DialBegin"),
    );
    let said = differences(&text, &other);
    assert!(said.contains("DialBegin comes before Newchannel"), "{said}");
}

#[test]
fn another_call_is_another_call() {
    let (one, two) = (recorded(CALL), recorded("calls/busy.ami.txt"));
    let said = differences(&one, &two);
    assert!(
        said.contains("- BridgeEnter") && said.contains("+ DialEnd BUSY"),
        "{said}"
    );
}

#[test]
fn a_repeated_variable_counts_once() {
    let text = recorded(CALL);
    let at = text.find("Event: VarSet").expect("a variable");
    let end = at + text[at..].find("\n\n").expect("it has an end") + 2;
    let twice = format!("{}{}{}", &text[..end], &text[at..end], &text[end..]);
    assert_eq!(differences(&text, &twice), "");
}

#[test]
fn events_and_replies_of_applications_are_compared() {
    let text = recorded("ari/bridge_mixing.ari.txt");
    let state = text.replacen("\"state\":\"Up\"", "\"state\":\"Busy\"", 1);
    let found = compare_ari(text.as_bytes(), state.as_bytes());
    assert_eq!(found.len(), 1);
    assert!(found[0].text.contains(".channel.state: Busy"), "{found:?}");
    let status = text.replacen("--> 204 No Content", "--> 200 OK", 1);
    assert_eq!(
        compare_ari(text.as_bytes(), status.as_bytes())[0].subject,
        "replies"
    );
}

#[test]
fn every_rule_of_order_is_met_somewhere() {
    let mut met = vec![false; causal::RULES.len()];
    for name in recorded_names(".ami.txt") {
        let talk = Talk::read(recorded(&name).as_bytes());
        for event in talk.stream() {
            for (rule, met) in causal::RULES.iter().zip(&mut met) {
                *met |= event.event() == Some(rule.then);
            }
        }
    }
    let names = causal::RULES.iter().map(|rule| rule.then);
    let idle: Vec<&str> = names
        .zip(met)
        .filter(|(_, met)| !met)
        .map(|(name, _)| name)
        .collect();
    assert!(idle == ["MusicOnHoldStop"] || idle.is_empty(), "{idle:?}");
}
