//! Scripts read and played, in virtual time.

use std::time::Duration;

use serde_json::Value;

use super::{Command, Conductor, Deed, Expectation, Output, ScriptError};
use crate::event::CallId;
use crate::tests::wire::{address, config};
use crate::{Phone, PhoneConfig, Policy};

fn parse(line: &str) -> Result<Command, ScriptError> {
    line.parse()
}

#[test]
fn lines_are_read() {
    for (line, command) in readable() {
        assert_eq!(parse(line), Ok(command), "{line}");
    }
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn readable() -> Vec<(&'static str, Command)> {
    let second = Duration::from_secs(1);
    vec![
        (
            "register",
            Command::Do(Deed::Register {
                expires: second * 3600,
            }),
        ),
        (
            "register for 2m",
            Command::Do(Deed::Register {
                expires: second * 120,
            }),
        ),
        ("call 700", Command::Do(Deed::Call { number: "700".into() })),
        ("hangup", Command::Do(Deed::Hangup { call: None })),
        (
            "hangup #2",
            Command::Do(Deed::Hangup {
                call: Some(CallId(2)),
            }),
        ),
        (
            "reject 486 #1",
            Command::Do(Deed::Reject {
                status: 486,
                call: Some(CallId(1)),
            }),
        ),
        ("tone off", Command::Do(Deed::Tone { hz: None, call: None })),
        (
            "digits #",
            Command::Do(Deed::Digits {
                digits: "#".into(),
                call: None,
            }),
        ),
        (
            "digits 12# #3",
            Command::Do(Deed::Digits {
                digits: "12#".into(),
                call: Some(CallId(3)),
            }),
        ),
        ("record off", Command::Do(Deed::RecordOff { call: None })),
        (
            "policy answer after 1.5s",
            Command::Do(Deed::Policy(Policy::Answer {
                after: second * 3 / 2,
            })),
        ),
        ("wait 500ms", Command::Wait { time: second / 2 }),
        (
            "expect-tone 660 within 3s",
            Command::Expect {
                what: Expectation::Tone { hz: 660, call: None },
                within: second * 3,
            },
        ),
        (
            "expect-answered",
            Command::Expect {
                what: Expectation::Event("answered"),
                within: second * 5,
            },
        ),
        (
            "expect-digits 123 within 1s",
            Command::Expect {
                what: Expectation::Digits("123".into()),
                within: second,
            },
        ),
    ]
}

#[test]
fn lines_that_say_nothing_sensible_are_refused_with_a_reason() {
    let cases = [
        ("dance", "no command is called \"dance\""),
        ("expect-miracle", "no command is called \"expect-miracle\""),
        ("call", "a number is missing"),
        ("tone loud", "\"loud\" is no frequency"),
        ("wait 5", "\"5\" is no time"),
        ("wait -1s", "\"-1s\" is no time"),
        ("wait 99999m", "\"99999m\" is no time"),
        ("reject 200", "\"200\" is no status of a refusal"),
        ("hangup now", "\"now\" stands behind the command's end"),
        ("hangup #one", "\"one\" is no call"),
    ];
    for (line, reason) in cases {
        assert_eq!(parse(line).expect_err(line).to_string(), reason);
    }
}

/// Two conductors joined by a wire without delay.
struct Stage {
    now: Duration,
    sides: [Conductor; 2],
    lines: [Vec<Value>; 2],
    files: Vec<(String, usize)>,
    has_quit: [bool; 2],
}

impl Stage {
    fn new() -> Self {
        let phone = |config: PhoneConfig| Conductor::new(Phone::new(config));
        Self {
            now: Duration::ZERO,
            sides: [phone(config(0, 1, 1)), phone(config(1, 0, 1))],
            lines: [Vec::new(), Vec::new()],
            files: Vec::new(),
            has_quit: [false; 2],
        }
    }

    fn say(&mut self, side: usize, script: &str) {
        for line in script.lines() {
            self.sides[side].handle_line(self.now, line);
        }
        self.carry();
    }

    fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(next) = self
            .sides
            .iter()
            .filter_map(Conductor::poll_timeout)
            .min()
            .filter(|at| *at <= end)
        {
            self.now = self.now.max(next);
            for side in 0..2 {
                self.sides[side].handle_timeout(self.now);
            }
            self.carry();
        }
        self.now = end;
    }

    fn carry(&mut self) {
        let mut is_quiet = false;
        while !is_quiet {
            is_quiet = true;
            for side in 0..2 {
                while let Some(transmit) = self.sides[side].phone().poll_transmit() {
                    is_quiet = false;
                    let other = 1 - side;
                    let Some(socket) = self.sides[other].phone().socket_at(transmit.to) else {
                        continue;
                    };
                    let from = match transmit.socket {
                        crate::Socket::Sip => address(side),
                        crate::Socket::Connection(_) | crate::Socket::Rtp(_) | crate::Socket::Rtcp(_) => {
                            transmit.to
                        }
                    };
                    self.sides[other]
                        .phone()
                        .handle_datagram(self.now, socket, from, &transmit.bytes);
                    self.sides[other].settle(self.now);
                }
                self.take_outputs(side);
            }
        }
    }

    fn take_outputs(&mut self, side: usize) {
        while let Some(output) = self.sides[side].poll_output() {
            match output {
                Output::Line(line) => {
                    self.lines[side].push(serde_json::from_str(&line).expect("each line is an object"));
                }
                Output::File { path, bytes } => self.files.push((path, bytes.len())),
                Output::Quit => self.has_quit[side] = true,
            }
        }
    }

    /// The answers to the commands of one side: command and event name.
    fn answers(&self, side: usize) -> Vec<String> {
        let answers = self.lines[side]
            .iter()
            .filter(|line| line.get("command").is_some());
        answers
            .map(|line| format!("{} {}", line["event"].as_str().unwrap_or("?"), line["command"]))
            .collect()
    }

    fn answer(&self, side: usize, command: &str) -> &Value {
        let answer = self.lines[side]
            .iter()
            .find(|line| line.get("command").is_some_and(|own| own == command));
        answer.expect("the command was answered")
    }
}

