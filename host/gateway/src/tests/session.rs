//! What becomes of a session when its channel is taken away, its program is slow, or it sends nonsense.

use super::{Talk, commands_of, registry, shared};
use crate::peer::{Peer, Stream};
use crate::session::Session;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use ucx_call::{Cause, Place, Signal};
use ucx_pbx::testing::run;
use ucx_pbx::{Application, Ending, Help, Line, LocalBoxFuture};

#[test]
fn a_redirect_ends_it_at_once_and_the_channel_goes_there() {
    for line in [
        "WAIT FOR DIGIT -1",
        "STREAM FILE tone \"\"",
        "GET DATA tone -1",
        "EXEC Pause 60",
    ] {
        let talk = Talk::new(&[line, "NOOP", "NOOP"]);
        talk.run(async |world, alice| {
            world.pass(300).await;
            world
                .desk
                .redirect(alice, Place::new("other", "200", 1))
                .await
                .unwrap();
            world.pass(10).await;
            assert!(
                world
                    .steps("alice")
                    .iter()
                    .any(|step| step == "200,1 Note(other)"),
                "{line}"
            );
        });
        assert!(
            talk.replies()[0].starts_with("200 result=-1"),
            "{line}: {:?}",
            talk.replies()
        );
        // The last word, and nothing more.
        assert_eq!(talk.replies()[1..], ["HANGUP", ""], "{line}");
        assert_eq!(talk.status(), "HANGUP", "{line}");
    }
}

#[test]
fn a_redirect_ends_one_that_says_nothing() {
    let said = run_with(Silent::default(), async |world, alice| {
        world.pass(300).await;
        world
            .desk
            .redirect(alice, Place::new("main", "200", 1))
            .await
            .unwrap();
    });
    assert_eq!(said, ["AGISTATUS=HANGUP"]);
}

#[test]
fn a_program_that_asks_without_a_pause_has_to_take_its_time() {
    let talk = Talk::new(&["NOOP"; 640]);
    talk.run(async |world, _| {
        world.pass(40).await;
        let early = talk.replies().len();
        assert!((256..=384).contains(&early), "{early}");
        world.pass(60).await;
    });
    assert_eq!(talk.replies().len(), 640);
    assert_eq!(talk.status(), "SUCCESS");
}

#[test]
fn a_redirect_does_not_wait_for_a_program_that_does_not_read() {
    let deaf = Silent {
        room: 16,
        ..Silent::default()
    };
    let said = run_with(deaf, async |world, alice| {
        world.pass(300).await;
        world
            .desk
            .redirect(alice, Place::new("main", "200", 1))
            .await
            .unwrap();
        world.pass(150).await;
        let steps = world.steps("alice");
        assert!(steps.iter().any(|step| step.starts_with("200,1 ")), "{steps:?}");
    });
    assert_eq!(said, ["AGISTATUS=HANGUP"]);
}

#[test]
fn a_program_that_does_not_read_loses_its_caller() {
    let said = run_with(
        Silent {
            room: 16,
            ..Silent::default()
        },
        async |world, _| {
            world.pass(4_900).await;
            assert!(!world.steps("alice").iter().any(|step| step.contains("Note")));
            world.pass(200).await;
            assert_eq!(world.steps("alice").last().unwrap(), "100,2 Note(FAILURE)");
        },
    );
    assert_eq!(said, ["AGISTATUS=FAILURE"]);
}

#[test]
fn a_program_that_sends_and_never_reads_loses_its_caller() {
    let said = run_with(
        Silent {
            room: 100,
            says: "NOOP\n".repeat(100),
            ..Silent::default()
        },
        async |_, _| {},
    );
    assert_eq!(said.last().unwrap(), "AGISTATUS=FAILURE");
    assert!(said.len() < 100, "{said:?}");
}

#[test]
fn a_program_that_never_waits_for_an_answer_loses_its_caller() {
    let said = run_with(
        Silent {
            says: "NOOP\n".repeat(5_000),
            ..Silent::default()
        },
        async |world, _| {
            world.pass(400).await;
            assert!(!world.steps("alice").iter().any(|step| step.contains("Note")));
            world.pass(400).await;
            assert_eq!(world.steps("alice").last().unwrap(), "100,2 Note(FAILURE)");
        },
    );
    assert_eq!(said.last().unwrap(), "AGISTATUS=FAILURE");
}

#[test]
fn a_program_that_stays_after_its_caller_is_left_in_the_end() {
    let said = run_with(Silent::default(), async |world, alice| {
        world.pass(100).await;
        world.pbx.signal(alice, Signal::HungUp(Cause::NORMAL_CLEARING));
        world.pass(59_000).await;
        assert!(world.pbx.channel(alice).is_some());
        world.pass(2_000).await;
        assert!(world.pbx.channel(alice).is_none());
    });
    assert_eq!(said, ["AGISTATUS=HANGUP"]);
}

