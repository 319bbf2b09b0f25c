//! `NOOP`: does nothing.

use super::prelude::*;

pub(super) static COMMAND: Command = Command {
    name: "noop",
    syntax: "NOOP [<text>]",
    synopsis: "Does nothing.",
    description: "The text is for whoever reads the log. Result 0.",
    arguments: ANY,
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
    fn nothing_happens() {
        assert_talk(&[("NOOP", "200 result=0"), ("noop a b \"c d\"", "200 result=0")]);
    }
}
