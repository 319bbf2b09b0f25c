//! `SET VARIABLE`: sets a variable of the channel.

use super::prelude::*;

pub(super) static COMMAND: Command = Command {
    name: "set variable",
    syntax: "SET VARIABLE <name> <value>",
    synopsis: "Sets a variable or writes a function.",
    description: "The name of a variable, with _ or __ before it for one that is passed on, or\n FUNCTION(arguments). Put quotes around a value with blanks. Result 1.",
    arguments: 2..=2,
    is_allowed_dead: true,
    run: Run::Now(run),
};

fn run(session: &mut Session<'_>, words: &Words) -> Outcome {
    let [name, value] = [2, 3].map(|place| words.get(place).unwrap_or_default());
    if let Err(error) = session.line.assign(name, value) {
        tracing::warn!(place = %session.line.place(), %error, "a program's variable was not set");
    }
    Outcome::Done(wire::ONE)
}

#[cfg(test)]
mod tests {
    use crate::tests::prelude::*;

    #[test]
    fn variables_and_functions_are_written() {
        assert_talk(&[
            ("SET VARIABLE FOO \"dark \\\"blue\\\"\"", "200 result=1"),
            ("GET VARIABLE FOO", "200 result=1 (dark \"blue\")"),
            ("SET VARIABLE LANG() fr", "200 result=1"),
            ("GET VARIABLE LANG()", "200 result=1 (fr)"),
            ("SET VARIABLE NOSUCH(a) b", "200 result=1"),
        ]);
        assert_usage("SET VARIABLE");
        assert_usage("SET VARIABLE A b c");
    }
}
