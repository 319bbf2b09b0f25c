//! `DATABASE DEL`: deletes a row of the database.

use super::prelude::*;

pub(super) static COMMAND: Command = Command {
    name: "database del",
    syntax: "DATABASE DEL <family> <key>",
    synopsis: "Deletes a row of the database.",
    description: "Result 1 if there was such a row, else 0.",
    arguments: 2..=2,
    is_allowed_dead: true,
    run: Run::Now(run),
};

fn run(session: &mut Session<'_>, words: &Words) -> Outcome {
    let [family, key] = [2, 3].map(|place| words.get(place).unwrap_or_default());
    let deleted = session
        .line
        .pbx()
        .database_delete(family, key)
        .unwrap_or_else(|refusal| {
            session.note(refusal.into());
            false
        });
    Outcome::Done(if deleted { wire::ONE } else { wire::DONE })
}

#[cfg(test)]
mod tests {
    use crate::tests::prelude::*;

    #[test]
    fn a_row_that_is_not_there_is_not_deleted() {
        assert_talk(&[("DATABASE DEL fam key", "200 result=0")]);
        assert_usage("DATABASE DEL fam");
    }
}
