//! Loading extensions.conf: what comes out, what is told, and how it lists.

use super::*;
use crate::{AddError, Collision, Content, NewRow};

#[test]
fn priorities_labels_and_same_are_counted() {
    let plan = plan(
        "[globals]\nTRUNK=PJSIP/out\nFULL=${TRUNK}/x\nNUM=55\n\
         [c]\n\
         exten => 100,1,NoOp(one)\n\
         same => n(again),Dial(PJSIP/a,20,tT)\n\
         same => n+5,Hangup()\n\
         same => s+1(far),Wait(1)\n\
         exten => _9${NUM}X,1,Dial(${TRUNK}/${EXTEN:1})\n\
         exten => 100,hint,PJSIP/a&Custom:x,CustomPresence:y\n\
         ignorepat => 9\n",
    );
    let rows: Vec<(u32, Option<&str>, &str, &str)> = plan
        .context("c")
        .and_then(|context| context.extension("100", None))
        .expect("100")
        .rows()
        .iter()
        .map(|row| {
            (
                row.priority,
                row.label.as_deref(),
                &*row.application,
                &*row.arguments,
            )
        })
        .collect();
    let expected = [
        (1, None, "NoOp", "one"),
        (2, Some("again"), "Dial", "PJSIP/a,20,tT"),
        (8, None, "Hangup", ""),
        (9, Some("far"), "Wait", "1"),
    ];
    assert_eq!(rows, expected);
    let step = plan
        .step(&query("c", "9551"), 1)
        .expect("a pattern built from a global");
    assert_eq!(
        (step.pattern, &*step.row.arguments),
        ("_955X", "${TRUNK}/${EXTEN:1}")
    );
    assert_eq!(
        step.row.origin.as_ref().map(ToString::to_string).as_deref(),
        Some("extensions.conf:10")
    );
    let globals: Vec<_> = plan.globals().collect();
    assert_eq!(
        globals,
        [("TRUNK", "PJSIP/out"), ("FULL", "PJSIP/out/x"), ("NUM", "55")]
    );
    let (_, hint) = plan.hint(&query("c", "100")).expect("hint");
    assert_eq!(hint.devices().collect::<Vec<_>>(), ["PJSIP/a", "Custom:x"]);
    assert_eq!(hint.presences().collect::<Vec<_>>(), ["CustomPresence:y"]);
    assert!(plan.is_ignored("c", "9") && !plan.is_ignored("c", "91"));
}

#[test]
fn sections_of_one_name_make_one_context_and_templates_make_none() {
    let plan =
        plan("[t](!)\nexten => h,1,NoOp(bye)\n[c](t)\nexten => 1,1,NoOp()\n[c]\nexten => 2,1,NoOp()\n");
    let names: Vec<&str> = plan.contexts().map(|context| context.name()).collect();
    assert_eq!(names, ["c"]);
    for exten in ["h", "1", "2"] {
        assert!(plan.exists(&query("c", exten), 1), "{exten}");
    }
}

#[test]
fn general_options_are_read() {
    let plan = plan("[general]\nautofallthrough=no\nclearglobalvars=yes\nstatic=yes\nuserscontext=u\n");
    let settings = plan.settings();
    assert!(!settings.autofallthrough && settings.clearglobalvars && settings.is_static);
    assert_eq!(settings.userscontext, "u");
    assert!(Dialplan::default().settings().autofallthrough);
}

