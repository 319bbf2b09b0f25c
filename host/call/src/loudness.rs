//! Sounds that are to be played louder or softer than they are: the wish stands before their names.

use std::sync::Arc;

/// How such a name begins.
const MARK: &str = "gain:";

/// The most a sound can be made louder, in decibels.
pub const LOUDER_MAX_DB: i8 = 20;
/// The most it can be made softer, in decibels.
pub const SOFTER_MAX_DB: i8 = -40;

/// The name of a sound that is to be played by that many decibels louder, or softer below zero; within the bounds.
pub fn louder(name: &str, gain_db: i8) -> Arc<str> {
    match gain_db.clamp(SOFTER_MAX_DB, LOUDER_MAX_DB) {
        0 => Arc::from(name),
        gain_db => Arc::from(format!("{MARK}{gain_db}:{name}")),
    }
}

/// The plain name of a sound, and how much louder it is to be played, in decibels.
pub fn loudness(name: &str) -> (&str, i8) {
    let marked = name.strip_prefix(MARK).and_then(|rest| rest.split_once(':'));
    match marked.and_then(|(gain_db, plain)| Some((plain, gain_db.parse().ok()?))) {
        Some((plain, gain_db)) => (plain, i8::clamp(gain_db, SOFTER_MAX_DB, LOUDER_MAX_DB)),
        None => (name, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_stands_before_the_name_and_is_read_again() {
        for gain_db in [SOFTER_MAX_DB, -6, -1, 1, LOUDER_MAX_DB] {
            assert_eq!(loudness(&louder("a:b/c", gain_db)), ("a:b/c", gain_db));
        }
        assert_eq!(&*louder("hello", 0), "hello");
        assert_eq!(loudness(&louder("hello", 99)), ("hello", LOUDER_MAX_DB));
        assert_eq!(loudness("gain:100:hello"), ("hello", LOUDER_MAX_DB));
        for name in ["hello", "gain:", "gain:x:hello", "gain:900:hello", "gain:3"] {
            assert_eq!(loudness(name), (name, 0));
        }
    }
}
