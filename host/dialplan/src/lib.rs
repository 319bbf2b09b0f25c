//! The dialplan: extensions.conf as data, and everything that is read from it.
//!
//! [`load`] makes a [`Dialplan`] of a configuration; [`Dialplan::step`] and its siblings answer what runs next.
//! [`substitute`] and [`evaluate`] work on the text of a row, [`Arguments`], [`Options`], [`Target`] and
//! [`Branches`] take it apart. Nothing here waits, reads a file or knows the time.

mod arguments;
mod calendar;
mod context;
mod expression;
mod find;
mod listing;
mod load;
mod pattern;
mod plan;
mod row_text;
mod substitute;
mod target;
#[cfg(test)]
mod tests;
mod tree;

pub use arguments::{Arguments, MAX_ARGUMENTS, Options, OptionsError};
pub use calendar::{Calendar, LocalTime, MAX_RANGES, TimeSpec, TimeSpecError};
pub use context::{
    AddError, Collision, Content, Context, Extension, Hint, IgnorePattern, Include, MAX_EXTENSIONS,
    MAX_PRIORITY, NewRow, Row, Switch,
};
pub use expression::{
    Binary, Expression, ExpressionError, Function, MAX_EXPRESSION_BYTES, MAX_EXPRESSION_DEPTH,
    MAX_EXPRESSION_HEIGHT, MAX_REGEX_BYTES, MAX_REGEX_MEMORY, Unary, evaluate, truth,
};
pub use find::{MAX_INCLUDED_CONTEXTS, Match, Query, Step};
pub use listing::{ListedContext, Listing};
pub use load::{REGISTRAR, load};
pub use pattern::{MAX_NAME_BYTES, Pattern, PatternError, Progress};
pub use plan::{Dialplan, Settings};
pub use substitute::{
    FunctionError, MAX_DEPTH, MAX_RESULT_BYTES, Problem, Scope, SubstituteError, substitute,
};
pub use target::{Branches, Place, Target, TargetError, TargetPriority};
pub use ucx_config::Origin;

/// Feeds arbitrary bytes to every reader of this crate; for a fuzzer.
#[doc(hidden)]
pub fn fuzz(data: &[u8]) {
    struct Echo;
    impl Scope for Echo {
        fn variable(&mut self, name: &str) -> Option<String> {
            Some(name.chars().rev().collect())
        }
        fn function(&mut self, _name: &str, arguments: &str) -> Result<String, FunctionError> {
            Ok(arguments.to_owned())
        }
    }
    let text = String::from_utf8_lossy(data);
    let (first, second) = text.split_once('\n').unwrap_or((&text, ""));
    let _ = substitute(&mut Echo, &text);
    let _ = (evaluate(&text), truth(&text), TimeSpec::parse(&text));
    let _ = (
        Arguments::split(&text),
        Options::parse(&text),
        Branches::parse(&text),
    );
    let _ = (Target::parse(&text), Target::parse_with_arguments(&text));
    if let Ok(pattern) = Pattern::parse(first) {
        let _ = pattern.progress(second);
    }
    let (plan, _) = load(&ucx_config::parse_text("fuzz", &text).0);
    let calendar = LocalTime {
        month: 1,
        day: 1,
        weekday: 0,
        hour: 0,
        minute: 0,
    };
    for context in plan.contexts() {
        let query = Query {
            context: context.name(),
            exten: second,
            caller_id: first,
            calendar: &calendar,
        };
        let _ = (
            plan.find(&query),
            plan.hint(&query),
            plan.step(&query, 2),
            plan.can_match(&query),
        );
        let _ = plan.listing(Some(context.name()), Some(second)).to_string();
    }
}
