//! Components made from text that attack where no compiler would: in what they hand over, in what they are asked for, in
//! what they ask.
//!
//! An answer lies at 4096: whether it is an error, then (from 4100) either the words' address and length, or the
//! decision's kind, its contents from 4104, the reason at 4128, variables at 4136, attributes at 4144.

use crate::components::{self, MEMORY, Text};
use anyhow::Result;

/// A hostile router; its fallback is the dialplan.
pub struct Guest {
    pub name: &'static str,
    items: &'static str,
    route: &'static str,
    realloc: &'static str,
    post: &'static str,
    /// One of these words is in the reason the operator reads.
    pub words: &'static [&'static str],
}

impl Guest {
    pub fn component(&self) -> Result<Vec<u8>> {
        components::router_of(&Text {
            items: self.items,
            route: self.route,
            realloc: self.realloc,
            post: self.post,
        })
    }
}

const fn answers(name: &'static str, route: &'static str, words: &'static [&'static str]) -> Guest {
    calls(name, MEMORY, route, words)
}

const fn calls(
    name: &'static str,
    items: &'static str,
    route: &'static str,
    words: &'static [&'static str],
) -> Guest {
    Guest {
        name,
        items,
        route,
        realloc: "",
        post: "",
        words,
    }
}

const fn makes_room(name: &'static str, realloc: &'static str, words: &'static [&'static str]) -> Guest {
    Guest {
        name,
        items: MEMORY,
        route: PASS,
        realloc,
        post: "",
        words,
    }
}

const fn cleans_up(name: &'static str, post: &'static str, words: &'static [&'static str]) -> Guest {
    Guest {
        name,
        items: MEMORY,
        route: PASS,
        realloc: "",
        post,
        words,
    }
}

/// The decision to pass, well said.
pub const PASS: &str = "(i32.store (i32.const 4100) (i32.const 3)) (i32.const 4096)";

const TRAPPED: &[&str] = &["trapped"];
const OUT_OF_TIME: &[&str] = &["processor time", "took more than"];
const REFUSED: &[&str] = &["verdict is refused"];

const LOG: &str = r#"(import "wasi:logging/logging@0.1.0-draft" "log" (func $log (param i32 i32 i32 i32 i32)))
    (memory (export "memory") 1) (data (i32.const 8192) "\ff\fe\c0\80 no text")"#;
const BUCKET: &str = r#"(import "wasi:keyvalue/store@0.2.0-draft" "open" (func $open (param i32 i32 i32)))
    (import "wasi:keyvalue/store@0.2.0-draft" "[method]bucket.get" (func $get (param i32 i32 i32 i32)))
    (import "wasi:keyvalue/store@0.2.0-draft" "[resource-drop]bucket" (func $drop (param i32)))
    (memory (export "memory") 1) (data (i32.const 8192) "default")"#;
const COUNT: &str = r#"(import "ucx:host/metrics@0.1.0" "count" (func $count (param i32 i32 i64 i32 i32)))
    (memory (export "memory") 1) (data (i32.const 8192) "aaaaaaaa")"#;

