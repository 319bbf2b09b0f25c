//! `ANSWER`: picks the call up.

use super::prelude::*;

pub(super) static COMMAND: Command = Command {
    name: "answer",
    syntax: "ANSWER",
    synopsis: "Answers the call.",
    description: "Answers the call if nobody has; nothing happens if it is answered.\n Result 0, or -1 if it cannot be answered.",
    arguments: ANY,
    is_allowed_dead: false,
    run: Run::Now(run),
};

fn run(session: &mut Session<'_>, _: &Words) -> Outcome {
    match session.line.answer() {
        Ok(()) => Outcome::Done(wire::DONE),
        Err(ending) => session.failed(ending),
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::prelude::*;

    #[test]
    fn the_call_is_up_afterwards() {
        assert_talk(&[
            ("CHANNEL STATUS", "200 result=4"),
            ("ANSWER", "200 result=0"),
            ("answer now", "200 result=0"),
            ("CHANNEL STATUS", "200 result=6"),
        ]);
    }
}
