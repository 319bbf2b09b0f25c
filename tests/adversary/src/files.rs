//! Files that are no honest components, laid where the host looks: each is refused once, in words, and nothing else changes.

use crate::book::Book;
use crate::components::{self, MEMORY, manifest};
use crate::folder;
use crate::host;
use crate::phone::Outcome;
use crate::scene::{FALLBACK_HZ, SWAPPED, Scene};
use anyhow::{Context, Result, bail};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use std::fs::File;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

/// How long the host may take to look at all of them.
const LOOK_LIMIT: Duration = Duration::from_secs(15);
/// Long enough for a second look, if there were one.
const SETTLE: Duration = Duration::from_millis(700);
/// Failures after which a new generation is taken back, and some more.
const ROLLBACK_CALLS: usize = 12;
/// What stands in a file that a link leads to, and must not be told.
const SECRET: &str = "kept-to-itself";

/// A hostile file: its name, how it is laid, and a word of the refusal.
struct Lie {
    name: &'static str,
    lay: fn(&Path, &str) -> Result<()>,
    words: &'static str,
}

#[rustfmt::skip]
const LIES: &[Lie] = &[
    Lie { name: "text", lay: |at, id| host::put(at, id, &manifest(id, ""), b"#!/bin/sh\necho no component\n"), words: "no whole component" },
    Lie { name: "empty", lay: |at, id| host::put(at, id, &manifest(id, ""), b""), words: "no whole component" },
    Lie { name: "module", lay: |at, id| host::put(at, id, &manifest(id, ""), b"\0asm\x01\0\0\0"), words: "no whole component" },
    Lie { name: "truncated", lay: truncated, words: "no whole component" },
    Lie { name: "giant", lay: giant, words: "bytes are more than" },
    Lie { name: "unsigned", lay: |at, id| folder::place(&at.join(format!("{id}.wasm")), spinner()?), words: "has no manifest" },
    Lie { name: "garbled", lay: |at, id| host::put(at, id, "id = [[[", &spinner()?), words: "manifest is wrong" },
    Lie { name: "greedy", lay: |at, id| host::put(at, id, &manifest(id, "[budget]\ncpu-ms = 60000"), &spinner()?), words: "cpu-ms" },
    Lie { name: "ungranted", lay: |at, id| host::put(at, id, &manifest(id, "[asks]\ntables = ['salaries']"), &spinner()?), words: "not granted" },
    Lie { name: "wrongworld", lay: |at, id| host::put(at, id, &manifest(id, "").replace("router", "event-subscriber"), &spinner()?), words: "does not export" },
    Lie { name: "pathid", lay: |at, id| host::put(at, id, &manifest("../../tables/routes", ""), &spinner()?), words: "manifest is wrong" },
    Lie { name: "longid", lay: |at, id| host::put(at, id, &manifest(&"a".repeat(1000), ""), &spinner()?), words: "manifest is wrong" },
    Lie { name: "thief", lay: |at, id| host::put(at, id, &manifest("prefix-router", ""), &spinner()?), words: "belongs to" },
    Lie { name: "oldwit", lay: |at, id| host::put(at, id, &manifest(id, ""), &components::exporter("ucx:call/router@9.9.0")?), words: "does not export" },
    Lie { name: "exportless", lay: |at, id| host::put(at, id, &manifest(id, ""), &wat::parse_str("(component)")?), words: "exports nothing" },
    Lie { name: "importer", lay: |at, id| host::put(at, id, &manifest(id, ""), &components::importer("evil:host/shell")?), words: "does not serve" },
    Lie { name: "startmemory", lay: |at, id| host::put(at, id, &manifest(id, ""), &components::router("(memory (export \"memory\") 2000)", "unreachable")?), words: "of memory at its start" },
    Lie { name: "manymemories", lay: |at, id| host::put(at, id, &manifest(id, ""), &components::router(&format!("{MEMORY}{}", "(memory 20)".repeat(60)), "unreachable")?), words: "memory" },
    Lie { name: "hugedata", lay: hugedata, words: "of memory at its start" },
    Lie { name: "starttrap", lay: |at, id| host::put(at, id, &manifest(id, ""), &components::router(&format!("{MEMORY} (func $s unreachable) (start $s)"), "unreachable")?), words: "fails at its start" },
    Lie { name: "startloop", lay: |at, id| host::put(at, id, &manifest(id, ""), &components::router(&format!("{MEMORY} (func $s (loop $l (br $l))) (start $s)"), "unreachable")?), words: "processor time" },
    Lie { name: "folder", lay: |at, id| Ok(std::fs::create_dir(at.join(format!("{id}.wasm")))?), words: "cannot be read" },
    Lie { name: "dangling", lay: |at, id| Ok(symlink("nowhere", at.join(format!("{id}.wasm")))?), words: "cannot be read" },
    Lie { name: "secretlink", lay: secret_link, words: "no whole component" },
    Lie { name: "endless", lay: |at, id| Ok(symlink("/dev/zero", at.join(format!("{id}.wasm")))?), words: "cannot be read" },
    Lie { name: "pipe", lay: |at, id| pipe(&at.join(format!("{id}.wasm"))), words: "cannot be read" },
    Lie { name: "endlessmanifest", lay: |at, id| { symlink("/dev/zero", at.join(format!("{id}.toml")))?; folder::place(&at.join(format!("{id}.wasm")), spinner()?) }, words: "manifest" },
    Lie { name: "pipemanifest", lay: |at, id| { pipe(&at.join(format!("{id}.toml")))?; folder::place(&at.join(format!("{id}.wasm")), spinner()?) }, words: "manifest" },
    Lie { name: "giantmanifest", lay: |at, id| host::put(at, id, &format!("{}# {}\n", manifest(id, ""), "x".repeat(1 << 20)), &spinner()?), words: "manifest" },
];

