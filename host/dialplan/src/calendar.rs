//! Time conditions as `include` and `GotoIfTime` write them: times, weekdays, days, months, time zone.

use std::fmt;
use std::sync::Arc;

/// The most parts joined by `&` in one field; more is an error.
pub const MAX_RANGES: usize = 32;

/// A moment as the wall clock of one time zone shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime {
    /// 1 is January.
    pub month: u8,
    /// Day of the month, from 1.
    pub day: u8,
    /// 0 is Sunday.
    pub weekday: u8,
    pub hour: u8,
    pub minute: u8,
}

/// Tells the local time; asked only where a time condition stands.
pub trait Calendar {
    /// The time in a named zone, or in the host's own. An unknown zone is the host's own.
    fn local_time(&self, timezone: Option<&str>) -> LocalTime;
}

/// One moment everywhere, for a world with a single time zone.
impl Calendar for LocalTime {
    fn local_time(&self, _timezone: Option<&str>) -> LocalTime {
        *self
    }
}

/// A parsed time condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeSpec {
    /// Minutes of the day, both ends included; a range may run over midnight.
    minutes: Vec<(u16, u16)>,
    weekdays: u32,
    days: u32,
    months: u32,
    timezone: Option<Arc<str>>,
}

/// Why a time condition is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TimeSpecError {
    Time(String),
    Weekday(String),
    Day(String),
    Month(String),
    TooManyRanges,
}

impl fmt::Display for TimeSpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time(text) => write!(f, "'{text}' is no time range (HH:MM-HH:MM)"),
            Self::Weekday(text) => write!(f, "'{text}' is no weekday range (mon-fri)"),
            Self::Day(text) => write!(f, "'{text}' is no range of days of the month (1-31)"),
            Self::Month(text) => write!(f, "'{text}' is no range of months (jan-dec)"),
            Self::TooManyRanges => write!(f, "more than {MAX_RANGES} ranges in one field"),
        }
    }
}

impl std::error::Error for TimeSpecError {}

const WEEKDAYS: [&str; 7] = [
    "sunday",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
];
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

impl TimeSpec {
    /// Reads `times,weekdays,mdays,months[,timezone]`; a missing or empty field is `*`.
    pub fn parse(text: &str) -> Result<Self, TimeSpecError> {
        let mut fields = text.splitn(5, ',').map(str::trim);
        let mut field = || fields.next().filter(|field| !field.is_empty()).unwrap_or("*");
        let (times, weekdays, days, months) = (field(), field(), field(), field());
        let timezone = Some(field()).filter(|zone| *zone != "*").map(Arc::from);
        Ok(Self {
            minutes: ranges(times, minute_of_day, TimeSpecError::Time)?.unwrap_or(vec![(0, 24 * 60 - 1)]),
            weekdays: mask(
                weekdays,
                0..=6,
                |text| named(text, &WEEKDAYS),
                TimeSpecError::Weekday,
            )?,
            days: mask(days, 1..=31, |text| number(text, 1..=31), TimeSpecError::Day)?,
            months: mask(months, 1..=12, month, TimeSpecError::Month)?,
            timezone,
        })
    }

    /// Whether the condition holds now.
    pub fn matches(&self, calendar: &dyn Calendar) -> bool {
        let now = calendar.local_time(self.timezone.as_deref());
        let minute = u16::from(now.hour) * 60 + u16::from(now.minute);
        let in_range = |&(from, to): &(u16, u16)| match from <= to {
            true => (from..=to).contains(&minute),
            false => minute >= from || minute <= to,
        };
        let has = |mask: u32, bit: u8| mask.checked_shr(u32::from(bit)).unwrap_or(0) & 1 == 1;
        has(self.months, now.month)
            && has(self.days, now.day)
            && has(self.weekdays, now.weekday)
            && self.minutes.iter().any(in_range)
    }
}

/// The ranges of one field; `None` for `*`.
fn ranges(
    field: &str,
    value: impl Fn(&str) -> Option<u16>,
    error: impl Fn(String) -> TimeSpecError,
) -> Result<Option<Vec<(u16, u16)>>, TimeSpecError> {
    if field == "*" {
        return Ok(None);
    }
    let mut found = Vec::new();
    for part in field.split('&') {
        if found.len() == MAX_RANGES {
            return Err(TimeSpecError::TooManyRanges);
        }
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        let (Some(from), Some(to)) = (value(from.trim()), value(to.trim())) else {
            return Err(error(part.to_owned()));
        };
        found.push((from, to));
    }
    Ok(Some(found))
}