#[rustfmt::skip]
pub const GUESTS: &[Guest] = &[
    // What it hands over.
    answers("text-no-utf8", "(i32.store8 (i32.const 4096) (i32.const 1)) (i32.store (i32.const 8192) (i32.const 0x80c0feff))
        (i32.store (i32.const 4100) (i32.const 8192)) (i32.store (i32.const 4104) (i32.const 4)) (i32.const 4096)", TRAPPED),
    answers("text-beyond-memory", "(i32.store8 (i32.const 4096) (i32.const 1)) (i32.store (i32.const 4100) (i32.const 65530))
        (i32.store (i32.const 4104) (i32.const 64)) (i32.const 4096)", TRAPPED),
    answers("text-wraps-around", "(i32.store8 (i32.const 4096) (i32.const 1)) (i32.store (i32.const 4100) (i32.const -16))
        (i32.store (i32.const 4104) (i32.const 32)) (i32.const 4096)", TRAPPED),
    answers("text-of-2-gib", "(i32.store8 (i32.const 4096) (i32.const 1)) (i32.store (i32.const 4104) (i32.const 0x7fffffff))
        (i32.const 4096)", TRAPPED),
    answers("list-of-2-to-the-31", "(i32.store (i32.const 4104) (i32.const 8192)) (i32.store (i32.const 4108) (i32.const 0x80000000))
        (i32.const 4096)", TRAPPED),
    answers("list-that-overflows", "(i32.store (i32.const 4104) (i32.const 8192)) (i32.store (i32.const 4108) (i32.const 0x20000001))
        (i32.const 4096)", TRAPPED),
    // 2,000 groups which are one and the same list of 300 legs: 600,000 legs out of 64 KiB.
    answers("lists-in-lists", "(local $n i32) (local.set $n (i32.const 0))
        (loop $l (i32.store (i32.add (i32.const 16384) (local.get $n)) (i32.const 33000))
            (i32.store (i32.add (i32.const 16388) (local.get $n)) (i32.const 300))
            (local.set $n (i32.add (local.get $n) (i32.const 8)))
            (br_if $l (i32.lt_u (local.get $n) (i32.const 16000))))
        (i32.store (i32.const 4104) (i32.const 16384)) (i32.store (i32.const 4108) (i32.const 2000)) (i32.const 4096)", TRAPPED),
    answers("many-empty-groups", "(i32.store (i32.const 4104) (i32.const 16384)) (i32.store (i32.const 4108) (i32.const 5000))
        (i32.const 4096)", REFUSED),
    answers("plan-without-a-leg", "(i32.const 4096)", REFUSED),
    answers("leg-without-a-name", "(i32.store (i32.const 16384) (i32.const 33000)) (i32.store (i32.const 16388) (i32.const 1))
        (i32.store (i32.const 4104) (i32.const 16384)) (i32.store (i32.const 4108) (i32.const 1)) (i32.const 4096)", REFUSED),
    answers("kind-out-of-range", "(i32.store (i32.const 4100) (i32.const 99)) (i32.const 4096)", TRAPPED),
    answers("neither-good-nor-bad", "(i32.store8 (i32.const 4096) (i32.const 7)) (i32.const 4096)", TRAPPED),
    answers("no-such-cause", "(i32.store (i32.const 4100) (i32.const 2)) (i32.store (i32.const 4104) (i32.const 0xffffffff))
        (i32.const 4096)", REFUSED),
    answers("answer-misaligned", "(i32.const 4097)", TRAPPED),
    answers("answer-beyond-memory", "(i32.const 65532)", TRAPPED),
    // When it is asked.
    makes_room("room-nowhere", "(i32.const -16)", TRAPPED),
    makes_room("room-misaligned", "(i32.const 1023)", TRAPPED),
    makes_room("room-never", "unreachable", TRAPPED),
    makes_room("room-after-a-loop", "(loop $l (br $l)) unreachable", OUT_OF_TIME),
    Guest { name: "room-by-asking-the-host", items: LOG, route: PASS, post: "", words: TRAPPED,
        realloc: "(call $log (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)) (i32.const 1024)" },
    cleans_up("end-traps", "unreachable", TRAPPED),
    cleans_up("end-loops", "(loop $l (br $l))", OUT_OF_TIME),
    // What it asks.
    calls("log-without-end", LOG, "(loop $l (call $log (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 8197) (i32.const 7)) (br $l))
        unreachable", OUT_OF_TIME),
    calls("log-no-utf8", LOG, "(call $log (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 8192) (i32.const 4)) unreachable", TRAPPED),
    calls("log-level-out-of-range", LOG, "(call $log (i32.const 77) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)) unreachable", TRAPPED),
    calls("log-of-2-gib", LOG, "(call $log (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0x7fffffff)) unreachable", TRAPPED),
    calls("bucket-without-end", BUCKET, "(loop $l (call $open (i32.const 8192) (i32.const 7) (i32.const 4096)) (br $l)) unreachable", OUT_OF_TIME),
    calls("handle-of-nobody", BUCKET, "(call $get (i32.const 77) (i32.const 0) (i32.const 0) (i32.const 4096)) unreachable", TRAPPED),
    calls("handle-dropped-that-is-none", BUCKET, "(call $drop (i32.const 1)) unreachable", TRAPPED),
    calls("metrics-without-end", COUNT, "(loop $l (i64.store (i32.const 8192) (i64.add (i64.load (i32.const 8192)) (i64.const 1)))
        (i64.store (i32.const 8192) (i64.and (i64.load (i32.const 8192)) (i64.const 0x7f7f7f7f7f7f7f7f)))
        (call $count (i32.const 8192) (i32.const 8) (i64.const -1) (i32.const 0) (i32.const 0)) (br $l)) unreachable", OUT_OF_TIME),
    calls("metric-with-a-million-labels", COUNT, "(call $count (i32.const 8192) (i32.const 8) (i64.const 1) (i32.const 0) (i32.const 0x00100000)) unreachable", TRAPPED),
    calls("chance-of-16-eib", r#"(import "wasi:random/random@0.2.12" "get-random-bytes" (func $random (param i64 i32)))
        (memory (export "memory") 1)"#, "(call $random (i64.const -1) (i32.const 4096)) unreachable", TRAPPED),
    calls("wait-for-ever", r#"(import "wasi:clocks/monotonic-clock@0.2.12" "subscribe-duration" (func $after (param i64) (result i32)))
        (import "wasi:io/poll@0.2.12" "[method]pollable.block" (func $block (param i32)))
        (memory (export "memory") 1)"#, "(call $block (call $after (i64.const -1))) unreachable", &["took more than"]),
    calls("poll-of-a-million", r#"(import "wasi:io/poll@0.2.12" "poll" (func $poll (param i32 i32 i32)))
        (memory (export "memory") 64)"#, "(call $poll (i32.const 0) (i32.const 1000000) (i32.const 4096)) unreachable", TRAPPED),
    calls("exit-of-the-process", r#"(import "wasi:cli/exit@0.2.12" "exit" (func $exit (param i32)))
        (memory (export "memory") 1)"#, "(call $exit (i32.const 1)) unreachable", TRAPPED),
    // What it finds: nothing of those before it. It says so, and leaves its mark for those after it.
    calls("memory-for-others", r#"(memory (export "memory") 2) (table 4000 funcref) (elem declare func $mark)
        (func $mark (drop (memory.grow (i32.const 30)))
            (table.fill (i32.const 0) (ref.func $mark) (i32.const 4000))
            (memory.fill (i32.const 16384) (i32.const 0xaa) (i32.sub (i32.const 2097152) (i32.const 16384))))"#,
        "(call $mark) unreachable", TRAPPED),
    calls("memory-of-others", r#"(memory (export "memory") 2) (data (i32.const 8192) "clean dirty")
        (func $look (param $from i32) (param $to i32) (result i32) (local $found i32)
            (loop $l (local.set $found (i32.or (local.get $found) (i32.load (local.get $from))))
                (i32.store (local.get $from) (i32.const 0xaaaaaaaa))
                (local.set $from (i32.add (local.get $from) (i32.const 64)))
                (br_if $l (i32.lt_u (local.get $from) (local.get $to))))
            (local.get $found))"#, "(local $old i32)
        (local.set $old (call $look (i32.const 16384) (i32.const 131072)))
        (drop (memory.grow (i32.const 30)))
        (local.set $old (i32.or (local.get $old) (call $look (i32.const 131072) (i32.const 2097152))))
        (i32.store8 (i32.const 4096) (i32.const 1)) (i32.store (i32.const 4104) (i32.const 5))
        (i32.store (i32.const 4100) (select (i32.const 8198) (i32.const 8192) (local.get $old))) (i32.const 4096)", &["failed: clean"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_guest_is_a_component_of_its_own_name() {
        for guest in GUESTS {
            let made = guest.component();
            assert!(made.is_ok(), "{}: {:#}", guest.name, made.unwrap_err());
            assert_eq!(GUESTS.iter().filter(|other| other.name == guest.name).count(), 1);
        }
    }
}
