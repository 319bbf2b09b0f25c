//! Event filters of a session: which events it sees beyond its classes.

use regex::bytes::{Regex, RegexBuilder};

/// Filters a session may have.
pub const FILTERS_MAX: usize = 128;

/// Memory one compiled expression may take, in bytes.
const REGEX_BYTES_MAX: usize = 1 << 18;

/// Why a filter was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilterFault {
    /// The expression is none.
    DidNotCompile,
    /// The criteria are none.
    BadFormat,
    /// There are [`FILTERS_MAX`] already.
    TooMany,
}

impl FilterFault {
    /// What the client is told.
    pub fn text(self) -> &'static str {
        match self {
            Self::DidNotCompile => "Filter did not compile.  Check the syntax of the filter given.",
            Self::BadFormat => "Filter was formatted incorrectly.  Check the syntax of the filter given.",
            Self::TooMany => "Internal Error. Failed adding filter.",
        }
    }
}

/// What a filter compares.
#[derive(Clone, Debug)]
enum Test {
    /// Nothing: name and header alone decide.
    None,
    Regex(Regex),
    Exact(Box<[u8]>),
    StartsWith(Box<[u8]>),
    EndsWith(Box<[u8]>),
    Contains(Box<[u8]>),
}

/// One filter.
#[derive(Clone, Debug)]
pub struct Filter {
    excludes: bool,
    name: Option<Box<str>>,
    header: Option<Box<str>>,
    test: Test,
}

impl Filter {
    /// A plain expression over the whole text of an event; `!` before it excludes.
    ///
    /// # Errors
    /// [`FilterFault::DidNotCompile`].
    pub fn plain(expression: &str) -> Result<Self, FilterFault> {
        let (excludes, expression) = match expression.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, expression),
        };
        Ok(Self {
            excludes,
            name: None,
            header: None,
            test: Test::Regex(compile(expression)?),
        })
    }

    /// A filter by criteria: `action(exclude),name(VarSet),header(Variable),method(starts_with)`.
    ///
    /// # Errors
    /// [`FilterFault`].
    pub fn by_criteria(criteria: &str, expression: &str) -> Result<Self, FilterFault> {
        let mut filter = Self {
            excludes: false,
            name: None,
            header: None,
            test: Test::None,
        };
        let mut method = None;
        let mut rest = criteria.trim();
        if rest.is_empty() {
            return Err(FilterFault::BadFormat);
        }
        while !rest.is_empty() {
            let (word, argument, behind) = criterion(rest).ok_or(FilterFault::BadFormat)?;
            rest = behind;
            match word {
                "action" => {
                    filter.excludes = match argument {
                        "include" => false,
                        "exclude" => true,
                        _ => return Err(FilterFault::BadFormat),
                    }
                }
                "name" if !argument.is_empty() => filter.name = Some(argument.into()),
                "header" if !argument.is_empty() => filter.header = Some(argument.into()),
                "method" => method = Some(argument),
                _ => return Err(FilterFault::BadFormat),
            }
        }
        filter.test = test(method.unwrap_or("none"), expression)?;
        Ok(filter)
    }

    /// Reads an `eventfilter` of manager.conf by its key and value.
    pub(crate) fn from_option(key: &str, value: &str) -> Option<Result<Self, FilterFault>> {
        let rest = key.get("eventfilter".len()..)?;
        if !key[.."eventfilter".len()].eq_ignore_ascii_case("eventfilter") {
            return None;
        }
        if rest.is_empty() {
            return Some(Self::plain(value));
        }
        let criteria = rest.trim().strip_prefix('(')?.strip_suffix(')')?;
        Some(Self::by_criteria(criteria, value))
    }

    fn is_match(&self, name: &str, text: &[u8]) -> bool {
        if self.name.as_deref().is_some_and(|own| own != name) {
            return false;
        }
        match &self.header {
            None => self.test.is_match(text),
            Some(header) => values(text, header).any(|value| self.test.is_match(value)),
        }
    }
}

impl Test {
    fn is_match(&self, text: &[u8]) -> bool {
        match self {
            Self::None => true,
            Self::Regex(regex) => regex.is_match(text),
            Self::Exact(own) => text == &**own,
            Self::StartsWith(own) => text.starts_with(own),
            Self::EndsWith(own) => text.ends_with(own),
            Self::Contains(own) => text.windows(own.len()).any(|window| window == &**own),
        }
    }
}

fn test(method: &str, expression: &str) -> Result<Test, FilterFault> {
    if method == "none" {
        return match expression {
            "" => Ok(Test::None),
            _ => Err(FilterFault::BadFormat),
        };
    }
    if expression.is_empty() {
        return Err(FilterFault::BadFormat);
    }
    let own = expression.as_bytes().into();
    match method {
        "regex" => compile(expression).map(Test::Regex),
        "exact" => Ok(Test::Exact(own)),
        "starts_with" => Ok(Test::StartsWith(own)),
        "ends_with" => Ok(Test::EndsWith(own)),
        "contains" => Ok(Test::Contains(own)),
        _ => Err(FilterFault::BadFormat),
    }
}

/// Splits `word(argument)` off the front, and the comma behind it.
fn criterion(text: &str) -> Option<(&str, &str, &str)> {
    let (word, rest) = text.split_once('(')?;
    let (argument, rest) = rest.split_once(')')?;
    let rest = rest.trim_start();
    let rest = match rest.strip_prefix(',') {
        Some(rest) => rest.trim_start(),
        None if rest.is_empty() => rest,
        None => return None,
    };
    Some((word.trim(), argument.trim(), rest))
}

