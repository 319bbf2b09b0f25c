//! How long may a call flow wait? For one thing, and all in all: what its manifest asks for, up to what the operator gives.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The longest single wait of a call flow, and the longest time it may lead a call, if nobody says otherwise.
pub const WAIT_CEILING: Duration = Duration::from_secs(4 * 3600);
/// How long a call flow may go on when its caller is gone, if its manifest asks for nothing.
const AFTER_DEFAULT: Duration = Duration::from_secs(2);
/// The longest it may ask for without a word of the operator.
pub const AFTER_CEILING: Duration = Duration::from_secs(60);
/// The longest that can be asked for or given: a month.
const LENGTH_MAX: Duration = Duration::from_secs(31 * 24 * 3600);

/// A length of time as it is written: `"500ms"`, `"90s"`, `"10m"`, `"4h"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Length(pub Duration);

/// The units, with their milliseconds; the shorter spelling stands last, so that it is not found in the longer one.
const UNITS: [(&str, u64); 4] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

impl Length {
    fn parse(text: &str) -> Option<Self> {
        let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
        let (_, unit) = UNITS.into_iter().find(|(word, _)| *word == unit.trim())?;
        let length = Duration::from_millis(number.parse::<u64>().ok()?.checked_mul(unit)?);
        (!length.is_zero() && length <= LENGTH_MAX).then_some(Self(length))
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        let unit = UNITS.into_iter().rev().find(|(_, unit)| ms % unit == 0);
        let (word, unit) = unit.unwrap_or(UNITS[0]);
        write!(f, "{}{word}", ms / unit)
    }
}

impl FromStr for Length {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::parse(text).ok_or_else(|| {
            format!("{text:?} is no length of time; write \"90s\", \"10m\" or \"4h\", up to 744h")
        })
    }
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for Length {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The table `[limits]` of a manifest: what a call flow asks for. In a grant the same words are the most it gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct WaitLimits {
    /// The longest it waits for one thing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait: Option<Length>,
    /// The longest it leads a call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<Length>,
    /// The longest it goes on when its caller is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Length>,
}

/// How long a call flow really may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Waits {
    /// For one thing.
    pub(crate) wait: Duration,
    /// From its beginning to its end.
    pub(crate) run: Duration,
    /// When its caller is gone.
    pub(crate) after: Duration,
}

impl Waits {
    /// Of what runs as long as the host does: a century.
    pub(crate) const ENDLESS: Self = Self {
        wait: Duration::from_secs(100 * 366 * 24 * 3600),
        run: Duration::from_secs(100 * 366 * 24 * 3600),
        after: AFTER_DEFAULT,
    };
}

impl Waits {
    /// What is asked, if that is given; else the line of the grant that would give it.
    pub(crate) fn new(asked: WaitLimits, given: WaitLimits) -> Result<Self, String> {
        let limit = |word: &str, asked: Option<Length>, given: Option<Length>, usual, ceiling| {
            let ceiling = given.map_or(ceiling, |given| given.0);
            match asked {
                Some(asked) if asked.0 > ceiling => Err(format!("{word} = \"{asked}\"")),
                Some(asked) => Ok(asked.0),
                None => Ok(ceiling.min(usual)),
            }
        };
        let run = limit("run", asked.run, given.run, WAIT_CEILING, WAIT_CEILING)?;
        Ok(Self {
            wait: limit("wait", asked.wait, given.wait, WAIT_CEILING, WAIT_CEILING)?.min(run),
            run,
            after: limit("after", asked.after, given.after, AFTER_DEFAULT, AFTER_CEILING)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(text: &str) -> Option<Length> {
        Length::parse(text)
    }

    #[test]
    fn lengths_read_as_they_are_written() {
        for (text, ms) in [
            ("500ms", 500),
            ("90s", 90_000),
            ("10m", 600_000),
            ("4h", 14_400_000),
        ] {
            let read = length(text).unwrap();
            assert_eq!(
                (read.0, read.to_string().as_str()),
                (Duration::from_millis(ms), text)
            );
        }
        for text in [
            "",
            "10",
            "h",
            "4 hours",
            "-1s",
            "0s",
            "745h",
            "99999999999999999999s",
            "1.5h",
        ] {
            assert_eq!(length(text), None, "{text}");
        }
    }

    #[test]
    fn the_time_after_the_caller_is_short_unless_it_is_asked_for() {
        let after = |text: &str| WaitLimits {
            after: length(text),
            ..WaitLimits::default()
        };
        for (asked, given, is) in [
            ("", "", Ok(2)),
            ("60s", "", Ok(60)),
            ("61s", "", Err("after = \"61s\"".to_owned())),
            ("1h", "1h", Ok(3600)),
            ("", "1h", Ok(2)),
            ("", "1s", Ok(1)),
            ("2s", "1s", Err("after = \"2s\"".to_owned())),
        ] {
            let waits = Waits::new(after(asked), after(given));
            assert_eq!(waits.map(|waits| waits.after.as_secs()), is, "{asked} {given}");
        }
    }

    #[test]
    fn what_is_asked_is_given_up_to_the_operators_ceiling() {
        let asks = |wait: &str, run: &str| WaitLimits {
            wait: length(wait),
            run: length(run),
            after: None,
        };
        let nothing = WaitLimits::default();
        let default = Waits::new(nothing, nothing).unwrap();
        assert_eq!((default.wait, default.run), (WAIT_CEILING, WAIT_CEILING));
        let waits = Waits::new(asks("30s", "10m"), nothing).unwrap();
        assert_eq!(
            (waits.wait, waits.run),
            (Duration::from_secs(30), Duration::from_secs(600))
        );
        assert_eq!(
            Waits::new(asks("", "8h"), nothing),
            Err("run = \"8h\"".to_owned())
        );
        assert_eq!(
            Waits::new(asks("5h", ""), nothing),
            Err("wait = \"5h\"".to_owned())
        );
        assert!(Waits::new(asks("", "8h"), asks("", "8h")).is_ok());
        // An operator's shorter ceiling holds for who asks for nothing, and no wait is longer than the run.
        let short = Waits::new(nothing, asks("", "1m")).unwrap();
        assert_eq!(
            (short.wait, short.run),
            (Duration::from_secs(60), Duration::from_secs(60))
        );
    }
}
