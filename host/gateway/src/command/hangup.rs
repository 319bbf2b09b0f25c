//! `HANGUP`: ends this call or another one.

use super::prelude::*;
use ucx_call::Cause;

pub(super) static COMMAND: Command = Command {
    name: "hangup",
    syntax: "HANGUP [<channel>]",
    synopsis: "Hangs a channel up.",
    description: "Hangs the named channel up, or this one; the program goes on.\n Result 1, or -1 if there is no such channel.",
    arguments: 0..=1,
    is_allowed_dead: false,
    run: Run::Waits(|session, words| Box::pin(run(session, words))),
};

/// The number in the event of the request.
const ASKED_FOR: Cause = Cause(32);

async fn run(session: &mut Session<'_>, words: &Words) -> Outcome {
    let hung_up = match words.get(1).filter(|name| !name.is_empty()) {
        None => session.line.hangup_shown(Cause::NONE, ASKED_FOR),
        Some(name) => {
            let desk = session.line.pbx().desk(session.line.principal().clone());
            desk.hangup_shown(name, Cause::NONE, ASKED_FOR).await
        }
    };
    match hung_up {
        Ok(()) => Outcome::Done(wire::ONE),
        Err(refusal) => {
            session.note(refusal.into());
            Outcome::Done(wire::FAILED)
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::prelude::*;

    #[test]
    fn the_program_goes_on_without_its_caller() {
        let talk = Talk::new(&["HANGUP none", "HANGUP", "NOOP", "GET VARIABLE EXTEN"]);
        talk.run(async |_, _| {});
        assert_eq!(
            talk.replies(),
            [
                "200 result=-1",
                "200 result=1",
                "HANGUP\n200 result=0",
                "200 result=1 (100)"
            ]
        );
        assert_eq!(talk.status(), "HANGUP");
        assert_eq!(talk.steps(), ["100,1 Talk()"]);
    }
}
