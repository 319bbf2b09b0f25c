//! What did a decision rest on? The question, and everything the host told the guest on the way; so that the same
//! component comes to the same verdict again, and another one can be asked what it would have said.

mod book;
mod replay;
mod text;

pub(crate) use book::Book;
pub use book::read_decisions;
pub use replay::Replayed;

use std::collections::VecDeque;
use std::time::Duration;

use crate::bindings::ucx::host::lookup::Row;
use crate::bindings::ucx::types::common::Error;
use crate::values::{RouteRequest, Verdict};
use crate::web::{WebError, WebRequest, WebResponse};

/// Answers kept of one decision; one that hears more is not recorded.
const HEARD_MAX: usize = 256;
/// What stands for a secret in a replay: no recording ever holds one.
const NO_SECRET: &str = "a secret is not recorded";

/// A decision as it was made.
#[derive(Clone, Debug, PartialEq)]
pub struct DecisionRecord {
    /// The plugin's id.
    pub plugin: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of the component, in hexadecimal.
    pub digest: String,
    /// The generation that decided.
    pub generation: u64,
    /// When it was asked, by the host's clock, since 1970.
    pub at: Duration,
    /// How long it took.
    pub took: Duration,
    /// The seed of the chance it saw.
    pub seed: [u8; 32],
    /// What it was asked, cut to what it may see.
    pub request: RouteRequest,
    /// What it asked of the host and was told, in order.
    pub heard: Vec<Heard>,
    /// Its verdict, or why there is none.
    pub outcome: Result<Verdict, String>,
}

/// Something a guest asked of the host, and what it was told.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// A row of a table, or several.
    Rows {
        /// The table.
        table: String,
        /// `find`, `longest-prefix` or `find-many`.
        how: How,
        /// What for.
        keys: Vec<String>,
        /// The rows in the order of the keys.
        answer: Result<Vec<Option<Row>>, Error>,
    },
    /// A setting; all of them if it names none.
    Settings {
        /// Which.
        name: Option<String>,
        /// Names and values.
        answer: Vec<(String, String)>,
    },
    /// That a secret was there; never the secret.
    Secret {
        /// Which.
        name: String,
        /// Whether there was one.
        was_there: bool,
    },
    /// Whether a schedule was open.
    Open {
        /// Which.
        schedule: String,
        /// At which moment, in milliseconds since 1970.
        at: u64,
        /// What was said.
        answer: Result<bool, Error>,
    },
    /// A stored value.
    Stored {
        /// The bucket.
        bucket: String,
        /// The key.
        key: String,
        /// The value.
        answer: Option<Vec<u8>>,
    },
    /// An exchange with a web service; headers are left out, because they may carry secrets.
    Web {
        /// Method, address and body.
        request: (String, String, Vec<u8>),
        /// What came back.
        answer: Result<WebResponse, WebError>,
    },
}

/// How a table was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// One key.
    Find,
    /// The longest prefix.
    LongestPrefix,
    /// Several keys.
    FindMany,
}

/// Where the answers of one instance go to, or come from.
#[derive(Debug, Default)]
pub(crate) enum Tape {
    /// Nowhere.
    #[default]
    Off,
    /// They are written down.
    Recording(Vec<Heard>),
    /// They come from a recording.
    Replaying(Recording),
}

/// What is left of a recording, and what was asked that is not in it.
#[derive(Debug, Default)]
pub(crate) struct Recording {
    heard: VecDeque<Heard>,
    missing: Vec<String>,
}

impl Recording {
    pub(crate) fn new(heard: Vec<Heard>) -> Self {
        Self {
            heard: heard.into(),
            missing: Vec::new(),
        }
    }

    /// The first answer left that was given to the same question; it is used up.
    fn take(&mut self, is_it: impl Fn(&Heard) -> bool) -> Option<Heard> {
        let place = self.heard.iter().position(is_it)?;
        self.heard.remove(place)
    }

    /// What was asked that is not in the recording.
    pub(crate) fn missing(self) -> Vec<String> {
        self.missing
    }
}

impl Tape {
    /// Takes what was written down; none if it was too much to be kept.
    pub(crate) fn recorded(&mut self) -> Option<Vec<Heard>> {
        match std::mem::take(self) {
            Self::Recording(heard) if heard.len() <= HEARD_MAX => Some(heard),
            Self::Recording(_) | Self::Off | Self::Replaying(_) => None,
        }
    }

    /// The recording, after a replay.
    pub(crate) fn replayed(&mut self) -> Option<Recording> {
        match std::mem::take(self) {
            Self::Replaying(recording) => Some(recording),
            Self::Off | Self::Recording(_) => None,
        }
    }

    fn write(&mut self, heard: impl FnOnce() -> Heard) {
        if let Self::Recording(all) = self
            && all.len() <= HEARD_MAX
        {
            all.push(heard());
        }
    }

