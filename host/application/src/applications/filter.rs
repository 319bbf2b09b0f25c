//! Which types of messages an application lets through.

use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Types in one list of a filter; a longer list is refused.
const TYPES_MAX: usize = 1_024;

/// The body is no filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadFilter;

/// Two lists of types; what is disallowed is looked at first, an empty list of allowed types means all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    allowed: List,
    disallowed: List,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct List {
    written: Vec<Value>,
    types: BTreeSet<String>,
}

impl Filter {
    /// This filter, changed by a client's body: a list that is named replaces the old one, the empty object clears both.
    ///
    /// # Errors
    /// [`BadFilter`] unless each list is an array of objects with a `type`.
    pub fn changed(&self, body: &Map<String, Value>) -> Result<Self, BadFilter> {
        if body.is_empty() {
            return Ok(Self::default());
        }
        let list = |key, old: &List| match body.get(key) {
            None => Ok(old.clone()),
            Some(Value::Array(entries)) => List::new(entries),
            Some(_) => Err(BadFilter),
        };
        Ok(Self {
            allowed: list("allowed", &self.allowed)?,
            disallowed: list("disallowed", &self.disallowed)?,
        })
    }

    /// Whether a message of that type gets through.
    pub fn lets(&self, kind: &str) -> bool {
        !self.disallowed.types.contains(kind)
            && (self.allowed.types.is_empty() || self.allowed.types.contains(kind))
    }

    /// The allowed types as they were written.
    pub fn allowed(&self) -> &[Value] {
        &self.allowed.written
    }

    /// The disallowed types as they were written.
    pub fn disallowed(&self) -> &[Value] {
        &self.disallowed.written
    }
}

impl List {
    fn new(entries: &[Value]) -> Result<Self, BadFilter> {
        if entries.len() > TYPES_MAX {
            return Err(BadFilter);
        }
        let kind = |entry: &Value| entry.get("type").and_then(Value::as_str).map(str::to_owned);
        let types: Option<BTreeSet<String>> = entries.iter().map(kind).collect();
        Ok(Self {
            written: entries.to_vec(),
            types: types.ok_or(BadFilter)?,
        })
    }
}
