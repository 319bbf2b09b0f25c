//! When something happened, as clients read it: local time with milliseconds and an offset without a colon.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Serialize, Serializer};
use std::fmt;
use std::time::Duration;
use tokio::time::Instant;

/// Bytes of a stamp (`2026-01-01T00:00:00.000+0000`).
const STAMP_BYTES: usize = 28;

/// Turns times since the host started into stamps.
#[derive(Clone, Debug)]
pub struct Clock {
    started_at: Instant,
    epoch: Duration,
    zone: TimeZone,
}

impl Clock {
    /// A clock of a host that started `up` ago and `epoch` after 1970, in that zone.
    pub fn new(up: Duration, epoch: Duration, zone: TimeZone) -> Self {
        let now = Instant::now();
        Self {
            started_at: now.checked_sub(up).unwrap_or(now),
            epoch,
            zone,
        }
    }

    /// Time since the host started.
    pub fn now(&self) -> Duration {
        self.started_at.elapsed()
    }

    /// Time between 1970 and the start of the host.
    pub fn epoch(&self) -> Duration {
        self.epoch
    }

    /// The stamp of a moment, given as time since the host started.
    pub fn stamp(&self, at: Duration) -> Stamp {
        let milliseconds = i64::try_from((self.epoch + at).as_millis()).unwrap_or(i64::MAX);
        let moment = Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::MAX);
        let offset = self.zone.to_offset(moment);
        let local = offset.to_datetime(moment);
        let mut text = *b"0000-00-00T00:00:00.000+0000";
        let mut put = |at: usize, width: usize, number: i32| {
            let mut rest = number.unsigned_abs();
            for digit in text[at..at + width].iter_mut().rev() {
                // A remainder of ten fits a byte.
                *digit = b'0' + (rest % 10) as u8;
                rest /= 10;
            }
        };
        put(0, 4, local.year().into());
        put(5, 2, local.month().into());
        put(8, 2, local.day().into());
        put(11, 2, local.hour().into());
        put(14, 2, local.minute().into());
        put(17, 2, local.second().into());
        put(20, 3, local.millisecond().into());
        let minutes = offset.seconds() / 60;
        put(24, 2, minutes / 60);
        put(26, 2, minutes % 60);
        if minutes < 0 {
            text[23] = b'-';
        }
        Stamp(text)
    }
}

/// A moment as clients read it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Stamp([u8; STAMP_BYTES]);

impl Stamp {
    /// Its text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a stamp is digits and signs")
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::Offset;

    #[test]
    fn stamps_have_milliseconds_and_an_offset_without_a_colon() {
        let epoch = Duration::from_secs(1_795_358_181);
        let clock = Clock::new(Duration::ZERO, epoch, TimeZone::UTC);
        let at = Duration::from_micros(381_900);
        assert_eq!(clock.stamp(at).as_str(), "2026-11-22T14:36:21.381+0000");

        let zone = TimeZone::fixed(Offset::from_seconds(-(3 * 3600 + 1800)).expect("within a day"));
        let clock = Clock::new(Duration::ZERO, epoch, zone);
        assert_eq!(clock.stamp(at).as_str(), "2026-11-22T11:06:21.381-0330");
    }
}
