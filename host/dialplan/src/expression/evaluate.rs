//! What an expression comes to.

use super::number::Number;
use super::{Binary, Expression, ExpressionError, MAX_REGEX_BYTES, MAX_REGEX_MEMORY, Unary};
use regex::{Regex, RegexBuilder};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

#[derive(Clone, Debug)]
enum Value<'v> {
    Word(Cow<'v, str>),
    Quoted(Cow<'v, str>),
    Number(Number),
}

impl<'v> Value<'v> {
    fn into_text(self) -> Cow<'v, str> {
        match self {
            Value::Word(text) | Value::Quoted(text) => text,
            Value::Number(number) => number.to_string().into(),
        }
    }

    /// The number this is in a comparison; quotes make a text of it.
    fn bare_number(&self) -> Option<Number> {
        match self {
            Value::Word(text) => Number::parse(text),
            Value::Quoted(_) => None,
            Value::Number(number) => Some(*number),
        }
    }

    fn number(self) -> Result<Number, ExpressionError> {
        if let Value::Number(number) = self {
            return Ok(number);
        }
        let text = self.into_text();
        Number::parse(&text).ok_or_else(|| ExpressionError::NotANumber(text.into_owned()))
    }

    fn is_true(&self) -> bool {
        match self {
            Value::Number(number) => !number.is_zero(),
            Value::Word(text) | Value::Quoted(text) => {
                !text.is_empty() && !Number::parse(text).is_some_and(Number::is_zero)
            }
        }
    }

    fn of_bool(answer: bool) -> Self {
        Value::Number(Number::Whole(answer.into()))
    }

    fn of_count(count: usize) -> Self {
        Value::Number(Number::Whole(count as i64))
    }
}

impl Expression<'_> {
    /// What it comes to, as text without the quotes.
    pub fn value(&self) -> Result<String, ExpressionError> {
        Ok(self.evaluate()?.into_text().into_owned())
    }

    fn evaluate(&self) -> Result<Value<'_>, ExpressionError> {
        match self {
            Self::Word(word) => Ok(Value::Word(Cow::Borrowed(word))),
            Self::Quoted(text) => Ok(Value::Quoted(Cow::Borrowed(text))),
            Self::Unary(Unary::Minus, operand) => Ok(Value::Number(operand.evaluate()?.number()?.negated())),
            Self::Unary(Unary::Not, operand) => Ok(Value::of_bool(!operand.evaluate()?.is_true())),
            Self::Binary(operator, left, right) => binary(*operator, left.evaluate()?, right.evaluate()?),
            Self::Conditional(condition, yes, no) => match condition.evaluate()?.is_true() {
                true => yes.evaluate(),
                false => no.evaluate(),
            },
            Self::Call(function, arguments) => {
                let numbers: Result<Vec<Number>, _> = arguments
                    .iter()
                    .map(|argument| argument.evaluate()?.number())
                    .collect();
                Ok(Value::Number(Number::call(*function, &numbers?)?))
            }
        }
    }
}

fn binary<'v>(operator: Binary, left: Value<'v>, right: Value<'v>) -> Result<Value<'v>, ExpressionError> {
    match operator {
        Binary::Or => Ok(if left.is_true() { left } else { right }),
        Binary::And => Ok(if left.is_true() && right.is_true() {
            left
        } else {
            Value::of_bool(false)
        }),
        Binary::Equal => Ok(Value::of_bool(compare(left, right).is_eq())),
        Binary::NotEqual => Ok(Value::of_bool(compare(left, right).is_ne())),
        Binary::Less => Ok(Value::of_bool(compare(left, right).is_lt())),
        Binary::Greater => Ok(Value::of_bool(compare(left, right).is_gt())),
        Binary::LessOrEqual => Ok(Value::of_bool(compare(left, right).is_le())),
        Binary::GreaterOrEqual => Ok(Value::of_bool(compare(left, right).is_ge())),
        Binary::Add | Binary::Subtract | Binary::Multiply | Binary::Divide | Binary::Remainder => Ok(
            Value::Number(left.number()?.arithmetic(operator, right.number()?)?),
        ),
        Binary::MatchStart => matched(&left.into_text(), &format!("^(?:{})", right.into_text())),
        Binary::MatchAnywhere => matched(&left.into_text(), &right.into_text()),
        Binary::Concatenate => Ok(Value::Quoted(
            (left.into_text() + right.into_text()).into_owned().into(),
        )),
    }
}

fn compare(left: Value<'_>, right: Value<'_>) -> std::cmp::Ordering {
    match (left.bare_number(), right.bare_number()) {
        (Some(left), Some(right)) => left.compare(right),
        (_, _) => left.into_text().cmp(&right.into_text()),
    }
}

/// The first group if the regular expression has one, otherwise the number of characters matched.
fn matched<'v>(text: &str, pattern: &str) -> Result<Value<'v>, ExpressionError> {
    let regex = compiled(pattern)?;
    if regex.captures_len() == 1 {
        return Ok(Value::of_count(
            regex.find(text).map_or(0, |found| found.as_str().chars().count()),
        ));
    }
    let group = regex
        .captures(text)
        .and_then(|captures| Some(captures.get(1)?.as_str().to_owned()));
    Ok(Value::Quoted(group.unwrap_or_default().into()))
}

/// The most compiled expressions kept; beyond that all are dropped and built anew.
const MAX_KEPT: usize = 64;

thread_local! {
    /// Compiling takes longer than a whole dialplan step, and a dialplan has few expressions.
    static KEPT: RefCell<BTreeMap<String, Rc<Regex>>> = const { RefCell::new(BTreeMap::new()) };
}

fn compiled(pattern: &str) -> Result<Rc<Regex>, ExpressionError> {
    if pattern.len() > MAX_REGEX_BYTES {
        return Err(ExpressionError::BadRegex(format!(
            "longer than {MAX_REGEX_BYTES} bytes"
        )));
    }
    KEPT.with_borrow_mut(|kept| {
        if let Some(regex) = kept.get(pattern) {
            return Ok(Rc::clone(regex));
        }
        let mut builder = RegexBuilder::new(pattern);
        builder
            .size_limit(MAX_REGEX_MEMORY)
            .dfa_size_limit(MAX_REGEX_MEMORY)
            .nest_limit(50);
        let regex = builder
            .build()
            .map_err(|error| ExpressionError::BadRegex(error.to_string()))?;
        if kept.len() == MAX_KEPT {
            kept.clear();
        }
        // Not a clone of the expression itself: that one would build its working memory anew for every match.
        let regex = Rc::new(regex);
        kept.insert(pattern.to_owned(), Rc::clone(&regex));
        Ok(regex)
    })
}
