//! Programs in the network, over real sockets: how they are reached, and what becomes of the caller when they die.

use super::{Client, commands_of, config, registry};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::BufReader;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use ucx_call::{Cause, EventKind, Signal};
use ucx_pbx::testing::{World, run_in_real_time};

type Program = Client<BufReader<OwnedReadHalf>, OwnedWriteHalf>;

fn program(stream: TcpStream) -> Program {
    let (reader, writer) = stream.into_split();
    Client {
        reader: BufReader::new(reader),
        writer,
    }
}

/// An address where programs listen, bound before the call so that its port is known.
fn listener() -> (std::net::TcpListener, SocketAddr) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

fn plan(request: &str) -> String {
    format!(
        "[main]\nexten => fast,1,Answer()\n same => n,AGI({request})\n same => n,Note(${{AGISTATUS}})\n\
         exten => h,1,Note(end ${{AGISTATUS}})\n"
    )
}

/// Runs a call into that program, and answers the steps of its dialplan after it, and its events.
fn call_into(
    request: &str,
    listener: Option<std::net::TcpListener>,
    program: impl AsyncFnOnce(&mut World, TcpStream),
) -> (Vec<String>, Vec<String>) {
    let mut registry = registry();
    crate::register(&mut registry, config());
    let mut answer = (Vec::new(), Vec::new());
    run_in_real_time(&plan(request), registry, async |world| {
        let began_at = std::time::Instant::now();
        world.call("fast");
        if let Some(listener) = listener {
            let listener = TcpListener::from_std(listener).unwrap();
            let (stream, _) = listener.accept().await.unwrap();
            drop(listener);
            program(world, stream).await;
        }
        world.until_over().await;
        assert!(
            began_at.elapsed() < Duration::from_secs(4),
            "the caller waited too long"
        );
        let steps = world.steps("alice");
        answer = (steps[2..].to_vec(), commands_of(&world.record().events));
    });
    answer
}

const GOES_ON: [&str; 2] = ["fast,3 Note(SUCCESS)", "h,1 Note(end SUCCESS)"];

#[test]
fn a_program_is_told_what_was_recorded_and_its_commands_are_done() {
    let (listener, address) = listener();
    let request = format!("agi://{address}/path/script?a=b,one,two words");
    let (steps, commands) = call_into(&request, Some(listener), async |_, stream| {
        let mut program = program(stream);
        let environment = program.environment().await;
        let head = format!(
            "agi_network: yes\nagi_network_script: path/script?a=b\nagi_request: agi://{address}/path/script?a=b\n\
             agi_channel: PJSIP/alice-00000000\n"
        );
        assert!(environment.starts_with(&head), "{environment}");
        assert!(
            environment.ends_with("agi_arg_1: one\nagi_arg_2: two words\n\n"),
            "{environment}"
        );
        assert_eq!(program.ask("GET VARIABLE EXTEN").await, "200 result=1 (fast)");
        assert_eq!(program.ask("EXEC Whose").await, "200 result=0");
        assert_eq!(
            program.ask("GET VARIABLE WHOSE").await,
            format!("200 result=1 (gateway:agi://{address}/path/script?a=b)")
        );
        // The operator's dialplan may reach the system here, and so may its programs.
        assert_eq!(program.ask("EXEC Secret").await, "200 result=0");
    });
    assert_eq!(steps, GOES_ON);
    assert_eq!(commands.last().unwrap(), "AGISTATUS=SUCCESS");
}

#[test]
fn a_name_is_resolved() {
    let (listener, address) = listener();
    let request = format!("agi://localhost:{}", address.port());
    let (steps, _) = call_into(&request, Some(listener), async |_, stream| {
        let environment = program(stream).environment().await;
        assert!(environment.starts_with("agi_network: yes\nagi_request: agi://localhost:"));
    });
    assert_eq!(steps, GOES_ON);
}

#[test]
fn nobody_listens() {
    let (listener, address) = listener();
    drop(listener);
    let (steps, commands) = call_into(&format!("agi://{address}/x"), None, async |_, _| {});
    assert_eq!(steps, ["fast,3 Note(FAILURE)", "h,1 Note(end FAILURE)"]);
    assert_eq!(commands, ["AGISTATUS=FAILURE"]);
}

#[test]
fn what_makes_no_sense_or_is_not_built_fails() {
    for request in ["agi://", "agi:other", "hagi://services.example/x", ""] {
        let (steps, _) = call_into(request, None, async |_, _| {});
        let status = if request.is_empty() { "NOTFOUND" } else { "FAILURE" };
        assert_eq!(steps[0], format!("fast,3 Note({status})"), "{request}");
    }
}

#[test]
fn a_program_dropped_in_the_middle_of_a_command_is_told_as_recorded() {
    let (listener, address) = listener();
    let (steps, commands) = call_into(
        &format!("agi://{address}/x"),
        Some(listener),
        async |_, stream| {
            let mut program = program(stream);
            program.environment().await;
            program.say("STREAM FILE beep \"\"").await;
        },
    );
    assert_eq!(steps, GOES_ON);
    assert_eq!(
        commands,
        [
            "start STREAM FILE beep \"\"",
            "end STREAM FILE beep \"\": 200 Success",
            "AGISTATUS=SUCCESS"
        ]
    );
}

/// How far a program gets before it dies.
const DEATHS: [&[&str]; 12] = [
    &[],
    &["NOOP"],
    &["GET VARIABLE FOO", "ANSWER"],
    &["STREAM FILE tone \"\"", "!"],
    &["GET DATA tone -1", "!"],
    &["WAIT FOR DIGIT -1", "!"],
    &["SAY NUMBER 123456 \"\"", "!"],
    &["CONTROL STREAM FILE tone \"\"", "!"],
    &["GET OPTION tone 1 100000", "!"],
    &["RECEIVE TEXT 0", "!"],
    &["EXEC Pause 0.2", "!"],
    &["SET MUSIC ON", "NO"],
];

