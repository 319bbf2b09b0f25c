//! The floor plan and the style, as tests over the workspace's metadata and texts.

pub mod floors;
pub mod longest;
pub mod pages;
pub mod purity;
pub mod source;
pub mod words;
pub mod workspace;

#[cfg(test)]
mod house;

use std::fmt;

/// A place that breaks a rule, and the rule in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Path relative to the repository, or a package name.
    pub place: String,
    /// Line from 1; 0 where the rule is about the whole file or package.
    pub line: usize,
    /// What is wrong and what to do instead.
    pub rule: String,
}

impl Violation {
    /// A violation of a whole file or package.
    pub fn whole(place: &str, rule: impl Into<String>) -> Self {
        Self {
            place: place.to_owned(),
            line: 0,
            rule: rule.into(),
        }
    }

    /// A violation in one line.
    pub fn at(place: &str, line: usize, rule: impl Into<String>) -> Self {
        Self {
            place: place.to_owned(),
            line,
            rule: rule.into(),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.place, self.rule),
            line => write!(f, "{}:{line}: {}", self.place, self.rule),
        }
    }
}
