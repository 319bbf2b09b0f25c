//! Expressions, the inside of `$[ … ]`: what they are, how they print, and what they come to.

mod evaluate;
mod lexer;
mod number;
mod parser;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;

/// The longest expression, in bytes.
pub const MAX_EXPRESSION_BYTES: usize = 16 * 1024;
/// How deep parentheses, signs and conditionals may nest.
pub const MAX_EXPRESSION_DEPTH: usize = 64;
/// How high the tree of an expression may be; a chain of operators is as high as it is long.
pub const MAX_EXPRESSION_HEIGHT: usize = 256;
/// The longest regular expression, in bytes.
pub const MAX_REGEX_BYTES: usize = 1024;
/// The memory one compiled regular expression may take, in bytes.
pub const MAX_REGEX_MEMORY: usize = 256 * 1024;

/// A parsed expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression<'a> {
    /// A bare word; a number if it looks like one.
    Word(Cow<'a, str>),
    /// The inside of a quoted string; never a number in a comparison.
    Quoted(Cow<'a, str>),
    Unary(Unary, Box<Self>),
    Binary(Binary, Box<Self>, Box<Self>),
    /// `condition ? yes :: no`
    Conditional(Box<Self>, Box<Self>, Box<Self>),
    Call(Function, Vec<Self>),
}

/// Operators before their operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unary {
    Minus,
    Not,
}

/// Operators between their operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    Greater,
    LessOrEqual,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    /// `:`, a regular expression anchored at the beginning.
    MatchStart,
    /// `=~`, a regular expression anywhere.
    MatchAnywhere,
    Concatenate,
}

/// The mathematical functions an expression may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    Ceil,
    Floor,
    Round,
    Trunc,
    Sqrt,
    Pow,
    Exp,
    Log,
    Log10,
}

impl Function {
    const ALL: [(Self, &'static str, usize); 9] = [
        (Self::Ceil, "CEIL", 1),
        (Self::Floor, "FLOOR", 1),
        (Self::Round, "ROUND", 1),
        (Self::Trunc, "TRUNC", 1),
        (Self::Sqrt, "SQRT", 1),
        (Self::Pow, "POW", 2),
        (Self::Exp, "EXP", 1),
        (Self::Log, "LOG", 1),
        (Self::Log10, "LOG10", 1),
    ];

    fn by_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, own, _)| own.eq_ignore_ascii_case(name))
            .map(|(function, _, _)| *function)
    }

    fn row(self) -> (&'static str, usize) {
        let row = Self::ALL.iter().find(|(function, _, _)| *function == self);
        row.map(|(_, name, arity)| (*name, *arity))
            .expect("the table lists every function")
    }
}

impl Binary {
    const ALL: [(Self, &'static str, u8); 17] = [
        (Self::Or, "|", 1),
        (Self::And, "&", 2),
        (Self::Equal, "=", 3),
        (Self::Equal, "==", 3),
        (Self::NotEqual, "!=", 3),
        (Self::Less, "<", 3),
        (Self::Greater, ">", 3),
        (Self::LessOrEqual, "<=", 3),
        (Self::GreaterOrEqual, ">=", 3),
        (Self::Add, "+", 4),
        (Self::Subtract, "-", 4),
        (Self::Multiply, "*", 5),
        (Self::Divide, "/", 5),
        (Self::Remainder, "%", 5),
        (Self::MatchStart, ":", TIGHTEST),
        (Self::MatchAnywhere, "=~", TIGHTEST),
        (Self::Concatenate, "~~", TIGHTEST),
    ];

    fn by_sign(sign: &str) -> Option<(Self, u8)> {
        Self::ALL
            .iter()
            .find(|(_, own, _)| *own == sign)
            .map(|(operator, _, level)| (*operator, *level))
    }

    fn sign(self) -> &'static str {
        let row = Self::ALL.iter().find(|(operator, _, _)| *operator == self);
        row.map(|(_, sign, _)| *sign)
            .expect("the table lists every operator")
    }
}

