//! Which sections a request is about, by what stands in them: `name=value,…` with regular expressions on both sides.

use super::CategoryView;
use regex::{Regex, RegexBuilder};
use std::fmt;

/// Terms one filter may have.
pub const MAX_FILTER_TERMS: usize = 32;
/// Bytes a compiled expression may take.
const MAX_EXPRESSION_BYTES: usize = 64 * 1024;

/// Whether templates are looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Templates {
    /// They are left out.
    #[default]
    Exclude,
    /// They are among the others (`TEMPLATES=include`).
    Include,
    /// Only they (`TEMPLATES=restrict`).
    Restrict,
}

/// A filter on sections: every term has to match one entry.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    text: String,
    templates: Templates,
    terms: Vec<(Regex, Regex)>,
}

impl PartialEq for Filter {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Filter {}

/// The text is no filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadFilter;

impl fmt::Display for BadFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a filter is name=value,… with regular expressions")
    }
}

impl std::error::Error for BadFilter {}

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    /// When a term lacks its `=`, an expression cannot be read, or there are too many.
    pub fn parse(text: &str) -> Result<Self, BadFilter> {
        let mut filter = Self {
            text: text.to_owned(),
            ..Self::default()
        };
        for term in text.split(',').map(str::trim).filter(|term| !term.is_empty()) {
            let (name, value) = term.split_once('=').ok_or(BadFilter)?;
            if name.eq_ignore_ascii_case("TEMPLATES") {
                filter.templates = match value.to_ascii_lowercase().as_str() {
                    "include" => Templates::Include,
                    "restrict" => Templates::Restrict,
                    _ => return Err(BadFilter),
                };
                continue;
            }
            if filter.terms.len() >= MAX_FILTER_TERMS {
                return Err(BadFilter);
            }
            filter.terms.push((expression(name)?, expression(value)?));
        }
        Ok(filter)
    }

    /// Whether a section of that view is meant.
    pub fn fits(&self, category: &CategoryView<'_>) -> bool {
        let entries = || category.entries.iter().copied();
        self.takes(category.is_template, entries)
    }

    /// Whether a section with these entries is meant.
    pub fn takes<'a, I>(&self, is_template: bool, entries: impl Fn() -> I) -> bool
    where
        I: Iterator<Item = (&'a str, &'a str)>,
    {
        let by_kind = match self.templates {
            Templates::Exclude => !is_template,
            Templates::Include => true,
            Templates::Restrict => is_template,
        };
        by_kind
            && self
                .terms
                .iter()
                .all(|(name, value)| entries().any(|(key, text)| name.is_match(key) && value.is_match(text)))
    }
}

fn expression(text: &str) -> Result<Regex, BadFilter> {
    RegexBuilder::new(text)
        .size_limit(MAX_EXPRESSION_BYTES)
        .build()
        .map_err(|_| BadFilter)
}
