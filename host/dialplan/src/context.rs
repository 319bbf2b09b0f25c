//! One context: its extensions with their priorities, and what it includes.

use crate::calendar::TimeSpec;
use crate::pattern::{Form, Pattern, PatternError};
use crate::tree::{PatternTree, Slots};
use std::collections::BTreeMap;
use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;
pub(crate) use ucx_config::Origin;

/// The most extensions a context takes; one more is refused.
pub const MAX_EXTENSIONS: usize = 1 << 20;
/// The highest priority an extension may have.
pub const MAX_PRIORITY: u32 = 1_000_000;

/// One priority of an extension: which application runs, with what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub priority: u32,
    pub label: Option<Arc<str>>,
    pub application: Arc<str>,
    /// As written between the parentheses; nothing is substituted yet.
    pub arguments: Arc<str>,
    /// `None` for a row that came at run time.
    pub origin: Option<Origin>,
    /// Who created it: `pbx_config` for the file.
    pub registrar: Arc<str>,
}

/// The `hint` row of an extension: whose states it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// As written: devices joined by `&`, then a comma and the presence provider.
    pub text: Arc<str>,
    pub origin: Option<Origin>,
    pub registrar: Arc<str>,
}

impl Hint {
    /// The devices whose states are combined.
    pub fn devices(&self) -> impl Iterator<Item = &str> {
        self.text
            .split(',')
            .next()
            .unwrap_or_default()
            .split('&')
            .map(str::trim)
            .filter(|name| !name.is_empty())
    }

    /// The presence providers behind the comma.
    pub fn presences(&self) -> impl Iterator<Item = &str> {
        let after = self.text.split_once(',').map_or("", |(_, after)| after);
        after.split('&').map(str::trim).filter(|name| !name.is_empty())
    }
}

/// One extension: a name or pattern, perhaps for certain callers only.
#[derive(Clone, Debug)]
pub struct Extension {
    pub(crate) pattern: Pattern,
    pub(crate) caller_id: Option<Pattern>,
    pub(crate) rows: Vec<Row>,
    pub(crate) hint: Option<Hint>,
}

impl Extension {
    /// The name as written.
    pub fn name(&self) -> &str {
        self.pattern.text()
    }

    /// The name or pattern.
    pub fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// The condition on the caller's number behind `/`.
    pub fn caller_id(&self) -> Option<&Pattern> {
        self.caller_id.as_ref()
    }

    /// The priorities, lowest first.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The hint row.
    pub fn hint(&self) -> Option<&Hint> {
        self.hint.as_ref()
    }

    /// The row of one priority.
    pub fn row(&self, priority: u32) -> Option<&Row> {
        // Priorities usually count up from one without holes.
        let guess = priority
            .checked_sub(1)
            .and_then(|place| self.rows.get(place as usize));
        if let Some(row) = guess.filter(|row| row.priority == priority) {
            return Some(row);
        }
        let place = self
            .rows
            .binary_search_by_key(&priority, |row| row.priority)
            .ok()?;
        self.rows.get(place)
    }

    pub(crate) fn is_for(&self, caller_id: &str) -> bool {
        self.caller_id
            .as_ref()
            .is_none_or(|condition| condition.matches(caller_id))
    }
}

/// An `include` of a context.
#[derive(Clone, Debug)]
pub struct Include {
    /// As written, with the times.
    pub text: Arc<str>,
    pub context: Arc<str>,
    /// When it counts; always, if `None`.
    pub when: Option<TimeSpec>,
    pub origin: Option<Origin>,
    pub registrar: Arc<str>,
}

/// A `switch`, `lswitch` or `eswitch`: kept for listings, never asked.
#[derive(Clone, Debug)]
pub struct Switch {
    pub statement: Arc<str>,
    pub target: Arc<str>,
    pub origin: Option<Origin>,
    pub registrar: Arc<str>,
}

/// An `ignorepat`: digits after which the dial tone goes on.
#[derive(Clone, Debug)]
pub struct IgnorePattern {
    pub pattern: Pattern,
    pub origin: Option<Origin>,
    pub registrar: Arc<str>,
}

/// What `add` does where the priority is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collision {
    Refuse,
    Replace,
}

/// A row to be added.
#[derive(Clone, Debug)]
pub struct NewRow<'a> {
    pub exten: &'a str,
    pub caller_id: Option<&'a str>,
    pub content: Content<'a>,
    pub origin: Option<Origin>,
    pub registrar: &'a str,
    pub collision: Collision,
}

/// What a new row holds.
#[derive(Clone, Copy, Debug)]
pub enum Content<'a> {
    Hint(&'a str),
    Priority {
        number: u32,
        label: Option<&'a str>,
        application: &'a str,
        arguments: &'a str,
    },
}

/// Why a row was not added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddError {
    Name(PatternError),
    CallerId(PatternError),
    BadPriority,
    PriorityInUse(u32),
    HintInUse,
    LabelInUse(String),
    TooManyExtensions,
}

