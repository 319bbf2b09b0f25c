//! How tokens, quoted strings and comma lists are told apart (RFC 3261 section 25.1).

use std::borrow::Cow;

const fn token_table() -> [bool; 256] {
    let mut table = [false; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        table[at] = byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~'
            );
        at += 1;
    }
    table
}

static TOKEN: [bool; 256] = token_table();

/// Whether the bytes are one or more token characters.
pub(crate) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|&byte| TOKEN[usize::from(byte)])
}

/// Whether the byte is a space or a tab.
pub(crate) fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

/// The text without blanks at either end.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// The bytes without blanks at either end.
pub(crate) fn trim_bytes(mut bytes: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = bytes
        && is_blank(*first)
    {
        bytes = rest;
    }
    while let [rest @ .., last] = bytes
        && is_blank(*last)
    {
        bytes = rest;
    }
    bytes
}

/// The bytes as text: UTF-8 where they are, Latin-1 otherwise, so that old display names survive.
pub(crate) fn text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().map(|&byte| char::from(byte)).collect()),
    }
}

/// A decimal number without sign; `None` for anything else and for overflow.
pub(crate) fn number(text: &str) -> Option<u32> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// The byte index just after the quoted string that starts at the beginning of `text`; `None` when it never ends.
pub(crate) fn quoted_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return Some(at + 1),
            _ => at += 1,
        }
    }
    None
}

/// The first index of `wanted` outside quoted strings and angle brackets; `Err` when a quote or bracket is left open.
fn find_outside(text: &str, wanted: u8) -> Result<Option<usize>, ()> {
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut is_inside = false;
    while at < bytes.len() {
        let byte = bytes[at];
        if byte == b'"' {
            at += quoted_end(&text[at..]).ok_or(())?;
            continue;
        }
        if is_inside {
            is_inside = byte != b'>';
        } else if byte == wanted {
            return Ok(Some(at));
        } else if byte == b'<' {
            is_inside = true;
        }
        at += 1;
    }
    if is_inside { Err(()) } else { Ok(None) }
}

/// The values of a comma-joined header, blanks trimmed; ends after an `Err` for an open quote or bracket.
pub(crate) fn values(text: &str) -> Values<'_> {
    Values { rest: Some(text) }
}

/// Iterator of [`values`].
pub(crate) struct Values<'a> {
    rest: Option<&'a str>,
}

impl<'a> Iterator for Values<'a> {
    type Item = Result<&'a str, ()>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.take()?;
        match find_outside(rest, b',') {
            Ok(Some(comma)) => {
                self.rest = Some(&rest[comma + 1..]);
                Some(Ok(trim(&rest[..comma])))
            }
            Ok(None) => Some(Ok(trim(rest))),
            Err(()) => Some(Err(())),
        }
    }
}

/// The inside of a quoted string with its escapes taken away; text that is not quoted comes back unchanged.
pub(crate) fn unquote(text: &str) -> Cow<'_, str> {
    let Some(inside) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return Cow::Borrowed(text);
    };
    if !inside.contains('\\') {
        return Cow::Borrowed(inside);
    }
    let mut plain = String::with_capacity(inside.len());
    let mut chars = inside.chars();
    while let Some(char) = chars.next() {
        plain.extend(if char == '\\' { chars.next() } else { Some(char) });
    }
    Cow::Owned(plain)
}

/// Appends the text as a quoted string.
pub(crate) fn quote_into(text: &str, out: &mut String) {
    out.push('"');
    for char in text.chars() {
        if char == '"' || char == '\\' {
            out.push('\\');
        }
        out.push(char);
    }
    out.push('"');
}
