//! `SET CONTEXT`: in which context the dialplan goes on.

use super::prelude::*;

pub(super) static COMMAND: Command = Command {
    name: "set context",
    syntax: "SET CONTEXT <context>",
    synopsis: "Sets the context to go on in.",
    description: "The dialplan goes on in that context after the program, in the same extension\n unless that is set too. Nobody checks that it exists. Result 0.",
    arguments: 1..=1,
    is_allowed_dead: false,
    run: Run::Now(run),
};

fn run(session: &mut Session<'_>, words: &Words) -> Outcome {
    session.next.context = words.get(2).map(Arc::from);
    Outcome::Done(wire::DONE)
}

#[cfg(test)]
mod tests {
    use crate::tests::prelude::*;

    #[test]
    fn the_dialplan_goes_on_there() {
        let talk = Talk::new(&["SET CONTEXT other", "SET EXTENSION 200", "SET PRIORITY 1"]);
        talk.run(async |_, _| {});
        assert_eq!(talk.steps(), ["100,1 Talk()", "200,1 Note(other)"]);
        assert_usage("SET CONTEXT");
    }
}
