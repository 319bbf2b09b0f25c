//! What a From, To, Contact, Route or Refer-To value says: a URI, perhaps a display name, parameters.

use std::fmt;

use crate::lex;
use crate::params::Params;
use crate::uri::Uri;

/// One address with its header parameters (RFC 3261 section 20.10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameAddr {
    /// The display name without quotes and escapes; Latin-1 names come out as text.
    pub display: Option<String>,
    pub uri: Uri,
    /// Header parameters (`tag`, `expires`, `q`, …), not those of the URI.
    pub params: Params,
}

impl NameAddr {
    /// An address without display name and parameters.
    pub fn new(uri: Uri) -> Self {
        Self {
            display: None,
            uri,
            params: Params::new(),
        }
    }

    /// Reads one value; `None` when it is malformed or holds more than one value.
    pub fn parse(text: &str) -> Option<Self> {
        let text = lex::trim(text);
        let (display, rest) = if text.starts_with('"') {
            let end = lex::quoted_end(text)?;
            (
                Some(lex::unquote(&text[..end]).into_owned()),
                lex::trim(&text[end..]),
            )
        } else {
            match text.find('<') {
                None => return Self::parse_bare(text),
                Some(at) => {
                    let display = lex::trim(&text[..at]);
                    if display.contains(['"', ',', ';', '>']) {
                        return None;
                    }
                    ((!display.is_empty()).then(|| display.to_owned()), &text[at..])
                }
            }
        };
        let (uri, params) = rest.strip_prefix('<')?.split_once('>')?;
        Self::finish(display, uri, params)
    }

    /// Without angle brackets every parameter is the header's, and `?` and `,` may not occur (section 20.10).
    fn parse_bare(text: &str) -> Option<Self> {
        let end = text.find(';').unwrap_or(text.len());
        let uri = lex::trim(&text[..end]);
        if uri.contains(['?', ',']) {
            return None;
        }
        Self::finish(None, uri, &text[end..])
    }

    fn finish(display: Option<String>, uri: &str, params: &str) -> Option<Self> {
        Some(Self {
            display,
            uri: Uri::parse(uri)?,
            params: Params::parse_header(params)?,
        })
    }

    /// The `tag` parameter; an empty one counts as none.
    pub fn tag(&self) -> Option<&str> {
        self.params.get("tag").filter(|tag| !tag.is_empty())
    }

    /// The same address with this tag.
    pub fn with_tag(mut self, tag: &str) -> Self {
        self.params.set("tag", Some(tag));
        self
    }
}

impl fmt::Display for NameAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(display) = &self.display {
            let mut quoted = String::with_capacity(display.len() + 3);
            lex::quote_into(display, &mut quoted);
            write!(f, "{quoted} ")?;
        }
        write!(f, "<{}>{}", self.uri, self.params)
    }
}
