//! Does an AGI server lead a call through the bridge, over the sockets its grant gives and no others?

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::Receiver;
use std::thread::JoinHandle;
use std::time::Duration;

use ucx_call::{Action, PlaybackControl, Signal, Source};
use ucx_pbx::testing::World;

use super::flows::{hang_up, world};

/// A server that says these lines to whoever comes, and all that was said to it.
fn server(says: &'static str) -> (u16, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let serve = move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(says.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut heard = String::new();
        stream.read_to_string(&mut heard).unwrap();
        heard
    };
    (port, std::thread::spawn(serve))
}

/// Lets the call's clock run, which jumps, until the server, whose clock does not, is through.
async fn through(world: &World, server: JoinHandle<String>) -> String {
    while !server.is_finished() {
        std::thread::sleep(Duration::from_millis(1));
        world.pass(20).await;
    }
    server.join().unwrap()
}

fn leaked(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

#[test]
fn a_server_leads_the_call() {
    let (port, server) = server(
        "ANSWER\nCHANNEL STATUS\nSTREAM FILE hello \"\"\nSET VARIABLE MARK \"a b\"\nGET FULL VARIABLE \"<${MARK}>\"\n\
         GET VARIABLE SECRET\nEXEC NoOp x\nEXEC System id\nDATABASE PUT f k v\nDATABASE GET f k\nFLY\n\
         SET CONTEXT rescue\nSET EXTENSION s\n",
    );
    let steps = leaked(format!("agi-bridge/flow,agi://127.0.0.1:{port}/menu,one"));
    world("bridge", steps, async |world, _| {
        let alice = world.call("100");
        let heard = through(world, server).await;
        let (told, answers) = heard.split_once("\n\n").unwrap();
        assert!(
            told.starts_with("agi_network: yes\nagi_network_script: menu\n"),
            "{told}"
        );
        assert!(
            told.contains("\nagi_extension: 100\n") && told.ends_with("\nagi_arg_1: one"),
            "{told}"
        );
        let answers: Vec<&str> = answers.lines().collect();
        assert!(answers[2].starts_with("200 result=0 endpos="), "{answers:?}");
        assert_eq!(answers[..2], ["200 result=0", "200 result=6"]);
        assert_eq!(
            answers[3..],
            [
                "200 result=1",
                "200 result=1 (<a b>)",
                // What the operator does not give it does not get.
                "200 result=0",
                "200 result=0",
                "200 result=-2",
                "200 result=1",
                "200 result=1 (v)",
                "510 Invalid or unknown command",
                "200 result=0",
                "200 result=0",
            ]
        );
        world.pass(500).await;
        assert_eq!(world.steps("alice").last().unwrap(), "s,1 Rest(rescued SUCCESS)");
        hang_up(world, alice).await;
    });
}

/// A server that hears what call it is, and then does that with the connection; where it is, and when it has heard.
fn attentive<T: Send + 'static>(
    serve: impl FnOnce(&mut TcpStream, &mut dyn Iterator<Item = String>) -> T + Send + 'static,
) -> (u16, Receiver<()>, JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (told, is_told) = std::sync::mpsc::channel();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap())
            .lines()
            .map(Result::unwrap);
        lines.by_ref().find(String::is_empty).unwrap();
        told.send(()).unwrap();
        serve(&mut stream, &mut lines)
    });
    (port, is_told, server)
}

/// Lets the call's clock run until that is so.
async fn until(world: &World, mut is_so: impl FnMut() -> bool) {
    while !is_so() {
        std::thread::sleep(Duration::from_millis(1));
        world.pass(1).await;
    }
}

#[test]
fn a_server_hears_of_the_caller_s_end() {
    let (port, is_told, server) = attentive(|stream, lines| {
        // Nobody asks anything when word comes.
        let word = lines.next().unwrap();
        stream.write_all(b"ANSWER\nNOOP\n").unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        (word, lines.next())
    });
    let steps = leaked(format!("agi-bridge,agi://127.0.0.1:{port}"));
    world("bridge-hangup", steps, async |world, _| {
        let alice = world.call("100");
        until(world, || is_told.try_recv().is_ok()).await;
        world
            .pbx
            .signal(alice, Signal::HungUp(ucx_call::Cause::NORMAL_CLEARING));
        until(world, || server.is_finished()).await;
        let (word, refused) = server.join().unwrap();
        assert_eq!(word, "HANGUP");
        assert_eq!(
            refused.as_deref(),
            Some("511 Command Not Permitted on a dead channel or intercept routine")
        );
        world.until_over().await;
    });
}

