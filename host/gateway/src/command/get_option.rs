//! `GET OPTION`: plays a sound and waits for one digit.

use super::prelude::*;
use crate::session::digit_of;

pub(super) static COMMAND: Command = Command {
    name: "get option",
    syntax: "GET OPTION <filename> <escape digits> [<timeout ms>]",
    synopsis: "Plays a sound and waits for one digit.",
    description: "As STREAM FILE, but after the sound it waits for one of the escape digits, 5000 ms\n unless given. Result 0 if none came, else the digit as a number, -1 on failure;\n endpos is how much was played, in samples.",
    arguments: 2..=3,
    is_allowed_dead: false,
    run: Run::Waits(|session, words| Box::pin(run(session, words))),
};

/// How long it waits unless the command says otherwise.
const TIMEOUT: Duration = Duration::from_secs(5);

async fn run(session: &mut Session<'_>, words: &Words) -> Outcome {
    let stops = words.get(3).unwrap_or_default();
    let timeout = words
        .get(4)
        .and_then(|word| word.parse().ok())
        .map_or(TIMEOUT, Duration::from_millis);
    let played = session
        .play(&[Arc::from(words.get(2).unwrap_or_default())], stops)
        .await;
    let mut heard = played.heard;
    if heard == Heard::Completed {
        heard = session
            .listen(Some(timeout), |notice| {
                digit_of(&notice)
                    .filter(|digit| stops.contains(*digit))
                    .map(Heard::Digit)
            })
            .await;
    }
    played_outcome(heard, played.samples())
}

#[cfg(test)]
mod tests {
    use crate::tests::prelude::*;

    #[test]
    fn a_digit_counts_during_the_sound_and_after_it() {
        assert_talk(&[
            ("GET OPTION tone \"\" 100", "200 result=0 endpos=8000"),
            ("GET OPTION missing 1", "200 result=-1 endpos=0"),
        ]);
        let talk = Talk::new(&["GET OPTION tone 12 1000"]);
        talk.run(async |world, alice| {
            world.pass(1_500).await;
            world.press(alice, "32").await;
        });
        assert_eq!(talk.replies(), ["200 result=50 endpos=8000"]);
        assert_usage("GET OPTION tone");
    }
}
