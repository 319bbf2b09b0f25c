//! What a key of a telephone is.

use std::fmt;

/// A key: `0`-`9`, `*`, `#`, `A`-`D`, or the hook flash `!`. Ordered and numbered as in RFC 4733 section 3.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digit(u8);

/// A character that is on no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotADigit(pub char);

impl fmt::Display for NotADigit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is no telephone key", self.0)
    }
}

impl std::error::Error for NotADigit {}

const KEYS: [char; 17] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C', 'D', '!',
];

impl Digit {
    /// The hook flash.
    pub const FLASH: Self = Self(16);

    /// The digit of an event code; `None` for events that are no key.
    #[must_use]
    pub const fn from_event(code: u8) -> Option<Self> {
        if code <= Self::FLASH.0 {
            Some(Self(code))
        } else {
            None
        }
    }

    /// The event code, 0 to 16.
    #[must_use]
    pub const fn event(self) -> u8 {
        self.0
    }
}

impl TryFrom<char> for Digit {
    type Error = NotADigit;

    fn try_from(key: char) -> Result<Self, NotADigit> {
        let upper = key.to_ascii_uppercase();
        (0..)
            .zip(KEYS)
            .find(|(_, known)| *known == upper)
            .map(|(code, _)| Self(code))
            .ok_or(NotADigit(key))
    }
}

impl From<Digit> for char {
    fn from(digit: Digit) -> Self {
        KEYS[usize::from(digit.0)]
    }
}

impl fmt::Display for Digit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", char::from(*self))
    }
}

/// The digits of a text, or the first character that is none.
pub fn digits(text: &str) -> Result<Vec<Digit>, NotADigit> {
    text.chars().map(Digit::try_from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_the_event_codes_of_the_rfc() {
        let codes: Vec<u8> = digits("0123456789*#abcd!")
            .expect("all keys")
            .into_iter()
            .map(Digit::event)
            .collect();

        assert_eq!(codes, (0..17).collect::<Vec<_>>());
        assert_eq!(digits("12x"), Err(NotADigit('x')));
        assert_eq!(Digit::from_event(17), None);
        assert_eq!(Digit::from_event(11).map(char::from), Some('#'));
    }
}
