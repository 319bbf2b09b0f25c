//! What recorded programs said and were told, byte for byte.

use super::Talk;
use crate::environment::Environment;
use ucx_pbx::testing::run;

/// Recorded: `fastagi_ok`, with our version and thread.
const ENVIRONMENT: &str = "agi_network: yes
agi_network_script: path/script?a=b
agi_request: agi://127.0.0.1:4573/path/script?a=b
agi_channel: PJSIP/alice-00000000
agi_language: en
agi_type: PJSIP
agi_uniqueid: 1700000000.0
agi_version: 22.5.0
agi_callerid: 1001
agi_calleridname: Alice
agi_callingpres: 0
agi_callingani2: 0
agi_callington: 0
agi_callingtns: 0
agi_dnid: fast
agi_rdnis: unknown
agi_context: main
agi_extension: fast
agi_priority: 1
agi_enhanced: 0.0
agi_accountcode: \nagi_threadid: THREAD
agi_arg_1: one
agi_arg_2: two words

";

#[test]
fn the_environment_is_as_recorded() {
    run(
        "[main]\nexten => fast,1,Pause(1)\n",
        super::registry(),
        async |world| {
            let alice = world.call("fast");
            world.pass(100).await;
            let channel = world.pbx.channel(alice).unwrap();
            let arguments = ["one".to_owned(), "two words".to_owned()];
            let mut environment = Environment {
                request: "agi://127.0.0.1:4573/path/script?a=b",
                network_script: Some("path/script?a=b"),
                channel: &channel,
                version: "22.5.0",
                arguments: &arguments,
                is_enhanced: false,
            };
            let thread = format!("agi_threadid: {}", channel.id);
            let rendered = environment.render().replace(&thread, "agi_threadid: THREAD");
            assert_eq!(rendered, ENVIRONMENT);
            environment.network_script = Some("");
            assert!(
                environment
                    .render()
                    .starts_with("agi_network: yes\nagi_request: ")
            );
            environment.network_script = None;
            environment.arguments = &[];
            let rendered = environment.render();
            assert!(rendered.starts_with("agi_request: "));
            assert!(rendered.ends_with(&format!("{thread}\n\n")));
            let mut stranger = ucx_call::ChannelSnapshot::clone(&channel);
            stranger.caller = ucx_call::Party::new("", "a\nagi_request: b");
            stranger.dialled = None;
            environment.channel = &stranger;
            let rendered = environment.render();
            assert!(rendered.contains("\nagi_callerid: unknown\nagi_calleridname: a agi_request: b\n"));
            assert!(rendered.contains("\nagi_dnid: unknown\n"));
        },
    );
}

/// Recorded: `fastagi_session`, where the dialplan has what it had there.
const SESSION: &[(&str, &str)] = &[
    ("NOOP", "200 result=0"),
    ("ANSWER", "200 result=0"),
    ("CHANNEL STATUS", "200 result=6"),
    ("CHANNEL STATUS NoSuch/chan", "200 result=-1"),
    ("GET VARIABLE NOSUCHVAR", "200 result=0"),
    (
        "GET FULL VARIABLE ${CHANNEL}",
        "200 result=1 (PJSIP/alice-00000000)",
    ),
    ("SET VARIABLE ROUTE \"PJSIP/uas\"", "200 result=1"),
    ("GET VARIABLE ROUTE", "200 result=1 (PJSIP/uas)"),
    ("SET CALLERID \"Test\" <1234>", "200 result=1"),
    ("DATABASE PUT fam key val", "200 result=1"),
    ("DATABASE GET fam key", "200 result=1 (val)"),
    ("DATABASE GET fam nokey", "200 result=0"),
    ("DATABASE DEL fam key", "200 result=1"),
    ("DATABASE DELTREE fam", "200 result=1"),
    ("VERBOSE \"hello\" 1", "200 result=1"),
    ("STREAM FILE tone \"\"", "200 result=0 endpos=8000"),
    ("STREAM FILE missing \"\"", "200 result=-1 endpos=0"),
    ("GET OPTION tone \"\" 100", "200 result=0 endpos=8000"),
    (
        "CONTROL STREAM FILE tone \"\" 3000 # * 1",
        "200 result=0 endpos=-1",
    ),
    ("WAIT FOR DIGIT 100", "200 result=0"),
    ("GET DATA tone 200 4", "200 result= (timeout)"),
    ("SEND TEXT \"hi\"", "200 result=0"),
    ("SEND IMAGE nosuch", "200 result=0"),
    ("RECEIVE CHAR 100", "200 result=-1 (hangup)"),
    ("RECEIVE TEXT 100", "200 result=-1"),
    ("SET AUTOHANGUP 0", "200 result=0"),
    ("SET CONTEXT main", "200 result=0"),
    ("SET EXTENSION 200", "200 result=0"),
    ("SET PRIORITY 1", "200 result=0"),
    ("SET MUSIC OFF", "200 result=0"),
    ("TDD MODE off", "200 result=0"),
    ("EXEC Note foo", "200 result=0"),
    ("EXEC NoSuchApp foo", "200 result=-2"),
    ("GOSUB main nosuch 1", "200 result=-1 Gosub label not found"),
    ("SPEECH CREATE foo", "200 result=0"),
    ("ASYNCAGI BREAK", "200 result=0"),
    ("BOGUS COMMAND", "510 Invalid or unknown command"),
    ("WAIT FOR", "510 Invalid or unknown command"),
    ("HANGUP", "200 result=1"),
    ("NOOP after-hangup", "HANGUP\n200 result=0"),
    ("GET VARIABLE ROUTE", "200 result=1 (PJSIP/uas)"),
];

