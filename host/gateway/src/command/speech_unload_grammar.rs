//! `SPEECH UNLOAD GRAMMAR`: would forget a grammar.

use super::prelude::*;

pub(super) static COMMAND: Command = Command {
    name: "speech unload grammar",
    syntax: "SPEECH UNLOAD GRAMMAR <name>",
    synopsis: "Would forget a grammar.",
    description: "No engine for speech is part of this host: result 0.",
    arguments: 1..=1,
    is_allowed_dead: true,
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
        assert_talk(&[("SPEECH UNLOAD GRAMMAR digits", "200 result=0")]);
        assert_usage("SPEECH UNLOAD GRAMMAR");
    }
}
