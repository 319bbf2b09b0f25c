//! `SAY TIME`: says a time of the day.

use super::prelude::*;
use ucx_pbx::say;

pub(super) static COMMAND: Command = Command {
    name: "say time",
    syntax: "SAY TIME <epoch s> <escape digits>",
    synopsis: "Says a time of the day.",
    description: "The time at so many seconds since 1970, in the time zone of this host.\n Result 0, the escape digit that was pressed as a number, or -1.",
    arguments: 2..=2,
    is_allowed_dead: false,
    run: Run::Waits(|session, words| Box::pin(run(session, words))),
};

async fn run(session: &mut Session<'_>, words: &Words) -> Outcome {
    let Some(sounds) = session
        .local_time(words.get(2), None)
        .map(|(at_s, local)| say::date_time(say::TIME, at_s, local))
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
        let talk = Talk::new(&["SAY TIME 1700000000 \"\""]);
        talk.run(async |_, _| {});
        assert_eq!(talk.replies(), ["200 result=0"]);
        assert_eq!(talk.sounds().join(" "), "digits/10 digits/13 digits/p-m");
        assert_usage("SAY TIME -1 \"\"");
    }
}
