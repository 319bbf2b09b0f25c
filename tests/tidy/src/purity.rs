//! What the sources of floors 0 and 1 must not name: clocks, sockets, threads, files, and the order of hash tables.

use std::collections::BTreeSet;

use crate::Violation;
use crate::source::{after_closing, code, is_name, line_of, words};

/// What a pure source must not name, and what it does instead.
const BANNED: &[(&str, &str)] = &[
    ("Instant::now", "time is an argument"),
    ("SystemTime::now", "time is an argument"),
    ("TcpStream", "sockets belong to the drivers"),
    ("TcpListener", "sockets belong to the drivers"),
    ("UdpSocket", "sockets belong to the drivers"),
    ("UnixStream", "sockets belong to the drivers"),
    ("UnixListener", "sockets belong to the drivers"),
    ("thread::spawn", "threads belong to the drivers"),
    ("thread::sleep", "waiting is a value given by poll_timeout"),
    ("std::fs", "files belong to the floors above"),
    ("std::env", "the environment belongs to the composition root"),
    ("std::process", "processes belong to the floors above"),
    ("OsRng", "randomness is a seed in the arguments"),
    ("ThreadRng", "randomness is a seed in the arguments"),
    ("RandomState", "its keys differ from run to run"),
];

/// Modules of `std` that a grouped import must not name either.
const BANNED_IN_GROUPS: &[&str] = &["fs", "env", "process"];

/// The one place below the drivers that may read files: includes of configuration.
const MAY_READ_FILES: &[&str] = &["host/config/src/disk.rs", "host/config/src/disk/"];

const ITERATIONS: &[&str] = &[
    "iter",
    "iter_mut",
    "keys",
    "values",
    "values_mut",
    "drain",
    "into_iter",
    "into_keys",
    "into_values",
    "extract_if",
];

/// Says what a source of floor 0 or 1 names that it must not; its tests are not looked at.
pub fn check(path: &str, source: &str) -> Vec<Violation> {
    let code = code(source);
    let reads_files = MAY_READ_FILES
        .iter()
        .any(|f| path == *f || (f.ends_with('/') && path.starts_with(f)));
    let mut found = Vec::new();
    for (name, instead) in BANNED {
        if reads_files && *name == "std::fs" {
            continue;
        }
        let rule = format!("names {name} on a pure floor: {instead}");
        found.extend(words(&code, name).map(|at| Violation::at(path, line_of(&code, at), rule.clone())));
    }
    if !reads_files {
        found.extend(grouped_imports(path, &code));
    }
    found.extend(hash_iterations(path, &code));
    found
}

fn grouped_imports(path: &str, code: &str) -> Vec<Violation> {
    let mut found = Vec::new();
    for (at, group) in code.match_indices("std::{") {
        let open = at + group.len() - 1;
        let Some(end) = after_closing(code, open) else {
            continue;
        };
        for name in BANNED_IN_GROUPS {
            for inside in words(&code[open..end], name) {
                let preceded = code[..open + inside].trim_end().ends_with(['{', ',']);
                if preceded {
                    let rule = format!("imports std::{name} on a pure floor");
                    found.push(Violation::at(path, line_of(code, open + inside), rule));
                }
            }
        }
    }
    found
}

/// Iterations over names that the same file declares as hash tables. Those of other files are not seen.
fn hash_iterations(path: &str, code: &str) -> Vec<Violation> {
    let mut found = Vec::new();
    for name in hash_names(code) {
        for at in words(code, &name) {
            if is_iterated(code, at, &name) {
                let rule =
                    format!("iterates over the hash table `{name}`: its order is not the same in every run");
                found.push(Violation::at(path, line_of(code, at), rule));
            }
        }
    }
    found
}

fn hash_names(code: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for table in ["HashMap", "HashSet"] {
        names.extend(words(code, table).filter_map(|at| declared_before(&code[..at])));
    }
    let ordered = |name: &String| {
        ["BTreeMap<", "BTreeSet<", "Vec<", "VecDeque<"]
            .iter()
            .any(|t| code.contains(&format!("{name}: {t}")))
    };
    names.into_iter().filter(|n| !ordered(n)).collect()
}

