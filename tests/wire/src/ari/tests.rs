//! Recorded conversations are accepted, and what is broken in them is found.

use super::{Step, check, read};
use std::fs;
use std::path::{Path, PathBuf};

fn gold() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("gold/ari")
}

fn recorded(name: &str) -> String {
    let path = gold().join(name).with_extension("ari.txt");
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn found(text: &str) -> Vec<String> {
    check(text.as_bytes())
        .iter()
        .map(|violation| format!("{}: {}", violation.rule, violation.text))
        .collect()
}

/// What is found after the first of `from` became `to`.
fn with(name: &str, from: &str, to: &str) -> Vec<String> {
    let text = recorded(name);
    assert!(text.contains(from), "{name} has no {from}");
    found(&text.replacen(from, to, 1))
}

#[test]
fn every_recorded_conversation_is_accepted() {
    let mut count = 0;
    for entry in fs::read_dir(gold()).expect("the folder of conversations") {
        let path = entry.expect("an entry").path();
        if path.to_string_lossy().ends_with(".ari.txt") {
            count += 1;
            let found = found(&fs::read_to_string(&path).expect("a text"));
            assert!(found.is_empty(), "{}: {found:#?}", path.display());
        }
    }
    assert!(count > 25, "{count}");
}

#[test]
fn a_conversation_is_read_step_by_step() {
    let steps = read(recorded("bridge_mixing").as_bytes());
    let events = steps
        .iter()
        .filter(|step| matches!(step, Step::Event { .. }))
        .count();
    let replies = steps
        .iter()
        .filter(|step| matches!(step, Step::Rest { .. }))
        .count();
    assert!(events > 10 && replies > 10, "{events} {replies}");
    assert!(
        steps
            .iter()
            .all(|step| !matches!(step, Step::Event { .. }) || step.json().is_some())
    );
}

#[test]
fn a_field_that_is_missing_strange_or_of_another_type_is_found() {
    let name = "bridge_mixing";
    assert_eq!(
        with(name, "\"accountcode\":\"\",", ""),
        ["event: ChannelCreated.channel has no accountcode"]
    );
    assert_eq!(
        with(name, "\"accountcode\":\"\",", "\"accountcode\":null,"),
        ["event: ChannelCreated.channel.accountcode is null, which is no Text"]
    );
    assert_eq!(
        with(name, "\"language\":\"en\"", "\"language\":\"en\",\"colour\":1"),
        ["event: ChannelCreated.channel (Channel) has a field colour"]
    );
    assert_eq!(
        with(name, "\"priority\":1", "\"priority\":\"1\""),
        ["event: ChannelCreated.channel.dialplan.priority is \"1\", which is no Int"]
    );
    assert_eq!(
        with(name, "\"state\":\"Ring\"", "\"state\":\"Rings\""),
        ["event: ChannelCreated.channel.state is Rings"]
    );
}

#[test]
fn moments_have_one_layout() {
    let text = recorded("bridge_mixing");
    let at = text.find("\"timestamp\":\"").expect("an event") + 13;
    let moment = text[at..at + 28].to_owned();
    for wrong in ["+00:00", "Z", ""] {
        let broken = text.replacen(&moment, &moment.replace("+0000", wrong), 1);
        assert_eq!(found(&broken).len(), 1, "{wrong}");
    }
}

#[test]
fn events_say_what_they_are() {
    let name = "bridge_mixing";
    let kind = "{\"type\":\"ChannelCreated\"";
    let strange = with(name, kind, "{\"type\":\"ChannelMade\"");
    assert!(
        strange.contains(&"event: ChannelMade is not known".to_owned()),
        "{strange:?}"
    );
    let other = with(name, kind, "{\"type\":\"StasisStart\"");
    assert!(
        other.contains(&"event: StasisStart has no args".to_owned()),
        "{other:?}"
    );
    let anonymous = with(name, ",\"asterisk_id\":\"02:00:00:00:00:01\"", "");
    assert_eq!(anonymous, ["event: ChannelCreated has no asterisk_id"]);
}

#[test]
fn replies_are_what_their_operation_answers() {
    let name = "bridge_mixing";
    let status = with(name, "--> 204 No Content", "--> 200 OK");
    assert_eq!(status.len(), 1, "{status:?}");
    let body = with(name, "--> 204 No Content", "--> 204 No Content\n{}");
    assert_eq!(body.len(), 1, "{body:?}");
    let phrase = with("errors", "--> 404 Not Found", "--> 404 Nothing Here");
    assert_eq!(phrase.len(), 1, "{phrase:?}");
    let message = with("errors", "Channel not found", "No such channel");
    assert_eq!(message.len(), 1, "{message:?}");
    let bare = with("errors", "{\"message\":", "{\"text\":");
    assert_eq!(bare, ["error: its body has no message"]);
}

#[test]
fn replies_by_websocket_are_replies() {
    let name = "rest_over_websocket";
    let broken = with(
        name,
        "{\\\"message\\\":\\\"Channel not found\\\"}",
        "{\\\"message\\\":\\\"Nothing\\\"}",
    );
    assert_eq!(broken.len(), 1, "{broken:?}");
    let nameless = with(name, "\"transaction_id\":\"t1\",", "");
    assert_eq!(nameless, ["answer: it has no transaction_id"]);
}
