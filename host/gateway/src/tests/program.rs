//! Programs of this machine, really run.

use super::{commands_of, config, registry};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;
use ucx_call::{Action, Cause, Signal};
use ucx_pbx::testing::{World, run_in_real_time};

const READ_ENVIRONMENT: &str = "while read l && [ -n \"$l\" ]; do :; done\n";

/// The scripts: name, whether it may be run, and text after the first line. The first four are recorded ones.
const SCRIPTS: &[(&str, bool, &str)] = &[
    (
        "ok.agi",
        true,
        "@echo \"SET VARIABLE FOO bar\"; read r\necho \"STREAM FILE beep \\\"\\\"\"; read r\nexit 0\n",
    ),
    ("exit1.agi", true, "exit 1\n"),
    (
        "killed.agi",
        true,
        "@echo \"STREAM FILE beep \\\"\\\"\"\nkill -9 $$\n",
    ),
    (
        "hangup.agi",
        true,
        "trap \"\" HUP\n@echo \"STREAM FILE tt-monkeys \\\"\\\"\"; read r; echo \"VERBOSE \\\"first: $r\\\" 1\"; read s; \
         echo \"VERBOSE \\\"then: $s\\\" 1\"; read t\n",
    ),
    (
        "dies.agi",
        true,
        "@echo \"NOOP ready\"; read r; echo \"WAIT FOR DIGIT -1\"; read r\nsleep 30\n",
    ),
    (
        "late.agi",
        true,
        "@echo \"GET VARIABLE EXTEN\"; read r\nsleep 0.2\necho \"SET VARIABLE DONE \\\"$r\\\"\"; read r\n",
    ),
    ("forbidden.agi", false, ""),
    (
        "hears.agi",
        true,
        "while read l && [ -n \"$l\" ]; do case $l in agi_enhanced*) e=${l#*: };; esac; done\n\
         echo \"NOOP ready\"; read r\nh=$(od -An -v -tx1 -N4 <&3 | tr -d ' ')\n\
         echo \"SET VARIABLE HEARD \\\"$e $h $# $1\\\"\"; read r\n",
    ),
    ("stubborn.agi", true, "trap \"\" HUP\nsleep 300\n"),
    ("strange.agi", true, "echo failure to start\nsleep 30\n"),
    (
        "looks.agi",
        true,
        "@echo \"SET VARIABLE ARGS \\\"$# $1 $2\\\"\"; read r\necho \"SET VARIABLE DIR $AST_AGI_DIR\"; read r\n\
         echo \"SET VARIABLE FILE $AST_CONFIG_FILE\"; read r\n\
         echo \"SET VARIABLE OPEN \\\"$(ls -l /proc/$$/fd | tr '\\n' ' ')\\\"\"; read r\n\
         echo \"SET VARIABLE LIMIT $(ulimit -Sn)\"; read r\n\
         echo \"SET VARIABLE CORE $(ulimit -c)\"; read r\n\
         set -- $(cat /proc/self/stat); echo \"SET VARIABLE GROUP $5\"; read r\n\
         echo \"SET VARIABLE SELF $$\"; read r\n",
    ),
];

/// All scripts, written before any program is started: one that is being written cannot be run.
static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("ucx-gateway-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("sub")).unwrap();
    for (name, may_run, text) in SCRIPTS {
        let path = folder.join(name);
        let text = text.replace('@', READ_ENVIRONMENT);
        std::fs::write(&path, format!("#!/bin/sh\n{text}")).unwrap();
        let mode = if *may_run { 0o755 } else { 0o644 };
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    folder
});

/// Runs a call into a program, and answers the steps of its dialplan after it, and its events.
fn call_into(request: &str, meanwhile: impl AsyncFnOnce(&mut World)) -> (Vec<String>, Vec<String>) {
    let mut registry = registry();
    let mut config = config();
    config.directories.gateway.clone_from(&FOLDER);
    config.directories.etc = PathBuf::from("/etc/asterisk");
    crate::register(&mut registry, config);
    let plan = format!(
        "[main]\nexten => s,1,Answer()\n same => n,AGI({request})\n same => n,Note(${{AGISTATUS}})\n\
         exten => h,1,Note(end ${{AGISTATUS}})\n"
    );
    let mut answer = (Vec::new(), Vec::new());
    run_in_real_time(&plan, registry, async |world| {
        world.call("s");
        meanwhile(world).await;
        world.until_over().await;
        let steps = world.steps("alice");
        answer = (steps[2..].to_vec(), commands_of(&world.record().events));
    });
    answer
}

