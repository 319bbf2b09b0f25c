//! `GET VARIABLE`: reads a variable of the channel.

use super::prelude::*;

pub(super) static COMMAND: Command = Command {
    name: "get variable",
    syntax: "GET VARIABLE <name>",
    synopsis: "Reads a variable or function.",
    description: "The name of a variable, or FUNCTION(arguments). Result 1 and the value in\n parentheses, or 0 if it is not set.",
    arguments: 1..=1,
    is_allowed_dead: true,
    run: Run::Waits(|session, words| Box::pin(run(session, words))),
};

async fn run(session: &mut Session<'_>, words: &Words) -> Outcome {
    let evaluated = session.line.evaluate(words.get(2).unwrap_or_default()).await;
    let value = evaluated.unwrap_or_else(|error| {
        tracing::warn!(place = %session.line.place(), %error, "a program's variable has no value");
        None
    });
    Outcome::Done(value.map_or(wire::DONE, |value| wire::value(&value)))
}

#[cfg(test)]
mod tests {
    use crate::tests::prelude::*;

    #[test]
    fn variables_and_functions_are_read() {
        assert_talk(&[
            ("GET VARIABLE NOSUCHVAR", "200 result=0"),
            ("SET VARIABLE ROUTE \"PJSIP/a b\"", "200 result=1"),
            ("GET VARIABLE ROUTE", "200 result=1 (PJSIP/a b)"),
            ("GET VARIABLE LANG()", "200 result=1 (en)"),
            ("GET VARIABLE NOSUCH(1)", "200 result=0"),
            ("GET VARIABLE EXTEN", "200 result=1 (100)"),
        ]);
        assert_usage("GET VARIABLE");
    }
}
