//! `GET FULL VARIABLE`: what an expression is worth.

use super::prelude::*;

pub(super) static COMMAND: Command = Command {
    name: "get full variable",
    syntax: "GET FULL VARIABLE <expression> [<channel>]",
    synopsis: "Substitutes an expression.",
    description: "Each ${} and $[] of the expression is replaced, on the named channel or on this\n one. Result 1 and the text in parentheses, or 0 if there is no such channel.",
    arguments: 1..=2,
    is_allowed_dead: true,
    run: Run::Waits(|session, words| Box::pin(run(session, words))),
};

async fn run(session: &mut Session<'_>, words: &Words) -> Outcome {
    let expression = words.get(3).unwrap_or_default();
    let Some(name) = words.get(4).filter(|name| !name.is_empty()) else {
        return match session.line.substitute_waiting(expression).await {
            Ok(text) => Outcome::Done(wire::value(&text)),
            Err(ending) => session.failed(ending),
        };
    };
    let pbx = session.line.pbx();
    let Some(channel) = pbx.with_switch(|switch| switch.channel_by_name(name)) else {
        return Outcome::Done(wire::DONE);
    };
    let text = pbx.substitute(Some(channel), session.line.principal(), expression);
    let text = text.unwrap_or_else(|error| {
        tracing::warn!(place = %session.line.place(), %error, "a program's text could not be substituted");
        String::new()
    });
    Outcome::Done(wire::value(&text))
}

#[cfg(test)]
mod tests {
    use crate::tests::prelude::*;

    #[test]
    fn expressions_are_substituted() {
        assert_talk(&[
            (
                "GET FULL VARIABLE ${CHANNEL}",
                "200 result=1 (PJSIP/alice-00000000)",
            ),
            (
                "GET FULL VARIABLE \"${EXTEN} is $[1 + 1]\"",
                "200 result=1 (100 is 2)",
            ),
            (
                "GET FULL VARIABLE ${EXTEN} PJSIP/alice-00000000",
                "200 result=1 (100)",
            ),
            ("GET FULL VARIABLE ${EXTEN} PJSIP/none-1", "200 result=0"),
            ("GET FULL VARIABLE ${EXTEN", "200 result=1 (100)"),
        ]);
        assert_usage("GET FULL VARIABLE");
    }

    #[test]
    fn functions_beyond_the_rights_of_the_dialplan_are_not_called() {
        assert_talk(&[
            ("GET FULL VARIABLE ${SHELL(id)}", "200 result=1 ()"),
            (
                "GET FULL VARIABLE ${SHELL(id)} PJSIP/alice-00000000",
                "200 result=1 ()",
            ),
            ("GET VARIABLE SHELL(id)", "200 result=0"),
            ("SET VARIABLE A ${SHELL(id)}", "200 result=1"),
            ("GET VARIABLE A", "200 result=1 (${SHELL(id)})"),
        ]);
    }
}
