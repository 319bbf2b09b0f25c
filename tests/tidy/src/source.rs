//! The repository's texts, and Rust sources with their comments, strings and tests blanked out.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

/// Folders that hold nothing of ours, by path.
const FOREIGN: &[&str] = &[".git", "target", "wit/deps"];

/// Folders that hold nothing of ours, by name wherever they stand.
const FOREIGN_NAMES: &[&str] = &["node_modules", "__pycache__"];

/// What Cargo lays into a target folder.
const TARGET_MARK: &str = "CACHEDIR.TAG";

/// How deep a folder may stand below the root.
const DEPTH_MAX: usize = 24;

/// A text of the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// Path relative to the repository, with `/` between its parts.
    pub path: String,
    pub body: String,
}

impl Text {
    /// Whether the text is Rust.
    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }
}

/// Reads every text of the repository in the order of their paths; files that are no UTF-8 are left out.
///
/// # Errors
/// Those of the file system, apart from a file that goes away meanwhile.
pub fn texts(root: &Path) -> io::Result<Vec<Text>> {
    let mut found = Vec::new();
    walk(root, "", 0, &mut found)?;
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn walk(folder: &Path, prefix: &str, depth: usize, found: &mut Vec<Text>) -> io::Result<()> {
    if depth > DEPTH_MAX {
        return Err(io::Error::other(format!(
            "{prefix} stands deeper than {DEPTH_MAX} folders"
        )));
    }
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if prefix.is_empty() {
            name.clone()
        } else {
            format!("{prefix}/{name}")
        };
        let kind = entry.file_type()?;
        let foreign = FOREIGN.contains(&path.as_str()) || FOREIGN_NAMES.contains(&name.as_str());
        if foreign || entry.path().join(TARGET_MARK).exists() {
            continue;
        }
        if kind.is_dir() {
            walk(&entry.path(), &path, depth + 1, found)?;
        } else if kind.is_file()
            && let Ok(body) = std::fs::read_to_string(entry.path())
            && !body.contains('\0')
        {
            found.push(Text { path, body });
        }
    }
    Ok(())
}

/// A Rust source reduced to code: same length, same lines, but comments, literals and tests are spaces.
pub fn code(source: &str) -> String {
    without_tests(&mask(source)).0
}

/// Files that belong to tests: by a `#[cfg(test)] mod name;` in their parent, or under such a module.
pub fn test_files(texts: &[Text]) -> BTreeSet<String> {
    let mut stems = BTreeSet::new();
    for text in texts.iter().filter(|t| t.is_rust()) {
        for name in without_tests(&mask(&text.body)).1 {
            stems.insert(format!("{}/{name}", module_folder(&text.path)));
        }
    }
    let of_tests = |path: &str| {
        stems.iter().any(|stem| {
            path.strip_prefix(stem.as_str())
                .is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        })
    };
    texts
        .iter()
        .filter(|t| of_tests(&t.path))
        .map(|t| t.path.clone())
        .collect()
}

fn module_folder(path: &str) -> &str {
    let stem = path.strip_suffix(".rs").unwrap_or(path);
    match stem.rsplit_once('/') {
        Some((folder, "lib" | "main" | "mod")) => folder,
        _ => stem,
    }
}

/// The line, from 1, in which a byte stands.
pub fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes()[..at].iter().filter(|b| **b == b'\n').count() + 1
}

/// Byte positions at which `word` stands as a whole word.
pub fn words<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let before = code[..*at].bytes().next_back();
        let after = code[at + word.len()..].bytes().next();
        !before.is_some_and(is_name) && !after.is_some_and(is_name)
    })
}

