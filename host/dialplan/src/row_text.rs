//! The parts of an `exten` line: priority, label, application and its arguments.

/// A priority as written; `plus` counts on from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    Hint,
    Next,
    Same,
    Number(u32),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PriorityText<'a> {
    pub(crate) base: Base,
    pub(crate) plus: u32,
    pub(crate) label: Option<&'a str>,
    pub(crate) is_label_closed: bool,
}

impl<'a> PriorityText<'a> {
    /// Reads `1`, `n`, `n+5`, `s+1`, `hint`, each with a `(label)` behind it. `None` if it is none of these.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (before, label, after, is_label_closed) = match text.split_once('(') {
            None => (text, None, "", true),
            Some((before, rest)) => match rest.split_once(')') {
                Some((label, after)) => (before, Some(label), after, true),
                None => (before, Some(rest), "", false),
            },
        };
        let (base, plus) = before.split_once('+').unwrap_or((before, ""));
        let plus = match (plus.trim(), after.trim().trim_start_matches('+')) {
            ("", "") => 0,
            ("", digits) | (digits, "") => digits.trim().parse().ok()?,
            (_, _) => return None,
        };
        let base = match base.trim().to_ascii_lowercase().as_str() {
            "hint" => Base::Hint,
            "n" | "next" => Base::Next,
            "s" | "same" => Base::Same,
            digits => Base::Number(digits.parse().ok().filter(|number| *number > 0)?),
        };
        let label = label.map(str::trim).filter(|label| !label.is_empty());
        Some(Self {
            base,
            plus,
            label,
            is_label_closed,
        })
    }
}

/// An application call as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Call<'a> {
    pub(crate) application: &'a str,
    pub(crate) arguments: &'a str,
    pub(crate) flaw: Option<CallFlaw>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallFlaw {
    MissingParenthesis,
    TextBehindParenthesis,
}

impl<'a> Call<'a> {
    /// Reads `App(arguments)`, where the arguments end at the last parenthesis, or `App,arguments`, or `App`.
    pub(crate) fn parse(text: &'a str) -> Self {
        let text = text.trim();
        let comma = text.find(',').unwrap_or(text.len());
        let Some(open) = text.find('(').filter(|open| *open < comma) else {
            let (application, arguments) = text.split_once(',').unwrap_or((text, ""));
            return Self {
                application: application.trim(),
                arguments,
                flaw: None,
            };
        };
        let (application, inside) = (text[..open].trim(), &text[open + 1..]);
        match inside.rfind(')') {
            None => Self {
                application,
                arguments: inside,
                flaw: Some(CallFlaw::MissingParenthesis),
            },
            Some(close) => {
                let has_tail = close + 1 < inside.len();
                let flaw = has_tail.then_some(CallFlaw::TextBehindParenthesis);
                Self {
                    application,
                    arguments: &inside[..close],
                    flaw,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priorities_are_read_in_every_spelling() {
        let table = [
            ("1", Base::Number(1), 0, None),
            ("n", Base::Next, 0, None),
            ("next", Base::Next, 0, None),
            (" N ", Base::Next, 0, None),
            ("n+5", Base::Next, 5, None),
            ("s+1", Base::Same, 1, None),
            ("hint", Base::Hint, 0, None),
            ("n(busy)", Base::Next, 0, Some("busy")),
            ("n+101(busy)", Base::Next, 101, Some("busy")),
            ("n(busy)+101", Base::Next, 101, Some("busy")),
            ("10(here)", Base::Number(10), 0, Some("here")),
        ];
        for (text, base, plus, label) in table {
            let expected = PriorityText {
                base,
                plus,
                label,
                is_label_closed: true,
            };
            assert_eq!(PriorityText::parse(text), Some(expected), "{text}");
        }
        for text in ["", "x", "0", "-1", "n-1", "n+x", "n+1(a)+2", "1.5"] {
            assert_eq!(PriorityText::parse(text), None, "{text}");
        }
        assert!(!PriorityText::parse("n(busy").expect("label").is_label_closed);
    }

    #[test]
    fn calls_end_at_the_last_parenthesis() {
        let table = [
            ("NoOp", "NoOp", "", None),
            ("Dial(PJSIP/a,20,b(x^s^1))", "Dial", "PJSIP/a,20,b(x^s^1)", None),
            ("Set(A=:))", "Set", "A=:)", None),
            (" Wait ( 1 ) ", "Wait", " 1 ", None),
            ("Dial,PJSIP/a(b)", "Dial", "PJSIP/a(b)", None),
            (
                "Dial(PJSIP/a",
                "Dial",
                "PJSIP/a",
                Some(CallFlaw::MissingParenthesis),
            ),
            ("Wait(1) x", "Wait", "1", Some(CallFlaw::TextBehindParenthesis)),
        ];
        for (text, application, arguments, flaw) in table {
            assert_eq!(
                Call::parse(text),
                Call {
                    application,
                    arguments,
                    flaw
                },
                "{text}"
            );
        }
    }
}
