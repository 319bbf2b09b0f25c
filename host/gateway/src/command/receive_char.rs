//! `RECEIVE CHAR`: one character of a text the caller sends.

use super::prelude::*;
use super::receive_text::receive;

pub(super) static COMMAND: Command = Command {
    name: "receive char",
    syntax: "RECEIVE CHAR <timeout ms>",
    synopsis: "Receives one character.",
    description: "Waits for a text of the caller, for ever with 0, and takes its first character.\n The result is its number, -1 (hangup) if none came.",
    arguments: 1..=1,
    is_allowed_dead: false,
    run: Run::Waits(|session, words| Box::pin(run(session, words))),
};

async fn run(session: &mut Session<'_>, words: &Words) -> Outcome {
    let Some(timeout) = milliseconds(words.get(2)) else {
        return Outcome::Usage(&COMMAND);
    };
    match receive(session, timeout).await {
        Ok(text) => {
            let first = text.chars().next().map_or(0, u32::from);
            Outcome::Done(wire::result(first))
        }
        Err(Heard::Superseded) => Outcome::Superseded,
        Err(_) => Outcome::Failed(wire::result("-1 (hangup)")),
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::prelude::*;
    use ucx_call::Signal;

    #[test]
    fn the_first_character_of_a_text_counts() {
        let talk = Talk::new(&["RECEIVE CHAR 1000", "RECEIVE CHAR 100"]);
        talk.run(async |world, alice| {
            world.pass(100).await;
            world.pbx.signal(alice, Signal::Text("Az".into()));
        });
        assert_eq!(talk.replies(), ["200 result=65", "200 result=-1 (hangup)"]);
        assert_usage("RECEIVE CHAR soon");
    }
}
