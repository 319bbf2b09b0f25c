//! Where Goto, Gosub and their kin go: `[[context,]exten,]priority`, and `condition?yes:no`.

use crate::arguments::{Arguments, first_outside};
use crate::find::Query;
use crate::plan::Dialplan;
use std::fmt;

/// A destination as written; what is missing stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub context: Option<String>,
    pub exten: Option<String>,
    pub priority: TargetPriority,
}

/// The last part of a destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetPriority {
    Number(u32),
    /// `+2` or `-2`, counted from the current priority.
    Relative(i64),
    Label(String),
}

/// Why a text is no destination, or leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetError {
    Empty,
    TooManyParts,
    MissingParenthesis,
    /// The number is zero, below or too large.
    BadPriority(String),
    UnknownLabel(String),
}

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("a destination needs at least a priority"),
            Self::TooManyParts => f.write_str("a destination is context, extension and priority, no more"),
            Self::MissingParenthesis => f.write_str("the arguments have no closing parenthesis"),
            Self::BadPriority(text) => write!(f, "'{text}' is no priority"),
            Self::UnknownLabel(label) => write!(f, "no label '{label}' in that extension"),
        }
    }
}

impl std::error::Error for TargetError {}

/// A place in the dialplan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub context: String,
    pub exten: String,
    pub priority: u32,
}

impl Target {
    /// Reads `[[context,]exten,]priority`. An empty context or extension stays as it is.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let parts = Arguments::split(text);
        let part = |place: usize| {
            Some(parts.text(place).trim())
                .filter(|part| !part.is_empty())
                .map(str::to_owned)
        };
        let (context, exten, priority) = match parts.len() {
            0 => return Err(TargetError::Empty),
            1 => (None, None, part(0)),
            2 => (None, part(0), part(1)),
            3 => (part(0), part(1), part(2)),
            _ => return Err(TargetError::TooManyParts),
        };
        Ok(Self {
            context,
            exten,
            priority: TargetPriority::parse(&priority.ok_or(TargetError::Empty)?)?,
        })
    }

    /// Reads a destination with arguments, as Gosub takes it: `context,exten,priority(one,two)`.
    pub fn parse_with_arguments(text: &str) -> Result<(Self, Arguments), TargetError> {
        let text = text.trim();
        // The parenthesis belongs to the priority, so it is looked for behind the last comma outside of it.
        let Some(open) = first_outside(text, b'(') else {
            return Ok((Self::parse(text)?, Arguments::default()));
        };
        let inside = text[open + 1..]
            .strip_suffix(')')
            .ok_or(TargetError::MissingParenthesis)?;
        Ok((Self::parse(&text[..open])?, Arguments::split(inside)))
    }

    /// Where it leads from `from`: missing parts are taken from there, labels are looked up for this caller.
    pub fn resolve(&self, plan: &Dialplan, from: &Place, who: &Query<'_>) -> Result<Place, TargetError> {
        let context = self.context.clone().unwrap_or_else(|| from.context.clone());
        let exten = self.exten.clone().unwrap_or_else(|| from.exten.clone());
        let priority = match &self.priority {
            TargetPriority::Number(number) => *number,
            TargetPriority::Relative(by) => u32::try_from(i64::from(from.priority) + by)
                .ok()
                .filter(|priority| *priority > 0)
                .ok_or_else(|| TargetError::BadPriority(format!("{by:+}")))?,
            TargetPriority::Label(label) => {
                let query = Query {
                    context: &context,
                    exten: &exten,
                    ..*who
                };
                plan.priority_by_label(&query, label)
                    .ok_or_else(|| TargetError::UnknownLabel(label.clone()))?
            }
        };
        Ok(Place {
            context,
            exten,
            priority,
        })
    }
}

