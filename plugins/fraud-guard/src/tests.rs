//! Is refused what the tables and the records say, and nothing else?

use ucx::bindings::types::Decision;
use ucx::testing;

use super::*;

const BEGAN: u64 = 1_760_000_000_000;

fn tables() {
    testing::table(
        "destinations",
        &[
            (
                "+44",
                &[("action", "allow"), ("name", "Britain"), ("at-once", "2")],
            ),
            ("+882", &[("action", "deny"), ("name", "satellite")]),
            ("+1", &[("action", "allow"), ("schedule", "office")]),
            ("+1900", &[("action", "allow")]),
            ("112", &[("action", "always")]),
            ("+9", &[("action", "dance")]),
        ],
    );
    testing::table(
        "premium",
        &[("+1900", &[("name", "900 numbers")]), ("+4470", &[])],
    );
    testing::table(
        "limits",
        &[
            ("caller/*", &[("per-minute", "3"), ("per-hour", "5")]),
            ("caller/6002", &[]),
            ("account/acme", &[("minutes", "10")]),
        ],
    );
    testing::schedule("office", true);
}

/// What is decided about a call to that number; the reason, and whether it is refused.
fn asked(change: impl FnOnce(&mut RouteRequest)) -> (String, bool) {
    let mut request = testing::request("+442071234567");
    request.call = "own".to_owned();
    request.at = BEGAN;
    change(&mut request);
    let verdict = route(&request).unwrap();
    let is_refused = match verdict.decision {
        Decision::Reject(rejection) => {
            assert_eq!(rejection.cause, 21);
            true
        }
        other => {
            assert!(matches!(other, Decision::Pass));
            false
        }
    };
    (verdict.reason, is_refused)
}

fn dialled(number: &str) -> (String, bool) {
    asked(|request| request.dialled = number.to_owned())
}

fn heard(kind: &str, call: &str, at: u64, attrs: Vec<Attr>) {
    let mut event = testing::event(1, kind);
    event.call = Some(call.to_owned());
    event.at = at;
    event.attrs = attrs;
    Watch.on_event(&event).unwrap();
}

fn began(call: &str, at: u64, caller: &str, account: &str) {
    let attrs = vec![
        attr("caller", caller),
        attr("dialled", "+4420"),
        attr("account", account),
    ];
    heard("call.started", call, at, attrs);
}

#[test]
fn destinations_are_allowed_and_denied() {
    tables();
    assert_eq!(
        dialled("+442071234567"),
        ("nothing speaks against it".to_owned(), false)
    );
    assert_eq!(
        dialled("+8821"),
        ("+882 is not allowed (satellite)".to_owned(), true)
    );
    assert_eq!(dialled("00882-1").0, "+882 is not allowed (satellite)");
    assert!(!dialled("+49301").1);
    testing::config("default", "deny");
    assert_eq!(
        dialled("+49301").0,
        "no row of the destinations allows this number"
    );
    assert_eq!(
        dialled("112"),
        ("this number may always be dialled".to_owned(), false)
    );
    let mut broken = testing::request("+95");
    broken.at = BEGAN;
    assert_eq!(
        route(&broken).unwrap_err().to_string(),
        "row +9: dance is no action (allow, deny, always)"
    );
}

#[test]
fn premium_numbers_are_those_of_the_table_at_that_moment() {
    tables();
    assert_eq!(dialled("+19005551234").0, "+1900 is a premium rate (900 numbers)");
    assert_eq!(dialled("004470123").0, "+4470 is a premium rate");
    testing::table("premium", &[]);
    assert!(!dialled("+19005551234").1);
    tables();
    testing::config("premium", "allow");
    assert!(!dialled("+19005551234").1);
}

#[test]
fn some_destinations_have_hours() {
    tables();
    assert!(!dialled("+15551234").1);
    testing::schedule("office", false);
    assert_eq!(dialled("+15551234").0, "+1 is allowed only while office is open");
}

#[test]
fn callers_are_held_to_their_limits_and_not_to_those_of_others() {
    tables();
    for n in 0..3 {
        began(&n.to_string(), BEGAN - 1_000, "6001", "");
        heard(
            "call.ended",
            &n.to_string(),
            BEGAN - 500,
            vec![attr("billable", 0_i64)],
        );
    }
    assert_eq!(asked(|_| {}).0, "this caller: 3 calls a minute are used up");
    assert!(!asked(|request| request.caller.number = "6002".to_owned()).1);
    assert!(!asked(|request| request.at += 60_000).1);
    for n in 3..5 {
        began(&n.to_string(), BEGAN, "6001", "");
        heard("call.ended", &n.to_string(), BEGAN, vec![attr("billable", 0_i64)]);
    }
    assert_eq!(
        asked(|request| request.at += 70_000).0,
        "this caller: 5 calls an hour are used up"
    );
    assert!(!asked(|request| request.at += 3_600_000).1);
}

