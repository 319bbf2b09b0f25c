//! `WAIT FOR DIGIT`: one digit of the caller.

use super::prelude::*;

pub(super) static COMMAND: Command = Command {
    name: "wait for digit",
    syntax: "WAIT FOR DIGIT <timeout ms>",
    synopsis: "Waits for a digit.",
    description: "For ever with -1. Result 0 if none came, the digit as a number, or -1 if the caller\n is gone.",
    arguments: 1..=1,
    is_allowed_dead: false,
    run: Run::Waits(|session, words| Box::pin(run(session, words))),
};

async fn run(session: &mut Session<'_>, words: &Words) -> Outcome {
    let Some(timeout_ms) = words.get(3).and_then(|word| word.parse::<i64>().ok()) else {
        return Outcome::Usage(&COMMAND);
    };
    match session
        .digit(u64::try_from(timeout_ms).ok().map(Duration::from_millis))
        .await
    {
        Heard::Completed | Heard::Failed => Outcome::Done(wire::DONE),
        Heard::Digit(digit) => Outcome::Done(wire::result(u32::from(digit))),
        Heard::Superseded => Outcome::Superseded,
        Heard::Gone => Outcome::Failed(wire::FAILED),
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::prelude::*;

    #[test]
    fn a_digit_comes_or_does_not() {
        let talk = Talk::new(&["WAIT FOR DIGIT 100", "WAIT FOR DIGIT -1", "WAIT FOR DIGIT 1000"]);
        talk.run(async |world, alice| {
            world.pass(5_000).await;
            world.press(alice, "*5").await;
        });
        assert_eq!(talk.replies(), ["200 result=0", "200 result=42", "200 result=53"]);
        assert_usage("WAIT FOR DIGIT");
        assert_usage("WAIT FOR DIGIT soon");
    }
}
