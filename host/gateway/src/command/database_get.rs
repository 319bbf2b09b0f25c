//! `DATABASE GET`: reads a row of the database.

use super::prelude::*;

pub(super) static COMMAND: Command = Command {
    name: "database get",
    syntax: "DATABASE GET <family> <key>",
    synopsis: "Reads a row of the database.",
    description: "Result 1 and the value in parentheses, or 0 if there is no such row.",
    arguments: 2..=2,
    is_allowed_dead: true,
    run: Run::Now(run),
};

fn run(session: &mut Session<'_>, words: &Words) -> Outcome {
    let [family, key] = [2, 3].map(|place| words.get(place).unwrap_or_default());
    let value = session.line.pbx().database_get(family, key);
    Outcome::Done(value.map_or(wire::DONE, |value| wire::value(&value)))
}

#[cfg(test)]
mod tests {
    use crate::tests::prelude::*;

    #[test]
    fn rows_are_written_read_and_deleted() {
        assert_talk(&[
            ("DATABASE PUT fam key val", "200 result=1"),
            ("DATABASE GET fam key", "200 result=1 (val)"),
            ("DATABASE GET fam nokey", "200 result=0"),
            ("DATABASE DEL fam key", "200 result=1"),
            ("DATABASE DEL fam key", "200 result=0"),
            ("DATABASE DELTREE fam", "200 result=1"),
        ]);
        assert_usage("DATABASE GET fam");
    }
}
