//! How the comma-joined fields of a digest header are read and quoted.

use super::Algorithm;
use crate::lex;

/// The most fields read of one header; more make it malformed.
const MAX_FIELDS: usize = 32;

/// The `name=value` fields behind the word Digest, values unquoted.
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(super) fn parse(value: &str) -> Option<Self> {
        let value = lex::trim(value);
        let (scheme, rest) = value.split_at(value.find([' ', '\t'])?);
        if !scheme.eq_ignore_ascii_case("Digest") {
            return None;
        }
        let mut fields = Vec::<(String, String)>::new();
        for field in lex::values(rest) {
            let field = field.ok()?;
            if field.is_empty() {
                continue;
            }
            let (name, value) = field.split_once('=')?;
            let name = lex::trim(name).to_ascii_lowercase();
            if fields.len() == MAX_FIELDS || fields.iter().any(|(own, _)| *own == name) {
                return None;
            }
            fields.push((name, lex::unquote(lex::trim(value)).into_owned()));
        }
        Some(Self(fields))
    }

    /// Takes a field's value out.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        let field = self.0.iter_mut().find(|(own, _)| own == name)?;
        Some(std::mem::take(&mut field.1))
    }

    /// The algorithm; MD5 when the field is absent.
    pub(super) fn algorithm(&mut self) -> Option<Algorithm> {
        match self.take("algorithm") {
            None => Some(Algorithm::Md5),
            Some(text) => Algorithm::parse(&text),
        }
    }
}

/// The text as a quoted string.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    lex::quote_into(text, &mut out);
    out
}
