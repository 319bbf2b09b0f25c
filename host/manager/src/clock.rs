//! Local times, as the dialplan and CoreStatus want them.

use jiff::Zoned;
use jiff::tz::TimeZone;
use std::time::Duration;
use ucx_dialplan::{Calendar, LocalTime};

/// A moment, since 1970, in a named zone or in that of the system.
fn zoned(since_1970: Duration, zone: Option<&str>) -> Zoned {
    let at = jiff::SignedDuration::try_from(since_1970)
        .ok()
        .and_then(|since| jiff::Timestamp::from_duration(since).ok())
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let zone = zone.and_then(|name| TimeZone::get(name).ok());
    at.to_zoned(zone.unwrap_or_else(TimeZone::system))
}

/// Date and time of a moment since 1970, as `2026-11-22` and `13:00:06`.
pub(crate) fn date_and_time(since_1970: Duration) -> (String, String) {
    let at = zoned(since_1970, None);
    (at.date().to_string(), at.strftime("%H:%M:%S").to_string())
}

/// A moment since 1970 as `Sun Nov 22 14:36:47 2026`.
pub(crate) fn sentence(since_1970: Duration) -> String {
    zoned(since_1970, None)
        .strftime("%a %b %e %H:%M:%S %Y")
        .to_string()
}

/// That moment, for time conditions of the dialplan.
pub(crate) struct Moment(pub Duration);

impl Calendar for Moment {
    fn local_time(&self, timezone: Option<&str>) -> LocalTime {
        let at = zoned(self.0, timezone);
        let small = |number: i8| u8::try_from(number).unwrap_or(0);
        LocalTime {
            month: small(at.month()),
            day: small(at.day()),
            weekday: small(at.weekday().to_sunday_zero_offset()),
            hour: small(at.hour()),
            minute: small(at.minute()),
        }
    }
}

/// A length as `HH:MM:SS`.
pub(crate) fn length(length: Duration) -> String {
    let seconds = length.as_secs();
    format!(
        "{:02}:{:02}:{:02}",
        seconds / 3_600,
        seconds / 60 % 60,
        seconds % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_told_in_any_zone() {
        let moment = Moment(Duration::from_secs(1_795_352_611));
        let time = moment.local_time(Some("Europe/Berlin"));
        assert_eq!(
            (time.month, time.day, time.weekday, time.hour, time.minute),
            (11, 22, 0, 14, 3)
        );
        let utc = zoned(moment.0, Some("UTC"));
        assert_eq!(utc.strftime("%H:%M:%S").to_string(), "13:03:31");
        let (date, time) = date_and_time(moment.0);
        assert_eq!((date.len(), time.len()), (10, 8));
    }

    #[test]
    fn lengths_have_hours() {
        assert_eq!(length(Duration::from_secs(100 * 3_600 + 61)), "100:01:01");
    }
}
