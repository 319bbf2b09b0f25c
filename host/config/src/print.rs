//! Writes a configuration back as text that reads as the same configuration.

use std::fmt;

use crate::model::{Config, Entry, Operator, Section};

impl fmt::Display for Entry {
    /// The line of the entry; a value put together by `+=` is written whole.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.operator {
            Operator::Assign | Operator::Append => "=",
            Operator::Object => "=>",
        };
        write!(f, "{} {sign} {}", escape(&self.key), escape(&self.value))
    }
}

impl fmt::Display for Section {
    /// The section flat: inherited entries are written out, its templates are not named.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.template { "(!)" } else { "" };
        writeln!(f, "[{}]{mark}", escape(&self.name))?;
        self.entries.iter().try_for_each(|entry| writeln!(f, "{entry}"))
    }
}

impl fmt::Display for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_templates()
            .try_for_each(|section| writeln!(f, "{section}"))
    }
}

fn escape(text: &str) -> String {
    text.replace(';', "\\;")
}