/// Waits until an event of a command was seen.
async fn until_said(world: &mut World, what: &str) {
    for _ in 0..500 {
        if commands_of(&world.record().events)
            .iter()
            .any(|said| said.contains(what))
        {
            return;
        }
        world.pass(10).await;
    }
    panic!("{what} was never said");
}

fn hang_up(world: &World) {
    let alice = world
        .pbx
        .with_switch(|switch| switch.channels().next().unwrap().id);
    world.pbx.signal(alice, Signal::HungUp(Cause::NORMAL_CLEARING));
}

#[test]
fn a_script_that_ends_well_is_told_as_recorded() {
    let (steps, commands) = call_into("ok.agi,one,two", async |_| {});
    assert_eq!(steps, ["s,3 Note(SUCCESS)", "h,1 Note(end SUCCESS)"]);
    assert_eq!(
        commands,
        [
            "start SET VARIABLE FOO bar",
            "FOO=bar",
            "end SET VARIABLE FOO bar: 200 Success",
            "start STREAM FILE beep \"\"",
            "PLAYBACKSTATUS=SUCCESS",
            "end STREAM FILE beep \"\": 200 Success",
            "AGISTATUS=SUCCESS",
        ]
    );
}

#[test]
fn a_script_that_ends_badly_is_told_as_recorded() {
    let (steps, commands) = call_into("exit1.agi", async |_| {});
    assert_eq!(steps[0], "s,3 Note(FAILURE)");
    assert_eq!(commands, ["AGISTATUS=FAILURE"]);
    let (steps, commands) = call_into("killed.agi", async |_| {});
    assert_eq!(steps[0], "s,3 Note(FAILURE)");
    assert_eq!(
        commands,
        [
            "start STREAM FILE beep \"\"",
            "end STREAM FILE beep \"\": 200 Success",
            "AGISTATUS=FAILURE"
        ]
    );
}

#[test]
fn a_script_that_is_not_there_or_cannot_run() {
    for (request, status) in [
        ("test.agi", "NOTFOUND"),
        ("../bin/sh", "NOTFOUND"),
        ("/nonexistent/test.agi", "NOTFOUND"),
        ("forbidden.agi", "FAILURE"),
        ("sub", "FAILURE"),
        ("strange.agi", "FAILURE"),
    ] {
        let (steps, commands) = call_into(request, async |_| {});
        assert_eq!(steps[0], format!("s,3 Note({status})"), "{request}");
        assert_eq!(commands, [format!("AGISTATUS={status}")], "{request}");
    }
}

#[test]
fn a_script_that_does_not_mind_goes_on_after_its_caller_as_recorded() {
    let (steps, commands) = call_into("hangup.agi", async |world| {
        until_said(world, "start STREAM FILE").await;
        hang_up(world);
    });
    assert_eq!(steps, ["h,1 Note(end HANGUP)"]);
    assert_eq!(commands[1], "PLAYBACKSTATUS=FAILED");
    assert_eq!(commands[2], "end STREAM FILE tt-monkeys \"\": 200 Failure");
    assert!(
        commands[3].starts_with("start VERBOSE \"first: 200 result=-1 endpos="),
        "{commands:?}"
    );
    assert_eq!(commands[6], "end VERBOSE \"then: 200 result=1\" 1: 200 Success");
    assert_eq!(commands[7], "AGISTATUS=HANGUP");
}

#[test]
fn a_script_is_told_of_its_callers_end() {
    let began_at = std::time::Instant::now();
    let (steps, _) = call_into("dies.agi", async |world| {
        until_said(world, "start WAIT FOR DIGIT").await;
        hang_up(world);
    });
    assert_eq!(steps, ["h,1 Note(end HANGUP)"]);
    assert!(
        began_at.elapsed() < Duration::from_secs(20),
        "the signal ends it before its sleep does"
    );
}

#[test]
fn a_script_after_the_end_of_the_call_does_its_work() {
    let mut registry = registry();
    let mut config = config();
    config.directories.gateway.clone_from(&FOLDER);
    crate::register(&mut registry, config);
    let plan =
        "[main]\nexten => s,1,Quit()\nexten => h,1,AGI(late.agi)\n same => n,Note(${AGISTATUS} ${DONE})\n";
    run_in_real_time(plan, registry, async |world| {
        world.call("s");
        world.until_over().await;
        assert_eq!(
            world.steps("alice").last().unwrap(),
            "h,2 Note(SUCCESS 200 result=1 (h))"
        );
    });
}

