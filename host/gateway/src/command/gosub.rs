//! `GOSUB`: runs a subroutine of the dialplan.

use super::prelude::*;
use ucx_pbx::SubroutineEnd;

pub(super) static COMMAND: Command = Command {
    name: "gosub",
    syntax: "GOSUB <context> <extension> <priority> [<arguments>]",
    synopsis: "Runs a subroutine of the dialplan.",
    description: "Runs from that place until its Return and comes back. The priority may be a label;\n the arguments are one word, parted by commas. A line with 100 says that it begins.\n Result 0 with the value it returned, -1 if there is no such place.",
    arguments: 3..=4,
    is_allowed_dead: false,
    run: Run::Waits(|session, words| Box::pin(run(session, words))),
};

async fn run(session: &mut Session<'_>, words: &Words) -> Outcome {
    let [context, exten, priority] = [1, 2, 3].map(|place| words.get(place).unwrap_or_default());
    let target = format!(
        "{context},{exten},{priority}({})",
        words.get(4).unwrap_or_default()
    );
    let (place, arguments) = match session.line.subroutine(&target) {
        Ok(found) => found,
        Err(error) => {
            tracing::warn!(place = %session.line.place(), %error, "a program's subroutine was not found");
            return Outcome::Failed(wire::result("-1 Gosub label not found"));
        }
    };
    session.say_meanwhile("100 result=0 Trying...\n").await;
    match session.line.run_subroutine(place, &arguments).await {
        Ok(SubroutineEnd::Returned) => {
            let value = session
                .line
                .variable("GOSUB_RETVAL")
                .filter(|value| !value.is_empty());
            Outcome::Done(match value {
                Some(value) => wire::result(format_args!("0 Gosub complete ({})", wire::one_line(&value))),
                None => wire::result("0 Gosub complete"),
            })
        }
        Ok(SubroutineEnd::RanOut) => Outcome::Failed(wire::result("-1 Gosub failed")),
        Err(ending) => {
            session.note(ending);
            Outcome::Failed(wire::result("-1 Gosub failed"))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::prelude::*;

    #[test]
    fn a_subroutine_runs_to_its_return() {
        let talk = Talk::new(&[
            "GOSUB main sub 1 \"one,two words\"",
            "GET VARIABLE SEEN",
            "GOSUB main nosuch 1",
            "GOSUB main none 1",
            "GOSUB main open 1",
        ]);
        talk.run(async |_, _| {});
        assert_eq!(
            talk.replies(),
            [
                "100 result=0 Trying...\n200 result=0 Gosub complete (back)",
                "200 result=1 (two words)",
                "200 result=-1 Gosub label not found",
                "100 result=0 Trying...\n200 result=0 Gosub complete",
                "100 result=0 Trying...\n200 result=-1 Gosub failed",
            ]
        );
        assert_eq!(
            talk.steps(),
            [
                "100,1 Talk()",
                "sub,1 Put(SEEN=two words)",
                "sub,2 Back(back)",
                "none,1 Back()",
                "open,1 Note(open)",
                "100,2 Note(SUCCESS)",
                "100,3 Note(end)"
            ]
        );
        assert_usage("GOSUB main sub");
    }
}