fn compile(expression: &str) -> Result<Regex, FilterFault> {
    RegexBuilder::new(expression)
        .dot_matches_new_line(true)
        .size_limit(REGEX_BYTES_MAX)
        .dfa_size_limit(REGEX_BYTES_MAX)
        .build()
        .map_err(|_| FilterFault::DidNotCompile)
}

/// All values of a header in the text of an event.
fn values<'a>(text: &'a [u8], header: &'a str) -> impl Iterator<Item = &'a [u8]> {
    text.split(|byte| *byte == b'\n').filter_map(move |line| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let (name, value) = line.split_at_checked(header.len())?;
        let value = value.strip_prefix(b":")?;
        name.eq_ignore_ascii_case(header.as_bytes())
            .then(|| value.strip_prefix(b" ").unwrap_or(value))
    })
}

/// All filters of a session.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    filters: Vec<Filter>,
    includes: usize,
}

impl Filters {
    /// Adds one.
    ///
    /// # Errors
    /// [`FilterFault::TooMany`].
    pub fn add(&mut self, filter: Filter) -> Result<(), FilterFault> {
        if self.filters.len() >= FILTERS_MAX {
            return Err(FilterFault::TooMany);
        }
        self.includes += usize::from(!filter.excludes);
        self.filters.push(filter);
        Ok(())
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.filters.is_empty()
    }

    /// Whether an event passes: it matches none that excludes, and one that includes if there is such.
    pub fn pass(&self, name: &str, text: &[u8]) -> bool {
        let mut is_included = self.includes == 0;
        for filter in &self.filters {
            if filter.excludes {
                if filter.is_match(name, text) {
                    return false;
                }
            } else if !is_included {
                is_included = filter.is_match(name, text);
            }
        }
        is_included
    }
}

/// Adds what the action Filter asks for.
///
/// # Errors
/// What the client is told.
pub(crate) fn add_by_request(filters: &mut Filters, request: &crate::Request) -> Result<(), &'static str> {
    if !request.text("Operation").eq_ignore_ascii_case("Add") {
        return Err("Unknown operation");
    }
    let expression = request.text("Filter");
    let filter = match request.filled("MatchCriteria") {
        Some(criteria) => Filter::by_criteria(criteria, expression),
        None => Filter::plain(expression),
    };
    filter
        .and_then(|filter| filters.add(filter))
        .map_err(FilterFault::text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &[u8] =
        b"Event: UserEvent\r\nPrivilege: user,all\r\nUserEvent: One\r\nHeader: alpha\r\n\r\n";

    fn passes(filters: &[Result<Filter, FilterFault>]) -> bool {
        let mut all = Filters::default();
        for filter in filters {
            let filter = filter.as_ref().expect("the filter is well formed").clone();
            all.add(filter).expect("there is room");
        }
        all.pass("UserEvent", EVENT)
    }

    #[test]
    fn plain_filters_include_and_exclude() {
        assert!(passes(&[]));
        assert!(passes(&[Filter::plain("Event: UserEvent")]));
        assert!(!passes(&[Filter::plain("Event: Newchannel")]));
        assert!(!passes(&[Filter::plain("!Header: (alpha|beta)")]));
        assert!(passes(&[Filter::plain("!Header: beta")]));
        assert!(!passes(&[Filter::plain("UserEvent"), Filter::plain("!alpha")]));
        assert!(passes(&[Filter::plain("nothing"), Filter::plain("User.*alpha")]));
        assert_eq!(Filter::plain("(").unwrap_err(), FilterFault::DidNotCompile);
    }

    #[test]
    fn an_expression_that_grows_is_refused() {
        assert_eq!(
            Filter::plain("((a{1,999}){1,999}){1,999}").unwrap_err(),
            FilterFault::DidNotCompile
        );
    }

    #[test]
    fn criteria_name_events_headers_and_methods() {
        let by = Filter::by_criteria;
        assert!(passes(&[by(
            "action(include),name(UserEvent),header(Header),method(exact)",
            "alpha"
        )]));
        assert!(!passes(&[by(
            "action(include),name(UserEvent),header(Header),method(exact)",
            "alph"
        )]));
        assert!(!passes(&[by(
            "action(exclude),name(UserEvent),header(Header),method(starts_with)",
            "al"
        )]));
        assert!(passes(&[by("header(header), method(ends_with)", "pha")]));
        assert!(passes(&[by("method(contains)", "user,all")]));
        assert!(passes(&[by("header(Header),method(regex)", "^al.*a$")]));
        assert!(!passes(&[by("name(Newchannel)", "")]));
        assert!(!passes(&[by("action(exclude)", "")]));
        assert!(!passes(&[by("header(NoSuch)", "")]));
    }

    #[test]
    fn criteria_that_make_no_sense_are_refused() {
        for (criteria, expression) in [
            ("action(nosuch),name(X)", "y"),
            ("method(nosuch)", "y"),
            ("name(UserEvent),method(none)", "zz"),
            ("name(UserEvent)", "zz"),
            ("name(UserEvent),method(exact)", ""),
            ("name(UserEvent", ""),
            ("name(UserEvent)method(none)", ""),
            ("colour(red)", ""),
            ("", "x"),
        ] {
            assert_eq!(
                Filter::by_criteria(criteria, expression).unwrap_err(),
                FilterFault::BadFormat,
                "{criteria}"
            );
        }
        assert_eq!(
            Filter::by_criteria("method(regex)", "(").unwrap_err(),
            FilterFault::DidNotCompile
        );
    }

    #[test]
    fn a_session_has_room_for_so_many() {
        let mut filters = Filters::default();
        for _ in 0..FILTERS_MAX {
            assert_eq!(filters.add(Filter::plain("x").unwrap()), Ok(()));
        }
        assert_eq!(
            filters.add(Filter::plain("x").unwrap()),
            Err(FilterFault::TooMany)
        );
    }
}