impl fmt::Display for AddError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(error) => write!(f, "bad extension: {error}"),
            Self::CallerId(error) => write!(f, "bad caller id condition: {error}"),
            Self::BadPriority => write!(f, "a priority is a number from 1 to {MAX_PRIORITY}"),
            Self::PriorityInUse(priority) => write!(f, "priority {priority} is already in use"),
            Self::HintInUse => f.write_str("the extension already has a hint"),
            Self::LabelInUse(label) => write!(f, "label '{label}' is already in use"),
            Self::TooManyExtensions => write!(f, "the context already has {MAX_EXTENSIONS} extensions"),
        }
    }
}

impl std::error::Error for AddError {}

/// One context of the dialplan.
#[derive(Clone, Debug)]
pub struct Context {
    pub(crate) name: Arc<str>,
    pub(crate) registrar: Arc<str>,
    pub(crate) includes: Vec<Include>,
    pub(crate) switches: Vec<Switch>,
    pub(crate) ignore_patterns: Vec<IgnorePattern>,
    pub(crate) has_autohints: bool,
    slots: Vec<Extension>,
    free: Vec<u32>,
    literals: BTreeMap<Box<str>, Vec<u32>>,
    patterns: PatternTree,
}

impl Context {
    pub(crate) fn new(name: &str, registrar: &str) -> Self {
        Self {
            name: name.into(),
            registrar: registrar.into(),
            includes: Vec::new(),
            switches: Vec::new(),
            ignore_patterns: Vec::new(),
            has_autohints: false,
            slots: Vec::new(),
            free: Vec::new(),
            literals: BTreeMap::new(),
            patterns: PatternTree::default(),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Who created it.
    pub fn registrar(&self) -> &str {
        &self.registrar
    }

    /// The included contexts in the order they are searched.
    pub fn includes(&self) -> &[Include] {
        &self.includes
    }

    /// The `switch` statements, which this host does not honour.
    pub fn switches(&self) -> &[Switch] {
        &self.switches
    }

    /// The `ignorepat` statements.
    pub fn ignore_patterns(&self) -> &[IgnorePattern] {
        &self.ignore_patterns
    }

    /// Whether `autohints` is on.
    pub fn has_autohints(&self) -> bool {
        self.has_autohints
    }

    /// The extensions in the order of a listing, which is also the order they are tried in: literals, then patterns.
    pub fn extensions(&self) -> Vec<&Extension> {
        let mut slots: Vec<u32> = self.literals.values().flatten().copied().collect();
        let _ = self.patterns.in_order(&mut |found| {
            slots.extend(found);
            ControlFlow::Continue(())
        });
        slots.into_iter().map(|slot| &self.slots[slot as usize]).collect()
    }

    /// The extension of exactly this name and caller-id condition, as written.
    pub fn extension(&self, name: &str, caller_id: Option<&str>) -> Option<&Extension> {
        let slot = self.slot_by_name(name, caller_id)?;
        self.slots.get(slot as usize)
    }

    pub(crate) fn add(&mut self, new: &NewRow<'_>) -> Result<(), AddError> {
        let pattern = Pattern::parse(new.exten).map_err(AddError::Name)?;
        let caller_id = new
            .caller_id
            .map(Pattern::parse_condition)
            .transpose()
            .map_err(AddError::CallerId)?;
        if let Content::Priority { number, .. } = new.content
            && !(1..=MAX_PRIORITY).contains(&number)
        {
            return Err(AddError::BadPriority);
        }
        let slot = match self.slot_of(&pattern, caller_id.as_ref()) {
            Some(slot) => slot,
            None => self.new_slot(pattern, caller_id)?,
        };
        self.slots[slot as usize].put(new)
    }

    /// Removes one priority, or the whole extension with its hint. False if there was nothing to remove.
    pub(crate) fn remove(&mut self, name: &str, caller_id: Option<&str>, priority: Option<u32>) -> bool {
        let Some(slot) = self.slot_by_name(name, caller_id) else {
            return false;
        };
        let extension = &mut self.slots[slot as usize];
        let before = extension.rows.len() + usize::from(extension.hint.is_some());
        match priority {
            Some(priority) => extension.rows.retain(|row| row.priority != priority),
            None => {
                extension.rows.clear();
                extension.hint = None;
            }
        }
        let after = extension.rows.len() + usize::from(extension.hint.is_some());
        if after == 0 {
            let pattern = extension.pattern.clone();
            self.slots_mut(&pattern).retain(|other| *other != slot);
            self.free.push(slot);
        }
        after < before
    }

    /// Visits the extensions `exten` matches as it is for this caller, first the one to be tried first.
    pub(crate) fn matching<'a, T>(
        &'a self,
        exten: &str,
        caller_id: &str,
        mut visit: impl FnMut(&'a Extension) -> Option<T>,
    ) -> Option<T> {
        let mut answer = None;
        let mut see = |slots: &Slots| self.see(slots, caller_id, &mut answer, &mut visit);
        let literal = self
            .literals
            .get(exten)
            .map_or(ControlFlow::Continue(()), |slots| see(slots));
        if literal.is_continue() {
            let _ = self.patterns.matching(exten.as_bytes(), &mut see);
        }
        answer
    }

    /// Visits the extensions a text longer than `exten` could match for this caller.
    pub(crate) fn longer<'a, T>(
        &'a self,
        exten: &str,
        caller_id: &str,
        mut visit: impl FnMut(&'a Extension) -> Option<T>,
    ) -> Option<T> {
        use std::ops::Bound::{Excluded, Unbounded};
        let mut answer = None;
        let mut see = |slots: &Slots| self.see(slots, caller_id, &mut answer, &mut visit);
        let after = self.literals.range::<str, _>((Excluded(exten), Unbounded));
        let literal = after
            .take_while(|(name, _)| name.starts_with(exten))
            .try_for_each(|(_, s)| see(s));
        if literal.is_continue() {
            let _ = self.patterns.longer(exten.as_bytes(), &mut see);
        }
        answer
    }

    fn see<'a, T>(
        &'a self,
        slots: &Slots,
        caller_id: &str,
        answer: &mut Option<T>,
        visit: &mut impl FnMut(&'a Extension) -> Option<T>,
    ) -> ControlFlow<()> {
        let extensions = slots.iter().map(|slot| &self.slots[*slot as usize]);
        *answer = extensions
            .filter(|extension| extension.is_for(caller_id))
            .find_map(visit);
        if answer.is_some() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn slots_mut(&mut self, pattern: &Pattern) -> &mut Vec<u32> {
        match &pattern.form {
            Form::Literal(text) => self.literals.entry(text.clone()).or_default(),
            Form::Elements(elements) => self.patterns.slots_mut(elements),
        }
    }

    /// The place of a condition among the extensions of one pattern, or where it would go.
    ///
    /// Conditions on the caller come first, the more specific before the less.
    fn place_of(&self, slots: &Slots, caller_id: Option<&Pattern>) -> Result<usize, usize> {
        let order = |own: Option<&Pattern>| match (own, caller_id) {
            (Some(own), Some(wanted)) => own.cmp(wanted),
            (own, wanted) => own.is_none().cmp(&wanted.is_none()),
        };
        slots.binary_search_by(|slot| order(self.slots[*slot as usize].caller_id()))
    }

    fn slot_by_name(&self, name: &str, caller_id: Option<&str>) -> Option<u32> {
        let caller_id = caller_id.map(Pattern::parse_condition).transpose().ok()?;
        self.slot_of(&Pattern::parse(name).ok()?, caller_id.as_ref())
    }

    fn slot_of(&self, pattern: &Pattern, caller_id: Option<&Pattern>) -> Option<u32> {
        let slots = match &pattern.form {
            Form::Literal(text) => self.literals.get(text)?,
            Form::Elements(elements) => self.patterns.slots(elements),
        };
        self.place_of(slots, caller_id).ok().map(|place| slots[place])
    }

    fn new_slot(&mut self, pattern: Pattern, caller_id: Option<Pattern>) -> Result<u32, AddError> {
        let fresh = Extension {
            pattern: pattern.clone(),
            caller_id,
            rows: Vec::new(),
            hint: None,
        };
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slots[slot as usize] = fresh;
                slot
            }
            None if self.slots.len() == MAX_EXTENSIONS => return Err(AddError::TooManyExtensions),
            None => {
                self.slots.push(fresh);
                self.slots.len() as u32 - 1
            }
        };
        let mut slots = std::mem::take(self.slots_mut(&pattern));
        let place = self
            .place_of(&slots, self.slots[slot as usize].caller_id())
            .unwrap_or_else(|place| place);
        slots.insert(place, slot);
        *self.slots_mut(&pattern) = slots;
        Ok(slot)
    }
}

impl Extension {
    fn put(&mut self, new: &NewRow<'_>) -> Result<(), AddError> {
        let (origin, registrar) = (new.origin.clone(), Arc::from(new.registrar));
        let row = match new.content {
            Content::Hint(_) if self.hint.is_some() && new.collision == Collision::Refuse => {
                return Err(AddError::HintInUse);
            }
            Content::Hint(text) => {
                self.hint = Some(Hint {
                    text: text.into(),
                    origin,
                    registrar,
                });
                return Ok(());
            }
            Content::Priority {
                number,
                label,
                application,
                arguments,
            } => Row {
                priority: number,
                label: label.map(Arc::from),
                application: application.into(),
                arguments: arguments.into(),
                origin,
                registrar,
            },
        };
        let same_label =
            |own: &&Row| own.priority != row.priority && own.label.is_some() && own.label == row.label;
        if let Some(label) = self
            .rows
            .iter()
            .find(same_label)
            .and_then(|own| own.label.as_ref())
        {
            return Err(AddError::LabelInUse(label.to_string()));
        }
        match self.rows.binary_search_by_key(&row.priority, |own| own.priority) {
            Ok(place) if new.collision == Collision::Replace => self.rows[place] = row,
            Ok(_) => return Err(AddError::PriorityInUse(row.priority)),
            Err(place) => self.rows.insert(place, row),
        }
        Ok(())
    }
}
