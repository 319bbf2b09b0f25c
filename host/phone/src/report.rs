//! How did a call go? All figures of one call in one place, for people and for programs.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::event::{CallId, as_ms, as_some_ms, ms};

/// The figures of one call.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CallReport {
    pub call: CallId,
    /// The number called, or who called.
    pub peer: String,
    /// From INVITE to the first 18x.
    #[serde(rename = "post_dial_ms", serialize_with = "as_some_ms")]
    pub post_dial: Option<Duration>,
    /// From INVITE to 200.
    #[serde(rename = "setup_ms", serialize_with = "as_some_ms")]
    pub setup: Option<Duration>,
    /// From the call's beginning to its end, or until now.
    #[serde(rename = "duration_ms", serialize_with = "as_ms")]
    pub duration: Duration,
    /// From the call's beginning to the first frame.
    #[serde(rename = "first_frame_ms", serialize_with = "as_some_ms")]
    pub first_frame: Option<Duration>,
    pub frames_sent: u64,
    pub frames_received: u64,
    pub frames_lost: u64,
    /// Times longer than 40 ms without a frame.
    pub holes: u64,
    #[serde(rename = "largest_gap_ms", serialize_with = "as_ms")]
    pub largest_gap: Duration,
    pub out_of_order: u64,
    pub duplicates: u64,
    /// How often the far end's source changed.
    pub ssrc_changes: u64,
    /// How often its numbering or timestamps began anew.
    pub resets: u64,
    #[serde(rename = "jitter_ms", serialize_with = "as_ms")]
    pub jitter: Duration,
    /// The round trip RTCP showed last.
    #[serde(rename = "round_trip_ms", serialize_with = "as_some_ms")]
    pub round_trip: Option<Duration>,
}

impl CallReport {
    /// The report as a JSON object.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("strings, numbers and string keys always serialise")
    }
}

/// A time that may be missing.
struct Maybe(Option<Duration>);

impl fmt::Display for Maybe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(time) => write!(f, "{} ms", ms(time)),
            None => f.write_str("-"),
        }
    }
}

impl fmt::Display for CallReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "call {} with {}: setup {}, post-dial {}, lasted {} ms, first frame {}; frames {} sent, {} received, {} lost; \
             {} holes, largest gap {} ms; {} out of order, {} duplicates, {} source changes, {} resets; jitter {} ms, \
             round trip {}",
            self.call,
            self.peer,
            Maybe(self.setup),
            Maybe(self.post_dial),
            ms(self.duration),
            Maybe(self.first_frame),
            self.frames_sent,
            self.frames_received,
            self.frames_lost,
            self.holes,
            ms(self.largest_gap),
            self.out_of_order,
            self.duplicates,
            self.ssrc_changes,
            self.resets,
            ms(self.jitter),
            Maybe(self.round_trip),
        )
    }
}
