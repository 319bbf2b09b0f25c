//! Cuts an expression into words, quoted strings and signs.

use super::{ExpressionError, MAX_EXPRESSION_BYTES};
use std::borrow::Cow;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'a> {
    Word(&'a str),
    Quoted(Cow<'a, str>),
    /// A word with the parenthesis right behind it.
    Call(&'a str),
    Sign(&'static str),
}

impl Token<'_> {
    pub(super) fn text(&self) -> String {
        match self {
            Token::Word(text) => (*text).to_owned(),
            Token::Call(text) => format!("{text}("),
            Token::Quoted(text) => format!("\"{text}\""),
            Token::Sign(sign) => (*sign).to_owned(),
        }
    }
}

/// The longer before those they begin with.
const SIGNS: [&str; 22] = [
    "::", "==", "=~", "!=", "<=", ">=", "~~", "|", "&", "=", "<", ">", "+", "-", "*", "/", "%", "!", ":",
    "?", "(", ")",
];

pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, ExpressionError> {
    if text.len() > MAX_EXPRESSION_BYTES {
        return Err(ExpressionError::TooLong);
    }
    let mut found = Vec::new();
    // For each open parenthesis, whether it belongs to a call, where a comma is a sign.
    let mut calls = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let in_call = calls.last() == Some(&true);
        if let Some(inside) = rest.strip_prefix('"') {
            let (quoted, after) = quoted(inside)?;
            found.push(Token::Quoted(quoted));
            rest = after;
        } else if let Some(sign) = sign(rest, in_call) {
            match sign {
                "(" => calls.push(false),
                ")" => drop(calls.pop()),
                _ => {}
            }
            found.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
        } else {
            let end = word_end(rest, in_call);
            let (word, after) = rest.split_at(end);
            match after.strip_prefix('(') {
                Some(after) => {
                    calls.push(true);
                    found.push(Token::Call(word));
                    rest = after;
                }
                None => {
                    found.push(Token::Word(word));
                    rest = after;
                }
            }
        }
        rest = rest.trim_start();
    }
    Ok(found)
}

fn sign(text: &str, in_call: bool) -> Option<&'static str> {
    if in_call && text.starts_with(',') {
        return Some(",");
    }
    SIGNS.into_iter().find(|sign| text.starts_with(sign))
}

/// A word has at least its first character, whatever it is.
fn word_end(text: &str, in_call: bool) -> usize {
    let ends = |(at, letter): (usize, char)| {
        let rest = &text[at..];
        let ends = letter.is_whitespace() || letter == '"' || sign(rest, in_call).is_some();
        (at > 0 && ends).then_some(at)
    };
    text.char_indices().find_map(ends).unwrap_or(text.len())
}

/// Reads from behind the opening quote; `\"` is a quote inside.
fn quoted(text: &str) -> Result<(Cow<'_, str>, &str), ExpressionError> {
    let mut from = 0;
    loop {
        let end = from + text[from..].find('"').ok_or(ExpressionError::UnclosedQuote)?;
        if !text[..end].ends_with('\\') {
            let inside = &text[..end];
            let inside = if inside.contains("\\\"") {
                inside.replace("\\\"", "\"").into()
            } else {
                inside.into()
            };
            return Ok((inside, &text[end + 1..]));
        }
        from = end + 1;
    }
}