/// Whether a byte may stand in a Rust name.
pub fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The position after the bracket that closes the one at `open`, in masked code.
pub fn after_closing(code: &str, open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// Where an item ends that begins at `from`: its first `;`, or its body's end. Second: where that body opens.
pub fn item_end(code: &str, from: usize) -> Option<(usize, Option<usize>)> {
    let mut at = from;
    loop {
        match *code.as_bytes().get(at)? {
            b';' => return Some((at + 1, None)),
            b'{' => return Some((after_closing(code, at)?, Some(at))),
            b'(' | b'[' => at = after_closing(code, at)?,
            _ => at += 1,
        }
    }
}

/// Blanks comments and the contents of literals, keeping the length and every line end.
pub fn mask(source: &str) -> String {
    let bytes = source.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    while out.len() < bytes.len() {
        let at = out.len();
        let end = literal_or_comment(bytes, at);
        if end > at {
            out.extend(
                bytes[at..end]
                    .iter()
                    .map(|b| if *b == b'\n' { b'\n' } else { b' ' }),
            );
        } else {
            out.push(if bytes[at].is_ascii() { bytes[at] } else { b' ' });
        }
    }
    String::from_utf8(out).expect("only ASCII was put in")
}

/// The end of the comment or literal that begins at `at`; `at` itself when none does.
fn literal_or_comment(bytes: &[u8], at: usize) -> usize {
    let starts_word = at == 0 || !is_name(bytes[at - 1]);
    match bytes[at] {
        b'/' if bytes[at + 1..].first() == Some(&b'/') => bytes[at..]
            .iter()
            .position(|b| *b == b'\n')
            .map_or(bytes.len(), |n| at + n),
        b'/' if bytes[at + 1..].first() == Some(&b'*') => block_comment(bytes, at),
        b'"' => string(bytes, at),
        b'\'' => character(bytes, at),
        b'r' | b'b' | b'c' if starts_word => prefixed(bytes, at),
        _ => at,
    }
}

fn block_comment(bytes: &[u8], from: usize) -> usize {
    let (mut at, mut depth) = (from, 0_usize);
    while at < bytes.len() {
        if bytes[at..].starts_with(b"/*") {
            (at, depth) = (at + 2, depth + 1);
        } else if bytes[at..].starts_with(b"*/") {
            (at, depth) = (at + 2, depth - 1);
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    at
}

fn string(bytes: &[u8], quote: usize) -> usize {
    let mut at = quote + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// A quote is a character when an escape follows or a second quote closes it; otherwise it opens a lifetime.
fn character(bytes: &[u8], quote: usize) -> usize {
    let rest = &bytes[quote + 1..];
    if rest.first() == Some(&b'\\') {
        let close = rest.iter().skip(2).position(|b| *b == b'\'');
        return close.map_or(bytes.len(), |n| quote + 1 + 2 + n + 1);
    }
    let width = rest.first().map_or(1, |b| match b {
        0xF0.. => 4,
        0xE0.. => 3,
        0xC0.. => 2,
        _ => 1,
    });
    if rest.get(width) == Some(&b'\'') {
        quote + 1 + width + 1
    } else {
        quote
    }
}

fn prefixed(bytes: &[u8], from: usize) -> usize {
    let letters = bytes[from..]
        .iter()
        .take(2)
        .take_while(|b| matches!(b, b'r' | b'b' | b'c'))
        .count();
    let raw = bytes[from..from + letters].contains(&b'r');
    let hashes = bytes[from + letters..].iter().take_while(|b| **b == b'#').count();
    let quote = from + letters + hashes;
    match bytes.get(quote) {
        Some(b'"') if raw => {
            let close = [b"\"".as_slice(), &b"#".repeat(hashes)].concat();
            let inside = &bytes[quote + 1..];
            let end = inside.windows(close.len()).position(|w| w == close);
            end.map_or(bytes.len(), |n| quote + 1 + n + close.len())
        }
        Some(b'"') if hashes == 0 => string(bytes, quote),
        Some(b'\'') if hashes == 0 && !raw => character(bytes, quote),
        _ => from,
    }
}

/// Blanks items under `#[cfg(test)]`; second: the names of the modules among them that are files.
fn without_tests(code: &str) -> (String, Vec<String>) {
    let (mut out, mut modules) = (code.as_bytes().to_vec(), Vec::new());
    for mark in ["#[cfg(test)]", "#[cfg(all(test"] {
        for (at, _) in code.match_indices(mark) {
            let Some(after_mark) = after_closing(code, at + 1) else {
                continue;
            };
            let from = after_attributes(code, after_mark);
            let Some((end, body)) = item_end(code, from) else {
                continue;
            };
            if body.is_none()
                && let Some(name) = module_name(&code[from..end])
            {
                modules.push(name.to_owned());
            }
            out[at..end]
                .iter_mut()
                .filter(|b| **b != b'\n')
                .for_each(|b| *b = b' ');
        }
    }
    (
        String::from_utf8(out).expect("spaces replaced whole ASCII characters"),
        modules,
    )
}

fn after_attributes(code: &str, from: usize) -> usize {
    let mut at = from;
    loop {
        at += code[at..].len() - code[at..].trim_start().len();
        match code[at..]
            .starts_with("#[")
            .then(|| after_closing(code, at + 1))
            .flatten()
        {
            Some(end) => at = end,
            None => return at,
        }
    }
}

fn module_name(item: &str) -> Option<&str> {
    let (_, name) = item.trim().trim_end_matches(';').rsplit_once("mod ")?;
    Some(name.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blanked_and_nothing_else() {
        let source = "let a = \"x // {\"; // fs\nlet b = 'x'; /* { /* */ } */ fn f<'a>(c: &'a str) {}\n";
        let masked = mask(source);
        assert_eq!(masked.len(), source.len());
        assert_eq!(masked.lines().count(), 2);
        assert!(masked.contains("fn f<'a>(c: &'a str) {}"), "{masked}");
        assert!(!masked.contains("fs") && !masked.contains('x'), "{masked}");
        assert_eq!(masked.matches('{').count(), 1);
    }

    #[test]
    fn raw_strings_escapes_and_byte_literals_are_blanked() {
        let source = "let a = r#\"one \" { two\"#; let b = b'{'; let c = '\\''; let d = b\"}\"; let e = '\\u{7f}'; end";
        let masked = mask(source);
        assert!(!masked.contains(['{', '}', '"']), "{masked}");
        assert!(masked.ends_with("end"));
    }

    #[test]
    fn raw_names_and_other_letters_stay() {
        let masked = mask("let r#type = 1; let r = b + c; // é\n'é' let x = 1;");
        assert!(masked.starts_with("let r#type = 1; let r = b + c;"), "{masked}");
        assert!(masked.trim_end().ends_with("let x = 1;"), "{masked}");
    }

    #[test]
    fn test_items_are_blanked() {
        let source = "fn a() {}\n#[cfg(test)]\nmod tests {\n fn b() { x(); }\n}\nfn c() {}\n";
        let code = code(source);
        assert!(
            code.contains("fn a") && code.contains("fn c") && !code.contains("fn b"),
            "{code}"
        );
    }

    #[test]
    fn a_module_of_tests_is_a_test_file_with_all_below_it() {
        let text = |path: &str, body: &str| Text {
            path: path.to_owned(),
            body: body.to_owned(),
        };
        let texts = [
            text(
                "host/x/src/lib.rs",
                "mod wire;\n#[cfg(test)]\n#[allow(clippy::all)]\nmod cases;\n",
            ),
            text("host/x/src/wire.rs", "#[cfg(test)]\nmod tests;\n"),
            text("host/x/src/wire/tests.rs", ""),
            text("host/x/src/wire/head.rs", ""),
            text("host/x/src/cases/mod.rs", ""),
            text("host/x/src/cases/one.rs", ""),
        ];
        let found: Vec<String> = test_files(&texts).into_iter().collect();
        assert_eq!(
            found,
            [
                "host/x/src/cases/mod.rs",
                "host/x/src/cases/one.rs",
                "host/x/src/wire/tests.rs"
            ]
        );
    }

    #[test]
    fn words_are_whole() {
        assert_eq!(
            words("fs ofs fsx std::fs::read", "fs").collect::<Vec<_>>(),
            [0, 16]
        );
    }
}
