//! `SPEECH LOAD GRAMMAR`: would read a grammar.

use super::prelude::*;

pub(super) static COMMAND: Command = Command {
    name: "speech load grammar",
    syntax: "SPEECH LOAD GRAMMAR <name> <path>",
    synopsis: "Would read a grammar.",
    description: "No engine for speech is part of this host: result 0.",
    arguments: 2..=2,
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
        assert_talk(&[("SPEECH LOAD GRAMMAR digits digits.gram", "200 result=0")]);
        assert_usage("SPEECH LOAD GRAMMAR");
    }
}
