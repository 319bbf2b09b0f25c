//! Contacts that come, answer, fall silent and go.

use super::*;

const URI: &str = "sip:bob@127.0.0.1:5072";

fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn arc(text: &str) -> Arc<str> {
    Arc::from(text)
}

fn bob(fixed: &[&str], frequency: u64) -> BTreeMap<Arc<str>, AorView> {
    let view = AorView {
        fixed: fixed.iter().map(|uri| arc(uri)).collect(),
        endpoints: vec![arc("bob")],
        frequency: s(frequency),
        patience: s(1),
        wants_success: false,
    };
    BTreeMap::from([(arc("bob"), view)])
}

fn added() -> EventKind {
    EventKind::ContactAdded {
        aor: arc("bob"),
        contact: arc(URI),
        expires_s: 300,
        user_agent: None,
    }
}

fn removed() -> EventKind {
    EventKind::ContactRemoved {
        aor: arc("bob"),
        contact: arc(URI),
        reason: "expired",
    }
}

/// What was told, as short words, and the numbers of what is asked.
fn drain(contacts: &mut Contacts) -> (Vec<String>, Vec<u64>) {
    let (mut told, mut asked) = (Vec::new(), Vec::new());
    while let Some(output) = contacts.poll_output() {
        match output {
            Output::Ask { number, .. } => asked.push(number),
            Output::Tell(EventKind::EndpointStatus {
                endpoint,
                is_reachable,
                ..
            }) => told.push(format!(
                "{endpoint} {}",
                if is_reachable { "online" } else { "offline" }
            )),
            Output::Tell(EventKind::ContactStatus {
                status, round_trip, ..
            }) => told.push(format!(
                "{status} {}",
                round_trip.map_or(0, |rtt| rtt.as_micros())
            )),
            Output::Tell(EventKind::ContactAdded { .. }) => told.push("added".to_owned()),
            Output::Tell(EventKind::ContactRemoved { .. }) => told.push("removed".to_owned()),
            Output::Tell(other) => panic!("{other:?}"),
        }
    }
    (told, asked)
}

fn told(contacts: &mut Contacts) -> Vec<String> {
    drain(contacts).0
}

#[test]
fn a_contact_that_registers_and_leaves_is_told_in_the_order_of_the_captures() {
    let mut contacts = Contacts::default();
    contacts.load(s(0), bob(&[], 0));
    assert_eq!(told(&mut contacts), [""; 0]);
    contacts.add(s(1), &arc("bob"), &arc(URI), added());
    assert_eq!(told(&mut contacts), ["bob online", "added", "NonQualified 0"]);
    contacts.add(s(2), &arc("bob"), &arc(URI), added());
    assert_eq!(told(&mut contacts), ["added"], "a refresh changes nothing");
    contacts.remove(&arc("bob"), &arc(URI), removed());
    assert_eq!(told(&mut contacts), ["bob offline", "removed", "Removed 0"]);
    assert_eq!(contacts.poll_timeout(), None);
}

#[test]
fn a_qualified_contact_is_told_of_only_when_it_changes() {
    let mut contacts = Contacts::default();
    contacts.load(s(0), bob(&[URI], 2));
    assert_eq!(told(&mut contacts), [""; 0]);
    let mut now = contacts.poll_timeout().expect("a first question");
    assert!(now < s(2));
    let mut seen = Vec::new();
    for answers in [true, true, false, false, true] {
        contacts.handle_timeout(now);
        let (before, asked) = drain(&mut contacts);
        assert_eq!((before.len(), asked.len()), (0, 1));
        if answers {
            contacts.answered(now + Duration::from_micros(846), asked[0], Some(false));
        } else {
            now += s(1);
            contacts.handle_timeout(now);
            // Too late: it was given up.
            contacts.answered(now, asked[0], Some(true));
        }
        seen.extend(told(&mut contacts));
        now = contacts.poll_timeout().expect("the next question");
    }
    assert_eq!(
        seen,
        [
            "bob online",
            "Reachable 846",
            "bob offline",
            "Unreachable 0",
            "bob online",
            "Reachable 846"
        ]
    );
}

#[test]
fn only_a_success_counts_if_that_is_wanted() {
    let mut contacts = Contacts::default();
    let mut aors = bob(&[URI], 0);
    aors.get_mut("bob").expect("there").wants_success = true;
    contacts.load(s(0), aors);
    assert_eq!(told(&mut contacts), ["bob online", "NonQualified 0"]);
    contacts.ask(s(5), "bob");
    contacts.ask(s(5), "nobody");
    let (_, asked) = drain(&mut contacts);
    assert_eq!(asked.len(), 1);
    contacts.answered(s(5), asked[0], Some(false));
    assert_eq!(told(&mut contacts), ["bob offline", "Unreachable 0"]);
    assert_eq!(contacts.poll_timeout(), None, "nothing is asked by itself");
}

#[test]
fn a_new_configuration_moves_contacts_and_keeps_registered_ones() {
    let mut contacts = Contacts::default();
    contacts.load(s(0), bob(&["sip:old@127.0.0.1"], 0));
    contacts.add(s(1), &arc("bob"), &arc(URI), added());
    told(&mut contacts);
    contacts.load(s(2), bob(&["sip:new@127.0.0.1"], 60));
    let (seen, _) = drain(&mut contacts);
    assert_eq!(seen, ["Removed 0"], "the registered one still reaches bob");
    contacts.load(s(3), bob(&["sip:new@127.0.0.1"], 0));
    assert_eq!(told(&mut contacts), ["NonQualified 0"]);
    assert_eq!(contacts.poll_timeout(), None);
    contacts.load(s(4), BTreeMap::new());
    assert_eq!(told(&mut contacts), ["Removed 0"]);
}
