//! `SPEECH SET`: would change a setting of the engine.

use super::prelude::*;

pub(super) static COMMAND: Command = Command {
    name: "speech set",
    syntax: "SPEECH SET <name> <value>",
    synopsis: "Would change a setting of the engine.",
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
        assert_talk(&[("SPEECH SET a b", "200 result=0")]);
        assert_usage("SPEECH SET");
    }
}
