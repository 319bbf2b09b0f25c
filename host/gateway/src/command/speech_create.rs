//! `SPEECH CREATE`: would make ready to recognise speech.

use super::prelude::*;

pub(super) static COMMAND: Command = Command {
    name: "speech create",
    syntax: "SPEECH CREATE <engine>",
    synopsis: "Would make ready to recognise speech.",
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
        assert_talk(&[("SPEECH CREATE foo", "200 result=0")]);
        assert_usage("SPEECH CREATE");
    }
}
