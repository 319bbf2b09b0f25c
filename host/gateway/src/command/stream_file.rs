//! `STREAM FILE`: plays a sound.

use super::prelude::*;

pub(super) static COMMAND: Command = Command {
    name: "stream file",
    syntax: "STREAM FILE <filename> <escape digits> [<offset samples>]",
    synopsis: "Plays a sound.",
    description: "Plays the sound, named without its ending, until its end or one of the escape\n digits (an empty word for none). Result 0, the digit as a number, or -1; endpos is\n where it stopped, in samples. Sets PLAYBACKSTATUS.",
    arguments: 2..=3,
    is_allowed_dead: false,
    run: Run::Waits(|session, words| Box::pin(run(session, words))),
};

async fn run(session: &mut Session<'_>, words: &Words) -> Outcome {
    let offset: u64 = match words.get(4).map(str::parse) {
        None => 0,
        Some(Ok(offset)) => offset,
        Some(Err(_)) => return Outcome::Usage(&COMMAND),
    };
    let sound = [Arc::from(words.get(2).unwrap_or_default())];
    let stops = words.get(3).unwrap_or_default();
    let played = session.play_from(&sound, stops, samples(offset)).await;
    match played.heard {
        Heard::Completed | Heard::Digit(_) => session.set("PLAYBACKSTATUS", "SUCCESS"),
        Heard::Failed | Heard::Gone => session.set("PLAYBACKSTATUS", "FAILED"),
        Heard::Superseded => {}
    }
    let from = if played.heard == Heard::Failed {
        0
    } else {
        u128::from(offset)
    };
    played_outcome(played.heard, from + played.samples())
}

#[cfg(test)]
mod tests {
    use crate::tests::prelude::*;
    use ucx_call::Cause;
    use ucx_call::Signal;

    #[test]
    fn sounds_play_to_their_end() {
        assert_talk(&[
            ("STREAM FILE tone \"\"", "200 result=0 endpos=8000"),
            ("GET VARIABLE PLAYBACKSTATUS", "200 result=1 (SUCCESS)"),
            ("STREAM FILE nosuchfile 1 800", "200 result=0 endpos=8800"),
            ("STREAM FILE missing \"\"", "200 result=-1 endpos=0"),
            ("GET VARIABLE PLAYBACKSTATUS", "200 result=1 (FAILED)"),
        ]);
        assert_usage("STREAM FILE tone");
        assert_usage("STREAM FILE tone \"\" first");
    }

    #[test]
    fn an_escape_digit_stops_it() {
        let talk = Talk::new(&["STREAM FILE tone 12", "STREAM FILE tone \"\""]);
        talk.run(async |world, alice| {
            world.pass(300).await;
            world.press(alice, "31").await;
            world.press(alice, "1").await;
        });
        assert_eq!(
            talk.replies(),
            ["200 result=49 endpos=4000", "200 result=0 endpos=8000"]
        );
    }

    #[test]
    fn the_end_of_the_call_ends_it() {
        let talk = Talk::new(&[
            "STREAM FILE tone \"\"",
            "GET VARIABLE FOO",
            "STREAM FILE beep \"\"",
            "CHANNEL STATUS",
        ]);
        talk.run(async |world, alice| {
            world.pass(400).await;
            world.pbx.signal(alice, Signal::HungUp(Cause::NORMAL_CLEARING));
        });
        let dead = "511 Command Not Permitted on a dead channel or intercept routine";
        assert_eq!(
            talk.replies(),
            ["200 result=-1 endpos=3200", "HANGUP\n200 result=0", dead, dead]
        );
        assert_eq!(talk.status(), "HANGUP");
    }
}
