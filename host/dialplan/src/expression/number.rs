//! Numbers of expressions: whole as long as they can be, otherwise binary floating point.

use super::{Binary, ExpressionError, Function};
use std::cmp::Ordering;
use std::fmt;

/// Significant digits of a printed fraction.
const DIGITS: usize = 15;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    Whole(i64),
    Fraction(f64),
}

impl Number {
    /// Reads digits with an optional sign and fraction; blanks around do not count.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let dots = digits.bytes().filter(|byte| *byte == b'.').count();
        let is_number = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        if !is_number || dots > 1 || digits.len() == dots {
            return None;
        }
        if let Ok(whole) = text.parse() {
            return Some(Self::Whole(whole));
        }
        text.parse()
            .ok()
            .filter(|value: &f64| value.is_finite())
            .map(Self::Fraction)
    }

    fn as_fraction(self) -> f64 {
        match self {
            Self::Whole(value) => value as f64,
            Self::Fraction(value) => value,
        }
    }

    fn checked(value: f64) -> Result<Self, ExpressionError> {
        if value.is_finite() {
            Ok(Self::Fraction(value))
        } else {
            Err(ExpressionError::OutOfRange)
        }
    }

    pub(super) fn is_zero(self) -> bool {
        self.as_fraction() == 0.0
    }

    pub(super) fn compare(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Whole(left), Self::Whole(right)) => left.cmp(&right),
            (left, right) => left
                .as_fraction()
                .partial_cmp(&right.as_fraction())
                .expect("numbers are finite"),
        }
    }

    /// `+ - * / %`; whole results stay whole, what overflows goes on as a fraction.
    pub(super) fn arithmetic(self, operator: Binary, other: Self) -> Result<Self, ExpressionError> {
        let divides = matches!(operator, Binary::Divide | Binary::Remainder);
        if divides && other.is_zero() {
            return Err(ExpressionError::DivisionByZero);
        }
        if let (Self::Whole(left), Self::Whole(right)) = (self, other)
            && let Some(whole) = whole_arithmetic(left, operator, right)
        {
            return Ok(Self::Whole(whole));
        }
        let (left, right) = (self.as_fraction(), other.as_fraction());
        Self::checked(match operator {
            Binary::Add => left + right,
            Binary::Subtract => left - right,
            Binary::Multiply => left * right,
            Binary::Divide => left / right,
            Binary::Remainder => left % right,
            Binary::Or
            | Binary::And
            | Binary::Equal
            | Binary::NotEqual
            | Binary::Less
            | Binary::Greater
            | Binary::LessOrEqual
            | Binary::GreaterOrEqual
            | Binary::MatchStart
            | Binary::MatchAnywhere
            | Binary::Concatenate => unreachable!("only arithmetic comes here"),
        })
    }

    pub(super) fn negated(self) -> Self {
        match self {
            Self::Whole(value) => value
                .checked_neg()
                .map_or(Self::Fraction(-(value as f64)), Self::Whole),
            Self::Fraction(value) => Self::Fraction(-value),
        }
    }

    pub(super) fn call(function: Function, arguments: &[Self]) -> Result<Self, ExpressionError> {
        let argument = |place: usize| arguments.get(place).map_or(0.0, |number| number.as_fraction());
        let value = argument(0);
        Self::checked(match function {
            Function::Ceil => value.ceil(),
            Function::Floor => value.floor(),
            Function::Round => value.round(),
            Function::Trunc => value.trunc(),
            Function::Sqrt => value.sqrt(),
            Function::Pow => value.powf(argument(1)),
            Function::Exp => value.exp(),
            Function::Log => value.ln(),
            Function::Log10 => value.log10(),
        })
    }
}

fn whole_arithmetic(left: i64, operator: Binary, right: i64) -> Option<i64> {
    match operator {
        Binary::Add => left.checked_add(right),
        Binary::Subtract => left.checked_sub(right),
        Binary::Multiply => left.checked_mul(right),
        Binary::Divide if left.checked_rem(right)? == 0 => left.checked_div(right),
        Binary::Remainder => left.checked_rem(right),
        Binary::Divide
        | Binary::Or
        | Binary::And
        | Binary::Equal
        | Binary::NotEqual
        | Binary::Less
        | Binary::Greater
        | Binary::LessOrEqual
        | Binary::GreaterOrEqual
        | Binary::MatchStart
        | Binary::MatchAnywhere
        | Binary::Concatenate => None,
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = match self {
            Self::Whole(value) => return value.fmt(f),
            Self::Fraction(0.0) => return f.write_str("0"),
            Self::Fraction(value) => *value,
        };
        let scientific = format!("{value:.*e}", DIGITS - 1);
        let (mantissa, exponent) = scientific.split_once('e').expect("'e' is the format");
        let exponent: i32 = exponent.parse().expect("the exponent is a number");
        let trimmed = |text: &str| match text.contains('.') {
            true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
            false => text.to_owned(),
        };
        let places = DIGITS as i32 - 1 - exponent;
        match places {
            0..=19 => f.write_str(&trimmed(&format!("{value:.*}", places as usize))),
            _ => write!(f, "{}e{exponent:+03}", trimmed(mantissa)),
        }
    }
}
