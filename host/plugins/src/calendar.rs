//! What time is it there, and is the schedule open? Times by the bundled time zone database, schedules by the operator's
//! rules.

use std::collections::BTreeMap;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde::Deserialize;

/// Opening hours, as in `[schedules.NAME]` of `ucx.toml`:
/// `zone = "Europe/Berlin"`, `open = ["Mon-Fri 09:00-17:00"]`, `closed = ["2026-12-25"]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ScheduleRule {
    /// IANA time zone; empty is UTC.
    pub zone: String,
    /// Weekdays and hours.
    pub open: Vec<String>,
    /// Dates on which it is closed all day.
    pub closed: Vec<String>,
}

/// Whether schedules can be read.
///
/// # Errors
/// A sentence that names the schedule and what is wrong in it.
pub fn check_schedules(rules: &BTreeMap<String, ScheduleRule>) -> Result<(), String> {
    Schedules::new(rules).map(drop)
}

/// A moment in a zone. An unknown zone or a moment beyond the year 9999 is none.
pub(crate) fn local(at_ms: u64, zone: &str) -> Option<Zoned> {
    let moment = Timestamp::from_millisecond(i64::try_from(at_ms).ok()?).ok()?;
    Some(moment.to_zoned(time_zone(zone)?))
}

fn time_zone(zone: &str) -> Option<TimeZone> {
    if zone.is_empty() {
        Some(TimeZone::UTC)
    } else {
        TimeZone::get(zone).ok()
    }
}

/// All schedules, read once.
#[derive(Debug, Default)]
pub(crate) struct Schedules {
    by_name: BTreeMap<String, Schedule>,
}

#[derive(Debug)]
struct Schedule {
    zone: String,
    open: Vec<Hours>,
    closed: Vec<Date>,
}

#[derive(Debug)]
struct Hours {
    days: Vec<Weekday>,
    from: Time,
    until: Time,
}

impl Schedules {
    /// Reads the rules; the error names schedule and rule.
    pub(crate) fn new(rules: &BTreeMap<String, ScheduleRule>) -> Result<Self, String> {
        let read = |(name, rule): (&String, &ScheduleRule)| {
            Schedule::new(rule)
                .map(|schedule| (name.clone(), schedule))
                .map_err(|why| format!("schedule {name}: {why}"))
        };
        Ok(Self {
            by_name: rules.iter().map(read).collect::<Result<_, _>>()?,
        })
    }

    /// Is it open? None if there is no such schedule, or no such moment.
    pub(crate) fn is_open(&self, name: &str, at_ms: u64) -> Option<bool> {
        let schedule = self.by_name.get(name)?;
        let now = local(at_ms, &schedule.zone)?;
        let is_closed = schedule.closed.contains(&now.date());
        let (day, time) = (now.weekday(), now.time());
        Some(!is_closed && schedule.open.iter().any(|hours| hours.covers(day, time)))
    }
}

impl Schedule {
    fn new(rule: &ScheduleRule) -> Result<Self, String> {
        time_zone(&rule.zone).ok_or_else(|| format!("{} is no time zone", rule.zone))?;
        let open = rule.open.iter().map(|text| {
            Hours::parse(text).ok_or_else(|| format!("{text:?} is not like \"Mon-Fri 09:00-17:00\""))
        });
        let closed = rule
            .closed
            .iter()
            .map(|text| text.parse().map_err(|_| format!("{text:?} is no date")));
        Ok(Self {
            zone: rule.zone.clone(),
            open: open.collect::<Result<_, _>>()?,
            closed: closed.collect::<Result<_, _>>()?,
        })
    }
}

impl Hours {
    /// `Mon-Fri 09:00-17:00`, `Sat 10:00-12:00`.
    fn parse(text: &str) -> Option<Self> {
        let (days, hours) = text.trim().split_once(' ')?;
        let (from, until) = hours.trim().split_once('-')?;
        let (first, last) = days.split_once('-').unwrap_or((days, days));
        let (first, last) = (weekday(first)?, weekday(last)?);
        let span = first.until(last);
        let days = (0..=span).map(|n| first.wrapping_add(n)).collect();
        let (from, until) = (clock(from)?, clock(until)?);
        (from < until).then_some(Self { days, from, until })
    }

    fn covers(&self, day: Weekday, time: Time) -> bool {
        self.days.contains(&day) && self.from <= time && time < self.until
    }
}

fn clock(text: &str) -> Option<Time> {
    if text.trim() == "24:00" {
        return Some(Time::MAX);
    }
    let (hour, minute) = text.trim().split_once(':')?;
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

fn weekday(text: &str) -> Option<Weekday> {
    Some(match text.trim().to_ascii_lowercase().get(..3)? {
        "mon" => Weekday::Monday,
        "tue" => Weekday::Tuesday,
        "wed" => Weekday::Wednesday,
        "thu" => Weekday::Thursday,
        "fri" => Weekday::Friday,
        "sat" => Weekday::Saturday,
        "sun" => Weekday::Sunday,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> u64 {
        text.parse::<Timestamp>()
            .unwrap()
            .as_millisecond()
            .try_into()
            .unwrap()
    }

    #[test]
    fn opening_hours_follow_the_zone_and_its_summer_time() {
        let rule = ScheduleRule {
            zone: "Europe/Berlin".to_owned(),
            open: vec!["Mon-Fri 09:00-17:00".to_owned()],
            closed: vec!["2026-12-25".to_owned()],
        };
        let schedules = Schedules::new(&[("office".to_owned(), rule)].into()).unwrap();
        let open = |text| schedules.is_open("office", at(text)).unwrap();
        assert!(open("2026-01-05T08:00:00Z") && !open("2026-01-05T07:59:59Z"));
        assert!(open("2026-07-06T07:00:00Z") && !open("2026-07-06T15:00:00Z"));
        assert!(!open("2026-12-25T10:00:00Z") && !open("2026-01-04T10:00:00Z"));
        assert_eq!(schedules.is_open("shop", 0), None);
    }

    #[test]
    fn broken_rules_are_named() {
        for (zone, open) in [
            ("Mars/Olympus", "Mon 09:00-17:00"),
            ("", "Mon 17:00-09:00"),
            ("", "Moonday 1-2"),
        ] {
            let rule = ScheduleRule {
                zone: zone.to_owned(),
                open: vec![open.to_owned()],
                closed: Vec::new(),
            };
            assert!(Schedules::new(&[("s".to_owned(), rule)].into()).is_err());
        }
    }

    #[test]
    fn days_may_wrap_round_the_week() {
        let hours = Hours::parse("Sat-Mon 00:00-24:00").unwrap();
        assert_eq!(hours.days, [Weekday::Saturday, Weekday::Sunday, Weekday::Monday]);
    }
}
