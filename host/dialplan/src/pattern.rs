//! What an extension's name matches: literals, patterns, and which of two patterns is more specific.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// The longest name or pattern of an extension, in bytes; a longer one is refused.
pub const MAX_NAME_BYTES: usize = 80;

/// One position of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Element {
    /// Exactly this byte.
    Byte(u8),
    /// One ASCII character out of at least two, as a bit set.
    Set(u128),
    /// `.`: one character or more, whatever they are.
    Rest,
    /// `!`: nothing or anything, decided as soon as it is reached.
    Any,
}

impl Element {
    const X: Self = Self::Set(digits_from(0));
    const Z: Self = Self::Set(digits_from(1));
    const N: Self = Self::Set(digits_from(2));

    pub(crate) fn accepts(self, byte: u8) -> bool {
        match self {
            Self::Byte(own) => own == byte,
            Self::Set(set) => byte < 128 && set >> byte & 1 == 1,
            Self::Rest | Self::Any => false,
        }
    }

    /// Small is specific. Sets of one size go by their lowest member that the other lacks.
    fn rank(self) -> (u32, u128) {
        match self {
            Self::Byte(byte) => (1, u128::from(byte)),
            Self::Set(set) => (set.count_ones(), !set.reverse_bits()),
            Self::Rest => (129, 0),
            Self::Any => (130, 0),
        }
    }
}

impl Ord for Element {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl PartialOrd for Element {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

const fn digits_from(first: u8) -> u128 {
    let mut set = 0;
    let mut digit = b'0' + first;
    while digit <= b'9' {
        set |= 1 << digit;
        digit += 1;
    }
    set
}

/// How far a text gets with one pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// No text that begins like this matches.
    Mismatch,
    /// It does not match yet, but a longer text would.
    Prefix,
    /// It matches and nothing longer would, or `!` has decided.
    Complete,
    /// It matches, and so would a longer text.
    Open,
}

/// The name of an extension, or the caller-id condition after its `/`.
///
/// Ordering is the field's: literals first, then patterns character by character, the more specific first.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: Arc<str>,
    pub(crate) form: Form,
    has_ignored_tail: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    Literal(Box<str>),
    Elements(Box<[Element]>),
}

/// Why a name is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatternError {
    Empty,
    TooLong,
    UnclosedSet,
    EmptySet,
    BackwardsRange(char, char),
    NotAscii(char),
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the name is empty"),
            Self::TooLong => write!(f, "the name is longer than {MAX_NAME_BYTES} bytes"),
            Self::UnclosedSet => f.write_str("a '[' of the pattern has no ']'"),
            Self::EmptySet => f.write_str("the pattern has an empty set '[]'"),
            Self::BackwardsRange(from, to) => write!(f, "the range '{from}-{to}' runs backwards"),
            Self::NotAscii(letter) => write!(f, "a set holds ASCII characters only, not '{letter}'"),
        }
    }
}

impl std::error::Error for PatternError {}

impl Pattern {
    /// Reads a name as it stands before the first comma of an `exten` line.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        match text {
            "" | "_" => Err(PatternError::Empty),
            _ => Self::parse_condition(text),
        }
    }

    /// Reads a caller-id condition; the empty one matches callers without a number.
    pub fn parse_condition(text: &str) -> Result<Self, PatternError> {
        if text.len() > MAX_NAME_BYTES {
            return Err(PatternError::TooLong);
        }
        let (form, has_ignored_tail) = match text.strip_prefix('_') {
            None => (Form::Literal(without_dashes(text).into()), false),
            Some(pattern) => parse_elements(pattern)?,
        };
        Ok(Self {
            text: text.into(),
            form,
            has_ignored_tail,
        })
    }

    /// The name as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the name began with `_`.
    pub fn is_pattern(&self) -> bool {
        matches!(self.form, Form::Elements(_))
    }

    /// Whether something stands behind `.` or `!`, which has no effect.
    pub fn has_ignored_tail(&self) -> bool {
        self.has_ignored_tail
    }

    /// Whether `dialled` matches as it is.
    pub fn matches(&self, dialled: &str) -> bool {
        matches!(self.progress(dialled), Progress::Complete | Progress::Open)
    }

    /// How far `dialled` gets. Dashes are for the eye only, on both sides.
    pub fn progress(&self, dialled: &str) -> Progress {
        let dialled = without_dashes(dialled);
        match &self.form {
            Form::Literal(own) if **own == *dialled => Progress::Complete,
            Form::Literal(own) if own.starts_with(&*dialled) => Progress::Prefix,
            Form::Literal(_) => Progress::Mismatch,
            Form::Elements(elements) => elements_progress(elements, dialled.as_bytes()),
        }
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.form == other.form
    }
}

