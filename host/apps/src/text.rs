//! What the arguments of several applications have in common, and the warnings about them.

use std::sync::Arc;
use std::time::Duration;
use ucx_dialplan::Options;
use ucx_pbx::Line;

/// The longest time an application waits, a bit more than 49 days, so that a deadline can always be reckoned.
const TIME_MAX: Duration = Duration::from_millis(u32::MAX as u64);

/// Sounds one application plays in a row; further ones are left out.
const SOUNDS_MAX: usize = 256;

/// Says in the log what is wrong with what an application was given.
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

/// Reads seconds, fractions allowed; a negative number is no time at all, 0. None for what is no number.
pub(crate) fn seconds(text: &str) -> Option<Duration> {
    time(text, 1.0)
}

/// Reads milliseconds in the same way.
pub(crate) fn milliseconds(text: &str) -> Option<Duration> {
    time(text, 0.001)
}

fn time(text: &str, unit_s: f64) -> Option<Duration> {
    let number: f64 = text.trim().parse().ok()?;
    let time_s = (number * unit_s).clamp(0.0, TIME_MAX.as_secs_f64());
    Duration::try_from_secs_f64(time_s).ok()
}

/// Reads an argument that is a time if it is there at all: a warning for one that is no time, and none.
pub(crate) fn warned(
    line: &Line,
    application: &str,
    text: &str,
    read: impl Fn(&str) -> Option<Duration>,
) -> Option<Duration> {
    if text.trim().is_empty() {
        return None;
    }
    let time = read(text);
    if time.is_none() {
        warn(line, application, &format!("{text:?} is no time and is left out"));
    }
    time
}

/// Takes `name(arguments)` apart, as one application names another; none for an empty text.
pub(crate) fn call(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once('(').unwrap_or((text, ""));
    let arguments = rest.trim_end();
    let arguments = arguments.strip_suffix(')').unwrap_or(arguments);
    Some((name.trim(), arguments)).filter(|(name, _)| !name.is_empty())
}

/// The character between fields, as written: itself, quoted, or escaped for one that cannot be written.
pub(crate) fn delimiter(raw: &str) -> Option<char> {
    match raw {
        "\\n" => Some('\n'),
        "\\t" => Some('\t'),
        "\\r" => Some('\r'),
        _ => raw
            .trim_matches('"')
            .trim_start_matches('\\')
            .chars()
            .next()
            .or_else(|| raw.chars().next()),
    }
}

/// The sounds of `first&second&…`.
pub(crate) fn sounds(text: &str) -> Vec<Arc<str>> {
    let names = text.split('&').map(str::trim).filter(|name| !name.is_empty());
    names.take(SOUNDS_MAX).map(Arc::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_fractions_and_bounded() {
        assert_eq!(seconds(" 1.5 "), Some(Duration::from_millis(1_500)));
        assert_eq!(milliseconds("250"), Some(Duration::from_millis(250)));
        for text in ["", "soon", "nan"] {
            assert_eq!(seconds(text), None, "{text}");
        }
        assert_eq!(seconds("-1"), Some(Duration::ZERO));
        assert_eq!(seconds("1e15"), Some(TIME_MAX));
        assert_eq!(milliseconds("inf"), Some(TIME_MAX));
    }

    #[test]
    fn sounds_are_named_between_ampersands() {
        let names: Vec<_> = sounds("hello& world&&").iter().map(ToString::to_string).collect();
        assert_eq!(names, ["hello", "world"]);
        assert_eq!(sounds(&"a&".repeat(1_000)).len(), SOUNDS_MAX);
    }
}
