//! `SEND TEXT`: a text for the caller.

use super::prelude::*;

pub(super) static COMMAND: Command = Command {
    name: "send text",
    syntax: "SEND TEXT <text>",
    synopsis: "Sends a text.",
    description: "Put quotes around a text with blanks. Result 0 also if the channel takes no texts,\n -1 on failure.",
    arguments: 1..=1,
    is_allowed_dead: false,
    run: Run::Waits(|session, words| Box::pin(run(session, words))),
};

/// The application that knows how.
const APPLICATION: &str = "SendText";

async fn run(session: &mut Session<'_>, words: &Words) -> Outcome {
    if session.line.application(APPLICATION).is_none() {
        return Outcome::Done(wire::DONE);
    }
    match session
        .line
        .execute(APPLICATION, words.get(2).unwrap_or_default())
        .await
    {
        Ok(()) => Outcome::Done(wire::DONE),
        Err(ending) => session.failed(ending),
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::prelude::*;

    #[test]
    fn a_host_without_texts_sends_none() {
        assert_talk(&[("SEND TEXT \"hi there\"", "200 result=0")]);
        assert_usage("SEND TEXT");
        assert_usage("SEND TEXT two words");
    }
}
