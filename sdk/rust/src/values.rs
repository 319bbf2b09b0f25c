//! How are attributes, parties and rows read and written without ceremony?

use crate::bindings::types::{Attr, Event, Party, Presentation, RouteRequest, Row, Value};
use crate::failure::Failure;

/// Makes an attribute.
pub fn attr(name: impl Into<String>, value: impl Into<Value>) -> Attr {
    Attr {
        name: name.into(),
        value: value.into(),
    }
}

/// Reading a list of attributes; the first of a name counts.
pub trait Attributes {
    /// The list itself.
    fn attributes(&self) -> &[Attr];

    /// The value of that name.
    fn value(&self, name: &str) -> Option<&Value> {
        self.attributes()
            .iter()
            .find(|attr| attr.name == name)
            .map(|attr| &attr.value)
    }

    /// The text of that name; none if it is absent or no text.
    fn text(&self, name: &str) -> Option<&str> {
        match self.value(name)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number of that name; a text that reads as one counts.
    fn int(&self, name: &str) -> Option<i64> {
        match self.value(name)? {
            Value::Int(number) => Some(*number),
            Value::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }
}

impl Attributes for [Attr] {
    fn attributes(&self) -> &[Attr] {
        self
    }
}

impl Attributes for Vec<Attr> {
    fn attributes(&self) -> &[Attr] {
        self
    }
}

impl Attributes for Row {
    fn attributes(&self) -> &[Attr] {
        &self.columns
    }
}

impl Attributes for Event {
    fn attributes(&self) -> &[Attr] {
        &self.attrs
    }
}

impl Attributes for RouteRequest {
    fn attributes(&self) -> &[Attr] {
        &self.attrs
    }
}

impl Row {
    /// The text in that column, or a failure that names row and column.
    pub fn require(&self, column: &str) -> Result<&str, Failure> {
        match self.text(column) {
            Some(text) if !text.is_empty() => Ok(text),
            _ => Err(Failure::new(format!("row {} has no {column}", self.key))),
        }
    }
}

impl RouteRequest {
    /// The first header of that name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case(name))
            .map(|header| header.value.as_str())
    }
}

impl Party {
    /// A party of that number, and nothing else known.
    pub fn number(number: impl Into<String>) -> Self {
        Self {
            number: number.into(),
            name: None,
            uri: None,
            presentation: Presentation::Allowed,
            attrs: Vec::new(),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Real(number)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Boolean(truth)
    }
}
