//! Substitution of `${VARIABLE:offset:length}`, `${FUNCTION(arguments)}` and `$[ expression ]` in a text.

use crate::expression::{ExpressionError, evaluate};
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

/// How deep `${…}` and `$[…]` may stand inside each other.
pub const MAX_DEPTH: usize = 32;
/// The longest result, in bytes, of a substitution and of each of its parts.
pub const MAX_RESULT_BYTES: usize = 64 * 1024;

/// Where variables and functions come from.
pub trait Scope {
    /// The value of a variable; `None` reads as nothing.
    fn variable(&mut self, name: &str) -> Option<String>;

    /// What a function reads.
    fn function(&mut self, name: &str, arguments: &str) -> Result<String, FunctionError>;

    /// Hears of a mistake that did not end the substitution; the faulty part reads as the field reads it.
    fn report(&mut self, problem: Problem<'_>) {
        let _ = problem;
    }
}

/// Why a function gave no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FunctionError {
    /// There is no such function.
    Unknown,
    /// It cannot be read, is not allowed, or its arguments are wrong; a sentence says which.
    Failed(String),
    /// The answer takes time: the substitution ends, the caller finds the answer and substitutes again.
    Waits,
}

impl fmt::Display for FunctionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("there is no such function"),
            Self::Failed(sentence) => f.write_str(sentence),
            Self::Waits => f.write_str("the function has to wait for its answer"),
        }
    }
}

impl std::error::Error for FunctionError {}

/// A mistake in a text; the rest of it was substituted all the same.
#[derive(Clone, Debug, PartialEq)]
pub enum Problem<'a> {
    /// `${` without `}`; the name was taken to reach to the end.
    MissingBrace,
    /// `$[` without `]`; the expression was taken to reach to the end.
    MissingBracket,
    /// A function's `(` without `)`.
    MissingParenthesis(&'a str),
    /// The function read as nothing.
    Function { name: &'a str, error: FunctionError },
    /// The expression read as `error.fallback()`.
    Expression { text: &'a str, error: ExpressionError },
}

impl fmt::Display for Problem<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingBrace => f.write_str("'${' has no '}'"),
            Self::MissingBracket => f.write_str("'$[' has no ']'"),
            Self::MissingParenthesis(name) => write!(f, "function {name} has no closing parenthesis"),
            Self::Function { name, error } => write!(f, "function {name}: {error}"),
            Self::Expression { text, error } => write!(f, "expression '{text}': {error}"),
        }
    }
}

/// Why a substitution ended without a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubstituteError {
    TooDeep,
    TooLong,
    /// A function said that it `Waits`.
    Waits {
        name: String,
        arguments: String,
    },
}

impl fmt::Display for SubstituteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooDeep => write!(f, "the text nests deeper than {MAX_DEPTH}"),
            Self::TooLong => write!(f, "the result is longer than {MAX_RESULT_BYTES} bytes"),
            Self::Waits { name, .. } => write!(f, "function {name} has to wait for its answer"),
        }
    }
}

impl std::error::Error for SubstituteError {}

/// Replaces variables, functions and expressions in `text`.
///
/// Values are not substituted again, and a backslash before `$` is kept and has no effect, as in the field.
pub fn substitute<'t>(scope: &mut dyn Scope, text: &'t str) -> Result<Cow<'t, str>, SubstituteError> {
    expand(scope, text, 0)
}

fn expand<'t>(scope: &mut dyn Scope, text: &'t str, depth: usize) -> Result<Cow<'t, str>, SubstituteError> {
    if next_opening(text).is_none() {
        return Ok(Cow::Borrowed(text));
    }
    if depth == MAX_DEPTH {
        return Err(SubstituteError::TooDeep);
    }
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, opening)) = next_opening(rest) {
        push(&mut result, &rest[..at])?;
        let inside = &rest[at + 2..];
        let (inside, after) = match closing(inside, opening) {
            Some(end) => (&inside[..end], &inside[end + 1..]),
            None => {
                scope.report(match opening {
                    Opening::Brace => Problem::MissingBrace,
                    Opening::Bracket => Problem::MissingBracket,
                });
                (inside, "")
            }
        };
        match opening {
            Opening::Brace => push(&mut result, &read(scope, inside, depth + 1)?)?,
            Opening::Bracket => {
                let expression = expand(scope, inside, depth + 1)?;
                match evaluate(&expression) {
                    Ok(value) => push(&mut result, &value)?,
                    Err(error) => {
                        push(&mut result, error.fallback())?;
                        scope.report(Problem::Expression {
                            text: &expression,
                            error,
                        });
                    }
                }
            }
        }
        rest = after;
    }
    push(&mut result, rest)?;
    Ok(Cow::Owned(result))
}

fn push(result: &mut String, more: &str) -> Result<(), SubstituteError> {
    if result.len() + more.len() > MAX_RESULT_BYTES {
        return Err(SubstituteError::TooLong);
    }
    result.push_str(more);
    Ok(())
}

#[derive(Clone, Copy)]
enum Opening {
    Brace,
    Bracket,
}

fn next_opening(text: &str) -> Option<(usize, Opening)> {
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(found) = text[from..].find('$') {
        let at = from + found;
        match bytes.get(at + 1) {
            Some(b'{') => return Some((at, Opening::Brace)),
            Some(b'[') => return Some((at, Opening::Bracket)),
            Some(_) | None => from = at + 1,
        }
    }
    None
}

