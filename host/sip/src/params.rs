//! Which `;name=value` pairs follow a URI or a header value.

use std::borrow::Cow;
use std::fmt;

use crate::lex;

/// Ordered parameters; names compare without case, values are kept as received (quotes included).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Params(Vec<(String, Option<String>)>);

impl Params {
    /// No parameters.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the parameter is there, with or without a value.
    pub fn has(&self, name: &str) -> bool {
        self.position(name).is_some()
    }

    /// The raw value of the first parameter of that name; `None` when absent or without a value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.position(name).and_then(|at| self.0[at].1.as_deref())
    }

    /// As [`Self::get`], with the quotes of a quoted string taken away.
    pub fn unquoted(&self, name: &str) -> Option<Cow<'_, str>> {
        self.get(name).map(lex::unquote)
    }

    /// Sets or adds a parameter; the value must already be a token, a host or a quoted string.
    pub fn set(&mut self, name: &str, value: Option<&str>) {
        let value = value.map(str::to_owned);
        match self.position(name) {
            Some(at) => self.0[at].1 = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    /// Takes the parameter away and returns whether it was there.
    pub fn remove(&mut self, name: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|(own, _)| !own.eq_ignore_ascii_case(name));
        self.0.len() != before
    }

    /// All parameters in order, names as received.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_deref()))
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|(own, _)| own.eq_ignore_ascii_case(name))
    }

    pub(crate) fn push(&mut self, name: &str, value: Option<&str>) {
        self.0.push((name.to_owned(), value.map(str::to_owned)));
    }

    /// Reads what follows a header value: empty, or `;` and the parameters, blanks allowed around each sign.
    pub(crate) fn parse_header(text: &str) -> Option<Self> {
        let mut params = Self::new();
        for_each_header_param(text, |name, value| params.push(name, value))?;
        Some(params)
    }

    /// Reads the parameters of a URI (no blanks, no quotes); `text` starts after the first `;`.
    pub(crate) fn parse_uri(text: &str) -> Option<Self> {
        let mut params = Self::new();
        for part in text.split(';').filter(|part| !part.is_empty()) {
            let (name, value) = match part.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (part, None),
            };
            if name.is_empty() {
                return None;
            }
            params.push(name, value);
        }
        Some(params)
    }
}

/// Calls `each` with every parameter of a header value's tail; `None` when the tail is malformed.
pub(crate) fn for_each_header_param<'a>(
    text: &'a str,
    mut each: impl FnMut(&'a str, Option<&'a str>),
) -> Option<()> {
    let mut rest = lex::trim(text);
    while !rest.is_empty() {
        rest = lex::trim(rest.strip_prefix(';')?);
        let end = rest.find([';', '=', ' ', '\t']).unwrap_or(rest.len());
        let name = &rest[..end];
        if !is_param_name(name) {
            return None;
        }
        rest = lex::trim(&rest[end..]);
        let Some(after) = rest.strip_prefix('=') else {
            each(name, None);
            continue;
        };
        rest = lex::trim(after);
        let end = if rest.starts_with('"') {
            lex::quoted_end(rest)?
        } else {
            rest.find([';', ' ', '\t', '"', '<', '>']).unwrap_or(rest.len())
        };
        let is_quoted = rest.starts_with('"');
        if end == 0 || !(is_quoted || rest[..end].bytes().all(is_plain)) {
            return None;
        }
        each(name, Some(&rest[..end]));
        rest = lex::trim(&rest[end..]);
    }
    Some(())
}

/// Whether the byte may stand in a value that is not quoted.
fn is_plain(byte: u8) -> bool {
    byte > b' ' && byte != 0x7f && byte != b','
}

/// Names are tokens; some peers put brackets or UTF-8 into them, which harms nobody.
fn is_param_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte > b' ' && !matches!(byte, b'"' | b'<' | b'>' | b',' | 0x7f))
}

impl fmt::Display for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in self.iter() {
            match value {
                Some(value) => write!(f, ";{name}={value}")?,
                None => write!(f, ";{name}")?,
            }
        }
        Ok(())
    }
}
