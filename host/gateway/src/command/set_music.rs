//! `SET MUSIC`: music while the program thinks.

use super::prelude::*;

pub(super) static COMMAND: Command = Command {
    name: "set music",
    syntax: "SET MUSIC <on|off> [<class>]",
    synopsis: "Plays music, or stops it.",
    description: "Music of that class, or of the default one, until it is put off or something else\n is played. Result 0.",
    arguments: 1..=2,
    is_allowed_dead: false,
    run: Run::Now(run),
};

fn run(session: &mut Session<'_>, words: &Words) -> Outcome {
    let word = words.get(2).unwrap_or_default();
    let done = if word.eq_ignore_ascii_case("on") {
        session
            .line
            .start_music(words.get(3).filter(|class| !class.is_empty()))
    } else if word.eq_ignore_ascii_case("off") {
        session.line.stop_music()
    } else {
        return Outcome::Usage(&COMMAND);
    };
    match done {
        Ok(()) => Outcome::Done(wire::DONE),
        Err(ending) => session.failed(ending),
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::prelude::*;
    use ucx_call::EventKind;

    #[test]
    fn music_begins_and_ends() {
        let talk = Talk::new(&[
            "SET MUSIC ON jazz",
            "WAIT FOR DIGIT 500",
            "SET MUSIC OFF",
            "SET MUSIC OFF",
        ]);
        talk.run(async |_, _| {});
        assert_eq!(talk.replies(), ["200 result=0"; 4]);
        assert_eq!(
            talk.count(|event| matches!(event, EventKind::MusicStarted { class, .. } if &**class == "jazz")),
            1
        );
        assert_eq!(
            talk.count(|event| matches!(event, EventKind::MusicStopped { .. })),
            1
        );
        assert_usage("SET MUSIC loud");
    }
}
