//! Questions to the dialplan: which extension, which priority, which hint, and may more digits come.

use crate::calendar::Calendar;
use crate::context::{Context, Extension, Hint, Row};
use crate::pattern::without_dashes;
use crate::plan::Dialplan;

/// The most contexts one search enters through includes; further ones are not searched.
pub const MAX_INCLUDED_CONTEXTS: usize = 128;

/// What is dialled, where, by whom and when.
#[derive(Clone, Copy)]
pub struct Query<'q> {
    pub context: &'q str,
    pub exten: &'q str,
    /// The caller's number; empty if there is none.
    pub caller_id: &'q str,
    /// Asked only where an include has a time condition.
    pub calendar: &'q dyn Calendar,
}

/// What the digits dialled so far amount to.
#[derive(Clone, Copy, Debug)]
pub enum Match<'a> {
    NotFound,
    /// Nothing matches yet; more digits could.
    Partial,
    /// An extension matches, with priority 1.
    Exact {
        /// The context it stands in, perhaps an included one.
        context: &'a Context,
        extension: &'a Extension,
        /// Whether more digits could match as well.
        can_be_longer: bool,
    },
}

/// One priority to be run.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// The context the row stands in, perhaps an included one.
    pub context: &'a str,
    /// The name or pattern that matched, as written.
    pub pattern: &'a str,
    pub row: &'a Row,
}

impl Dialplan {
    /// What the digits dialled so far amount to.
    pub fn find(&self, query: &Query<'_>) -> Match<'_> {
        let exact = self.search(query, |context, exten| {
            let has_first = |extension: &'_ Extension| extension.row(1).is_some();
            context.matching(exten, query.caller_id, |extension| {
                has_first(extension).then_some((context, extension))
            })
        });
        let can_be_longer = self.match_more(query);
        match exact {
            Some((context, extension)) => Match::Exact {
                context,
                extension,
                can_be_longer,
            },
            None if can_be_longer => Match::Partial,
            None => Match::NotFound,
        }
    }

    /// The row to run. Where the best match lacks the priority, the next best is asked, as the field does.
    pub fn step(&self, query: &Query<'_>, priority: u32) -> Option<Step<'_>> {
        self.search(query, |context, exten| {
            context.matching(exten, query.caller_id, |extension| {
                let row = extension.row(priority)?;
                Some(Step {
                    context: context.name(),
                    pattern: extension.name(),
                    row,
                })
            })
        })
    }

    /// Whether the extension has this priority.
    pub fn exists(&self, query: &Query<'_>, priority: u32) -> bool {
        self.step(query, priority).is_some()
    }

    /// Whether the digits match an extension now or could with more of them.
    pub fn can_match(&self, query: &Query<'_>) -> bool {
        let matches = |context: &Context, exten: &str| {
            context.matching(exten, query.caller_id, |extension| {
                (!extension.rows().is_empty()).then_some(())
            })
        };
        self.search(query, |context, exten| matches(context, exten))
            .is_some()
            || self.match_more(query)
    }

    /// Whether more digits could match an extension, so that it is worth waiting for them.
    pub fn match_more(&self, query: &Query<'_>) -> bool {
        let longer = |context: &Context, exten: &str| {
            context.longer(exten, query.caller_id, |extension| {
                (!extension.rows().is_empty()).then_some(())
            })
        };
        self.search(query, |context, exten| longer(context, exten))
            .is_some()
    }

    /// The priority a label of this extension stands for.
    pub fn priority_by_label(&self, query: &Query<'_>, label: &str) -> Option<u32> {
        self.search(query, |context, exten| {
            context.matching(exten, query.caller_id, |extension| {
                let has_label = |row: &&Row| row.label.as_deref() == Some(label);
                extension.rows().iter().find(has_label).map(|row| row.priority)
            })
        })
    }

    /// The hint of an extension, with the context it stands in.
    pub fn hint(&self, query: &Query<'_>) -> Option<(&Context, &Hint)> {
        self.search(query, |context, exten| {
            context.matching(exten, query.caller_id, |extension| {
                Some((context, extension.hint()?))
            })
        })
    }

    /// Every hint written in the dialplan, patterns included: context, extension, hint.
    pub fn hints(&self) -> impl Iterator<Item = (&Context, &Extension, &Hint)> {
        self.contexts().flat_map(|context| {
            let extensions = context.extensions().into_iter();
            extensions.filter_map(move |extension| Some((context, extension, extension.hint()?)))
        })
    }

    /// Whether the dial tone goes on after these digits (`ignorepat`).
    pub fn is_ignored(&self, context: &str, digits: &str) -> bool {
        let context = self.context(context);
        context.is_some_and(|own| {
            own.ignore_patterns()
                .iter()
                .any(|ignore| ignore.pattern.matches(digits))
        })
    }

    /// Asks the context and then, depth first, what it includes at this time, each context once.
    fn search<'a, T>(
        &'a self,
        query: &Query<'_>,
        mut ask: impl FnMut(&'a Context, &str) -> Option<T>,
    ) -> Option<T> {
        let exten = without_dashes(query.exten);
        if exten.is_empty() && !query.exten.is_empty() {
            return None;
        }
        let start = self.context(query.context)?;
        if start.includes().is_empty() {
            return ask(start, &exten);
        }
        let mut entered = Vec::new();
        let mut waiting = vec![start];
        while let Some(context) = waiting.pop() {
            if entered.len() == MAX_INCLUDED_CONTEXTS {
                return None;
            }
            if entered.contains(&context.name()) {
                continue;
            }
            entered.push(context.name());
            if let Some(answer) = ask(context, &exten) {
                return Some(answer);
            }
            let counts = |include: &&crate::context::Include| {
                include
                    .when
                    .as_ref()
                    .is_none_or(|when| when.matches(query.calendar))
            };
            let included = context.includes().iter().rev().filter(counts);
            waiting.extend(included.filter_map(|include| self.context(&include.context)));
        }
        None
    }
}