#[test]
fn wherever_a_program_dies_its_caller_goes_on() {
    for lines in DEATHS {
        for (is_reset, reads) in [(false, true), (true, true), (true, false)] {
            let (listener, address) = listener();
            let (steps, _) = call_into(
                &format!("agi://{address}/x"),
                Some(listener),
                async |_, stream| {
                    if is_reset {
                        // What the kernel still had to send is thrown away, and the other side is told so.
                        stream.set_zero_linger().unwrap();
                    }
                    let mut program = program(stream);
                    if reads {
                        program.environment().await;
                    }
                    for (line, next) in lines.iter().zip(lines.iter().skip(1).chain([&""])) {
                        match *line {
                            "!" => tokio::time::sleep(Duration::from_millis(30)).await,
                            "NO" => {
                                use tokio::io::AsyncWriteExt;
                                let _ = program.writer.write_all(b"NOOP half a li").await;
                            }
                            line if *next == "!" || !reads => program.say(line).await,
                            line => {
                                program.ask(line).await;
                            }
                        }
                    }
                },
            );
            // One that resets the connection before it was told anything may not have been there at all.
            let steps: Vec<_> = steps
                .iter()
                .map(|step| {
                    if reads {
                        step.clone()
                    } else {
                        step.replace("FAILURE", "SUCCESS")
                    }
                })
                .collect();
            assert_eq!(steps, GOES_ON, "{lines:?}, reset: {is_reset}, reads: {reads}");
        }
    }
}

/// Answers what a program hears when its caller hangs up while it says nothing, and after its next command.
fn hangup_heard(variable: &str) -> (String, Vec<String>) {
    let (listener, address) = listener();
    let mut heard = String::new();
    let (steps, _) = call_into(
        &format!("agi://{address}/x"),
        Some(listener),
        async |world, stream| {
            let mut program = program(stream);
            program.environment().await;
            assert_eq!(program.ask(variable).await, "200 result=1");
            let alice = world
                .pbx
                .with_switch(|switch| switch.channels().next().unwrap().id);
            world.pbx.signal(alice, Signal::HungUp(Cause::NORMAL_CLEARING));
            program.say("NOOP").await;
            while let Some(line) = program.line().await {
                heard += &line;
                heard.push('|');
                if line.starts_with("200") {
                    break;
                }
            }
        },
    );
    (heard, steps)
}

#[test]
fn the_end_of_the_call_is_told_once_unless_that_is_not_wanted() {
    let (heard, steps) = hangup_heard("SET VARIABLE A b");
    assert_eq!(heard, "HANGUP|200 result=0|");
    assert_eq!(steps, ["h,1 Note(end HANGUP)"]);
    let (heard, steps) = hangup_heard("SET VARIABLE AGISIGHUP no");
    assert_eq!(heard, "200 result=0|");
    assert_eq!(steps, ["h,1 Note(end HANGUP)"]);
    let (heard, steps) = hangup_heard("SET VARIABLE AGIEXITONHANGUP yes");
    assert_eq!(heard, "HANGUP|");
    assert_eq!(steps, ["h,1 Note(end HANGUP)"]);
}

#[test]
#[ignore = "a measurement, not a check"]
fn cost_of_a_session() {
    const SESSIONS: u32 = 2_000;
    let (listener, address) = listener();
    let server = std::thread::spawn(move || serve_blocking(listener, SESSIONS));
    let mut registry = registry();
    crate::register(&mut registry, config());
    let plan = format!("[main]\nexten => fast,1,AGI(agi://{address}/x)\nexten => none,1,Note()\n");
    run_in_real_time(&plan, registry, async |world| {
        let cost = |name: &str, exten: &str| {
            let exten = exten.to_owned();
            let name = name.to_owned();
            async move |world: &mut World| {
                let (wall, cpu) = (std::time::Instant::now(), thread_time());
                for _ in 0..SESSIONS / 10 {
                    for _ in 0..10 {
                        world.call(&exten);
                    }
                    while world.pbx.with_switch(|switch| switch.channels().count()) > 0 {
                        tokio::task::yield_now().await;
                    }
                }
                let each = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(SESSIONS);
                println!(
                    "{name}: {:.1} µs CPU, {:.1} µs wall for each call",
                    each(thread_time() - cpu),
                    each(wall.elapsed())
                );
            }
        };
        cost("without a program", "none")(world).await;
        // The world's own reader keeps only so many events.
        world.record();
        cost("with a program, two commands", "fast")(world).await;
        let commands = world
            .record()
            .count(|kind| matches!(kind, EventKind::GatewayCommandEnded { .. }));
        assert_eq!(commands, 2 * usize::try_from(SESSIONS).unwrap());
    });
    server.join().unwrap();
}

/// What this thread has used of the processor.
fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap(),
        u32::try_from(time.tv_nsec).unwrap(),
    )
}

fn serve_blocking(listener: std::net::TcpListener, sessions: u32) {
    use std::io::{BufRead, BufReader, Write};
    listener.set_nonblocking(false).unwrap();
    for _ in 0..sessions {
        let (mut stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut line = String::new();
        while reader.read_line(&mut line).unwrap() > 1 {
            line.clear();
        }
        for command in ["SET VARIABLE A b\n", "GET VARIABLE A\n"] {
            stream.write_all(command.as_bytes()).unwrap();
            line.clear();
            reader.read_line(&mut line).unwrap();
        }
    }
}
