//! `SAY NUMBER`: says a number.

use super::prelude::*;
use ucx_pbx::say;

pub(super) static COMMAND: Command = Command {
    name: "say number",
    syntax: "SAY NUMBER <number> <escape digits> [<gender>]",
    synopsis: "Says a number.",
    description: "The number as it is spoken.\n Result 0, the escape digit that was pressed as a number, or -1.",
    arguments: 2..=3,
    is_allowed_dead: false,
    run: Run::Waits(|session, words| Box::pin(run(session, words))),
};

async fn run(session: &mut Session<'_>, words: &Words) -> Outcome {
    let Some(sounds) = words
        .get(2)
        .and_then(|word| word.parse().ok())
        .and_then(say::number)
    else {
        return Outcome::Usage(&COMMAND);
    };
    speak(session, &sounds, words.get(3).unwrap_or_default()).await
}

#[cfg(test)]
mod tests {
    use crate::tests::prelude::*;

    #[test]
    fn it_is_spoken() {
        let talk = Talk::new(&["SAY NUMBER 342 \"\""]);
        talk.run(async |_, _| {});
        assert_eq!(talk.replies(), ["200 result=0"]);
        assert_eq!(
            talk.sounds().join(" "),
            "digits/3 digits/hundred digits/40 digits/2"
        );
        assert_usage("SAY NUMBER many \"\"");
    }

    #[test]
    fn a_digit_stops_it() {
        let talk = Talk::new(&["SAY NUMBER 342 12", "SAY NUMBER 0 \"\""]);
        talk.run(async |world, alice| {
            world.pass(500).await;
            world.press(alice, "32").await;
        });
        assert_eq!(talk.replies(), ["200 result=50", "200 result=0"]);
    }
}
