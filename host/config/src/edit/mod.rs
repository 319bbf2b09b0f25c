//! Changing a configuration file and keeping what its author wrote around the change: text in, edits, text out.
//!
//! Lines that no edit touches come out as they went in. A comment stands with the entry or header below it.

mod document;
mod filter;
mod render;
#[cfg(test)]
mod tests;

pub use document::{CategoryView, Document};
pub use filter::{BadFilter, Filter, MAX_FILTER_TERMS, Templates};

use std::fmt;

/// One change, with the field's names (`UpdateConfig`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// `NewCat`: a section is added at the end.
    NewCategory {
        /// Its name.
        name: String,
        /// Whether there may be one of that name already.
        allows_duplicates: bool,
        /// Whether it is only there to be inherited from.
        is_template: bool,
        /// Sections it inherits from; their entries are copied into it as well, as the field does.
        inherits: Vec<String>,
    },
    /// `RenameCat`.
    RenameCategory {
        /// Which section.
        category: Target,
        /// Its new name.
        name: String,
    },
    /// `DelCat`.
    DeleteCategory(Target),
    /// `EmptyCat`.
    EmptyCategory(Target),
    /// `Update`: the first entry of that key, and value if one is given, is changed.
    Update {
        /// In which section.
        category: Target,
        /// The key.
        key: String,
        /// The new value.
        value: Value,
        /// The value it has to have before.
        matches: Option<String>,
    },
    /// `Delete` by key: every entry of that key, and value if one is given, goes.
    Delete {
        /// In which section.
        category: Target,
        /// The key.
        key: String,
        /// The value it has to have.
        matches: Option<String>,
    },
    /// `Delete` by line: the entry at that place, counted from 0 with inherited entries first.
    DeleteLine {
        /// In which section.
        category: Target,
        /// Its place.
        line: usize,
    },
    /// `Append`: an entry is added at the end of a section.
    Append {
        /// In which section.
        category: Target,
        /// The key.
        key: String,
        /// The value.
        value: Value,
    },
    /// `Insert`: an entry is added before the one at that place, counted as in `DeleteLine`; at the end if there is none.
    Insert {
        /// In which section.
        category: Target,
        /// The key.
        key: String,
        /// The value.
        value: Value,
        /// Its place.
        line: usize,
    },
}

/// The section an edit is about: the first of its name that the filter lets through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// What it has to contain (`catfilter`).
    pub filter: Option<Filter>,
}

impl Target {
    /// The first section of that name.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            filter: None,
        }
    }
}

/// What stands behind the sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// The text.
    pub text: String,
    /// Whether the sign is `=>`.
    pub is_object: bool,
}

impl Value {
    /// A value as Manager clients write it: one that begins with `>` makes the sign `=>`.
    pub fn from_request(text: &str) -> Self {
        match text.strip_prefix('>') {
            Some(text) => Self {
                text: text.to_owned(),
                is_object: true,
            },
            None => Self {
                text: text.to_owned(),
                is_object: false,
            },
        }
    }
}

/// Why an edit changed nothing, in the field's sentences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditError {
    /// There is no such section.
    NoCategory,
    /// There is one of that name already.
    CategoryExists,
    /// A section to inherit from is not there.
    NoTemplate,
    /// No entry could be changed.
    NotUpdated,
    /// No entry could be taken out.
    NotDeleted,
    /// A name or value cannot stand in the file: it is empty, or has a line end or a sign in it.
    Malformed,
}

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoCategory => "Given category does not exist",
            Self::CategoryExists => "Create category did not complete successfully",
            Self::NoTemplate => "Template category not found",
            Self::NotUpdated => "Update did not complete successfully",
            Self::NotDeleted => "Delete did not complete successfully",
            Self::Malformed => "Problem with category, value, or line (if required)",
        })
    }
}

impl std::error::Error for EditError {}
