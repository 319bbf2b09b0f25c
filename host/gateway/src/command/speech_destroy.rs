//! `SPEECH DESTROY`: would end the recognition of speech.

use super::prelude::*;

pub(super) static COMMAND: Command = Command {
    name: "speech destroy",
    syntax: "SPEECH DESTROY",
    synopsis: "Would end the recognition of speech.",
    description: "No engine for speech is part of this host: result 0.",
    arguments: 0..=0,
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
        assert_talk(&[("SPEECH DESTROY", "200 result=0")]);
        assert_usage("SPEECH DESTROY all");
    }
}
