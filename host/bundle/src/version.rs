//! Which of two versions is the older one? Semantic versioning 2.0, section 11, by hand: the crate for it is shared with the
//! component engine, and one more user of it would rebuild that whenever this changes.

use crate::Fault;
use std::cmp::Ordering;
use std::fmt;

/// The longest version in bytes.
const VERSION_MAX: usize = 64;

/// A version as semantic versioning has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    numbers: [u64; 3],
    /// What stands behind a dash; a version with it comes before the same one without.
    before: Vec<Part>,
    text: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Number(u64),
    Word(String),
}

impl Version {
    /// Reads `MAJOR.MINOR.PATCH` with what may stand behind it.
    ///
    /// # Errors
    /// [`Fault::NotAVersion`].
    pub fn parse(text: &str) -> Result<Self, Fault> {
        Self::read(text).ok_or_else(|| Fault::NotAVersion(text.to_owned()))
    }

    fn read(text: &str) -> Option<Self> {
        if text.len() > VERSION_MAX {
            return None;
        }
        let (rest, build) = text
            .split_once('+')
            .map_or((text, None), |(rest, build)| (rest, Some(build)));
        let (numbers, before) = rest
            .split_once('-')
            .map_or((rest, None), |(rest, before)| (rest, Some(before)));
        let mut own = numbers.split('.').map(number);
        let numbers = [own.next()??, own.next()??, own.next()??];
        let is_whole = own.next().is_none() && build.is_none_or(|build| build.split('.').all(is_word));
        let before = match before {
            Some(before) => before.split('.').map(part).collect::<Option<_>>()?,
            None => Vec::new(),
        };
        is_whole.then(|| Self {
            numbers,
            before,
            text: text.to_owned(),
        })
    }

    /// Whether going from `from` to this one is going back. Builds of one version are the same version.
    pub fn is_older_than(&self, from: &Self) -> bool {
        self.precedence(from).is_lt()
    }

    /// Which comes first; builds of one version are equal.
    pub fn precedence(&self, other: &Self) -> Ordering {
        let before = || match (self.before.is_empty(), other.before.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => parts(&self.before, &other.before),
        };
        self.numbers.cmp(&other.numbers).then_with(before)
    }
}

fn parts(one: &[Part], other: &[Part]) -> Ordering {
    let differing = one.iter().zip(other).map(|pair| match pair {
        (Part::Number(one), Part::Number(other)) => one.cmp(other),
        (Part::Number(_), Part::Word(_)) => Ordering::Less,
        (Part::Word(_), Part::Number(_)) => Ordering::Greater,
        (Part::Word(one), Part::Word(other)) => one.cmp(other),
    });
    let first = differing.into_iter().find(|order| order.is_ne());
    first.unwrap_or_else(|| one.len().cmp(&other.len()))
}

fn number(text: &str) -> Option<u64> {
    let is_plain = text == "0" || !text.starts_with('0');
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_plain && is_number).then(|| text.parse().ok())?
}

fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn part(text: &str) -> Option<Part> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return number(text).map(Part::Number);
    }
    is_word(text).then(|| Part::Word(text.to_owned()))
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The order of the standard's own example, and around it.
    const ORDER: [&str; 12] = [
        "0.9.9",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
        "1.9.0",
        "1.10.0",
        "2.0.0-0",
    ];

    #[test]
    fn versions_are_compared_by_precedence() {
        let versions: Vec<_> = ORDER.iter().map(|text| Version::parse(text).unwrap()).collect();
        for (at, one) in versions.iter().enumerate() {
            for (place, other) in versions.iter().enumerate() {
                assert_eq!(one.precedence(other), at.cmp(&place), "{one} {other}");
            }
        }
        let builds = ["1.0.0+b", "1.0.0+a.1"].map(|text| Version::parse(text).unwrap());
        assert!(!builds[0].is_older_than(&builds[1]) && !builds[1].is_older_than(&builds[0]));
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for text in [
            "",
            "1",
            "1.2",
            "1.2.3.4",
            "01.2.3",
            "1.2.x",
            "1.2.3-",
            "1.2.3-01",
            "1.2.3+",
            "1.2.3-a b",
            " 1.2.3",
        ] {
            assert_eq!(Version::parse(text), Err(Fault::NotAVersion(text.to_owned())));
        }
        let huge = format!("1.2.{}", "9".repeat(30));
        assert!(Version::parse(&huge).is_err());
    }
}