/// The name in `name: HashMap`, `name: &mut std::collections::HashMap` or `let mut name = HashMap`.
fn declared_before(before: &str) -> Option<String> {
    let mut rest = before.trim_end_matches("std::collections::").trim_end();
    rest = rest
        .strip_suffix("mut")
        .map_or(rest, str::trim_end)
        .trim_end_matches('&')
        .trim_end();
    let single_colon = rest.ends_with(':') && !rest.ends_with("::");
    if !single_colon && !rest.ends_with('=') {
        return None;
    }
    let name_end = rest[..rest.len() - 1].trim_end();
    let name: String = name_end
        .chars()
        .rev()
        .take_while(|c| c.is_ascii() && is_name(*c as u8))
        .collect();
    let name: String = name.chars().rev().collect();
    (!name.is_empty()).then_some(name)
}

fn is_iterated(code: &str, at: usize, name: &str) -> bool {
    let after = code[at + name.len()..].trim_start();
    if let Some(call) = after.strip_prefix('.') {
        let call = call.trim_start();
        let method = &call[..call.bytes().position(|b| !is_name(b)).unwrap_or(call.len())];
        return ITERATIONS.contains(&method);
    }
    let before = code[..at].trim_end();
    let before = before.strip_suffix("self.").unwrap_or(before).trim_end();
    let before = before
        .strip_suffix("mut")
        .unwrap_or(before)
        .trim_end()
        .trim_end_matches('&')
        .trim_end();
    let looped = before
        .strip_suffix("in")
        .is_some_and(|b| b.ends_with(char::is_whitespace));
    looped && after.starts_with('{')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(source: &str) -> Vec<usize> {
        check("host/sip/src/lib.rs", source)
            .into_iter()
            .map(|v| v.line)
            .collect()
    }

    #[test]
    fn a_clock_is_found_in_its_line() {
        assert_eq!(
            lines("//! A.\nfn a() {\n    let t = std::time::Instant::now();\n}\n"),
            [3]
        );
        assert_eq!(lines("fn a() { SystemTime::now(); }"), [1]);
    }

    #[test]
    fn sockets_threads_and_files_are_found() {
        assert_eq!(lines("use std::net::{IpAddr, UdpSocket};\n"), [1]);
        assert_eq!(lines("fn a() { std::thread::spawn(f); }\n"), [1]);
        assert_eq!(
            lines("fn a() { std::fs::read(p); }\nuse std::{fmt, fs};\nuse std::{env, io};\n"),
            [1, 2, 3]
        );
    }

    #[test]
    fn addresses_comments_strings_and_tests_are_no_effects() {
        let good = "use std::net::IpAddr;\n// Instant::now is not called\nconst A: &str = \"std::fs\";\n\
                    use std::{fmt, sync::Arc};\nfn fs() {}\n#[cfg(test)]\nmod tests { fn t() { std::fs::read(\"x\"); } }\n";
        assert_eq!(lines(good), [] as [usize; 0]);
    }

    #[test]
    fn only_the_disk_module_of_config_reads_files() {
        let reads = "fn a() { std::fs::read(p); }\nuse std::{fs, io};\n";
        assert_eq!(check("host/config/src/disk.rs", reads), []);
        assert_eq!(check("host/config/src/parse.rs", reads).len(), 2);
        assert_eq!(
            check("host/config/src/disk.rs", "fn a() { Instant::now(); }").len(),
            1
        );
    }

    #[test]
    fn iterating_over_a_hash_table_is_found() {
        let bad = "struct A { calls: HashMap<u8, u8>, order: BTreeMap<u8, u8> }\n\
                   impl A { fn f(&self) { for x in &self.calls { g(x); } }\n\
                   fn h(&self) { self\n.calls\n.values().sum() }\n\
                   fn i(&self) { self.order.values(); self.calls.get(&1); }\n\
                   fn j() { let mut s = HashSet::new(); for x in s { g(x) } } }\n";
        assert_eq!(lines(bad), [2, 4, 7]);
    }

    #[test]
    fn a_borrowed_hash_table_is_one_too() {
        assert_eq!(
            lines("fn f(a: &mut std::collections::HashMap<u8, u8>) { a.drain(); }"),
            [1]
        );
    }
}
