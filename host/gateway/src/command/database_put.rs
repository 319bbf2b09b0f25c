//! `DATABASE PUT`: writes a row of the database.

use super::prelude::*;

pub(super) static COMMAND: Command = Command {
    name: "database put",
    syntax: "DATABASE PUT <family> <key> <value>",
    synopsis: "Writes a row of the database.",
    description: "Result 1 if it was written, else 0.",
    arguments: 3..=3,
    is_allowed_dead: true,
    run: Run::Now(run),
};

fn run(session: &mut Session<'_>, words: &Words) -> Outcome {
    let [family, key, value] = [2, 3, 4].map(|place| words.get(place).unwrap_or_default());
    match session.line.pbx().database_put(family, key, value) {
        Ok(()) => Outcome::Done(wire::ONE),
        Err(refusal) => {
            session.note(refusal.into());
            Outcome::Done(wire::DONE)
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::prelude::*;

    #[test]
    fn a_value_is_kept_whole() {
        assert_talk(&[
            ("DATABASE PUT fam key \"two words)\"", "200 result=1"),
            ("DATABASE GET fam key", "200 result=1 (two words))"),
            ("DATABASE PUT \"\" key val", "200 result=0"),
        ]);
        assert_usage("DATABASE PUT fam key");
    }
}