/// Regular expressions and concatenation bind tighter than the signs before an operand.
const TIGHTEST: u8 = 7;

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq)]
pub enum ExpressionError {
    TooLong,
    TooDeep,
    UnclosedQuote,
    UnknownFunction(String),
    WrongArgumentCount(Function),
    /// What was found where an operand was expected; `None` for the end.
    Unexpected(Option<String>),
    NotANumber(String),
    DivisionByZero,
    /// The result is no finite number.
    OutOfRange,
    BadRegex(String),
}

impl ExpressionError {
    /// What stands in place of the expression: zero for failed arithmetic, nothing for what could not be read.
    pub fn fallback(&self) -> &'static str {
        match self {
            Self::NotANumber(_) | Self::DivisionByZero | Self::OutOfRange | Self::BadRegex(_) => "0",
            Self::TooLong
            | Self::TooDeep
            | Self::UnclosedQuote
            | Self::UnknownFunction(_)
            | Self::WrongArgumentCount(_)
            | Self::Unexpected(_) => "",
        }
    }
}

impl fmt::Display for ExpressionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "the expression is longer than {MAX_EXPRESSION_BYTES} bytes"),
            Self::TooDeep => f.write_str("the expression nests too deep or is too long a chain"),
            Self::UnclosedQuote => f.write_str("a quote is not closed"),
            Self::UnknownFunction(name) => write!(f, "an expression has no function '{name}'"),
            Self::WrongArgumentCount(function) => {
                let (name, arity) = function.row();
                write!(f, "{name} takes {arity} argument(s)")
            }
            Self::Unexpected(Some(found)) => write!(f, "'{found}' is not expected there"),
            Self::Unexpected(None) => f.write_str("the expression ends too early"),
            Self::NotANumber(text) => write!(f, "'{text}' is no number"),
            Self::DivisionByZero => f.write_str("division by zero"),
            Self::OutOfRange => f.write_str("the result is out of range"),
            Self::BadRegex(error) => write!(f, "bad regular expression: {error}"),
        }
    }
}

impl std::error::Error for ExpressionError {}

/// What the text between `$[` and `]` comes to, variables already substituted. Nothing comes to nothing.
pub fn evaluate(text: &str) -> Result<String, ExpressionError> {
    match Expression::parse(text)? {
        Some(expression) => expression.value(),
        None => Ok(String::new()),
    }
}

/// Whether GotoIf and its kin take the text as true: it is not empty and, if it begins with a number, not zero.
pub fn truth(text: &str) -> bool {
    let text = text.trim_start();
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    match digits.bytes().take_while(u8::is_ascii_digit).count() {
        0 => !text.is_empty(),
        count => digits.bytes().take(count).any(|digit| digit != b'0'),
    }
}

impl fmt::Display for Expression<'_> {
    /// Writes text that parses to an equal expression; every inner operation stands in parentheses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = |operand: &Self| match operand {
            Self::Word(_) | Self::Quoted(_) | Self::Call(..) => operand.to_string(),
            Self::Unary(..) | Self::Binary(..) | Self::Conditional(..) => format!("({operand})"),
        };
        match self {
            Self::Word(word) => f.write_str(word),
            Self::Quoted(text) => write!(f, "\"{}\"", text.replace('"', "\\\"")),
            Self::Unary(Unary::Minus, operand) => write!(f, "-{}", inner(operand)),
            Self::Unary(Unary::Not, operand) => write!(f, "!{}", inner(operand)),
            Self::Binary(operator, left, right) => {
                write!(f, "{} {} {}", inner(left), operator.sign(), inner(right))
            }
            Self::Conditional(condition, yes, no) => {
                write!(f, "{} ? {} :: {}", inner(condition), inner(yes), inner(no))
            }
            Self::Call(function, arguments) => {
                let arguments: Vec<String> = arguments.iter().map(Self::to_string).collect();
                write!(f, "{}({})", function.row().0, arguments.join(","))
            }
        }
    }
}