#[test]
fn the_next_command_takes_the_place_of_one_that_listens() {
    let says = "STREAM FILE tone \"\"\nGET DATA tone\nWAIT FOR DIGIT -1\nSAY DIGITS 1 \"\"\nNOOP\n";
    let silent = Silent {
        says: says.to_owned(),
        goes_after: Some(Duration::from_millis(10)),
        ..Silent::default()
    };
    let heard = silent.heard.clone();
    let said = run_with(silent, async |_, _| {});
    assert_eq!(said.len(), 2 * 5 + 1, "{said:?}");
    assert!(
        said.iter()
            .all(|said| !said.starts_with("end") || said.ends_with("200 Success"))
    );
    assert_eq!(*heard.borrow(), "agi_request: talk\n\n200 result=0\nHANGUP\n");
}

#[test]
fn nonsense_is_answered_and_does_no_harm() {
    let long = "x".repeat(10_000);
    let many = "NOOP ".repeat(200);
    for line in ["", " ", "\u{1}\u{2}", "NOOP\ra", &long, &many] {
        let talk = Talk::new(&[line, "NOOP"]);
        talk.run(async |_, _| {});
        assert_eq!(
            talk.replies(),
            ["510 Invalid or unknown command", "200 result=0"],
            "{:.20}",
            line
        );
    }
}

#[test]
fn a_program_is_dead_from_the_start_after_the_end() {
    let mut registry = registry();
    let silent = Silent {
        says: "ANSWER\nGET VARIABLE EXTEN\n".to_owned(),
        goes_after: Some(Duration::from_millis(10)),
        ..Silent::default()
    };
    let heard = silent.heard.clone();
    registry.application(silent);
    run(
        "[main]\nexten => 100,1,Quit()\nexten => h,1,Silent()\n",
        registry,
        async |world| {
            world.call("100");
            world.until_over().await;
            assert_eq!(world.record().values("AGISTATUS"), ["SUCCESS"]);
        },
    );
    let heard = heard.borrow();
    let replies: Vec<_> = heard.lines().skip(2).collect();
    assert_eq!(
        replies[..2],
        [
            "511 Command Not Permitted on a dead channel or intercept routine",
            "200 result=1 (h)"
        ]
    );
}

/// Runs a call into such a program; the commands' events afterwards.
fn run_with(
    silent: Silent,
    meanwhile: impl AsyncFnOnce(&mut ucx_pbx::testing::World, ucx_call::ChannelId),
) -> Vec<String> {
    let mut registry = registry();
    registry.application(silent);
    let mut said = Vec::new();
    let plan =
        "[main]\nexten => 100,1,Silent()\n same => n,Note(${AGISTATUS})\nexten => 200,1,Note(elsewhere)\n";
    run(plan, registry, async |world| {
        let alice = world.call("100");
        meanwhile(world, alice).await;
        world.until_over().await;
        said = commands_of(&world.record().events);
    });
    said
}

/// A program that says something at once, whatever is answered, and then stays or goes.
struct Silent {
    /// Bytes it lets wait unread.
    room: usize,
    says: String,
    /// When it goes; it hears what there is to hear then. It stays and hears nothing if none.
    goes_after: Option<Duration>,
    heard: std::rc::Rc<std::cell::RefCell<String>>,
}

impl Default for Silent {
    fn default() -> Self {
        Self {
            room: 65_536,
            says: String::new(),
            goes_after: None,
            heard: std::rc::Rc::default(),
        }
    }
}

impl Application for Silent {
    fn name(&self) -> &'static str {
        "Silent"
    }

    fn help(&self) -> &'static Help {
        &Help::NONE
    }

    fn run<'a>(&'a self, line: &'a mut Line, _: &'a str) -> LocalBoxFuture<'a, Result<(), Ending>> {
        Box::pin(async move {
            let (ours, theirs) = tokio::io::duplex(self.room);
            let (says, goes_after, heard) = (self.says.clone(), self.goes_after, self.heard.clone());
            let program = tokio::task::spawn_local(async move {
                let (mut reader, mut writer) = tokio::io::split(theirs);
                // The other side may go first.
                let _ = writer.write_all(says.as_bytes()).await;
                let Some(after) = goes_after else {
                    return std::future::pending().await;
                };
                tokio::time::sleep(after).await;
                writer.shutdown().await.unwrap();
                let mut text = Vec::new();
                reader.read_to_end(&mut text).await.unwrap();
                heard.borrow_mut().push_str(std::str::from_utf8(&text).unwrap());
            });
            let shared = shared();
            let (reader, writer) = tokio::io::split(ours);
            let peer = Peer::Stream(Box::new(Stream::new(Box::new(reader), Box::new(writer), None)));
            let result = Session::new(line, &shared, peer)
                .run("agi_request: talk\n\n")
                .await;
            if self.goes_after.is_some() {
                program.await.unwrap();
            } else {
                program.abort();
            }
            result
        })
    }
}
