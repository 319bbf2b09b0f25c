//! Words that no text of the repository holds, and how a file begins and ends its lines.

use crate::Violation;
use crate::source::Text;

// Assembled, so that this file does not hold them itself.
const FORBIDDEN: &[(&str, &str)] = &[
    (concat!("TO", "DO"), "finish it, or write a decision page"),
    (concat!("FIX", "ME"), "finish it, or write a decision page"),
    (concat!("/wo", "rk/"), "a path of one machine"),
    (concat!("/ro", "ot/"), "a path of one machine"),
    (concat!("crates", ".io"), "say \"the crate registry\""),
    (concat!("pypi", ".org"), "say \"the Python package index\""),
    (concat!("npmjs", "."), "say \"the npm registry\""),
    (concat!("proxy.golang", ".org"), "say \"the Go module proxy\""),
    (concat!("static.rust-lang", ".org"), "say \"rustup\""),
    (concat!("ghcr", ".io"), "an image registry"),
    (concat!("docker", ".io"), "an image registry"),
    (concat!("quay", ".io"), "an image registry"),
];

/// Lock files name their registry; nobody writes them by hand.
const GENERATED: &[&str] = &["Cargo.lock", "package-lock.json"];

const TIDY_LINES: &[&str] = &[".rs", ".toml", ".wit", ".sh"];

/// Says where a text holds a forbidden word.
pub fn forbidden(text: &Text) -> Vec<Violation> {
    let name = text.path.rsplit('/').next().unwrap_or_default();
    if GENERATED.contains(&name) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.body.lines()) {
        for (word, instead) in FORBIDDEN {
            if line.contains(word) {
                found.push(Violation::at(
                    &text.path,
                    number,
                    format!("holds `{word}`: {instead}"),
                ));
            }
        }
    }
    found
}

/// Says whether a Rust file lacks the sentence that opens it.
pub fn opening(text: &Text) -> Option<Violation> {
    let opens = text
        .body
        .lines()
        .next()
        .is_some_and(|l| l.strip_prefix("//! ").is_some_and(|s| !s.trim().is_empty()));
    (text.is_rust() && !opens).then(|| {
        Violation::at(
            &text.path,
            1,
            "does not open with a `//!` sentence that says what the file answers",
        )
    })
}

/// Says where a test is left out of the run for any reason but that it only measures: a check that does not run is no check.
pub fn ignored(text: &Text) -> Vec<Violation> {
    let attribute = concat!("#[ign", "ore");
    let numbered = (1..).zip(text.body.lines()).filter(|_| text.is_rust());
    let left_out =
        numbered.filter(|(_, line)| line.trim_start().starts_with(attribute) && !line.contains("measure"));
    left_out
        .map(|(number, _)| Violation::at(&text.path, number, "leaves out a test that is no measurement"))
        .collect()
}

/// Says where a line ends in blanks, and whether the file lacks its last line end.
pub fn line_ends(text: &Text) -> Vec<Violation> {
    if !TIDY_LINES.iter().any(|e| text.path.ends_with(e)) {
        return Vec::new();
    }
    let blank_end = |line: &str| line.ends_with([' ', '\t', '\r']);
    let numbered = (1..).zip(text.body.split('\n'));
    let mut found: Vec<Violation> = numbered
        .filter(|(_, line)| blank_end(line))
        .map(|(number, _)| Violation::at(&text.path, number, "ends in a blank"))
        .collect();
    if !text.body.is_empty() && !text.body.ends_with('\n') {
        found.push(Violation::whole(&text.path, "does not end its last line"));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(path: &str, body: &str) -> Text {
        Text {
            path: path.to_owned(),
            body: body.to_owned(),
        }
    }

    #[test]
    fn only_measurements_may_be_left_out() {
        let attribute = concat!("#[ign", "ore");
        let body =
            format!("//! X.\n{attribute} = \"measures\"]\n    {attribute} = \"flaky\"]\n{attribute}]\n");
        let lines: Vec<_> = ignored(&text("a.rs", &body)).iter().map(|v| v.line).collect();
        assert_eq!(lines, [3, 4]);
        assert!(ignored(&text("a.md", &body)).is_empty());
    }

    #[test]
    fn every_forbidden_word_is_found() {
        for (word, _) in FORBIDDEN {
            let bad = text("README.md", &format!("fine\nsome {word} here\n"));
            let found = forbidden(&bad);
            assert_eq!(found.iter().map(|v| v.line).collect::<Vec<_>>(), [2], "{word}");
        }
        assert_eq!(
            forbidden(&text(
                "README.md",
                "nothing to do here: ~/work and a root folder\n"
            )),
            []
        );
    }

    #[test]
    fn a_lock_file_may_name_its_registry() {
        let body = format!("source = \"{}\"\n", FORBIDDEN[4].0);
        assert_eq!(forbidden(&text("plugins/Cargo.lock", &body)), []);
        assert_eq!(forbidden(&text("plugins/Cargo.toml", &body)).len(), 1);
    }

    #[test]
    fn a_rust_file_opens_with_a_sentence() {
        assert_eq!(
            opening(&text("a.rs", "//! Answers a question.\nfn a() {}\n")),
            None
        );
        assert!(opening(&text("a.rs", "fn a() {}\n")).is_some());
        assert!(opening(&text("a.rs", "//! \n//! Late.\n")).is_some());
        assert!(opening(&text("a.rs", "")).is_some());
        assert_eq!(opening(&text("a.md", "# Title\n")), None);
    }

    #[test]
    fn blanks_at_line_ends_are_found() {
        assert_eq!(line_ends(&text("a.toml", "a = 1\nb = 2\n")), []);
        assert_eq!(line_ends(&text("a.toml", "a = 1 \nb = 2\t\nc")).len(), 3);
        assert_eq!(line_ends(&text("a.md", "two blanks break a line  \n")), []);
    }
}