/// A text and the first thing told about it, behind the name of the file.
const MISTAKES: &[(&str, &str)] = &[
    (
        "[c]\nsame => n,NoOp()",
        "2: error: 'same' without an 'exten' before it.",
    ),
    (
        "[c]\nexten => 1,n,NoOp()",
        "2: error: the first priority of a context is a number, not relative to another.",
    ),
    ("[c]\nexten => 1,x,NoOp()", "2: error: 'x' is no priority."),
    ("[c]\nexten => 1,0,NoOp()", "2: error: '0' is no priority."),
    (
        "[c]\nexten => 1",
        "2: error: an extension needs a name, a priority and an application.",
    ),
    ("[c]\nexten => 1,1", "2: error: priority 1 names no application."),
    (
        "[c]\nexten => _[12,1,NoOp()",
        "2: error: bad extension '_[12': a '[' of the pattern has no ']'.",
    ),
    (
        "[c]\nexten => ,1,NoOp()",
        "2: error: bad extension '': the name is empty.",
    ),
    (
        "[c]\nexten => 1,1,Dial(PJSIP/a",
        "2: error: the arguments of 'Dial' have no closing parenthesis.",
    ),
    (
        "[c]\nexten => 1,1,Dial(a) b",
        "2: warning: what follows the closing parenthesis has no effect.",
    ),
    (
        "[c]\nexten => 1,1(x,NoOp()",
        "2: error: the label has no closing parenthesis.",
    ),
    (
        "[c]\nexten => 1,1,A()\nexten => 1,1,B()",
        "3: error: extension '1' in context 'c': priority 1 is already in use.",
    ),
    (
        "[c]\nexten => 1,1(x),A()\nsame => n(x),B()",
        "3: error: extension '1' in context 'c': label 'x' is already in use.",
    ),
    (
        "[c]\nexten => 1,hint,A\nexten => 1,hint,B",
        "3: error: extension '1' in context 'c': the extension already has a hint.",
    ),
    (
        "[c]\nexten => 1,4294967295,A()\nsame => n,B()",
        "2: error: extension '1' in context 'c': a priority is a number from 1 to 1000000.",
    ),
    (
        "[c]\nexten => 1,1,A()\nexten => 2,n,B()",
        "3: warning: extension '2' begins with priority 2 instead of 1.",
    ),
    (
        "[c]\nexten => _X.5,1,A()",
        "2: warning: what follows '.' or '!' in pattern '_X.5' has no effect.",
    ),
    (
        "[c]\ninclude => d",
        "2: warning: context 'd' is included but not in the file.",
    ),
    (
        "[c]\ninclude => c,9-17,*",
        "2: error: 'c' is not included, its time is wrong: '9-17' is no time range (HH:MM-HH:MM).",
    ),
    (
        "[c]\nswitch => IAX2/x",
        "2: warning: 'switch' is not honoured: this host asks no other dialplan.",
    ),
    (
        "[c]\nfoo = bar",
        "2: warning: 'foo' is no statement of a context.",
    ),
    ("[general]\nfoo = bar", "2: warning: option 'foo' is not known."),
    ("[globals]\nA=${B", "2: warning: '${' has no '}'."),
    (
        "[c]\nexten => ${ENV(X)}1,1,A()",
        "2: warning: function ENV: functions cannot be read while the dialplan is loaded.",
    ),
];

#[test]
fn every_mistake_is_told_with_its_line() {
    for &(text, expected) in MISTAKES {
        let (_, told) = loaded(text);
        assert_eq!(
            told.first().map(String::as_str),
            Some(&*format!("extensions.conf:{expected}")),
            "{text}"
        );
    }
}

#[test]
fn what_is_wrong_does_not_take_the_rest_along() {
    let (plan, told) = loaded(
        "[c]\nexten => 1,1,A()\nexten => _[,1,B()\nsame => n,C()\nexten => 2,1,Dial(x\nsame => n,D()\n",
    );
    assert_eq!(told.len(), 3, "{told:#?}");
    assert!(
        plan.step(&query("c", "1"), 2).is_none(),
        "the row below a bad extension belongs to none"
    );
    assert_eq!(&*plan.step(&query("c", "2"), 1).expect("kept").row.arguments, "x");
    assert!(plan.exists(&query("c", "2"), 2));
}

