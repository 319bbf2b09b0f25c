//! `ASYNCAGI BREAK`: leaves the queue of commands.

use super::prelude::*;

pub(super) static COMMAND: Command = Command {
    name: "asyncagi break",
    syntax: "ASYNCAGI BREAK",
    synopsis: "Leaves asynchronous AGI.",
    description: "Ends the wait for commands of Manager clients; the dialplan goes on.\n A program of another kind is answered 0 and goes on itself.",
    arguments: ANY,
    is_allowed_dead: true,
    run: Run::Now(run),
};

fn run(session: &mut Session<'_>, _: &Words) -> Outcome {
    session.is_left = true;
    Outcome::Done(wire::DONE)
}

#[cfg(test)]
mod tests {
    use crate::tests::prelude::*;

    #[test]
    fn a_program_goes_on() {
        assert_talk(&[("ASYNCAGI BREAK", "200 result=0"), ("NOOP", "200 result=0")]);
    }
}
