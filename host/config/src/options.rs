//! Typed reading of a section: which options exist, which are honoured, what they say.

use std::fmt::{self, Display};
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Entry, Section};
use crate::value::{self, Expected};

/// Letters by which a misspelt option may differ from the one suggested for it.
const NEAR: usize = 2;

/// One option the field knows.
#[derive(Debug)]
pub struct Known {
    /// Its name in lower case.
    pub name: &'static str,
    /// The value it has when it is not written.
    pub default: &'static str,
    /// False when it is known here but changes nothing.
    pub honoured: bool,
}

/// An option that is known and does what it says.
pub const fn honoured(name: &'static str, default: &'static str) -> Known {
    Known {
        name,
        default,
        honoured: true,
    }
}

/// An option that is known and does nothing in this host.
pub const fn ignored(name: &'static str, default: &'static str) -> Known {
    Known {
        name,
        default,
        honoured: false,
    }
}

/// All options of one kind of section.
#[derive(Debug)]
pub struct Table {
    /// What the section describes, as a noun without an article.
    pub what: &'static str,
    /// The options, sorted by name.
    pub options: &'static [Known],
}

impl Table {
    /// Finds an option by name in any case.
    pub fn find(&self, name: &str) -> Option<&'static Known> {
        let wanted = || name.bytes().map(|byte| byte.to_ascii_lowercase());
        let found = self
            .options
            .binary_search_by(|known| known.name.bytes().cmp(wanted()));
        found.ok().map(|position| &self.options[position])
    }

    /// The default of an option of this table.
    pub fn default(&self, name: &str) -> &'static str {
        self.find(name).map_or("", |known| known.default)
    }

    fn nearest(&self, name: &str) -> Option<&'static str> {
        let name = name.to_ascii_lowercase();
        let distance = |known: &&Known| distance(known.name, &name);
        let nearest = self.options.iter().min_by_key(distance)?;
        (distance(&nearest) <= NEAR && nearest.name.len() > NEAR).then_some(nearest.name)
    }
}

/// Letters to change, add or take away to make one word of the other.
fn distance(one: &str, other: &str) -> usize {
    if one.len().abs_diff(other.len()) > NEAR {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.bytes().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, b) in other.bytes().enumerate() {
            let replaced = corner + usize::from(a != b);
            corner = row[j + 1];
            row[j + 1] = replaced.min(corner + 1).min(row[j] + 1);
        }
    }
    row[other.len()]
}

/// The options written in a section, as text, with the table's defaults behind them.
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    table: TableRef,
    written: Vec<(&'static str, Box<str>)>,
}

#[derive(Clone, Copy)]
struct TableRef(&'static Table);

impl PartialEq for TableRef {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Eq for TableRef {}

impl fmt::Debug for Settings {
    /// The names only: some of the values are secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.written.iter().map(|(name, _)| name))
            .finish()
    }
}

impl Settings {
    /// The last value written for an option, or its default.
    pub fn text(&self, name: &str) -> &str {
        self.all(name)
            .next_back()
            .unwrap_or_else(|| self.table.0.default(name))
    }

    /// Every value written for an option, in order.
    pub fn all<'a>(&'a self, name: &str) -> impl DoubleEndedIterator<Item = &'a str> + use<'a> {
        let known = self.table.0.find(name).map(|known| known.name);
        let has_name = move |pair: &&'a (&'static str, Box<str>)| known == Some(pair.0);
        self.written.iter().filter(has_name).map(|(_, value)| &**value)
    }

    /// Every option of the table with its value, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.table
            .0
            .options
            .iter()
            .map(|known| (known.name, self.text(known.name)))
    }
}

/// Reads the options of one section; mistakes go to the diagnostics.
#[derive(Debug)]
pub struct Reader<'a> {
    section: &'a Section,
    table: &'static Table,
    diagnostics: &'a mut Diagnostics,
    failed: bool,
}

impl<'a> Reader<'a> {
    /// Begins with a section: says which of its options are not known and which not honoured.
    pub fn new(section: &'a Section, table: &'static Table, diagnostics: &'a mut Diagnostics) -> Self {
        for entry in &section.entries {
            check_name(entry, table, diagnostics);
        }
        Self {
            section,
            table,
            diagnostics,
            failed: false,
        }
    }

    /// True when an option had a value that cannot be read; the object should be left out.
    pub fn has_failed(&self) -> bool {
        self.failed
    }