/// Capture cli-idle-and-call.
#[test]
fn a_context_lists_as_the_console_shows_it() {
    let plan = plan(
        "[phones]\n\
         exten => 600,1,Answer()\n\
         \x20same => n,Wait(5)\n\
         exten => 102,hint,PJSIP/bob\n\
         exten => 102,1,Dial(PJSIP/bob)\n\
         exten => 103,hint,PJSIP/carol,CustomPresence:carol\n\
         exten => 110,hint,Custom:lamp\n\
         exten => 111,hint,PJSIP/bob&Custom:lamp\n",
    );
    let expected = "\
[ Context 'phones' created by 'pbx_config' ]
  '102' =>          hint: PJSIP/bob                               [extensions.conf:4]
                    1. Dial(PJSIP/bob)                            [extensions.conf:5]
  '103' =>          hint: PJSIP/carol,CustomPresence:carol        [extensions.conf:6]
  '110' =>          hint: Custom:lamp                             [extensions.conf:7]
  '111' =>          hint: PJSIP/bob&Custom:lamp                   [extensions.conf:8]
  '600' =>          1. Answer()                                   [extensions.conf:2]
                    2. Wait(5)                                    [extensions.conf:3]

-= 5 extensions (7 priorities) in 1 context. =-
";
    assert_eq!(plan.listing(Some("phones"), None).to_string(), expected);
    let one = plan.listing(Some("phones"), Some("102")).to_string();
    assert!(
        one.ends_with("\n\n-= 1 extension (2 priorities) in 1 context. =-\n"),
        "{one}"
    );
    assert_eq!(plan.listing(Some("nosuch"), None).to_string(), "");
    assert_eq!(plan.listing(Some("phones"), Some("999")).to_string(), "");
}

#[test]
fn labels_and_statements_list_too() {
    let plan = plan(
        "[a]\nexten => s,1,NoOp()\nsame => n(go),NoOp(x)\ninclude => b,9:00-17:00,mon-fri\nignorepat => 9\n[b]\nexten => _X.,1,NoOp()\n",
    );
    let text = plan.listing(None, None).to_string();
    for line in [
        "     [go]           2. NoOp(x)                                    [extensions.conf:3]",
        "  Include =>        'b,9:00-17:00,mon-fri'                        [pbx_config]",
        "  Ignore pattern => '9'                                           [pbx_config]",
        "-= 2 extensions (3 priorities) in 2 contexts. =-",
    ] {
        assert!(text.lines().any(|own| own == line), "{line}\n{text}");
    }
    let included = plan.listing(Some("a"), Some("12")).to_string();
    assert!(
        included.starts_with("[ Included context 'b' created by 'pbx_config' ]"),
        "{included}"
    );
}

#[test]
fn rows_come_and_go_at_run_time_without_touching_the_shared_plan() {
    let before = plan("[c]\nexten => 1,1,A()\n");
    let mut after = before.clone();
    let new = |exten, number, collision| NewRow {
        exten,
        caller_id: None,
        content: Content::Priority {
            number,
            label: None,
            application: "NoOp",
            arguments: "new",
        },
        origin: None,
        registrar: "manager",
        collision,
    };
    assert_eq!(
        after.add("c", &new("1", 1, Collision::Refuse)),
        Err(AddError::PriorityInUse(1))
    );
    assert_eq!(after.add("c", &new("1", 1, Collision::Replace)), Ok(()));
    assert_eq!(after.add("other", &new("_X.", 1, Collision::Refuse)), Ok(()));
    assert_eq!(
        &*after.step(&query("c", "1"), 1).expect("replaced").row.arguments,
        "new"
    );
    assert_eq!(
        &*before.step(&query("c", "1"), 1).expect("kept").row.application,
        "A"
    );
    assert!(!before.exists(&query("other", "12"), 1) && after.exists(&query("other", "12"), 1));
    assert!(after.remove("other", "_X.", None, Some(1)));
    assert!(!after.remove("other", "_X.", None, Some(1)));
    assert!(!after.can_match(&query("other", "12")));
    assert!(
        after.add("other", &new("_X.", 2, Collision::Refuse)).is_ok(),
        "a freed place is used again"
    );
    assert!(after.remove("other", "_X.", None, None));
    assert_eq!(after.listing(Some("other"), None).extension_count(), 0);
}
