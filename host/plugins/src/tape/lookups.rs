//! The questions every guest may ask of the host, on their way past the tape.

use super::reel::{Recording, Tape};
use super::{Heard, How, asked};
use crate::bindings::ucx::host::lookup::Row;
use crate::bindings::ucx::types::common::Error;
use crate::web::{WebError, WebRequest, WebResponse};

/// What stands for a secret in a replay: no recording ever holds one.
const NO_SECRET: &str = "a secret is not recorded";

impl Tape {
    /// Rows of a table.
    pub(crate) fn rows(
        &mut self,
        table: &str,
        how: How,
        keys: &[String],
        real: impl FnOnce() -> Result<Vec<Option<Row>>, Error>,
    ) -> Result<Vec<Option<Row>>, Error> {
        if let Self::Replaying(recording) = self {
            let found = recording.take(
                |heard| {
                    matches!(heard, Heard::Rows { table: of, how: by, keys: wanted, .. }
                    if of == table && *by == how && wanted == keys)
                },
                || format!("table {table}: {}", keys.join(", ")),
            );
            if let Some(Heard::Rows { answer, .. }) = found {
                return answer;
            }
            // A table that was not asked then is asked now: the operator's copy is the best there is.
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
            let found = recording.take(
                |heard| matches!(heard, Heard::Settings { name: of, .. } if of.as_deref() == name),
                || format!("setting {}", name.unwrap_or("(all)")),
            );
            if let Some(Heard::Settings { answer, .. }) = found {
                return answer;
            }
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
            let found = recording.take(
                |heard| matches!(heard, Heard::Secret { name: of, .. } if of == name),
                || format!("secret {name}"),
            );
            return match found {
                Some(Heard::Secret { was_there: false, .. }) => Err(Error::NotFound),
                Some(_) | None => Ok(NO_SECRET.to_owned()),
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
            let found = recording.take(
                |heard| {
                    matches!(heard, Heard::Open { schedule: of, at: when, .. } if of == schedule && *when == at)
                },
                || format!("schedule {schedule}"),
            );
            if let Some(Heard::Open { answer, .. }) = found {
                return answer;
            }
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
                || format!("bucket {bucket}: {key}"),
            );
            return match found {
                Some(Heard::Stored { answer, .. }) => answer,
                Some(_) | None => None,
            };
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
        self.answer_of_web(request, |recording, is_it, asked| recording.take(is_it, asked))
    }

    /// As [`Self::web`], for an exchange that goes on beside the guest.
    pub(crate) fn exchange(&mut self, request: &WebRequest) -> Option<Result<WebResponse, WebError>> {
        self.answer_of_web(request, |recording, is_it, asked| {
            recording.take_beside(is_it, asked)
        })
    }

    fn answer_of_web(
        &mut self,
        request: &WebRequest,
        take: impl FnOnce(&mut Recording, &dyn Fn(&Heard) -> bool, &dyn Fn() -> String) -> Option<Heard>,
    ) -> Option<Result<WebResponse, WebError>> {
        let Self::Replaying(recording) = self else {
            return None;
        };
        let asked = asked(request);
        let found = take(
            recording,
            &|heard| matches!(heard, Heard::Web { request, .. } if *request == asked),
            &|| format!("{} {}", asked.0, asked.1),
        );
        if let Some(Heard::Web { answer, .. }) = found {
            return Some(answer);
        }
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
