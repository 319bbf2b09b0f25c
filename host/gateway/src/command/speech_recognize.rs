//! `SPEECH RECOGNIZE`: would play a prompt and recognise what is said.

use super::prelude::*;

pub(super) static COMMAND: Command = Command {
    name: "speech recognize",
    syntax: "SPEECH RECOGNIZE <prompt> <timeout ms> [<offset>]",
    synopsis: "Would play a prompt and recognise what is said.",
    description: "No engine for speech is part of this host: result 0.",
    arguments: 2..=3,
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
        assert_talk(&[("SPEECH RECOGNIZE tone 1000", "200 result=0")]);
        assert_usage("SPEECH RECOGNIZE");
    }
}
