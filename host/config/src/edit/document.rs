//! A file as its author wrote it, cut where edits take hold.

use super::{Edit, EditError, Filter, Target, Value};
use crate::header::{self, Header};
use crate::line::{Comments, Line, classify, trim};
use crate::model::Operator;

/// Templates of templates that are followed.
const MAX_INHERITANCE: usize = 16;

/// A file between reading and writing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document {
    /// What stands before the first section.
    pub(super) head: Vec<Item>,
    pub(super) categories: Vec<Category>,
    /// Comments and blank lines at the end.
    pub(super) tail: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Category {
    /// Comments and blank lines above the header.
    pub before: Vec<String>,
    /// The header's line, if no edit touched it.
    pub line: Option<String>,
    pub name: String,
    pub is_template: bool,
    /// `(+)`: what stands here goes to a section that is there already.
    pub appends: bool,
    pub templates: Vec<String>,
    /// The comment behind the header.
    pub comment: String,
    pub items: Vec<Item>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    Entry(Entry),
    /// An include, or a line that says nothing to us.
    Verbatim {
        before: Vec<String>,
        line: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub before: Vec<String>,
    /// The line, if no edit touched it.
    pub line: Option<String>,
    pub key: String,
    pub value: String,
    pub operator: Operator,
    /// The comment behind the value.
    pub comment: String,
}

/// A section as readers see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryView<'a> {
    /// Its name.
    pub name: &'a str,
    /// Whether it is only there to be inherited from.
    pub is_template: bool,
    /// The sections it inherits from.
    pub templates: &'a [String],
    /// Keys and values, inherited ones first.
    pub entries: Vec<(&'a str, &'a str)>,
}

impl Document {
    /// Cuts a text into its parts; every text is a document.
    pub fn parse(text: &str) -> Self {
        let mut document = Self::default();
        let mut comments = Comments::default();
        let mut before = Vec::new();
        for line in text.split_terminator('\n') {
            let stripped = comments.strip(line);
            let item = match classify(&stripped) {
                Line::Blank => {
                    before.push(line.to_owned());
                    continue;
                }
                Line::Header(text) => match header::parse(text) {
                    Ok(header) => {
                        let before = std::mem::take(&mut before);
                        let comment = comment_of(line, &stripped);
                        document.categories.push(category(&header, before, line, comment));
                        continue;
                    }
                    Err(_) => verbatim(&mut before, line),
                },
                Line::Setting { key, value, operator } => Item::Entry(Entry {
                    before: std::mem::take(&mut before),
                    line: Some(line.to_owned()),
                    key: key.to_owned(),
                    value: value.to_owned(),
                    operator,
                    comment: comment_of(line, &stripped),
                }),
                Line::Directive { .. } | Line::Unclear(_) => verbatim(&mut before, line),
            };
            match document.categories.last_mut() {
                Some(category) => category.items.push(item),
                None => document.head.push(item),
            }
        }
        document.tail = before;
        document
    }