impl Eq for Pattern {}

impl PartialOrd for Pattern {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Pattern {
    fn cmp(&self, other: &Self) -> Ordering {
        self.form.cmp(&other.form)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

pub(crate) fn without_dashes(text: &str) -> std::borrow::Cow<'_, str> {
    if text.contains('-') {
        text.replace('-', "").into()
    } else {
        text.into()
    }
}

fn elements_progress(elements: &[Element], text: &[u8]) -> Progress {
    let mut rest = text;
    for element in elements {
        match (element, rest.split_first()) {
            (Element::Any, _) => return Progress::Complete,
            (Element::Rest, Some(_)) => return Progress::Open,
            (_, None) => return Progress::Prefix,
            (element, Some((&byte, tail))) if element.accepts(byte) => rest = tail,
            (_, Some(_)) => return Progress::Mismatch,
        }
    }
    if rest.is_empty() {
        Progress::Complete
    } else {
        Progress::Mismatch
    }
}

fn parse_elements(pattern: &str) -> Result<(Form, bool), PatternError> {
    let mut elements = Vec::new();
    let mut rest = pattern;
    while let Some(letter) = rest.chars().next() {
        let tail = &rest[letter.len_utf8()..];
        match letter {
            '-' => {}
            'X' | 'x' => elements.push(Element::X),
            'Z' | 'z' => elements.push(Element::Z),
            'N' | 'n' => elements.push(Element::N),
            '.' | '!' => {
                elements.push(if letter == '.' {
                    Element::Rest
                } else {
                    Element::Any
                });
                return Ok((Form::Elements(elements.into()), !tail.is_empty()));
            }
            '[' => {
                let (element, after) = parse_set(tail)?;
                elements.push(element);
                rest = after;
                continue;
            }
            _ => {
                let mut bytes = [0; 4];
                elements.extend(letter.encode_utf8(&mut bytes).bytes().map(Element::Byte));
            }
        }
        rest = tail;
    }
    Ok((Form::Elements(elements.into()), false))
}

/// Reads from behind `[`; answers with what stands behind `]`.
fn parse_set(text: &str) -> Result<(Element, &str), PatternError> {
    let mut set: u128 = 0;
    let mut members = Members { rest: text };
    loop {
        let Some(member) = members.next() else {
            return Err(PatternError::UnclosedSet);
        };
        let from = match member {
            Member::End => break,
            Member::Letter(letter) => ascii(letter)?,
        };
        let range_end = members
            .rest
            .strip_prefix('-')
            .filter(|tail| !tail.starts_with(']'));
        let Some(tail) = range_end else {
            set |= 1 << from;
            continue;
        };
        members.rest = tail;
        let Some(Member::Letter(to)) = members.next() else {
            return Err(PatternError::UnclosedSet);
        };
        let to = ascii(to)?;
        if to < from {
            return Err(PatternError::BackwardsRange(char::from(from), char::from(to)));
        }
        (from..=to).for_each(|byte| set |= 1 << byte);
    }
    match set.count_ones() {
        0 => Err(PatternError::EmptySet),
        1 => Ok((Element::Byte(set.trailing_zeros() as u8), members.rest)),
        _ => Ok((Element::Set(set), members.rest)),
    }
}

enum Member {
    Letter(char),
    End,
}

/// The inside of a set; `\` takes the next character as it is.
struct Members<'a> {
    rest: &'a str,
}

impl Members<'_> {
    fn next(&mut self) -> Option<Member> {
        let mut letters = self.rest.chars();
        let member = match letters.next()? {
            ']' => Member::End,
            '\\' => Member::Letter(letters.next()?),
            letter => Member::Letter(letter),
        };
        self.rest = letters.as_str();
        Some(member)
    }
}

