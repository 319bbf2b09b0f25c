//! What is wrong with a configuration, and where it stands.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// The most diagnostics one reading keeps; what comes after is summed up in one last sentence.
pub const MAX_DIAGNOSTICS: usize = 1_000;

/// The place a section or a value was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// The file's path as the reader or an `#include` named it.
    pub file: Arc<str>,
    /// The line, counted from one; zero means the file as a whole.
    pub line: u32,
}

impl Origin {
    /// Names a line of a file.
    pub fn new(file: impl Into<Arc<str>>, line: u32) -> Self {
        Self {
            file: file.into(),
            line,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            return f.write_str(&self.file);
        }
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// How much a diagnostic matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// What is written there has no effect, or the object it belongs to is left out.
    Error,
    /// What is written there was read, but probably does not do what its author meant.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// One sentence about one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// Where it was found.
    pub origin: Origin,
    /// The sentence, without a capital letter in front or a full stop behind.
    pub message: String,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(origin: &Origin, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            origin: origin.clone(),
            message: message.into(),
        }
    }

    /// A warning at a place.
    pub fn warning(origin: &Origin, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            origin: origin.clone(),
            message: message.into(),
        }
    }

    /// True for an error.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}.", self.origin, self.severity, self.message)
    }
}

/// A bounded collection that says the same thing about the same place only once.
///
/// One line of a template reaches thousands of sections; its mistake is one mistake.
#[derive(Debug, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    seen: BTreeSet<(Origin, String)>,
    dropped: usize,
}

impl Diagnostics {
    /// Adds one, unless it is there already or the bound is reached.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if self.list.len() >= MAX_DIAGNOSTICS {
            self.dropped += 1;
            return;
        }
        if self
            .seen
            .insert((diagnostic.origin.clone(), diagnostic.message.clone()))
        {
            self.list.push(diagnostic);
        }
    }

    /// Adds an error.
    pub fn error(&mut self, origin: &Origin, message: impl Into<String>) {
        self.push(Diagnostic::error(origin, message));
    }

    /// Adds a warning.
    pub fn warning(&mut self, origin: &Origin, message: impl Into<String>) {
        self.push(Diagnostic::warning(origin, message));
    }

    /// Ends the collection, with a last sentence if some did not fit.
    pub fn into_vec(mut self) -> Vec<Diagnostic> {
        if let (true, Some(last)) = (self.dropped > 0, self.list.last()) {
            let message = format!("{} more errors and warnings are not shown", self.dropped);
            self.list.push(Diagnostic::warning(&last.origin.clone(), message));
        }
        self.list
    }
}
