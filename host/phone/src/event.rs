//! What does a phone tell, and how is it written as a line of JSON?

use std::fmt;
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::report::CallReport;

/// Names one call of one phone, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct CallId(pub u32);

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// One thing that happened, and when.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Event {
    /// What.
    #[serde(flatten)]
    pub what: Happening,
    /// Since the phone's start.
    #[serde(rename = "at_ms", serialize_with = "as_ms")]
    pub at: Duration,
}

impl Event {
    /// One line of JSON without a line end.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("strings, numbers and string keys always serialise")
    }
}

/// Who ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndedBy {
    /// The other side vanished: silence inside the call.
    Lost,
    /// The other side: BYE, or CANCEL before the answer.
    Peer,
    /// This phone.
    Us,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case", rename_all_fields = "snake_case")]
pub enum Happening {
    /// The host took the registration.
    Registered { expires_s: u32 },
    /// The host refused the registration, or was silent (408).
    RegisterFailed { status: u16 },
    /// The registration is taken back.
    Unregistered,
    /// Somebody calls.
    IncomingCall {
        call: CallId,
        from: String,
        display: Option<String>,
        to: String,
    },
    /// The far end rings.
    Ringing { call: CallId, status: u16 },
    /// The far end says how it goes; with `early_media` its audio is heard already.
    Progress {
        call: CallId,
        status: u16,
        early_media: bool,
    },
    /// Both sides are connected.
    Answered {
        call: CallId,
        /// From INVITE to 200, of calls this phone made.
        #[serde(serialize_with = "as_some_ms")]
        setup_ms: Option<Duration>,
    },
    /// A frequency began.
    ToneHeard {
        call: CallId,
        hz: u16,
        /// From the call's beginning to the tone's.
        #[serde(serialize_with = "as_ms")]
        after_ms: Duration,
    },
    /// A frequency ended.
    ToneLost {
        call: CallId,
        hz: u16,
        #[serde(serialize_with = "as_ms")]
        lasted_ms: Duration,
    },
    /// The far end pressed a key and released it.
    DigitHeard {
        call: CallId,
        digit: char,
        #[serde(serialize_with = "as_ms")]
        duration_ms: Duration,
    },
    /// All digits to be sent are sent.
    DigitsSent { call: CallId },
    /// The far end put this phone on hold.
    Held { call: CallId },
    /// The far end took this phone off hold.
    Resumed { call: CallId },
    /// The far end took a change this phone asked for.
    Changed { call: CallId, holding: bool },
    /// The far end refused a change this phone asked for; the call goes on as it was.
    ChangeFailed { call: CallId, status: u16 },
    /// A call came to nothing.
    Failed {
        call: CallId,
        status: u16,
        phrase: String,
        cause: Option<u16>,
        report: Box<CallReport>,
    },
    /// A call is over.
    Ended {
        call: CallId,
        by: EndedBy,
        cause: Option<u16>,
        report: Box<CallReport>,
    },
}

/// Milliseconds with microseconds behind the point.
pub(crate) fn ms(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

pub(crate) fn as_ms<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(ms(*time))
}

pub(crate) fn as_some_ms<S: Serializer>(time: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => serializer.serialize_f64(ms(*time)),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_flat_object_with_its_name_first() {
        let event = Event {
            what: Happening::ToneHeard {
                call: CallId(2),
                hz: 660,
                after_ms: Duration::from_micros(20_500),
            },
            at: Duration::from_millis(1234),
        };

        assert_eq!(
            event.to_json(),
            r#"{"event":"tone-heard","call":2,"hz":660,"after_ms":20.5,"at_ms":1234.0}"#
        );
    }
}
