//! `EXEC`: runs an application of the dialplan.

use super::prelude::*;

pub(super) static COMMAND: Command = Command {
    name: "exec",
    syntax: "EXEC <application> [<arguments>]",
    synopsis: "Runs an application of the dialplan.",
    description: "The arguments are one word: put quotes around them. They are not substituted\n unless the variable AGIEXECFULL says yes. Result 0, -1 if the application ended\n the call, -2 if there is none of that name.",
    arguments: 1..=ALL,
    is_allowed_dead: true,
    run: Run::Waits(|session, words| Box::pin(run(session, words))),
};

async fn run(session: &mut Session<'_>, words: &Words) -> Outcome {
    let (name, arguments) = (words.get(1).unwrap_or_default(), words.get(2).unwrap_or_default());
    if session.line.application(name).is_none() {
        tracing::warn!(place = %session.line.place(), application = name, "there is no such application");
        return Outcome::Odd(wire::result(-2));
    }
    let substituted = if session.is_set("AGIEXECFULL", false) {
        session.line.substitute_waiting(arguments).await
    } else {
        Ok(arguments.to_owned())
    };
    let done = match substituted {
        Ok(arguments) => session.line.execute(name, &arguments).await,
        Err(ending) => Err(ending),
    };
    match done {
        Ok(()) => Outcome::Done(wire::DONE),
        Err(ending) => session.failed(ending),
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::prelude::*;

    #[test]
    fn applications_run_and_say_how_it_went() {
        assert_talk(&[
            ("EXEC Note foo", "200 result=0"),
            ("EXEC NoSuchApp foo", "200 result=-2"),
            ("exec answer", "200 result=0"),
            ("CHANNEL STATUS", "200 result=6"),
            ("EXEC Put A=${EXTEN}", "200 result=0"),
            ("GET VARIABLE A", "200 result=1 (${EXTEN})"),
            ("SET VARIABLE AGIEXECFULL yes", "200 result=1"),
            ("EXEC Put \"A=${EXTEN} now\"", "200 result=0"),
            ("GET VARIABLE A", "200 result=1 (100 now)"),
        ]);
        assert_usage("EXEC");
    }

    #[test]
    fn an_application_that_ends_the_call_ends_it_after_the_program() {
        let talk = Talk::new(&["EXEC Quit 17", "NOOP", "STREAM FILE tone \"\""]);
        talk.run(async |_, _| {});
        assert_eq!(
            talk.replies(),
            [
                "200 result=-1",
                "HANGUP\n200 result=0",
                "511 Command Not Permitted on a dead channel or intercept routine"
            ]
        );
        assert_eq!(talk.status(), "HANGUP");
        assert_eq!(talk.steps(), ["100,1 Talk()"]);
        assert_eq!(talk.cause(), Some(ucx_call::Cause::USER_BUSY));
    }

    #[test]
    fn an_application_beyond_the_rights_of_the_dialplan_does_not_run() {
        let talk = Talk::new(&["EXEC Secret", "CHANNEL STATUS"]);
        talk.run(async |_, _| {});
        assert_eq!(talk.replies(), ["200 result=-1", "200 result=4"]);
        assert_eq!(talk.status(), "SUCCESS");
    }
}
