//! One line of a configuration file: comments off, then what kind of line it is.

use std::borrow::Cow;

use crate::model::Operator;

/// How deep in `;-- … --;` blocks the reader is; carries over from line to line.
#[derive(Debug, Default)]
pub(crate) struct Comments {
    depth: u32,
}

impl Comments {
    pub(crate) fn is_open(&self) -> bool {
        self.depth > 0
    }

    /// The line without its comments and with `\;` made `;`.
    pub(crate) fn strip<'a>(&mut self, line: &'a str) -> Cow<'a, str> {
        if self.depth == 0 && !line.contains(';') {
            return Cow::Borrowed(line);
        }
        let bytes = line.as_bytes();
        let mut kept = String::with_capacity(line.len());
        let (mut from, mut at) = (0, 0);
        // The dashes of an opener do not count again for a closer.
        let mut floor = 0;
        while let Some(offset) = bytes[at..].iter().position(|byte| *byte == b';') {
            let mark = at + offset;
            at = mark + 1;
            if self.depth > 0 {
                if mark >= floor + 2 && bytes[..mark].ends_with(b"--") {
                    self.depth -= 1;
                    (from, floor) = (at, at);
                } else if opens_block(&bytes[mark..]) {
                    self.depth = self.depth.saturating_add(1);
                    at = mark + 3;
                    floor = at;
                }
            } else if mark > from && bytes[mark - 1] == b'\\' {
                kept.push_str(&line[from..mark - 1]);
                from = mark;
            } else {
                kept.push_str(&line[from..mark]);
                if !opens_block(&bytes[mark..]) {
                    return Cow::Owned(kept);
                }
                self.depth = 1;
                at = mark + 3;
                floor = at;
            }
        }
        if self.depth == 0 {
            kept.push_str(&line[from..]);
        }
        Cow::Owned(kept)
    }
}

/// `;--` opens a block; `;---` is a rule drawn across the page, a comment of one line.
fn opens_block(bytes: &[u8]) -> bool {
    bytes.starts_with(b";--") && bytes.get(3) != Some(&b'-')
}

/// Blanks as the field counts them: every control character and the space.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c <= ' ')
}

/// What a line without comments is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    Blank,
    /// Starts with `[`.
    Header(&'a str),
    /// `#word rest`.
    Directive {
        word: &'a str,
        rest: &'a str,
    },
    Setting {
        key: &'a str,
        value: &'a str,
        operator: Operator,
    },
    /// No sign between a key and a value.
    Unclear(&'a str),
}

pub(crate) fn classify(line: &str) -> Line<'_> {
    let line = trim(line);
    match line.bytes().next() {
        None => Line::Blank,
        Some(b'[') => Line::Header(line),
        Some(b'#') if !is_digit_key(line) => directive(&line[1..]),
        Some(_) => setting(line),
    }
}

/// `# = leave_conference`: menus use the keys of a telephone as keys.
fn is_digit_key(line: &str) -> bool {
    line.split_once('=').is_some_and(|(key, _)| {
        trim(key.trim_end_matches('+'))
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'#' | b'*'))
    })
}

fn directive(text: &str) -> Line<'_> {
    let text = trim(text);
    let end = text
        .find(|c: char| c <= ' ' || c == '"' || c == '<')
        .unwrap_or(text.len());
    Line::Directive {
        word: &text[..end],
        rest: trim(&text[end..]),
    }
}

fn setting(line: &str) -> Line<'_> {
    let Some((key, value)) = line.split_once('=') else {
        return Line::Unclear(line);
    };
    let (key, value, operator) = match (key.strip_suffix('+'), value.strip_prefix('>')) {
        (_, Some(value)) => (key, value, Operator::Object),
        (Some(key), None) => (key, value, Operator::Append),
        (None, None) => (key, value, Operator::Assign),
    };
    Line::Setting {
        key: trim(key),
        value: trim(value),
        operator,
    }
}