fn spinner() -> Result<Vec<u8>> {
    components::router(MEMORY, "(loop $l (br $l)) unreachable")
}

fn truncated(at: &Path, id: &str) -> Result<()> {
    let (_, wasm) = components::shipped("prefix-router")?;
    host::put(at, id, &manifest(id, ""), &wasm[..wasm.len() / 2])
}

/// 65 MiB of nothing, which cost no disk.
fn giant(at: &Path, id: &str) -> Result<()> {
    folder::write(&at.join(format!("{id}.toml")), manifest(id, ""))?;
    let beside = at.join(format!("{id}.part"));
    File::create(&beside)?.set_len(65 << 20)?;
    Ok(std::fs::rename(beside, at.join(format!("{id}.wasm")))?)
}

fn hugedata(at: &Path, id: &str) -> Result<()> {
    let data = "x".repeat(20 << 20);
    let items = format!("(memory (export \"memory\") 400) (data (i32.const 0) \"{data}\")");
    host::put(
        at,
        id,
        &manifest(id, ""),
        &components::router(&items, "unreachable")?,
    )
}

fn secret_link(at: &Path, id: &str) -> Result<()> {
    let secret = at.join("secret.txt");
    folder::write(&secret, SECRET)?;
    folder::write(&at.join(format!("{id}.toml")), manifest(id, ""))?;
    Ok(symlink(secret, at.join(format!("{id}.wasm")))?)
}

fn pipe(path: &Path) -> Result<()> {
    Ok(mknodat(CWD, path, FileType::Fifo, Mode::from_raw_mode(0o600), 0)?)
}