    /// Sections in the order of the file, templates among them.
    pub fn categories(&self) -> impl Iterator<Item = CategoryView<'_>> {
        self.categories.iter().map(|category| self.view(category))
    }

    /// Makes one change, or none.
    ///
    /// # Errors
    /// See [`EditError`]; the document is as before.
    pub fn apply(&mut self, edit: Edit) -> Result<(), EditError> {
        match edit {
            Edit::NewCategory {
                name,
                allows_duplicates,
                is_template,
                inherits,
            } => self.add_category(name, allows_duplicates, is_template, inherits),
            Edit::RenameCategory { category, name } => {
                check_name(&name)?;
                let category = self.find(&category)?;
                category.line = None;
                category.name = name;
                Ok(())
            }
            Edit::DeleteCategory(target) => {
                let at = self.position(&target)?;
                self.categories.remove(at);
                Ok(())
            }
            Edit::EmptyCategory(target) => {
                let category = self.find(&target)?;
                category
                    .items
                    .retain(|item| matches!(item, Item::Verbatim { .. }));
                Ok(())
            }
            Edit::Update {
                category,
                key,
                value,
                matches,
            } => self.update(&category, &key, value, matches.as_deref()),
            Edit::Delete {
                category,
                key,
                matches,
            } => {
                let category = self.find(&category)?;
                let before = category.items.len();
                category.take_out(|entry| entry.fits(&key, matches.as_deref()));
                changed(category.items.len() < before, EditError::NotDeleted)
            }
            Edit::DeleteLine { category, line } => self.delete_line(&category, line),
            Edit::Append { category, key, value } => {
                let entry = Entry::new(key, value)?;
                self.find(&category)?.items.push(Item::Entry(entry));
                Ok(())
            }
            Edit::Insert {
                category,
                key,
                value,
                line,
            } => self.insert(&category, Entry::new(key, value)?, line),
        }
    }

    fn delete_line(&mut self, target: &Target, line: usize) -> Result<(), EditError> {
        let at = self.position(target)?;
        let (inherited, own) = self.places(at, line);
        let place = own.filter(|_| !inherited).ok_or(EditError::NotDeleted)?;
        self.categories[at].remove(place);
        Ok(())
    }

    fn insert(&mut self, target: &Target, entry: Entry, line: usize) -> Result<(), EditError> {
        let at = self.position(target)?;
        let (inherited, own) = self.places(at, line);
        let items = &mut self.categories[at].items;
        let place = if inherited { 0 } else { own.unwrap_or(items.len()) };
        items.insert(place, Item::Entry(entry));
        Ok(())
    }

    fn add_category(
        &mut self,
        name: String,
        allows_duplicates: bool,
        is_template: bool,
        inherits: Vec<String>,
    ) -> Result<(), EditError> {
        check_name(&name)?;
        if inherits.len() > header::MAX_TEMPLATES {
            return Err(EditError::Malformed);
        }
        if !allows_duplicates && self.categories.iter().any(|known| known.name == name) {
            return Err(EditError::CategoryExists);
        }
        let mut items = Vec::new();
        for template in &inherits {
            let template = self.categories.iter().find(|known| known.name == *template);
            let copied = self.view(template.ok_or(EditError::NoTemplate)?).entries;
            for (key, text) in copied {
                let value = Value {
                    text: text.to_owned(),
                    is_object: false,
                };
                items.push(Item::Entry(Entry::new(key.to_owned(), value)?));
            }
        }
        self.categories.push(Category {
            before: Vec::new(),
            line: None,
            name,
            is_template,
            appends: false,
            templates: inherits,
            comment: String::new(),
            items,
        });
        Ok(())
    }

    fn update(
        &mut self,
        target: &Target,
        key: &str,
        value: Value,
        matches: Option<&str>,
    ) -> Result<(), EditError> {
        let fresh = Entry::new(key.to_owned(), value)?;
        let at = self.position(target)?;
        let is_inherited = self
            .inherited(&self.categories[at], 0)
            .iter()
            .any(|(known, text)| known.eq_ignore_ascii_case(key) && is_value(text, matches));
        let category = &mut self.categories[at];
        let mut entries = category.items.iter_mut().filter_map(Item::entry_mut);
        match entries.find(|entry| entry.fits(key, matches)) {
            Some(entry) => {
                entry.line = None;
                (entry.value, entry.operator) = (fresh.value, fresh.operator);
                Ok(())
            }
            // What is inherited is overridden here; the template is somebody else's.
            None if is_inherited => {
                category.items.push(Item::Entry(fresh));
                Ok(())
            }
            None => Err(EditError::NotUpdated),
        }
    }

    fn position(&self, target: &Target) -> Result<usize, EditError> {
        let fits = |category: &Category| {
            category.name == target.name
                && !category.appends
                && target
                    .filter
                    .as_ref()
                    .is_none_or(|filter: &Filter| filter.fits(&self.view(category)))
        };
        self.categories.iter().position(fits).ok_or(EditError::NoCategory)
    }

    fn find(&mut self, target: &Target) -> Result<&mut Category, EditError> {
        let at = self.position(target)?;
        Ok(&mut self.categories[at])
    }

    /// Where the entry is that readers count as `line`: whether it is inherited, else its place among the items.
    fn places(&self, at: usize, line: usize) -> (bool, Option<usize>) {
        let category = &self.categories[at];
        let inherited = self.inherited(category, 0).len();
        let Some(own) = line.checked_sub(inherited) else {
            return (true, None);
        };
        let mut entries = category
            .items
            .iter()
            .enumerate()
            .filter(|(_, item)| item.entry().is_some());
        (false, entries.nth(own).map(|(place, _)| place))
    }

    fn view<'a>(&'a self, category: &'a Category) -> CategoryView<'a> {
        let mut entries = self.inherited(category, 0);
        entries.extend(category.entries());
        CategoryView {
            name: &category.name,
            is_template: category.is_template,
            templates: &category.templates,
            entries,
        }
    }

    fn inherited<'a>(&'a self, category: &'a Category, depth: usize) -> Vec<(&'a str, &'a str)> {
        let mut entries = Vec::new();
        if depth >= MAX_INHERITANCE {
            return entries;
        }
        for name in &category.templates {
            let template = self.categories.iter().find(|known| known.name == *name);
            if let Some(template) = template.filter(|template| !std::ptr::eq(*template, category)) {
                entries.extend(self.inherited(template, depth + 1));
                entries.extend(template.entries());
            }
        }
        entries
    }
}

