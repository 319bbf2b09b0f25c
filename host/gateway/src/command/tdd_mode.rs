//! `TDD MODE`: telephones for the deaf.

use super::prelude::*;

pub(super) static COMMAND: Command = Command {
    name: "tdd mode",
    syntax: "TDD MODE <on|off|mate|tdd>",
    synopsis: "Switches to text telephony.",
    description: "No channel of this host can: result 0.",
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
    fn no_channel_can() {
        assert_talk(&[("TDD MODE off", "200 result=0"), ("TDD MODE on", "200 result=0")]);
        assert_usage("TDD MODE");
    }
}