#[test]
fn a_recorded_session_is_answered_as_recorded() {
    let lines: Vec<&str> = SESSION.iter().map(|(line, _)| *line).collect();
    let talk = Talk::new(&lines);
    talk.run(async |_, _| {});
    let replies = talk.replies();
    let said: Vec<_> = lines
        .into_iter()
        .zip(replies.iter().map(String::as_str))
        .collect();
    assert_eq!(said, SESSION);
    assert_eq!(talk.status(), "HANGUP");
}

#[test]
fn events_are_as_recorded() {
    let lines = [
        "ANSWER",
        "SET VARIABLE FOO bar",
        "GET VARIABLE FOO",
        "STREAM FILE beep \"\"",
        "EXEC NoSuchApp x",
        "VERBOSE \"hi there\" 1",
        "NO SUCH COMMAND",
        "SET VARIABLE",
    ];
    let talk = Talk::new(&lines);
    talk.run(async |_, _| {});
    assert_eq!(
        talk.commands(),
        [
            "start ANSWER",
            "end ANSWER: 200 Success",
            "start SET VARIABLE FOO bar",
            "FOO=bar",
            "end SET VARIABLE FOO bar: 200 Success",
            "start GET VARIABLE FOO",
            "end GET VARIABLE FOO: 200 Success",
            "start STREAM FILE beep \"\"",
            "PLAYBACKSTATUS=SUCCESS",
            "end STREAM FILE beep \"\": 200 Success",
            "start EXEC NoSuchApp x",
            "end EXEC NoSuchApp x: 200 Unknown Result",
            "start VERBOSE \"hi there\" 1",
            "end VERBOSE \"hi there\" 1: 200 Success",
            "start NO SUCH COMMAND",
            "end NO SUCH COMMAND: 510 Invalid or unknown command",
            "start SET VARIABLE",
            "end SET VARIABLE: 520 Usage",
            "AGISTATUS=SUCCESS",
        ]
    );
    assert_eq!(talk.environment(), "agi_request: talk\n\n");
}

#[test]
fn a_call_that_ends_during_a_command_is_told_as_recorded() {
    let talk = Talk::new(&[
        "STREAM FILE tt-monkeys \"\"",
        "GET VARIABLE FOO",
        "STREAM FILE beep \"\"",
        "CHANNEL STATUS",
    ]);
    talk.run(async |world, alice| {
        world.pass(400).await;
        world
            .pbx
            .signal(alice, ucx_call::Signal::HungUp(ucx_call::Cause::NORMAL_CLEARING));
    });
    let dead = "511 Command Not Permitted on a dead channel or intercept routine";
    assert_eq!(
        talk.commands(),
        [
            "start STREAM FILE tt-monkeys \"\"".to_owned(),
            "PLAYBACKSTATUS=FAILED".to_owned(),
            "end STREAM FILE tt-monkeys \"\": 200 Failure".to_owned(),
            "start GET VARIABLE FOO".to_owned(),
            "end GET VARIABLE FOO: 200 Success".to_owned(),
            "start STREAM FILE beep \"\"".to_owned(),
            format!("end STREAM FILE beep \"\": {dead}"),
            "start CHANNEL STATUS".to_owned(),
            format!("end CHANNEL STATUS: {dead}"),
            "AGISTATUS=HANGUP".to_owned(),
        ]
    );
}
