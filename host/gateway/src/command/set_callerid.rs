//! `SET CALLERID`: who the caller is.

use super::prelude::*;

pub(super) static COMMAND: Command = Command {
    name: "set callerid",
    syntax: "SET CALLERID <number or \"name\" <number>>",
    synopsis: "Changes the caller.",
    description: "A number, or a name and a number in angle brackets. Result 1.",
    arguments: 1..=ALL,
    is_allowed_dead: false,
    run: Run::Now(run),
};

fn run(session: &mut Session<'_>, words: &Words) -> Outcome {
    let text: Vec<&str> = words.iter().skip(2).collect();
    if let Err(error) = session.line.assign("CALLERID(all)", &text.join(" ")) {
        tracing::warn!(place = %session.line.place(), %error, "a program could not change the caller");
    }
    Outcome::Done(wire::ONE)
}

#[cfg(test)]
mod tests {
    use crate::tests::prelude::*;

    #[test]
    fn the_caller_is_somebody_else() {
        assert_talk(&[
            ("SET CALLERID \"Test\" <1234>", "200 result=1"),
            ("GET VARIABLE CALLERID(all)", "200 result=1 (Test <1234>)"),
            ("SET CALLERID 77", "200 result=1"),
            ("GET VARIABLE CALLERID(all)", "200 result=1 (77)"),
        ]);
        assert_usage("SET CALLERID");
    }
}
