//! `SAY DIGITS`: says digits one by one.

use super::prelude::*;
use ucx_pbx::say;

pub(super) static COMMAND: Command = Command {
    name: "say digits",
    syntax: "SAY DIGITS <digits> <escape digits>",
    synopsis: "Says digits one by one.",
    description: "Digit by digit.\n Result 0, the escape digit that was pressed as a number, or -1.",
    arguments: 2..=2,
    is_allowed_dead: false,
    run: Run::Waits(|session, words| Box::pin(run(session, words))),
};

async fn run(session: &mut Session<'_>, words: &Words) -> Outcome {
    let sounds = say::digits(words.get(2).unwrap_or_default());
    speak(session, &sounds, words.get(3).unwrap_or_default()).await
}

#[cfg(test)]
mod tests {
    use crate::tests::prelude::*;

    #[test]
    fn it_is_spoken() {
        let talk = Talk::new(&["SAY DIGITS 12 \"\""]);
        talk.run(async |_, _| {});
        assert_eq!(talk.replies(), ["200 result=0"]);
        assert_eq!(talk.sounds().join(" "), "digits/1 digits/2");
        assert_usage("SAY DIGITS 12");
    }
}
