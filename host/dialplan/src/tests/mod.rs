//! Tests of the crate as a whole: loading, matching, listing, figures.

mod figures;
mod loading;
mod matching;
mod properties;

use crate::{Dialplan, LocalTime, Query, load};

/// Monday the 23rd of November, noon.
const NOON: LocalTime = LocalTime {
    month: 11,
    day: 23,
    weekday: 1,
    hour: 12,
    minute: 0,
};

fn loaded(text: &str) -> (Dialplan, Vec<String>) {
    let (config, language) = ucx_config::parse_text("extensions.conf", text);
    assert!(language.is_empty(), "{language:?}");
    let (plan, told) = load(&config);
    (plan, told.iter().map(ToString::to_string).collect())
}

/// A dialplan without a single complaint.
fn plan(text: &str) -> Dialplan {
    let (plan, told) = loaded(text);
    assert!(told.is_empty(), "{told:#?}");
    plan
}

fn query<'q>(context: &'q str, exten: &'q str) -> Query<'q> {
    Query {
        context,
        exten,
        caller_id: "",
        calendar: &NOON,
    }
}
