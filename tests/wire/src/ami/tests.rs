//! Recorded conversations are accepted, and what is broken in them is found.

use super::{Entry, check, read};
use crate::Violation;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

fn gold() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("gold")
}

fn recorded(name: &str) -> String {
    let path = gold().join(name).with_extension("ami.txt");
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn found(text: &str) -> Vec<Violation> {
    check(text.as_bytes())
}

/// All recorded conversations: path below the folder, and text.
fn all_recorded() -> Vec<(String, String)> {
    let topics = fs::read_dir(gold()).expect("the folder of conversations");
    let topics = topics
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_dir());
    let mut all = Vec::new();
    for topic in topics {
        for entry in fs::read_dir(&topic).expect("a topic") {
            let path = entry.expect("an entry").path();
            let name = path
                .strip_prefix(gold())
                .expect("it is in there")
                .to_string_lossy()
                .into_owned();
            if name.ends_with(".ami.txt") {
                all.push((name, fs::read_to_string(&path).expect("a text")));
            }
        }
    }
    all
}

#[test]
fn every_recorded_conversation_is_accepted() {
    let all = all_recorded();
    assert!(all.len() > 60, "{}", all.len());
    for (name, text) in all {
        let found = crate::without_known_defects(&name, found(&text));
        assert!(found.is_empty(), "{name}: {found:#?}");
    }
}

#[test]
fn a_defect_is_known_only_as_often_as_it_was_recorded() {
    let text = recorded("registration/qualify").replacen("Event: PeerStatus", "Event: PeerState", 1);
    let left = crate::without_known_defects("gold/registration/qualify.ami.txt", found(&text));
    assert_eq!(left.len(), 3);
}

/// The first message that begins so, in a whole conversation with another message in its place.
fn with(name: &str, begins: &str, edit: impl Fn(&str) -> String) -> Vec<Violation> {
    let text = recorded(name);
    let at = text
        .find(begins)
        .unwrap_or_else(|| panic!("{name} has no {begins}"));
    let end = at + text[at..].find("\n\n").expect("a message has an end") + 2;
    let edited = edit(&text[at..end]);
    assert_ne!(edited, text[at..end], "nothing was broken");
    found(&format!("{}{edited}{}", &text[..at], &text[end..]))
}

fn rules(found: &[Violation]) -> Vec<&'static str> {
    found.iter().map(|violation| violation.rule).collect()
}

const CALL: &str = "calls/busy";
const LISTS: &str = "registration/register_unregister";

#[test]
fn a_header_that_is_missing_swapped_or_strange_is_found() {
    let event = "Event: DialBegin";
    let missing = with(CALL, event, |text| text.replace("DestLanguage: en\n", ""));
    assert_eq!(rules(&missing), ["headers"]);
    assert!(
        missing[0].text.contains("DestAccountCode does not belong there"),
        "{missing:?}"
    );
    let renamed = with(CALL, event, |text| text.replace("\nUniqueid", "\nUniqueID"));
    assert_eq!(rules(&renamed), ["headers"]);
    let swapped = with(CALL, event, |text| {
        text.replace("Context: gold\nExten: 1002", "Exten: 1002\nContext: gold")
    });
    assert_eq!(rules(&swapped), ["headers"]);
    let added = with(CALL, event, |text| {
        text.replace("DialString", "Extra: 1\nDialString")
    });
    assert_eq!(rules(&added), ["headers"]);
    let cut = with(CALL, "Event: Hangup\n", |text| {
        text.lines()
            .filter(|line| !line.starts_with("Cause"))
            .fold(String::new(), |text, line| text + line + "\n")
    });
    assert_eq!(rules(&cut), ["headers"]);
}

#[test]
fn privileges_are_the_tables() {
    for wrong in ["call", "dialplan,all", "all,call"] {
        let broken = with(CALL, "Event: Newchannel", |text| text.replace("call,all", wrong));
        assert_eq!(rules(&broken), ["privilege"], "{wrong}");
    }
    let late = with(CALL, "Event: Newchannel", |text| {
        let text = text.replace("Privilege: call,all\n", "");
        text.replace("Language", "Privilege: call,all\nLanguage")
    });
    assert!(rules(&late).contains(&"privilege"), "{late:?}");
}

