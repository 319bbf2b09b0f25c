//! What the arguments of several applications have in common, and the warnings about them.

use std::time::Duration;
use ucx_dialplan::Options;
use ucx_pbx::Line;

/// The longest time an application waits, a bit more than 49 days, so that a deadline can always be reckoned.
const TIME_MAX: Duration = Duration::from_millis(u32::MAX as u64);

/// Says in the log what is wrong with the arguments of an application.
pub(crate) fn warn(line: &Line, application: &str, what: &str) {
    tracing::warn!(place = %line.place(), channel = %line.name(), "{application}: {what}");
}

/// Reads option letters, with a warning for each that is none of `known`, and for text that is no options at all.
pub(crate) fn options(line: &Line, application: &str, text: &str, known: &str) -> Options {
    match Options::parse(text) {
        Ok(options) => {
            for letter in options.unknown(known) {
                warn(
                    line,
                    application,
                    &format!("the option '{letter}' is not known and has no effect"),
                );
            }
            options
        }
        Err(error) => {
            warn(line, application, &format!("{error}; no option has effect"));
            Options::default()
        }
    }
}

/// Reads seconds, fractions allowed; none for an empty text, and with a warning for one that is no number.
pub(crate) fn seconds(line: &Line, application: &str, text: &str) -> Option<Duration> {
    time(line, application, text, 1.0)
}

/// Reads milliseconds in the same way.
pub(crate) fn milliseconds(line: &Line, application: &str, text: &str) -> Option<Duration> {
    time(line, application, text, 0.001)
}

fn time(line: &Line, application: &str, text: &str, unit_s: f64) -> Option<Duration> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let time = text
        .parse()
        .ok()
        .and_then(|number: f64| Duration::try_from_secs_f64(number * unit_s).ok());
    if time.is_none() {
        warn(line, application, &format!("{text:?} is no time and is left out"));
    }
    time.map(|time| time.min(TIME_MAX))
}