#[test]
fn a_whole_call_is_played_from_both_sides() {
    let mut stage = Stage::new();
    stage.say(1, "expect-incoming-call\nexpect-ringing within 0s\nanswer\nexpect-tone 440\nexpect-digits 42\nexpect-over");
    stage.say(
        0,
        "# the caller\n\ncall 6002\nexpect-answered within 2s\nrecord heard.wav\nexpect-tone 660 within 3s\ndigits 42\n\
         wait 1s\nstats\nladder\nhangup\nquit",
    );
    stage.run(Duration::from_secs(10));

    assert_eq!(
        stage.answers(1),
        [
            r#"ok "expect-incoming-call""#,
            r#"error "expect-ringing within 0s""#,
            r#"ok "answer""#,
            r#"ok "expect-tone 440""#,
            r#"ok "expect-digits 42""#,
            r#"ok "expect-over""#,
        ]
    );
    assert_eq!(stage.sides[1].failures(), 1);
    assert!(
        stage.answers(0).iter().all(|answer| answer.starts_with("ok ")),
        "{:?}",
        stage.answers(0)
    );
    assert_eq!(stage.sides[0].failures(), 0);
    assert_eq!(stage.answer(0, "call 6002")["call"], 1);
    assert!(
        stage.answer(0, "stats")["stats"]["frames_received"]
            .as_u64()
            .is_some_and(|frames| frames > 50)
    );
    let ladder = stage.answer(0, "ladder")["text"]
        .as_str()
        .expect("a ladder")
        .to_owned();
    for message in [
        "─ INVITE sip:6002@",
        "◄─ 180 Ringing (INVITE)",
        "◄─ 200 OK (INVITE)",
        "─ ACK sip:",
    ] {
        assert!(ladder.contains(message), "{message} in\n{ladder}");
    }
    let [(path, bytes)] = &stage.files[..] else {
        panic!("one file is written: {:?}", stage.files)
    };
    assert_eq!(path, "heard.wav");
    assert!(*bytes > 16_000, "one second and more of samples");
    assert!(stage.has_quit[0] && !stage.has_quit[1]);
}

#[test]
fn expectations_say_what_was_there_instead() {
    let mut stage = Stage::new();
    stage.say(1, "policy answer");
    stage.say(0, "expect-answered within 100ms\ncall 6002\nexpect-tone 880 within 1s\nexpect-digits 1 within 1s\nhold #7");
    stage.run(Duration::from_secs(3));

    assert_eq!(
        stage.answer(0, "expect-answered within 100ms")["reason"],
        "nothing happened"
    );
    assert_eq!(
        stage.answer(0, "expect-tone 880 within 1s")["reason"],
        "heard is 660 Hz"
    );
    assert_eq!(
        stage.answer(0, "expect-digits 1 within 1s")["reason"],
        "the digits heard are \"\""
    );
    assert_eq!(stage.answer(0, "hold #7")["reason"], "there is no such call");
    assert_eq!(stage.sides[0].failures(), 4);
}

#[test]
fn an_event_meets_one_expectation_only() {
    let mut stage = Stage::new();
    stage.say(1, "policy answer");
    stage.say(
        0,
        "call 6002\nexpect-answered within 1s\nexpect-answered within 100ms",
    );
    stage.run(Duration::from_secs(2));

    assert_eq!(stage.answer(0, "expect-answered within 1s")["event"], "ok");
    assert_eq!(stage.answer(0, "expect-answered within 100ms")["event"], "error");
}

#[test]
fn the_end_of_the_script_ends_the_calls_and_then_the_phone() {
    let mut stage = Stage::new();
    stage.say(1, "policy answer");
    stage.say(0, "call 6002\nexpect-answered");
    stage.sides[0].handle_end(stage.now);
    stage.carry();
    stage.run(Duration::from_secs(1));

    assert!(stage.has_quit[0]);
    assert!(
        stage.lines[1]
            .iter()
            .any(|line| line["event"] == "ended" && line["by"] == "peer")
    );
}
