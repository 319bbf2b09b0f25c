//! How does a plugin say that it cannot go on? With one sentence, which ends up in the call's trace.

use std::fmt;

use crate::bindings::types::Error;

/// Why there is no answer. Made by `?` from the host's errors and from plain words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure(String);

impl Failure {
    /// A failure of these words.
    pub fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<String> for Failure {
    fn from(words: String) -> Self {
        Self(words)
    }
}

impl From<&str> for Failure {
    fn from(words: &str) -> Self {
        Self(words.to_owned())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(match error {
            Error::NotFound => "not found".to_owned(),
            Error::Gone => "gone".to_owned(),
            Error::Invalid(why) => format!("invalid: {why}"),
            Error::Denied(line) => format!("denied; needs {line}"),
            Error::Quota(_) => "a limit is used up".to_owned(),
            Error::Conflict(why) => format!("conflict: {why}"),
            Error::Timeout => "timed out".to_owned(),
            Error::Cancelled => "cancelled".to_owned(),
            Error::Unavailable(what) => format!("unavailable: {what}"),
            Error::Other(fault) => fault.message,
        })
    }
}
