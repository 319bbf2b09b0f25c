//! What did a decision rest on? The question, and everything the host told the guest on the way; so that the same
//! component comes to the same verdict again, and another one can be asked what it would have said.

mod book;
mod choice;
mod lookups;
mod mask;
mod reel;
mod replay;
mod run;
mod text;
mod told;

pub(crate) use book::Book;
pub use book::{Entry, StepsRecord, TakenStep, read_decisions, read_entries};
pub use choice::{ChoiceRecord, ChoiceRequest};
pub(crate) use mask::Mask;
pub(crate) use reel::{Recorder, Recording, Tape};
pub use replay::{Difference, Replayed, ReplayedRun};
pub use run::FlowRecord;
pub(crate) use run::{Draft, Readings};
pub(crate) use told::{Phantom, taped};

use std::time::Duration;

use serde_json::Value as Json;

use crate::bindings::ucx::host::lookup::Row;
use crate::bindings::ucx::types::common::Error;
use crate::values::{RouteRequest, Verdict};
use crate::web::{WebError, WebRequest, WebResponse};

/// A decision as it was made: a router's, or with another question and answer that of a plugin of another kind.
#[derive(Clone, Debug, PartialEq)]
pub struct DecisionRecord<Q = RouteRequest, A = Verdict> {
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
    pub request: Q,
    /// What it asked of the host and was told, in order.
    pub heard: Vec<Heard>,
    /// Its answer, or why there is none.
    pub outcome: Result<A, String>,
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
    /// Something asked of a call, or of what a guest may change.
    Asked {
        /// Which function, and of which handle, counted from the caller's as 0: `channel 0 gather`.
        what: String,
        /// The arguments in words.
        with: String,
        /// The answer; none if the run ended meanwhile.
        answer: Option<Json>,
    },
}

impl Heard {
    /// What was asked, in words.
    pub fn question(&self) -> String {
        match self {
            Self::Rows { table, keys, .. } => format!("table {table}: {}", keys.join(", ")),
            Self::Settings { name, .. } => format!("setting {}", name.as_deref().unwrap_or("(all)")),
            Self::Secret { name, .. } => format!("secret {name}"),
            Self::Open { schedule, .. } => format!("schedule {schedule}"),
            Self::Stored { bucket, key, .. } => format!("bucket {bucket}: {key}"),
            Self::Web { request, .. } => format!("{} {}", request.0, request.1),
            Self::Asked { what, with, .. } if with.is_empty() => what.clone(),
            Self::Asked { what, with, .. } => format!("{what} {with}"),
        }
    }
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

/// Of a request, what a recording keeps.
pub(crate) fn asked(request: &WebRequest) -> (String, String, Vec<u8>) {
    (request.method.clone(), request.url.clone(), request.body.clone())
}

impl Heard {
    /// What it takes to keep it, in bytes; roughly.
    fn weight(&self) -> usize {
        let texts = |texts: &[String]| texts.iter().map(String::len).sum::<usize>();
        match self {
            Self::Rows {
                table, keys, answer, ..
            } => {
                let columns = answer.iter().flatten().flatten().flat_map(|row| &row.columns);
                let columns: usize = columns.map(|column| column.name.len() + ATTR_WEIGHT).sum();
                table.len() + texts(keys) + columns
            }
            Self::Settings { answer, .. } => {
                answer.iter().map(|(name, value)| name.len() + value.len()).sum()
            }
            Self::Secret { name, .. } | Self::Open { schedule: name, .. } => name.len(),
            Self::Stored { bucket, key, answer } => {
                bucket.len() + key.len() + answer.as_ref().map_or(0, Vec::len) * 2
            }
            Self::Web { request, answer } => {
                let body = answer.as_ref().map_or(0, |response| response.body.len());
                request.1.len() + (request.2.len() + body) * 2
            }
            Self::Asked { what, with, answer } => {
                let answer = answer.as_ref().map_or(0, |answer| answer.to_string().len());
                what.len() + with.len() + answer
            }
        }
    }
}

/// What an attribute's value is reckoned as, in bytes.
const ATTR_WEIGHT: usize = 32;
