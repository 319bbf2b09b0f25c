//! `SAY DATETIME`: says a date and time.

use super::prelude::*;
use ucx_pbx::say;

pub(super) static COMMAND: Command = Command {
    name: "say datetime",
    syntax: "SAY DATETIME <epoch s> <escape digits> [<format> [<time zone>]]",
    synopsis: "Says a date and time.",
    description: "The moment so many seconds since 1970, as the format asks; without one ABdY\n 'digits/at' IMp.\n Result 0, the escape digit that was pressed as a number, or -1.",
    arguments: 2..=4,
    is_allowed_dead: false,
    run: Run::Waits(|session, words| Box::pin(run(session, words))),
};

async fn run(session: &mut Session<'_>, words: &Words) -> Outcome {
    let format = words
        .get(4)
        .filter(|format| !format.is_empty())
        .unwrap_or(say::DATE_TIME);
    let Some(sounds) = session
        .local_time(words.get(2), words.get(5))
        .map(|(at_s, local)| say::date_time(format, at_s, local))
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
        let talk = Talk::new(&["SAY DATETIME 1700000000 \"\" HM"]);
        talk.run(async |_, _| {});
        assert_eq!(talk.replies(), ["200 result=0"]);
        assert_eq!(talk.sounds().join(" "), "digits/20 digits/2 digits/13");
        assert_usage("SAY DATETIME 1");
    }

    #[test]
    fn without_a_format_it_is_all_spoken() {
        let talk = Talk::new(&["SAY DATETIME 1700000000 \"\""]);
        talk.run(async |_, _| {});
        assert!(
            talk.sounds()
                .join(" ")
                .ends_with("digits/3 digits/at digits/10 digits/13 digits/p-m")
        );
    }
}
