//! Where the text of configuration files comes from.

use std::collections::BTreeMap;
use std::fmt;

/// The most alternatives one `{a,b}` pattern may stand for; the rest is not looked for.
const MAX_ALTERNATIVES: usize = 64;

/// Why a file could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadError {
    /// There is no such file.
    NotFound,
    /// The file is larger than the source gives out.
    TooLarge,
    /// The reason of the system.
    Other(String),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("there is no such file"),
            Self::TooLarge => f.write_str("the file is too large"),
            Self::Other(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for ReadError {}

/// A set of files: a directory on disk or a map in memory.
pub trait Source {
    /// The bytes of one file; relative paths start at the configuration directory.
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError>;

    /// The paths of the files a shell pattern (`*`, `?`, `[…]`, `{…}`) names, sorted.
    fn glob(&self, pattern: &str) -> Vec<String>;
}

/// Files in memory.
#[derive(Debug, Clone, Default)]
pub struct MemorySource {
    files: BTreeMap<String, Vec<u8>>,
}

impl MemorySource {
    /// An empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces a file.
    #[must_use]
    pub fn with(mut self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.files.insert(plain_path(path), content.into());
        self
    }
}

impl Source for MemorySource {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        self.files
            .get(&plain_path(path))
            .cloned()
            .ok_or(ReadError::NotFound)
    }

    fn glob(&self, pattern: &str) -> Vec<String> {
        let patterns = alternatives(&plain_path(pattern));
        let named = |path: &&String| patterns.iter().any(|pattern| path_matches(pattern, path));
        self.files.keys().filter(named).cloned().collect()
    }
}

/// A path without doubled slashes and `.` segments, so that one file has one spelling.
pub(crate) fn plain_path(path: &str) -> String {
    let mut plain = String::with_capacity(path.len());
    if path.starts_with('/') {
        plain.push('/');
    }
    for segment in path
        .split('/')
        .filter(|segment| !segment.is_empty() && *segment != ".")
    {
        if !plain.is_empty() && !plain.ends_with('/') {
            plain.push('/');
        }
        plain.push_str(segment);
    }
    plain
}

/// True when the text has a character that makes it a pattern.
pub(crate) fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '[', '{'])
}

/// The patterns without braces that one with braces stands for.
pub(crate) fn alternatives(pattern: &str) -> Vec<String> {
    let mut open = vec![pattern.to_owned()];
    let mut done = Vec::new();
    while let Some(next) = open.pop() {
        if done.len() + open.len() >= MAX_ALTERNATIVES {
            break;
        }
        let Some((head, inner, tail)) = innermost_braces(&next) else {
            done.push(next);
            continue;
        };
        open.extend(
            inner
                .split(',')
                .rev()
                .map(|choice| format!("{head}{choice}{tail}")),
        );
    }
    done
}

fn innermost_braces(pattern: &str) -> Option<(&str, &str, &str)> {
    let close = pattern.find('}')?;
    let open = pattern[..close].rfind('{')?;
    Some((&pattern[..open], &pattern[open + 1..close], &pattern[close + 1..]))
}

fn path_matches(pattern: &str, path: &str) -> bool {
    let mut patterns = pattern.split('/');
    let mut segments = path.split('/');
    loop {
        match (patterns.next(), segments.next()) {
            (None, None) => return true,
            (Some(pattern), Some(segment)) if name_matches(pattern, segment) => {}
            (Some(_), _) | (None, Some(_)) => return false,
        }
    }
}

/// True when a file name fits a pattern without braces; a leading dot must be written.
pub(crate) fn name_matches(pattern: &str, name: &str) -> bool {
    if name.starts_with('.') && !pattern.starts_with('.') {
        return false;
    }
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        if pattern.get(p) == Some(&'*') {
            star = Some((p, n));
            p += 1;
            continue;
        }
        if let Some(after) = one_matches(&pattern, p, name[n]) {
            p = after;
            n += 1;
            continue;
        }
        let Some((at, taken)) = star else { return false };
        star = Some((at, taken + 1));
        p = at + 1;
        n = taken + 1;
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// The position behind the pattern's element at `p` if that element takes this character.
fn one_matches(pattern: &[char], p: usize, c: char) -> Option<usize> {
    match *pattern.get(p)? {
        '?' => Some(p + 1),
        '[' => match class_end(pattern, p) {
            Some(end) => class_has(&pattern[p + 1..end], c).then_some(end + 1),
            None => (c == '[').then_some(p + 1),
        },
        literal => (literal == c).then_some(p + 1),
    }
}

fn class_end(pattern: &[char], open: usize) -> Option<usize> {
    let first = open + 1 + usize::from(matches!(pattern.get(open + 1), Some('!' | '^')));
    (first + 1..pattern.len()).find(|&at| pattern[at] == ']')
}

/// True when a class body (`a-z_`, negated by a leading `!` or `^`) holds the character.
pub(crate) fn class_has(body: &[char], c: char) -> bool {
    let negated = matches!(body.first(), Some('!' | '^'));
    let body = if negated { &body[1..] } else { body };
    let mut at = 0;
    let mut held = false;
    while at < body.len() {
        if at + 2 < body.len() && body[at + 1] == '-' {
            held |= body[at] <= c && c <= body[at + 2];
            at += 3;
        } else {
            held |= body[at] == c;
            at += 1;
        }
    }
    held != negated
}