    /// Rows of a table.
    pub(crate) fn rows(
        &mut self,
        table: &str,
        how: How,
        keys: &[String],
        real: impl FnOnce() -> Result<Vec<Option<Row>>, Error>,
    ) -> Result<Vec<Option<Row>>, Error> {
        if let Self::Replaying(recording) = self {
            let found = recording.take(|heard| {
                matches!(heard, Heard::Rows { table: of, how: by, keys: wanted, .. }
                    if of == table && *by == how && wanted == keys)
            });
            if let Some(Heard::Rows { answer, .. }) = found {
                return answer;
            }
            // A table that was not asked then is asked now: the operator's copy is the best there is.
            recording
                .missing
                .push(format!("table {table}: {}", keys.join(", ")));
            return real();
        }
        let answer = real();
        self.write(|| Heard::Rows {
            table: table.to_owned(),
            how,
            keys: keys.to_vec(),
            answer: answer.clone(),
        });
        answer
    }

    /// A setting, or all of them.
    pub(crate) fn settings(
        &mut self,
        name: Option<&str>,
        real: impl FnOnce() -> Vec<(String, String)>,
    ) -> Vec<(String, String)> {
        if let Self::Replaying(recording) = self {
            let found = recording
                .take(|heard| matches!(heard, Heard::Settings { name: of, .. } if of.as_deref() == name));
            if let Some(Heard::Settings { answer, .. }) = found {
                return answer;
            }
            recording
                .missing
                .push(format!("setting {}", name.unwrap_or("(all)")));
            return real();
        }
        let answer = real();
        self.write(|| Heard::Settings {
            name: name.map(str::to_owned),
            answer: answer.clone(),
        });
        answer
    }

    /// A secret; a replay gets a word in its place.
    pub(crate) fn secret(
        &mut self,
        name: &str,
        real: impl FnOnce() -> Result<String, Error>,
    ) -> Result<String, Error> {
        if let Self::Replaying(recording) = self {
            let found = recording.take(|heard| matches!(heard, Heard::Secret { name: of, .. } if of == name));
            return match found {
                Some(Heard::Secret { was_there: false, .. }) => Err(Error::NotFound),
                Some(_) => Ok(NO_SECRET.to_owned()),
                None => {
                    recording.missing.push(format!("secret {name}"));
                    Ok(NO_SECRET.to_owned())
                }
            };
        }
        let answer = real();
        self.write(|| Heard::Secret {
            name: name.to_owned(),
            was_there: answer.is_ok(),
        });
        answer
    }

    /// Whether a schedule is open.
    pub(crate) fn open(
        &mut self,
        schedule: &str,
        at: u64,
        real: impl FnOnce() -> Result<bool, Error>,
    ) -> Result<bool, Error> {
        if let Self::Replaying(recording) = self {
            let found = recording.take(|heard| {
                matches!(heard, Heard::Open { schedule: of, at: when, .. } if of == schedule && *when == at)
            });
            if let Some(Heard::Open { answer, .. }) = found {
                return answer;
            }
            recording.missing.push(format!("schedule {schedule}"));
            return real();
        }
        let answer = real();
        self.write(|| Heard::Open {
            schedule: schedule.to_owned(),
            at,
            answer: answer.clone(),
        });
        answer
    }

    /// A stored value.
    pub(crate) fn stored(
        &mut self,
        bucket: &str,
        key: &str,
        real: impl FnOnce() -> Option<Vec<u8>>,
    ) -> Option<Vec<u8>> {
        if let Self::Replaying(recording) = self {
            let found = recording.take(
                |heard| matches!(heard, Heard::Stored { bucket: of, key: at, .. } if of == bucket && at == key),
            );
            if let Some(Heard::Stored { answer, .. }) = found {
                return answer;
            }
            recording.missing.push(format!("bucket {bucket}: {key}"));
            return None;
        }
        let answer = real();
        self.write(|| Heard::Stored {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            answer: answer.clone(),
        });
        answer
    }

    /// The recorded answer of a web service; none if it is to be asked. A replay never asks one.
    pub(crate) fn web(&mut self, request: &WebRequest) -> Option<Result<WebResponse, WebError>> {
        let Self::Replaying(recording) = self else {
            return None;
        };
        let asked = asked(request);
        let found = recording.take(|heard| matches!(heard, Heard::Web { request, .. } if *request == asked));
        if let Some(Heard::Web { answer, .. }) = found {
            return Some(answer);
        }
        recording.missing.push(format!("{} {}", asked.0, asked.1));
        Some(Err(WebError::Unavailable(
            "a replay asks no web service, and this is not in the recording".to_owned(),
        )))
    }

    /// Writes down what a web service said.
    pub(crate) fn heard_web(
        &mut self,
        request: (String, String, Vec<u8>),
        answer: &Result<WebResponse, WebError>,
    ) {
        self.write(|| Heard::Web {
            request,
            answer: answer.clone(),
        });
    }
}

/// Of a request, what a recording keeps.
pub(crate) fn asked(request: &WebRequest) -> (String, String, Vec<u8>) {
    (request.method.clone(), request.url.clone(), request.body.clone())
}
