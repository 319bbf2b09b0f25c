//! Who is at one end of a channel, as far as is known.

use std::sync::Arc;

/// Whether a number or name may be shown to the other side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Presentation {
    /// It may be shown.
    #[default]
    Allowed,
    /// Its owner asked for it to be hidden.
    Restricted,
    /// The network did not deliver it.
    Unavailable,
}

/// Number and name of somebody on a call. Unknown parts are absent, never empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Party {
    /// Telephone number or extension.
    pub number: Option<Arc<str>>,
    /// Display name.
    pub name: Option<Arc<str>>,
    /// Whether number and name may be shown.
    pub presentation: Presentation,
}

impl Party {
    /// A party of that number and name; empty text counts as unknown.
    pub fn new(number: &str, name: &str) -> Self {
        let known = |text: &str| (!text.is_empty()).then(|| Arc::from(text));
        Self {
            number: known(number),
            name: known(name),
            presentation: Presentation::Allowed,
        }
    }

    /// The number, or the empty text.
    pub fn number(&self) -> &str {
        self.number.as_deref().unwrap_or("")
    }

    /// The name, or the empty text.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or("")
    }

    /// Reads `"Name" <number>`, `Name <number>`, `<number>` or a bare number, as `callerid=` is written.
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let (name, number) = match (text.rfind('<'), text.rfind('>')) {
            (Some(open), Some(close)) if open < close => (&text[..open], &text[open + 1..close]),
            _ if text.chars().all(|c| c.is_ascii_digit() || "+*#-() .".contains(c)) => ("", text),
            _ => (text, ""),
        };
        Self::new(number.trim(), name.trim().trim_matches('"'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callerid_is_read_in_each_of_its_forms() {
        assert_eq!(
            Party::parse("\"Alice A.\" <1001>"),
            Party::new("1001", "Alice A.")
        );
        assert_eq!(Party::parse("Bob <1002>"), Party::new("1002", "Bob"));
        assert_eq!(Party::parse("<1003>"), Party::new("1003", ""));
        assert_eq!(Party::parse("1004"), Party::new("1004", ""));
        assert_eq!(Party::parse("Reception"), Party::new("", "Reception"));
        assert_eq!(Party::parse(""), Party::default());
    }
}
