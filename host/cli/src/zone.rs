//! Wall clocks of the world, for time conditions of the dialplan.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ucx_dialplan::LocalTime;
use ucx_pbx::LocalTimes;

/// The system's zone, and any other by its name.
pub struct Zones {
    own: TimeZone,
}

impl Zones {
    pub fn new() -> Self {
        Self {
            own: TimeZone::system(),
        }
    }
}

impl LocalTimes for Zones {
    fn local_time(&self, epoch_s: u64, timezone: Option<&str>) -> LocalTime {
        let zone = timezone
            .and_then(|name| TimeZone::get(name).ok())
            .unwrap_or_else(|| self.own.clone());
        let moment = i64::try_from(epoch_s)
            .ok()
            .and_then(|second| Timestamp::from_second(second).ok());
        let local = moment.unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(zone);
        let small = |value: i8| u8::try_from(value).unwrap_or_default();
        LocalTime {
            month: small(local.month()),
            day: small(local.day()),
            weekday: small(local.weekday().to_sunday_zero_offset()),
            hour: small(local.hour()),
            minute: small(local.minute()),
        }
    }
}