/// Waits until the caller hears a sound.
async fn until_it_plays(world: &mut World) {
    let plays = |action: &Action| {
        matches!(
            action,
            Action::Hear {
                source: Source::Playback { .. },
                ..
            }
        )
    };
    while !world.record().actions.iter().any(plays) {
        std::thread::sleep(Duration::from_millis(1));
        world.pass(5).await;
    }
}

#[test]
fn a_caller_moves_about_in_a_sound_and_writes() {
    let (port, server) = server(
        "CONTROL STREAM FILE hello 9 200 # * 1\nGET VARIABLE CPLAYBACKSTOPKEY\nRECEIVE TEXT 5000\nRECEIVE CHAR 20\n\
         SPEECH CREATE any\nGOSUB main nowhere 1\nGOSUB main 300 1 \"one,two\"\n",
    );
    let steps = leaked(format!("agi-bridge,agi://127.0.0.1:{port}"));
    world("bridge-keys", steps, async |world, _| {
        let alice = world.call("100");
        until_it_plays(world).await;
        world.press(alice, "#*1").await;
        world.press(alice, "19").await;
        world.pass(100).await;
        world.pbx.signal(alice, Signal::Text("Az".into()));
        let heard = through(world, server).await;
        let (_, answers) = heard.split_once("\n\n").unwrap();
        let answers: Vec<&str> = answers.lines().collect();
        let endpos = answers[0].strip_prefix("200 result=57 endpos=").unwrap();
        // Five keys of a tenth of a second each, one of them while it was held; forward and back make up for each other.
        assert!((150..900).contains(&endpos.parse::<u32>().unwrap()), "{endpos}");
        assert_eq!(
            answers[1..],
            [
                "200 result=1 (9)",
                "200 result=1 (Az)",
                "200 result=-1 (hangup)",
                "200 result=0",
                "200 result=-1 Gosub label not found",
                "100 result=0 Trying...",
                "200 result=0 Gosub complete",
            ]
        );
        let controls: Vec<_> = world
            .record()
            .actions
            .iter()
            .filter_map(|action| {
                if let Action::ControlPlayback { control, .. } = action {
                    Some(*control)
                } else {
                    None
                }
            })
            .collect();
        let held = [PlaybackControl::Pause, PlaybackControl::Unpause];
        let moved = controls
            .iter()
            .filter(|control| **control == PlaybackControl::Restart);
        assert_eq!((moved.count(), &controls[4..6]), (2, &held[..]), "{controls:?}");
        hang_up(world, alice).await;
    });
}

#[test]
fn a_server_has_the_time_that_its_manifest_asks_for() {
    let (port, is_told, server) = attentive(|stream, lines| {
        let word = lines.next().unwrap();
        // More than a flow has that asks for nothing.
        std::thread::sleep(Duration::from_millis(2_300));
        stream
            .write_all(b"DATABASE PUT f left late\nEXEC NoOp x\n")
            .unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        (word, lines.next(), lines.next())
    });
    let steps = leaked(format!("agi-bridge,agi://127.0.0.1:{port}"));
    world("bridge-after", steps, async |world, _| {
        let alice = world.call("100");
        until(world, || is_told.try_recv().is_ok()).await;
        hang_up(world, alice).await;
        until(world, || server.is_finished()).await;
        let (word, kept, executed) = server.join().unwrap();
        assert_eq!(
            (word.as_str(), kept.as_deref(), executed.as_deref()),
            ("HANGUP", Some("200 result=1"), Some("200 result=-1"))
        );
    });
}

#[test]
fn what_was_not_granted_is_not_reached() {
    world(
        "bridge-denied",
        "agi-bridge,agi://10.255.255.1:4573",
        async |world, _| {
            let alice = world.call("100");
            world.pass(5_000).await;
            assert_eq!(world.steps("alice").last().unwrap(), "100,2 Rest(FAILED)");
            assert_eq!(
                world.record().values("WASMREASON").pop().unwrap(),
                "denied; needs sockets = [\"10.255.255.1:4573\"]"
            );
            hang_up(world, alice).await;
        },
    );
}