#[test]
fn all_callers_together_are_held_to_a_prefix_s_limit() {
    tables();
    began("a", BEGAN, "6002", "");
    assert!(!asked(|_| {}).1);
    began("b", BEGAN, "6003", "");
    assert_eq!(asked(|_| {}).0, "calls to +44: 2 calls are going on already");
    // A call's own beginning does not count against it.
    assert!(!asked(|request| request.call = "b".to_owned()).1);
    heard("call.ended", "a", BEGAN, vec![attr("billable", 0_i64)]);
    assert!(!asked(|_| {}).1);
}

#[test]
fn of_calls_that_begin_together_those_come_through_that_there_is_room_for() {
    tables();
    let calls = ["a", "b", "c", "d", "e"];
    calls.iter().for_each(|call| began(call, BEGAN, "6002", ""));
    let refused = |call: &str| {
        let own = |request: &mut RouteRequest| {
            call.clone_into(&mut request.call);
            "6002".clone_into(&mut request.caller.number);
        };
        asked(own).1
    };
    // Whoever is asked about first: the first two are those that began first.
    assert_eq!(
        ["e", "c", "a", "d", "b"].map(refused),
        [true, true, false, true, false]
    );
    assert_eq!(testing::counter("fraud_unheard"), 0);
    assert!(refused("unheard of"));
    assert_eq!(testing::counter("fraud_unheard"), 1);
}

#[test]
fn what_a_host_that_ended_left_behind_is_over_and_was_all_the_same() {
    tables();
    ["a", "b"]
        .iter()
        .for_each(|call| began(call, BEGAN - 10_000, "6003", ""));
    assert_eq!(asked(|_| {}).0, "calls to +44: 2 calls are going on already");
    let again = |request: &mut RouteRequest| request.attrs.push(attr(HOST_BEGAN, (BEGAN - 5_000) as i64));
    assert!(!asked(again).1);
    began("c", BEGAN - 8_000, "6003", "");
    let caller = |request: &mut RouteRequest| {
        again(request);
        "6003".clone_into(&mut request.caller.number);
    };
    assert_eq!(asked(caller).0, "this caller: 3 calls a minute are used up");
}

#[test]
fn minutes_spent_count_while_they_are_being_spent() {
    tables();
    let acme = |request: &mut RouteRequest| {
        request.caller.number = "6002".to_owned();
        request.attrs.push(attr(ACCOUNT, "acme"));
    };
    began("a", BEGAN - 700_000, "6002", "acme");
    heard("channel.answered", "a", BEGAN - 650_000, Vec::new());
    assert_eq!(asked(acme).0, "this account: 10 minutes a day are spent");
    heard("call.ended", "a", BEGAN, vec![attr("billable", 599_000_i64)]);
    assert!(!asked(acme).1);
    began("b", BEGAN, "6002", "acme");
    heard("call.ended", "b", BEGAN, vec![attr("billable", 1_000_i64)]);
    assert!(asked(acme).1);
}

#[test]
fn a_dry_run_tells_and_refuses_nothing() {
    tables();
    testing::config("dry-run", "yes");
    let (reason, is_refused) = dialled("+8821");
    assert_eq!(
        reason,
        "dry run, would be refused: +882 is not allowed (satellite)"
    );
    assert!(!is_refused);
    let lines: Vec<String> = testing::log_lines().into_iter().map(|(_, line)| line).collect();
    assert_eq!(
        lines,
        ["call own would be refused by destination: +882 is not allowed (satellite)"]
    );
    assert_eq!(testing::counter("fraud_blocked"), 1);
}

#[test]
fn a_setting_nobody_understands_is_a_failure_and_no_permission() {
    tables();
    testing::config("dry-run", "maybe");
    let why = route(&testing::request("+44")).unwrap_err().to_string();
    assert_eq!(why, "the setting dry-run is yes or no, not maybe");
    testing::config("dry-run", "no");
    testing::table("limits", &[("caller/*", &[("per-hour", "many")])]);
    let why = route(&testing::request("+44")).unwrap_err().to_string();
    assert_eq!(
        why,
        "row caller/*: per-hour is many, and has to be a number up to 1000"
    );
}