#[test]
fn an_event_nobody_knows_is_found() {
    let broken = with(CALL, "Event: Newchannel", |text| {
        text.replace("Newchannel", "NewChannel")
    });
    assert_eq!(rules(&broken), ["event"]);
}

#[test]
fn values_that_clients_read_are_checked() {
    for (event, from, to) in [
        ("Event: Hangup\n", "User busy", "Busy"),
        ("Event: DialEnd", "BUSY", "busy"),
        ("Event: Newchannel", "ChannelState: 4", "ChannelState: 5"),
        ("Event: Newchannel", "Uniqueid: 1", "Uniqueid: \nX: 1"),
        ("Event: SuccessfulAuth", "+0000", "+00:00"),
        ("Event: SuccessfulAuth", "IPV4/TCP/", "IPV4/"),
    ] {
        let broken = with(CALL, event, |text| text.replacen(from, to, 1));
        assert!(rules(&broken).contains(&"value"), "{event}: {to}: {broken:?}");
    }
}

#[test]
fn lists_count_their_items_and_are_not_interrupted() {
    let complete = "Event: ContactListComplete";
    let counted = with(LISTS, complete, |text| {
        text.replace("ListItems: ", "ListItems: 1")
    });
    assert_eq!(rules(&counted), ["list"]);
    let word = with(LISTS, complete, |text| {
        text.replace("EventList: Complete", "EventList: complete")
    });
    assert_eq!(rules(&word), ["list"]);
    let start = with(LISTS, "Response: Success\nActionID: a2", |text| {
        text.replace("start", "Start")
    });
    assert_eq!(rules(&start), ["list"]);
    let other = with(LISTS, complete, |text| text.replace("ContactList", "AorList"));
    assert_eq!(rules(&other), ["list"]);
    let open = with(LISTS, complete, |_| String::new());
    assert!(rules(&open).contains(&"list"), "{open:?}");
    let inside = with(LISTS, complete, |text| {
        format!("Event: Reload\nPrivilege: system,all\nModule: All\nStatus: 0\n\n{text}")
    });
    assert_eq!(rules(&inside), ["list"]);
    let told = with(LISTS, "Event: ContactList\n", |text| {
        text.replacen("ActionID", "Privilege: system,all\nActionID", 1)
    });
    assert!(!told.is_empty());
    let strange = with(LISTS, "Event: ContactList\n", |text| {
        text.replace("UserAgent", "UserBrowser")
    });
    assert_eq!(rules(&strange), ["headers"]);
}

#[test]
fn action_ids_come_back_where_they_belong() {
    let reply = "Response: Success\nActionID: a2";
    let other = with(LISTS, reply, |text| text.replace("ActionID: a2", "ActionID: a9"));
    assert_eq!(rules(&other)[0], "action id");
    let none = with(LISTS, reply, |text| text.replace("ActionID: a2\n", ""));
    assert_eq!(rules(&none)[0], "action id");
    let moved = with(LISTS, reply, |text| {
        text.replace("ActionID: a2\nEventList: start", "EventList: start\nActionID: a2")
    });
    assert_eq!(rules(&moved), ["reply"]);
    let item = with(LISTS, "Event: ContactList\n", |text| {
        text.replace("ActionID: a2\n", "")
    });
    assert_eq!(rules(&item), ["action id"]);
}

#[test]
fn replies_say_what_the_table_has() {
    let goodbye = with(CALL, "Response: Goodbye", |text| text.replace("fish.", "fish"));
    assert_eq!(rules(&goodbye), ["reply"]);
    let word = with(CALL, "Response: Goodbye", |text| text.replace("Goodbye", "Bye"));
    assert_eq!(rules(&word), ["reply"]);
    let twice = with(CALL, "Response: Goodbye", |text| format!("{text}{text}"));
    assert_eq!(rules(&twice), ["reply"]);
}

