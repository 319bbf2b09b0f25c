//! What a conversation does wrong.

use std::fmt;

/// One rule broken at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The line of the conversation, from 1.
    pub line: usize,
    /// The rule, as a word.
    pub rule: &'static str,
    /// What is wrong.
    pub text: String,
}

impl Violation {
    pub(crate) fn new(line: usize, rule: &'static str, text: impl Into<String>) -> Self {
        Self {
            line,
            rule,
            text: text.into(),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.line, self.rule, self.text)
    }
}
