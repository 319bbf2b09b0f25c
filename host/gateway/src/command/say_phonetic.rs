//! `SAY PHONETIC`: spells a text by the words of the phonetic alphabet.

use super::prelude::*;
use ucx_pbx::say;

pub(super) static COMMAND: Command = Command {
    name: "say phonetic",
    syntax: "SAY PHONETIC <text> <escape digits>",
    synopsis: "Spells a text by the words of the phonetic alphabet.",
    description: "Letter by letter (Alpha, Bravo), figures and signs by their names.\n Result 0, the escape digit that was pressed as a number, or -1.",
    arguments: 2..=2,
    is_allowed_dead: false,
    run: Run::Waits(|session, words| Box::pin(run(session, words))),
};

async fn run(session: &mut Session<'_>, words: &Words) -> Outcome {
    let sounds = say::phonetic(words.get(2).unwrap_or_default());
    speak(session, &sounds, words.get(3).unwrap_or_default()).await
}

#[cfg(test)]
mod tests {
    use crate::tests::prelude::*;

    #[test]
    fn it_is_spoken() {
        let talk = Talk::new(&["SAY PHONETIC ab 5"]);
        talk.run(async |_, _| {});
        assert_eq!(talk.replies(), ["200 result=0"]);
        assert_eq!(talk.sounds().join(" "), "phonetic/a_p phonetic/b_p");
        assert_usage("SAY PHONETIC");
    }
}
