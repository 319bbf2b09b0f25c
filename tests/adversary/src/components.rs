//! Components that no compiler would make: from their text, for the world `router` or beside it.

use anyhow::{Context, Result, anyhow};
use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{PackageId, Resolve};

const PACKAGES: [&str; 16] = [
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

/// A memory of one page, which a router cannot do without.
pub const MEMORY: &str = "(memory (export \"memory\") 1)";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Where code of the components of the start stays from run to run: compiling it takes longer than all attacks.
pub fn code() -> PathBuf {
    root().join("target/adversary-code")
}

/// A shipped component and its manifest, as `cargo xtask plugins` lays them out.
pub fn shipped(name: &str) -> Result<(String, Vec<u8>)> {
    let place = root().join("target/plugins/components");
    let path = place.join(format!("{name}.wasm"));
    let wasm = std::fs::read(&path)
        .with_context(|| format!("{}: `cargo xtask plugins` builds it", path.display()))?;
    let manifest = std::fs::read_to_string(path.with_extension("toml")).context("its manifest")?;
    Ok((manifest, wasm))
}

/// The world `router` with what guests get at beside it.
const WORLD: &str = "package ucx:hostile;
world router-and-more {
    include ucx:plugin/router@0.1.0;
    import wasi:random/random@0.2.12;
    import wasi:clocks/monotonic-clock@0.2.12;
    import wasi:io/poll@0.2.12;
    import wasi:cli/exit@0.2.12;
    import ucx:host/http@0.1.0;
}";

/// What allocations of a guest are answered with unless something hostile is: always the same place.
const REALLOC: &str = "(i32.const 1024)";

/// A router as its text.
#[derive(Clone, Copy, Default)]
pub struct Text<'a> {
    /// Imports, memories, tables and functions.
    pub items: &'a str,
    /// What it does when asked.
    pub route: &'a str,
    /// What it does when it is to make room; empty for an ordinary answer.
    pub realloc: &'a str,
    /// What it does when its answer has been read; empty for nothing.
    pub post: &'a str,
}

/// A router of these memories, tables and functions; `route` is what it does when asked.
pub fn router(items: &str, route: &str) -> Result<Vec<u8>> {
    router_of(&Text {
        items,
        route,
        ..Text::default()
    })
}

/// A router as that text has it.
pub fn router_of(text: &Text<'_>) -> Result<Vec<u8>> {
    let Text {
        items, route, post, ..
    } = text;
    let realloc = if text.realloc.is_empty() {
        REALLOC
    } else {
        text.realloc
    };
    let post = if post.is_empty() {
        String::new()
    } else {
        format!(r#"(func (export "cabi_post_ucx:call/router@0.1.0#route") (param i32) {post})"#)
    };
    let text = format!(
        r#"(module
            {items}
            (func (export "ucx:call/router@0.1.0#route") (param i32) (result i32) {route})
            {post}
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) {realloc}))"#
    );
    encode(
        wat::parse_str(text).context("a module's text")?,
        "router-and-more",
    )
}

/// A subscriber of these items; `on_events` is what it does with a batch.
pub fn subscriber(items: &str, on_events: &str) -> Result<Vec<u8>> {
    let text = format!(
        r#"(module
            {items}
            (func (export "ucx:events/subscriber@0.1.0#on-events") (param i32 i32) (result i32) {on_events})
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) {REALLOC}))"#
    );
    encode(
        wat::parse_str(text).context("a module's text")?,
        "ucx:plugin/event-subscriber@0.1.0",
    )
}

fn encode(mut module: Vec<u8>, world: &str) -> Result<Vec<u8>> {
    thread_local! {
        static PACKAGES_READ: OnceCell<(Resolve, PackageId)> = const { OnceCell::new() };
    }
    PACKAGES_READ.with(|read| {
        if read.get().is_none() {
            // Set by nobody else meanwhile: it is this thread's own.
            let _ = read.set(packages()?);
        }
        let (resolve, last) = read.get().context("the packages were read")?;
        let world = resolve
            .select_world(&[*last], Some(world))
            .map_err(|error| anyhow!("{error:#}"))?;
        embed_component_metadata(&mut module, resolve, world, StringEncoding::UTF8)
            .map_err(|error| anyhow!("{error:#}"))?;
        let encoder = ComponentEncoder::default().module(&module);
        let encoded = encoder.and_then(|encoder| encoder.validate(true).encode());
        encoded.map_err(|error| anyhow!("{error:#}"))
    })
}

fn packages() -> Result<(Resolve, PackageId)> {
    let mut resolve = Resolve::default();
    for package in PACKAGES {
        let pushed = resolve.push_path(root().join("wit").join(package));
        pushed.map_err(|error| anyhow!("{error:#}"))?;
    }
    let own = resolve.push_str("hostile.wit", WORLD);
    let own = own.map_err(|error| anyhow!("{error:#}"))?;
    Ok((resolve, own))
}

/// A component that exports an interface of that name with a function `route` of a type of its own.
pub fn exporter(interface: &str) -> Result<Vec<u8>> {
    let text = format!(
        r#"(component
            (core module $m (func (export "route")))
            (core instance $i (instantiate $m))
            (func $f (canon lift (core func $i "route")))
            (instance $r (export "route" (func $f)))
            (export "{interface}" (instance $r)))"#
    );
    wat::parse_str(text).context("a component's text")
}

/// A component that wants an import no host should give.
pub fn importer(interface: &str) -> Result<Vec<u8>> {
    let text = format!(
        r#"(component (import "{interface}" (instance (export "run" (func (param "command" string))))))"#
    );
    wat::parse_str(text).context("a component's text")
}

/// A router whose code takes the compiler long: so many functions of so many steps.
pub fn heavy(functions: usize, steps: usize) -> Result<Vec<u8>> {
    let step = "(local.set 0 (i64.add (i64.mul (local.get 0) (local.get 1)) (i64.rotl (local.get 1) (local.get 0))))\
                (local.set 1 (i64.xor (local.get 1) (local.get 0)))";
    let body = step.repeat(steps);
    let items: String = (0..functions)
        .map(|_| format!("(func (param i64 i64) (result i64) {body} (local.get 0))"))
        .collect();
    router(&format!("{MEMORY} {items}"), "unreachable")
}

/// A manifest of that id for a router, which ends with `more`.
pub fn manifest(id: &str, more: &str) -> String {
    format!("id = '{id}'\nversion = '1'\nworlds = ['router']\n{more}\n")
}