/// Lays all of them at once and looks at what the host says of each.
pub fn lies(scene: &Scene, book: &mut Book) {
    let at = scene.host.plugins();
    for lie in LIES {
        if let Err(error) = (lie.lay)(&at, lie.name) {
            book.note(lie.name, Err(error.context("laying it")));
        }
    }
    let refusals = |events: &[String], name: &str| -> Vec<String> {
        let file = format!("/{name}.wasm\"");
        let refused = events
            .iter()
            .filter(|event| event.starts_with("Refused") && event.contains(&file));
        refused.cloned().collect()
    };
    let waited = scene
        .host
        .until("every file is looked at", LOOK_LIMIT, &mut |host| {
            let events = host.events()?;
            Ok(LIES.iter().all(|lie| !refusals(&events, lie.name).is_empty()))
        });
    std::thread::sleep(SETTLE);
    let events = scene.host.events().unwrap_or_default();
    for lie in LIES {
        let told = match refusals(&events, lie.name).as_slice() {
            [once] if once.contains(SECRET) => Err(anyhow::anyhow!("the linked file is told: {once}")),
            [once] if once.contains(lie.words) => Ok(String::new()),
            [once] => Err(anyhow::anyhow!("told as {once}")),
            more => Err(anyhow::anyhow!("told {} times", more.len())),
        };
        book.note(&format!("file {}: refused once, in words", lie.name), told);
    }
    book.note(
        "all files are looked at",
        waited.map(|time| format!("{} files in {} ms", LIES.len(), time.as_millis())),
    );
    book.note("none of them is active", none_active(scene));
    for lie in LIES {
        for ending in ["wasm", "toml"] {
            let path = at.join(format!("{}.{ending}", lie.name));
            // Some have no manifest, one is a folder.
            let _ = std::fs::remove_file(&path).or_else(|_| std::fs::remove_dir(&path));
        }
    }
}

fn none_active(scene: &Scene) -> Result<String> {
    let active = scene.host.active()?;
    match LIES.iter().find(|lie| active.iter().any(|id| id == lie.name)) {
        Some(lie) => bail!("{} is active", lie.name),
        None => Ok(format!("{} honest ones are", active.len())),
    }
}

/// Tables that never end or never begin: refused once, and the table of the neighbour stays.
pub fn tables(scene: &Scene, book: &mut Book) {
    let told = || -> Result<String> {
        let at = scene.host.tables();
        symlink("/dev/zero", at.join("endless.csv"))?;
        pipe(&at.join("pipe.csv"))?;
        let refused = |events: &[String], name: &str| {
            let mark = format!("TableRefused {{ table: \"{name}\"");
            events.iter().filter(|event| event.contains(&mark)).count()
        };
        scene
            .host
            .until("the tables are looked at", LOOK_LIMIT, &mut |host| {
                let events = host.events()?;
                Ok(["endless", "pipe"].iter().all(|name| refused(&events, name) > 0))
            })?;
        // The next change makes the host look at all tables again.
        folder::write(&at.join("other.csv"), "key,value\na,b\n")?;
        std::thread::sleep(SETTLE);
        let events = scene.host.events()?;
        for name in ["endless", "pipe"] {
            let times = refused(&events, name);
            if times != 1 {
                bail!("{name} is told {times} times");
            }
            std::fs::remove_file(at.join(format!("{name}.csv")))?;
        }
        Ok(String::new())
    }();
    book.note("tables without an end or a beginning are refused once", told);
}

/// A component that is still being written is taken when it is whole, without a word before.
pub fn half_written(scene: &Scene, book: &mut Book) {
    let written = || -> Result<String> {
        use std::io::Write as _;
        let at = scene.host.plugins();
        let (_, wasm) = components::shipped("always-traps")?;
        folder::write(&at.join("copied.toml"), manifest("copied", ""))?;
        let mut file = File::create(at.join("copied.wasm"))?;
        for piece in wasm.chunks(wasm.len() / 12 + 1) {
            file.write_all(piece)?;
            file.flush()?;
            std::thread::sleep(Duration::from_millis(50));
        }
        drop(file);
        let took = scene
            .host
            .until("the whole file is taken", LOOK_LIMIT, &mut |host| {
                Ok(host.active()?.iter().any(|id| id == "copied"))
            })?;
        let events = scene.host.events()?;
        if let Some(refused) = events.iter().find(|event| event.contains("/copied.wasm")) {
            bail!("it was taken too early: {refused}");
        }
        Ok(format!("active {} ms after its last byte", took.as_millis()))
    }();
    book.note("a file that is still being written is left alone", written);
}

