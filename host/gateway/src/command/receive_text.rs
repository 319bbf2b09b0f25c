//! `RECEIVE TEXT`: a text the caller sends.

use super::prelude::*;
use ucx_pbx::LineNotice;

pub(super) static COMMAND: Command = Command {
    name: "receive text",
    syntax: "RECEIVE TEXT <timeout ms>",
    synopsis: "Receives a text.",
    description: "Waits for a text of the caller, for ever with 0. Result 1 and the text in\n parentheses, -1 if none came.",
    arguments: 1..=1,
    is_allowed_dead: false,
    run: Run::Waits(|session, words| Box::pin(run(session, words))),
};

async fn run(session: &mut Session<'_>, words: &Words) -> Outcome {
    let Some(timeout) = milliseconds(words.get(2)) else {
        return Outcome::Usage(&COMMAND);
    };
    match receive(session, timeout).await {
        Ok(text) => Outcome::Done(wire::value(&text)),
        Err(Heard::Superseded) => Outcome::Superseded,
        Err(_) => Outcome::Failed(wire::FAILED),
    }
}

/// The next text of the caller, or what came instead.
pub(super) async fn receive(session: &mut Session<'_>, timeout: Option<Duration>) -> Result<Arc<str>, Heard> {
    let patience = timeout.filter(|timeout| !timeout.is_zero());
    let mut received = None;
    let heard = session
        .listen(patience, |notice| {
            if let LineNotice::Text(text) = notice {
                received = Some(text);
                Some(Heard::Completed)
            } else {
                None
            }
        })
        .await;
    received.ok_or(heard)
}

#[cfg(test)]
mod tests {
    use crate::tests::prelude::*;
    use ucx_call::Signal;

    #[test]
    fn a_text_comes_or_does_not() {
        let talk = Talk::new(&["RECEIVE TEXT 1000", "RECEIVE TEXT 100"]);
        talk.run(async |world, alice| {
            world.pass(100).await;
            world.pbx.signal(alice, Signal::Text("hello there".into()));
        });
        assert_eq!(talk.replies(), ["200 result=1 (hello there)", "200 result=-1"]);
        assert_usage("RECEIVE TEXT");
    }
}
