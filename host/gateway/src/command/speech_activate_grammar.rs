//! `SPEECH ACTIVATE GRAMMAR`: would listen for a grammar from now on.

use super::prelude::*;

pub(super) static COMMAND: Command = Command {
    name: "speech activate grammar",
    syntax: "SPEECH ACTIVATE GRAMMAR <name>",
    synopsis: "Would listen for a grammar from now on.",
    description: "No engine for speech is part of this host: result 0.",
    arguments: 1..=1,
    is_allowed_dead: false,
    run: Run::Now(run),
};

fn run(_: &mut Session<'_>, _: &Words) -> Outcome {
    Outcome::Done(wire::DONE)
}

#[cfg(test)]
mod tests {
    use crate::tests::prelude::*;

    #[test]
    fn there_is_no_engine() {
        assert_talk(&[("SPEECH ACTIVATE GRAMMAR digits", "200 result=0")]);
        assert_usage("SPEECH ACTIVATE GRAMMAR");
    }
}
