//! `DATABASE DELTREE`: deletes a family of the database, or what is below a key.

use super::prelude::*;

pub(super) static COMMAND: Command = Command {
    name: "database deltree",
    syntax: "DATABASE DELTREE <family> [<key>]",
    synopsis: "Deletes a family of the database, or what is below a key.",
    description: "Result 0 if rows were deleted, 1 if there were none.",
    arguments: 1..=2,
    is_allowed_dead: true,
    run: Run::Now(run),
};

fn run(session: &mut Session<'_>, words: &Words) -> Outcome {
    let family = words.get(2).unwrap_or_default();
    let deleted = session
        .line
        .pbx()
        .database_delete_tree(family, words.get(3))
        .unwrap_or_else(|refusal| {
            session.note(refusal.into());
            0
        });
    // The field answers it this way round.
    Outcome::Done(if deleted > 0 { wire::DONE } else { wire::ONE })
}

#[cfg(test)]
mod tests {
    use crate::tests::prelude::*;

    #[test]
    fn trees_are_deleted_whole() {
        assert_talk(&[
            ("DATABASE PUT fam a 1", "200 result=1"),
            ("DATABASE PUT fam sub/b 1", "200 result=1"),
            ("DATABASE PUT fam sub/c 1", "200 result=1"),
            ("DATABASE DELTREE fam sub", "200 result=0"),
            ("DATABASE GET fam sub/b", "200 result=0"),
            ("DATABASE GET fam a", "200 result=1 (1)"),
            ("DATABASE DELTREE fam", "200 result=0"),
            ("DATABASE DELTREE fam", "200 result=1"),
        ]);
        assert_usage("DATABASE DELTREE");
    }
}