impl Category {
    fn entries(&self) -> impl Iterator<Item = (&str, &str)> {
        let entries = self.items.iter().filter_map(Item::entry);
        entries.map(|entry| (entry.key.as_str(), entry.value.as_str()))
    }

    /// Takes entries out; comments above them stay for what follows.
    fn take_out(&mut self, is_out: impl Fn(&Entry) -> bool) {
        let mut at = 0;
        while at < self.items.len() {
            if self.items[at].entry().is_some_and(&is_out) {
                self.remove(at);
            } else {
                at += 1;
            }
        }
    }

    fn remove(&mut self, at: usize) {
        let Item::Entry(entry) = self.items.remove(at) else {
            return;
        };
        if let Some(next) = self.items.get_mut(at) {
            next.before_mut().splice(0..0, entry.before);
        }
    }
}

impl Item {
    pub(super) fn entry(&self) -> Option<&Entry> {
        match self {
            Self::Entry(entry) => Some(entry),
            Self::Verbatim { .. } => None,
        }
    }

    fn entry_mut(&mut self) -> Option<&mut Entry> {
        match self {
            Self::Entry(entry) => Some(entry),
            Self::Verbatim { .. } => None,
        }
    }

    fn before_mut(&mut self) -> &mut Vec<String> {
        match self {
            Self::Entry(entry) => &mut entry.before,
            Self::Verbatim { before, .. } => before,
        }
    }
}

impl Entry {
    fn new(key: String, value: Value) -> Result<Self, EditError> {
        let is_bad = |c: char| c < ' ' || c == '\u{7f}';
        let key_is_bad = key.is_empty()
            || trim(&key) != key
            || key.contains(|c| is_bad(c) || matches!(c, '=' | ';' | '[' | ']'))
            || key.ends_with('+')
            || (key.starts_with('#') && key.bytes().any(|byte| byte.is_ascii_alphabetic()));
        if key_is_bad || value.text.contains(is_bad) {
            return Err(EditError::Malformed);
        }
        Ok(Self {
            before: Vec::new(),
            line: None,
            key,
            value: trim(&value.text).to_owned(),
            operator: if value.is_object {
                Operator::Object
            } else {
                Operator::Assign
            },
            comment: String::new(),
        })
    }

    fn fits(&self, key: &str, matches: Option<&str>) -> bool {
        self.key.eq_ignore_ascii_case(key) && is_value(&self.value, matches)
    }
}

fn is_value(value: &str, wanted: Option<&str>) -> bool {
    wanted.is_none_or(|wanted| wanted.is_empty() || value.eq_ignore_ascii_case(wanted))
}

fn changed(is_changed: bool, error: EditError) -> Result<(), EditError> {
    if is_changed { Ok(()) } else { Err(error) }
}

fn check_name(name: &str) -> Result<(), EditError> {
    let is_bad = |c: char| c < ' ' || matches!(c, '[' | ']' | ';' | '\u{7f}');
    changed(
        !trim(name).is_empty() && trim(name) == name && !name.contains(is_bad),
        EditError::Malformed,
    )
}

fn verbatim(before: &mut Vec<String>, line: &str) -> Item {
    Item::Verbatim {
        before: std::mem::take(before),
        line: line.to_owned(),
    }
}

fn category(header: &Header<'_>, before: Vec<String>, line: &str, comment: String) -> Category {
    Category {
        before,
        line: Some(line.to_owned()),
        name: header.name.to_owned(),
        is_template: header.template,
        appends: header.append.is_some(),
        templates: header.templates.iter().map(|name| (*name).to_owned()).collect(),
        comment,
        items: Vec::new(),
    }
}

/// The comment behind what a line says.
fn comment_of(line: &str, stripped: &str) -> String {
    let said = stripped.trim_end();
    let rest = line.strip_prefix(said).unwrap_or_default();
    let rest = trim(rest);
    if rest.starts_with(';') {
        rest.to_owned()
    } else {
        String::new()
    }
}
