//! Matching: order, caller ids, includes, and the queries of a phone that dials digit by digit.

use super::*;
use crate::{Match, Place, Target, TargetError};

fn first(plan: &Dialplan, query: &Query<'_>) -> Option<String> {
    plan.step(query, 1).map(|step| step.row.arguments.to_string())
}

#[test]
fn the_most_specific_extension_wins_whatever_the_order_in_the_file() {
    let names = [
        "_!",
        "_.",
        "_X!",
        "_X.",
        "_XXXX",
        "_ZXXX",
        "_NXXX",
        "_[5-9]XXX",
        "_55XX",
        "_555X",
        "_555[56]",
        "5555",
        "s",
    ];
    let table = [
        ("5555", "5555"),
        ("555-5", "5555"),
        ("5556", "_555[56]"),
        ("5557", "_555X"),
        ("5570", "_55XX"),
        ("6000", "_[5-9]XXX"),
        ("2000", "_NXXX"),
        ("1000", "_ZXXX"),
        ("0000", "_XXXX"),
        ("55555", "_55555!"),
        ("123", "_X."),
        ("1", "_X!"),
        ("ab", "_."),
        ("s", "s"),
        ("", "_!"),
    ];
    for reversed in [false, true] {
        let mut lines: Vec<String> = names
            .iter()
            .chain(&["_55555!"])
            .map(|name| format!("exten => {name},1,NoOp({name})\n"))
            .collect();
        if reversed {
            lines.reverse();
        }
        let plan = plan(&format!("[c]\n{}", lines.concat()));
        for (dialled, expected) in table {
            assert_eq!(
                first(&plan, &query("c", dialled)).as_deref(),
                Some(expected),
                "{dialled}"
            );
        }
    }
}

