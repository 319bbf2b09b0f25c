//! `SET EXTENSION`: in which extension the dialplan goes on.

use super::prelude::*;

pub(super) static COMMAND: Command = Command {
    name: "set extension",
    syntax: "SET EXTENSION <extension>",
    synopsis: "Sets the extension to go on in.",
    description: "The dialplan goes on in that extension after the program. Nobody checks that it\n exists. Result 0.",
    arguments: 1..=1,
    is_allowed_dead: false,
    run: Run::Now(run),
};

fn run(session: &mut Session<'_>, words: &Words) -> Outcome {
    session.next.exten = words.get(2).map(Arc::from);
    Outcome::Done(wire::DONE)
}

#[cfg(test)]
mod tests {
    use crate::tests::prelude::*;

    #[test]
    fn the_dialplan_goes_on_there() {
        let talk = Talk::new(&["SET EXTENSION 300"]);
        talk.run(async |_, _| {});
        assert_eq!(talk.steps(), ["100,1 Talk()", "300,2 Note(next)"]);
        assert_usage("SET EXTENSION");
    }
}