    /// The section read.
    pub fn section(&self) -> &'a Section {
        self.section
    }

    /// Reports a value that cannot be read.
    pub fn fail(&mut self, diagnostic: Diagnostic) {
        self.failed = true;
        self.diagnostics.push(diagnostic);
    }

    /// Reports something that is probably not meant.
    pub fn warn(&mut self, entry: &Entry, message: impl Into<String>) {
        self.diagnostics.warning(&entry.origin, message);
    }

    /// The last value of an option, or its default, through a reader of texts.
    pub fn read<T>(&mut self, name: &str, read: impl Fn(&str) -> Result<T, Expected>) -> T {
        if let Some(entry) = self.section.get(name) {
            match read(&entry.value) {
                Ok(value) => return value,
                Err(expected) => self.fail(entry.refuse(&expected)),
            }
        }
        read(self.table.default(name)).expect("the defaults of the tables are well formed")
    }

    /// The last value of an option through a reader of texts; none when it is empty or not written.
    pub fn maybe<T>(&mut self, name: &str, read: impl Fn(&str) -> Result<T, Expected>) -> Option<T> {
        let entry = self.section.get(name).filter(|entry| !entry.value.is_empty())?;
        match read(&entry.value) {
            Ok(value) => Some(value),
            Err(expected) => {
                self.fail(entry.refuse(&expected));
                None
            }
        }
    }

    /// The elements of all comma lists of an option, each through a reader of texts.
    pub fn each<T>(&mut self, name: &str, read: impl Fn(&str) -> Result<T, Expected>) -> Vec<T> {
        let mut all = Vec::new();
        for entry in self.section.get_all(name) {
            for element in entry.list() {
                match read(element) {
                    Ok(value) => all.push(value),
                    Err(expected) => self.fail(entry.refuse(&expected)),
                }
            }
        }
        all
    }

    /// A boolean.
    pub fn flag(&mut self, name: &str) -> bool {
        self.read(name, value::boolean)
    }

    /// A whole number in a range.
    pub fn number<T: FromStr + PartialOrd + Display>(&mut self, name: &str, range: RangeInclusive<T>) -> T {
        self.read(name, |text| value::number(text, &range))
    }

    /// Whole or broken seconds.
    pub fn seconds(&mut self, name: &str) -> Duration {
        self.read(name, value::seconds)
    }

    /// Whole milliseconds.
    pub fn milliseconds(&mut self, name: &str) -> Duration {
        self.read(name, value::milliseconds)
    }

    /// One of a table's words.
    pub fn choice<T: Copy>(&mut self, name: &str, table: &[(&str, T)]) -> T {
        self.read(name, |text| value::choice(text, table))
    }

    /// The text, or the default.
    pub fn text(&mut self, name: &str) -> String {
        self.section
            .text(name)
            .unwrap_or_else(|| self.table.default(name))
            .to_owned()
    }

    /// The text; none when it is empty or not written.
    pub fn optional(&mut self, name: &str) -> Option<String> {
        self.section
            .text(name)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    }

    /// The elements of the last comma list, or of the default.
    pub fn list(&mut self, name: &str) -> Vec<String> {
        value::list(&self.text(name)).map(str::to_owned).collect()
    }

    /// The texts behind all that was written.
    pub fn settings(&self) -> Settings {
        let known =
            |entry: &Entry| Some((self.table.find(&entry.key)?.name, Box::from(entry.value.as_str())));
        Settings {
            table: TableRef(self.table),
            written: self.section.entries.iter().filter_map(known).collect(),
        }
    }
}

fn check_name(entry: &Entry, table: &Table, diagnostics: &mut Diagnostics) {
    let (key, what) = (&entry.key, table.what);
    match table.find(key) {
        None => {
            let hint = table
                .nearest(key)
                .map_or(String::new(), |near| format!("; '{near}' may be meant"));
            diagnostics.warning(
                &entry.origin,
                format!("'{key}' is not a known option of {what}{hint}"),
            );
        }
        Some(known) if known.honoured || same_value(&entry.value, known.default) => {}
        Some(_) => {
            let message = format!("'{key}' of {what} is known but not honoured by this host");
            diagnostics.warning(&entry.origin, message);
        }
    }
}

/// True when two texts mean the same boolean, the same number or the same word.
fn same_value(one: &str, other: &str) -> bool {
    let booleans = (value::boolean(one), value::boolean(other));
    let numbers = (one.parse::<f64>(), other.parse::<f64>());
    one.eq_ignore_ascii_case(other)
        || matches!(booleans, (Ok(one), Ok(other)) if one == other)
        || matches!(numbers, (Ok(one), Ok(other)) if one == other)
}
