//! The text between an application's parentheses as arguments and option letters.

use std::collections::BTreeMap;
use std::fmt;

/// The most arguments one text is split into; the last keeps the rest, commas and all.
pub const MAX_ARGUMENTS: usize = 256;

/// Arguments by place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    items: Vec<String>,
}

impl Arguments {
    /// Splits at commas outside quotes, parentheses, brackets and braces; quotes and the backslashes of escapes go.
    ///
    /// ```
    /// let arguments = ucx_dialplan::Arguments::split(r#"PJSIP/a,"x,y",D(1,2)z,\,"#);
    /// let items: Vec<&str> = arguments.iter().collect();
    /// assert_eq!(items, ["PJSIP/a", "x,y", "D(1,2)z", ","]);
    /// ```
    pub fn split(text: &str) -> Self {
        Self::split_into(text, MAX_ARGUMENTS)
    }

    /// The same, but into `count` arguments at the most: the last keeps the rest as it is.
    pub fn split_into(text: &str, count: usize) -> Self {
        Self {
            items: pieces(text, count)
                .into_iter()
                .map(|piece| piece.cleaned())
                .collect(),
        }
    }

    /// Splits at the same commas, but keeps quotes and backslashes.
    pub fn split_raw(text: &str) -> Self {
        Self {
            items: pieces(text, MAX_ARGUMENTS)
                .into_iter()
                .map(|piece| piece.text.to_owned())
                .collect(),
        }
    }

    /// The argument at a place; `None` if it is missing or empty.
    pub fn get(&self, place: usize) -> Option<&str> {
        self.items
            .get(place)
            .map(String::as_str)
            .filter(|item| !item.is_empty())
    }

    /// The argument at a place; empty if it is missing.
    pub fn text(&self, place: usize) -> &str {
        self.items.get(place).map_or("", String::as_str)
    }

    /// How many there are, empty ones included; an empty text has none.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether the text was empty.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// All in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.items.iter().map(String::as_str)
    }
}

struct Piece<'a> {
    text: &'a str,
    is_rest: bool,
}

impl Piece<'_> {
    fn cleaned(&self) -> String {
        if self.is_rest || !self.text.contains(['"', '\\']) {
            return self.text.to_owned();
        }
        let mut letters = self.text.chars();
        let mut clean = String::with_capacity(self.text.len());
        while let Some(letter) = letters.next() {
            match letter {
                '"' => {}
                '\\' => clean.push(letters.next().unwrap_or('\\')),
                _ => clean.push(letter),
            }
        }
        clean
    }
}

fn pieces(text: &str, count: usize) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    if text.is_empty() {
        return found;
    }
    let mut rest = text;
    while found.len() + 1 < count {
        let Some(comma) = first_outside(rest, b',') else {
            break;
        };
        found.push(Piece {
            text: &rest[..comma],
            is_rest: false,
        });
        rest = &rest[comma + 1..];
    }
    let is_rest = first_outside(rest, b',').is_some();
    found.push(Piece { text: rest, is_rest });
    found
}

/// Where `wanted` first stands outside quotes, escapes and every kind of bracket.
pub(crate) fn first_outside(text: &str, wanted: u8) -> Option<usize> {
    let mut depth = 0_usize;
    let mut is_quoted = false;
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\\' => {
                bytes.next();
            }
            b'"' => is_quoted = !is_quoted,
            _ if is_quoted => {}
            _ if byte == wanted && depth == 0 => return Some(at),
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// Option letters, some with an argument in parentheses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    letters: BTreeMap<char, Option<String>>,
}

/// Why a text is no list of option letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionsError {
    MissingParenthesis(char),
    StrayParenthesis,
}

impl fmt::Display for OptionsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingParenthesis(letter) => {
                write!(f, "the argument of option '{letter}' has no closing parenthesis")
            }
            Self::StrayParenthesis => f.write_str("a parenthesis follows no option letter"),
        }
    }
}

impl std::error::Error for OptionsError {}