/// A field as a bit set; a range may run over the end, as `fri-mon` does.
fn mask(
    field: &str,
    all: std::ops::RangeInclusive<u16>,
    value: impl Fn(&str) -> Option<u16>,
    error: impl Fn(String) -> TimeSpecError,
) -> Result<u32, TimeSpecError> {
    let bits = |from: u16, to: u16| (from..=to).fold(0, |mask, bit| mask | 1 << bit);
    let Some(found) = ranges(field, value, error)? else {
        return Ok(bits(*all.start(), *all.end()));
    };
    let one = |(from, to): (u16, u16)| match from <= to {
        true => bits(from, to),
        false => bits(from, *all.end()) | bits(*all.start(), to),
    };
    Ok(found.into_iter().map(one).fold(0, |mask, other| mask | other))
}

fn minute_of_day(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    Some(number(hour, 0..=23)? * 60 + number(minute, 0..=59)?)
}

fn number(text: &str, allowed: std::ops::RangeInclusive<u16>) -> Option<u16> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|value| is_number && allowed.contains(value))
}

fn month(text: &str) -> Option<u16> {
    number(text, 1..=12).or_else(|| Some(named(text, &MONTHS)? + 1))
}

/// The place of a name, given whole or by its first three letters.
fn named(text: &str, names: &[&str]) -> Option<u16> {
    let is_it = |name: &&str| name.eq_ignore_ascii_case(text) || name[..3].eq_ignore_ascii_case(text);
    names.iter().position(is_it).map(|place| place as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Monday the 23rd of November, at a time.
    fn monday(hour: u8, minute: u8) -> LocalTime {
        LocalTime {
            month: 11,
            day: 23,
            weekday: 1,
            hour,
            minute,
        }
    }

    #[test]
    fn conditions_hold_as_written() {
        let table = [
            ("*,*,*,*", monday(3, 0), true),
            ("", monday(3, 0), true),
            ("09:00-17:00,mon-fri,*,*", monday(9, 0), true),
            ("9:00-16:59,mon-fri,*,*", monday(16, 59), true),
            ("9:00-16:59,mon-fri,*,*", monday(17, 0), false),
            ("09:00-17:00,MON-Fri,*,*", monday(8, 59), false),
            ("22:00-06:00,*,*,*", monday(23, 30), true),
            ("22:00-06:00,*,*,*", monday(5, 59), true),
            ("22:00-06:00,*,*,*", monday(12, 0), false),
            ("*,fri-mon,*,*", monday(12, 0), true),
            ("*,tue-sun,*,*", monday(12, 0), false),
            ("*,wed&mon,*,*", monday(12, 0), true),
            ("*,*,23,nov", monday(12, 0), true),
            ("*,*,24-31,nov", monday(12, 0), false),
            ("*,*,28-24,nov-feb", monday(12, 0), true),
            ("*,*,20-24,oct-feb", monday(12, 0), true),
            ("*,*,*,11", monday(12, 0), true),
            ("09:00-12:00&13:00-17:00", monday(12, 30), false),
            ("12:30,Monday,*,November", monday(12, 30), true),
        ];
        for (spec, now, expected) in table {
            assert_eq!(
                TimeSpec::parse(spec).expect(spec).matches(&now),
                expected,
                "{spec} {now:?}"
            );
        }
    }

    #[test]
    fn the_zone_is_asked_for() {
        struct TwoZones;
        impl Calendar for TwoZones {
            fn local_time(&self, timezone: Option<&str>) -> LocalTime {
                monday(if timezone == Some("Asia/Tokyo") { 20 } else { 12 }, 0)
            }
        }
        let matches = |spec: &str| TimeSpec::parse(spec).expect(spec).matches(&TwoZones);
        assert!(matches("20:00-21:00,*,*,*,Asia/Tokyo"));
        assert!(!matches("20:00-21:00,*,*,*"));
    }

    #[test]
    fn nonsense_is_an_error() {
        for spec in [
            "25:00-26:00",
            "9-17",
            "*,noday",
            "*,*,0",
            "*,*,32",
            "*,*,*,foo",
            "*,*,*,13",
            "9:00-",
        ] {
            assert!(TimeSpec::parse(spec).is_err(), "{spec}");
        }
        let many = vec!["mon"; 33].join("&");
        assert_eq!(
            TimeSpec::parse(&format!("*,{many}")),
            Err(TimeSpecError::TooManyRanges)
        );
    }
}
