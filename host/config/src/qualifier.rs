//! `(+type=aor)`: which of several sections of one name an addition means.

use crate::line::trim;
use crate::model::Section;
use crate::source::class_has;

/// The longest expression in a qualifier, in characters; a longer one is an error.
const MAX_EXPRESSION: usize = 256;

/// Conditions `key=value` joined by `&`; key and value are small regular expressions.
#[derive(Debug, Default)]
pub(crate) struct Qualifier {
    conditions: Vec<(Expression, Expression)>,
}

impl Qualifier {
    /// Reads the text behind the plus sign; empty means any section.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut conditions = Vec::new();
        for condition in text
            .split('&')
            .map(trim)
            .filter(|condition| !condition.is_empty())
        {
            let Some((key, value)) = condition.split_once('=') else {
                return Err(format!("'{condition}' in a qualifier lacks its ="));
            };
            // Templates may always be added to, so this word of the field changes nothing.
            if trim(key) != "TEMPLATES" {
                conditions.push((Expression::parse(trim(key))?, Expression::parse(trim(value))?));
            }
        }
        Ok(Self { conditions })
    }

    pub(crate) fn admits(&self, section: &Section) -> bool {
        self.conditions.iter().all(|(key, value)| {
            section
                .entries
                .iter()
                .any(|entry| key.found_in(&entry.key) && value.found_in(&entry.value))
        })
    }
}

#[derive(Debug)]
enum Atom {
    Any,
    One(char),
    Class(Vec<char>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Times {
    Once,
    Optional,
    Many,
    AtLeastOnce,
}

/// A regular expression of characters, `.`, `[…]`, `\x`, `*`, `+`, `?`, `^` and `$`, searched
/// in time proportional to text and expression.
#[derive(Debug)]
struct Expression {
    atoms: Vec<(Atom, Times)>,
    at_start: bool,
    at_end: bool,
}

impl Expression {
    fn parse(text: &str) -> Result<Self, String> {
        let chars: Vec<char> = text.chars().collect();
        if chars.len() > MAX_EXPRESSION {
            return Err(format!(
                "a qualifier's expression is longer than {MAX_EXPRESSION} characters"
            ));
        }
        let mut expression = Self {
            atoms: Vec::new(),
            at_start: false,
            at_end: false,
        };
        let mut at = 0;
        while at < chars.len() {
            let last = at + 1 == chars.len();
            match chars[at] {
                '^' if at == 0 => {
                    expression.at_start = true;
                    at += 1;
                    continue;
                }
                '$' if last => {
                    expression.at_end = true;
                    break;
                }
                c @ ('(' | ')' | '|' | '{') => {
                    return Err(format!("'{c}' in the qualifier '{text}' is not understood"));
                }
                _ => {}
            }
            let (atom, after) = Self::atom(&chars, at).ok_or_else(|| format!("'{text}' breaks off"))?;
            let (times, after) = match chars.get(after) {
                Some('*') => (Times::Many, after + 1),
                Some('+') => (Times::AtLeastOnce, after + 1),
                Some('?') => (Times::Optional, after + 1),
                Some(_) | None => (Times::Once, after),
            };
            expression.atoms.push((atom, times));
            at = after;
        }
        Ok(expression)
    }

    fn atom(chars: &[char], at: usize) -> Option<(Atom, usize)> {
        match chars[at] {
            '.' => Some((Atom::Any, at + 1)),
            '\\' => Some((Atom::One(*chars.get(at + 1)?), at + 2)),
            '[' => {
                let first = at + 1 + usize::from(chars.get(at + 1) == Some(&'^'));
                let end = (first + 1..chars.len()).find(|&end| chars[end] == ']')?;
                Some((Atom::Class(chars[at + 1..end].to_vec()), end + 1))
            }
            c => Some((Atom::One(c), at + 1)),
        }
    }

    /// True when the expression fits somewhere in the text.
    fn found_in(&self, text: &str) -> bool {
        let end = self.atoms.len();
        let mut states = vec![false; end + 1];
        self.enter(&mut states, 0);
        for c in text.chars() {
            if states[end] && !self.at_end {
                return true;
            }
            let mut next = vec![false; end + 1];
            for (position, (atom, times)) in self.atoms.iter().enumerate() {
                if states[position] && takes(atom, c) {
                    self.enter(&mut next, position + 1);
                    if matches!(times, Times::Many | Times::AtLeastOnce) {
                        self.enter(&mut next, position);
                    }
                }
            }
            if !self.at_start {
                self.enter(&mut next, 0);
            }
            states = next;
        }
        states[end]
    }

    /// Marks a position and those that may follow it without a character.
    fn enter(&self, states: &mut [bool], from: usize) {
        for (position, state) in states.iter_mut().enumerate().skip(from) {
            *state = true;
            let skips = |(_, times): &(Atom, Times)| matches!(times, Times::Optional | Times::Many);
            if !self.atoms.get(position).is_some_and(skips) {
                break;
            }
        }
    }
}

fn takes(atom: &Atom, c: char) -> bool {
    match atom {
        Atom::Any => true,
        Atom::One(one) => *one == c,
        Atom::Class(body) => class_has(body, c),
    }
}