#[test]
fn a_script_finds_its_arguments_its_folders_and_its_limits() {
    let kept_open = std::fs::File::create(FOLDER.join("kept-open")).unwrap();
    let (steps, commands) = call_into("looks.agi,one,two words", async |_| {});
    drop(kept_open);
    assert_eq!(steps[0], "s,3 Note(SUCCESS)");
    let value = |name: &str| {
        let set = commands
            .iter()
            .find_map(|said| said.strip_prefix(&format!("{name}=")));
        set.unwrap_or_else(|| panic!("{name} was not set: {commands:?}"))
            .to_owned()
    };
    assert_eq!(value("ARGS"), "2 one two words");
    assert_eq!(value("DIR"), FOLDER.to_str().unwrap());
    assert_eq!(value("FILE"), "/etc/asterisk/asterisk.conf");
    let open = value("OPEN");
    assert!(
        open.contains("pipe:") && !open.contains("kept-open") && !open.contains("eventpoll"),
        "{open}"
    );
    assert!(value("LIMIT").parse::<u64>().unwrap() <= 1_024);
    assert_eq!(value("CORE"), "0");
    assert_eq!(value("GROUP"), value("SELF"));
}

#[test]
fn a_script_hears_the_call() {
    let mut registry = registry();
    let mut config = config();
    config.directories.gateway.clone_from(&FOLDER);
    crate::register(&mut registry, config);
    let plan = "[main]\nexten => s,1,Answer()\n same => n,EAGI(hears.agi,one)\n same => n,Note(${AGISTATUS} ${HEARD})\n \
                same => n,EAGI(none.agi)\n same => n,Note(${AGISTATUS})\n same => n,EAGI(forbidden.agi)\n \
                same => n,Note(${AGISTATUS})\n";
    run_in_real_time(plan, registry, async |world| {
        world.call("s");
        until_said(world, "start NOOP ready").await;
        let listener = world.record().actions.iter().find_map(|action| {
            let Action::Listen { listener, .. } = action else {
                return None;
            };
            Some(*listener)
        });
        let listener = listener.expect("it listens");
        world.pbx.heard(listener, &[0x0102, -2]);
        world.until_over().await;
        let notes = world.steps("alice");
        let notes: Vec<_> = notes.iter().filter(|step| step.contains("Note")).collect();
        assert_eq!(
            notes,
            [
                "s,3 Note(SUCCESS 1.0 0201feff 1 one)",
                "s,5 Note(NOTFOUND)",
                "s,7 Note(FAILURE)"
            ]
        );
        assert!(
            world
                .record()
                .actions
                .contains(&Action::StopListening { listener })
        );
    });
}

#[test]
fn a_script_that_does_not_mind_is_ended_with_all_it_started() {
    let mut directories = config().directories;
    directories.gateway.clone_from(&FOLDER);
    run_in_real_time("[main]\n", registry(), async |world| {
        let (program, mut said, _) = crate::peer::spawn("stubborn.agi", &[], &directories, None)
            .await
            .expect("it can be run");
        world.pass(100).await;
        program.hang_up();
        program.put_an_end();
        let mut rest = Vec::new();
        // The end of its output is the end of its sleep as well, which holds it open.
        let read = tokio::io::AsyncReadExt::read_to_end(&mut said, &mut rest);
        let ended = tokio::time::timeout(Duration::from_secs(20), read).await;
        assert!(ended.is_ok(), "it sleeps on");
    });
}

#[test]
#[ignore = "a measurement, not a check"]
fn cost_of_a_program() {
    const CALLS: u32 = 200;
    let mut ballast = Vec::new();
    for size_mb in [0, 400] {
        ballast.resize(size_mb << 20, 1_u8);
        let mut registry = registry();
        crate::register(&mut registry, config());
        let plan = "[main]\nexten => s,1,AGI(/bin/true)\n";
        run_in_real_time(plan, registry, async |world| {
            let (wall, cpu) = (std::time::Instant::now(), process_time());
            for _ in 0..CALLS {
                world.call("s");
                while world.pbx.with_switch(|switch| switch.channels().count()) > 0 {
                    tokio::time::sleep(Duration::from_micros(100)).await;
                }
            }
            let each = |time: Duration| time.as_secs_f64() * 1e3 / f64::from(CALLS);
            println!(
                "{size_mb} MB of our own: {:.2} ms of our CPU, {:.2} ms wall for each program",
                each(process_time() - cpu),
                each(wall.elapsed())
            );
        });
    }
    assert_eq!(ballast.iter().filter(|byte| **byte == 1).count(), 400 << 20);
}

/// What this process has used of the processor.
fn process_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap(),
        u32::try_from(time.tv_nsec).unwrap(),
    )
}