impl Options {
    /// Reads letters such as `A(x,y)b`; blanks are skipped, a letter given twice counts as given last.
    pub fn parse(text: &str) -> Result<Self, OptionsError> {
        let mut letters = BTreeMap::new();
        let mut rest = text;
        while let Some(letter) = rest.chars().next() {
            rest = &rest[letter.len_utf8()..];
            if letter.is_whitespace() {
                continue;
            }
            if matches!(letter, '(' | ')') {
                return Err(OptionsError::StrayParenthesis);
            }
            let argument = match rest.strip_prefix('(') {
                None => None,
                Some(inside) => {
                    let end = first_outside(inside, b')').ok_or(OptionsError::MissingParenthesis(letter))?;
                    rest = &inside[end + 1..];
                    Some(inside[..end].to_owned())
                }
            };
            letters.insert(letter, argument);
        }
        Ok(Self { letters })
    }

    /// Whether the letter was given.
    pub fn has(&self, letter: char) -> bool {
        self.letters.contains_key(&letter)
    }

    /// What stands in the letter's parentheses; `None` without them.
    pub fn argument(&self, letter: char) -> Option<&str> {
        self.letters.get(&letter)?.as_deref()
    }

    /// The arguments in the letter's parentheses: at commas, or at `^` where the field writes them so.
    pub fn arguments(&self, letter: char) -> Arguments {
        let inside = self.argument(letter).unwrap_or_default();
        if first_outside(inside, b',').is_none() && inside.contains('^') {
            return Arguments::split(&inside.replace('^', ","));
        }
        Arguments::split(inside)
    }

    /// The letters given that are none of `known`.
    pub fn unknown<'a>(&'a self, known: &'a str) -> impl Iterator<Item = char> + 'a {
        self.letters
            .keys()
            .copied()
            .filter(move |letter| !known.contains(*letter))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_split_as_applications_expect() {
        let table: [(&str, &[&str]); 12] = [
            ("", &[]),
            ("a", &["a"]),
            ("a,", &["a", ""]),
            (",a", &["", "a"]),
            ("a, b", &["a", " b"]),
            (r#""a,b",c"#, &["a,b", "c"]),
            (r"a\,b,c", &["a,b", "c"]),
            (r#"\"a,b\""#, &["\"a", "b\""]),
            ("f(a,b),[c,d],{e,f}", &["f(a,b)", "[c,d]", "{e,f}"]),
            ("f(g(a,b),c),d", &["f(g(a,b),c)", "d"]),
            ("f(a,b", &["f(a,b"]),
            ("a),b", &["a)", "b"]),
        ];
        for (text, expected) in table {
            assert_eq!(Arguments::split(text).items, expected, "{text}");
        }
        assert_eq!(Arguments::split_raw(r#""a,b",c\,d"#).items, [r#""a,b""#, r"c\,d"]);
        assert_eq!(Arguments::split_into("a,b,\"c\",d", 2).items, ["a", "b,\"c\",d"]);
        assert_eq!(Arguments::split(&",".repeat(1000)).len(), MAX_ARGUMENTS);
    }

    #[test]
    fn options_keep_their_arguments() {
        let options = Options::parse("tTA(x,y)b(sub^s^1(a^b)) L(60000:30000)m()").expect("options");
        assert!(options.has('t') && options.has('T') && !options.has('g'));
        assert_eq!(options.argument('A'), Some("x,y"));
        assert_eq!(options.argument('t'), None);
        assert_eq!(options.argument('m'), Some(""));
        assert_eq!(options.argument('b'), Some("sub^s^1(a^b)"));
        assert_eq!(options.arguments('b').items, ["sub", "s", "1(a,b)"]);
        assert_eq!(options.arguments('A').items, ["x", "y"]);
        assert_eq!(options.unknown("tTAbm").collect::<String>(), "L");
        assert_eq!(Options::parse("A(x"), Err(OptionsError::MissingParenthesis('A')));
        assert_eq!(Options::parse("(x)"), Err(OptionsError::StrayParenthesis));
    }
}