fn ascii(letter: char) -> Result<u8, PatternError> {
    u8::try_from(letter)
        .ok()
        .filter(u8::is_ascii)
        .ok_or(PatternError::NotAscii(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text).expect(text)
    }

    #[test]
    fn texts_get_as_far_as_the_field_says() {
        use Progress::{Complete, Mismatch, Open, Prefix};
        let table = [
            ("100", "100", Complete),
            ("100", "10", Prefix),
            ("100", "1000", Mismatch),
            ("100", "", Prefix),
            ("1-0-0", "100", Complete),
            ("alice-home", "alice-home", Complete),
            ("s", "S", Mismatch),
            ("_X", "0", Complete),
            ("_x", "9", Complete),
            ("_Z", "0", Mismatch),
            ("_N", "1", Mismatch),
            ("_n", "2", Complete),
            ("_NXX-NXXX", "2125555", Complete),
            ("_NXX-NXXX", "212-5555", Complete),
            ("_NXX-NXXX", "1125555", Mismatch),
            ("_NXXNXXX", "2125555", Complete),
            ("_9NXX", "92", Prefix),
            ("_X.", "1", Prefix),
            ("_X.", "12", Open),
            ("_X!", "1", Complete),
            ("_X!", "123", Complete),
            ("_X!", "", Prefix),
            ("_!", "", Complete),
            ("_.", "", Prefix),
            ("_.", "s", Open),
            ("_[1-37a]00", "700", Complete),
            ("_[1-37a]00", "400", Mismatch),
            ("_[1-37a]00", "a00", Complete),
            ("_[n]obody", "nobody", Complete),
            ("_[\\]x]1", "]1", Complete),
            ("_+49X.", "+4930", Open),
            ("_*8XXXX", "*81234", Complete),
            ("_caf\u{e9}X", "caf\u{e9}1", Complete),
        ];
        for (name, dialled, expected) in table {
            assert_eq!(pattern(name).progress(dialled), expected, "{name} {dialled}");
        }
    }

    #[test]
    fn more_specific_patterns_come_first() {
        let sorted = [
            "1234",
            "_1234",
            "_123[45]",
            "_123N",
            "_123Z",
            "_123X",
            "_123X.",
            "_123[0-9a]",
            "_123.",
            "_123!",
            "_12[2-9]4",
            "_NXX",
            "_ZXX",
            "_XXX",
            "_XXX!",
            "_XX.",
            "_X.",
            "_X!",
            "_.",
            "_!",
        ];
        for (place, smaller) in sorted.iter().enumerate() {
            for larger in &sorted[place + 1..] {
                assert!(pattern(smaller) < pattern(larger), "{smaller} before {larger}");
            }
        }
        assert_eq!(pattern("_X"), pattern("_[0-9]"));
        assert!(pattern("_[12]") < pattern("_[13]"));
        assert!(pattern("_[13]") < pattern("_[23]"));
    }

    #[test]
    fn names_that_are_none_are_refused() {
        let table = [
            ("", PatternError::Empty),
            ("_", PatternError::Empty),
            ("_[12", PatternError::UnclosedSet),
            ("_1[", PatternError::UnclosedSet),
            ("_[1-", PatternError::UnclosedSet),
            ("_[]", PatternError::EmptySet),
            ("_[9-1]", PatternError::BackwardsRange('9', '1')),
            ("_[\u{e9}]", PatternError::NotAscii('\u{e9}')),
        ];
        for (name, expected) in table {
            assert_eq!(Pattern::parse(name), Err(expected), "{name}");
        }
        assert_eq!(Pattern::parse(&"1".repeat(81)), Err(PatternError::TooLong));
        assert!(pattern("_X.5").has_ignored_tail());
        assert!(!pattern("_X.").has_ignored_tail());
        assert!(Pattern::parse_condition("").expect("any caller").matches(""));
    }
}
