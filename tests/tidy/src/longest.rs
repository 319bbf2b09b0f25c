//! The longest files and functions outside tests: a list to look at, not a rule.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::source::{Text, code, is_name, item_end, line_of, words};

/// A file or function and its length in lines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Length {
    pub lines: usize,
    /// `path` of a file, `path:line name` of a function.
    pub place: String,
}

/// Lines of each Rust file that hold something once its tests are taken out, longest first.
pub fn files(texts: &[Text], tests: &BTreeSet<String>) -> Vec<Length> {
    longest_first(ours(texts, tests).map(|text| Length {
        lines: without_tests(text),
        place: text.path.clone(),
    }))
}

/// Lines of each function outside tests, longest first.
pub fn functions(texts: &[Text], tests: &BTreeSet<String>) -> Vec<Length> {
    longest_first(ours(texts, tests).flat_map(|text| functions_of(&text.path, &text.body)))
}

/// The first `count` of both lists, as text.
pub fn table(texts: &[Text], tests: &BTreeSet<String>, count: usize) -> String {
    let mut out = String::new();
    for (title, list) in [
        ("files", files(texts, tests)),
        ("functions", functions(texts, tests)),
    ] {
        let _ = writeln!(out, "longest {title}, tests left out:");
        for length in list.iter().take(count) {
            let _ = writeln!(out, "{:>6}  {}", length.lines, length.place);
        }
    }
    out
}

fn ours<'a>(texts: &'a [Text], tests: &'a BTreeSet<String>) -> impl Iterator<Item = &'a Text> {
    texts.iter().filter(|t| t.is_rust() && !tests.contains(&t.path))
}

fn longest_first(lengths: impl Iterator<Item = Length>) -> Vec<Length> {
    let mut list: Vec<Length> = lengths.collect();
    list.sort_by(|a, b| b.lines.cmp(&a.lines).then_with(|| a.place.cmp(&b.place)));
    list
}

/// Counts the lines of a file that do not belong to its test items.
fn without_tests(text: &Text) -> usize {
    let code = code(&text.body);
    let masked = crate::source::mask(&text.body);
    let tests = masked
        .lines()
        .zip(code.lines())
        .filter(|(all, left)| !all.trim().is_empty() && left.trim().is_empty());
    text.body.lines().count() - tests.count()
}

fn functions_of(path: &str, source: &str) -> Vec<Length> {
    let code = code(source);
    let mut found = Vec::new();
    for at in words(&code, "fn") {
        let signature = code[at + 2..].trim_start();
        let name: String = signature
            .chars()
            .take_while(|c| c.is_ascii() && is_name(*c as u8))
            .collect();
        if name.is_empty() {
            continue;
        }
        if let Some((end, Some(_))) = item_end(&code, at) {
            let first = line_of(&code, at);
            let lines = line_of(&code, end) - first + 1;
            found.push(Length {
                lines,
                place: format!("{path}:{first} {name}"),
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "//! Doc.\ntype F = fn(u8) -> u8;\ntrait T { fn declared(&self); }\n\
                          fn short() {}\nfn long(a: [u8; 2]) -> u8\nwhere\n    u8: Copy,\n{\n    // fn not this\n    a[0]\n}\n\
                          #[cfg(test)]\nmod tests {\n    fn t() {\n    }\n}\n";

    #[test]
    fn functions_are_measured_from_signature_to_end() {
        assert_eq!(
            functions_of("a.rs", SOURCE),
            [
                Length {
                    lines: 1,
                    place: "a.rs:4 short".to_owned()
                },
                Length {
                    lines: 7,
                    place: "a.rs:5 long".to_owned()
                },
            ]
        );
    }

    #[test]
    fn tests_do_not_count_and_the_longest_stands_first() {
        let text = |path: &str, body: &str| Text {
            path: path.to_owned(),
            body: body.to_owned(),
        };
        let texts = [
            text("a.rs", "//! A.\n"),
            text("b.rs", SOURCE),
            text("c.md", "x\n"),
            text("t.rs", SOURCE),
        ];
        let tests = BTreeSet::from(["t.rs".to_owned()]);
        let places: Vec<(usize, String)> = files(&texts, &tests)
            .into_iter()
            .map(|l| (l.lines, l.place))
            .collect();
        assert_eq!(places, [(11, "b.rs".to_owned()), (1, "a.rs".to_owned())]);
        assert!(table(&texts, &tests, 1).contains("     7  b.rs:5 long\n"));
    }
}