/// Where the brace or bracket that was opened before `text` is closed.
fn closing(text: &str, opening: Opening) -> Option<usize> {
    let (open, close) = match opening {
        Opening::Brace => (b'{', b'}'),
        Opening::Bracket => (b'[', b']'),
    };
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        if byte == open {
            depth += 1;
        } else if byte == close {
            match depth.checked_sub(1) {
                Some(outer) => depth = outer,
                None => return Some(at),
            }
        }
    }
    None
}

/// The inside of `${…}`, taken apart before anything in it is substituted, so that values cannot change its shape.
struct Reference {
    name: Range<usize>,
    arguments: Option<Range<usize>>,
    suffix: Range<usize>,
    lacks_parenthesis: bool,
}

impl Reference {
    fn parse(text: &str) -> Self {
        let end = text.len();
        let mut depth = 0_usize;
        let mut open = None;
        let mut at = 0;
        while let Some(&byte) = text.as_bytes().get(at) {
            match byte {
                b'$' if matches!(text.as_bytes().get(at + 1), Some(b'{' | b'[')) => at = skip(text, at),
                b'(' => {
                    open = open.or(Some(at));
                    depth += 1;
                    at += 1;
                }
                b')' if open.is_some() => {
                    depth -= 1;
                    if let (0, Some(open)) = (depth, open) {
                        let (name, arguments) = (0..open, Some(open + 1..at));
                        return Self {
                            name,
                            arguments,
                            suffix: at + 1..end,
                            lacks_parenthesis: false,
                        };
                    }
                    at += 1;
                }
                b':' if open.is_none() => {
                    return Self {
                        name: 0..at,
                        arguments: None,
                        suffix: at..end,
                        lacks_parenthesis: false,
                    };
                }
                _ => at += 1,
            }
        }
        match open {
            Some(open) => {
                let (name, arguments) = (0..open, Some(open + 1..end));
                Self {
                    name,
                    arguments,
                    suffix: end..end,
                    lacks_parenthesis: true,
                }
            }
            None => Self {
                name: 0..end,
                arguments: None,
                suffix: end..end,
                lacks_parenthesis: false,
            },
        }
    }
}

/// Behind the `${…}` or `$[…]` that begins at `at`.
fn skip(text: &str, at: usize) -> usize {
    let inside = &text[at + 2..];
    let opening = if text.as_bytes()[at + 1] == b'{' {
        Opening::Brace
    } else {
        Opening::Bracket
    };
    closing(inside, opening).map_or(text.len(), |end| at + 2 + end + 1)
}

/// What `${inside}` reads.
fn read(scope: &mut dyn Scope, inside: &str, depth: usize) -> Result<String, SubstituteError> {
    let reference = Reference::parse(inside);
    // A computed name may turn out to be a function call or to carry an offset. What it came to is final.
    if reference.arguments.is_none() && next_opening(&inside[reference.name.clone()]).is_some() {
        let whole = expand(scope, inside, depth)?;
        let reference = Reference::parse(&whole);
        let arguments = reference.arguments.map(|range| &whole[range]);
        return look_up(scope, &whole[reference.name], arguments, &whole[reference.suffix]);
    }
    let name = expand(scope, &inside[reference.name], depth)?;
    let suffix = expand(scope, &inside[reference.suffix], depth)?;
    if reference.lacks_parenthesis {
        scope.report(Problem::MissingParenthesis(&name));
    }
    let arguments = reference
        .arguments
        .map(|range| expand(scope, &inside[range], depth))
        .transpose()?;
    look_up(scope, &name, arguments.as_deref(), &suffix)
}

fn look_up(
    scope: &mut dyn Scope,
    name: &str,
    arguments: Option<&str>,
    suffix: &str,
) -> Result<String, SubstituteError> {
    let value = match arguments {
        None => scope.variable(name).unwrap_or_default(),
        Some(arguments) => match scope.function(name, arguments) {
            Ok(value) => value,
            Err(FunctionError::Waits) => {
                let (name, arguments) = (name.to_owned(), arguments.to_owned());
                return Err(SubstituteError::Waits { name, arguments });
            }
            Err(error @ (FunctionError::Unknown | FunctionError::Failed(_))) => {
                scope.report(Problem::Function { name, error });
                String::new()
            }
        },
    };
    Ok(match suffix.strip_prefix(':') {
        Some(suffix) => cut(&value, suffix).to_owned(),
        None => value,
    })
}

/// `offset[:length]` of a value, in characters; negative ones count from the end.
fn cut<'v>(value: &'v str, suffix: &str) -> &'v str {
    let (offset, length) = match suffix.split_once(':') {
        Some((offset, length)) => (offset, Some(length)),
        None => (suffix, None),
    };
    let number = |text: &str| text.trim().parse::<i64>().ok();
    let Some(offset) = number(offset) else {
        return value;
    };
    let count = value.chars().count() as i64;
    let from = if offset < 0 {
        count.saturating_add(offset).max(0)
    } else {
        offset.min(count)
    };
    let to = match length.and_then(number) {
        None => count,
        Some(length) if length < 0 => count.saturating_add(length).max(from),
        Some(length) => from.saturating_add(length).min(count),
    };
    let byte = |at: i64| {
        value
            .char_indices()
            .nth(at as usize)
            .map_or(value.len(), |(byte, _)| byte)
    };
    &value[byte(from)..byte(to)]
}

#[cfg(test)]
mod tests;
