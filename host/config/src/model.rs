//! What a configuration file says once it is read: sections of entries, each with its origin.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Origin};

/// How a value was written after its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `key = value`.
    Assign,
    /// `key => value`.
    Object,
    /// `key += value`: the entry's value is the earlier one with this text behind it.
    Append,
}

/// One `key = value` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key as written; compared without regard to ASCII case.
    pub key: String,
    /// The value without comments and surrounding blanks.
    pub value: String,
    /// The sign between the two.
    pub operator: Operator,
    /// Where the line stands; an inherited entry keeps the template's line.
    pub origin: Origin,
    /// True when it came from a template named in the section's header.
    pub inherited: bool,
}

impl Entry {
    /// True when the entry has this key, in any case.
    pub fn has_key(&self, key: &str) -> bool {
        self.key.eq_ignore_ascii_case(key)
    }
}

/// One `[name]` and what stands below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The name, compared with regard to case.
    pub name: String,
    /// True for `(!)`: only there to be inherited from.
    pub template: bool,
    /// The sections it inherits from, in the order named.
    pub templates: Vec<String>,
    /// The line of its header.
    pub origin: Origin,
    /// Inherited entries first, then its own, then those of `(+)` sections.
    pub entries: Vec<Entry>,
}

impl Section {
    /// The last entry with this key: what is written later wins.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| entry.has_key(key))
    }

    /// Every entry with this key in order.
    pub fn get_all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().filter(move |entry| entry.has_key(key))
    }

    /// The value of the last entry with this key.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key).map(|entry| entry.value.as_str())
    }
}

/// A whole file with everything it includes.
#[derive(Debug, Clone, Default)]
pub struct Config {
    pub(crate) sections: Vec<Section>,
    /// Positions in `sections`, by name, ascending.
    pub(crate) by_name: BTreeMap<String, Vec<usize>>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) found: bool,
    pub(crate) files: Vec<String>,
}

impl Config {
    /// Every section in the order of the file, sections of one name apart, templates left out.
    pub fn sections(&self) -> impl Iterator<Item = &Section> {
        self.sections.iter().filter(|section| !section.template)
    }

    /// Every section in the order of the file, templates among them.
    pub fn with_templates(&self) -> impl Iterator<Item = &Section> {
        self.sections.iter()
    }

    /// The first section of this name that is no template.
    pub fn section(&self, name: &str) -> Option<&Section> {
        self.sections_named(name).next()
    }

    /// Every section of this name in order, templates left out.
    pub fn sections_named<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Section> + use<'a> {
        let positions = self.by_name.get(name).map_or(&[][..], Vec::as_slice);
        positions
            .iter()
            .map(|&position| &self.sections[position])
            .filter(|section| !section.template)
    }

    /// All sections of this name as if they were one, entries in the order of the file.
    pub fn merged(&self, name: &str) -> Option<Section> {
        let mut parts = self.sections_named(name);
        let mut whole = parts.next()?.clone();
        for part in parts {
            whole.entries.extend(part.entries.iter().cloned());
            whole.templates.extend(part.templates.iter().cloned());
        }
        Some(whole)
    }

    /// The last value of a key in all sections of this name together.
    pub fn text(&self, section: &str, key: &str) -> Option<&str> {
        self.entry(section, key).map(|entry| entry.value.as_str())
    }

    /// The last entry of a key in all sections of this name together.
    pub fn entry(&self, section: &str, key: &str) -> Option<&Entry> {
        self.sections_named(section)
            .filter_map(|section| section.get(key))
            .last()
    }

    /// What the language reader had to say.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// False when the file itself could not be read.
    pub fn found(&self) -> bool {
        self.found
    }

    /// The paths of all files read, the first one first, then includes as they were met.
    pub fn files(&self) -> &[String] {
        &self.files
    }
}