#[test]
fn a_greeting_has_a_version_of_three_parts() {
    let text = recorded(CALL);
    assert_eq!(rules(&found(&text.replacen("/13.0.0", "/13.0", 1))), ["banner"]);
    let missing = found(text.split_once('\n').expect("lines").1);
    assert!(rules(&missing).contains(&"banner"), "{missing:?}");
}

#[test]
fn lines_end_with_both_signs_and_hold_neither() {
    let exact = recorded(CALL).replace('\n', "\r\n");
    assert!(found(&exact).is_empty());
    let bare = exact.replacen("Language: en\r\n", "Language: en\n", 1);
    assert_eq!(rules(&found(&bare)), ["framing"]);
    let raw = exact.replacen("Language: en\r\n", "Language: e\rn\r\n", 1);
    assert_eq!(rules(&found(&raw)), ["framing"]);
    let split = exact.replacen("Language: en\r\n", "Language: en\r\nhello\r\n", 1);
    assert_eq!(rules(&found(&split)), ["framing"]);
    let blank = exact.replacen("AccountCode: \r\n", "AccountCode:\r\n", 1);
    assert!(rules(&found(&blank)).contains(&"framing"));
    let empty = exact.replacen("\r\n\r\nEvent", "\r\n\r\n\r\nEvent", 1);
    assert_eq!(rules(&found(&empty)), ["framing"]);
    let cut = exact.trim_end().to_owned() + "\r\n";
    assert_eq!(rules(&found(&cut)), ["framing"]);
}

#[test]
fn a_stream_without_the_clients_lines_is_checked_too() {
    let host: String = recorded(LISTS)
        .lines()
        .filter(|line| !line.starts_with(">>>"))
        .fold(String::new(), |mut text, line| {
            let _ = writeln!(text, "{line}");
            text
        });
    assert!(found(&host).is_empty(), "{:?}", found(&host));
    assert_eq!(
        rules(&found(&host.replacen("ListItems: ", "ListItems: 1", 1))),
        ["list"]
    );
}

/// Headers that may be absent: leaving one away cannot be found.
const OPTIONAL: &[&str] = &[
    "TechCause",
    "Cause",
    "SwapUniqueid",
    "RoundtripUsec",
    "SessionTV",
    "ActionID",
    "ACLName",
    "Forward",
];

/// Takes every header of every event away, one by one, and exchanges it with its neighbour.
#[test]
fn no_header_of_an_event_can_go_or_move_without_being_found() {
    for name in [
        "calls/busy",
        "local/optimised",
        "originate/app_vars_async",
        "dtmf/info",
        "registration/outbound",
    ] {
        let (entries, _) = read(recorded(name).as_bytes());
        let mut tried = 0;
        for entry in entries {
            let Entry::Message(message) = entry else {
                continue;
            };
            let is_told = message.event().is_some_and(|event| event != "UserEvent")
                && message.header("Privilege").is_some();
            if !is_told {
                continue;
            }
            for at in 1..message.headers.len() {
                let mut less = message.headers.clone();
                let (gone, _) = less.remove(at);
                let is_optional = OPTIONAL.contains(&gone.as_str())
                    && !(gone == "Cause" && message.event() == Some("Hangup"));
                assert!(
                    is_optional || !found(&stream(&less)).is_empty(),
                    "{name}: {gone} of {message:?}"
                );
                if at + 1 < message.headers.len() {
                    let mut moved = message.headers.clone();
                    moved.swap(at, at + 1);
                    assert!(
                        !found(&stream(&moved)).is_empty(),
                        "{name}: moved {gone} of {message:?}"
                    );
                }
                tried += 1;
            }
        }
        assert!(tried > 50, "{name}: {tried}");
    }
}

fn stream(headers: &[(String, String)]) -> String {
    let lines: Vec<String> = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    format!("Asterisk Call Manager/11.0.0\r\n{}\r\n", lines.concat())
}
