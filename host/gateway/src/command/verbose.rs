//! `VERBOSE`: a line in the log.

use super::prelude::*;

pub(super) static COMMAND: Command = Command {
    name: "verbose",
    syntax: "VERBOSE <message> [<level>]",
    synopsis: "Writes to the log.",
    description: "A level of 3 or 4 is for finding faults. Put quotes around a message with blanks.\n Result 1.",
    arguments: 1..=2,
    is_allowed_dead: true,
    run: Run::Now(run),
};

fn run(session: &mut Session<'_>, words: &Words) -> Outcome {
    let message = words.get(1).unwrap_or_default();
    let level: u8 = words
        .get(2)
        .and_then(|word| word.parse().ok())
        .unwrap_or_default();
    if level <= 2 {
        tracing::info!(place = %session.line.place(), "{message}");
    } else {
        tracing::debug!(place = %session.line.place(), level, "{message}");
    }
    Outcome::Done(wire::ONE)
}

#[cfg(test)]
mod tests {
    use crate::tests::prelude::*;

    #[test]
    fn it_is_said() {
        assert_talk(&[
            ("VERBOSE \"hi there\" 1", "200 result=1"),
            ("VERBOSE hi", "200 result=1"),
            ("VERBOSE hi 4", "200 result=1"),
        ]);
        assert_usage("VERBOSE");
    }
}
