//! Does a conversation go as the protocol says, over a call and a server that do as they are told?

use ucx::testing::{self, Caller, FarEnd};

use super::*;

const URL: &str = "agi://127.0.0.1:4573/menu?x=1";

/// What became of a call whose server says these lines; the server's side, and what was done.
fn led(caller: &Caller, says: &[&str]) -> (Led, FarEnd) {
    let far = testing::far_end(says);
    let args = Args(vec![attr("arg1", URL), attr("arg2", "one")]);
    (lead(&caller.channel(), &args), far)
}

/// What each line is answered.
fn answers(caller: &Caller, says: &[&str]) -> Vec<String> {
    let (_, far) = led(caller, says);
    let heard = far.heard();
    let (_, answers) = heard.split_once("\n\n").unwrap();
    answers.lines().map(str::to_owned).collect()
}

#[test]
fn the_server_is_told_what_call_it_is() {
    let (led, far) = led(&Caller::default(), &[]);
    assert!(matches!(led, Ok(Outcome::Done)));
    assert_eq!(far.at(), Some(("127.0.0.1".to_owned(), 4573)));
    let heard = far.heard();
    let begin = "agi_network: yes\nagi_network_script: menu?x=1\nagi_request: agi://127.0.0.1:4573/menu?x=1\n\
         agi_channel: PJSIP/6001-00000001\nagi_language: en\nagi_type: PJSIP\n";
    assert!(heard.starts_with(begin), "{heard}");
    for line in [
        "agi_callerid: 6001",
        "agi_calleridname: unknown",
        "agi_priority: 1",
        "agi_arg_1: one",
    ] {
        assert!(heard.lines().any(|said| said == line), "{line} in {heard}");
    }
    assert!(heard.ends_with("\n\n"));
}

#[test]
fn commands_are_carried_out_and_answered() {
    let caller = Caller::default()
        .presses("12")
        .presses("5")
        .variable("COLOUR", "green");
    let said = [
        ("ANSWER", "200 result=0"),
        ("channel status", "200 result=6"),
        ("STREAM FILE welcome \"\"", "200 result=0 endpos=8000"),
        ("GET DATA menu 3000 2", "200 result=12"),
        ("WAIT FOR DIGIT 500", "200 result=53"),
        ("WAIT FOR DIGIT 500", "200 result=0"),
        ("GET VARIABLE COLOUR", "200 result=1 (green)"),
        ("GET VARIABLE NOBODY", "200 result=0"),
        ("GET FULL VARIABLE \"is ${COLOUR:1:3}\"", "200 result=1 (is ree)"),
        ("SET VARIABLE SHAPE \"a round one\"", "200 result=1"),
        ("SAY DIGITS 12 \"\"", "200 result=0"),
        ("SAY NUMBER 42 \"\" f", "200 result=0"),
        ("EXEC NoOp \"a,b\"", "200 result=0"),
        ("RECORD FILE note wav # 5000", "200 result=35 (dtmf) endpos=8000"),
        ("SET CALLERID \"\\\"Ann\\\" <77>\"", "200 result=1"),
        ("VERBOSE \"hello there\" 3", "200 result=1"),
        ("NOOP", "200 result=0"),
    ];
    let lines: Vec<&str> = said.iter().map(|(line, _)| *line).collect();
    let wanted: Vec<&str> = said.iter().map(|(_, answer)| *answer).collect();
    assert_eq!(answers(&caller, &lines), wanted);
    assert_eq!(
        caller.steps(),
        [
            "answer",
            "play welcome",
            "set PLAYBACKSTATUS=SUCCESS",
            "gather menu",
            "gather ",
            "gather ",
            "set SHAPE=a round one",
            "play 12",
            "play 42",
            "NoOp(a,b)",
            "record note",
            "caller 77 Ann",
            "set AGISTATUS=SUCCESS"
        ]
    );
}

#[test]
fn keys_stop_sounds() {
    let caller = Caller::default().presses("5").presses("7").presses("2");
    assert_eq!(
        answers(
            &caller,
            &[
                "STREAM FILE tone 56",
                "SAY ALPHA abc 7",
                "CONTROL STREAM FILE tone 2",
                "GET OPTION tone 1 100"
            ]
        ),
        [
            "200 result=53 endpos=4000",
            "200 result=55",
            "200 result=50 endpos=500",
            "200 result=0 endpos=8000"
        ]
    );
    assert!(
        caller
            .steps()
            .contains(&"set CPLAYBACKSTATUS=USERSTOPPED".to_owned())
    );
}

#[test]
fn a_caller_moves_about_in_a_sound() {
    let caller = Caller::default()
        .presses("#")
        .presses("*")
        .presses("1")
        .presses("1")
        .presses("9");
    let said = [
        (
            "CONTROL STREAM FILE tone 9 3000 # * 1",
            "200 result=57 endpos=2000",
        ),
        ("CONTROL STREAM FILE tone \"\"", "200 result=0 endpos=-1"),
    ];
    let lines: Vec<&str> = said.iter().map(|(line, _)| *line).collect();
    let wanted: Vec<&str> = said.iter().map(|(_, answer)| *answer).collect();
    assert_eq!(answers(&caller, &lines), wanted);
    assert_eq!(
        caller.steps(),
        [
            "start tone",
            "seek 3500",
            "seek 1000",
            "pause",
            "resume",
            "set CPLAYBACKSTATUS=USERSTOPPED",
            "set CPLAYBACKOFFSET=2000",
            "set CPLAYBACKSTOPKEY=9",
            "start tone",
            "set CPLAYBACKSTATUS=SUCCESS",
            "set CPLAYBACKOFFSET=-1",
            "set CPLAYBACKSTOPKEY=",
            "set AGISTATUS=SUCCESS"
        ]
    );
}

