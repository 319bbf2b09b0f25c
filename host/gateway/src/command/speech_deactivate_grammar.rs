//! `SPEECH DEACTIVATE GRAMMAR`: would not listen for a grammar any more.

use super::prelude::*;

pub(super) static COMMAND: Command = Command {
    name: "speech deactivate grammar",
    syntax: "SPEECH DEACTIVATE GRAMMAR <name>",
    synopsis: "Would not listen for a grammar any more.",
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
        assert_talk(&[("SPEECH DEACTIVATE GRAMMAR digits", "200 result=0")]);
        assert_usage("SPEECH DEACTIVATE GRAMMAR");
    }
}
