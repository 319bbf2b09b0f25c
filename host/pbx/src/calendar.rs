//! The local time, for time conditions of the dialplan.

use ucx_dialplan::{Calendar, LocalTime};

/// Tells the wall clock of a time zone.
pub trait LocalTimes {
    /// The local time at `epoch_s` seconds since 1970, in that zone or in the host's own.
    fn local_time(&self, epoch_s: u64, timezone: Option<&str>) -> LocalTime;
}

/// The local time at one moment, for time conditions.
pub struct PbxCalendar<'a> {
    pub(crate) times: &'a dyn LocalTimes,
    pub(crate) epoch_s: u64,
}

impl Calendar for PbxCalendar<'_> {
    fn local_time(&self, timezone: Option<&str>) -> LocalTime {
        self.times.local_time(self.epoch_s, timezone)
    }
}

/// Coordinated universal time, whatever the zone.
impl LocalTimes for () {
    fn local_time(&self, epoch_s: u64, _: Option<&str>) -> LocalTime {
        let (days, seconds) = (epoch_s / 86_400, epoch_s % 86_400);
        // Days counted from 1 March of the year 0, so that leap days end the year.
        let days_since_zero = days + 719_468;
        let day_of_era = days_since_zero % 146_097;
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let small = |value: u64| u8::try_from(value).expect("parts of a date are below 256");
        LocalTime {
            month: small(if shifted_month < 10 {
                shifted_month + 3
            } else {
                shifted_month - 9
            }),
            day: small(day_of_year - (153 * shifted_month + 2) / 5 + 1),
            weekday: small((days + 4) % 7),
            hour: small(seconds / 3_600),
            minute: small(seconds / 60 % 60),
        }
    }
}
