//! Components that no compiler would make, from their text: a core module for the world `router`.

use std::path::Path;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

pub(crate) const PACKAGES: [&str; 16] = [
    "deps/wasi-io",
    "deps/wasi-clocks",
    "deps/wasi-random",
    "deps/wasi-filesystem",
    "deps/wasi-sockets",
    "deps/wasi-cli",
    "deps/wasi-http",
    "deps/wasi-config",
    "deps/wasi-keyvalue",
    "deps/wasi-logging",
    "types",
    "events",
    "host",
    "call",
    "queue",
    "plugin",
];

/// A router of these memories, tables and functions; `route` is what it does when asked, and has to end in a trap or
/// leave the address of an answer.
pub(crate) fn router(items: &str, route: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
            {items}
            (func (export "ucx:call/router@0.1.0#route") (param i32) (result i32) {route})
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))"#
    );
    encode(wat::parse_str(text).unwrap(), "router")
}

/// A subscriber of these items; `on_events` is what it does with a batch.
pub(crate) fn subscriber(items: &str, on_events: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
            {items}
            (func (export "ucx:events/subscriber@0.1.0#on-events") (param i32 i32) (result i32) {on_events})
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))"#
    );
    encode(wat::parse_str(text).unwrap(), "event-subscriber")
}

/// A selector; `choose` is what it does when asked.
pub(crate) fn selector(choose: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
            (memory (export "memory") 1)
            (func (export "ucx:queue/selector@0.1.0#choose") (param i32) (result i32) {choose})
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))"#
    );
    encode(wat::parse_str(text).unwrap(), "agent-selector")
}

fn encode(mut module: Vec<u8>, world: &str) -> Vec<u8> {
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
    let mut resolve = Resolve::default();
    let mut last = None;
    for package in PACKAGES {
        last = Some(resolve.push_path(wit.join(package)).unwrap().0);
    }
    let world = resolve.select_world(&[last.unwrap()], Some(world)).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default()
        .module(&module)
        .unwrap()
        .validate(true)
        .encode()
        .unwrap()
}

/// A manifest of that id for a router.
pub(crate) fn manifest(id: &str) -> String {
    format!("id = '{id}'\nversion = '1'\nworlds = ['router']\nfallback = {{ reject = 34 }}\n")
}