/// Broken and failing successors of a component that is in use: the one before goes on, or comes back.
pub fn successors(scene: &mut Scene, book: &mut Book) {
    let broken = broken_successor(scene);
    book.note("a broken successor leaves the active one in place", broken);
    let failing = failing_successor(scene);
    book.note("a successor that keeps failing is taken back", failing);
    let mistyped = mistyped(scene);
    book.note(
        "a component of the right name and the wrong type harms nobody",
        mistyped,
    );
}

fn decided(scene: &mut Scene) -> Result<()> {
    match scene.lenient.call(crate::scene::STREAM_NUMBER)? {
        Outcome::Answered { call, .. } => scene.lenient.hangup(call),
        Outcome::Failed { status, cause, .. } => bail!("the call failed: {status}, cause {cause:?}"),
    }
}

fn broken_successor(scene: &mut Scene) -> Result<String> {
    let (_, wasm) = components::shipped("prefix-router")?;
    let at = scene.host.plugins().join(format!("{SWAPPED}.wasm"));
    folder::place(&at, &wasm[..wasm.len() - 1])?;
    scene
        .host
        .until("the broken successor is refused", LOOK_LIMIT, &mut |host| {
            let file = format!("/{SWAPPED}.wasm\"");
            Ok(host
                .events()?
                .iter()
                .any(|event| event.starts_with("Refused") && event.contains(&file)))
        })?;
    decided(scene).map(|()| String::new())
}

fn failing_successor(scene: &mut Scene) -> Result<String> {
    let (_, wasm) = components::shipped("always-traps")?;
    let activated = format!("Activated {{ plugin: \"{SWAPPED}\"");
    let count = |events: &[String]| events.iter().filter(|event| event.contains(&activated)).count();
    let before = count(&scene.host.events()?);
    host::put(&scene.host.plugins(), SWAPPED, &manifest(SWAPPED, ""), &wasm)?;
    scene
        .host
        .until("the failing successor is active", LOOK_LIMIT, &mut |host| {
            Ok(count(&host.events()?) > before)
        })?;
    let back = format!("RolledBack {{ plugin: \"{SWAPPED}\"");
    for calls in 1..=ROLLBACK_CALLS {
        let heard = scene
            .lenient
            .call_and_hear(crate::scene::STREAM_NUMBER, FALLBACK_HZ);
        heard.with_context(|| format!("call {calls} on the failing successor"))?;
        if scene.host.events()?.iter().any(|event| event.contains(&back)) {
            decided(scene).context("after it was taken back")?;
            return Ok(format!(
                "after {calls} calls, each of which was heard at its fallback"
            ));
        }
    }
    bail!("it was not taken back after {ROLLBACK_CALLS} failures")
}

fn mistyped(scene: &mut Scene) -> Result<String> {
    let wasm = components::exporter("ucx:call/router@0.1.0")?;
    host::put(
        &scene.host.plugins(),
        "mistyped",
        &manifest("mistyped", ""),
        &wasm,
    )?;
    scene.host.until("it is looked at", LOOK_LIMIT, &mut |host| {
        Ok(host.events()?.iter().any(|event| event.contains("mistyped")))
    })?;
    let taken = scene.host.active()?.iter().any(|id| id == "mistyped");
    scene.lenient.call_and_hear("mistyped", FALLBACK_HZ)?;
    Ok(if taken {
        "taken; its calls fall back"
    } else {
        "refused at load"
    }
    .to_owned())
}

/// A component that keeps the compiler busy; answers how long.
pub fn heavy(scene: &Scene, book: &mut Book, functions: usize, steps: usize) {
    let compiled = || -> Result<String> {
        let wasm = components::heavy(functions, steps)?;
        let size = wasm.len() >> 10;
        host::put(&scene.host.plugins(), "heavy", &manifest("heavy", ""), &wasm)?;
        let took = scene
            .host
            .until("it is compiled", Duration::from_secs(120), &mut |host| {
                Ok(host
                    .events()?
                    .iter()
                    .any(|event| event.contains("\"heavy\"") || event.contains("/heavy.wasm")))
            })?;
        Ok(format!("{size} KiB, {} ms", took.as_millis()))
    }();
    book.note("a component that is slow to compile holds up nobody", compiled);
}