impl TargetPriority {
    /// Reads a number, `+n`, `-n` or a label.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let bad = || TargetError::BadPriority(text.to_owned());
        let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if let Some(digits) = text.strip_prefix(['+', '-'])
            && is_number(digits)
        {
            return text
                .parse::<i32>()
                .map(|by| Self::Relative(by.into()))
                .map_err(|_| bad());
        }
        match text {
            "" => Err(TargetError::Empty),
            _ if is_number(text) => text
                .parse()
                .ok()
                .filter(|number| *number > 0)
                .map(Self::Number)
                .ok_or_else(bad),
            _ => Ok(Self::Label(text.to_owned())),
        }
    }
}

/// `condition?yes:no` as GotoIf, GosubIf, GotoIfTime and ExecIf take it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Branches<'a> {
    pub condition: &'a str,
    pub yes: &'a str,
    pub no: &'a str,
}

impl<'a> Branches<'a> {
    /// Splits at the first `?` and then at the first `:`, both outside quotes and brackets. `None` without `?`.
    pub fn parse(text: &'a str) -> Option<Self> {
        let question = first_outside(text, b'?').or_else(|| text.find('?'))?;
        let (condition, rest) = (&text[..question], &text[question + 1..]);
        let (yes, no) = match first_outside(rest, b':') {
            Some(colon) => (&rest[..colon], &rest[colon + 1..]),
            None => (rest, ""),
        };
        Some(Self {
            condition: condition.trim(),
            yes: yes.trim(),
            no: no.trim(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destinations_have_one_to_three_parts() {
        let target = |context: Option<&str>, exten: Option<&str>, priority| Target {
            context: context.map(str::to_owned),
            exten: exten.map(str::to_owned),
            priority,
        };
        let table = [
            ("1", target(None, None, TargetPriority::Number(1))),
            ("busy", target(None, None, TargetPriority::Label("busy".into()))),
            ("+2", target(None, None, TargetPriority::Relative(2))),
            ("-3", target(None, None, TargetPriority::Relative(-3))),
            ("s,1", target(None, Some("s"), TargetPriority::Number(1))),
            (
                "out, 123 , go",
                target(Some("out"), Some("123"), TargetPriority::Label("go".into())),
            ),
            (",s,1", target(None, Some("s"), TargetPriority::Number(1))),
        ];
        for (text, expected) in table {
            assert_eq!(Target::parse(text), Ok(expected), "{text}");
        }
        assert_eq!(Target::parse(""), Err(TargetError::Empty));
        assert_eq!(Target::parse("a,b,"), Err(TargetError::Empty));
        assert_eq!(Target::parse("0"), Err(TargetError::BadPriority("0".into())));
        assert_eq!(
            Target::parse("99999999999"),
            Err(TargetError::BadPriority("99999999999".into()))
        );
        assert_eq!(Target::parse("a,b,c,d"), Err(TargetError::TooManyParts));
    }

    #[test]
    fn gosub_destinations_carry_arguments() {
        let (target, arguments) = Target::parse_with_arguments("sub,s,1(a,\"b,c\")").expect("target");
        assert_eq!(target.priority, TargetPriority::Number(1));
        assert_eq!(arguments.iter().collect::<Vec<_>>(), ["a", "b,c"]);
        assert_eq!(
            Target::parse_with_arguments("s,1(a"),
            Err(TargetError::MissingParenthesis)
        );
        assert!(
            Target::parse_with_arguments("s,1")
                .expect("no arguments")
                .1
                .is_empty()
        );
    }

    #[test]
    fn branches_split_at_question_mark_and_colon() {
        let table = [
            ("1?a:b", ("1", "a", "b")),
            ("1?ctx,s,1", ("1", "ctx,s,1", "")),
            ("?:no", ("", "", "no")),
            (
                "9:00-17:00,mon-fri,*,*?open,s,1:closed,s,1",
                ("9:00-17:00,mon-fri,*,*", "open,s,1", "closed,s,1"),
            ),
            ("1?Set(a=b:c):NoOp(x)", ("1", "Set(a=b:c)", "NoOp(x)")),
        ];
        for (text, (condition, yes, no)) in table {
            assert_eq!(
                Branches::parse(text),
                Some(Branches { condition, yes, no }),
                "{text}"
            );
        }
        assert_eq!(Branches::parse("label"), None);
    }
}
