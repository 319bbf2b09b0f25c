//! How does a stranger's component become machine code? In a child process with one thread, low priority and limits, so
//! that one that is made to keep the compiler busy, or to bring it down, costs only itself.

use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, Signal, nice, set_parent_process_death_signal, setrlimit};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::engine::{Interruption, Pooling, engine};
use crate::generation::short;
use crate::loader::COMPONENT_MAX;

/// Processor time of one compilation in seconds.
const CPU_MAX_S: u64 = 60;
/// Time of one compilation by the clock, on a machine that does other things too.
const WALL_MAX: Duration = Duration::from_secs(300);
/// Memory of the compiler in bytes, without the address space its engine sets aside.
const MEMORY_MAX: u64 = 2 << 30;
/// The largest machine code of a component in bytes.
const CODE_MAX: u64 = 512 << 20;
/// The longest complaint in bytes.
const COMPLAINT_MAX: u64 = 4 << 10;
/// The lowest priority there is.
const NICE: i32 = 19;
/// How often is looked whether it has ended.
const LOOK: Duration = Duration::from_millis(2);

/// What the child is told in front of how its engine is set up.
pub const COMPILE_WORD: &str = "compile-component";

/// Who compiles.
#[derive(Clone, Debug, Default)]
pub(crate) struct Compiler {
    /// The program that is started as the child; none compiles here.
    pub(crate) program: Option<PathBuf>,
    pub(crate) interruption: Interruption,
}

/// A compilation that was stopped, or brought its process down.
#[derive(Debug)]
pub(crate) struct CompilerStopped(String);

impl std::fmt::Display for CompilerStopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CompilerStopped {}

impl Compiler {
    /// The component, compiled. Slow: not for the control plane.
    pub(crate) fn component(
        &self,
        engine: &Engine,
        pooling: Pooling,
        wasm: &[u8],
    ) -> wasmtime::Result<Component> {
        let Some(program) = &self.program else {
            return Component::from_binary(engine, wasm);
        };
        let mut command = Command::new(program);
        command
            .args([COMPILE_WORD, pooling.word(), word(self.interruption)])
            .env_clear();
        load(engine, &run(command, wasm)?)
    }
}

#[expect(unsafe_code, reason = "wasmtime trusts what it deserializes")]
fn load(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: the code comes straight from a process of this very program, which made it as this one would have; wasmtime
    // refuses code of another version or setting.
    unsafe { Component::deserialize(engine, code) }
}

fn word(interruption: Interruption) -> &'static str {
    match interruption {
        Interruption::Time => "time",
        Interruption::Fuel => "fuel",
    }
}

/// The child's code, or its complaint.
fn run(mut command: Command, wasm: &[u8]) -> wasmtime::Result<Vec<u8>> {
    let stopped = |why: String| wasmtime::Error::from(CompilerStopped(why));
    let child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.map_err(|error| stopped(format!("the compiler cannot be started: {error}")))?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (ended, code, complaint) = std::thread::scope(|scope| {
        scope.spawn(move || {
            // A child that does not read has ended, which is looked at below.
            let _ = stdin.map(|mut stdin| stdin.write_all(wasm));
        });
        let code = scope.spawn(move || stdout.map(|stdout| bounded(stdout, CODE_MAX)).unwrap_or_default());
        let words = scope.spawn(move || {
            stderr
                .map(|stderr| bounded(stderr, COMPLAINT_MAX))
                .unwrap_or_default()
        });
        let ended = wait(&mut child);
        (
            ended,
            code.join().unwrap_or_default(),
            words.join().unwrap_or_default(),
        )
    });
    let Some(status) = ended else {
        return Err(stopped(format!("takes more than {} s", WALL_MAX.as_secs())));
    };
    if status.success() {
        return Ok(code);
    }
    let complaint = String::from_utf8_lossy(&complaint).trim().to_owned();
    if let Some(words) = complaint.strip_prefix(WRONG) {
        return Err(wasmtime::Error::msg(words.to_owned()));
    }
    let why = match status.signal().and_then(Signal::from_named_raw) {
        Some(signal) if signal == Signal::XCPU || signal == Signal::KILL => {
            format!("takes more than {CPU_MAX_S} s of the compiler's time, or more than it may have")
        }
        Some(_) | None => format!("the compiler ended with {status}: {complaint:.200}"),
    };
    Err(stopped(why))
}

/// What stands before a complaint about the component, in contrast to one about the machine.
const WRONG: &str = "wrong: ";

fn bounded(from: impl Read, most: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    // What could be read counts; whether it was all is told by how the child ended.
    let _ = from.take(most).read_to_end(&mut bytes);
    bytes
}

/// How the child ended; none if it did not, in which case it is ended.
fn wait(child: &mut Child) -> Option<std::process::ExitStatus> {
    let began = Instant::now();
    while began.elapsed() < WALL_MAX {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) => std::thread::sleep(LOOK),
            Err(_) => break,
        }
    }
    // It may have ended meanwhile.
    let _ = child.kill();
    let _ = child.wait();
    None
}

/// The child's part: reads a component, writes its machine code. `words` say how the engine is set up, as the parent wrote
/// them behind [`COMPILE_WORD`].
///
/// # Errors
/// A line for the parent: what is wrong with the component, or with the machine.
pub fn compile_as_child(words: &[String], component: impl Read, mut code: impl Write) -> Result<(), String> {
    limit().map_err(|error| format!("the compiler's limits cannot be set: {error}"))?;
    let (pooling, interruption) = match words {
        [pooling, by] => (
            Pooling::of(pooling),
            [Interruption::Time, Interruption::Fuel]
                .into_iter()
                .find(|way| word(*way) == by),
        ),
        _ => (None, None),
    };
    let (Some(pooling), Some(interruption)) = (pooling, interruption) else {
        return Err(format!("{COMPILE_WORD} takes two words, from the host alone"));
    };
    let engine = engine(interruption, pooling).map_err(|error| short(&error))?;
    let wasm = bounded(component, COMPONENT_MAX + 1);
    let made = engine.precompile_component(&wasm);
    let made = made.map_err(|error| format!("{WRONG}{}", short(&error)))?;
    code.write_all(&made).map_err(|error| error.to_string())
}

/// One core at the lowest priority, so much memory and time, no files, and no life without its parent.
fn limit() -> rustix::io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    nice(NICE)?;
    let set = |resource, most: u64| {
        let most = Some(most);
        setrlimit(
            resource,
            Rlimit {
                current: most,
                maximum: most,
            },
        )
    };
    set(Resource::Cpu, CPU_MAX_S)?;
    set(Resource::Data, MEMORY_MAX)?;
    set(Resource::Core, 0)?;
    set(Resource::Fsize, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, wasm: &[u8]) -> wasmtime::Result<Vec<u8>> {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        run(command, wasm)
    }

    #[test]
    fn the_childs_code_is_what_it_writes_and_its_complaint_tells_whose_fault_it_is() {
        assert_eq!(shell("cat", b"abc").unwrap(), b"abc");
        let wrong = shell("echo 'wrong: not a component' >&2; exit 1", b"").unwrap_err();
        assert_eq!(wrong.to_string(), "not a component");
        assert!(!wrong.is::<CompilerStopped>());
        for script in ["exit 3", "kill -XCPU $$", "kill -ABRT $$"] {
            assert!(
                shell(script, &[0; 1 << 20]).unwrap_err().is::<CompilerStopped>(),
                "{script}"
            );
        }
        let words = shell("kill -XCPU $$", b"").unwrap_err().to_string();
        assert!(words.contains("of the compiler's time"), "{words}");
    }
}