#[test]
fn a_missing_priority_is_looked_for_in_the_next_best_match() {
    let plan = plan(
        "[c]\nexten => _1X,1,A(p)\nsame => n,B(p)\nsame => n(lab),C(p)\nexten => 12,1,A(l)\n[d]\nexten => 12,4,D(d)\n[e]\ninclude => c\ninclude => d\n",
    );
    let names = |context: &str| -> Vec<Option<String>> {
        let row = |priority| {
            Some(
                plan.step(&query(context, "12"), priority)?
                    .row
                    .arguments
                    .to_string(),
            )
        };
        (1..=4).map(row).collect()
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(names("c"), [some("l"), some("p"), some("p"), None]);
    assert_eq!(names("e"), [some("l"), some("p"), some("p"), some("d")]);
    assert_eq!(plan.priority_by_label(&query("e", "12"), "lab"), Some(3));
    assert_eq!(plan.priority_by_label(&query("e", "12"), "nope"), None);
}

#[test]
fn caller_ids_choose_between_variants() {
    let plan = plan(
        "[c]\nexten => 1,1,A(any)\nexten => 1/,1,A(none)\nexten => 1/_5X.,1,A(pattern)\nexten => 1/555,1,A(literal)\nexten => _X/999,1,A(block)\n",
    );
    let table = [
        ("555", "literal"),
        ("556", "pattern"),
        ("", "none"),
        ("4", "any"),
        ("999", "any"),
    ];
    for (caller_id, expected) in table {
        let query = Query {
            caller_id,
            ..query("c", "1")
        };
        assert_eq!(first(&plan, &query).as_deref(), Some(expected), "{caller_id}");
    }
    assert_eq!(
        first(
            &plan,
            &Query {
                caller_id: "999",
                ..query("c", "2")
            }
        )
        .as_deref(),
        Some("block")
    );
    assert!(!plan.can_match(&query("c", "2")));
    let listed = plan.listing(Some("c"), Some("1"));
    let conditions = listed.contexts[0]
        .extensions
        .iter()
        .map(|own| own.caller_id().map(|own| own.text()));
    assert_eq!(
        conditions.collect::<Vec<_>>(),
        [Some(""), Some("555"), Some("_5X."), None, Some("999")]
    );
}

#[test]
fn includes_come_after_the_own_context_in_order_and_may_go_in_circles() {
    let plan = plan(
        "[a]\ninclude => b\ninclude => c\nexten => _.,1,A(a)\n\
         [b]\ninclude => a\ninclude => d\nexten => 5,2,A(b)\n\
         [c]\nexten => 5,2,A(c)\nexten => 6,2,A(c)\n[d]\nexten => 6,2,A(d)\n",
    );
    let second = |context: &str, exten: &str| {
        plan.step(&query(context, exten), 2)
            .map(|step| (step.context.to_owned(), step.pattern.to_owned()))
    };
    assert_eq!(second("a", "5"), Some(("b".into(), "5".into())));
    assert_eq!(second("a", "6"), Some(("d".into(), "6".into())), "depth first");
    assert_eq!(
        second("b", "6"),
        Some(("c".into(), "6".into())),
        "b asks a, and a asks c before b asks d"
    );
    assert_eq!(second("a", "7"), None);
    assert_eq!(second("nosuch", "5"), None);
}

#[test]
fn includes_keep_their_times() {
    let plan = plan(
        "[a]\ninclude => open,09:00-11:59,mon-fri,*,*\ninclude => open,12:00-16:59,mon-fri,*,*\ninclude => shut\n[open]\nexten => s,1,A(open)\n[shut]\nexten => s,1,A(shut)\n",
    );
    let at = |hour| {
        let now = LocalTime { hour, ..NOON };
        first(
            &plan,
            &Query {
                calendar: &now,
                ..query("a", "s")
            },
        )
    };
    assert_eq!(at(9).as_deref(), Some("open"));
    assert_eq!(at(12).as_deref(), Some("open"));
    assert_eq!(at(18).as_deref(), Some("shut"));
}

#[test]
fn digits_are_waited_for_as_long_as_they_can_matter() {
    let plan = plan(
        "[c]\nexten => 100,1,A()\nexten => 1001,1,A()\nexten => _2XX,1,A()\nexten => _3.,1,A()\nexten => _4X!,1,A()\nexten => _55[5-7]!,1,A()\nexten => 77,hint,PJSIP/x\nexten => 8,2,A()\n",
    );
    let table = [
        ("", "partial", true),
        ("1", "partial", true),
        ("100", "exact", true),
        ("1001", "exact", false),
        ("10010", "none", false),
        ("2", "partial", true),
        ("212", "exact", false),
        ("2123", "none", false),
        ("3", "partial", true),
        ("31", "exact", true),
        ("4", "partial", true),
        ("41", "exact", false),
        ("4123", "exact", false),
        ("55", "partial", true),
        ("555", "exact", false),
        ("558", "none", false),
        ("7", "none", false),
        ("77", "none", false),
        ("9", "none", false),
    ];
    for (dialled, expected, more) in table {
        let query = query("c", dialled);
        let found = match plan.find(&query) {
            Match::NotFound => "none",
            Match::Partial => "partial",
            Match::Exact { can_be_longer, .. } => {
                assert_eq!(can_be_longer, more, "{dialled}");
                "exact"
            }
        };
        assert_eq!(found, expected, "{dialled}");
        assert_eq!(plan.match_more(&query), more, "{dialled}");
        assert_eq!(plan.can_match(&query), expected != "none", "{dialled}");
        assert_eq!(plan.exists(&query, 1), expected == "exact", "{dialled}");
    }
}

#[test]
fn hints_are_found_by_pattern_and_through_includes() {
    let plan = plan(
        "[a]\ninclude => b\nexten => _1XX,1,Dial(x)\n[b]\nexten => _1XX,hint,PJSIP/${EXTEN}\nexten => 200,hint,Custom:x\n",
    );
    let (context, hint) = plan.hint(&query("a", "101")).expect("hint");
    assert_eq!((context.name(), &*hint.text), ("b", "PJSIP/${EXTEN}"));
    assert!(plan.hint(&query("a", "300")).is_none());
    let all: Vec<&str> = plan.hints().map(|(_, extension, _)| extension.name()).collect();
    assert_eq!(all, ["200", "_1XX"]);
}

#[test]
fn destinations_resolve_from_where_the_call_is() {
    let plan =
        plan("[c]\nexten => 1,1,A()\nsame => n(lab),A()\n[d]\nexten => s,1,A()\nsame => n(other),A()\n");
    let from = Place {
        context: "c".into(),
        exten: "1".into(),
        priority: 5,
    };
    let resolve = |text: &str| {
        Target::parse(text)?
            .resolve(&plan, &from, &query("", ""))
            .map(|to| (to.context, to.exten, to.priority))
    };
    let place = |context: &str, exten: &str, priority| Ok((context.to_owned(), exten.to_owned(), priority));
    assert_eq!(resolve("3"), place("c", "1", 3));
    assert_eq!(resolve("+2"), place("c", "1", 7));
    assert_eq!(resolve("-4"), place("c", "1", 1));
    assert_eq!(resolve("lab"), place("c", "1", 2));
    assert_eq!(resolve("9,1"), place("c", "9", 1));
    assert_eq!(resolve("d,s,other"), place("d", "s", 2));
    assert_eq!(resolve("-5"), Err(TargetError::BadPriority("-5".into())));
    assert_eq!(resolve("nope"), Err(TargetError::UnknownLabel("nope".into())));
}