#[test]
fn callers_write_and_subroutines_begin_anywhere() {
    let caller = Caller::default().writes("Az").writes("hello there");
    assert_eq!(
        answers(
            &caller,
            &[
                "RECEIVE CHAR 1000",
                "RECEIVE TEXT 0",
                "RECEIVE TEXT 100",
                "GOSUB main sub vip \"one,two words\"",
                "SPEECH CREATE some",
                "ASYNCAGI BREAK",
            ]
        ),
        [
            "200 result=65",
            "200 result=1 (hello there)",
            "200 result=-1",
            "100 result=0 Trying...",
            "200 result=0 Gosub complete",
            "200 result=0",
            "200 result=0"
        ]
    );
    assert!(
        caller
            .steps()
            .contains(&"gosub main,sub,vip(one,two words)".to_owned())
    );
}

#[test]
fn what_is_no_command_or_has_wrong_words_is_told_so() {
    let caller = Caller::default();
    let said = answers(
        &caller,
        &[
            "FLY AWAY",
            "",
            "STREAM FILE",
            "WAIT FOR DIGIT soon",
            "SET MUSIC loud",
        ],
    );
    let unknown = "510 Invalid or unknown command";
    let begin = "520-Invalid command syntax.  Proper usage follows:";
    let end = "520 End of proper usage.";
    let stream = "Usage: STREAM FILE <file> <keys> [<offset samples>]";
    assert_eq!(said[..5], [unknown, unknown, begin, stream, end]);
    assert_eq!(said[5..8], [begin, "Usage: WAIT FOR DIGIT <timeout ms>", end]);
    assert_eq!(said.len(), 11);
}

#[test]
fn the_database_keeps_and_forgets() {
    let talk = [
        ("DATABASE GET fam key", "200 result=0"),
        ("DATABASE PUT fam key \"a value\"", "200 result=1"),
        ("DATABASE GET fam key", "200 result=1 (a value)"),
        ("DATABASE DEL fam key", "200 result=1"),
        ("DATABASE DEL fam key", "200 result=0"),
        ("DATABASE PUT fam tree/leaf 1", "200 result=1"),
        ("DATABASE PUT famous key 1", "200 result=1"),
        ("DATABASE DELTREE fam", "200 result=0"),
        ("DATABASE DELTREE fam tree", "200 result=1"),
        ("DATABASE GET famous key", "200 result=1 (1)"),
    ];
    let lines: Vec<&str> = talk.iter().map(|(line, _)| *line).collect();
    let wanted: Vec<&str> = talk.iter().map(|(_, answer)| *answer).collect();
    assert_eq!(answers(&Caller::default(), &lines), wanted);
}

#[test]
fn a_caller_who_leaves_is_told_of_and_commands_for_the_living_are_refused() {
    let caller = Caller::default().leaves_after(1);
    assert_eq!(
        answers(
            &caller,
            &[
                "ANSWER",
                "STREAM FILE tone \"\"",
                "ANSWER",
                "NOOP",
                "EXEC NoOp x",
                "FLY"
            ]
        ),
        [
            "200 result=0",
            "200 result=-1 endpos=0",
            "HANGUP",
            "511 Command Not Permitted on a dead channel or intercept routine",
            "200 result=0",
            "200 result=-1",
            "510 Invalid or unknown command"
        ]
    );
}

#[test]
fn a_server_may_hang_up() {
    let caller = Caller::default();
    assert_eq!(
        answers(&caller, &["HANGUP PJSIP/other-1", "HANGUP", "ANSWER"]),
        [
            "200 result=-1",
            "200 result=1",
            "HANGUP",
            "511 Command Not Permitted on a dead channel or intercept routine"
        ]
    );
    assert_eq!(caller.steps(), ["hangup 16"]);
}

#[test]
fn the_host_s_word_to_finish_reaches_the_server_once() {
    testing::cancel(true);
    assert_eq!(
        answers(&Caller::default(), &["NOOP", "NOOP"]),
        ["HANGUP", "200 result=0", "200 result=0"]
    );
}

#[test]
fn the_call_goes_on_where_the_server_said() {
    let said = ["SET CONTEXT sales", "SET EXTENSION 100", "SET PRIORITY vip"];
    let Ok(Outcome::ContinueAt(place)) = led(&Caller::default(), &said).0 else {
        panic!("not sent on")
    };
    assert_eq!(
        (
            place.context.as_str(),
            place.exten.as_str(),
            place.priority.as_str()
        ),
        ("sales", "100", "vip")
    );
}

#[test]
fn a_server_that_is_not_there_is_a_failure_with_the_reason() {
    let args = Args(vec![attr("arg1", URL)]);
    let caller = Caller::default();
    let why = lead(&caller.channel(), &args).unwrap_err().to_string();
    assert_eq!(why, "denied; needs sockets = [\"127.0.0.1:4573\"]");
    assert_eq!(caller.steps(), ["set AGISTATUS=FAILURE"]);
    let args = Args(vec![attr("arg1", "script.py")]);
    assert!(lead(&caller.channel(), &args).is_err());
}
